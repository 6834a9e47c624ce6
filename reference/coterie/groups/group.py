"""One group at a peer: what is wanted of it, how far that has come, and what is to happen when.

Implements the state of REQ-GRP-1 to REQ-GRP-13.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

from coterie.documents import Contact, GroupInfo, GroupInvitation
from coterie.groups.advertising import Shown, Subject, contacts_of
from coterie.groups.looking import Look
from coterie.groups.states import TRANSITIONS, Input, State
from coterie.groups.surroundings import Company
from coterie.groups.wishes import Creation, Entry, Inquiry, Part, Return, Wish
from coterie.values import kinds
from coterie.vocabulary import Address, NodeId, OverlayId


class Alarm(IntEnum):
    """What a group waits for. Of those that are due at once the first goes first."""

    FETCH = 0
    GIVE_UP = 1
    SHOW = 2
    POLL = 3
    HANDOVER = 4


@dataclass(frozen=True, slots=True)
class Home:
    """Where a group lives, and by which rules."""

    overlay: OverlayId
    info: GroupInfo
    is_public: bool


@dataclass(slots=True)
class Group:
    """`number` tells it from the other groups of the peer; `known` and `company` are None as long as they are
    not known. Alarms are in milliseconds of the monotonic clock. `asks` are those who are still to be asked
    to create it."""

    number: int
    wish: Wish
    look: Look
    state: State = State.LOOKING
    known: Home | None = None
    company: Company | None = None
    shown: Shown = field(default_factory=Shown)
    alarms: dict[Alarm, int] = field(default_factory=dict)
    asks: tuple[NodeId, ...] = ()

    def step(self, given: Input) -> None:
        """Walk the table; whoever waits for nothing any more is not woken."""
        self.state = TRANSITIONS[self.state, given]
        if self.state is State.GONE:
            self.alarms.clear()

    @property
    def name(self) -> bytes:
        """Its Group-ID, as far as it is known."""
        return self.look.chain.name

    @property
    def part(self) -> Part:
        """How the peer takes part in it."""
        if isinstance(self.wish, Inquiry):
            raise TypeError("whoever only asks has no part in a group")
        return self.wish.part

    @property
    def is_kept(self) -> bool:
        """Whether the peer comes back to it in its next life."""
        if self.is_hosted:
            # REQ-GRP-23: nobody waits for this peer there
            return False
        if self.state is State.ENTERING:
            return isinstance(self.wish, Return)
        return self.state is State.MEMBER

    def kept(self, own: Address) -> Return:
        """What the next life of a peer at that address is to know of it."""
        if self.state is State.ENTERING and isinstance(self.wish, Return):
            return self.wish
        addresses = contacts_of(own, self.others)
        info = replace(self.home.info, contacts=tuple(Contact(each.host, each.port) for each in addresses))
        return Return(self.name, info, self.home.is_public, self.part, self.is_told)

    @property
    def is_told(self) -> bool:
        """Whether this life or an earlier one has published where it is."""
        return any(kind.kind == kinds.GROUP_INFO for kind, _ in self.shown.places)

    @property
    def is_public(self) -> bool:
        """Whether it is known in the main overlay, or is to be."""
        return self.known is not None and self.known.is_public

    @property
    def is_created(self) -> bool:
        """Whether the peer creates it."""
        return isinstance(self.wish, Creation)

    @property
    def invitation(self) -> GroupInvitation | None:
        """What the peer was invited by, if it was."""
        return self.wish.invitation if isinstance(self.wish, Entry) else None

    @property
    def is_hosted(self) -> bool:
        """Whether the peer is in it for another one only."""
        return isinstance(self.wish, Creation) and self.wish.is_hosted

    @property
    def leads(self) -> bool:
        """Whether the peer coordinates it."""
        return self.company is not None and self.company.leads

    @property
    def home(self) -> Home:
        """Where it lives, which is known by now."""
        if self.known is None:
            raise TypeError("the group was not found yet")
        return self.known

    @property
    def others(self) -> tuple[Address, ...]:
        """Where the other members are, in the order of the view."""
        return self.company.others if self.company else ()

    @property
    def subject(self) -> Subject:
        """What is published about."""
        return Subject(self.name, self.home.overlay, self.part.leaf)

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        home = (self.known.overlay, self.known.is_public) if self.known else None
        return (
            self.number, self.state.name, self.name, self.asks, self.look.fetches, home, self.leads,
            self.shown.contacts, self.shown.is_listed, self.shown.is_member, tuple(sorted(self.alarms)),
        )  # fmt: skip
