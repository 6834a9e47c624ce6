"""The steps of a key run, without its messages: group Diffie-Hellman in which each entry lacks one scalar.

Implements REQ-KEY-19 and REQ-KEY-20. Entry i is what member i raises to its scalar to get the key; the total
is what the next newcomer's entry will be, and never stands in a DOWN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coterie.crypto.suites import Suite, raise_
from coterie.errors import LocalError


@dataclass(frozen=True, slots=True)
class Flow:
    """What a member hands on, and the one scalar that it keeps."""

    entries: tuple[bytes, ...]
    total: bytes
    x: bytes


def start(suite: Suite, entries: Sequence[bytes], own: int, x: bytes, y: bytes) -> Flow:
    """The controller's step. `entries`: those of the base, in view order; `own`: its index among them.

    Its scalar becomes x·y: `Unfoldable` in the one case of 2^125 in which the caller must draw y again.
    """
    if not 0 <= own < len(entries):
        raise LocalError(f"the controller's own entry is one of {len(entries)}, not number {own}")
    # REQ-KEY-19: all but the own entry are raised; the own one lacks the controller's scalar, old and new.
    folded = suite.fold(x, y)
    others = iter(suite.raise_all((entry for at, entry in enumerate(entries) if at != own), y))
    refreshed = tuple(entries[own] if at == own else next(others) for at in range(len(entries)))
    return Flow(refreshed, raise_(suite, entries[own], folded), folded)


def extend(suite: Suite, entries: Sequence[bytes], total: bytes, x: bytes) -> Flow:
    """A newcomer's step. Without a base, the first starts from no entries and the base point as total."""
    # REQ-KEY-20: the received total lacks exactly the newcomer's scalar, so it is the newcomer's entry.
    *raised, onward = suite.raise_all((*entries, total), x)
    return Flow((*raised, total), onward, x)


def key(suite: Suite, entry: bytes, x: bytes) -> bytes:
    """The key of the run, 32 octets: the own entry raised to the own scalar."""
    return raise_(suite, entry, x)
