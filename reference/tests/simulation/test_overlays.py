"""Overlays without views under the simulator: what every node may count on, whoever lies, goes or moves."""

from __future__ import annotations

import pytest

from coterie.simulation.overlays import FAULTS, SCENES, Outcome, Plan, play
from coterie.simulation.overlays.ledger import Ask, Entry, Statement, verdict
from coterie.simulation.overlays.node import Node
from coterie.values import checks, choosing
from coterie.values.envelope import Checked


def test_same_seed_of_an_overlay_went_another_way() -> None:
    plan = Plan("agree", 3, nodes=10, loss=20, values=1, asks=2)

    assert play(plan).digest == play(plan).digest


def test_fault_of_overlays_is_in_no_scene() -> None:
    met = {fault for faults in FAULTS.values() for fault in faults}

    assert met >= {"F-25", "F-33"}
    assert FAULTS.keys() <= SCENES.keys()


@pytest.mark.parametrize("seed", range(2))
def test_published_value_was_not_found_by_everybody(seed: int) -> None:
    outcome = play(Plan("agree", seed, nodes=16, loss=10, values=1))

    assert outcome.faults == []
    assert outcome.figures["found"] >= 16


def test_large_overlay_made_lookups_long_or_one_node_hold_most() -> None:
    outcome = play(Plan("spread", 0, nodes=30, values=30, asks=1))

    assert outcome.faults == []
    assert outcome.figures["closest found"] == 1
    assert outcome.figures["mean held"] == 8


def test_value_that_was_renewed_was_lost_with_those_who_held_it() -> None:
    outcome = play(Plan("churn", 0, nodes=16, values=4, asks=2, lifetime=300))

    assert outcome.faults == []
    assert outcome.figures["killed"] >= 10
    assert outcome.figures["vanished"] == 1


def test_liars_hid_or_changed_a_value_f33() -> None:
    outcome = play(Plan("lies", 0, nodes=24, liars=30, values=4, asks=2))

    assert outcome.faults == []


def test_everybody_close_to_a_value_lied_and_was_believed_f33() -> None:
    outcome = play(Plan("poison", 0, nodes=30, values=3, asks=2, lifetime=300))

    assert outcome.faults == []


def test_peer_that_moved_published_to_nobody_or_flooded_somebody_f25() -> None:
    outcome = play(Plan("move", 0, nodes=12, values=2, asks=3))

    assert outcome.faults == []
    assert 0 < outcome.figures["sent before proof"] <= 1


def forged_among_liars() -> Outcome:
    return play(Plan("lies", 0, nodes=12, liars=50, guile="forged", values=3, asks=3))


def test_judge_took_forgeries_for_what_was_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "check_signature", lambda *_: None)

    outcome = forged_among_liars()

    assert outcome.figures["forged"] > 0
    assert any("forged" in fault for fault in outcome.faults)


def test_judge_took_the_oldest_value_for_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    def oldest(rivals: list[Checked]) -> Checked:
        return min(rivals, key=lambda each: (bool(each.is_tombstone), each.envelope.sequence))

    monkeypatch.setattr(choosing, "newest", oldest)

    outcome = play(Plan("lies", 0, nodes=16, liars=30, guile="stale", values=3, asks=2))

    assert outcome.figures["stale"] > 0
    assert outcome.figures["resurrected"] > 0


def entry_of(*said: Statement) -> Entry:
    return Entry(b"group", Node(0, 0), 100, list(said))


FIRST = Statement(b"first", 1_000, 2_000)
SECOND = Statement(b"second", 50_000, 51_000)
NOTHING = Statement(b"", 50_000, 51_000)


@pytest.mark.parametrize(
    ("entry", "ask", "value", "expected"),
    [
        (entry_of(FIRST, SECOND), (49_000, 49_500), b"first", "found"),
        (entry_of(FIRST, SECOND), (50_500, 60_000), b"first", "found"),
        (entry_of(FIRST, SECOND), (49_000, 50_500), b"second", "found"),
        (entry_of(FIRST, SECOND), (52_000, 53_000), b"second", "found"),
        (entry_of(FIRST, SECOND), (52_000, 53_000), b"first", "stale"),
        (entry_of(FIRST, NOTHING), (52_000, 53_000), b"first", "resurrected"),
        (entry_of(FIRST, SECOND), (180_000, 181_000), b"first", "expired"),
        (entry_of(FIRST), (52_000, 53_000), b"second", "forged"),
    ],
)
def test_answer_was_misjudged(entry: Entry, ask: tuple[int, int], value: bytes, expected: str) -> None:
    begun, ended = ask

    assert verdict(entry, Ask(Node(1, 0), b"group", begun, ended), value) == expected


def test_what_nobody_renews_was_looked_for_for_ever() -> None:
    entry = entry_of(FIRST)
    entry.ends = entry.last_of(2_000)

    assert verdict(entry, Ask(Node(1, 0), b"group", 200_000, 200_100), b"first") == "expired"
