"""Being a member: saying so where membership is public, and taking everything back when one has left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import peer_id
from coterie_kit.suite._envelopes import DAY
from coterie_kit.suite._land import INFO, LIFETIME, LIST, MEMBERS, RENEWED, Land, Shown
from coterie_kit.suite._village import Village
from coterie_kit.suite.groups_advertising import times
from coterie_kit.suite.groups_creating import entered
from coterie_kit.values.envelope import KINDS

AGAIN = registry.timer("advertise-again")
NO_SLOT = bytes(16)


def own_id(land: Land) -> str:
    """The Peer-ID of the peer under test."""
    return peer_id(land.subject.key.spki).hex()


def joined(land: Land, *, before: bool | None = True, contacts: int = 1, **args: Any) -> Village:
    """A group that the peer has joined at a puppet whose Node-ID is ``before`` its own, or behind."""
    here = land.village()
    lead = here.resident(before=before)
    more = [f"203.0.113.{at}:5000" for at in range(1, contacts)]
    land.put_info([lead.address, *more])
    land.join(**args)
    here.let_in(lead)
    return here


# ---------------------------------------------------------------- who is a member


@case(
    "groups.membership.joined",
    reqs=["REQ-GRP-5", "REQ-OVL-29"],
    type="STORE",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _joined(judge: Judge) -> None:
    """A member that does not coordinate publishes its Peer-ID and its name, from its first view on."""
    land = Land(judge)
    here = land.village()
    lead = here.resident(before=True)
    land.put_info([lead.address])
    named = f"Ada {judge.random.randrange(1000)}"
    land.join(public_members=True, name=named)
    here.asks_at(lead)
    judge.equal("not-before-its-view", land.shown(MEMBERS), [])
    begin = land.mono
    here.others = [lead]
    here.play(
        here.run(here.answered(here.propose(lead, here.everyone, permits=[here.permit])), here.everyone)
    )
    land.settle()
    _stated(judge, land, named, since=begin)
    land.endure(RENEWED)
    here.fall_silent()
    land.endure(begin + 2 * RENEWED - land.mono)
    judge.equal("refreshed", times(land.shown(MEMBERS), begin), [0, RENEWED, 2 * RENEWED])


def _stated(judge: Judge, land: Land, named: str | None, since: int) -> None:
    shown = land.shown(MEMBERS)
    judge.equal("times", times(shown, since), [0])
    for each in shown:
        envelope = each.envelope
        judge.equal("name", envelope.name, land.name, field="envelope.name")
        judge.equal("slot", envelope.slot, NO_SLOT, field="envelope.slot")
        judge.equal("lifetime", envelope.lifetime, LIFETIME, field="envelope.lifetime")
        judge.equal("says", each.document, {"type": "group-member", "peer_id": own_id(land), "name": named})


@case(
    "groups.membership.created",
    reqs=["REQ-GRP-5"],
    type="STORE",
    operator="conforming-created",
    cls="groups",
    fresh=True,
)
def _created(judge: Judge) -> None:
    """Who creates a group is its first member; without a name it states none."""
    land = Land(judge)
    begin = land.mono
    land.founded(public_members=True)
    _stated(judge, land, None, since=begin)


@case(
    "groups.membership.not-public",
    reqs=["REQ-GRP-5"],
    type="STORE",
    operator="conforming-private-membership",
    cls="groups",
    fresh=True,
)
def _not_public(judge: Judge) -> None:
    """Nobody says that it is a member where membership is not public, whether it created or joined."""
    land = Land(judge)
    land.founded(public_members=False)
    judge.equal("created", land.shown(MEMBERS), [])
    other = Land(judge)
    joined(other, public_members=False)
    other.endure(AGAIN)
    judge.equal("joined", other.shown(), [])


@case(
    "groups.membership.once",
    reqs=["REQ-GRP-5", "REQ-OVL-29"],
    type="STORE",
    operator="conforming-later-views",
    cls="groups",
    fresh=True,
)
def _once(judge: Judge) -> None:
    """Later views change nothing about it: it is refreshed, also when another coordinates."""
    land = Land(judge)
    begin = land.mono
    here = land.founded(public_members=True)
    land.endure(RENEWED - 4 * AGAIN)
    here.take_in(1)
    land.endure(AGAIN)
    here.hand_over()
    land.endure(begin + RENEWED - land.mono)
    judge.equal("times", times(land.shown(MEMBERS), begin), [0, RENEWED])


# ---------------------------------------------------------------- who has left


def _places(shown: Iterable[Shown]) -> list[tuple[int, str, str]]:
    """Where these stand, ascending."""
    return sorted((each.envelope.kind, each.envelope.name.hex(), each.envelope.slot.hex()) for each in shown)


def _gone(land: Land) -> list[Shown]:
    return [each for each in land.shown() if each.is_tombstone]


def _known(land: Land) -> list[tuple[int, str, str]]:
    """Where something was published, each place once."""
    return sorted(set(_places(land.shown())))


def _of(here: Village, *kinds: str) -> list[tuple[int, str, str]]:
    """Where what is published of a group stands."""
    slots = {INFO: here.overlay, LIST: here.overlay, MEMBERS: NO_SLOT}
    names = {INFO: here.group, LIST: b"", MEMBERS: here.group}
    return sorted((KINDS[kind], names[kind].hex(), slots[kind].hex()) for kind in kinds)


@case(
    "groups.leave.last-one-out",
    reqs=["REQ-GRP-6", "REQ-OVL-30", "REQ-TST-5"],
    type="STORE",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _last_one(judge: Judge) -> None:
    """The last one withdraws the document, the entry of the list and its membership, and no more follows."""
    land = Land(judge)
    here = land.founded(public_members=True)
    land.advance(judge.random.randrange(1000, 9000))
    before = land.shown()
    land.need(_known(land) == _of(here, INFO, LIST, MEMBERS), "it has published something else")
    land.act("group.leave", group_overlay=here.overlay)
    order = [("group", "left"), ("main", "group-left")]
    judge.equal("told", land.told_of_groups()[-2:], order)
    row = {"group": land.name.hex(), "group_overlay": here.overlay.hex()}
    judge.equal("group-left", land.events("group-left"), [row])
    gone = _gone(land)
    judge.equal("withdrawn", _places(gone), _of(here, INFO, LIST, MEMBERS))
    judge.equal("lifetimes", {each.envelope.lifetime for each in gone}, {DAY})
    known = max(each.envelope.sequence for each in before)
    newer = all(each.envelope.sequence > known for each in gone)
    judge.check("newer-than-what-they-withdraw", newer)
    count = len(land.shown())
    land.advance(RENEWED + 1)
    judge.equal("nothing-more", len(land.shown()), count)


@case(
    "groups.leave.member",
    reqs=["REQ-GRP-6", "REQ-OVL-30"],
    type="STORE",
    operator="conforming-nothing-of-others",
    cls="groups",
    fresh=True,
)
def _member(judge: Judge) -> None:
    """A member that never coordinated withdraws its membership, and nothing of what others published."""
    land = Land(judge)
    here = joined(land, public_members=True)
    land.advance(1000)
    land.need(_known(land) == _of(here, MEMBERS), "it has published something else")
    here.leave()
    judge.equal("withdrawn", _places(_gone(land)), _of(here, MEMBERS))
    other = Land(judge)
    there = joined(other)
    other.advance(1000)
    land.need(not other.shown(), "it has published something")
    there.leave()
    judge.equal("nothing", other.shown(), [])
    judge.equal("has-left", len(other.events("group-left")), 1)


@case(
    "groups.leave.coordinator-no-more",
    reqs=["REQ-GRP-6", "REQ-OVL-30"],
    type="STORE",
    operator="conforming-coordinated-before",
    cls="groups",
    fresh=True,
)
def _no_more(judge: Judge) -> None:
    """What it published as coordinator it withdraws, too, though another coordinates by now."""
    land = Land(judge)
    here = land.founded()
    here.take_in(1)
    land.endure(AGAIN)
    here.hand_over()
    land.endure(AGAIN)
    land.need(_known(land) == _of(here, INFO, LIST), "it has published something else")
    here.leave()
    judge.equal("withdrawn", _places(_gone(land)), _of(here, INFO, LIST))


@case(
    "groups.leave.one-of-two",
    reqs=["REQ-GRP-6", "REQ-OVL-29", "REQ-OVL-30"],
    type="STORE",
    operator="conforming-one-of-two-groups",
    cls="groups",
    fresh=True,
)
def _one_of_two(judge: Judge) -> None:
    """What it published of another group stays, and is refreshed."""
    land = Land(judge)
    begin = land.mono
    here = land.founded(public_members=True)
    there = land.founded(land.name + b" zwei", public_members=True)
    both = sorted(_of(here, INFO, LIST, MEMBERS) + _of(there, INFO, LIST, MEMBERS))
    land.need(_known(land) == both, "it has published something else")
    land.act("group.leave", group_overlay=here.overlay)
    judge.equal("withdrawn", _places(_gone(land)), _of(here, INFO, LIST, MEMBERS))
    land.advance(RENEWED)
    later = [each for each in land.shown() if each.at == begin + RENEWED]
    judge.equal("refreshed", _places(later), _of(there, INFO, LIST, MEMBERS))


@case(
    "groups.leave.private",
    reqs=["REQ-GRP-6"],
    type="none",
    operator="conforming-private",
    cls="groups",
    fresh=True,
)
def _private(judge: Judge) -> None:
    """Of a private group there is nothing to withdraw."""
    land = Land(judge)
    here = land.founded(public=False)
    land.need(not land.shown(), "it has published something")
    land.act("group.leave", group_overlay=here.overlay)
    judge.equal("group-left", len(land.events("group-left")), 1)
    judge.equal("nothing", land.shown(), [])


@case(
    "groups.leave.and-back",
    reqs=["REQ-GRP-6", "REQ-GRP-1", "REQ-OVL-28", "REQ-OVL-30"],
    type="STORE",
    operator="conforming-created-again",
    cls="groups",
    fresh=True,
)
def _and_back(judge: Judge) -> None:
    """Once it was withdrawn the name is free, and what is published then is newer than the tombstones."""
    land = Land(judge)
    here = land.founded()
    land.need(_known(land) == _of(here, INFO, LIST), "it has published something else")
    land.act("group.leave", group_overlay=here.overlay)
    judge.require("withdrawn", bool(_gone(land)), reqs=["REQ-GRP-6", "REQ-OVL-30"], expected="tombstones")
    gone = max(each.envelope.sequence for each in _gone(land))
    land.create()
    wanted = (land.name.hex(), here.overlay.hex(), 1)
    judge.equal("entered-twice", entered(land), [wanted, wanted], reqs=["REQ-GRP-1"])
    again = [each for each in land.shown() if each.envelope.sequence > gone]
    judge.equal("published-again", _places(again), _of(here, INFO, LIST), reqs=["REQ-GRP-6", "REQ-OVL-28"])
