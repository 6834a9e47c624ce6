"""Having a group created by another: who is asked, in which order, and how the group is joined then."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite._land import INFO, MEMBERS, Land, contacts_in
from coterie_kit.suite._overlay import Actor, distance
from coterie_kit.suite._overlay_scenes import asking_to_host
from coterie_kit.suite._stage import Said, accepts
from coterie_kit.suite.groups_creating import AGAIN, entered
from coterie_kit.suite.groups_finding import closed
from coterie_kit.suite.groups_hosting import closed_info
from coterie_kit.values import documents
from coterie_kit.values.envelope import KINDS, resource_key

GIVE_UP = registry.timer("request-give-up")
MOST = registry.limit("hosts-asked")
TEXT = "Lesekreis"


def by_distance(land: Land, group: bytes | None = None) -> list[Actor]:
    """The storers, the closest to the resource of the group first."""
    key = resource_key(KINDS[INFO], group or land.name)
    return sorted(land.cast.values(), key=lambda one: distance(one.puppet.node, key))


def wants(land: Land, group: bytes | None = None, **args: Any) -> None:
    """The peer is to have a group created by another."""
    info = {"type": INFO, "description": land.text} | args.pop("info", {})
    land.act("group.host", **({"group": group or land.name, "public_members": False, "info": info} | args))


def accepting(land: Land, actor: Actor) -> None:
    """From now on that storer says that it creates what it is asked for."""

    def answer(said: Said) -> list[bytes]:
        request, overlay = said.frame.prefix["sequence"], overlay_id(said.frame.body["group"])
        return [land.of(actor.puppet, "HOSTED", request=request, group_overlay=overlay)]

    actor.says["HOST"] = answer


def asked(land: Land) -> list[tuple[str, int]]:
    """Whom the peer has sent HOST, and when."""
    return [(note.said.to, note.at) for note in land.noted if note.sent and note.said.type == "HOST"]


@case(
    "groups.host.asked-in-order",
    reqs=["REQ-GRP-24", "REQ-OVL-10"],
    type="HOST",
    operator="conforming-all-refuse",
    cls="groups",
    fresh=True,
)
def _in_order(judge: Judge) -> None:
    """Three of five, the closest to the resource first, each when the one before has refused."""
    land = Land(judge, count=5)
    land.village()
    for actor in land.cast.values():
        land.refusing(actor, "HOST", "not-hosting")
    begin = land.mono
    wants(land)
    wanted = [(each.puppet.address, begin) for each in by_distance(land)[:MOST]]
    judge.equal("asked", asked(land), wanted)
    judge.equal("told", land.failures(), [("not-hosted", [])])
    refused = {str(each["reason"]) for each in land.events("refused")}
    judge.equal("refused", refused, {"not-hosting"}, reqs=["REQ-OVL-10"])
    judge.equal("no-fetch", land.fetches(), [])
    land.advance(3 * GIVE_UP)
    judge.equal("no-more", len(asked(land)), MOST)


@case(
    "groups.host.what-is-asked",
    reqs=["REQ-GRP-24"],
    type="HOST",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _what(judge: Judge) -> None:
    """The Group-ID, and a document with the description and the options that the user gave."""
    land = Land(judge, count=1)
    wants(land, info={"suites": [1], "max_datagram": 5000})
    for said in land.sent("HOST"):
        judge.equal("group", said.frame.body["group"], land.name, field="body.group")
        document = documents.parse(said.frame.body["info"])
        stated = (document["description"], document["suites"], document["max_datagram"])
        judge.equal("info", stated, (land.text, [1], 5000), field="body.info")
        judge.equal("contacts", contacts_in(document), [land.subject.address], field="body.info")
        judge.check("signed", land.signed_well(said))
    judge.equal("once", len(asked(land)), 1)


@case(
    "groups.host.silent",
    reqs=["REQ-GRP-24", "REQ-OVL-9", "REQ-OVL-6"],
    type="HOST",
    operator="conforming-nobody-answers",
    cls="groups",
    fresh=True,
)
def _silent(judge: Judge) -> None:
    """Whoever is silent is asked anew after 1,000 ms, and the next one after 2,000 ms."""
    land = Land(judge, count=4)
    begin = land.mono
    wants(land)
    land.advance(2 * MOST * GIVE_UP - 1)
    judge.equal("not-yet", land.failures(), [])
    land.advance(1)
    places = [each.puppet.address for each in twice(by_distance(land)[:MOST])]
    judge.equal("asked", asked(land), [(to, begin + at * GIVE_UP) for at, to in enumerate(places)])
    judge.equal("told", land.failures(), [("not-hosted", [])])
    frames = [said.octets for said in land.sent("HOST")]
    judge.equal("frames-of-their-own", len(set(frames)), 2 * MOST)


def twice(actors: list[Actor]) -> list[Actor]:
    """Each of them two times."""
    return [each for each in actors for _ in range(2)]


@case(
    "groups.host.second-accepts",
    reqs=["REQ-GRP-24", "REQ-GRP-26", "REQ-OVL-10", "REQ-GRP-1"],
    type="HOSTED",
    operator="conforming-second-accepts",
    cls="groups",
    fresh=True,
)
def _second(judge: Judge) -> None:
    """When one accepts nobody else is asked; the group is fetched at once, and then again."""
    land = Land(judge, count=4)
    here = land.village()
    first, second, *_ = by_distance(land)
    land.refusing(first, "HOST", "not-hosting")
    accepting(land, second)
    begin = land.mono
    wants(land)
    judge.equal("asked", [to for to, _ in asked(land)], [first.puppet.address, second.puppet.address])
    judge.equal("fetched", [at - begin for at in land.fetches()], [0], reqs=["REQ-GRP-26"])
    lead = here.resident()
    land.put_info([lead.address])
    land.advance(AGAIN - 1)
    judge.equal("not-yet", here.greeted(), [], reqs=["REQ-GRP-26"])
    land.advance(1)
    judge.equal("greets", here.greeted(), [lead.address], reqs=["REQ-GRP-1", "REQ-GRP-26", "REQ-OVL-10"])
    here.let_in(lead)
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 0)], reqs=["REQ-GRP-26"])
    judge.equal("asked-no-more", len(asked(land)), 2)


@case(
    "groups.host.never-there",
    reqs=["REQ-GRP-26", "REQ-GRP-1"],
    type="VALUES",
    operator="conforming-nothing-found",
    cls="groups",
    fresh=True,
)
def _never_there(judge: Judge) -> None:
    """Three fetches, complete or not, 5,000 ms apart; what is told depends on the last one."""
    for last_is_deaf, reason in ((False, "not-hosted"), (True, "lookup-incomplete")):
        land = Land(judge)
        for actor in land.cast.values():
            accepting(land, actor)
        begin = land.mono
        if not last_is_deaf:
            land.deaf()
        wants(land)
        (land.deaf if last_is_deaf else land.hearing)()
        land.advance(2 * AGAIN - 1)
        judge.equal(f"{reason}.not-yet", land.failures(), [])
        land.advance(1)
        judge.equal(f"{reason}.told", land.failures(), [(reason, [])])
        land.advance(3 * AGAIN)
        judge.equal(f"{reason}.fetched", [at - begin for at in land.fetches()], [0, AGAIN, 2 * AGAIN])
        judge.equal(f"{reason}.asked-once", len(asked(land)), 1)


@case(
    "groups.host.open-group-only",
    reqs=["REQ-GRP-26"],
    type="VALUES",
    operator="conforming-others-of-the-name",
    cls="groups",
    fresh=True,
)
def _open_only(judge: Judge) -> None:
    """A closed group and an alias of the name do not make it ambiguous: the open one is joined."""
    land = Land(judge)
    here = land.village()
    closed(land, 10)
    land.put_redirect(land.name, b"anderswo", age=20)
    lead = here.resident()
    land.put_info([lead.address], age=30)
    for actor in land.cast.values():
        accepting(land, actor)
    wants(land, public_members=False)
    judge.equal("greets", here.greeted(), [lead.address])
    judge.equal("no-failure", land.failures(), [])


@case(
    "groups.host.wrong-group",
    reqs=["REQ-GRP-25", "REQ-OVL-9"],
    type="HOSTED",
    operator="wrong-group",
    cls="groups",
    fresh=True,
)
def _wrong_group(judge: Judge) -> None:
    """HOSTED of another group is refused; the request stays open, and the right one answers it."""
    stage, group = asking_to_host(judge)
    who = stage.others[0]
    request = stage.sent("HOST")[0].frame.prefix["sequence"]

    def hosted(number: int, overlay: bytes) -> bytes:
        return stage.of(who, "HOSTED", request=number, group_overlay=overlay)

    others = {"another": overlay_id(group + b"!"), "main": stage.overlay, "zeros": bytes(16)}
    for name, overlay in others.items():
        judge.refuses(stage.peer, hosted(request, overlay), "wrong-group", source=who.address, name=name)
    octets = hosted(request + 9, bytes(16))
    judge.refuses(stage.peer, octets, "unexpected-reply", source=who.address, name="request-first")
    good = stage.deliver(hosted(request, overlay_id(group)), who)
    accepts(judge, good, "still-open")
    octets = hosted(request, overlay_id(group))
    judge.refuses(stage.peer, octets, "unexpected-reply", source=who.address, name="twice")


@case(
    "groups.host.unexpected",
    reqs=["REQ-OVL-9", "REQ-OVL-6"],
    type="HOSTED",
    operator="unexpected",
    cls="groups",
    fresh=True,
)
def _unexpected(judge: Judge) -> None:
    """HOSTED of a peer that was not asked, another answer of one that was, and one that comes too late."""
    stage, group = asking_to_host(judge, count=2)
    said = stage.sent("HOST")[0]
    request, who = said.frame.prefix["sequence"], stage.cast[said.to].puppet
    other = next(one for one in stage.others if one is not who)
    values = {"request": request, "group_overlay": overlay_id(group)}

    def refuses(name: str, octets: bytes, source: str) -> None:
        judge.refuses(stage.peer, octets, "unexpected-reply", source=source, name=name)

    refuses("of-another", stage.of(other, "HOSTED", **values), other.address)
    for kind in ("NODES", "STORED", "VALUES"):
        refuses(kind.lower(), stage.of(who, kind, request=request), who.address)
    stage.advance(GIVE_UP)
    refuses("too-late", stage.of(who, "HOSTED", **values), who.address)
    again = stage.sent("HOST")[1].frame.prefix["sequence"]
    octets = stage.of(who, "HOSTED", request=again, group_overlay=overlay_id(group))
    accepts(judge, stage.deliver(octets, who), "the-second")


@case(
    "groups.host.nobody-to-ask",
    reqs=["REQ-GRP-24", "REQ-OVL-5"],
    type="none",
    operator="conforming-no-contact",
    cls="groups",
    fresh=True,
)
def _nobody(judge: Judge) -> None:
    """Without a contact it says so at once; clients are none."""
    land = Land(judge, count=0)
    land.crowd(2, roles=2)
    wants(land)
    judge.equal("told", land.failures(), [("not-hosted", [])])
    judge.equal("asked", asked(land), [])


@case(
    "groups.host.mistakes",
    reqs=["REQ-GRP-24"],
    type="none",
    operator="mistakes-of-the-caller",
    cls="groups",
    fresh=True,
)
def _mistakes(judge: Judge) -> None:
    """A closed group, and one that the peer is in, cannot be had from others; nobody is asked."""
    land = Land(judge)
    here = land.founded()
    usual: dict[str, Any] = {"group": here.group, "public_members": False}
    shut = documents.parse(closed_info(land))
    info = {name: value for name, value in shut.items() if value is not None and name != "contacts"}
    given: dict[str, dict[str, Any]] = {
        "in-it": usual | {"info": {"type": INFO, "description": TEXT}},
        "closed": usual | {"group": b"eine andere", "info": info},
    }
    for name, args in given.items():
        judge.refused(land.peer.do("group.host", land.overlay, **args), "usage", name=name)
    judge.equal("asked", asked(land), [])


@case(
    "groups.host.membership",
    reqs=["REQ-GRP-26", "REQ-GRP-5", "REQ-GRP-2"],
    type="STORE",
    operator="conforming-public-membership",
    cls="groups",
    fresh=True,
)
def _membership(judge: Judge) -> None:
    """Who has asked is a member like any other: it says so in public, and advertises in its turn."""
    land = Land(judge)
    here = land.village()
    lead = here.resident(before=True)
    land.put_info([lead.address])
    for actor in land.cast.values():
        accepting(land, actor)
    wants(land, public_members=True, name="Ada")
    here.let_in(lead)
    told = [each.document["name"] for each in land.shown(MEMBERS)]
    judge.equal("a-member", told, ["Ada"], reqs=["REQ-GRP-5"])
    here.fall_silent()
    land.advance(registry.timer("advertise-again"))
    where = [contacts_in(each.document) for each in land.shown(INFO)]
    judge.equal("advertises", where[:1], [[here.subject.address]], reqs=["REQ-GRP-2"])
