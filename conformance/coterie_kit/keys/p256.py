"""Suite 2: elements are x-coordinates of P-256, lifted to the point with even y."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["BASE", "FIELD", "ORDER", "decode", "encode", "fold", "lift", "multiply", "scalar_from_draw"]

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
_CURVE = ec.SECP256R1()


def encode(x: int) -> bytes:
    """32 octets, big-endian."""
    return x.to_bytes(32, "big")


def decode(octets: bytes) -> int:
    """The integer that the 32 octets are."""
    return int.from_bytes(octets, "big")


def lift(x: int) -> int | None:
    """The even y of the point with that x, or None when there is none."""
    square = (x * x * x - 3 * x + _B) % FIELD
    y = pow(square, (FIELD + 1) // 4, FIELD)
    if y * y % FIELD != square:
        return None
    return FIELD - y if y & 1 else y


def multiply(x: int, scalar: int) -> int:
    """x-coordinate of scalar times the point lifted from ``x``. ValueError off the curve and at infinity."""
    y = lift(x)
    if y is None:
        raise ValueError("no point has this x-coordinate")
    point = ec.EllipticCurvePublicNumbers(x, y, _CURVE).public_key()
    return decode(ec.derive_private_key(scalar % ORDER, _CURVE).exchange(ec.ECDH(), point))


def scalar_from_draw(octets: bytes) -> int:
    """A scalar from 1 to n-1 from 48 octets."""
    return decode(octets) % (ORDER - 1) + 1


def fold(x: int, y: int) -> int:
    """One scalar that raises as ``x`` and then ``y`` would. Implements REQ-KEY-1."""
    return x * y % ORDER
