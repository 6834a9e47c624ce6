"""After a restart: what the peer publishes again by itself, and where it comes back to, and how."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite._land import INFO, LIFETIME, LIST, MEMBERS, Land, contacts_in
from coterie_kit.suite._village import Village
from coterie_kit.suite.groups_aliases import an_alias, bind, tombstones
from coterie_kit.suite.groups_creating import entered
from coterie_kit.values.envelope import KINDS

AGAIN = registry.timer("publish-again")
GIVE_UP = registry.timer("group-join")
TURN = registry.timer("join-resend")


def grown(land: Land, count: int, *, before: bool | None = True, **args: Any) -> Village:
    """A group that the peer has joined at a puppet that coordinates: a view of so many puppets and itself."""
    here = land.village()
    lead = here.resident(before=before)
    others = here.residents(count - 1)
    land.put_info([lead.address], options={"suites": [1]})
    land.join(**args)
    here.let_in(lead, others)
    return here


def again(here: Village, since: int) -> list[str]:
    """Whom the peer has greeted in a group since that many notes, each once, in their order."""
    said = (note.said for note in here.land.noted[since:] if note.sent)
    mine = (each for each in said if each.frame.overlay == here.overlay and each.type == "HELLO1")
    return list(dict.fromkeys(each.to for each in mine))


def in_order(here: Village) -> list[str]:
    """Where the other members of the last view are."""
    return [one.address for one in here.puppets]


@case(
    "groups.restart.aliases",
    reqs=["REQ-GRP-16", "REQ-GRP-14", "REQ-OVL-29"],
    type="STORE",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _aliases(judge: Judge) -> None:
    """What was bound and not unbound is published again by itself, though storers have lost it."""
    land = Land(judge)
    names = [b"Alias %d " % at + judge.octets(4).hex().encode() for at in range(3)]
    for name in names:
        bind(land, name)
    land.act("group.unbind", alias=names[1])
    land.need(land.shown(), "it does not publish what it has bound")
    before = max(each.envelope.sequence for each in land.shown())
    known = len(land.shown())
    land.lose()
    land.restart()
    land.endure(AGAIN)
    shown = land.shown()[known:]
    wanted = sorted((name, overlay_id(name)) for name in (names[0], names[2]))
    judge.equal("again", sorted((each.envelope.name, each.envelope.slot) for each in shown), wanted)
    said = {str(each.document.get("actual_group_id")) for each in shown}
    judge.equal("says", said, {land.name.hex()})
    judge.check("newer", all(each.envelope.sequence > before for each in shown))


@case(
    "groups.restart.not-without-storage",
    reqs=["REQ-GRP-16", "REQ-GRP-17"],
    type="none",
    operator="conforming-nothing-kept",
    cls="groups",
    fresh=True,
)
def _forgotten(judge: Judge) -> None:
    """Without its storage a peer knows nothing of its groups and aliases."""
    land = Land(judge)
    here = land.founded()
    bind(land, an_alias(judge))
    known, told = len(land.shown()), len(land.told_of_groups())
    land.restart(forgets=True)
    land.endure(AGAIN)
    judge.equal("publishes-nothing", len(land.shown()), known)
    judge.equal("enters-nothing", (land.told_of_groups()[told:], is_in(here)), ([], False))


def is_in(here: Village) -> bool:
    """Whether the peer is in that overlay."""
    return bool(here.peer.inspect(here.overlay).ok)


@case(
    "groups.restart.others",
    reqs=["REQ-GRP-17", "REQ-GRP-8", "REQ-VIE-21"],
    type="HELLO1",
    operator="conforming-contacts-in-order",
    cls="groups",
    fresh=True,
)
def _others(judge: Judge) -> None:
    """It greets the other members of its last view, one after the other, and fetches nothing."""
    land = Land(judge)
    here = grown(land, 3)
    wanted = in_order(here)
    fetches, since = len(land.fetches()), len(land.noted)
    land.restart()
    judge.equal("the-first-at-once", again(here, since), wanted[:1])
    land.advance(4 * TURN)
    judge.equal("in-order", again(here, since), wanted)
    judge.equal("no-fetch", len(land.fetches()), fetches)


@case(
    "groups.restart.newcomers",
    reqs=["REQ-GRP-17", "REQ-GRP-8", "REQ-VIE-21"],
    type="HELLO1",
    operator="conforming-last-view",
    cls="groups",
    fresh=True,
)
def _newcomers(judge: Judge) -> None:
    """The last view counts, be it a moment old, and also where the peer coordinated and had been alone."""
    land = Land(judge)
    here = land.founded()
    here.take_in(2)
    wanted = in_order(here)
    since, views = len(land.noted), len(here.told("view-installed"))
    land.restart(10)
    land.advance(3 * TURN)
    judge.equal("in-order", again(here, since), wanted)
    judge.equal("not-alone", len(here.told("view-installed")), views)


@case(
    "groups.restart.back",
    reqs=["REQ-GRP-17", "REQ-GRP-2", "REQ-GRP-5"],
    type="HELLO2",
    operator="conforming-as-it-was",
    cls="groups",
    fresh=True,
)
def _back(judge: Judge) -> None:
    """It is in the group as it was: by its options, with its name, and public, so that it advertises."""
    land = Land(judge)
    named = f"Ada {judge.random.randrange(1000)}"
    here = grown(land, 1, public_members=True, name=named)
    lead = here.puppets[0]
    land.lose()
    told, known = len(entered(land)), len(land.shown())
    land.restart()
    here.let_in(lead)
    judge.equal("entered", entered(land)[told:], [(land.name.hex(), here.overlay.hex(), 0)])
    hello2 = here.sent("HELLO2")[-1]
    judge.equal("options", list(hello2.frame.body["suites"]), [1])
    stated = [each.document["name"] for each in land.shown()[known:] if each.document["type"] != INFO]
    judge.equal("a-member-again", stated, [named])
    judge.equal("as-before", [each.envelope.kind for each in land.shown(MEMBERS)], [2, 2])
    here.fall_silent()
    land.endure(registry.timer("advertise-again"))
    where = [contacts_in(each.document) for each in land.shown(INFO)]
    judge.equal("advertises", where, [[here.subject.address]])


@case(
    "groups.restart.alone",
    reqs=["REQ-GRP-17", "REQ-GRP-2", "REQ-VIE-26", "REQ-OVL-29"],
    type="none",
    operator="conforming-alone",
    cls="groups",
    fresh=True,
)
def _alone(judge: Judge) -> None:
    """Who was alone has a view of one again, with a greater counter, and publishes the group again."""
    land = Land(judge)
    here = land.founded()
    first = str(here.told("view-installed")[0]["view"])
    fetches, known, told = len(land.fetches()), len(land.shown()), len(entered(land))
    land.restart()
    views = here.told("view-installed")[1:]
    judge.equal("of-one", [each["members"] for each in views], [[here.subject.node.hex()]])
    judge.check("greater", all(str(each["view"])[:16] > first[:16] for each in views), reqs=["REQ-VIE-26"])
    judge.equal("entered", entered(land)[told:], [(land.name.hex(), here.overlay.hex(), 0)])
    judge.equal("no-fetch", len(land.fetches()), fetches)
    land.endure(AGAIN)
    kinds = {each.envelope.kind for each in land.shown()[known:]} - {KINDS[MEMBERS]}
    judge.equal("published", kinds, {each.envelope.kind for each in (*land.shown(INFO), *land.shown(LIST))})
    judge.check("something", land.shown()[known:], expected="its group-info and its entry of the list")


@case(
    "groups.restart.left",
    reqs=["REQ-GRP-17"],
    type="none",
    operator="conforming-left-or-not-entered",
    cls="groups",
    fresh=True,
)
def _left(judge: Judge) -> None:
    """It does not come back to what it has left, nor to what it had not come into."""
    land = Land(judge)
    here = land.founded()
    land.act("group.leave", group_overlay=here.overlay)
    other = land.village(b"another group")
    land.put_info(["203.0.113.77:7777"], b"another group")
    land.join(b"another group")
    land.need(is_in(other), "it does not join")
    since, told = len(land.noted), len(land.told_of_groups())
    land.restart()
    land.advance(3 * TURN)
    judge.equal("no-view", land.told_of_groups()[told:], [])
    judge.equal("greets-nobody", [again(each, since) for each in (here, other)], [[], []])
    judge.equal("outside", [is_in(here), is_in(other)], [False, False])


@case(
    "groups.restart.together",
    reqs=["REQ-GRP-18", "REQ-GRP-17", "REQ-GRP-8", "REQ-GRP-10"],
    type="HELLO1",
    operator="conforming-nobody-there",
    cls="groups",
    fresh=True,
)
def _together(judge: Judge) -> None:
    """Nobody answers for 30,000 ms: it begins the group alone, greets on, and tells of no failure."""
    land = Land(judge)
    here = grown(land, 2)
    wanted = sorted(in_order(here))
    views, told = len(here.told("view-installed")), len(entered(land))
    land.restart()
    land.endure(GIVE_UP - 1)
    judge.equal("not-yet", len(here.told("view-installed")), views)
    since = len(land.noted)
    land.advance(1)
    alone = [each["members"] for each in here.told("view-installed")[views:]]
    judge.equal("of-one", alone, [[here.subject.node.hex()]])
    judge.equal("at-once", sorted(again(here, since)), wanted)
    judge.equal("entered", entered(land)[told:], [(land.name.hex(), here.overlay.hex(), 0)])
    judge.equal("no-failure", land.failures(), [])
    since = len(land.noted)
    land.advance(registry.timer("hello-give-up") + 2000)
    judge.equal("goes-on", sorted(again(here, since)), wanted)


@case(
    "groups.restart.then-left",
    reqs=["REQ-GRP-6", "REQ-GRP-17"],
    type="STORE",
    operator="conforming-of-an-earlier-life",
    cls="groups",
    fresh=True,
)
def _then_left(judge: Judge) -> None:
    """Who coordinated before the restart, and not after it, withdraws what it said then when it leaves."""
    land = Land(judge)
    here = land.founded()
    lead = here.resident(before=True)
    here.meet(lead)
    here.admit([lead])
    land.advance(registry.timer("advertise-again"))
    before = {(each.envelope.kind, each.envelope.slot): each.envelope.sequence for each in land.shown()}
    land.need(len(before) == 2, "it does not make the group known")
    land.restart()
    here.let_in(lead)
    land.need(here.members[0] is lead, "it coordinates again")
    here.leave()
    gone = [each.envelope for each in land.shown() if each.is_tombstone]
    judge.equal("withdrawn", {(each.kind, each.slot) for each in gone}, set(before), reqs=["REQ-GRP-6"])
    newer = all(each.sequence > before.get((each.kind, each.slot), 0) for each in gone)
    judge.check("newer", newer, reqs=["REQ-GRP-6"])


@case(
    "groups.restart.entering",
    reqs=["REQ-GRP-27", "REQ-GRP-2", "REQ-GRP-17", "REQ-OVL-28"],
    type="STORE",
    operator="conforming-alone-before-it-enters",
    cls="groups",
    fresh=True,
)
def _entering(judge: Judge) -> None:
    """What it published when nobody was there is published at once when it has entered the main overlay."""
    land = Land(judge)
    here = land.founded()
    alias = an_alias(judge)
    bind(land, alias)
    wanted = sorted((each.envelope.kind, each.envelope.name, each.envelope.slot) for each in land.shown())
    land.need(len(set(wanted)) == 3, "it does not make the group and the alias known")
    land.restart()
    bind(land, alias)
    land.advance(judge.random.randrange(1000, 4000))
    land.need(is_in(here), "it does not come back to its group")
    for turn in ("first", "again"):
        known, entered = len(land.shown()), len(land.events("entered"))
        land.act("join", contacts=[land.storer().address])
        land.need(len(land.events("entered")) == entered + 1, "it does not enter the main overlay")
        shown = [each.envelope for each in land.shown()[known:]]
        places = sorted((each.kind, each.name, each.slot) for each in shown)
        judge.equal(f"{turn}.published", places, wanted)
        land.act("leave")
        land.advance(judge.random.randrange(1000, 4000))
        judge.equal(f"{turn}.in-its-group", is_in(here), True)


@case(
    "groups.restart.unbound",
    reqs=["REQ-GRP-16", "REQ-GRP-27", "REQ-GRP-14"],
    type="STORE",
    operator="conforming-unbound-before",
    cls="groups",
    fresh=True,
)
def _unbound(judge: Judge) -> None:
    """What was unbound, and stored by nobody, is withdrawn after a restart, as long as it may be found."""
    land = Land(judge)
    bound, early, late = (b"Alias %d " % at + judge.octets(4).hex().encode() for at in range(3))
    for name in (bound, early, late):
        bind(land, name)
    before = max(each.envelope.sequence for each in land.shown())
    land.deaf(to="STORE")
    land.act("group.unbind", alias=early)
    land.advance(20_000)
    land.act("group.unbind", alias=late)
    land.need(len(tombstones(land)) == 2, "it does not withdraw what it unbinds")
    land.hearing(to="STORE")
    land.restart(LIFETIME * 1000 - 10_000)
    known = len(land.shown())
    land.act("join", contacts=[land.storer().address])
    shown = land.shown()[known:]
    gone = [each.envelope for each in shown if each.is_tombstone]
    places = [(each.name, each.slot) for each in gone if each.name != early]
    judge.equal("withdrawn", places, [(late, overlay_id(late))])
    judge.check("newer", all(each.sequence > before for each in gone))
    again = {each.envelope.name for each in shown if not each.is_tombstone}
    judge.equal("again", again, {bound})
