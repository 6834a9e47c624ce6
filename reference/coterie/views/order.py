"""The order of the members of a view: the base first, as it stood, then the newcomers.

Implements REQ-KEY-11. The base is the largest set of members that come from one view; whoever comes from
another, or from none, is a newcomer. Everything that a key run does follows from this order, so a receiver
checks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coterie.errors import RemoteError
from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire.bodies import Member


@dataclass(frozen=True, slots=True)
class Base:
    """The members that go on from one view, in the order of the list they were found in; empty where none
    do."""

    view: ViewId
    members: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The view that this peer has installed, as far as the next one depends on it; suite 0 where none is
    known."""

    view: ViewId
    members: tuple[NodeId, ...]
    suite: int = 0


NO_BASE = Base(NO_VIEW, ())
NO_LINEAGE = Lineage(NO_VIEW, ())


def find_base(members: Sequence[Member]) -> Base:
    """The base of `members`; of two sets of one size, the one that holds the lowest Node-ID."""
    sets: dict[ViewId, list[NodeId]] = {}
    for row in members:
        if row.previous_view != NO_VIEW:
            sets.setdefault(row.previous_view, []).append(row.node_id)
    if not sets:
        return NO_BASE
    view = min(sets, key=lambda known: (-len(sets[known]), min(sets[known])))
    return Base(view, tuple(sets[view]))


def check_base_first(members: Sequence[Member], base: Base) -> None:
    """No newcomer stands before a member of the base."""
    # REQ-KEY-11: base first
    first = tuple(row.node_id for row in members[: len(base.members)])
    if first != base.members:
        raise RemoteError("bad-order", requirement="REQ-KEY-11", field="members")


def check_newcomers_ascending(members: Sequence[Member], base: Base) -> None:
    """The newcomers follow one another by Node-ID."""
    # REQ-KEY-11: newcomers ascending by Node-ID
    newcomers = [row.node_id for row in members[len(base.members) :]]
    if newcomers != sorted(newcomers):
        raise RemoteError("bad-order", requirement="REQ-KEY-11", field="members")


def check_base_order(members: Sequence[Member], base: Base, lineage: Lineage) -> None:
    """The base stands as it stood in its view; only a member of that view can tell."""
    # REQ-KEY-11: a receiver whose installed view is the base's previous view also checks base order
    if base.members and lineage.view == base.view and base.members != expected_base(members, base, lineage):
        raise RemoteError("bad-order", requirement="REQ-KEY-11", field="members")


def expected_base(members: Sequence[Member], base: Base, lineage: Lineage) -> tuple[NodeId, ...]:
    """The base in the order of its view; moved on by one when nobody came and nobody went, which is a
    refresh."""
    staying = frozenset(base.members)
    kept = tuple(node for node in lineage.members if node in staying)
    # REQ-KEY-11: rotated left by one when the members are the same
    return rotate(kept) if len(kept) == len(lineage.members) == len(members) else kept


def rotate(members: tuple[NodeId, ...]) -> tuple[NodeId, ...]:
    """The first goes to the end, so that coordinating and refreshing go round."""
    return members[1:] + members[:1]


def arrange(members: Sequence[Member], lineage: Lineage) -> tuple[Member, ...]:
    """`members` in the one order that every receiver accepts.

    A base of another view than `lineage` stays in the order in which `members` names it: only its own members
    know that order, so the caller has to.
    """
    base = find_base(members)
    inner = expected_base(members, base, lineage) if base.view == lineage.view else base.members
    rows = {row.node_id: row for row in members}
    newcomers = sorted(rows.keys() - frozenset(inner))
    return tuple(rows[node] for node in (*inner, *newcomers))
