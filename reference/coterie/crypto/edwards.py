"""Whether 32 octets are an Ed25519 public key that can be trusted to bind a signature.

Implements REQ-LEF-5. The library accepts keys of small order, and for those one fixed signature verifies
every message; so the point is looked at here, in plain integers (RFC 8032, section 5.1).
"""

from __future__ import annotations

from functools import lru_cache

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
TOP_BIT = 1 << 255
REMEMBERED = 128
"""Of how many keys it is remembered whether they are points: peers show theirs again with each greeting."""


def is_canonical(key: bytes) -> bool:
    """Whether the y-coordinate is less than p."""
    return int.from_bytes(key, "little") & (TOP_BIT - 1) < P


@lru_cache(REMEMBERED)
def is_on_curve(key: bytes) -> bool:
    """Whether there is a point with that y-coordinate."""
    above, below = _x_square(int.from_bytes(key, "little") & (TOP_BIT - 1))
    # A fraction is a square where the product of its two halves is.
    return is_square(above * below)


def is_square(number: int) -> bool:
    """Whether `number`, which is not negative, is a square modulo p."""
    # The Jacobi symbol by reciprocity: like Euclid's algorithm, and so a third of the work of Euler's power.
    # Nothing here is secret, so the time may depend on the number.
    above, below, is_one = number % P, P, True  # 0 is the square of 0
    while above:
        twos = (above & -above).bit_length() - 1
        above >>= twos
        if twos & 1 and below & 7 in {3, 5}:
            is_one = not is_one
        if above & below & 3 == 3:
            is_one = not is_one
        above, below = below % above, above
    return is_one


def has_small_order(key: bytes) -> bool:
    """Whether the point, which is on the curve, has order 1, 2, 4 or 8."""
    y = int.from_bytes(key, "little") & (TOP_BIT - 1)
    above, below = _x_square(y)
    # Order 1 or 2: x = 0. Order 4: y = 0. Order 8: twice the point has order 4, and its y is (y² + x²) / ...
    return above == 0 or y == 0 or (y * y * below + above) % P == 0


def _x_square(y: int) -> tuple[int, int]:
    # From the equation of the curve, -x² + y² = 1 + d x² y². A fraction, above and below its line, since it
    # costs much to divide; what is below is never 0.
    return (y * y - 1) % P, (D * y * y + 1) % P
