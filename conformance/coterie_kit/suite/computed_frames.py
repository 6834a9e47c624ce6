"""Pure functions on frames: fresh inputs in each run, results computed by the kit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.keys.schedule import sender_key
from coterie_kit.puppets import Puppet, cut
from coterie_kit.suite._group_bodies import extensions, group_values
from coterie_kit.suite._overlay_bodies import overlay_values
from coterie_kit.suite._scenes import OF_OVERLAYS, class_of
from coterie_kit.suite.computed_names import KINDS, WALL, same_octets

# ---------------------------------------------------------------- frames


def _member(judge: Judge) -> dict[str, Any]:
    return {
        "node_id": judge.octets(32),
        "incarnation": judge.random.randrange(2**64),
        "leaf_hash": judge.octets(32),
        "contact": contact(f"192.0.2.{judge.random.randrange(1, 255)}:{judge.random.randrange(1, 65536)}"),
        "previous_view": judge.octets(16),
    }


def body_values(judge: Judge, kind: str) -> dict[str, Any]:
    """A body of type ``kind`` with random values in every field."""
    number = judge.random.randrange
    hello = {"nonce": judge.octets(32), "cookie": judge.octets(32), "transcript": judge.octets(32)}
    offers = {"suites": [1, 2, 9], "leaf": judge.octets(number(1, 300)), "extensions": extensions(judge)}
    flow = {"install_digest": judge.octets(32), "entries": [judge.octets(32) for _ in range(number(1, 6))]}
    made: dict[str, Callable[[], dict[str, Any]]] = {
        "HELLO1": lambda: {"nonce": judge.octets(32)},
        "RETRY": lambda: {
            "nonce": judge.octets(32),
            "cookie": judge.octets(32),
            "responder": judge.octets(32),
        },
        "ERROR": lambda: {
            "nonce": judge.octets(32),
            "reason": number(2**16),
            "refused_type": number(256),
            "versions": [1, 7],
        },
        "SEGMENT": lambda: {
            "digest": judge.octets(16),
            "index": 3,
            "count": 5,
            "payload": judge.octets(number(1, 900)),
        },
        "HELLO2": lambda: hello | offers,
        "HELLO3": lambda: (
            hello
            | offers
            | {"roles": 5, "view_id": judge.octets(16), "coordinator": contact("[2001:db8::5]:77")}
        ),
        "REFUSE": lambda: {
            "refused_sequence": number(2**64),
            "reason": number(2**16),
            "refused_type": 16,
            "extensions": [],
        },
        "PING": lambda: {"nonce": judge.octets(8), "extensions": extensions(judge)},
        "PONG": lambda: {"nonce": judge.octets(8), "extensions": []},
        "INSTALL": lambda: {
            "counter": number(2**64),
            "nonce": judge.octets(32),
            "suite": number(256),
            "clock_base": number(2**64),
            "members": [_member(judge) for _ in range(number(1, 6))],
            "cuts": [
                {
                    "previous_view": judge.octets(16),
                    "acknowledged": number(2**64),
                    "senders": [{"node_id": judge.octets(32), "sequence": number(2**64), "holder": 3}],
                }
            ],
            "extensions": extensions(judge),
        },
        "UP": lambda: flow | {"total": judge.octets(32), "extensions": extensions(judge)},
        "DOWN": lambda: flow | {"extensions": []},
        "CONFIRM": lambda: {
            "install_digest": judge.octets(32),
            "down_hash": judge.octets(32),
            "confirmation": judge.octets(32),
            "extensions": [],
        },
    }
    if kind in OF_OVERLAYS:
        return overlay_values(judge, kind)
    return made[kind]() if kind in made else group_values(judge, kind)


def json_value(value: Any) -> Any:
    """A value as the test interface writes it."""
    match value:
        case bytes():
            return value.hex()
        case (bytes() as address, int() as port):
            return {"address": address.hex(), "port": port}
        case list():
            return [json_value(item) for item in value]
        case dict():
            return {name: json_value(item) for name, item in value.items()}
        case _:
            return value


def _object(
    kind: str, overlay: bytes, values: dict[str, Any], prefix: dict[str, Any], signature: bytes
) -> dict[str, Any]:
    protection = registry.frame(kind).protection
    head: dict[str, Any] = {"type": kind, "protection": protection, "overlay_id": overlay.hex()}
    closing = {"signature": signature.hex()} if protection == "signed" else {}
    fields: dict[str, Any] = json_value({**prefix, **values})
    return head | fields | closing


def _random_frame(judge: Judge, kind: str) -> tuple[bytes, dict[str, Any]]:
    overlay, values = judge.octets(16), body_values(judge, kind)
    prefix: dict[str, Any] = {}
    signature = b""
    if registry.frame(kind).protection == "signed":
        number = judge.random.randrange
        prefix = {
            "signer": judge.octets(32),
            "incarnation": number(2**64),
            "sequence": number(2**64),
            "destination": judge.octets(32),
        }
        signature = judge.octets(64)
    octets = frames.write(
        kind,
        overlay,
        frames.write_body(kind, values),
        frames.write_prefix("signed", prefix) if prefix else b"",
        signature,
    )
    return octets, _object(kind, overlay, values, prefix, signature)


def _codec(kind: str, direction: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        peer = judge.peer()
        for number in range(3):
            octets, wanted = _random_frame(judge, kind)
            if direction == "decoded":
                reply = peer.do("frame.decode", bytes=octets)
                if judge.accepted(reply, f"frame-{number}"):
                    judge.equal(f"frame-{number}.fields", dict(reply.result), wanted)
            else:
                reply = peer.raw({"cmd": "do", "action": "frame.encode", "args": wanted})
                same_octets(judge, f"frame-{number}", reply, "bytes", octets)

    return story


RULES = {
    "HELLO1": ["REQ-FRM-12", "REQ-FRM-17"],
    "RETRY": ["REQ-FRM-12"],
    "ERROR": ["REQ-FRM-17", "REQ-FRM-18"],
    "SEGMENT": ["REQ-FRM-18", "REQ-FRM-28"],
}
for _kind in (
    "HELLO1",
    "RETRY",
    "ERROR",
    "SEGMENT",
    "HELLO2",
    "HELLO3",
    "REFUSE",
    "PING",
    "PONG",
    "INSTALL",
    "UP",
    "DOWN",
    "CONFIRM",
    "PROPOSE",
    "FLUSH",
    "JOIN",
    "LEAVE",
    *OF_OVERLAYS,
):
    for _direction in ("decoded", "encoded"):
        case(
            f"computed.frames.{_kind.lower()}-{_direction}",
            reqs=RULES.get(_kind, ["REQ-FRM-16", "REQ-FRM-18", "REQ-FRM-21"]),
            type=_kind,
            operator=f"conforming-fresh-{_direction}",
            cls=class_of(_kind),
            tier=0,
            fresh=True,
        )(_codec(_kind, _direction))


def _verify(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        peer = judge.peer()
        who = Puppet.born(judge.octets(32), judge.octets(16), "192.0.2.1:1", WALL, kind)
        for name in ("PING", "CONFIRM"):
            frame = who.make(name, body_values(judge, name), judge.octets(32))
            judge.accepted(peer.do("frame.verify", bytes=frame, leaf=who.leaf), name)
            place = judge.random.randrange(24, len(frame))
            spoiled = (
                frame[:place] + bytes([frame[place] ^ 1 << judge.random.randrange(8)]) + frame[place + 1 :]
            )
            judge.refused(
                peer.do("frame.verify", bytes=spoiled, leaf=who.leaf), "bad-signature", name=f"{name}-spoiled"
            )
            other = Puppet.born(judge.octets(32), who.overlay, "192.0.2.1:1", WALL, kind)
            judge.refused(
                peer.do("frame.verify", bytes=frame, leaf=other.leaf),
                "bad-signature",
                name=f"{name}-of-another",
            )

    return story


for _kind in KINDS:
    case(
        f"computed.frames.verified-{_kind}",
        reqs=["REQ-FRM-14"],
        type="PING",
        operator=f"conforming-fresh-{_kind}",
        tier=0,
        fresh=True,
    )(_verify(_kind))


def _data_values(judge: Judge) -> dict[str, Any]:
    return {
        "acknowledged": judge.random.randrange(2**64),
        "first_sequence": judge.random.randrange(1, 2**63),
        "messages": [
            {
                "timestamp": judge.random.randrange(2**64),
                "kind": 2,
                "fragment_index": 3,
                "fragment_count": 9,
                "payload": judge.octets(size),
            }
            for size in (0, 1, judge.random.randrange(2, 200))
        ],
        "extensions": extensions(judge),
    }


def _sealing(judge: Judge, suite: int, kind: str) -> tuple[dict[str, Any], bytes, dict[str, Any]]:
    secret, node, overlay = judge.octets(32), judge.octets(32), judge.octets(16)
    prefix: dict[str, Any] = {
        "view_id": judge.octets(16),
        "sender_index": judge.random.randrange(64),
        "counter": judge.random.randrange(2**32),
    }
    values = _data_values(judge) if kind == "DATA" else group_values(judge, kind)
    body = frames.write_body(kind, values)
    associated = frames.write_header(kind, overlay, 28 + len(body) + 16) + frames.write_prefix(
        "sealed", prefix
    )
    octets = associated + sender_key(suite, secret, prefix["sender_index"], node).seal(
        prefix["counter"], body, associated
    )
    common = {"suite": suite, "secret": secret.hex(), "node": node.hex()}
    if kind != "DATA":
        common["type"] = kind
    return common | {"overlay_id": overlay.hex(), **json_value(prefix)}, octets, values


def _seal(suite: int, direction: str, kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        peer = judge.peer()
        for number in range(3):
            known, octets, values = _sealing(judge, suite, kind)
            if direction == "sealed":
                args = known | {"fields": json_value(values)}
                same_octets(
                    judge,
                    f"frame-{number}",
                    peer.raw({"cmd": "do", "action": "frame.seal", "args": args}),
                    "bytes",
                    octets,
                )
                continue
            args = {
                "bytes": octets.hex(),
                "suite": suite,
                "secret": known["secret"],
                "node": known["node"],
                "index": known["sender_index"],
            }
            reply = peer.raw({"cmd": "do", "action": "frame.open", "args": args})
            if judge.accepted(reply, f"frame-{number}"):
                judge.equal(f"frame-{number}.fields", dict(reply.result), json_value(values))
            spoiled = args | {"bytes": (octets[:-1] + bytes([octets[-1] ^ 1])).hex()}
            reply = peer.raw({"cmd": "do", "action": "frame.open", "args": spoiled})
            judge.refused(reply, "bad-seal", name=f"frame-{number}-spoiled")

    return story


for _kind in ("DATA", "HEARTBEAT", "ALIVE", "NACK", "GAP", "SENDER", "PROXY"):
    for _suite in (1, 2):
        for _direction in ("sealed", "opened"):
            case(
                f"computed.frames.{_kind.lower()}-{_direction}-suite-{_suite}",
                reqs=["REQ-REC-6", "REQ-KEY-37", "REQ-REC-19", "REQ-FRM-21"],
                type=_kind,
                operator=f"conforming-fresh-{_direction}-suite-{_suite}",
                tier=0,
                fresh=True,
                suites=(_suite,),
            )(_seal(_suite, _direction, _kind))


def _long_frame(judge: Judge, size: int) -> bytes:
    who = Puppet.born(judge.octets(32), judge.octets(16), "192.0.2.1:1", WALL)
    around = len(who.ping(bytes(8), bytes(32))) + 4
    values = {"nonce": judge.octets(8), "extensions": [{"type": 1, "value": bytes(size - around)}]}
    return who.make("PING", values, judge.octets(32))


@case(
    "computed.segments.cut",
    reqs=["REQ-FRM-26"],
    type="SEGMENT",
    operator="conforming-fresh-cut",
    tier=0,
    fresh=True,
)
def _cut(judge: Judge) -> None:
    peer = judge.peer()
    for size in (1201, 1158 * 2, 1158 * 2 + 1, judge.random.randrange(1300, 60_000)):
        frame = _long_frame(judge, size)
        wanted = [frames.write_body("SEGMENT", values).hex() for values in cut(frame)]
        reply = peer.do("segment.cut", frame=frame)
        if judge.accepted(reply, f"size-{size}"):
            judge.equal(f"size-{size}.segments", list(reply["segments"]), wanted)


@case(
    "computed.segments.joined",
    reqs=["REQ-FRM-33", "REQ-FRM-31"],
    type="SEGMENT",
    operator="conforming-fresh-joined",
    tier=0,
    fresh=True,
)
def _joined(judge: Judge) -> None:
    peer = judge.peer()
    for size in (1201, judge.random.randrange(1300, 60_000)):
        frame = _long_frame(judge, size)
        parts = [frames.write_body("SEGMENT", values) for values in cut(frame)]
        judge.random.shuffle(parts)
        same_octets(
            judge, f"size-{size}", peer.do("segment.join", segments=parts), "frame", frame, "REQ-FRM-33"
        )
        place = judge.random.randrange(18, len(parts[0]))
        spoiled = [parts[0][:place] + bytes([parts[0][place] ^ 1]) + parts[0][place + 1 :], *parts[1:]]
        judge.refused(
            peer.do("segment.join", segments=spoiled),
            "segment-digest",
            name=f"size-{size}-spoiled",
            reqs=["REQ-FRM-31"],
        )
