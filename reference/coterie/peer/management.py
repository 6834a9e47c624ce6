"""The management of groups at a peer: what happens in its overlays is handed to the machine of groups, and
what that wants is carried out.

Implements the Group management chapter between the main overlay and the overlays of the groups.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress

from coterie import registry
from coterie.crypto import identity, names
from coterie.effects import Effect, Event, Send
from coterie.errors import LocalError
from coterie.groups import hosting, petitions, told, wishes
from coterie.groups.machine import Groups
from coterie.groups.steps import (
    Ask,
    Create,
    Enter,
    Exit,
    Fetch,
    Inherit,
    Join,
    Leave,
    Publish,
    Rest,
    Step,
    Tell,
    Withdraw,
)  # fmt: skip
from coterie.groups.surroundings import NO_RESULT, Company, Result
from coterie.groups.wishes import Creation, Entry, Inquiry, Part, Petition
from coterie.overlay.machine import check_waiting
from coterie.overlay.published import Item
from coterie.peer.config import Membership
from coterie.peer.main_overlay import MainOverlay
from coterie.peer.overlay import Overlay
from coterie.peer.peer import Peer
from coterie.sessions import Session
from coterie.values.resource import Place, Resource
from coterie.vocabulary import Now, OverlayId
from coterie.wire.bodies import Host, Hosted


class Management:
    """The groups of a peer, seen from one main overlay. It is the surroundings of their machine."""

    def __init__(self, peer: Peer, main: MainOverlay) -> None:
        self._values = main.values
        self._peer = peer
        self._main = main
        self._groups = Groups(main.standing, self)
        self._steps: deque[Step] = deque()
        self._is_at_work = False
        self._kept: tuple[object, ...] = ()
        main.manage(self)

    # ------------------------------------------------------------ verbs

    def create(self, wish: Creation, now: Now) -> None:
        """Create a group; ends in `group-entered` or `group-failed`."""
        self._check_part(wish.part)
        self._check_room()
        self._carry_out(self._groups.create(wish, now), now)

    def join(self, wish: Entry, now: Now) -> None:
        """Join a group; ends in `group-entered` or `group-failed`."""
        self._check_part(wish.part)
        self._check_room()
        self._carry_out(self._groups.join(wish), now)

    def host(self, wish: Petition, now: Now) -> None:
        """Have another peer create a group, and join it; ends in `group-entered` or `group-failed`."""
        self._check_part(wish.part)
        self._check_room()
        wishes.check(wish)
        closest = self._values.closest(petitions.target(wish.group), registry.limit("hosts-asked"))
        self._carry_out(self._groups.host(wish, closest), now)

    def leave(self, overlay: OverlayId, now: Now) -> None:
        """Leave the group of an overlay; ends in `group-left`."""
        self._carry_out(self._groups.leave(overlay), now)

    def bind(self, alias: bytes, group: bytes, now: Now) -> None:
        """Have an alias mean a group, until it is unbound."""
        step = self._groups.bind(alias, group)
        self._publish(step, now)
        self._groups.aliases.bound(alias, group)
        self._keep()

    def unbind(self, alias: bytes, now: Now) -> None:
        """Have an alias mean nothing any more."""
        self._carry_out([*self._groups.aliases.unbind(alias, now)], now)

    def listing(self, now: Now) -> None:
        """Which groups there are; ends in `groups`."""
        self._check_room()
        self._carry_out(self._groups.listing(), now)

    def members(self, group: bytes, now: Now) -> None:
        """Who says that it is in a group; ends in `group-members`."""
        self._check_room()
        self._carry_out(self._groups.members(group), now)

    def inform(self, group: bytes, now: Now) -> None:
        """Where a group is; ends in `group-found` or `group-failed`."""
        self._check_room()
        self._carry_out(self._groups.inform(Inquiry(group)), now)

    def recall(self, octets: bytes, now: Now) -> None:
        """Come back to what an earlier life has kept. `LocalError` for octets that are damaged."""
        self._carry_out(self._groups.recall(octets, now), now)

    @property
    def own_leaf(self) -> bytes:
        """The leaf (DER) that the peer shows in the main overlay."""
        return self._main.standing.identity.leaf

    def _check_part(self, part: Part) -> None:
        identity.pair(self._main.standing.identity.key, part.leaf)
        wishes.check_name(part)
        if part.service not in registry.codes("service"):
            raise LocalError(f"service is one of {', '.join(registry.codes('service'))}")

    def _check_room(self) -> None:
        check_waiting(self._values.waiting)

    # ------------------------------------------------------------ what happens

    def follow(self, effects: list[Effect], now: Now) -> None:
        """What has happened in the main overlay."""
        steps: list[Step] = []
        for fetched in self._values.take_fetched():
            result = Result(fetched.is_complete, fetched.envelopes)
            steps += self._groups.fetched(fetched.asker, result, now)
        for number, is_accepted in self._values.take_hosted():
            steps += self._groups.host_answered(number, is_accepted=is_accepted)
        for effect in effects:
            if isinstance(effect, Event):
                steps += self._follow_event(effect, now)
        self._carry_out(steps, now)

    def _follow_event(self, event: Event, now: Now) -> list[Step]:
        match event.name:
            case "left":
                return self._groups.main_left(now)
            case "entered":
                return self._groups.main_entered(now)
            case "published":
                self._groups.aliases.stored(*stored_in(event), is_holder=self._values.is_holder)
                if not self._is_at_work:
                    # an alias may be found by nobody any more
                    self._keep()
                return []
            case _:
                return []

    def _follow_group(self, overlay: Overlay, effects: list[Effect], now: Now) -> None:
        for effect in effects:
            if not isinstance(effect, Event):
                continue
            if effect.name == "view-installed":
                steps = self._groups.viewed(effect.overlay, company_of(overlay), now)
                self._carry_out(steps, now)
                # who the others are may be all that is new
                self._keep()
            elif effect.name == "left":
                self._carry_out(self._groups.left(effect.overlay), now)

    def on_host(self, session: Session, sequence: int, body: Host, now: Now) -> list[Effect]:
        """The peer of a session asks to create a group: say that it will be, and begin."""
        wish = self._groups.wanted(body)
        hosting.check_free(is_free=self._has_room())

        standing, overlay = self._main.standing, names.overlay_id(body.group)
        # REQ-GRP-22: at once
        answer = standing.sign(session.node, Hosted(sequence, overlay))
        self._emit([Send(standing.overlay, session.address, answer)], now)
        if wish is not None:
            self._carry_out([told.hosting(body.group, overlay, session.node)], now)
            self._carry_out(self._groups.create(wish, now), now)
        return []

    def _has_room(self) -> bool:
        try:
            self._check_room()
        except LocalError:
            return False
        return True

    # ------------------------------------------------------------ the surroundings of the machine

    def is_in(self, overlay: OverlayId) -> bool:
        """Whether the peer is in that overlay."""
        return overlay in self._peer.overlays

    # ------------------------------------------------------------ what is wanted

    def _carry_out(self, steps: list[Step], now: Now) -> None:
        """Steps one after the other, and whatever follows from one behind all that are there."""
        # an alarm may have been set where nothing is to be done now
        self._main.touch()
        self._steps += steps
        if self._is_at_work or not self._steps:
            return
        self._is_at_work = True
        try:
            while self._steps:
                self._do(self._steps.popleft(), now)
        finally:
            self._steps.clear()
            self._is_at_work = False
            self._main.touch()
            self._keep()

    def _keep(self) -> None:
        """Have what the next life is to know on disk."""
        remembered = self._groups.remembered()
        if remembered != self._kept:
            self._kept = remembered
            self._peer.keep(self._main.standing.overlay, self._groups.memory())

    def _do(self, step: Step, now: Now) -> None:
        match step:
            case Fetch():
                self._fetch(step, now)
            case Ask():
                self._ask(step, now)
            case Publish():
                try:
                    self._publish(step, now)
                except LocalError:
                    # as much is published as may be, or the leaf has expired
                    self._groups.unpublished(step, now)
            case Rest(place):
                self._values.rest(*place, now)
            case Inherit((about, slot), lifetime, leaf):
                self._values.inherit(Item(about, slot, lifetime, b"", leaf), now)
            case Withdraw(place):
                with suppress(LocalError):
                    # what has expired need not be withdrawn
                    self._emit(self._values.withdraw(*place, now), now)
            case Tell(name, fields):
                self._emit([Event(self._main.standing.overlay, name, fields)], now)
            case _:
                self._do_in_group(step, now)

    def _do_in_group(self, step: Enter | Create | Join | Leave | Exit, now: Now) -> None:
        match step:
            case Enter(trust, leaf):
                shown = identity.pair(self._main.standing.identity.key, leaf)
                entered = self._peer.enter(Membership(shown, trust))
                inside = self._peer.overlay(entered)
                inside.follower = self._follow_group
                if inside.group is not None:
                    inside.group.strangers = self._peer.strangers
            case Create(overlay):
                begin(self._peer, overlay, now)
            case Join(overlay, contacts, are_named):
                if are_named:
                    self._peer.strangers.name(overlay, contacts)
                with suppress(LocalError):
                    # whoever is leaving merges with nobody
                    self._peer.join(overlay, contacts, now)
            case Leave(overlay):
                self._peer.leave(overlay, now)
            case Exit(overlay):
                self._peer.strangers.leave(overlay)
                self._peer.exit(overlay)

    def _fetch(self, step: Fetch, now: Now) -> None:
        try:
            effects = self._values.fetch(step.resource, now, step.number)
        except LocalError:
            self._carry_out(self._groups.fetched(step.number, NO_RESULT, now), now)
        else:
            self._emit(effects, now)

    def _ask(self, step: Ask, now: Now) -> None:
        effects = self._values.ask_host(step.node, Host(step.group, step.info), now, step.number)
        if effects:
            self._emit(effects, now)
        else:
            # it is no contact any more
            self._carry_out(self._groups.host_answered(step.number, is_accepted=False), now)

    def _publish(self, step: Publish, now: Now) -> None:
        item = Item(step.resource, step.slot, step.lifetime, step.value, step.leaf)
        self._emit(self._values.publish(item, now), now)

    def _emit(self, effects: list[Effect], now: Now) -> None:
        self._main.touch()
        self._main.emit(effects, now)

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return self._groups.wake()

    def fire(self, now: Now) -> list[Effect]:
        """Let the one alarm go off that is due first."""
        self._carry_out(self._groups.fire(now), now)
        return []

    @property
    def is_busy(self) -> bool:
        """Whether there is anything to remember."""
        return any(self._groups.fingerprint())

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        return *self._groups.fingerprint(), self._peer.strangers.fingerprint()


def begin(peer: Peer, overlay: OverlayId, now: Now) -> None:
    """Begin a group with a view of one."""
    # REQ-GRP-15: of suite 1
    peer.create(overlay, now)


def stored_in(event: Event) -> tuple[Place, int]:
    """Where something was published, and how many have stored it."""
    kind, name, slot, stored = (event.fields[each] for each in ("kind", "name", "slot", "stored"))
    match kind, name, slot, stored:
        case str(), bytes(), bytes(), int():
            return (Resource(kind, name), slot), stored
        case _:
            raise TypeError("what was published is told with other fields")


def company_of(overlay: Overlay) -> Company:
    """The view that is installed in the overlay of a group."""
    ground = overlay.membership().ground
    addresses = (row.contact.to_address() for row in ground.rows() if row.node_id != ground.node)
    return Company(tuple(each for each in addresses if each is not None), ground.leads)
