"""The command `coterie` as its user meets it: sentences, exit codes, files that only their owner reads."""

import os
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from coterie import cli
from coterie.crypto import identity, names
from coterie.errors import LocalError, RemoteError
from reference.tests.crypto import certificates as make
from reference.tests.crypto.certificates import Parts


def coterie(*arguments: object) -> int:
    return cli.main([str(each) for each in arguments])


@pytest.fixture
def peer(tmp_path: Path) -> Path:
    """A folder with a new identity."""
    assert coterie("identity", "new", "--name", "Alice", "--out", tmp_path / "peer") == 0
    return tmp_path / "peer"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A folder with a new authority."""
    assert coterie("authority", "new", "--name", "Circle", "--out", tmp_path / "authority") == 0
    return tmp_path / "authority"


def test_help_costs_as_much_as_the_work() -> None:
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "coterie", "--help"], capture_output=True, text=True, check=True
    )
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime <= 0.3
    assert all(command.name in done.stdout for command in cli.COMMANDS)


def test_help_imports_what_it_does_not_need() -> None:
    program = (
        "import sys, coterie.cli\ntry: coterie.cli.main(['--help'])\nfinally: print(sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    for library in ("cryptography", "xmlschema", "construct", "asyncio"):
        assert f"'{library}'" not in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", [command.name for command in cli.COMMANDS])
def test_command_in_the_table_cannot_be_loaded(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        coterie(name, "--help")

    assert left.value.code == 0
    assert f"coterie {name}" in capsys.readouterr().out


def test_wrong_usage_is_done_anyway(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        [],
        ["nonsense"],
        ["identity"],
        ["identity", "new"],
        ["identity", "new", "--days", "401"],
    ):
        with pytest.raises(SystemExit) as left:
            coterie(*arguments)
        assert left.value.code == cli.USAGE
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "code", "sentence"),
    [
        (LocalError("do this instead"), cli.FAILED, "do this instead"),
        (RemoteError("bad-magic", requirement="REQ-FRM-3"), cli.REFUSED, "refused: bad-magic"),
        (FileNotFoundError(2, "No such file", "a.pem"), cli.FAILED, "a.pem: No such file"),
        (KeyboardInterrupt(), cli.INTERRUPTED, "interrupted"),
        (ZeroDivisionError("of ours"), cli.BUG, "this is a bug of coterie: ZeroDivisionError: of ours"),
    ],
    ids=["caller", "remote", "system", "interrupt", "bug"],
)
def test_fault_is_shown_as_a_traceback(
    fault: BaseException,
    code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(import_module("coterie.cli.identity"), "show_leaves", fail)

    assert coterie("identity", "show", "a.pem") == code
    said = capsys.readouterr().err
    assert said.startswith(f"coterie: {sentence}")
    assert len(said.splitlines()) == 1


def test_reader_that_had_enough_is_told_of_it(peer: Path) -> None:
    shown = subprocess.Popen(
        [sys.executable, "-m", "coterie", "identity", "show", *[str(peer / "peer.leaf.pem")] * 2000],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert shown.stdout is not None
    shown.stdout.readline()
    shown.stdout.close()

    assert shown.stderr is not None
    assert shown.stderr.read() == b""
    assert shown.wait() == 0
    shown.stderr.close()


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_new_identity_is_no_identity(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coterie("identity", "new", "--key", kind, "--name", "Alice", "--out", tmp_path) == 0

    key = identity.load_private_key((tmp_path / "peer.key.pem").read_bytes())
    leaf = identity.certificate_from_pem((tmp_path / "peer.leaf.pem").read_bytes())
    assert names.peer_id(identity.pair(key, leaf).spki).hex() in capsys.readouterr().out


def test_others_can_read_the_key(peer: Path, authority: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    for secret in (peer / "peer.key.pem", authority / "authority.key.pem"):
        assert secret.stat().st_mode & 0o777 == 0o600 & ~umask


def test_key_is_written_over(peer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (peer / "peer.key.pem").read_bytes()
    (peer / "peer.leaf.pem").unlink()

    assert coterie("identity", "new", "--name", "Bob", "--out", peer) == cli.FAILED
    assert (peer / "peer.key.pem").read_bytes() == before
    assert not (peer / "peer.leaf.pem").exists()
    assert "is there already" in capsys.readouterr().err


def test_identity_is_shown_in_no_overlay(peer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overlay = names.overlay_id(b"main")
    leaf = peer / "peer.leaf.pem"
    spki = identity.spki_of(identity.load_private_key((peer / "peer.key.pem").read_bytes()))
    capsys.readouterr()

    for arguments in (["--group", "main"], ["--overlay", overlay.hex()]):
        assert coterie("identity", "show", *arguments, leaf) == 0
        shown = capsys.readouterr().out
        assert names.node_id(overlay, spki).hex() in shown
        assert "accepted under policy open" in shown


def test_refused_leaf_is_shown_as_good(
    peer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = Parts(validity=make.validity(0, 1), subject=make.name(b"\x1b[2Jgone\x07\xff"))
    (tmp_path / "hostile.der").write_bytes(hostile.der())

    assert coterie("identity", "show", tmp_path / "hostile.der", peer / "peer.leaf.pem") == cli.REFUSED
    shown = capsys.readouterr().out
    assert "refused under policy open: leaf-name" in shown
    assert "accepted under policy open" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


@pytest.mark.parametrize("content", [b"", b"\x30\x00", b"\x00" * 70_000], ids=["empty", "short", "long"])
def test_file_that_is_no_leaf_ends_in_a_traceback(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(content)

    assert coterie("identity", "show", tmp_path / "file") in {cli.REFUSED, cli.FAILED}
    assert "bug" not in capsys.readouterr().err


def admit(peer: Path, authority: Path, *more: object) -> int:
    return coterie(
        "authority", "issue", peer / "peer.leaf.pem", "--authority", authority, "--group", "books", *more
    )


def test_admitted_peer_is_refused(peer: Path, authority: Path, capsys: pytest.CaptureFixture[str]) -> None:
    admission, certificate = peer / "books.leaf.pem", authority / "authority.cert.pem"

    assert admit(peer, authority, "--out", admission) == 0
    assert "as member" in capsys.readouterr().out
    assert coterie("identity", "show", "--group", "books", "--authority", certificate, admission) == 0
    assert "accepted under policy closed" in capsys.readouterr().out
    assert (
        coterie("identity", "show", "--group", "films", "--authority", certificate, admission) == cli.REFUSED
    )
    assert coterie("identity", "show", "--authority", certificate, admission) == cli.FAILED
    assert "name it with --group" in capsys.readouterr().err


def test_admission_is_given_to_no_group_or_by_no_authority(
    peer: Path, authority: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = peer / "x.pem"
    faults = (
        (authority, ["--group", "", "--out", out]),
        (authority, ["--group", "x" * 256, "--out", out]),
        (peer, ["--out", out]),
        (authority, ["--out", peer / "peer.leaf.pem"]),
    )
    for folder, more in faults:
        assert admit(peer, folder, *more) == cli.FAILED
        assert capsys.readouterr().err.startswith("coterie: ")
    assert not out.exists()


def test_private_key_is_judged_as_if_it_were_a_leaf(peer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coterie("identity", "show", peer / "peer.key.pem") == 4

    assert "is a private key" in capsys.readouterr().err
