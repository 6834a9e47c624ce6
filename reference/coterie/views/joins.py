"""JOINs that a coordinator keeps: components that want to be in one view with its own.

Implements REQ-VIE-39 to REQ-VIE-41 and, of the choice, REQ-VIE-5. A JOIN is two things: a wish, and the
permit that makes its signer's component answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coterie import registry
from coterie.errors import RemoteError
from coterie.views import questions
from coterie.views.ground import Ground
from coterie.vocabulary import NO_VIEW, NodeId, Now, counter_of
from coterie.wire.bodies import Candidate, Join
from coterie.wire.frames import SignedFrame

REQUIREMENT = "REQ-VIE-39"


@dataclass(frozen=True, slots=True)
class Kept:
    """A JOIN, until when it is kept, and the whole frame: the permit."""

    signer: NodeId
    body: Join
    permit: bytes
    until: int

    @property
    def nodes(self) -> frozenset[NodeId]:
        """Everyone who would come along."""
        return frozenset(row.node_id for row in self.body.members)

    @property
    def is_lone(self) -> bool:
        """Whether its signer comes from no view."""
        return self.body.view_id == NO_VIEW


# ---------------------------------------------------------------- the checks


def check_rows(rows: tuple[Candidate, ...], signer: NodeId) -> None:
    """The members are each there once, the signer among them, and can be greeted."""
    # REQ-VIE-39: what a PROPOSE may ask later
    questions.check_no_duplicate(rows, REQUIREMENT)
    questions.check_proposer_among(rows, signer, REQUIREMENT)
    questions.check_contacts(rows, REQUIREMENT)


def check_lone(body: Join) -> None:
    """Who comes from no view comes alone."""
    # REQ-VIE-39: without a view nobody can speak for others
    if body.view_id == NO_VIEW and len(body.members) != 1:
        raise RemoteError("count-out-of-range", requirement=REQUIREMENT, field="members")


def check_coordinator(ground: Ground) -> None:
    """The receiver is the coordinator of a view."""
    # REQ-VIE-40: nobody else adds members
    if not ground.leads:
        raise RemoteError("not-coordinator", requirement="REQ-VIE-40")


def check_other_view(ground: Ground, signer: NodeId, body: Join) -> None:
    """The JOIN comes from another component."""
    # REQ-VIE-40: not from the view itself, nor from a member of it that has not seen it yet
    own = {row.node_id: row.incarnation for row in ground.rows()}
    stated = {row.node_id: row.incarnation for row in body.members}
    is_late = own.get(signer) == stated[signer] and counter_of(body.view_id) <= counter_of(ground.view)
    if body.view_id == ground.view or ground.node in stated or is_late:
        raise RemoteError("own-view", requirement="REQ-VIE-40", field="view_id")


# ---------------------------------------------------------------- what is kept


class Joins:
    """The JOINs kept, in the order in which their signers first asked."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._kept: dict[NodeId, Kept] = {}

    def on_join(self, frame: SignedFrame, body: Join, now: Now) -> None:
        """Another component asks."""
        check_rows(body.members, frame.signer)
        check_lone(body)
        check_coordinator(self._ground)
        check_other_view(self._ground, frame.signer, body)

        self._prune(now)
        if frame.signer not in self._kept and len(self._kept) >= registry.limit("joins"):
            del self._kept[next(iter(self._kept))]
        until = now.mono_ms + registry.timer("join-permit")
        # REQ-VIE-41: a newer one of the same signer takes its place
        self._kept[frame.signer] = Kept(frame.signer, body, frame.octets, until)
        if counter_of(body.view_id) <= self._ground.reach(frame.signer):
            self._ground.learn(counter_of(body.view_id))

    def _prune(self, now: Now) -> None:
        self._kept = {node: kept for node, kept in self._kept.items() if kept.until > now.mono_ms}

    def any_kept(self, now: Now) -> bool:
        """Whether somebody waits to be let in."""
        self._prune(now)
        return bool(self._kept)

    def chosen(self, incumbents: Iterable[NodeId], now: Now) -> tuple[Kept, ...]:
        """The components that go into the next proposal beside `incumbents`."""
        self._prune(now)
        taken = set(incumbents)
        lone = 0
        found: list[Kept] = []
        for kept in self._kept.values():
            fits = len(taken) + len(kept.nodes) <= registry.limit("candidates")
            # REQ-VIE-5: whole, nobody twice, and not so many newcomers that the key takes long
            if not fits or taken & kept.nodes or not self._is_welcome(kept, now):
                continue
            if kept.is_lone and lone >= registry.limit("newcomers"):
                continue
            lone += kept.is_lone
            taken |= kept.nodes
            found.append(kept)
        return tuple(found)

    def _is_welcome(self, kept: Kept, now: Now) -> bool:
        return not any(self._ground.exclusions.holds(node, now) for node in kept.nodes)

    def holds(self, node: NodeId, now: Now) -> bool:
        """Whether a JOIN of that coordinator is kept."""
        kept = self._kept.get(node)
        return kept is not None and kept.until > now.mono_ms

    def clear(self) -> None:
        """This peer is no coordinator, or has left."""
        self._kept.clear()

    def installed(self) -> None:
        """A view was installed: whoever is in it has been served, and only a coordinator keeps the others."""
        members = set(self._ground.members)
        leads = self._ground.leads
        self._kept = {node: kept for node, kept in self._kept.items() if leads and not members & kept.nodes}

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return tuple((node, kept.permit) for node, kept in self._kept.items())
