"""The groups of one peer, as far as the main overlay has to do with them.

Implements the Group management chapter by joining its parts. What happens is handed in, instant by instant;
what is to be done comes out as steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coterie.crypto import names
from coterie.documents import Contact
from coterie.errors import LocalError, RemoteError
from coterie.groups import (
    hosting,
    looking,
    memory,
    merging,
    petitions,
    reaching,
    returning,
    showing,
    told,
    wishes,
)  # fmt: skip
from coterie.groups.aliases import Aliases
from coterie.groups.group import Alarm, Group, Home
from coterie.groups.looking import Alias, Ambiguous, Known, Look, Nothing
from coterie.groups.memory import Kept
from coterie.groups.roll import Roll
from coterie.groups.states import Input, State
from coterie.groups.steps import Create, Enter, Exit, Fetch, Join, Leave, Publish, Step
from coterie.groups.surroundings import Company, Result, Surroundings
from coterie.groups.wishes import Creation, Entry, Inquiry, Petition, Return
from coterie.standing import Standing
from coterie.values import kinds, resource
from coterie.values.choosing import Found
from coterie.values.redirects import Chain
from coterie.values.resource import Place, Resource
from coterie.vocabulary import Address, NodeId, Now, OverlayId
from coterie.wire.bodies import Host


@dataclass(frozen=True, slots=True)
class Asking:
    """A fetch: of which resource, and for which group; None for the user."""

    resource: Resource
    group: int | None


class Groups:
    """All groups of one peer, by number."""

    def __init__(self, standing: Standing, around: Surroundings) -> None:
        self._standing = standing
        self._roll = Roll(around)
        self._asking: dict[int, Asking] = {}
        self.aliases = Aliases(standing.identity.leaf)

    # ------------------------------------------------------------ verbs

    def create(self, wish: Creation, now: Now) -> list[Step]:
        """Create a group, when its name is free. `LocalError` for a group that the peer is in."""
        own = self._standing.address
        wish = replace(wish, info=replace(wish.info, contacts=(Contact(own.host, own.port),)))
        overlay = wishes.overlay_of(wish.group, wishes.authority_of(wish.info))
        group = self._roll.new(wish, Look(Chain(wish.group)))
        self._roll.check_outside(overlay)
        self.aliases.check_free(wish.group, overlay)
        group.known = Home(overlay, wish.info, wish.is_public)

        self._roll.enter(group)
        if not wish.is_public:
            return self._go(group, (), now)
        return [self._fetch(group)]

    def join(self, wish: Entry) -> list[Step]:
        """Join a group by its name, or by an invitation."""
        invited = None if wish.invitation is None else wishes.invited_to(wish.invitation)
        group = self._roll.new(wish, Look(Chain(wish.group), wish.choice, invited))
        if invited is not None:
            self._roll.check_outside(invited)

        self._roll.enter(group)
        return [self._fetch(group)]

    def host(self, wish: Petition, closest: Sequence[NodeId]) -> list[Step]:
        """Have another one create a group, and join it. `closest` are contacts, by their distance from
        `petitions.target`."""
        group = self._roll.new(wish, Look(Chain(wish.group), choice=b""))
        self._roll.check_outside(wishes.overlay_of(wish.group, b""))
        group.asks = petitions.asked(closest)

        self._roll.enter(group)
        return self._ask_another(group)

    def inform(self, wish: Inquiry) -> list[Step]:
        """Look a name up, and do no more."""
        group = self._roll.new(wish, Look(Chain(wish.group)))

        self._roll.enter(group)
        return [self._fetch(group)]

    def leave(self, overlay: OverlayId) -> list[Step]:
        """Leave a group. `LocalError` unless the peer is in it."""
        group = self._roll.present(overlay)
        if group is None:
            raise LocalError("this peer is in no group with that overlay; wait for group-entered")
        if group.state is State.LEAVING:
            raise LocalError("this peer is leaving already; wait for group-left")
        group.step(Input.LEAVE)
        group.alarms.pop(Alarm.GIVE_UP, None)
        group.alarms.pop(Alarm.HANDOVER, None)
        return [Leave(overlay)]

    def listing(self) -> list[Step]:
        """Which groups there are."""
        return [self._ask(Resource(kinds.GROUP_LIST, b""), None)]

    def members(self, name: bytes) -> list[Step]:
        """Who says that it is in a group."""
        wishes.overlay_of(name, b"")
        return [self._ask(Resource(kinds.GROUP_MEMBERS, name), None)]

    def bind(self, alias: bytes, group: bytes) -> Publish:
        """The step by which an alias is bound; the caller says `bound` when it was taken. `LocalError` where
        the place of the alias is taken by a group that this peer is in."""
        found = self.aliases.bind(alias, group)
        if any(found.place in known.shown.places for known in self._roll):
            raise LocalError("this peer publishes a group of that name; choose another alias")
        return found

    # ------------------------------------------------------------ hosting

    def wanted(self, body: Host) -> Creation | None:
        """Another one asks to create a group: which, or None where the peer creates it or is in it already.
        `RemoteError` where that is not to be."""
        return hosting.wanted(body, self._standing, self._roll, self.aliases.names)

    def host_answered(self, number: int, *, is_accepted: bool) -> list[Step]:
        """Whoever was asked to create a group has said that it does, or that it does not, or nothing."""
        group = self._roll.get(number)
        if group is None:
            return []
        return [self._fetch(group)] if is_accepted else self._ask_another(group)

    def _ask_another(self, group: Group) -> list[Step]:
        if not isinstance(group.wish, Petition) or not group.asks:
            return self._fail(group, "not-hosted")
        return [petitions.ask(group, group.wish, self._standing.address)]

    # ------------------------------------------------------------ fetching

    def _ask(self, about: Resource, group: int | None) -> Fetch:
        number = self._roll.number()
        self._asking[number] = Asking(about, group)
        return Fetch(number, about)

    def _fetch(self, group: Group) -> Fetch:
        if group.state is State.LOOKING:
            group.look.fetches += 1
        return self._ask(looking.info_of(group.name), group.number)

    def fetched(self, number: int, result: Result, now: Now) -> list[Step]:
        """A fetch has ended."""
        asked = self._asking.pop(number, None)
        if asked is None:
            return []
        found = resource.found_in(asked.resource, result.envelopes, self._standing.overlay, now.wall_ms)
        if asked.group is None:
            return [told.answer(asked.resource, found, is_complete=result.is_complete)]
        group = self._roll.get(asked.group)
        if group is None:
            return []
        if group.state is not State.LOOKING:
            return merging.met(group, found, self._standing, now)
        if isinstance(group.wish, Creation):
            return self._searched(group, found, now, is_complete=result.is_complete)
        return self._looked(group, found, now, is_complete=result.is_complete)

    def _searched(self, group: Group, found: tuple[Found, ...], now: Now, *, is_complete: bool) -> list[Step]:
        """The name of a group that is to be created was fetched."""
        own = names.peer_id(self._standing.identity.spki)
        if looking.is_taken(found, own):
            return self._fail(group, "group-exists")
        if looking.is_known_free(is_complete=is_complete):
            return self._go(group, (), now)
        if looking.is_fetched_again(group.look.fetches, is_complete=is_complete):
            group.alarms[Alarm.FETCH] = looking.fetch_again_at(now.mono_ms)
            return []
        return self._fail(group, "lookup-incomplete")

    def _looked(self, group: Group, found: tuple[Found, ...], now: Now, *, is_complete: bool) -> list[Step]:
        """The name of a group that is to be found was fetched."""
        match looking.judge(group.look, found):
            case Known(overlay, documents):
                return self._found(group, overlay, documents, now)
            case Ambiguous(choices):
                return self._fail(group, "ambiguous-group", choices)
            case Alias(target):
                return self._follow(group, target)
            case Nothing():
                pass
        invitation = group.invitation
        if invitation is not None and group.look.invited is not None:
            # REQ-GRP-11: it is not an error when it finds none
            return self._reach(group, group.look.invited, (), now)
        why = petitions.given_up(group, is_complete=is_complete)
        if why:
            return self._fail(group, why)
        group.alarms[Alarm.FETCH] = looking.fetch_again_at(now.mono_ms)
        return []

    def _follow(self, group: Group, target: bytes) -> list[Step]:
        try:
            # REQ-VAL-18: as if the user had asked for it
            group.look.follow(target)
        except RemoteError as refused:
            return self._fail(group, refused.reason)
        return [self._fetch(group)]

    def _found(self, group: Group, overlay: OverlayId, documents: tuple[Found, ...], now: Now) -> list[Step]:
        if not isinstance(group.wish, Inquiry):
            return self._reach(group, overlay, documents, now)
        self._roll.drop(group, Input.FAILED)
        return [told.known(group.name, overlay, documents)]

    def _fail(self, group: Group, reason: str, choices: tuple[OverlayId, ...] = ()) -> list[Step]:
        self._roll.drop(group, Input.FAILED)
        return [told.failed(group.wish.group, reason, choices)]

    # ------------------------------------------------------------ entering

    def _reach(self, group: Group, overlay: OverlayId, found: tuple[Found, ...], now: Now) -> list[Step]:
        """It is known where a group is."""
        info = reaching.options(found, group.invitation)
        if info is None:
            return self._fail(group, "no-such-group")
        if self._roll.is_in(overlay):
            return self._fail(group, "group-exists")
        group.known = Home(overlay, info, reaching.is_public(found, group.invitation))
        return self._go(group, found, now)

    def _go(self, group: Group, found: tuple[Found, ...], now: Now) -> list[Step]:
        """Be in the overlay of the group, and have a view there."""
        home, part = group.home, group.part
        admits = reaching.policy_of(home.info)
        if admits is None:
            return self._fail(group, "no-such-group")
        if not reaching.is_admitted(part.leaf, admits, home.overlay, now.wall_ms):
            return self._fail(group, "not-admitted")
        group.step(Input.GO)
        entering = Enter(reaching.trust_of(home.overlay, home.info, admits, part.service), part.leaf)
        group.alarms[Alarm.GIVE_UP] = reaching.give_up_at(now.mono_ms)
        contacts = self._contacts(group, found)
        is_return = isinstance(group.wish, Return)
        if group.is_created or (is_return and returning.begins(contacts)):
            return [entering, Create(home.overlay)]
        are_named = not is_return
        return [entering, *([Join(home.overlay, contacts, are_named)] if contacts else [])]

    def _contacts(self, group: Group, found: tuple[Found, ...]) -> tuple[Address, ...]:
        if isinstance(group.wish, Return):
            return returning.contacts(group.wish, self._standing.address)
        return reaching.contacts(found, group.invitation, self._standing.address)

    # ------------------------------------------------------------ in the group

    def viewed(self, overlay: OverlayId, company: Company, now: Now) -> list[Step]:
        """A view of a group was installed."""
        group = self._roll.present(overlay)
        if group is None:
            return []
        is_first, led = group.state is State.ENTERING, group.leads
        was_alone = None if group.company is None else not group.others
        group.step(Input.VIEW)
        if group.state is not State.MEMBER:
            return []
        group.company = company
        group.alarms.pop(Alarm.GIVE_UP, None)
        steps: list[Step] = []
        if is_first:
            steps.append(told.entered(group.name, overlay, is_created=group.is_created))
        merging.follow(group, self._standing, now, led=led)
        hosting.follow(group, was_alone, now)
        return steps + showing.show(group, self._standing, now)

    def unpublished(self, step: Publish, now: Now) -> None:
        """What was to be published could not be."""
        for group in self._roll:
            if step.place in group.shown.places:
                showing.refused(group, now)

    def left(self, overlay: OverlayId) -> list[Step]:
        """The peer is outside of a group."""
        group = self._roll.present(overlay)
        if group is None:
            return []
        self._roll.drop(group, Input.LEFT)
        # two groups of one name say with one value that the peer is a member
        gone = showing.withdraw(group, self._places())
        return [*gone, Exit(overlay), told.left(group.name, overlay)]

    # ------------------------------------------------------------ the main overlay

    def main_left(self, now: Now) -> list[Step]:
        """The peer is outside of the main overlay: it publishes nothing there, and nothing is fetched."""
        for group in self._roll:
            group.shown.forget()
            group.alarms.pop(Alarm.SHOW, None)
        nothing = Result(is_complete=False)
        steps = [step for number in tuple(self._asking) for step in self.fetched(number, nothing, now)]
        asking = [group for group in self._roll if petitions.is_asking(group)]
        return steps + [step for group in asking for step in self._fail(group, "not-hosted")]

    def main_entered(self, now: Now) -> list[Step]:
        """The peer is in the main overlay, perhaps again: publish what is not published."""
        again: list[Step] = [*self.aliases.published()]
        for group in self._roll:
            again += showing.show_anew(group, self._standing, now)
        return again + self.aliases.withdrawn(self._places(), now)

    def _places(self) -> set[Place]:
        """Where something of a group is published."""
        return {place for group in self._roll for place in group.shown.places}

    # ------------------------------------------------------------ time and state

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min((at for at, _, _ in self._roll.alarms()), default=None)

    def fire(self, now: Now) -> list[Step]:
        """What is due first."""
        _, number, alarm = min(self._roll.alarms())
        group = self._roll.get(number)
        if group is None:
            raise TypeError("no group has that number")
        del group.alarms[alarm]
        match alarm:
            case Alarm.FETCH | Alarm.POLL:
                return [self._fetch(group)]
            case Alarm.SHOW:
                return showing.show(group, self._standing, now)
            case Alarm.GIVE_UP:
                return self._give_up(group, now)
            case Alarm.HANDOVER:
                return self.leave(group.home.overlay)

    def _give_up(self, group: Group, now: Now) -> list[Step]:
        self._roll.drop(group, Input.SILENT)
        # REQ-GRP-10: out of the group's overlay
        leaving = Exit(group.home.overlay)
        if not isinstance(group.wish, Return) or not returning.goes_on(group.wish):
            return [leaving, told.failed(group.wish.group, "group-silent")]
        addresses = returning.sought(group.wish, self._standing.address)
        joining = [Join(group.home.overlay, addresses, are_named=False)] if addresses else []
        return [leaving, *self._return(returning.alone(group.wish), now), *joining]

    # ------------------------------------------------------------ from one life to the next

    def recall(self, octets: bytes, now: Now) -> list[Step]:
        """What an earlier life has kept: its aliases are published, and it comes back to its groups.
        `LocalError` for octets that are damaged."""
        kept = memory.decode(octets)
        self.aliases.recall(returning.aliases(kept), returning.unbound(kept))
        steps: list[Step] = [*self.aliases.published()]
        for wish in returning.groups(kept):
            overlay = wishes.overlay_of(wish.group, wishes.authority_of(wish.info))
            if not self._roll.is_in(overlay):
                steps += self._return(wish, now)
        return steps

    def _return(self, wish: Return, now: Now) -> list[Step]:
        overlay = wishes.overlay_of(wish.group, wishes.authority_of(wish.info))
        group = Group(self._roll.number(), wish, Look(Chain(wish.group)))
        self._roll.enter(group)
        group.known = Home(overlay, wish.info, wish.is_public)
        return [*showing.recall(group, wish), *self._go(group, (), now)]

    def memory(self) -> bytes:
        """What the next life is to know."""
        own = self._standing.address
        groups = tuple(group.kept(own) for group in self._roll if group.is_kept)
        return memory.encode(Kept(self.aliases.names, groups, self.aliases.unbound))

    def remembered(self) -> tuple[object, ...]:
        """What `memory` is made of, and cheap to compare."""
        return *self.aliases.fingerprint(), *self._roll.remembered()

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        groups = tuple(group.fingerprint() for group in self._roll)
        asking = tuple((number, each.resource) for number, each in self._asking.items())
        return groups, asking, self.aliases.fingerprint()
