"""What a name stands for when it is looked up: one group, several, or an alias of another name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coterie_kit import registry, values
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite._values import Publisher, Scene
from coterie_kit.values import Envelope, documents

CLASSES = "REQ-VAL-17"
REDIRECTS = "REQ-VAL-18"
Told = list[tuple[Publisher, Envelope]]


def _class_case(name: str) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """A case about classes, whose story is told to a scene."""

    def register(story: Callable[[Scene], None]) -> Callable[[Scene], None]:
        def told(judge: Judge) -> None:
            story(Scene(judge))

        case(
            f"values.classes.{name}", reqs=[CLASSES], type="ENVELOPE", operator=f"conforming-{name}",
            cls="overlay", tier=0, fresh=True,
        )(told)  # fmt: skip
        return story

    return register


def _aged(scene: Scene, told: Told) -> Told:
    """The same, the first the newest: so that they are found in the order in which they stand here."""
    start = scene.wall - 1000
    return [(by, each.changed(sequence=start - 1000 * place)) for place, (by, each) in enumerate(told)]


def _expect(
    scene: Scene,
    name: str,
    told: Told,
    wanted: tuple[Sequence[Sequence[int]], Sequence[int]],
    invited: bytes | None = None,
) -> None:
    """A lookup of these finds the classes, and uses the indexes, of ``wanted``."""
    classes, used = wanted
    octets = [scene.stored(by, envelope) for by, envelope in told]
    scene.judge.random.shuffle(octets)
    reply = scene.lookup(octets, invited=invited)
    if scene.judge.accepted(reply, name):
        scene.judge.equal(f"{name}.found", len(reply["found"]), len(told), field="found")
        scene.judge.equal(f"{name}.classes", reply["classes"], [*map(list, classes)], field="classes")
        scene.judge.equal(f"{name}.used", reply["used"], list(used), field="used")


def _infos(scene: Scene, count: int) -> Told:
    return [(by, scene.info(by)) for by in (scene.publisher() for _ in range(count))]


def _redirects(scene: Scene, *names: bytes) -> Told:
    return [(by, scene.redirect(by, to)) for by, to in ((scene.publisher(), name) for name in names)]


def _closed(scene: Scene, count: int) -> Told:
    group = scene.group()
    return [(by, scene.closed_info(by, group)) for by in (scene.admitted(group) for _ in range(count))]


# ---------------------------------------------------------------- one class


@_class_case("one-group")
def _one(scene: Scene) -> None:
    _expect(scene, "nobody", [], ([], []))
    _expect(scene, "one-publisher", _infos(scene, 1), ([[0]], [0]))
    _expect(scene, "open", _aged(scene, _infos(scene, 4)), ([[0, 1, 2, 3]], [0, 1, 2, 3]))
    _expect(scene, "closed", _aged(scene, _closed(scene, 3)), ([[0, 1, 2]], [0, 1, 2]))


@_class_case("one-alias")
def _alias(scene: Scene) -> None:
    """The redirects to one Group-ID are one class, however they write it."""
    to = f"Café {scene.judge.octets(2).hex()}".encode()
    told = _aged(scene, _redirects(scene, to, to, to))
    text = to.decode()
    as_is = documents.redirect(to).replace(b'"hex"', b'"as-is"').replace(to.hex().encode(), text.encode())
    upper = documents.redirect(to).replace(to.hex().encode(), to.hex().upper().encode())
    told[1] = (told[1][0], told[1][1].changed(value=as_is))
    told[2] = (told[2][0], told[2][1].changed(value=upper))
    _expect(scene, "redirects", told, ([[0, 1, 2]], [0, 1, 2]))


# ---------------------------------------------------------------- several classes


@_class_case("open-and-closed")
def _open_and_closed(scene: Scene) -> None:
    told = _aged(scene, [*_infos(scene, 1), *_closed(scene, 1)])
    _expect(scene, "open-first", told, ([[0], [1]], []))
    _expect(scene, "closed-first", _aged(scene, told[::-1]), ([[0], [1]], []))
    by = scene.admitted(scene.group())
    both = _aged(scene, [(by, scene.info(by)), *_closed(scene, 2)])
    _expect(scene, "one-against-two", both, ([[0], [1, 2]], []))


@_class_case("two-authorities")
def _two_authorities(scene: Scene) -> None:
    told = _aged(scene, [*_closed(scene, 2), *_closed(scene, 1)])
    _expect(scene, "two", told, ([[0, 1], [2]], []))


@_class_case("group-and-alias")
def _group_and_alias(scene: Scene) -> None:
    """An open group and a redirect stand in one slot, and are two things all the same."""
    told = _aged(scene, [*_infos(scene, 1), *_redirects(scene, b"another")])
    _expect(scene, "info-first", told, ([[0], [1]], []))
    _expect(scene, "redirect-first", _aged(scene, told[::-1]), ([[0], [1]], []))
    closed = _aged(scene, [*_closed(scene, 1), *_redirects(scene, b"another")])
    _expect(scene, "closed", closed, ([[0], [1]], []))


@_class_case("two-aliases")
def _two_aliases(scene: Scene) -> None:
    told = _aged(scene, _redirects(scene, b"one", b"two", b"one"))
    _expect(scene, "redirects", told, ([[0, 2], [1]], []))
    near = _aged(scene, _redirects(scene, b"one", b"One", b"one "))
    _expect(scene, "near", near, ([[0], [1], [2]], []))


@_class_case("in-turn")
def _in_turn(scene: Scene) -> None:
    """Classes stand in the order of their first envelopes, whatever else they have."""
    open_ones, closed_ones = _infos(scene, 3), _closed(scene, 2)
    aliases = _redirects(scene, b"one", b"two", b"one")
    kinds = [aliases[0], open_ones[0], closed_ones[0], open_ones[1], aliases[1], closed_ones[1], aliases[2]]
    told = _aged(scene, [*kinds, open_ones[2]])
    _expect(scene, "interleaved", told, ([[0, 6], [1, 3, 7], [2, 5], [4]], []))


# ---------------------------------------------------------------- invitations


@_class_case("invited")
def _invited(scene: Scene) -> None:
    closed_ones = _closed(scene, 2)
    told = _aged(scene, [_infos(scene, 1)[0], *closed_ones, *_redirects(scene, b"another")])
    classes, slot = [[0], [1, 2], [3]], closed_ones[0][1].slot
    _expect(scene, "closed", told, (classes, [1, 2]), invited=slot)
    _expect(scene, "open", told, (classes, [0]), invited=overlay_id(scene.name))
    _expect(scene, "elsewhere", told, (classes, []), invited=scene.judge.octets(16))
    _expect(scene, "not-at-all", told, (classes, []))


@_class_case("invited-to-one")
def _invited_to_one(scene: Scene) -> None:
    told = _aged(scene, _closed(scene, 2))
    _expect(scene, "there", told, ([[0, 1]], [0, 1]), invited=told[0][1].slot)
    _expect(scene, "nobody", [], ([], []), invited=told[0][1].slot)


@_class_case("invited-not-to-an-alias")
def _invited_to_no_alias(scene: Scene) -> None:
    """A redirect stands in the slot of the open group, and is no group."""
    told = _aged(scene, [*_redirects(scene, b"another"), *_closed(scene, 1)])
    _expect(scene, "open", told, ([[0], [1]], []), invited=overlay_id(scene.name))


# ---------------------------------------------------------------- everything at once


@case(
    "values.classes.any", reqs=["REQ-VAL-15", "REQ-VAL-16", "REQ-VAL-17"], type="ENVELOPE",
    operator="conforming-any", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _any(judge: Judge) -> None:
    """A crowd that publishes, withdraws and contradicts itself; the kit reads it for itself."""
    scene = Scene(judge)
    draw = judge.random
    groups = [scene.group(), scene.group()]
    crowd = [scene.publisher(draw.choice(["ed25519", "p256"])) for _ in range(4)]
    members = [(scene.admitted(group), group) for group in groups for _ in range(2)]
    octets = []
    for _ in range(40):
        moment = {"sequence": scene.wall - draw.randrange(1000, 1012)}
        by, group = draw.choice(members)
        stranger = draw.choice(crowd)
        match draw.randrange(5):
            case 0 | 1:
                made = (stranger, scene.info(stranger, **moment))
            case 2:
                made = (stranger, scene.redirect(stranger, draw.choice([b"one", b"two"]), **moment))
            case 3:
                made = (by, scene.closed_info(by, group, **moment))
            case _:
                made = (stranger, scene.withdrawn(scene.info(stranger), **moment))
        octets.append(scene.stored(*made))
    found = values.found_in(octets, scene.overlay, "group-info", scene.name, scene.wall)
    classes = values.classes_of(found)
    reply = scene.lookup(octets)
    if judge.accepted(reply):
        rows = [
            {
                "publisher": each.publisher.hex(),
                "slot": each.slot.hex(),
                "sequence": each.sequence,
                "document": each.document,
            }
            for each in found
        ]
        judge.equal("found", reply["found"], rows, reqs=["REQ-VAL-15", "REQ-VAL-16"], field="found")
        judge.equal("classes", reply["classes"], classes, reqs=[CLASSES], field="classes")
        judge.equal("used", reply["used"], values.used_of(found, classes, None), reqs=[CLASSES], field="used")


# ---------------------------------------------------------------- redirects


def _names(judge: Judge, count: int) -> list[bytes]:
    return [judge.octets(judge.random.randrange(4, 40)) for _ in range(count)]


@case(
    "values.redirects.loop", reqs=[REDIRECTS], type="none", operator="redirect-loop", cls="overlay", tier=0,
    fresh=True,
)  # fmt: skip
def _loop(judge: Judge) -> None:
    peer = judge.peer()
    a, b, c, d, e = _names(judge, 5)
    loops = {
        "to-itself": [a, a],
        "there-and-back": [a, b, a],
        "later-to-itself": [a, b, c, c],
        "not-to-the-first": [a, b, c, b],
        "of-four": [a, b, c, d, a],
        "of-five": [a, b, c, d, e, a],
        "before-it-is-too-deep": [a, b, c, d, e, d],
    }
    for name, names in loops.items():
        judge.refused(peer.do("redirects.follow", names=names), "redirect-loop", name=name)
    good = {
        "one": [a, b],
        "of-three": [a, b, c],
        "longer-name": [a, a + b"\x00"],
        "other-case": [b"lesekreis", b"Lesekreis"],
    }
    for name, names in good.items():
        judge.accepted(peer.do("redirects.follow", names=names), name)


@case(
    "values.redirects.depth", reqs=[REDIRECTS], type="none", operator="redirect-depth", cls="overlay", tier=0,
    fresh=True,
)  # fmt: skip
def _depth(judge: Judge) -> None:
    peer = judge.peer()
    most = registry.limit("redirects")
    for count in range(most + 1):
        reply = peer.do("redirects.follow", names=_names(judge, count + 1))
        judge.accepted(reply, f"redirects-{count}")
    for count in (most + 1, most + 2, 15):
        reply = peer.do("redirects.follow", names=_names(judge, count + 1))
        judge.refused(reply, "redirect-depth", name=f"redirects-{count}")
    names = _names(judge, most + 2)
    reply = peer.do("redirects.follow", names=[*names, names[0]])
    judge.refused(reply, "redirect-depth", name="a-loop-beyond")
