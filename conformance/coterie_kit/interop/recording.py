"""A run written down as a capture: what leaves each member, and the script of each for a replay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coterie_kit.captures.datagrams import Datagram
from coterie_kit.captures.writing import outcome, write_both
from coterie_kit.faults import KitError
from coterie_kit.interop.cast import WALL, Member
from coterie_kit.reply import Reply

__all__ = ["Recording"]

NS = 1_000_000  # in a millisecond


class Recording:
    """Listens in on a stage. A member has one life in it."""

    def __init__(self) -> None:
        self.packets: list[Datagram] = []
        self._lost: set[int] = set()
        self._nodes: dict[int, dict[str, Any]] = {}

    def sent(self, member: Member, to: str, octets: bytes, at: int) -> int:
        """A packet of the capture; gives its number."""
        number = len(self.packets) + 1
        self.packets.append(Datagram(number, member.address, to, octets, (WALL + at) * NS))
        return number

    def lost(self, number: int) -> None:
        """It is in the capture all the same: the capture is taken where it leaves."""
        self._lost.add(number)

    def done(self, member: Member, step: dict[str, Any], reply: Reply, sends: list[int]) -> None:
        """One line of the member's script."""
        if "reset" in step:
            if member.number in self._nodes:
                raise KitError(f"{member.name} begins a second life: a capture has one of each member")
            self._nodes[member.number] = self._row(member)
            return
        row = self._nodes[member.number]
        row["steps"].append(step | outcome(reply.raw, sends))
        logged = (effect for effect in reply.effects if effect["effect"] == "keylog")
        row["keylog"] += [{name: effect[name] for name in ("view", "label", "secret")} for effect in logged]

    def _row(self, member: Member) -> dict[str, Any]:
        asked = next(command for command in member.peer.trace.commands() if command["cmd"] == "reset")
        kept = {name: value for name, value in asked.items() if name not in {"seq", "cmd"}}
        return {
            "name": member.name, "node": member.node, "address": member.address, "reset": kept, "steps": [],
            "keylog": [],
        }  # fmt: skip

    def write(self, out: Path) -> None:
        """The pcapng and its sidecar."""
        nodes = [self._nodes[number] for number in sorted(self._nodes)]
        write_both(out, nodes, self.packets, frozenset(self._lost))
