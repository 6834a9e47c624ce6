"""Sealing a frame of one's own under the epoch of a view.

Implements REQ-REC-12 at the sender, and REQ-REC-19. Counters are the caller's: it never uses one twice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie import registry
from coterie.crypto import signature
from coterie.records import checks
from coterie.records.epoch import SECRETS, Epoch
from coterie.standing import Standing
from coterie.wire import frames
from coterie.wire.bodies import NAMES, Body, Data, Extension, Message
from coterie.wire.codec import encode_body

ORIGIN_SIGNATURE_SIZE = 4 + signature.SIGNATURE_SIZE
"""Type, length and value of the extension."""


def around(standing: Standing) -> int:
    """Octets of a DATA with one message, beside its payload: all of them, its origin's signature included."""
    body = len(encode_body(Data(0, 1, (Message(1, 0, 0, 1, b""),))))
    extra = ORIGIN_SIGNATURE_SIZE if standing.trust.signs_origin else 0
    return frames.HEADER_SIZE + frames.SEALED_PREFIX_SIZE + body + extra + frames.TAG_SIZE


def seal(standing: Standing, epoch: Epoch, counter: int, body: Body) -> bytes:
    """A whole frame with `body`, under the secret that its type has."""
    name = NAMES[type(body)]
    octets = encode_body(body)
    signs = standing.trust.signs_origin and name == "DATA"
    size = len(octets) + (ORIGIN_SIGNATURE_SIZE if signs else 0)
    prefix = frames.SealedPrefix(epoch.view, epoch.own_index, counter)
    associated = frames.associated(standing.overlay, prefix, size, name)
    if signs:
        octets = _with_origin(standing, associated, body)
    return associated + epoch.seal_of(epoch.own_index, SECRETS[name]).seal(counter, associated, octets)


def _with_origin(standing: Standing, associated: bytes, body: Any) -> bytes:
    # REQ-REC-12: the sender vouches for it itself, not only as a member
    place = Extension(registry.extensions()["origin-signature"], bytes(signature.SIGNATURE_SIZE))
    whole = associated + encode_body(replace(body, extensions=(*body.extensions, place)))
    unsigned = whole[: -signature.SIGNATURE_SIZE]
    covered = checks.origin_label() + unsigned
    return unsigned[len(associated) :] + signature.sign(standing.identity.key, covered)
