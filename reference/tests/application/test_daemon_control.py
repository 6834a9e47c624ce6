"""The socket by which a daemon is asked: who may, what is answered to nonsense, and what a life leaves."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from coterie import data
from coterie.application.daemon import commands, control, resident
from coterie.application.daemon.control import bound
from coterie.cli import main
from coterie.cli.identity import read_certificate
from coterie.errors import LocalError
from coterie.runtime.folder import StateFolder
from reference.tests.application.town import Client, House, town

LINE = json.loads(data.read_text("schemas/application.schema.json"))["$defs"]


@pytest.fixture(name="schema", scope="module")
def written() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$ref": "#/$defs/control", "$defs": LINE})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\n", "the line is not JSON; write one JSON object a line"),
        (b"[" * 100_000 + b"\n", "the line is not JSON; write one JSON object a line"),
        (b"[]\n", "the line has no 'do' that is one of create, join,"),
        (b'{"do":"dance"}\n', "the line has no 'do' that is one of create, join,"),
        (b'{"do":["join"]}\n', "the line has no 'do' that is one of create, join,"),
        (b'{"do":"status","ref":-1}\n', "'ref' of 'status' is a whole number from 0"),
        (b'{"do":"leave"}\n', "'leave' needs 'group'"),
        (b'{"do":"leave","group":"a","group_hex":"61"}\n', "'leave' has 'group' or 'group_hex', and not"),
        (b'{"do":"leave","group_hex":"6"}\n', "'group_hex' of 'leave' is in hexadecimal"),
        (b'{"do":"leave","group":"\\ud800"}\n', "'group' of 'leave' is Unicode without surrogates"),
        (b'{"do":"leave","group":"a","by":"me"}\n', "'leave' has no 'by'"),
        (b'{"do":"join"}\n', "'join' needs 'group', or an invitation: one of the two"),
        (b'{"do":"join","invitation":"coterie:a"}\n', "this is no invitation: bad-uri"),
        (b'{"do":"join","invitation_hex":"3c"}\n', "this is no invitation: "),
        (b'{"do":"join","invitation":"coterie:a?c=1","authority_hash":""}\n', "an invitation says which"),
        (b'{"do":"join","group":"a","service":"swift"}\n', "a service is one of unordered-unreliable,"),
        (b'{"do":"create","group":""}\n', "there is no such group: bad-group-id"),
        (b'{"do":"create","group":"a","suites":[-1]}\n', "'suites' of 'create' is a list of numbers"),
        (b'{"do":"create","group":"a","leaf":"00"}\n', ""),
        (b'{"do":"create","group":"a","authority":"00"}\n', ""),
        (b'{"do":"create","group":"a","max_datagram":1}\n', ""),
        (b'{"do":"create","group":"a","public":false,"public_members":true}\n', "a private group has"),
        (b'{"do":"create","group":"a","public":1}\n', "'public' of 'create' is true or false"),
        (b'{"do":"say","group":"a"}\n', "'say' needs 'text', or 'data' in hexadecimal, and not both"),
        (b'{"do":"say","group":"a","text":"b"}\n', "this daemon is not in a group called a; 'coterie group"),
        (b'{"do":"listen","group":"a"}\n', "this daemon is not in a group called a; '"),
        (b'{"do":"leave","group":"a"}\n', "this daemon is not in a group called a; '"),
        (b'{"do":"invite","group":"a"}\n', "this daemon is not in a group called a; '"),
        (b'{"do":"unalias","alias":"a"}\n', "this peer has bound no such alias; bind before you unbind"),
        (b'{"do":"alias","alias":"a","group":""}\n', "there is no such group: bad-group-id"),
        (b'{"do":"info","group":""}\n', "there is no such resource: bad-group-id"),
    ],
)  # fmt: skip
def test_nonsense_is_answered_with_nothing_or_ends_the_daemon(
    line: bytes, why: str, tmp_path: Path, schema: jsonschema.Draft202012Validator
) -> None:
    async def story() -> None:
        async with town(tmp_path, "ada") as (ada,):
            client = await ada.call()
            await client.send(line)
            told: dict[str, Any] | None = {"say": "progress"}
            while told is not None and told["say"] == "progress":
                told = await client.read()
            assert told is not None
            assert told["say"] == "refused"
            assert told["why"].startswith(why), told
            assert "Error" not in told["why"]
            schema.validate(told)
            assert (await ada.done(do="status"))["groups"] == []

    asyncio.run(story())


def test_line_without_an_end_fills_the_memory(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path, "ada") as (ada,):
            client = await ada.call()
            with pytest.raises(ConnectionError):
                await flood(client)
            assert (await ada.done(do="status"))["main"] == "coterie"

    asyncio.run(story())


async def flood(client: Client) -> None:
    for _ in range(100):
        await client.send(b"x" * commands.LONGEST_LINE)


def test_one_program_keeps_all_others_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MOST_CLIENTS", 2)

    async def story() -> None:
        async with town(tmp_path, "ada") as (ada,):
            idle = [await ada.call() for _ in range(2)]
            for each in idle:
                await each.done(do="status")
            late = await ada.call()
            told = await late.read()
            assert told is not None
            assert told["why"] == "2 clients are served already; try again later"
            assert await late.read() is None
            await idle[0].close()
            # the daemon hears of that before it hears what is asked next
            await idle[1].done(do="status")
            assert (await ada.done(do="status"))["main"] == "coterie"

    asyncio.run(story())


def test_everybody_can_ask_a_daemon_for_everything(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path / "deep" / "er", "ada") as (ada,):
            socket_mode = stat.S_IMODE(ada.home.socket.stat().st_mode)
            folder_mode = stat.S_IMODE(ada.home.state.stat().st_mode)
            assert (socket_mode, folder_mode) == (0o600, 0o700)
        assert not ada.home.socket.exists()

    asyncio.run(story())


def test_socket_of_a_dead_process_is_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "control"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()

    with bound(path) as taken:
        assert taken.getsockname() == str(path)


def test_socket_is_taken_away_from_whoever_answers(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with bound(path), pytest.raises(LocalError, match=r"another daemon is asked at .*control; stop it, or"):
        bound(path)
    assert path.is_socket()


def test_file_of_the_user_is_removed_for_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "control"
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(LocalError, match=r"control is there, and no socket; move it away, or name another"):
        bound(path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_long_path_ends_in_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / ("x" * control.LONGEST_PATH)

    with pytest.raises(LocalError, match=r"is too long for a socket: the system takes 107 octets; name a"):
        bound(path)
    within = Path(os.path.relpath(tmp_path)) / "control"
    with bound(within) as taken:
        assert taken.getsockname() == str(within)


def test_two_daemons_share_a_folder(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path, "ada") as (ada,):
            with pytest.raises(
                LocalError, match=r"another peer that is running keeps its state in .*ada; stop"
            ):
                await House(ada.home).open()
            assert (await ada.done(do="status"))["state"] == "first"

    asyncio.run(story())


def test_full_disk_leaves_a_daemon_that_promises_what_it_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_folder: object, _blob: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "the state")

    async def story() -> None:
        async with town(tmp_path, "ada") as (ada,):
            client = await ada.call()
            await client.done(do="status")
            monkeypatch.setattr(StateFolder, "keep", full)
            told = await client.ask(do="create", group="den", public=False)
            assert told["say"] == "refused"
            assert told["why"] == "the state: No space left on device; the peer has stopped"
            async with asyncio.timeout(5):
                await ada.resident.stopped.wait()
            assert ada.resident.fault == told["why"]

    asyncio.run(story())


def test_groups_of_one_name_cannot_be_told_apart_by_their_member(tmp_path: Path) -> None:
    authority, leaf = tmp_path / "authority", tmp_path / "leaf.pem"
    assert main(["authority", "new", "--name", "court", "--out", str(authority)]) == 0

    async def story() -> None:
        async with town(tmp_path, "ada") as (ada,):
            subject = str(ada.home.state / "peer.leaf.pem")
            admit = ["--authority", str(authority), "--group", "den", "--out", str(leaf)]
            assert main(["authority", "issue", subject, *admit]) == 0
            closed = {
                "authority": read_certificate(authority / "authority.cert.pem").hex(),
                "leaf": read_certificate(leaf).hex(),
            }
            told = [await ada.done(do="create", group="den", public=False, **more) for more in ({}, closed)]
            refused = await ada.refused(do="leave", group="den")
            overlays = " or ".join(each["overlay"] for each in told)
            assert refused["why"] == f"this daemon is in 2 groups called den; name the overlay: {overlays}"
            await ada.done(do="leave", group=told[1]["overlay"])
            left = (await ada.done(do="list", mine=True))["groups"]
            assert [(each["overlay"], each["policy"]) for each in left] == [(told[0]["overlay"], "open")]

    asyncio.run(story())


def test_groups_that_were_left_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "MOST_FORMER", 2)

    async def story() -> None:
        async with town(tmp_path, "ada") as (ada,):
            for number in range(6):
                await ada.done(do="create", group=f"den {number}", public=False)
                await ada.done(do="leave", group=f"den {number}")
            assert len(ada.resident.rooms) <= 3
            assert (await ada.done(do="list", mine=True))["groups"] == []

    asyncio.run(story())


def test_answer_is_not_as_the_schema_says(tmp_path: Path, schema: jsonschema.Draft202012Validator) -> None:
    async def story() -> None:
        async with town(tmp_path, "ada", "bob") as (ada, bob):
            client, other = await ada.call(), await bob.call()
            asked: list[dict[str, Any]] = [
                {"do": "create", "ref": 1, "group": "pond", "description": "of frogs"},
                {"do": "alias", "ref": 2, "alias": "lake", "group": "pond"},
                {"do": "list", "ref": 3}, {"do": "list", "ref": 4, "mine": True},
                {"do": "info", "ref": 5, "group": "lake"}, {"do": "members", "ref": 6, "group": "pond"},
                {"do": "say", "ref": 7, "group": "pond", "text": "quak"},
                {"do": "invite", "ref": 8, "group": "pond", "document": True},
                {"do": "unalias", "ref": 9, "alias": "lake"}, {"do": "status", "ref": 10},
            ]  # fmt: skip
            for command in asked:
                schema.validate(command)
                assert (await client.ask(**command))["ref"] == command["ref"]
            await other.done(do="join", group_hex=b"pond".hex())
            await other.done(do="listen", group="pond", last=0)
            await client.done(do="say", group="pond", data="ff")
            while (told := await other.read()) is not None and told["say"] != "data":
                pass
            assert told is not None
            assert (told["sender"]["name"], told["data"]) == ("ada", "ff")
            for line in (*client.seen, *other.seen):
                schema.validate(line)

    asyncio.run(story())
