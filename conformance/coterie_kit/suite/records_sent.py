"""DATA that the peer sends: to whom, how often, under which counter, sequence and timestamp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact, label
from coterie_kit.keys.signatures import verify
from coterie_kit.reply import Reply, Send
from coterie_kit.suite._bases import plain_run
from coterie_kit.suite._run import Plan, Run, successor
from coterie_kit.suite._scenes import message, opening
from coterie_kit.suite._stage import Stage, accepts

STEP = registry.timer("data-resend")
TIMES = registry.limit("data-repeats")


def opened(run: Run, send: Send) -> tuple[frames.Frame, dict[str, Any]]:
    """Frame and body of a DATA of the peer; the case ends when it does not open."""
    stage = run.stage
    limit = stage.settings.trust.get("max_datagram", 1200)
    frame = frames.read(send.bytes, limit)
    secrets = run.secrets()
    key = secrets.sender(frame.prefix["sender_index"], stage.subject.node)
    associated, sealed = frames.seal_parts(frame)
    body = key.open(frame.prefix["counter"], sealed, associated)
    stage.need(body is not None, "a DATA of the peer does not open")
    assert body is not None
    return frame, frames.read_body("DATA", body)[0]


def sent(run: Run, payload: bytes) -> Reply:
    """The peer sends a message."""
    reply: Reply = run.stage.peer.do("send", run.stage.overlay, payload=payload)
    run.stage.need(reply.ok, f"send: {reply.said()}")
    return reply


def _data(reply: Reply) -> list[Send]:
    return [send for send in reply.sends if send.bytes[3] == registry.frame("DATA").code]


def _sealed(suite: int) -> Callable[[Judge], None]:
    """Every receiver opens it: key, iv, nonce and associated data are those of the draft."""

    def story(judge: Judge) -> None:
        run = plain_run(judge, 3, 1, suite).to_view()
        payload = judge.octets(33)
        sends = _data(sent(run, payload))
        judge.require("sent", sends, expected="DATA")
        frame = frames.read(sends[0].bytes)
        judge.equal("view", frame.prefix["view_id"], run.view, field="prefix.view_id", reqs=["REQ-REC-17"])
        judge.equal(
            "index", frame.prefix["sender_index"], 1, field="prefix.sender_index", reqs=["REQ-KEY-37"]
        )
        key = run.secrets().sender(1, run.stage.subject.node)
        associated, sealed = frames.seal_parts(frame)
        body = key.open(frame.prefix["counter"], sealed, associated)
        judge.require("opens", body is not None, field="body", reqs=["REQ-REC-6", "REQ-KEY-37", "REQ-REC-19"])
        assert body is not None
        values, _ = frames.read_body("DATA", body)
        judge.equal("payload", [row["payload"] for row in values["messages"]], [payload], reqs=["REQ-REC-6"])

    return story


for _suite in (1, 2):
    case(
        f"records.sent.sealed-suite-{_suite}",
        reqs=["REQ-REC-6", "REQ-KEY-37", "REQ-REC-17", "REQ-REC-19"],
        type="DATA",
        operator=f"conforming-sealed-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
    )(_sealed(_suite))


@case(
    "records.sent.to-every-member", reqs=["REQ-REC-16"], type="DATA", operator="conforming-to-all", fresh=True
)
def _to_all(judge: Judge) -> None:
    run = plain_run(judge, 4, 2).to_view()
    sends = _data(sent(run, judge.octets(5)))
    judge.equal("to", sorted(send.to for send in sends), sorted(one.address for one in run.puppets))
    judge.check("one-frame", len({send.bytes for send in sends}) == 1, expected="the same octets to all")


@case(
    "records.sent.to-contacts", reqs=["REQ-REC-16"], type="DATA", operator="conforming-contacts", fresh=True
)
def _contacts(judge: Judge) -> None:
    stage = Stage(judge, n=2)
    stage.meet_all()
    plan = Plan(tuple(stage.everyone))
    run = Run(stage, plan)
    moved = "198.51.100.50:6000"
    rows = [
        row | ({"contact": contact(moved)} if row["node_id"] != stage.subject.node else {})
        for row in run.values["members"]
    ]
    run.fix(frames.write_body("INSTALL", run.values | {"members": rows}))
    run.to_view()
    judge.equal("to", [send.to for send in _data(sent(run, b"x"))], [moved])


@case("records.sent.repeated", reqs=["REQ-REC-16"], type="DATA", operator="conforming-repeated", fresh=True)
def _repeated(judge: Judge) -> None:
    run = plain_run(judge, 3, 1).to_view()
    stage = run.stage
    first = sorted((send.to, send.bytes) for send in _data(sent(run, judge.octets(20))))
    for number in range(1, TIMES + 1):
        early = stage.pass_time(STEP - 1)
        judge.check(f"{number}.not-early", not early.sends, expected="silence", observed=early.said())
        due = stage.pass_time(1)
        judge.equal(f"{number}.due", sorted((send.to, send.bytes) for send in due.sends), first)
    for gone, reply in stage.timeline(5 * STEP, STEP):
        judge.check(f"silence-{gone}-later", not reply.sends, expected="silence", observed=reply.said())


@case(
    "records.sent.repeats-end-with-the-view",
    reqs=["REQ-REC-16"],
    type="DATA",
    operator="conforming-new-view",
    fresh=True,
)
def _ends(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_view()
    stage = run.stage
    sent(run, judge.octets(20))
    a, b = stage.everyone
    successor(stage, [b, a]).to_view()
    for gone, reply in stage.timeline(5 * STEP, STEP):
        judge.equal(f"at-{gone}", [send.to for send in _data(reply)], [])


@case("records.sent.counted", reqs=["REQ-REC-14"], type="DATA", operator="conforming-counted", fresh=True)
def _counted(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_view()
    for number in range(4):
        _, body = opened(run, _data(sent(run, judge.octets(number)))[0])
        stamp = body["messages"][0]["timestamp"]
        judge.equal(f"{number}.sequence", body["first_sequence"], number + 1, field="body.first_sequence")
        judge.equal(f"{number}.timestamp", stamp, number + 1, field="body.messages[0].timestamp")
        judge.equal(f"{number}.clock", run.stage.inspect().number("clock"), number + 1, field="clock")


def _counters(suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        run = plain_run(judge, 2, 0, suite).to_view()
        stage = run.stage
        for number in range(4):
            send = _data(sent(run, judge.octets(number)))[0]
            counter = frames.read(send.bytes).prefix["counter"]
            judge.equal(f"frame-{number}", counter, number, field="prefix.counter")
            judge.equal(f"frame-{number}.next", stage.inspect().number("next_counter"), number + 1)
        stage.need(stage.pass_time(STEP).ok, "time goes on")
        judge.equal("repeats-count-nothing", stage.inspect().number("next_counter"), 4)
        a, b = stage.everyone
        again = successor(stage, [b, a]).to_view()
        counter = frames.read(_data(sent(again, b"new"))[0].bytes).prefix["counter"]
        judge.equal("new-view", counter, 0, field="prefix.counter")

    return story


for _suite in (1, 2):
    case(
        f"records.sent.counters-suite-{_suite}",
        reqs=["REQ-REC-18"],
        type="DATA",
        operator=f"conforming-counters-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
    )(_counters(_suite))


@case(
    "records.sent.timestamp-after-receiving",
    reqs=["REQ-REC-14", "REQ-REC-13"],
    type="DATA",
    operator="conforming-after-receiving",
    fresh=True,
)
def _after(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_view()
    who = run.puppets[0]
    high = judge.random.randrange(50, 10**9)
    first = opening(run, who)
    body = frames.write_body("DATA", {"messages": [message(high)]})
    run.stage.need(run.stage.deliver(first.changed(body=body).octets(), who).ok, "DATA was refused")
    _, values = opened(run, _data(sent(run, b"after"))[0])
    judge.equal("timestamp", values["messages"][0]["timestamp"], high + 1, field="body.messages[0].timestamp")


@case(
    "records.sent.first-of-a-view",
    reqs=["REQ-REC-14"],
    type="DATA",
    operator="conforming-new-view-counts",
    fresh=True,
)
def _first(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_view()
    stage = run.stage
    for _ in range(3):
        sent(run, b"old")
    a, b = stage.everyone
    base = judge.random.randrange(100, 10**9)
    again = successor(stage, [b, a], clock_base=base).to_view()
    _, body = opened(again, _data(sent(again, b"new"))[0])
    judge.equal("sequence", body["first_sequence"], 1, field="body.first_sequence")
    judge.equal("timestamp", body["messages"][0]["timestamp"], base + 1, field="body.messages[0].timestamp")


@case(
    "records.sent.fields",
    reqs=["REQ-REC-14", "REQ-REC-9", "REQ-REC-10", "REQ-REC-11"],
    type="DATA",
    operator="conforming-fields",
    fresh=True,
)
def _fields(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_view()
    _, body = opened(run, _data(sent(run, judge.octets(3)))[0])
    row = body["messages"][0]
    judge.equal("one-message", len(body["messages"]), 1, reqs=["REQ-REC-14"])
    judge.equal("kind", row["kind"], 0, reqs=["REQ-REC-9"], field="body.messages[0].kind")
    judge.equal("fragment", (row["fragment_index"], row["fragment_count"]), (0, 1), reqs=["REQ-REC-10"])
    judge.equal("acknowledged", body["acknowledged"], 0, reqs=["REQ-REC-11"], field="body.acknowledged")


def _size(limit: int) -> Callable[[Judge], None]:
    """The longest payload that fits max-datagram is sent; one octet more is the caller's mistake."""

    def story(judge: Judge) -> None:
        stage = Stage(judge, n=2, trust={"max_datagram": limit} if limit != 1200 else {})
        stage.meet_all()
        Run(stage, Plan(tuple(stage.everyone))).to_view()
        most = limit - 24 - 28 - 16 - 18 - 13
        over = stage.peer.do("send", stage.overlay, payload=bytes(most + 1))
        judge.check(
            "one-over",
            over.status == "error" and over.reason == "usage",
            expected="usage",
            observed=over.said(),
        )
        reply = stage.peer.do("send", stage.overlay, payload=bytes(most))
        accepts(judge, reply, "at-the-limit")
        judge.equal("datagram", [len(send.bytes) for send in reply.sends], [limit])

    return story


