"""SEGMENT: how a long signed frame travels, and everything that can be wrong with its parts."""

from __future__ import annotations

from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest
from coterie_kit.puppets import Puppet, cut, plain
from coterie_kit.reply import Reply
from coterie_kit.suite._run import setup
from coterie_kit.suite._scenes import Scene, scene, segment_of
from coterie_kit.suite._stage import Stage, accepts


def _table(judge: Judge) -> tuple[Stage, Puppet]:
    stage = Stage(judge)
    stage.meet(stage.others[0])
    return stage, stage.others[0]


def _give(stage: Stage, who: Puppet, values: dict[str, Any]) -> Reply:
    return stage.deliver(plain("SEGMENT", stage.overlay, **values), who)


def _long_ping(stage: Stage, who: Puppet, size: int = 1200) -> bytes:
    values = {"nonce": stage.judge.octets(8), "extensions": [{"type": 1, "value": bytes(size)}]}
    return who.make("PING", values, stage.subject.node)


def _answered(judge: Judge, stage: Stage, reply: Reply, name: str) -> None:
    """The long PING was handled as if it came whole: there is one PONG."""
    kinds = [said.type for said in stage.said(reply)]
    judge.check(
        name, reply.ok and kinds == ["PONG"], reqs=["REQ-FRM-33"], expected="a PONG", observed=reply.said()
    )


def _order(operator: str, arrange: Any) -> None:
    def story(judge: Judge) -> None:
        stage, who = _table(judge)
        ping = _long_ping(stage, who, 3000)
        reply = None
        for values in arrange(judge, cut(ping)):
            reply = _give(stage, who, values)
            accepts(judge, reply, f"segment-{values['index']}", reqs=["REQ-FRM-33", "REQ-FRM-30"])
        assert reply is not None
        _answered(judge, stage, reply, "answered")
        judge.equal("open", stage.inspect().number("assemblies"), 0, reqs=["REQ-FRM-33"])

    case(
        f"frames.segment.{operator}",
        reqs=["REQ-FRM-33", "REQ-FRM-30"],
        type="SEGMENT",
        operator=f"conforming-{operator}",
        fresh=True,
    )(story)


