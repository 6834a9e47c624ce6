"""Contacts: who becomes one, who stays one, who is forgotten, and who gives way."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._overlay import BUCKET_SIZE, CLIENT, Actor, Overlay
from coterie_kit.suite._stage import accepts

QUIET = registry.timer("contact-quiet")
GIVE_UP = registry.timer("ping-give-up")


def nodes(actors: list[Actor]) -> list[str]:
    """Their Node-IDs, ascending."""
    return sorted(one.puppet.node.hex() for one in actors)


def heard(stage: Overlay, who: Puppet) -> None:
    """Something is accepted from a puppet."""
    reply = stage.deliver(who.ping(stage.judge.octets(8), stage.subject.node), who)
    stage.need(reply.ok, f"PING: {reply.said()}")


@case(
    "overlay.contacts.eight-of-a-bucket",
    reqs=["REQ-OVL-5"],
    type="none",
    operator="ninth-of-a-bucket",
    cls="overlay",
    fresh=True,
)
def _eight(judge: Judge) -> None:
    """Those that came first; the ninth stays outside, and another bucket has room for it."""
    stage = Overlay(judge)
    first = stage.crowd(BUCKET_SIZE, bits=0)
    judge.equal("eight", stage.contacts(), nodes(first))
    late = stage.crowd(3, bits=0)
    judge.equal("the-ninth-stays-outside", stage.contacts(), nodes(first))
    judge.equal("with-a-session", len(stage.sessions()), len([*first, *late]))
    others = [*stage.crowd(BUCKET_SIZE, bits=1), *stage.crowd(BUCKET_SIZE, bits=2), *stage.crowd(1, bits=4)]
    judge.equal("other-buckets", stage.contacts(), nodes([*first, *others]))
    rows = {found["node"]: found["address"] for found in stage.inspect()["contacts"]}
    wanted = {one.puppet.node.hex(): one.puppet.address for one in [*first, *others]}
    judge.equal("addresses", rows, wanted, field="contacts")


@case(
    "overlay.contacts.a-free-place",
    reqs=["REQ-OVL-5", "REQ-OVL-21"],
    type="DEPART",
    operator="conforming-a-place-becomes-free",
    cls="overlay",
    fresh=True,
)
def _free_place(judge: Judge) -> None:
    """Whoever was heard last takes it, and not who came next."""
    stage = Overlay(judge)
    first = stage.crowd(BUCKET_SIZE, bits=0)
    ninth, tenth, eleventh = stage.crowd(3, bits=0)
    stage.pass_time(10)
    heard(stage, tenth.puppet)
    stage.pass_time(10)
    stage.crowd(1, bits=2)
    departs(stage, first[3].puppet)
    now = [one for one in first if one is not first[3]]
    rest = [node for node in stage.contacts() if node not in nodes(stage_of_bits(stage, 2))]
    judge.equal("the-one-heard-last", rest, nodes([*now, tenth]), reqs=["REQ-OVL-5"])
    stage.pass_time(10)
    heard(stage, ninth.puppet)
    departs(stage, first[0].puppet)
    rest = [node for node in stage.contacts() if node not in nodes(stage_of_bits(stage, 2))]
    judge.equal("and-then", rest, nodes([*now[1:], tenth, ninth]), reqs=["REQ-OVL-5"])
    judge.check("not-yet", eleventh.puppet.node.hex() not in rest, reqs=["REQ-OVL-5"], observed="a contact")


def departs(stage: Overlay, who: Puppet) -> None:
    """A contact departs, which ends the case where it stays one."""
    accepts(stage.judge, stage.ask(who, "DEPART"), "depart", reqs=["REQ-OVL-21"])
    gone = who.node.hex() not in stage.contacts()
    stage.judge.require("departed", gone, reqs=["REQ-OVL-21"], observed="a contact")


def stage_of_bits(stage: Overlay, bits: int) -> list[Actor]:
    """The puppets of one bucket."""
    from coterie_kit.suite._overlay import common

    return [one for one in stage.cast.values() if common(one.puppet.node, stage.subject.node) == bits]


@case(
    "overlay.contacts.no-clients",
    reqs=["REQ-OVL-5"],
    type="HELLO2",
    operator="client",
    cls="overlay",
    fresh=True,
)
def _no_clients(judge: Judge) -> None:
    """Neither one that greets, nor one that is greeted; nor a contact that says later that it is one."""
    stage = Overlay(judge)
    stage.crowd(1, roles=CLIENT)
    greeted = stage.add(CLIENT)
    stage.act("greet", to=greeted.puppet.address)
    judge.equal("clients", (stage.contacts(), len(stage.sessions())), ([], 2))
    peers = stage.crowd(2)
    judge.equal("peers", stage.contacts(), nodes(peers))
    peers[0].roles = CLIENT
    stage.meet(peers[0].puppet)
    judge.equal("what-was-said-last", stage.contacts(), nodes(peers[1:]))


# ---------------------------------------------------------------- silence


def _unanswered(stage: Overlay, who: Puppet) -> None:
    stage.begin("ping", node=who.node)
    stage.advance(GIVE_UP)


@case(
    "overlay.contacts.two-unanswered",
    reqs=["REQ-OVL-6", "REQ-SES-3"],
    type="PING",
    operator="unanswered-twice",
    cls="overlay",
    fresh=True,
)
def _two_unanswered(judge: Judge) -> None:
    stage = Overlay(judge, count=2)
    who, other = stage.others
    stage.actor(who).mute.add("PING")
    _unanswered(stage, who)
    judge.equal("once", len(stage.sessions()), 2)
    _unanswered(stage, who)
    judge.equal("twice", [one["node"] for one in stage.sessions()], [other.node.hex()], field="sessions")
    judge.equal("contacts", stage.contacts(), [other.node.hex()])
    judge.equal("told", stage.events("forgotten"), [{"node": who.node.hex(), "why": "silence"}])
    late = stage.of(who, "FIND", target=judge.octets(32))
    judge.refuses(stage.peer, late, "no-session", source=who.address, name="no-session-left")
    stage.actor(who).mute.clear()
    stage.meet(who)
    judge.equal("greets-again", len(stage.contacts()), 2)


@case(
    "overlay.contacts.one-unanswered",
    reqs=["REQ-OVL-6"],
    type="PING",
    operator="conforming-row-ended",
    cls="overlay",
    fresh=True,
)
def _row_ended(judge: Judge) -> None:
    """A PONG, a REFUSE and a request of its own each end the row."""
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    actor = stage.actor(who)
    code = registry.reason("unknown-critical-extension").code
    refuse = {"reason": code, "refused_type": registry.frame("PING").code}
    for name in ("pong", "request", "refuse"):
        actor.mute.add("PING")
        _unanswered(stage, who)
        if name == "request":
            accepts(judge, stage.ask(who, "FIND", target=judge.octets(32)), "request")
        else:
            actor.mute.clear()
            if name == "refuse":
                actor.says["PING"] = lambda said: [
                    stage.of(who, "REFUSE", refused_sequence=said.frame.prefix["sequence"], **refuse)
                ]
            stage.act("ping", node=who.node)
        actor.mute.add("PING")
        actor.says.clear()
        _unanswered(stage, who)
        judge.equal(name, len(stage.sessions()), 1, field="sessions")
        actor.mute.clear()
        stage.act("ping", node=who.node)
    judge.equal("told", stage.events("forgotten"), [])


@case(
    "overlay.contacts.unanswered-find",
    reqs=["REQ-OVL-6", "REQ-OVL-9"],
    type="FIND",
    operator="unanswered-twice",
    cls="overlay",
    fresh=True,
)
def _unanswered_find(judge: Judge) -> None:
    """A FIND that is lost is asked anew once; then whoever is silent is forgotten."""
    stage = Overlay(judge, count=2)
    who, other = stage.others
    stage.actor(who).mute.add("FIND")
    stage.act("find", target=judge.octets(32))
    stage.advance(registry.timer("request-give-up") - 1)
    judge.equal("first", len(stage.actor(who).got("FIND")), 1)
    stage.advance(1)
    judge.equal("anew", len(stage.actor(who).got("FIND")), 2)
    judge.equal("still-there", len(stage.sessions()), 2)
    stage.advance(registry.timer("request-give-up"))
    judge.equal("no-third", len(stage.actor(who).got("FIND")), 2)
    judge.equal("forgotten", stage.events("forgotten"), [{"node": who.node.hex(), "why": "silence"}])
    judge.equal("the-other", stage.contacts(), [other.node.hex()])


@case(
    "overlay.contacts.mixed-silence",
    reqs=["REQ-OVL-6", "REQ-OVL-9"],
    type="FIND",
    operator="unanswered-ping-and-find",
    cls="overlay",
    fresh=True,
)
def _mixed(judge: Judge) -> None:
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    stage.actor(who).mute |= {"PING", "FIND"}
    _unanswered(stage, who)
    stage.act("find", target=judge.octets(32))
    stage.advance(registry.timer("request-give-up"))
    judge.equal("forgotten", stage.events("forgotten"), [{"node": who.node.hex(), "why": "silence"}])
    judge.equal("found", [each["nodes"] for each in stage.events("found")], [[]])
