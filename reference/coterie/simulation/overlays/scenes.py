"""The scenes: what happens in an overlay, and what has to come of it.

Each is one function of a stage. It lets the nodes enter, has some publish and others look, does its harm, and
says what went wrong: no sentence when all went well.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping

from coterie.crypto import names
from coterie.overlay.distance import distance
from coterie.simulation import memory
from coterie.simulation.overlays import liars
from coterie.simulation.overlays.advertiser import advertiser
from coterie.simulation.overlays.chains import Chains
from coterie.simulation.overlays.churn import Churn
from coterie.simulation.overlays.ledger import KIND, Ask, Entry
from coterie.simulation.overlays.node import Node, address_of
from coterie.simulation.overlays.plan import Plan
from coterie.simulation.overlays.proofs import Proofs
from coterie.simulation.overlays.stage import Outcome, Stage
from coterie.simulation.world import BrokenDownError
from coterie.values import kinds
from coterie.vocabulary import Address

HOPS_MORE = 2
"""How many hops the median lookup may have beyond half the logarithm of the number of nodes."""

LOAD_TIMES = 4
"""How often the mean of all nodes any of them may hold."""

KILLED_PERCENT = 30
FOUND_IN_CHURN = 0.999
FOUND_AMONG_LIARS = 0.95

CLOSE_LIARS = 8
"""How many liars there are closer to what is poisoned than anybody honest."""

MOVE_WITHIN_MS = 60_000
"""How long after its address has changed everything may take to be as before."""

AMPLIFIED = 3
"""How often as much a node may be sent as it has sent, before it has proven its address."""


def agree(stage: Stage) -> None:
    """Every published value is found by every node; who was told nothing for sure looks again."""
    stage.gather()
    entries = stage.publish(range(stage.plan.values))
    asks = stage.fetch(entries)
    stage.figure("found at once", stage.share_found(asks))
    missed = [ask for ask in asks if "untold" in ask.verdicts.values()]
    again = [each for ask in missed if (each := stage.ledger.fetch(ask.node, ask.name))]
    stage.quiet()
    for ask in again:
        if set(ask.verdicts.values()) != {"found"}:
            stage.fault(f"node {ask.node.number} does not find {ask.name.decode()}")
    stage.told_for_sure([*asks, *again])


def spread(stage: Stage) -> None:
    """In a large overlay lookups are short, and nobody holds much more than others."""
    stage.gather()
    entries = stage.publish(range(stage.plan.values))
    chains = Chains(stage.world)
    asks = stage.fetch(entries)
    chains.stop()
    hops, exact = lengths(asks, chains, stage.world.nodes)
    median = statistics.median(hops)
    stage.figure("median hops", median)
    stage.figure("most hops", max(hops))
    stage.figure("closest found", exact / len(hops))
    if median > math.log2(stage.plan.nodes) / 2 + HOPS_MORE:
        stage.fault(f"the median lookup has {median} hops")
    loads = [held_by(node, stage.world.now) for node in stage.world.nodes]
    mean = statistics.mean(loads)
    stage.figure("mean held", mean)
    stage.figure("most held", max(loads))
    stage.figure("least held", min(loads))
    if max(loads) > LOAD_TIMES * mean:
        stage.fault(f"a node holds {max(loads)} values, and the mean is {mean}")
    stage.figure("found at once", stage.share_found(asks))
    stage.told_for_sure(asks)


def lengths(asks: list[Ask], chains: Chains, nodes: list[Node]) -> tuple[list[int], int]:
    """The hops of all searches, and how many of them have found the closest that there is."""
    hops, exact = [], 0
    for ask in asks:
        key = key_of(ask.name)
        found = chains.closest(ask.node.id, key)
        if found is not None:
            others = (node.id for node in nodes if node is not ask.node)
            hops.append(found[1])
            exact += found[0] == min(others, key=lambda node: distance(node, key))
    return hops, exact


def churn(stage: Stage) -> None:
    """While nodes that hold values are killed, what is renewed is found, and what is not vanishes."""
    stage.gather()
    world, plan = stage.world, stage.plan
    entries = stage.publish(range(plan.values))
    kept, rest = entries[: plan.values // 2], entries[plan.values // 2 :]
    forsaken, withdrawn = rest[::2], rest[1::2]
    period = plan.lifetime * 1_000 // 2
    going = Churn(world, stage.ledger, {entry.node.number for entry in entries}, period)
    for entry in withdrawn:
        world.at(world.now + world.chance.randrange(period), stage.ledger.withdraw, entry)
    for entry in forsaken:
        world.at(world.now + world.chance.randrange(period), going.kill, entry.node)
    for _ in range(plan.periods):
        going.begin(KILLED_PERCENT)
        look_about(stage, entries, period)
    stage.quiet()
    stage.figure("killed", going.killed)
    asks = [ask for ask in stage.ledger.asks if ask.ended is not None]
    judge_kept(stage, asks, {entry.name for entry in kept})
    gone_everywhere(stage, forsaken)


def look_about(stage: Stage, entries: list[Entry], period: int) -> None:
    """For one period, nodes look for everything at any time."""
    world, looks = stage.world, stage.plan.asks * len(entries)
    for number in range(looks):
        entry = entries[number % len(entries)]
        stage.ledger.fetch(world.chance.choice(world.honest()), entry.name)
        world.run(period // looks)
    world.run(period % looks)


def judge_kept(stage: Stage, asks: list[Ask], kept: set[bytes]) -> None:
    """What was renewed all the time was found nearly always."""
    looked = [ask for ask in asks if ask.name in kept and ask.verdicts]
    share = stage.share_found(looked)
    stage.figure("looked for what is renewed", len(looked))
    stage.figure("found of what is renewed", share)
    if share < FOUND_IN_CHURN:
        stage.fault(f"of {len(looked)} lookups of what is renewed {share:.4%} have found it")
    sure = [ask for ask in looked if "nothing" in ask.verdicts.values()]
    stage.figure("told for sure that there is nothing", len(sure))


def gone_everywhere(stage: Stage, forsaken: list[Entry]) -> None:
    """Nobody holds what nobody has renewed for a lifetime."""
    world = stage.world
    over = [entry for entry in forsaken if entry.ends is not None and entry.ends < world.now]
    stage.figure("vanished", len(over))
    if len(over) < len(forsaken):
        stage.fault("the scene is too short: what nobody renews may still be there")
    for node in world.alive():
        for each in node.neighbours.held.all(node.now(world.now).wall_ms):
            if any((each.envelope.name, each.publisher) == (one.name, one.node.publisher) for one in over):
                stage.fault(f"node {node.number} still holds {each.envelope.name.decode()}")


def lies(stage: Stage) -> None:
    """Among liars nobody finds what is wrong, and most find what is right, also when it has changed."""
    stage.gather()
    entries = stage.publish(range(stage.plan.values))
    changed, withdrawn = entries[::3], entries[1::3]
    for entry in changed:
        stage.ledger.publish(entry.node, entry.name, entry.lifetime)
    for entry in withdrawn:
        stage.ledger.withdraw(entry)
    stage.quiet()
    asks = stage.fetch(entries)
    share = stage.share_found(asks)
    stage.figure("found at once", share)
    if share < FOUND_AMONG_LIARS:
        stage.fault(f"{share:.2%} of the lookups have found what there is")


def poison(stage: Stage) -> None:
    """F-33: all who are closest to a value lie. It may not be found, and whoever sees nobody else cannot tell
    that there is a newer one; but nothing is found that nobody has published, or that has expired."""
    stage.gather()
    stage.ledger.wrong = frozenset({"forged", "expired"})
    entries = stage.publish(range(stage.plan.values))
    guiles = list(liars.GUILES)
    for index, entry in enumerate(entries):
        key = key_of(entry.name)
        honest = [node for node in stage.world.honest() if all(node is not each.node for each in entries)]
        for node in sorted(honest, key=lambda node: distance(node.id, key))[:CLOSE_LIARS]:
            # they have taken what they hold in good faith, and know it when they begin to lie
            remember(stage, node)
            stage.corrupt(node, guiles[index % len(guiles)])
    for entry in entries:
        stage.ledger.publish(entry.node, entry.name, entry.lifetime)
    stage.quiet()
    stage.figure("found at once", stage.share_found(stage.fetch(entries)))
    stage.world.run(1_000 * stage.plan.lifetime)
    stage.figure("found a lifetime later", stage.share_found(stage.fetch(entries)))


def remember(stage: Stage, node: Node) -> None:
    """Who begins to lie tells the others what it holds."""
    for each in node.neighbours.held.all(node.now(stage.world.now).wall_ms):
        stage.plot.taken.setdefault(key_of(each.envelope.name), []).append(each.octets)


def move(stage: Stage) -> None:
    """F-25: some go to other addresses, and begin anew there. They publish from where they are now."""
    change_addresses(stage, stage.world.move)


def rebind(stage: Stage) -> None:
    """F-25: some are seen at other addresses under way, and do not know it."""
    change_addresses(stage, stage.world.rebind)


def change_addresses(stage: Stage, change: Callable[[Node, Address], None]) -> None:
    """Whatever is published from a new address is found by everybody, and little is sent there before it is
    proven."""
    stage.gather()
    world = stage.world
    entries = stage.publish(range(stage.plan.values))
    movers = [entry.node for entry in entries[::2]]
    new = {node.number: address_of(stage.plan.nodes + 1 + node.number) for node in movers}
    proofs = Proofs(world, frozenset(new.values()))
    for node in movers:
        change(node, new[node.number])
    world.until(lambda: all(node.has_entered for node in world.nodes), MOVE_WITHIN_MS)
    for entry in entries:
        stage.ledger.publish(entry.node, entry.name, entry.lifetime)
    world.run(MOVE_WITHIN_MS)
    asks = stage.fetch(entries)
    stage.figure("found at once", stage.share_found(asks))
    for ask in asks:
        if set(ask.verdicts.values()) != {"found"}:
            stage.fault(f"node {ask.node.number} does not find {ask.name.decode()} after somebody has moved")
    stage.figure("sent before proof", proofs.worst)
    if proofs.worst > AMPLIFIED:
        stage.fault(f"an address that nobody had proven was sent {proofs.worst:.1f} times as much as it sent")


def key_of(name: bytes) -> bytes:
    """The resource key of a name."""
    return names.resource_key(kinds.code_of(KIND), name)


def held_by(node: Node, at: int) -> int:
    """How many values a node holds, its own included where it is one of the closest."""
    return sum(1 for _ in node.neighbours.held.all(node.now(at).wall_ms))


SCENES: Mapping[str, Callable[[Stage], None]] = {
    "agree": agree, "spread": spread, "churn": churn, "lies": lies, "poison": poison, "move": move,
    "rebind": rebind, "advertiser": advertiser,
}  # fmt: skip


FAULTS: Mapping[str, tuple[str, ...]] = {
    "agree": ("F-01",), "churn": ("F-10",), "lies": ("F-33",), "poison": ("F-33",), "move": ("F-25",),
    "rebind": ("F-25",), "advertiser": ("F-01", "F-06", "F-08", "F-10", "F-11", "F-23", "F-28"),
}  # fmt: skip
"""Which faults of the fault matrix each scene brings."""


def play(plan: Plan) -> Outcome:
    """Run the scene of a plan, and judge it."""
    with memory.remembering():
        stage = Stage(plan)
        try:
            SCENES[plan.scene](stage)
        except BrokenDownError as broken:
            stage.fault(f"a peer broke down: {broken}")
        return stage.close()