for _limit in (1200, 3000):
    case(
        f"records.sent.payload-at-{_limit}",
        reqs=["REQ-FRM-11"],
        type="DATA",
        operator=f"conforming-longest-{_limit}",
        fresh=True,
    )(_size(_limit))


@case("records.sent.without-a-view", reqs=["REQ-REC-16"], type="DATA", operator="without-a-view", fresh=True)
def _without(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_confirms()
    reply = run.stage.peer.do("send", run.stage.overlay, payload=b"early")
    judge.check(
        "usage", reply.status == "error" and reply.reason == "usage", expected="usage", observed=reply.said()
    )
    judge.check("silence", not reply.sends, observed=len(reply.sends))


@case(
    "records.sent.origin-signature",
    reqs=["REQ-REC-12"],
    type="DATA",
    operator="conforming-origin-signature",
    fresh=True,
)
def _origin(judge: Judge) -> None:
    stage = Stage(judge, n=2, trust={"origin_auth": "sender"})
    stage.meet_all()
    run = Run(stage, Plan(tuple(stage.everyone))).to_view()
    send = _data(sent(run, judge.octets(40)))[0]
    frame, values = opened(run, send)
    last = values["extensions"][-1:] or [{"type": 0, "value": b""}]
    judge.equal("last", last[0]["type"], 0x8002, field="body.extensions")
    key = run.secrets().sender(frame.prefix["sender_index"], stage.subject.node)
    associated, sealed = frames.seal_parts(frame)
    body = key.open(frame.prefix["counter"], sealed, associated) or b""
    signed = label("origin-signature") + associated + body[:-64]
    judge.check("verifies", verify(stage.subject.key.spki, signed, body[-64:]), field="body.extensions")


@case(
    "records.sent.no-origin-signature",
    reqs=["REQ-REC-12"],
    type="DATA",
    operator="conforming-group-auth",
    fresh=True,
)
def _no_origin(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_view()
    _, values = opened(run, _data(sent(run, judge.octets(4)))[0])
    judge.equal("extensions", [row["type"] for row in values["extensions"] if row["type"] & 0x8000], [])
