"""The groups of one peer, as far as the main overlay has to do with them.

Implements the Group management chapter by joining its parts. What happens is handed in, instant by instant;
what is to be done comes out as steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from coterie import registry
from coterie.crypto import names
from coterie.documents import Contact, GroupInvitation
from coterie.errors import LocalError, RemoteError
from coterie.groups import looking, memory, merging, reaching, returning, showing, told, wishes
from coterie.groups.aliases import Aliases
from coterie.groups.group import Alarm, Group, Home
from coterie.groups.looking import Alias, Ambiguous, Known, Look, Nothing
from coterie.groups.states import Input, State
from coterie.groups.steps import Create, Enter, Exit, Fetch, Join, Leave, Publish, Step
from coterie.groups.surroundings import Company, Result, Surroundings
from coterie.groups.wishes import Creation, Entry, Inquiry, Return, Wish
from coterie.standing import Standing
from coterie.values import kinds, resource
from coterie.values.choosing import Found
from coterie.values.redirects import Chain
from coterie.values.resource import Resource
from coterie.vocabulary import Address, Now, OverlayId

PRESENT = frozenset({State.ENTERING, State.MEMBER, State.LEAVING})
"""In these states the peer is in the overlay of the group."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A fetch: of which resource, and for which group; None for the user."""

    resource: Resource
    group: int | None


