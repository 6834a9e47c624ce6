"""When greetings are repeated, and when they are given up."""

from __future__ import annotations

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._stage import Stage

STEP = registry.timer("hello-resend")
END = registry.timer("hello-give-up")


def _resent(judge: Judge, stage: Stage, octets: bytes, to: str) -> None:
    """The same octets each 250 ms, and none in between."""
    for number in range(1, 9):
        early = stage.pass_time(STEP - 1)
        judge.check(f"{number}.not-early", not early.sends, expected="silence", observed=early.said())
        due = stage.pass_time(1)
        judge.equal(f"{number}.due", [(send.to, send.bytes) for send in due.sends], [(to, octets)])


@case("sessions.hello1.resent", reqs=["REQ-SES-24"], type="HELLO1", operator="conforming-resent", fresh=True)
def _hello1(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    _resent(judge, stage, stage.greet(who), who.address)


@case("sessions.hello2.resent", reqs=["REQ-SES-24"], type="HELLO2", operator="conforming-resent", fresh=True)
def _hello2(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    hello1 = stage.greet(who)
    stage.pass_time(STEP)
    retry = who.retry(frames.read(hello1).body["nonce"], judge.octets(32))
    hello2 = stage.one(stage.deliver(retry, who), "HELLO2").octets
    _resent(judge, stage, hello2, who.address)


@case(
    "sessions.hello2.resent-until-hello3",
    reqs=["REQ-SES-24"],
    type="HELLO3",
    operator="conforming-stops",
    fresh=True,
)
def _stops(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    handshake = stage.greet_to_hello2(who)
    stage.need(stage.deliver(stage.hello3(who, handshake), who).ok, "HELLO3 was refused")
    for gone, reply in stage.timeline(END + 1000, STEP):
        judge.check(f"silence-at-{gone}", not reply.sends and not reply.events, observed=reply.said())


def _given_up(judge: Judge, stage: Greeting, address: str) -> None:
    early = stage.pass_time(1)
    judge.check("not-before", early.event("greet-failed") is None, observed=early.said())
    end = stage.pass_time(END - (stage.mono - stage.began))
    told = end.event("greet-failed")
    judge.equal("at-10000", dict(told.fields) if told else None, {"address": address})
    judge.equal("handshakes", stage.inspect().number("handshakes"), 0)
    for gone, reply in stage.timeline(1000, STEP):
        judge.check(f"silence-{gone}-after", not reply.sends, observed=reply.said())


class Greeting(Stage):
    """A stage that remembers when the greeting began."""

    began = 0

    def begin(self) -> bytes:
        """The peer greets the first puppet."""
        self.began = self.mono
        return self.greet(self.others[0])


@case(
    "sessions.hello1.given-up", reqs=["REQ-SES-24"], type="HELLO1", operator="conforming-given-up", fresh=True
)
def _give_up(judge: Judge) -> None:
    stage = Greeting(judge)
    stage.begin()
    for gone in range(STEP, END - STEP + 1, STEP):
        reply = stage.pass_time(STEP)
        judge.check(f"still-at-{gone}", reply.event("greet-failed") is None, observed=reply.said())
    stage.pass_time(STEP - 2)
    _failed(judge, stage)


@case(
    "sessions.hello2.given-up",
    reqs=["REQ-SES-24", "REQ-SES-20"],
    type="HELLO2",
    operator="conforming-given-up",
    fresh=True,
)
def _give_up_hello2(judge: Judge) -> None:
    stage = Greeting(judge)
    hello1 = stage.begin()
    who = stage.others[0]
    stage.pass_time(4 * STEP)
    retry = who.retry(frames.read(hello1).body["nonce"], judge.octets(32))
    hello2 = stage.one(stage.deliver(retry, who), "HELLO2").octets
    stage.pass_time(END - 4 * STEP - 2)
    _failed(judge, stage)
    late = stage.hello3(who, (hello1, retry, hello2))
    judge.refused(stage.deliver(late, who), "unexpected-reply", name="too-late", reqs=["REQ-SES-20"])


def _failed(judge: Judge, stage: Greeting) -> None:
    """Two milliseconds before the end."""
    _given_up(judge, stage, stage.others[0].address)


@case(
    "sessions.hello1.wake",
    reqs=["REQ-SES-24", "REQ-TST-6"],
    type="HELLO1",
    operator="conforming-wake",
    fresh=True,
)
def _wake(judge: Judge) -> None:
    stage = Stage(judge)
    before = stage.inspect().wake
    reply = stage.peer.do("greet", stage.overlay, to=stage.others[0].address)
    judge.equal("due", reply.wake, stage.mono + STEP, reqs=["REQ-SES-24"])
    judge.check("idle-before", before is None, expected=None, observed=before, reqs=["REQ-TST-6"])
    late = stage.pass_time(3 * STEP + 1)
    judge.check("due-long-ago", late.sends, expected="HELLO1", observed=late.said(), reqs=["REQ-TST-6"])
