"""The checks on FLUSH at the proposer, one function a rule, in the order of the draft.

Implements REQ-VIE-31 to REQ-VIE-34.
"""

from __future__ import annotations

from collections.abc import Iterable

from coterie import registry
from coterie.errors import RemoteError
from coterie.views.order import Lineage
from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire.bodies import Flush, Propose


def check_asked(own: Propose | None, signer: NodeId, node: NodeId, body: Flush) -> None:
    """The FLUSH answers the proposal under way, by a candidate."""
    # REQ-VIE-31: an answer to what was asked, by one who was asked
    asked = own is not None and own.counter == body.counter and signer != node
    if own is None or not asked or all(row.node_id != signer for row in own.candidates):
        raise RemoteError("no-proposal", requirement="REQ-VIE-31", field="counter")


def check_sends(body: Flush) -> None:
    """A member sends, or does not."""
    # REQ-VIE-32: 0 or 1, and 0 without a view
    if body.sends not in {0, 1} or (body.sends and body.previous_view == NO_VIEW):
        raise RemoteError("bad-flush", requirement="REQ-VIE-32", field="sends")


def check_suite(body: Flush) -> None:
    """A view has a suite, and no view has none."""
    # REQ-VIE-32: that of the view, 0 without one
    known = body.suite in registry.suites() if body.previous_view != NO_VIEW else body.suite == 0
    if not known:
        raise RemoteError("bad-flush", requirement="REQ-VIE-32", field="suite")


def check_acknowledged(body: Flush) -> None:
    """What is acknowledged is known by the clock, and of no view there is nothing."""
    # REQ-VIE-32: nobody holds what is later than every timestamp that it knows
    if body.acknowledged > (body.clock if body.previous_view != NO_VIEW else 0):
        raise RemoteError("bad-flush", requirement="REQ-VIE-32", field="acknowledged")


def check_holdings(body: Flush, signer: NodeId) -> None:
    """A row for each member of the view that the signer comes from, itself among them; none without a
    view."""
    # REQ-VIE-32: each once
    nodes = [row.node_id for row in body.holdings]
    has_view = body.previous_view != NO_VIEW
    if len(set(nodes)) != len(nodes) or (signer in nodes) != has_view or (nodes and not has_view):
        raise RemoteError("bad-flush", requirement="REQ-VIE-32", field="holdings")


def check_own_view(body: Flush, lineage: Lineage) -> None:
    """Who comes from the receiver's own view says of it what the receiver knows."""
    # REQ-VIE-32: its members in its order, and its suite
    if body.previous_view in {NO_VIEW, lineage.view}:
        same = tuple(row.node_id for row in body.holdings) == lineage.members and body.suite == lineage.suite
        if body.previous_view != NO_VIEW and not same:
            raise RemoteError("bad-flush", requirement="REQ-VIE-32", field="holdings")


def check_foreign_view(body: Flush, before: Iterable[Flush], own_view: ViewId) -> None:
    """Who comes from one foreign view says of it what the first one said."""
    # REQ-VIE-32: the same members in the same order, for the base is made of them
    for known in before:
        if known.previous_view == body.previous_view not in {NO_VIEW, own_view}:
            if [row.node_id for row in known.holdings] != [row.node_id for row in body.holdings]:
                raise RemoteError("bad-flush", requirement="REQ-VIE-32", field="holdings")
            return


def check_refused(body: Flush, own: Propose, signer: NodeId) -> None:
    """Only other candidates are refused, each once."""
    # REQ-VIE-32: a subset of the candidates; nobody refuses himself
    candidates = {row.node_id for row in own.candidates} - {signer}
    if len(set(body.refused)) != len(body.refused) or not candidates.issuperset(body.refused):
        raise RemoteError("bad-flush", requirement="REQ-VIE-32", field="refused")


def check_seen(body: Flush, most: int) -> None:
    """The counter that the signer has seen leaves the others room to go on."""
    # REQ-VIE-34: at most 2^32 ahead, for one of the same view
    if body.seen > most:
        raise RemoteError("counter-jump", requirement="REQ-VIE-34", field="seen")


def check_clock(body: Flush, clock: int, own_view: ViewId) -> None:
    """The clock of one of the same view leaves the timestamps room to go on; each other view has its own."""
    # REQ-VIE-34: the clock base is made of it, and nobody accepts one that is further ahead
    if body.previous_view == own_view != NO_VIEW and body.clock >= clock + registry.limit("clock-jump"):
        raise RemoteError("clock-jump", requirement="REQ-VIE-34", field="clock")


def check_body(body: Flush, own: Propose, signer: NodeId, lineage: Lineage) -> None:
    """What the FLUSH itself can be wrong in."""
    check_sends(body)
    check_suite(body)
    check_acknowledged(body)
    check_holdings(body, signer)
    check_own_view(body, lineage)
    check_refused(body, own, signer)


def check_same(before: bytes | None, octets: bytes) -> None:
    """A candidate does not answer one question twice in different words."""
    # REQ-VIE-33: the first answer counts
    if before is not None and before != octets:
        raise RemoteError("equivocation", requirement="REQ-VIE-33")
