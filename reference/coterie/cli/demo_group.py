"""`coterie demo group`: a group that lives. Members join, talk, one is killed and comes back, one leaves."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.cli import membership
from coterie.errors import LocalError

if TYPE_CHECKING:
    from coterie.cli.cast import Cast, Heard, Life, Setting, View

NAMES = ("ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal")
FEWEST = 3
GREETINGS = (
    "Is this how it sounds to everyone?", "It is the same order for all of us.",
    "Even when all talk at once?", "Especially then.", "So nobody has to ask who was first.",
    "And nobody decides it alone.", "I can hear every one of you.", "Then the group is whole.",
)  # fmt: skip
FAREWELLS = ("We are still here.", "And we have missed nothing.", "Let us compare what we heard.")
CHATTER = 40
CHATTER_MS = 100
BEFORE_DEATH = 5
AFTER_DEATH = 3
SHOWN = 16
NAME_WIDTH = 6


def register(subparsers: Any) -> None:
    """Declare the command beside the options of `coterie demo`."""
    command = subparsers.add_parser(
        "group",
        help="a group that lives: joining, talking, a crash, a return, a farewell",
        description="Members join one after the other, talk at once, lose one of them and get it back, "
        "and part from another: real processes, on loopback. At the end all that remain show the digest of "
        "what they have delivered. Exit code 4 when something did not come to pass.",
    )
    command.add_argument(
        "--members", type=membership.argument(MEMBERS), default=4, metavar="N", help=MEMBERS.help
    )
    command.add_argument(
        "--patience", type=membership.argument(PATIENCE), default=20.0, metavar="S", help=PATIENCE.help
    )
    # what stands before the word group counts as well
    command.add_argument("--suite", type=int, choices=(1, 2), default=argparse.SUPPRESS, help="suite (1)")
    command.add_argument(
        "--ipv6", action="store_true", default=argparse.SUPPRESS, help="on ::1 instead of 127.0.0.1"
    )
    command.add_argument(
        "--loss", type=int, default=argparse.SUPPRESS, metavar="PERCENT",
        help="put a bad network between them: so much is lost, and as much doubled and reordered",
    )  # fmt: skip
    command.set_defaults(run=run)


def member_count(text: str) -> int:
    """How many members: enough that one may die and one leave, and no more than have names."""
    count = membership.whole(text)
    if not FEWEST <= count <= len(NAMES):
        raise LocalError(f"a story like this has {FEWEST} to {len(NAMES)} members, not {text}")
    return count


MEMBERS = membership.Option("members", member_count, 4, f"how many members, {FEWEST} to {len(NAMES)} (4)")
PATIENCE = membership.Option("patience", membership.seconds, 20.0, "seconds for all of it (20)")


def run(options: argparse.Namespace) -> int:
    """Perform; 0 when everything came to pass. `LocalError` with what did not."""
    import asyncio
    from tempfile import TemporaryDirectory

    from coterie.cli.cast import Setting
    from coterie.runtime.relay import Weather

    weather = None
    if options.loss:
        weather = Weather(loss=options.loss, duplicate=options.loss, reorder=options.loss, delay_ms=30)
    family = 6 if options.ipv6 else 4
    setting = Setting(NAMES[: options.members], options.suite, family, weather, options.patience)
    with TemporaryDirectory(prefix="coterie-demo-") as folder:
        asyncio.run(perform(setting, Path(folder)))
    return 0


async def perform(setting: Setting, folder: Path) -> None:
    """The whole story, and nobody left behind."""
    from coterie.cli.cast import Cast

    cast = Cast(setting, folder)
    try:
        await cast.open()
        await Story(cast).tell()
    finally:
        await cast.close()


class Story:
    """The steps, each of which is told when it has come to pass."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._names = list(cast.setting.names)
        self._steps = 0

    async def tell(self) -> None:
        """From the first member to the last digest."""
        victim, leaver = self._names[1], self._names[-1]
        await self._gather()
        await self._talk()
        await self._crash(victim)
        await self._return(victim)
        await self._farewell(leaver)
        await self._compare()
        self._sums()

    async def _gather(self) -> None:
        contact, *others = self._names
        self._heading(f"{self._listed(self._names)} join, one after the other, at {self._public(contact)}")
        await self._cast.until(
            lambda: all(life.is_ready for life in self._cast.lives.values()), "not everyone has started"
        )
        self._cast.command(contact, do="join", at=[])
        await self._agreed([contact], f"{contact} could not begin the group")
        for place, name in enumerate(others, 2):
            self._cast.command(name, do="join", at=[self._public(contact)])
            await self._agreed(self._names[:place], f"{name} was not let in")

    async def _talk(self) -> None:
        self._heading("all talk at once; everyone hears it in this one order")
        said = dict(zip(self._names, GREETINGS, strict=False))
        for name, words in said.items():
            self._cast.command(name, do="say", words=[words], pause_ms=0)
        await self._everyone_heard(list(said.values()))
        lives = self._here()
        for life in lives:
            sealed = next(iter(life.sealed.values()))
            show(
                f"{life.name:{NAME_WIDTH}} seals {sealed.octets} octets under epoch {sealed.epoch}: "
                f"{sealed.beginning}…"
            )
        for heard in self._same([life.some(said.values()) for life in lives]):
            show(f"{heard.sender:{NAME_WIDTH}} “{heard.words}”")

    async def _crash(self, victim: str) -> None:
        self._heading(f"{victim} is killed (SIGKILL) while all talk")
        for name in self._names:
            words = [f"{name} counts {number}" for number in range(1, CHATTER + 1)]
            self._cast.command(name, do="say", words=words, pause_ms=CHATTER_MS)
        first = self._names[0]
        await self._everyone_heard([f"{name} counts {BEFORE_DEATH}" for name in self._names])
        before = self._cast.lives[first].view
        dead = await self._cast.kill(victim)
        self._names.remove(victim)
        show(f"process {dead.process.pid} of {victim} is dead; {self._listed(self._names)} notice, and go on")
        view = await self._agreed(self._names, f"the others could not agree on a view without {victim}")
        await self._cast.until(
            lambda: all(len(life.in_view(view.id)) >= AFTER_DEATH for life in self._here()),
            f"nobody could speak any more without {victim}",
        )
        await self._everyone_heard([f"{name} counts {CHATTER}" for name in self._names])
        if before is not None:
            self._show_last_words(victim, before)

    def _show_last_words(self, victim: str, before: View) -> None:
        order = self._same([life.in_view(before.id) for life in self._here()])
        show(f"of epoch {before.epoch}, all of them have delivered the same {len(order)} messages")
        theirs = [heard.words for heard in order if heard.sender == victim]
        if theirs:
            show(f"{len(theirs)} of these are {victim}'s, the last “{theirs[-1]}”; in the next epoch:")
        after = [heard for heard in self._here()[0].heard if heard.epoch > before.epoch]
        for heard in after[:AFTER_DEATH]:
            show(f"{heard.sender:{NAME_WIDTH}} “{heard.words}”")

    async def _return(self, victim: str) -> None:
        self._heading(f"{victim} starts again, and finds the group by what it had kept on disk")
        life = await self._cast.start(victim)
        await self._cast.until(lambda: life.is_ready, f"{victim} did not start again")
        self._cast.command(victim, do="come back")
        self._names.insert(1, victim)
        await self._agreed(self._names, f"{victim} was not let in again")

    async def _farewell(self, leaver: str) -> None:
        self._heading(f"{leaver} leaves")
        self._cast.lives[leaver].expected_to_end = True
        self._cast.command(leaver, do="leave")
        self._names.remove(leaver)
        await self._agreed(self._names, f"{leaver} was not let go")
        await self._cast.dismiss(leaver)

    async def _compare(self) -> None:
        self._heading(f"{self._listed(self._names)} talk once more, and compare")
        words = [f"{line} ({name})" for line in FAREWELLS for name in self._names]
        for name in self._names:
            own = [f"{line} ({name})" for line in FAREWELLS]
            self._cast.command(name, do="say", words=own, pause_ms=0)
        await self._everyone_heard(words)
        lives = await self._digests()
        for life in lives:
            told = life.digest
            (epoch,) = (view.epoch for view in life.views if view.id == told["view"])
            show(
                f"{life.name:{NAME_WIDTH}} {told['count']} messages since epoch {epoch} began, "
                f"digest of their order {told['digest'][: 2 * SHOWN]}"
            )
        if len({life.digest["digest"] for life in lives}) != 1:
            raise LocalError("the digests are not the same; the members have not heard the same")
        show("the same for all")

    async def _digests(self) -> list[Life]:
        """Ask for the digests until all of them are of one view."""
        lives = self._here()
        while len({life.digest.get("view") for life in lives}) != 1 or not lives[0].digest:
            await self._cast.until(
                lambda: self._cast.together(self._names) is not None, "the group fell apart"
            )
            for life in lives:
                life.digest = {}
                self._cast.command(life.name, do="digest")
            await self._cast.until(lambda: all(life.digest for life in lives), "not everyone told its digest")
        return lives

    def _sums(self) -> None:
        """Every epoch with its members, and what was encrypted under its keys and heard."""
        self._heading("what was encrypted under which epoch")
        lives: list[Life] = [*self._cast.ended, *self._here()]
        views = {view.id: view for life in lives for view in life.views}
        everyone = self._cast.setting.names
        for view in sorted(views.values(), key=lambda each: each.epoch):
            sealed = Counter(each.view for life in lives for each in life.sealed.values())[view.id]
            heard = max(len(life.in_view(view.id)) for life in lives)
            names = " ".join(name if name in view.members else "·" * len(name) for name in everyone)
            show(f"epoch {view.epoch:2}  {names}   {sealed:3} datagrams, {heard:3} messages")
        relay = self._cast.relay
        if relay is not None:
            show(f"the network lost {relay.lost} datagrams and carried {relay.carried}")

    # ------------------------------------------------------------ what is waited for

    async def _agreed(self, names: Sequence[str], otherwise: str) -> View:
        """Wait until these, and nobody else, are in one view; show it."""
        await self._cast.until(lambda: self._cast.together(names) is not None, otherwise)
        view = self._cast.together(names)
        if view is None:
            raise AssertionError("it was there a moment ago")
        show(f"epoch {view.epoch}, view {view.id[:SHOWN]}{view.id[SHOWN:][:8]}…: {', '.join(view.members)}")
        return view

    async def _everyone_heard(self, words: Sequence[str]) -> None:
        def heard() -> bool:
            return all(life.said(each) for life in self._here() for each in words)

        await self._cast.until(heard, "not everyone has heard everything that was said")

    def _same(self, orders: Sequence[list[Heard]]) -> list[Heard]:
        if any(order != orders[0] for order in orders):
            raise LocalError("the members have not heard the same messages in the same order")
        return orders[0]

    # ------------------------------------------------------------ what is shown

    def _here(self) -> list[Life]:
        return [self._cast.lives[name] for name in self._names]

    def _public(self, name: str) -> str:
        return str(self._cast.public[name])

    def _heading(self, text: str) -> None:
        self._steps += 1
        print(f"{'' if self._steps == 1 else chr(10)}{self._steps}. {text}", flush=True)

    def _listed(self, names: Sequence[str]) -> str:
        *most, last = names
        return f"{', '.join(most)} and {last}" if most else last


def show(text: str) -> None:
    """One line of a step, at once."""
    print(f"   {text}", flush=True)
