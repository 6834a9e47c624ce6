"""What the structure of a body must keep: one function a rule, each refuses with the reason of the registry.

Implements REQ-FRM-16 to REQ-FRM-24 and REQ-FRM-28 of the Frames chapter, and REQ-VAL-2. The layouts look
every rule up here, by name and at the moment of the check, so that a rule can be studied, or replaced, alone.
"""

from __future__ import annotations

from coterie import registry
from coterie.errors import RemoteError

CRITICAL = 0x8000
"""The bit of an extension's type that forbids to ignore it."""


def check_count(value: int, low: int, limit: str, path: str) -> None:
    """A count is at least `low` and at most the limit of that name; nothing is read for it before."""
    # REQ-FRM-18: counts are inside their limits.
    if not low <= value <= registry.limit(limit):
        raise RemoteError("count-out-of-range", requirement="REQ-FRM-18", field=path)


def check_up_count(value: int, path: str) -> None:
    """An UP carries the entries of the members below its receiver: one less than a view can have, at most."""
    # REQ-FRM-18: an UP has 1 to 63 entries.
    if not 1 <= value < registry.limit("members"):
        raise RemoteError("count-out-of-range", requirement="REQ-FRM-18", field=path)


def check_leaf_length(value: int, path: str) -> None:
    """A leaf is there; how long it may be is REQ-LEF-1."""
    # REQ-FRM-18: leaf_length is 1 to 65,535.
    if value == 0:
        raise RemoteError("count-out-of-range", requirement="REQ-FRM-18", field=path)


def check_envelope_length(value: int, path: str) -> None:
    """A STORE has an envelope; what an envelope is, the Stored values chapter says."""
    # REQ-FRM-18: envelope_length is 1 to 65,535.
    if value == 0:
        raise RemoteError("count-out-of-range", requirement="REQ-FRM-18", field=path)


def check_length(value: int, path: str) -> None:
    """A HOST has a name and a document; what these are, other chapters say."""
    # REQ-FRM-18: group_length is 1 to 255, info_length 1 to 65,535.
    if value == 0:
        raise RemoteError("count-out-of-range", requirement="REQ-FRM-18", field=path)


def check_segment_index(index: int, count: int, path: str) -> None:
    """The index of a segment is below its count."""
    # REQ-FRM-18: index < count.
    if index >= count:
        raise RemoteError("count-out-of-range", requirement="REQ-FRM-18", field=path)


def check_segment_payload(payload: bytes, path: str) -> None:
    """A segment carries something."""
    # REQ-FRM-28: an empty payload is a body that ends too early.
    if not payload:
        raise RemoteError("truncated-body", requirement="REQ-FRM-28", field=path)


def refuse_truncated(path: str) -> RemoteError:
    """The refusal of a body that ends inside the field at `path`."""
    # REQ-FRM-16: no field runs past the end of the body.
    return RemoteError("truncated-body", requirement="REQ-FRM-16", field=path)


def check_nothing_left(rest: bytes) -> None:
    """A body without an extension list ends with its last field."""
    # REQ-FRM-17: nothing is left over.
    if rest:
        raise RemoteError("trailing-bytes", requirement="REQ-FRM-17")


def refuse_envelope(path: str) -> RemoteError:
    """The refusal of an envelope that ends inside the field at `path`."""
    # REQ-VAL-2: no field runs past the end of the envelope.
    return RemoteError("bad-envelope", requirement="REQ-VAL-2", field=path)


def check_envelope_ends(rest: bytes) -> None:
    """An envelope ends with its signature."""
    # REQ-VAL-2: nothing is left over.
    if rest:
        raise RemoteError("bad-envelope", requirement="REQ-VAL-2")


def check_padding(octets: bytes, path: str) -> None:
    """The padding of HELLO1 is zero."""
    # REQ-FRM-17: padding is zero.
    if any(octets):
        raise RemoteError("padding-nonzero", requirement="REQ-FRM-17", field=path)


def check_extension_count(earlier: int, path: str) -> None:
    """One more extension than the `earlier` ones is still allowed."""
    # REQ-FRM-23: at most 16 extensions.
    if earlier >= registry.limit("extensions"):
        raise RemoteError("too-many-extensions", requirement="REQ-FRM-23", field=path)


def check_extension_header(left: int, path: str) -> None:
    """Type and length fit into what is `left` of the body."""
    # REQ-FRM-19: 1 to 3 stray octets are an extension that overruns.
    if left < 4:
        raise RemoteError("extension-overrun", requirement="REQ-FRM-19", field=path)


def check_extension_value(length: int, left: int, path: str) -> None:
    """The value fits into what is `left` of the body."""
    # REQ-FRM-19: a value does not run past the end of the body.
    if length > left:
        raise RemoteError("extension-overrun", requirement="REQ-FRM-19", field=path)


def check_extension_repeat(kind: int, earlier: frozenset[int], path: str) -> None:
    """The type did not stand in the list before."""
    # REQ-FRM-22: no type twice, known or unknown.
    if kind in earlier:
        raise RemoteError("duplicate-extension", requirement="REQ-FRM-22", field=path)


def check_extension_critical(kind: int, allowed: frozenset[int], path: str) -> None:
    """A type with the critical bit is known and allowed in this body; without that bit anything goes.

    `allowed` are the critical types that this body may carry. REQ-FRM-21 is the other half of this rule: a
    type without the bit is never a reason to refuse.
    """
    # REQ-FRM-20: what must not be ignored must be understood.
    if kind & CRITICAL and kind not in allowed:
        raise RemoteError("unknown-critical-extension", requirement="REQ-FRM-20", field=path)


def check_extension_padding(kind: int, value: bytes, path: str) -> None:
    """The value of the extension `padding` is zeros."""
    # REQ-FRM-24: padding carries nothing.
    if kind == registry.extensions()["padding"] and any(value):
        raise RemoteError("padding-nonzero", requirement="REQ-FRM-24", field=path)
