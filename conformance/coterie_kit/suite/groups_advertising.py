"""Who coordinates a public group makes it known: what is published, where, and when again."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._land import INFO, LIFETIME, LIST, MEMBERS, RENEWED, Land, Shown, contacts_in
from coterie_kit.suite._village import Village
from coterie_kit.values.envelope import KINDS

AGAIN = registry.timer("advertise-again")
MOST = registry.limit("contacts")


def contacts_of(shown: list[Shown]) -> list[list[str]]:
    """The contacts that each of these documents states."""
    return [contacts_in(each.document) for each in shown if not each.is_tombstone]


def newest(land: Land) -> list[str]:
    """The contacts that the last document states; none where there is no document."""
    return next(reversed(contacts_of(land.shown(INFO))), [])


def times(shown: list[Shown], since: int) -> list[int]:
    """When each of these was published."""
    return [each.at - since for each in shown]


@case(
    "groups.advertise.info",
    reqs=["REQ-GRP-2", "REQ-OVL-28"],
    type="STORE",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _info(judge: Judge) -> None:
    """Its options as the user gave them, its own address, under the Group-ID, at every storer."""
    land = Land(judge)
    options = {
        "suites": [1, 2],
        "admits_receivers": True,
        "origin_auth": "sender",
        "multicast": {"address": "239.1.2.3", "port": 4321},
        "max_datagram": judge.random.randrange(1200, 9000),
    }
    here = land.founded(info=options)
    shown = land.shown(INFO)
    judge.equal("once", len(shown), 1)
    for each in shown:
        envelope = each.envelope
        judge.equal("resource", (envelope.kind, envelope.name), (1, land.name), field="envelope.name")
        judge.equal("slot", envelope.slot, here.overlay, field="envelope.slot")
        judge.equal("lifetime", envelope.lifetime, LIFETIME, field="envelope.lifetime")
        judge.equal("contacts", contacts_in(each.document), [land.subject.address], field="contacts")
        stated = {name: each.document[name] for name in (*options, "description", "policy")}
        judge.equal("options", stated, options | {"description": land.text, "policy": "open"})
        judge.equal("leaf", envelope.leaf, land.subject.leaf, field="envelope.leaf")
        to = sorted(said.to for said in land.sent("STORE") if said.frame.body["envelope"] == each.octets)
        judge.equal("to", to, sorted(land.cast))


@case(
    "groups.advertise.refreshed",
    reqs=["REQ-GRP-2", "REQ-GRP-3", "REQ-OVL-29"],
    type="STORE",
    operator="conforming-refreshed",
    cls="groups",
    fresh=True,
)
def _refreshed(judge: Judge) -> None:
    """As long as it coordinates both are published anew after half of their lifetime, with new sequences."""
    land = Land(judge)
    begin = land.mono
    land.founded()
    land.advance(2 * RENEWED)
    for kind, req in ((INFO, "REQ-GRP-2"), (LIST, "REQ-GRP-3")):
        shown = land.shown(kind)
        judge.equal(f"{kind}.times", times(shown, begin), [0, RENEWED, 2 * RENEWED], reqs=[req, "REQ-OVL-29"])
        judge.equal(f"{kind}.the-same", len({each.envelope.value for each in shown}), 1, reqs=[req])
        numbers = [each.envelope.sequence for each in shown]
        judge.check(f"{kind}.new-sequences", numbers == sorted(set(numbers)), reqs=["REQ-OVL-29"])


@case(
    "groups.advertise.list-entry",
    reqs=["REQ-GRP-3"],
    type="STORE",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _entry(judge: Judge) -> None:
    """The Group-ID and the description in the list of groups, in the slot of the group."""
    land = Land(judge)
    here = land.founded()
    land.need(land.shown(INFO), "it publishes no document of the group")
    shown = land.shown(LIST)
    judge.equal("once", len(shown), 1)
    for each in shown:
        envelope = each.envelope
        judge.equal("name", envelope.name, b"", field="envelope.name")
        judge.equal("slot", envelope.slot, here.overlay, field="envelope.slot")
        judge.equal("lifetime", envelope.lifetime, LIFETIME, field="envelope.lifetime")
        wanted = {"type": "group-list-entry", "group_id": land.name.hex(), "description": land.text}
        judge.equal("says", each.document, wanted)
    first = land.shown(INFO)[:1]
    judge.equal("with-the-first", [each.at for each in shown], [each.at for each in first])


@case(
    "groups.advertise.contacts",
    reqs=["REQ-GRP-2"],
    type="STORE",
    operator="conforming-contacts",
    cls="groups",
    fresh=True,
)
def _contacts(judge: Judge) -> None:
    """Its own address, then the others in the order of the view; anew when they change, the list is not."""
    land = Land(judge)
    here = land.founded()
    land.endure(AGAIN)
    listed = len(land.shown(LIST))
    here.take_in(judge.random.randrange(2, 4))
    shown = land.shown(INFO)[1:]
    judge.equal("at-once", [each.at for each in shown], [land.mono])
    judge.equal("in-order", contacts_of(shown), [here.addresses()])
    land.endure(AGAIN)
    here.take_in(1)
    judge.equal("again", contacts_of(land.shown(INFO)[2:]), [here.addresses()])
    judge.equal("list-not-anew", len(land.shown(LIST)), listed)
    judge.equal("same-slot", {each.envelope.slot for each in land.shown(INFO)}, {here.overlay})
    judge.equal("same-lifetime", {each.envelope.lifetime for each in land.shown(INFO)}, {LIFETIME})


@case(
    "groups.advertise.order-of-the-view",
    reqs=["REQ-GRP-2"],
    type="STORE",
    operator="conforming-not-by-address",
    cls="groups",
    fresh=True,
)
def _order(judge: Judge) -> None:
    """A member that came later stands behind, whatever its Node-ID; who has left is not stated any more."""
    land = Land(judge)
    here = land.founded()
    late = [here.resident(before=True), here.resident(before=False)]
    for who in reversed(late):
        land.endure(AGAIN)
        here.meet(who)
        here.admit([who])
    judge.equal("in-order", newest(land), here.addresses())
    land.endure(AGAIN)
    goes = here.puppets[0]
    _goes(here, goes)
    judge.equal("without-it", newest(land), here.addresses())
    judge.check("is-gone", goes.address not in here.addresses())


def _goes(here: Village, who: object) -> None:
    """A member leaves, and the peer makes a view without it."""
    goes = next(one for one in here.puppets if one is who)
    here.need(here.deliver(goes.make("LEAVE", {"view_id": here.view}), goes).ok, "LEAVE")
    replies = [here.pass_time(50) for _ in range(4)]
    asked = [said for reply in replies for said in here.said(reply) if said.type == "PROPOSE"]
    here.need(asked, "no PROPOSE without who left")
    here.finish(here.run_of(here.answer(asked[0], [one for one in here.puppets if one is not goes])))


@case(
    "groups.advertise.not-within-ten-seconds",
    reqs=["REQ-GRP-2"],
    type="STORE",
    operator="conforming-views-follow",
    cls="groups",
    fresh=True,
)
def _not_within(judge: Judge) -> None:
    """Views that follow each other within 10,000 ms are told once, 10,000 ms after the time before."""
    land = Land(judge)
    begin = land.mono
    here = land.founded()
    for _ in range(2):
        here.take_in(1)
        land.advance(judge.random.randrange(1000, 3000))
    judge.equal("not-yet", times(land.shown(INFO), begin), [0])
    land.endure(begin + AGAIN - 1 - land.mono)
    judge.equal("just-before", times(land.shown(INFO), begin), [0])
    land.advance(1)
    judge.equal("then", times(land.shown(INFO), begin), [0, AGAIN])
    judge.equal("newest", contacts_of(land.shown(INFO)[1:]), [here.addresses()])
    land.endure(2 * AGAIN)
    judge.equal("once", times(land.shown(INFO), begin), [0, AGAIN])


@case(
    "groups.advertise.sixteen-contacts",
    reqs=["REQ-GRP-2"],
    type="STORE",
    operator="conforming-more-members-than-contacts",
    cls="groups",
    fresh=True,
)
def _sixteen(judge: Judge) -> None:
    """With 17 members the first 16 are stated."""
    land = Land(judge)
    here = land.founded()
    for _ in range(MOST // 4):
        here.take_in(4)
    land.endure(AGAIN)
    judge.equal("contacts", newest(land), here.addresses()[:MOST])
    known = len(land.shown(INFO))
    here.take_in(1)
    land.endure(AGAIN)
    judge.equal("no-change-is-not-told", len(land.shown(INFO)), known)


@case(
    "groups.advertise.coordinator-only",
    reqs=["REQ-GRP-2", "REQ-GRP-3"],
    type="STORE",
    operator="conforming-coordinator-only",
    cls="groups",
    fresh=True,
)
def _coordinator_only(judge: Judge) -> None:
    """Who joins publishes it when the view has it at the head, and with the options found; else nothing."""
    for before in (True, False):
        land = Land(judge)
        here = land.village()
        lead = here.resident(before=before)
        limit = judge.random.randrange(1200, 1400)
        land.put_info([lead.address], options={"max_datagram": limit})
        land.join()
        here.let_in(lead)
        land.endure(AGAIN)
        if before:
            judge.equal("member.info", land.shown(INFO), [], reqs=["REQ-GRP-2"])
            judge.equal("member.list", land.shown(LIST), [], reqs=["REQ-GRP-3"])
            here.fall_silent()
        shown = land.shown(INFO)
        judge.equal(f"{before}.info", len(shown), 1, reqs=["REQ-GRP-2"])
        judge.equal(f"{before}.list", len(land.shown(LIST)), 1, reqs=["REQ-GRP-3"])
        wanted = [land.subject.address] if before else here.addresses()
        judge.equal(f"{before}.contacts", contacts_of(shown), [wanted], reqs=["REQ-GRP-2"])
        stated = [(each.document["description"], each.document["max_datagram"]) for each in shown]
        judge.equal(f"{before}.options", stated, [(land.text, limit)], reqs=["REQ-GRP-2"])


@case(
    "groups.advertise.handed-over",
    reqs=["REQ-GRP-4"],
    type="STORE",
    operator="conforming-coordinator-no-more",
    cls="groups",
    fresh=True,
)
def _handed_over(judge: Judge) -> None:
    """Who coordinates no more publishes neither anew, and does not withdraw them either."""
    land = Land(judge)
    here = land.founded()
    here.take_in(1)
    land.endure(AGAIN)
    land.need(land.shown(INFO) and land.shown(LIST), "it does not make the group known")
    known = land.mono
    here.hand_over()
    land.endure(RENEWED + AGAIN)
    for kind in (INFO, LIST):
        later = [each.at - known for each in land.shown(kind) if each.at > known]
        judge.equal(f"{kind}.nothing-more", later, [])


@case(
    "groups.advertise.handed-over-in-part",
    reqs=["REQ-GRP-4", "REQ-GRP-5", "REQ-GRP-2", "REQ-OVL-29"],
    type="STORE",
    operator="conforming-the-rest-is-refreshed",
    cls="groups",
    fresh=True,
)
def _handed_over_in_part(judge: Judge) -> None:
    """Of a group that it coordinates no more it refreshes its membership alone; another group as before."""
    land = Land(judge)
    there = land.founded(land.name + b" zwei")
    here = land.founded(public_members=True)
    # while nobody else is there to be heard, it is soon over
    land.endure(RENEWED - 3 * AGAIN)
    here.take_in(1)
    land.advance(AGAIN)
    known = sorted((each.envelope.kind, each.envelope.slot) for each in land.shown())
    land.need(len(set(known)) == 5, "it does not make both groups and itself known")
    begin = land.mono
    here.hand_over()
    land.endure(3 * AGAIN)
    later = [each for each in land.shown() if each.at > begin]
    of_both = {KINDS[INFO], KINDS[LIST]}
    mine = {(each.envelope.kind, each.envelope.slot) for each in later}
    wanted = {(kind, there.overlay) for kind in of_both} | {(KINDS[MEMBERS], bytes(16))}
    judge.equal("refreshed", mine, wanted)
    judge.equal("withdrawn", [each.document for each in later if each.is_tombstone], [], reqs=["REQ-GRP-4"])


@case(
    "groups.advertise.handed-over-before-it-was-told",
    reqs=["REQ-GRP-4"],
    type="STORE",
    operator="conforming-not-told-any-more",
    cls="groups",
    fresh=True,
)
def _not_told(judge: Judge) -> None:
    """A change that waits for the 10,000 ms is not told when it does not coordinate any more by then."""
    land = Land(judge)
    here = land.founded()
    here.take_in(1)
    land.need(len(land.shown(INFO)) == 1, "the change does not wait")
    here.hand_over()
    land.endure(2 * AGAIN)
    judge.equal("once", contacts_of(land.shown(INFO)), [[land.subject.address]])


@case(
    "groups.advertise.coordinator-again",
    reqs=["REQ-GRP-2", "REQ-GRP-3", "REQ-OVL-29"],
    type="STORE",
    operator="conforming-coordinator-again",
    cls="groups",
    fresh=True,
)
def _again(judge: Judge) -> None:
    """Whoever coordinates again publishes both again, and refreshes them from then on."""
    land = Land(judge)
    here = land.founded()
    here.take_in(1)
    land.endure(AGAIN)
    here.hand_over()
    land.endure(AGAIN)
    known = land.mono
    again = here.fall_silent()
    land.endure(again + RENEWED - land.mono)
    for kind, req in ((INFO, "REQ-GRP-2"), (LIST, "REQ-GRP-3")):
        found = [each for each in land.shown(kind) if each.at > known and not each.is_tombstone]
        judge.equal(f"{kind}.times", times(found, again), [0, RENEWED], reqs=[req, "REQ-OVL-29"])
    judge.equal("contacts", newest(land), [land.subject.address], reqs=["REQ-GRP-2"])
