"""Joining a group that was found: whom the peer greets, with which options, who may, and for how long."""

from __future__ import annotations

from coterie_kit import frames, leaves, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.leaves import Recipe
from coterie_kit.suite._land import Land
from coterie_kit.suite._village import Village
from coterie_kit.suite.groups_creating import entered
from coterie_kit.suite.groups_finding import closed

MOST = registry.limit("contacts")
GIVE_UP = registry.timer("group-join")
TURN = registry.timer("join-resend")


def addresses(count: int, host: str = "203.0.113") -> list[str]:
    """So many addresses where nobody is."""
    return [f"{host}.{at}:{7000 + at}" for at in range(1, count + 1)]


def is_out(here: Village) -> bool:
    """Whether the peer is in that overlay no more."""
    return not here.peer.inspect(here.overlay).ok


@case(
    "groups.join.by-name",
    reqs=["REQ-GRP-7", "REQ-GRP-8", "REQ-TST-5"],
    type="HELLO1",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _by_name(judge: Judge) -> None:
    """It greets the contact that it found, asks to be let in, and is told when it is."""
    land = Land(judge)
    here = land.village()
    lead = here.resident()
    land.put_info([lead.address])
    land.join()
    judge.equal("greets", here.greeted(), [lead.address])
    here.let_in(lead)
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 0)])
    judge.equal("told", land.told_of_groups(), [("group", "view-installed"), ("main", "group-entered")])
    joining = [each["coordinator"] for each in here.told("joining")]
    judge.equal("whom-it-asks", joining, [lead.node.hex()])


@case(
    "groups.join.contacts",
    reqs=["REQ-GRP-8", "REQ-VIE-21"],
    type="HELLO1",
    operator="conforming-contacts-in-order",
    cls="groups",
    fresh=True,
)
def _contacts(judge: Judge) -> None:
    """Document by document, each in its order; without repetitions and its own address; the first 16."""
    land = Land(judge)
    here = land.village()
    some = judge.random.sample(addresses(40), 20)
    own = land.subject.address
    # the newest document is the first
    land.put_info([some[0], some[1], own, some[2]], age=10)
    land.put_info([some[1], some[3], some[0], *some[4:10]], age=20)
    land.put_info([own, *some[9:20]], age=30)
    land.join()
    land.advance((MOST + 2) * TURN)
    judge.equal("in-order", here.greeted(), some[:MOST])


@case(
    "groups.join.few-contacts",
    reqs=["REQ-GRP-8", "REQ-VIE-21"],
    type="HELLO1",
    operator="conforming-other-classes-left-out",
    cls="groups",
    fresh=True,
)
def _class_only(judge: Judge) -> None:
    """Only the documents of the class count, not those of others under the name."""
    land = Land(judge)
    here = land.village()
    some = addresses(3)
    land.put_info(some[:1], age=100)
    closed(land, 50)
    land.put_info(some[1:], age=200)
    land.put_info(["203.0.113.90:1"], name=land.name + b"!", age=5)
    land.join(authority=b"")
    land.advance(5 * TURN)
    judge.equal("greeted", here.greeted(), some)


@case(
    "groups.join.options-of-the-first",
    reqs=["REQ-GRP-8"],
    type="HELLO2",
    operator="conforming-options",
    cls="groups",
    fresh=True,
)
def _options(judge: Judge) -> None:
    """What the first document states is how the overlay is; a later one does not change it."""
    for first, second in (([1], [1, 2]), ([1, 2], [1])):
        land = Land(judge)
        here = land.village()
        lead = here.resident()
        land.put_info(["203.0.113.9:9"], options={"suites": second}, age=500)
        land.put_info([lead.address], options={"suites": first}, age=10)
        land.join()
        here.answer_greeting(lead)
        said = here.sent("HELLO2")
        judge.equal("suites", [list(each.frame.body["suites"]) for each in said], [first])


@case(
    "groups.join.datagrams",
    reqs=["REQ-GRP-8"],
    type="DATA",
    operator="conforming-max-datagram",
    cls="groups",
    fresh=True,
)
def _max_datagram(judge: Judge) -> None:
    """The greatest datagram is that of the first document, too: a long message goes in one."""
    for limit in (1200, 4000):
        land = Land(judge)
        here = land.village()
        lead = here.resident(before=True)
        here.settings.trust["max_datagram"] = land.settings.trust["max_datagram"] = limit
        land.put_info([lead.address], options={"max_datagram": limit})
        land.join()
        here.let_in(lead)
        land.peer.do("send", here.overlay, payload=judge.octets(3000))
        sizes = [len(send.bytes) for send in here.pass_time(0).sends if send.to == lead.address]
        judge.equal(f"{limit}.in-one", max(sizes, default=0) > 3000, limit > 3000)


