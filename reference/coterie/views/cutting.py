"""Making the INSTALL of a group from the answers: members, order, cuts and their holders, sender group.

Implements REQ-VIE-14 and the proposer's side of REQ-KEY-10 to REQ-KEY-12 and REQ-VIE-15.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coterie.standing import Standing
from coterie.views import order
from coterie.views.draft import NONCE_SIZE
from coterie.views.order import NO_LINEAGE, Lineage
from coterie.views.proposal import Partner
from coterie.views.settling import Answers
from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire import extensions
from coterie.wire.bodies import Cut, CutSender, Install, Member
from coterie.wire.contact import Contact

DEFAULT_SUITE = 1
LONGEST_BODY = 60_000
"""Octets of an INSTALL body: less than a frame in SEGMENTs carries, whatever the extensions are."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a proposer has in hand when it makes an INSTALL: the answers that count, and its sessions."""

    counter: int
    answers: Answers
    partners: Mapping[NodeId, Partner]
    proposer: NodeId
    first_suite: int = DEFAULT_SUITE
    """The suite of a group that begins with this view."""


def members(gathered: Gathered) -> tuple[Member, ...]:
    """The rows of all who answered, in no order yet: as their sessions say, from where they say."""
    return tuple(
        Member(
            node, gathered.partners[node].incarnation, gathered.partners[node].leaf_hash,
            Contact.of(gathered.partners[node].address), flush.previous_view,
        )
        for node, flush in sorted(gathered.answers.items()) if node in gathered.partners
    )  # fmt: skip


def lineage_of(gathered: Gathered, rows: Sequence[Member]) -> Lineage:
    """The view that the base comes from, as its members state it; the proposer's word first."""
    base = order.find_base(rows)
    if not base.members:
        return NO_LINEAGE
    told = gathered.proposer if gathered.proposer in base.members else min(base.members)
    flush = gathered.answers[told]
    # REQ-KEY-11: the holdings of a FLUSH stand in view order
    return Lineage(base.view, tuple(row.node_id for row in flush.holdings), flush.suite)


def suite_of(lineage: Lineage, first: int) -> int:
    """The suite of the view: that of its base, or the one that the group begins with."""
    # REQ-KEY-10: a base keeps its suite
    return lineage.suite or first


def unwilling(gathered: Gathered, rows: Sequence[Member]) -> frozenset[NodeId]:
    """Who has to stay out because the suite of the base is not offered by all."""
    lineage = lineage_of(gathered, rows)
    suite = suite_of(lineage, gathered.first_suite)
    without = {row.node_id for row in rows if suite not in gathered.partners[row.node_id].suites}
    if gathered.proposer in without:
        return frozenset(row.node_id for row in rows if row.previous_view == lineage.view)
    return frozenset(without)


def too_many(gathered: Gathered, rows: Sequence[Member]) -> frozenset[NodeId]:
    """Who has to stay out because the cuts of so many views do not fit a frame: the component that says
    most."""
    home = gathered.answers[gathered.proposer].previous_view
    sizes: dict[ViewId, int] = {}
    for row in rows:
        named = len(gathered.answers[row.node_id].holdings)
        sizes[row.previous_view] = max(sizes.get(row.previous_view, 0), named)
    foreign = {view: size for view, size in sizes.items() if view not in {home, NO_VIEW}}
    estimate = 128 + 106 * len(rows) + sum(25 + 41 * size for size in sizes.values())
    if estimate <= LONGEST_BODY or not foreign:
        return frozenset()
    worst = max(foreign, key=lambda view: (foreign[view], view))
    return frozenset(row.node_id for row in rows if row.previous_view == worst)


def cuts(answers: Answers, ordered: Sequence[Member]) -> tuple[Cut, ...]:
    """Where each previous view ends."""
    views = sorted({row.previous_view for row in ordered} - {NO_VIEW})
    return tuple(
        Cut(view, cut_acknowledged(answers, ordered, view), cut_senders(answers, ordered, view))
        for view in views
    )


def cut_acknowledged(answers: Answers, ordered: Sequence[Member], view: ViewId) -> int:
    """Up to where some member of a view that goes on holds everything."""
    # REQ-VIE-14: the greatest; what its member holds is in the cut, and so with all soon
    return max(answers[row.node_id].acknowledged for row in ordered if row.previous_view == view)


def cut_senders(answers: Answers, ordered: Sequence[Member], view: ViewId) -> tuple[CutSender, ...]:
    """How far each sender of a view is complete among those that go on, and who has it."""
    best: dict[NodeId, CutSender] = {}
    for position, row in enumerate(ordered):
        if row.previous_view != view:
            continue
        for held in answers[row.node_id].holdings:
            known = best.get(held.node_id)
            # REQ-VIE-14: the highest, by the member of the lowest position that holds it
            if held.sequence > (known.sequence if known else 0):
                best[held.node_id] = CutSender(held.node_id, held.sequence, position)
    return tuple(best[node] for node in sorted(best))


def senders(answers: Answers, ordered: Sequence[Member]) -> frozenset[int]:
    """The positions of the sender group that the view begins with."""
    # REQ-VIE-15: the coordinator, and whoever was in it
    going_on = {at for at, row in enumerate(ordered) if answers[row.node_id].sends}
    return frozenset({0} | going_on)


def clock_base(answers: Answers, base: Iterable[NodeId]) -> int:
    """The timestamp that the view begins after."""
    # REQ-VIE-36: later than anything that a member of the base knows; whoever comes in takes it over
    return max((answers[node].clock for node in base), default=0) + 1


def fitting(gathered: Gathered) -> tuple[Member, ...]:
    """The members that can be in one view: they have its suite, and the INSTALL holds their cuts."""
    rows = members(gathered)
    while out := (unwilling(gathered, rows) or too_many(gathered, rows)) - {gathered.proposer}:
        rows = tuple(row for row in rows if row.node_id not in out)
    return rows


def compose(standing: Standing, gathered: Gathered) -> Install:
    """The INSTALL of what was gathered."""
    rows = fitting(gathered)
    lineage = lineage_of(gathered, rows)
    ordered = order.arrange(rows, lineage)
    answers = {row.node_id: gathered.answers[row.node_id] for row in ordered}
    context = standing.overlay + gathered.counter.to_bytes(8, "big")
    nonce = standing.entropy("proposal-nonce", context, NONCE_SIZE)
    base = clock_base(answers, order.find_base(ordered).members)
    return Install(
        gathered.counter, nonce, suite_of(lineage, gathered.first_suite), base, ordered,
        cuts(answers, ordered),
        (extensions.senders(senders(answers, ordered)),),
    )  # fmt: skip
