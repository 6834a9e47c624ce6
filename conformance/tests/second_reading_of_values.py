"""The actions on stored values once more, out of the kit's own reading of that chapter."""

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import load_der_private_key

from coterie_kit import values
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.values import checking

Values = dict[str, Any]


def octets(given: Values, name: str) -> bytes:
    """An argument of octets."""
    return bytes.fromhex(given[name])


def resource_key(given: Values) -> Values:
    """REQ-VAL-1, and REQ-VAL-4."""
    name = octets(given, "name")
    checking.check_name(given["kind"], name)
    return {"key": values.resource_key(values.KINDS[given["kind"]], name).hex()}


def envelope_sign(given: Values) -> Values:
    """REQ-VAL-11."""
    fields = {name: octets(given, name) for name in ("name", "slot", "leaf", "value")}
    numbers = {name: given[name] for name in ("kind", "sequence", "lifetime")}
    key = SigningKey(load_der_private_key(octets(given, "key"), None))
    made = values.Envelope(**fields, **numbers).signed(key, octets(given, "overlay"))
    return {"bytes": made.octets().hex()}


def taken(given: Values) -> values.Taken:
    """The envelope of an argument, or the refusal."""
    return values.check(octets(given, "bytes"), octets(given, "overlay"), given["wall_ms"])


def envelope_check(given: Values) -> Values:
    """REQ-VAL-2 to REQ-VAL-11."""
    found = taken(given)
    envelope = found.envelope
    return {
        "kind": found.kind,
        **{name: getattr(envelope, name).hex() for name in ("name", "slot", "leaf", "value")},
        "sequence": envelope.sequence,
        "lifetime": envelope.lifetime,
        "publisher": found.publisher.hex(),
        "expires": found.expires,
    }


def envelope_read(given: Values) -> Values:
    """REQ-VAL-12 to REQ-VAL-14."""
    return {"document": values.read(taken(given), given["wall_ms"])}


def resource_read(given: Values) -> Values:
    """REQ-VAL-15 to REQ-VAL-17."""
    kind, name = given["kind"], octets(given, "name")
    checking.check_name(kind, name)
    envelopes = [bytes.fromhex(each) for each in given["envelopes"]]
    found = values.found_in(envelopes, octets(given, "overlay"), kind, name, given["wall_ms"])
    rows = [
        {
            "publisher": each.publisher.hex(),
            "slot": each.slot.hex(),
            "sequence": each.sequence,
            "document": each.document,
        }
        for each in found
    ]
    if kind != "group-info":
        return {"found": rows}
    classes = values.classes_of(found)
    invited = octets(given, "invited") if given.get("invited") is not None else None
    return {"found": rows, "classes": classes, "used": values.used_of(found, classes, invited)}


def redirects_follow(given: Values) -> Values:
    """REQ-VAL-18."""
    values.follow([bytes.fromhex(each) for each in given["names"]])
    return {}


ACTIONS: Mapping[str, Callable[[Values], Values]] = {
    "resource.key": resource_key,
    "envelope.sign": envelope_sign,
    "envelope.check": envelope_check,
    "envelope.read": envelope_read,
    "resource.read": resource_read,
    "redirects.follow": redirects_follow,
}
