"""Making an INSTALL: the rows from the sessions, the order from the previous views.

Implements the proposer's side of REQ-KEY-7 to REQ-KEY-14. What is asked for wrongly is the caller's mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coterie import registry
from coterie.errors import LocalError
from coterie.standing import Standing
from coterie.views import order
from coterie.views.order import Lineage
from coterie.views.proposal import Partner
from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire.bodies import Install, Member
from coterie.wire.contact import Contact

NONCE_SIZE = 32


@dataclass(frozen=True, slots=True)
class Request:
    """A view that the user of a peer wants: its members in any order, its suite, and where others come from.

    `previous` names the installed view of members of other views. Without it a member of the own installed
    view comes from that one, and everyone else from none. A base of another view keeps the order of
    `members`, for only its own members know the right one.
    """

    members: tuple[NodeId, ...]
    suite: int
    previous: Mapping[NodeId, ViewId] = field(default_factory=dict)


def check_request(standing: Standing, request: Request, partners: Mapping[NodeId, Partner]) -> None:
    """`LocalError` when the request cannot become an INSTALL that everyone accepts."""
    most = registry.limit("members")
    if standing.node not in request.members:
        raise LocalError("a peer proposes only views that it is a member of; name its own Node-ID as well")
    if len(set(request.members)) != len(request.members) or len(request.members) > most:
        raise LocalError(f"a view has at most {most} members, each named once")
    strangers = [node.hex() for node in request.members if node not in partners]
    if strangers:
        raise LocalError(
            f"there is no session with {', '.join(strangers)}; greet them and wait for the session"
        )
    unwilling = [node.hex() for node in request.members if request.suite not in partners[node].suites]
    if unwilling or request.suite not in registry.suites():
        raise LocalError(f"suite {request.suite} is not offered by every member; suite 1 always is")


def draft(
    standing: Standing,
    request: Request,
    partners: Mapping[NodeId, Partner],
    lineage: Lineage,
    after: tuple[int, int],
) -> Install:
    """The INSTALL of a request; `after` is the greatest counter seen and the greatest timestamp known."""
    check_request(standing, request, partners)
    seen, clock = after
    counter = seen + 1
    rows = [
        Member(
            node, partners[node].incarnation, partners[node].leaf_hash, Contact.of(partners[node].address),
            previous_view(standing, request, lineage, node),
        )
        for node in request.members
    ]  # fmt: skip
    if lineage.suite not in {0, request.suite} and order.find_base(rows).view == lineage.view:
        raise LocalError(f"a view keeps the suite of the one that it comes from, which is {lineage.suite}")
    context = standing.overlay + counter.to_bytes(8, "big")
    nonce = standing.entropy("proposal-nonce", context, NONCE_SIZE)
    return Install(counter, nonce, request.suite, clock, order.arrange(rows, lineage))


def previous_view(standing: Standing, request: Request, lineage: Lineage, node: NodeId) -> ViewId:
    """The view that `node` comes from: what the request says, else the own view if it is in it, else none."""
    default = lineage.view if node in lineage.members else NO_VIEW
    return default if node == standing.node else request.previous.get(node, default)
