"""Mutants of what a peer of an overlay knows for certain: who has stored, who has answered, who has moved."""

from __future__ import annotations

from typing import Any

from coterie.mutants.registry import Function, Mutant, giving

OVERLAY = "coterie.overlay"


def _own_copy_counts(_original: Function) -> Function:
    return lambda sending: not sending.stored


def _itself_asked(_original: Function) -> Function:
    return lambda holders, _own: len(holders)


def _itself_answers(original: Function) -> Function:
    def found(self: Any, number: int, over: Any, now: Any) -> Any:
        self._going[number].answered += self._ground.is_peer
        return original(self, number, over, now)

    return found


def _time_alone(original: Function) -> Function:
    return lambda over: over.may_ask and original(over)


def _requests_alone(original: Function) -> Function:
    return lambda over: not over.may_ask and original(over)


def _contact_first(_original: Function) -> Function:
    def check(body: Any, asked: Any) -> None:
        from coterie.overlay import answers

        before = None
        for index, row in enumerate(body.neighbours):
            answers.check_row_contact(row, index)
            answers.check_farther(before, row.node_id, asked.target, index)
            before = row.node_id

    return check


def _all_orders_first(original: Function) -> Function:
    def check(body: Any, asked: Any) -> None:
        from coterie.overlay import answers

        before = None
        for index, row in enumerate(body.neighbours):
            answers.check_farther(before, row.node_id, asked.target, index)
            before = row.node_id
        original(body, asked)

    return check


def _contact_alone(_original: Function) -> Function:
    def on_depart(self: Any, signer: Any, _now: Any) -> list[Any]:
        self.ground.contacts.forget(signer)
        return []

    return on_depart


def _asked_once(original: Function) -> Function:
    def seen_elsewhere(self: Any, node: Any, now: Any) -> Any:
        effects = original(self, node, now)
        self._probed.discard(node)
        return effects

    return seen_elsewhere


def _forgotten_at_once(_original: Function) -> Function:
    return lambda self, node, now: self._settle(self._forget(node, "silence", now), now)


MUTANTS = (
    Mutant("nodes-contact-first", "REQ-OVL-13", "altered", f"{OVERLAY}.answers:check_nodes", _contact_first,
           "Of a row of NODES the contact is checked before the order."),
    Mutant("nodes-orders-first", "REQ-OVL-13", "altered", f"{OVERLAY}.answers:check_nodes",
           _all_orders_first, "The order of all rows of NODES is checked before any contact."),
    Mutant("depart-contact-alone", "REQ-OVL-21", "altered", f"{OVERLAY}.machine:Neighbours.on_depart",
           _contact_alone, "Whoever departs is no contact any more, but has a session still."),
    Mutant("unstored-but-here", "REQ-OVL-29", "altered", f"{OVERLAY}.publishing:is_nowhere_else",
           _own_copy_counts, "What a peer itself holds it does not publish again before its time."),
    Mutant("complete-by-itself", "REQ-OVL-31", "altered", f"{OVERLAY}.fetching:Fetches.found",
           _itself_answers, "A peer counts itself among those that have answered a fetch."),
    Mutant("complete-with-itself", "REQ-OVL-31", "altered", f"{OVERLAY}.fetching:others", _itself_asked,
           "A peer counts itself among those that a fetch has asked."),
    Mutant("complete-though-cut", "REQ-OVL-31", "dropped", f"{OVERLAY}.fetching:is_cut_short", giving(False),
           "A fetch is complete although its lookup has not come to its end."),
    Mutant("complete-out-of-requests", "REQ-OVL-31", "altered", f"{OVERLAY}.fetching:is_cut_short",
           _time_alone, "A fetch is complete although its lookup has used up its requests."),
    Mutant("complete-out-of-time", "REQ-OVL-31", "altered", f"{OVERLAY}.fetching:is_cut_short",
           _requests_alone, "A fetch is complete although the time of its lookup was up."),
    Mutant("moved-unnoticed", "REQ-OVL-33", "dropped", "coterie.peer.neighbourhood:is_of_elsewhere",
           giving(False), "Nobody asks whether a peer that greets from elsewhere is where it was."),
    Mutant("moved-asked-once", "REQ-OVL-33", "altered", f"{OVERLAY}.machine:Neighbours.seen_elsewhere",
           _asked_once, "A peer that greets from elsewhere is asked once only where it was."),
    Mutant("moved-forgotten-at-once", "REQ-OVL-33", "altered",
           f"{OVERLAY}.machine:Neighbours.seen_elsewhere", _forgotten_at_once,
           "Whoever greets with a key from elsewhere ends the session of that key."),
)  # fmt: skip
