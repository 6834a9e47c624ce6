"""Frames and bodies as JSON objects, the way the test interface and the vectors write them.

Implements the actions `frame.decode` and `frame.encode` of the Test interface chapter: field names of
`spec/frames.toml`, integers as integers, octets as lower-case hex; counts, lengths and zero fields are
derived.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any

from coterie import registry
from coterie.errors import LocalError
from coterie.vocabulary import NodeId, OverlayId, ViewId
from coterie.wire import bodies, frames
from coterie.wire.bodies import CLASSES, Body
from coterie.wire.codec import decode_body
from coterie.wire.frames import Frame, PlainFrame, SealedFrame, SignedFrame

Fields = dict[str, Any]


def body_to_fields(body: Body) -> Fields:
    """A body, or a row of one, as a JSON object."""
    return {field.name: _to_json(getattr(body, field.name)) for field in dataclasses.fields(body)}


def _to_json(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex()
        case tuple():
            return [_to_json(each) for each in value]
        case int():
            return value
        case _:
            return body_to_fields(value)


def body_from_fields(name: str, given: Mapping[str, Any]) -> Body:
    """The body of the frame type `name` from its JSON object; LocalError says which field does not fit."""
    if name not in CLASSES:
        raise LocalError(f"{name!r} is no frame type; use a name of the registry, such as HELLO2")
    body: Body = _value(CLASSES[name], given, name)
    return body


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return typing.get_type_hints(kind, vars(bodies))


def _value(kind: Any, given: Any, path: str) -> Any:
    hints = _hints(kind)
    if not isinstance(given, Mapping) or set(given) != set(hints):
        raise LocalError(f"{path} needs exactly the fields {', '.join(hints)}")
    return kind(**{name: _field(hint, given[name], f"{path}.{name}") for name, hint in hints.items()})


def _field(hint: Any, given: Any, path: str) -> Any:
    if typing.get_origin(hint) is tuple:
        if not isinstance(given, list):
            raise LocalError(f"{path} must be an array")
        row = typing.get_args(hint)[0]
        return tuple(_field(row, each, f"{path}[{index}]") for index, each in enumerate(given))
    kind = getattr(hint, "__supertype__", hint)
    if kind is int:
        return _integer(given, path)
    return octets(given, path) if kind is bytes else _value(kind, given, path)


def _integer(given: Any, path: str) -> int:
    if not isinstance(given, int) or isinstance(given, bool):
        raise LocalError(f"{path} must be an integer")
    return given


def octets(given: Any, path: str) -> bytes:
    """Octets from hex; LocalError names the field at `path`."""
    try:
        found = bytes.fromhex(given) if isinstance(given, str) else None
    except ValueError:
        found = None
    # `fromhex` also reads capitals and spaces, which are no second way to write the same octets
    if found is None or found.hex() != given:
        raise LocalError(f"{path} must be octets in lower-case hex")
    return found


def to_fields(frame: Frame) -> Fields:
    """A frame as a JSON object: RemoteError as of `decode_body`. A sealed body stays sealed."""
    name = frame.header.name
    fields: Fields = {
        "type": name,
        "protection": registry.frame_type(name).protection,
        "overlay_id": frame.header.overlay_id.hex(),
    }
    match frame:
        case PlainFrame():
            return fields | body_to_fields(decode_body(name, frame.body))
        case SignedFrame():
            prefix = {
                "signer": frame.signer.hex(),
                "incarnation": frame.incarnation,
                "sequence": frame.sequence,
                "destination": frame.destination.hex(),
            }
            body = body_to_fields(decode_body(name, frame.body))
            return fields | prefix | body | {"signature": frame.signature.hex()}
        case SealedFrame():
            return fields | {
                "view_id": frame.view_id.hex(),
                "sender_index": frame.sender_index,
                "counter": frame.counter,
                "sealed": frame.sealed.hex(),
            }


def from_fields(given: Mapping[str, Any]) -> bytes:
    """The frame of a JSON object as `to_fields` writes it; LocalError when a field is amiss."""
    fields = dict(given)
    name, protection = fields.pop("type", None), fields.pop("protection", None)
    if not isinstance(name, str) or name not in CLASSES or protection != registry.frame_type(name).protection:
        raise LocalError(f"{name!r} with protection {protection!r} is no frame; use names of the registry")
    overlay = OverlayId(octets(fields.pop("overlay_id", None), "overlay_id"))
    match protection:
        case "signed":
            return _signed(name, overlay, fields)
        case "sealed":
            return _sealed(name, overlay, fields)
        case _:
            return frames.encode_plain(overlay, body_from_fields(name, fields))


def _signed(name: str, overlay: OverlayId, fields: Fields) -> bytes:
    prefix = frames.SignedPrefix(
        NodeId(octets(fields.pop("signer", None), "signer")),
        _integer(fields.pop("incarnation", None), "incarnation"),
        _integer(fields.pop("sequence", None), "sequence"),
        NodeId(octets(fields.pop("destination", None), "destination")),
    )
    signature = _exactly(frames.SIGNATURE_SIZE, fields.pop("signature", None), "signature")
    return frames.unsigned(overlay, prefix, body_from_fields(name, fields)) + signature


def _sealed(name: str, overlay: OverlayId, fields: Fields) -> bytes:
    prefix = frames.SealedPrefix(
        ViewId(octets(fields.pop("view_id", None), "view_id")),
        _integer(fields.pop("sender_index", None), "sender_index"),
        _integer(fields.pop("counter", None), "counter"),
    )
    sealed = octets(fields.pop("sealed", None), "sealed")
    if fields:
        raise LocalError(f"a sealed frame has no field {min(fields)!r}; frame.seal takes the body")
    if len(sealed) < frames.TAG_SIZE:
        raise LocalError(f"sealed must have {frames.TAG_SIZE} octets at least: they end in the tag")
    return frames.associated(overlay, prefix, len(sealed) - frames.TAG_SIZE, name) + sealed


def _exactly(size: int, given: Any, path: str) -> bytes:
    found = octets(given, path)
    if len(found) != size:
        raise LocalError(f"{path} must have {size} octets")
    return found
