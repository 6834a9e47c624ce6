"""`coterie group`: create, find, join and leave groups by the daemon, and talk in them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coterie.cli import DONE, FAILED, INTERRUPTED, REFUSED, membership, say
from coterie.cli.caller import Caller, Json, RefusedError
from coterie.cli.chat import printable
from coterie.cli.daemon import VARIABLE, folder_of
from coterie.errors import LocalError

SCHEME = "coterie:"
CONTROL = "control"
LONGEST_INVITATION = 1 << 16
SHOWN = 16
PLAIN = " ._+@,-"
"""Besides letters and digits, what no shell has another use for."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What is asked of the daemon, and how its answer is shown."""

    name: str
    help: str
    declare: Callable[[argparse.ArgumentParser], None]
    command: Callable[[argparse.Namespace], Json]
    show: Callable[[argparse.Namespace, Json], None]


def register(subparsers: Any) -> None:
    """Declare the command with all its verbs."""
    group = subparsers.add_parser(
        "group",
        help="create, find, join and leave groups by the daemon",
        description="Ask the daemon of this user ('coterie daemon') for something. Exit code 1 when it was "
        "refused, 4 when it could not be done.",
    )
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS:
        parser = verbs.add_parser(verb.name, help=verb.help)
        verb.declare(parser)
        parser.add_argument("--state", type=Path, metavar="DIR", help=f"the daemon's folder (${VARIABLE})")
        parser.add_argument(
            "--control", type=Path, metavar="PATH", help="its socket (control, in that folder)"
        )
        parser.add_argument("--json", action="store_true", help="the answer as one JSON object")
        parser.add_argument("--quiet", action="store_true", help="not a word about waiting")
        parser.set_defaults(run=listen if verb.name == "listen" else run, of=verb)


def run(options: argparse.Namespace) -> int:
    """Ask, wait, and show what came of it."""
    verb: Verb = options.of
    command = verb.command(options)
    try:
        with Caller(path_of(options)) as caller:
            answer = caller.ask(command, waiting(options))
    except RefusedError as refused:
        return report(refused, options)
    except KeyboardInterrupt:
        say("not waited for any more; the daemon goes on with it: see 'coterie group status'")
        return INTERRUPTED
    if options.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        verb.show(options, answer)
    return DONE


def report(refused: RefusedError, options: argparse.Namespace) -> int:
    """Tell why; the exit code."""
    if options.json:
        print(json.dumps(refused.line, ensure_ascii=False))
    say(str(refused))
    return FAILED if refused.later else REFUSED


def waiting(options: argparse.Namespace) -> Callable[[str], None]:
    """Who is told of the wait."""
    return (lambda _: None) if options.quiet else say


def path_of(options: argparse.Namespace) -> Path:
    """The socket of the daemon that is meant."""
    control: Path | None = options.control
    return folder_of(options.state) / CONTROL if control is None else control


# ---------------------------------------------------------------- what the user says


