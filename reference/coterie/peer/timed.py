"""Which of several machines has to do something first.

Implements the order of timers of REQ-TST-6 within an overlay.
"""

from __future__ import annotations

from typing import Protocol

from coterie.effects import Effect
from coterie.vocabulary import Now


class Timed(Protocol):
    """What every machine with timers offers: when the first is due, and to let that one go off."""

    def wake(self) -> int | None: ...
    def fire(self, now: Now, /) -> list[Effect]: ...


class Remembered(Protocol):
    """What every machine with state offers."""

    def fingerprint(self) -> tuple[object, ...]: ...


Due = tuple[int, Timed]
"""When a machine's first timer is due, and whose it is."""


def first_due(machines: tuple[Timed, ...]) -> Due | None:
    """The timer of some machines that is due first; of two that are due at once that of the first machine."""
    first: Due | None = None
    for machine in machines:
        at = machine.wake()
        if at is not None and (first is None or at < first[0]):
            first = (at, machine)
    return first
