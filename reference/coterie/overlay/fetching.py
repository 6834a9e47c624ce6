"""Fetching all values of a resource from those closest to its key.

Implements REQ-OVL-31.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from coterie import registry
from coterie.crypto import leaf, names
from coterie.effects import Effect
from coterie.errors import RemoteError
from coterie.overlay import publishing
from coterie.overlay.ground import Ground
from coterie.overlay.held import Held
from coterie.overlay.lookup import Lookup
from coterie.overlay.lookups import Lookups
from coterie.overlay.purposes import Fetching, Paging
from coterie.overlay.requests import Request
from coterie.values import choosing, envelope
from coterie.values.envelope import Checked
from coterie.values.resource import Resource
from coterie.vocabulary import NodeId, Now
from coterie.wire import envelopes
from coterie.wire.bodies import Fetch, Values

NOBODY = NodeId(bytes(32))
NO_SLOT = bytes(16)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch that somebody beside the user has asked for: the number that it was given, and
    what the event `fetched` says."""

    asker: int
    is_complete: bool
    envelopes: tuple[bytes, ...]


@dataclass(slots=True)
class Search:
    """A fetch under way, and for whom, if not for the user: how many others were asked, how many of them have
    given all their pages, how many pages those who are still asked have given, and the envelopes so far, by
    their octets. `is_cut` when the lookup was, or when there was no room for all of them."""

    resource: Resource
    asker: int | None = None
    asked: int = 0
    answered: int = 0
    pages: dict[NodeId, int] = field(default_factory=dict)
    found: dict[bytes, Checked] = field(default_factory=dict)
    octets: int = 0
    is_cut: bool = False


class Fetches:
    """The fetches of one peer."""

    def __init__(self, ground: Ground, lookups: Lookups, held: Held) -> None:
        self._ground = ground
        self._lookups = lookups
        self._held = held
        self._going: dict[int, Search] = {}
        self._over: list[Fetched] = []
        self._last = 0

    @property
    def paging(self) -> int:
        """How many fetches wait for pages; those that are still looked up are not among them."""
        return sum(1 for search in self._going.values() if search.pages)

    def start(self, resource: Resource, asker: int | None) -> None:
        """Find all values of a resource. Whoever gives a number takes what is found by `take_over`."""
        self._last += 1
        self._going[self._last] = Search(resource, asker)
        self._lookups.start(resource.key, Fetching(self._last))

    def found(self, number: int, over: Lookup, now: Now) -> list[Effect]:
        """Those closest to the key are known: ask each for its first page."""
        search, nodes = self._going[number], over.found
        search.is_cut = is_cut_short(over)
        own, key = self._ground.standing.node, search.resource.key
        holders = publishing.with_self(nodes, own, key) if self._ground.is_peer else nodes
        search.asked = others(holders, own)
        effects: list[Effect] = []
        for node in holders:
            if node == own:
                self._take(search, [each.octets for each in self._held.under(key, now.wall_ms)], now)
                continue
            asked = self._ground.ask(node, Fetch(key, NOBODY, NO_SLOT), Paging(number), now)
            if asked:
                search.pages[node] = 0
            effects += asked
        return effects + self._ended(number)

    def is_wanted(self, purpose: Paging) -> bool:
        """Whether anybody still waits for that page."""
        return purpose.fetch in self._going

    def on_values(self, request: Request, purpose: Paging, body: Values, now: Now) -> list[Effect]:
        """A page, which was checked."""
        search, node = self._going.get(purpose.fetch), request.node
        if search is None:
            return []
        self._take(search, body.held, now)
        search.pages[node] += 1
        if body.more and has_page_left(search.pages[node]) and isinstance(request.body, Fetch):
            return [*self._ground.ask(node, following(request.body, body), purpose, now)]
        del search.pages[node]
        # REQ-OVL-31: with all its pages
        search.answered += not body.more
        return self._ended(purpose.fetch)

    def unanswered(self, purpose: Paging, node: NodeId) -> list[Effect]:
        """A page did not come."""
        search = self._going.get(purpose.fetch)
        if search is None:
            return []
        search.pages.pop(node, None)
        return self._ended(purpose.fetch)

    def _take(self, search: Search, many: tuple[bytes, ...] | list[bytes], now: Now) -> None:
        for octets in many:
            if octets in search.found:
                continue
            try:
                checked = envelope.check(octets, self._ground.standing.overlay, now.wall_ms)
            except RemoteError:
                # REQ-OVL-20: left out, and the others count
                continue
            if has_room(search.octets, len(octets)):
                search.found[octets] = checked
                search.octets += len(octets)
            else:
                search.is_cut = True

    def _ended(self, number: int) -> list[Effect]:
        search = self._going[number]
        if search.pages:
            return []
        del self._going[number]
        counted = choosing.ordered(choosing.counting(search.found.values()))
        envelopes = tuple(each.octets for each in counted)
        complete = not search.is_cut and is_complete(search.asked, search.answered)
        if search.asker is not None:
            self._over.append(Fetched(search.asker, complete, envelopes))
        return [
            self._ground.event(
                "fetched", kind=search.resource.kind, name=search.resource.name,
                complete=int(complete), envelopes=envelopes,
            )
        ]  # fmt: skip

    def take_over(self) -> tuple[Fetched, ...]:
        """What came of fetches with a number, each once."""
        taken = tuple(self._over)
        self._over.clear()
        return taken

    def clear(self) -> None:
        """Nothing is fetched any more."""
        self._going.clear()
        self._over.clear()

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return tuple(
            (number, each.resource, each.answered, tuple(each.pages.items()), tuple(each.found))
            for number, each in self._going.items()
        )


def has_page_left(pages: int) -> bool:
    """Whether a peer that has given so many pages is asked for one more."""
    # REQ-OVL-31: at most 64
    return pages < registry.limit("pages")


def has_room(kept: int, more: int) -> bool:
    """Whether a fetch that keeps so many octets of envelopes has room for more."""
    # REQ-OVL-31: 393,216 octets, the first ones to come
    return kept + more <= registry.limit("fetched-octets")


def following(asked: Fetch, body: Values) -> Fetch:
    """The question for the page behind `body`, which was checked; the same question behind nothing."""
    if not body.held:
        return asked
    last = envelopes.decode(body.held[-1])
    return Fetch(asked.key, publisher_of(last.leaf), last.slot)


def publisher_of(leaf_der: bytes) -> NodeId:
    """The Peer-ID of the key of a leaf that can be read."""
    return NodeId(names.peer_id(leaf.read(leaf_der).spki))


def others(holders: tuple[NodeId, ...], own: NodeId) -> int:
    """How many of those who are asked are not this peer."""
    # REQ-OVL-31: it counts neither as asked nor as one that has answered
    return sum(1 for node in holders if node != own)


def is_cut_short(over: Lookup) -> bool:
    """Whether a lookup has perhaps not come to those who are closest."""
    # REQ-OVL-31: not all of its paths have ended of themselves
    return over.is_cut


def is_complete(asked: int, answered: int) -> bool:
    """Whether what was found is all that there is; of the others alone."""
    # REQ-OVL-31: more than half of the others that were asked, and at least one
    return asked > 0 and 2 * answered > asked
