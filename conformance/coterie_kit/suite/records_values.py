"""The values in a DATA, and what the user is told of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._bases import plain_run
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._run import Plan, Run
from coterie_kit.suite._scenes import Scene, message, opening, scene
from coterie_kit.suite._stage import Stage, accepts
from coterie_kit.suite.records_received import JUMP, next_data

# ---------------------------------------------------------------- values


VALUE_FAULTS: dict[str, tuple[str, str, Callable[[Scene], Mapping[str, Draft]]]] = {
    "sequence": (
        "REQ-REC-7",
        "bad-sequence",
        lambda here: {
            "zero": next_data(here, 1, 0, message(2)),
            "used": next_data(here, 1, 1, message(2)),
            "ends-in-used": next_data(here, 1, 0, message(2), message(3)),
            "past-the-end": next_data(here, 1, 2**64 - 1, message(2), message(3)),
        },
    ),
    "timestamp": (
        "REQ-REC-8",
        "bad-timestamp",
        lambda here: {
            "zero": next_data(here, 1, 2, message(0)),
            "not-after-the-one-before": next_data(here, 1, 2, message(1)),
            "equal-in-the-frame": next_data(here, 1, 2, message(5), message(5)),
            "descending-in-the-frame": next_data(here, 1, 2, message(5), message(4)),
            "too-far": next_data(here, 1, 2, message(1 + JUMP + 1)),
            "greatest": next_data(here, 1, 2, message(2**64 - 1)),
            "second-too-far": next_data(here, 1, 2, message(2), message(1 + JUMP + 1)),
        },
    ),
    "kind": (
        "REQ-REC-9",
        "bad-payload-kind",
        lambda here: {
            "four": next_data(here, 1, 2, message(2, kind=4)),
            "greatest": next_data(here, 1, 2, message(2, kind=255)),
            "in-the-second": next_data(here, 1, 2, message(2), message(3, kind=5)),
        },
    ),
    "fragment": (
        "REQ-REC-10",
        "bad-fragment",
        lambda here: {
            "count-zero": next_data(here, 1, 2, message(2, fragment_count=0)),
            "count-65": next_data(here, 1, 2, message(2, fragment_count=65)),
            "index-is-count": next_data(here, 1, 2, message(2, fragment_index=2, fragment_count=2)),
            "index-over": next_data(here, 1, 2, message(2, fragment_index=7, fragment_count=3)),
            "skips-one": next_data(here, 1, 2, _part(2, 0, 3), _part(2, 2, 3)),
            "other-count": next_data(here, 1, 2, _part(2, 0, 3), _part(2, 1, 4)),
            "first-missing": next_data(here, 1, 2, message(2), _part(3, 1, 2)),
            "other-timestamp": next_data(here, 1, 2, _part(2, 0, 2), _part(3, 1, 2)),
        },
    ),
    "acknowledgement": (
        "REQ-REC-11",
        "bad-acknowledgement",
        lambda here: {
            "one-over": next_data(here, 1, 2, message(9), acknowledged=10),
            "one-over-the-last": next_data(here, 1, 2, message(8), message(9), acknowledged=10),
            "greatest": next_data(here, 1, 2, message(9), acknowledged=2**64 - 1),
        },
    ),
}


def _part(timestamp: int, index: int, count: int) -> dict[str, Any]:
    return message(timestamp, bytes([index]), fragment_index=index, fragment_count=count)


GOOD_VALUES: dict[str, Callable[[Scene], Mapping[str, Draft]]] = {
    "sequence": lambda here: {
        "gap": next_data(here, 1, 9, message(9)),
        "fills": next_data(here, 2, 2, message(2), message(3)),
        "greatest": next_data(here, 3, 2**64 - 1, message(10)),
    },
    "timestamp": lambda here: {"at-the-limit": next_data(here, 1, 2, message(1 + JUMP))},
    "kind": lambda here: {
        "sender-add": next_data(here, 1, 2, message(2, kind=1)),
        "sender-remove": next_data(here, 2, 3, message(3, kind=2)),
        "proxied": next_data(here, 3, 4, message(4, kind=3)),
    },
    "fragment": lambda here: {
        "three-parts": next_data(here, 1, 2, *(_part(2, index, 3) for index in range(3))),
        "sixty-four": next_data(here, 2, 5, *(_part(3, index, 64) for index in range(32))),
        "the-rest-first-in-its-frame": next_data(
            here, 3, 37, *(_part(3, index, 64) for index in range(32, 64))
        ),
    },
    "acknowledgement": lambda here: {
        "at-the-clock": next_data(here, 1, 2, message(9), acknowledged=1),
        "its-own": next_data(here, 2, 3, message(12), acknowledged=12),
        "of-its-last": next_data(here, 3, 4, message(13), message(20), acknowledged=20),
        "beyond-an-older-one": next_data(here, 4, 6, message(21), acknowledged=20),
    },
}


def _values(operator: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "DATA")
        _, reason, faults = VALUE_FAULTS[operator]
        for name, draft in faults(here).items():
            here.refuses(draft, reason, name)
        for name, draft in GOOD_VALUES[operator](here).items():
            here.twin(draft, name)

    return story


for _operator, _row in VALUE_FAULTS.items():
    _reqs = [_row[0], "REQ-REC-13"] if _operator in {"acknowledgement", "timestamp"} else [_row[0]]
    case(f"records.data.{_operator}", reqs=_reqs, type="DATA", operator=f"bad-{_operator}", fresh=True)(
        _values(_operator)
    )


@case(
    "records.data.sequence-reused",
    reqs=["REQ-REC-7"],
    type="DATA",
    operator="sequence-under-another-counter",
    fresh=True,
)
def _sequence_reused(judge: Judge) -> None:
    here = scene(judge, "DATA")
    here.twin(next_data(here, 1, 5, message(5), message(6), message(7)), "three")
    for first, count in ((5, 1), (7, 1), (4, 2), (7, 2), (3, 8)):
        messages = [message(20 + number) for number in range(count)]
        here.refuses(next_data(here, 2, first, *messages), "bad-sequence", f"{first}-to-{first + count - 1}")
    here.twin(next_data(here, 2, 8, message(8)), "eight")


@case(
    "records.data.timestamp-between-neighbours",
    reqs=["REQ-REC-8"],
    type="DATA",
    operator="between-neighbours",
    fresh=True,
)
def _between(judge: Judge) -> None:
    here = scene(judge, "DATA")
    here.twin(next_data(here, 1, 10, message(100)), "sequence-10")
    here.twin(next_data(here, 2, 20, message(200)), "sequence-20")
    for name, timestamp in (
        ("as-the-lower", 100),
        ("below-the-lower", 99),
        ("as-the-upper", 200),
        ("above", 201),
    ):
        here.refuses(next_data(here, 3, 15, message(timestamp)), "bad-timestamp", name)
    here.refuses(next_data(here, 3, 14, message(150), message(200)), "bad-timestamp", "second-as-the-upper")
    here.twin(next_data(here, 3, 15, message(101)), "just-above-the-lower")
    here.twin(next_data(here, 4, 19, message(199)), "just-below-the-upper")


@case(
    "records.data.fragments-in-two-frames",
    reqs=["REQ-REC-8"],
    type="DATA",
    operator="conforming-fragments-across",
    fresh=True,
)
def _across(judge: Judge) -> None:
    here = scene(judge, "DATA")
    here.twin(next_data(here, 1, 2, _part(5, 0, 3), _part(5, 1, 3)), "first-two")
    here.twin(next_data(here, 2, 4, _part(5, 2, 3)), "the-last")
    here.twin(next_data(here, 3, 5, message(6)), "next")


@case(
    "records.data.other-senders-timestamps",
    reqs=["REQ-REC-8"],
    type="DATA",
    operator="conforming-two-senders",
    fresh=True,
)
def _two_senders(judge: Judge) -> None:
    run = plain_run(judge, 3, 0).to_view()
    for who in run.puppets:
        first = opening(run, who)
        accepts(judge, run.stage.deliver(first.octets(), who), who.named)


# ---------------------------------------------------------------- what the user is told


def _told(reply: Reply) -> list[dict[str, Any]]:
    return [dict(event.fields) for event in reply.events if event.name == "data"]


def _fields(run: Run, who: Puppet, sequence: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "view": run.view.hex(),
        "sender": who.node.hex(),
        "sequence": sequence,
        "timestamp": row["timestamp"],
        "kind": row.get("kind", 0),
        "fragment_index": row.get("fragment_index", 0),
        "fragment_count": row.get("fragment_count", 1),
        "payload": row["payload"].hex(),
    }


def _delivered(suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "DATA", suite=suite)
        rows = [
            message(2, judge.octets(11)),
            message(3, b""),
            _part(4, 0, 2),
            _part(4, 1, 2),
            message(90, judge.octets(300)),
        ]
        reply = here.stage.deliver(next_data(here, 1, 2, *rows).octets(), here.puppet)
        accepts(judge, reply)
        wanted = [_fields(here.run, here.puppet, 2 + number, row) for number, row in enumerate(rows)]
        judge.equal("events", _told(reply), wanted)
        judge.equal("silence", [send.to for send in reply.sends], [])

    return story


for _suite in (1, 2):
    case(
        f"records.data.delivered-suite-{_suite}",
        reqs=["REQ-REC-15", "REQ-TST-5"],
        type="DATA",
        operator=f"conforming-packed-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
    )(_delivered(_suite))


@case("records.data.empty-payload", reqs=["REQ-REC-15"], type="DATA", operator="conforming-empty", fresh=True)
def _empty(judge: Judge) -> None:
    here = scene(judge, "DATA")
    reply = here.stage.deliver(next_data(here, 1, 2, message(2, b"")).octets(), here.puppet)
    accepts(judge, reply)
    judge.equal("events", [fields["payload"] for fields in _told(reply)], [""])


@case(
    "records.data.many-messages",
    reqs=["REQ-REC-15", "REQ-FRM-18", "REQ-TST-5"],
    type="DATA",
    operator="conforming-256",
    fresh=True,
)
def _many(judge: Judge) -> None:
    here = scene(judge, "DATA", trust={"max_datagram": 8000})
    rows = [message(2 + number, bytes([number])) for number in range(256)]
    reply = here.stage.deliver(next_data(here, 1, 2, *rows).octets(), here.puppet)
    accepts(judge, reply, reqs=["REQ-FRM-18"])
    judge.equal(
        "sequences",
        [fields["sequence"] for fields in _told(reply)],
        list(range(2, 258)),
        reqs=["REQ-REC-15", "REQ-TST-5"],
    )


@case(
    "records.data.refused-tells-nothing",
    reqs=["REQ-REC-15", "REQ-REC-9"],
    type="DATA",
    operator="second-message-bad",
    fresh=True,
)
def _tells_nothing(judge: Judge) -> None:
    here = scene(judge, "DATA")
    here.refuses(next_data(here, 1, 2, message(2), message(3, kind=77)), "bad-payload-kind", "second-bad")
    here.twin()


@case("records.clock.received", reqs=["REQ-REC-13"], type="DATA", operator="conforming-clock", fresh=True)
def _clock(judge: Judge) -> None:
    here = scene(judge, "DATA")
    high = judge.random.randrange(1000, 10**9)
    for name, counter, first, stamps, wanted in (
        ("ahead", 1, 10, (high - 7, high), high),
        ("behind", 2, 3, (5, 6), high),
        ("refused", 3, 12, (high + 50, high + 50), high),
    ):
        rows = [message(stamp) for stamp in stamps]
        reply = here.stage.deliver(next_data(here, counter, first, *rows).octets(), here.puppet)
        here.stage.need(reply.ok == (name != "refused"), f"{name}: {reply.said()}")
        judge.equal(name, here.stage.inspect().number("clock"), wanted, field="clock")


# ---------------------------------------------------------------- origin signature


def _origin_scene(judge: Judge) -> Scene:
    return scene(judge, "DATA", n=3, trust={"origin_auth": "sender"})


def _origin_faults(here: Scene) -> dict[str, Draft]:
    draft = here.draft
    other = next(one for one in here.run.puppets if one is not here.puppet)
    good, _ = frames.read_body("DATA", draft.body)
    plain = [row for row in good["extensions"] if row["type"] != 0x8002]
    signature = good["extensions"][-1]["value"]
    return {
        "missing": draft.with_body(extensions=plain),
        "spoiled": draft.changed(body=draft.body[:-1] + bytes([draft.body[-1] ^ 1])),
        "zeros": draft.changed(body=draft.body[:-64] + bytes(64)),
        "another-label": draft.signed_inside("frame-signature"),
        "short": draft.with_body(extensions=[*plain, {"type": 0x8002, "value": signature[:63]}]),
        "empty": draft.with_body(extensions=[*plain, {"type": 0x8002, "value": b""}]),
        "long": draft.with_body(extensions=[*plain, {"type": 0x8002, "value": signature + b"\x00"}]),
        "not-last": draft.with_body(
            extensions=[{"type": 0x8002, "value": signature}, {"type": 1, "value": bytes(2)}]
        ),
        "by-another-member": _signed_by(draft, other),
        "of-another-counter": draft.with_prefix(counter=2).changed(body=draft.body),
    }


def _signed_by(draft: Draft, other: Puppet) -> Draft:
    stand_in = Puppet(
        other.key,
        other.leaf,
        other.overlay,
        other.address,
        other.incarnation,
        node=other.node,
    )
    signed = draft.changed(maker=stand_in).signed_inside()
    return signed.changed(maker=draft.maker)


@case(
    "records.data.origin-signature", reqs=["REQ-REC-12"], type="DATA", operator="origin-signature", fresh=True
)
def _origin(judge: Judge) -> None:
    here = _origin_scene(judge)
    for name, draft in _origin_faults(here).items():
        here.refuses(draft, "origin-signature", name)
    here.twin()


@case(
    "records.data.origin-signature-with-other-extensions",
    reqs=["REQ-REC-12"],
    type="DATA",
    operator="conforming-last",
    fresh=True,
)
def _origin_last(judge: Judge) -> None:
    here = _origin_scene(judge)
    extended = here.draft.with_body(extensions=[{"type": 1, "value": bytes(9)}])
    here.twin(extended.signed_inside())


@case(
    "records.data.origin-signature-by-p256",
    reqs=["REQ-REC-12"],
    type="DATA",
    operator="conforming-p256",
    fresh=True,
)
def _origin_p256(judge: Judge) -> None:
    stage = Stage(judge, n=1, trust={"origin_auth": "sender"})
    other = stage.newcomer("p256")
    stage.others.append(other)
    stage.meet(other)
    run = Run(stage, Plan(tuple(stage.everyone))).to_view()
    draft = opening(run, other)
    accepts(judge, stage.deliver(draft.octets(), other))
