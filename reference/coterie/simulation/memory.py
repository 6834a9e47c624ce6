"""What all simulated peers compute alike is computed once: signatures and leaves that many of them check.

The cache stands around the functions of the product while a simulation runs; the product does not know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from coterie.crypto import certificate, edwards, identity, keys, signature

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
    known = Signatures(signature.sign, signature.holds)
    places = [*PLACES, (signature, "sign"), (signature, "holds")]
    kept = [(module, name, getattr(module, name)) for module, name in places]
    for module, name in PLACES:
        setattr(module, name, lru_cache(maxsize=REMEMBERED)(getattr(module, name)))
    for name in ("sign", "holds"):
        setattr(signature, name, getattr(known, name))
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


class Signatures:
    """What is known of signatures: that those made here hold, and of all others what a check has come to.

    Keys are told apart by their place in memory: `public_key` gives one object for one key, and the reference
    to it keeps the place taken.
    """

    def __init__(self, sign: Callable[..., bytes], holds: Callable[..., bool]) -> None:
        self._sign = sign
        self._holds = holds
        self._known: dict[tuple[int, bytes, bytes], tuple[bool, Any]] = {}
        self._public: dict[int, tuple[Any, Any]] = {}

    def sign(self, key: Any, octets: bytes) -> bytes:
        """As `signature.sign`; whoever checks what it made need not compute anything."""
        signed = self._sign(key, octets)
        if id(key) not in self._public:
            self._public[id(key)] = keys.public_key(identity.spki_of(key)), key
        self._keep(self._public[id(key)][0], octets, signed, holds=True)
        return signed

    def holds(self, key: Any, octets: bytes, signed: bytes) -> bool:
        """As `signature.holds`."""
        found = self._known.get((id(key), octets, signed))
        if found is not None:
            return found[0]
        return self._keep(key, octets, signed, holds=self._holds(key, octets, signed))

    def _keep(self, public: Any, octets: bytes, signed: bytes, *, holds: bool) -> bool:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[id(public), octets, signed] = holds, public
        return holds
