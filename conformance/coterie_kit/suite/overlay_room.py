"""A full bucket and a full table of sessions: who is asked, who keeps its place, who gives way."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.reply import Reply
from coterie_kit.suite._overlay import BUCKET_SIZE, CLIENT, Actor, Overlay
from coterie_kit.suite._stage import accepts
from coterie_kit.suite.overlay_contacts import heard, nodes

QUIET = registry.timer("contact-quiet")
IDLE = registry.timer("session-idle")
MOST = registry.limit("sessions")
GIVE_UP = registry.timer("ping-give-up")


def _pinged(stage: Overlay) -> list[str]:
    """Whom the peer has sent a PING, in that order."""
    return [said.to for said in stage.sent("PING")]


def _full_bucket(judge: Judge) -> tuple[Overlay, list[Actor], Actor]:
    """Eight contacts of one bucket, of which the fourth is quiet for the longest time: that one last."""
    stage = Overlay(judge)
    eight = stage.crowd(BUCKET_SIZE, bits=0)
    quiet = eight[3]
    stage.advance(100)
    for one in eight:
        if one is not quiet:
            heard(stage, one.puppet)
    if "REQ-OVL-5" not in judge.case.reqs:
        stage.crowd(1, bits=0)
        stage.need(stage.contacts() == nodes(eight), "eight of a bucket are not just its contacts")
    return stage, eight, quiet


@case(
    "overlay.contacts.quiet-is-asked",
    reqs=["REQ-OVL-7", "REQ-OVL-5"],
    type="PING",
    operator="conforming-quiet-contact",
    cls="overlay",
    fresh=True,
)
def _asked_when_quiet(judge: Judge) -> None:
    """Not at 59,999 ms, but at 60,000; the one that is quiet the longest, and nobody else."""
    stage, eight, quiet = _full_bucket(judge)
    stage.advance(QUIET - 101)
    stage.crowd(1, bits=0)
    judge.equal("at-59999", _pinged(stage), [])
    stage.advance(1)
    stage.crowd(1, bits=1)
    judge.equal("another-bucket", _pinged(stage), [])
    stage.crowd(1, bits=0, roles=CLIENT)
    judge.equal("a-client", _pinged(stage), [])
    stage.crowd(1, bits=0)
    judge.equal("at-60000", _pinged(stage), [quiet.puppet.address])
    stage.advance(GIVE_UP)
    judge.equal("keeps-its-place", [node for node in nodes(eight) if node not in stage.contacts()], [])
    for one in eight:
        heard(stage, one.puppet)
    stage.crowd(1, bits=0)
    judge.equal("who-is-there-stays", _pinged(stage), [quiet.puppet.address])


@case(
    "overlay.contacts.quiet-and-gone",
    reqs=["REQ-OVL-7", "REQ-OVL-6", "REQ-OVL-5"],
    type="PING",
    operator="quiet-and-gone",
    cls="overlay",
    fresh=True,
)
def _gone(judge: Judge) -> None:
    """Asked twice, forgotten, and replaced by the newcomer."""
    stage, eight, quiet = _full_bucket(judge)
    stage.advance(QUIET)
    quiet.mute.add("PING")
    ninth = stage.crowd(1, bits=0)[0]
    judge.equal("asked", _pinged(stage), [quiet.puppet.address], reqs=["REQ-OVL-7"])
    stage.advance(GIVE_UP - 1)
    judge.equal("not-yet-again", len(_pinged(stage)), 1, reqs=["REQ-OVL-7"])
    stage.advance(1)
    twice = ["REQ-OVL-7", "REQ-OVL-6"]
    judge.equal("asked-again", _pinged(stage), [quiet.puppet.address] * 2, reqs=twice)
    judge.equal("still-a-contact", stage.contacts(), nodes(eight), reqs=twice)
    stage.advance(GIVE_UP)
    judge.equal("no-third", len(_pinged(stage)), 2, reqs=twice)
    gone = [{"node": quiet.puppet.node.hex(), "why": "silence"}]
    judge.equal("forgotten", stage.events("forgotten"), gone, reqs=["REQ-OVL-6"])
    now = [one for one in [*eight, ninth] if one is not quiet]
    judge.equal("replaced", stage.contacts(), nodes(now), reqs=["REQ-OVL-5"])


@case(
    "overlay.contacts.quiet-but-back",
    reqs=["REQ-OVL-7", "REQ-OVL-6"],
    type="PONG",
    operator="conforming-answers-the-second",
    cls="overlay",
    fresh=True,
)
def _back(judge: Judge) -> None:
    stage, eight, quiet = _full_bucket(judge)
    stage.advance(QUIET)
    quiet.mute.add("PING")
    stage.crowd(1, bits=0)
    quiet.mute.clear()
    stage.advance(GIVE_UP)
    judge.equal("asked-again", _pinged(stage), [quiet.puppet.address] * 2)
    stage.advance(3 * GIVE_UP)
    judge.equal("stays", stage.contacts(), nodes(eight))
    judge.equal("told", stage.events("forgotten"), [])


# ---------------------------------------------------------------- all sessions taken


def _full(judge: Judge) -> tuple[Overlay, list[Actor]]:
    """As many sessions as there may be: nine contacts that are quiet for the longest time, and clients."""
    stage = Overlay(judge)
    stage.crowd(BUCKET_SIZE, bits=0)
    stage.crowd(1, bits=3)
    stage.need(len(stage.contacts()) == BUCKET_SIZE + 1, "it has not nine contacts")
    stage.pass_time(50)
    clients = stage.crowd(MOST - BUCKET_SIZE - 2, roles=CLIENT)
    clients.append(stage.add(CLIENT))
    stage.act("greet", to=clients[-1].puppet.address)
    stage.need(len(stage.sessions()) == MOST, "it has not that many sessions")
    stage.need(len(stage.contacts()) == BUCKET_SIZE + 1, "clients are contacts")
    return stage, clients


def _comes(stage: Overlay, way: str) -> tuple[Actor, Reply | None]:
    """One more puppet that greets, or is greeted: the reply to its HELLO2 or HELLO3."""
    actor = stage.add(CLIENT)
    actor.mute |= {"HELLO1", "HELLO2"}
    who = actor.puppet
    if way == "hello2":
        hello1, retry = stage.knock(who)
        return actor, stage.deliver(stage.hello2(who, hello1, retry), who)
    handshake = stage.greet_to_hello2(who)
    return actor, stage.deliver(stage.hello3(who, handshake), who)


def _gives_way(way: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage, clients = _full(judge)
        stage.pass_time(IDLE - 1)
        _, early = _comes(stage, way)
        assert early is not None
        judge.refused(early, "session-limit", name="at-4999", reqs=["REQ-SES-16"])
        judge.equal("nobody-gave-way", stage.events("forgotten"), [])
        heard(stage, clients[0].puppet)
        stage.pass_time(1)
        newcomer, reply = _comes(stage, way)
        assert reply is not None
        accepts(judge, reply, "at-5000")
        gone = clients[1].puppet.node.hex()
        judge.equal("the-idlest", stage.events("forgotten"), [{"node": gone, "why": "room"}])
        found = {one["node"] for one in stage.sessions()}
        judge.check("newcomer", newcomer.puppet.node.hex() in found, expected="a session with it")
        judge.equal("as-many", len(found), MOST)
        judge.equal("contacts-stay", len(stage.contacts()), BUCKET_SIZE + 1)

    return story


for _way in ("hello2", "hello3"):
    case(
        f"overlay.room.{_way}",
        reqs=["REQ-OVL-8", "REQ-SES-16", "REQ-OVL-7"],
        type=_way.upper(),
        operator="one-over-the-limit",
        cls="overlay",
        fresh=True,
    )(_gives_way(_way))


@case(
    "overlay.room.not-for-a-bad-hello2",
    reqs=["REQ-OVL-8", "REQ-FRM-14", "REQ-OVL-7"],
    type="HELLO2",
    operator="bad-and-one-over-the-limit",
    cls="overlay",
    fresh=True,
)
def _bad_hello2(judge: Judge) -> None:
    """What is refused drives nobody out; nor does whoever has a session already. Who is asked stays."""
    stage, clients = _full(judge)
    stage.pass_time(2 * IDLE)
    who = stage.add(CLIENT).puppet
    hello1, retry = stage.knock(who)
    hello2 = stage.hello2(who, hello1, retry)
    spoiled = hello2[:-1] + bytes([hello2[-1] ^ 1])
    judge.refused(stage.deliver(spoiled, who), "bad-signature", name="spoiled", reqs=["REQ-FRM-14"])
    judge.equal("nobody", stage.events("forgotten"), [])
    stage.meet(clients[4].puppet)
    judge.equal("known", (stage.events("forgotten"), len(stage.sessions())), ([], MOST))
    clients[0].mute.add("PING")
    stage.act("ping", node=clients[0].puppet.node)
    accepts(judge, stage.deliver(hello2, who), "good")
    gone = clients[1].puppet.node.hex()
    judge.equal("then", stage.events("forgotten"), [{"node": gone, "why": "room"}])
