"""What all simulated peers compute alike is computed once: signatures and leaves that many of them check.

The cache stands around the functions of the product while a simulation runs; the product does not know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from coterie.crypto import certificate, edwards, keys, signature

REMEMBERED = 65_536

PLACES: tuple[tuple[Any, str], ...] = (
    (keys, "public_key"),
    (certificate, "parse"),
    (edwards, "is_on_curve"),
    (edwards, "has_small_order"),
)
"""Pure functions of octets, by module and name."""


@contextmanager
def remembering() -> Iterator[None]:
    """Peers in this process share what they found out about octets."""
    kept: list[tuple[Any, str, Callable[..., Any]]] = [
        (module, name, getattr(module, name)) for module, name in PLACES
    ]
    kept.append((signature, "holds", signature.holds))
    for module, name, function in kept[:-1]:
        setattr(module, name, lru_cache(maxsize=REMEMBERED)(function))
    setattr(signature, "holds", _holds(signature.holds))  # noqa: B010 - as all others, by name
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def _holds(original: Callable[[Any, bytes, bytes], bool]) -> Callable[[Any, bytes, bytes], bool]:
    # keys are told apart by their place in memory: `public_key` gives one object for one key, and the
    # reference to it keeps the place taken
    known: dict[tuple[int, bytes, bytes], tuple[bool, Any]] = {}

    def holds(key: Any, octets: bytes, signed: bytes) -> bool:
        found = known.get((id(key), octets, signed))
        if found is None:
            if len(known) >= REMEMBERED:
                known.clear()
            found = known[id(key), octets, signed] = (original(key, octets, signed), key)
        return found[0]

    return holds
