"""A peer that cannot greet at all: shown once, so that the cases about greetings do not all blame themselves.

When a rule that every greeting needs is broken (the signature, say), the conforming twin of each of these
cases is refused for it. Only the cases that cite the rule may say so; for the others nothing can be judged.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from coterie_kit import frames, leaves, registry
from coterie_kit.judge import Judge
from coterie_kit.keys.draws import draw
from coterie_kit.keys.names import overlay_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.puppets import Puppet, cookie, plain
from coterie_kit.reply import Reply

__all__ = ["expected_retry", "prove", "prove_cookies", "prove_order"]

WALL = 1_800_000_000_000
BUCKET = registry.timer("cookie-bucket")
OVERLAY = overlay_id(b"proof")
NEEDED = {
    "stale-incarnation": {"REQ-SES-14"},
    "bad-signature": {"REQ-FRM-14"},
    "wrong-destination": {"REQ-FRM-15"},
    "bad-cookie": {"REQ-SES-1"},
    "bad-transcript": {"REQ-SES-10"},
    "signer-mismatch": {"REQ-NAM-2"},
    "unexpected-reply": {"REQ-SES-9", "REQ-SES-20"},
    "silence": {"REQ-SES-2", "REQ-SES-9", "REQ-SES-18"},
}
_FOUND: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
_IN_ORDER: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
_BAKES: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def prove(judge: Judge) -> None:
    """Ends the case when the peer cannot greet, for a reason that is not the case's."""
    peer = judge.peer()
    if peer not in _FOUND:
        _FOUND[peer] = _trouble(peer)
    trouble = _FOUND[peer]
    if trouble and not NEEDED.get(trouble, set()) & set(judge.case.reqs):
        judge.inconclusive(f"the peer completes no greeting at all: {trouble}")


def prove_order(judge: Judge) -> None:
    """Ends the case when the peer tells what happens in another order than it happens in."""
    peer = judge.peer()
    if peer not in _IN_ORDER:
        _begin(peer)
        sent = {}
        for at, to in enumerate(("192.0.2.2:4001", "192.0.2.3:4001")):
            sent[_sent(peer.do("greet", OVERLAY, to=to))] = to
            peer.tick(1010 + 10 * at, WALL)
        late = peer.tick(1015 + registry.timer("hello-resend"), WALL)
        # whether it is told at all is judged elsewhere
        _IN_ORDER[peer] = [sent.get(each.bytes) for each in late.sends] != list(sent.values())[::-1]
    if not _IN_ORDER[peer] and not {"REQ-TST-5", "REQ-TST-6"} & set(judge.case.reqs):
        judge.inconclusive("the peer tells what happens in another order")


def prove_cookies(judge: Judge) -> bool:
    """Whether the peer answers a HELLO1 just as the kit expects: then no step of a case needs to ask it."""
    peer = judge.peer()
    if peer not in _BAKES:
        _BAKES[peer] = peer.hello.determinism == "D3" and _bakes(peer)
    return _BAKES[peer]


def _bakes(peer: Any) -> bool:
    own = Puppet.born(b"\x21" * 32, OVERLAY, "192.0.2.1:4000", WALL)
    _begin(peer)
    for bucket, address in enumerate(("192.0.2.2:4001", "192.0.2.3:4002")):
        hello1 = plain("HELLO1", OVERLAY, nonce=b"\x24" * 32)
        if bucket:
            peer.tick(1000 + bucket * BUCKET, WALL)
        wanted = expected_retry(b"\x23" * 32, own, address, hello1, bucket)
        if _sent(peer.deliver(hello1, address)) != wanted:
            return False
    return True


def expected_retry(seed: bytes, own: Puppet, address: str, hello1: bytes, bucket: int) -> bytes:
    """What a peer of level D3 with that seed answers to a HELLO1 from that address in that bucket."""
    secret = draw(seed, "cookie-secret", bucket.to_bytes(8, "big"), 0, 32)
    nonce = frames.read(hello1).body["nonce"]
    return own.retry(nonce, cookie(secret, address, own.overlay, nonce, bucket))


def _begin(peer: Any) -> None:
    """Starts the peer in an overlay of its own."""
    key = SigningKey.from_octets(b"\x21" * 32)
    leaf = leaves.make(leaves.good(key, WALL))
    peer.reset(
        seed=b"\x23" * 32,
        mono_ms=1000,
        wall_ms=WALL,
        key=key.pkcs8,
        leaf=leaf,
        address="192.0.2.1:4000",
        trust=[{"overlay": OVERLAY, "policy": "open"}],
    )


def _trouble(peer: Any) -> str:
    """What keeps the peer from greeting and from being greeted; empty when nothing does."""
    who = Puppet.born(b"\x22" * 32, OVERLAY, "192.0.2.2:4001", WALL)
    _begin(peer)
    try:
        return _greeted(peer, who) or _greets(peer, who)
    except frames.Unreadable as unreadable:
        return unreadable.reason


def _sent(reply: Reply) -> bytes:
    return reply.sends[0].bytes if reply.ok and reply.sends else b""


def _greeted(peer: Any, who: Puppet) -> str:
    hello1 = who.hello1(b"\x24" * 32)
    retry = _sent(peer.deliver(hello1, who.address))
    if not retry:
        return "silence"
    to = frames.read(retry).body["responder"]
    reply = peer.deliver(who.make("HELLO2", who.hello2_values(hello1, retry), to), who.address)
    return "" if reply.ok else str(reply.reason)


def _greets(peer: Any, who: Puppet) -> str:
    hello1 = _sent(peer.do("greet", OVERLAY, to=who.address))
    if not hello1:
        return "silence"
    retry = who.retry(frames.read(hello1).body["nonce"], b"\x25" * 32)
    hello2 = _sent(peer.deliver(retry, who.address))
    if not hello2:
        return "silence"
    values = who.hello3_values(hello1, retry, hello2)
    own = frames.read(hello2).prefix["signer"]
    reply = peer.deliver(who.make("HELLO3", values, own), who.address)
    return "" if reply.ok else str(reply.reason)
