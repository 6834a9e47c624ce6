"""The structure of each body: fields that run out, counts at and beyond their limits, octets left over.

Each body is signed or sealed again after the fault, so that nothing but its structure is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._scenes import REQUESTS, SCENES, WINDOWED, Scene, at_most_one, class_of, scene

ENDS_IN_EXTENSIONS = [kind for kind in SCENES if kind not in {"HELLO1", "RETRY", "ERROR", "SEGMENT"}]


def prepared(here: Scene, draft: Draft) -> Draft:
    """The draft with the next sequence, where sequences count."""
    if here.draft.type not in WINDOWED:
        return draft
    here.puppet.sequence += 1
    return draft.with_prefix(sequence=here.puppet.sequence)


def refuse_body(here: Scene, draft: Draft, reason: str, name: str) -> None:
    """A body that is refused for its structure: the oracle, with the replies that PING and HELLO2 get."""
    ready = prepared(here, draft)
    if here.draft.type == "PING":
        exact = "REQ-SES-27" in here.stage.judge.case.reqs
        wire = _refused(here, ready, reason) if exact else at_most_one
        here.refuses(ready, reason, name, wire=wire, keeps_state=False)
    elif here.draft.type in WINDOWED:
        here.refuses(ready, reason, name, keeps_state=False)
    else:
        here.refuses(ready, reason, name)


def _refused(here: Scene, draft: Draft, reason: str) -> Callable[[Any], str]:
    from coterie_kit import registry

    def rule(sends: Any) -> str:
        if len(sends) != 1:
            return f"{len(sends)} datagrams instead of one REFUSE"
        try:
            frame = frames.read(sends[0].bytes)
        except frames.Unreadable as unreadable:
            return f"an unreadable answer: {unreadable}"
        told = (
            frame.type,
            frame.body.get("refused_sequence"),
            frame.body.get("reason"),
            frame.body.get("refused_type"),
        )
        wanted = (
            "REFUSE",
            draft.prefix["sequence"],
            registry.reason(reason).code,
            registry.frame("PING").code,
        )
        return "" if told == wanted and sends[0].to == here.puppet.address else f"{told} instead of {wanted}"

    return rule


# ---------------------------------------------------------------- truncated


def _fixed_end(here: Scene) -> int:
    """Where the extension list begins."""
    values, spans = frames.read_body(here.draft.type, here.draft.body)
    return max((span.end for span in spans), default=0) if not values.get("extensions") else 0


def _truncated(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        whole = here.draft.body
        for size in _sizes(kind, _fixed_end(here), judge):
            short = here.draft.changed(body=whole[:size])
            try:
                frames.read_body(kind, short.body)
            except frames.Unreadable as unreadable:
                refuse_body(here, short, unreadable.reason, f"body-{size}")
        here.twin(prepared(here, here.draft))

    return story


def _sizes(kind: str, end: int, judge: Judge) -> list[int]:
    """Every size of a short body; of a long one every tenth, begun at another one in each run."""
    if kind == "SEGMENT":
        return list(range(19))
    if end <= 64:
        return list(range(end))
    return sorted({0, end - 1, *range(judge.random.randrange(10), end, 10)})


TRUNCATED_TOO = {
    "PING": ("REQ-SES-27",),
    "SEGMENT": ("REQ-FRM-28",),
    **dict.fromkeys(REQUESTS, ("REQ-OVL-10",)),
}
for _kind in [*ENDS_IN_EXTENSIONS, "ERROR", "SEGMENT"]:
    if _kind == "DEPART":
        continue  # nothing but extensions
    case(
        f"frames.{_kind.lower()}.body-truncated",
        reqs=["REQ-FRM-16", *TRUNCATED_TOO.get(_kind, ())],
        type=_kind,
        operator="body-truncated",
        cls=class_of(_kind),
        fresh=True,
    )(_truncated(_kind))


# ---------------------------------------------------------------- counts

# Type and field, the good values at the ends of the range, the bad ones beyond them, and the size of a row.
COUNTS: list[tuple[str, str, tuple[int, ...]]] = [
    ("HELLO2", "suite_count", (0, 9, 255)),
    ("HELLO3", "suite_count", (0, 9, 255)),
    ("HELLO2", "leaf_length", (0,)),
    ("HELLO3", "leaf_length", (0,)),
    ("ERROR", "version_count", (9, 255)),
    ("INSTALL", "member_count", (0, 65, 255)),
    ("INSTALL", "cut_count", (65, 255)),
    ("UP", "entry_count", (0, 64, 255)),
    ("DOWN", "entry_count", (0, 65, 255)),
    ("PROPOSE", "candidate_count", (0, 65, 255)),
    ("PROPOSE", "permit_count", (64, 255)),
    ("FLUSH", "holding_count", (65, 255)),
    ("FLUSH", "refused_count", (65, 255)),
    ("JOIN", "member_count", (0, 65, 255)),
    ("NACK", "range_count", (0, 17, 255)),
    ("DATA", "message_count", (0, 257, 0x8000, 0xFFFF)),
    ("NODES", "neighbour_count", (9, 128, 255)),
    ("VALUES", "held_count", (33, 255)),
    ("STORE", "envelope_length", (0,)),
    ("HOST", "group_length", (0,)),
    ("HOST", "info_length", (0,)),
]


def _counted(kind: str, name: str, bad: tuple[int, ...]) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        for count in bad:
            refuse_body(here, here.draft.with_body(**{name: count}), "count-out-of-range", f"count-{count}")
        here.twin(prepared(here, here.draft))

    return story


for _kind, _name, _bad in COUNTS:
    case(
        f"frames.{_kind.lower()}.{_name.replace('_', '-')}",
        reqs=["REQ-FRM-18"],
        type=_kind,
        operator=f"{_name.replace('_', '-')}-out-of-range",
        cls=class_of(_kind),
        fresh=True,
    )(_counted(_kind, _name, _bad))


@case(
    "frames.install.sender-count",
    reqs=["REQ-FRM-18"],
    type="INSTALL",
    operator="sender-count-out-of-range",
    fresh=True,
)
def _sender_count(judge: Judge) -> None:
    here = scene(judge, "INSTALL")
    for count in (65, 255):
        cut: dict[str, Any] = {"previous_view": judge.octets(16), "sender_count": count, "senders": []}
        refuse_body(here, here.draft.with_body(cuts=[cut]), "count-out-of-range", f"count-{count}")
    here.twin()


@case(
    "frames.propose.permit-length",
    reqs=["REQ-FRM-18"],
    type="PROPOSE",
    operator="permit-length-out-of-range",
    fresh=True,
)
def _permit_length(judge: Judge) -> None:
    here = scene(judge, "PROPOSE")
    plain = here.draft.with_body(permits=[]).body
    for size in (0, 8193, 65535):
        # two octets of length stand after the count of permits, which is the last octet of this body
        octets = plain[:-1] + b"\x01" + size.to_bytes(2, "big") + judge.octets(40)
        refuse_body(here, here.draft.changed(body=octets), "count-out-of-range", f"length-{size}")
    here.twin()


@case(
    "frames.segment.count-and-index",
    reqs=["REQ-FRM-18"],
    type="SEGMENT",
    operator="count-out-of-range",
    fresh=True,
)
def _segment_counts(judge: Judge) -> None:
    here = scene(judge, "SEGMENT")
    for index, count in ((0, 0), (0, 1), (0, 65), (0, 255), (2, 2), (64, 64), (255, 64)):
        refuse_body(
            here, here.draft.with_body(index=index, count=count), "count-out-of-range", f"{index}-of-{count}"
        )
    here.twin()


@case(
    "frames.error.versions-at-their-limit",
    reqs=["REQ-FRM-18"],
    type="ERROR",
    operator="conforming-longest",
    fresh=True,
)
def _versions(judge: Judge) -> None:
    here = scene(judge, "ERROR")
    here.twin(here.draft.with_body(versions=[1, 2, 3, 4, 5, 6, 7, 8]), "versions-8")


@case(
    "frames.hello2.suites-at-their-limit",
    reqs=["REQ-FRM-18", "REQ-SES-11"],
    type="HELLO2",
    operator="conforming-longest",
    fresh=True,
)
def _suites(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    here.twin(here.draft.with_body(suites=[1, 2, 3, 4, 5, 6, 7, 255]), "suites-8")


# ---------------------------------------------------------------- left over


@case(
    "frames.error.trailing-octets", reqs=["REQ-FRM-17"], type="ERROR", operator="trailing-octets", fresh=True
)
def _trailing(judge: Judge) -> None:
    here = scene(judge, "ERROR")
    for more in (b"\x00", b"\x01\x02", bytes(40)):
        refuse_body(
            here, here.draft.changed(body=here.draft.body + more), "trailing-bytes", f"{len(more)}-more"
        )
    here.twin()


@case("frames.hello1.padding", reqs=["REQ-FRM-17"], type="HELLO1", operator="padding-nonzero", fresh=True)
def _hello1_padding(judge: Judge) -> None:
    here = scene(judge, "HELLO1")
    for place in (32, 33, 67, 102, 103):
        body = here.draft.body[:place] + b"\x80" + here.draft.body[place + 1 :]
        refuse_body(here, here.draft.changed(body=body), "padding-nonzero", f"octet-{place}")
    here.twin()


# ---------------------------------------------------------------- extensions


def ext(kind: int, value: bytes = b"") -> bytes:
    """The octets of one extension."""
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


def _many(count: int) -> bytes:
    return b"".join(ext(0x0100 + number, b"x") for number in range(count))


EXTENSION_FAULTS: dict[str, tuple[str, str, dict[str, bytes]]] = {
    "overrun": (
        "REQ-FRM-19",
        "extension-overrun",
        {
            "stray-1": b"\x01",
            "stray-3": b"\x00\x01\x00",
            "value-short-by-1": b"\x00\x77\x00\x02\x00",
            "length-65535": b"\x00\x77\xff\xff",
            "second-overruns": ext(0x0077, b"ok") + b"\x00\x78\x00\x01",
        },
    ),
    "critical": (
        "REQ-FRM-20",
        "unknown-critical-extension",
        {
            "8000": ext(0x8000),
            "ffff": ext(0xFFFF, b"z"),
            "9a9a": ext(0x9A9A, bytes(8)),
            "after-another": ext(0x0077) + ext(0x8003),
        },
    ),
    "duplicate": (
        "REQ-FRM-22",
        "duplicate-extension",
        {
            "unknown-twice": ext(0x0077, b"a") + ext(0x0077, b"b"),
            "padding-twice": ext(1) + ext(1),
            "not-neighbours": ext(0x0077) + ext(0x0078) + ext(0x0077),
            "critical-second": ext(0x0077) * 2 + ext(0x8005),
        },
    ),
    "too-many": (
        "REQ-FRM-23",
        "too-many-extensions",
        {"seventeen": _many(17), "sixteen-and-a-stray": _many(16) + b"\x00"},
    ),
    "padding": (
        "REQ-FRM-24",
        "padding-nonzero",
        {"one": ext(1, b"\x01"), "last": ext(1, bytes(30) + b"\x80")},
    ),
}


def _extension_story(kind: str, operator: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        _, reason, faults = EXTENSION_FAULTS[operator]
        for name, octets in faults.items():
            refuse_body(here, here.draft.changed(body=here.draft.body + octets), reason, name)
        good = {"overrun": ext(0x0077, b"ok"), "too-many": _many(16), "padding": ext(1, bytes(31))}
        body = here.draft.body + good.get(operator, ext(0x0077) + ext(0x0078))
        here.twin(prepared(here, here.draft.changed(body=body)))

    return story


def _extension_reqs(kind: str, operator: str) -> list[str]:
    """The rule; that unknown extensions are ignored, where there are some; the answer that a request gets."""
    ignored = [] if operator == "padding" else ["REQ-FRM-21"]
    answer = {"PING": ["REQ-SES-27"], **{each: ["REQ-OVL-10"] for each in REQUESTS}}.get(kind, [])
    return [EXTENSION_FAULTS[operator][0], *ignored, *answer]


for _kind in ENDS_IN_EXTENSIONS:
    for _operator in EXTENSION_FAULTS:
        case(
            f"frames.{_kind.lower()}.extension-{_operator}",
            reqs=_extension_reqs(_kind, _operator),
            type=_kind,
            operator=f"extension-{_operator}",
            cls=class_of(_kind),
            fresh=True,
        )(_extension_story(_kind, _operator))


def _ignored(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        grease = [0x1A1A, 0x2A2A, 0x3A3A, 0x4A4A, 0x5A5A, 0x6A6A, 0x7A7A, 0x7FFF, 0x0000, 0x0002]
        body = here.draft.body + b"".join(ext(code, judge.octets(5)) for code in grease)
        here.twin(here.draft.changed(body=body), "unknown-extensions")

    return story


for _kind in ENDS_IN_EXTENSIONS:
    case(
        f"frames.{_kind.lower()}.extension-unknown",
        reqs=["REQ-FRM-21"],
        type=_kind,
        operator="conforming-unknown-extensions",
        cls=class_of(_kind),
        fresh=True,
    )(_ignored(_kind))


def _misplaced(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        octets = here.draft.body + ext(0x8002, bytes(64))
        refuse_body(here, here.draft.changed(body=octets), "unknown-critical-extension", "origin-signature")
        here.twin(prepared(here, here.draft))

    return story


for _kind in ENDS_IN_EXTENSIONS:
    case(
        f"frames.{_kind.lower()}.extension-misplaced",
        reqs=["REQ-FRM-20", "REQ-REC-12"] if _kind == "DATA" else ["REQ-FRM-20"],
        type=_kind,
        operator="extension-misplaced",
        cls=class_of(_kind),
        fresh=True,
    )(_misplaced(_kind))
