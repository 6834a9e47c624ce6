"""What a table must not claim: a figure without one order, a ratio without both sides, a silent gap."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.peers import compare, packages
from benchmarks.peers.figures import Figure, NoFigureError, Report, Work, figure, of_rounds, table
from benchmarks.peers.systems import COROSYNC, SYSTEMS
from benchmarks.peers.world import Plan

SENDING = Work(2, 100, "throughput")
ONE_IN_FLIGHT = Work(2, 100, "latency")
COLUMNS = [("coterie", "Coterie"), ("corosync", "Corosync")]


def said(member: int, **other: object) -> dict[str, object]:
    return {
        "member": member, "delivered": 4000, "seconds": 2.0, "median_us": None, "p99_us": None,
        "cpu_seconds": 1.0, "messages": 5000, "order_digest": "00ff", **other,
    }  # fmt: skip


def reports(*each: dict[str, object]) -> list[Report]:
    return [Report.read(one) for one in each]


def test_members_that_agree_make_a_figure() -> None:
    one = figure("corosync", SENDING, reports(said(0), said(1, delivered=2000)))

    assert one.rate == 1500
    assert one.cpu_us == pytest.approx(2e6 / 6000)
    assert (one.messages, one.order_digest) == (5000, "00ff")


@pytest.mark.parametrize("other", [{"order_digest": "00fe"}, {"messages": 4999}])
def test_two_orders_passed_for_one(other: dict[str, object]) -> None:
    with pytest.raises(NoFigureError, match="2 different orders"):
        figure("corosync", SENDING, reports(said(0), said(1, **other)))


def test_figure_was_made_of_fewer_members_than_the_line_says() -> None:
    with pytest.raises(NoFigureError, match="not every member"):
        figure("corosync", SENDING, reports(said(0)))
    with pytest.raises(NoFigureError, match="not every member"):
        figure("corosync", SENDING, reports(said(0), said(0)))


def test_member_that_delivered_nothing_counted() -> None:
    with pytest.raises(NoFigureError, match="member 1 delivered nothing"):
        reports(said(0), said(1, delivered=0))


def test_report_of_another_form_was_read() -> None:
    with pytest.raises(NoFigureError, match="not of the agreed form"):
        Report.read({"member": 0})
    with pytest.raises(NoFigureError, match="not of the agreed form"):
        Report.read(said(0, surprise=1))


def test_latency_hides_its_slowest_member() -> None:
    both = reports(said(0, median_us=100.0, p99_us=300.0), said(1, median_us=200.0, p99_us=900.0))

    one = figure("jgroups", ONE_IN_FLIGHT, both)

    assert (one.median_us, one.p99_us) == (150.0, 900.0)


def test_member_that_never_had_its_turn_is_left_out_of_the_latency() -> None:
    with pytest.raises(NoFigureError, match="no message of its own"):
        figure("jgroups", ONE_IN_FLIGHT, reports(said(0, median_us=1.0, p99_us=2.0), said(1)))


def test_best_round_is_shown_for_the_middle_one() -> None:
    rounds = [Figure("corosync", SENDING, rate=rate) for rate in (900.0, 100.0, 500.0)]

    assert of_rounds(rounds).rate == 500.0


def test_round_without_an_order_is_outvoted() -> None:
    rounds = [Figure("corosync", SENDING, rate=1.0), Figure("corosync", SENDING, why="failed with 2 orders")]

    assert of_rounds(rounds).why == "failed with 2 orders"


def test_ratio_is_theirs_to_ours() -> None:
    cells = {
        ("coterie", SENDING): Figure("coterie", SENDING, rate=500.0, cpu_us=30.0),
        ("corosync", SENDING): Figure("corosync", SENDING, rate=12_000.0, cpu_us=20.0),
        ("coterie", ONE_IN_FLIGHT): Figure("coterie", ONE_IN_FLIGHT, 9.0, 150.0, 1200.0),
        ("corosync", ONE_IN_FLIGHT): Figure("corosync", ONE_IN_FLIGHT, 9.0, 100.0, 200.0),
    }

    lines = table(cells, COLUMNS).splitlines()

    assert "| members | payload | Coterie | Corosync | Coterie / Corosync |" in lines
    assert "| 2 | 100 B | 500 | 12,000 | 0.04 |" in lines
    assert "| 2 | 100 B | 30.0 µs | 20.0 µs | 1.50 |" in lines
    assert "| 2 | 100 B | 150 µs (1,200) | 100 µs (200) | 1.50 |" in lines


def test_system_that_was_not_measured_leaves_no_mark() -> None:
    cells = {
        ("coterie", SENDING): Figure("coterie", SENDING, why="not measured: it is not there"),
        ("corosync", SENDING): Figure("corosync", SENDING, why="failed with 2 members, 100 B: orders"),
    }

    text = table(cells, COLUMNS)

    assert "| 2 | 100 B | not measured | failed | — |" in text
    assert "- Coterie: not measured: it is not there" in text
    assert "- Corosync: failed with 2 members, 100 B: orders" in text


def test_packages_that_cannot_be_installed_are_passed_over_in_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(packages, "there", lambda package: package == "gcc")
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    cells = compare.sweep([COROSYNC], compare.arguments(["--members", "2", "--sizes", "100"]), tmp_path)

    assert {one.work.mode for one in cells.values()} == {"throughput", "latency"}
    assert all(one.why.startswith("not measured") for one in cells.values())
    complaint = capsys.readouterr().err
    assert "*** Corosync is not measured" in complaint
    assert "apt-get install --no-install-recommends corosync libcpg-dev" in complaint


def test_tables_are_written_over_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    monkeypatch.setattr(compare, "README", page)
    page.write_text(f"before\n{compare.BEGIN}old\n{compare.END}after\n", encoding="utf-8")

    compare.record("new\n")
    compare.record("newer\n")

    assert page.read_text(encoding="utf-8") == f"before\n{compare.BEGIN}\nnewer\n\n{compare.END}after\n"


def test_page_lost_its_section() -> None:
    page = compare.README.read_text(encoding="utf-8")

    assert page.count(compare.BEGIN) == page.count(compare.END) == 1


def test_system_that_nobody_knows_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        compare.arguments(["--systems", "spread"])

    assert f"there are {', '.join(SYSTEMS)}" in capsys.readouterr().err


def test_world_does_not_get_the_plan_that_was_made() -> None:
    plan = Plan(["member"], None, 2, 100, 1.0, 2.0, "latency")

    assert Plan(**json.loads(json.dumps(asdict(plan)))) == plan
