"""Addresses that documents name: how often they are greeted, and whose greetings count."""

from __future__ import annotations

from coterie import registry
from coterie.groups.strangers import Greeting, Strangers
from coterie.vocabulary import Address, Now, OverlayId

HERE, THERE = OverlayId(bytes(16)), OverlayId(b"\x01" * 16)
VICTIM, OTHER = Address("192.0.2.9", 9), Address("192.0.2.9", 10)
WALL = 1_800_000_000_000


def at(mono_ms: int) -> Now:
    return Now(mono_ms, WALL + mono_ms)


class Desk:
    """Greetings of a peer that is told when. `answered` are the overlays with a session at any address."""

    def __init__(self, *named: Address) -> None:
        self.answered: set[OverlayId] = set()
        self.strangers = Strangers(lambda overlay, _to: overlay in self.answered)
        for overlay in (HERE, THERE):
            self.strangers.name(overlay, named)

    def greet(self, overlay: OverlayId, mono_ms: int, to: Address = VICTIM) -> bool:
        may = self.strangers.may_greet(overlay, to, at(mono_ms))
        if may:
            self.strangers.greeted(overlay, to, at(mono_ms))
        return may


def test_victim_is_greeted_by_each_group() -> None:
    desk = Desk(VICTIM)

    assert desk.greet(HERE, 0)
    assert not desk.greet(THERE, 999)
    assert desk.greet(THERE, 1_000)
    assert desk.greet(HERE, 2_000)
    assert not desk.greet(HERE, 29_999)
    assert desk.greet(HERE, 30_000)
    assert not desk.greet(THERE, 30_999)


def test_whoever_answers_is_a_stranger_for_ever() -> None:
    desk = Desk(VICTIM)
    desk.greet(HERE, 0)
    desk.answered.add(HERE)

    assert all(desk.greet(HERE, each) for each in range(1, 9))
    assert desk.greet(THERE, 10)
    assert not desk.greet(THERE, 11)


def test_session_that_is_left_makes_a_stranger() -> None:
    desk = Desk(VICTIM)
    desk.greet(HERE, 0)
    desk.answered.add(HERE)

    desk.strangers.leave(HERE)
    desk.answered.clear()
    desk.strangers.name(HERE, [VICTIM])

    assert desk.greet(HERE, 1)


def test_another_port_is_the_same_victim() -> None:
    desk = Desk(VICTIM, OTHER)

    assert desk.greet(HERE, 0)
    assert desk.greet(HERE, 0, OTHER)


def test_address_that_nobody_has_named_is_held_back() -> None:
    desk = Desk(VICTIM)

    assert all(desk.greet(HERE, each, OTHER) for each in range(9))


def test_named_addresses_fill_the_memory() -> None:
    desk = Desk()
    most = registry.limit("lost-members")
    many = [Address("192.0.2.9", port) for port in range(1, most + 2)]

    desk.strangers.name(HERE, many)

    assert all(desk.greet(HERE, 0, many[0]) for _ in range(5))
    assert not all(desk.greet(HERE, 0, many[1]) for _ in range(2))


def test_addresses_that_were_greeted_fill_the_memory() -> None:
    desk = Desk()
    for number in range(registry.limit("strangers")):
        address = Address(f"10.0.{number // 256}.{number % 256}", 7)
        desk.strangers.name(HERE, [address])
        desk.strangers._begun[address] = (Greeting(HERE, 0),)
    desk.strangers.name(HERE, [VICTIM])

    assert not desk.greet(HERE, 0)
    desk.strangers.greeted(HERE, VICTIM, at(registry.timer("stranger-window")))
    assert list(desk.strangers._begun) == [VICTIM]
