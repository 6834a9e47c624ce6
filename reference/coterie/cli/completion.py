"""`coterie completion`: a script that lets a shell complete the commands, written from their parsers.

What follows a word is known from the words before it: so there is one table, from a path of commands to what
may come, and each shell reads it in its own language. Names of groups are asked of the daemon.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from coterie.cli import COMMANDS, parser

GROUP = "GROUP"
"""The word by which parsers call a group, whose names the daemon knows."""

PATHS = frozenset({"FILE", "DIR", "PATH"})
"""The words by which parsers call files and folders."""

SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True, slots=True)
class Choice:
    """A word that may come, and what it is for; `takes` is what follows an option: nothing, a word of some
    `choices`, a path, a group, or anything."""

    word: str
    help: str
    takes: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A command, by the words that lead to it: what may come after them, and what stands alone."""

    words: tuple[str, ...]
    commands: tuple[Choice, ...]
    options: tuple[Choice, ...]
    arguments: tuple[Choice, ...]


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "completion",
        help="a script that lets a shell complete these commands",
        description="Print a script for a shell. For bash: source <(coterie completion bash); for zsh, "
        "into a file _coterie of $fpath; for fish: coterie completion fish | source.",
    )
    command.add_argument("shell", choices=SHELLS, help="for which shell")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    from coterie.cli import shells

    table = tuple(places())
    write = {"bash": shells.bash, "zsh": shells.zsh, "fish": shells.fish}[options.shell]
    print(write(table), end="")
    return 0


def places() -> Iterator[Place]:
    """Every command and subcommand of `coterie`."""
    top = parser([])
    yield place((), top)
    for command in COMMANDS:
        alone = argparse.ArgumentParser(prog="coterie").add_subparsers()
        import_module(command.module).register(alone)
        yield from below((command.name,), alone.choices[command.name])


def below(words: tuple[str, ...], of: argparse.ArgumentParser) -> Iterator[Place]:
    """A command, and all below it."""
    yield place(words, of)
    for action in actions(of):
        for name, each in subcommands(action).items():
            yield from below((*words, name), each)


# argparse has no words for looking at a parser; its own help formatter reads these, too
def actions(of: argparse.ArgumentParser) -> list[argparse.Action]:
    """The options and arguments of a parser."""
    return of._actions  # noqa: SLF001


def subcommands(action: argparse.Action) -> dict[str, argparse.ArgumentParser]:
    """The parsers of subcommands by their names, where an argument is one of them."""
    found = action.choices if isinstance(action, argparse._SubParsersAction) else {}  # noqa: SLF001
    return dict(found)


def helps(action: argparse.Action) -> dict[str, str]:
    """One line of help for each subcommand."""
    if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
        return {}
    return {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001


def place(words: tuple[str, ...], of: argparse.ArgumentParser) -> Place:
    """What a parser says of what may come."""
    commands: list[Choice] = []
    options: list[Choice] = []
    arguments: list[Choice] = []
    for action in actions(of):
        if subcommands(action):
            commands += [Choice(name, plain(helps(action).get(name, ""))) for name in subcommands(action)]
        elif action.option_strings:
            about = plain(action.help or "") if action.help != argparse.SUPPRESS else ""
            options += [Choice(word, about, *what(action)) for word in action.option_strings]
        else:
            arguments.append(Choice(action.dest, plain(action.help or ""), *what(action)))
    return Place(words, tuple(commands), tuple(options), tuple(arguments))


def what(action: argparse.Action) -> tuple[str, tuple[str, ...]]:
    """What an option or an argument takes."""
    if action.nargs == 0:
        return "", ()
    if action.choices is not None:
        return "choice", tuple(str(each) for each in action.choices)
    if action.metavar in PATHS:
        return "path", ()
    return ("group", ()) if action.metavar == GROUP else ("word", ())


def plain(text: str) -> str:
    """Help without what a shell could take for its own."""
    return re.sub(r"[^\w .,;()/$%-]", "", text.replace("%%", "%")).replace("$", "").replace("%", "")
