"""What a peer keeps between its lives, whatever happens to the files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from coterie.errors import LocalError
from coterie.runtime.folder import MAGIC, STATE_FILE, StateFolder
from coterie.vocabulary import Address


def test_state_of_a_killed_process_is_lost(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from coterie.runtime.folder import StateFolder\n"
        "folder = StateFolder(pathlib.Path(sys.argv[1]))\n"
        "for number in range(50): folder.keep(b'%d' % number)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "state")], check=False, timeout=30)

    folder = StateFolder(tmp_path / "state")

    assert (folder.kept, folder.blob) == ("kept", b"49")
    folder.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[: len(MAGIC) + 8],
        lambda content: content[:0],
        lambda content: content[:-1] + b"?",
        lambda content: b"c" + content,
        lambda content: content + b"more",
    ],
    ids=["cut", "cut-in-checksum", "empty", "changed", "shifted", "longer"],
)
def test_damaged_state_is_believed(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    folder = StateFolder(tmp_path)
    assert (folder.kept, folder.blob) == ("first", None)
    folder.keep(b"what the next life must know")
    folder.close()
    (tmp_path / STATE_FILE).write_bytes(damage((tmp_path / STATE_FILE).read_bytes()))

    folder = StateFolder(tmp_path)

    assert (folder.kept, folder.blob) == ("lost", None)
    folder.keep(b"begun anew")
    folder.close()
    folder = StateFolder(tmp_path)
    assert (folder.kept, folder.blob) == ("kept", b"begun anew")
    folder.close()


def test_half_a_new_state_replaces_the_old(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    folder.keep(b"old")
    folder.close()
    (tmp_path / (STATE_FILE + ".new")).write_bytes(MAGIC + b"half of")

    folder = StateFolder(tmp_path)

    assert (folder.kept, folder.blob) == ("kept", b"old")
    folder.keep(b"new")
    assert [path.name for path in tmp_path.glob("*.new")] == []
    folder.close()


def test_two_processes_share_a_state(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)

    with pytest.raises(LocalError, match="another peer that is running"):
        StateFolder(tmp_path)

    folder.close()
    StateFolder(tmp_path).close()


def test_key_of_a_folder_changes_or_is_read_by_others(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "new")
    first = folder.identity("ada")
    same, renamed = folder.identity("ada"), folder.identity("ada l.")
    folder.close()

    assert same.leaf == first.leaf
    assert renamed.leaf != first.leaf
    assert renamed.spki == first.spki
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert (tmp_path / "new" / "peer.key.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"club": 3}', b'{"club": [3]}', b'{"club": ["x"]}'])
def test_damaged_list_of_contacts_stops_the_peer(tmp_path: Path, content: bytes) -> None:
    folder, there = StateFolder(tmp_path), Address("192.0.2.1", 4000)
    folder.keep_contacts("club", (there,))
    assert folder.contacts("club") == (there,)
    assert folder.contacts("other") == ()

    (tmp_path / "contacts.json").write_bytes(content)

    assert folder.contacts("club") == ()
    folder.keep_contacts("club", (there,))
    assert folder.contacts("club") == (there,)
    folder.close()
