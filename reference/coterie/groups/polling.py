"""How two parts of a group find each other, whatever divided them.

Implements REQ-GRP-12 and REQ-GRP-13. Each rule is a function that is looked up in this module when it is
applied.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from coterie import registry
from coterie.documents import GroupInfo
from coterie.values.choosing import Found
from coterie.vocabulary import Address, OverlayId

DRAW_SIZE = 8


def poll_at(mono_ms: int, drawn: bytes) -> int:
    """When a coordinator looks for other parts of its group, after it became one or looked at `mono_ms`."""
    # REQ-GRP-12: 25,000 + d ms, d a draw modulo 10,001
    spread = int.from_bytes(drawn, "big") % registry.timer("group-poll-spread")
    return mono_ms + registry.timer("group-poll") + spread


def is_polled(*, is_public: bool, leads: bool) -> bool:
    """Whether a member looks for other parts."""
    # REQ-GRP-12: the coordinator of a public group
    return is_public and leads


def stranger(
    found: Sequence[Found], overlay: OverlayId, own_peer: bytes, members: Collection[Address]
) -> Address | None:
    """Who is greeted because of what was found, in the order of REQ-VAL-16; None for nobody. `members` are
    the addresses of all members of the view."""
    for each in found:
        address = first_contact(each)
        if not is_about(each, overlay) or is_own(each, own_peer) or address is None:
            continue
        if is_elsewhere(address, members):
            # REQ-GRP-13: the first, and no other
            return address
    return None


def first_contact(found: Found) -> Address | None:
    """Where the publisher of a group-info is itself."""
    if not isinstance(found.document, GroupInfo) or not found.document.contacts:
        return None
    first = found.document.contacts[0]
    return Address(first.address, first.port)


def is_about(found: Found, overlay: OverlayId) -> bool:
    """Whether an envelope is about the own group, and not another of its name."""
    # REQ-GRP-13: for its own Overlay-ID
    return found.checked.envelope.slot == overlay


def is_own(found: Found, own_peer: bytes) -> bool:
    """Whether the peer itself has published it."""
    # REQ-GRP-13: whose publisher is not the peer itself
    return found.checked.publisher == own_peer


def is_elsewhere(address: Address, members: Collection[Address]) -> bool:
    """Whether whoever is at an address is no member."""
    # REQ-GRP-13: not the address of a member of its view
    return address not in members
