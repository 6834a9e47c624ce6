"""JUnit XML of a run: a testcase a case, with the names that every reader of the format wants."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from coterie_kit.results import Results
from coterie_kit.terminal import repeat_command
from coterie_kit.verdict import AGAINST, Outcome, Verdict

__all__ = ["page"]

ERRORS = frozenset({Verdict.CRASH, Verdict.HANG, Verdict.KIT_ERROR})
SKIPPED = frozenset({Verdict.UNSUPPORTED, Verdict.INCONCLUSIVE})


def page(results: Results) -> str:
    """The whole file. No times: the same run gives the same octets."""
    suites = [
        _suite(f"{cls} tier {tier}", list(group), results.peer)
        for (cls, tier), group in groupby(
            sorted(results.outcomes, key=lambda o: (o.cls, o.tier)), key=lambda o: (o.cls, o.tier)
        )
    ]
    counts = _counts(results.outcomes)
    body = "\n".join(suites)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<testsuites name="coterie-kit" {counts}>\n{body}\n</testsuites>\n'


def _counts(outcomes: list[Outcome]) -> str:
    kinds = Counter(_kind(outcome) for outcome in outcomes)
    return (
        f'tests="{len(outcomes)}" failures="{kinds["failure"]}" errors="{kinds["error"]}" '
        f'skipped="{kinds["skipped"]}" time="0"'
    )


def _kind(outcome: Outcome) -> str:
    if outcome.expected_failure or outcome.verdict in SKIPPED:
        return "skipped"
    if outcome.verdict in ERRORS:
        return "error"
    return "failure" if outcome.verdict in AGAINST else "passed"


def _suite(name: str, outcomes: list[Outcome], peer: str) -> str:
    rows = "\n".join(_case(outcome, peer) for outcome in outcomes)
    return f"<testsuite name={quoteattr(name)} {_counts(outcomes)}>\n{rows}\n</testsuite>"


def _case(outcome: Outcome, peer: str) -> str:
    area, _, rest = outcome.slug.partition(".")
    head = f'<testcase classname={_attribute(area)} name={_attribute(rest)} time="0"'
    kind = _kind(outcome)
    if kind == "passed":
        return f"{head}/>"
    message = _attribute(outcome.expected_failure or outcome.why or _first(outcome))
    if kind == "skipped":
        return f"{head}><skipped message={message}/></testcase>"
    text = escape(_clean("\n".join([*_lines(outcome), f"again: {repeat_command(peer, outcome)}"])))
    return (
        f"{head}><{kind} type={_attribute(str(outcome.verdict))} message={message}>{text}</{kind}></testcase>"
    )


def _first(outcome: Outcome) -> str:
    check = outcome.failing[0] if outcome.failing else None
    return f"{check.name}: expected {check.expected}, observed {check.observed}" if check else "failed"


def _lines(outcome: Outcome) -> list[str]:
    return [
        f"check {check.name} [{' '.join(check.reqs)}] {check.field}: expected {check.expected}, "
        f"observed {check.observed}"
        for check in outcome.failing
    ]


def _clean(text: str) -> str:
    """Without what XML 1.0 cannot carry."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def _attribute(text: str) -> str:
    return quoteattr(_clean(text).replace("\n", " "))
