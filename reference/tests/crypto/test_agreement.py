"""The key algebra over random histories: members come, leave, split and merge, and runs fail halfway."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.crypto import agreement
from coterie.crypto.elements import check_flow
from coterie.crypto.entropy import Draws
from coterie.crypto.suites import SUITES, Suite, raise_, suite
from coterie.errors import LocalError

both = pytest.mark.parametrize("group", SUITES.values(), ids=["x25519", "p256"])


@dataclass(frozen=True)
class View:
    """A view that someone installed: its number, its members in order, and its DOWN."""

    number: int
    members: tuple[int, ...]
    down: tuple[bytes, ...]


@dataclass
class Member:
    """What one member keeps between runs: a view and exactly one scalar."""

    view: View | None = None
    scalar: bytes = b""


@dataclass
class Epoch:
    """What an observer may later be asked about."""

    members: frozenset[int]
    key: bytes


@dataclass
class World:
    """All members, and all that anyone could have seen."""

    group: Suite
    draws: Draws
    members: dict[int, Member] = field(default_factory=dict)
    wire: set[bytes] = field(default_factory=set)
    epochs: list[Epoch] = field(default_factory=list)
    scalars: dict[int, set[bytes]] = field(default_factory=dict)
    runs: int = 0

    def draw(self, label: str) -> bytes:
        context = self.runs.to_bytes(8, "big")
        return self.group.scalar_from_draw(self.draws(label, context, self.group.contribution))

    def run(self, wanted: set[int], refuse_after: int, confirmed: set[int]) -> None:
        """One run among `wanted`: given up after `refuse_after` flows, else installed by `confirmed`."""
        self.runs += 1
        base, order = self.order(wanted)
        flow, scalars = self.up(base, order, refuse_after)
        for node, x in scalars.items():
            self.scalars.setdefault(node, set()).add(x)
        if flow is None:
            return
        assert len(flow.entries) == len(order)
        check_flow(self.group, flow.entries)
        self.wire |= set(flow.entries)
        keys = {
            agreement.key(self.group, entry, scalars.get(node, self.members[node].scalar))
            for node, entry in zip(order, flow.entries, strict=True)
        }
        assert len(keys) == 1, "members of one run have different keys"
        self.epochs.append(Epoch(frozenset(order), keys.pop()))
        view = View(self.runs, order, flow.entries)
        for node in confirmed & set(order):
            self.members[node] = Member(view, scalars.get(node, self.members[node].scalar))

    def order(self, wanted: set[int]) -> tuple[View | None, tuple[int, ...]]:
        """The base's view and all members in order, as the proposer lays them out."""
        sharing: dict[int, list[int]] = {}
        views: dict[int, View] = {}
        for node in sorted(wanted):
            view = self.members.setdefault(node, Member()).view
            if view is not None:
                sharing.setdefault(view.number, []).append(node)
                views[view.number] = view
        if not sharing:
            return None, tuple(sorted(wanted))
        number, nodes = max(sharing.items(), key=lambda each: (len(each[1]), -min(each[1])))
        inner = [node for node in views[number].members if node in nodes]
        if set(views[number].members) == wanted:
            inner = [*inner[1:], inner[0]]
        return views[number], (*inner, *sorted(wanted - set(inner)))

    def up(
        self, base: View | None, order: tuple[int, ...], refuse_after: int
    ) -> tuple[agreement.Flow | None, dict[int, bytes]]:
        """The flows up to the last member, and the scalars that they made; no flow if it was given up."""
        scalars: dict[int, bytes] = {}
        flow = agreement.Flow((), self.group.base, b"")
        newcomers = list(order)
        if base is not None:
            kept = dict(zip(base.members, base.down, strict=True))
            old = [node for node in order if node in kept and self.members[node].view == base]
            controller, newcomers = old[-1], [node for node in order if node not in old]
            entries = [kept[node] for node in old]
            flow = agreement.start(
                self.group, entries, len(old) - 1, self.members[controller].scalar, self.draw("refresh")
            )
            scalars[controller] = flow.x
        for hop, node in enumerate(newcomers):
            if hop or base is not None:
                check_flow(self.group, flow.entries, flow.total)
                self.wire |= {*flow.entries, flow.total}
            if hop >= refuse_after:
                return None, scalars
            flow = agreement.extend(self.group, flow.entries, flow.total, self.draw("contribution"))
            scalars[node] = flow.x
        return flow, scalars


