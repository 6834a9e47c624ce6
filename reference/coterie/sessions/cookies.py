"""Cookies: how a responder knows a greeter's address again without having kept anything.

Implements REQ-SES-1 and REQ-SES-2.
"""

from __future__ import annotations

from coterie import registry
from coterie.crypto import cookie
from coterie.errors import RemoteError
from coterie.vocabulary import Address, Entropy, OverlayId
from coterie.wire import contact

SECRET_SIZE = 32


class Secrets:
    """The peer's cookie secrets, one a bucket for all of its overlays; only the two latest are kept."""

    __slots__ = ("_entropy", "_kept")

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._kept: dict[int, bytes] = {}

    def of(self, number: int) -> bytes:
        """The secret of bucket `number`, drawn when it is first asked for."""
        if number not in self._kept:
            self._kept[number] = self._entropy("cookie-secret", number.to_bytes(8, "big"), SECRET_SIZE)
        # REQ-SES-1: kept for the bucket and the one before only
        self._kept = {known: secret for known, secret in self._kept.items() if known >= number - 1}
        return self._kept[number]


def bake(secrets: Secrets, source: Address, overlay: OverlayId, nonce: bytes, number: int) -> bytes:
    """The cookie of bucket `number` for a HELLO1 with `nonce` from `source`, 32 octets."""
    return cookie.cookie(secrets.of(number), contact.contact(source), overlay, nonce, number)


def bucket(mono_ms: int) -> int:
    """The number of the bucket that runs at `mono_ms`."""
    return mono_ms // registry.timer("cookie-bucket")


def accepted_buckets(mono_ms: int) -> tuple[int, ...]:
    """The buckets whose cookies count at `mono_ms`, the likelier first."""
    # REQ-SES-1: the bucket that runs, and the one before
    running = bucket(mono_ms)
    return tuple(number for number in (running, running - 1) if number >= 0)


def check_cookie(expected: tuple[bytes, ...], shown: bytes) -> None:
    """Refuse what is none of the cookies that this peer may have given: `bad-cookie`."""
    # REQ-SES-1: bound to address, overlay, nonce and bucket
    if not any(cookie.same(known, shown) for known in expected):
        raise RemoteError("bad-cookie", requirement="REQ-SES-1", field="cookie")
