"""What a peer has published itself, and what it has itself decided: neither is in its way."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._land import HEARD_EVERY, INFO, Land, contacts_in
from coterie_kit.suite.groups_aliases import bind
from coterie_kit.suite.groups_creating import entered


@case(
    "groups.create.own-publication",
    reqs=["REQ-GRP-1"],
    type="VALUES",
    operator="conforming-own-publication",
    cls="groups",
    fresh=True,
)
def _own(judge: Judge) -> None:
    """Its own group-info of an earlier life does not count; beside that of another the name is taken."""
    land = Land(judge)
    here = land.village()
    land.put_info([land.subject.address], who=land.subject)
    land.create()
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 1)])
    other = Land(judge)
    other.put_info([other.subject.address], who=other.subject, age=10)
    other.put_info(["203.0.113.5:5000"], age=20)
    other.create()
    judge.equal("taken", other.failures(), [("group-exists", [])])


@case(
    "groups.create.after-a-crash",
    reqs=["REQ-GRP-1", "REQ-GRP-2"],
    type="STORE",
    operator="conforming-own-publication",
    cls="groups",
    fresh=True,
)
def _crashed(judge: Judge) -> None:
    """Who was alone, and has lost its storage, creates its group anew while storers have the old one."""
    land = Land(judge)
    here = land.founded()
    land.need(land.shown(INFO), "it does not publish the group that it has created")
    before = max(each.envelope.sequence for each in land.shown())
    land.restart(forgets=True)
    told, known = len(entered(land)), len(land.shown())
    land.create()
    judge.equal("entered", entered(land)[told:], [(land.name.hex(), here.overlay.hex(), 1)])
    shown = land.shown()[known:]
    judge.check("advertised", shown, reqs=["REQ-GRP-2"])
    judge.check("newer", all(each.envelope.sequence > before for each in shown), reqs=["REQ-GRP-2"])


@case(
    "groups.create.where-an-alias-stands",
    reqs=["REQ-GRP-14"],
    type="none",
    operator="own-alias",
    cls="groups",
    fresh=True,
)
def _own_alias(judge: Judge) -> None:
    """To create a group where the peer has bound an alias is a caller's mistake, and the alias stays."""
    land = Land(judge)
    bind(land, land.name, b"anderswo")
    known = len(land.shown())
    info = {"type": INFO, "description": land.text}
    given: dict[str, Any] = {"group": land.name, "public": True, "public_members": False, "info": info}
    judge.refused(land.peer.do("group.create", land.overlay, **given), "usage", name="there-already")
    judge.equal("nothing-published", len(land.shown()), known)


@case(
    "groups.create.first-suite",
    reqs=["REQ-GRP-15"],
    type="none",
    operator="conforming-suite-1",
    cls="groups",
    fresh=True,
)
def _first_suite(judge: Judge) -> None:
    """The first view has suite 1, whatever suites the options state."""
    for suites in ([1], [1, 2]):
        land = Land(judge)
        here = land.village()
        land.create(info={"suites": suites})
        judge.equal("suite", [each["suite"] for each in here.told("view-installed")], [1])


@case(
    "groups.advertise.last-client",
    reqs=["REQ-GRP-2", "REQ-GRP-3", "REQ-GRP-5"],
    type="STORE",
    operator="conforming-clients-only",
    cls="groups",
    fresh=True,
)
def _last_client(judge: Judge) -> None:
    """Only a client of the main overlay is left in a group: it goes on, and is found."""
    for role in ("client", "peer"):
        land = Land(judge, role)
        here = land.village()
        lead = here.resident(before=True)
        land.put_info([lead.address])
        land.join()
        here.let_in(lead)
        judge.equal(f"{role}.a-member-publishes-nothing", land.shown(), [])
        here.fall_silent()
        own = [[here.subject.address]]
        told = [contacts_in(each.document) for each in land.shown(INFO)]
        judge.equal(f"{role}.advertises", told, own, reqs=["REQ-GRP-2"])
        listed = {each.envelope.name.hex() for each in land.shown() if each.envelope.kind != 1}
        judge.check(f"{role}.is-listed", listed, reqs=["REQ-GRP-3"])


@case(
    "groups.leave.while-it-polls",
    reqs=["REQ-GRP-6"],
    type="VALUES",
    operator="conforming-late-answer",
    cls="groups",
    fresh=True,
)
def _while_it_polls(judge: Judge) -> None:
    """The answer to a poll comes after the word to leave: nobody is greeted, and it leaves like any."""
    land = Land(judge)
    here = land.founded()
    here.take_in(1)
    land.put_info(["203.0.113.77:7777"])
    for actor in land.cast.values():
        actor.delay = 500
    longest = registry.timer("group-poll") + registry.timer("group-poll-spread")
    before = len(land.fetches())
    land.endure(longest + 2 * HEARD_EVERY, until=lambda: len(land.fetches()) > before)
    land.need(len(land.fetches()) > before, "it does not poll")
    here.leave()
    land.advance(1000)
    judge.equal("left", [each["group"] for each in land.events("group-left")], [land.name.hex()])
    judge.equal("greets-nobody", "203.0.113.77:7777" in here.greeted(), False)
