"""An envelope: signed by its publisher, checked by whoever takes it.

Implements REQ-VAL-2 to REQ-VAL-11 in their order, and when an envelope expires.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from coterie import registry
from coterie.crypto import names, signature
from coterie.crypto.leaf import Leaf
from coterie.crypto.signature import PrivateKey
from coterie.values import checks
from coterie.vocabulary import OverlayId
from coterie.wire import envelopes
from coterie.wire.rows import Envelope

MS = 1000
NOT_SIGNED = bytes(envelopes.SIGNATURE_SIZE)


@dataclass(frozen=True, slots=True)
class Checked:
    """An envelope that passed: its octets as they came, its fields, the name of its kind, and its publisher's
    leaf and Peer-ID. `expires` in milliseconds since 1970, where it was first taken at the check."""

    octets: bytes
    envelope: Envelope
    kind: str
    leaf: Leaf
    publisher: bytes
    expires: int

    @property
    def is_tombstone(self) -> bool:
        """Whether it withdraws what its publisher had in the slot."""
        return not self.envelope.value


def expiry(envelope: Envelope, taken_ms: int) -> int:
    """When an envelope that was first taken at `taken_ms` expires, both in milliseconds since 1970."""
    # a publisher whose clock is ahead gains nothing by it
    return min(envelope.sequence, taken_ms) + MS * envelope.lifetime


def signed_octets(overlay: OverlayId, octets: bytes) -> bytes:
    """What the signature of an envelope is over."""
    # REQ-VAL-11: label, overlay, and all octets before the signature
    return registry.label("envelope") + overlay + envelopes.unsigned(octets)


def sign(key: PrivateKey, overlay: OverlayId, envelope: Envelope) -> bytes:
    """The octets of an envelope with the signature by `key` in the place of what it has there.

    `LocalError` where a value does not fit its field; nothing else of it is checked.
    """
    blank = envelopes.encode(dataclasses.replace(envelope, signature=NOT_SIGNED))
    return envelopes.unsigned(blank) + signature.sign(key, signed_octets(overlay, blank))


def check(octets: bytes, overlay: OverlayId, wall_ms: int) -> Checked:
    """The envelope in `octets`, if it may be stored in `overlay` now; `RemoteError` with its first fault if
    not."""
    envelope = envelopes.decode(octets)
    kind = checks.check_kind(envelope.kind)
    checks.check_name(kind, envelope.name)
    checks.check_slot(kind, envelope.slot)
    checks.check_lifetime(envelope.lifetime)
    checks.check_tombstone(envelope)
    checks.check_value_length(envelope.value)
    checks.check_sequence(envelope.sequence, wall_ms)
    expires = expiry(envelope, wall_ms)
    checks.check_unexpired(expires, wall_ms)
    shown = checks.check_leaf(envelope.leaf, overlay, wall_ms)
    checks.check_signature(shown, signed_octets(overlay, octets), envelope.signature)
    return Checked(octets, envelope, kind, shown, names.peer_id(shown.spki), expires)
