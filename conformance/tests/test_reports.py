"""Reports: what a peer says cannot leave its place in them, and the same run gives the same octets."""

import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lxml import etree
from rich.console import Console

from coterie_kit import data, strict
from coterie_kit.peer import Declared
from coterie_kit.report import html, junit, markdown
from coterie_kit.report.ladder import ladder
from coterie_kit.results import Results, from_json
from coterie_kit.terminal import Terminal
from coterie_kit.verdict import Check, Outcome, Verdict

EVIL = (
    "\x1b[2J\x1b]0;t\x07</td><script>alert(1)</script>\r\n::set-output name=a::b\n`x` | # PASS =1+1 \u202e&"
)
FRAME = "c07e0101" + "00" * 124


def outcome(verdict: Verdict, number: int) -> Outcome:
    send = {"effect": "send", "to": EVIL, "bytes": FRAME}
    trace: list[dict[str, Any]] = [
        {"command": {"cmd": "reset"}, "reply": {"status": "ok", "effects": []}},
        {
            "command": {"cmd": "deliver", "from": "192.0.2.2:1", "bytes": FRAME},
            "reply": {"status": "error", "reason": EVIL, "effects": [send]},
        },
    ]  # fmt: skip
    checks = [Check("reason", Verdict.FAIL, ("REQ-FRM-3",), EVIL, "error bad-magic", EVIL)]
    return Outcome(
        f"frames.ping.case-{number}", ("REQ-FRM-3",), "PING", f"o-{number}", "member", 1, False, verdict,
        EVIL, checks if verdict is Verdict.FAIL else [], [EVIL], {"192.0.2.2:1": "puppet"}, trace,
        f"--case frames.ping.case-{number} --seed 7",
    )  # fmt: skip


def results() -> Results:
    hello = Declared(EVIL, EVIL, 1, "00", ("member",), (1,), (1,), "D3")
    outcomes = [outcome(verdict, number) for number, verdict in enumerate(Verdict)]
    return Results(f"cmd:{EVIL}", hello, 7, outcomes, len(outcomes), "ab" * 32, "unsandboxed", EVIL)


def test_peer_moves_the_cursor_or_begins_a_line_of_the_log() -> None:
    file = io.StringIO()
    terminal = Terminal(EVIL, Console(file=file, highlight=False, markup=False, soft_wrap=True))
    found = results()

    terminal.begin(7, "unsandboxed")
    for number, one in enumerate(found.outcomes, start=1):
        terminal.case(one, number, len(found.outcomes))
    terminal.end(found)

    text = file.getvalue()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not re.search(r"^(::|PASS|`|=|#|\s*</)", text, re.MULTILINE)
    assert text.rstrip().endswith(found.conclusion)


class Tags(HTMLParser):
    """What a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.links += [
            value or "" for name, value in attrs if name in {"href", "src", "srcset", "data", "action"}
        ]


def test_peer_writes_into_the_page() -> None:
    text = html.page(results())
    tags = Tags()
    tags.feed(text)

    assert "<script>alert" not in text
    assert "\x1b" not in text
    assert tags.scripts == 1
    assert "alert(1)" in text  # it is told, and escaped


def test_page_loads_something_from_elsewhere() -> None:
    text = html.page(results())
    tags = Tags()
    tags.feed(text)

    assert all(link.startswith("#") for link in tags.links)
    assert "default-src &#39;none&#39;" in text
    assert not re.search(r"url\(|@import|https?://", text)


def test_junit_file_is_not_what_its_readers_want() -> None:
    root = etree.fromstring(junit.page(results()).encode("utf-8"))

    cases = root.findall("testsuite/testcase")
    assert root.tag == "testsuites"
    assert all(case.get("name") and case.get("classname") and case.get("time") for case in cases)
    assert int(root.get("tests", "0")) == len(cases) == len(Verdict)
    assert int(root.get("failures", "0")) == len(root.findall(".//failure")) == 1
    assert int(root.get("errors", "0")) == len(root.findall(".//error")) == 3
    assert int(root.get("skipped", "0")) == len(root.findall(".//skipped")) == 2


def test_peer_writes_into_the_summary() -> None:
    text = markdown.page(results())

    assert "\x1b" not in text
    assert "<script>" not in re.sub(r"`[^`]*`", "", text)
    assert not re.search(r"^(::|#+ PASS)", text, re.MULTILINE)


def test_results_are_not_what_their_schema_says() -> None:
    schema = json.loads(data.read_text("schemas/results.schema.json"))
    Draft202012Validator.check_schema(schema)

    errors = [error.message for error in Draft202012Validator(schema).iter_errors(results().to_json())]

    assert errors == []


def test_pages_of_stored_results_differ_from_those_of_the_run() -> None:
    first = results()
    second = from_json(strict.parse(first.octets()))

    assert second.octets() == first.octets()
    for page in (html.page, junit.page, markdown.page):
        assert page(second) == page(first)


def test_ladder_misses_who_sent_what() -> None:
    picture = ladder(outcome(Verdict.FAIL, 1).trace, {"192.0.2.2:1": "puppet"})

    assert picture is not None
    assert [title for _, title in picture.lanes][:2] == ["peer under test", "puppet · 192.0.2.2:1"]
    assert [(row.start, row.end) for row in picture.rows] == [(0, 0), (1, 0), (0, 2)]
    assert picture.rows[2].label == "HELLO1"


@pytest.mark.parametrize(
    "trace",
    [
        [],
        [{"command": {"cmd": "do", "action": "name.peer"}, "reply": {"status": "ok"}}],
        [{"left_out": 3}],
        [{"command": {"cmd": "do", "action": "ping"}, "fault": "gone"}],
    ],
)
def test_ladder_without_a_frame_is_drawn(trace: list[dict[str, Any]]) -> None:
    assert ladder(trace, {}) is None


def test_ladder_of_sixty_four_members_is_too_wide_to_read() -> None:
    trace = [
        {"command": {"cmd": "deliver", "from": f"192.0.2.{number}:1", "bytes": FRAME}, "reply": {}}
        for number in range(2, 66)
    ]

    picture = ladder(trace, {})

    assert picture is not None
    assert len(picture.lanes) == 9
    assert picture.lanes[-1][1] == "57 others"
    assert {row.start for row in picture.rows} == set(range(1, 9))
