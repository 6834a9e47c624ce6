"""The command as its user meets it: one line, the right exit status, never a traceback."""

import argparse
import io
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from coterie import documents
from coterie.cli import document as command
from vectors.generator import document_bases as bases

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser("coterie")
        command.register(parser.add_subparsers(required=True))
        parsed = parser.parse_args(["document", *arguments])
        status = parsed.run(parsed)
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return call


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.txt"
    path.write_bytes(bases.base("info"))
    return path


def test_good_document_was_not_called_good(run: Run, good: Path) -> None:
    assert run("validate", str(good)) == (0, "ok group-info\n", "")


def test_refused_document_ended_in_success(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(bases.value("bootstrap-port", "0")(bases.base("info")))

    status, out, _ = run("validate", str(path))

    assert status == 1
    assert out.startswith("refused bad-port (REQ-DOC-36): ")
    assert "bootstrap-port" in out
    assert out.count("\n") == 1


def test_one_bad_file_hid_the_others(run: Run, good: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"hello")

    status, out, _ = run("validate", str(bad), str(good))

    assert status == 1
    assert [line.split(": ")[1].split()[0] for line in out.splitlines()] == ["refused", "ok"]


def test_missing_file_ended_in_a_traceback(run: Run, good: Path, tmp_path: Path) -> None:
    status, out, err = run("validate", str(tmp_path / "none"), str(good))

    assert status == 4
    assert "No such file" in err
    assert "ok group-info" in out


def test_folder_ended_in_a_traceback(run: Run, tmp_path: Path) -> None:
    status, _, err = run("show", str(tmp_path))

    assert status == 4
    assert err.count("\n") == 1


def test_document_on_standard_input_was_not_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(bases.base("member"))))

    assert run("validate", "-") == (0, "ok group-member\n", "")


def test_shown_document_drove_the_terminal(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "hidden.txt"
    path.write_bytes(bases.value("actual-group-id", "611b5b33316d")(bases.base("redirect")))
    marked = tmp_path / "marked.txt"
    marked.write_bytes(bases.value("description", "a\u200fb\u00ad")(bases.base("info")))

    _, hidden, _ = run("show", str(path))
    _, shown, _ = run("show", str(marked))

    assert "\x1b" not in hidden
    assert "\u200f" not in shown
    assert "a\\u200fb\\xad" in shown


def test_name_of_a_file_drove_the_terminal(run: Run, good: Path) -> None:
    _, _, err = run("validate", str(good), "no\x1b[31m")

    assert "\x1b" not in err


def test_shown_json_is_not_that_of_the_test_interface(run: Run, good: Path) -> None:
    _, out, _ = run("show", "--json", str(good))

    assert json.loads(out) == documents.to_fields(documents.parse(bases.base("info")))


def test_uri_was_taken_for_a_file(run: Run) -> None:
    status, out, _ = run("validate", "coterie:Jolly?c=192.0.2.1:5080&d=")

    assert (status, out) == (0, "ok group-invitation\n")


WRITTEN = {
    "info": ["group-info", "--contact", "12.34.56.78:5080", "--description", "The most jolly group!"],
    "alias": ["group-id-redirect", "--to", "Jolly Café"],
    "member": ["group-member", "--peer-id", bases.DIGEST.upper(), "--name", "Ada"],
    "entry": ["group-list-entry", "--group", "Jolly Café", "--description", "The most jolly group!"],
}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_written_document_is_another(name: str, run: Run) -> None:
    status, out, _ = run("new", *WRITTEN[name])

    assert status == 0
    assert out.encode() == bases.base(name)


def test_options_of_a_group_were_lost(run: Run, tmp_path: Path) -> None:
    certificate = tmp_path / "authority.der"
    certificate.write_bytes(bytes.fromhex("3003020105"))

    status, out, _ = run(
        "new", "group-info", "--contact", "[2001:db8::17]:5080", "--contact", "192.0.2.1:65535",
        "--description", "Friends & family only", "--policy", "closed", "--authority", str(certificate),
        "--suite", "1", "--suite", "2", "--admits-receivers", "--origin-auth", "sender",
        "--multicast", "239.1.2.3:5081", "--max-datagram", "8192",
    )  # fmt: skip

    assert status == 0
    assert out.encode() == bases.base("options")


def test_written_uri_is_not_read_again(run: Run) -> None:
    arguments = [
        "--group-hex",
        "00ff",
        "--contact",
        "[::1]:1",
        "--main-group",
        "m",
        "--main-contact",
        "[::1]:2",
    ]

    _, uri, _ = run("new", "group-invitation", "--uri", *arguments)
    status, out, _ = run("show", uri.strip())

    assert status == 0
    assert "00ff" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["group-info", "--contact", "0.0.0.0:1"],
        ["group-info", "--contact", "192.0.2.1:0"],
        ["group-info", "--contact", "192.0.2.1:1", "--policy", "closed"],
        ["group-id-redirect", "--to-hex", "zz"],
        ["group-member", "--peer-id", "00"],
        ["group-list-entry", "--group", ""],
    ],
)
def test_impossible_document_was_written(arguments: list[str], run: Run) -> None:
    status, out, err = run("new", *arguments)

    assert (status, out) == (4, "")
    assert err.startswith("coterie document: ")
    assert err.count("\n") == 1


PROGRAM = (
    "import argparse, sys; from coterie.cli import document;"
    "parser = argparse.ArgumentParser(); document.register(parser.add_subparsers());"
    "arguments = parser.parse_args(sys.argv[1:]); sys.exit(arguments.run(arguments))"
)
PATH = {"PYTHONPATH": str(Path(command.__file__).parents[2])}


def test_reader_who_had_seen_enough_was_told_so(good: Path) -> None:
    line = [sys.executable, "-c", PROGRAM, "document", "validate", *[str(good)] * 1_500]

    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PATH) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(1)
        running.stdout.close()
        said = running.stderr.read()

    assert said == b""


HOSTILE = {
    "attribute-of-4-mib": b'<group_management type="group-info" a="' + b"x" * 4_194_304 + b'"/>',
    "billion-laughs": b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    "depth-200000": b"<a>" * 200_000,
    "depth-within-limit": b"<a>" * 2_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_file_took_the_processor(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(bases.HEADER + HOSTILE[name])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "document", "validate", str(path)],
        capture_output=True, check=False, env=PATH,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert done.returncode == 1
    assert done.stdout.startswith(b"refused ")
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= 0.5
