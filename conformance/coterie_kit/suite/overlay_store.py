"""STORE: whose values are held, which of two wins, and until when."""

from __future__ import annotations

from typing import Any

from coterie_kit import leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import peer_id
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import Overlay
from coterie_kit.suite._stage import accepts
from coterie_kit.values.envelope import KINDS, resource_key

LONGEST = _envelopes.DAY


def refuses(stage: Overlay, who: Puppet, envelope: bytes, reason: str, name: str) -> None:
    """The whole oracle of a STORE that is refused."""
    octets = stage.of(who, "STORE", envelope=envelope)

    def one_refuse(sends: Any) -> str:
        return "" if len(sends) == 1 else f"{len(sends)} datagrams instead of one REFUSE"

    judge = stage.judge
    # that it is told is a rule of its own, which cases about what is stored do not stand for
    wire = one_refuse if "REQ-OVL-10" in judge.case.reqs else _whatever
    judge.refuses(stage.peer, octets, reason, source=who.address, name=name, wire=wire)


def _whatever(_sends: Any) -> str:
    return ""


def stores(stage: Overlay, who: Puppet, envelope: bytes, name: str) -> None:
    """A STORE that is taken, and answered by its STORED."""
    judge = stage.judge
    reply = stage.ask(who, "STORE", envelope=envelope)
    if not accepts(judge, reply, name):
        return
    said = stage.said(reply)
    judge.equal(f"{name}.answer", [(each.type, each.to) for each in said], [("STORED", who.address)])
    for each in said:
        judge.equal(f"{name}.request", each.frame.body.get("request"), who.sequence, field="body.request")


def held(stage: Overlay) -> list[dict[str, Any]]:
    """What the peer holds."""
    found: list[dict[str, Any]] = stage.inspect()["held"]
    return found


@case(
    "overlay.store.held",
    reqs=["REQ-OVL-18", "REQ-VAL-9"],
    type="STORE",
    operator="conforming",
    cls="overlay",
    fresh=True,
)
def _held(judge: Judge) -> None:
    """Each kind, with all that inspect shows of it, and handed out octet for octet."""
    stage = Overlay(judge, count=2)
    who, other = stage.others
    name, slot = judge.octets(12), judge.octets(16)
    shapes: dict[str, dict[str, Any]] = {
        "group-info": {"name": b"group " + name.hex().encode(), "slot": slot},
        "group-members": {"name": b"group " + name.hex().encode(), "slot": bytes(16)},
        "group-list": {"name": b"", "slot": slot},
    }
    for number, (kind, fields) in enumerate(shapes.items()):
        wide: dict[str, Any] = {"lifetime": 60 + number, "value": judge.octets(30)} | fields
        envelope = _envelopes.make(who, stage.wall - number, kind=kind, **wide)
        stores(stage, who, envelope, kind)
        wanted = {
            "kind": kind,
            "name": wide["name"].hex(),
            "slot": wide["slot"].hex(),
            "publisher": peer_id(who.key.spki).hex(),
            "sequence": stage.wall - number,
            "expires": stage.wall - number + 1000 * (60 + number),
        }
        judge.equal(f"{kind}.shown", [each for each in held(stage) if each["kind"] == kind], [wanted])
        page = stage.one(stage.ask(other, "FETCH", key=_envelopes.key_of(envelope)), "VALUES")
        judge.equal(f"{kind}.octets", page.frame.body["held"], [envelope], field="body.held")
    keys = [resource_key(KINDS[each["kind"]], bytes.fromhex(each["name"])) for each in held(stage)]
    judge.equal("ascending-by-key", keys, sorted(keys), field="held")


@case(
    "overlay.store.foreign",
    reqs=["REQ-OVL-14"],
    type="STORE",
    operator="of-another",
    cls="overlay",
    fresh=True,
)
def _foreign(judge: Judge) -> None:
    """What another has published is not taken from anybody else: neither a value nor a tombstone."""
    stage = Overlay(judge, count=2)
    who, thief = stage.others
    value = _envelopes.make(who, stage.wall)
    refuses(stage, thief, value, "foreign-value", "before-the-owner")
    stores(stage, who, value, "the-owner")
    refuses(stage, thief, value, "foreign-value", "after-the-owner")
    gone = _envelopes.tombstone(who, stage.wall + 1)
    refuses(stage, thief, gone, "foreign-value", "tombstone")
    judge.equal("held", [each["sequence"] for each in held(stage)], [stage.wall], field="held")
    own = _envelopes.make(thief, stage.wall)
    stores(stage, thief, own, "its-own")


@case(
    "overlay.store.other-leaf-same-key",
    reqs=["REQ-OVL-14"],
    type="STORE",
    operator="conforming-other-leaf",
    cls="overlay",
    fresh=True,
)
def _other_leaf(judge: Judge) -> None:
    """It is the key that counts, and not the leaf of the session."""
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    renewed = leaves.make(leaves.good(who.key, stage.wall + 86_400_000))
    stores(stage, who, _envelopes.make(who, stage.wall, leaf=renewed), "renewed-leaf")


@case(
    "overlay.store.order",
    reqs=["REQ-OVL-14", "REQ-OVL-15", "REQ-VAL-11", "REQ-FRM-13"],
    type="STORE",
    operator="of-another-and-more",
    cls="overlay",
    fresh=True,
)
def _order(judge: Judge) -> None:
    """The envelope first, then whose it is, then what is held."""
    stage = Overlay(judge, count=2)
    who, thief = stage.others
    stores(stage, who, _envelopes.make(who, stage.wall), "first")
    unsigned = _envelopes.make(who, stage.wall - 5)
    spoiled = unsigned[:-1] + bytes([unsigned[-1] ^ 1])
    refuses(stage, thief, spoiled, "bad-signature", "envelope-before-owner")
    refuses(stage, thief, unsigned, "foreign-value", "owner-before-sequence")
    refuses(stage, who, unsigned, "stale-value", "sequence")
    elsewhere = _envelopes.make(who, stage.wall + 5, overlay=judge.octets(16))
    refuses(stage, who, elsewhere, "bad-signature", "signed-for-another-overlay")
    stores(stage, who, _envelopes.make(who, stage.wall + 5), "twin")


