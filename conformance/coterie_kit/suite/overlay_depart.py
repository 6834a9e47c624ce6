"""DEPART: of others, who are forgotten, and of the peer itself, who leaves nothing behind."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import BUCKET_SIZE, CLIENT, Overlay
from coterie_kit.suite._overlay_scenes import SLOT
from coterie_kit.suite._stage import accepts


@case(
    "overlay.depart.forgotten",
    reqs=["REQ-OVL-21", "REQ-SES-3"],
    type="DEPART",
    operator="conforming",
    cls="overlay",
    fresh=True,
)
def _forgotten(judge: Judge) -> None:
    """Session and contact are gone, its values are not, and it may greet again."""
    stage = Overlay(judge, count=3)
    who = stage.others[0]
    accepts(judge, stage.ask(who, "STORE", envelope=_envelopes.make(who, stage.wall)), "store")
    reply = stage.ask(who, "DEPART")
    accepts(judge, reply)
    judge.equal("told", stage.events("forgotten"), [{"node": who.node.hex(), "why": "departed"}])
    judge.equal("silence", [said.type for said in stage.said(reply)], [])
    judge.check("no-session", who.node.hex() not in [one["node"] for one in stage.sessions()], observed="one")
    judge.check("no-contact", who.node.hex() not in stage.contacts(), observed="a contact")
    judge.equal("value", len(stage.inspect()["held"]), 1, field="held")
    ping = who.ping(judge.octets(8), stage.subject.node)
    judge.refuses(stage.peer, ping, "no-session", source=who.address, name="a-stranger-again")
    stage.meet(who)
    judge.check("back", who.node.hex() in stage.contacts(), expected="a contact")


@case(
    "overlay.depart.of-whom-is-asked",
    reqs=["REQ-OVL-21"],
    type="DEPART",
    operator="conforming-while-asked",
    cls="overlay",
    fresh=True,
)
def _while_asked(judge: Judge) -> None:
    """Who departs instead of answering is not waited for any longer than anybody else, and is not found."""
    stage = Overlay(judge, count=2)
    who, other = stage.others
    stage.actor(who).says["FIND"] = lambda _said: [stage.of(who, "DEPART")]
    stage.act("find", target=judge.octets(32))
    stage.advance(registry.timer("lookup-give-up"))
    found = [each["nodes"] for each in stage.events("found")]
    judge.equal("found", found, [[other.node.hex()]])
    judge.equal("told", stage.events("forgotten"), [{"node": who.node.hex(), "why": "departed"}])
    judge.equal("open", stage.inspect().number("requests"), 0, field="requests")


@case(
    "overlay.leave.said-to-contacts",
    reqs=["REQ-OVL-22"],
    type="DEPART",
    operator="conforming-made",
    cls="overlay",
    fresh=True,
)
def _said(judge: Judge) -> None:
    """One DEPART to each contact, and to nobody else; then it has nothing left."""
    stage = Overlay(judge)
    contacts = [*stage.crowd(BUCKET_SIZE, bits=0), *stage.crowd(2, bits=1)]
    stage.crowd(1, bits=0)
    stage.crowd(2, roles=CLIENT)
    who = contacts[0].puppet
    accepts(judge, stage.ask(who, "STORE", envelope=_envelopes.make(who, stage.wall)), "store")
    stage.act("publish", kind="group-list", name=b"", slot=SLOT, lifetime=600, value=judge.octets(5))
    for actor in stage.cast.values():
        actor.mute.add("FIND")
    stage.act("find", target=judge.octets(32))
    known = [stage.named_by(node).address for node in stage.contacts()]
    stage.need(len(known) < len(stage.sessions()), "all that it has a session with are its contacts")
    stage.act("leave")
    said = stage.sent("DEPART")
    judge.equal("to", sorted(each.to for each in said), sorted(known))
    judge.check("signed", all(map(stage.signed_well, said)), expected="its signature and destination")
    judge.equal("told", stage.events("left"), [{"view": bytes(16).hex()}])
    state = stage.inspect()
    names = ("sessions", "contacts", "held", "published", "lookups", "requests")
    judge.equal("nothing-left", [state[name] for name in names], [[], [], [], [], 0, 0])
    since = len(stage.noted)
    stage.advance(registry.timer("publish-again") + 600_000)
    judge.equal("silence", [note.said.type for note in stage.noted[since:] if note.sent], [])


@case(
    "overlay.leave.of-a-client",
    reqs=["REQ-OVL-22"],
    type="DEPART",
    operator="conforming-client",
    cls="overlay",
    fresh=True,
)
def _client_leaves(judge: Judge) -> None:
    stage = Overlay(judge, "client", count=3)
    stage.act("leave")
    judge.equal(
        "to", sorted(said.to for said in stage.sent("DEPART")), sorted(one.address for one in stage.others)
    )
    judge.equal("sessions", stage.sessions(), [])