@case(
    "groups.join.only-itself",
    reqs=["REQ-GRP-8", "REQ-GRP-10"],
    type="HELLO1",
    operator="conforming-no-contact-left",
    cls="groups",
    fresh=True,
)
def _only_itself(judge: Judge) -> None:
    """Where its own address is the only contact nobody is greeted, and it waits as long as for others."""
    land = Land(judge)
    here = land.village()
    land.put_info([land.subject.address])
    land.join()
    land.endure(GIVE_UP - 1)
    judge.equal("nobody", here.greeted(), [], reqs=["REQ-GRP-8"])
    judge.equal("not-yet", land.failures(), [])
    judge.check("still-there", not is_out(here))
    land.advance(1)
    judge.equal("told", land.failures(), [("group-silent", [])], reqs=["REQ-GRP-10"])


@case(
    "groups.join.next-contact",
    reqs=["REQ-GRP-8", "REQ-VIE-21"],
    type="HELLO1",
    operator="conforming-first-contact-silent",
    cls="groups",
    fresh=True,
)
def _next_contact(judge: Judge) -> None:
    """When the first contact says nothing the next one is greeted, and lets it in."""
    for silent in (1, judge.random.randrange(2, 5)):
        land = Land(judge)
        here = land.village()
        lead = here.resident()
        quiet = addresses(silent, "198.18.0")
        land.put_info([*quiet, lead.address])
        land.join()
        land.advance(silent * TURN + 1)
        judge.equal(f"{silent}.greeted", here.greeted(), [*quiet, lead.address])
        here.let_in(lead)
        wanted = [(land.name.hex(), here.overlay.hex(), 0)]
        judge.equal(f"{silent}.entered", entered(land), wanted)


# ---------------------------------------------------------------- who may


def _put_closed(land: Land) -> tuple[Village, str]:
    here, _, _ = closed(land, 1000)
    return here, here.guests[0].address


@case(
    "groups.join.not-admitted",
    reqs=["REQ-GRP-9", "REQ-LEF-10", "REQ-LEF-12", "REQ-LEF-13"],
    type="HELLO1",
    operator="not-admitted",
    cls="groups",
    fresh=True,
)
def _not_admitted(judge: Judge) -> None:
    """Without a leaf of the group's authority for this group nobody there learns of the peer."""
    for what in ("own", "another-authority", "another-group", "expired", "too-early"):
        land = Land(judge)
        here, _ = _put_closed(land)
        leaf = _leaf(land, here, what)
        land.join(**({} if leaf is None else {"leaf": leaf}))
        judge.equal(f"{what}.told", land.failures(), [("not-admitted", [])])
        land.advance(5 * TURN)
        judge.equal(f"{what}.nothing-said", here.said_anything(), 0)
        judge.equal(f"{what}.nothing-published", land.shown(), [])
        judge.check(f"{what}.not-in-its-overlay", is_out(here))


def _leaf(land: Land, here: Village, what: str) -> bytes | None:
    key = land.subject.key
    authority = here.authority
    assert authority is not None
    match what:
        case "another-authority":
            return leaves.make(leaves.closed(key, land.new_authority(), here.overlay, land.wall))
        case "another-group":
            return leaves.make(leaves.closed(key, authority, land.judge.octets(16), land.wall))
        case "expired":
            return leaves.make(_admission(land, here, -7200, -3600))
        case "too-early":
            return leaves.make(_admission(land, here, 3600, 7200))
        case _:
            return None


def _admission(land: Land, here: Village, begin: int, end: int) -> Recipe:
    """What admits the peer, valid between those times, in seconds from now."""
    assert here.authority is not None
    now = land.wall // 1000
    good = leaves.closed(land.subject.key, here.authority, here.overlay, land.wall)
    return good.changed(not_before=now + begin, not_after=now + end)


