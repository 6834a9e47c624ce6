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
from coterie.overlay import fetching, publishing
from coterie.overlay.fetching import Fetched
from coterie.overlay.machine import check_waiting
from coterie.overlay.publishing import Item, Publication
from coterie.standing import Standing
from coterie.values import choosing, resource
from coterie.values.envelope import Checked
from coterie.values.resource import Resource
from coterie.vocabulary import NO_VIEW, Address, NodeId, Now
from coterie.wire.bodies import Host

MS = 1000

Place = tuple[Resource, bytes]
"""A resource and a slot: of one place a peer has one value."""


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
    """What one peer has in a foreign main overlay. `_left_there` is what it does not refresh any more, with
    the time at which nobody finds it any more, in milliseconds of the monotonic clock."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._contacts: tuple[Address, ...] = ()
        self._is_open = True
        """The peer has not left: the store is asked, whether or not there are others."""
        self._published: dict[Place, Publication] = {}
        self._left_there: dict[Place, tuple[Item, int]] = {}
        self._used: dict[Place, int] = {}
        self._sending: dict[int, Sending] = {}
        self._searches: dict[int, Search] = {}
        self._over: list[Fetched] = []
        self._last = 0

    # ------------------------------------------------------------ verbs

    is_holder = False
    """Others are those who keep what is stored."""

    def publish(self, item: Item, now: Now) -> list[Effect]:
        """Have a value found, until it is withdrawn. `LocalError` for what no reader would take."""
        if not self._is_open:
            raise LocalError("this peer has left the main overlay; enter it before you publish")
        if not item.value:
            raise LocalError("a value has octets; withdraw what was published instead")
        most = registry.limit("publisher-values")
        if item.place not in self._published and len(self._published) >= most:
            raise LocalError(f"a peer publishes {most} values at most; withdraw one of them")
        return self._send(item, item.lifetime, now)

    def withdraw(self, about: Resource, slot: bytes, now: Now) -> list[Effect]:
        """Have nobody find any more what was published there. `LocalError` when nothing is."""
        self._forget_expired(now)
        place = (about, slot)
        known = self._published.get(place)
        item = known.item if known is not None else self._left_there.get(place, (None, 0))[0]
        if item is None:
            raise LocalError("nothing is published there; publish before you withdraw")
        tombstone = Item(about, slot, registry.limit("lifetime"), b"", item.leaf)
        # it is needed no longer than what it withdraws could be shown to anybody
        effects = self._send(tombstone, item.lifetime, now)
        self._published.pop(place, None)
        return effects

    def rest(self, about: Resource, slot: bytes, now: Now) -> None:
        """Publish there no more, and do not withdraw what is there."""
        known = self._published.pop((about, slot), None)
        if known is not None:
            self._leave_there(known.item, now)

    def inherit(self, item: Item, now: Now) -> None:
        """An earlier life may have published there, for `lifetime` at most: it can be withdrawn as long."""
        if item.place not in self._published:
            self._leave_there(item, now)

    def _leave_there(self, item: Item, now: Now) -> None:
        self._forget_expired(now)
        self._left_there.pop(item.place, None)
        if len(self._left_there) >= registry.limit("values"):
            # the one that was left longest ago
            del self._left_there[next(iter(self._left_there))]
        self._left_there[item.place] = (item, now.mono_ms + MS * item.lifetime)

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
        for each in (self._published, self._left_there, self._used, self._sending, self._searches):
            each.clear()
        self._over.clear()
        self._contacts, self._is_open = (), False
        return [self._event("left", view=NO_VIEW)]

    def stored(self, number: int, others: int, now: Now) -> list[Effect]:
        """A Put has ended: so many others hold what was put."""
        sending = self._sending.pop(number, None)
        if sending is None:
            # something else was put in its place
            return []
        item, known = sending.item, self._published.get(sending.item.place)
        if known is not None and not others:
            soon = min(known.again_at, publishing.again_after(now.mono_ms))
            self._published[item.place] = Publication(item, sending.sequence, soon)
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
        sequence = publishing.next_sequence(now.wall_ms, self._used.get(item.place, 0))
        octets = publishing.sealed(self._standing, item, sequence, now)

        for number in [number for number, each in self._sending.items() if each.item.place == item.place]:
            del self._sending[number]
        self._remember(item.place, sequence)
        self._left_there.pop(item.place, None)
        if item.value:
            again_at = publishing.renew_at(now.mono_ms, item.lifetime)
            self._published[item.place] = Publication(item, sequence, again_at)
        self._last += 1
        self._sending[self._last] = Sending(item, sequence)
        until = now.wall_ms + MS * findable
        return [Put(self._standing.overlay, self._last, item.resource.key, item.slot, octets, until)]

    def _remember(self, place: Place, sequence: int) -> None:
        self._used.pop(place, None)
        self._used[place] = sequence
        if len(self._used) > registry.limit("values"):
            # the one used longest ago: the wall clock is ahead of it by now
            del self._used[next(iter(self._used))]

    def _forget_expired(self, now: Now) -> None:
        for place in [place for place, (_, over_at) in self._left_there.items() if over_at <= now.mono_ms]:
            del self._left_there[place]

    def _event(self, name: str, /, **fields: Field) -> Event:
        return Event(self._standing.overlay, name, fields)

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min((each.again_at for each in self._published.values()), default=None)

    def fire(self, now: Now) -> list[Effect]:
        """Publish anew what is due first."""
        first = min(self._published.values(), key=lambda each: each.again_at)
        try:
            return self._send(first.item, first.item.lifetime, now)
        except LocalError:
            # its leaf has expired, or the wall clock was set: perhaps it does later
            later = Publication(first.item, first.sequence, publishing.again_after(now.mono_ms))
            self._published[first.item.place] = later
            return []

    def facts(self) -> dict[str, Any]:
        """What `inspect` shows."""
        rows = sorted(self._published.items(), key=lambda row: (row[0][0].key, row[0][1]))
        return {
            "contacts": [{"address": each} for each in self._contacts],
            "published": [
                {"kind": about.kind, "name": about.name, "slot": slot, "sequence": each.sequence}
                for (about, slot), each in rows
            ],
            "lookups": len(self._searches),
        }
