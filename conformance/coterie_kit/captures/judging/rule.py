"""What a rule is: something that looks at the frames of some types, one after the other, and finds fault."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from coterie_kit.captures.judging.seen import Seen
from coterie_kit.wire_rules import FRAMES

__all__ = ["GREETINGS", "SEALED", "SIGNED", "WINDOWED", "Fault", "Rule", "Setting"]

GREETINGS = frozenset({"HELLO2", "HELLO3"})
SEALED = frozenset(name for name, (_, protection) in FRAMES.items() if protection == "sealed")
SIGNED = frozenset(name for name, (_, protection) in FRAMES.items() if protection == "signed") - GREETINGS
"""Signed types that need a session."""
WINDOWED = SIGNED - {"PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM", "JOIN", "LEAVE"}
"""Types that are newly made each time that they are sent (REQ-SES-5)."""


class Fault(NamedTuple):
    """What is wrong with a frame, in one sentence that goes on after its name, and by which requirements."""

    sentence: str
    reqs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """``partial``: the capture begins later than its peers did, or lacks packets. ``rough``: the network
    doubles datagrams, or changes their order or the addresses that they come from. ``names`` are those of
    addresses."""

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
