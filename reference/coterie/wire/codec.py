"""Bodies between octets and values: strict in, exact out.

Implements REQ-FRM-16 to REQ-FRM-24. What `decode_body` accepts, `encode_body` writes back octet for octet; no
other octets lead to the same value. Lists of counts of one kind never disagree with what follows them.
"""

from __future__ import annotations

import io
from typing import Any

import construct

from coterie import registry
from coterie.errors import LocalError, RemoteError
from coterie.wire import constructs, layouts, packing, rules
from coterie.wire.bodies import CLASSES, NAMES, Body, Proxied

NONE_ALLOWED: frozenset[int] = frozenset()


def critical_extensions(name: str, *, origin_signature: bool = True, senders: bool = True) -> frozenset[int]:
    """The critical extensions that a body may carry: one in DATA and one in INSTALL, where the overlay has
    them."""
    if name == "DATA" and origin_signature:
        return frozenset({registry.extensions()["origin-signature"]})
    if name == "INSTALL" and senders:
        return frozenset({registry.extensions()["senders"]})
    return NONE_ALLOWED


def parse_exact(layout: Any, octets: bytes, allowed: frozenset[int] = NONE_ALLOWED) -> Any:
    """Read `octets` by a layout, all of them.

    Raises RemoteError with the path of the field: `truncated-body`, `trailing-bytes`, or what the rules of
    the fields refuse, whichever stands first in the octets.
    """
    stream = io.BytesIO(octets)
    try:
        found = layout.parse_stream(stream, allowed=allowed)
    except construct.StreamError as error:
        raise rules.refuse_truncated(constructs.dotted(error.path or "")) from None
    rules.check_nothing_left(stream.read())
    return found


def decode_body(name: str, octets: bytes, *, origin_signature: bool = True, senders: bool = True) -> Body:
    """The body of the frame type `name`.

    `origin_signature` says whether a DATA may carry that extension: it may where the group's origin-auth is
    `sender`. `senders` says the same of INSTALL: it may where the members are not stated by a user. Raises
    RemoteError (REQ-FRM-16 to REQ-FRM-24, REQ-FRM-28).
    """
    allowed = critical_extensions(name, origin_signature=origin_signature, senders=senders)
    return packing.read(name, octets, allowed) or decode_by_layout(name, octets, allowed)


def decode_by_layout(name: str, octets: bytes, allowed: frozenset[int] = NONE_ALLOWED) -> Body:
    """The same, always by the layout, which defines what a body is; `allowed` as of `critical_extensions`."""
    found = parse_exact(layouts.BODIES[name], octets, allowed)
    kind: Any = CLASSES[name]
    body: Body = kind(*[found[field] for field in kind.__slots__])
    return body


def encode_body(body: Body) -> bytes:
    """The octets of a body; LocalError when a value does not fit its field."""
    octets = packing.write(body)
    return encode_by_layout(body) if octets is None else octets


def encode_by_layout(body: Body) -> bytes:
    """The same, always by the layout."""
    name = NAMES[type(body)]
    values = {field: getattr(body, field) for field in type(body).__slots__}
    return write(layouts.BODIES[name], values, name)


def decode_proxied(octets: bytes) -> Proxied:
    """The payload of a message of kind `proxied`.

    Raises RemoteError `bad-proxied` when it ends inside the signature or before (REQ-MUL-35).
    """
    try:
        found = layouts.PAYLOADS["proxied"].parse(octets)
    except construct.StreamError:
        # REQ-MUL-35: without origin, sequence and signature it is nobody's
        raise RemoteError("bad-proxied", requirement="REQ-MUL-35") from None
    return Proxied(found.origin, found.origin_sequence, found.signature, found.payload)


def encode_proxied(payload: Proxied) -> bytes:
    """The octets of such a payload; LocalError when a value does not fit its field."""
    values = {field: getattr(payload, field) for field in Proxied.__slots__}
    return write(layouts.PAYLOADS["proxied"], values, "proxied")


def write(layout: Any, values: dict[str, Any], name: str) -> bytes:
    """The octets of `values` by a layout; LocalError names the field that they do not fit."""
    if isinstance(layout, constructs.Packed) and (packed := layout.pack(values)) is not None:
        return packed
    try:
        octets: bytes = layout.build(values)
    except (construct.ConstructError, OverflowError) as error:
        field = constructs.dotted(getattr(error, "path", None) or "")
        raise LocalError(f"{name}: the value of {field!r} does not fit its field of the frame") from error
    return octets
