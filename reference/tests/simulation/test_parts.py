"""The parts of the simulator one by one: clocks, chance, paths, knobs and the shrinking of plans."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from coterie import registry
from coterie.crypto import signature
from coterie.simulation import Plan, Step, draw, shrink
from coterie.simulation.chance import Draws, stream
from coterie.simulation.clocks import Clock
from coterie.simulation.knobs import turned
from coterie.simulation.memory import remembering
from coterie.simulation.network import Network, Spell, Terrain
from coterie.simulation.spells import DAMAGES, FATES
from coterie.simulation.weather import SCOPES

DATA = bytes.fromhex("c07e01") + bytes([registry.frame_type("DATA").code]) + bytes(60)
NACK = DATA[:3] + bytes([registry.frame_type("NACK").code]) + bytes(60)


def everywhere(_source: int, _target: int) -> bool:
    return True


def network(kind: str, **amounts: Any) -> Network:
    made = Network(1, Terrain(10, 0))
    made.lay(Spell(0, "F-00", FATES[kind], amounts), everywhere)
    return made


@pytest.mark.parametrize("drift", [-200, 0, 200])
def test_timer_went_off_before_its_clock_showed_the_time(drift: int) -> None:
    clock = Clock(mono=977, wall=5, drift=drift)

    for mono in range(90_000, 90_100):
        at = clock.when(mono)
        assert clock.read(at).mono_ms >= mono
        assert clock.read(at - 1).mono_ms < mono


def test_wall_clock_that_was_set_took_the_monotonic_one_along() -> None:
    clock = Clock(mono=0, wall=10_000)
    before = clock.read(500)

    clock.step(-3_000)

    assert clock.read(500).mono_ms == before.mono_ms
    assert clock.read(500).wall_ms == before.wall_ms - 3_000


def test_one_stream_took_numbers_from_another() -> None:
    first, second = stream(7, "a"), stream(7, "b")
    alone = [stream(7, "a").random() for _ in range(1)]

    second.random()

    assert [first.random()] == alone
    assert stream(8, "a").random() != alone[0]


def test_broken_generator_was_not_broken() -> None:
    draws = Draws(stream(1, "draws"))
    assert draws("x", b"", 32) != draws("x", b"", 32)

    draws.stick()
    assert draws("x", b"", 48) == draws("y", b"z", 48)

    draws.mend()
    assert draws("x", b"", 32) != draws("x", b"", 32)


def test_path_lost_more_or_less_than_its_spell_says() -> None:
    rough = network("loss", percent=30)
    arrived = sum(len(rough.carry(at, 0, 1, DATA).copies) for at in range(3000))

    assert 0.65 < arrived / 3000 < 0.75
    assert rough.lost == rough.data_lost == 3000 - arrived


def test_burst_was_no_burst() -> None:
    rough = network("burst", good=200, bad=200)
    lost = [not rough.carry(at, 0, 1, DATA).copies for at in range(4000)]
    changes = sum(one != other for one, other in pairwise(lost))

    assert 800 < sum(lost) < 3200
    assert changes < 100


def test_loss_of_nacks_took_data_too() -> None:
    rough = network("named", percent=100, names=("NACK",))

    assert rough.carry(0, 0, 1, DATA).copies
    assert not rough.carry(0, 0, 1, NACK).copies


def test_last_of_a_burst_arrived() -> None:
    rough = network("tail", gap=5)
    flights = [rough.carry(at, 0, 1, DATA + bytes([at])) for at in (0, 1, 2, 50)]

    arrived = [octets[-1] for flight in flights for _, octets in flight.copies]

    assert arrived == [0, 1]


def test_late_copy_came_after_the_end_of_everything() -> None:
    rough = network("duplicate", percent=100, late=60_000)
    flights = [rough.carry(0, 0, 1, DATA) for _ in range(200)]

    assert all(len(flight.copies) == 2 for flight in flights)
    assert max(delay for flight in flights for delay, _ in flight.copies) <= 70_000


def test_clogged_path_let_something_through_before_its_end() -> None:
    rough = network("clog", **{"from": 0, "to": 1000})
    arrivals = [(at, at + rough.carry(at, 0, 1, DATA).copies[0][0]) for at in range(1000)]
    late = [arrival for at, arrival in arrivals if arrival - at > 10]

    assert late
    assert min(late) >= 500 + 10


def test_damage_left_the_datagram_as_it_was() -> None:
    chance = stream(3, "damage")

    assert all(
        damage(chance, DATA + b"rest" * 9) != DATA + b"rest" * 9 for damage in DAMAGES for _ in range(5)
    )


SCOPED: Mapping[str, tuple[Step, set[tuple[int, int]]]] = {
    "partition": (
        Step(0, "partition", 0, 1, (), {"groups": ((0, 1), (2,), (3,))}),
        {(source, target) for source in range(4) for target in range(4) if source != target}
        - {(0, 1), (1, 0)},
    ),
    "isolate": (Step(0, "isolate", 0, 1, (1,)), {(1, 0), (1, 2), (1, 3), (0, 1), (2, 1), (3, 1)}),
    "deaf": (Step(0, "one-way", 0, 1, (1,), {"deaf": True}), {(0, 1), (2, 1), (3, 1)}),
    "mute": (Step(0, "one-way", 0, 1, (1,), {"deaf": False}), {(1, 0), (1, 2), (1, 3)}),
    "hub": (Step(0, "hub", 0, 1, (1,)), {(0, 2), (2, 0), (0, 3), (3, 0), (2, 3), (3, 2)}),
    "ring": (Step(0, "ring", 0, 1, (2, 0, 3, 1)), {(2, 3), (3, 2), (0, 1), (1, 0)}),
}


@pytest.mark.parametrize("name", sorted(SCOPED))
def test_cut_ran_somewhere_else(name: str) -> None:
    step, expected = SCOPED[name]
    touches = SCOPES[step.kind](step)

    pairs = [(source, target) for source in range(4) for target in range(4) if source != target]

    assert {pair for pair in pairs if touches(*pair)} == expected


def test_lifted_spell_still_worked_on_a_path() -> None:
    rough = network("cut")
    assert not rough.carry(0, 0, 1, DATA).copies

    rough.lift(0)

    assert rough.carry(0, 0, 1, DATA).copies
    assert rough.carry(0, 1, 0, DATA).copies


def test_knob_stayed_turned() -> None:
    usual = registry.timer("suspect")

    with turned({"timer.suspect": 77, "limit.repairs": 3}):
        assert registry.timer("suspect") == 77
        assert registry.limit("repairs") == 3
        assert registry.limit("nack-ranges") == 16

    assert registry.timer("suspect") == usual


def test_memory_of_signatures_outlived_the_run() -> None:
    usual = signature.holds

    with remembering():
        assert signature.holds is not usual

    assert signature.holds is usual


def test_plan_depended_on_more_than_its_seed() -> None:
    assert draw(5) == draw(5)
    assert draw(5) != draw(6)
    assert len(draw(5, 9).traits) == 9


def test_shrinking_lost_a_step_that_matters() -> None:
    plan = draw(5)
    steps = tuple(Step(number, "loss", 0, 1) for number in range(20))
    plan = Plan(
        plan.seed, plan.traits, plan.joins, plan.terrain, plan.knobs, plan.suites, 1200, False, steps, 9
    )

    small = shrink(plan, lambda tried: {3, 11, 12} <= {step.number for step in tried.steps})

    assert [step.number for step in small.steps] == [3, 11, 12]


def test_shrinking_kept_steps_that_do_not_matter() -> None:
    assert shrink(draw(5), lambda _: True).steps == ()
