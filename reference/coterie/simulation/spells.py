"""What a network does to datagrams: the fates that spells bring, by the name of their kind.

Amounts: `percent` is a chance in 100, everything else is in ms or counted, as the fate says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from coterie.simulation.network import LONGEST_DELAY_MS, Flight, Spell

HEADER = 24
CERTAIN = 100


def happens(chance: Random, percent: float) -> bool:
    """Whether something happens that has this chance in 100."""
    return chance.random() * CERTAIN < percent


def cut(spell: Spell, flight: Flight) -> None:
    """Nothing gets through."""
    flight.lose(spell.fault)


def loss(spell: Spell, flight: Flight) -> None:
    """Each datagram is lost with the same chance (`percent`)."""
    if happens(flight.path.chance, spell.amounts["percent"]):
        flight.lose(spell.fault)


def burst(spell: Spell, flight: Flight) -> None:
    """Everything is lost for a while, then nothing (Gilbert): mean lengths `good` and `bad` in ms."""
    chance, key = flight.path.chance, flight.path.key
    bad, until = spell.memory.get(key, (True, flight.at))
    while until <= flight.at:
        bad = not bad
        until += 1 + int(chance.expovariate(1 / spell.amounts["bad" if bad else "good"]))
    spell.memory[key] = (bad, until)
    if bad:
        flight.lose(spell.fault)


def named(spell: Spell, flight: Flight) -> None:
    """Only frames of the types `names` are lost, with the chance `percent`."""
    if flight.kind in spell.amounts["names"] and happens(flight.path.chance, spell.amounts["percent"]):
        flight.lose(spell.fault)


def tail(spell: Spell, flight: Flight) -> None:
    """A DATA is lost if none follows it within `gap` ms: it waits that long, and whoever follows frees it."""
    if flight.kind != "DATA":
        return
    key = flight.path.key
    waiting: list[Flight] = spell.memory.setdefault(key, [])
    for earlier in waiting:
        if flight.at - earlier.at <= spell.amounts["gap"]:
            flight.copies += [(0, octets) for _, octets in earlier.copies]
    waiting[:] = [Flight(flight.path, flight.at, flight.octets, flight.copies[:1])]
    flight.copies = flight.copies[1:]
    flight.harmed = spell.fault


def duplicate(spell: Spell, flight: Flight) -> None:
    """Copies come later, up to `late` ms."""
    chance = flight.path.chance
    if flight.copies and happens(chance, spell.amounts["percent"]):
        late = min(int(chance.expovariate(1 / spell.amounts["late"])), LONGEST_DELAY_MS)
        flight.copies.append((flight.copies[0][0] + late, flight.octets))
        flight.harmed = spell.fault


def reorder(spell: Spell, flight: Flight) -> None:
    """Some are overtaken: they take up to `spread` ms longer."""
    chance = flight.path.chance
    if happens(chance, spell.amounts["percent"]):
        late = chance.randint(0, spell.amounts["spread"])
        flight.copies = [(delay + late, octets) for delay, octets in flight.copies]
        flight.harmed = spell.fault


def delay(spell: Spell, flight: Flight) -> None:
    """Everything takes `extra` ms longer."""
    flight.copies = [(delay + spell.amounts["extra"], octets) for delay, octets in flight.copies]
    flight.harmed = spell.fault


def jitter(spell: Spell, flight: Flight) -> None:
    """The delay is up to `factor` times as long."""
    factor = 1 + flight.path.chance.random() * (spell.amounts["factor"] - 1)
    flight.copies = [(int(delay * factor), octets) for delay, octets in flight.copies]
    flight.harmed = spell.fault


def corrupt(spell: Spell, flight: Flight) -> None:
    """Some arrive damaged; of those, half arrive whole as well."""
    chance = flight.path.chance
    if not flight.copies or not happens(chance, spell.amounts["percent"]):
        return
    after, octets = flight.copies[0]
    damaged = DAMAGES[chance.randrange(len(DAMAGES))](chance, octets)
    whole = flight.copies[1:] if chance.random() < 0.5 else flight.copies
    flight.copies = [(after, damaged), *whole]
    flight.harmed = spell.fault


def capacity(spell: Spell, flight: Flight) -> None:
    """No more than `packets` are on a path at once."""
    if flight.path.flying >= spell.amounts["packets"]:
        flight.lose(spell.fault)


def clog(spell: Spell, flight: Flight) -> None:
    """Datagrams are held back for a while, which begins and ends at another instant on each path, between
    `from` and `to` ms."""
    chance, key = flight.path.chance, flight.path.key
    if key not in spell.memory:
        middle = (spell.amounts["from"] + spell.amounts["to"]) // 2
        spell.memory[key] = (
            chance.randint(spell.amounts["from"], middle),
            chance.randint(middle, spell.amounts["to"]),
        )
    began, ends = spell.memory[key]
    if began <= flight.at < ends:
        flight.copies = [(ends - flight.at + delay, octets) for delay, octets in flight.copies]
        flight.harmed = spell.fault


def flip(chance: Random, octets: bytes) -> bytes:
    """One to eight bits are wrong."""
    damaged = bytearray(octets)
    for _ in range(chance.randint(1, 8)):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def truncate(chance: Random, octets: bytes) -> bytes:
    """The end is missing."""
    return octets[: chance.randrange(len(octets))]


def zero(chance: Random, octets: bytes) -> bytes:
    """From somewhere on there are zeros."""
    keeps = chance.randrange(len(octets))
    return octets[:keeps] + bytes(len(octets) - keeps)


def only_header(_chance: Random, octets: bytes) -> bytes:
    """Nothing follows the header."""
    return octets[:HEADER]


DAMAGES: tuple[Callable[[Random, bytes], bytes], ...] = (flip, truncate, zero, only_header)

FATES: Mapping[str, Callable[[Spell, Flight], None]] = {
    "cut": cut,
    "loss": loss,
    "burst": burst,
    "named": named,
    "tail": tail,
    "duplicate": duplicate,
    "reorder": reorder,
    "delay": delay,
    "jitter": jitter,
    "corrupt": corrupt,
    "capacity": capacity,
    "clog": clog,
}
