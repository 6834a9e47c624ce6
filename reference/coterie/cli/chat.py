"""`coterie chat`: talk in a group. Everyone sees the same words in the same order, and who is there."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from coterie.cli import membership
from coterie.errors import LocalError
from coterie.vocabulary import counter_of

if TYPE_CHECKING:
    from coterie.application import Group, Member, Membership, Settings
    from coterie.cli.prompt import Console

COLOURS = (31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96)
HELP = "/who: who is there; /leave: out of the group; /join: in again; /quit: leave and end"


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "chat",
        help="talk in a group: who is there, and one order of words for all",
        description=f"Talk in a group. {HELP}. Input from a pipe is said line by line; at its end the chat "
        "waits until all of it has been delivered, and leaves.",
    )
    command.add_argument("group", metavar="GROUP", help="the Group-ID")
    command.add_argument("--stay", action="store_true", help="stay when the input ends, until an interrupt")
    membership.declare(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Talk until the user has had enough."""
    import asyncio

    from coterie.cli.prompt import console

    membership.complete(options)
    settings = membership.settings(options)
    screen = console()
    try:
        return asyncio.run(talk(options, settings, screen))
    finally:
        screen.close()


async def talk(options: argparse.Namespace, settings: Settings, screen: Console) -> int:
    """The chat, from joining to leaving."""
    from coterie.application import Connection
    from coterie.cli.ending import until_interrupted

    connection = Connection(settings)
    group = await membership.enter(connection, options)
    chat = Chat(group, screen, options)
    try:
        asked = ", ".join(str(contact) for contact in options.join)
        screen.show(f"* {f'asking {asked}' if asked else 'new group'}; others join at {connection.address}")
        await until_interrupted(chat.hold())
    finally:
        await connection.disconnect()
    return 0


class Chat:
    """One user's part in the chat."""

    def __init__(self, group: Group, screen: Console, options: argparse.Namespace) -> None:
        import asyncio

        self._group = group
        self._screen = screen
        self._options = options
        self._own: bytes = b""
        self._unheard = 0
        self._heard = asyncio.Event()
        group.on_data, group.on_memb = self._on_data, self._on_memb

    async def hold(self) -> None:
        """Join, and say what the user types."""
        await self._join()
        async for line in self._screen.lines():
            if not await self._do(line):
                return
        await self._settle()
        if self._options.stay:
            import asyncio

            await asyncio.Event().wait()

    async def _do(self, line: str) -> bool:
        """One line of the user; False when it was the last."""
        try:
            match line.strip():
                case "":
                    pass
                case "/quit":
                    return False
                case "/who":
                    self._show_who()
                case "/leave":
                    await self._group.leave()
                case "/join":
                    await self._join()
                case command if command.startswith("/"):
                    self._screen.show(f"* {HELP}")
                case words:
                    await self._say(words)
        except LocalError as mistake:
            self._screen.show(f"* {mistake}")
        return True

    async def _join(self) -> None:
        await membership.join(self._group, self._options, self._note)

    async def _say(self, words: str) -> None:
        self._unheard += 1
        try:
            await self._group.send(words.encode("utf-8"))
        except LocalError:
            self._unheard -= 1
            raise

    async def _settle(self) -> None:
        """Wait until everything that was said has been delivered to this member too."""
        import asyncio

        try:
            async with asyncio.timeout(self._options.patience):
                while self._unheard > 0 and self._group.membership is not None:
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            raise LocalError(f"{self._unheard} lines were not delivered; the group does not answer") from None

    def _show_who(self) -> None:
        told = self._group.membership
        here = [] if told is None else [self._called(member) for member in told.members]
        self._screen.show(f"* here: {', '.join(here) or 'nobody; /join to come back'}")

    def _on_data(self, _group: Group, sender: Member, message: bytes) -> None:
        if sender.node == self._own:
            self._unheard -= 1
            self._heard.set()
        self._screen.show(f"{self._name(sender)}: {printable(message.decode('utf-8', 'replace'))}")

    def _on_memb(self, _group: Group, told: Membership) -> None:
        self._own = self._group.own.node
        self._heard.set()
        if not told.members:
            self._screen.show("* you have left")
            return
        number = counter_of(told.view)
        here = ", ".join(self._called(member) for member in told.members)
        changes = [f"{self._name(member)} has come" for member in told.joined if member.node != self._own]
        changes += [f"{self._name(member)} has gone" for member in told.left]
        self._screen.show(f"* view {number}: {'; '.join([*changes, f'here: {here}'])}")

    def _note(self, sentence: str) -> None:
        self._screen.show(f"* {sentence}")

    def _called(self, member: Member) -> str:
        return f"{self._name(member)}{' (you)' if member.node == self._own else ''}"

    def _name(self, member: Member) -> str:
        name = printable(str(member))
        if not self._screen.coloured:
            return name
        return f"\x1b[{COLOURS[member.node[0] % len(COLOURS)]}m{name}\x1b[0m"


def printable(text: str) -> str:
    """Text from elsewhere, without what could command a terminal."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