@case(
    "overlay.store.stale",
    reqs=["REQ-OVL-15", "REQ-OVL-18"],
    type="STORE",
    operator="not-newer",
    cls="overlay",
    fresh=True,
)
def _stale(judge: Judge) -> None:
    """Older and equal ones are refused, unless they are the very same octets; each slot is for itself."""
    stage = Overlay(judge, count=2)
    who, other = stage.others
    now = stage.wall
    value = _envelopes.make(who, now)
    stores(stage, who, value, "value")
    refuses(stage, who, _envelopes.make(who, now - 1), "stale-value", "older")
    refuses(stage, who, _envelopes.make(who, now, value=b"another"), "stale-value", "equal-but-another-value")
    refuses(stage, who, _envelopes.make(who, now, lifetime=3601), "stale-value", "equal-but-longer")
    refuses(stage, who, _envelopes.tombstone(who, now), "stale-value", "equal-tombstone")
    stores(stage, who, value, "the-same-octets")
    stores(stage, who, _envelopes.make(who, now - 9, slot=b"\x02" * 16), "another-slot")
    stores(stage, other, _envelopes.make(other, now - 9), "another-publisher")
    same_slot: dict[str, Any] = {"kind": "group-info", "name": b"elsewhere"}
    stores(stage, who, _envelopes.make(who, now - 9, **same_slot), "another-resource")
    stores(stage, who, _envelopes.make(who, now + 1), "newer")
    refuses(stage, who, value, "stale-value", "what-was-replaced")
    judge.equal(
        "held", sorted(each["sequence"] for each in held(stage)), [now - 9, now - 9, now - 9, now + 1]
    )


@case(
    "overlay.store.withdrawn",
    reqs=["REQ-OVL-15", "REQ-OVL-18", "REQ-VAL-9"],
    type="STORE",
    operator="older-than-a-tombstone",
    cls="overlay",
    fresh=True,
)
def _withdrawn(judge: Judge) -> None:
    """A tombstone is held like any value: nothing older comes back, something newer does."""
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    now = stage.wall
    value = _envelopes.make(who, now)
    stores(stage, who, value, "value")
    gone = _envelopes.tombstone(who, now + 1000)
    stores(stage, who, gone, "tombstone")
    judge.equal("held", [each["expires"] for each in held(stage)], [now + 1000 * LONGEST], field="held")
    refuses(stage, who, value, "stale-value", "the-same-value-again")
    refuses(stage, who, _envelopes.make(who, now + 999), "stale-value", "another-older")
    refuses(stage, who, _envelopes.tombstone(who, now + 500), "stale-value", "older-tombstone")
    stage.pass_time(86_000_000)
    late = _envelopes.make(who, now + 900, lifetime=LONGEST)
    refuses(stage, who, late, "stale-value", "a-day-later")
    stores(stage, who, _envelopes.make(who, stage.wall), "published-anew")


# ---------------------------------------------------------------- until when


@case(
    "overlay.store.expires",
    reqs=["REQ-OVL-18", "REQ-OVL-19", "REQ-VAL-9"],
    type="STORE",
    operator="conforming-expires",
    cls="overlay",
    fresh=True,
)
def _expires(judge: Judge) -> None:
    """To the millisecond, by the wall clock; then an older one may come."""
    stage = Overlay(judge, count=2)
    who, other = stage.others
    value = _envelopes.make(who, stage.wall - 1500, lifetime=60)
    stores(stage, who, value, "value")
    key = _envelopes.key_of(value)
    stage.pass_time(58_499)
    page = stage.one(stage.ask(other, "FETCH", key=key), "VALUES").frame.body
    judge.equal("one-before", page["held"], [value], field="body.held")
    judge.equal("shown", len(held(stage)), 1, reqs=["REQ-OVL-18", "REQ-VAL-9"])
    stage.pass_time(1)
    page = stage.one(stage.ask(other, "FETCH", key=key), "VALUES").frame.body
    judge.equal("expired", (page["held"], page["more"]), ([], 0), field="body.held")
    judge.equal("gone", held(stage), [], reqs=["REQ-OVL-18", "REQ-VAL-9"])
    stores(stage, who, _envelopes.make(who, stage.wall - 59_000 - 2000), "an-older-one")


@case(
    "overlay.store.the-same-again",
    reqs=["REQ-OVL-18", "REQ-VAL-9"],
    type="STORE",
    operator="conforming-same-again",
    cls="overlay",
    fresh=True,
)
def _same_again(judge: Judge) -> None:
    """It lives no longer for it, though its publisher's clock is ahead; and it is answered."""
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    ahead = _envelopes.make(who, stage.wall + 250_000, lifetime=600)
    stores(stage, who, ahead, "ahead")
    first = stage.wall
    judge.equal("first-taken", [each["expires"] for each in held(stage)], [first + 600_000], field="held")
    stage.pass_time(100_000)
    before = held(stage)
    stores(stage, who, ahead, "again")
    judge.equal("unchanged", held(stage), before, field="held")
    stage.pass_time(500_000)
    judge.equal("gone", held(stage), [], field="held")
