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
from coterie.overlay.purposes import Hosting, Paging, Step, Storing
from coterie.overlay.requests import Request
from coterie.vocabulary import NodeId, Now
from coterie.wire.bodies import Fetch, Find, Host, Hosted, Nodes, Refuse, Stored, Values


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
        self._hosted: list[tuple[int, bool]] = []

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

    def on_hosted(self, signer: NodeId, body: Hosted) -> list[Effect]:
        """A group is being created."""
        request = self._ground.requests.expect(signer, body.request, "HOSTED")
        if isinstance(request.body, Host):
            answers.check_hosted(body, request.body)

        self._ground.requests.close(request)
        if isinstance(request.purpose, Hosting):
            self._hosted.append((request.purpose.asker, True))
        return []

    def take_hosted(self) -> tuple[tuple[int, bool], ...]:
        """For whom a HOST was accepted, or was not, since this was last asked."""
        taken = tuple(self._hosted)
        self._hosted.clear()
        return taken

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
            case Hosting(asker):
                self._hosted.append((asker, False))
                return []

    def ask_anew(self, request: Request, now: Now) -> list[Effect]:
        """A request was given up for the first time: send another one, if anybody still wants to know."""
        match request.purpose:
            case Step() as step if self._lookups.is_wanted(step):
                return self._lookups.ask_anew(request, step, now)
            case Storing() as storing if self._publications.is_wanted(storing):
                pass
            case Paging() as paging if self._fetches.is_wanted(paging):
                pass
            case Hosting():
                pass
            case _:
                return self.unanswered(request, now)
        return [*self._ground.ask(request.node, request.body, request.purpose, now, is_again=True)]
