"""`coterie identity`: make a peer's key and leaf, and show whose a leaf is and what is wrong with it."""

from __future__ import annotations

import argparse
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import OverlayId

if TYPE_CHECKING:
    from coterie.crypto.certificate import Certificate
    from coterie.crypto.identity import Validity
    from coterie.crypto.policy import Policy

DAY_S = 86_400
CLOCK_SKEW_S = 300  # what is made now is valid for peers whose clocks are that far behind
SERIAL_OCTETS = 15  # random, and positive in DER with room to spare
OVERLAY_OCTETS = 16

KEY_FILE, LEAF_FILE = "peer.key.pem", "peer.leaf.pem"


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser("identity", help="make a peer's key and leaf, and show whose a leaf is")
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    new = actions.add_parser("new", help=f"write {KEY_FILE} and {LEAF_FILE} into a folder")
    new.add_argument("--key", choices=("ed25519", "p256"), default="ed25519", help="kind of key (ed25519)")
    new.add_argument("--name", required=True, help="for people to read; it means nothing to the protocol")
    new.add_argument("--days", type=days(400), default=365, help="days that the leaf is valid (365)")
    new.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the two files go")
    new.set_defaults(run=make)
    show = actions.add_parser("show", help="say whose a leaf is, and whether it would be accepted now")
    show.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a leaf, in PEM or in DER")
    add_overlay(show)
    show.set_defaults(run=show_leaves)


def add_overlay(command: argparse.ArgumentParser) -> None:
    """Declare the ways to name an overlay."""
    named = command.add_mutually_exclusive_group()
    named.add_argument("--overlay", type=overlay_hex, metavar="HEX", help="Overlay-ID, 32 hexadecimal digits")
    named.add_argument("--group", metavar="ID", help="Group-ID, as text")
    command.add_argument(
        "--authority", type=Path, metavar="FILE", help="certificate of the closed group's authority"
    )


def days(most: int) -> Any:
    """A converter of a number of days, 1 to `most`."""

    def convert(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {most}")
        return int(text)

    return convert


def overlay_hex(text: str) -> OverlayId:
    """An Overlay-ID from its digits."""
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        octets = b""
    if len(octets) != OVERLAY_OCTETS or text != octets.hex():
        raise argparse.ArgumentTypeError(f"{text!r} is no Overlay-ID of 32 lower-case hexadecimal digits")
    return OverlayId(octets)


def term(length_days: int) -> Validity:
    """A validity that began a little before now and lasts that many days."""
    from coterie.crypto.identity import Validity

    begins = int(time.time()) - CLOCK_SKEW_S
    return Validity(begins, begins + length_days * DAY_S)


def serial() -> int:
    """A serial number that nobody guesses, and that is not zero."""
    return int.from_bytes(b"\x01" + secrets.token_bytes(SERIAL_OCTETS), "big")


def make(options: argparse.Namespace) -> int:
    """`coterie identity new`."""
    from coterie.cli import files
    from coterie.crypto import identity, names

    key = identity.new_private_key(options.key, secrets.token_bytes(identity.KEY_OCTETS))
    leaf = identity.self_signed_leaf(key, options.name, term(options.days), serial())
    files.check_free(options.out / KEY_FILE, options.out / LEAF_FILE)
    files.write_new(options.out / KEY_FILE, identity.private_key_pem(key), files.PRIVATE)
    files.write_new(options.out / LEAF_FILE, identity.certificate_pem(leaf), files.PUBLIC)
    print(f"key      {options.out / KEY_FILE} (keep it secret)")
    print(f"leaf     {options.out / LEAF_FILE} ({options.key}, {len(leaf)} octets, {options.days} days)")
    print(f"Peer-ID  {names.peer_id(identity.spki_of(key)).hex()}")
    return 0


def show_leaves(options: argparse.Namespace) -> int:
    """`coterie identity show`: exit code 1 if one of the leaves would be refused."""
    from coterie.crypto.policy import OPEN, closed

    policy = OPEN if options.authority is None else closed(read_certificate(options.authority))
    overlay = chosen_overlay(options, policy)
    accepted = [show_leaf(path, policy, overlay) for path in options.files]
    return 0 if all(accepted) else 1


def chosen_overlay(options: argparse.Namespace, policy: Policy) -> OverlayId | None:
    """The overlay that the options name, or None. `LocalError` for a closed one without a name."""
    from coterie.crypto import names

    if options.group is not None:
        hashed = b"" if policy.authority is None else names.authority_hash(policy.authority.spki)
        return group_overlay(options.group, hashed)
    if options.overlay is None and policy.is_closed:
        raise LocalError("an admission is for one overlay; name it with --group or --overlay")
    overlay: OverlayId | None = options.overlay
    return overlay


def group_overlay(group: str, authority: bytes) -> OverlayId:
    """The Overlay-ID of a group named on the command line. `LocalError` if that is no Group-ID."""
    from coterie.crypto import names

    try:
        return names.overlay_id(os.fsencode(group), authority)
    except RemoteError as refused:
        raise LocalError(f"{group!r} is no Group-ID: it has 1 to 255 octets, and text is NFC") from refused


def read_certificate(path: Path) -> bytes:
    """The DER of a certificate file, which is PEM or DER."""
    from coterie.cli import files
    from coterie.crypto import identity

    content = files.read(path)
    if b"PRIVATE KEY-----" in content:
        raise LocalError(f"{path} is a private key; name the certificate, and keep the key to yourself")
    return identity.certificate_from_pem(content) if identity.PEM_BEGIN in content else content


def show_leaf(path: Path, policy: Policy, overlay: OverlayId | None) -> bool:
    """Print what a leaf says, and whether it would be accepted now; the latter is returned."""
    from coterie.crypto import certificate, leaf
    from coterie.crypto.der import MalformedDer

    der = read_certificate(path)
    print(path)
    try:
        describe(certificate.parse(der), overlay)
    except MalformedDer as malformed:
        print(f"  content  no certificate in DER: {malformed}")
    name = "closed" if policy.is_closed else "open"
    try:
        leaf.check_leaf(der, policy, overlay or OverlayId(bytes(OVERLAY_OCTETS)), int(time.time() * 1000))
    except RemoteError as refused:
        print(f"  checks   refused under policy {name}: {refused}")
        return False
    print(f"  checks   accepted under policy {name}")
    return True


def describe(shown: Certificate, overlay: OverlayId | None) -> None:
    """Print the names, key and validity of a certificate."""
    from coterie.crypto import keys, names, usage
    from coterie.crypto.der import MalformedDer

    kind = (
        "ed25519"
        if keys.is_ed25519(shown.spki)
        else "p256"
        if keys.is_p256(shown.spki)
        else "of another kind"
    )
    try:
        called = ", ".join(usage.printable_names(shown)) or "nobody"
    except MalformedDer as malformed:
        called = f"unreadable: {malformed}"
    print(f"  names    {called}")
    print(f"  key      {kind}")
    print(f"  Peer-ID  {names.peer_id(shown.spki).hex()}")
    if overlay is not None:
        print(f"  Node-ID  {names.node_id(overlay, shown.spki).hex()}")
        print(f"  overlay  {overlay.hex()}")
    print(f"  valid    {moment(shown.not_before)} to {moment(shown.not_after)}")
    print(f"  length   {len(shown.der)} octets")


def moment(seconds: int) -> str:
    """A time in seconds since 1970, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
