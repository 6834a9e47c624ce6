"""A peer's reply to one command of the test interface, and the effects in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coterie_kit.faults import CaseEnd, PeerFault


class Refused(CaseEnd):
    """A result was asked for, but the peer had refused the command. The text says what it answered."""


@dataclass(frozen=True, slots=True)
class Send:
    """A datagram that the peer sends: overlay and octets, and the address as text."""

    overlay: bytes
    to: str
    bytes: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """What the peer tells its user."""

    overlay: bytes
    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeyLog:
    """A secret of an installed view, told for captures and tests."""

    view: bytes
    label: str
    secret: bytes


def octets(value: Any, where: str) -> bytes:
    """``value`` as octets; PeerFault unless it is lower-case hexadecimal."""
    try:
        found = bytes.fromhex(value)
    except (TypeError, ValueError):
        found = None
    # upper case and white space come out otherwise than they went in
    if found is None or found.hex() != value:
        message = f"{where} is not lower-case hexadecimal"
        raise PeerFault(message)
    return found


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. ``reply["name"]`` is a member of its result; PeerFault when the peer did not give it."""

    status: str
    result: Mapping[str, Any]
    reason: str
    phase: str
    field: str
    detail: str
    effects: tuple[Mapping[str, Any], ...]
    wake: int | None
    raw: Mapping[str, Any]
    command: str = ""

    @property
    def ok(self) -> bool:
        """Whether the peer did what it was asked."""
        return self.status == "ok"

    def said(self) -> str:
        """The reply in a few words, for reports."""
        if self.status == "error":
            return f"error {self.reason} ({self.phase})"
        return self.status

    def __getitem__(self, name: str) -> Any:
        if not self.ok:
            raise Refused(f"{self.said()} to {self.command}")
        if name not in self.result:
            message = f"the result of {self.command} lacks {name!r}"
            raise PeerFault(message)
        return self.result[name]

    def __contains__(self, name: str) -> bool:
        return name in self.result

    def octets(self, name: str) -> bytes:
        """Member ``name`` of the result as octets."""
        return octets(self[name], f"result.{name} of {self.command}")

    def number(self, name: str) -> int:
        """Member ``name`` of the result as an integer."""
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, int):
            message = f"result.{name} of {self.command} is not an integer"
            raise PeerFault(message)
        return value

    @property
    def sends(self) -> tuple[Send, ...]:
        """The datagrams among the effects, in order."""
        return tuple(
            Send(octets(row.get("overlay"), "overlay"), str(row.get("to")), octets(row.get("bytes"), "bytes"))
            for row in self._effects("send")
        )

    @property
    def events(self) -> tuple[Event, ...]:
        """The events among the effects, in order."""
        return tuple(
            Event(octets(row.get("overlay"), "overlay"), str(row.get("name")), _fields(row))
            for row in self._effects("event")
        )

    def event(self, name: str) -> Event | None:
        """The first event called ``name``, if there is one."""
        return next((found for found in self.events if found.name == name), None)

    @property
    def keylog(self) -> tuple[KeyLog, ...]:
        """The secrets among the effects, in order."""
        return tuple(
            KeyLog(
                octets(row.get("view"), "view"), str(row.get("label")), octets(row.get("secret"), "secret")
            )
            for row in self._effects("keylog")
        )

    @property
    def disk(self) -> bytes | None:
        """What the peer stored last in this reply, if anything."""
        stored = [octets(row.get("bytes"), "disk.bytes") for row in self._effects("disk")]
        return stored[-1] if stored else None

    def _effects(self, kind: str) -> list[Mapping[str, Any]]:
        return [row for row in self.effects if row.get("effect") == kind]


def _fields(row: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = row.get("fields", {})
    if not isinstance(fields, Mapping):
        message = "event.fields is not an object"
        raise PeerFault(message)
    return fields
