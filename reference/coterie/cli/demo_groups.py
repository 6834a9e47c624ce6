"""`coterie demo groups`: groups over one main overlay. Six daemons that know no more than one address."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.cli import membership

if TYPE_CHECKING:
    from coterie.cli.village import Daemon, House, Village
    from coterie.errors import LocalError

INN, ONE, TWO, THREE, FOUR, LATE = NAMES = ("inn", "ada", "bob", "cleo", "dan", "eve")
"""The first is only the one that all the others know the address of, and the last comes late."""

MAIN = "village"
A, B, C, ALIAS = "gardeners", "cooks", "singers", "green thumbs"
PATIENCE = membership.Option("patience", membership.seconds, 60.0, "seconds for all of it (60)", "S")
NAME_WIDTH = 5


def register(subparsers: Any) -> None:
    """Declare the command beside the options of `coterie demo`."""
    command = subparsers.add_parser(
        "groups",
        help="groups that are found by their names: six daemons, and one address",
        description=f"Six daemons in one main overlay, which know nothing but the address of one of them: "
        f"{ONE} and {TWO} are in a public group, {TWO} and {FOUR} in a private one, {THREE} in none. They "
        "create, find, join, leave and alias groups; one is killed, and comes back. Exit code 4 when "
        "something did not come to pass.",
    )
    command.add_argument(
        "--patience",
        type=membership.argument(PATIENCE),
        default=PATIENCE.default,
        metavar="S",
        help=PATIENCE.help,
    )
    # what stands before the word groups counts as well
    command.add_argument(
        "--ipv6", action="store_true", default=argparse.SUPPRESS, help="on ::1 instead of 127.0.0.1"
    )
    command.add_argument(
        "--netns", action="store_true", help="each in a network namespace of its own (Linux)"
    )
    command.add_argument(
        "--main", choices=("own", "opendht"), default="own", help="what the main overlay is made of (own)"
    )
    command.add_argument("--json", action="store_true", help="each step as one JSON object a line")
    command.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the folders and logs of the daemons there"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Perform; 0 when everything came to pass. `LocalError` with what did not."""
    import asyncio
    from tempfile import TemporaryDirectory

    if options.netns:
        from coterie.cli import namespaces

        namespaces.enter(again(options))
    with ExitStack() as opened:
        if options.keep is not None:
            folder = options.keep
            folder.mkdir(parents=True, exist_ok=True)
        else:
            folder = Path(opened.enter_context(TemporaryDirectory(prefix="coterie-demo-")))
        asyncio.run(perform(options, houses(options, folder, opened)))
    return 0


def again(options: argparse.Namespace) -> list[str]:
    """The same command once more."""
    words = ["demo", *(["--ipv6"] if options.ipv6 else []), "groups", "--netns", "--main", options.main]
    words += ["--patience", str(options.patience), *(["--json"] if options.json else [])]
    return words + ([] if options.keep is None else ["--keep", str(options.keep)])


async def perform(options: argparse.Namespace, houses: dict[str, House]) -> None:
    """The whole story, and nobody left behind."""
    from coterie.cli.village import Village

    village = Village(options.patience)
    story = Story(village, houses, as_json=options.json)
    try:
        await village.in_time(story.tell(), "the story has not come to its end")
    finally:
        await village.close()


def houses(options: argparse.Namespace, folder: Path, opened: ExitStack) -> dict[str, House]:
    """Where each daemon lives; `opened` ends what was made for that."""
    from coterie.cli.village import House

    family = 6 if options.ipv6 else 4
    if options.netns:
        from coterie.cli import namespaces

        places = opened.enter_context(namespaces.hosts(len(NAMES), family))
        entrances = [at._replace(port=at.port + 1) for _, at in places]
    else:
        from coterie.runtime.troupe import LOOPBACK, free_addresses

        free = free_addresses(2 * len(NAMES), LOOPBACK[family])
        places, entrances = [((), at) for at in free[: len(NAMES)]], free[len(NAMES) :]
    made: dict[str, House] = {}
    for name, (before, at), entrance in zip(NAMES, places, entrances, strict=True):
        told: tuple[str, ...] = ("--main", MAIN, "--log", str(folder / f"{name}.log"))
        if options.main == "own":
            made[name] = House(name, at, folder / name, at, before, told)
        else:
            told = (*told, "--main-binding", options.main, "--main-listen", str(entrance))
            made[name] = House(name, at, folder / name, entrance, before, told)
    return made


