"""The members of `coterie demo group` as whoever started them sees them: processes, and what they told."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coterie.errors import LocalError
from coterie.runtime import system
from coterie.runtime.relay import Relay, Weather
from coterie.runtime.troupe import LOOPBACK, free_addresses
from coterie.vocabulary import Address, ViewId, counter_of

LONGEST_LINE = 1 << 20
GROUP = "demo"
LINGER_S = 1.0
"""How long a member that has left may take to end."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """A view as one member has installed it."""

    id: str
    members: tuple[str, ...]

    @property
    def epoch(self) -> int:
        """Its number."""
        return epoch(self.id)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as one member has delivered it."""

    view: str
    sender: str
    words: str

    @property
    def epoch(self) -> int:
        """The number of the view."""
        return epoch(self.view)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A datagram of messages: of which epoch its key was, and how its body begins."""

    view: str
    octets: int
    beginning: str

    @property
    def epoch(self) -> int:
        """The number of the view."""
        return epoch(self.view)


def epoch(view: str) -> int:
    """The number of a view."""
    return counter_of(ViewId(bytes.fromhex(view)))


@dataclass
class Life:
    """A member from its start to its end, and what it has told."""

    name: str
    process: asyncio.subprocess.Process
    views: list[View] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    sealed: dict[str, Sealed] = field(default_factory=dict)
    digest: Line = field(default_factory=dict)
    is_ready: bool = False
    is_gone: bool = False
    expected_to_end: bool = False
    complaint: str = ""

    @property
    def view(self) -> View | None:
        """The view that it is in."""
        return self.views[-1] if self.views and not self.is_gone else None

    def said(self, words: str) -> bool:
        """Whether these words have come to it."""
        return any(each.words == words for each in self.heard)

    def some(self, words: Collection[str]) -> list[Heard]:
        """Those of these words that it has delivered, in order."""
        return [each for each in self.heard if each.words in words]

    def in_view(self, view: str) -> list[Heard]:
        """What it has delivered in a view, in order."""
        return [each for each in self.heard if each.view == view]

    def take(self, line: Line) -> None:
        """One line that it has told."""
        match line:
            case {"say": "ready"}:
                self.is_ready = True
            case {"say": "view", "view": view, "members": members}:
                self.views.append(View(view, tuple(members)))
            case {"say": "heard", "view": view, "sender": sender, "words": words}:
                self.heard.append(Heard(view, sender, words))
            case {"say": "digest"}:
                self.digest = line
            case {"say": "gone"}:
                self.is_gone = True
            case {"log": "sent", "type": "DATA", "mark": mark, "view": view, "octets": octets}:
                self.sealed.setdefault(mark, Sealed(view, octets, line["sealed"]))
            case _:
                pass


@dataclass(frozen=True, slots=True)
class Setting:
    """How many members, of which suite, over which addresses, in which weather; and the seconds for all."""

    names: tuple[str, ...]
    suite: int = 1
    family: int = 4
    weather: Weather | None = None
    patience_s: float = 20.0


class Cast:
    """All members. What comes to pass is waited for with `until`, within the patience of the setting."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        self.setting = setting
        self.lives: dict[str, Life] = {}
        self.ended: list[Life] = []
        self.relay: Relay | None = None
        self.public: dict[str, Address] = {}
        self._listen: dict[str, Address] = {}
        self._folder = folder
        self._news = asyncio.Event()
        self._followers: list[asyncio.Task[None]] = []
        self._deadline = asyncio.get_running_loop().time() + setting.patience_s

    async def open(self) -> None:
        """Find addresses, put the weather between them, and start everyone at once."""
        names, weather = self.setting.names, self.setting.weather
        listen = free_addresses(len(names), LOOPBACK[self.setting.family])
        public: Sequence[Address] = listen
        if weather is not None:
            chance = int.from_bytes(system.draw("", b"", 8), "big")
            self.relay = await Relay.open(listen, weather, chance)
            public = self.relay.public
        self._listen = dict(zip(names, listen, strict=True))
        self.public = dict(zip(names, public, strict=True))
        for name in names:
            await self.start(name)

    async def start(self, name: str) -> Life:
        """Start the process of a member, in its next life if it had one."""
        part = {
            "name": name, "group": GROUP, "listen": str(self._listen[name]),
            "advertise": str(self.public[name]), "state": str(self._folder / name),
            "suite": self.setting.suite, "patience_s": self.setting.patience_s,
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "coterie.cli.demo_member", json.dumps(part),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )  # fmt: skip
        life = self.lives[name] = Life(name, process)
        self._followers.append(asyncio.create_task(self._follow(life)))
        return life

    async def kill(self, name: str) -> Life:
        """End a member as a power failure would."""
        life = self.lives[name]
        life.expected_to_end = True
        life.process.kill()
        await life.process.wait()
        return self._bury(name)

    async def dismiss(self, name: str) -> Life:
        """Wait until a member that has left has ended."""
        life = self.lives[name]
        await self.until(lambda: life.is_gone, f"{name} could not leave")
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await life.process.wait()
        return self._bury(name)

    def _bury(self, name: str) -> Life:
        life = self.lives.pop(name)
        self.ended.append(life)
        return life

    def command(self, name: str, **command: Any) -> None:
        """Tell a member what to do."""
        pipe = self.lives[name].process.stdin
        if pipe is not None and not pipe.is_closing():
            pipe.write(json.dumps(command).encode() + b"\n")

    async def until(self, reached: Callable[[], bool], otherwise: str) -> None:
        """Wait until it is so. `LocalError` with the sentence when it is not in time, or never can be."""
        try:
            async with asyncio.timeout_at(self._deadline):
                while not reached():
                    self._check_alive()
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            patience = f"after {self.setting.patience_s:g} s in all"
            raise LocalError(f"{otherwise}, {patience}; --patience gives them longer") from None

    def together(self, names: Sequence[str]) -> View | None:
        """The view that these, and nobody else, are in at this moment; None when there is none."""
        views = {self.lives[name].view for name in names}
        view = views.pop()
        return None if views or view is None or set(view.members) != set(names) else view

    async def close(self) -> None:
        """End everyone who is left."""
        for life in self.lives.values():
            life.expected_to_end = True
            if life.process.returncode is None:
                life.process.kill()
        for life in (*self.lives.values(), *self.ended):
            await life.process.wait()
            if life.process.stdin is not None:
                life.process.stdin.close()
        await asyncio.gather(*self._followers)
        if self.relay is not None:
            self.relay.close()

    def _check_alive(self) -> None:
        for life in self.lives.values():
            if life.process.returncode is not None and not life.expected_to_end:
                raise LocalError(f"{life.name} has ended: {life.complaint or life.process.returncode}")

    async def _follow(self, life: Life) -> None:
        out, err = life.process.stdout, life.process.stderr
        if out is None or err is None:
            raise AssertionError("both pipes were asked for")
        complaint = asyncio.create_task(err.read(LONGEST_LINE))
        async for text in out:
            # the last line of a process that was killed may have no end
            if text.endswith(b"\n"):
                life.take(json.loads(text))
                self._news.set()
        life.complaint = (await complaint).decode("utf-8", "replace").strip()
        await life.process.wait()
        self._news.set()
