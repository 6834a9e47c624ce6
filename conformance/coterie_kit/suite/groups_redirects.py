"""Aliases that are followed: name by name, not in a circle, and not for ever."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite._land import Land
from coterie_kit.suite.groups_finding import asks, either, found, keys_of, looked_up, values_of

AGAIN = registry.timer("fetch-again")
DEEPEST = registry.limit("redirects")


def chain(land: Land, count: int) -> list[bytes]:
    """So many names, each an alias of the next one."""
    names = [land.name, *(b"Alias %d " % at + land.judge.octets(3).hex().encode() for at in range(1, count))]
    for one, other in pairwise(names):
        land.put_redirect(one, other)
    return names


@case(
    "groups.find.alias-of-an-alias",
    reqs=["REQ-GRP-7", "REQ-VAL-18"],
    type="VALUES",
    operator="conforming-aliases",
    cls="groups",
    fresh=True,
)
def _aliases(judge: Judge) -> None:
    """Each name is fetched in its turn, up to four redirects; what is told is the name at their end."""
    for count in (2, DEEPEST + 1):
        land = Land(judge)
        names = chain(land, count)
        made = land.put_info(["203.0.113.1:5000"], names[-1])
        asks(land)
        wanted = (names[-1].hex(), overlay_id(names[-1]).hex(), values_of(made))
        judge.equal(f"{count}.found", found(land), [wanted])
        judge.equal(f"{count}.looked-up", looked_up(land), keys_of(*names))


@case(
    "groups.find.alias-joined",
    reqs=["REQ-GRP-7"],
    type="VALUES",
    operator="conforming-joined-by-an-alias",
    cls="groups",
    fresh=True,
)
def _alias_joined(judge: Judge) -> None:
    """Whoever joins by an alias is in the group at its end."""
    land = Land(judge)
    names = chain(land, 3)
    here = land.village(names[-1])
    lead = here.resident()
    land.put_info([lead.address], names[-1])
    land.join()
    judge.equal("greets", here.greeted(), [lead.address])
    here.let_in(lead)
    entered = [
        (each["group"], each["group_overlay"], each["created"]) for each in land.events("group-entered")
    ]
    judge.equal("entered", entered, [(names[-1].hex(), here.overlay.hex(), 0)])


@case(
    "groups.find.redirect-loop",
    reqs=["REQ-GRP-7", "REQ-VAL-18"],
    type="VALUES",
    operator="redirect-loop",
    cls="groups",
    fresh=True,
)
def _loop(judge: Judge) -> None:
    """A name that has come before ends the lookup, be it the first or a later one."""
    for back in (0, 1, 2):
        land = Land(judge)
        names = chain(land, 3)
        land.put_redirect(names[-1], names[back])
        asks(land)
        judge.equal(f"to-{back}.told", land.failures(), [("redirect-loop", [])])
        judge.equal(
            f"to-{back}.name", [each["group"] for each in land.events("group-failed")], [land.name.hex()]
        )
        judge.equal(f"to-{back}.looked-up", looked_up(land), keys_of(*names))


@case(
    "groups.find.redirect-depth",
    reqs=["REQ-GRP-7", "REQ-VAL-18"],
    type="VALUES",
    operator="redirect-depth",
    cls="groups",
    fresh=True,
)
def _depth(judge: Judge) -> None:
    """The fifth redirect in a row is not followed."""
    land = Land(judge)
    names = chain(land, DEEPEST + 2)
    land.put_info(["203.0.113.1:5000"], names[-1])
    asks(land)
    judge.equal("told", land.failures(), [("redirect-depth", [])])
    judge.equal("looked-up", looked_up(land), keys_of(*names[:-1]))


@case(
    "groups.find.redirect-to-itself",
    reqs=["REQ-GRP-7", "REQ-VAL-18"],
    type="VALUES",
    operator="redirect-to-itself",
    cls="groups",
    fresh=True,
)
def _itself(judge: Judge) -> None:
    """An alias of itself is fetched once, whoever asks for it."""
    for how in ("info", "join"):
        land = Land(judge)
        land.put_redirect(land.name, land.name)
        either(land, how)
        judge.equal(f"{how}.told", land.failures(), [("redirect-loop", [])])
        judge.equal(f"{how}.looked-up", looked_up(land), keys_of(land.name))


@case(
    "groups.find.redirects-by-the-hundred",
    reqs=["REQ-GRP-7", "REQ-VAL-18"],
    type="VALUES",
    operator="hundred-redirects",
    cls="groups",
    fresh=True,
)
def _hundred(judge: Judge) -> None:
    """However long a chain of aliases is, what is fetched of it is bounded."""
    land = Land(judge)
    names = chain(land, 101)
    land.put_info(["203.0.113.1:5000"], names[-1])
    land.join()
    judge.equal("told", land.failures(), [("redirect-depth", [])])
    judge.equal("looked-up", looked_up(land), keys_of(*names[: DEEPEST + 1]))


@case(
    "groups.find.alias-of-nothing",
    reqs=["REQ-GRP-7", "REQ-GRP-1", "REQ-OVL-10"],
    type="VALUES",
    operator="alias-of-nothing",
    cls="groups",
    fresh=True,
)
def _of_nothing(judge: Judge) -> None:
    """A target that is not found is fetched as often as a name that the user gave."""
    land = Land(judge)
    names = chain(land, 2)
    asks(land)
    judge.equal("complete", land.failures(), [("no-such-group", [])])
    other = Land(judge)
    begin = other.mono
    names = chain(other, 2)
    target = keys_of(names[1])[0]
    for actor in other.cast.values():
        actor.says["FETCH"] = _only_but(other, actor, target)
    asks(other)
    other.advance(2 * AGAIN - 1)
    judge.equal("not-yet", other.failures(), [])
    other.advance(1)
    judge.equal("then", len(other.failures()), 1)
    times = [note.at - begin for note in other.noted if note.sent and note.said.type == "FETCH"]
    judge.equal("fetched", sorted(set(times)), [0, AGAIN, 2 * AGAIN])


def _only_but(land: Land, actor: Any, key: bytes) -> Any:
    """A storer that answers every FETCH but those for one key, which it refuses."""

    def answer(said: Any) -> list[bytes]:
        if said.frame.body["key"] != key:
            actor.says.pop("FETCH")
            made: list[bytes] = land.answers(actor, said)
            actor.says["FETCH"] = answer
            return made
        code = registry.reason("too-many-requests").code
        number = registry.frame("FETCH").code
        sequence = said.frame.prefix["sequence"]
        return [land.of(actor.puppet, "REFUSE", refused_sequence=sequence, reason=code, refused_type=number)]

    return answer
