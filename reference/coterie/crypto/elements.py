"""The checks on every element of a flow, at every hop.

Implements REQ-KEY-2 to REQ-KEY-6. An element that passes cannot force a key, cannot be raised to zero, and
has no second encoding. (A point of the twist of suite 1 passes: it ends in an abort at CONFIRM.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coterie.crypto.suites import ELEMENT_SIZE, X25519_PRIME, Suite, lift
from coterie.errors import LocalError, RemoteError

# The u of every point of order 1, 2, 4 or 8 on the curve and on its twist (a test computes them).
X25519_LOW_ORDER = frozenset(
    {
        0,
        1,
        X25519_PRIME - 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    }
)


@dataclass(frozen=True, slots=True)
class Placed:
    """One element of a flow, and where it stands. `sole`: the only entry of an UP or of a DOWN."""

    suite: Suite
    element: bytes
    field: str
    sole: bool


def check_canonical(placed: Placed) -> None:
    """Refuse a second encoding. Implements REQ-KEY-2."""
    # REQ-KEY-2: the transcript binds octets, so one value has one encoding.
    if placed.suite.value(placed.element) >= placed.suite.prime:
        raise RemoteError("noncanonical-element", requirement="REQ-KEY-2", field=placed.field)


def check_order(placed: Placed) -> None:
    """Refuse what raises to zero. Implements REQ-KEY-3."""
    # REQ-KEY-3: only X25519 has points of small order; P-256 has prime order.
    if placed.suite.code == 1 and placed.suite.value(placed.element) in X25519_LOW_ORDER:
        raise RemoteError("low-order-element", requirement="REQ-KEY-3", field=placed.field)


def check_on_curve(placed: Placed) -> None:
    """Refuse an x without a point. Implements REQ-KEY-4."""
    # REQ-KEY-4: on another curve the scalar would leak.
    if placed.suite.code != 2:
        return
    try:
        lift(placed.element)
    except RemoteError as refused:
        raise RemoteError("not-on-curve", requirement="REQ-KEY-4", field=placed.field) from refused


def check_not_base(placed: Placed) -> None:
    """Refuse the base point, but as the sole entry. Implements REQ-KEY-5."""
    # REQ-KEY-5: nobody has contributed to the base point; its holder's key would be its neighbour's element.
    if placed.element == placed.suite.base and not placed.sole:
        raise RemoteError("base-point-element", requirement="REQ-KEY-5", field=placed.field)


def check_distinct(placed: Sequence[Placed]) -> None:
    """Refuse an element that stands twice. Implements REQ-KEY-6."""
    # REQ-KEY-6: two equal entries mean a contribution of one, or a member's element shown as another's.
    seen: set[bytes] = set()
    for each in placed:
        if each.element in seen:
            raise RemoteError("repeated-element", requirement="REQ-KEY-6", field=each.field)
        seen.add(each.element)


# Looked up when called, so that each rule can be replaced in this module.
CHECKS: tuple[Callable[[Placed], None], ...] = (
    lambda placed: check_canonical(placed),
    lambda placed: check_order(placed),
    lambda placed: check_on_curve(placed),
    lambda placed: check_not_base(placed),
)


def check_flow(suite: Suite, entries: Sequence[bytes], total: bytes | None = None) -> None:
    """Refuse a flow with a bad element: an UP if there is a `total`, a DOWN if not. `RemoteError`.

    Implements the order of REQ-KEY-2 to REQ-KEY-6: all checks on one element, entries first, then the total;
    last that no two are equal.
    """
    placed = [Placed(suite, entry, f"entries[{at}]", len(entries) == 1) for at, entry in enumerate(entries)]
    if total is not None:
        placed.append(Placed(suite, total, "total", sole=False))
    if any(len(each.element) != ELEMENT_SIZE for each in placed):
        raise LocalError(f"an element has {ELEMENT_SIZE} octets")
    for each in placed:
        for check in CHECKS:
            check(each)
    check_distinct(placed)
