"""Envelopes that storers refuse for their shape, kind, name, slot, lifetime, size or age."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import values
from coterie_kit.case import case
from coterie_kit.faults import Unreadable
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite._values import DAY, Made, Scene, places
from coterie_kit.suite._values_rules import Rule, good_info, good_kinds, register


def _infos(scene: Scene, *changes: dict[str, Any]) -> list[bytes]:
    by = scene.publisher()
    return [scene.stored(by, scene.info(by, **each)) for each in changes]


def _each(field: str, **cases: int) -> Callable[[Scene], Made]:
    """Good envelopes but for one field, which has other values."""

    def made(scene: Scene) -> Made:
        octets = _infos(scene, *({field: value} for value in cases.values()))
        return dict(zip(cases, octets, strict=True))

    return made


# ---------------------------------------------------------------- shape


def _cut(scene: Scene) -> Made:
    whole = good_info(scene)["twin"]
    return {f"octets-{size}": whole[:size] for size in places(whole, scene.judge)}


def _left_over(scene: Scene) -> Made:
    whole = good_info(scene)["twin"]
    more = {"one": b"\x00", "signature": scene.judge.octets(64), "envelope": whole}
    return {name: whole + octets for name, octets in more.items()}


def _lengths(scene: Scene) -> Made:
    by = scene.publisher()
    envelope = scene.info(by)
    whole = scene.stored(by, envelope)
    leaf_at = 2 + len(envelope.name) + 28
    places = {"name": (1, 1), "leaf": (leaf_at, 2), "value": (leaf_at + 2 + len(envelope.leaf), 2)}
    made: Made = {}
    for field, (at, size) in places.items():
        stated = int.from_bytes(whole[at : at + size], "big")
        for word, other in {"less": stated - 1, "more": stated + 1, "most": 256**size - 1}.items():
            octets = whole[:at] + other.to_bytes(size, "big") + whole[at + size :]
            if _is_no_envelope(octets):
                made[f"{field}-{word}"] = octets
    return made


def _is_no_envelope(octets: bytes) -> bool:
    """Whether the fields do not come out; by chance they may, as a wrong length moves the rest."""
    try:
        values.parse(octets)
    except Unreadable:
        return True
    return False


# ---------------------------------------------------------------- kind, name, slot


def _unknown_kinds(scene: Scene) -> Made:
    kinds = {"zero": 0, "next": 4, "high": 0x81, "last": 255, "any": scene.judge.random.randrange(5, 255)}
    return dict(zip(kinds, _infos(scene, *({"kind": kind} for kind in kinds.values())), strict=True))


DECOMPOSED = b"Cafe\xcc\x81 "  # e and a combining accent, which Normalization Form C makes one


def _bad_names(scene: Scene) -> Made:
    by = scene.publisher()
    loose = DECOMPOSED + scene.name
    made = {
        "info-empty": scene.info(by, name=b""),
        "members-empty": scene.member(by, name=b""),
        "info-decomposed": scene.info(by, name=loose),
        "members-decomposed": scene.member(by, name=loose),
        "list-named": scene.entry(by).changed(name=scene.name),
        "list-one-octet": scene.entry(by).changed(name=b"\x00"),
        "list-longest": scene.entry(by).changed(name=bytes(255)),
    }
    return {name: scene.stored(by, envelope) for name, envelope in made.items()}


def _good_names(scene: Scene) -> Made:
    by = scene.publisher()
    longest = b"\xff" + scene.judge.octets(254)
    made = {
        "composed": scene.info(by, name="Café ".encode() + scene.name),
        "members-composed": scene.member(by, name="Café ".encode() + scene.name),
        "one-octet": scene.info(by, name=b"\x80"),
        "longest": scene.info(by, name=longest),
        "members-longest": scene.member(by, name=longest),
        "not-text": scene.info(by, name=DECOMPOSED + b"\xff"),
        "list": scene.entry(by),
    }
    return {name: scene.stored(by, envelope) for name, envelope in made.items()}


def _bad_slots(scene: Scene) -> Made:
    by = scene.publisher()
    made = {
        "info-zeros": scene.info(by, slot=bytes(16)),
        "redirect-zeros": scene.redirect(by, b"another", slot=bytes(16)),
        "list-zeros": scene.entry(by, slot=bytes(16)),
        "members-overlay": scene.member(by, slot=overlay_id(scene.name)),
        "members-first-bit": scene.member(by, slot=b"\x80" + bytes(15)),
        "members-last-bit": scene.member(by, slot=bytes(15) + b"\x01"),
    }
    return {name: scene.stored(by, envelope) for name, envelope in made.items()}


def _good_slots(scene: Scene) -> Made:
    by = scene.publisher()
    made = {
        "info": scene.info(by),
        "members": scene.member(by),
        "list-any": scene.entry(by, slot=scene.judge.octets(16)),
        "list-last-bit": scene.entry(by, slot=bytes(15) + b"\x01"),
    }
    return {name: scene.stored(by, envelope) for name, envelope in made.items()}


# ---------------------------------------------------------------- lifetime, size, age


def _tombstones(**lifetimes: int) -> Callable[[Scene], Made]:
    def made(scene: Scene) -> Made:
        by = scene.publisher()
        kinds = (scene.info(by), scene.member(by), scene.entry(by))
        return {
            f"{name}-{number}": scene.stored(by, scene.withdrawn(envelope, lifetime=lifetime))
            for name, lifetime in lifetimes.items()
            for number, envelope in enumerate(kinds)
        }

    return made


def _long(*sizes: int) -> Callable[[Scene], Made]:
    """Documents with white space behind them, up to so many octets."""

    def made(scene: Scene) -> Made:
        by = scene.publisher()
        good = scene.info(by)
        padded = {f"octets-{size}": good.value.ljust(size, b"\n") for size in sizes}
        return {name: scene.stored(by, good.changed(value=value)) for name, value in padded.items()}

    return made


def _moments(**moments: int) -> Callable[[Scene], Made]:
    """Envelopes of other times, in ms from now."""

    def made(scene: Scene) -> Made:
        octets = _infos(scene, *({"sequence": scene.wall + moment} for moment in moments.values()))
        return dict(zip(moments, octets, strict=True))

    return made


def _far_ahead(scene: Scene) -> Made:
    return {"greatest": _infos(scene, {"sequence": 2**64 - 1})[0]}


def _ages(**leeway: int) -> Callable[[Scene], Made]:
    """Envelopes that are over in so many ms, of several lifetimes."""

    def made(scene: Scene) -> Made:
        by = scene.publisher()
        return {
            f"{name}-{lifetime}": scene.stored(
                by, scene.info(by, sequence=scene.wall - 1000 * lifetime + left, lifetime=lifetime)
            )
            for name, left in leeway.items()
            for lifetime in (60, scene.judge.random.randrange(61, DAY), DAY)
        }

    return made


def _old(scene: Scene) -> Made:
    by = scene.publisher()
    dead = scene.withdrawn(scene.info(by), sequence=scene.wall - 1000 * DAY)
    return {"tombstone": scene.stored(by, dead), "epoch": _infos(scene, {"sequence": 0})[0]}


def _both(*parts: Callable[[Scene], Made]) -> Callable[[Scene], Made]:
    return lambda scene: {name: octets for part in parts for name, octets in part(scene).items()}


RULES = [
    Rule("octets.cut", ("REQ-VAL-2",), "bad-envelope", _cut, good_info, also_read=False),
    Rule("octets.left-over", ("REQ-VAL-2",), "bad-envelope", _left_over, good_info),
    Rule("octets.lengths", ("REQ-VAL-2",), "bad-envelope", _lengths, good_info),
    Rule("kind.unknown", ("REQ-VAL-3",), "unknown-kind", _unknown_kinds, good_kinds),
    Rule(
        "name.of-no-group", ("REQ-VAL-4", "REQ-NAM-3", "REQ-NAM-4"), "bad-group-id", _bad_names, _good_names
    ),
    Rule("slot.against-kind", ("REQ-VAL-5",), "bad-slot", _bad_slots, _good_slots),
    Rule(
        "lifetime.too-short", ("REQ-VAL-6",), "bad-lifetime",
        _each("lifetime", none=0, one=1, seconds_59=59), _each("lifetime", seconds_60=60, seconds_61=61),
    ),
    Rule(
        "lifetime.too-long", ("REQ-VAL-6",), "bad-lifetime",
        _each("lifetime", seconds_86401=DAY + 1, most=2**32 - 1),
        _each("lifetime", seconds_86400=DAY, seconds_86399=DAY - 1),
    ),
    Rule(
        "lifetime.of-a-tombstone", ("REQ-VAL-6",), "bad-lifetime",
        _tombstones(short=DAY - 1, long=DAY + 1, least=60, none=0), _tombstones(day=DAY),
    ),
    Rule("value.too-long", ("REQ-VAL-7",), "value-too-long", _long(8193, 65535), _long(8191, 8192)),
    Rule(
        "sequence.ahead", ("REQ-VAL-8",), "future-value",
        _both(_moments(ahead_300001=300_001, a_day=86_400_000), _far_ahead),
        _moments(ahead_300000=300_000, ahead_1=1, now=0),
    ),
    Rule(
        "age.over", ("REQ-VAL-9",), "expired-value",
        _both(_ages(just=0, by_one=-1, by_a_second=-1000), _old), _ages(one_left=1),
    ),
]  # fmt: skip

register(RULES, __name__)


@case(
    "values.name.of-no-resource", reqs=["REQ-VAL-4", "REQ-NAM-3"], type="none", operator="of-no-resource",
    cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _resources(judge: Judge) -> None:
    """A name that the kind does not have has no key, and nothing is found under it."""
    scene = Scene(judge)
    bad = {
        "info-empty": ("group-info", b""), "members-empty": ("group-members", b""),
        "info-decomposed": ("group-info", DECOMPOSED), "members-decomposed": ("group-members", DECOMPOSED),
        "info-256": ("group-info", b"\xff" * 256), "list-named": ("group-list", scene.name),
    }  # fmt: skip
    good = {
        "info": ("group-info", scene.name),
        "members": ("group-members", b"\xff" * 255),
        "list": ("group-list", b""),
    }
    for name, (kind, octets) in bad.items():
        judge.refused(
            scene.peer.do("resource.key", kind=kind, name=octets), "bad-group-id", name=f"{name}.key"
        )
        judge.refused(_nothing(scene, kind, octets), "bad-group-id", name=f"{name}.read")
    for name, (kind, octets) in good.items():
        judge.accepted(scene.peer.do("resource.key", kind=kind, name=octets), f"{name}.key")
        judge.accepted(_nothing(scene, kind, octets), f"{name}.read")


def _nothing(scene: Scene, kind: str, name: bytes) -> Any:
    return scene.peer.do(
        "resource.read", scene.overlay, kind=kind, name=name, wall_ms=scene.wall, envelopes=[]
    )
