"""What the management of groups needs of a main overlay, whatever that is made of.

Implements nothing itself. An `Overlay` without views offers it, and so does a `ForeignOverlay`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from coterie.effects import Effect
from coterie.overlay.fetching import Fetched
from coterie.overlay.published import Item
from coterie.standing import Standing
from coterie.values.resource import Resource
from coterie.vocabulary import NodeId, Now
from coterie.wire.bodies import Host

if TYPE_CHECKING:
    from coterie.peer.management import Management


class Values(Protocol):
    """What a peer has published in a main overlay, and what it looks for there. A verb raises `LocalError`
    where it cannot be carried out, and has changed nothing then."""

    @property
    def waiting(self) -> int:
        """How much is looked up or fetched, of which there may be `lookups-waiting`."""

    @property
    def is_holder(self) -> bool:
        """Whether this peer may be one of those who have stored what it publishes."""

    def publish(self, item: Item, now: Now) -> list[Effect]:
        """Have a value found, until it is withdrawn."""

    def withdraw(self, resource: Resource, slot: bytes, now: Now) -> list[Effect]:
        """Have nobody find any more what was published there."""

    def rest(self, resource: Resource, slot: bytes, now: Now) -> None:
        """Publish there no more, and do not withdraw what is there."""

    def inherit(self, item: Item, now: Now) -> None:
        """What an earlier life may have published there can be withdrawn, for as long as `item` has it. Its
        value means nothing."""

    def fetch(self, resource: Resource, now: Now, asker: int | None = None) -> list[Effect]:
        """Find all values of a resource, for the user or for whoever has that number."""

    def take_fetched(self) -> tuple[Fetched, ...]:
        """What came of fetches with a number since this was last asked."""

    def closest(self, target: bytes, count: int, /) -> tuple[NodeId, ...]:
        """Those who may be asked to create a group, by their distance from 32 octets."""

    def ask_host(self, node: NodeId, body: Host, now: Now, asker: int, /) -> list[Effect]:
        """Ask one of them, for whoever has that number; nothing where that cannot be."""

    def take_hosted(self) -> tuple[tuple[int, bool], ...]:
        """Which of those who asked that were accepted since this was last asked, and which were not."""


class MainOverlay(Protocol):
    """A main overlay that a peer is in. The events `entered` and `left` are told by `emit` when they
    happen."""

    standing: Standing

    @property
    def values(self) -> Values:
        """What is published and looked for there."""

    def manage(self, management: Management) -> None:
        """Manage groups here: with timers behind all others, and told of all that happens."""

    def touch(self) -> None:
        """Something is about to happen: what was due may not be any more."""

    def emit(self, effects: list[Effect], now: Now) -> None:
        """Put effects into the outbox, and tell the management."""
