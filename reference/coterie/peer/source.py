"""Check 0: whether a datagram comes from an address that can be answered.

Implements REQ-FRM-1.
"""

from __future__ import annotations

from functools import lru_cache

from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import Address
from coterie.wire.contact import Contact, is_unicast

KNOWN = 1024
"""Addresses whose contact is remembered: four times the sessions of an overlay."""


@lru_cache(maxsize=KNOWN)
def contact_of(address: Address) -> Contact | None:
    """How an address stands on the wire; None for one with a zone, which means nothing to others."""
    try:
        return Contact.of(address)
    except LocalError:
        return None


@lru_cache(maxsize=KNOWN)
def is_answerable(address: Address) -> bool:
    """Whether the address is one host's address and port."""
    contact = contact_of(address)
    return contact is not None and is_unicast(contact)


@lru_cache(maxsize=KNOWN)
def is_same(one: Address, other: Address) -> bool:
    """Whether two addresses stand on the wire as one."""
    return contact_of(one) == contact_of(other)


def check_answerable(source: Address) -> None:
    """The source is one host's address and port."""
    # REQ-FRM-1: port 0, multicast, unspecified, broadcast
    if not is_answerable(source):
        raise RemoteError("bad-source", requirement="REQ-FRM-1")


def check_not_own(source: Address, own: Address) -> None:
    """The source is not the receiver itself."""
    # REQ-FRM-1: nobody is made to talk to himself
    if is_same(source, own):
        raise RemoteError("bad-source", requirement="REQ-FRM-1")


def check_source(source: Address, *own: Address) -> None:
    """REQ-FRM-1, both halves; `own` are all addresses that the receiver is known by."""
    check_answerable(source)
    for each in own:
        check_not_own(source, each)
