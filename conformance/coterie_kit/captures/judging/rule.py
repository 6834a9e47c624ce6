"""What a rule is: something that looks at the frames of some types, one after the other, and finds fault."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from coterie_kit.captures.judging.seen import Seen

__all__ = ["GREETINGS", "SEALED", "SIGNED", "WINDOWED", "Fault", "Rule", "Setting"]

GREETINGS = frozenset({"HELLO2", "HELLO3"})
WINDOWED = frozenset({
    "PING", "PONG", "REFUSE", "FIND", "NODES", "STORE", "STORED", "FETCH", "VALUES", "DEPART",
})  # fmt: skip
"""Types that are newly made each time that they are sent."""
SIGNED = WINDOWED | {"PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "JOIN", "LEAVE"}
"""Signed types that need a session."""
SEALED = frozenset({"DATA", "HEARTBEAT", "ALIVE", "NACK", "GAP", "SENDER", "PROXY"})


class Fault(NamedTuple):
    """What is wrong with a frame, in one sentence that goes on after its name, and by which requirements."""

    sentence: str
    reqs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """``partial``: the capture begins later than its peers did, or lacks packets. ``rough``: between the
    peers and the place where it was taken datagrams were doubled or overtook each other. ``names`` are those
    of addresses."""

    partial: bool = False
    rough: bool = False
    signatures: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, address: str) -> str:
        """An address as people call it."""
        return self.names.get(address, address)


class Rule(ABC):
    """``kinds`` are the types that it looks at. It begins anew with each capture."""

    name: ClassVar[str]
    statement: ClassVar[str]
    reqs: ClassVar[tuple[str, ...]]
    kinds: ClassVar[frozenset[str]]

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    @abstractmethod
    def look(self, seen: Seen) -> Fault | None:
        """The fault of a frame, if it has one; what is remembered of it is remembered in any case."""
