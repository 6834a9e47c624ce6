"""DATA at the peer: seals, counters, windows, values and what the user is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.keys.schedule import SenderKey
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._bases import plain_run
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._run import Plan, Run, setup, successor
from coterie_kit.suite._scenes import Scene, message, opening, scene
from coterie_kit.suite._stage import Stage

MEMORY = registry.limit("counter-memory")
JUMP = registry.limit("clock-jump")


def next_data(here: Scene, counter: int, first: int, *messages: dict[str, Any], **other: Any) -> Draft:
    """A DATA of the scene's sender."""
    body = frames.write_body("DATA", {"first_sequence": first, "messages": list(messages)} | other)
    return here.draft.with_prefix(counter=counter).changed(body=body)


# ---------------------------------------------------------------- step 7: view and sender


@case("records.data.other-view", reqs=["REQ-REC-1"], type="DATA", operator="other-view", fresh=True)
def _other_view(judge: Judge) -> None:
    here = scene(judge, "DATA")
    own = here.run.view
    wrong = {
        "zeros": bytes(16),
        "first-bit": bytes([own[0] ^ 0x80]) + own[1:],
        "last-bit": own[:15] + bytes([own[15] ^ 1]),
        "counter-less": (0).to_bytes(8, "big") + own[8:],
        "counter-more": (2).to_bytes(8, "big") + own[8:],
        "far-counter": (1 + 2**31).to_bytes(8, "big") + own[8:],
    }
    for name, view in wrong.items():
        here.refuses(here.draft.with_prefix(view_id=view), "unknown-view", name)
    here.twin()


