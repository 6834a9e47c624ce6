"""`coterie group`: create, find, join and leave groups by the daemon, and talk in them."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coterie.cli import DONE, FAILED, INTERRUPTED, REFUSED, answers, membership, say
from coterie.cli.caller import Caller, Json, RefusedError
from coterie.cli.chat import printable
from coterie.cli.daemon import VARIABLE, folder_of
from coterie.errors import LocalError

SCHEME = "coterie:"
CONTROL = "control"
HASH = re.compile(r"[0-9A-Fa-f]{64}")
LONGEST_INVITATION = 1 << 16
FIRST_SUITE = 1


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


def describe(parser: argparse.ArgumentParser) -> None:
    """What is agreed on in a new group."""
    name_group(parser)
    parser.add_argument("--description", default="", metavar="TEXT", help="what it is about, for the list")
    parser.add_argument(
        "--suite",
        type=int,
        default=FIRST_SUITE,
        metavar="N",
        help="its suite, which is 1",
    )
    parser.add_argument(
        "--max-datagram", type=membership.whole, metavar="N", help="octets of its datagrams (1200)"
    )
    parser.add_argument(
        "--origin-auth", choices=("group", "sender"), default="group", help="who signs messages"
    )
    take_part(parser)


def described(options: argparse.Namespace) -> Json:
    """The same in a command."""
    if options.suite != FIRST_SUITE:
        # REQ-GRP-15: and it keeps that
        raise LocalError(
            f"a group of the main overlay begins with suite {FIRST_SUITE}, and not {options.suite}; "
            "leave --suite out"
        )
    described = {
        **named("group", options.group), "description": options.description,
        "suites": [FIRST_SUITE], "signs_origin": options.origin_auth == "sender",
        "service": options.service, **certificate(options.leaf, "leaf"),
    }  # fmt: skip
    return described if options.max_datagram is None else {**described, "max_datagram": options.max_datagram}


def host(options: argparse.Namespace) -> Json:
    """The command of `host`."""
    return {"do": "host", **described(options), "public_members": not options.hide_membership}


def declare_create(parser: argparse.ArgumentParser) -> None:
    """The options of a new group."""
    describe(parser)
    parser.add_argument(
        "--private", action="store_true", help="do not announce it; see 'coterie group invite'"
    )
    parser.add_argument(
        "--closed", "--authority", dest="authority", type=Path, metavar="FILE",
        help="only for those whom this authority admits: its certificate",
    )  # fmt: skip


def create(options: argparse.Namespace) -> Json:
    """The command of `create`."""
    return {
        "do": "create", **described(options), "public": not options.private,
        "public_members": not (options.hide_membership or options.private),
        **certificate(options.authority, "authority"),
    }  # fmt: skip


def declare_join(parser: argparse.ArgumentParser) -> None:
    """How a group is meant."""
    parser.add_argument(
        "group", metavar="GROUP", help="the Group-ID, an alias, or an invitation as coterie: URI"
    )
    parser.add_argument(
        "--invitation", action="store_true", help="GROUP is a file: an invitation as a document"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--authority",
        metavar="FILE",
        help="of several, the one of this authority: its certificate, or its hash",
    )
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
    if HASH.fullmatch(options.authority):
        # as 'coterie group info' shows it
        return {"authority_hash": options.authority}
    try:
        spki = certificates.parse(read_certificate(Path(options.authority))).spki
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


def asks(name: str) -> Callable[[argparse.Namespace], Json]:
    """The command of a verb that needs no more than a group."""
    return lambda options: {"do": name, **named("group", options.group)}


VERBS = (
    Verb("create", "begin a group, and announce it", declare_create, create, answers.show_entered),
    Verb("host", "have another daemon create a group, and join it", describe, host, answers.show_entered),
    Verb("join", "be in a group, by its name or by an invitation", declare_join, join, answers.show_entered),
    Verb("leave", "be out of it", name_group, asks("leave"), answers.show_left),
    Verb(
        "list", "the groups of the main overlay", declare_list,
        lambda options: {"do": "list", "mine": options.mine}, answers.show_list,
    ),
    Verb("info", "what a name means", name_group, asks("info"), answers.show_info),
    Verb("members", "who is in a group", name_group, asks("members"), answers.show_members),
    Verb(
        "alias", "have another name mean a group", declare_alias,
        lambda options: {"do": "alias", **named("alias", options.alias), **named("group", options.group)},
        answers.show_alias,
    ),
    Verb(
        "unalias", "have it mean nothing any more", declare_unalias,
        lambda options: {"do": "unalias", **named("alias", options.alias)}, answers.show_alias,
    ),
    Verb(
        "invite", "an invitation to a group that the daemon is in", declare_invite,
        lambda options: {**asks("invite")(options), "document": options.document}, answers.show_invitation,
    ),
    Verb("say", "a message to a group", declare_say, speak, answers.show_said),
    Verb(
        "listen", "what is told in a group, until interrupted", declare_listen, asks("listen"),
        answers.show_said,
    ),
    Verb("status", "how the daemon is", lambda _: None, lambda _: {"do": "status"}, answers.show_status),
)  # fmt: skip


def listen(options: argparse.Namespace) -> int:
    """Show messages and memberships in the order of the group."""
    command = asks("listen")(options) | ({"last": 0} if options.all else {})
    heard = 0
    try:
        with Caller(path_of(options)) as caller:
            caller.ask(command, waiting(options))
            for line in caller.lines(waiting(options), patience_s=None):
                answers.show_line(line, as_json=options.json)
                heard += line.get("say") == "data"
                if options.count and heard >= options.count:
                    return DONE
    except RefusedError as refused:
        return report(refused, options)
    except KeyboardInterrupt:
        return DONE
    say(f"nothing more is told in {printable(options.group)}: the daemon has left it, or has ended")
    return FAILED if options.count else DONE
