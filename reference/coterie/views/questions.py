"""The checks on PROPOSE, one function a rule, in the order of the draft.

Implements REQ-VIE-7, REQ-VIE-8 and REQ-VIE-43. Who may propose is in `authority`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from coterie.errors import RemoteError
from coterie.vocabulary import NodeId
from coterie.wire.bodies import Candidate
from coterie.wire.contact import check_contact

Rank = tuple[int, NodeId]
"""Counter and proposer: of two proposals the greater one counts."""


def check_no_duplicate(rows: Sequence[Candidate], requirement: str = "REQ-VIE-7") -> None:
    """No Node-ID stands twice."""
    # REQ-VIE-7: one peer, one row
    if len({row.node_id for row in rows}) != len(rows):
        raise RemoteError("duplicate-member", requirement=requirement, field="candidates")


def check_ascending(rows: Sequence[Candidate]) -> None:
    """The candidates stand by Node-ID."""
    # REQ-VIE-7: ascending, so that one set is one list
    if any(low.node_id > high.node_id for low, high in pairwise(rows)):
        raise RemoteError("bad-order", requirement="REQ-VIE-7", field="candidates")


def check_self_among(rows: Sequence[Candidate], node: NodeId, incarnation: int) -> None:
    """The receiver is a candidate, in this life."""
    # REQ-VIE-7: nobody is asked about others, nor about who it was
    if all((row.node_id, row.incarnation) != (node, incarnation) for row in rows):
        raise RemoteError("self-absent", requirement="REQ-VIE-7", field="candidates")


def check_proposer_among(rows: Sequence[Candidate], proposer: NodeId, requirement: str = "REQ-VIE-7") -> None:
    """The signer is in the list that it signs."""
    # REQ-VIE-7: only who would be a member proposes
    if all(row.node_id != proposer for row in rows):
        raise RemoteError("proposer-absent", requirement=requirement, field="candidates")


def check_contacts(rows: Sequence[Candidate], requirement: str = "REQ-VIE-7") -> None:
    """Everyone can be greeted."""
    # REQ-VIE-7: valid, and not none
    for at, row in enumerate(rows):
        field = f"candidates[{at}].contact"
        check_contact(row.contact, allow_none=False, requirement=requirement, field=field)


def check_rows(rows: Sequence[Candidate], own: Candidate, proposer: NodeId) -> None:
    """REQ-VIE-7, in its order."""
    check_no_duplicate(rows)
    check_ascending(rows)
    check_self_among(rows, own.node_id, own.incarnation)
    check_proposer_among(rows, proposer)
    check_contacts(rows)


def check_greater(rank: Rank, answered: Rank, floor: int) -> None:
    """The proposal is greater than the one answered last, and later than the view."""
    # REQ-VIE-8: so of two that compete everyone ends with the same one
    if rank <= answered or rank[0] <= floor:
        raise RemoteError("stale-proposal", requirement="REQ-VIE-8", field="counter")


def check_near(counter: int, most: int) -> None:
    """The counter leaves the others room to go on."""
    # REQ-VIE-43: at most 2^32 ahead, for a proposer of the same view
    if counter > most:
        raise RemoteError("counter-jump", requirement="REQ-VIE-43", field="counter")
