"""What a reader makes of several envelopes of one resource: which of them count, and in which order."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys import p256
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite._values import DAY, Publisher, Scene
from coterie_kit.values import Envelope, documents

COUNTS = "REQ-VAL-15"
ORDER = "REQ-VAL-16"
Told = list[tuple[Publisher, Envelope]]


def _choice(name: str, *reqs: str) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """A case of class overlay whose story is told to a scene."""

    def register(story: Callable[[Scene], None]) -> Callable[[Scene], None]:
        def told(judge: Judge) -> None:
            story(Scene(judge))

        case(
            f"values.choosing.{name}", reqs=reqs, type="ENVELOPE", operator=f"conforming-{name}",
            cls="overlay", tier=0, fresh=True,
        )(told)  # fmt: skip
        return story

    return register


def _versions(scene: Scene, by: Publisher, *moments: int) -> list[Envelope]:
    """The same slot at several times, in seconds before now; each says something else."""
    return [
        scene.info(
            by,
            sequence=scene.wall - 1000 * moment,
            value=documents.info(f"{scene.text}, {number}", "192.0.2.7", 4007),
            lifetime=DAY - 1,
        )
        for number, moment in enumerate(moments)
    ]


def _octets(scene: Scene, told: Told) -> list[bytes]:
    """All of them, in an order that means nothing."""
    made = [scene.stored(by, envelope) for by, envelope in told]
    scene.judge.random.shuffle(made)
    return made


def _counting(
    scene: Scene, name: str, told: Told, wanted: Told, *reqs: str, kind: str = "group-info"
) -> None:
    scene.counts(name, _octets(scene, told), wanted, reqs=reqs, kind=kind)


# ---------------------------------------------------------------- the newest of a slot


@_choice("newest", COUNTS)
def _newest(scene: Scene) -> None:
    by = scene.publisher()
    versions = _versions(scene, by, 400, 300, 200)
    told = [(by, each) for each in versions]
    _counting(scene, "three", told, told[-1:], COUNTS)
    later = versions[-1].changed(sequence=versions[-1].sequence + 1, value=versions[0].value)
    _counting(scene, "by-one", [*told, (by, later)], [(by, later)], COUNTS)
    _counting(scene, "none", [], [], COUNTS)


@_choice("newest-by-the-clock-of-the-publisher", COUNTS)
def _ahead(scene: Scene) -> None:
    """What is a little ahead of the reader's clock is newer all the same."""
    by = scene.publisher()
    told = [(by, each) for each in _versions(scene, by, 60, -200)]
    _counting(scene, "ahead", told, told[-1:], COUNTS)


@_choice("withdrawn", COUNTS)
def _withdrawn(scene: Scene) -> None:
    by = scene.publisher()
    first, second = _versions(scene, by, 400, 300)
    tombstone = scene.withdrawn(first)
    _counting(scene, "tombstone-newest", [(by, first), (by, tombstone)], [], COUNTS)
    _counting(scene, "tombstone-alone", [(by, tombstone)], [], COUNTS)
    told = [(by, first), (by, tombstone), (by, second)]
    _counting(scene, "tombstone-older", told, [(by, second)], COUNTS)
    same = tombstone.changed(sequence=second.sequence)
    _counting(scene, "tombstone-at-once", [*told, (by, same)], [], COUNTS)


@_choice("two-at-once", COUNTS)
def _two_at_once(scene: Scene) -> None:
    by = scene.publisher()
    old, one, two = _versions(scene, by, 400, 300, 300)
    _counting(scene, "two", [(by, one), (by, two)], [], COUNTS)
    _counting(scene, "two-and-an-older-one", [(by, old), (by, one), (by, two)], [], COUNTS)
    other = one.changed(lifetime=one.lifetime - 1)
    _counting(scene, "of-other-lifetimes", [(by, one), (by, other)], [], COUNTS)
    _counting(scene, "one", [(by, old), (by, one)], [(by, one)], COUNTS)


@_choice("copies", COUNTS)
def _copies(scene: Scene) -> None:
    """Several storers hand over the same octets."""
    by = scene.publisher()
    old, new = _versions(scene, by, 400, 300)
    _counting(scene, "copies", [(by, old), (by, new), (by, new), (by, new)], [(by, new)], COUNTS)


@_choice("second-signature", COUNTS)
def _second_signature(scene: Scene) -> None:
    """Out of one ECDSA signature anybody can make another; it must not silence the publisher."""
    by = scene.publisher("p256")
    new = scene.info(by)
    good = new.signed(by.key, scene.overlay)
    s = (p256.ORDER - int.from_bytes(good.signature[32:], "big")).to_bytes(32, "big")
    both = [good.octets(), good.changed(signature=good.signature[:32] + s).octets()]
    scene.counts("both", both, [(by, new)], reqs=[COUNTS])
    scene.counts("both-turned", both[::-1], [(by, new)], reqs=[COUNTS])


# ---------------------------------------------------------------- what is chosen before it is read


@_choice("before-it-is-read", COUNTS)
def _unreadable(scene: Scene) -> None:
    """The newest counts, even when a reader then refuses what it says; the older one stays withdrawn."""
    by = scene.publisher()
    old, new = _versions(scene, by, 400, 300)
    values = {
        "no-document": scene.judge.octets(30),
        "wrong-type": documents.member(by.peer),
        "wrong-slot": documents.info(scene.text, "192.0.2.7", 4007, scene.group().certificate),
    }
    for name, value in values.items():
        _counting(scene, name, [(by, old), (by, new.changed(value=value))], [], COUNTS)
    _counting(scene, "readable", [(by, old), (by, new)], [(by, new)], COUNTS)


