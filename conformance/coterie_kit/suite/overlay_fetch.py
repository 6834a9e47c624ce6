"""FETCH: pages of what is held under a key, in their order, up to their limits."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.faults import Unreadable
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import Overlay
from coterie_kit.suite._stage import Said, frames_in
from coterie_kit.suite.overlay_store import stores
from coterie_kit.values.envelope import KINDS, resource_key

ROWS = registry.limit("page-values")
OCTETS = registry.limit("page-octets")
KEY = resource_key(KINDS["group-list"], b"")
START = (bytes(32), bytes(16))


def _put(stage: Overlay, who: Puppet, envelopes: list[bytes]) -> list[bytes]:
    """Stores all, in an order of the run."""
    mixed = list(envelopes)
    stage.judge.random.shuffle(mixed)
    for envelope in mixed:
        reply = stage.ask(who, "STORE", envelope=envelope)
        stage.need(reply.ok, f"STORE: {reply.said()}")
    return envelopes


def _page(stage: Overlay, who: Puppet, behind: tuple[bytes, bytes], key: bytes = KEY) -> Said:
    """The VALUES that answers a FETCH; one that cannot be read is what these cases are about."""
    publisher, slot = behind
    octets = stage.of(who, "FETCH", key=key, publisher=publisher, slot=slot)
    reply = stage.peer.deliver(octets, who.address)
    try:
        found = [said for said in frames_in(reply) if said.type == "VALUES"]
    except Unreadable as unreadable:
        stage.need(unreadable.reason != "datagram-too-long", "it sends long frames in one datagram")
        raise
    stage.need(found, "no VALUES")
    return found[0]


def _in_order(envelopes: list[bytes]) -> list[bytes]:
    return sorted(envelopes, key=_envelopes.place)


@case(
    "overlay.fetch.pages",
    reqs=["REQ-OVL-19"],
    type="FETCH",
    operator="conforming-pages",
    cls="overlay",
    fresh=True,
)
def _pages(judge: Judge) -> None:
    """32 rows a page; by publisher, then by slot; more says whether there are others."""
    stage = Overlay(judge, count=4)
    *publishers, reader = stage.others
    every = []
    for who in publishers:
        every += _put(stage, who, _envelopes.listed(judge, who, stage.wall, 25))
    whole = _in_order(every)
    found: list[bytes] = []
    behind = START
    for number, rows in enumerate((ROWS, ROWS, 75 - 2 * ROWS)):
        said = _page(stage, reader, behind)
        body = said.frame.body
        judge.equal(f"page-{number}", body["held"], whole[len(found) : len(found) + rows], field="body.held")
        judge.equal(f"page-{number}.more", body["more"], int(number < 2), field="body.more")
        judge.equal(f"page-{number}.request", (said.to, body["request"]), (reader.address, reader.sequence))
        found += body["held"]
        stage.need(body["held"], "an empty page")
        behind = _envelopes.place(found[-1])
    after = _page(stage, reader, behind).frame.body
    judge.equal("behind-the-last", (after["held"], after["more"]), ([], 0))


@case(
    "overlay.fetch.just-a-page",
    reqs=["REQ-OVL-19"],
    type="FETCH",
    operator="conforming-exactly-one-page",
    cls="overlay",
    fresh=True,
)
def _just_a_page(judge: Judge) -> None:
    """32 values are one page without more; the 33rd makes it two. Nothing under another key."""
    stage = Overlay(judge, count=2)
    who, reader = stage.others
    values = _put(stage, who, _envelopes.listed(judge, who, stage.wall, ROWS + 1)[:ROWS])
    body = _page(stage, reader, START).frame.body
    judge.equal("32", (body["held"], body["more"]), (values, 0))
    other = _envelopes.make(who, stage.wall, kind="group-info", name=b"other")
    stores(stage, who, other, "under-another-key")
    body = _page(stage, reader, START).frame.body
    judge.equal("still-32", (len(body["held"]), body["more"]), (ROWS, 0))
    stores(stage, who, _envelopes.make(who, stage.wall, slot=b"\xff" * 16), "33rd")
    body = _page(stage, reader, START).frame.body
    judge.equal("33", (body["held"], body["more"]), (values, 1))
    body = _page(stage, reader, START, judge.octets(32)).frame.body
    judge.equal("nothing-there", (body["held"], body["more"]), ([], 0))


def _sized(stage: Overlay, who: Puppet, number: int, size: int) -> bytes:
    """An envelope of so many octets in all."""
    bare = len(_envelopes.make(who, stage.wall, value=b""))
    return _envelopes.make(who, stage.wall, slot=(number + 1).to_bytes(16, "big"), value=bytes(size - bare))


@case(
    "overlay.fetch.octets",
    reqs=["REQ-OVL-19"],
    type="FETCH",
    operator="conforming-octets-of-a-page",
    cls="overlay",
    fresh=True,
)
def _octets(judge: Judge) -> None:
    """16,384 octets fit, 16,385 do not; a page ends at the first that does not fit."""
    stage = Overlay(judge, count=3)
    exact, over, reader = stage.others
    first, second = sorted((exact, over), key=lambda who: _envelopes.publisher_of(_sized(stage, who, 0, 600)))
    fits = _put(stage, first, [_sized(stage, first, at, size) for at, size in enumerate((8000, 8000, 600))])
    body = _page(stage, reader, START).frame.body
    judge.equal("16600", (body["held"], body["more"]), (fits[:2], 1), field="body.held")
    _just_over(stage, second, reader)


def _just_over(stage: Overlay, who: Puppet, reader: Puppet) -> None:
    """Two that fill a page to the octet, one octet more, and a small one behind."""
    judge = stage.judge
    behind = (_envelopes.publisher_of(_sized(stage, who, 0, 600)), bytes(16))
    half = OCTETS // 2
    full = _put(stage, who, [_sized(stage, who, at, half) for at in range(2)])
    body = _page(stage, reader, behind).frame.body
    judge.equal("to-the-octet", (body["held"], body["more"]), (full, 0), field="body.held")
    stage.wall += 1
    longer = _sized(stage, who, 1, half + 1)
    small = _sized(stage, who, 2, 600)
    for name, envelope in (("longer", longer), ("small", small)):
        stores(stage, who, envelope, name)
    body = _page(stage, reader, behind).frame.body
    judge.equal("one-more", (body["held"], body["more"]), (full[:1], 1), field="body.held")
    body = _page(stage, reader, _envelopes.place(full[0])).frame.body
    judge.equal("the-rest", (body["held"], body["more"]), ([longer, small], 0), field="body.held")


@case(
    "overlay.fetch.cursor",
    reqs=["REQ-OVL-19"],
    type="FETCH",
    operator="conforming-any-cursor",
    cls="overlay",
    fresh=True,
)
def _cursor(judge: Judge) -> None:
    """Behind a place, whether something is held there or not; the slot counts only with its publisher."""
    stage = Overlay(judge, count=3)
    one, two, reader = stage.others
    slots = [bytes(15) + bytes([number]) for number in (2, 4, 6)]
    every = []
    for who in (one, two):
        every += _put(stage, who, [_envelopes.make(who, stage.wall, slot=slot) for slot in slots])
    whole = _in_order(every)
    low = _envelopes.publisher_of(whole[0])
    high = _envelopes.publisher_of(whole[3])
    before = (int.from_bytes(high, "big") - 1).to_bytes(32, "big")
    cursors = {
        "inside": (low, slots[0], whole[1:]),
        "between-slots": (low, bytes(15) + b"\x03", whole[1:]),
        "behind-its-last": (low, b"\xff" * 16, whole[3:]),
        "before-its-first": (high, bytes(16), whole[3:]),
        "another-publisher": (before, b"\xff" * 16, whole[3:]),
        "the-last": (high, slots[2], []),
        "behind-all": (b"\xff" * 32, b"\xff" * 16, []),
    }
    for name, (publisher, slot, wanted) in cursors.items():
        body = _page(stage, reader, (publisher, slot)).frame.body
        judge.equal(name, (body["held"], body["more"]), (wanted, 0), field="body.held")


@case(
    "overlay.fetch.tombstones",
    reqs=["REQ-OVL-19", "REQ-OVL-15", "REQ-OVL-18"],
    type="FETCH",
    operator="conforming-tombstones",
    cls="overlay",
    fresh=True,
)
def _tombstones(judge: Judge) -> None:
    """Handed out like values, for whoever asks others, too; and only what replaced a value."""
    stage = Overlay(judge, count=2)
    who, reader = stage.others
    values = _put(stage, who, _envelopes.listed(judge, who, stage.wall, 3))
    slot = _envelopes.place(values[1])[1]
    gone = _envelopes.tombstone(who, stage.wall + 1, slot=slot)
    stores(stage, who, gone, "tombstone")
    body = _page(stage, reader, START).frame.body
    judge.equal("in-its-place", body["held"], [values[0], gone, values[2]], field="body.held")
    brief = _envelopes.make(who, stage.wall, slot=slot[:-1] + bytes([slot[-1] ^ 1]), lifetime=60)
    stores(stage, who, brief, "brief")
    stage.pass_time(60_000)
    body = _page(stage, reader, START).frame.body
    judge.equal("without-the-expired", body["held"], [values[0], gone, values[2]], field="body.held")
