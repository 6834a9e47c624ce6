"""Storers that lie: whole peers whose answers are not what the Overlay chapter wants them to be.

Implements the liars of F-33. A liar enters as anybody, proves its key and its address, and takes every STORE
with thanks. What it answers is the matter of its guile; no two need to agree, but those of one overlay know
each other, and lead to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from coterie import registry
from coterie.crypto import names
from coterie.effects import Effect
from coterie.overlay import distance
from coterie.overlay.contacts import Contacts
from coterie.overlay.fetching import publisher_of
from coterie.overlay.ground import Ground
from coterie.overlay.held import Held
from coterie.overlay.serving import Serving, told
from coterie.simulation.chance import stream
from coterie.simulation.overlays.node import OVERLAY, Node, address_of
from coterie.values import envelope
from coterie.vocabulary import NodeId, Now
from coterie.wire import envelopes
from coterie.wire.bodies import Fetch, Find, Neighbour, Nodes, Store, Stored, Values
from coterie.wire.contact import Contact
from coterie.wire.rows import Envelope

NOWHERE = 1 << 20
"""From this number on nobody is at an address."""

CLOSE_OCTETS = 30
"""How much of a made-up Node-ID is taken from the target."""

FLOOD_OCTETS = 7_000
FLOOD_SECONDS = 3_600
"""The length and the lifetime of each of the values of its own by which a liar drowns others."""


@dataclass(slots=True)
class Plot:
    """What the liars of one overlay share: who they are, and what has been entrusted to any of them, by
    resource key, in the order in which it came."""

    chance: Random
    nodes: list[Node] = field(default_factory=list)
    taken: dict[bytes, list[bytes]] = field(default_factory=dict)


class Liar(Serving):
    """What a liar answers. `leads` makes the rows of NODES, `shows` the envelopes of VALUES."""

    def __init__(self, ground: Ground, values: Held, node: Node, plot: Plot, guile: str) -> None:
        super().__init__(ground, values)
        self.ground = ground
        self.contacts: Contacts = ground.contacts
        self.node = node
        self.plot = plot
        self.leads, self.shows = GUILES[guile]

    def on_find(self, signer: NodeId, sequence: int, body: Find) -> list[Effect]:
        """Lead astray."""
        return self._answer(signer, Nodes(sequence, ascending(self.leads(self, signer, body), body.target)))

    def on_store(self, signer: NodeId, spki: bytes, sequence: int, body: Store, now: Now) -> list[Effect]:  # noqa: ARG002 - as its base has it
        """Take a value with thanks, and remember it for what it may be good for."""
        given = envelopes.decode(body.envelope)
        key = names.resource_key(given.kind, given.name)
        self.plot.taken.setdefault(key, []).append(body.envelope)
        return self._answer(signer, Stored(sequence))

    def on_fetch(self, signer: NodeId, sequence: int, body: Fetch, now: Now) -> list[Effect]:
        """Show what there is not."""
        shown = in_order(self.shows(self, body, now), body)
        page = fitting(shown)
        return self._answer(signer, Values(sequence, int(len(page) < len(shown)), page))


# ---------------------------------------------------------------- whom it leads to


def truth(liar: Liar, signer: NodeId, body: Find) -> list[Neighbour]:
    """Those who are closest."""
    close = told(liar.contacts, body.target, signer)
    return [Neighbour(each.node, Contact.of(each.address)) for each in close]


def nobody(_liar: Liar, _signer: NodeId, _body: Find) -> list[Neighbour]:
    """Nobody at all."""
    return []


def cronies(liar: Liar, signer: NodeId, body: Find) -> list[Neighbour]:
    """Other liars, those who are closest."""
    others = [node for node in liar.plot.nodes if node.id != signer and node is not liar.node]
    others.sort(key=lambda node: distance.distance(node.id, body.target))
    return [Neighbour(node.id, Contact.of(node.address)) for node in others[: registry.limit("bucket")]]


def phantoms(liar: Liar, _signer: NodeId, body: Find) -> list[Neighbour]:
    """Peers that there are not, closer than any that there is."""
    chance, rows = liar.plot.chance, []
    for _ in range(registry.limit("bucket")):
        made_up = body.target[:CLOSE_OCTETS] + chance.randbytes(len(body.target) - CLOSE_OCTETS)
        rows.append(Neighbour(NodeId(made_up), Contact.of(address_of(NOWHERE + chance.randrange(NOWHERE)))))
    return rows


def elsewhere(liar: Liar, signer: NodeId, body: Find) -> list[Neighbour]:
    """Those who are closest, each where another one is."""
    rows = truth(liar, signer, body)
    others = [*rows[1:], *rows[:1]]
    return [replace(row, contact=other.contact) for row, other in zip(rows, others, strict=True)]


# ---------------------------------------------------------------- what it shows


def nothing(_liar: Liar, _body: Fetch, _now: Now) -> list[bytes]:
    """Nothing."""
    return []


def oldest(liar: Liar, body: Fetch, _now: Now) -> list[bytes]:
    """The first that came to each place, whatever became of it."""
    first: dict[tuple[bytes, bytes], bytes] = {}
    for octets in liar.plot.taken.get(body.key, []):
        first.setdefault(place_of(octets), octets)
    return list(first.values())


def forgeries(liar: Liar, body: Fetch, _now: Now) -> list[bytes]:
    """What came to each place with another value, later, signed anew or not."""
    latest = {place_of(octets): octets for octets in liar.plot.taken.get(body.key, [])}
    return [liar.plot.chance.choice(FORGERIES)(liar, octets) for octets in latest.values()]


def flood(liar: Liar, body: Fetch, now: Now) -> list[bytes]:
    """Values of its own, well signed, more than anybody has room for."""
    taken = liar.plot.taken.get(body.key)
    if not taken:
        return []
    given, made = envelopes.decode(taken[0]), list[bytes]()
    for _ in range(2 * registry.limit("page-octets") // FLOOD_OCTETS):
        slot = max(int.from_bytes(body.slot, "big"), 1) + len(made) + 1
        made.append(
            sealed(liar, replace(
                given, slot=slot.to_bytes(len(given.slot), "big"), sequence=now.wall_ms,
                lifetime=FLOOD_SECONDS, leaf=liar.node.identity.leaf, value=bytes(FLOOD_OCTETS),
            ))
        )  # fmt: skip
    return made


def changed(_liar: Liar, octets: bytes) -> bytes:
    """Another value under the signature that was there."""
    given = envelopes.decode(octets)
    return envelopes.encode(replace(given, value=given.value + b" not"))


def postdated(_liar: Liar, octets: bytes) -> bytes:
    """The same value, newer than it is."""
    given = envelopes.decode(octets)
    return envelopes.encode(replace(given, sequence=given.sequence + 1))


def signed_by_another(liar: Liar, octets: bytes) -> bytes:
    """Another value under the name of its publisher, with the liar's signature."""
    given = envelopes.decode(octets)
    return sealed(liar, replace(given, value=b"forged " + given.value, sequence=given.sequence + 1))


