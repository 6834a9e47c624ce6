"""The interface over TCP: what a program in another language meets, good network or bad."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from coterie import data
from coterie.application import Settings, history, lines, server
from coterie.application.server import Offer, Server
from coterie.errors import LocalError
from reference.tests.application.caller import TOKEN, Caller, Line, call, held, serving
from reference.tests.application.fake import Company, company

CLIENT = Path(data.root()) / "clients" / "node" / "chat.mjs"


@pytest.fixture(name="company")
def agreeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company(monkeypatch) as made:
        yield made


@pytest.fixture(name="schema", scope="module")
def written() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(data.read_text("schemas/application.schema.json")))


def test_program_elsewhere_is_told_less(company: Company, schema: jsonschema.Draft202012Validator) -> None:
    async def story(served: Server) -> list[Caller]:
        ada, bob = await call(served, name="ada"), await call(served, name="bob")
        await ada.say(do="join", ref=1, group="club", create=True)
        await ada.hear("done")
        contact = company.peers[0].config.address
        await bob.say(do="join", ref=1, group="club", contacts=[str(contact)], service="safe")
        await bob.hear("done")
        await ada.say(do="send", ref=2, group="club", text="schön")
        await bob.say(do="send", ref=2, group="club", data="ff00")
        for caller in (ada, bob):
            await caller.hear("data")
            await caller.hear("data")
        await bob.say(do="leave", ref=3, group="club")
        await bob.hear("done")
        await bob.say(do="disconnect")
        await bob.hear("bye")
        assert await bob.ended()
        await ada.hear("membership")
        return [ada, bob]

    ada, bob = held(story)

    for line in (*ada, *bob):
        schema.validate(line)
    told = [(line.get("text"), line.get("data")) for line in ada if line["say"] == "data"]
    assert told == [("schön", None), (None, "ff00")]
    assert told == [(line.get("text"), line.get("data")) for line in bob if line["say"] == "data"]
    views = [[each["name"] for each in line["members"]] for line in ada if line["say"] == "membership"]
    assert views == [["ada"], ["ada", "bob"], ["ada"]]
    assert [line["id"] for line in ada if "id" in line] == [1, 2, 3, 4, 5]
    assert bob[-1] == {"say": "bye", "why": "as asked"}


def test_client_that_comes_back_has_missed_a_message_or_hears_it_twice(company: Company) -> None:
    async def story(served: Server) -> list[Caller]:
        ada = await call(served, name="ada")
        session = (await ada.hear("connected"))["session"]
        await ada.say(do="join", ref=1, group="club", create=True)
        await ada.say(do="send", ref=2, group="club", text="one")
        await ada.hear("data")
        ada.close()
        again = await call(served, session=session, last=2)
        assert (await again.hear("connected"))["ref"] == 2
        await again.say(do="send", ref=2, group="club", text="one")
        await again.hear("done")
        await again.say(do="send", ref=3, group="club", text="two")
        await again.hear("data")
        third = await call(served, session=session, last=1)
        assert (await again.hear("bye"))["why"].startswith("another client")
        await third.hear("data")
        await third.hear("data")
        return [again, third]

    again, third = held(story)

    assert [line["text"] for line in again if line["say"] == "data"] == ["two"]
    assert [(line["id"], line["text"]) for line in third if line["say"] == "data"] == [(2, "one"), (3, "two")]


def test_client_is_not_told_what_it_lost(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_LINES", 3)

    async def story(served: Server) -> list[Caller]:
        ada, bob = await call(served), await call(served)
        session = (await ada.hear("connected"))["session"]
        await ada.say(do="join", group="club", create=True)
        await ada.hear("membership")
        contact = company.peers[0].config.address
        await bob.say(do="join", group="club", contacts=[str(contact)])
        await ada.hear("membership")
        ada.close()
        for _ in range(6):
            await bob.say(do="send", group="club", text="still there?")
            await bob.hear("data")
        again = await call(served, session=session, last=2)
        await again.hear("gap")
        for _ in range(3):
            await again.hear("data")
        return [again, bob]

    again, _ = held(story)

    assert [line for line in again if line["say"] == "gap"] == [{"say": "gap", "first": 3, "last": 5}]
    assert [line["id"] for line in again if line["say"] == "data"] == [6, 7, 8]


def test_client_that_does_not_read_fills_the_memory(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_LINES", 64)
    monkeypatch.setattr(server, "PACE_S", 0.01)
    monkeypatch.setattr(server, "FAREWELL_S", 5.0)
    loud = "a" * 50_000

    async def story(served: Server) -> list[Caller]:
        ada, slow = await call(served), await call(served)
        await ada.say(do="join", group="club", create=True)
        await ada.hear("membership")
        contact = company.peers[0].config.address
        await slow.say(do="join", group="club", contacts=[str(contact)])
        await ada.hear("membership")
        for number in range(600):
            await ada.say(do="send", ref=number + 1, group="club", text=loud)
            await ada.hear("data")
        bye = await slow.hear("bye")
        assert "reads too slowly" in bye["why"]
        return [ada, slow]

    ada, slow = held(story)

    assert len([line for line in ada if line["say"] == "data"]) == 600
    assert len([line for line in slow if line["say"] == "data"]) < 600


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (b'{"do":"connect","token":"guess"}\n', "the token is wrong"),
        (b'{"do":"connect"}\n', "the token is wrong"),
        (b'{"do":"connect","token":"\\ud800"}\n', "the token is wrong"),
        (b'{"do":"connect","\\ud800":1}\n', "'connect' has no"),
        (b'{"do":"join","group":"club"}\n', "the first line is 'connect'"),
        (b'{"do":"connect","token":"an open secret","session":"none"}\n', "there is no such session"),
        (b'{"do":"connect","token":"an open secret","name":""}\n', "a name has 1 to 64 octets"),
        (b'{"do":"connect","tokens":"x"}\n', "'connect' has no 'tokens'"),
        (b"GET / HTTP/1.1\r\n", "the line is not JSON"),
        (b"[" * 100_000 + b"\n", "the line is not JSON"),
        (b"x" * (lines.LONGEST_LINE + 2), "a line has at most"),
        (b"", "nothing was said"),
    ],
)
def test_stranger_is_served(
    company: Company, monkeypatch: pytest.MonkeyPatch, first: bytes, why: str
) -> None:
    monkeypatch.setattr(server, "FIRST_LINE_S", 0.2)

    async def story() -> bytes:
        async with serving(Offer(TOKEN, Settings())) as served:
            reader, writer = await asyncio.open_connection(served.address.host, served.address.port)
            writer.write(first)
            async with asyncio.timeout(5):
                said = await reader.readline()
            writer.close()
            return said

    told = json.loads(asyncio.run(story()))

    assert told["say"] == "bye"
    assert told["why"].startswith(why)
    assert not company.inside


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"do": "send", "group": "club", "text": "early"}, "this session is not in 'club'"),
        ({"do": "join", "group": "club"}, "there is no contact of 'club'"),
        ({"do": "join", "group": "x" * 300, "create": True}, "'xx"),
        ({"do": "leave", "group": "club"}, "this session is not in 'club'"),
    ],
)
def test_refused_command_ends_the_session(company: Company, line: Line, why: str) -> None:
    async def story(served: Server) -> list[Caller]:
        ada = await call(served)
        await ada.say(**line, ref=7)
        refused = await ada.hear("refused")
        assert refused["ref"] == 7
        assert refused["why"].startswith(why)
        await ada.say(do="join", ref=8, group="other", create=True)
        assert (await ada.hear("done"))["ref"] == 8
        return [ada]

    held(story)


@pytest.mark.parametrize(
    "line",
    [
        {"do": "fly"},
        {"do": 1},
        {},
        {"do": "send", "group": "g"},
        {"do": "send", "group": "g", "text": "a", "data": "00"},
        {"do": "send", "group": "g", "data": "0"},
        {"do": "send", "group": "g", "text": "\ud800"},
        {"do": "send", "group": 3, "text": "a"},
        {"do": "join", "group": "g", "contacts": ["nowhere"]},
        {"do": "join", "group": "g", "contacts": [3]},
        {"do": "join", "group": "g", "contacts": "127.0.0.1:1"},
        {"do": "join", "group": "g", "create": 1},
        {"do": "join", "group": "g", "ref": True},
        {"do": "join", "group": "g", "ref": -1},
        {"do": "join", "group": "g", "service": "perfect"},
        {"do": "join"},
        {"do": "disconnect", "now": True},
    ],
)
def test_malformed_command_is_guessed_at(line: Line, schema: jsonschema.Draft202012Validator) -> None:
    with pytest.raises(LocalError):
        lines.read(json.dumps(line).encode())
    ambiguous = {"\ud800", "nowhere"}
    if not ambiguous & {str(line.get("text")), *map(str, line.get("contacts", []))}:
        assert not schema.is_valid(line)


def test_client_that_asks_and_does_not_listen_fills_the_memory(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PACE_S", 0.01)

    async def story(served: Server) -> list[Caller]:
        ada = await call(served)
        await ada.hear("connected")
        # more answers than a socket holds: at some point the server stops reading as well
        async with asyncio.timeout(20):
            for _ in range(4000):
                ada.writer.write(b'{"do":"leave","group":"' + b"x" * 3000 + b'"}\n')
            for seat in served._seats.values():
                assert seat.client is not None
                waits = seat.client._writer.transport.get_write_buffer_size
                for _ in range(1000):
                    if waits():
                        break
                    await asyncio.sleep(0.01)
                await asyncio.sleep(0.3)
                assert 0 < waits() < 1 << 20
        return [ada]

    held(story)


def test_session_outlives_its_program_for_ever(company: Company) -> None:
    async def story(served: Server) -> list[Caller]:
        ada = await call(served)
        session = (await ada.hear("connected"))["session"]
        await ada.say(do="join", group="club", create=True)
        await ada.hear("done")
        ada.close()
        for _ in range(500):
            if not any(company.inside.values()):
                break
            await asyncio.sleep(0.01)
        late = await call(served, session=session)
        assert (await late.hear("bye"))["why"].startswith("there is no such session")
        return [late]

    held(story, Offer(TOKEN, Settings(), resume_s=0.05))


def test_node_client_chats_with_itself(company: Company, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")

    async def run(served: Server, name: str, words: bytes) -> tuple[str, str, int | None]:
        process = await asyncio.create_subprocess_exec(
            "node", str(CLIENT), "club", name, str(served.address),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={"COTERIE_TOKEN_FILE": str(token), "PATH": "/usr/local/bin:/usr/bin:/bin"},
        )  # fmt: skip
        async with asyncio.timeout(20):
            out, err = await process.communicate(words)
        return out.decode(), err.decode(), process.returncode

    async def story() -> tuple[str, str, int | None]:
        async with serving(Offer(TOKEN, Settings())) as served:
            return await run(served, "node", "hallo\nwörter\n".encode())

    out, err, code = asyncio.run(story())

    assert (err, code) == ("", 0)
    assert out.splitlines()[:3] == ["* here: node", "node: hallo", "node: wörter"]
    assert len(CLIENT.read_text().splitlines()) <= 60


def test_node_client_loses_its_words_with_the_connection(company: Company, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")

    async def story() -> tuple[list[str], str, int | None]:
        async with serving(Offer(TOKEN, Settings())) as served:
            process = await asyncio.create_subprocess_exec(
                "node", str(CLIENT), "club", "node", str(served.address),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                env={"COTERIE_TOKEN_FILE": str(token), "PATH": "/usr/local/bin:/usr/bin:/bin"},
            )  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            shown: list[str] = []
            async with asyncio.timeout(20):
                for words in ("one", "two", "three"):
                    process.stdin.write(words.encode() + b"\n")
                    while f"node: {words}" not in shown:
                        line = await process.stdout.readline()
                        assert line, (shown, await process.communicate())
                        shown.append(line.decode().rstrip("\n"))
                    for seat in served._seats.values():
                        assert seat.client is not None
                        seat.client._writer.transport.abort()
                        seat.client = None
                process.stdin.close()
                rest, complaint = await process.communicate()
            return [*shown, *rest.decode().splitlines()], complaint.decode(), process.returncode

    shown, complaint, code = asyncio.run(story())

    assert (code, complaint) == (0, "")
    assert shown[:4] == ["* here: node", "node: one", "node: two", "node: three"]
    assert len([line for line in shown if line.startswith("node: ")]) == 3