def check_secrecy(world: World) -> None:
    """No epoch's key on the wire, nor one step from it for whoever was not a member of it."""
    outside: dict[bytes, set[bytes]] = {}
    for node, scalars in world.scalars.items():
        for x in scalars:
            outside[x] = set(world.group.raise_all(world.wire | {world.group.base}, x))
            assert len(x) == 32, f"member {node} holds more than one scalar"
    for epoch in world.epochs:
        assert epoch.key not in world.wire, "the raw key of an epoch was sent"
        for node, scalars in world.scalars.items():
            if node not in epoch.members:
                assert not any(epoch.key in outside[x] for x in scalars), "an outsider can open an epoch"


nodes = st.sets(st.integers(0, 5), min_size=1, max_size=5)
histories = st.lists(st.tuples(nodes, st.integers(0, 9), nodes, st.booleans()), min_size=1, max_size=6)


@both
@given(history=histories, seed=st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None)
def test_history_ends_in_two_keys_or_in_a_key_on_the_wire(
    group: Suite, history: list[tuple[set[int], int, set[int], bool]], seed: bytes
) -> None:
    world = World(group, Draws(seed))

    for wanted, refuse_after, some, by_all in history:
        world.run(wanted, refuse_after, wanted if by_all else some)

    check_secrecy(world)
    for node, member in world.members.items():
        if member.view is not None:
            entry = member.view.down[member.view.members.index(node)]
            key = agreement.key(group, entry, member.scalar)
            assert Epoch(frozenset(member.view.members), key) in world.epochs


@both
@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_everyone_is_a_newcomer_and_keys_differ(group: Suite, count: int) -> None:
    world = World(group, Draws(bytes(32)))

    world.run(set(range(count)), 99, set(range(count)))

    assert len(world.epochs) == 1
    check_secrecy(world)


@both
def test_run_of_one_sends_its_total(group: Suite) -> None:
    flow = agreement.extend(group, (), group.base, group.scalar_from_draw(bytes(range(group.contribution))))

    assert flow.entries == (group.base,)
    assert agreement.key(group, flow.entries[0], flow.x) == flow.total


@both
def test_removed_member_opens_the_next_epoch(group: Suite) -> None:
    world = World(group, Draws(bytes(32)))
    world.run({0, 1, 2}, 99, {0, 1, 2})
    removed = world.members[2]

    world.run({0, 1}, 99, {0, 1})

    assert world.epochs[1].key not in group.raise_all(world.wire, removed.scalar)
    check_secrecy(world)


@both
def test_refresh_leaves_the_key_or_the_order_as_it_was(group: Suite) -> None:
    world = World(group, Draws(bytes(32)))
    world.run({0, 1, 2}, 99, {0, 1, 2})
    before = world.members[0].view

    world.run({0, 1, 2}, 99, {0, 1, 2})

    after = world.members[0].view
    assert before is not None
    assert after is not None
    assert after.members == (1, 2, 0)
    assert world.epochs[0].key != world.epochs[1].key
    # Only the controller's entry may stay, because only its scalar changed.
    assert after.down[2] == before.down[0]
    assert not set(after.down[:2]) & set(before.down)


@both
def test_run_given_up_twice_draws_the_same_refresh(group: Suite) -> None:
    world = World(group, Draws(bytes(32)))
    world.run({0, 1}, 99, {0, 1})
    seen = set(world.wire)

    world.run({0, 1, 2}, 0, set())
    once = world.wire - seen
    world.run({0, 1, 2}, 0, set())
    twice = world.wire - seen - once

    # Of three elements, only the controller's own entry is the same in both.
    assert len(once) == 2
    assert len(twice) == 2
    assert world.members[1].scalar in world.scalars[1]


@both
def test_controller_is_not_among_the_entries(group: Suite) -> None:
    x = group.scalar_from_draw(bytes(group.contribution))

    with pytest.raises(LocalError, match="own entry"):
        agreement.start(group, [group.base], 1, x, x)


def test_twist_element_ends_in_one_key_instead_of_an_abort() -> None:
    group = suite(1)
    twist = (2).to_bytes(32, "little")  # 2^3 + 486662 * 2^2 + 2 is no square: the point is on the twist
    assert pow(2**3 + 486662 * 4 + 2, (group.prime - 1) // 2, group.prime) == group.prime - 1
    check_flow(group, [twist])
    x, y = (group.scalar_from_draw(bytes([n]) * 32) for n in (1, 2))

    flow = agreement.start(group, [twist, raise_(group, twist, x)], 1, x, y)

    assert agreement.key(group, flow.entries[1], flow.x) != agreement.key(group, flow.entries[0], x)
