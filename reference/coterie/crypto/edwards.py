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
    y = int.from_bytes(key, "little") & (TOP_BIT - 1)
    square = _x_square(y)
    # Euler: a number is a square if its power of (p-1)/2 is 1, or if it is 0.
    return pow(square, (P - 1) // 2, P) in {0, 1}


def has_small_order(key: bytes) -> bool:
    """Whether the point, which is on the curve, has order 1, 2, 4 or 8."""
    y = int.from_bytes(key, "little") & (TOP_BIT - 1)
    # Only y and the square of x are needed: doubling three times either reaches the neutral point or not.
    x_square = _x_square(y)
    for _ in range(3):
        x_square, y = _double(x_square, y)
    return (x_square, y) == (0, 1)


def _x_square(y: int) -> int:
    return (y * y - 1) * pow(D * y * y + 1, -1, P) % P


def _double(x_square: int, y: int) -> tuple[int, int]:
    """Double a point given as (x², y): x' = 2xy / (1 + d x² y²), y' = (y² + x²) / (1 - d x² y²)."""
    y_square = y * y % P
    product = D * x_square * y_square % P
    doubled = 4 * x_square * y_square * pow(1 + product, -2, P) % P
    return doubled, (y_square + x_square) * pow(1 - product, -1, P) % P
