"""What a daemon is asked for, line by line.

Implements the commands of the control socket in `schemas/application.schema.json`. A line is one JSON object;
what cannot be read raises LocalError with a sentence for whoever wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from coterie.application.lines import Fields
from coterie.application.settings import Service
from coterie.errors import LocalError

LONGEST_LINE = 1 << 18
"""Octets of a line, its end included: the longest message of a group as hexadecimal digits, and more."""

LONGEST_PAYLOAD = 65_000
"""Octets of a message that a daemon takes."""


@dataclass(frozen=True, slots=True)
class Create:
    """A new group. `authority` (DER) makes it a closed one; `leaf` (DER) is shown in it."""

    group: bytes
    description: str = ""
    is_public: bool = True
    shows_itself: bool = True
    authority: bytes | None = None
    leaf: bytes | None = None
    suites: tuple[int, ...] = (1,)
    max_datagram: int | None = None
    signs_origin: bool = False
    service: Service = Service.TIMESTAMP_ORDERED


@dataclass(frozen=True, slots=True)
class Host:
    """A new public and open group that another peer is to create, and that is joined."""

    group: bytes
    description: str = ""
    shows_itself: bool = True
    leaf: bytes | None = None
    suites: tuple[int, ...] = (1,)
    max_datagram: int | None = None
    signs_origin: bool = False
    service: Service = Service.TIMESTAMP_ORDERED


@dataclass(frozen=True, slots=True)
class Join:
    """A group that is there, by its name or by an invitation: a URI, or a document. `choice` says which of
    several is meant: the hash of an authority's key, or nothing for the open one."""

    group: bytes | None = None
    invitation: str | bytes | None = None
    choice: bytes | None = None
    shows_itself: bool = True
    leaf: bytes | None = None
    service: Service = Service.TIMESTAMP_ORDERED


@dataclass(frozen=True, slots=True)
class Leave:
    """Out of a group."""

    group: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """Which public groups there are; `mine` for those that the daemon is in, and its aliases."""

    mine: bool = False


@dataclass(frozen=True, slots=True)
class Info:
    """What a name means."""

    group: bytes


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in a group, as far as it is said, and as far as it is seen."""

    group: bytes


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name for a group."""

    alias: bytes
    group: bytes


@dataclass(frozen=True, slots=True)
class Unalias:
    """No other name any more."""

    alias: bytes


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation to a group that the daemon is in; `document` for XML instead of a URI."""

    group: bytes
    document: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """A message to a group."""

    group: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Listen:
    """What is told in a group, from now on; `last` goes on behind the line with that id."""

    group: bytes
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How the daemon is."""


Command: TypeAlias = (
    Create | Host | Join | Leave | Listing | Info | Members | Alias | Unalias | Invite | Say | Listen | Status
)


