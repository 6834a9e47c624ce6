"""Members in processes of their own, started, followed and ended by a test."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reference.tests.runtime.member import Part

PROGRAM = Path(__file__).with_name("member.py")
LONGEST_LINE = 1 << 20
Line = dict[str, Any]


@dataclass
class Process:
    """One member: what it has said, and how it ended."""

    part: Part
    process: asyncio.subprocess.Process
    lines: list[Line] = field(default_factory=list)
    complaint: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    follower: asyncio.Task[None] | None = None

    def said(self, word: str) -> list[Line]:
        return [line for line in self.lines if line["say"] == word]

    @property
    def view(self) -> list[str]:
        """The members of its last view."""
        views = self.said("view")
        return views[-1]["members"] if views else []

    async def until(self, reached: Callable[[Process], bool], patience_s: float = 30.0) -> None:
        try:
            async with asyncio.timeout(patience_s):
                while not reached(self):
                    assert self.process.returncode is None, f"{self.part.name} ended: {self.complaint}"
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"{self.part.name} has only said {self.lines[-3:]}") from None

    async def command(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word.encode() + b"\n")
        await self.process.stdin.drain()

    async def end(self) -> int:
        """Let it leave; its exit code."""
        await self.command("leave")
        async with asyncio.timeout(20):
            assert self.follower is not None
            await self.follower
        return await self.process.wait()

    async def kill(self) -> None:
        """End it as a power failure would."""
        self.process.kill()
        await self.process.wait()

    async def follow(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        async for text in self.process.stdout:
            self.lines.append(json.loads(text))
            self.news.set()
        self.complaint = (await self.process.stderr.read(LONGEST_LINE)).decode()
        await self.process.wait()
        self.news.set()


async def start(part: Part, *before: str) -> Process:
    """Start a member; `before` goes before the interpreter on its command line."""
    process = await asyncio.create_subprocess_exec(
        *before, sys.executable, str(PROGRAM), json.dumps(asdict(part)),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )  # fmt: skip
    started = Process(part, process)
    started.follower = asyncio.create_task(started.follow())
    return started


@asynccontextmanager
async def company(*parts: Part) -> AsyncIterator[list[Process]]:
    """All parts at once; whoever is left at the end is killed."""
    started = [await start(part) for part in parts]
    try:
        yield started
    finally:
        for each in started:
            if each.process.returncode is None:
                each.process.kill()
            if each.follower is not None:
                await each.follower
            if each.process.stdin is not None:
                each.process.stdin.close()


async def digests(members: list[Process], patience_s: float = 60.0) -> list[Line]:
    """What all of them have to say of what they heard."""
    await asyncio.gather(
        *(member.until(lambda each: bool(each.said("digest")), patience_s) for member in members)
    )
    return [member.said("digest")[0] for member in members]
