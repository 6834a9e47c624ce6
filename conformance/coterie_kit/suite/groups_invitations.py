"""Joining with an invitation: one group and no other, be it found or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest
from coterie_kit.suite._land import INFO, Land, contacts_in
from coterie_kit.suite._village import Village
from coterie_kit.suite.groups_creating import entered
from coterie_kit.suite.groups_finding import closed
from coterie_kit.suite.groups_joining import TURN, addresses
from coterie_kit.suite.groups_merging import LONGEST, polls


def invitation(
    land: Land, contacts: Sequence[str], here: Village | None = None, **more: Any
) -> dict[str, Any]:
    """An invitation to the open group, or to the closed one that is given."""
    made: dict[str, Any] = {
        "type": "group-invitation",
        "group_id": land.name,
        "description": land.text,
        "contacts": [_row(each) for each in contacts],
    }
    if here is not None and here.authority is not None:
        made["policy"] = "closed"
        made["authority_certificate"] = land.certificate(here.authority)
        made["authority_fingerprint"] = digest(here.authority.key.spki)
    return made | more


def _row(address: str) -> dict[str, Any]:
    host, _, port = address.rpartition(":")
    return {"address": host, "port": int(port)}


@case(
    "groups.invited.own-class-only",
    reqs=["REQ-GRP-11", "REQ-VIE-21", "REQ-VAL-17"],
    type="HELLO1",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _own_class(judge: Judge) -> None:
    """Of several groups of the name only the one that the invitation is to; its contacts come last."""
    for what in ("closed", "open"):
        land = Land(judge)
        ages = judge.random.sample(range(1, 9000), 4)
        one, _, _ = closed(land, ages[0])
        two, _, _ = closed(land, ages[1])
        there = addresses(2)
        land.put_info(there, age=ages[2])
        land.put_redirect(land.name, b"anderswo", age=ages[3])
        late = addresses(3, "198.18.0")
        if what == "closed":
            here, found = one, [one.guests[0].address]
            given = invitation(land, [*found, *late], here)
            land.join(invitation=given, leaf=here.subject.leaf)
        else:
            here, found = land.village(), there
            land.join(invitation=invitation(land, [late[0], there[1], *late[1:]]))
        land.advance(7 * TURN)
        judge.equal(f"{what}.in-order", here.greeted(), [*found, *late])
        others = [each for each in (one, two) if each is not here]
        judge.equal(f"{what}.nobody-else", [each.said_anything() for each in others], [0] * len(others))
        judge.equal(f"{what}.no-failure", land.failures(), [])


@case(
    "groups.invited.none-found",
    reqs=["REQ-GRP-11", "REQ-VAL-17"],
    type="HELLO1",
    operator="conforming-none-found",
    cls="groups",
    fresh=True,
)
def _none_found(judge: Judge) -> None:
    """Nothing of that group is found, or nobody is asked: its contacts are those of the invitation."""
    for what in ("nothing", "another", "no-main-overlay"):
        land = Land(judge, count=0 if what == "no-main-overlay" else 3)
        here = land.village()
        lead = here.resident()
        if what == "another":
            closed(land, 100)
        land.join(invitation=invitation(land, [lead.address]))
        land.advance(1)
        judge.equal(f"{what}.greets", here.greeted(), [lead.address])
        here.let_in(lead)
        judge.equal(f"{what}.entered", entered(land), [(land.name.hex(), here.overlay.hex(), 0)])
        judge.equal(f"{what}.no-failure", land.failures(), [])


@case(
    "groups.invited.options",
    reqs=["REQ-GRP-11", "REQ-VAL-17"],
    type="HELLO2",
    operator="conforming-options-of-the-invitation",
    cls="groups",
    fresh=True,
)
def _invited_options(judge: Judge) -> None:
    """Where no document is found the options are those of the invitation."""
    for suites in ([1], [1, 2]):
        land = Land(judge)
        here = land.village()
        lead = here.resident()
        land.join(invitation=invitation(land, [lead.address], suites=suites))
        here.answer_greeting(lead)
        said = here.sent("HELLO2")
        judge.equal("suites", [list(each.frame.body["suites"]) for each in said], [suites])


@case(
    "groups.invited.public-or-private",
    reqs=["REQ-GRP-11", "REQ-GRP-2", "REQ-GRP-12", "REQ-VAL-17"],
    type="STORE",
    operator="conforming-private-where-not-found",
    cls="groups",
    fresh=True,
)
def _public_or_private(judge: Judge) -> None:
    """A coordinator makes known, and looks for, what it has found; of what it has not it does neither."""
    for is_found in (True, False):
        land = Land(judge)
        here = land.village()
        lead = here.resident(before=True)
        if is_found:
            land.put_info([lead.address])
        land.join(invitation=invitation(land, [lead.address]))
        here.let_in(lead)
        land.need(entered(land), "it is not let in")
        begin = here.fall_silent()
        land.endure(begin + LONGEST - land.mono)
        told = [contacts_in(each.document) for each in land.shown(INFO) if not each.is_tombstone]
        judge.equal(f"{is_found}.shown", told, [[land.subject.address]] * is_found)
        looks = len(polls(land, here, begin))
        judge.equal(f"{is_found}.looks", looks, int(is_found), reqs=["REQ-GRP-12", "REQ-GRP-11"])


@case(
    "groups.invited.not-admitted",
    reqs=["REQ-GRP-9", "REQ-GRP-11"],
    type="HELLO1",
    operator="invited-but-not-admitted",
    cls="groups",
    fresh=True,
)
def _invited_only(judge: Judge) -> None:
    """An invitation admits nobody: without a leaf of the authority nobody is greeted."""
    land = Land(judge)
    here = land.village(authority=land.new_authority())
    land.join(invitation=invitation(land, addresses(2), here))
    land.advance(3 * TURN)
    judge.equal("told", land.failures(), [("not-admitted", [])], reqs=["REQ-GRP-9"])
    judge.equal("nothing-said", here.said_anything(), 0, reqs=["REQ-GRP-9"])
