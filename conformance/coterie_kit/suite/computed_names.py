"""Pure functions on names, draws, frames, leaves: fresh inputs in each run, results computed by the kit."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.draws import draw
from coterie_kit.keys.names import node_id, overlay_id, peer_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.puppets import cookie, transcript

WALL = 1_800_000_000_000
KINDS = ("ed25519", "p256")


def same_octets(judge: Judge, name: str, reply: Any, key: str, wanted: bytes, *reqs: str) -> None:
    """The peer did it, and one member of its result is as computed."""
    if judge.accepted(reply, name, reqs=list(reqs) or None):
        judge.equal(f"{name}.{key}", reply.octets(key), wanted, reqs=list(reqs) or None, field=key)


@case(
    "computed.names.of-keys",
    reqs=["REQ-NAM-1", "REQ-NAM-2"],
    type="none",
    operator="conforming-fresh",
    tier=0,
    fresh=True,
)
def _names(judge: Judge) -> None:
    peer = judge.peer()
    for kind in KINDS:
        spki = SigningKey.from_octets(judge.octets(32), kind).spki
        overlay = judge.octets(16)
        same_octets(judge, f"peer-{kind}", peer.do("name.peer", spki=spki), "id", peer_id(spki), "REQ-NAM-1")
        reply = _node(peer, overlay, spki)
        same_octets(judge, f"node-{kind}", reply, "id", node_id(overlay, spki), "REQ-NAM-2")


def _node(peer: Any, overlay: bytes, spki: bytes) -> Any:
    return peer.raw(
        {"cmd": "do", "action": "name.node", "args": {"overlay": overlay.hex(), "spki": spki.hex()}}
    )


@case(
    "computed.names.of-groups",
    reqs=["REQ-NAM-4"],
    type="none",
    operator="conforming-fresh",
    tier=0,
    fresh=True,
)
def _groups(judge: Judge) -> None:
    peer = judge.peer()
    groups = {
        "text": b"Lesekreis" + judge.octets(3).hex().encode(),
        "one": judge.octets(1),
        "longest": judge.octets(255),
    }
    for name, group in groups.items():
        same_octets(judge, f"open-{name}", peer.do("name.overlay", group=group), "id", overlay_id(group))
        authority = judge.octets(32)
        reply = peer.do("name.overlay", group=group, authority=authority)
        same_octets(judge, f"closed-{name}", reply, "id", overlay_id(group, authority))


@case("computed.draws.any", reqs=["REQ-TST-1"], type="none", operator="conforming-fresh", tier=0, fresh=True)
def _draws(judge: Judge) -> None:
    peer = judge.peer()
    for length, size, index in ((32, 34, 0), (48, 48, 1), (8, 0, 7), (33, 255, 2**16), (100, 3, 2**32 - 1)):
        seed, context = judge.octets(32), judge.octets(size)
        label = judge.random.choice([row["name"] for row in registry.tables()["draw"]])
        reply = peer.do("draw", seed=seed, label=label, context=context, index=index, length=length)
        same_octets(judge, f"{label}-{length}", reply, "bytes", draw(seed, label, context, index, length))


@case(
    "computed.sessions.cookie",
    reqs=["REQ-SES-1"],
    type="RETRY",
    operator="conforming-fresh",
    tier=0,
    fresh=True,
)
def _cookie(judge: Judge) -> None:
    peer = judge.peer()
    for address in ("192.0.2.9:1", "203.0.113.200:65535", "[2001:db8::17]:4000"):
        secret, overlay, nonce = judge.octets(32), judge.octets(16), judge.octets(32)
        bucket = judge.random.randrange(2**40)
        args = {
            "secret": secret.hex(),
            "address": address,
            "overlay": overlay.hex(),
            "nonce": nonce.hex(),
            "bucket": bucket,
        }
        reply = peer.raw({"cmd": "do", "action": "hello.cookie", "args": args})
        same_octets(judge, address, reply, "cookie", cookie(secret, address, overlay, nonce, bucket))


@case(
    "computed.sessions.transcript",
    reqs=["REQ-SES-10"],
    type="HELLO3",
    operator="conforming-fresh",
    tier=0,
    fresh=True,
)
def _transcript(judge: Judge) -> None:
    peer = judge.peer()
    for sizes in ((128, 120), (128, 120, 400)):
        parts = [judge.octets(size) for size in sizes]
        reply = peer.do("hello.transcript", frames=parts)
        same_octets(judge, f"{len(sizes)}-frames", reply, "transcript", transcript(*parts))
