"""The state folder of a peer: its key, its leaf, and what its next life must know, even after kill -9.

Implements REQ-SES-8 for files. The state is replaced as a whole and reaches the disk before anything is sent
that depends on it; a state that is damaged is told from none at all, and treated as lost.
"""

from __future__ import annotations

import fcntl
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Literal

from coterie.crypto import certificate, identity, usage
from coterie.crypto.identity import Identity, Validity
from coterie.crypto.signature import PrivateKey
from coterie.errors import LocalError
from coterie.runtime import system
from coterie.vocabulary import Address

KEY_FILE, LEAF_FILE, STATE_FILE, LOCK_FILE = "peer.key.pem", "peer.leaf.pem", "state", "lock"
CONTACTS_FILE, ADDRESS_FILE = "contacts.json", "address"
MOST_GROUPS = 256
"""Groups whose members are remembered."""

LONGEST_ADDRESS = 64
"""Octets of an address as text."""

MAGIC = b"coterie state file 1\n"
LONGEST = 1 << 20
"""Octets of the longest state that is read."""

DAY_S = 86_400
LEAF_DAYS = 365
RENEW_DAYS = 30
CLOCK_SKEW_S = 300

Kept = Literal["first", "kept", "lost"]


class StateFolder:
    """One folder, held by one process at a time. `kept` says what became of the state of the life before."""

    def __init__(self, path: Path) -> None:
        """Open or make the folder. `LocalError` when another process has it."""
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            os.close(self._lock)
            raise LocalError(
                f"another peer that is running keeps its state in {path}; stop it, or name another folder"
            ) from held
        self.kept: Kept
        self.kept, self.blob = read_state(path / STATE_FILE)

    def keep(self, blob: bytes) -> None:
        """Replace the state; it is on the disk when this returns."""
        replace(self.path / STATE_FILE, MAGIC + sha256(blob).digest() + blob, mode=0o600)

    def identity(self, name: str) -> Identity:
        """The identity of the folder, made at the first call; its leaf is made anew for another name."""
        key_file, leaf_file = self.path / KEY_FILE, self.path / LEAF_FILE
        if not key_file.exists():
            fresh = identity.new_private_key("ed25519", system.draw("", b"", identity.KEY_OCTETS))
            replace(key_file, identity.private_key_pem(fresh), mode=0o600)
        key = identity.load_private_key(key_file.read_bytes())
        if leaf_file.exists():
            leaf = identity.certificate_from_pem(leaf_file.read_bytes())
            if is_current(leaf, name):
                return identity.pair(key, leaf)
        leaf = self_signed(key, name)
        replace(leaf_file, identity.certificate_pem(leaf), mode=0o644)
        return identity.pair(key, leaf)

    def contacts(self, group: str) -> tuple[Address, ...]:
        """Where the other members of a group were when it was seen last; nobody where that cannot be read."""
        listed = self._contacts().get(group)
        try:
            return tuple(Address.parse(each) for each in listed or ())
        except (LocalError, TypeError, AttributeError):
            return ()

    def keep_contacts(self, group: str, addresses: tuple[Address, ...]) -> None:
        """Remember where the other members of a group are, for the next life."""
        told = {**self._contacts(), group: [str(each) for each in addresses]}
        if len(told) <= MOST_GROUPS and told != self._contacts():
            replace(self.path / CONTACTS_FILE, json.dumps(told).encode(), mode=0o600)

    def address(self) -> Address | None:
        """Where the life before listened; None where that is not known."""
        path = self.path / ADDRESS_FILE
        try:
            told = path.read_bytes()[:LONGEST_ADDRESS].decode() if path.exists() else ""
            return Address.parse(told.strip()) if told else None
        except (LocalError, UnicodeDecodeError):
            return None

    def keep_address(self, address: Address) -> None:
        """Remember where this life listens: others look for the next one there."""
        if self.address() != address:
            replace(self.path / ADDRESS_FILE, f"{address}\n".encode(), mode=0o600)

    def _contacts(self) -> dict[str, list[str]]:
        path = self.path / CONTACTS_FILE
        try:
            told = json.loads(path.read_bytes()[:LONGEST]) if path.exists() else {}
        except ValueError:
            told = {}
        return told if isinstance(told, dict) else {}

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)


def passing_identity(name: str) -> Identity:
    """An identity that nobody keeps: key and leaf are gone with the process."""
    key = identity.new_private_key("ed25519", system.draw("", b"", identity.KEY_OCTETS))
    return identity.pair(key, self_signed(key, name))


def self_signed(key: PrivateKey, name: str) -> bytes:
    """A leaf for open groups, valid for a year from now."""
    now_s = system.read_clocks().wall_ms // 1000
    validity = Validity(now_s - CLOCK_SKEW_S, now_s - CLOCK_SKEW_S + LEAF_DAYS * DAY_S)
    serial = int.from_bytes(b"\x01" + system.draw("", b"", 15), "big")
    return identity.self_signed_leaf(key, name, validity, serial)


def is_current(leaf: bytes, name: str) -> bool:
    """Whether a leaf carries that name and is valid for some time yet."""
    shown = certificate.parse(leaf)
    left_s = shown.not_after - system.read_clocks().wall_ms // 1000
    return name in usage.printable_names(shown) and left_s > RENEW_DAYS * DAY_S


def read_state(path: Path) -> tuple[Kept, bytes | None]:
    """What an earlier life left: nothing, its state, or something that is not whole any more."""
    if not path.exists():
        return "first", None
    with path.open("rb") as file:
        content = file.read(LONGEST + 1)
    checksum, blob = content[len(MAGIC) : len(MAGIC) + 32], content[len(MAGIC) + 32 :]
    if not content.startswith(MAGIC) or len(content) > LONGEST or sha256(blob).digest() != checksum:
        return "lost", None
    return "kept", blob


def replace(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file whole or not at all, and have it on the disk."""
    half = path.with_name(path.name + ".new")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