def withdrawn(liar: Liar, octets: bytes) -> bytes:
    """A tombstone that the publisher has not made."""
    given = envelopes.decode(octets)
    lifetime = registry.limit("lifetime")
    return sealed(liar, replace(given, value=b"", lifetime=lifetime, sequence=given.sequence + 1))


def of_another_overlay(liar: Liar, octets: bytes) -> bytes:
    """What the liar has signed for another overlay."""
    given = replace(envelopes.decode(octets), leaf=liar.node.identity.leaf, value=b"elsewhere")
    return envelope.sign(liar.node.identity.key, names.overlay_id(b"another"), given)


FORGERIES: tuple[Callable[[Liar, bytes], bytes], ...] = (
    changed, postdated, signed_by_another, withdrawn, of_another_overlay,
)  # fmt: skip

Leads = Callable[[Liar, NodeId, Find], list[Neighbour]]
Shows = Callable[[Liar, Fetch, Now], list[bytes]]

GUILES: dict[str, tuple[Leads, Shows]] = {
    "empty": (nobody, nothing),
    "silent": (truth, nothing),
    "stale": (truth, oldest),
    "forged": (truth, forgeries),
    "crony": (cronies, oldest),
    "eclipse": (cronies, nothing),
    "phantom": (phantoms, nothing),
    "elsewhere": (elsewhere, forgeries),
    "flood": (truth, flood),
}
"""How each kind of liar answers."""


def corrupt(node: Node, plot: Plot, guile: str) -> None:
    """From now on a node answers like that."""
    neighbours = node.neighbours
    inside = vars(neighbours)
    inside["_serving"] = Liar(neighbours.ground, neighbours.held, node, plot, guile)
    node.is_liar = True
    if node not in plot.nodes:
        plot.nodes.append(node)


def plot_of(seed: int) -> Plot:
    """What the liars of a seed share at first."""
    return Plot(stream(seed, "plot"))


def sealed(liar: Liar, given: Envelope) -> bytes:
    """An envelope signed by the liar, whoever it says has published it."""
    return envelope.sign(liar.node.identity.key, OVERLAY, given)


def place_of(octets: bytes) -> tuple[bytes, bytes]:
    """Whose leaf is in an envelope, and its slot."""
    given = envelopes.decode(octets)
    return publisher_of(given.leaf), given.slot


def ascending(rows: Iterable[Neighbour], target: bytes) -> tuple[Neighbour, ...]:
    """Rows as NODES has to have them, so that they are believed."""
    return tuple(sorted(rows, key=lambda row: distance.distance(row.node_id, target)))


def in_order(many: Iterable[bytes], body: Fetch) -> list[bytes]:
    """Envelopes as VALUES has to have them, so that they are looked at."""
    behind = (bytes(body.publisher), body.slot)
    placed = {place_of(octets): octets for octets in many}
    return [placed[place] for place in sorted(placed) if place > behind]


def fitting(many: Sequence[bytes]) -> tuple[bytes, ...]:
    """The first ones, as many as go into one answer."""
    octets, page = 0, list[bytes]()
    for each in many[: registry.limit("page-values")]:
        octets += len(each)
        if octets > registry.limit("page-octets"):
            break
        page.append(each)
    return tuple(page)
