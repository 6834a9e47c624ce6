"""What the parts of membership stand on together: the state, the greatest counter, and who is there.

Implements REQ-VIE-4 and REQ-VIE-11.
"""

from __future__ import annotations

from collections.abc import Iterable

from coterie import registry
from coterie.effects import Effect, Event, Field, Send
from coterie.standing import Standing
from coterie.views.exclusions import Exclusions
from coterie.views.liveness import Liveness
from coterie.views.machine import Views
from coterie.views.membership_states import TRANSITIONS, Input, State
from coterie.views.proposal import Partner
from coterie.views.surroundings import Surroundings
from coterie.vocabulary import NO_VIEW, Address, NodeId, Now, ViewId
from coterie.wire.bodies import Candidate, Member
from coterie.wire.contact import Contact


class Ground:
    """The state of a peer in its group, as far as more than one part of membership uses it."""

    def __init__(self, standing: Standing, views: Views, around: Surroundings) -> None:
        self.standing = standing
        self.views = views
        self.around = around
        self.state = State.OUTSIDE
        self.seen = 0
        """The greatest counter seen."""
        self.liveness = Liveness(standing, around)
        self.exclusions = Exclusions()
        self.first_suite = 1
        """The suite of a group that this peer begins."""
        self.is_joining = False
        self.is_leaving = False
        self._followed: dict[Address, int] = {}

    @property
    def node(self) -> NodeId:
        """This peer."""
        return self.standing.node

    @property
    def view(self) -> ViewId:
        """The view installed; zeros where there is none."""
        view = self.views.view
        return NO_VIEW if view is None else view.proposal.view

    @property
    def members(self) -> tuple[NodeId, ...]:
        """Its members, in view order."""
        return self.liveness.members

    @property
    def leads(self) -> bool:
        """Whether this peer is the coordinator."""
        return self.members[:1] == (self.node,)

    @property
    def own_row(self) -> Candidate:
        """This peer as a candidate."""
        return Candidate(self.node, self.standing.incarnation, Contact.of(self.standing.address))

    def rows(self) -> tuple[Candidate, ...]:
        """The members of the view as candidates, in view order; this peer alone where there is no view."""
        view = self.views.view
        if view is None:
            return (self.own_row,)
        stated = (
            Candidate(row.node_id, row.incarnation, row.contact) for row in view.proposal.install.members
        )
        return self.located(stated)

    def located(self, rows: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """The same candidates, each where its session says that it is."""
        found = []
        for row in rows:
            known = self._known(row)
            # REQ-VIE-5: the session's word counts, as far as it is about this life
            contact = Contact.of(known.address) if known is not None else row.contact
            found.append(Candidate(row.node_id, row.incarnation, contact))
        return tuple(found)

    def is_in_another_life(self, node: NodeId) -> bool:
        """Whether `node` is a member, and there is no session with it in the life that the view has it in."""
        view = self.views.view
        if view is None or node not in view.proposal.members:
            return False
        row = view.proposal.install.members[view.proposal.members.index(node)]
        return self._known(row) is None

    def step(self, given: Input) -> None:
        """Walk the table."""
        self.state = TRANSITIONS[self.state, given]

    def reach(self, node: NodeId) -> int:
        """The greatest counter that `node` is believed to have seen."""
        # REQ-VIE-28, REQ-VIE-34, REQ-VIE-43: members of one view see the same counters, others need not
        return self.seen + registry.limit("counter-jump" if node in self.members else "newcomer-jump")

    def learn(self, counter: int) -> None:
        """A counter was seen."""
        self.seen = max(self.seen, counter)

    def event(self, name: str, **fields: Field) -> Event:
        """Something that the application or the log wants to know."""
        return Event(self.standing.overlay, name, fields)

    def send(self, to: NodeId, frame: bytes) -> list[Effect]:
        """A signed frame to a peer, if there is a session with it."""
        partner = self.around.partner(to)
        return [Send(self.standing.overlay, partner.address, frame)] if partner else []

    def strangers(self, rows: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Those of them that there is no session with in that incarnation."""
        return tuple(row for row in rows if self._known(row) is None)

    def _known(self, row: Candidate | Member) -> Partner | None:
        """Whoever there is a session with, if it is in this incarnation."""
        known = self.around.partner(row.node_id)
        return known if known is not None and known.incarnation == row.incarnation else None

    def follow(self, to: Address | None, now: Now) -> list[Effect]:
        """Greet a coordinator that a HELLO3 named; not again at once, or two that name each other would keep
        this peer going round."""
        self._followed = {address: until for address, until in self._followed.items() if until > now.mono_ms}
        is_full = len(self._followed) >= registry.limit("joins")
        if to is None or to == self.standing.address or to in self._followed or is_full:
            return []
        self._followed[to] = now.mono_ms + registry.timer("lost-greet")
        return self.around.greet(to, now)

    def greet(self, rows: tuple[Candidate, ...], now: Now) -> list[Effect]:
        """Greet all of them that there is no session with."""
        effects: list[Effect] = []
        for row in self.strangers(rows):
            address = row.contact.to_address()
            if address is not None:
                effects += self.around.greet(address, now)
        return effects
