"""Looking a name up: how often it is fetched, which class is used, and how aliases are followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, overlay_id
from coterie_kit.suite._land import INFO, Land
from coterie_kit.suite._village import Village
from coterie_kit.values.envelope import KINDS, parse, resource_key

AGAIN = registry.timer("fetch-again")
DEEPEST = registry.limit("redirects")


def found(land: Land) -> list[tuple[str, str, list[str]]]:
    """What was told of names that were looked up."""
    return [(each["group"], each["group_overlay"], each["documents"]) for each in land.events("group-found")]


def looked_up(land: Land) -> list[bytes]:
    """The resource keys that were fetched, each once, in their order."""
    return list(dict.fromkeys(said.frame.body["key"] for said in land.sent("FETCH")))


def keys_of(*names: bytes) -> list[bytes]:
    """The resource keys of the group-info of these names."""
    return [resource_key(KINDS[INFO], name) for name in names]


def values_of(*envelopes: bytes) -> list[str]:
    """The documents in envelopes, as events tell them."""
    return [parse(each).value.hex() for each in envelopes]


def closed(land: Land, age: int, name: bytes | None = None) -> tuple[Village, bytes, bytes]:
    """Storers have a document of a closed group: the group, the hash of its authority's key, the envelope."""
    authority = land.new_authority()
    here = land.village(name, authority)
    who = here.resident()
    how: dict[str, Any] = {"who": who, "overlay": land.overlay, "slot": here.overlay, "leaf": who.leaf}
    options = {"certificate": land.certificate(authority)}
    made = land.put_info([who.address], name, options=options, age=age, **how)
    return here, digest(authority.key.spki), made


def asks(land: Land, name: bytes | None = None) -> None:
    """The user wants to know of a name."""
    land.act("group.info", group=name or land.name)


# ---------------------------------------------------------------- found and not found


@case("groups.find.found", reqs=["REQ-GRP-7"], type="VALUES", operator="conforming", cls="groups", fresh=True)
def _found(judge: Judge) -> None:
    """Its overlay, and all documents of its class in their order; nobody in the group is greeted."""
    land = Land(judge)
    here = land.village()
    ages = judge.random.sample(range(1, 9000), 3)
    made = {age: land.put_info([f"203.0.113.{age % 200 + 1}:5000"], age=age) for age in ages}
    asks(land)
    wanted = values_of(*(made[age] for age in sorted(ages)))
    judge.equal("found", found(land), [(land.name.hex(), here.overlay.hex(), wanted)])
    judge.equal("looked-up", looked_up(land), keys_of(land.name))
    judge.equal("no-more-than-that", (here.said_anything(), land.failures()), (0, []))


def either(land: Land, how: str) -> None:
    """The user looks a name up, to know of the group or to join it."""
    if how == "join":
        land.join()
    else:
        asks(land)


@case(
    "groups.find.nothing",
    reqs=["REQ-GRP-7"],
    type="VALUES",
    operator="no-such-group",
    cls="groups",
    fresh=True,
)
def _nothing(judge: Judge) -> None:
    """A complete fetch that finds nothing is enough; the name is the one that the user gave."""
    for how in ("info", "join"):
        land = Land(judge)
        land.put_info(["203.0.113.1:5000"], land.name + b"!")
        either(land, how)
        land.advance(3 * AGAIN)
        judge.equal(f"{how}.told", land.failures(), [("no-such-group", [])])
        judge.equal(f"{how}.name", [each["group"] for each in land.events("group-failed")], [land.name.hex()])
        judge.equal(f"{how}.once", len(land.fetches()), 1)


