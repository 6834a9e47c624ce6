"""`coterie document validate|show|new`: look at documents, and write them.

`register` adds the command; a chosen one is called as `arguments.run(arguments)` and returns the exit status:
0 good, 1 refused, 4 the caller's mistake. Everything heavy is imported when it is used.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coterie.documents import Document
    from coterie.errors import RemoteError

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 (argparse has no public name)

__all__ = ["register"]

GOOD, REFUSED, USAGE = 0, 1, 4
STANDARD_INPUT = "-"
URI_SCHEME = "coterie:"


def register(subparsers: Commands) -> None:
    """Add `document` and its commands."""
    parser = subparsers.add_parser("document", help="validate, show and write group documents")
    commands = parser.add_subparsers(dest="document_command", required=True, metavar="COMMAND")
    validate = commands.add_parser("validate", help="say of each document whether a peer would accept it")
    _sources(validate, nargs="+")
    validate.set_defaults(run=_guarded(run_validate))
    show = commands.add_parser("show", help="print what a document says")
    _sources(show, nargs=1)
    show.add_argument("--json", action="store_true", help="as the object of the test interface")
    show.set_defaults(run=_guarded(run_show))
    new = commands.add_parser("new", help="write a document to standard output")
    types = new.add_subparsers(dest="type", required=True, metavar="TYPE")
    for name, (sentence, options) in TYPES.items():
        kind = types.add_parser(name, help=sentence)
        options(kind)
        kind.set_defaults(run=_guarded(run_new))


def _sources(parser: argparse.ArgumentParser, nargs: str | int) -> None:
    parser.add_argument(
        "source", nargs=nargs, metavar="FILE", help="a file, - for standard input, or a coterie: URI"
    )


def _guarded(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The command with every expected failure turned into one sentence and an exit status."""

    def run(arguments: argparse.Namespace) -> int:
        from coterie.errors import LocalError, RemoteError

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # no locale may turn a line into a traceback
        try:
            return command(arguments)
        except RemoteError as refusal:
            print(verdict(refusal), file=sys.stderr)
            return REFUSED
        except LocalError as mistake:
            print(f"coterie document: {printable(str(mistake))}", file=sys.stderr)
        except BrokenPipeError:
            # whoever read the output has seen enough; nothing more may be written to it, not even at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return GOOD
        except OSError as failure:
            sentence = f"{failure.filename or 'standard stream'}: {failure.strerror or failure}"
            print(f"coterie document: {printable(sentence)}", file=sys.stderr)
        return USAGE

    return run


# ---------------------------------------------------------------- validate and show


def run_validate(arguments: argparse.Namespace) -> int:
    """One line for each document; 1 when any of them is refused, 4 when any cannot be read."""
    status = GOOD
    for source in arguments.source:
        prefix = f"{printable(source)}: " if len(arguments.source) > 1 else ""
        found, line = judge(source)
        print(f"{prefix}{line}", file=sys.stderr if found == USAGE else sys.stdout)
        status = max(status, found)
    return status


def judge(source: str) -> tuple[int, str]:
    """Exit status and line for one document."""
    from coterie.documents import type_of
    from coterie.errors import RemoteError

    try:
        return GOOD, f"ok {type_of(read(source))}"
    except RemoteError as refusal:
        return REFUSED, verdict(refusal)
    except OSError as failure:
        return USAGE, f"cannot be read: {failure.strerror}"


def run_show(arguments: argparse.Namespace) -> int:
    """The members of a document, one a line."""
    from coterie.documents import to_fields

    fields = to_fields(read(arguments.source[0]))
    if arguments.json:
        print(json.dumps(fields, indent=2))
    else:
        print("\n".join(_lines(fields)))
    return GOOD


def read(source: str) -> Document:
    """The document of a file, of standard input or of a URI."""
    from coterie import documents, registry

    if source.lower().startswith(URI_SCHEME):
        return documents.from_uri(source)
    # one octet more than is allowed is enough to refuse, whatever the size of the file
    enough = registry.limit("document") + 1
    if source == STANDARD_INPUT:
        return documents.parse(sys.stdin.buffer.read(enough))
    with Path(source).open("rb") as file:
        return documents.parse(file.read(enough))


def verdict(refusal: RemoteError) -> str:
    """A refusal in one line: reason, requirement, sentence, and the element where there is one."""
    from coterie import registry

    where = f" Look at {refusal.field}." if refusal.field else ""
    text = f"refused {refusal.reason} ({refusal.requirement}): {registry.reason(refusal.reason).text}{where}"
    return printable(text)