@case("records.data.no-view", reqs=["REQ-REC-1"], type="DATA", operator="before-the-view", fresh=True)
def _no_view(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_confirms()
    stage = run.stage
    stage.secrets = run.secrets()
    early = opening(run, run.puppets[0])
    judge.refuses(
        stage.peer, early.octets(), "unknown-view", source=early.source, name="before-the-last-confirm"
    )
    run.confirm(run.puppets[0])
    judge.accepted(stage.deliver(early.octets(), early.source), "the-same-after")


@case("records.data.old-view", reqs=["REQ-REC-1"], type="DATA", operator="after-a-new-view", fresh=True)
def _old_view(judge: Judge) -> None:
    here = scene(judge, "DATA")
    stage = here.stage
    a, b = stage.everyone
    run = successor(stage, [b, a]).to_view()
    here.refuses(here.draft, "unknown-view", "of-the-old-view")
    good = opening(run, run.puppets[0])
    judge.accepted(stage.deliver(good.octets(), good.source), "of-the-new-view")


@case("records.data.sender-index", reqs=["REQ-REC-2"], type="DATA", operator="other-index", fresh=True)
def _index(judge: Judge) -> None:
    here = scene(judge, "DATA", n=3, rank=1)
    for name, index in (("own", 1), ("beyond", 3), ("far", 64), ("greatest", 0xFFFF)):
        here.refuses(here.draft.with_prefix(sender_index=index), "bad-sender-index", name)
    here.twin()


@case(
    "records.data.index-of-another",
    reqs=["REQ-REC-6", "REQ-KEY-37"],
    type="DATA",
    operator="index-of-another-member",
    fresh=True,
)
def _index_of_another(judge: Judge) -> None:
    here = scene(judge, "DATA", n=3, rank=1)
    own = here.run.position(here.puppet)
    other = next(here.run.position(one) for one in here.run.puppets if one is not here.puppet)
    octets = here.draft.octets()
    moved = octets[:40] + other.to_bytes(2, "big") + octets[42:]
    here.refuses(moved, "bad-seal", f"{own}-as-{other}", reqs=["REQ-REC-6"])
    here.refuses(
        here.draft.with_prefix(sender_index=other), "bad-seal", "under-its-own-node", reqs=["REQ-KEY-37"]
    )
    here.twin(reqs=["REQ-KEY-37"])


# ---------------------------------------------------------------- step 8: counters


@case(
    "records.data.counter-range", reqs=["REQ-REC-3"], type="DATA", operator="counter-above-limit", fresh=True
)
def _range(judge: Judge) -> None:
    here = scene(judge, "DATA")
    for name, counter in (("one-over", 2**32), ("much", 2**40), ("greatest", 2**64 - 1)):
        here.refuses(here.draft.with_prefix(counter=counter), "counter-range", name)
    here.twin(here.draft.with_prefix(counter=2**32 - 1), "at-the-limit")


@case("records.data.duplicate", reqs=["REQ-REC-4"], type="DATA", operator="same-again", fresh=True)
def _duplicate(judge: Judge) -> None:
    here = scene(judge, "DATA")
    here.twin(name="first")
    here.refuses(here.draft, "duplicate", "again")
    here.refuses(here.draft.changed(source="198.51.100.1:5"), "duplicate", "from-elsewhere")


@case("records.data.counter-reused", reqs=["REQ-REC-4"], type="DATA", operator="other-octets", fresh=True)
def _reused(judge: Judge) -> None:
    here = scene(judge, "DATA")
    here.twin(name="first")
    here.refuses(next_data(here, 1, 3, message(3)), "counter-reused", "another-message")
    spoiled = here.draft.octets()
    here.refuses(spoiled[:-1] + bytes([spoiled[-1] ^ 1]), "counter-reused", "spoiled")
    here.refuses(next_data(here, 0, 4, message(9)), "counter-reused", "counter-zero")
    here.twin(next_data(here, 2, 3, message(3)), "twin")


@case(
    "records.data.counter-window",
    reqs=["REQ-REC-5"],
    type="DATA",
    operator="counter-below-window",
    fresh=True,
)
def _window(judge: Judge) -> None:
    here = scene(judge, "DATA")
    top = 3 * MEMORY
    here.twin(next_data(here, top, 50, message(500)), "top")
    for back in (MEMORY, MEMORY + 1, 2 * MEMORY):
        late = next_data(here, top - back, 10, message(100))
        here.refuses(late, "counter-too-old", f"{back}-back")
    here.twin(next_data(here, top - MEMORY + 1, 10, message(100)), "4095-back")
    here.refuses(
        next_data(here, top - MEMORY + 1, 10, message(100)),
        "duplicate",
        "4095-back-again",
        reqs=["REQ-REC-5"],
    )


@case(
    "records.data.any-order",
    reqs=["REQ-REC-5", "REQ-REC-7"],
    type="DATA",
    operator="conforming-shuffled",
    fresh=True,
)
def _any_order(judge: Judge) -> None:
    here = scene(judge, "DATA")
    numbers = list(range(1, 33))
    judge.random.shuffle(numbers)
    for number in numbers:
        here.twin(next_data(here, number, number + 1, message(number + 1)), f"counter-{number}")


@case(
    "records.data.refusals-use-nothing-up",
    reqs=["REQ-REC-4", "REQ-REC-7"],
    type="DATA",
    operator="refused-then-good",
    fresh=True,
)
def _nothing_used(judge: Judge) -> None:
    here = scene(judge, "DATA")
    bad = next_data(here, 1, 2, message(2, kind=9))
    here.refuses(bad, "bad-payload-kind", "bad-value")
    spoiled = here.draft.changed(spoil=True)
    here.refuses(spoiled, "bad-seal", "bad-seal")
    here.twin(name="same-counter-and-sequence")


# ---------------------------------------------------------------- step 9: the seal


def _sealed_otherwise(here: Scene) -> dict[str, bytes]:
    stage = here.stage
    assert stage.secrets is not None
    own = stage.secrets.sender(here.draft.prefix["sender_index"], here.puppet.node)
    whole, body = here.draft.octets(), here.draft.body
    head, prefix = whole[:24], whole[24:52]
    made: dict[str, bytes] = {
        "aad-without-header": own.seal(1, body, prefix),
        "aad-without-prefix": own.seal(1, body, head),
        "no-aad": own.seal(1, body, b""),
        "counter-plus-one": own.seal(2, body, head + prefix),
        "iv-zero": SenderKey(own.suite, own.key, bytes(12)).seal(1, body, head + prefix),
        "tag-first": whole[-16:] + whole[52:-16],
    }
    control = SenderKey(own.suite, _control_key(here), own.iv)
    made["under-control"] = control.seal(1, body, head + prefix)
    return {name: head + prefix + sealed for name, sealed in made.items()}


def _control_key(here: Scene) -> bytes:
    from coterie_kit.keys.schedule import sender_key

    assert here.stage.secrets is not None
    index = here.draft.prefix["sender_index"]
    return sender_key(here.stage.secrets.suite, here.stage.secrets.control, index, here.puppet.node).key


def _seal(suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "DATA", suite=suite)
        for name, octets in _sealed_otherwise(here).items():
            here.refuses(octets, "bad-seal", name)
        here.twin()

    return story


for _suite in (1, 2):
    case(
        f"records.data.seal-suite-{_suite}",
        reqs=["REQ-REC-6", "REQ-REC-17"],
        type="DATA",
        operator=f"other-seal-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
    )(_seal(_suite))


@case("records.data.other-overlay", reqs=["REQ-REC-17"], type="DATA", operator="other-overlay", fresh=True)
def _other_overlay(judge: Judge) -> None:
    here = scene(judge, "DATA", trust={})
    whole = here.draft.octets()
    other = overlay_id(judge.octets(12))
    reply = here.stage.deliver(whole[:8] + other + whole[24:], here.draft.source)
    judge.refused(reply, "unknown-overlay", name="not-taken-part-in")
    here.twin()


@case(
    "records.data.same-members-two-overlays",
    reqs=["REQ-REC-17", "REQ-REC-1"],
    type="DATA",
    operator="view-of-another-overlay",
    fresh=True,
)
def _two_overlays(judge: Judge) -> None:
    stage = Stage(judge, n=2)
    second = overlay_id(judge.octets(20))
    stage.reset(trust=[stage.trust(), {"overlay": second, "policy": "open"}])
    run = setup(stage).to_view()
    sender = run.puppets[0]
    good = opening(run, sender)
    octets = good.octets()
    elsewhere = octets[:8] + second + octets[24:]
    before = stage.peer.inspect(second)["digest"]
    judge.refused(stage.deliver(elsewhere, sender), "unknown-view", reqs=["REQ-REC-1"])
    judge.equal("digest", stage.peer.inspect(second)["digest"], before, reqs=["REQ-REC-17"])
    judge.accepted(stage.deliver(octets, sender), "twin", reqs=["REQ-REC-17"])


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
            "three": next_data(here, 1, 2, message(2, kind=3)),
            "greatest": next_data(here, 1, 2, message(2, kind=255)),
            "in-the-second": next_data(here, 1, 2, message(2), message(3, kind=4)),
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
            "one-over": next_data(here, 1, 2, message(9), acknowledged=2),
            "its-own": next_data(here, 1, 2, message(9), acknowledged=9),
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
    },
    "fragment": lambda here: {
        "three-parts": next_data(here, 1, 2, *(_part(2, index, 3) for index in range(3))),
        "sixty-four": next_data(here, 2, 5, *(_part(3, index, 64) for index in range(32))),
        "the-rest-first-in-its-frame": next_data(
            here, 3, 37, *(_part(3, index, 64) for index in range(32, 64))
        ),
    },
    "acknowledgement": lambda here: {"at-the-clock": next_data(here, 1, 2, message(9), acknowledged=1)},
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
    case(f"records.data.{_operator}", reqs=[_row[0]], type="DATA", operator=f"bad-{_operator}", fresh=True)(
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
        judge.accepted(run.stage.deliver(first.octets(), who), who.named)


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
        judge.accepted(reply)
        wanted = [_fields(here.run, here.puppet, 2 + number, row) for number, row in enumerate(rows)]
        judge.equal("events", _told(reply), wanted)
        judge.equal("silence", [send.to for send in reply.sends], [])

    return story


for _suite in (1, 2):
    case(
        f"records.data.delivered-suite-{_suite}",
        reqs=["REQ-REC-15"],
        type="DATA",
        operator=f"conforming-packed-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
    )(_delivered(_suite))


@case("records.data.empty-payload", reqs=["REQ-REC-15"], type="DATA", operator="conforming-empty", fresh=True)
def _empty(judge: Judge) -> None:
    here = scene(judge, "DATA")
    reply = here.stage.deliver(next_data(here, 1, 2, message(2, b"")).octets(), here.puppet)
    judge.accepted(reply)
    judge.equal("events", [fields["payload"] for fields in _told(reply)], [""])


@case(
    "records.data.many-messages",
    reqs=["REQ-REC-15", "REQ-FRM-18"],
    type="DATA",
    operator="conforming-256",
    fresh=True,
)
def _many(judge: Judge) -> None:
    here = scene(judge, "DATA", trust={"max_datagram": 8000})
    rows = [message(2 + number, bytes([number])) for number in range(256)]
    reply = here.stage.deliver(next_data(here, 1, 2, *rows).octets(), here.puppet)
    judge.accepted(reply, reqs=["REQ-FRM-18"])
    judge.equal(
        "sequences", [fields["sequence"] for fields in _told(reply)], list(range(2, 258)), reqs=["REQ-REC-15"]
    )


@case(
    "records.data.refused-tells-nothing",
    reqs=["REQ-REC-15"],
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
            extensions=[{"type": 0x8002, "value": signature}, {"type": 0x77, "value": b"z"}]
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
    extended = here.draft.with_body(
        extensions=[{"type": 0x77, "value": b"z"}, {"type": 1, "value": bytes(9)}]
    )
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
    judge.accepted(stage.deliver(draft.octets(), other))
