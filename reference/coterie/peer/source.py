"""Check 0: whether a datagram comes from an address that can be answered.

Implements REQ-FRM-1.
"""

from __future__ import annotations

from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import Address
from coterie.wire.contact import Contact, is_unicast


def check_answerable(source: Address) -> None:
    """The source is one host's address and port, and has no zone that means something only here."""
    # REQ-FRM-1: port 0, multicast, unspecified, broadcast
    try:
        contact = Contact.of(source)
    except LocalError:
        raise RemoteError("bad-source", requirement="REQ-FRM-1") from None
    if not is_unicast(contact):
        raise RemoteError("bad-source", requirement="REQ-FRM-1")


def check_not_own(source: Address, own: Address) -> None:
    """The source is not the receiver itself."""
    # REQ-FRM-1: nobody is made to talk to himself
    if Contact.of(source) == Contact.of(own):
        raise RemoteError("bad-source", requirement="REQ-FRM-1")


def check_source(source: Address, *own: Address) -> None:
    """REQ-FRM-1, both halves; `own` are all addresses that the receiver is known by."""
    check_answerable(source)
    for each in own:
        check_not_own(source, each)