def _shuffled(judge: Judge, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    judge.random.shuffle(parts)
    return parts


_order("in-order", lambda _judge, parts: parts)
_order("reversed", lambda _judge, parts: parts[::-1])
_order("shuffled", _shuffled)
_order("repeated", lambda _judge, parts: [parts[0], parts[0], parts[1], parts[0], parts[1], parts[2]])


@case(
    "frames.segment.of-64",
    reqs=["REQ-FRM-33", "REQ-FRM-18"],
    type="SEGMENT",
    operator="conforming-64-parts",
    fresh=True,
)
def _sixty_four(judge: Judge) -> None:
    stage, who = _table(judge)
    around = len(_long_ping(stage, who, 0))
    parts = cut(_long_ping(stage, who, 64 * 23 - around), 23)
    judge.equal("parts", len(parts), 64)
    for values in parts:
        reply = _give(stage, who, values)
    _answered(judge, stage, reply, "answered")


@case(
    "frames.segment.no-session", reqs=["REQ-FRM-27"], type="SEGMENT", operator="from-a-stranger", fresh=True
)
def _stranger(judge: Judge) -> None:
    here = scene(judge, "SEGMENT")
    port = here.puppet.address.rpartition(":")[0] + ":4999"
    for source in ("198.51.100.4:1234", port):
        here.refuses(here.draft.changed(source=source), "no-session", source)
    here.twin()


@case(
    "frames.segment.only-greeted", reqs=["REQ-FRM-27"], type="SEGMENT", operator="before-hello2", fresh=True
)
def _only_greeted(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    stage.knock(who)
    part = plain("SEGMENT", stage.overlay, **cut(segment_of(stage, who))[0])
    judge.refuses(stage.peer, part, "no-session", source=who.address)
    stage.meet(who)
    accepts(judge, stage.deliver(part, who), "after-the-session")


@case("frames.segment.conflict", reqs=["REQ-FRM-28"], type="SEGMENT", operator="contradiction", fresh=True)
def _conflict(judge: Judge) -> None:
    here = scene(judge, "SEGMENT")
    first, second = here.notes["parts"]
    here.twin()
    other = {
        "other-payload": first | {"payload": bytes([first["payload"][0] ^ 1]) + first["payload"][1:]},
        "shorter-payload": first | {"payload": first["payload"][:-1]},
        "other-count": second | {"count": 3},
        "other-count-held": first | {"count": 4},
    }
    for name, values in other.items():
        here.refuses(plain("SEGMENT", here.stage.overlay, **values), "segment-conflict", name)
    reply = _give(here.stage, here.puppet, second)
    accepts(judge, reply, "the-rest")


@case(
    "frames.segment.empty-payload", reqs=["REQ-FRM-28"], type="SEGMENT", operator="empty-payload", fresh=True
)
def _empty(judge: Judge) -> None:
    here = scene(judge, "SEGMENT")
    here.refuses(here.draft.with_body(payload=b""), "truncated-body", "first")
    here.twin()
    nothing = here.draft.with_body(index=1, payload=b"")
    here.refuses(nothing, "truncated-body", "last")
    accepts(judge, _give(here.stage, here.puppet, here.notes["parts"][1]), "the-rest")


@case(
    "frames.segment.open-assemblies",
    reqs=["REQ-FRM-29"],
    type="SEGMENT",
    operator="fifth-assembly",
    fresh=True,
)
def _open(judge: Judge) -> None:
    stage, who = _table(judge)
    pings = [_long_ping(stage, who) for _ in range(5)]
    for number, ping in enumerate(pings[:4]):
        accepts(judge, _give(stage, who, cut(ping)[0]), f"assembly-{number + 1}")
    fifth = plain("SEGMENT", stage.overlay, **cut(pings[4])[0])
    judge.refuses(stage.peer, fifth, "segment-limit", source=who.address, name="assembly-5")
    judge.equal("open", stage.inspect().number("assemblies"), 4)
    accepts(judge, _give(stage, who, cut(pings[1])[1]), "one-is-completed")
    accepts(judge, stage.deliver(fifth, who), "room-for-the-fifth")


@case(
    "frames.segment.assemblies-of-another-address",
    reqs=["REQ-FRM-29"],
    type="SEGMENT",
    operator="conforming-per-address",
    fresh=True,
)
def _per_address(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    stage.meet_all()
    one, two = stage.others
    for number in range(4):
        accepts(judge, _give(stage, one, cut(_long_ping(stage, one))[0]), f"assembly-{number + 1}")
    accepts(judge, _give(stage, two, cut(_long_ping(stage, two))[0]), "of-another")


@case("frames.segment.total-size", reqs=["REQ-FRM-29"], type="SEGMENT", operator="one-over-total", fresh=True)
def _total(judge: Judge) -> None:
    stage, who = _table(judge)
    limit = registry.limit("segment-frame")
    head = {"digest": judge.octets(16), "count": 64}
    full = 1158
    for index in range(limit // full):
        accepts(judge, _give(stage, who, head | {"index": index, "payload": bytes(full)}), f"part-{index}")
    left = limit - limit // full * full
    over = plain("SEGMENT", stage.overlay, **head, index=60, payload=bytes(left + 1))
    judge.refuses(stage.peer, over, "segment-limit", source=who.address)
    accepts(judge, _give(stage, who, head | {"index": 60, "payload": bytes(left)}), "to-the-limit")


@case("frames.segment.expiry", reqs=["REQ-FRM-30"], type="SEGMENT", operator="too-late", fresh=True)
def _expiry(judge: Judge) -> None:
    stage, who = _table(judge)
    ping = _long_ping(stage, who)
    first, second = cut(ping)
    _give(stage, who, first)
    stage.pass_time(registry.timer("segment-open") - 1)
    judge.equal("open-at-4999", stage.inspect().number("assemblies"), 1)
    stage.pass_time(2)
    judge.equal("open-at-5001", stage.inspect().number("assemblies"), 0)
    reply = _give(stage, who, second)
    judge.check("nothing-completed", not reply.sends, expected="silence", observed=reply.said())


@case(
    "frames.segment.completed-in-time",
    reqs=["REQ-FRM-30", "REQ-FRM-33"],
    type="SEGMENT",
    operator="conforming-late",
    fresh=True,
)
def _in_time(judge: Judge) -> None:
    stage, who = _table(judge)
    ping = _long_ping(stage, who)
    first, second = cut(ping)
    _give(stage, who, first)
    stage.pass_time(registry.timer("segment-open") - 1)
    _answered(judge, stage, _give(stage, who, second), "answered-at-4999")


@case("frames.segment.digest", reqs=["REQ-FRM-31"], type="SEGMENT", operator="other-digest", fresh=True)
def _digest(judge: Judge) -> None:
    stage, who = _table(judge)
    ping = _long_ping(stage, who)
    wrong = {
        "other": judge.octets(16),
        "last-octets": digest(ping)[16:],
        "one-bit": bytes([digest(ping)[0] ^ 1]) + digest(ping)[1:16],
    }
    for name, octets in wrong.items():
        first, second = (values | {"digest": octets} for values in cut(ping))
        before = stage.digest()
        stage.need(_give(stage, who, first).ok, "a first segment was refused")
        judge.refused(_give(stage, who, second), "segment-digest", name=name)
        judge.equal(f"{name}.dropped", stage.digest(), before)
    for values in cut(ping):
        reply = _give(stage, who, values)
    accepts(judge, reply, "twin")


def _inner(judge: Judge, here: Scene, name: str, frame: bytes) -> None:
    size = 1158 if len(frame) > 1158 else -(-len(frame) // 2)
    parts = cut(frame, size)
    for values in parts[:-1]:
        here.stage.need(_give(here.stage, here.puppet, values).ok, "a first segment was refused")
    judge.refused(_give(here.stage, here.puppet, parts[-1]), "segment-inner", name=name)


@case("frames.segment.inner", reqs=["REQ-FRM-32"], type="SEGMENT", operator="other-frame-inside", fresh=True)
def _inside(judge: Judge) -> None:
    here = scene(judge, "SEGMENT")
    good = _long_ping(here.stage, here.puppet, 1300)
    short = good[:6] + (1200 - 24).to_bytes(2, "big") + good[8:1200]
    overlay = here.stage.overlay
    wrong = {
        "a-segment": plain("SEGMENT", overlay, digest=bytes(16), index=0, count=2, payload=bytes(1500)),
        "a-sealed-frame": frames.write_header("DATA", overlay, 1600) + bytes(1600),
        "1200-octets": here.puppet.resigned(short),
    }
    _all_refused(judge, here, wrong, good)


def _all_refused(judge: Judge, here: Scene, wrong: dict[str, bytes], good: bytes) -> None:
    for name, frame in wrong.items():
        _inner(judge, here, name, frame)
    for values in cut(good):
        reply = _give(here.stage, here.puppet, values)
    accepts(judge, reply, "twin")


@case(
    "frames.segment.inner-header",
    reqs=["REQ-FRM-32", "REQ-FRM-3", "REQ-FRM-4", "REQ-FRM-10"],
    type="SEGMENT",
    operator="other-header-inside",
    fresh=True,
)
def _header_inside(judge: Judge) -> None:
    here = scene(judge, "SEGMENT")
    good = _long_ping(here.stage, here.puppet, 1300)
    wrong = {
        "magic": b"\x00" + good[1:],
        "version": good[:2] + b"\x02" + good[3:],
        "length": good[:6] + b"\x00\x10" + good[8:],
    }
    _all_refused(judge, here, wrong, good)


@case(
    "frames.segment.inner-refusal",
    reqs=["REQ-FRM-33", "REQ-FRM-14"],
    type="SEGMENT",
    operator="spoiled-inside",
    fresh=True,
)
def _refused_inside(judge: Judge) -> None:
    stage, who = _table(judge)
    ping = _long_ping(stage, who)
    spoiled = ping[:-1] + bytes([ping[-1] ^ 1])
    first, second = cut(spoiled)
    stage.need(_give(stage, who, first).ok, "a first segment was refused")
    judge.refused(_give(stage, who, second), "bad-signature")
    for values in cut(ping):
        reply = _give(stage, who, values)
    _answered(judge, stage, reply, "twin")


@case(
    "frames.install.sent-in-segments",
    reqs=["REQ-FRM-26"],
    type="INSTALL",
    operator="conforming-long",
    fresh=True,
)
def _sent(judge: Judge) -> None:
    stage = Stage(judge, n=11, rank=4)
    stage.meet_all()
    reply = stage.peer.do("install", stage.overlay, members=[one.node for one in stage.everyone], suite=1)
    stage.need(reply.ok, f"install: {reply.said()}")
    for who in stage.others:
        sizes = [len(send.bytes) for send in reply.sends if send.to == who.address]
        judge.require(
            f"{who.named}.fits", max(sizes, default=0) <= 1200, expected="at most 1200", observed=sizes
        )
        parts = [frames.read(send.bytes) for send in reply.sends if send.to == who.address]
        # segments may be sent in any order
        bodies = sorted((p.body for p in parts if p.type == "SEGMENT"), key=lambda body: body["index"])
        judge.check(
            f"{who.named}.only-segments", len(bodies) == len(parts) == 2, observed=len(parts), expected=2
        )
        sizes = [len(body["payload"]) for body in bodies]
        judge.check(f"{who.named}.full-chunk", sizes[:1] == [1158], expected=1158, observed=sizes)
        judge.equal(f"{who.named}.indexes", [body["index"] for body in bodies], [0, 1])
        whole = b"".join(body["payload"] for body in bodies)
        judge.equal(f"{who.named}.digest", [body["digest"] for body in bodies], [digest(whole)[:16]] * 2)


@case(
    "frames.install.whole-when-it-fits",
    reqs=["REQ-FRM-26"],
    type="INSTALL",
    operator="conforming-short",
    fresh=True,
)
def _whole(judge: Judge) -> None:
    stage = Stage(judge, n=9, rank=4)
    stage.meet_all()
    reply = stage.peer.do("install", stage.overlay, members=[one.node for one in stage.everyone], suite=1)
    stage.need(reply.ok, f"install: {reply.said()}")
    kinds = {frames.read(send.bytes).type for send in reply.sends}
    judge.equal("types", sorted(kinds), ["INSTALL"])


@case(
    "frames.down.sent-in-segments", reqs=["REQ-FRM-26"], type="DOWN", operator="conforming-long", fresh=True
)
def _down(judge: Judge) -> None:
    run = setup(Stage(judge, n=36, rank=35)).to_down()
    said = run.first_sent("DOWN")
    judge.check("entries", len(said.frame.body["entries"]) == 36 and len(said.octets) > 1200, expected=36)
