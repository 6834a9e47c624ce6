"""The key run as arithmetic: what every member sends and what all of them end with.

An element is kept as an origin and the exponent that it was raised by since, and made only when it is
needed. The origin is the base point, or an element that the peer under test sent: so puppets go on from what
was really sent, whatever it was, and the kit needs no exponentiation for what nobody sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coterie_kit.keys.suites import SUITES, Suite

__all__ = ["Flow", "Power", "Stored", "beginning", "contribute", "received", "refresh"]


@dataclass(frozen=True, slots=True)
class Power:
    """An element: ``origin`` raised by ``exponent``."""

    suite: int
    origin: bytes
    exponent: int = 1

    def raised(self, scalar: int) -> Power:
        """This element raised once more."""
        order: int = SUITES[self.suite].group.ORDER
        return Power(self.suite, self.origin, self.exponent * scalar % order)

    def octets(self) -> bytes:
        """The element as it travels."""
        suite = SUITES[self.suite]
        return self.origin if self.exponent == 1 else suite.raised(self.origin, suite.fold(self.exponent, 1))


@dataclass(frozen=True, slots=True)
class Flow:
    """Entries and total of an UP; the total of a DOWN is nobody's business."""

    suite: int
    entries: tuple[Power, ...]
    total: Power

    @property
    def group(self) -> Suite:
        """The suite's arithmetic."""
        return SUITES[self.suite]

    def elements(self) -> list[bytes]:
        """The entries as they travel."""
        return [entry.octets() for entry in self.entries]

    def key(self, position: int, scalar: int) -> bytes:
        """The group element as the member at ``position`` computes it."""
        return self.entries[position].raised(scalar).octets()


@dataclass(frozen=True, slots=True)
class Stored:
    """What an installed view leaves behind: its id, the DOWN in view order, the one scalar of each member."""

    view: bytes
    members: tuple[bytes, ...]
    flow: Flow
    scalars: Mapping[bytes, int]


def beginning(suite: int) -> Flow:
    """What the first of all newcomers starts from, as if it had received it."""
    return Flow(suite, (), Power(suite, SUITES[suite].base))


def received(suite: int, entries: Sequence[bytes], total: bytes | None = None) -> Flow:
    """The flow that stands in an UP or DOWN as received."""
    powers = tuple(Power(suite, entry) for entry in entries)
    return Flow(suite, powers, Power(suite, total if total is not None else SUITES[suite].base))


def contribute(flow: Flow, x: int) -> Flow:
    """Implements REQ-KEY-20: what a newcomer makes of the UP that it received."""
    raised = tuple(entry.raised(x) for entry in flow.entries)
    return Flow(flow.suite, (*raised, flow.total), flow.total.raised(x))


def refresh(stored: Stored, kept: Sequence[bytes], y: int) -> tuple[Flow, int]:
    """Implements REQ-KEY-19: flow and new scalar of the controller, which is the last of ``kept``."""
    old = dict(zip(stored.members, stored.flow.entries, strict=True))
    own = kept[-1]
    x = stored.flow.group.fold(stored.scalars[own], y)
    entries = tuple(old[node] if node == own else old[node].raised(y) for node in kept)
    return Flow(stored.flow.suite, entries, old[own].raised(x)), x
