"""The checks on an envelope, one function a rule, in the order of the draft.

Implements REQ-VAL-3 to REQ-VAL-11. `envelope.check` is the order; each rule is looked up in this module when
it is applied.
"""

from __future__ import annotations

from coterie import registry
from coterie.crypto import leaf, names, policy, signature
from coterie.crypto.leaf import Leaf
from coterie.errors import RemoteError
from coterie.values import kinds
from coterie.vocabulary import OverlayId
from coterie.wire.rows import Envelope


def check_kind(code: int) -> str:
    """The name of a kind that there is."""
    name = kinds.name_of(code)
    # REQ-VAL-3: nobody stores what nobody can read
    if name is None:
        raise RemoteError("unknown-kind", requirement="REQ-VAL-3", field="kind")
    return name


def check_name(kind: str, name: bytes) -> None:
    """The name is one that the kind has: a Group-ID, or none for the one list of all groups."""
    if kind != kinds.GROUP_LIST:
        names.check_group_id(name)
    # REQ-VAL-4: a second list would be one that nobody looks for
    elif name:
        raise RemoteError("bad-group-id", requirement="REQ-VAL-4", field="name")


def check_slot(kind: str, slot: bytes) -> None:
    """The slot names a group, but under the members of one, where a publisher has one value only."""
    # REQ-VAL-5: zeros exactly in the kind group-members
    if any(slot) == (kind == kinds.GROUP_MEMBERS):
        raise RemoteError("bad-slot", requirement="REQ-VAL-5", field="slot")


def check_lifetime(lifetime: int) -> None:
    """The lifetime is inside its limits."""
    # REQ-VAL-6: at least a minute, at most a day
    if not registry.limit("lifetime-least") <= lifetime <= registry.limit("lifetime"):
        raise RemoteError("bad-lifetime", requirement="REQ-VAL-6", field="lifetime")


def check_tombstone(envelope: Envelope) -> None:
    """A tombstone lives as long as anything can."""
    # REQ-VAL-6: so that it outlives all that it withdraws
    if not envelope.value and envelope.lifetime != registry.limit("lifetime"):
        raise RemoteError("bad-lifetime", requirement="REQ-VAL-6", field="lifetime")


def check_value_length(value: bytes) -> None:
    """The value is no longer than the longest document."""
    # REQ-VAL-7: the memory of storers is bounded by it
    if len(value) > registry.limit("value"):
        raise RemoteError("value-too-long", requirement="REQ-VAL-7", field="value")


def check_sequence(sequence: int, wall_ms: int) -> None:
    """The publisher's clock is not far ahead of this peer's."""
    # REQ-VAL-8: else one value could stand before all later ones for ever
    if sequence > wall_ms + registry.timer("clock-ahead"):
        raise RemoteError("future-value", requirement="REQ-VAL-8", field="sequence")


def check_unexpired(expires: int, wall_ms: int) -> None:
    """The lifetime is not over. `expires` in milliseconds since 1970."""
    # REQ-VAL-9: what expires now is over
    if expires <= wall_ms:
        raise RemoteError("expired-value", requirement="REQ-VAL-9", field="lifetime")


def check_leaf(der: bytes, overlay: OverlayId, wall_ms: int) -> Leaf:
    """The publisher's leaf, if it may be shown in an open overlay."""
    # REQ-VAL-10: who issued it is asked by readers of closed groups only
    return leaf.check_leaf(der, policy.OPEN, overlay, wall_ms)


def check_signature(shown: Leaf, signed: bytes, made: bytes) -> None:
    """The publisher signed the envelope, for this overlay."""
    # REQ-VAL-11: nobody publishes in the name of another
    if not signature.holds(shown.public, signed, made):
        raise RemoteError("bad-signature", requirement="REQ-VAL-11", field="signature")
