"""From the group element to every key of an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from coterie_kit.keys.expansion import expand, extract, mac
from coterie_kit.keys.names import digest, label
from coterie_kit.keys.suites import SUITES

__all__ = ["Secrets", "SenderKey", "schedule", "sender_key", "view_id"]


@dataclass(frozen=True, slots=True)
class SenderKey:
    """Key and iv of one sender in one view."""

    suite: int
    key: bytes
    iv: bytes

    def _nonce(self, counter: int) -> bytes:
        return bytes(a ^ b for a, b in zip(self.iv, bytes(4) + counter.to_bytes(8, "big"), strict=True))

    def seal(self, counter: int, body: bytes, associated: bytes) -> bytes:
        """The sealed body, tag at its end."""
        return self._cipher().encrypt(self._nonce(counter), body, associated)

    def open(self, counter: int, sealed: bytes, associated: bytes) -> bytes | None:
        """The body, or None when the seal does not open."""
        try:
            return self._cipher().decrypt(self._nonce(counter), sealed, associated)
        except InvalidTag:
            return None

    def _cipher(self) -> ChaCha20Poly1305 | AESGCM:
        return ChaCha20Poly1305(self.key) if self.suite == 1 else AESGCM(self.key)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one epoch is made of; 32 octets each."""

    suite: int
    transcript: bytes
    epoch: bytes
    confirm: bytes
    read: bytes
    control: bytes
    exporter: bytes

    def confirmation(self, node: bytes) -> bytes:
        """Implements REQ-KEY-30."""
        return mac(self.confirm, label("confirm-mac") + node)

    def export(self, context: bytes, length: int) -> bytes:
        """Implements REQ-KEY-38."""
        return expand(self.exporter, label("export") + bytes([len(context)]) + context, length)

    def sender(self, index: int, node: bytes, of: str = "read") -> SenderKey:
        """The key under which the member at ``index`` seals; ``of`` is the secret: ``read``, ``control``."""
        return sender_key(self.suite, {"read": self.read, "control": self.control}[of], index, node)


def schedule(
    suite: int, install_digest: bytes, leaf_hashes: Sequence[bytes], down_body: bytes, key: bytes
) -> Secrets:
    """Implements REQ-KEY-29."""
    parts = (label("key-transcript"), install_digest, bytes([suite]), *leaf_hashes, down_body)
    transcript = digest(*parts)
    epoch = extract(transcript, key)
    named = (expand(epoch, label(name), 32) for name in ("confirm", "read", "control", "exporter"))
    return Secrets(suite, transcript, epoch, *named)


def sender_key(suite: int, secret: bytes, index: int, node: bytes) -> SenderKey:
    """Implements REQ-KEY-37."""
    place = index.to_bytes(2, "big") + node
    key = expand(secret, label("sender-key") + place, SUITES[suite].key)
    return SenderKey(suite, key, expand(secret, label("sender-iv") + place, 12))


def view_id(counter: int, install_digest: bytes) -> bytes:
    """Counter and the first octets of the INSTALL's digest."""
    return counter.to_bytes(8, "big") + install_digest[:8]
