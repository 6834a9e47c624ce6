"""Every bit of every signed and sealed frame: flipped alone, it is refused for the reason of its field."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._scenes import SCENES, Scene, scene

Reasons = frozenset[str]

WINDOWED = {"PING", "PONG", "REFUSE"}
LEAF_REASONS = frozenset(
    row["name"] for row in registry.tables()["reason"] if row["name"].startswith("leaf-")
)
STRUCTURE = frozenset(
    {
        "truncated-body", "count-out-of-range", "extension-overrun", "unknown-critical-extension",
        "duplicate-extension", "too-many-extensions", "padding-nonzero",
    }
)  # fmt: skip


def _expected(here: Scene, frame: frames.Frame, flipped: bytes, path: str) -> Reasons:
    if path == "header.overlay_id":
        return frozenset({"unknown-overlay"})
    try:
        kind, protection, _ = frames.read_header(flipped)
    except frames.Unreadable as unreadable:
        return frozenset({unreadable.reason})
    if kind != frame.type and kind in {"HELLO2", "HELLO3"}:
        return _as_hello(kind, flipped)
    if protection == "sealed":
        return _sealed(path)
    if kind in {"HELLO2", "HELLO3"}:
        return _hello(kind, flipped, path)
    if frame.type in {"HELLO2", "HELLO3"}:
        return frozenset({"no-session"})
    return _signed(kind, here, frame, flipped, path)


def _as_hello(kind: str, flipped: bytes) -> Reasons:
    """A frame of another type that now says it is a greeting."""
    try:
        frames.read_body(kind, flipped[104:-64])
    except frames.Unreadable as unreadable:
        return frozenset({unreadable.reason})
    return frozenset({"bad-cookie"} if kind == "HELLO2" else {"unexpected-reply"})


def _signed(kind: str, here: Scene, frame: frames.Frame, flipped: bytes, path: str) -> Reasons:
    if path == "prefix.signer":
        return frozenset({"no-session"})
    if path == "prefix.incarnation":
        return frozenset({"wrong-incarnation"})
    if path == "prefix.sequence" and kind in WINDOWED:
        said = int.from_bytes(flipped[64:72], "big")
        highest = int(here.notes.get("highest", frame.prefix["sequence"] - 1))
        if said == 0 or said <= highest - 64:
            return frozenset({"too-old"})
        if said <= highest:
            return frozenset({"replayed"})
    return frozenset({"bad-signature"})


def _hello(kind: str, flipped: bytes, path: str) -> Reasons:
    try:
        frames.read_body(kind, flipped[104:-64])
    except frames.Unreadable as unreadable:
        return frozenset({unreadable.reason})
    first = "bad-cookie" if kind == "HELLO2" else "unexpected-reply"
    by_field: dict[str, Reasons] = {
        "body.nonce": frozenset({first}),
        "body.cookie": frozenset({first}),
        "body.transcript": frozenset({"bad-transcript"}),
        "body.roles": frozenset({"bad-roles", "bad-signature"}),
        "body.coordinator": frozenset({"bad-contact"}),
        "body.leaf": LEAF_REASONS | {"signer-mismatch", "bad-signature"},
        "body.leaf_length": LEAF_REASONS | STRUCTURE,
        "prefix.signer": frozenset({"signer-mismatch"}),
    }
    if path.startswith("body.suite"):
        return frozenset({"bad-suites", "bad-signature"}) | LEAF_REASONS | STRUCTURE
    return by_field.get(path, frozenset({"bad-signature"}))


def _sealed(path: str) -> Reasons:
    by_field = {
        "prefix.view_id": frozenset({"unknown-view"}),
        "prefix.sender_index": frozenset({"bad-sender-index", "bad-seal"}),
        "prefix.counter": frozenset({"counter-range", "bad-seal"}),
    }
    return by_field.get(path, frozenset({"bad-seal"}))


def _story(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        whole = here.draft.octets()
        frame = frames.read(whole)
        before = here.stage.digest()
        offset = judge.random.randrange(8)
        for place in range(len(whole)):
            for bit in _bits(frame.at(place), place, offset):
                flipped = whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]
                _one(here, frame, flipped, f"{frame.at(place)}-octet-{place}-bit-{bit}")
        judge.equal("digest", here.stage.digest(), before)
        here.twin()

    return story


def _bits(path: str, place: int, offset: int) -> range | tuple[int, ...]:
    """All bits of what decides how a frame is read; of long opaque fields one, another one in each run."""
    short = path.startswith(("header", "prefix.in", "prefix.se", "prefix.co", "prefix.re"))
    short = short or path.endswith(("_count", "_length", ".suite", ".roles", ".counter"))
    return range(8) if short else ((place + offset) % 8,)


def _one(here: Scene, frame: frames.Frame, flipped: bytes, name: str) -> None:
    judge = here.stage.judge
    reply = here.stage.peer.deliver(flipped, here.draft.source)
    expected = _expected(here, frame, flipped, name.partition("-octet-")[0])
    judge.check(
        name,
        reply.status == "error" and reply.reason in expected,
        field="reason",
        expected=" or ".join(sorted(expected)),
        observed=reply.said(),
    )


FLIPPED = {
    "HELLO2": ["REQ-FRM-14", "REQ-SES-1", "REQ-SES-10", "REQ-SES-12"],
    "HELLO3": ["REQ-FRM-14", "REQ-SES-20", "REQ-SES-10", "REQ-SES-12"],
    "DATA": ["REQ-REC-6", "REQ-REC-1", "REQ-REC-2", "REQ-REC-17"],
}
USUAL = ["REQ-FRM-14", "REQ-SES-3", "REQ-SES-4"]

for _kind in SCENES:
    if registry.frame(_kind).protection != "plain":
        case(
            f"frames.{_kind.lower()}.every-bit",
            reqs=FLIPPED.get(_kind, USUAL),
            type=_kind,
            operator="bit-flip",
            fresh=True,
        )(_story(_kind))
