"""Entering an overlay, and keeping one's contacts fresh."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._overlay import CLIENT, Actor, Overlay
from coterie_kit.suite.overlay_contacts import departs
from coterie_kit.suite.overlay_lookup import asked, by_distance

AGAIN = registry.timer("enter-again")
REFRESH = registry.timer("table-refresh")
GIVE_UP = registry.timer("request-give-up")


def attempts(stage: Overlay, actor: Actor) -> list[int]:
    """When the peer began to greet an address: a HELLO1 of a nonce that was not there before."""
    seen: dict[bytes, int] = {}
    for note in stage.noted:
        if note.sent and note.said.type == "HELLO1" and note.said.to == actor.puppet.address:
            first = seen.setdefault(note.said.frame.body["nonce"], note.at)
            stage.need(note.at - first < AGAIN, "two attempts have one nonce")
    return list(seen.values())


@case(
    "overlay.enter.looks-itself-up",
    reqs=["REQ-OVL-26", "REQ-OVL-23", "REQ-OVL-24", "REQ-OVL-25"],
    type="FIND",
    operator="conforming",
    cls="overlay",
    fresh=True,
)
def _looks_itself_up(judge: Judge) -> None:
    """It greets all at once, looks its own Node-ID up with the first contact, and then has entered."""
    stage = Overlay(judge)
    gates = stage.strangers(2)
    others = stage.strangers(12)
    everyone = [*gates, *others]
    for one in everyone:
        one.knows = [other.puppet for other in everyone if other is not one]
    gates[1].mute.add("HELLO1")
    stage.act("join", contacts=[one.puppet.address for one in gates])
    judge.equal("greeted", [len(attempts(stage, one)) for one in gates], [1, 1])
    to = asked(stage, stage.subject.node)
    judge.equal("first-the-contact", to[:1], [gates[0].puppet.address])
    judge.check("itself", {said.frame.body["target"] for said in stage.sent("FIND")} == {stage.subject.node})
    stage.advance(registry.timer("lookup-give-up"))
    near = by_distance([one for one in everyone if one is not gates[1]], stage.subject.node)
    to = asked(stage, stage.subject.node)
    missing = [one.puppet.address for one in near[:7] if one.puppet.address not in to]
    judge.equal("asks-its-neighbours", missing, [])
    told = stage.events("entered")
    judge.equal("told", told, [{"contacts": len(stage.contacts())}])
    judge.equal("not-as-a-lookup-of-the-user", stage.events("found"), [])


@case(
    "overlay.enter.first-of-all",
    reqs=["REQ-OVL-26"],
    type="FIND",
    operator="conforming-one-contact",
    cls="overlay",
    fresh=True,
)
def _first_of_all(judge: Judge) -> None:
    """With one contact that knows nobody; told only when the lookup has ended."""
    stage = Overlay(judge)
    gate = stage.add()
    gate.mute.add("FIND")
    stage.act("join", contacts=[gate.puppet.address])
    judge.equal("not-yet", stage.events("entered"), [])
    said = gate.got("FIND")
    judge.require("asked", len(said) == 1, expected="one FIND", observed=len(said))
    stage.deliver(stage.nodes(gate.puppet, said[0], []), gate.puppet)
    judge.equal("told", stage.events("entered"), [{"contacts": 1}])
    since = len(stage.noted)
    stage.advance(3 * AGAIN)
    judge.equal("no-more-greetings", [each.to for each in stage.sent("HELLO1", since)], [])


@case(
    "overlay.enter.not-more-often",
    reqs=["REQ-OVL-26", "REQ-TST-6"],
    type="HELLO1",
    operator="conforming-nobody-answers",
    cls="overlay",
    fresh=True,
)
def _not_more_often(judge: Judge) -> None:
    """One attempt at each address in 10,000 ms, each for itself, until somebody is there."""
    stage = Overlay(judge)
    one, two = stage.strangers(2)
    one.mute.add("HELLO1")
    two.mute.add("HELLO1")
    began = stage.mono
    stage.act("join", contacts=[one.puppet.address, two.puppet.address])
    stage.advance(2 * AGAIN + 500)
    times = [began, began + AGAIN, began + 2 * AGAIN]
    for name, actor in (("one", one), ("two", two)):
        judge.equal(name, attempts(stage, actor), times)
    judge.equal("still-outside", stage.events("entered"), [])
    two.mute.clear()
    stage.advance(1000)
    judge.equal("entered", stage.events("entered"), [{"contacts": 1}])
    stage.advance(3 * AGAIN)
    judge.equal("no-more", (len(attempts(stage, one)), len(attempts(stage, two))), (3, 3))


@case(
    "overlay.enter.by-a-client",
    reqs=["REQ-OVL-26", "REQ-OVL-5"],
    type="HELLO3",
    operator="client-at-the-gate",
    cls="overlay",
    fresh=True,
)
def _client_at_the_gate(judge: Judge) -> None:
    """A client at the address is no contact: the next attempt follows. A peer that greets is one."""
    stage = Overlay(judge)
    gate = stage.add(CLIENT)
    began = stage.mono
    stage.act("join", contacts=[gate.puppet.address])
    stage.advance(AGAIN)
    judge.require("no-contact", not stage.contacts(), reqs=["REQ-OVL-5"], observed="a client as contact")
    judge.equal("again", attempts(stage, gate), [began, began + AGAIN], reqs=["REQ-OVL-26"])
    judge.equal("nobody-asked", stage.sent("FIND"), [])
    guest = stage.add()
    stage.meet(guest.puppet)
    judge.equal("asked", asked(stage, stage.subject.node), [guest.puppet.address], reqs=["REQ-OVL-26"])
    judge.equal("entered", stage.events("entered"), [{"contacts": 1}], reqs=["REQ-OVL-26"])


@case(
    "overlay.enter.alone-again",
    reqs=["REQ-OVL-26", "REQ-OVL-21"],
    type="DEPART",
    operator="conforming-last-contact-departs",
    cls="overlay",
    fresh=True,
)
def _alone_again(judge: Judge) -> None:
    """When the last contact has gone, the addresses are greeted again, 10,000 ms after the last attempt."""
    stage = Overlay(judge)
    gate = stage.add()
    began = stage.mono
    stage.act("join", contacts=[gate.puppet.address])
    stage.advance(4000)
    departs(stage, gate.puppet)
    stage.advance(AGAIN - 4001)
    judge.equal("not-before", attempts(stage, gate), [began], reqs=["REQ-OVL-26"])
    stage.advance(2)
    judge.equal("again", attempts(stage, gate), [began, began + AGAIN], reqs=["REQ-OVL-26"])
    judge.equal("a-contact", stage.contacts(), [gate.puppet.node.hex()])


# ---------------------------------------------------------------- refresh


@case(
    "overlay.refresh.every-ten-minutes",
    reqs=["REQ-OVL-27", "REQ-TST-1"],
    type="FIND",
    operator="conforming-refresh",
    cls="overlay",
    fresh=True,
    determinism="D3",
)
def _refresh(judge: Judge) -> None:
    """A target that is drawn, ten minutes after it has entered, and again after ten more."""
    stage = Overlay(judge)
    gate = stage.add()
    stage.act("join", contacts=[gate.puppet.address])
    stage.need(stage.events("entered"), "it does not enter")
    for turn in range(2):
        since = len(stage.noted)
        stage.advance(REFRESH - 1)
        judge.equal(f"{turn}.not-before", stage.sent("FIND", since), [], reqs=["REQ-OVL-27"])
        stage.advance(1)
        targets = [said.frame.body["target"] for said in stage.sent("FIND", since)]
        drawn = stage.draws.take("lookup-target", stage.overlay, 32)
        judge.equal(f"{turn}.target", targets, [drawn], field="body.target")
    judge.equal("nobody-is-told", stage.events("found"), [], reqs=["REQ-OVL-27"])
    judge.equal("entered-once", len(stage.events("entered")), 1, reqs=["REQ-OVL-27"])


@case(
    "overlay.refresh.finds-others",
    reqs=["REQ-OVL-27", "REQ-OVL-6"],
    type="NODES",
    operator="conforming-refresh",
    cls="overlay",
    fresh=True,
)
def _finds_others(judge: Judge) -> None:
    """Who came in the meantime becomes a contact by it; one who is silent goes."""
    stage = Overlay(judge)
    gate, gone = stage.strangers(2)
    gate.knows = [gone.puppet]
    stage.act("join", contacts=[gate.puppet.address])
    stage.advance(GIVE_UP)
    stage.need(len(stage.contacts()) == 2, "it has not both contacts")
    late = stage.add()
    gate.knows = [late.puppet]
    gone.mute.add("FIND")
    stage.advance(REFRESH + 3 * GIVE_UP)
    judge.equal("contacts", stage.contacts(), sorted(one.puppet.node.hex() for one in (gate, late)))
    judge.equal("told", stage.events("forgotten"), [{"node": gone.puppet.node.hex(), "why": "silence"}])
