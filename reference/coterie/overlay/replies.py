"""What comes back, or does not: answers and refusals, told to whoever has asked.

Implements REQ-OVL-9 and REQ-OVL-10 for the requester.
"""

from __future__ import annotations

from coterie.effects import Effect
from coterie.overlay import answers
from coterie.overlay.fetching import Fetches
from coterie.overlay.ground import Ground
from coterie.overlay.lookups import Lookups
from coterie.overlay.publishing import Publications
from coterie.overlay.purposes import Paging, Step, Storing
from coterie.overlay.requests import Request
from coterie.vocabulary import NodeId, Now
from coterie.wire.bodies import Fetch, Find, Nodes, Refuse, Stored, Values


class Replies:
    """The way back from a request to the lookup, publication or fetch that it is of. One that is over may
    still be answered; nobody listens then."""

    def __init__(
        self, ground: Ground, lookups: Lookups, publications: Publications, fetches: Fetches
    ) -> None:
        self._ground = ground
        self._lookups = lookups
        self._publications = publications
        self._fetches = fetches

    def on_nodes(self, signer: NodeId, body: Nodes, now: Now) -> list[Effect]:
        """Who is closer."""
        request = self._ground.requests.expect(signer, body.request, "NODES")
        if isinstance(request.body, Find):
            answers.check_nodes(body, request.body)

        self._ground.requests.close(request)
        if not isinstance(request.purpose, Step):
            return []
        return self._lookups.on_nodes(request.purpose, signer, body, now)

    def on_stored(self, signer: NodeId, body: Stored, now: Now) -> list[Effect]:
        """A value is held."""
        request = self._ground.requests.expect(signer, body.request, "STORED")

        self._ground.requests.close(request)
        if not isinstance(request.purpose, Storing):
            return []
        return self._publications.answered(request.purpose, now, is_stored=True)

    def on_values(self, signer: NodeId, body: Values, now: Now) -> list[Effect]:
        """A page of values."""
        request = self._ground.requests.expect(signer, body.request, "VALUES")
        if isinstance(request.body, Fetch):
            answers.check_values(body, request.body)

        self._ground.requests.close(request)
        if not isinstance(request.purpose, Paging):
            return []
        return self._fetches.on_values(request, request.purpose, body, now)

    def is_about(self, signer: NodeId, body: Refuse) -> bool:
        """Whether a REFUSE answers a request that is open."""
        return self._ground.requests.refused(signer, body) is not None

    def on_refuse(self, signer: NodeId, body: Refuse, now: Now) -> list[Effect]:
        """A request was refused; it is not asked anew."""
        request = self._ground.requests.refused(signer, body)
        if request is None:
            return []
        self._ground.requests.close(request)
        return self.unanswered(request, now)

    def unanswered(self, request: Request, now: Now) -> list[Effect]:
        """Nothing will come of a request, which is not open any more."""
        match request.purpose:
            case Step() as step:
                return self._lookups.unanswered(step, now)
            case Storing() as storing:
                return self._publications.answered(storing, now, is_stored=False)
            case Paging() as paging:
                return self._fetches.unanswered(paging, request.node)

    def ask_anew(self, request: Request, now: Now) -> list[Effect]:
        """A request was given up for the first time: send another one, if anybody still wants to know."""
        match request.purpose:
            case Step() as step if self._lookups.is_wanted(step):
                return self._lookups.ask_anew(request, step, now)
            case Storing() as storing if self._publications.is_wanted(storing):
                pass
            case Paging() as paging if self._fetches.is_wanted(paging):
                pass
            case _:
                return self.unanswered(request, now)
        return [*self._ground.ask(request.node, request.body, request.purpose, now, is_again=True)]
