"""`coterie authority`: found the authority of a closed group, and admit peers to it."""

from __future__ import annotations

import argparse
import secrets
from pathlib import Path
from typing import Any

from coterie.cli.identity import days, group_overlay, moment, read_certificate, serial, term
from coterie.vocabulary import OverlayId

KEY_FILE, CERTIFICATE_FILE = "authority.key.pem", "authority.cert.pem"


def register(subparsers: Any) -> None:
    """Declare the command."""
    command = subparsers.add_parser(
        "authority", help="found the authority of a closed group, and admit peers"
    )
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    new = actions.add_parser("new", help=f"write {KEY_FILE} and {CERTIFICATE_FILE} into a folder")
    new.add_argument("--name", required=True, help="for people to read; it stands in every admission")
    new.add_argument("--days", type=days(7300), default=3650, help="days that the authority is valid (3650)")
    new.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the two files go")
    new.set_defaults(run=found)
    issue = actions.add_parser("issue", help="admit a key to a closed group for at most a week")
    issue.add_argument("subject", type=Path, metavar="FILE", help="a leaf or a public key, in PEM or in DER")
    issue.add_argument(
        "--authority", type=Path, required=True, metavar="DIR", help="folder of 'authority new'"
    )
    issue.add_argument("--group", required=True, metavar="ID", help="Group-ID, as text")
    issue.add_argument("--role", choices=("member", "receiver"), default="member", help="admit as (member)")
    issue.add_argument("--days", type=days(7), default=7, help="days that the admission is valid (7)")
    issue.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the new leaf goes")
    issue.set_defaults(run=admit)


def found(options: argparse.Namespace) -> int:
    """`coterie authority new`."""
    from coterie.cli import files
    from coterie.crypto import authority, identity, names

    key = identity.new_private_key("p256", secrets.token_bytes(identity.KEY_OCTETS))
    certificate = authority.new_authority(key, options.name, term(options.days), serial())
    files.check_free(options.out / KEY_FILE, options.out / CERTIFICATE_FILE)
    files.write_new(options.out / KEY_FILE, identity.private_key_pem(key), files.PRIVATE)
    files.write_new(options.out / CERTIFICATE_FILE, identity.certificate_pem(certificate), files.PUBLIC)
    print(f"key          {options.out / KEY_FILE} (whoever has it admits whom they like)")
    print(f"certificate  {options.out / CERTIFICATE_FILE} (for every peer of the group)")
    print(f"fingerprint  {names.authority_hash(identity.spki_of(key)).hex()}")
    return 0


def admit(options: argparse.Namespace) -> int:
    """`coterie authority issue`."""
    from coterie.cli import files
    from coterie.crypto import authority, identity, names

    key = identity.load_private_key(files.read(options.authority / KEY_FILE))
    issuer = authority.load_issuer(key, read_certificate(options.authority / CERTIFICATE_FILE))
    overlay = group_overlay(options.group, issuer.hash)
    spki = authority.subject_key(files.read(options.subject))
    admission = authority.Admission(spki, OverlayId(overlay), options.role, term(options.days), serial())
    leaf = authority.issue(issuer, admission)
    files.write_new(options.out, identity.certificate_pem(leaf), files.PUBLIC)
    print(f"admitted  Peer-ID {names.peer_id(spki).hex()} as {options.role}")
    print(f"to        group {options.group!r}, overlay {overlay.hex()}")
    print(f"there     Node-ID {names.node_id(overlay, spki).hex()}")
    print(f"until     {moment(admission.validity.not_after)}")
    print(f"leaf      {options.out} ({len(leaf)} octets)")
    return 0
