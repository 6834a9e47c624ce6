"""The two groups in plain integers, to judge what the library computes by what the formulas say.

Slow, and with branches on secrets: for tests alone. X25519 after RFC 7748, section 5; P-256 in affine
coordinates after SEC 1, section 2.2.1; Edwards points after RFC 8032, section 5.1.
"""

X25519_PRIME = 2**255 - 19
X25519_ORDER = 2**252 + 27742317777372353535851937790883648493
A24 = 121665

P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256_A = -3
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
P256_BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

Point = tuple[int, int] | None


def ladder(scalar: int, u: int) -> int:
    """The u of scalar times a point with that u, by the Montgomery ladder; 0 stands for infinity too."""
    p = X25519_PRIME
    x2, z2, x3, z3 = 1, 0, u % p, 1
    for bit in range(254, -1, -1):
        swap = scalar >> bit & 1
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % p, b * b % p, d * a % p, c * b % p
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % p, u * (da - cb) ** 2 % p
        x2, z2 = aa * bb % p, e * (aa + A24 * e) % p
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return x2 * pow(z2, p - 2, p) % p


def add(left: Point, right: Point) -> Point:
    """The sum of two points of P-256; None is infinity."""
    if left is None or right is None:
        return left or right
    p = P256_PRIME
    if left[0] == right[0]:
        if (left[1] + right[1]) % p == 0:
            return None
        slope = (3 * left[0] ** 2 + P256_A) * pow(2 * left[1], -1, p) % p
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, p) % p
    x = (slope**2 - left[0] - right[0]) % p
    return x, (slope * (left[0] - x) - left[1]) % p


def times(scalar: int, point: Point) -> Point:
    """The scalar times a point of P-256."""
    total: Point = None
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def lift(x: int) -> Point:
    """The point of P-256 with that x and an even y; None if there is none."""
    p = P256_PRIME
    square = (x**3 + P256_A * x + P256_B) % p
    y = pow(square, (p + 1) // 4, p)
    if y * y % p != square:
        return None
    return x, y if y % 2 == 0 else p - y


def square_root(number: int) -> int | None:
    """A square root mod 2^255 - 19, or None."""
    p = X25519_PRIME
    root = pow(number, (p + 3) // 8, p)
    if root * root % p != number % p:
        root = root * pow(2, (p - 1) // 4, p) % p
    return root if root * root % p == number % p else None
