"""How hosting ends: the host leaves when others are there, and when nobody comes."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._land import INFO, LIST, MEMBERS, Land
from coterie_kit.suite._stage import accepts
from coterie_kit.suite._village import Village
from coterie_kit.suite.groups_creating import AGAIN
from coterie_kit.suite.groups_hosting import asks, hosted
from coterie_kit.values.envelope import KINDS

LEAVE, ALONE = registry.timer("host-leave"), registry.timer("host-alone")
GIVE_UP = registry.timer("leave-give-up")
NAMES = {number: name for name, number in KINDS.items()}


def is_in(here: Village) -> bool:
    """Whether the peer is in that overlay."""
    return bool(here.peer.inspect(here.overlay).ok)


def gone(land: Land) -> list[str]:
    """The documents that the peer has withdrawn, by the names of their kinds."""
    return sorted(NAMES[each.envelope.kind] for each in land.shown() if each.is_tombstone)


def published(land: Land) -> list[str]:
    """What the peer has published, by the names of the kinds, each once."""
    return sorted({NAMES[each.envelope.kind] for each in land.shown() if not each.is_tombstone})


def hosts_as_it_should(judge: Judge, land: Land, name: str = "") -> None:
    """The group that it hosts is public; it is no member of it itself."""
    land.need({INFO, LIST} <= set(published(land)), "it does not publish the group that it hosts")
    judge.equal(f"{name}says-it-is-a-member", MEMBERS in published(land), False, reqs=["REQ-GRP-22"])


def prove_privacy(judge: Judge) -> None:
    """Ends the case where the peer says in any public group that it is a member, whether it wants or not."""
    land = Land(judge)
    land.founded()
    land.need(not land.shown(MEMBERS), "it says that it is a member though its membership is private")


def leaves(here: Village) -> list[int]:
    """When the peer has said LEAVE in a group."""
    notes = (note for note in here.land.noted if note.sent and note.said.type == "LEAVE")
    return [note.at for note in notes if note.said.frame.overlay == here.overlay]


@case(
    "groups.hosting.handed-over",
    reqs=["REQ-GRP-23", "REQ-GRP-22", "REQ-GRP-6", "REQ-OVL-30"],
    type="LEAVE",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _handed_over(judge: Judge) -> None:
    """10,000 ms after somebody has come it leaves, and withdraws; more who come do not keep it longer."""
    prove_privacy(judge)
    for more in (0, 1):
        land = Land(judge, "peer", hosts=1)
        here = hosted(land)
        land.endure(judge.random.randrange(1000, 20_000))
        here.take_in(1)
        begin = [at for at, event in land.told if event.name == "view-installed"][-1]
        if more:
            land.endure(LEAVE // 2)
            here.take_in(1)
        land.endure(begin + LEAVE - 1 - land.mono)
        judge.equal(f"{more}.not-yet", leaves(here), [])
        hosts_as_it_should(judge, land, f"{more}.")
        known = published(land)
        land.advance(1)
        here.installed = None
        judge.equal(f"{more}.leaves", leaves(here)[:1], [begin + LEAVE])
        land.advance(3 * GIVE_UP)
        judge.equal(f"{more}.outside", is_in(here), False)
        judge.equal(f"{more}.withdrawn", gone(land), known, reqs=["REQ-GRP-6", "REQ-GRP-23", "REQ-OVL-30"])


@case(
    "groups.hosting.nobody-came",
    reqs=["REQ-GRP-23", "REQ-GRP-22", "REQ-GRP-6", "REQ-OVL-30"],
    type="STORE",
    operator="conforming-alone",
    cls="groups",
    fresh=True,
)
def _nobody_came(judge: Judge) -> None:
    """It waits for 60,000 ms alone, leaves, and takes the name down."""
    prove_privacy(judge)
    land = Land(judge, "peer", hosts=1)
    here = hosted(land)
    begin = [at for at, event in land.told if event.name == "view-installed"][-1]
    land.advance(begin + ALONE - 1 - land.mono)
    judge.equal("still-there", (is_in(here), gone(land)), (True, []))
    hosts_as_it_should(judge, land)
    known = published(land)
    land.advance(1)
    land.advance(GIVE_UP)
    judge.equal("outside", is_in(here), False)
    judge.equal("withdrawn", gone(land), known, reqs=["REQ-GRP-6", "REQ-GRP-23", "REQ-OVL-30"])
    judge.equal("told", [each["group"] for each in land.events("group-left")], [land.name.hex()])


@case(
    "groups.hosting.alone-again",
    reqs=["REQ-GRP-23"],
    type="LEAVE",
    operator="conforming-alone-again",
    cls="groups",
    fresh=True,
)
def _alone_again(judge: Judge) -> None:
    """Who came has gone before it could leave: it has all its time again, from then on."""
    land = Land(judge, "peer", hosts=1)
    here = hosted(land)
    land.advance(judge.random.randrange(30_000, 50_000))
    here.take_in(1)
    begin = here.fall_silent()
    land.endure(begin + ALONE - 1 - land.mono)
    judge.equal("still-there", is_in(here), True)
    land.advance(1)
    land.advance(GIVE_UP)
    judge.equal("outside", is_in(here), False)


@case(
    "groups.hosting.own-group-stays",
    reqs=["REQ-GRP-23"],
    type="none",
    operator="conforming-its-own",
    cls="groups",
    fresh=True,
)
def _own_stays(judge: Judge) -> None:
    """It does not leave a group of its own, alone or with others, though it was asked to create that."""
    land = Land(judge, "peer", hosts=1)
    here = land.founded()
    accepts(judge, asks(land), "hosted-already")
    land.advance(ALONE + GIVE_UP)
    judge.equal("alone", is_in(here), True)
    here.take_in(1)
    land.advance(LEAVE + GIVE_UP)
    judge.equal("with-another", (is_in(here), leaves(here)), (True, []))


@case(
    "groups.hosting.restart",
    reqs=["REQ-GRP-23", "REQ-GRP-17"],
    type="none",
    operator="conforming-stopped",
    cls="groups",
    fresh=True,
)
def _restart(judge: Judge) -> None:
    """After a restart it comes back to its own group, and not to the one that it hosted."""
    land = Land(judge, "peer", hosts=1)
    own = land.founded(b"die eigene")
    here = hosted(land, b"die fremde")
    told = len(land.told_of_groups())
    land.restart()
    land.endure(AGAIN)
    judge.equal("its-own", is_in(own), True, reqs=["REQ-GRP-17"])
    judge.equal("the-other", is_in(here), False, reqs=["REQ-GRP-23"])
    judge.equal("told", len(land.told_of_groups()) - told, 2)
