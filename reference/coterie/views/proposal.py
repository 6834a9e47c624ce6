"""The checks on INSTALL, one function a rule, in the order of the draft; and how a peer makes one itself.

Implements REQ-KEY-7 to REQ-KEY-17. `check_members` needs nothing but the body and the installed view;
`check_partners` compares it with the sessions, `check_state` with what was accepted before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from coterie import registry
from coterie.errors import RemoteError
from coterie.views import order
from coterie.views.order import Base, Lineage
from coterie.vocabulary import NO_VIEW, Address, NodeId, ViewId
from coterie.wire.bodies import Cut, Install, Member
from coterie.wire.contact import check_contact

DIGEST_PART = 8


@dataclass(frozen=True, slots=True)
class Partner:
    """What the session with another peer says of it; and, for the peer itself, what it says of itself."""

    incarnation: int
    leaf_hash: bytes
    suites: tuple[int, ...]
    address: Address


@dataclass(frozen=True, slots=True)
class Accepted:
    """The latest INSTALL that this peer accepted or made."""

    counter: int
    digest: bytes
    proposer: NodeId


def digest_of(body: bytes) -> bytes:
    """The INSTALL digest of a body, 32 octets."""
    return sha256(body).digest()


def view_of(counter: int, digest: bytes) -> ViewId:
    """The view id that an INSTALL proposes."""
    return ViewId(counter.to_bytes(8, "big") + digest[:DIGEST_PART])


# ---------------------------------------------------------------- the members, in themselves


def check_no_duplicate(members: Sequence[Member]) -> None:
    """No Node-ID stands twice."""
    # REQ-KEY-7: one peer, one place
    if len({row.node_id for row in members}) != len(members):
        raise RemoteError("duplicate-member", requirement="REQ-KEY-7", field="members")


def check_self_among(members: Sequence[Member], node: NodeId) -> None:
    """The receiver is a member."""
    # REQ-KEY-8: nobody takes part in a run that is not his
    if all(row.node_id != node for row in members):
        raise RemoteError("self-absent", requirement="REQ-KEY-8", field="members")


def check_proposer_among(members: Sequence[Member], proposer: NodeId) -> None:
    """The signer is a member."""
    # REQ-KEY-8: only members make a view
    if all(row.node_id != proposer for row in members):
        raise RemoteError("proposer-absent", requirement="REQ-KEY-8", field="members")


def check_contacts(members: Sequence[Member]) -> None:
    """Every member can be reached."""
    # REQ-KEY-9: valid, and not none
    for at, row in enumerate(members):
        check_contact(row.contact, allow_none=False, requirement="REQ-KEY-9", field=f"members[{at}].contact")


def check_suite_known(suite: int) -> None:
    """The suite is assigned."""
    # REQ-KEY-10: known
    if suite not in registry.suites():
        raise RemoteError("unknown-suite", requirement="REQ-KEY-10", field="suite")


def check_suite_offered(suite: int, members: Sequence[Member], partners: Mapping[NodeId, Partner]) -> None:
    """Every member offered the suite in its HELLO; who has no session is refused later."""
    # REQ-KEY-10: no member is talked into a suite that it does not want
    for row in members:
        known = partners.get(row.node_id)
        if known is not None and suite not in known.suites:
            raise RemoteError("unknown-suite", requirement="REQ-KEY-10", field="suite")


def check_suite_kept(suite: int, members: Sequence[Member], lineage: Lineage) -> None:
    """A base takes the suite of its view along, as far as this peer knows it."""
    # REQ-KEY-10: the entries and scalars of the base are of that suite; in another they mean nothing
    if lineage.suite not in {0, suite} and order.find_base(members).view == lineage.view:
        raise RemoteError("unknown-suite", requirement="REQ-KEY-10", field="suite")


def check_order(members: Sequence[Member], lineage: Lineage) -> Base:
    """The members stand in the one order that their previous views demand; the base."""
    base = order.find_base(members)
    order.check_base_first(members, base)
    order.check_newcomers_ascending(members, base)
    order.check_base_order(members, base, lineage)
    return base


def check_cut_views(install: Install) -> None:
    """Cuts are for previous views of members, each once, ascending."""
    # REQ-KEY-12: strictly ascending, each the previous view of some member
    views = [cut.previous_view for cut in install.cuts]
    held = {row.previous_view for row in install.members} - {NO_VIEW}
    if not strictly_ascending(views) or not held.issuperset(views):
        raise RemoteError("bad-cut", requirement="REQ-KEY-12", field="cuts")


def check_cut_senders(install: Install, cut: Cut, field: str) -> None:
    """The senders of a cut stand once each, ascending, each with a holder that comes from the same view."""
    # REQ-KEY-12: senders ascending; the holder is a member that has this previous view
    if not strictly_ascending([sender.node_id for sender in cut.senders]):
        raise RemoteError("bad-cut", requirement="REQ-KEY-12", field=f"{field}.senders")
    for at, sender in enumerate(cut.senders):
        holder = install.members[sender.holder] if sender.holder < len(install.members) else None
        if holder is None or holder.previous_view != cut.previous_view:
            raise RemoteError("bad-cut", requirement="REQ-KEY-12", field=f"{field}.senders[{at}].holder")


def strictly_ascending(values: Sequence[bytes]) -> bool:
    """Whether each value is greater than the one before."""
    return all(low < high for low, high in pairwise(values))


def check_cuts(install: Install) -> None:
    """REQ-KEY-12, all of it."""
    check_cut_views(install)
    for at, cut in enumerate(install.cuts):
        check_cut_senders(install, cut, f"cuts[{at}]")


def check_body(install: Install, node: NodeId, lineage: Lineage) -> Base:
    """REQ-KEY-7 to REQ-KEY-12 as far as a body alone can break them; the base. For who has no sessions."""
    check_no_duplicate(install.members)
    check_self_among(install.members, node)
    check_contacts(install.members)
    check_suite_known(install.suite)
    base = check_order(install.members, lineage)
    check_cuts(install)
    return base


def check_members(
    install: Install, node: NodeId, proposer: NodeId, partners: Mapping[NodeId, Partner], lineage: Lineage
) -> Base:
    """REQ-KEY-7 to REQ-KEY-12 in their order; the base."""
    check_no_duplicate(install.members)
    check_self_among(install.members, node)
    check_proposer_among(install.members, proposer)
    check_contacts(install.members)
    check_suite_known(install.suite)
    check_suite_offered(install.suite, install.members, partners)
    check_suite_kept(install.suite, install.members, lineage)
    base = check_order(install.members, lineage)
    check_cuts(install)
    return base


# ---------------------------------------------------------------- the members, against the sessions


def check_sessions(members: Sequence[Member], partners: Mapping[NodeId, Partner]) -> None:
    """There is a session with every other member."""
    # REQ-KEY-13: keys are agreed on only with whom this peer has greeted itself
    for at, row in enumerate(members):
        if row.node_id not in partners:
            raise RemoteError("unknown-member", requirement="REQ-KEY-13", field=f"members[{at}].node_id")


def check_rows(members: Sequence[Member], partners: Mapping[NodeId, Partner]) -> None:
    """Incarnation and leaf of every member are those of its session; the own ones likewise."""
    # REQ-KEY-13: the proposer speaks of the same peers
    for at, row in enumerate(members):
        known = partners.get(row.node_id)
        if known is not None and (row.incarnation, row.leaf_hash) != (known.incarnation, known.leaf_hash):
            raise RemoteError("member-mismatch", requirement="REQ-KEY-13", field=f"members[{at}]")


# ---------------------------------------------------------------- the state


def check_counter_fresh(counter: int, seen: int) -> None:
    """The counter is greater than every one before."""
    # REQ-KEY-14: views only ever go on
    if counter <= seen:
        raise RemoteError("stale-counter", requirement="REQ-KEY-14", field="counter")


def check_counter_near(counter: int, seen: int) -> None:
    """The counter leaves the others room to go on."""
    # REQ-KEY-14: at most 2^32 ahead
    if counter > seen + registry.limit("counter-jump"):
        raise RemoteError("counter-jump", requirement="REQ-KEY-14", field="counter")


def check_own_previous_view(members: Sequence[Member], node: NodeId, lineage: Lineage) -> None:
    """The previous view stated for the receiver is the one that it has installed."""
    # REQ-KEY-16: the receiver's place in the run depends on it
    row = next(row for row in members if row.node_id == node)
    if row.previous_view != lineage.view:
        raise RemoteError("previous-view-mismatch", requirement="REQ-KEY-16", field="members")


def check_clock(clock_base: int, clock: int, jump: str = "clock-jump") -> None:
    """The clock base leaves the timestamps room to go on; `jump` is the limit of how far it may be ahead."""
    # REQ-KEY-17: at most 2^32 ahead of the own clock; REQ-VIE-46: a newcomer's own clock says little
    if clock_base > clock + registry.limit(jump):
        raise RemoteError("clock-jump", requirement="REQ-KEY-17", field="clock_base")
