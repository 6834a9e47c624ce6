"""``coterie-kit test``: judges a peer by the vectors and the suite."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coterie_kit.faults import KitError, UsageError

MOST_SEED = 1 << 32
LONGEST_DEADLINE = 3600


def register(subparsers: Any) -> None:
    """The arguments of the command."""
    parser = subparsers.add_parser("test", help="judge a peer by the whole suite")
    add_peer_arguments(parser)
    parser.add_argument(
        "--case", action="append", default=[], metavar="SLUG", help="only this case; repeatable"
    )
    parser.add_argument(
        "-k", dest="words", metavar="WORDS", help="only cases whose slug matches, as in pytest"
    )
    parser.add_argument("--shuffle", action="store_true", help="ask the cases in an order of the seed")
    add_report_arguments(parser)
    parser.set_defaults(run=run)


def add_peer_arguments(parser: argparse.ArgumentParser) -> None:
    """How the peer is reached, and what the run depends on."""
    parser.add_argument(
        "--peer", required=True, metavar="PEER",
        help="cmd:<command line>, tcp:<host>:<port>, or attach:<host>:<port> (waits, without deadlines)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, help="repeat the run of this seed; default: a new one")
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="peers that are started beside each other (2)"
    )
    parser.add_argument("--deadline", type=float, default=5.0, metavar="SECONDS", help="for one answer (5)")


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the results go."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a summary in Markdown")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained page")
    parser.add_argument("--trace", action="store_true", help="keep what was said in cases that passed, too")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="failures that are expected")
    parser.add_argument("--write-baseline", type=Path, metavar="FILE", help="expect the failures of this run")
    parser.add_argument("--quiet", action="store_true", help="no line for what passed")


def run(arguments: argparse.Namespace) -> int:
    """Judges, prints, writes; the exit status of the run."""
    return judge_and_report(arguments, only=arguments.case, words=arguments.words)


def judge_and_report(
    arguments: argparse.Namespace,
    *,
    only: Iterable[str] = (),
    words: str | None = None,
    suite: bool = True,
) -> int:
    """The part that ``test`` and ``vectors run`` share."""
    from coterie_kit import baseline, reaper, vectors
    from coterie_kit.connect import connect
    from coterie_kit.engine import WORTH_TELLING, Run, Settings
    from coterie_kit.plugin import SUITE, Judging
    from coterie_kit.report import html as _html  # noqa: F401 - what is missing is told before the run
    from coterie_kit.results import Results
    from coterie_kit.terminal import Terminal
    from coterie_kit.verdict import Verdict

    if not 0 < arguments.deadline <= LONGEST_DEADLINE:
        raise UsageError(f"a deadline is more than 0 and at most {LONGEST_DEADLINE} seconds")
    if arguments.seed is not None and arguments.seed < 0:
        raise UsageError("a seed is not negative")
    _readable(words)
    expected = baseline.read(arguments.baseline) if arguments.baseline else None
    seed = secrets.randbelow(MOST_SEED) if arguments.seed is None else arguments.seed
    traced = frozenset(Verdict) if arguments.trace else WORTH_TELLING
    settings = Settings(seed, arguments.deadline, traced)
    adopts = reaper.become_sub_reaper()
    terminal = Terminal(arguments.peer, quiet=arguments.quiet)
    judging = Judging(
        lambda: Run(connect(arguments.peer, deadline=arguments.deadline, adopt=adopts), settings),
        only=only, listener=terminal.case, shuffle=getattr(arguments, "shuffle", False),
        pairs=arguments.jobs if arguments.peer.startswith("cmd:") else 1,
    )  # fmt: skip
    confinement = judging.run.peer.link.confinement
    terminal.begin(seed, confinement)
    folders = sorted({path.parent for path in vectors.files()})
    under_pytest(judging, [*folders, *([SUITE] if suite else [])], words)
    _all_were_found(judging, only)
    results = Results(
        arguments.peer, judging.hello, seed, judging.outcomes, judging.available,
        vectors.digest_of_all(map(vectors.load, vectors.files())), confinement, judging.end_fault,
    )  # fmt: skip
    if expected is not None:
        results.stale = baseline.apply(expected, results.outcomes, whole=not only and not words)
    write(results, arguments)
    terminal.end(results)
    return results.exit


def under_pytest(judging: Any, folders: list[Path], words: str | None) -> None:
    """Collects and runs the cases through pytest, shut off from the configuration of whoever calls."""
    import pytest

    from coterie_kit.plugin import AtOnce

    options = [
        "-c", os.devnull, "--rootdir", str(Path(__file__).parents[1]), "--disable-plugin-autoload",
        "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "-p", "no:warnings",
        "-p", "no:faulthandler", "-p", "no:unraisableexception", "-p", "no:threadexception",
        "--capture=no", "--noconftest", "--import-mode=importlib",
    ]  # fmt: skip
    options += ["-k", words] if words else []
    ambient = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        status = pytest.main([*options, *map(str, folders)], plugins=[judging, AtOnce()]) if folders else 5
    finally:
        if ambient is not None:
            os.environ["PYTEST_ADDOPTS"] = ambient
    if judging.fault is not None:
        raise judging.fault
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if status == pytest.ExitCode.USAGE_ERROR:
        raise UsageError(f"cannot select cases by {words!r}")
    if status == pytest.ExitCode.INTERNAL_ERROR:
        raise KitError("the runner of the cases failed")


def _readable(words: str | None) -> None:
    """UsageError when pytest cannot read ``words`` as a selection."""
    from _pytest.mark.expression import Expression

    try:
        Expression.compile(words or "all")
    except SyntaxError as error:
        raise UsageError(f"cannot select cases by {words!r}: {error.msg}") from None


def _all_were_found(judging: Any, only: Iterable[str]) -> None:
    missing = sorted(set(only) - {outcome.slug for outcome in judging.outcomes})
    if missing:
        raise UsageError(
            f"there is no case {missing[0]!r}: 'coterie-kit vectors list' and --json show the slugs"
        )


def write(results: Any, arguments: argparse.Namespace) -> None:
    """Writes the reports that were asked for."""
    from coterie_kit import baseline
    from coterie_kit.report import html, junit, markdown

    outputs = (
        (arguments.json, results.octets),
        (arguments.junit, lambda: junit.page(results)),
        (arguments.markdown, lambda: markdown.page(results)),
        (arguments.html, lambda: html.page(results)),
        (arguments.write_baseline, lambda: baseline.text(results.outcomes)),
    )
    for path, content in outputs:
        if path is None:
            continue
        made = content()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8"))
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
