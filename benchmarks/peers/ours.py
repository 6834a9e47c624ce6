"""One member of a group over the reference peer, driven as benchmarks/README.md says.

    ours.py MAX-DATAGRAM MEMBERS INDEX SIZE WARMUP SECONDS throughput|latency

The flow control is the library's own: ``send`` waits while there is no room. With MEMBER_PROFILE=FOLDER in
the environment each member leaves there what it was at, for ``shares``.
"""

from __future__ import annotations

import asyncio
import gc
import json
import math
import os
import struct
import sys
import time
from array import array
from enum import Enum
from pathlib import Path
from typing import NoReturn

from benchmarks.peers.shares import Sampler
from coterie.application import Connection, Group, Membership, Settings
from coterie.application import Member as Sender
from coterie.vocabulary import Address

READY, DATA, LAST = 1, 2, 3
HEADER = struct.Struct(">BB6xQ")
PORT = 47_000
PROFILE, SAMPLED_AFTER_S = "MEMBER_PROFILE", 1.0
READY_AGAIN_S, END_AGAIN_S, GIVE_UP_S = 0.2, 0.02, 30.0
MOST_SAMPLES = 1 << 20
FNV_BASIS, FNV_PRIME, WORD = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1


class Phase(Enum):
    WAITING = 0
    WARMING = 1
    COUNTING = 2
    CLOSED = 3


def address(index: int) -> Address:
    """Where the member of that number listens."""
    return Address("127.0.0.1", PORT + index)


def digest(order: array[int]) -> str:
    """FNV-1a over one word for each message."""
    state = FNV_BASIS
    for word in order:
        state = (state ^ word) * FNV_PRIME & WORD
    return f"{state:016x}"


