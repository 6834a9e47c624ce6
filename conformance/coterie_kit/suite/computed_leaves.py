"""Leaves that nobody has seen before: what a peer reads in them, computed by the kit."""

from __future__ import annotations

from coterie_kit import leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, node_id, overlay_id, peer_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.suite.computed_names import KINDS, WALL


@case(
    "computed.leaves.checked",
    reqs=["REQ-LEF-4", "REQ-LEF-10", "REQ-NAM-1", "REQ-NAM-2"],
    type="none",
    operator="conforming-fresh",
    tier=0,
    fresh=True,
)
def _leaves(judge: Judge) -> None:
    peer = judge.peer()
    for kind in KINDS:
        key = SigningKey.from_octets(judge.octets(32), kind)
        wall = WALL + judge.random.randrange(10**9)
        overlay = judge.octets(16)
        args = {
            "leaf": leaves.make(leaves.good(key, wall)).hex(),
            "overlay": overlay.hex(),
            "policy": "open",
            "wall_ms": wall,
        }
        reply = peer.raw({"cmd": "do", "action": "leaf.check", "args": args})
        if judge.accepted(reply, kind, reqs=["REQ-LEF-4", "REQ-LEF-10"]):
            judge.equal(f"{kind}.key", reply["key"], kind, reqs=["REQ-LEF-4"])
            judge.equal(f"{kind}.spki", reply.octets("spki"), key.spki, reqs=["REQ-LEF-4"])
            judge.equal(f"{kind}.peer", reply.octets("peer"), peer_id(key.spki), reqs=["REQ-NAM-1"])
            judge.equal(f"{kind}.node", reply.octets("node"), node_id(overlay, key.spki), reqs=["REQ-NAM-2"])


@case(
    "computed.leaves.admitted",
    reqs=["REQ-LEF-12", "REQ-LEF-13"],
    type="none",
    operator="conforming-fresh-closed",
    tier=0,
    fresh=True,
)
def _admitted(judge: Judge) -> None:
    peer = judge.peer()
    wall = WALL + judge.random.randrange(10**9)
    authority = leaves.authority(SigningKey.from_octets(judge.octets(32), "p256"), wall)
    overlay = overlay_id(judge.octets(7), digest(authority.key.spki))
    for role in ("member", "receiver"):
        key = SigningKey.from_octets(judge.octets(32))
        leaf = leaves.make(leaves.closed(key, authority, overlay, wall, role))
        args = {
            "leaf": leaf.hex(),
            "overlay": overlay.hex(),
            "policy": "closed",
            "wall_ms": wall,
            "authority": leaves.make(authority).hex(),
        }
        judge.accepted(peer.raw({"cmd": "do", "action": "leaf.check", "args": args}), role)
        other = leaves.authority(SigningKey.from_octets(judge.octets(32), "p256"), wall)
        stranger = args | {"authority": leaves.make(other).hex()}
        reply = peer.raw({"cmd": "do", "action": "leaf.check", "args": stranger})
        judge.refused(reply, "leaf-issuer", name=f"{role}-by-another", reqs=["REQ-LEF-13"])
