"""The network between the members: what becomes of each datagram, as the spells that are on have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from coterie_kit.interop.plan import Step

__all__ = ["SPELLS", "Network"]

SPELLS = frozenset(
    {"corrupt", "loss", "duplicate", "reorder", "delay", "partition", "isolate", "deaf", "drop"}
)
ALL = 100

Path = tuple[int, int, str]
"""Who sends, who gets, and the type of the frame."""


class Network:
    """Delays and losses from one stream of random numbers. Members are known by their numbers."""

    def __init__(self, drawn: Random, least: int, spread: int) -> None:
        self._drawn = drawn
        self._least, self._spread = least, spread
        self.spells: dict[int, Step] = {}
        self.sent = self.lost = 0

    def fates(self, source: int, to: int, kind: str) -> list[int]:
        """After how many milliseconds a datagram arrives, once for each copy; empty when it is lost."""
        self.sent += 1
        delays = [self._least + (self._drawn.randint(0, self._spread) if self._spread else 0)]
        for spell in list(self.spells.values()):
            delays = EFFECTS[spell.kind](self, spell, (source, to, kind), delays)
        self.lost += not delays
        return delays

    def damaged(self, octets: bytes) -> bytes:
        """The datagram as it arrives."""
        for spell in self.spells.values():
            if spell.kind == "corrupt" and octets and self._hit(spell):
                bit = self._drawn.randrange(8 * len(octets))
                changed = bytearray(octets)
                changed[bit // 8] ^= 1 << bit % 8
                octets = bytes(changed)
        return octets

    def _hit(self, spell: Step) -> bool:
        return self._drawn.randrange(ALL) < int(spell.amounts["percent"])

    def corrupt(self, _spell: Step, _path: Path, delays: list[int]) -> list[int]:
        """Some are damaged, and arrive."""
        return delays

    def loss(self, spell: Step, _path: Path, delays: list[int]) -> list[int]:
        """Some are lost."""
        return [] if self._hit(spell) else delays

    def duplicate(self, spell: Step, _path: Path, delays: list[int]) -> list[int]:
        """Some come again later."""
        late = self._drawn.randint(1, int(spell.amounts["late"]))
        return [*delays, delays[0] + late] if delays and self._hit(spell) else delays

    def reorder(self, spell: Step, _path: Path, delays: list[int]) -> list[int]:
        """Some are overtaken."""
        held = self._drawn.randint(0, int(spell.amounts["spread"]))
        return [delay + held for delay in delays] if self._hit(spell) else delays

    def delay(self, spell: Step, path: Path, delays: list[int]) -> list[int]:
        """What these members send or get takes longer."""
        far = not {path[0], path[1]}.isdisjoint(spell.nodes)
        return [delay + int(spell.amounts["extra"]) for delay in delays] if far else delays

    def partition(self, spell: Step, path: Path, delays: list[int]) -> list[int]:
        """Only what stays within a part arrives."""
        together = any(path[0] in part and path[1] in part for part in spell.amounts["groups"])
        return delays if together else []

    def isolate(self, spell: Step, path: Path, delays: list[int]) -> list[int]:
        """These members are cut off, in both directions."""
        return delays if {path[0], path[1]}.isdisjoint(spell.nodes) else []

    def deaf(self, spell: Step, path: Path, delays: list[int]) -> list[int]:
        """These members get nothing, and are heard."""
        return [] if path[1] in spell.nodes else delays

    def drop(self, spell: Step, path: Path, delays: list[int]) -> list[int]:
        """Frames of these types from these members are lost on the way to those in ``to``."""
        chosen = path[0] in spell.nodes and path[1] in spell.amounts["to"]
        return [] if chosen and path[2] in spell.amounts["frames"] else delays


EFFECTS: Mapping[str, Callable[[Network, Step, Path, list[int]], list[int]]] = {
    "corrupt": Network.corrupt, "loss": Network.loss, "duplicate": Network.duplicate,
    "reorder": Network.reorder, "delay": Network.delay, "partition": Network.partition,
    "isolate": Network.isolate, "deaf": Network.deaf, "drop": Network.drop,
}  # fmt: skip
