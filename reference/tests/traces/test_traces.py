"""The lines of a trace, one kind of event after the other."""

from __future__ import annotations

import json
from hashlib import sha256

import jsonschema

from coterie import data
from coterie.effects import Effect, Event, Send
from coterie.traces import Trace, mark
from coterie.vocabulary import ALL_NODES, NO_VIEW, Address, NodeId, OverlayId, ViewId
from coterie.wire import frames
from coterie.wire.bodies import Confirm

OVERLAY = OverlayId(bytes(16))
ADA, BOB = NodeId(b"\x01" * 32), NodeId(b"\x02" * 32)
OLD, NEW = ViewId(b"\x01" * 16), ViewId(b"\x02" * 16)
SCHEMA = jsonschema.Draft202012Validator(json.loads(data.read_text("schemas/trace.schema.json")))
THERE = Address("192.0.2.1", 4000)


def event(name: str, **fields: object) -> Event:
    return Event(OVERLAY, name, fields)  # type: ignore[arg-type]


def installed(view: ViewId, previous: ViewId) -> Event:
    return event(
        "view-installed", view=view, members=(ADA, BOB), incarnations=(7, 8), previous=previous,
        together=(ADA,), senders=(ADA,), counter=3, suite=1, proposer=BOB, clock_base=40, key_id=bytes(16),
    )  # fmt: skip


def traced(*effects: Effect, trace: Trace | None = None) -> list[dict[str, object]]:
    kept = trace or Trace(ADA, 7, "safe", first=5)
    lines = kept.take(effects, 1.5)
    for line in lines:
        SCHEMA.validate(line)
        assert (line.pop("t"), line.pop("node"), line.pop("inc")) == (1.5, ADA.hex(), 7)
    return lines


def sealed(view: ViewId, index: int, counter: int, content: bytes = b"x" * 20) -> bytes:
    prefix = frames.SealedPrefix(view, index, counter)
    return frames.associated(OVERLAY, prefix, len(content), "DATA") + content


def test_line_has_the_index_of_another() -> None:
    trace = Trace(ADA, 7, "safe", first=5)

    started = trace.start("kept", None)
    lines = traced(
        event("left", view=OLD), event("session", node=BOB), event("blocked", view=OLD), trace=trace
    )

    assert started == {
        "i": 5, "t": None, "node": ADA.hex(), "inc": 7, "event": "start", "state": "kept", "service": "safe"
    }  # fmt: skip
    assert lines == [{"i": 6, "event": "left"}, {"i": 7, "event": "blocked", "view": OLD.hex()}]


def test_view_is_traced_with_the_marks_of_another() -> None:
    (first, second) = traced(installed(OLD, NO_VIEW), installed(NEW, OLD))

    assert first["previous"] is None
    assert second["previous"] == OLD.hex()
    assert second == {
        "i": 6, "event": "view", "view": NEW.hex(), "members": [ADA.hex(), BOB.hex()], "incarnations": [7, 8],
        "previous": OLD.hex(), "together": [ADA.hex()], "senders": [ADA.hex()], "counter": 3, "suite": 1,
        "base": 40, "proposer": BOB.hex(),
    }  # fmt: skip


def test_delivery_of_a_closing_view_looks_regular() -> None:
    told = {"view": OLD, "sequence": 4, "timestamp": 9, "payload": b"words"}

    lines = traced(
        installed(OLD, NO_VIEW),
        event("message", sender=BOB, proxied=0, **told),
        event("message", sender=BOB, proxied=1, **told),
        event("transitional", view=OLD, together=(ADA,)),
        event("message", sender=ADA, proxied=0, **told),
        installed(NEW, OLD),
        event("message", sender=ADA, proxied=0, **told),
    )
    heard = [line for line in lines if line["event"] == "deliver"]

    assert heard[0] == {
        "i": 6, "event": "deliver", "view": OLD.hex(), "sender": BOB.hex(), "sender_inc": 8, "sequence": 4,
        "timestamp": 9, "digest": sha256(b"words").hexdigest()[:32], "service": "safe", "proxied": False,
        "regular": True,
    }  # fmt: skip
    assert [line.get("via") for line in heard] == [None, ADA.hex(), None, None]
    assert [line["regular"] for line in heard] == [True, True, False, True]
    assert [line["event"] for line in lines].count("transitional") == 1


