"""Actions of tier 0 on frames: decoding, signatures, seals and segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coterie import registry
from coterie.crypto import certificate, keys, schedule, signature
from coterie.crypto.der import MalformedDer
from coterie.crypto.seal import Seal
from coterie.errors import LocalError
from coterie.harness.arguments import U16, Arguments, JsonObject
from coterie.vocabulary import NodeId, OverlayId, ViewId
from coterie.wire import codec, fields, frames, segments

SECRET = 32
SEALED = frozenset(row.name for row in registry.frame_types().values() if row.secret is not None)


def frame_decode(given: Arguments) -> JsonObject:
    """All fields of a frame; a sealed one stays sealed."""
    octets = given.octets("bytes")
    given.end()
    return fields.to_fields(frames.decode_frame(octets))


def frame_encode(given: Arguments) -> JsonObject:
    """The frame of an object as `frame.decode` gives it."""
    return {"bytes": fields.from_fields(given.rest()).hex()}


def frame_verify(given: Arguments) -> JsonObject:
    """Nothing, when the signature of a frame is one by the key of a leaf."""
    octets, der = given.octets("bytes"), given.octets("leaf")
    given.end()
    try:
        key = keys.public_key(certificate.parse(der).spki)
    except (MalformedDer, ValueError) as unreadable:
        raise LocalError(
            "the leaf is no certificate with a key of ours; check it with leaf.check"
        ) from unreadable
    frame = frames.decode_frame(octets, assembled=True)
    if not isinstance(frame, frames.SignedFrame):
        raise LocalError("only a signed frame can be verified")
    signature.verify(key, frame.signed_octets, frame.signature)
    return {}


def frame_open(given: Arguments) -> JsonObject:
    """The body of a sealed frame."""
    octets, cipher = given.octets("bytes"), _seal(given, given.integer("index", U16))
    given.end()
    frame = frames.decode_frame(octets, max_datagram=registry.limit("sealed-datagram"))
    if not isinstance(frame, frames.SealedFrame):
        raise LocalError("only a sealed frame can be opened")
    body = cipher.open(frame.counter, frame.associated, frame.sealed)
    return fields.body_to_fields(codec.decode_body(frame.header.name, body))


def frame_seal(given: Arguments) -> JsonObject:
    """A sealed frame of given fields: DATA, unless the argument `type` names another."""
    name = given.text("type") if given.has("type") else "DATA"
    if name not in SEALED:
        raise LocalError(f"{name!r} is no sealed frame; use a name such as DATA or HEARTBEAT")
    overlay = OverlayId(given.octets("overlay_id", 16))
    index = given.integer("sender_index", U16)
    prefix = frames.SealedPrefix(ViewId(given.octets("view_id", 16)), index, given.integer("counter"))
    cipher = _seal(given, index)
    body = codec.encode_body(fields.body_from_fields(name, given.object("fields")))
    given.end()
    associated = frames.associated(overlay, prefix, len(body), name)
    return {"bytes": (associated + cipher.seal(prefix.counter, associated, body)).hex()}


def segment_cut(given: Arguments) -> JsonObject:
    """The bodies of the SEGMENTs of a frame."""
    octets = given.octets("frame")
    given.end()
    return {"segments": [each.hex() for each in segments.cut(octets)]}


def segment_join(given: Arguments) -> JsonObject:
    """The frame of all its SEGMENTs."""
    bodies = given.octets_list("segments")
    given.end()
    return {"frame": segments.join(bodies).hex()}


def _seal(given: Arguments, index: int) -> Seal:
    code = given.suite().code
    secret, node = given.octets("secret", SECRET), NodeId(given.octets("node", 32))
    return Seal(code, schedule.sender_key(code, secret, index, node))


ACTIONS: Mapping[str, Callable[[Arguments], JsonObject]] = {
    "frame.decode": frame_decode,
    "frame.encode": frame_encode,
    "frame.verify": frame_verify,
    "frame.open": frame_open,
    "frame.seal": frame_seal,
    "segment.cut": segment_cut,
    "segment.join": segment_join,
}