@case(
    "groups.join.admission-over",
    reqs=["REQ-GRP-9", "REQ-GRP-17", "REQ-LEF-10"],
    type="HELLO1",
    operator="admission-over-at-the-restart",
    cls="groups",
    fresh=True,
)
def _admission_over(judge: Judge) -> None:
    """Whose admission has ended while it was stopped greets nobody in the group that it was in."""
    land = Land(judge)
    here, _ = _put_closed(land)
    here.subject.leaf = leaves.make(_admission(land, here, -7200, 3600))
    land.join(leaf=here.subject.leaf)
    here.let_in(here.guests[0])
    land.need(len(entered(land)) == 1, "it is not let in")
    said = here.said_anything()
    land.restart(3_600_000 + judge.random.randrange(1000, 3_000_000))
    judge.equal("told", land.failures(), [("not-admitted", [])])
    land.advance(5 * TURN)
    judge.equal("nothing-said", here.said_anything(), said)
    judge.check("not-in-its-overlay", is_out(here))


@case(
    "groups.join.admitted",
    reqs=["REQ-GRP-9", "REQ-GRP-8"],
    type="HELLO1",
    operator="conforming-admitted",
    cls="groups",
    fresh=True,
)
def _admitted(judge: Judge) -> None:
    """Whom the authority has admitted is let in, with that leaf."""
    land = Land(judge)
    here, at = _put_closed(land)
    land.join(leaf=here.subject.leaf)
    judge.equal("greets", here.greeted(), [at], reqs=["REQ-GRP-9"])
    here.let_in(here.guests[0])
    shown = [frames.read(said.octets, assembled=True).body["leaf"] for said in here.sent("HELLO2")]
    judge.equal("its-leaf", shown, [here.subject.leaf], reqs=["REQ-GRP-9"])
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 0)], reqs=["REQ-GRP-9"])


# ---------------------------------------------------------------- for how long


@case(
    "groups.join.silent",
    reqs=["REQ-GRP-10"],
    type="HELLO1",
    operator="group-silent",
    cls="groups",
    fresh=True,
)
def _silent(judge: Judge) -> None:
    """After 30,000 ms it is given up: the peer greets nobody there any more, and is out of the overlay."""
    for asked in (False, True):
        land = Land(judge)
        here = land.village()
        lead = here.resident()
        land.put_info([lead.address])
        land.join(public_members=True)
        if asked:
            here.asks_at(lead)
        land.endure(GIVE_UP - 1)
        judge.equal(f"{asked}.not-yet", land.failures(), [])
        judge.check(f"{asked}.still-there", not is_out(here))
        land.advance(1)
        judge.equal(f"{asked}.told", land.failures(), [("group-silent", [])])
        judge.check(f"{asked}.out", is_out(here))
        known = here.said_anything()
        land.advance(5 * TURN)
        judge.equal(f"{asked}.says-nothing-more", here.said_anything(), known)
        judge.equal(f"{asked}.nothing-published", land.shown(), [])


@case(
    "groups.join.just-in-time",
    reqs=["REQ-GRP-10"],
    type="INSTALL",
    operator="conforming-just-in-time",
    cls="groups",
    fresh=True,
)
def _in_time(judge: Judge) -> None:
    """A view in the last moment is one, and nothing is given up afterwards."""
    land = Land(judge)
    here = land.village()
    lead = here.resident()
    land.put_info([lead.address])
    land.join()
    land.endure(GIVE_UP - 1)
    here.let_in(lead)
    land.endure(GIVE_UP)
    judge.equal("no-failure", land.failures(), [])
    judge.equal("entered", len(entered(land)), 1)
    judge.check("still-there", not is_out(here))


@case(
    "groups.join.after-it-was-given-up",
    reqs=["REQ-GRP-10", "REQ-GRP-8"],
    type="HELLO1",
    operator="conforming-joined-again",
    cls="groups",
    fresh=True,
)
def _once_more(judge: Judge) -> None:
    """The user may try again, and has all the time again."""
    land = Land(judge)
    here = land.village()
    lead = here.resident()
    land.put_info([lead.address])
    land.join()
    land.endure(GIVE_UP)
    land.join()
    land.endure(GIVE_UP - 1)
    judge.equal("once", land.failures(), [("group-silent", [])], reqs=["REQ-GRP-10"])
    here.let_in(lead)
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 0)], reqs=["REQ-GRP-10"])
