"""From the key of a run to every secret of its view.

Implements REQ-KEY-29, REQ-KEY-30, REQ-KEY-37 and REQ-KEY-38.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from coterie import registry
from coterie.crypto import hkdf
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import NodeId

SECRET_SIZE = 32
IV_SIZE = 12
LONGEST_CONTEXT = 255


@dataclass(frozen=True, slots=True)
class EpochSecrets:
    """The secrets of one view, 32 octets each."""

    epoch: bytes
    confirm: bytes
    read: bytes
    control: bytes
    exporter: bytes


@dataclass(frozen=True, slots=True)
class SenderKey:
    """What one sender seals with: the AEAD key of the suite's size, and an iv of 12 octets."""

    key: bytes
    iv: bytes


def key_transcript(
    install_digest: bytes, suite: int, leaf_hashes: Sequence[bytes], down_body: bytes
) -> bytes:
    """What the members agree about beside the key, 32 octets. Implements REQ-KEY-29.

    `leaf_hashes` are SHA-256 of each member's leaf, in the order of the view.
    """
    # REQ-KEY-29: members, suite and every entry are bound, so that nobody shares a key by accident.
    bound = registry.label("key-transcript") + install_digest + bytes([suite]) + b"".join(leaf_hashes)
    return sha256(bound + down_body).digest()


def epoch_secrets(transcript: bytes, key: bytes) -> EpochSecrets:
    """All secrets of the view whose members raised to `key`. Implements REQ-KEY-29."""
    # REQ-KEY-29: the raw key is used for nothing else, so that its last contributor cannot choose a secret.
    epoch = hkdf.extract(transcript, key)
    named = (
        hkdf.expand(epoch, registry.label(name), SECRET_SIZE)
        for name in ("confirm", "read", "control", "exporter")
    )
    return EpochSecrets(epoch, *named)


def confirmation(confirm: bytes, node: NodeId) -> bytes:
    """The MAC of the CONFIRM of `node`, 32 octets. Implements REQ-KEY-30."""
    return hmac.digest(confirm, registry.label("confirm-mac") + node, "sha256")


def check_confirmation(confirm: bytes, node: NodeId, mac: bytes) -> None:
    """Refuse a MAC that is not the one of `node`. Implements REQ-KEY-32; `RemoteError`."""
    # REQ-KEY-32: whoever has another key has another MAC, and is named.
    if not hmac.compare_digest(confirmation(confirm, node), mac):
        raise RemoteError("bad-confirmation", requirement="REQ-KEY-32", field="mac")


def sender_key(suite: int, secret: bytes, index: int, node: NodeId) -> SenderKey:
    """The key of the sender at `index` in the view, from `read` or `control`. Implements REQ-KEY-37."""
    named = index.to_bytes(2, "big") + node
    return SenderKey(
        hkdf.expand(secret, registry.label("sender-key") + named, registry.suites()[suite].key),
        hkdf.expand(secret, registry.label("sender-iv") + named, IV_SIZE),
    )


def export(exporter: bytes, context: bytes, length: int) -> bytes:
    """`length` octets for a use of the application's own, named by `context`. Implements REQ-KEY-38.

    Context of 0 to 255 octets, length 1 to 8,160; `LocalError` outside that.
    """
    if len(context) > LONGEST_CONTEXT:
        raise LocalError(
            f"an exporter context has at most {LONGEST_CONTEXT} octets, not {len(context)}; hash it first"
        )
    return hkdf.expand(exporter, registry.label("export") + bytes([len(context)]) + context, length)
