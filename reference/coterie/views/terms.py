"""What an INSTALL has to agree with in a group: the proposal that its receiver answered last.

Implements REQ-VIE-12, REQ-VIE-13 and REQ-VIE-15, one function a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coterie.errors import RemoteError
from coterie.vocabulary import ALL_NODES, NodeId, ViewId
from coterie.wire import extensions
from coterie.wire.bodies import Install


@dataclass(frozen=True, slots=True)
class Terms:
    """The proposal answered last, by counter and proposer; its candidates; and what the FLUSH said of each
    sender."""

    counter: int
    proposer: NodeId
    candidates: frozenset[NodeId]
    holdings: Mapping[NodeId, int] = field(default_factory=dict)


NO_TERMS = Terms(0, ALL_NODES, frozenset())
"""Nothing was answered: no INSTALL can agree with it, for none is signed by zeros."""


def check_senders(install: Install) -> frozenset[int]:
    """The sender group of the view is stated, and is one; its positions."""
    # REQ-VIE-15: 8 octets, no bit beyond the members, and the coordinator always sends
    positions = extensions.senders_of(install.extensions)
    if positions is None or 0 not in positions or max(positions) >= len(install.members):
        raise RemoteError("bad-senders", requirement="REQ-VIE-15", field="extensions")
    return positions


def check_answered(terms: Terms, counter: int, signer: NodeId) -> None:
    """The INSTALL is of the proposal that was answered last."""
    # REQ-VIE-12: whoever answered a greater one has promised to have no part in this one
    if (counter, signer) != (terms.counter, terms.proposer):
        raise RemoteError("no-proposal", requirement="REQ-VIE-12", field="counter")


def check_candidates(terms: Terms, install: Install) -> None:
    """Every member was a candidate."""
    # REQ-VIE-12: nobody becomes a member whom the others were not asked about
    for at, row in enumerate(install.members):
        if row.node_id not in terms.candidates:
            raise RemoteError("not-candidate", requirement="REQ-VIE-12", field=f"members[{at}].node_id")


def check_cut(terms: Terms, install: Install, previous: ViewId) -> None:
    """The cut of the receiver's own view has all that the receiver holds."""
    # REQ-VIE-13: what one member that goes on has delivered, all that go on with it deliver
    stated = cut_of(install, previous)
    for node, sequence in terms.holdings.items():
        if stated.get(node, 0) < sequence:
            raise RemoteError("cut-below-holdings", requirement="REQ-VIE-13", field="cuts")


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


def check_state(terms: Terms, install: Install, signer: NodeId, previous: ViewId) -> None:
    """REQ-VIE-12 and REQ-VIE-13, in their order."""
    check_answered(terms, install.counter, signer)
    check_candidates(terms, install)
    check_cut(terms, install, previous)
