"""A peer that has moved, and one whose key somebody else has too: one incarnation at two addresses."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._overlay import PEER, Overlay
from coterie_kit.suite._proof import prove
from coterie_kit.suite._stage import Said

GIVE_UP = registry.timer("ping-give-up")
CONFLICT = "incarnation-conflict"


def elsewhere(who: Puppet) -> Puppet:
    """The same key and incarnation at another address."""
    host, _, port = who.address.rpartition(":")
    found = Puppet(who.key, who.leaf, who.overlay, f"{host}:{int(port) + 1000}", who.incarnation)
    found.named, found.sequence = f"{who.named}, elsewhere", who.sequence + 50
    return found


def _says_hello2(stage: Overlay, who: Puppet) -> Reply:
    hello1, retry = stage.knock(who)
    return stage.deliver(stage.hello2(who, hello1, retry), who)


def _says_hello3(stage: Overlay, who: Puppet) -> Reply:
    handshake = stage.greet_to_hello2(who)
    values = who.hello3_values(*handshake) | {"roles": PEER}
    return stage.deliver(who.make("HELLO3", values, stage.subject.node), who)


def _moved(kind: str) -> Callable[[Judge], None]:
    says = _says_hello2 if kind == "HELLO2" else _says_hello3

    def story(judge: Judge) -> None:
        prove(judge)
        stage = Overlay(judge, count=2)
        who, other = stage.others
        stage.actor(who).mute.add("PING")
        moved = elsewhere(who)
        judge.refused(says(stage, moved), CONFLICT, name="first", reqs=["REQ-SES-15"])
        pings = stage.sent("PING")
        judge.equal("where-it-was", [said.to for said in pings], [who.address])
        judge.equal("signed", [stage.signed_well(said) for said in pings], [True])
        judge.refused(_says_hello2(stage, moved), CONFLICT, name="again", reqs=["REQ-SES-15"])
        judge.equal("one-at-a-time", len(stage.sent("PING")), 1)
        stage.advance(GIVE_UP - 1)
        judge.equal("not-yet", len(stage.sent("PING")), 1)
        stage.advance(1)
        judge.equal("asked-again", [said.to for said in stage.sent("PING")], [who.address] * 2)
        judge.equal("still-there", stage.events("forgotten"), [])
        stage.advance(GIVE_UP)
        judge.equal("forgotten", stage.events("forgotten"), [{"node": who.node.hex(), "why": "silence"}])
        judge.equal("no-third", len(stage.sent("PING")), 2)
        judge.accepted(_says_hello2(stage, moved), "then-it-has-moved")
        known = {row["node"]: row["address"] for row in stage.sessions()}
        judge.equal("sessions", known, {who.node.hex(): moved.address, other.node.hex(): other.address})

    return story


def _twin(kind: str) -> Callable[[Judge], None]:
    says = _says_hello2 if kind == "HELLO2" else _says_hello3

    def story(judge: Judge) -> None:
        prove(judge)
        stage = Overlay(judge, count=2)
        who = stage.others[0]
        twin = elsewhere(who)
        for turn in range(3):
            speaks = says if not turn else _says_hello2
            judge.refused(speaks(stage, twin), CONFLICT, name=f"turn-{turn}", reqs=["REQ-SES-15"])
            stage.settle()
            judge.equal(f"asked-{turn}", [said.to for said in stage.sent("PING")], [who.address] * (turn + 1))
            stage.advance(3 * GIVE_UP)
        judge.equal("kept", stage.events("forgotten"), [])
        judge.equal("contact", who.node.hex() in stage.contacts(), True)
        judge.equal("answered-once-each", len(stage.sent("PING")), 3)

        def silent_once(_said: Said) -> list[bytes]:
            stage.actor(who).says.clear()
            return []

        stage.actor(who).says["PING"] = silent_once
        judge.refused(_says_hello2(stage, twin), CONFLICT, name="silent-once", reqs=["REQ-SES-15"])
        stage.advance(3 * GIVE_UP)
        judge.equal("asked-again", len(stage.sent("PING")), 5)
        judge.equal("still-kept", stage.events("forgotten"), [])

    return story


for _kind in ("HELLO2", "HELLO3"):
    _low = _kind.lower()
    case(
        f"overlay.{_low}.moved",
        reqs=["REQ-OVL-33", "REQ-OVL-6", "REQ-OVL-7", "REQ-SES-15"],
        type=_kind,
        operator="same-elsewhere-and-silent",
        cls="overlay",
        fresh=True,
    )(_moved(_kind))
    case(
        f"overlay.{_low}.twin",
        reqs=["REQ-OVL-33", "REQ-OVL-6", "REQ-OVL-7", "REQ-SES-15"],
        type=_kind,
        operator="same-elsewhere-and-there",
        cls="overlay",
        fresh=True,
    )(_twin(_kind))
