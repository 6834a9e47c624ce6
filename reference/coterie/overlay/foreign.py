"""A peer's part in a foreign main overlay: what it publishes and fetches in a store that is not made of peers
of this protocol.

Implements the section on foreign main overlays of the Group management chapter. Envelopes are those of the
Stored values chapter, made and chosen by its rules; that a store hands out whatever anybody has put there is
why each is checked again here. The store itself is reached by the effects `Put` and `Get`, which are
answered by `stored` and `fetched`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coterie import registry
from coterie.effects import Effect, Event, Field, Get, Put
from coterie.errors import LocalError
from coterie.overlay import fetching
from coterie.overlay.fetching import Fetched
from coterie.overlay.machine import check_waiting
from coterie.overlay.published import Item, Published
from coterie.standing import Standing
from coterie.values import choosing, resource
from coterie.values.envelope import Checked
from coterie.values.resource import Resource
from coterie.vocabulary import NO_VIEW, Address, NodeId, Now
from coterie.wire.bodies import Host

MS = 1000


@dataclass(frozen=True, slots=True)
class Sending:
    """An envelope on its way to the store."""

    item: Item
    sequence: int


@dataclass(frozen=True, slots=True)
class Search:
    """A fetch under way, and for whom, if not for the user."""

    resource: Resource
    asker: int | None


class Foreign:
    """What one peer has in a foreign main overlay."""

    is_holder = False
    """Others are those who keep what is stored."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._contacts: tuple[Address, ...] = ()
        self._is_open = True
        """The peer has not left: the store is asked, whether or not there are others."""
        self._published = Published()
        self._sending: dict[int, Sending] = {}
        self._searches: dict[int, Search] = {}
        self._over: list[Fetched] = []
        self._last = 0

    # ------------------------------------------------------------ verbs

    def publish(self, item: Item, now: Now) -> list[Effect]:
        """Have a value found, until it is withdrawn. `LocalError` for what no reader would take."""
        if not self._is_open:
            raise LocalError("this peer has left the main overlay; enter it before you publish")
        self._published.check(item)
        return self._send(item, item.lifetime, now)

    def withdraw(self, about: Resource, slot: bytes, now: Now) -> list[Effect]:
        """Have nobody find any more what was published there. `LocalError` when nothing is."""
        known = self._published.at((about, slot), now)
        tombstone = Item(about, slot, registry.limit("lifetime"), b"", known.leaf)
        # it is needed no longer than what it withdraws could be shown to anybody
        return self._send(tombstone, known.lifetime, now)

    def rest(self, about: Resource, slot: bytes, now: Now) -> None:
        """Publish there no more, and do not withdraw what is there."""
        self._published.rest((about, slot), now)

    def inherit(self, item: Item, now: Now) -> None:
        """An earlier life may have published there, for `lifetime` at most: it can be withdrawn as long."""
        self._published.inherit(item, now)

    def fetch(self, about: Resource, now: Now, asker: int | None = None) -> list[Effect]:
        """Find all values of a resource, for the user or for whoever has that number."""
        check_waiting(self.waiting)
        self._last += 1
        self._searches[self._last] = Search(about, asker)
        if not self._is_open:
            return self.fetched(self._last, (), now, is_complete=False)
        return [Get(self._standing.overlay, self._last, about.key)]

    @property
    def waiting(self) -> int:
        """How much is fetched, of which there may be `lookups-waiting`."""
        return len(self._searches)

    def closest(self, _target: bytes, _count: int) -> tuple[NodeId, ...]:
        """Nobody: a store creates no groups."""
        return ()

    def ask_host(self, _node: NodeId, _body: Host, _now: Now, _asker: int) -> list[Effect]:
        """Nothing, for there is nobody to ask."""
        return []

    def take_hosted(self) -> tuple[tuple[int, bool], ...]:
        """Nobody was asked."""
        return ()

    def take_fetched(self) -> tuple[Fetched, ...]:
        """What came of fetches with a number since this was last asked."""
        taken = tuple(self._over)
        self._over.clear()
        return taken

    # ------------------------------------------------------------ what the store says

    def met(self, contacts: Sequence[Address]) -> list[Effect]:
        """There are others, who keep values, at those addresses; the first time it has entered."""
        self._is_open = True
        before, self._contacts = self._contacts, tuple(contacts)[: registry.limit("contacts")]
        if before or not self._contacts:
            return []
        return [self._event("entered", contacts=len(self._contacts))]

    def left(self) -> list[Effect]:
        """The store is not asked any more: nothing is published, nothing fetched."""
        self._published.clear()
        for each in (self._sending, self._searches, self._over):
            each.clear()
        self._contacts, self._is_open = (), False
        return [self._event("left", view=NO_VIEW)]

    def stored(self, number: int, others: int, now: Now) -> list[Effect]:
        """A Put has ended: so many others hold what was put."""
        sending = self._sending.pop(number, None)
        if sending is None:
            # something else was put in its place
            return []
        item = sending.item
        if not others:
            self._published.unstored(item, now)
        return [
            self._event(
                "published", kind=item.resource.kind, name=item.resource.name, slot=item.slot,
                sequence=sending.sequence, stored=others,
            )
        ]  # fmt: skip

    def fetched(self, number: int, many: Iterable[bytes], now: Now, *, is_complete: bool) -> list[Effect]:
        """A Get has ended, with whatever was there; `is_complete` says that it is all."""
        search = self._searches.pop(number, None)
        if search is None:
            return []
        taken, is_cut = self._taken(search.resource, many, now)
        counted = choosing.ordered(choosing.counting(taken))
        envelopes, complete = tuple(each.octets for each in counted), is_complete and not is_cut
        if search.asker is not None:
            self._over.append(Fetched(search.asker, complete, envelopes))
        return [
            self._event(
                "fetched", kind=search.resource.kind, name=search.resource.name,
                complete=int(complete), envelopes=envelopes,
            )
        ]  # fmt: skip

    def _taken(self, about: Resource, many: Iterable[bytes], now: Now) -> tuple[list[Checked], bool]:
        """Those that are to be chosen from, each once, and whether there was no room for others."""
        taken, octets, is_cut = list[Checked](), 0, False
        for each in self._acceptable(about, dict.fromkeys(many), now):
            if fetching.has_room(octets, len(each.octets)):
                taken.append(each)
                octets += len(each.octets)
            else:
                is_cut = True
        return taken, is_cut

    def _acceptable(self, about: Resource, many: Iterable[bytes], now: Now) -> Iterator[Checked]:
        accepted = resource.acceptable(many, self._standing.overlay, now.wall_ms)
        return (each for each in accepted if resource.is_of(about, each))

    # ------------------------------------------------------------ inside

    def _send(self, item: Item, findable: int, now: Now) -> list[Effect]:
        """Put an envelope of an item, to be found for so many seconds. `LocalError`, and nothing has
        changed, for one that no reader would take."""
        sequence, octets = self._published.goes_out(self._standing, item, now)
        for number in [number for number, each in self._sending.items() if each.item.place == item.place]:
            del self._sending[number]
        self._last += 1
        self._sending[self._last] = Sending(item, sequence)
        until = now.wall_ms + MS * findable
        return [Put(self._standing.overlay, self._last, item.resource.key, item.slot, octets, until)]

    def _event(self, name: str, /, **fields: Field) -> Event:
        return Event(self._standing.overlay, name, fields)

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return self._published.wake()

    def fire(self, now: Now) -> list[Effect]:
        """Publish anew what is due first."""
        item = self._published.due()
        try:
            return self._send(item, item.lifetime, now)
        except LocalError:
            self._published.put_off(item, now)
            return []

    def facts(self) -> dict[str, Any]:
        """What `inspect` shows."""
        return {
            "contacts": [{"address": each} for each in self._contacts],
            "published": self._published.facts(),
            "lookups": len(self._searches),
        }
