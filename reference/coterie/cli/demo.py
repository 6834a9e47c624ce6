"""`coterie demo`: four peers on this machine greet each other, agree on a key, and talk."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.cli import demo_group, demo_groups
from coterie.cli.ladder import Row, picture

if TYPE_CHECKING:
    from coterie.runtime.troupe import Line, Player, Troupe

SAYS = {
    "ada": "Can anyone else read this?",
    "bob": "Only who holds the key of this view.",
    "cleo": "And nobody holds it alone: all four of us made it.",
    "dan": "Then let us meet here again tomorrow.",
}
HELLOS = ("HELLO1", "RETRY", "HELLO2", "HELLO3")
PLAIN_TEXT = "utf-8"
FAILED = 4
SHOWN = 8


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "demo",
        help="start four peers on this machine and watch them talk",
        description="Four peers on loopback greet each other, agree on a key and exchange sealed messages.",
    )
    command.add_argument("--suite", type=int, choices=(1, 2), default=1, help="cipher suite (1)")
    command.add_argument("--ipv6", action="store_true", help="on ::1 instead of 127.0.0.1")
    command.add_argument(
        "--loss", type=int, default=0, metavar="PERCENT",
        help="put a bad network between them: so much is lost, and as much doubled and reordered",
    )  # fmt: skip
    command.set_defaults(run=run)
    stories = command.add_subparsers(metavar="[group|groups]")
    demo_group.register(stories)
    demo_groups.register(stories)


def run(options: argparse.Namespace) -> int:
    """Perform; 0 when everyone heard everyone."""
    import asyncio
    from tempfile import TemporaryDirectory

    from coterie.runtime.relay import Weather
    from coterie.runtime.troupe import Script, Troupe

    weather = None
    if options.loss:
        weather = Weather(loss=options.loss, duplicate=options.loss, reorder=options.loss, delay_ms=30)
    script = Script(SAYS, suite=options.suite, family=6 if options.ipv6 else 4, weather=weather)
    with TemporaryDirectory(prefix="coterie-demo-") as folder:
        troupe = Troupe(script, Path(folder))
        stage = Stage()
        asyncio.run(troupe.perform(stage.told))
    return report(troupe)


class Stage:
    """Says on the terminal what happens, as it happens."""

    def __init__(self) -> None:
        self._view = ""
        self._names: dict[str, str] = {}
        self._speakers: set[str] = set()
        self._words: set[tuple[str, str, str]] = set()

    def told(self, player: Player, line: Line) -> None:
        """One line of a peer's log."""
        self._names[player.node] = player.name
        match line:
            case {"log": "event", "name": "view-installed", "fields": fields}:
                self._installed(player, fields)
            case {"log": "sent", "type": "DATA", "sealed": sealed, "octets": octets}:
                self._said(player, f"{octets} octets, sealed: {sealed}…")
            case {"log": "event", "name": "data", "fields": fields}:
                self._heard(player, fields)
            case _:
                pass

    def _installed(self, player: Player, fields: Line) -> None:
        if fields["view"] != self._view:
            self._view = fields["view"]
            print(f"\nepoch {self._view}, suite {fields['suite']}, {len(fields['members'])} members")
        print(f"  {player.name} has the key")

    def _said(self, player: Player, text: str) -> None:
        # each has one thing to say, and says it once more for whoever comes late
        if player.name not in self._speakers:
            self._speakers.add(player.name)
            print(f"  {player.name} says something in epoch {self._view[:16]}…: {text}")

    def _heard(self, player: Player, fields: Line) -> None:
        heard = player.name, fields["sender"], fields["payload"]
        if heard in self._words:
            return
        self._words.add(heard)
        words = bytes.fromhex(fields["payload"]).decode(PLAIN_TEXT)
        name = self._names.get(fields["sender"], fields["sender"][:SHOWN])
        print(f"  {player.name} hears {name}: “{words}”")


def report(troupe: Troupe) -> int:
    """The picture, the sums, and the exit code."""
    print()
    for line in picture([player.name for player in troupe.players], rows(troupe.players)):
        print(line)
    print(f"\n{sums(troupe)}")
    for player in troupe.players:
        if player.exit_code:
            print(f"{player.name}: {player.complaint or f'ended with {player.exit_code}'}", file=sys.stderr)
    return FAILED if any(player.exit_code for player in troupe.players) else 0


def rows(players: Sequence[Player]) -> list[Row | str]:
    """What was sent for the first time, in order: one greeting in full, then everything after the
    greetings."""
    columns = {str(player.public): at for at, player in enumerate(players)}
    frames = first_sendings(players, columns)
    hellos = [frame for frame in frames if frame.label.split()[0] in HELLOS]
    greeting = one_greeting(hellos)
    others = sum(1 for frame in hellos if frame.label.startswith("HELLO1")) - 1
    return [*greeting, f"and {others} more greetings", *(frame for frame in frames if frame not in hellos)]


def one_greeting(hellos: Sequence[Row]) -> list[Row]:
    """The four frames between the first two that met."""
    if not hellos:
        return []
    pair = {hellos[0].source, *hellos[0].targets}
    between = [frame for frame in hellos if {frame.source, *frame.targets} == pair]
    ways = {"HELLO1": True, "RETRY": False, "HELLO2": True, "HELLO3": False}
    return [
        frame
        for name, forward in ways.items()
        for frame in between
        if frame.label.split()[0] == name and (frame.source == hellos[0].source) is forward
    ]


def first_sendings(players: Sequence[Player], columns: dict[str, int]) -> list[Row]:
    """One row for each frame, whoever it went to and however often."""
    targets: dict[tuple[int, str], set[int]] = {}
    labels: dict[tuple[int, str], tuple[int, str]] = {}
    for source, player in enumerate(players):
        for line in player.lines:
            if line["log"] == "sent":
                key = (source, line["mark"])
                targets.setdefault(key, set()).add(columns[line["to"]])
                labels.setdefault(key, (line["wall_ms"], f"{line['type']} {line['octets']}"))
    ordered = sorted(labels, key=lambda key: labels[key][0])
    return [Row(key[0], frozenset(targets[key]), labels[key][1]) for key in ordered]


def sums(troupe: Troupe) -> str:
    """How much was sent, and what the network did to it."""
    sent = [
        (player.name, line["mark"], line["octets"])
        for player in troupe.players
        for line in player.lines
        if line["log"] == "sent"
    ]
    kinds = len({(name, mark) for name, mark, _ in sent})
    octets = sum(size for _, _, size in sent)
    text = f"{len(sent)} datagrams of {octets} octets in all, {kinds} of them different"
    if troupe.relay is None:
        return text
    return f"{text}; the network lost {troupe.relay.lost} and carried {troupe.relay.carried}"
