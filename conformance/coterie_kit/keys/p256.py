"""Suite 2: elements are x-coordinates of P-256, lifted to the point with even y, in Jacobian integers."""

from __future__ import annotations

__all__ = ["BASE", "FIELD", "ORDER", "decode", "encode", "fold", "lift", "multiply", "scalar_from_draw"]

FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296

_Point = tuple[int, int, int]
_NOWHERE: _Point = (1, 1, 0)


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


def _double(point: _Point) -> _Point:
    x, y, z = point
    if not z or not y:
        return _NOWHERE
    square = y * y % FIELD
    s = 4 * x * square % FIELD
    m = 3 * (x - z * z) * (x + z * z) % FIELD
    over = (m * m - 2 * s) % FIELD
    return over, (m * (s - over) - 8 * square * square) % FIELD, 2 * y * z % FIELD


def _add(one: _Point, x: int, y: int) -> _Point:
    x1, y1, z1 = one
    if not z1:
        return x, y, 1
    zz = z1 * z1 % FIELD
    h, r = (x * zz - x1) % FIELD, (y * zz * z1 - y1) % FIELD
    if not h:
        return _double(one) if not r else _NOWHERE
    hh = h * h % FIELD
    hhh, v = h * hh % FIELD, x1 * hh % FIELD
    over = (r * r - hhh - 2 * v) % FIELD
    return over, (r * (v - over) - y1 * hhh) % FIELD, z1 * h % FIELD


def multiply(x: int, scalar: int) -> int:
    """x-coordinate of scalar times the point lifted from ``x``. ValueError off the curve and at infinity."""
    y = lift(x)
    if y is None:
        raise ValueError("no point has this x-coordinate")
    point = _NOWHERE
    for bit in reversed(range(scalar.bit_length())):
        point = _double(point)
        if scalar >> bit & 1:
            point = _add(point, x, y)
    if not point[2]:
        raise ValueError("the point at infinity has no x-coordinate")
    return point[0] * pow(point[2], -2, FIELD) % FIELD


def scalar_from_draw(octets: bytes) -> int:
    """A scalar from 1 to n-1 from 48 octets."""
    return decode(octets) % (ORDER - 1) + 1


def fold(x: int, y: int) -> int:
    """One scalar that raises as ``x`` and then ``y`` would. Implements REQ-KEY-1."""
    return x * y % ORDER
