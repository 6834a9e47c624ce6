"""The public key in a leaf, found by its place in the certificate: all that a Node-ID is made of.

Nothing else of the leaf is read here, and nothing is loaded that would take longer than the capture.
"""

from __future__ import annotations

__all__ = ["spki_in"]

SEQUENCE, VERSION = 0x30, 0xA0
BEFORE_KEY = 5
"""Serial number, algorithm, issuer, validity and subject."""
LENGTHS = {"ed25519": 44, "p256": 91}


def spki_in(leaf: bytes) -> bytes:
    """The SubjectPublicKeyInfo in DER. ValueError where there is none of a kind that leaves have."""
    start, end = _inside(leaf, 0, len(leaf), SEQUENCE)
    start, end = _inside(leaf, start, end, SEQUENCE)
    if leaf[start : start + 1] == bytes([VERSION]):
        start = _bounds(leaf, start, end)[1]
    for _ in range(BEFORE_KEY):
        start = _bounds(leaf, start, end)[1]
    stop = _inside(leaf, start, end, SEQUENCE)[1]
    if stop - start not in LENGTHS.values():
        raise ValueError("a key of another kind")
    return leaf[start:stop]


def _inside(octets: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Where the content of an element with that tag begins and ends."""
    if octets[at : at + 1] != bytes([tag]):
        raise ValueError("another element than a certificate has there")
    return _bounds(octets, at, end)


def _bounds(octets: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the content of the element at ``at`` begins and ends."""
    if end - at < 2:
        raise ValueError("an element is cut off")
    size, start = octets[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 2 or end - start < count:
            raise ValueError("a length of another form")
        size, start = int.from_bytes(octets[start : start + count], "big"), start + count
    if size > end - start:
        raise ValueError("an element runs past the one around it")
    return start, start + size