def read(line: bytes) -> tuple[int | None, Command]:
    """A command, and the number by which its answers are known. `LocalError` if the line is none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise LocalError("the line is not JSON; write one JSON object a line") from None
    if not isinstance(told, dict) or not isinstance(told.get("do"), str) or told["do"] not in READERS:
        raise LocalError(f"the line has no 'do' that is one of {', '.join(READERS)}")
    fields = Asked(told.pop("do"), told)
    number = fields.number("ref")
    command = READERS[fields.do](fields)
    fields.check_all_read()
    return number, command


class Asked(Fields):
    """The members of a command."""

    def octets(self, name: str, longest: int = LONGEST_LINE) -> bytes | None:
        """Octets in hexadecimal, if there are some."""
        value = self.text(name, 2 * longest)
        if value is None:
            return None
        try:
            return bytes.fromhex(value)
        except ValueError:
            raise LocalError(f"{name!r} of {self.do!r} is in hexadecimal") from None

    def name(self, name: str) -> bytes | None:
        """A name, as text or, with _hex behind what it is called, in hexadecimal; if there is one."""
        text, octets = self.text(name), self.octets(f"{name}_hex")
        if text is not None and octets is not None:
            raise LocalError(f"{self.do!r} has {name!r} or '{name}_hex', and not both")
        try:
            return octets if text is None else text.encode()
        except UnicodeEncodeError:
            raise LocalError(f"{name!r} of {self.do!r} is Unicode without surrogates") from None

    def needed_name(self, name: str) -> bytes:
        """A name that has to be there."""
        value = self.name(name)
        if value is None:
            raise LocalError(f"{self.do!r} needs {name!r}")
        return value

    def truth(self, name: str, *, default: bool) -> bool:
        """True or false."""
        return self.flag(name) if name in self.left else default

    def numbers(self, name: str) -> tuple[int, ...] | None:
        """A list of small numbers, if there is one."""
        value = self.left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, list) or not all(type(each) is int and 0 <= each < 256 for each in value):
            raise LocalError(f"{name!r} of {self.do!r} is a list of numbers from 0 to 255")
        return tuple(value)

    def service(self) -> Service:
        """How messages are ordered."""
        service = self.text("service") or Service.TIMESTAMP_ORDERED.value
        if service not in {each.value for each in Service}:
            raise LocalError(f"a service is one of {', '.join(each.value for each in Service)}")
        return Service(service)


def _create(asked: Asked) -> Create:
    public = asked.truth("public", default=True)
    return Create(
        asked.needed_name("group"),
        asked.text("description") or "",
        public,
        asked.truth("public_members", default=public),
        asked.octets("authority"),
        asked.octets("leaf"),
        asked.numbers("suites") or (1,),
        asked.number("max_datagram"),
        asked.truth("signs_origin", default=False),
        asked.service(),
    )


def _host(asked: Asked) -> Host:
    return Host(
        asked.needed_name("group"),
        asked.text("description") or "",
        asked.truth("public_members", default=True),
        asked.octets("leaf"),
        asked.numbers("suites") or (1,),
        asked.number("max_datagram"),
        asked.truth("signs_origin", default=False),
        asked.service(),
    )


def _join(asked: Asked) -> Join:
    uri, document = asked.text("invitation"), asked.octets("invitation_hex")
    group = asked.name("group")
    if (group is not None) + (uri is not None) + (document is not None) != 1:
        raise LocalError("'join' needs 'group', or an invitation: one of the two")
    choice = asked.octets("authority_hash")
    if choice is not None and group is None:
        raise LocalError("an invitation says which group is meant; leave 'authority_hash' out")
    return Join(
        group, uri if document is None else document, choice,
        asked.truth("public_members", default=True), asked.octets("leaf"), asked.service(),
    )  # fmt: skip


def _say(asked: Asked) -> Say:
    group, text, data = asked.needed_name("group"), asked.text("text"), asked.octets("data")
    if (text is None) == (data is None):
        raise LocalError("'say' needs 'text', or 'data' in hexadecimal, and not both")
    try:
        payload = data if text is None else text.encode()
    except UnicodeEncodeError:
        raise LocalError("'text' is Unicode without surrogates") from None
    if payload is None or len(payload) > LONGEST_PAYLOAD:
        raise LocalError(f"a message has at most {LONGEST_PAYLOAD} octets; send it in parts")
    return Say(group, payload)


READERS: Mapping[str, Callable[[Asked], Command]] = {
    "create": _create,
    "host": _host,
    "join": _join,
    "leave": lambda asked: Leave(asked.needed_name("group")),
    "list": lambda asked: Listing(asked.truth("mine", default=False)),
    "info": lambda asked: Info(asked.needed_name("group")),
    "members": lambda asked: Members(asked.needed_name("group")),
    "alias": lambda asked: Alias(asked.needed_name("alias"), asked.needed_name("group")),
    "unalias": lambda asked: Unalias(asked.needed_name("alias")),
    "invite": lambda asked: Invite(asked.needed_name("group"), asked.truth("document", default=False)),
    "say": _say,
    "listen": lambda asked: Listen(asked.needed_name("group"), asked.number("last")),
    "status": lambda _: Status(),
}
