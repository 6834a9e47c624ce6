"""Bits of every signed and sealed frame: flipped alone, each is refused for the reason of its field.

All bits of what decides how a frame is read, and of every other field its first and last octet; of what lies
between in long opaque ones each run takes another part.
"""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._multicast import MULTICAST_SCENES
from coterie_kit.suite._scenes import SCENES, WINDOWED, Scene, class_of
from coterie_kit.suite.frames_header import sampled, shortest

Reasons = frozenset[str]

LEAF_REASONS = frozenset(
    row["name"] for row in registry.tables()["reason"] if row["name"].startswith("leaf-")
)


# What decides how a greeting is read is judged where those rules are.
ELSEWHERE = ("header", "body.suite", "body.leaf_length", "body.roles", "body.coordinator", "prefix.reserved")


def _expected(kind: str, here: Scene, frame: frames.Frame, path: str, flipped: bytes) -> tuple[Reasons, str]:
    """The reasons that a flipped bit may be refused for, and the rule that refuses it."""
    if frame.protection == "sealed":
        return SEALED.get(path, (frozenset({"bad-seal"}), "REQ-REC-6"))
    if kind in {"HELLO2", "HELLO3"}:
        return _hello(kind, path)
    if path == "prefix.signer":
        return frozenset({"no-session"}), "REQ-SES-3"
    if path == "prefix.incarnation":
        return frozenset({"wrong-incarnation"}), "REQ-SES-4"
    if path == "prefix.sequence" and kind in WINDOWED:
        said = int.from_bytes(flipped[64:72], "big")
        highest = int(here.notes.get("highest", frame.prefix["sequence"] - 1))
        if said == 0 or said <= highest - 64:
            return frozenset({"too-old"}), "REQ-SES-5"
        if said <= highest:
            return frozenset({"replayed"}), "REQ-SES-5"
    return frozenset({"bad-signature"}), "REQ-FRM-14"


def _hello(kind: str, path: str) -> tuple[Reasons, str]:
    first, rule = ("bad-cookie", "REQ-SES-1") if kind == "HELLO2" else ("unexpected-reply", "REQ-SES-20")
    by_field: dict[str, tuple[Reasons, str]] = {
        "body.nonce": (frozenset({first}), rule),
        "body.cookie": (frozenset({first}), rule),
        "body.transcript": (frozenset({"bad-transcript"}), "REQ-SES-10"),
        "body.leaf": (LEAF_REASONS | {"signer-mismatch", "bad-signature"}, "REQ-FRM-14"),
        "prefix.signer": (frozenset({"signer-mismatch"}), "REQ-SES-12"),
    }
    return by_field.get(path, (frozenset({"bad-signature"}), "REQ-FRM-14"))


SEALED: dict[str, tuple[Reasons, str]] = {
    "prefix.view_id": (frozenset({"unknown-view"}), "REQ-REC-1"),
    "prefix.sender_index": (frozenset({"bad-sender-index", "bad-seal"}), "REQ-REC-2"),
    "prefix.counter": (frozenset({"counter-range", "bad-seal", "counter-reused"}), "REQ-REC-3"),
}


def _story(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = shortest(judge, kind)
        whole = here.draft.octets()
        frame = frames.read(whole)
        before = here.stage.digest()
        offset = judge.random.randrange(8)
        for place in sampled(frame, range(24, len(whole)), judge):
            path = frame.at(place)
            if path.startswith(ELSEWHERE):
                continue
            for bit in _bits(path, place, offset):
                if path == "prefix.sequence" and frame.prefix["sequence"] == 1 << 8 * (71 - place) + bit:
                    continue  # zero is judged with its own rule
                flipped = whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]
                reply = here.stage.peer.deliver(flipped, here.draft.source)
                reasons, rule = _expected(kind, here, frame, path, flipped)
                judge.check(
                    f"{path}-octet-{place}-bit-{bit}",
                    reply.status == "error" and reply.reason in reasons,
                    reqs=[rule],
                    field="reason",
                    expected=" or ".join(sorted(reasons)),
                    observed=reply.said(),
                )
        judge.equal("digest", here.stage.digest(), before)
        here.twin()

    return story


def _bits(path: str, place: int, offset: int) -> range | tuple[int, ...]:
    """All bits of what decides how a frame is read; of long opaque fields one, another one in each run."""
    short = path.startswith(
        ("prefix.incarnation", "prefix.sequence", "prefix.counter", "prefix.sender_index")
    )
    return range(8) if short or path.endswith(("_count", ".suite")) else ((place + offset) % 8,)


FLIPPED = {
    "HELLO2": ["REQ-FRM-14", "REQ-SES-1", "REQ-SES-10", "REQ-SES-12"],
    "HELLO3": ["REQ-FRM-14", "REQ-SES-20", "REQ-SES-10", "REQ-SES-12"],
    **{kind: ["REQ-REC-6", "REQ-REC-1", "REQ-REC-2", "REQ-REC-3"] for kind in MULTICAST_SCENES},
    "DATA": ["REQ-REC-6", "REQ-REC-1", "REQ-REC-2", "REQ-REC-3"],
}
FLOW = ["REQ-FRM-14", "REQ-SES-3", "REQ-SES-4"]

for _kind in SCENES:
    if registry.frame(_kind).protection != "plain":
        case(
            f"frames.{_kind.lower()}.every-bit",
            reqs=FLIPPED.get(_kind, [*FLOW, "REQ-SES-5"] if _kind in WINDOWED else FLOW),
            type=_kind,
            operator="bit-flip",
            cls=class_of(_kind),
            fresh=True,
        )(_story(_kind))
