"""The chat as its user sees it, over peers that always agree."""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
from collections.abc import AsyncIterator, Iterator
from contextlib import redirect_stdout
from io import StringIO

import pytest

from coterie.application import Connection
from coterie.cli import membership
from coterie.cli.chat import Chat
from coterie.cli.prompt import Pipes, Terminal
from reference.tests.application.fake import Company, company


@pytest.fixture(name="company")
def agreeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company(monkeypatch) as made:
        yield made


class Script:
    """A user who types these lines; the chat waits for the group before each."""

    coloured = False

    def __init__(self, *typed: str) -> None:
        self.typed = typed
        self.seen: list[str] = []

    def show(self, line: str) -> None:
        self.seen.append(line)

    async def lines(self) -> AsyncIterator[str]:
        for line in self.typed:
            await asyncio.sleep(0.02)
            yield line

    def close(self) -> None:
        self.seen.append("closed")


async def person(name: str, screen: Script, *join: str) -> tuple[Connection, Chat]:
    parser = argparse.ArgumentParser()
    membership.declare(parser)
    arguments = [part for contact in join for part in ("--join", contact)]
    options = parser.parse_args(["--name", name, "--patience", "5", *arguments])
    membership.complete(options)
    options.group, options.stay = "club", False
    connection = Connection(membership.settings(options))
    group = await membership.enter(connection, options)
    return connection, Chat(group, screen, options)


def test_words_are_shown_out_of_order_or_to_some(company: Company) -> None:
    ada, bob = Script("hello", "", "/who", "/what"), Script("/who", "good day\x1b[2J", "/quit", "never said")

    async def story() -> None:
        first, one = await person("ada", ada)
        talk = asyncio.create_task(one.hold())
        await asyncio.sleep(0)
        second, two = await person("bob", bob, str(first.address))
        await two.hold()
        await second.disconnect()
        await talk
        await first.disconnect()

    asyncio.run(story())

    words = [line for line in ada.seen if not line.startswith("*")]
    assert words == ["ada: hello", "bob: good day\\x1b[2J"]
    assert [line for line in bob.seen if not line.startswith("*")] == words
    assert ada.seen[0] == "* view 1: here: ada (you)"
    assert "* view 2: bob has come; here: ada (you), bob" in ada.seen
    assert any("bob has gone; here: ada (you)" in line for line in ada.seen)
    assert any(line.startswith("* here: ada (you)") for line in ada.seen)
    assert any(line.startswith("* /who: who is there") for line in ada.seen)
    assert ada.seen[-1] == "* you have left"


def test_who_has_left_cannot_come_back(company: Company) -> None:
    ada = Script("/leave", "/who", "into the void", "/join", "again")

    async def story() -> None:
        connection, chat = await person("ada", ada)
        await chat.hold()
        await connection.disconnect()

    asyncio.run(story())

    assert ada.seen == [
        "* view 1: here: ada (you)",
        "* you have left",
        "* here: nobody; /join to come back",
        "* this program is not in 'club'; join it before sending",
        "* view 2: here: ada (you)",
        "ada: again",
        "* you have left",
    ]


def test_piped_input_loses_its_end() -> None:
    near, far = os.pipe()
    os.write(far, "eins\nzwei\nö".encode())
    os.close(far)

    async def story() -> list[str]:
        async with asyncio.timeout(5):
            return [line async for line in Pipes(near).lines()]

    assert asyncio.run(story()) == ["eins", "zwei", "ö"]
    os.close(near)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("hello\rthere\n\x04", ["hello", "there"]),
        ("helxx\x7f\x7flo\r\x03", ["hello"]),
        ("all wrong\x15right\r\x04", ["right"]),
        ("one word\x17thing\r\x04", ["onething"]),
        ("up\x1b[A\x1b[3~down\r\x04", ["updown"]),
        ("grüße\x07\r\x04never\r", ["grüße"]),
    ],
)
def test_key_of_a_terminal_is_taken_for_another(typed: str, lines: list[str]) -> None:
    outer, inner = pty.openpty()
    terminal = Terminal(inner)
    screen = StringIO()

    async def story() -> list[str]:
        asyncio.get_running_loop().call_later(0.02, os.write, outer, typed.encode())
        async with asyncio.timeout(5):
            return [line async for line in terminal.lines()]

    with redirect_stdout(screen):
        told = asyncio.run(story())
        terminal.show("someone: hi")
        terminal.close()
    os.close(outer)
    os.close(inner)

    assert told == lines
    assert "someone: hi\n" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