class Member:
    """What one member sends, and what it makes of what is delivered to it."""

    def __init__(self, argv: list[str]) -> None:
        members, index, size, warmup, seconds, mode = argv
        self.members, self.self_index, self.size = int(members), int(index), int(size)
        self.warmup, self.seconds, self.throughput = float(warmup), float(seconds), mode == "throughput"
        self.filler = bytes(max(0, self.size - HEADER.size - 1))
        self.phase = Phase.WAITING
        self.opened = self.closed = self.sent_at = 0.0
        self.edge = math.inf  # when the phase is over
        self.cpu_opened = self.cpu_closed = 0.0
        self.sent = self.delivered = self.lasts = 0
        self.ready: set[int] = set()
        self.expected = [0] * self.members
        self.order: array[int] = array("Q")
        self.samples: list[float] = []
        self.turn, self.started, self.every_last = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def fail(self, why: str) -> NoReturn:
        """Ends the process: an error raised in a callback would only be logged."""
        sys.stderr.write(f"coterie member {self.self_index}: {why}\n")
        sys.stderr.flush()
        os._exit(3)

    def clock_on(self, at: float) -> None:
        if self.phase is Phase.WARMING and at >= self.edge:
            self.phase, self.opened, self.cpu_opened = Phase.COUNTING, at, time.process_time()
            self.edge = at + self.seconds
        if self.phase is Phase.COUNTING and at >= self.edge:
            self.phase, self.closed, self.cpu_closed = Phase.CLOSED, at, time.process_time()
            self.edge = math.inf

    # ------------------------------------------------------------ what is delivered

    def on_data(self, _group: Group, _sender: Sender, message: bytes) -> None:
        if len(message) != self.size or message[1] >= self.members:
            self.fail("a message that no member sends")
        kind, sender, number = HEADER.unpack_from(message)
        if kind == DATA:
            self.on_message(sender, number, message)
        elif kind == READY:
            self.on_ready(sender)
        elif kind == LAST:
            self.lasts += 1
            if self.lasts == self.members:
                self.every_last.set()
        else:
            self.fail("a message of no known kind")

    def on_memb(self, _group: Group, membership: Membership) -> None:
        if self.phase is not Phase.WAITING and len(membership.members) < self.members:
            self.fail(f"only {len(membership.members)} members are left while the group is measured")

    def on_message(self, sender: int, number: int, message: bytes) -> None:
        if number != self.expected[sender]:
            self.fail(f"message {number} of member {sender} came where {self.expected[sender]} should")
        if self.size > HEADER.size and message[-1] != number & 0xFF:
            self.fail("a message came damaged")
        self.expected[sender] = number + 1
        self.order.append(sender << 56 | number)
        at = time.perf_counter()
        if at >= self.edge:
            self.clock_on(at)
        if self.phase is Phase.COUNTING:
            self.delivered += 1
            if not self.throughput and sender == self.self_index and len(self.samples) < MOST_SAMPLES:
                self.samples.append(at - self.sent_at)
        if (sender + 1) % self.members == self.self_index:
            self.turn.set()

    def on_ready(self, sender: int) -> None:
        self.ready.add(sender)
        if len(self.ready) == self.members and self.phase is Phase.WAITING:
            self.phase = Phase.WARMING
            self.edge = time.perf_counter() + self.warmup
            self.started.set()
            asyncio.get_running_loop().call_later(self.warmup + self.seconds, self.end)
            if self.self_index == 0:
                self.turn.set()

    # ------------------------------------------------------------ what is sent

    def payload(self, kind: int, number: int) -> bytes:
        head = HEADER.pack(kind, self.self_index, number)
        return head + self.filler + bytes((number & 0xFF,)) if self.size > HEADER.size else head

    async def say_ready(self, group: Group) -> None:
        await group.members(self.members)
        while not self.started.is_set():
            await group.send(self.payload(READY, 0))
            await asyncio.sleep(READY_AGAIN_S)

    async def speak(self, group: Group) -> None:
        """Everything that this member has to say, until all have said their last."""
        await self.say_ready(group)
        await self.say_data(group)
        await group.send(self.payload(LAST, 0))
        await self.every_last.wait()

    async def say_data(self, group: Group) -> None:
        while not self.over():
            if not self.throughput:
                await self.turn.wait()
                self.turn.clear()
                if self.over():
                    return
            self.sent_at = time.perf_counter()
            await group.send(self.payload(DATA, self.sent))
            self.sent += 1

    def over(self) -> bool:
        at = time.perf_counter()
        if at >= self.edge:
            self.clock_on(at)
        return self.phase is Phase.CLOSED

    def end(self) -> None:
        """Wakes whoever waits for a turn that nobody passes on any more."""
        if self.over():
            self.turn.set()
        else:
            asyncio.get_running_loop().call_later(END_AGAIN_S, self.end)

    async def run(self, group: Group) -> None:
        group.on_data, group.on_memb = self.on_data, self.on_memb
        await group.join(*[address(0)][: self.self_index])
        print('{"joined": true}', flush=True)
        try:
            async with asyncio.timeout(self.warmup + self.seconds + GIVE_UP_S):
                await self.speak(group)
        except TimeoutError:
            self.fail(
                f"the group never came to its end: {len(self.ready)} READY, {self.lasts} LAST of "
                f"{self.members}; {self.sent} sent; delivered of each {self.expected}"
            )
        print(json.dumps(self.report()), flush=True)
        # Nobody leaves before all have reported: the driver closes our input then.
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)

    def report(self) -> dict[str, object]:
        ranked = sorted(self.samples)
        return {
            "member": self.self_index,
            "delivered": self.delivered,
            "seconds": self.closed - self.opened,
            "median_us": round(ranked[len(ranked) // 2] * 1e6, 1) if ranked else None,
            "p99_us": round(ranked[len(ranked) * 99 // 100] * 1e6, 1) if ranked else None,
            "cpu_seconds": self.cpu_closed - self.cpu_opened,
            "messages": len(self.order),
            "order_digest": digest(self.order),
        }


async def main(argv: list[str]) -> None:
    member = Member(argv[1:])
    settings = Settings(listen=address(member.self_index), max_datagram=int(argv[0]), signs_origin=False)
    connection = Connection(settings)
    connection.set_name(f"member {member.self_index}")
    await connection.connect()
    gc.freeze()  # what is loaded by now stays; it need not be looked through again
    sampler = Sampler()
    if PROFILE in os.environ:
        asyncio.get_running_loop().call_later(SAMPLED_AFTER_S, sampler.start)
    await member.run(connection.group("bench"))
    if PROFILE in os.environ:
        sampler.stop(Path(os.environ[PROFILE]) / f"member{member.self_index}-{argv[-1]}.json")
    os._exit(0)  # a farewell would only make the others form new views while they go too


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
