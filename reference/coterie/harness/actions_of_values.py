"""Actions of tier 0 on stored values. What reads documents is slow to import, and so comes late."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coterie import registry
from coterie.crypto import identity
from coterie.errors import LocalError
from coterie.harness.arguments import U16, Arguments, JsonObject
from coterie.vocabulary import OverlayId
from coterie.wire.rows import Envelope

OVERLAY = SLOT = 16
U8, U32 = 0xFF, 2**32 - 1
MOST_ENVELOPES, MOST_NAMES = 256, 16


def resource_key(given: Arguments) -> JsonObject:
    """Where the values of a resource are stored."""
    from coterie.values.resource import Resource

    kind, name = _kind(given), given.octets("name")
    given.end()
    return {"key": Resource.of(kind, name).key.hex()}


def _kind(given: Arguments) -> str:
    from coterie.values import kinds

    name = given.text("kind")
    kinds.code_of(name)
    return name


def _at_most(given: Arguments, name: str, most: int) -> bytes:
    found = given.octets(name)
    if len(found) > most:
        raise LocalError(f"{name} must have at most {most} octets, not {len(found)}")
    return found


def envelope_sign(given: Arguments) -> JsonObject:
    """An envelope, signed and not judged."""
    from coterie.values import envelope

    overlay = OverlayId(given.octets("overlay", OVERLAY))
    unsigned = Envelope(
        given.integer("kind", U8),
        _at_most(given, "name", U8),
        given.octets("slot", SLOT),
        given.integer("sequence"),
        given.integer("lifetime", U32),
        _at_most(given, "leaf", U16),
        _at_most(given, "value", U16),
        envelope.NOT_SIGNED,
    )
    key = identity.load_private_key(given.octets("key"))
    given.end()
    return {"bytes": envelope.sign(key, overlay, unsigned).hex()}


def envelope_check(given: Arguments) -> JsonObject:
    """The fields of an envelope that may be stored."""
    from coterie.values import envelope

    octets, overlay, wall_ms = _received(given)
    passed = envelope.check(octets, overlay, wall_ms)
    return {
        "kind": passed.kind,
        "name": passed.envelope.name.hex(),
        "slot": passed.envelope.slot.hex(),
        "sequence": passed.envelope.sequence,
        "lifetime": passed.envelope.lifetime,
        "leaf": passed.envelope.leaf.hex(),
        "value": passed.envelope.value.hex(),
        "publisher": passed.publisher.hex(),
        "expires": passed.expires,
    }


def _received(given: Arguments) -> tuple[bytes, OverlayId, int]:
    octets, overlay = given.octets("bytes"), OverlayId(given.octets("overlay", OVERLAY))
    wall_ms = given.integer("wall_ms")
    given.end()
    return octets, overlay, wall_ms


def envelope_read(given: Arguments) -> JsonObject:
    """The document in an envelope, or null."""
    from coterie import documents
    from coterie.values import envelope, reading

    octets, overlay, wall_ms = _received(given)
    document = reading.read(envelope.check(octets, overlay, wall_ms), wall_ms)
    return {"document": None if document is None else documents.to_fields(document)}


def resource_read(given: Arguments) -> JsonObject:
    """What a reader finds of a resource, and which of it it uses."""
    from coterie import documents
    from coterie.values import choosing, kinds, resource

    overlay, kind = OverlayId(given.octets("overlay", OVERLAY)), _kind(given)
    name, wall_ms = given.octets("name"), given.integer("wall_ms")
    envelopes = given.octets_list("envelopes")
    has_groups = kind == kinds.GROUP_INFO
    invited = OverlayId(given.octets("invited", OVERLAY)) if has_groups and given.has("invited") else None
    given.end()
    if len(envelopes) > MOST_ENVELOPES:
        raise LocalError(f"envelopes must be at most {MOST_ENVELOPES}, not {len(envelopes)}")
    found = resource.found_in(resource.Resource.of(kind, name), envelopes, overlay, wall_ms)
    rows = [
        {
            "publisher": each.checked.publisher.hex(),
            "slot": each.checked.envelope.slot.hex(),
            "sequence": each.checked.envelope.sequence,
            "document": documents.to_fields(each.document),
        }
        for each in found
    ]
    if not has_groups:
        return {"found": rows}
    present = [list(each) for each in choosing.classes(found)]
    return {"found": rows, "classes": present, "used": list(choosing.used(found, invited))}


def redirects_follow(given: Arguments) -> JsonObject:
    """Nothing, when each redirect of a chain may be followed."""
    from coterie.values.redirects import Chain

    names = given.octets_list("names")
    given.end()
    most = registry.limit("group-id")
    if not 1 <= len(names) <= MOST_NAMES or not all(1 <= len(each) <= most for each in names):
        raise LocalError(f"names must be 1 to {MOST_NAMES} Group-IDs of 1 to {most} octets")
    chain = Chain(names[0])
    for target in names[1:]:
        chain.follow(target)
    return {}


ACTIONS: Mapping[str, Callable[[Arguments], JsonObject]] = {
    "resource.key": resource_key,
    "envelope.sign": envelope_sign,
    "envelope.check": envelope_check,
    "envelope.read": envelope_read,
    "resource.read": resource_read,
    "redirects.follow": redirects_follow,
}
