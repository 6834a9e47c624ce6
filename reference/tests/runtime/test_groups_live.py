"""Groups of real processes over UDP on loopback: one order for all, whoever dies."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coterie.runtime.relay import Relay, Weather
from coterie.runtime.troupe import free_addresses
from coterie.vocabulary import Address
from reference.tests.runtime.member import Part
from reference.tests.runtime.processes import company, digests, start

NAMES = ("ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal")
LOOPBACK = "127.0.0.1"
Line = dict[str, Any]


def parts(how_many: int, host: str = LOOPBACK, **more: Any) -> list[Part]:
    addresses = free_addresses(how_many, host)
    return [
        Part(
            NAMES[at], listen=str(addresses[at]), join=(str(addresses[0]),) if at else (), members=how_many,
            finishers=how_many, **more,
        )
        for at in range(how_many)
    ]  # fmt: skip


def judged(traces: Path) -> None:
    """The kit finds nothing wrong in the traces."""
    command = [sys.executable, "-m", "coterie_kit.cli", "check-traces", str(traces)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def delivered(traces: Path, node: str) -> list[tuple[str, int, str]]:
    """Sender, sequence and digest of each message that a node has delivered, in order."""
    lines = (traces / f"{node[:16]}.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines if line.endswith("}")]
    return [(line["sender"], line["sequence"], line["digest"]) for line in told if line["event"] == "deliver"]


@pytest.mark.serial
@pytest.mark.parametrize(
    ("count", "words", "host"), [(4, 500, LOOPBACK), (8, 150, LOOPBACK), (3, 300, "::1")]
)
def test_processes_disagree_about_the_order(count: int, words: int, host: str, tmp_path: Path) -> None:
    async def story() -> list[Line]:
        cast = parts(count, host, count=words, size=200, trace=str(tmp_path))
        async with company(*cast) as members:
            told = await digests(members)
            assert [await member.end() for member in members] == [0] * count
            assert [member.complaint for member in members] == [""] * count
            return told

    told = asyncio.run(story())

    assert {line["heard"] for line in told} == {count * (words + 1)}
    assert len({line["digest"] for line in told}) == 1
    judged(tmp_path)


@pytest.mark.serial
def test_killed_member_takes_safe_messages_with_it(tmp_path: Path) -> None:
    async def story() -> tuple[list[Line], list[str]]:
        cast = [
            replace(part, finishers=3, service="safe")
            for part in parts(4, count=None, rate=150.0, trace=str(tmp_path))
        ]
        async with company(*cast) as members:
            for member in members:
                await member.until(lambda each: len(each.view) == 4)
            await asyncio.sleep(1.5)
            victim, survivors = members[1], [members[0], *members[2:]]
            await victim.kill()
            for member in survivors:
                await member.until(lambda each: len(each.view) == 3)
                await member.command("finish")
            told = await digests(survivors)
            nodes = [member.said("in")[0]["node"] for member in (victim, *survivors)]
            assert [await member.end() for member in survivors] == [0] * 3
            return told, nodes

    told, (victim, *survivors) = asyncio.run(story())

    assert len({line["digest"] for line in told}) == 1
    heard = delivered(tmp_path, survivors[0])
    last_words = delivered(tmp_path, victim)
    assert len(last_words) > 100
    assert heard[: len(last_words)] == last_words
    judged(tmp_path)


@pytest.mark.live
def test_restarted_member_is_a_stranger_or_repeats_itself(tmp_path: Path) -> None:
    async def story() -> tuple[str, str, list[Line]]:
        cast = parts(3, count=None, rate=50.0, trace=str(tmp_path / "traces"))
        second = replace(cast[1], state=str(tmp_path / "state"))
        async with company(cast[0], second, cast[2]) as members:
            for member in members:
                await member.until(lambda each: len(each.view) == 3)
            await members[1].kill()
            again = await start(second)
            await again.until(lambda each: len(each.view) == 3)
            members[1] = again
            await asyncio.sleep(0.5)
            for member in members:
                await member.until(lambda each: each.view == ["ada", "bob", "cleo"])
                await member.command("finish")
            told = await digests(members)
            (entered,) = again.said("in")
            assert [await member.end() for member in members] == [0] * 3
            return entered["state"], entered["node"], told

    state, node, told = asyncio.run(story())

    assert state == "kept"
    assert told[0]["digest"] == told[2]["digest"]
    lines = [
        json.loads(line) for line in (tmp_path / "traces" / f"{node[:16]}.jsonl").read_text().splitlines()
    ]
    starts = [(line["state"], line["inc"]) for line in lines if line["event"] == "start"]
    assert [kept for kept, _ in starts] == ["first", "kept"]
    assert starts[0][1] < starts[1][1]
    judged(tmp_path / "traces")


@pytest.mark.live
def test_bad_network_or_a_partition_breaks_the_order(tmp_path: Path) -> None:
    async def story() -> None:
        cast = parts(4, count=None, rate=20.0, trace=str(tmp_path), deep=True)
        listening = [part.listen for part in cast]
        weather = Weather(loss=20, duplicate=20, reorder=20, delay_ms=20)
        relay = await Relay.open([Address.parse(each) for each in listening], weather, 7)
        public = [str(each) for each in relay.public]
        cast = [
            replace(part, advertise=public[at], join=(public[0],) if at else ())
            for at, part in enumerate(cast)
        ]
        async with company(*cast) as members:
            for member in members:
                await member.until(lambda each: len(each.view) == 4)
            relay.divide([{0, 1}, {2, 3}])
            for member in members:
                await member.until(lambda each: len(each.view) == 2)
            await asyncio.sleep(1)
            relay.heal()
            for member in members:
                await member.until(lambda each: len(each.view) == 4, 60)
            for member in members:
                await member.command("finish")
            await digests(members)
            assert [await member.end() for member in members] == [0] * 4
        assert relay.lost > 100
        relay.close()

    asyncio.run(story())
    judged(tmp_path)
