"""What an INSTALL has to agree with in a group: the proposal that its receiver answered last.

Implements REQ-VIE-12, REQ-VIE-13, REQ-VIE-15, REQ-VIE-44 and REQ-VIE-46, one function a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coterie.errors import RemoteError
from coterie.holdings import Recovery
from coterie.views.order import Lineage
from coterie.vocabulary import ALL_NODES, NO_VIEW, NodeId, ViewId
from coterie.wire import extensions
from coterie.wire.bodies import Install


@dataclass(frozen=True, slots=True)
class Terms:
    """The proposal answered last, by counter and proposer; its candidates; and what the FLUSH said of each
    sender, and of all."""

    counter: int
    proposer: NodeId
    candidates: frozenset[NodeId]
    holdings: Mapping[NodeId, int] = field(default_factory=dict)
    acknowledged: int = 0


NO_TERMS = Terms(0, ALL_NODES, frozenset())
"""Nothing was answered: no INSTALL can agree with it, for none is signed by zeros."""


def senders_of(install: Install) -> frozenset[int]:
    """The positions of the sender group that an INSTALL states."""
    return extensions.senders_of(install.extensions) or frozenset()


def check_senders(install: Install) -> None:
    """The sender group of the view is stated, and is one."""
    # REQ-VIE-15: 8 octets, no bit beyond the members, and the coordinator always sends
    positions = extensions.senders_of(install.extensions)
    if positions is None or 0 not in positions or max(positions) >= len(install.members):
        raise RemoteError("bad-senders", requirement="REQ-VIE-15", field="extensions")


def check_after_view(counter: int, floor: int) -> None:
    """The view comes after the one installed."""
    # REQ-VIE-46: among later ones the proposal that was answered decides
    if counter <= floor:
        raise RemoteError("stale-counter", requirement="REQ-VIE-46", field="counter")


def check_answered(terms: Terms, counter: int, signer: NodeId) -> None:
    """The INSTALL is of the proposal that was answered last."""
    # REQ-VIE-12: whoever answered a greater one has promised to have no part in this one
    if (counter, signer) != (terms.counter, terms.proposer):
        raise RemoteError("no-proposal", requirement="REQ-VIE-12", field="counter")


def check_candidates(terms: Terms, install: Install) -> None:
    """Every member was a candidate."""
    # REQ-VIE-44: nobody becomes a member whom the others were not asked about
    for at, row in enumerate(install.members):
        if row.node_id not in terms.candidates:
            raise RemoteError("not-candidate", requirement="REQ-VIE-44", field=f"members[{at}].node_id")


def check_cut_rows(install: Install, lineage: Lineage) -> None:
    """The cut of the receiver's own view is there, and speaks of its members."""
    # REQ-VIE-13: without one nothing would be recovered; of strangers there is nothing to recover
    if lineage.view == NO_VIEW:
        return
    if not set(lineage.members).issuperset(cut_of(install, lineage.view)):
        raise RemoteError("bad-cut", requirement="REQ-VIE-13", field="cuts")
    if all(cut.previous_view != lineage.view for cut in install.cuts):
        raise RemoteError("cut-below-holdings", requirement="REQ-VIE-13", field="cuts")


def check_cut(terms: Terms, install: Install, previous: ViewId) -> None:
    """The cut of the receiver's own view has all that the receiver holds."""
    # REQ-VIE-13: what one member that goes on has delivered, all that go on with it deliver
    stated = cut_of(install, previous)
    for node, sequence in terms.holdings.items():
        if stated.get(node, 0) < sequence:
            raise RemoteError("cut-below-holdings", requirement="REQ-VIE-13", field="cuts")


def check_cut_acknowledged(terms: Terms, install: Install, previous: ViewId) -> None:
    """All who go on with the receiver hold everything at least as far as it has told messages."""
    # REQ-VIE-13: what it told before the signal, all that go on with it tell before the signal
    if acknowledged_of(install, previous) < terms.acknowledged:
        raise RemoteError("cut-below-holdings", requirement="REQ-VIE-13", field="cuts")


def acknowledged_of(install: Install, previous: ViewId) -> int:
    """Up to where somebody held everything of that view, by the INSTALL; 0 where it says nothing of it."""
    return next((cut.acknowledged for cut in install.cuts if cut.previous_view == previous), 0)


def recovery_of(install: Install, previous: ViewId, together: tuple[NodeId, ...]) -> Recovery:
    """What of that view is to be complete, by the INSTALL."""
    cut, holders = cut_of(install, previous), holders_of(install, previous)
    return Recovery(cut, holders, together, acknowledged_of(install, previous))


def cut_of(install: Install, previous: ViewId) -> dict[NodeId, int]:
    """How far each sender of that view is complete, by the INSTALL; senders of no message are not in it."""
    return {
        row.node_id: row.sequence for cut in install.cuts if cut.previous_view == previous
        for row in cut.senders
    }  # fmt: skip


def holders_of(install: Install, previous: ViewId) -> dict[NodeId, NodeId]:
    """Which member holds the messages of each sender of that view, by the INSTALL."""
    return {
        row.node_id: install.members[row.holder].node_id for cut in install.cuts
        if cut.previous_view == previous for row in cut.senders
    }  # fmt: skip


def check_state(terms: Terms, install: Install, signer: NodeId, lineage: Lineage) -> None:
    """REQ-VIE-12, REQ-VIE-44 and REQ-VIE-13, in their order."""
    check_answered(terms, install.counter, signer)
    check_candidates(terms, install)
    check_cut_rows(install, lineage)
    check_cut(terms, install, lineage.view)
    check_cut_acknowledged(terms, install, lineage.view)