def named(what: str, text: str) -> Json:
    """A name of the command line: text, or whatever octets the shell has handed over."""
    octets = os.fsencode(text)
    try:
        return {what: octets.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{what}_hex": octets.hex()}


def name_group(parser: argparse.ArgumentParser) -> None:
    """The one argument of most verbs."""
    parser.add_argument("group", metavar="GROUP", help="the Group-ID")


def certificate(path: Path | None, what: str) -> Json:
    """A certificate file, PEM or DER, in hexadecimal."""
    from coterie.cli.identity import read_certificate

    return {} if path is None else {what: read_certificate(path).hex()}


def take_part(parser: argparse.ArgumentParser) -> None:
    """How one takes part in a group."""
    parser.add_argument("--leaf", type=Path, metavar="FILE", help="an admission to a closed group")
    parser.add_argument(
        "--hide-membership", action="store_true", help="do not publish that this peer is a member"
    )
    parser.add_argument(
        "--service", choices=membership.SERVICES, default="timestamp-ordered", metavar="NAME",
        help="how messages are ordered here (timestamp-ordered)",
    )  # fmt: skip


def declare_create(parser: argparse.ArgumentParser) -> None:
    """The options of a new group."""
    name_group(parser)
    parser.add_argument("--description", default="", metavar="TEXT", help="what it is about, for the list")
    parser.add_argument(
        "--private", action="store_true", help="do not announce it; see 'coterie group invite'"
    )
    parser.add_argument(
        "--closed", "--authority", dest="authority", type=Path, metavar="FILE",
        help="only for those whom this authority admits: its certificate",
    )  # fmt: skip
    parser.add_argument(
        "--suite",
        type=int,
        choices=(1, 2),
        action="append",
        help="a suite that it admits besides 1; repeatable",
    )
    parser.add_argument(
        "--max-datagram", type=membership.whole, metavar="N", help="octets of its datagrams (1200)"
    )
    parser.add_argument(
        "--origin-auth", choices=("group", "sender"), default="group", help="who signs messages"
    )
    take_part(parser)


def create(options: argparse.Namespace) -> Json:
    """The command of `create`."""
    command = {
        "do": "create", **named("group", options.group), "description": options.description,
        "public": not options.private, "public_members": not (options.hide_membership or options.private),
        "suites": sorted({1, *(options.suite or ())}), "signs_origin": options.origin_auth == "sender",
        "service": options.service, **certificate(options.authority, "authority"),
        **certificate(options.leaf, "leaf"),
    }  # fmt: skip
    return command if options.max_datagram is None else {**command, "max_datagram": options.max_datagram}


def declare_join(parser: argparse.ArgumentParser) -> None:
    """How a group is meant."""
    parser.add_argument(
        "group", metavar="GROUP", help="the Group-ID, an alias, or an invitation as coterie: URI"
    )
    parser.add_argument(
        "--invitation", action="store_true", help="GROUP is a file: an invitation as a document"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--authority", type=Path, metavar="FILE", help="of several, the one of this authority")
    which.add_argument("--open", action="store_true", help="of several, the open one")
    take_part(parser)


def join(options: argparse.Namespace) -> Json:
    """The command of `join`."""
    command = {
        "do": "join", "public_members": not options.hide_membership, "service": options.service,
        **certificate(options.leaf, "leaf"),
    }  # fmt: skip
    if options.invitation:
        return {**command, "invitation_hex": read(Path(options.group)).hex()}
    if options.group[: len(SCHEME)].lower() == SCHEME:
        return {**command, "invitation": options.group}
    return {**command, **named("group", options.group), **choice(options)}


def choice(options: argparse.Namespace) -> Json:
    """Which of several groups of one name is meant."""
    from coterie.cli.identity import read_certificate
    from coterie.crypto import certificate as certificates
    from coterie.crypto import names
    from coterie.crypto.der import MalformedDer

    if options.open:
        return {"authority_hash": ""}
    if options.authority is None:
        return {}
    try:
        spki = certificates.parse(read_certificate(options.authority)).spki
    except MalformedDer:
        raise LocalError(
            f"{options.authority} is no certificate; name that of the group's authority"
        ) from None
    return {"authority_hash": names.authority_hash(spki).hex()}


def read(path: Path) -> bytes:
    """An invitation file."""
    with path.open("rb") as file:
        content = file.read(LONGEST_INVITATION + 1)
    if len(content) > LONGEST_INVITATION:
        raise LocalError(f"{path} is too long for an invitation")
    return content


def declare_list(parser: argparse.ArgumentParser) -> None:
    """Which groups."""
    parser.add_argument("--mine", action="store_true", help="those that the daemon is in, and its aliases")
    parser.add_argument(
        "--names", action="store_true", help="only names, as far as a shell takes them as they are"
    )


def declare_alias(parser: argparse.ArgumentParser) -> None:
    """Two names."""
    parser.add_argument("alias", metavar="NAME", help="the other name")
    name_group(parser)


def declare_unalias(parser: argparse.ArgumentParser) -> None:
    """One name."""
    parser.add_argument("alias", metavar="NAME", help="the other name")


def declare_invite(parser: argparse.ArgumentParser) -> None:
    """As a URI, or as a document."""
    name_group(parser)
    parser.add_argument("--document", action="store_true", help="as a document instead of a URI")


def declare_say(parser: argparse.ArgumentParser) -> None:
    """Words."""
    name_group(parser)
    parser.add_argument("words", nargs="+", metavar="WORD", help="what is said; - for standard input")


def speak(options: argparse.Namespace) -> Json:
    """The command of `say`."""
    if options.words == ["-"]:
        return {"do": "say", **named("group", options.group), "data": sys.stdin.buffer.read(1 << 17).hex()}
    text = " ".join(options.words)
    return {"do": "say", **named("group", options.group), "data": os.fsencode(text).hex()}


def declare_listen(parser: argparse.ArgumentParser) -> None:
    """How long, and since when."""
    name_group(parser)
    parser.add_argument("--all", action="store_true", help="also what was told before, as far as it is kept")
    parser.add_argument(
        "--count", type=membership.whole, default=0, metavar="N", help="end after so many messages"
    )


# ---------------------------------------------------------------- what the user is shown


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


def asks(name: str) -> Callable[[argparse.Namespace], Json]:
    """The command of a verb that needs no more than a group."""
    return lambda options: {"do": name, **named("group", options.group)}


VERBS = (
    Verb("create", "begin a group, and announce it", declare_create, create, show_entered),
    Verb("join", "be in a group, by its name or by an invitation", declare_join, join, show_entered),
    Verb("leave", "be out of it", name_group, asks("leave"), show_left),
    Verb(
        "list", "the groups of the main overlay", declare_list,
        lambda options: {"do": "list", "mine": options.mine}, show_list,
    ),
    Verb("info", "what a name means", name_group, asks("info"), show_info),
    Verb("members", "who is in a group", name_group, asks("members"), show_members),
    Verb(
        "alias", "have another name mean a group", declare_alias,
        lambda options: {"do": "alias", **named("alias", options.alias), **named("group", options.group)},
        show_alias,
    ),
    Verb(
        "unalias", "have it mean nothing any more", declare_unalias,
        lambda options: {"do": "unalias", **named("alias", options.alias)}, show_alias,
    ),
    Verb(
        "invite", "an invitation to a group that the daemon is in", declare_invite,
        lambda options: {**asks("invite")(options), "document": options.document}, show_invitation,
    ),
    Verb("say", "a message to a group", declare_say, speak, show_said),
    Verb("listen", "what is told in a group, until interrupted", declare_listen, asks("listen"), show_said),
    Verb("status", "how the daemon is", lambda _: None, lambda _: {"do": "status"}, show_status),
)  # fmt: skip


def listen(options: argparse.Namespace) -> int:
    """Show messages and memberships in the order of the group."""
    command = asks("listen")(options) | ({"last": 0} if options.all else {})
    heard = 0
    try:
        with Caller(path_of(options)) as caller:
            caller.ask(command, waiting(options))
            for line in caller.lines(waiting(options), patience_s=None):
                show_line(line, as_json=options.json)
                heard += line.get("say") == "data"
                if options.count and heard >= options.count:
                    return DONE
    except RefusedError as refused:
        return report(refused, options)
    except KeyboardInterrupt:
        return DONE
    say(f"nothing more is told in {printable(options.group)}: the daemon has left it, or has ended")
    return FAILED if options.count else DONE


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
