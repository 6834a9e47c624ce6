"""Sealing and opening of frames: an AEAD under one sender's key of one view.

Implements the sealed protection. The nonce is the sender's iv XOR its counter; the associated data is header
and prefix as they stand in the frame.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from coterie.crypto.schedule import IV_SIZE, SenderKey
from coterie.errors import LocalError, RemoteError

TAG_SIZE = 16
CIPHERS: dict[int, type[ChaCha20Poly1305 | AESGCM]] = {1: ChaCha20Poly1305, 2: AESGCM}


class Seal:
    """One sender's seal, made once a view: both for the sender itself and for who reads it."""

    __slots__ = ("_cipher", "_iv")

    def __init__(self, suite: int, key: SenderKey) -> None:
        if suite not in CIPHERS:
            raise LocalError(f"there is no suite {suite}; use one of {sorted(CIPHERS)}")
        self._cipher = CIPHERS[suite](key.key)
        self._iv = int.from_bytes(key.iv, "big")

    def seal(self, counter: int, associated: bytes, body: bytes) -> bytes:
        """The sealed body, 16 octets longer. The caller never uses a counter twice."""
        return self._cipher.encrypt(nonce(self._iv, counter), body, associated)

    def open(self, counter: int, associated: bytes, sealed: bytes) -> bytes:
        """The body. Implements REQ-REC-6: `RemoteError` with `bad-seal`, whatever was wrong."""
        try:
            return self._cipher.decrypt(nonce(self._iv, counter), sealed, associated)
        except InvalidTag:
            raise RemoteError("bad-seal", requirement="REQ-REC-6") from None


def nonce(iv: int, counter: int) -> bytes:
    """The nonce of a frame: the iv (as an integer) XOR the counter of 64 bits, 12 octets."""
    return (iv ^ counter).to_bytes(IV_SIZE, "big")
