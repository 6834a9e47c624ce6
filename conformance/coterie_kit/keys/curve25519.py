"""Suite 1: elements are u-coordinates of Curve25519.

The library raises by the scalars that RFC 7748 clamps, which are all that members use; what else a case asks
for is raised by a Montgomery ladder in plain integers.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

__all__ = [
    "BASE", "FIELD", "LOW_ORDER", "ORDER",
    "decode", "encode", "fold", "ladder", "multiply", "scalar_from_draw",
]  # fmt: skip

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
BASE = 9
_A24 = 121665
_TOP = 2**254
_EIGHTH = pow(8, -1, ORDER)

LOW_ORDER = frozenset(
    {
        0,
        1,
        FIELD - 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    }
)


def encode(u: int) -> bytes:
    """32 octets, little-endian."""
    return u.to_bytes(32, "little")


def decode(octets: bytes) -> int:
    """The integer that the 32 octets are; the top bit is not masked here."""
    return int.from_bytes(octets, "little")


def multiply(u: int, scalar: int) -> int:
    """u-coordinate of scalar times the point with u-coordinate ``u``."""
    if scalar % 8 or scalar >> 254 != 1 or u >= FIELD or u in LOW_ORDER:
        return ladder(u, scalar)
    private = X25519PrivateKey.from_private_bytes(encode(scalar))
    return decode(private.exchange(X25519PublicKey.from_public_bytes(encode(u))))


def ladder(u: int, scalar: int) -> int:
    """u-coordinate of scalar times the point with u-coordinate ``u`` (RFC 7748, section 5)."""
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for bit in reversed(range(scalar.bit_length())):
        now = scalar >> bit & 1
        if swap ^ now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = now
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % FIELD, b * b % FIELD, d * a % FIELD, c * b % FIELD
        x3, z3 = (da + cb) ** 2 % FIELD, u * (da - cb) ** 2 % FIELD
        e = aa - bb
        x2, z2 = aa * bb % FIELD, e * (aa + _A24 * e) % FIELD
    if swap:
        x2, z2 = x3, z3
    return x2 * pow(z2, FIELD - 2, FIELD) % FIELD


def scalar_from_draw(octets: bytes) -> int:
    """A scalar 2^254 + 8m from 32 octets, as RFC 7748 clamps them."""
    return decode(octets) % _TOP // 8 * 8 + _TOP


def fold(x: int, y: int) -> int:
    """One scalar that raises as ``x`` and then ``y`` would. Implements REQ-KEY-1."""
    product = x * y % ORDER
    for candidate in (product, -product % ORDER):
        m = (candidate - _TOP) * _EIGHTH % ORDER
        if m < 2**251:
            return _TOP + 8 * m
    raise ValueError("no scalar stands for this product: draw again")
