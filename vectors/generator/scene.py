"""The peers, keys, leaves and overlays that the vectors speak of: fixed, so that a second run gives the same
bytes.

Ada, Ben, Cleo, Dan ... are peers; Ben and Dan have P-256 keys, the others Ed25519. Nothing here is secret.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import count

from coterie.crypto import authority, identity, names
from coterie.crypto.identity import Validity
from coterie.crypto.leaf import KeyKind
from coterie.crypto.signature import PrivateKey
from coterie.vocabulary import Address, NodeId, OverlayId

WALL_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: when the vectors happen."""

NOW = WALL_MS // 1000
DAY = 86_400
OPEN_YEAR = Validity(NOW - DAY, NOW + 300 * DAY)
WEEK = Validity(NOW - DAY, NOW + 5 * DAY)
NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gil", "Hal")
CURVE = {"Ben", "Dan"}


def octets(name: str, size: int = 32) -> bytes:
    """Octets that look random and are named: SHA-256 of the name, as often as needed."""
    blocks = (sha256(f"coterie vectors {name} {index}".encode("ascii")).digest() for index in count())
    found = b""
    while len(found) < size:
        found += next(blocks)
    return found[:size]


@dataclass(frozen=True, slots=True)
class Person:
    """A peer: its key, its leaf for open overlays and its address."""

    name: str
    key: PrivateKey
    leaf: bytes
    address: Address

    @property
    def spki(self) -> bytes:
        """The public key."""
        return identity.spki_of(self.key)

    @property
    def leaf_hash(self) -> bytes:
        """What INSTALL says of the leaf."""
        return sha256(self.leaf).digest()

    def node(self, overlay: OverlayId) -> NodeId:
        """The name in an overlay."""
        return names.node_id(overlay, self.spki)


@cache
def person(name: str) -> Person:
    """A peer by name."""
    place = NAMES.index(name)
    kind: KeyKind = "p256" if name in CURVE else "ed25519"
    key = identity.new_private_key(kind, octets(f"key of {name}", 48))
    leaf = identity.self_signed_leaf(key, name, OPEN_YEAR, 1000 + place)
    host = f"192.0.2.{place + 1}" if place % 2 == 0 else f"2001:db8::{place + 1}"
    return Person(name, key, leaf, Address(host, 4000 + place))


@cache
def issuer() -> authority.Issuer:
    """The authority of the closed group."""
    key = authority.curve_key(identity.new_private_key("p256", octets("key of the authority", 48)))
    years = Validity(NOW - 10 * DAY, NOW + 1000 * DAY)
    return authority.Issuer(key, authority.new_authority(key, "Vectors Authority", years, 1))


OPEN = names.overlay_id(b"Vectors")
"""The open group that most vectors happen in."""

OTHER = names.overlay_id(b"Other Vectors")
"""Another open group."""


@cache
def closed() -> OverlayId:
    """The closed group of the authority."""
    return names.overlay_id(b"Vectors", issuer().hash)


@cache
def admission(name: str) -> bytes:
    """A peer's leaf for the closed group."""
    place = NAMES.index(name)
    admitted = authority.Admission(person(name).spki, closed(), "member", WEEK, 2000 + place)
    return authority.issue(issuer(), admitted)
