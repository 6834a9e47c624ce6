"""The five services: when a message is told to the application. Each receiver chooses for itself.

Implements REQ-MUL-13, REQ-MUL-15 to REQ-MUL-17 and REQ-MUL-43. A message passes three places on its way: its
frame arrives; nothing of its sender is missing before it; nothing of anyone can precede it. A service tells
it at one of them, or, the safe one, when it is stable besides. Changes of the sender group are no messages,
but they keep their place: they are told where the order passes them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from coterie.multicast.assembler import Assembler
from coterie.multicast.kinds import CHANGES
from coterie.multicast.stream import Complete
from coterie.wire.bodies import Message

NOTHING: list[Complete] = []


class Service(Protocol):
    """What a service tells at each place, in order. `rest` is what it has kept back when the view ends."""

    def arrived(self, rank: int, first: int, messages: tuple[Message, ...]) -> list[Complete]: ...
    def contiguous(self, complete: list[Complete]) -> list[Complete]: ...
    def ordered(self, passed: list[Complete]) -> list[Complete]: ...
    def stable(self, stable: int) -> list[Complete]: ...
    def rest(self, passed: list[Complete]) -> list[Complete]: ...
    def fingerprint(self) -> tuple[object, ...]: ...


class Unordered:
    """REQ-MUL-15: each message as soon as it is complete itself."""

    def __init__(self) -> None:
        self._assembler = Assembler()

    def arrived(self, rank: int, first: int, messages: tuple[Message, ...]) -> list[Complete]:
        whole = (self._assembler.put(rank, first + at, message) for at, message in enumerate(messages))
        return [found for found in whole if found is not None and found[3] not in CHANGES]

    def contiguous(self, _complete: list[Complete]) -> list[Complete]:
        return NOTHING

    def ordered(self, passed: list[Complete]) -> list[Complete]:
        return changes_in(passed)

    def stable(self, stable: int) -> list[Complete]:
        self._assembler.forget(stable)
        return NOTHING

    def rest(self, _passed: list[Complete]) -> list[Complete]:
        return NOTHING

    def fingerprint(self) -> tuple[object, ...]:
        return self._assembler.fingerprint()


class SourceLatest(Unordered):
    """REQ-MUL-16: likewise, but nothing that comes after something later of its sender."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[int, int] = {}

    def arrived(self, rank: int, first: int, messages: tuple[Message, ...]) -> list[Complete]:
        told = []
        for found in super().arrived(rank, first, messages):
            if is_latest(found[2], self._told.get(rank, 0)):
                self._told[rank] = found[2]
                told.append(found)
        return told

    def fingerprint(self) -> tuple[object, ...]:
        return (super().fingerprint(), tuple(sorted(self._told.items())))


class SourceOrdered:
    """REQ-MUL-17: each sender's messages in their order, none left out."""

    def arrived(self, _rank: int, _first: int, _messages: tuple[Message, ...]) -> list[Complete]:
        return NOTHING

    def contiguous(self, complete: list[Complete]) -> list[Complete]:
        return [found for found in complete if found[3] not in CHANGES]

    def ordered(self, passed: list[Complete]) -> list[Complete]:
        return changes_in(passed)

    def stable(self, _stable: int) -> list[Complete]:
        return NOTHING

    def rest(self, _passed: list[Complete]) -> list[Complete]:
        return NOTHING

    def fingerprint(self) -> tuple[object, ...]:
        return ()


class TimestampOrdered(SourceOrdered):
    """REQ-MUL-43: everyone's messages in the one order of the view."""

    def contiguous(self, _complete: list[Complete]) -> list[Complete]:
        return NOTHING

    def ordered(self, passed: list[Complete]) -> list[Complete]:
        return passed

    def rest(self, passed: list[Complete]) -> list[Complete]:
        return passed


class Safe(TimestampOrdered):
    """REQ-MUL-13: in that order, and not before every member holds the message."""

    def __init__(self) -> None:
        self._kept: deque[Complete] = deque()

    def ordered(self, passed: list[Complete]) -> list[Complete]:
        self._kept.extend(passed)
        return NOTHING

    def stable(self, stable: int) -> list[Complete]:
        told = []
        while self._kept and is_safe(self._kept[0][0], stable):
            told.append(self._kept.popleft())
        return told

    def rest(self, passed: list[Complete]) -> list[Complete]:
        kept = [*self._kept, *passed]
        self._kept.clear()
        return kept

    def fingerprint(self) -> tuple[object, ...]:
        return tuple(self._kept)


SERVICES: Mapping[str, Callable[[], Service]] = MappingProxyType(
    {
        "unordered-unreliable": Unordered,
        "source-ordered-unreliable": SourceLatest,
        "source-ordered": SourceOrdered,
        "timestamp-ordered": TimestampOrdered,
        "safe": Safe,
    }
)
"""By the names of the registry."""


def has_gaps(service: Service) -> bool:
    """Whether a service leaves out what it would have to wait for."""
    return isinstance(service, Unordered)


def changes_in(passed: list[Complete]) -> list[Complete]:
    """The changes of the sender group among messages."""
    return [found for found in passed if found[3] in CHANGES]


def is_latest(sequence: int, told: int) -> bool:
    """Whether nothing later of its sender was told."""
    # REQ-MUL-16: what comes too late is left out
    return sequence > told


def is_safe(timestamp: int, stable: int) -> bool:
    """Whether every member holds a message."""
    # REQ-MUL-13: ordered, and stable
    return timestamp <= stable
