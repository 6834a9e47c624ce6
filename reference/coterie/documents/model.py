"""What a document says, once it was read: one value class for each type.

Implements the tables of the Documents chapter. Absent optional elements stand here as the value that their
absence means, or as None where it means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from coterie import registry

__all__ = [
    "TYPES",
    "Contact",
    "Document",
    "GroupIdRedirect",
    "GroupInfo",
    "GroupInvitation",
    "GroupListEntry",
    "GroupMember",
    "type_of",
]

MANDATORY_SUITES = (1,)


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a peer can be reached: canonical literal of an IPv4 or IPv6 address, and a UDP port."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """How to reach a group, and by what rules it lives. `authority_certificate` is DER."""

    contacts: tuple[Contact, ...]
    description: str
    policy: str = "open"
    authority_certificate: bytes | None = None
    suites: tuple[int, ...] = MANDATORY_SUITES
    admits_receivers: bool = False
    origin_auth: str = "group"
    multicast: Contact | None = None
    max_datagram: int = field(default_factory=lambda: registry.limit("datagram"))


@dataclass(frozen=True, slots=True)
class GroupIdRedirect:
    """Under which Group-ID the group of an alias is found."""

    actual_group_id: bytes


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A peer says that it is a member. `peer_id` has 32 octets."""

    peer_id: bytes
    name: str | None = None


@dataclass(frozen=True, slots=True)
class GroupListEntry:
    """One group of the list of all groups."""

    group_id: bytes
    description: str | None = None


@dataclass(frozen=True, slots=True)
class GroupInvitation:
    """All that a newcomer needs who finds the group nowhere else.

    `authority_fingerprint` is the SHA-256 of the authority's public key, 32 octets; it is there exactly when
    the policy of `info` is closed. `main_contacts` are peers of the main overlay called `main_group_id`.
    """

    group_id: bytes
    info: GroupInfo
    authority_fingerprint: bytes | None = None
    main_group_id: bytes | None = None
    main_contacts: tuple[Contact, ...] = ()


Document = GroupInfo | GroupIdRedirect | GroupMember | GroupListEntry | GroupInvitation

TYPES: Mapping[str, type[Document]] = MappingProxyType(
    {
        "group-info": GroupInfo,
        "group-id-redirect": GroupIdRedirect,
        "group-member": GroupMember,
        "group-list-entry": GroupListEntry,
        "group-invitation": GroupInvitation,
    }
)


def type_of(document: Document) -> str:
    """The name of the document's type, in the spelling that is emitted."""
    return next(name for name, kind in TYPES.items() if isinstance(document, kind))