@case(
    "groups.find.incomplete",
    reqs=["REQ-GRP-7", "REQ-GRP-1", "REQ-OVL-10"],
    type="VALUES",
    operator="lookup-incomplete",
    cls="groups",
    fresh=True,
)
def _incomplete(judge: Judge) -> None:
    """Three fetches that are not complete, 5,000 ms apart; the user is told after the third."""
    for how in ("info", "join"):
        land = Land(judge)
        land.deaf()
        begin = land.mono
        either(land, how)
        land.advance(2 * AGAIN - 1)
        judge.equal(f"{how}.not-yet", land.failures(), [])
        land.advance(2 * AGAIN)
        judge.equal(f"{how}.told", len(land.failures()), 1)
        judge.equal(f"{how}.fetched", [at - begin for at in land.fetches()], [0, AGAIN, 2 * AGAIN])


@case(
    "groups.find.found-anyway",
    reqs=["REQ-GRP-7", "REQ-GRP-1", "REQ-OVL-10"],
    type="VALUES",
    operator="conforming-incomplete-but-found",
    cls="groups",
    fresh=True,
)
def _anyway(judge: Judge) -> None:
    """What is found by a fetch that is not complete is used, the first time or a later one."""
    for times in (0, 1, 2):
        land = Land(judge)
        here = land.village()
        made = land.put_info(["203.0.113.1:5000"])
        land.deaf()
        if not times:
            next(iter(land.cast.values())).says.pop("FETCH")
        asks(land)
        if times:
            land.advance(times * AGAIN - 1)
            judge.equal(f"{times}.not-yet", found(land), [])
            next(iter(land.cast.values())).says.pop("FETCH")
            land.advance(1)
        judge.equal(f"{times}.found", found(land), [(land.name.hex(), here.overlay.hex(), values_of(made))])


# ---------------------------------------------------------------- several classes


@case(
    "groups.find.ambiguous",
    reqs=["REQ-GRP-7", "REQ-VAL-17"],
    type="VALUES",
    operator="ambiguous",
    cls="groups",
    fresh=True,
)
def _ambiguous(judge: Judge) -> None:
    """An open group, a closed one and an alias: all are told, in their order, and none is used."""
    for how in ("info", "join"):
        land = Land(judge)
        other = land.name + b" anderswo"
        ages = judge.random.sample(range(1, 9000), 3)
        land.put_info(["203.0.113.1:5000"], age=ages[0])
        here, _, _ = closed(land, ages[1])
        land.put_redirect(land.name, other, age=ages[2])
        land.put_info(["203.0.113.2:5000"], age=ages[0] + 5)
        either(land, how)
        slots = [overlay_id(land.name), here.overlay, overlay_id(other)]
        wanted = [slots[at].hex() for at in sorted(range(3), key=lambda at: ages[at])]
        judge.equal(f"{how}.told", land.failures(), [("ambiguous-group", wanted)])
        judge.equal(f"{how}.looked-up", looked_up(land), keys_of(land.name))
        judge.equal(f"{how}.nobody-greeted", _greeted(land, [overlay_id(land.name)]), [])


def _greeted(land: Land, overlays: Sequence[bytes]) -> list[str]:
    return [said.to for said in land.sent("HELLO1") if said.frame.overlay in overlays]


@case(
    "groups.find.user-says-which",
    reqs=["REQ-GRP-7", "REQ-VAL-17"],
    type="VALUES",
    operator="conforming-user-says-which",
    cls="groups",
    fresh=True,
)
def _which(judge: Judge) -> None:
    """With the authority that the user names, or none, the class of its Overlay-ID is used."""
    for choice in ("open", "closed"):
        land = Land(judge)
        open_one = land.village()
        lead = open_one.resident()
        ages = judge.random.sample(range(1, 9000), 2)
        land.put_info([lead.address], age=ages[0])
        here, authority, _ = closed(land, ages[1])
        if choice == "open":
            land.join(authority=b"")
            judge.equal("open", open_one.greeted(), [lead.address])
            judge.equal("open.not-the-other", here.said_anything(), 0)
        else:
            land.join(authority=authority, leaf=here.subject.leaf)
            judge.equal("closed", here.greeted(), [here.guests[0].address])
            judge.equal("closed.not-the-other", open_one.said_anything(), 0)
        judge.equal(f"{choice}.no-failure", land.failures(), [])
