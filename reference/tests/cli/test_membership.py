"""Options of members, from the command line and from a file."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from coterie.cli import main, membership
from coterie.errors import LocalError
from coterie.vocabulary import Address


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    membership.declare(parser)
    told = parser.parse_args(arguments)
    membership.complete(told)
    return told


def test_file_overrules_the_command_line(tmp_path: Path) -> None:
    config = tmp_path / "peer.toml"
    config.write_text(
        'name = "ada"\njoin = ["192.0.2.1:4000", "[2001:db8::1]:4000"]\nmax-datagram = 8192\n'
        'service = "safe"\npatience = 2.5\nstate = "here"\ncreate = false\n'
    )

    told = options("--config", str(config), "--name", "bob", "--listen", "127.0.0.1:4001")

    assert (told.name, told.listen, told.service) == ("bob", Address("127.0.0.1", 4001), "safe")
    assert told.join == [Address("192.0.2.1", 4000), Address("2001:db8::1", 4000)]
    assert (told.max_datagram, told.patience, told.state) == (8192, 2.5, Path("here"))
    assert (told.origin_auth, told.create, told.log) == ("group", False, None)
    assert options().join == ()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name = ", "is no TOML"),
        ("\xff", "is no TOML"),
        ('nmae = "ada"', "there is no option 'nmae'"),
        ('listen = "nowhere"', "'listen': 'nowhere' is no address"),
        ("listen = [1]", "'listen' is one value"),
        ("join = true", "'join' is a list of texts"),
        ('create = "yes"', "'create' is true or false"),
        ("patience = -1", "is no number of seconds"),
        ('service = "perfect"', "is not one of"),
        ("suite = 3", "is no suite"),
        ("max-datagram = 1.5", "is no whole number"),
    ],
)
def test_mistake_in_a_file_is_not_named(tmp_path: Path, content: str, sentence: str) -> None:
    config = tmp_path / "peer.toml"
    config.write_bytes(content.encode("latin-1"))

    with pytest.raises(LocalError, match=r"peer\.toml") as mistake:
        options("--config", str(config))

    assert sentence in str(mistake.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["peer"], "name it with --group"),
        (["peer", "--group", "g", "--config", "nowhere.toml"], "nowhere.toml"),
        (["peer", "--group", "g", "--create", "--join", "127.0.0.1:9"], "not both"),
        (["peer", "--group", "g", "--serve", "127.0.0.1:0"], "name its file with --token-file"),
        (["peer", "--group", "g", "--journal", "j"], "are for a fixed list"),
        (["peer", "--group", "g", "--authority", "nowhere.pem"], "without --leaf"),
        (["peer", "--group", "g", "--leaf", "x.pem"], "name its folder with --identity"),
        (["peer", "--group", "g", "--member", "127.0.0.1:9"], "needs --listen and --identity"),
        (["chat", "g", "--max-datagram", "100"], "max-datagram is 1200 to 65000"),
        (["chat", "g", "--listen", "0.0.0.0:4000"], "say where others reach it"),
        (["chat", "", "--name", "ada"], "is no Group-ID"),
        (["chat", "g", "--name", "a" * 65], "a name has 1 to 64 octets"),
        (["chat", "g", "--listen", "203.0.113.1:9"], "cannot listen on 203.0.113.1:9"),
        (["record", __file__, "g"], "is there already"),
        (["play", "nowhere.jsonl", "g"], "nowhere.jsonl"),
        (["play", __file__, "g"], "line 1: not a line of a recording"),
    ],
)
def test_mistake_of_a_member_is_answered_by_a_traceback(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 4

    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert [line for line in said.splitlines() if line.startswith("coterie: ") and sentence in line]
