"""Whether 32 octets are an Ed25519 public key that can be trusted to bind a signature.

Implements REQ-LEF-5. The library accepts keys of small order, and for those one fixed signature verifies
every message; so the point is looked at here, in plain integers (RFC 8032, section 5.1).
"""

from __future__ import annotations

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
TOP_BIT = 1 << 255


def is_canonical(key: bytes) -> bool:
    """Whether the y-coordinate is less than p."""
    return int.from_bytes(key, "little") & (TOP_BIT - 1) < P


def is_on_curve(key: bytes) -> bool:
    """Whether there is a point with that y-coordinate."""
    above, below = _x_square(int.from_bytes(key, "little") & (TOP_BIT - 1))
    # Euler: a number is a square if its power of (p-1)/2 is 1, or if it is 0. A fraction is one where the
    # product of its two halves is.
    return pow(above * below, (P - 1) // 2, P) in {0, 1}


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
