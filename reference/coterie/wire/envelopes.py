"""Envelopes between octets and values: strict in, exact out.

Implements REQ-VAL-2. What `decode` accepts, `encode` writes back octet for octet.
"""

from __future__ import annotations

import io

import construct

from coterie.wire import codec, constructs, layouts, rules
from coterie.wire.rows import Envelope

__all__ = ["SIGNATURE_SIZE", "Envelope", "decode", "encode", "unsigned"]

SIGNATURE_SIZE = 64


def decode(octets: bytes) -> Envelope:
    """The fields of an envelope, none of them looked at; `RemoteError` `bad-envelope` when the octets are not
    exactly its fields."""
    stream = io.BytesIO(octets)
    try:
        found = layouts.ENVELOPE.parse_stream(stream)
    except construct.StreamError as error:
        raise rules.refuse_envelope(constructs.dotted(error.path or "")) from None
    rules.check_envelope_ends(stream.read())
    return Envelope(*[found[name] for name in Envelope.__slots__])


def encode(envelope: Envelope) -> bytes:
    """The octets of an envelope; `LocalError` when a value does not fit its field."""
    values = {name: getattr(envelope, name) for name in Envelope.__slots__}
    return codec.write(layouts.ENVELOPE, values, "envelope")


def unsigned(octets: bytes) -> bytes:
    """All octets of an envelope before its signature."""
    return octets[:-SIGNATURE_SIZE]
