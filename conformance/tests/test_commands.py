"""The commands from outside: exit status, last line, and sentences for whoever uses them wrongly."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.tests.warm import Warm

ROOT = Path(__file__).resolve().parents[2]
LIARS = ROOT / "conformance" / "adapters" / "liars"
REFERENCE = f"cmd:{sys.executable} -m coterie harness"
FEW = "vector.names or frames.ping.header"

Done = subprocess.CompletedProcess[str]
Kit = Callable[..., Done]


@pytest.fixture(scope="module")
def kit() -> Iterator[Kit]:
    """A command of the kit, from a process that has imported it already."""
    warm = Warm()
    yield warm.kit
    warm.close()


def started(*words: str, cwd: Path | None = None) -> Done:
    """The same, started anew: what whoever types the command waits for."""
    return subprocess.run(
        [sys.executable, "-m", "coterie_kit.cli", *words],
        capture_output=True, text=True, check=False, timeout=120, cwd=cwd,
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["tset"],
        ["test"],
        ["test", "--peer", "udp:127.0.0.1:4000"],
        ["test", "--peer", "cmd:"],
        ["test", "--peer", "cmd:'"],
        ["test", "--peer", "cmd:no-such-command"],
        ["test", "--peer", "tcp:192.0.2.1:4000"],
        ["test", "--peer", "tcp:127.0.0.1:0"],
        ["test", "--peer", "cmd:true", "--deadline", "0"],
        ["test", "--peer", "cmd:true", "--deadline", "nan"],
        ["test", "--peer", "cmd:true", "--seed", "-1"],
        ["selftest", "--workers", "0"],
        ["test", "--peer", "cmd:true", "--baseline", "no-such-file"],
        ["test", "--peer", "cmd:true", "-k", "(("],
        ["test", "--peer", "cmd:true", "--case", "no.such.case"],
        ["report", "no-such-file"],
        ["ledger", "--matrix", "no-such-file"],
        ["selftest", "--harness", "no-such-command"],
    ],
)
def test_wrong_use_ends_in_a_traceback(words: list[str], tmp_path: Path, kit: Kit) -> None:
    done = kit(*words, cwd=tmp_path)

    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 1


@pytest.mark.parametrize("peer", ["cmd:true", "cmd:cat", "tcp:127.0.0.1:1"])
def test_adapter_that_does_not_introduce_itself_is_judged(peer: str, kit: Kit) -> None:
    done = kit("test", "--peer", peer, "-k", FEW)

    assert done.returncode == 5
    assert "introduce" in done.stderr


def test_kit_that_broke_on_the_way_calls_the_rest_conformant() -> None:
    words = ["test", "--peer", REFERENCE, "-k", FEW, "--jobs", "1"]
    script = f"""
from coterie_kit import cli, engine, faults

def judge(*_):
    raise faults.KitError("it broke")

