"""What cases about groups stand on without being about it: how envelopes are signed, and how readers choose.

Shown once for each peer. When a rule of this kind is broken, nothing can be judged by what comes after it;
the cases that cite it say so.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from coterie_kit import leaves
from coterie_kit.faults import Unreadable
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, overlay_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.values import check, classes_of, documents, found_in, used_of
from coterie_kit.values.envelope import KINDS

__all__ = ["prove_choice", "prove_signs"]

WALL = 1_800_000_000_000
OVERLAY = overlay_id(b"proof of groups")
NAME = b"proof"
INFO = "group-info"
_SIGNS: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
_BREAKS: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def prove_signs(judge: Judge) -> None:
    """Ends the case when nobody takes the envelopes that the peer signs."""
    peer = judge.peer()
    if peer not in _SIGNS:
        key = SigningKey.from_octets(b"\x26" * 32)
        facts: dict[str, Any] = {"overlay": OVERLAY, "kind": KINDS["group-list"], "name": b""}
        facts |= {"slot": b"\x27" * 16, "sequence": WALL, "lifetime": 600, "value": b"x", "key": key.pkcs8}
        facts["leaf"] = leaves.make(leaves.good(key, WALL))
        reply = peer.do("envelope.sign", may_be_unsupported=True, **facts)
        _SIGNS[peer] = reply.status == "unsupported" or (reply.ok and _is_taken(reply.octets("bytes")))
    if not _SIGNS[peer] and "REQ-VAL-11" not in judge.case.reqs:
        judge.inconclusive("the peer signs envelopes as nobody takes them")


def _is_taken(octets: bytes) -> bool:
    try:
        check(octets, OVERLAY, WALL)
    except Unreadable:
        return False
    return True


# ---------------------------------------------------------------- choosing


@dataclass(frozen=True, slots=True)
class _Read:
    """Envelopes as they came, an invitation, and what a reader makes of them."""

    envelopes: tuple[bytes, ...]
    invited: bytes | None
    order: tuple[tuple[str, str, int], ...]
    classes: tuple[tuple[int, ...], ...]
    used: tuple[int, ...]


def prove_choice(judge: Judge) -> None:
    """Ends the case when the peer puts what it finds in another order, or in other classes, than the kit."""
    peer = judge.peer()
    if peer not in _BREAKS:
        _BREAKS[peer] = next(filter(None, (_broken(peer, each) for each in _reads())), "")
    broken = _BREAKS[peer]
    if broken and broken not in judge.case.reqs:
        judge.inconclusive("the peer chooses otherwise among what it finds, which is judged elsewhere")


def _broken(peer: Any, wanted: _Read) -> str:
    """The rule that the peer breaks when it reads these; empty when it breaks none."""
    facts: dict[str, Any] = {"overlay": OVERLAY, "kind": INFO, "name": NAME, "wall_ms": WALL}
    facts |= {"envelopes": list(wanted.envelopes)} | ({"invited": wanted.invited} if wanted.invited else {})
    reply = peer.do("resource.read", may_be_unsupported=True, **facts)
    if not reply.ok:
        return ""  # whether it reads at all is judged elsewhere
    found = [(each["publisher"], each["slot"], each["sequence"]) for each in reply["found"]]
    if sorted(found) != sorted(wanted.order):
        return ""
    if found != list(wanted.order):
        return "REQ-VAL-16"
    same = reply["classes"] == [list(each) for each in wanted.classes] and reply["used"] == list(wanted.used)
    return "" if same else "REQ-VAL-17"


@cache
def _reads() -> tuple[_Read, ...]:
    """An open group by several publishers; and besides it a closed one and an alias, with and without an
    invitation."""
    opened = [_open(at) for at in range(3)]
    closed, slot = _closed()
    whole = [*opened, closed, _alias()]
    return (_read(opened), _read(whole), _read(whole, slot), _read(whole, overlay_id(NAME)))


def _read(envelopes: list[bytes], invited: bytes | None = None) -> _Read:
    found = found_in(envelopes, OVERLAY, INFO, NAME, WALL)
    classes = classes_of(found)
    order = tuple((each.publisher.hex(), each.slot.hex(), each.sequence) for each in found)
    used = tuple(used_of(found, classes, invited))
    return _Read(tuple(envelopes), invited, order, tuple(map(tuple, classes)), used)


def _publisher(number: int) -> Puppet:
    return Puppet.born(bytes([0x30 + number]) * 32, OVERLAY, "192.0.2.9:9", WALL)


def _made(who: Puppet, sequence: int, value: bytes, **how: Any) -> bytes:
    usual: dict[str, Any] = {"kind": INFO, "name": NAME, "slot": overlay_id(NAME), "lifetime": 600}
    return _envelopes.make(who, sequence, value=value, **(usual | how))


def _document(*more: tuple[str, str]) -> bytes:
    rows = [("bootstrap-address", "203.0.113.1"), ("bootstrap-port", "5000"), ("description", "proof")]
    return documents.rendered(INFO, [*rows, *more])


def _open(number: int) -> bytes:
    """The first is the oldest; the others are of one moment."""
    return _made(_publisher(number), WALL - (5000 if number else 9000), _document())


def _closed() -> tuple[bytes, bytes]:
    """The newest, of a closed group; and its slot."""
    authority = leaves.authority(SigningKey.from_octets(b"\x28" * 32, "p256"), WALL)
    slot = overlay_id(NAME, digest(authority.key.spki))
    who = _publisher(7)
    leaf = leaves.make(leaves.closed(who.key, authority, slot, WALL))
    certificate = base64.b64encode(leaves.make(authority)).decode()
    value = _document(("policy", "closed"), ("authority-certificate", certificate))
    return _made(who, WALL - 1000, value, slot=slot, leaf=leaf), slot


def _alias() -> bytes:
    return _made(_publisher(8), WALL - 7000, documents.redirect(b"elsewhere"))
