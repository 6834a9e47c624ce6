"""The test interface itself: sequence numbers, unknown commands, order of effects, timers, determinism."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.faults import PeerFault
from coterie_kit.judge import Judge
from coterie_kit.suite._bases import plain_run
from coterie_kit.suite._run import setup
from coterie_kit.suite._stage import Stage


@case("interface.commands.unknown", reqs=["REQ-TST-3"], type="none", operator="unknown-command", fresh=True)
def _unknown(judge: Judge) -> None:
    peer = judge.peer()
    for _ in range(3):
        word = "zz-" + judge.octets(4).hex()
        reply = peer.raw({"cmd": word})
        judge.equal(f"command-{word}", reply.status, "unsupported")
    judge.equal("still-there", peer.raw({"cmd": "hello"}).status, "ok")


@case("interface.actions.unknown", reqs=["REQ-TST-3"], type="none", operator="unknown-action", fresh=True)
def _unknown_action(judge: Judge) -> None:
    stage = Stage(judge)
    for overlay in (None, stage.overlay.hex()):
        word = "zz." + judge.octets(4).hex()
        command: dict[str, Any] = {"cmd": "do", "action": word, "args": {}}
        reply = stage.peer.raw(command | ({"overlay": overlay} if overlay else {}))
        judge.equal(f"action-{'overlay' if overlay else 'none'}", reply.status, "unsupported")
    stage.meet_all()


@case("interface.arguments.wrong", reqs=["REQ-TST-2"], type="none", operator="wrong-arguments", fresh=True)
def _arguments(judge: Judge) -> None:
    stage = Stage(judge)
    wrong: dict[str, dict[str, Any]] = {
        "missing": {"action": "greet", "args": {}},
        "unknown": {"action": "greet", "args": {"to": "192.0.2.9:1", "zz": 1}},
        "wrong-type": {"action": "greet", "args": {"to": 7}},
        "no-address": {"action": "greet", "args": {"to": "somewhere"}},
        "not-hex": {"action": "ping", "args": {"node": "zz"}},
        "short": {"action": "ping", "args": {"node": "00"}},
    }
    for name, command in wrong.items():
        reply = stage.peer.raw({"cmd": "do", "overlay": stage.overlay.hex()} | command)
        judge.check(
            name, (reply.status, reply.reason) == ("error", "usage"), expected="usage", observed=reply.said()
        )
    stage.meet_all()


def _mistake(name: str, act: Callable[[Stage], Any]) -> None:
    def story(judge: Judge) -> None:
        stage = Stage(judge)
        reply = act(stage)
        judge.check(
            "usage",
            (reply.status, reply.reason) == ("error", "usage"),
            expected="usage",
            observed=reply.said(),
        )
        judge.check("sentence", reply.detail, expected="a sentence that says why")

    case(f"interface.mistakes.{name}", reqs=["REQ-TST-2"], type="none", operator=name, fresh=True)(story)


def _greet_twice(stage: Stage) -> Any:
    stage.greet(stage.others[0])
    return stage.peer.do("greet", stage.overlay, to=stage.others[0].address)


def _ping_twice(stage: Stage) -> Any:
    stage.meet_all()
    stage.need(stage.peer.do("ping", stage.overlay, node=stage.others[0].node).ok, "the first ping")
    return stage.peer.do("ping", stage.overlay, node=stage.others[0].node)


_mistake("greet-twice", _greet_twice)
_mistake("ping-twice", _ping_twice)
_mistake("ping-a-stranger", lambda stage: stage.peer.do("ping", stage.overlay, node=stage.judge.octets(32)))
_mistake(
    "install-without-itself",
    lambda stage: stage.peer.do("install", stage.overlay, members=[stage.others[0].node], suite=1),
)
_mistake(
    "install-a-stranger",
    lambda stage: stage.peer.do(
        "install", stage.overlay, members=[stage.subject.node, stage.others[0].node], suite=1
    ),
)
_mistake(
    "another-overlay",
    lambda stage: stage.peer.do("greet", stage.judge.octets(16), to=stage.others[0].address),
)


@case(
    "interface.replies.sequence",
    reqs=["REQ-TST-4"],
    type="none",
    operator="conforming-sequence",
    fresh=True,
)
def _sequence(judge: Judge) -> None:
    peer = judge.peer()
    for seq in (1, 2**31, 2**32, 2**53 - 1, judge.random.randrange(2**33, 2**52)):
        try:
            status = peer.raw({"cmd": "hello"}, seq=seq).status
        except PeerFault as fault:
            judge.require(f"seq-{seq}", ok=False, expected=seq, observed=str(fault))
        judge.equal(f"seq-{seq}", status, "ok")


@case(
    "interface.effects.in-order",
    reqs=["REQ-TST-5", "REQ-KEY-20", "REQ-KEY-29"],
    type="none",
    operator="conforming-order",
    fresh=True,
)
def _order(judge: Judge) -> None:
    stage = Stage(judge, n=2, rank=1)
    run = setup(stage).to_up()
    reply = stage.deliver(run.up_frame(), run.members[0])
    stage.need(reply.ok, f"UP: {reply.said()}")
    kinds = [frames.read(send.bytes).type for send in reply.sends]
    judge.equal("down-before-confirm", kinds, ["DOWN", "CONFIRM"])
    run.take(reply, "UP")
    second = stage.deliver(run.confirm_frame(run.members[0]), run.members[0])
    stage.need(second.ok, f"CONFIRM: {second.said()}")
    names = [str(effect["effect"]) for effect in second.effects]
    judge.check("keys-with-the-view", "keylog" in names and "event" in names, observed=names)


@case(
    "interface.timers.everything-due",
    reqs=["REQ-TST-6", "REQ-TST-5"],
    type="none",
    operator="conforming-late-tick",
    fresh=True,
)
def _everything(judge: Judge) -> None:
    stage = Stage(judge, n=4)
    one, two, three = stage.others
    stage.meet(one)
    stage.need(stage.peer.do("ping", stage.overlay, node=one.node).ok, "ping")
    stage.pass_time(10)
    stage.greet(two)
    stage.pass_time(10)
    stage.greet(three)
    reply = stage.pass_time(registry.timer("hello-give-up") + 500)
    names = [event.name for event in reply.events]
    judge.equal("events", names, ["ping-lost", "greet-failed", "greet-failed"])
    failed = [event.fields.get("address") for event in reply.events if event.name == "greet-failed"]
    judge.equal("earliest-first", failed, [two.address, three.address])
    judge.equal("idle", reply.wake, None)


@case(
    "interface.timers.earliest-first",
    reqs=["REQ-TST-5", "REQ-TST-6"],
    type="HELLO1",
    operator="conforming-late-tick",
    fresh=True,
)
def _earliest(judge: Judge) -> None:
    """A HELLO1 was due long before the PING was lost; one late tick tells both, in that order."""
    stage = Stage(judge, n=3)
    one, two = stage.others
    stage.meet(one)
    stage.greet(two)
    stage.pass_time(10)
    stage.need(stage.peer.do("ping", stage.overlay, node=one.node).ok, "ping")
    reply = stage.pass_time(registry.timer("ping-give-up") + 90)
    kinds = [str(effect["effect"]) for effect in reply.effects]
    judge.check(
        "send-then-event", kinds[:1] == ["send"] and "event" in kinds, expected="send first", observed=kinds
    )


@case("interface.timers.wake", reqs=["REQ-TST-6"], type="none", operator="conforming-wake", fresh=True)
def _wake(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    stage.meet(who)
    reply = stage.peer.do("ping", stage.overlay, node=who.node)
    judge.equal("ping", reply.wake, stage.mono + registry.timer("ping-give-up"))
    judge.equal("given-up", stage.pass_time(registry.timer("ping-give-up")).wake, None)


@case(
    "interface.timers.wall-clock-back",
    reqs=["REQ-TST-6", "REQ-SES-24"],
    type="none",
    operator="conforming-wall-clock-back",
    fresh=True,
)
def _back(judge: Judge) -> None:
    stage = Stage(judge)
    stage.greet(stage.others[0])
    reply = stage.pass_time(registry.timer("hello-resend"), wall=-(10**7))
    judge.equal("resent", len(reply.sends), 1)


def _twice(name: str) -> Callable[[Judge], None]:
    """The same commands twice give the same replies."""

    def once(judge: Judge, stage: Stage, script: list[tuple[bytes, str]]) -> list[Any]:
        seen: list[Any] = []
        for octets, source in script:
            seen.append(stage.deliver(octets, source).effects)
        seen.append(stage.pass_time(0).effects)
        seen.append(stage.inspect().result)
        judge.note(f"{len(seen)} replies")
        return seen

    def story(judge: Judge) -> None:
        run = plain_run(judge, 3, 1).to_up() if name == "run" else None
        stage = run.stage if run else Stage(judge)
        who = stage.others[0]
        if run is not None:
            stage.reset()
            frame = [(run.install_frame(), run.proposer.address), (run.up_frame(), run.members[0].address)]
            greetings = []
            for other in stage.others:
                handshake = stage.meet(other)
                greetings += [(handshake.hello1, other.address), (handshake.hello2, other.address)]
            script = [*greetings, *frame]
        else:
            handshake = stage.meet(who)
            ping = who.ping(judge.octets(8), stage.subject.node)
            script = [(handshake.hello1, who.address), (handshake.hello2, who.address), (ping, who.address)]
        results = []
        for _ in range(2):
            stage.reset()
            results.append(once(judge, stage, script))
        judge.equal("replies", results[0], results[1])

    return story


for _name in ("session", "run"):
    case(
        f"interface.determinism.{_name}-twice",
        reqs=["REQ-TST-1"],
        type="none",
        operator=f"conforming-{_name}-twice",
        fresh=True,
        determinism="D3",
    )(_twice(_name))


@case(
    "interface.determinism.seeds-differ",
    reqs=["REQ-TST-1"],
    type="HELLO1",
    operator="other-seed",
    fresh=True,
    determinism="D3",
)
def _seeds(judge: Judge) -> None:
    stage = Stage(judge)
    first = stage.greet(stage.others[0])
    stage.reset(seed=judge.octets(32))
    second = stage.greet(stage.others[0])
    judge.check("nonces", first != second, expected="another nonce")


@case(
    "interface.inspect.counters",
    reqs=["REQ-TST-5", "REQ-FRM-2", "REQ-FRM-3", "REQ-FRM-13"],
    type="none",
    operator="conforming-counters",
    fresh=True,
)
def _counters(judge: Judge) -> None:
    stage = Stage(judge)
    judge.equal("none", stage.inspect()["counters"], {})
    times = judge.random.randrange(2, 6)
    for _ in range(times):
        stage.deliver(b"\x00" * 30, "198.51.100.7:9")
    stage.deliver(b"\xc0", "198.51.100.7:9")
    judge.equal("counted", stage.inspect()["counters"], {"bad-magic": times, "too-short": 1})
    stage.reset()
    judge.equal("after-reset", stage.inspect()["counters"], {})