class Story:
    """The steps, each of which is told when it has come to pass."""

    def __init__(self, village: Village, houses: dict[str, House], *, as_json: bool) -> None:
        self._village = village
        self._houses = houses
        self._as_json = as_json
        self._began = time.monotonic()
        self._steps = 0

    async def tell(self) -> None:
        """From the first daemon to the last group."""
        await self._meet()
        await self._create()
        await self._join()
        await self._invite()
        await self._talk()
        await self._alias()
        victim, heir = await self._crash()
        await self._return(victim, heir)
        await self._part(victim, heir)
        await self._remove()

    # ------------------------------------------------------------ the steps

    async def _meet(self) -> None:
        at = self._houses[INN].entrance
        self._heading(f"{listed(NAMES[:-1])} start; all that they know is {at}, where {INN} is")
        await self._start(INN)
        # whoever greets nobody greets again after ten seconds
        await self._ask(INN, "status")
        for name in NAMES[1:-1]:
            await self._start(name)
        for name in NAMES[:-1]:
            contacts = await self._entered(name)
            self._show(name, f"is in the main overlay “{MAIN}”, and knows {len(contacts)} others")

    async def _create(self) -> None:
        self._heading(f"{ONE} creates the group “{A}”; {THREE} finds it, and is not in it")
        created = await self._ask(ONE, "create", group=A, description="of the village")
        self._show(ONE, f"has created it; {created['stored']} daemons hold where it is")
        found = await self._village.until(lambda: self._rows(THREE, A), f"{THREE} did not find {A}")
        self._show(THREE, f"reads in the list: {found[0]['group']}, {found[0]['description']}")
        self._expect(not found[0]["mine"], f"{THREE} is in {A}, and has not asked for it")

    async def _join(self) -> None:
        self._heading(f"{TWO} joins “{A}” by its name alone")
        joined = await self._ask(TWO, "join", group=A)
        self._show(TWO, f"is in it, with {listed([each['name'] for each in joined['members']])}")
        said = await self._village.until(
            self._both_say_so, f"{ONE} and {TWO} do not say that they are members"
        )
        self._show(THREE, f"reads that {listed(said)} say they are members")

    async def _both_say_so(self) -> list[str]:
        answer = await self._ask(THREE, "members", group=A)
        names = sorted(each["name"] for each in answer["published"])
        return names if names == [ONE, TWO] else []

    async def _invite(self) -> None:
        self._heading(f"{TWO} creates “{B}”, which is private, and invites {FOUR}")
        await self._ask(TWO, "create", group=B, public=False)
        uri = (await self._ask(TWO, "invite", group=B))["uri"]
        self._show(TWO, f"gives {FOUR} a note: {uri}")
        joined = await self._ask(FOUR, "join", invitation=uri)
        self._show(FOUR, f"is in it, with {listed([each['name'] for each in joined['members']])}")
        self._expect(not await self._rows(THREE, B), f"{B} is private, and {THREE} has found it")
        self._show(THREE, f"finds no “{B}”")

    async def _talk(self) -> None:
        self._heading("what is said in a group is heard in it, and nowhere else")
        for name, group in ((ONE, A), (TWO, A), (TWO, B), (FOUR, B)):
            await self._daemon(name).listen(group)
        said = {A: (ONE, "The beans are up."), B: (FOUR, "And into the pot with them.")}
        for group, (name, words) in said.items():
            await self._ask(name, "say", group=group, text=words)
        for group, (name, words) in said.items():
            await self._heard(group, name, words)

    async def _heard(self, group: str, name: str, words: str) -> None:
        members = {A: (ONE, TWO), B: (TWO, FOUR)}[group]

        async def all_heard() -> bool:
            return all((name, words) in self._daemon(each).heard[group] for each in members)

        await self._village.until(all_heard, f"not everyone in {group} has heard {name}")
        for each in NAMES[:-1]:
            known = [there for there, told in self._daemon(each).heard.items() if (name, words) in told]
            self._expect(known == ([group] if each in members else []), f"{each} has heard {known}")
        others = [each for each in members if each != name]
        self._show(name, f"“{words}” is heard in “{group}” by {listed(others)} only")

    async def _alias(self) -> None:
        self._heading(f"{TWO} binds “{ALIAS}” to “{A}”; {LATE} comes late, and joins through it")
        bound = await self._ask(TWO, "alias", alias=ALIAS, group=A)
        self._show(TWO, f"has bound it; {bound['stored']} daemons hold that")
        await self._start(LATE)
        await self._entered(LATE)
        joined = await self._ask(LATE, "join", group=ALIAS)
        self._show(LATE, f"asked for “{ALIAS}”, and is in “{joined['group']}”")
        self._expect(len(joined["members"]) == 3, f"{LATE} is not with {ONE} and {TWO}")
        await self._ask(LATE, "leave", group=A)
        await self._together(A, [ONE, TWO])
        self._show(LATE, "has left again")

    async def _crash(self) -> tuple[str, str]:
        """Who has announced the group is killed; its name, and that of whoever goes on."""
        peer = await self._advertiser(A)
        victim, heir = (ONE, TWO) if peer == self._daemon(ONE).peer else (TWO, ONE)
        self._heading(f"{victim} is killed (SIGKILL), who has announced “{A}”; {heir} takes it over")
        self._expect(peer == self._daemon(victim).peer, f"neither {ONE} nor {TWO} has announced {A}")
        self._show(THREE, f"reads about “{A}” what {victim} says")
        dead = self._daemon(victim)
        await dead.kill()
        self._show(victim, f"process {dead.process.pid} is dead")
        await self._together(A, [heir])
        self._show(heir, f"has noticed, and goes on alone in “{A}”")
        await self._village.until(lambda: self._taken_over(A, heir), f"{heir} has not announced {A}")
        self._show(THREE, f"reads about “{A}” what {heir} says")
        return victim, heir

    async def _taken_over(self, group: str, name: str) -> bool:
        return await self._advertiser(group) == self._daemon(name).peer

    async def _return(self, victim: str, heir: str) -> None:
        self._heading(f"{victim} starts again, and comes back by itself to what it had kept on disk")
        await self._start(victim)
        await self._together(A, [heir, victim])
        status = await self._ask(victim, "status")
        self._show(victim, f"is in “{A}” again, in life {status['incarnation']}")
        said = await self._village.until(self._both_say_so, f"{A} has other members than {ONE} and {TWO}")
        self._show(THREE, f"reads that {listed(said)} say they are members, each once")
        await self._together(B, [TWO, FOUR])

    async def _part(self, name: str, sleeper: str) -> None:
        self._heading(f"{sleeper} stands still (SIGSTOP) and goes on: “{A}” falls apart, and its parts merge")
        self._daemon(sleeper).freeze()
        await self._together(A, [name])
        self._show(name, f"hears nothing of {sleeper}, and goes on alone in “{A}”")
        self._daemon(sleeper).thaw()
        self._show(sleeper, f"goes on with a view in which {name} still is: these are two parts")
        # how long each of them is alone is up to chance
        await self._together(A, [ONE, TWO])
        self._show(sleeper, "and the other part have met, and are in one view again")

    async def _remove(self) -> None:
        self._heading(
            f"{LATE} creates “{C}”, {FOUR} joins; {LATE} leaves, {FOUR} takes it over, and leaves, too"
        )
        await self._ask(LATE, "create", group=C)
        await self._ask(FOUR, "join", group=C)
        await self._ask(LATE, "leave", group=C)
        self._show(LATE, "has left, and withdrawn what it had published")
        await self._village.until(lambda: self._taken_over(C, FOUR), f"{FOUR} has not announced {C}")
        self._show(THREE, f"reads about “{C}” what {FOUR} says")
        await self._ask(FOUR, "leave", group=C)
        self._show(FOUR, "has left, and withdrawn what it had published")
        for name in (INN, ONE, TWO, THREE):
            await self._village.until(lambda who=name: self._is_gone(who, C), f"{name} still finds {C}")  # type: ignore[misc]
        self._show(THREE, f"finds no “{C}”, and neither does anybody else")
        for name in (ONE, TWO, THREE, FOUR):
            where = await self._ask(name, "list", mine=True)
            self._show(name, f"is in {listed([each['group'] for each in where['groups']] or ['no group'])}")

    # ------------------------------------------------------------ what is asked

    async def _start(self, name: str) -> None:
        enter = () if name == INN else (self._houses[INN].entrance,)
        await self._village.start(self._houses[name], enter)

    async def _entered(self, name: str) -> list[str]:
        async def status() -> Any:
            told = await self._ask(name, "status")
            return told["entered"] and told

        told = await self._village.until(status, f"{name} could not enter the main overlay")
        self._daemon(name).peer = told["peer"]
        contacts: list[str] = told["contacts"]
        return contacts

    async def _rows(self, name: str, group: str) -> list[Any]:
        answer = await self._ask(name, "list")
        return [each for each in answer["groups"] if each.get("group") == group]

    async def _advertiser(self, group: str) -> str:
        """Who published last where a public group is: its Peer-ID; empty while nobody has."""
        from coterie.cli.village import ToldError

        try:
            answer = await self._ask(THREE, "info", group=group)
        except ToldError:
            return ""
        publisher: str = answer["classes"][0]["publishers"][0]
        return publisher

    async def _is_gone(self, name: str, group: str) -> bool:
        from coterie.cli.village import ToldError

        if await self._rows(name, group):
            return False
        try:
            await self._ask(name, "info", group=group)
        except ToldError as told:
            return told.reason == "no-such-group"
        return False

    async def _together(self, group: str, names: Sequence[str]) -> None:
        """Wait until these, and nobody else, are in one view of a group."""

        async def views() -> bool:
            seen = [await self._view(name, group) for name in names]
            return len(set(seen)) == 1 and seen[0][1] == tuple(sorted(names))

        await self._village.until(views, f"{listed(names)} are not together in {group}")

    async def _view(self, name: str, group: str) -> tuple[str, tuple[str, ...]]:
        for each in (await self._ask(name, "list", mine=True))["groups"]:
            if each.get("group") == group:
                return each["view"], tuple(sorted(member["name"] for member in each["members"]))
        return "", ()

    async def _ask(self, name: str, do: str, **asked: Any) -> Any:
        return await self._daemon(name).ask(do, None, **asked)

    def _daemon(self, name: str) -> Daemon:
        return self._village.daemons[name]

    def _expect(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            raise failed(otherwise)

    # ------------------------------------------------------------ what is shown

    def _heading(self, text: str) -> None:
        self._steps += 1
        if self._as_json:
            self._line(step=self._steps, text=text)
        else:
            print(f"{'' if self._steps == 1 else chr(10)}{self._steps}. {text}", flush=True)

    def _show(self, name: str, text: str) -> None:
        if self._as_json:
            self._line(step=self._steps, who=name, text=text)
        else:
            print(f"   {time.monotonic() - self._began:4.1f} s  {name:{NAME_WIDTH}} {text}", flush=True)

    def _line(self, **fields: Any) -> None:
        passed = round(time.monotonic() - self._began, 3)
        print(json.dumps({**fields, "seconds": passed}, ensure_ascii=False), flush=True)


def failed(sentence: str) -> LocalError:
    """What was not as it should be."""
    from coterie.errors import LocalError

    return LocalError(sentence)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    *most, last = names or ("nobody",)
    return f"{', '.join(most)} and {last}" if most else last
