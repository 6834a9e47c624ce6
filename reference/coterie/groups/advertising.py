"""What is published of a group, and when.

Implements REQ-GRP-2 to REQ-GRP-6, and REQ-GRP-27. Each rule is a function that is looked up in this module
when it is applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from coterie import documents, registry
from coterie.documents import Contact, GroupInfo, GroupListEntry, GroupMember
from coterie.groups.steps import Publish
from coterie.values import kinds
from coterie.values.resource import Place, Resource
from coterie.vocabulary import Address, OverlayId

NO_SLOT = bytes(16)


@dataclass(slots=True)
class Shown:
    """What a peer has published of one group. `contacts` are those that it goes on refreshing, None when it
    does not; `at` is when it last published them, in milliseconds of the monotonic clock. `places` is all
    that there ever was."""

    contacts: tuple[Address, ...] | None = None
    at: int | None = None
    is_listed: bool = False
    is_member: bool = False
    places: dict[Place, None] = field(default_factory=dict)

    def renew(self) -> None:
        """All is to be published anew, as soon as it may."""
        self.contacts = None
        self.is_listed = self.is_member = False

    def forget(self) -> None:
        """Nothing is published any more, as far as this peer knows: all is published anew, and at once."""
        self.renew()
        self.at = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The group that something is published of, and the leaf (DER) that it is published with."""

    group: bytes
    overlay: OverlayId
    leaf: bytes

    @property
    def info(self) -> Place:
        """Where it stands how the group is reached."""
        # REQ-GRP-2: under the Group-ID, with the slot Overlay-ID
        return Resource(kinds.GROUP_INFO, self.group), self.overlay

    @property
    def entry(self) -> Place:
        """Where it stands that there is the group."""
        # REQ-GRP-3: in the same slot
        return Resource(kinds.GROUP_LIST, b""), self.overlay

    @property
    def member(self) -> Place:
        """Where it stands that the peer is in the group."""
        return Resource(kinds.GROUP_MEMBERS, self.group), NO_SLOT


def contacts_of(own: Address, others: Sequence[Address]) -> tuple[Address, ...]:
    """Where a coordinator says that its group is, by the addresses of the others in the order of the view."""
    # REQ-GRP-2: its own first, 16 at most
    return (own, *others)[: registry.limit("contacts")]


def lifetime() -> int:
    """For how many seconds a group is found."""
    # REQ-GRP-2, REQ-GRP-3, REQ-GRP-5, REQ-GRP-14: 600
    return registry.limit("group-lifetime")


def info(subject: Subject, stated: GroupInfo, contacts: Sequence[Address]) -> Publish:
    """How the group is reached."""
    document = replace(stated, contacts=tuple(Contact(each.host, each.port) for each in contacts))
    return Publish(*subject.info, lifetime(), documents.build(document), subject.leaf)


def entry(subject: Subject, description: str) -> Publish:
    """That there is the group."""
    # REQ-GRP-3: the Group-ID and the description
    document = GroupListEntry(subject.group, description)
    return Publish(*subject.entry, lifetime(), documents.build(document), subject.leaf)


def member(subject: Subject, peer_id: bytes, name: str | None) -> Publish:
    """That the peer is in the group."""
    # REQ-GRP-5: its Peer-ID, and its name where it has one
    value = documents.build(GroupMember(peer_id, name))
    return Publish(*subject.member, lifetime(), value, subject.leaf)


def is_stale(shown: Shown, contacts: tuple[Address, ...]) -> bool:
    """Whether a coordinator has to publish its group-info."""
    # REQ-GRP-2: at first, and when the contacts change
    return shown.contacts != contacts


def again_at(shown: Shown, mono_ms: int) -> int:
    """When a coordinator may publish its group-info, if it wants to at `mono_ms`."""
    # REQ-GRP-2: not within 10,000 ms of the time before
    return mono_ms if shown.at is None else max(mono_ms, shown.at + registry.timer("advertise-again"))


def is_listed_now(shown: Shown) -> bool:
    """Whether the entry of the list is published beside a group-info."""
    # REQ-GRP-3: with the first one since the peer coordinates; it is refreshed as long
    return not shown.is_listed


def is_told_of(*, is_public: bool, leads: bool) -> bool:
    """Whether a member publishes where its group is."""
    # REQ-GRP-2: of a public group whoever coordinates; REQ-GRP-4: and nobody else
    return is_public and leads


def is_shown(*, is_public: bool, wants: bool) -> bool:
    """Whether a member publishes that it is one."""
    # REQ-GRP-5: of a group with public membership each; a private group has private membership
    return is_public and wants


def resting(places: Sequence[Place], overlay: OverlayId) -> tuple[Place, ...]:
    """What is refreshed no more by a member that does not coordinate any more."""
    # REQ-GRP-4: both that stand in the slot of the group
    return tuple(place for place in places if place[1] == overlay)


def former(subject: Subject, *, was_told: bool, is_shown: bool) -> tuple[Place, ...]:
    """What an earlier life of the peer may have published of a group, by what it has kept of that."""
    # REQ-GRP-6: it is withdrawn like what this life publishes
    told = (subject.info, subject.entry) if was_told else ()
    return (*told, subject.member) if is_shown else told


def after_entering(shown: Shown) -> Shown:
    """What counts as published when the peer has entered the main overlay: nobody else need have any."""
    # REQ-GRP-27: nothing, so that all is published at once
    return Shown(places=shown.places)


def withdrawn(places: Sequence[Place]) -> tuple[Place, ...]:
    """What a peer that has left withdraws."""
    # REQ-GRP-6: all that it has published, also what it refreshes no more
    return tuple(places)
