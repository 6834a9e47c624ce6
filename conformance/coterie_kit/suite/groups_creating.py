"""Creating a group: what is looked up before, how often, and what the user is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, overlay_id
from coterie_kit.suite._land import INFO, Land
from coterie_kit.suite._overlay import Actor
from coterie_kit.values.envelope import KINDS, resource_key

AGAIN = registry.timer("fetch-again")


def entered(land: Land) -> list[tuple[str, str, int]]:
    """Each group that it has told it is in: its name, its overlay, and whether it has created it."""
    return [(each["group"], each["group_overlay"], each["created"]) for each in land.events("group-entered")]


@case(
    "groups.create.free",
    reqs=["REQ-GRP-1", "REQ-TST-5"],
    type="FETCH",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _free(judge: Judge) -> None:
    """The group-info of the Group-ID is fetched once, and when that is complete the group is there."""
    land = Land(judge)
    here = land.village()
    land.create()
    key = resource_key(KINDS[INFO], land.name)
    judge.equal("fetched", {said.frame.body["key"] for said in land.sent("FETCH")}, {key})
    judge.equal("asked-once", sorted(said.to for said in land.sent("FETCH")), sorted(land.cast))
    judge.equal("told", land.told_of_groups(), [("group", "view-installed"), ("main", "group-entered")])
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 1)])
    alone = [each["members"] for each in here.told("view-installed")]
    judge.equal("a-view-of-one", alone, [[here.subject.node.hex()]])
    fetch = [at for at, note in enumerate(land.noted) if note.sent and note.said.type == "FETCH"]
    store = [at for at, note in enumerate(land.noted) if note.sent and note.said.type == "STORE"]
    judge.check("fetched-before", fetch[:1] < store[:1] or not store, expected="FETCH before any STORE")


@case(
    "groups.create.taken",
    reqs=["REQ-GRP-1"],
    type="VALUES",
    operator="name-taken",
    cls="groups",
    fresh=True,
)
def _taken(judge: Judge) -> None:
    """An open group, a closed one, an alias: whatever has the name, the group is not created."""
    for what, taken in TAKEN.items():
        land = Land(judge)
        taken(land)
        here = land.village()
        land.create()
        land.advance(3 * AGAIN)
        judge.equal(f"{what}.told", land.failures(), [("group-exists", [])])
        judge.equal(
            f"{what}.names-it", [each["group"] for each in land.events("group-failed")], [land.name.hex()]
        )
        judge.equal(f"{what}.no-view", here.told("view-installed"), [])
        judge.equal(f"{what}.not-published", land.shown(), [])
        judge.equal(f"{what}.fetched-once", len(land.fetches()), 1)


def _closed(land: Land) -> None:
    authority = land.new_authority()
    here = land.village(authority=authority)
    land.villages.remove(here)
    who = here.resident()
    certificate = land.certificate(authority)
    how: dict[str, Any] = {"who": who, "overlay": land.overlay, "slot": here.overlay, "leaf": who.leaf}
    land.put_info(["203.0.113.5:5000"], options={"certificate": certificate}, **how)


TAKEN: dict[str, Callable[[Land], object]] = {
    "open": lambda land: land.put_info(["203.0.113.5:5000"]),
    "closed": _closed,
    "alias": lambda land: land.put_redirect(land.name, b"another group"),
}


@case(
    "groups.create.another-name-taken",
    reqs=["REQ-GRP-1"],
    type="VALUES",
    operator="conforming-withdrawn-and-others",
    cls="groups",
    fresh=True,
)
def _withdrawn(judge: Judge) -> None:
    """What was withdrawn, and groups of other names, are nothing that is found."""
    from coterie_kit.suite import _envelopes

    land = Land(judge)
    here = land.village()
    who = land.publisher()
    land.put_info(["203.0.113.5:5000"], who=who, age=2000)
    slot = overlay_id(land.name)
    land.keep(_envelopes.tombstone(who, land.wall - 1000, kind=INFO, name=land.name, slot=slot))
    land.put_info(["203.0.113.6:5000"], name=land.name + b"!")
    land.create()
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 1)])


@case(
    "groups.create.incomplete",
    reqs=["REQ-GRP-1", "REQ-OVL-10"],
    type="VALUES",
    operator="lookup-incomplete",
    cls="groups",
    fresh=True,
)
def _incomplete(judge: Judge) -> None:
    """Three fetches that are not complete, 5,000 ms apart; then the user is told, and nothing is created."""
    land = Land(judge)
    here = land.village()
    land.deaf()
    begin = land.mono
    land.create()
    land.advance(2 * AGAIN - 1)
    judge.equal("not-yet", land.failures(), [])
    land.advance(1)
    judge.equal("told", land.failures(), [("lookup-incomplete", [])])
    land.advance(3 * AGAIN)
    judge.equal("fetched", [at - begin for at in land.fetches()], [0, AGAIN, 2 * AGAIN])
    judge.equal("no-view", (here.told("view-installed"), land.shown()), ([], []))


@case(
    "groups.create.complete-at-last",
    reqs=["REQ-GRP-1", "REQ-OVL-10"],
    type="VALUES",
    operator="conforming-complete-the-third-time",
    cls="groups",
    fresh=True,
)
def _at_last(judge: Judge) -> None:
    """The second or third fetch decides like the first."""
    for times in (1, 2):
        land = Land(judge)
        here = land.village()
        land.deaf()
        land.create()
        land.advance(times * AGAIN - 1)
        land.hearing()
        judge.equal(f"{times}.not-yet", entered(land), [])
        land.advance(1)
        judge.equal(f"{times}.entered", entered(land), [(land.name.hex(), here.overlay.hex(), 1)])
        judge.equal(f"{times}.no-failure", land.failures(), [])


@case(
    "groups.create.incomplete-but-found",
    reqs=["REQ-GRP-1", "REQ-OVL-10"],
    type="VALUES",
    operator="incomplete-but-found",
    cls="groups",
    fresh=True,
)
def _found_anyway(judge: Judge) -> None:
    """A value of one storer is enough, though two others do not answer; also the second time."""
    for times in (0, 1):
        land = Land(judge)
        actors: list[Actor] = list(land.cast.values())
        land.deaf()
        if not times:
            actors[0].says.pop("FETCH")
            land.put_info(["203.0.113.5:5000"])
        land.create()
        if times:
            judge.equal("nothing-yet", land.failures(), [])
            actors[0].says.pop("FETCH")
            land.put_info(["203.0.113.5:5000"])
            land.advance(AGAIN)
        judge.equal(f"{times}.told", land.failures(), [("group-exists", [])])
        judge.equal(f"{times}.fetches", len(land.fetches()), times + 1)


@case(
    "groups.create.private",
    reqs=["REQ-GRP-1", "REQ-GRP-2"],
    type="none",
    operator="conforming-private",
    cls="groups",
    fresh=True,
)
def _private(judge: Judge) -> None:
    """Of a private group nothing is published, so the name may be taken by another."""
    land = Land(judge)
    here = land.village()
    land.create(public=False)
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 1)])
    land.advance(registry.timer("group-poll") + registry.timer("group-poll-spread"))
    judge.equal("not-published", land.shown(), [], reqs=["REQ-GRP-2"])


@case(
    "groups.create.closed",
    reqs=["REQ-GRP-1", "REQ-GRP-2"],
    type="STORE",
    operator="conforming-closed",
    cls="groups",
    fresh=True,
)
def _create_closed(judge: Judge) -> None:
    """A closed group lives in the overlay of its authority; it is shown there, with the leaf admitted."""
    land = Land(judge)
    authority = land.new_authority()
    here = land.village(authority=authority)
    certificate = land.certificate(authority)
    judge.equal("its-overlay", here.overlay, overlay_id(land.name, digest(authority.key.spki)))
    land.create(info={"policy": "closed", "authority_certificate": certificate}, leaf=here.subject.leaf)
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 1)])
    found = [each.envelope for each in land.shown(INFO)]
    land.need(found, "it does not make the group known")
    judge.equal("slot", [each.slot for each in found], [here.overlay], reqs=["REQ-GRP-2"])
    judge.equal("leaf", [each.leaf for each in found], [here.subject.leaf], reqs=["REQ-GRP-2"])
    stated = [(each.document["policy"], each.document["authority_certificate"]) for each in land.shown(INFO)]
    judge.equal("options", stated, [("closed", certificate.hex())], reqs=["REQ-GRP-2"])


@case(
    "groups.create.suite",
    reqs=["REQ-GRP-1"],
    type="none",
    operator="conforming-options",
    cls="groups",
    fresh=True,
)
def _suite(judge: Judge) -> None:
    """The options of the document are those of the overlay: it states their suites, and no others."""
    for suites in ([1], [1, 2]):
        land = Land(judge)
        here = land.village()
        land.create(info={"suites": suites})
        hello3 = frames.read(here.meet(here.resident()).hello3, assembled=True)
        judge.equal("suites", list(hello3.body["suites"]), suites)
