"""An overlay whose members a user states: whatever proposes, joins, leaves or multicasts is refused there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._scenes import Scene, scene

REASON = "stated-membership"
FOR_ALL = ("PROPOSE", "LEAVE")
SIGNED = ("PROPOSE", "FLUSH", "JOIN", "LEAVE")
SEALED = ("HEARTBEAT", "ALIVE", "NACK", "GAP", "SENDER", "PROXY")


def _values(here: Scene, kind: str) -> dict[str, Any]:
    """A body that nothing is wrong with."""
    judge, own = here.stage.judge, here.stage.subject
    rows = [
        {"node_id": one.node, "incarnation": one.incarnation, "contact": contact(one.address)}
        for one in here.stage.everyone
    ]
    made: dict[str, Callable[[], dict[str, Any]]] = {
        "PROPOSE": lambda: {"counter": 9, "candidates": rows},
        "FLUSH": lambda: {
            "counter": 9,
            "seen": 8,
            "previous_view": judge.octets(16),
            "holdings": [{"node_id": here.puppet.node, "sequence": 4}, {"node_id": own.node, "sequence": 0}],
        },
        "JOIN": lambda: {
            "view_id": bytes(16),
            "members": [row for row in rows if row["node_id"] != own.node],
        },
        "LEAVE": lambda: {"view_id": judge.octets(16)},
        "HEARTBEAT": lambda: {"timestamp": 1, "last_sequence": 1},
        "ALIVE": lambda: {"timestamp": 1},
        "NACK": lambda: {"ranges": [{"sender": 0, "first": 1, "last": 1}]},
        "GAP": dict,
        "SENDER": dict,
        "PROXY": lambda: {"payload": judge.octets(9), "signature": judge.octets(64)},
    }
    return made[kind]()


def _draft(here: Scene, kind: str) -> Draft:
    """The frame of that type in the place of the one that the scene has."""
    return here.draft.changed(type=kind, body=frames.write_body(kind, _values(here, kind)))


def _signed(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "PING")
        own = here.stage.subject.node
        to, other = (bytes(32), own) if kind in FOR_ALL else (own, bytes(32))
        good = _draft(here, kind).with_prefix(destination=to)
        here.refuses(good, REASON, "conforming")
        here.refuses(good, REASON, "again")
        here.refuses(good.with_prefix(sequence=0), REASON, "another-sequence")
        here.refuses(good.changed(body=good.body[:5]), REASON, "body-cut")
        here.refuses(good.with_prefix(destination=other), "wrong-destination", "destination-first")
        here.twin()

    return story


def _signed_order(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "PING")
        own = here.stage.subject.node
        good = _draft(here, kind).with_prefix(destination=bytes(32) if kind in FOR_ALL else own)
        here.refuses(good.changed(spoil=True), "bad-signature", "signature-first")
        here.refuses(good.with_prefix(incarnation=1), "wrong-incarnation", "incarnation-first")
        stranger = here.stage.newcomer()
        of_stranger = good.changed(maker=stranger).with_prefix(signer=stranger.node)
        here.refuses(of_stranger, "no-session", "session-first")
        here.twin()

    return story


def _sealed(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "DATA")
        good = _draft(here, kind)
        here.refuses(good, REASON, "conforming")
        here.refuses(good.with_prefix(view_id=judge.octets(16)), REASON, "view-later")
        here.refuses(good.with_prefix(sender_index=9), REASON, "sender-later")
        here.refuses(good.with_prefix(counter=2**40), REASON, "counter-later")
        here.refuses(good.changed(spoil=True), REASON, "seal-later")
        here.twin()

    return story


def _sealed_order(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "DATA")
        good = _draft(here, kind)
        here.refuses(good.with_prefix(reserved=1), "reserved-nonzero", "reserved-first")
        here.refuses(good.with_header(protection=1), "wrong-protection", "protection-first")
        here.twin()

    return story


for _kind in SIGNED:
    case(
        f"views.stated.{_kind.lower()}",
        reqs=["REQ-VIE-1", "REQ-FRM-13", "REQ-FRM-15"],
        type=_kind,
        operator="in-a-stated-overlay",
        fresh=True,
    )(_signed(_kind))
    case(
        f"views.stated.{_kind.lower()}-order",
        reqs=["REQ-FRM-13", "REQ-FRM-14", "REQ-SES-3", "REQ-SES-4"],
        type=_kind,
        operator="order-in-a-stated-overlay",
        fresh=True,
    )(_signed_order(_kind))
for _kind in SEALED:
    case(
        f"views.stated.{_kind.lower()}",
        reqs=["REQ-VIE-1", "REQ-FRM-13"],
        type=_kind,
        operator="in-a-stated-overlay",
        fresh=True,
    )(_sealed(_kind))
    case(
        f"views.stated.{_kind.lower()}-order",
        reqs=["REQ-FRM-13", "REQ-FRM-8", "REQ-FRM-9"],
        type=_kind,
        operator="order-in-a-stated-overlay",
        fresh=True,
    )(_sealed_order(_kind))
