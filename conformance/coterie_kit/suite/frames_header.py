"""The header of every frame type: each check of it, at a peer that would accept the frame otherwise."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.reply import Send
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._scenes import SCENES, Scene, class_of, scene

Fault = tuple[str, Callable[[Draft], Draft]]
Story = Callable[[Judge], None]

SHORT = 8  # octets of a field of which no place is left out
WRONG_LENGTHS = (0, 1, 103, 105, 0x7FFF, 0xFFFF)


def _header(name: str, **fields: int) -> Fault:
    return name, lambda draft: draft.with_header(**fields)


def _bits(name: str, right: int, size: int) -> list[Fault]:
    """Every single bit of a field flipped."""
    return [_header(f"bit-{bit}", **{name: right ^ 1 << bit}) for bit in range(size)]


def _other_overlay(bit: int) -> Fault:
    def change(draft: Draft) -> Draft:
        flipped = int.from_bytes(draft.overlay, "big") ^ 1 << bit
        return draft.changed(overlay=flipped.to_bytes(16, "big"))

    return f"bit-{bit}", change


def _length(value: int) -> Fault:
    return f"length-{value}", lambda draft: draft.with_header(length=value)


def _faults(kind: str) -> dict[str, tuple[str, str, list[Fault]]]:
    """Operator to (requirement, reason, faults): each fault is a check of the case."""
    own = registry.frame(kind)
    right = _code(own.protection)
    protections = [_header(f"protection-{code}", protection=code) for code in range(4) if code != right]
    reserved = [row["code"] for row in registry.tables()["reserved-frame"]]
    assigned = {row["code"] for row in registry.tables()["frame"]}
    flipped = [own.code ^ 1 << bit for bit in range(8)]
    unknown = sorted({code for code in (0x00, 0x7F, 0xFF, *reserved, *flipped) if code not in assigned})
    return {
        "magic": ("REQ-FRM-3", "bad-magic", [*_bits("magic", 0xC07E, 16), _header("zero", magic=0)]),
        "version": (
            "REQ-FRM-4",
            "unknown-version",
            [*_bits("version", 1, 8), _header("two", version=2), _header("greatest", version=255)],
        ),
        # every octet, and every place in one
        "overlay": ("REQ-FRM-6", "unknown-overlay", list(map(_other_overlay, (*range(0, 128, 9), 127)))),
        "unknown-type": (
            "REQ-FRM-7",
            "unknown-type",
            [_header(f"type-{code:02x}", type=code) for code in unknown],
        ),
        "protection": ("REQ-FRM-8", "wrong-protection", [*protections, *_bits("protection", right, 8)]),
        "reserved": (
            "REQ-FRM-9",
            "reserved-nonzero",
            [*_bits("reserved", 0, 8), _header("all", reserved=255)],
        ),
        "length": ("REQ-FRM-10", "bad-length", [_length(value) for value in WRONG_LENGTHS]),
    }


def _code(protection: str) -> int:
    return {"plain": 0, "signed": 1, "sealed": 2}[protection]


def _story(kind: str, operator: str) -> Story:
    def story(judge: Judge) -> None:
        _, reason, faults = _faults(kind)[operator]
        here = scene(judge, kind, n=2)
        right = len(here.draft.octets()) - 24
        before = here.stage.digest()
        if operator == "length":
            faults = [*faults, *_bits("length", right, 16)]
        for number, (name, fault) in enumerate(faults):
            if operator == "length" and name == f"length-{right}":
                continue
            hello1 = kind == "HELLO1" and reason == "unknown-version"
            wire = version_list(here) if hello1 else None
            if number < 2 or hello1:
                here.refuses(fault(here.draft), reason, name, wire=wire)
                continue
            reply = here.stage.peer.deliver(fault(here.draft).octets(), here.draft.source)
            judge.refused(reply, reason, name=name)
            judge.check(f"{name}.wire", not reply.effects, field="effects", expected="silence")
        judge.equal("digest", here.stage.digest(), before)
        here.twin()

    return story


def version_list(here: Scene) -> Callable[[tuple[Send, ...]], str]:
    """The one answer to a HELLO1 of another version: ERROR with the versions, no longer than the question."""
    draft = here.draft

    def rule(sends: tuple[Send, ...]) -> str:
        if len(sends) != 1 or sends[0].to != draft.source:
            return f"{len(sends)} datagrams instead of one ERROR to the asker"
        if len(sends[0].bytes) > 128:
            return "an answer that is longer than the question"
        try:
            frame = frames.read(sends[0].bytes)
        except frames.Unreadable as unreadable:
            return f"an unreadable answer: {unreadable}"
        told = (frame.type, frame.body.get("nonce"), frame.body.get("versions"), frame.overlay)
        return (
            ""
            if told == ("ERROR", draft.body[:32], [1], draft.overlay)
            else f"{told} instead of the versions"
        )

    return rule


def _register() -> None:
    for kind in SCENES:
        for operator, (requirement, _, _) in _faults(kind).items():
            reqs = [requirement]
            if kind == "HELLO1" and operator == "version":
                reqs = [requirement, "REQ-FRM-5", "REQ-SES-19"]
            slug = f"frames.{kind.lower()}.header-{operator}"
            operator_name, cls = f"header-{operator}", class_of(kind)
            case(slug, reqs=reqs, type=kind, operator=operator_name, cls=cls, fresh=True)(
                _story(kind, operator)
            )


_register()


# ---------------------------------------------------------------- sizes


def _cut_short(kind: str) -> Story:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        whole = here.draft.octets()
        for size in (0, 1, 2, 23):
            here.refuses(whole[:size], "too-short", f"octets-{size}", wire=None)
        here.twin()

    return story


def shortest(judge: Judge, kind: str) -> Scene:
    """The scene of that type with few members, and with the last part of what goes in several."""
    here = scene(judge, kind, **({"n": 2} if kind in {"INSTALL", "PROPOSE"} else {}))
    if kind == "SEGMENT":
        here.draft = here.draft.with_body(**here.notes["parts"][-1])
    return here


def sampled(frame: frames.Frame, whole: range, judge: Judge, every: int = 7) -> list[int]:
    """Of these places in a frame all of the short fields, the first and the last of the others, and of what
    lies between one in ``every``, begun at another one in each run."""
    fields: dict[str, list[int]] = {}
    for place in whole:
        fields.setdefault(frame.at(place), []).append(place)
    chosen = set(whole[judge.random.randrange(every) :: every])
    for places in fields.values():
        chosen |= set(places if len(places) <= SHORT else (places[0], places[-1]))
    return sorted(chosen)


def _truncations(kind: str) -> Story:
    """Ended at each field, one octet before and behind, and somewhere inside of the long ones."""

    def story(judge: Judge) -> None:
        here = shortest(judge, kind)
        whole = here.draft.octets()
        before = here.stage.digest()
        for size in sampled(frames.read(whole), range(24, len(whole)), judge, 15):
            reply = here.stage.peer.deliver(whole[:size], here.draft.source)
            judge.refused(reply, "bad-length", name=f"octets-{size}")
            judge.check(f"octets-{size}.wire", not reply.effects, field="effects", expected="silence")
        judge.equal("digest", here.stage.digest(), before)
        here.twin()

    return story


def _stated_truncation(kind: str) -> Story:
    """The length is stated as it is: the frame is too short for prefix and trailer, or for its exact size."""

    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        whole = here.draft.octets()
        least = {"plain": 0, "signed": 144, "sealed": 44}[here.draft.protection]
        exact = {"HELLO1": 104, "RETRY": 96}.get(kind)
        last = (exact or least) - 1
        # where a field of the prefix ends, and the trailer that is as long as a signature
        ends = {0, 1, 31, 32, 39, 40, 47, 48, 63, 64, 79, 80, last - 1, last}
        seeded = range(judge.random.randrange(10), last, 10)
        for size in sorted({*seeded, *(end for end in ends if end <= last)}):
            here_octets = whole[:6] + size.to_bytes(2, "big") + whole[8 : 24 + size]
            reply = here.stage.peer.deliver(here_octets, here.draft.source)
            judge.refused(reply, "short-frame", name=f"rest-{size}")
        if exact:
            longer = whole[:6] + (exact + 1).to_bytes(2, "big") + whole[8:] + bytes(1)
            here.refuses(longer, "short-frame", f"rest-{exact + 1}")
        here.twin()

    return story


def _with_padding(draft: Draft, size: int) -> Draft:
    """The draft brought to ``size`` octets by the padding extension."""
    missing = size - len(draft.octets()) - 4
    return draft.with_body(extensions=[{"type": 1, "value": bytes(missing)}])


def _over_the_datagram(kind: str) -> Story:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        if here.draft.protection == "plain":
            whole = here.draft.octets()
            longer = whole + bytes(1201 - len(whole))
            longer = longer[:6] + (1201 - 24).to_bytes(2, "big") + longer[8:]
            here.refuses(longer, "datagram-too-long", "octets-1201")
            here.twin()
            return
        here.refuses(_with_padding(here.draft, 1201), "datagram-too-long", "octets-1201", wire=None)
        here.twin(_with_padding(here.draft, 1200), "octets-1200")

    return story


def _register_sizes() -> None:
    for kind in SCENES:
        low = kind.lower()
        case(
            f"frames.{low}.shorter-than-header",
            reqs=["REQ-FRM-2"],
            type=kind,
            operator="too-short",
            cls=class_of(kind),
            fresh=True,
        )(_cut_short(kind))
        case(
            f"frames.{low}.truncated",
            reqs=["REQ-FRM-10"],
            type=kind,
            operator="truncated",
            cls=class_of(kind),
            fresh=True,
        )(_truncations(kind))
        case(
            f"frames.{low}.too-long",
            reqs=["REQ-FRM-11"],
            type=kind,
            operator="one-over-datagram",
            cls=class_of(kind),
            fresh=True,
        )(_over_the_datagram(kind))
        if kind in {"ERROR", "SEGMENT"}:
            continue
        case(
            f"frames.{low}.shorter-than-its-parts",
            reqs=["REQ-FRM-12"],
            type=kind,
            operator="stated-short",
            cls=class_of(kind),
            fresh=True,
        )(_stated_truncation(kind))


_register_sizes()


@case(
    "frames.segment.longest-datagram",
    reqs=["REQ-FRM-11"],
    type="SEGMENT",
    operator="conforming-longest",
    fresh=True,
)
def _longest_segment(judge: Judge) -> None:
    here = scene(judge, "SEGMENT")
    judge.equal("size", len(here.draft.octets()), 1200)
    here.twin()


@case("frames.data.sealed-reserved", reqs=["REQ-FRM-9"], type="DATA", operator="prefix-reserved", fresh=True)
def _sealed_reserved(judge: Judge) -> None:
    here = scene(judge, "DATA")
    for value in (1, 0x0100, 0xFFFF):
        here.refuses(here.draft.with_prefix(reserved=value), "reserved-nonzero", f"reserved-{value}")
    here.twin()


@case(
    "frames.data.larger-datagram-by-configuration",
    reqs=["REQ-FRM-11"],
    type="DATA",
    operator="max-datagram",
    fresh=True,
)
def _larger_data(judge: Judge) -> None:
    here = scene(judge, "DATA", trust={"max_datagram": 4000})
    here.refuses(_with_padding(here.draft, 4001), "datagram-too-long", "octets-4001")
    here.twin(_with_padding(here.draft, 4000), "octets-4000")


@case(
    "frames.ping.larger-datagram-is-for-sealed",
    reqs=["REQ-FRM-11"],
    type="PING",
    operator="max-datagram",
    fresh=True,
)
def _larger_ping(judge: Judge) -> None:
    here = scene(judge, "PING", trust={"max_datagram": 4000})
    here.refuses(_with_padding(here.draft, 1201), "datagram-too-long", "octets-1201")
    here.twin(_with_padding(here.draft, 1200), "octets-1200")
