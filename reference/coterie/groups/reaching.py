"""Reaching a group: by which rules it lives, at which contacts it is joined, and who may.

Implements REQ-GRP-8 to REQ-GRP-11. Each rule is a function that is looked up in this module when it is
applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coterie import registry
from coterie.crypto import leaf, policy
from coterie.crypto.policy import OPEN, Policy
from coterie.documents import Contact, GroupInfo, GroupInvitation
from coterie.errors import LocalError, RemoteError
from coterie.standing import Trust
from coterie.values.choosing import Found
from coterie.vocabulary import Address, OverlayId
from coterie.wire import contact


def options(found: Sequence[Found], invitation: GroupInvitation | None) -> GroupInfo | None:
    """The options of a group; None where nobody states them."""
    # REQ-GRP-8: of the first document of the class
    for each in found:
        if isinstance(each.document, GroupInfo):
            return each.document
    return None if invitation is None else invitation.info


def contacts(found: Sequence[Found], invitation: GroupInvitation | None, own: Address) -> tuple[Address, ...]:
    """Where a group is joined."""
    # REQ-GRP-11: those of the invitation come after those that were found
    listed = [*documented(found), *(invitation.info.contacts if invitation else ())]
    return chosen((Address(each.address, each.port) for each in listed), own)


def is_public(found: Sequence[Found], _invitation: GroupInvitation | None) -> bool:
    """Whether a group is known in the main overlay, as far as the peer can tell."""
    # REQ-GRP-11: whoever has found the class takes it for public, though invited, and nobody else does
    return bool(found)


def documented(found: Sequence[Found]) -> Iterator[Contact]:
    """The contacts in the documents of a class."""
    # REQ-GRP-8: of all documents in their order, each document's in its order
    for each in found:
        if isinstance(each.document, GroupInfo):
            yield from each.document.contacts


def chosen(addresses: Iterable[Address], own: Address) -> tuple[Address, ...]:
    """Those of the addresses that are tried."""
    # REQ-GRP-8: repetitions and the own address left out, and the first 16 of these
    others = (each for each in dict.fromkeys(addresses) if each != own)
    return tuple(each for each in others if is_reachable(each))[: registry.limit("contacts")]


def is_reachable(address: Address) -> bool:
    """Whether a datagram can be sent there."""
    return contact.is_unicast(contact.Contact.of(address))


def policy_of(info: GroupInfo) -> Policy | None:
    """Who may take part; None for a closed group whose authority is not shown."""
    if info.policy != "closed":
        return OPEN
    if info.authority_certificate is None:
        return None
    try:
        return policy.closed(info.authority_certificate)
    except LocalError:
        return None


def is_admitted(leaf_der: bytes, admits: Policy, overlay: OverlayId, wall_ms: int) -> bool:
    """Whether that leaf may be shown in a group."""
    if not admits.is_closed:
        return True
    try:
        # REQ-GRP-9: before anybody there is greeted
        leaf.check_leaf(leaf_der, admits, overlay, wall_ms)
    except RemoteError:
        return False
    return True


def trust_of(overlay: OverlayId, info: GroupInfo, admits: Policy, service: str) -> Trust:
    """What a peer believes about the overlay of a group."""
    known = tuple(code for code in info.suites if code in registry.suites())
    stated = info.multicast
    return Trust(
        overlay, admits, known, info.max_datagram, info.origin_auth == "sender", "group", service,
        None if stated is None else Address(stated.address, stated.port),
    )  # fmt: skip


def give_up_at(mono_ms: int) -> int:
    """When a join that was begun at `mono_ms` is given up."""
    # REQ-GRP-10: 30,000 ms
    return mono_ms + registry.timer("group-join")
