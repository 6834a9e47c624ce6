"""Daemons in processes of their own on loopback, asked over their sockets by a test."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from coterie.cli.caller import Caller, RefusedError
from coterie.errors import LocalError

Json = dict[str, Any]
T = TypeVar("T")
PATIENCE_S = 40.0
PAUSE_S = 0.05


class Resident:
    """One daemon, through all its lives."""

    def __init__(self, name: str, folder: Path, *options: str) -> None:
        self.name = name
        self.folder = folder
        self.options = options
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        """Begin a life."""
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "coterie", "daemon", "--state", str(self.folder), *self.options,
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self.process

    def kill(self) -> None:
        """End it as a power failure would."""
        self.process.kill()
        self.process.communicate()

    @property
    def socket(self) -> Path:
        return self.folder / "control"

    def call(self) -> Caller:
        """A connection, as soon as there is one."""
        began = time.monotonic()
        while True:
            try:
                return Caller(self.socket)
            except LocalError:
                complaint = self.process.poll() is not None and self.process.communicate()[1]
                assert complaint is False, f"{self.name} has ended: {complaint}"
                assert time.monotonic() - began < PATIENCE_S, f"{self.name} is never asked"
                time.sleep(PAUSE_S)

    def ask(self, do: str, **asked: Any) -> Json:
        with self.call() as caller:
            return caller.ask({"do": do, **asked}, lambda _: None)

    def killed_at(self, step: str, do: str, **asked: Any) -> None:
        """Ask, and kill it when it says that it is at that step; `done` is the end."""
        with self.call() as caller:
            caller.send({"do": do, **asked})
            for line in caller.lines(lambda _: None):
                assert line["say"] != "refused", line
                if step in {line.get("step"), line["say"]}:
                    self.kill()
                    return
        raise AssertionError(f"{do} has no step {step}")

    def entered(self) -> Json:
        """How it is, as soon as it knows somebody in the main overlay."""

        def status() -> Json | None:
            told = self.ask("status")
            return told if told["entered"] else None

        return until(status, f"{self.name} enters")

    def view(self, group: str) -> list[str]:
        """The names in its view of a group; nobody where it is in none."""
        rows = [each for each in self.ask("list", mine=True)["groups"] if each["group"] == group]
        return sorted(each["name"] for row in rows for each in row["members"])

    def belongs(self, group: str) -> bool:
        """Whether it is in a group, or on its way back to it."""
        return group in {each["group"] for each in self.ask("list", mine=True)["groups"]}

    def published(self, group: str) -> list[str]:
        """The names of those who say that they are in a group, with every entry that there is."""
        return sorted(each["name"] for each in self.ask("members", group=group)["published"])


@contextmanager
def town(folder: Path, *names: str, options: tuple[str, ...] = ()) -> Iterator[list[Resident]]:
    """Daemons that know the first of them; whoever is left at the end is killed."""
    first = Resident(names[0], folder / names[0], f"--name={names[0]}", *options)
    started = [first]
    try:
        enter = f"--enter={first.ask('status')['address']}"
        started += [Resident(name, folder / name, enter, f"--name={name}", *options) for name in names[1:]]
        for each in started[1:]:
            each.entered()
        yield started
    finally:
        for each in started:
            each.kill()


def until(reached: Callable[[], T | None], what: str) -> T:
    """What is answered in the end."""
    began = time.monotonic()
    while True:
        answer = reached()
        if answer:
            return answer
        assert time.monotonic() - began < PATIENCE_S, f"in vain: {what}"
        time.sleep(PAUSE_S)


def announced(asked: Resident, name: str) -> int:
    """When what a name means was published last, in milliseconds since 1970; 0 where nothing is found."""
    with suppress(RefusedError):
        return max(each["sequence"] for each in asked.ask("info", group=name)["classes"])
    return 0


def means(asked: Resident, name: str) -> list[str]:
    """What is found under a name: a group each for an alias, else a kind of value."""
    with suppress(RefusedError):
        return [each.get("means", each["kind"]) for each in asked.ask("info", group=name)["classes"]]
    return []
