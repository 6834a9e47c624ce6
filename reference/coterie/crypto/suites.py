"""The two suites: elements, scalars, and how an element is raised to a scalar.

Implements the groups of the suites and REQ-KEY-1. Elements and scalars are 32 octets in the encoding of the
suite: little-endian for X25519, big-endian for P-256. Elements are checked in `elements`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from coterie.crypto.signature import P256_ORDER
from coterie.errors import LocalError, RemoteError

ELEMENT_SIZE = 32
SCALAR_SIZE = 32
X25519_PRIME = 2**255 - 19
X25519_ORDER = 2**252 + 27742317777372353535851937790883648493
P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
EVEN_Y = b"\x02"


class Unfoldable(LocalError):  # noqa: N818  (it is no error of anybody: the draw is made again)
    """No scalar stands for this product (about one in 2^125); draw again."""


class Suite(Protocol):
    """What the key run asks of a suite. `contribution` is a size in octets."""

    @property
    def code(self) -> int: ...
    @property
    def base(self) -> bytes: ...
    @property
    def prime(self) -> int: ...
    @property
    def contribution(self) -> int: ...

    def value(self, element: bytes) -> int:
        """The integer that an element encodes, canonical or not."""

    def raise_all(self, elements: Iterable[bytes], scalar: bytes) -> tuple[bytes, ...]:
        """Each element raised to `scalar`. `RemoteError` for an element that cannot be raised."""

    def scalar_from_draw(self, octets: bytes) -> bytes:
        """The scalar that a draw of `contribution` octets gives."""

    def fold(self, x: bytes, y: bytes) -> bytes:
        """One scalar that raises as x and then y do. Implements REQ-KEY-1; `Unfoldable` if there is none."""


@dataclass(frozen=True, slots=True)
class Suite1:
    """X25519 (RFC 7748), with ChaCha20-Poly1305."""

    code: int = 1
    base: bytes = (9).to_bytes(ELEMENT_SIZE, "little")
    prime: int = X25519_PRIME
    contribution: int = 32

    def value(self, element: bytes) -> int:
        """The u-coordinate, all 256 bits of it."""
        return int.from_bytes(element, "little")

    def raise_all(self, elements: Iterable[bytes], scalar: bytes) -> tuple[bytes, ...]:
        """X25519 of each element; one of low order is refused with `low-order-element`."""
        check_sizes(scalar)
        key = X25519PrivateKey.from_private_bytes(scalar)
        try:
            return tuple(key.exchange(X25519PublicKey.from_public_bytes(element)) for element in elements)
        except ValueError:
            raise RemoteError("low-order-element", requirement="REQ-KEY-3") from None

    def scalar_from_draw(self, octets: bytes) -> bytes:
        """RFC 7748, section 5: three low bits and the top bit cleared, the next one set."""
        check_draw(octets, self.contribution)
        return bytes([octets[0] & 0xF8]) + octets[1:31] + bytes([octets[31] & 0x7F | 0x40])

    def fold(self, x: bytes, y: bytes) -> bytes:
        """The scalar of x·y mod the order of the base point, or of its negative: both have the same u."""
        check_sizes(x, y)
        product = int.from_bytes(x, "little") * int.from_bytes(y, "little") % X25519_ORDER
        return representative(product).to_bytes(SCALAR_SIZE, "little")


def representative(product: int) -> int:
    """The number 2^254 + 8m, m < 2^251, that is ± `product` mod the order. Implements REQ-KEY-1."""
    # REQ-KEY-1: clamping leaves such a number as it is, so every X25519 can raise to a folded scalar.
    for c in (product, -product):
        m = (c - 2**254) * pow(8, -1, X25519_ORDER) % X25519_ORDER
        if m < 2**251:
            return int(2**254 + 8 * m)
    raise Unfoldable("x times y has no representative; draw y again")


@dataclass(frozen=True, slots=True)
class Suite2:
    """P-256 by x-coordinates, each lifted to its point of even y, with AES-128-GCM."""

    code: int = 2
    base: bytes = bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
    prime: int = P256_PRIME
    contribution: int = 48

    def value(self, element: bytes) -> int:
        """The x-coordinate, all 256 bits of it."""
        return int.from_bytes(element, "big")

    def raise_all(self, elements: Iterable[bytes], scalar: bytes) -> tuple[bytes, ...]:
        """The x of each lifted point times the scalar; an x without a point is refused as `not-on-curve`."""
        check_sizes(scalar)
        number = int.from_bytes(scalar, "big")
        if not 1 <= number < P256_ORDER:
            raise LocalError("a scalar of suite 2 is 1 to n-1; make it with scalar_from_draw or fold")
        key = derive_private_key(number, SECP256R1())
        return tuple(key.exchange(ECDH(), lift(element)) for element in elements)

    def scalar_from_draw(self, octets: bytes) -> bytes:
        """The draw mod n-1, plus 1: 128 bits more than n has keep it even."""
        check_draw(octets, self.contribution)
        return (int.from_bytes(octets, "big") % (P256_ORDER - 1) + 1).to_bytes(SCALAR_SIZE, "big")

    def fold(self, x: bytes, y: bytes) -> bytes:
        """x·y mod the order of the curve, which is prime."""
        check_sizes(x, y)
        product = int.from_bytes(x, "big") * int.from_bytes(y, "big") % P256_ORDER
        return product.to_bytes(SCALAR_SIZE, "big")


def lift(element: bytes) -> EllipticCurvePublicKey:
    """The point of even y with that x. `RemoteError` with `not-on-curve` if there is none."""
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), EVEN_Y + element)
    except ValueError:
        raise RemoteError("not-on-curve", requirement="REQ-KEY-4") from None


def check_sizes(*scalars: bytes) -> None:
    """`LocalError` unless each scalar has 32 octets."""
    if any(len(scalar) != SCALAR_SIZE for scalar in scalars):
        raise LocalError(f"a scalar has {SCALAR_SIZE} octets")


def check_draw(octets: bytes, size: int) -> None:
    """`LocalError` unless the draw has the size of the suite's contribution."""
    if len(octets) != size:
        raise LocalError(f"a scalar of this suite is drawn from {size} octets, not {len(octets)}")


SUITES: Mapping[int, Suite] = {1: Suite1(), 2: Suite2()}


def suite(code: int) -> Suite:
    """The suite of that code point; `LocalError` if there is none."""
    if code not in SUITES:
        raise LocalError(f"there is no suite {code}; use one of {sorted(SUITES)}")
    return SUITES[code]


def raise_(group: Suite, element: bytes, scalar: bytes) -> bytes:
    """One element raised to `scalar`."""
    return group.raise_all([element], scalar)[0]
