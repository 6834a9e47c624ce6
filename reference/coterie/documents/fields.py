"""Documents as JSON objects, for the test interface and the commands.

Implements the shapes of `document.parse` and `document.build`: octets are lower-case hexadecimal strings,
what is absent is null, a contact is an object of `address` and `port`. To write, optional fields may be
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from coterie.documents import values
from coterie.documents.model import (
    TYPES,
    Contact,
    Document,
    GroupInfo,
    GroupInvitation,
    type_of,
)
from coterie.errors import LocalError

__all__ = ["from_fields", "to_fields"]


def to_fields(document: Document) -> dict[str, Any]:
    """All fields of a document, and its type; an invitation has those of its group-info beside its own."""
    found = {field.name: getattr(document, field.name) for field in fields(document)}
    if isinstance(document, GroupInvitation):
        info = found.pop("info")
        found |= {field.name: getattr(info, field.name) for field in fields(info)}
    return {"type": type_of(document)} | {name: _to_json(value) for name, value in found.items()}


def _to_json(value: object) -> object:
    match value:
        case bytes():
            return value.hex()
        case Contact(address, port):
            return {"address": address, "port": port}
        case tuple():
            return [_to_json(item) for item in value]
        case _:
            return value


def from_fields(given: Mapping[str, Any]) -> Document:
    """The document that `to_fields` describes. `LocalError` for another shape; `build` judges values."""
    kind = TYPES.get(str(given.get("type")))
    if kind is None:
        raise LocalError(f"type is one of {', '.join(TYPES)}")
    content = {name: value for name, value in given.items() if name != "type"}
    if kind is GroupInvitation:
        names = {field.name for field in fields(GroupInfo)}
        info = {name: content.pop(name) for name in names & content.keys()}
        return GroupInvitation(info=_fill(GroupInfo, info), **_values(GroupInvitation, content, {"info"}))
    document: Document = _fill(kind, content)
    return document


def _fill(kind: type[Any], content: Mapping[str, Any]) -> Any:
    return kind(**_values(kind, content, set()))


def _values(kind: type[Any], content: Mapping[str, Any], apart: set[str]) -> dict[str, Any]:
    """The values for the fields of `kind` but those `apart`, in the types that the fields have."""
    known = {field.name: field for field in fields(kind) if field.name not in apart}
    for name in content:
        if name not in known:
            raise LocalError(f"{name} is no field of this document; it has {', '.join(known)}")
    for name, field in known.items():
        if name not in content and field.default is MISSING and field.default_factory is MISSING:
            raise LocalError(f"{name} is missing")
    return {name: _from_json(name, str(known[name].type), value) for name, value in content.items()}


def _from_json(name: str, annotation: str, value: object) -> object:
    if value is None and annotation.endswith("| None"):
        return None
    shape, convert = SHAPES[annotation.removesuffix(" | None")]
    try:
        return convert(value)
    except (TypeError, ValueError, KeyError):
        raise LocalError(f"{name} is {shape}") from None


def _exactly(kind: type[Any]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        # bool is an int in Python, not in JSON
        if type(value) is not kind:
            raise TypeError
        return value

    return convert


def _octets(value: Any) -> bytes:
    if not values.HEX.fullmatch(_exactly(str)(value)):
        raise ValueError
    return bytes.fromhex(value)


def _contact(value: Any) -> Contact:
    if _exactly(dict)(value).keys() != {"address", "port"}:
        raise KeyError
    return Contact(_exactly(str)(value["address"]), _exactly(int)(value["port"]))


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: tuple(convert(item) for item in _exactly(list)(value))


SHAPES: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "str": ("a string", _exactly(str)),
    "int": ("an integer", _exactly(int)),
    "bool": ("true or false", _exactly(bool)),
    "bytes": ("a string of hexadecimal digits", _octets),
    "Contact": ("an object of address and port", _contact),
    "tuple[Contact, ...]": ("a list of objects of address and port", _each(_contact)),
    "tuple[int, ...]": ("a list of integers", _each(_exactly(int))),
}
