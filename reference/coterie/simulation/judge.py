"""What a run is judged by within the package: safety from the traces, liveness from the world.

The properties here are few and coarse, so that a failure can be shrunk quickly; the kit's checker knows them
all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from coterie.effects import Json
from coterie.simulation.node import OVERLAY, Node
from coterie.simulation.world import World

__all__ = ["OVERLAY", "all_heard", "faults", "stall", "together"]

IN_ORDER = frozenset({"timestamp-ordered", "safe"})
"""The services for which views and messages have one order."""

SKIPPING = "source-ordered-unreliable"
"""The service that leaves out what was overtaken."""

Line = dict[str, Any]


# ---------------------------------------------------------------- liveness


def together(world: World) -> bool:
    """Whether all nodes are in one view that has exactly them, and none is about to leave it."""
    if any(node.phase.place != "stable" for node in world.nodes):
        return False
    views = {node.view for node in world.nodes}
    if len(views) != 1 or None in views:
        return False
    return set(world.nodes[0].members) == {node.id for node in world.nodes}


def all_heard(world: World, probes: set[bytes]) -> bool:
    """Whether every node was handed every probe, as far as its service promises it."""
    return len(probes) >= len(world.nodes) and all(
        probe in node.heard for node in world.nodes if node.service != SKIPPING for probe in probes
    )


def stall(world: World, probes: set[bytes]) -> str:
    """How far the nodes have come that should have come together."""
    nodes = ", ".join(_standing(node, probes) for node in world.nodes)
    return f"stalled {world.now - world.plan.heals} ms after everything was healed: {nodes}"


def _standing(node: Node, probes: set[bytes]) -> str:
    heard = sum(probe in node.heard for probe in probes)
    view = node.view[:8].hex().lstrip("0") if node.view else "none"
    return (
        f"node {node.number} {node.phase.place} in view {view} of {len(node.members)}, "
        f"heard {heard}/{len(probes)}"
    )


# ---------------------------------------------------------------- safety


def faults(traces: Sequence[list[Json]]) -> Iterator[str]:
    """Sentences about what must not be in the traces."""
    yield from _views(traces)
    sent = {
        (line["node"], line["inc"], bool(line.get("proxied")), line["view"], line["sequence"]): line["digest"]
        for lines in traces
        for line in _of(lines, "send")
    }
    for lines in traces:
        yield from _deliveries(lines, sent)
    yield from _virtual_synchrony(traces)


def _of(lines: list[Json], event: str) -> Iterator[Line]:
    for line in lines:
        if line["event"] == event:
            yield line


def _views(traces: Sequence[list[Json]]) -> Iterator[str]:
    members: dict[str, object] = {}
    keys: dict[str, object] = {}
    for lines in traces:
        for line in _of(lines, "view"):
            if members.setdefault(line["view"], line["members"]) != line["members"]:
                yield f"view {line['view']} has other members at {line['node'][:8]}"
        installed = {line["view"] for line in _of(lines, "view")}
        for line in _of(lines, "keyed"):
            same = keys.setdefault(line["view"], line["key_id"]) == line["key_id"]
            if line["view"] in installed and not same:
                yield f"view {line['view']} has another key at {line['node'][:8]}"


def _deliveries(lines: list[Json], sent: dict[tuple[Any, ...], Any]) -> Iterator[str]:
    last: tuple[Any, ...] = ()
    told: set[tuple[Any, ...]] = set()
    for line in _of(lines, "deliver"):
        where = f"{line['node'][:8]} at line {line['i']}"
        proxied = line["proxied"]
        name = (line["sender"], line["sender_inc"], proxied, line["view"], line["sequence"])
        if name in told:
            yield f"a message was delivered twice by {where}"
        told.add(name)
        if not proxied and sent.get(name) != line["digest"]:
            yield f"a message was delivered that nobody sent, by {where}"
        place = (line["inc"], line["view"], line["timestamp"], line.get("via", line["sender"]))
        if line["service"] in IN_ORDER and place[:2] == last[:2] and place <= last:
            yield f"a message was delivered out of order by {where}"
        last = place


def _virtual_synchrony(traces: Sequence[list[Json]]) -> Iterator[str]:
    held: dict[tuple[object, object], dict[str, frozenset[object]]] = defaultdict(dict)
    for lines in traces:
        now: set[object] = set()
        view: Line | None = None
        for line in lines:
            match line["event"]:
                case "start":
                    view, now = None, set()
                case "deliver" if line["service"] in IN_ORDER:
                    now.add((line["view"], line["sender"], line["sequence"], line["proxied"]))
                case "view":
                    ordered = lines[0].get("service") in IN_ORDER
                    if view is not None and line["previous"] == view["view"] and ordered:
                        known = held[view["view"], line["view"]]
                        known[str(line["node"])] = frozenset(now)
                    view, now = dict(line), set()
                case _:
                    pass
    for (old, new), sets in sorted(held.items(), key=str):
        if len(set(sets.values())) > 1:
            yield f"those that went from view {old} to {new} together delivered different messages"
