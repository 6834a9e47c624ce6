"""Of two faults of a PROPOSE, FLUSH, JOIN or LEAVE the one that is checked first counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coterie_kit import frames
from coterie_kit.keys.names import contact
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite.frames_order import FLOW_HEAD, Fault, chain

Rows = list[dict[str, Any]]
Change = Callable[[Scene, Draft], Draft]


def _body(**values: Any) -> Change:
    return lambda _here, draft: draft.with_body(**values)


def _rows(name: str, change: Callable[[Scene, Rows], Rows]) -> Change:
    def apply(here: Scene, draft: Draft) -> Draft:
        now, _ = frames.read_body(draft.type, draft.body)
        return draft.with_body(**{name: change(here, [dict(row) for row in now[name]])})

    return apply


def _without(which: str) -> Callable[[Scene, Rows], Rows]:
    def change(here: Scene, rows: Rows) -> Rows:
        node = here.stage.subject.node if which == "self" else here.puppet.node
        return [row for row in rows if row["node_id"] != node]

    return change


def _nowhere(here: Scene, rows: Rows) -> Rows:
    """The contact of whoever is left that is neither the receiver nor the signer, or of all."""
    known = {here.stage.subject.node, here.puppet.node}
    bad = {"contact": contact("239.1.2.3:9")}
    others = [row for row in rows if row["node_id"] not in known]
    return [row | bad if row in others or not others else row for row in rows]


CHAINS: Mapping[str, list[Fault]] = {
    "PROPOSE": [
        *FLOW_HEAD,
        Fault("duplicate", "REQ-VIE-7", "duplicate-member", _rows("candidates", lambda _h, r: [*r, r[-1]])),
        Fault("row-order", "REQ-VIE-7", "bad-order", _rows("candidates", lambda _h, r: r[::-1])),
        Fault("self-absent", "REQ-VIE-7", "self-absent", _rows("candidates", _without("self"))),
        Fault("signer-absent", "REQ-VIE-7", "proposer-absent", _rows("candidates", _without("proposer"))),
        Fault("contact", "REQ-VIE-7", "bad-contact", _rows("candidates", _nowhere)),
        Fault("counter", "REQ-VIE-8", "stale-proposal", _body(counter=0)),
        Fault("permit", "REQ-VIE-30", "bad-permit", _body(permits=[b"\x01"])),
    ],
    "FLUSH": [
        *FLOW_HEAD,
        Fault("proposal", "REQ-VIE-31", "no-proposal", _body(counter=2**40)),
        Fault("contradiction", "REQ-VIE-32", "bad-flush", _body(sends=2)),
        Fault("seen", "REQ-VIE-34", "counter-jump", _body(seen=2**63)),
    ],
    "JOIN": [
        *FLOW_HEAD,
        Fault("duplicate", "REQ-VIE-39", "duplicate-member", _rows("members", lambda _h, r: [*r, r[-1]])),
        Fault("contact", "REQ-VIE-39", "bad-contact", _rows("members", _nowhere)),
    ],
    "LEAVE": [*FLOW_HEAD, Fault("view", "REQ-VIE-42", "not-leaving", _body(view_id=bytes(16)))],
}

for _kind, _faults in CHAINS.items():
    chain(_kind, _faults, home=__name__)
