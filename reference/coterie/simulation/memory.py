"""What all simulated peers compute alike is computed once: signatures and leaves that many of them check.

The cache stands around the functions of the product while a simulation runs; the product does not know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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
    """What is known of signatures: that those made here hold, and of all others what a check has come to."""

    def __init__(self, sign: Callable[..., bytes], holds: Callable[..., bool]) -> None:
        self._sign = sign
        self._holds = holds
        self._known: dict[tuple[bytes, bytes, bytes], bool] = {}
        # keys are told apart by their place in memory: the reference to one keeps its place taken
        self._names: dict[int, tuple[bytes, Any]] = {}

    def sign(self, key: Any, octets: bytes) -> bytes:
        """As `signature.sign`; whoever checks what it made need not compute anything."""
        signed = self._sign(key, octets)
        self._keep((self._name(key, key.public_key), octets, signed), holds=True)
        return signed

    def holds(self, key: Any, octets: bytes, signed: bytes) -> bool:
        """As `signature.holds`."""
        place = (self._name(key, lambda: key), octets, signed)
        found = self._known.get(place)
        return self._keep(place, holds=self._holds(key, octets, signed)) if found is None else found

    def _keep(self, place: tuple[bytes, bytes, bytes], *, holds: bool) -> bool:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[place] = holds
        return holds

    def _name(self, key: Any, public: Callable[[], Any]) -> bytes:
        found = self._names.get(id(key))
        if found is None:
            form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            found = self._names[id(key)] = public().public_bytes(*form), key
        return found[0]