def printable(text: str) -> str:
    """The text with everything escaped that a terminal could act on."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "surrogatepass").decode()
        for sign in text
    )


def _lines(fields: dict[str, Any]) -> Iterator[str]:
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        rows = value if isinstance(value, list) else [value]
        for row in rows or ["none"]:
            yield f"{name.replace('_', '-'):<{width}}  {printable(_shown(name, row))}"


def _shown(name: str, value: object) -> str:
    match value:
        case None:
            return "none"
        case True | False:
            return "yes" if value else "no"
        case {"address": str(address), "port": int(port)}:
            return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        case str(octets) if name.endswith("group_id"):
            return _group_id(octets)
        case _:
            return str(value)


def _group_id(octets: str) -> str:
    try:
        text = bytes.fromhex(octets).decode("utf-8")
    except UnicodeDecodeError:
        return octets
    return f"{octets} ({text})" if text.isprintable() else octets


# ---------------------------------------------------------------- new


def run_new(arguments: argparse.Namespace) -> int:
    """Write the document, or the URI, that the options describe."""
    from coterie import documents

    given = {name: value for name, value in vars(arguments).items() if name in MEMBERS and value is not None}
    document = documents.from_fields({"type": arguments.type} | given)
    if getattr(arguments, "uri", False):
        assert isinstance(document, documents.GroupInvitation)  # only an invitation has the option
        print(documents.to_uri(document))
        return GOOD
    sys.stdout.buffer.write(documents.build(document))
    sys.stdout.buffer.flush()
    return GOOD


def _contact(text: str) -> dict[str, Any]:
    address, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not written as 192.0.2.1:5080 or [2001:db8::1]:5080")
    return {"address": address.strip("[]"), "port": int(port)}


def _text_id(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").hex()


def _certificate(name: str) -> str:
    import ssl

    try:
        octets = Path(name).read_bytes()
        pem = b"-----BEGIN CERTIFICATE-----" in octets
        return (ssl.PEM_cert_to_DER_cert(octets.decode("ascii").strip()) if pem else octets).hex()
    except OSError as failure:
        raise argparse.ArgumentTypeError(f"{name}: {failure.strerror}") from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{name} is not one certificate in PEM or DER") from None


def _identifier(parser: argparse.ArgumentParser, flag: str, member: str, required: bool = True) -> None:
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument(f"--{flag}", dest=member, type=_text_id, metavar="TEXT", help="Group-ID as text")
    group.add_argument(f"--{flag}-hex", dest=member, metavar="HEX", help="Group-ID as octets")


def _contacts(parser: argparse.ArgumentParser, flag: str, member: str, required: bool) -> None:
    sentence = "a peer to start with, as 192.0.2.1:5080 or [2001:db8::1]:5080; may be repeated"
    parser.add_argument(
        f"--{flag}", dest=member, type=_contact, action="append", required=required,
        metavar="ADDRESS:PORT", help=sentence,
    )  # fmt: skip


def _info_options(parser: argparse.ArgumentParser) -> None:
    _contacts(parser, "contact", "contacts", required=True)
    parser.add_argument("--description", default="", metavar="TEXT", help="one line for people")
    parser.add_argument("--policy", choices=("open", "closed"))
    parser.add_argument(
        "--authority", dest="authority_certificate", type=_certificate, metavar="FILE",
        help="certificate of the authority, PEM or DER",
    )  # fmt: skip
    parser.add_argument("--suite", dest="suites", type=int, action="append", metavar="CODE")
    parser.add_argument("--admits-receivers", action="store_true", default=None)
    parser.add_argument("--origin-auth", choices=("group", "sender"))
    parser.add_argument("--multicast", type=_contact, metavar="ADDRESS:PORT")
    parser.add_argument("--max-datagram", type=int, metavar="OCTETS")


def _redirect_options(parser: argparse.ArgumentParser) -> None:
    _identifier(parser, "to", "actual_group_id")


def _member_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--peer-id", required=True, metavar="HEX", help="64 hexadecimal digits")
    parser.add_argument("--name", metavar="TEXT")


def _entry_options(parser: argparse.ArgumentParser) -> None:
    _identifier(parser, "group", "group_id")
    parser.add_argument("--description", metavar="TEXT", help="one line for people")


def _invitation_options(parser: argparse.ArgumentParser) -> None:
    _identifier(parser, "group", "group_id")
    _info_options(parser)
    parser.add_argument(
        "--fingerprint", dest="authority_fingerprint", metavar="HEX",
        help="SHA-256 of the public key of the authority",
    )  # fmt: skip
    _identifier(parser, "main-group", "main_group_id", required=False)
    _contacts(parser, "main-contact", "main_contacts", required=False)
    parser.add_argument("--uri", action="store_true", help="write it as a coterie: URI")


MEMBERS = frozenset((
    "contacts", "description", "policy", "authority_certificate", "suites", "admits_receivers", "origin_auth",
    "multicast", "max_datagram", "actual_group_id", "peer_id", "name", "group_id", "authority_fingerprint",
    "main_group_id", "main_contacts",
))  # fmt: skip

TYPES: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "group-info": ("how to reach a group", _info_options),
    "group-id-redirect": ("under which Group-ID the group of an alias is found", _redirect_options),
    "group-member": ("that a peer is a member", _member_options),
    "group-list-entry": ("that a group exists", _entry_options),
    "group-invitation": ("all that a newcomer needs", _invitation_options),
}