engine.Run.judge = judge
raise SystemExit(cli.main({words!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 5
    assert done.stderr == "coterie-kit: it broke\n"
    assert "conformant" not in done.stdout


def test_nothing_was_selected_and_the_run_is_fine(kit: Kit) -> None:
    done = kit("test", "--peer", REFERENCE, "-k", "nothing-is-called-this")

    assert done.returncode == 2
    assert done.stdout.splitlines()[-1].startswith("nothing was judged")


@pytest.mark.parametrize("liar", ["yes_man", "no_man", "echo", "constant", "skip_all", "hanging", "crashing"])
def test_liar_gets_through(liar: str, kit: Kit) -> None:
    done = kit("test", "--peer", f"cmd:{sys.executable} {LIARS / liar}.py", "-k", FEW, "--deadline", "0.5")

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("not conformant")


def test_second_run_of_a_seed_differs_from_the_first(tmp_path: Path, kit: Kit) -> None:
    for name, jobs in (("one", "1"), ("two", "2")):
        done = kit(
            "test", "--peer", REFERENCE, "--seed", "11", "-k", FEW, "--trace", "--jobs", jobs,
            "--json", str(tmp_path / name), "--html", str(tmp_path / f"{name}.html"),
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_last_line_of_a_part_claims_the_whole(kit: Kit) -> None:
    done = kit("test", "--peer", REFERENCE, "-k", "vector.names")

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("conformant as far as asked: member tier 0")


def test_command_that_repeats_a_failure_does_not_repeat_it(tmp_path: Path, kit: Kit) -> None:
    peer = f"cmd:{sys.executable} {LIARS / 'yes_man.py'}"
    path = tmp_path / "results.json"
    kit("test", "--peer", peer, "-k", "vector.names", "--seed", "5", "--json", str(path))
    failed = next(
        row for row in json.loads(path.read_text(encoding="utf-8"))["cases"] if row["verdict"] == "fail"
    )

    again = kit("test", "--peer", peer, *failed["repeat"].split())

    assert again.returncode == 1
    assert failed["slug"] in again.stdout
    assert "1 asked: 1 fail" in again.stdout


def test_expected_failures_cannot_be_written_and_read_back(tmp_path: Path, kit: Kit) -> None:
    peer, path = f"cmd:{sys.executable} {LIARS / 'yes_man.py'}", str(tmp_path / "baseline.toml")
    first = kit("test", "--peer", peer, "-k", "vector.names", "--write-baseline", path)
    second = kit("test", "--peer", peer, "-k", "vector.names", "--baseline", path)
    third = kit("test", "--peer", REFERENCE, "-k", "vector.names", "--baseline", path)

    assert (first.returncode, second.returncode, third.returncode) == (1, 0, 3)
    assert second.stdout.splitlines()[-1].startswith("not conformant, as the baseline expects")


def test_pages_of_stored_results_cannot_be_made(tmp_path: Path, kit: Kit) -> None:
    path = tmp_path / "results.json"
    kit("test", "--peer", REFERENCE, "-k", "vector.names", "--json", str(path))

    done = kit("report", str(path), "--html", str(tmp_path / "page.html"), "--junit", str(tmp_path / "j.xml"))

    assert done.returncode == 0
    assert "<!DOCTYPE html>" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("liar", ["yes_man", "constant"])
def test_broken_adapter_is_called_sound(liar: str, kit: Kit) -> None:
    done = kit("adapter", "check", "--peer", f"cmd:{sys.executable} {LIARS / liar}.py")

    assert done.returncode == 5
    assert "broken" in done.stdout


def test_sound_adapter_is_called_broken(kit: Kit) -> None:
    done = kit("adapter", "check", "--peer", REFERENCE, "--seed", "3")

    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "the adapter is sound"


def test_help_costs_more_than_a_moment() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = started("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert done.returncode == 0
    assert "exit status" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


@pytest.mark.parametrize("command", ["test", "vectors", "adapter", "report", "ledger", "selftest"])
def test_command_does_not_explain_itself(command: str, kit: Kit) -> None:
    assert kit(command, "--help").returncode == 0


@pytest.mark.parametrize("words", [[], ["tset"], ["test", "--peer", "udp:127.0.0.1:4000"]])
def test_command_that_is_started_says_what_one_from_a_warm_process_does_not(
    words: list[str], kit: Kit, tmp_path: Path
) -> None:
    cold, warm = started(*words, cwd=tmp_path), kit(*words, cwd=tmp_path)

    assert (cold.returncode, cold.stderr) == (4, warm.stderr)
    assert cold.stdout.split() == warm.stdout.split()


@pytest.mark.parametrize("package", ["pytest", "rich", "jinja2"])
def test_kit_without_its_extra_says_nothing_of_use(package: str) -> None:
    hidden = (
        f"import sys; sys.modules[{package!r}] = None; from coterie_kit.cli import main; sys.exit(main())"
    )
    words = ["test", "--peer", "cmd:true", "-k", "nothing"]
    done = subprocess.run(
        [sys.executable, "-c", hidden, *words], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 4
    assert done.stderr == (
        "coterie-kit: this command needs the kit's packages: install them with pip install 'coterie[kit]'\n"
    )
