"""The interface over TCP, line by line: what a client may ask, and what it is told.

Implements `schemas/application.schema.json`. A line is one JSON object. What cannot be read raises LocalError
with a sentence for whoever wrote the client; nothing is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from coterie.application.settings import Service
from coterie.application.told import Member, Membership
from coterie.effects import Json
from coterie.errors import LocalError
from coterie.vocabulary import Address

LONGEST_LINE = 1 << 20
"""Octets of a line, its end included."""

MOST_CONTACTS = 64
LONGEST_TOKEN = 256


@dataclass(frozen=True, slots=True)
class Connect:
    """Begin a session, or take up one; `last` is the last id that was told."""

    token: str
    name: str | None = None
    session: str | None = None
    last: int = 0


@dataclass(frozen=True, slots=True)
class Join:
    """Be in a group: at one of the contacts, at those of the server, or as the first."""

    group: str
    ref: int | None = None
    contacts: tuple[Address, ...] = ()
    create: bool = False
    service: Service = Service.TIMESTAMP_ORDERED


@dataclass(frozen=True, slots=True)
class Leave:
    """Be out of a group."""

    group: str
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """A message to a group."""

    group: str
    payload: bytes
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Disconnect:
    """End the session: leave all groups."""


Command: TypeAlias = Connect | Join | Leave | Send | Disconnect


def read(line: bytes) -> Command:
    """A command. `LocalError` if the line is none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise LocalError("the line is not JSON; write one JSON object a line") from None
    if not isinstance(told, dict) or not isinstance(told.get("do"), str) or told["do"] not in READERS:
        raise LocalError(f"the line has no 'do' that is one of {', '.join(READERS)}")
    fields = Fields(told.pop("do"), told)
    command = READERS[fields.do](fields)
    fields.check_all_read()
    return command


@dataclass(slots=True)
class Fields:
    """The members of a line, taken one after the other; what nobody takes is a mistake."""

    do: str
    left: dict[str, object]

    def text(self, name: str, longest: int = LONGEST_LINE) -> str | None:
        """A string, if there is one."""
        value = self.left.pop(name, None)
        if value is not None and not (isinstance(value, str) and len(value) <= longest):
            raise LocalError(f"{name!r} of {self.do!r} is a string of at most {longest} characters")
        return value

    def needed(self, name: str) -> str:
        """A string that has to be there."""
        value = self.text(name)
        if value is None:
            raise LocalError(f"{self.do!r} needs {name!r}")
        return value

    def number(self, name: str) -> int | None:
        """A number that is not negative, if there is one."""
        value = self.left.pop(name, None)
        if value is not None and not (type(value) is int and 0 <= value < 1 << 53):
            raise LocalError(f"{name!r} of {self.do!r} is a whole number from 0 to 9007199254740991")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where nothing stands."""
        value = self.left.pop(name, False)
        if not isinstance(value, bool):
            raise LocalError(f"{name!r} of {self.do!r} is true or false")
        return value

    def contacts(self) -> tuple[Address, ...]:
        """A list of addresses, if there is one."""
        value = self.left.pop("contacts", [])
        if not isinstance(value, list) or len(value) > MOST_CONTACTS:
            raise LocalError(f"'contacts' of {self.do!r} is a list of at most {MOST_CONTACTS} addresses")
        return tuple(Address.parse(each if isinstance(each, str) else "") for each in value)

    def check_all_read(self) -> None:
        """`LocalError` if something is left."""
        if self.left:
            raise LocalError(f"{self.do!r} has no {next(iter(self.left))!r}")


def _connect(fields: Fields) -> Connect:
    token = fields.text("token", LONGEST_TOKEN) or ""
    return Connect(token, fields.text("name"), fields.text("session"), fields.number("last") or 0)


def _join(fields: Fields) -> Join:
    name, ref = fields.needed("group"), fields.number("ref")
    service = fields.text("service") or Service.TIMESTAMP_ORDERED.value
    if service not in {each.value for each in Service}:
        raise LocalError(f"a service is one of {', '.join(each.value for each in Service)}")
    return Join(name, ref, fields.contacts(), fields.flag("create"), Service(service))


def _leave(fields: Fields) -> Leave:
    return Leave(fields.needed("group"), fields.number("ref"))


def _send(fields: Fields) -> Send:
    name, ref = fields.needed("group"), fields.number("ref")
    text, data = fields.text("text"), fields.text("data")
    if (text is None) == (data is None):
        raise LocalError("'send' needs 'text', or 'data' in hexadecimal, and not both")
    try:
        payload = text.encode() if text is not None else bytes.fromhex(data or "")
    except ValueError:
        raise LocalError("'text' is Unicode without surrogates, and 'data' is hexadecimal") from None
    return Send(name, payload, ref)


READERS: Mapping[str, Callable[[Fields], Command]] = {
    "connect": _connect,
    "join": _join,
    "leave": _leave,
    "send": _send,
    "disconnect": lambda _: Disconnect(),
}


def write(told: Json) -> bytes:
    """A line for the client."""
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def data(number: int, group: str, sender: Member, payload: bytes) -> bytes:
    """A message: as text where it is text, else in hexadecimal."""
    try:
        content: Json = {"text": payload.decode("utf-8")}
    except UnicodeDecodeError:
        content = {"data": payload.hex()}
    return write({"say": "data", "id": number, "group": group, "sender": member(sender), **content})


def membership(number: int, group: str, told: Membership) -> bytes:
    """Who is in a group from now on; nobody when the client itself is out."""
    return write({
        "say": "membership", "id": number, "group": group, "view": told.view.hex(),
        "members": [member(each) for each in told.members],
        "joined": [member(each) for each in told.joined],
        "left": [member(each) for each in told.left],
    })  # fmt: skip


def member(told: Member) -> Json:
    """A member by Node-ID and name."""
    return {"node": told.node.hex(), "name": told.name}
