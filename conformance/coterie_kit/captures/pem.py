"""The two files of an identity, as a live peer reads them."""

from __future__ import annotations

import base64
from pathlib import Path

from coterie_kit.keys.signatures import SigningKey

__all__ = ["KEY_FILE", "LEAF_FILE", "write_identity"]

KEY_FILE, LEAF_FILE = "peer.key.pem", "peer.leaf.pem"
WIDTH = 64


def armoured(label: str, octets: bytes) -> str:
    """PEM text."""
    text = base64.b64encode(octets).decode("ascii")
    lines = [text[at : at + WIDTH] for at in range(0, len(text), WIDTH)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def write_identity(folder: Path, key: SigningKey, leaf: bytes) -> None:
    """Key and leaf, the key readable by its owner alone."""
    path = folder / KEY_FILE
    path.touch(mode=0o600)
    path.write_text(armoured("PRIVATE KEY", key.pkcs8), encoding="ascii")
    (folder / LEAF_FILE).write_text(armoured("CERTIFICATE", leaf), encoding="ascii")