class Groups:
    """All groups of one peer, by number."""

    def __init__(self, standing: Standing, around: Surroundings) -> None:
        self._standing = standing
        self._around = around
        self._groups: dict[int, Group] = {}
        self._asking: dict[int, Asking] = {}
        self.aliases = Aliases(standing.identity.leaf)
        self._last = 0

    # ------------------------------------------------------------ verbs

    def create(self, wish: Creation, now: Now) -> list[Step]:
        """Create a group, when its name is free. `LocalError` for a group that the peer is in."""
        own = self._standing.address
        wish = replace(wish, info=replace(wish.info, contacts=(Contact(own.host, own.port),)))
        overlay = wishes.overlay_of(wish.group, wishes.authority_of(wish.info))
        group = self._new(wish, Look(Chain(wish.group)))
        self._check_outside(overlay)
        self._check_no_alias(wish.group, overlay)
        group.known = Home(overlay, wish.info, wish.is_public)

        self._groups[group.number] = group
        if not wish.is_public:
            return self._go(group, (), now)
        return [self._fetch(group)]

    def join(self, wish: Entry) -> list[Step]:
        """Join a group by its name, or by an invitation."""
        invited = None if wish.invitation is None else wishes.invited_to(wish.invitation)
        group = self._new(wish, Look(Chain(wish.group), wish.choice, invited))
        if invited is not None:
            self._check_outside(invited)

        self._groups[group.number] = group
        return [self._fetch(group)]

    def inform(self, wish: Inquiry) -> list[Step]:
        """Look a name up, and do no more."""
        group = self._new(wish, Look(Chain(wish.group)))

        self._groups[group.number] = group
        return [self._fetch(group)]

    def leave(self, overlay: OverlayId) -> list[Step]:
        """Leave a group. `LocalError` unless the peer is in it."""
        group = self._present(overlay)
        if group is None:
            raise LocalError("this peer is in no group with that overlay; wait for group-entered")
        if group.state is State.LEAVING:
            raise LocalError("this peer is leaving already; wait for group-left")
        group.step(Input.LEAVE)
        group.alarms.pop(Alarm.GIVE_UP, None)
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
        if any(found.place in known.shown.places for known in self._groups.values()):
            raise LocalError("this peer publishes a group of that name; choose another alias")
        return found

    def _new(self, wish: Wish, look: Look) -> Group:
        wishes.check(wish)
        check_room(len(self._groups))
        self._last += 1
        return Group(self._last, wish, look)

    def _check_outside(self, overlay: OverlayId) -> None:
        if self._is_in(overlay):
            raise LocalError("this peer is in that group, or on its way; leave it first")

    def _check_no_alias(self, name: bytes, overlay: OverlayId) -> None:
        if name in self.aliases.names and names.overlay_id(name) == overlay:
            raise LocalError("this peer has bound an alias of that name; unbind it first")

    def _is_in(self, overlay: OverlayId) -> bool:
        homes = (group.known for group in self._groups.values())
        return self._around.is_in(overlay) or any(each and each.overlay == overlay for each in homes)

    def _present(self, overlay: OverlayId) -> Group | None:
        for group in self._groups.values():
            if group.state in PRESENT and group.home.overlay == overlay:
                return group
        return None

    # ------------------------------------------------------------ fetching

    def _ask(self, about: Resource, group: int | None) -> Fetch:
        self._last += 1
        self._asking[self._last] = Asking(about, group)
        return Fetch(self._last, about)

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
            if asked.resource.kind == kinds.GROUP_LIST:
                return [told.listed(found, is_complete=result.is_complete)]
            return [told.members(asked.resource.name, found, is_complete=result.is_complete)]
        group = self._groups.get(asked.group)
        if group is None:
            return []
        if group.state is State.MEMBER:
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
        invitation = self._invitation(group)
        if invitation is not None and group.look.invited is not None:
            # REQ-GRP-11: it is not an error when it finds none
            return self._reach(group, group.look.invited, (), now)
        if looking.is_fetched_again(group.look.fetches, is_complete=is_complete):
            group.alarms[Alarm.FETCH] = looking.fetch_again_at(now.mono_ms)
            return []
        return self._fail(group, looking.why_nothing(is_complete=is_complete))

    def _invitation(self, group: Group) -> GroupInvitation | None:
        return group.wish.invitation if isinstance(group.wish, Entry) else None

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
        self._drop(group, Input.FAILED)
        return [told.known(group.name, overlay, documents)]

    def _fail(self, group: Group, reason: str, choices: tuple[OverlayId, ...] = ()) -> list[Step]:
        self._drop(group, Input.FAILED)
        return [told.failed(group.wish.group, reason, choices)]

    def _drop(self, group: Group, given: Input) -> None:
        group.step(given)
        del self._groups[group.number]

    # ------------------------------------------------------------ entering

    def _reach(self, group: Group, overlay: OverlayId, found: tuple[Found, ...], now: Now) -> list[Step]:
        """It is known where a group is."""
        info = reaching.options(found, self._invitation(group))
        if info is None:
            return self._fail(group, "no-such-group")
        if self._is_in(overlay):
            return self._fail(group, "group-exists")
        # of a group that was found everybody knows
        group.known = Home(overlay, info, bool(found))
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
        return reaching.contacts(found, self._invitation(group), self._standing.address)

    # ------------------------------------------------------------ in the group

    def viewed(self, overlay: OverlayId, company: Company, now: Now) -> list[Step]:
        """A view of a group was installed."""
        group = self._present(overlay)
        if group is None:
            return []
        is_first, led = group.state is State.ENTERING, group.leads
        group.step(Input.VIEW)
        if group.state is not State.MEMBER:
            return []
        group.company = company
        group.alarms.pop(Alarm.GIVE_UP, None)
        steps: list[Step] = []
        if is_first:
            steps.append(told.entered(group.name, overlay, is_created=group.is_created))
        merging.follow(group, self._standing, now, led=led)
        return steps + showing.show(group, self._standing, now)

    def unpublished(self, step: Publish, now: Now) -> None:
        """What was to be published could not be."""
        for group in self._groups.values():
            if step.place in group.shown.places:
                showing.refused(group, now)

    def left(self, overlay: OverlayId) -> list[Step]:
        """The peer is outside of a group."""
        group = self._present(overlay)
        if group is None:
            return []
        self._drop(group, Input.LEFT)
        # two groups of one name say with one value that the peer is a member
        kept = {place for other in self._groups.values() for place in other.shown.places}
        gone = showing.withdraw(group, kept)
        return [*gone, Exit(overlay), told.left(group.name, overlay)]

    # ------------------------------------------------------------ the main overlay

    def main_left(self, now: Now) -> list[Step]:
        """The peer is outside of the main overlay: it publishes nothing there, and nothing is fetched."""
        for group in self._groups.values():
            group.shown.forget()
            group.alarms.pop(Alarm.SHOW, None)
        nothing = Result(is_complete=False)
        return [step for number in tuple(self._asking) for step in self.fetched(number, nothing, now)]

    def main_entered(self, now: Now) -> list[Step]:
        """The peer is in the main overlay, perhaps again: publish what is not published."""
        again: list[Step] = [*self.aliases.published()]
        for group in self._groups.values():
            if group.state is State.MEMBER:
                # what was published before was held by this peer alone, if by anybody
                group.shown.renew()
                again += showing.show(group, self._standing, now)
        return again

    # ------------------------------------------------------------ time and state

    def _alarms(self) -> Iterator[tuple[int, int, Alarm]]:
        for group in self._groups.values():
            for alarm, at in group.alarms.items():
                yield at, group.number, alarm

    def wake(self) -> int | None:
        """When `fire` is due, in milliseconds of the monotonic clock."""
        return min((at for at, _, _ in self._alarms()), default=None)

    def fire(self, now: Now) -> list[Step]:
        """What is due first."""
        _, number, alarm = min(self._alarms())
        group = self._groups[number]
        del group.alarms[alarm]
        match alarm:
            case Alarm.FETCH | Alarm.POLL:
                return [self._fetch(group)]
            case Alarm.SHOW:
                return showing.show(group, self._standing, now)
            case Alarm.GIVE_UP:
                return self._give_up(group, now)

    def _give_up(self, group: Group, now: Now) -> list[Step]:
        self._drop(group, Input.SILENT)
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
        for alias, name in returning.aliases(kept).items():
            self.aliases.bound(alias, name)
        steps: list[Step] = [*self.aliases.published()]
        for wish in returning.groups(kept):
            overlay = wishes.overlay_of(wish.group, wishes.authority_of(wish.info))
            if not self._is_in(overlay):
                steps += self._return(wish, now)
        return steps

    def _return(self, wish: Return, now: Now) -> list[Step]:
        overlay = wishes.overlay_of(wish.group, wishes.authority_of(wish.info))
        self._last += 1
        group = self._groups[self._last] = Group(self._last, wish, Look(Chain(wish.group)))
        group.known = Home(overlay, wish.info, wish.is_public)
        return self._go(group, (), now)

    def memory(self) -> bytes:
        """What the next life is to know."""
        own = self._standing.address
        return memory.encode(
            self.aliases.names, [group.kept(own) for group in self._groups.values() if group.is_kept]
        )

    def remembered(self) -> tuple[object, ...]:
        """What `memory` is made of, and cheap to compare."""
        groups = (group for group in self._groups.values() if group.is_kept)
        return (
            *self.aliases.fingerprint(),
            *((group.number, group.state is State.MEMBER, group.others) for group in groups),
        )

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        groups = tuple(group.fingerprint() for group in self._groups.values())
        asking = tuple((number, each.resource) for number, each in self._asking.items())
        return groups, asking, self.aliases.fingerprint()


def check_room(groups: int) -> None:
    """`LocalError` when the peer deals with as many groups as it may."""
    if groups >= registry.limit("groups"):
        raise LocalError("this peer is in as many groups as it may be, or asks for them; leave one of them")
