"""The draft agrees with its tables, and the check of that notices each way in which it could cease to."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reference.tests.house.floors import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the draft and its tools, to be damaged."""
    shutil.copytree(
        ROOT / "spec", tmp_path / "spec", ignore=shutil.ignore_patterns("rendered", "__pycache__")
    )
    (tmp_path / "vectors").symlink_to(ROOT / "vectors")
    return tmp_path


def tools(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "spec.tools", command],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def damage(checkout: Path) -> None:
        path = checkout / "spec" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return damage


def appended(name: str, text: str) -> Callable[[Path], None]:
    def damage(checkout: Path) -> None:
        with (checkout / "spec" / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return damage


DAMAGES = {
    "a limit was changed in the registry only": (
        replaced("registry.toml", "value = 1200\n", "value = 1400\n"),
        "table-limit.xml is not what its tables say",
    ),
    "a field was added to a frame only in the table": (
        replaced("frames.toml", '["cookie", 32, "bytes"]', '["cookie", 16, "bytes"]'),
        "body-retry.txt is not what its tables say",
    ),
    "the words of a requirement changed and its list did not": (
        replaced("frames.xml", "fewer than 24 octets", "fewer than 25 octets"),
        "requirements.json is not what its tables say",
    ),
    "a requirement was given the number of another": (
        replaced("frames.xml", 'anchor="REQ-FRM-2"', 'anchor="REQ-FRM-3"'),
        "REQ-FRM-3 stands twice",
    ),
    "a requirement vanished": (
        replaced("frames.xml", 'anchor="REQ-FRM-2"', 'anchor="two"'),
        "REQ-FRM-2 is missing and has no tombstone",
    ),
    "a withdrawn requirement came back": (
        appended("tombstones.toml", '[[requirement]]\nid = "REQ-FRM-2"\nreason = "none"\n'),
        "REQ-FRM-2 was withdrawn and stands again",
    ),
    "a requirement binds nobody": (
        replaced("frames.xml", "fewer than 24 octets <bcp14>MUST</bcp14>", "fewer than 24 octets must"),
        "REQ-FRM-2 has no word of BCP 14",
    ),
    "a binding word is not marked": (
        replaced("frames.xml", "A frame is the content", "A frame MUST be the content"),
        "frames.xml: MUST without <bcp14>",
    ),
    "a binding word stands where nobody can cite it": (
        replaced("frames.xml", "A frame is the content", "A frame <bcp14>MUST</bcp14> be the content"),
        "frames.xml: MUST outside a requirement",
    ),
    "the outline binds": (
        replaced("outline.xml", "read without being members", "<bcp14>MUST</bcp14> read as strangers"),
        "outline.xml: MUST in an informative chapter",
    ),
    "a chapter names a reason that does not exist": (
        replaced("frames.xml", "reason.too-short", "reason.too-small"),
        "frames.xml: reason.too-small is not in the registry",
    ),
    "a chapter calls a reason by another name": (
        replaced("frames.xml", ">too-short<", ">bad-magic<"),
        "frames.xml: reason.too-short is called 'bad-magic'",
    ),
    "a figure in the prose is not that of the registry": (
        replaced("frames.xml", "more than 1,200 octets (limit", "more than 1,300 octets (limit"),
        "frames.xml: limit.datagram is 1,200 and not 1,300",
    ),
    "a reason is defined and never used": (
        replaced("registry.toml", 'name = "too-short"', 'name = "too-small"'),
        "reason.too-small is in the registry and in no chapter",
    ),
    "something unknown is called unobservable": (
        appended("unobservable.toml", '[[requirement]]\nid = "REQ-FRM-99"\nreason = "none"\n'),
        "unobservable.toml: REQ-FRM-99 is no requirement",
    ),
}


def test_draft_contradicts_its_tables(checkout: Path) -> None:
    done = tools(checkout, "check")

    assert done.stdout == "draft: 0 faults\n"
    assert done.returncode == 0


@pytest.mark.parametrize(("damage", "fault"), DAMAGES.values(), ids=DAMAGES)
def test_damage_to_the_draft_goes_unnoticed(
    checkout: Path, damage: Callable[[Path], None], fault: str
) -> None:
    damage(checkout)

    done = tools(checkout, "check")

    assert done.returncode == 1
    assert fault in done.stdout


def test_rendering_hides_a_warning(checkout: Path) -> None:
    replaced("introduction.xml", 'target="KASSINEN"', 'target="NOBODY"')(checkout)

    done = tools(checkout, "render")

    assert done.returncode == 1
    assert "NOBODY" in done.stdout


def test_rendering_needs_the_network_or_warns(checkout: Path) -> None:
    done = tools(checkout, "render")

    assert done.returncode == 0, done.stdout
    text = (checkout / "spec/rendered/draft-coterie-group-communication-00.txt").read_text(encoding="utf-8")
    assert "FRM-13" in text
    assert "+-+-+-+" in text
