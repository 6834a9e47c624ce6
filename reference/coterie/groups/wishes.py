"""What the user of a peer wants of a group: to create it, to join it, or to know where it is.

Implements the arguments of the actions on groups of the Test interface chapter.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import documents
from coterie.crypto import certificate, names
from coterie.crypto.der import MalformedDer
from coterie.documents import GroupInfo, GroupInvitation, GroupMember
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import OverlayId

ANYBODY = bytes(32)
"""A Peer-ID for looking whether a name may stand in a document."""


@dataclass(frozen=True, slots=True)
class Part:
    """How the peer takes part: `leaf` (DER) is shown in the group's overlay; `shows_itself` says that it
    publishes that it is a member, with its name where it has one; `service` is what it is told."""

    leaf: bytes
    shows_itself: bool = False
    name: str | None = None
    service: str = "timestamp-ordered"


@dataclass(frozen=True, slots=True)
class Creation:
    """A new group, as `info` describes it; whoever coordinates it puts its contacts there. `is_hosted`: for
    another peer."""

    group: bytes
    info: GroupInfo
    is_public: bool
    part: Part
    is_hosted: bool = False


@dataclass(frozen=True, slots=True)
class Petition:
    """A new public group that another peer is to create, as `info` describes it, and that is then joined."""

    group: bytes
    info: GroupInfo
    part: Part


@dataclass(frozen=True, slots=True)
class Entry:
    """A group to join. `choice` is what the user says of an ambiguous name: the hash of an authority's key,
    empty for an open group, None for nothing."""

    group: bytes
    part: Part
    choice: bytes | None = None
    invitation: GroupInvitation | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A group that the user wants to know of."""

    group: bytes


@dataclass(frozen=True, slots=True)
class Return:
    """A group that the peer was in when its last life ended. The contacts of `info` are those of its last
    view; `was_told` says that the peer has published where the group is."""

    group: bytes
    info: GroupInfo
    is_public: bool
    part: Part
    was_told: bool = False


Wish = Creation | Petition | Entry | Inquiry | Return


def authority_of(info: GroupInfo) -> bytes:
    """The hash of the key of a group's authority; empty for an open group, or for a closed one whose
    authority is not shown. `LocalError` for what is no certificate."""
    if info.authority_certificate is None:
        return b""
    try:
        return names.authority_hash(certificate.parse(info.authority_certificate).spki)
    except MalformedDer as unreadable:
        raise LocalError("the authority is no certificate in DER; give the one that admits") from unreadable


def overlay_of(group: bytes, authority: bytes) -> OverlayId:
    """The overlay of a group. `LocalError` for a name that is no Group-ID."""
    try:
        return names.overlay_id(group, authority)
    except RemoteError as refused:
        raise LocalError(f"there is no such group: {refused}") from refused


def invited_to(invitation: GroupInvitation) -> OverlayId:
    """The overlay that an invitation is to. `LocalError` where its two words on the authority differ."""
    stated, shown = invitation.authority_fingerprint or b"", authority_of(invitation.info)
    if shown and shown != stated:
        raise LocalError("the invitation shows another authority than it names; ask for a new one")
    return overlay_of(invitation.group_id, stated)


def check(wish: Wish) -> None:
    """`LocalError` for a wish that nobody could fulfil, before anything is done for it."""
    overlay_of(wish.group, b"")
    if isinstance(wish, Inquiry | Return):
        # what was kept was looked at before
        return
    check_name(wish.part)
    match wish:
        case Creation(info=info):
            documents.build(info)
            overlay_of(wish.group, authority_of(info))
            if wish.part.shows_itself and not wish.is_public:
                raise LocalError("a private group has private membership; let its members be private, too")
        case Petition(info=info):
            if authority_of(info) or info.policy == "closed":
                raise LocalError("others create open groups only; create a closed one yourself")
        case Entry(choice=choice, invitation=invitation):
            if choice is not None:
                overlay_of(wish.group, choice)
            if invitation is not None:
                documents.build(invitation)
                invited_to(invitation)


def check_name(part: Part) -> None:
    """`LocalError` for a name that no member can have."""
    documents.build(GroupMember(ANYBODY, part.name))