@_choice("after-it-is-checked", COUNTS)
def _unchecked(scene: Scene) -> None:
    """What a storer would refuse withdraws nothing."""
    by = scene.publisher()
    old, new = _versions(scene, by, 400, 300)
    octets = scene.stored(by, new)
    spoiled = {
        "bad-signature": octets[:-1] + bytes([octets[-1] ^ 1]),
        "left-over": octets + b"\x00",
        "future": scene.stored(by, new.changed(sequence=scene.wall + 300_001)),
        "expired": scene.stored(by, new.changed(lifetime=300)),
        "too-long": scene.stored(by, new.changed(value=new.value.ljust(8193))),
        "short-tombstone": scene.stored(by, new.changed(value=b"", lifetime=DAY - 1)),
    }
    for name, other in spoiled.items():
        scene.counts(name, [other, scene.stored(by, old)], [(by, old)], reqs=[COUNTS])


# ---------------------------------------------------------------- each slot and publisher for itself


@_choice("each-publisher", COUNTS)
def _publishers(scene: Scene) -> None:
    one, other = scene.publisher(), scene.publisher("p256")
    (mine,), (yours,) = _versions(scene, one, 400), _versions(scene, other, 300)
    told = [(one, mine), (other, yours)]
    _counting(scene, "two", told, told[::-1], COUNTS)
    dead = scene.withdrawn(yours)
    _counting(scene, "one-withdrawn", [*told, (other, dead)], [(one, mine)], COUNTS)


@_choice("each-slot", COUNTS)
def _slots(scene: Scene) -> None:
    by = scene.publisher()
    first = scene.entry(by, slot=overlay_id(b"first"), sequence=scene.wall - 9000)
    second = scene.entry(by, slot=overlay_id(b"second"), sequence=scene.wall - 8000)
    told = [(by, first), (by, second)]
    _counting(scene, "two", told, told[::-1], COUNTS, kind="group-list")
    dead = scene.withdrawn(second)
    _counting(scene, "one-withdrawn", [*told, (by, dead)], [(by, first)], COUNTS, kind="group-list")


@_choice("each-resource", COUNTS)
def _resources(scene: Scene) -> None:
    """What stands under another name or kind is not looked at."""
    by = scene.publisher()
    own = scene.info(by, sequence=scene.wall - 9000)
    later = {"sequence": scene.wall - 1000}
    others = {
        "another-name": scene.info(by, name=b"another", slot=own.slot, **later),
        "another-name-withdrawn": scene.withdrawn(own, name=b"another"),
        "longer-name": scene.withdrawn(own, name=scene.name + b"x"),
        "another-kind": scene.member(by, **later),
        "list": scene.entry(by, slot=own.slot, **later),
        "list-withdrawn": scene.withdrawn(scene.entry(by, slot=own.slot)),
    }
    for name, other in others.items():
        _counting(scene, name, [(by, own), (by, other)], [(by, own)], COUNTS)
    member = scene.member(by)
    _counting(scene, "members", [(by, own), (by, member)], [(by, member)], COUNTS, kind="group-members")


# ---------------------------------------------------------------- their order


@_choice("descending", ORDER)
def _descending(scene: Scene) -> None:
    everyone = [scene.publisher() for _ in range(6)]
    start = scene.wall - 20_000
    told = [(by, scene.member(by, sequence=start - place)) for place, by in enumerate(everyone)]
    _counting(scene, "members", told, told, ORDER, kind="group-members")


@_choice("equal-by-publisher", ORDER)
def _equal(scene: Scene) -> None:
    everyone = sorted((scene.publisher() for _ in range(6)), key=lambda by: by.peer)
    told = [(by, scene.member(by, sequence=scene.wall)) for by in everyone]
    _counting(scene, "members", told, told, ORDER, kind="group-members")
    older = scene.publisher()
    last = (older, scene.member(older, sequence=scene.wall - 1))
    _counting(scene, "an-older-one-last", [last, *told], [*told, last], ORDER, kind="group-members")


@_choice("equal-by-slot", ORDER)
def _equal_slots(scene: Scene) -> None:
    pair = sorted((scene.publisher(), scene.publisher()), key=lambda by: by.peer)
    slots = sorted(scene.judge.octets(16) for _ in range(4))
    told = [(by, scene.entry(by, slot=slot, sequence=scene.wall)) for by in pair for slot in slots]
    _counting(scene, "list", told, told, ORDER, kind="group-list")


@_choice("many", COUNTS, ORDER)
def _many(scene: Scene) -> None:
    """As many as a lookup may have: four versions each of four slots of sixteen publishers."""
    everyone = [scene.publisher() for _ in range(16)]
    slots = [scene.judge.octets(16) for _ in range(4)]
    told, newest = [], []
    for by in everyone:
        for slot in slots:
            start = scene.wall - scene.judge.random.randrange(10_000, 10_009)
            versions = [scene.entry(by, slot=slot, sequence=start - age) for age in (3, 2, 1, 0)]
            told += [(by, each) for each in versions]
            newest.append((by, versions[-1]))
    newest.sort(key=lambda row: (-row[1].sequence, row[0].peer, row[1].slot))
    _counting(scene, "list", told, newest, COUNTS, ORDER, kind="group-list")
