"""Our member among its like, over a group that is a list: what it says of an order must be true of it."""

import asyncio
import io
import json
from array import array
from typing import Any

import pytest

from benchmarks.peers import ours
from benchmarks.peers.figures import Report, Work, figure


class Order:
    """Delivers each message to all members at once; ``damage`` may change what one of them is given."""

    def __init__(self, members: int) -> None:
        self.groups = [ListGroup(self) for _ in range(members)]
        self.damage: Any = None

    async def put(self, message: bytes) -> None:
        for place, group in enumerate(self.groups):
            given = self.damage(place, message) if self.damage else message
            group.on_data(group, None, given)
        await asyncio.sleep(0)


class ListGroup:
    def __init__(self, order: Order) -> None:
        self.order = order
        self.on_data: Any = None

    async def join(self, *contacts: object) -> None:
        self.contacts = contacts

    async def members(self, count: int) -> None:
        assert count == len(self.order.groups)

    async def send(self, message: bytes) -> None:
        await self.order.put(message)


def run(order: Order, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(ours, "READY_AGAIN_S", 0.001)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    size = len(order.groups)

    async def together() -> None:
        members = [ours.Member([str(size), str(i), "100", "0.01", "0.05", mode]) for i in range(size)]
        for member, group in zip(members, order.groups, strict=True):
            group.on_data = member.on_data
        groups: list[Any] = list(order.groups)
        await asyncio.gather(*(m.run(g) for m, g in zip(members, groups, strict=True)))

    asyncio.run(together())


@pytest.mark.parametrize("mode", ["throughput", "latency"])
def test_members_report_different_orders_of_one_list(
    mode: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order = Order(3)

    run(order, monkeypatch, mode)

    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said[:3] == [{"joined": True}] * 3
    reports = sorted((Report.read(one) for one in said[3:]), key=lambda report: report.member)
    one = figure("coterie", Work(3, 100, mode), reports)
    assert one.messages >= 3
    assert (one.median_us is None) == (mode == "throughput")
    assert [len(group.contacts) for group in order.groups] == [0, 1, 1]


class Ended(Exception):  # noqa: N818
    """Stands for the end of the process."""


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda message: message[:-1], "no member sends"),
        (lambda message: message[:-1] + b"\xee", "damaged"),
        (lambda message: message[:15] + b"\xee" + message[16:], "of member 0 came where 0 should"),
    ],
    ids=["cut", "damaged", "renumbered"],
)
def test_damage_is_counted_as_a_delivery(
    damage: Any, complaint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr("os._exit", end)
    order = Order(2)
    order.damage = lambda place, message: damage(message) if place and message[0] == ours.DATA else message

    with pytest.raises(Ended):
        run(order, monkeypatch, "throughput")

    assert complaint in capsys.readouterr().err


def test_digest_forgets_the_order() -> None:
    assert ours.digest(array("Q")) == "cbf29ce484222325"
    assert ours.digest(array("Q", [0])) == "af63bd4c8601b7df"  # FNV-1a of one zero octet, by its definition
    assert ours.digest(array("Q", [0, 1 << 56])) != ours.digest(array("Q", [1 << 56, 0]))
