"""What all parts of the overlay machine stand on: who the peer is, whom it knows, and what it has asked.

Implements nothing itself.
"""

from __future__ import annotations

from coterie.effects import Event, Field, Send
from coterie.overlay import requests
from coterie.overlay.contacts import Contacts
from coterie.overlay.purposes import Purpose
from coterie.overlay.requests import Question, Request, Requests
from coterie.overlay.surroundings import Surroundings
from coterie.standing import Standing
from coterie.vocabulary import NodeId, Now


class Ground:
    """One of them for each overlay; every part has the same."""

    def __init__(self, standing: Standing, around: Surroundings) -> None:
        self.standing = standing
        self.around = around
        self.contacts = Contacts(standing.node)
        self.requests = Requests()

    @property
    def is_peer(self) -> bool:
        """Whether this peer keeps the overlay up, and does not only use it."""
        return self.standing.trust.role == "peer"

    def event(self, name: str, /, **fields: Field) -> Event:
        """What the user is told."""
        return Event(self.standing.overlay, name, fields)

    def ask(
        self, node: NodeId, body: Question, purpose: Purpose, now: Now, *, is_again: bool = False
    ) -> list[Send]:
        """Send a request, and wait for the answer; nothing where there is no session."""
        known = self.contacts.get(node)
        if known is None:
            return []
        sent = self.standing.sign(node, body)
        give_up_at = requests.give_up_after(now.mono_ms)
        request = Request(node, self.standing.sequence, body, purpose, give_up_at, is_again)
        self.requests.add(request)
        return [Send(self.standing.overlay, known.address, sent)]
