"""What cases of an overlay stand on without being about it: shown first, so that they blame nobody for it.

When a rule of this kind is broken, nothing can be judged by the others; the cases that cite it say so.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from coterie_kit.faults import Unreadable
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.values import check
from coterie_kit.values.envelope import KINDS, resource_key

__all__ = ["long_frame", "prove_keys", "prove_refused"]

NAMES = {"group-list": b"", "group-info": b"proof"}
_SAME: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def prove_keys(judge: Judge) -> None:
    """Ends the case when the peer stores resources under other keys than the kit."""
    peer = judge.peer()
    if peer not in _SAME:
        told = {
            kind: peer.do("resource.key", may_be_unsupported=True, kind=kind, name=name)
            for kind, name in NAMES.items()
        }
        _SAME[peer] = all(
            reply.status == "unsupported"
            or (reply.ok and reply.raw["result"].get("key") == resource_key(KINDS[kind], NAMES[kind]).hex())
            for kind, reply in told.items()
        )
    if not _SAME[peer] and "REQ-VAL-1" not in judge.case.reqs:
        judge.inconclusive("the peer stores resources under other keys")


def prove_refused(judge: Judge, overlay: bytes, wall_ms: int, envelopes: dict[str, bytes]) -> None:
    """Ends the case unless the peer, asked as a storer, refuses each of these bad envelopes like the kit."""
    for name, octets in envelopes.items():
        facts: dict[str, Any] = {"bytes": octets, "overlay": overlay, "wall_ms": wall_ms}
        reply = judge.peer().do("envelope.check", may_be_unsupported=True, **facts)
        if reply.status != "unsupported" and reply.reason != _fault(octets, overlay, wall_ms):
            judge.inconclusive(f"the envelope {name}: {reply.said()}, which is judged elsewhere")


def _fault(octets: bytes, overlay: bytes, wall_ms: int) -> str:
    """Why a storer refuses an envelope."""
    try:
        check(octets, overlay, wall_ms)
    except Unreadable as refused:
        return refused.reason
    return ""


def long_frame(who: Puppet, to: bytes) -> bytes:
    """A PING that needs several SEGMENTs."""
    padding = [{"type": 1, "value": bytes(1200)}]
    return who.make("PING", {"nonce": bytes(8), "extensions": padding}, to)
