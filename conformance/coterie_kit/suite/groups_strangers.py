"""Addresses that others name: how often a peer greets one that does not answer, over all its groups."""

from __future__ import annotations

from itertools import pairwise

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._land import Land
from coterie_kit.suite._village import Village
from coterie_kit.suite.groups_creating import entered
from coterie_kit.suite.groups_invitations import invitation

APART, WINDOW = registry.timer("stranger-greet"), registry.timer("stranger-window")
MOST = registry.limit("stranger-greetings")
GIVE_UP = registry.timer("hello-give-up")
POLL = registry.timer("group-poll") + registry.timer("group-poll-spread")
VICTIM = "203.0.113.200:9200"


def begun(land: Land, to: str) -> list[int]:
    """When the peer has begun a handshake with an address, in whatever group."""
    times: list[int] = []
    seen: dict[bytes, int] = {}
    for note in land.noted:
        is_to_it = note.sent and note.said.type == "HELLO1" and note.said.to == to
        # the same octets are the same handshake for as long as it lasts
        if is_to_it and note.at - seen.get(note.said.octets, -GIVE_UP) >= GIVE_UP:
            seen[note.said.octets] = note.at
            times.append(note.at)
    return times


def bounded(judge: Judge, times: list[int]) -> None:
    """Whether handshakes that led to nothing were begun as seldom as they must."""
    early = [(one, other) for one, other in pairwise(times) if other - one < APART]
    judge.equal("not-too-soon", early, [])
    crowded = [at for at in times if sum(at <= other < at + WINDOW for other in times) > MOST]
    judge.equal("not-too-many", crowded, [])


@case(
    "groups.strangers.joins",
    reqs=["REQ-GRP-19"],
    type="HELLO1",
    operator="conforming-one-address-many-groups",
    cls="groups",
    fresh=True,
)
def _joins(judge: Judge) -> None:
    """Five groups that name one silent address as their only contact are joined at once, and once more."""
    land = Land(judge)
    names = [b"Falle %d" % at for at in range(5)]
    for name in names:
        land.put_info([VICTIM], name)
    for _ in range(2):
        for name in names:
            land.join(name)
        land.advance(WINDOW + 1)
    times = begun(land, VICTIM)
    bounded(judge, times)
    judge.check("as-often-as-it-may", len(times) >= 2 * MOST, expected=2 * MOST, observed=len(times))


@case(
    "groups.strangers.close-together",
    reqs=["REQ-GRP-19"],
    type="HELLO1",
    operator="conforming-one-after-the-other",
    cls="groups",
    fresh=True,
)
def _close_together(judge: Judge) -> None:
    """Groups that are joined within a second of each other take turns."""
    land = Land(judge)
    for at in range(4):
        land.put_info([VICTIM], b"Falle %d" % at)
        land.join(b"Falle %d" % at)
        land.advance(judge.random.randrange(APART // 2, APART - 100))
    land.advance(WINDOW // 2)
    times = begun(land, VICTIM)
    bounded(judge, times)
    judge.equal("as-often-as-it-may", len(times), MOST)


@case(
    "groups.strangers.one-contact",
    reqs=["REQ-GRP-19", "REQ-VIE-21"],
    type="HELLO1",
    operator="conforming-one-group",
    cls="groups",
    fresh=True,
)
def _one_contact(judge: Judge) -> None:
    """One join has all three: a contact that is silent at first is greeted as long as the join lasts."""
    land = Land(judge)
    here = land.village()
    lead = here.resident()
    land.put_info([lead.address])
    land.join()
    begin = land.mono
    land.advance(registry.timer("group-join") - 1000)
    times = begun(land, lead.address)
    bounded(judge, times)
    judge.equal("three", len(times), MOST)
    silent = registry.timer("hello-give-up")
    late = [at for at in times[1:] if at - begin > silent * len(times)]
    judge.equal("spread", late, [], reqs=["REQ-VIE-21"])
    here.let_in(lead)
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 0)])


@case(
    "groups.strangers.invitations",
    reqs=["REQ-GRP-19", "REQ-GRP-11"],
    type="HELLO1",
    operator="conforming-invitations",
    cls="groups",
    fresh=True,
)
def _invitations(judge: Judge) -> None:
    """What invitations and documents name counts together."""
    land = Land(judge)
    for at in range(3):
        land.join(invitation=invitation(land, [VICTIM], group_id=b"Falle %d" % at))
    for at in range(3, 5):
        land.put_info([VICTIM], b"Falle %d" % at)
        land.join(b"Falle %d" % at)
    land.advance(WINDOW - 1)
    times = begun(land, VICTIM)
    bounded(judge, times)
    judge.equal("as-often-as-it-may", len(times), MOST)


@case(
    "groups.strangers.merging",
    reqs=["REQ-GRP-19", "REQ-GRP-13", "REQ-GRP-12"],
    type="HELLO1",
    operator="conforming-coordinators",
    cls="groups",
    fresh=True,
)
def _merging(judge: Judge) -> None:
    """A coordinator of three groups finds the silent address in each: it greets it, and no more often."""
    land = Land(judge)
    names = [b"Falle %d" % at for at in range(3)]
    for name in names:
        land.founded(name)
    for name in names:
        land.put_info([VICTIM], name)
    land.endure(POLL)
    land.advance(2 * POLL)
    times = begun(land, VICTIM)
    judge.check("greets", times, expected="a greeting", reqs=["REQ-GRP-12", "REQ-GRP-13"])
    bounded(judge, times)


@case(
    "groups.strangers.who-answers",
    reqs=["REQ-GRP-19"],
    type="HELLO1",
    operator="conforming-one-host-many-groups",
    cls="groups",
    fresh=True,
)
def _answers(judge: Judge) -> None:
    """Who answers is no stranger: five groups of one host are joined one after the other, each at once."""
    land = Land(judge)
    for at in range(MOST + 2):
        name = b"Gruppe %d" % at
        here = land.village(name)
        lead = same_host(here, land)
        land.put_info([lead.address], name)
        land.join(name)
        judge.equal(f"{at}.greeted", here.greeted(), [lead.address])
        here.let_in(lead)
        land.advance(judge.random.randrange(10, 100))
    judge.equal("entered", len(entered(land)), MOST + 2)


def same_host(here: Village, land: Land) -> Puppet:
    """A member of a group that is at one address in all of them."""
    lead = here.resident(before=True)
    lead.address = VICTIM
    land.judge.names[VICTIM] = "the host"
    return lead
