"""What a daemon has answered, for people to read."""

from __future__ import annotations

import argparse
import json
import sys

from coterie.cli import say
from coterie.cli.caller import Json
from coterie.cli.chat import printable

SHOWN = 16
"""Hexadecimal digits by which a member without a name is shown."""

PLAIN = " ._+@,-"
"""Besides letters and digits, what no shell has another use for."""


def name_in(row: Json, what: str = "group") -> str:
    """A name of an answer, for people to read."""
    return printable(
        str(row.get(what) or bytes.fromhex(row.get(f"{what}_hex", "")).decode(errors="backslashreplace"))
    )


def show_entered(_options: argparse.Namespace, answer: Json) -> None:
    """In a group."""
    here = ", ".join(printable(each["name"] or each["node"][:SHOWN]) for each in answer["members"])
    verb = "created" if answer["created"] else "joined"
    print(f"{verb} {name_in(answer)}, with {len(answer['members'])} in it: {here}")
    if answer["created"] and "stored" in answer and not answer["stored"]:
        print("nobody holds its announcement yet; it is published again until somebody does")


def show_left(_options: argparse.Namespace, answer: Json) -> None:
    """Out of a group."""
    print(f"left {name_in(answer)}")


def show_list(options: argparse.Namespace, answer: Json) -> None:
    """Groups, one a line."""
    if options.names:
        rows = [*answer["groups"], *answer.get("aliases", ())]
        names = {each[what] for each in rows for what in ("group", "alias") if what in each}
        print("".join(f"{name}\n" for name in sorted(names) if is_plain(name)), end="")
        return
    for row in answer["groups"]:
        if options.mine:
            here = f"{len(row['members'])} in it" if row["view"] else "on the way there"
            notes = [here, "public" if row.get("public") else "private"]
        else:
            notes = [printable(row["description"])] * bool(row["description"]) + ["(you are in it)"] * row[
                "mine"
            ]
        print("  ".join([name_in(row), *notes]))
    for row in answer.get("aliases", ()):
        print(f"{name_in(row, 'alias')}  means {name_in(row)}")
    if not answer["groups"] and not answer.get("aliases"):
        print("no group", file=sys.stderr)
    if not answer["complete"]:
        say("too few peers have answered; there may be more")


def is_plain(name: str) -> bool:
    """Whether a shell takes a name for nothing but a name."""
    return name[0].isalnum() and all(char.isalnum() or char in PLAIN for char in name)


def show_info(_options: argparse.Namespace, answer: Json) -> None:
    """What a name means."""
    classes = answer["classes"]
    if len(classes) > 1:
        print(f"{name_in(answer)} is ambiguous: {len(classes)} groups or aliases have this name")
    for each in classes:
        if each["kind"] == "alias":
            print(f"{name_in(answer)} is an alias of {name_in(each, 'means')}")
            continue
        authority = each["authority"]
        print(f"{name_in(answer)}  {printable(each['description'])}".rstrip())
        print(f"  overlay    {each['overlay']}")
        print(f"  policy     {each['policy']}")
        if authority is not None:
            names = printable(", ".join(authority["names"])) or "nobody"
            print(f"  authority  {names} {authority['hash']}")
        print(f"  contacts   {', '.join(each['contacts'])}")
        print(
            f"  suites     {', '.join(map(str, each['suites']))}, datagrams of {each['max_datagram']} octets"
        )


def show_members(_options: argparse.Namespace, answer: Json) -> None:
    """Members, one a line."""
    for row in answer["view"] or ():
        print(f"{printable(row['name']) or '-':12} node {row['node']}  in the view")
    for row in answer["published"]:
        print(f"{printable(row['name']) or '-':12} peer {row['peer']}  says so")
    if not answer["published"] and not answer["view"]:
        print("nobody says so", file=sys.stderr)


def show_alias(_options: argparse.Namespace, answer: Json) -> None:
    """A name bound, or not any more."""
    alias = name_in(answer, "alias")
    bound = "group" in answer or "group_hex" in answer
    print(f"{alias} means {name_in(answer)}" if bound else f"{alias} means nothing any more")


def show_invitation(_options: argparse.Namespace, answer: Json) -> None:
    """The invitation alone, so that it can be piped."""
    print(answer.get("uri") or answer["document"])


def show_said(_options: argparse.Namespace, answer: Json) -> None:
    """That it was said."""
    print(f"said to {answer['members']} in {name_in(answer)}")


def show_status(_options: argparse.Namespace, answer: Json) -> None:
    """How the daemon is."""
    known = len(answer["contacts"])
    how = f"entered, {known} contacts" if answer["entered"] else "nobody else is known"
    print(f"main overlay {answer['main']}: {how}")
    print(f"node {answer['node']} at {answer['address']}")
    print(f"holds {answer['held']} values for others and itself, publishes {len(answer['published'])}")
    for row in answer["groups"]:
        print(f"in {name_in(row)}, with {len(row['members'])} in it")
    for row in answer["aliases"]:
        print(f"{name_in(row, 'alias')} means {name_in(row)}")


def show_line(line: Json, *, as_json: bool) -> None:
    """A message, or who is there."""
    if as_json:
        print(json.dumps(line, ensure_ascii=False), flush=True)
        return
    match line:
        case {"say": "data", "sender": sender}:
            words = line.get("text") or line.get("data") or ""
            print(f"{printable(sender['name'] or sender['node'][:SHOWN])}: {printable(words)}", flush=True)
        case {"say": "membership", "members": members}:
            here = ", ".join(printable(each["name"] or each["node"][:SHOWN]) for each in members)
            print(f"* here: {here}" if members else "* the daemon has left the group", flush=True)
        case {"say": "gap"}:
            print("* something was missed here", flush=True)
        case _:
            pass