def test_send_is_traced_with_the_digest_of_another() -> None:
    told = {"view": OLD, "sequence": 4, "fragments": 2, "payload": b"words"}

    lines = traced(
        event("sent", timestamp=9, proxied=0, **told), event("sent", timestamp=None, proxied=1, **told)
    )

    common = {"event": "send", "view": OLD.hex(), "sequence": 4, "digest": mark(b"words"), "fragments": 2}
    assert lines == [
        {"i": 5, "timestamp": 9, **common},
        {"i": 6, "timestamp": None, "proxied": True, **common},
    ]


def test_what_a_node_thinks_of_others_is_not_traced() -> None:
    lines = traced(
        event("suspected", node=BOB, why="silence"),
        event("nack", view=OLD, to=BOB, sender=ADA, first=2, last=3),
        event("gap", view=OLD, sender=BOB, first=2, last=3),
        event("run-failed", view=OLD, reason="superseded"),
        event("run-failed", view=OLD, reason="equivocation", culprit=BOB),
        event("keyed", view=OLD, key_id=b"\x05" * 16),
        event("stable", view=OLD, timestamp=9),
        event("sender-added", view=OLD, member=BOB, timestamp=9),
    )

    assert [{name: line[name] for name in line if name not in ("i", "view")} for line in lines] == [
        {"event": "suspect", "whom": BOB.hex(), "why": "silence"},
        {"event": "nack", "to": BOB.hex(), "ranges": [[ADA.hex(), 2, 3]]},
        {"event": "gap", "sender": BOB.hex(), "first": 2, "last": 3},
        {"event": "run-failed", "reason": "superseded"},
        {"event": "run-failed", "reason": "equivocation", "culprit": BOB.hex()},
        {"event": "keyed", "key_id": "05" * 16},
        {"event": "stable", "timestamp": 9},
        {"event": "sender-added", "member": BOB.hex(), "timestamp": 9},
    ]


def test_repair_counts_as_a_new_seal() -> None:
    trace = Trace(ADA, 7, "safe", first=5, deep=True)
    own, foreign, later = sealed(OLD, 0, 1), sealed(OLD, 1, 9), sealed(OLD, 0, 2)
    effects = [Send(OVERLAY, THERE, datagram) for datagram in (own, own, foreign, later, own, b"short")]

    lines = traced(installed(OLD, NO_VIEW), *effects, trace=trace)

    assert [(line["event"], line.get("counter")) for line in lines[1:]] == [("seal", 1), ("seal", 2)]
    assert lines[1] == {
        "i": 6, "event": "seal", "view": OLD.hex(), "sender": 0, "secret": "read", "counter": 1,
        "digest": mark(own),
    }  # fmt: skip
    assert [line["event"] for line in trace.accepted(foreign, None)] == ["open"]
    assert trace.accepted(b"short", None) == []


def test_counter_with_other_octets_or_of_a_view_that_is_over_leaves_no_trace() -> None:
    trace = Trace(ADA, 7, "safe", deep=True)
    first, second = sealed(OLD, 0, 1), sealed(OLD, 0, 1)[:-1] + b"?"
    traced(installed(OLD, NO_VIEW), Send(OVERLAY, THERE, first), installed(NEW, OLD), trace=trace)

    lines = traced(Send(OVERLAY, THERE, second), trace=trace)

    assert [(line["event"], line["view"], line["counter"]) for line in lines] == [("seal", OLD.hex(), 1)]


def test_confirmation_is_traced_twice_or_under_no_view() -> None:
    trace = Trace(ADA, 7, "safe", deep=True)
    digest = OLD[-8:] + bytes(24)
    prefix = frames.SignedPrefix(BOB, 1, 1, ALL_NODES)
    confirm = frames.unsigned(OVERLAY, prefix, Confirm(digest, bytes(32), bytes(32))) + bytes(64)
    traced(event("run-started", view=OLD, members=(ADA, BOB)), trace=trace)

    assert [line["by"] for line in trace.accepted(confirm, None)] == [BOB.hex()]
    assert trace.accepted(confirm, None) == []
    assert trace.accepted(confirm.replace(OLD[-8:], bytes(8)), None) == []


def test_frames_are_traced_where_nobody_asked_for_them() -> None:
    foreign = sealed(OLD, 1, 9)

    assert Trace(ADA, 7, "safe").accepted(foreign, None) == []
