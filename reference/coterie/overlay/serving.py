"""Answering others: FIND, STORE and FETCH.

Implements REQ-OVL-4, REQ-OVL-12, and the answers of REQ-OVL-18 and REQ-OVL-19.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Effect, Send
from coterie.errors import RemoteError
from coterie.overlay import held
from coterie.overlay.contacts import Acquaintance, Contacts
from coterie.overlay.ground import Ground
from coterie.overlay.held import Held
from coterie.values import envelope
from coterie.vocabulary import NodeId, Now
from coterie.wire.bodies import Body, Fetch, Find, Neighbour, Nodes, Store, Stored, Values
from coterie.wire.contact import Contact


class Serving:
    """What a peer does for the others. Of each request the sequence number is stated in the answer."""

    def __init__(self, ground: Ground, values: Held) -> None:
        self._ground = ground
        self._values = values

    def check_asked(self) -> None:
        """This peer is one that may be asked."""
        # REQ-OVL-4: a client keeps nothing and knows nobody for others
        if not self._ground.is_peer:
            raise RemoteError("not-a-peer", requirement="REQ-OVL-4", field="header.type")

    def on_find(self, signer: NodeId, sequence: int, body: Find) -> list[Effect]:
        """Say who is closest to the target."""
        rows = tuple(
            Neighbour(each.node, Contact.of(each.address))
            for each in told(self._ground.contacts, body.target, signer)
        )
        return self._answer(signer, Nodes(sequence, rows))

    def on_store(self, signer: NodeId, spki: bytes, sequence: int, body: Store, now: Now) -> list[Effect]:
        """Hold a value of the signer, whose key is given as SPKI."""
        checked = envelope.check(body.envelope, self._ground.standing.overlay, now.wall_ms)
        held.check_own_value(checked, spki)
        self._values.admit(checked, now)
        return self._answer(signer, Stored(sequence))

    def on_fetch(self, signer: NodeId, sequence: int, body: Fetch, now: Now) -> list[Effect]:
        """Show a page of what is held."""
        page = self._values.page(body.key, (body.publisher, body.slot), now.wall_ms)
        octets = tuple(each.octets for each in page.values)
        return self._answer(signer, Values(sequence, int(page.has_more), octets))

    def _answer(self, signer: NodeId, body: Body) -> list[Effect]:
        known = self._ground.contacts.get(signer)
        if known is None:
            return []
        sent = self._ground.standing.sign(signer, body)
        return [Send(self._ground.standing.overlay, known.address, sent)]


def told(contacts: Contacts, target: bytes, asker: NodeId) -> tuple[Acquaintance, ...]:
    """Whom a FIND is told of."""
    # REQ-OVL-12: the 8 closest of the contacts but the signer
    return contacts.closest(target, registry.limit("bucket"), but=asker)
