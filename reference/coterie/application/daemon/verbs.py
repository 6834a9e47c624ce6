"""What a daemon does when it is asked for something: each verb goes on until it has an end, and shows how far
it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from coterie.application.daemon import commands, inquiries, showing
from coterie.application.daemon.commands import Command, Create, Host, Join
from coterie.application.daemon.resident import Resident
from coterie.application.daemon.room import Room
from coterie.application.daemon.sentences import GroupRefusedError
from coterie.documents import GroupInfo, GroupInvitation
from coterie.effects import Event, Json
from coterie.errors import LocalError, NoRoomError, RemoteError
from coterie.groups import wishes
from coterie.groups.wishes import Creation, Entry, Part, Petition
from coterie.peer import Peer
from coterie.peer.management import Management
from coterie.vocabulary import Now, OverlayId

ENTER_S = 20.0
"""How long a verb waits for the main overlay: two greetings of those who are said to be there."""

LOOK_S = 180.0
"""How long a name is looked up at most: as often as may be, over as many aliases as may be."""

JOIN_S = 45.0
"""How long the group is waited for: the protocol gives up before."""

LEAVE_S = 10.0
PUBLISH_S = 15.0
"""How long is waited for those who hold what was published: longer than a lookup that all goes well with."""

SAY_S = 20.0
"""How long a message is waited for until it is told here, too."""

Show = Callable[[str, str], None]
"""`show(step, text)`: how far a verb is, in a word and in a sentence."""


class Verbs:
    """All verbs of one daemon."""

    def __init__(self, resident: Resident) -> None:
        self._resident = resident
        self._looking = asyncio.Lock()
        self._wanted: set[bytes] = set()

    async def carry_out(self, command: Command, show: Show) -> Json:
        """Do it; what came of it. `GroupRefusedError` with the reason of the registry where there is one."""
        match command:
            case Create():
                return await self.create(command, show)
            case Host():
                return await self.host(command, show)
            case Join():
                return await self.join(command, show)
            case commands.Leave(group):
                return await self.leave(group, show)
            case commands.Alias(alias, group):
                return await self.alias(alias, group, show)
            case commands.Unalias(alias):
                return await self.unalias(alias, show)
            case commands.Say(group, payload):
                return await self.say(group, payload)
            case commands.Listen():
                raise LocalError("whoever listens is told line by line")
            case _:
                await self._enter(show, is_needed=inquiries.asks_others(command))
                return await inquiries.answer(self._resident, command, show)

    # ------------------------------------------------------------ in and out

    async def create(self, command: Create, show: Show) -> Json:
        """Create a group, and have it found."""
        info = described(command)
        async with self._wanting(command.group):
            await self._enter(show, is_needed=command.is_public)
            name = shown(command.group)
            what = f"whether there is a {name} already" if command.is_public else f"creating {name}"
            room = await self._into(
                command.group,
                lambda groups, now: groups.create(
                    Creation(command.group, info, command.is_public, self._part(groups, command)), now
                ),
                lambda: show(
                    "looking", f"looking up in the main overlay {what}" if command.is_public else what
                ),
                show,
            )
            stored = {"stored": await self._published(room, show)} if command.is_public else {}
        return {**showing.room(room), "created": True, **stored}

    async def host(self, command: Host, show: Show) -> Json:
        """Have another peer create a group, and join it."""
        info, name = described(command), shown(command.group)
        async with self._wanting(command.group):
            await self._enter(show, is_needed=True)
            room = await self._into(
                command.group,
                lambda groups, now: groups.host(
                    Petition(command.group, info, self._part(groups, command)), now
                ),
                lambda: show("looking", f"asking others to create {name}, and looking for it"),
                show,
            )
        return {**showing.room(room), "created": False}

    async def join(self, command: Join, show: Show) -> Json:
        """Join a group."""
        invitation = None if command.invitation is None else invited(command.invitation)
        name = command.group if invitation is None else invitation.group_id
        if name is None:
            raise LocalError("a group is joined by its name or by an invitation; give one of the two")
        async with self._wanting(name):
            await self._enter(show, is_needed=invitation is None)
            room = await self._into(
                name,
                lambda groups, now: groups.join(
                    Entry(name, self._part(groups, command), command.choice, invitation), now
                ),
                lambda: show("looking", f"looking for {shown(name)} in the main overlay"),
                show,
            )
        return {**showing.room(room), "created": False}

    async def leave(self, group: bytes, show: Show) -> Json:
        """Leave a group."""
        room = self._resident.room(group)
        gone = self._hear(lambda each: each.name == "group-left" and of_group(each, room.overlay))
        show("leaving", f"leaving {room.title}")
        self._ask(lambda groups, now: groups.leave(room.overlay, now))
        await within(
            LEAVE_S, gone, f"{room.title} is not left after {LEAVE_S:g} s; see 'coterie group status'"
        )
        return showing.named(group)

    async def _enter(self, show: Show, *, is_needed: bool) -> None:
        """Wait for the main overlay, where somebody is said to be there."""
        resident, addresses = self._resident, self._resident.contacts()
        if not is_needed or not addresses or resident.is_entered:
            return
        at = ", ".join(str(each) for each in addresses)
        show("entering", f"entering the main overlay {resident.home.main} at {at}")
        entered = self._hear(lambda each: each.name == "entered")
        try:
            async with asyncio.timeout(ENTER_S):
                await entered
        except TimeoutError:
            if resident.home.enter:
                raise LocalError(
                    f"nobody at {at} answers; start a daemon there, or name another one with --enter"
                ) from None

    async def _into(
        self, name: bytes, ask: Callable[[Management, Now], None], looks: Callable[[], None], show: Show
    ) -> Room:
        """Ask for a group, and wait until the peer is in it."""
        resident, station = self._resident, self._resident.station
        failed = self._hear(lambda each: each.name == "group-failed" and each.fields["group"] == name)
        async with self._one_at_a_time(show):
            known = set(station.peer.overlays)
            entered = self._hear(
                lambda each: each.name == "group-entered" and each.fields["group_overlay"] not in known
            )
            looks()
            resident.naming = name
            self._ask(ask)
            try:
                async with asyncio.timeout(LOOK_S):
                    while known >= set(station.peer.overlays) and not failed.done():
                        await station.turn()
            except TimeoutError:
                raise LocalError(f"nothing is known of {shown(name)} after {LOOK_S:g} s") from None
            new = set(station.peer.overlays) - known
        if not failed.done() and not entered.done():
            (overlay,) = new
            await self._in_sight(overlay, name, (entered, failed), show)
        if failed.done():
            raise refusal(failed.result(), name)
        return self._entered(entered.result())

    async def _in_sight(
        self, overlay: OverlayId, name: bytes, ends: tuple[asyncio.Future[Event], ...], show: Show
    ) -> None:
        """Say what happens on the way into a group that is known."""
        left = self._hear(lambda each: each.name == "group-left" and of_group(each, overlay))
        show("greeting", f"greeting the members of {shown(name)}")
        step = ""
        try:
            async with asyncio.timeout(JOIN_S):
                while not any(each.done() for each in (*ends, left)):
                    room = self._resident.rooms.get(overlay)
                    if room is not None and room.step == "joining" != step:
                        step = room.step
                        show("joining", f"joining {shown(name)}: its coordinator is asked")
                    await self._resident.station.turn()
        except TimeoutError:
            raise LocalError(f"{shown(name)} is not entered after {JOIN_S:g} s; try again") from None
        if left.done() and not any(each.done() for each in ends):
            raise LocalError(f"{shown(name)} was left while it was being joined")

    def _entered(self, event: Event) -> Room:
        overlay = event.fields["group_overlay"]
        assert isinstance(overlay, bytes)
        return self._resident.rooms[OverlayId(overlay)]

    async def _published(self, room: Room, show: Show) -> int | None:
        """Wait until somebody holds what says where the group is; how many do."""
        show("publishing", f"publishing where {room.title} is")
        published = self._hear(
            lambda each: each.name == "published" and each.fields["slot"] == room.overlay
            and each.fields["kind"] == "group-info"
        )  # fmt: skip
        return await self._stored(published)

    async def _stored(self, published: asyncio.Future[Event]) -> int | None:
        try:
            async with asyncio.timeout(PUBLISH_S):
                stored = (await published).fields["stored"]
        except TimeoutError:
            # it goes on being published, and will be found
            return None
        return stored if isinstance(stored, int) else None

    # ------------------------------------------------------------ aliases

    async def alias(self, alias: bytes, group: bytes, show: Show) -> Json:
        """Have an alias mean a group."""
        await self._enter(show, is_needed=True)
        published = self._redirect(alias)
        show("publishing", f"publishing that {shown(alias)} means {shown(group)}")
        self._ask(lambda groups, now: groups.bind(alias, group, now))
        return {
            **showing.named(alias, "alias"),
            **showing.named(group),
            "stored": await self._stored(published),
        }

    async def unalias(self, alias: bytes, show: Show) -> Json:
        """Have it mean nothing any more."""
        await self._enter(show, is_needed=True)
        published = self._redirect(alias)
        show("publishing", f"publishing that {shown(alias)} means nothing any more")
        self._ask(lambda groups, now: groups.unbind(alias, now))
        return {**showing.named(alias, "alias"), "stored": await self._stored(published)}

    def _redirect(self, alias: bytes) -> asyncio.Future[Event]:
        return self._hear(lambda each: each.name == "published" and each.fields["name"] == alias)

    # ------------------------------------------------------------ messages

    async def say(self, group: bytes, payload: bytes) -> Json:
        """A message, until it was told here, too, in its place."""
        room, station = self._resident.inside(group), self._resident.station
        try:
            async with asyncio.timeout(SAY_S):
                while True:
                    try:
                        station.send(room.overlay, payload)
                        break
                    except NoRoomError:
                        await station.turn()
                mark = room.asked_own = max(room.asked_own, room.heard_own) + 1
                while room.heard_own < mark and room.is_in:
                    await station.turn()
        except TimeoutError:
            raise LocalError(
                f"the message is not delivered after {SAY_S:g} s; {room.title} may be changing its view"
            ) from None
        if room.heard_own < mark:
            raise LocalError(f"{room.title} was left before the message was delivered")
        return {**showing.named(group), "members": len(room.members)}

    # ------------------------------------------------------------ inside

    def _ask(self, verb: Callable[[Management, Now], None]) -> None:
        main = self._resident.overlay

        def ask(peer: Peer, now: Now) -> None:
            verb(peer.management(main), now)

        self._resident.station.ask(ask)

    def _hear(self, matches: Callable[[Event], bool]) -> asyncio.Future[Event]:
        return self._resident.hearing.first(matches)

    def _part(self, groups: Management, command: Create | Host | Join) -> Part:
        leaf = groups.own_leaf if command.leaf is None else command.leaf
        return Part(leaf, command.shows_itself, self._resident.home.name or None, command.service.value)

    @asynccontextmanager
    async def _wanting(self, name: bytes) -> AsyncIterator[None]:
        if name in self._wanted:
            raise LocalError(f"{shown(name)} is being created or joined already; wait for the end of that")
        self._wanted.add(name)
        try:
            yield
        finally:
            self._wanted.discard(name)

    @asynccontextmanager
    async def _one_at_a_time(self, show: Show) -> AsyncIterator[None]:
        """One name is looked up after the other: so it is known what an answer is about."""
        if self._looking.locked():
            show("waiting", "waiting for another name to be looked up")
        async with self._looking:
            yield


def described(command: Create | Host) -> GroupInfo:
    """The options of a new group."""
    authority = command.authority if isinstance(command, Create) else None
    changes: dict[str, Any] = {}
    if command.max_datagram is not None:
        changes["max_datagram"] = command.max_datagram
    return GroupInfo(
        (), command.description, "open" if authority is None else "closed", authority,
        command.suites, origin_auth="sender" if command.signs_origin else "group", **changes,
    )  # fmt: skip


def invited(invitation: str | bytes) -> GroupInvitation:
    """The invitation in a URI or a document. `LocalError` where it is none."""
    from coterie import documents

    try:
        found = documents.from_uri(invitation) if isinstance(invitation, str) else documents.parse(invitation)
        wishes.overlay_of(found.group_id, b"") if isinstance(found, GroupInvitation) else None
    except RemoteError as refused:
        raise LocalError(f"this is no invitation: {refused}") from refused
    if not isinstance(found, GroupInvitation):
        raise LocalError("this document is no invitation; see 'coterie document show'")
    return found


def refusal(event: Event, name: bytes) -> GroupRefusedError:
    """Why a group was not created, joined or found."""
    reason, choices = event.fields["reason"], event.fields["choices"]
    assert isinstance(reason, str)
    assert isinstance(choices, tuple)
    return GroupRefusedError(reason, name, tuple(each for each in choices if isinstance(each, bytes)))


def of_group(event: Event, overlay: OverlayId) -> bool:
    """Whether an event on groups is about the one of that overlay."""
    return event.fields["group_overlay"] == overlay


async def within(seconds: float, future: asyncio.Future[Event], otherwise: str) -> Event:
    """What is told in time. `LocalError` with the sentence where nothing is."""
    try:
        async with asyncio.timeout(seconds):
            return await future
    except TimeoutError:
        raise LocalError(otherwise) from None


def shown(name: bytes) -> str:
    """A name for people to read."""
    return name.decode("utf-8", "backslashreplace")
