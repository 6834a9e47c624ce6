"""Contacts: an address and a port in 18 octets, as INSTALL, HELLO3 and the cookie write them.

Implements the table `contact` of `spec/frames.toml`: IPv4 as ::ffff:a.b.c.d, 18 zero octets mean none.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import Address

MAPPED = bytes(10) + b"\xff\xff"
REMEMBERED = 1024  # addresses looked at lately: every datagram asks again for the one that it came from
BROADCAST = ipaddress.IPv4Address("255.255.255.255")


@dataclass(frozen=True, slots=True)
class Contact:
    """An address of 16 octets and a port, as they stand on the wire; no claim that it can be reached."""

    address: bytes
    port: int

    @classmethod
    def of(cls, address: Address | None) -> Contact:
        """The contact of an address, or the one that means none; `LocalError` for an address with a zone."""
        return NO_CONTACT if address is None else _contact(address)

    @classmethod
    def decode(cls, octets: bytes) -> Contact:
        """The contact in 18 octets."""
        return cls(octets[:16], int.from_bytes(octets[16:18], "big"))

    def encode(self) -> bytes:
        """18 octets."""
        return self.address + self.port.to_bytes(2, "big")

    def to_address(self) -> Address | None:
        """The address, IPv4 unmapped; None when no contact is meant. Nothing is checked."""
        if self == NO_CONTACT:
            return None
        return Address(str(_literal(self.address)), self.port)


NO_CONTACT = Contact(bytes(16), 0)


@lru_cache(REMEMBERED)
def _contact(address: Address) -> Contact:
    literal = ipaddress.ip_address(address.host)
    if isinstance(literal, ipaddress.IPv4Address):
        return Contact(MAPPED + literal.packed, address.port)
    if literal.scope_id is not None:
        raise LocalError(f"{address} has a zone, which no one else knows; name one without it")
    return Contact(literal.packed, address.port)


def _literal(address: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if address.startswith(MAPPED):
        return ipaddress.IPv4Address(address[12:])
    return ipaddress.IPv6Address(address)


def is_unicast(contact: Contact) -> bool:
    """Whether a datagram can be sent there: a port, and an address that is one host's."""
    return contact.port != 0 and _is_one_host(contact.address)


@lru_cache(REMEMBERED)
def _is_one_host(address: bytes) -> bool:
    literal = _literal(address)
    return not (literal.is_unspecified or literal.is_multicast or literal == BROADCAST)


def check_contact(contact: Contact, *, allow_none: bool, requirement: str, field: str) -> Address | None:
    """The address of a contact that can be reached, or None where none is meant and `allow_none` says so.

    Raises RemoteError `bad-contact` with the `requirement` of the caller (REQ-SES-21 of HELLO3, REQ-KEY-9 of
    INSTALL) and the path of the field.
    """
    if allow_none and contact == NO_CONTACT:
        return None
    if not is_unicast(contact):
        raise RemoteError("bad-contact", requirement=requirement, field=field)
    return contact.to_address()


def contact(address: Address | None) -> bytes:
    """The 18 octets of an address, which the cookie and the context of a draw use as well."""
    return Contact.of(address).encode()
