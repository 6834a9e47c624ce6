"""Actions of tier 0 on documents and names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coterie.crypto import leaf, names, policy
from coterie.errors import LocalError
from coterie.harness.arguments import Arguments, JsonObject
from coterie.vocabulary import OverlayId
from coterie.wire.fields import octets

OVERLAY = 16
OCTETS = {
    "actual_group_id", "authority_certificate", "authority_fingerprint",
    "group_id", "main_group_id", "peer_id",
}  # fmt: skip
"""The members of documents that are octets."""


def document_parse(given: Arguments) -> JsonObject:
    """The document in octets."""
    from coterie import documents

    whole = given.octets("bytes")
    given.end()
    return documents.to_fields(documents.parse(whole))


def document_build(given: Arguments) -> JsonObject:
    """The octets of a document."""
    from coterie import documents

    return {"bytes": documents.build(documents.from_fields(_written(given))).hex()}


def document_read_uri(given: Arguments) -> JsonObject:
    """The invitation in a URI."""
    from coterie import documents

    uri = given.text("uri")
    given.end()
    return documents.to_fields(documents.from_uri(uri))


def document_write_uri(given: Arguments) -> JsonObject:
    """The URI of an invitation."""
    from coterie import documents

    document = documents.from_fields(_written(given))
    if not isinstance(document, documents.GroupInvitation):
        raise LocalError("only a group-invitation has a URI")
    return {"uri": documents.to_uri(document)}


def _written(given: Arguments) -> JsonObject:
    """The fields of a document; commands take capital digits from their users, the interface does not."""
    found = given.rest()
    for name in OCTETS & found.keys():
        if found[name] is not None:
            octets(found[name], name)
    return found


def name_peer(given: Arguments) -> JsonObject:
    """The Peer-ID of a key."""
    spki = given.octets("spki")
    given.end()
    return {"id": names.peer_id(spki).hex()}


def name_node(given: Arguments) -> JsonObject:
    """The Node-ID of a key in an overlay."""
    overlay, spki = OverlayId(given.octets("overlay", OVERLAY)), given.octets("spki")
    given.end()
    return {"id": names.node_id(overlay, spki).hex()}


def name_overlay(given: Arguments) -> JsonObject:
    """The Overlay-ID of a group."""
    group = given.octets("group")
    authority = given.octets("authority") if given.has("authority") else b""
    given.end()
    return {"id": names.overlay_id(group, authority).hex()}


def leaf_check(given: Arguments) -> JsonObject:
    """The names of a leaf that may be shown."""
    der, overlay = given.octets("leaf"), OverlayId(given.octets("overlay", OVERLAY))
    chosen = _policy(given)
    wall_ms = given.integer("wall_ms")
    given.end()
    shown = leaf.check_leaf(der, chosen, overlay, wall_ms)
    return {
        "spki": shown.spki.hex(),
        "peer": names.peer_id(shown.spki).hex(),
        "node": names.node_id(overlay, shown.spki).hex(),
        "key": shown.kind,
    }


def _policy(given: Arguments) -> policy.Policy:
    name = given.text("policy")
    match name, given.has("authority"):
        case "closed", True:
            return policy.closed(given.octets("authority"))
        case "open", False:
            return policy.OPEN
        case _:
            raise LocalError("policy is 'open', or 'closed' with the certificate of the authority")


ACTIONS: Mapping[str, Callable[[Arguments], JsonObject]] = {
    "document.parse": document_parse,
    "document.build": document_build,
    "document.read-uri": document_read_uri,
    "document.write-uri": document_write_uri,
    "name.peer": name_peer,
    "name.node": name_node,
    "name.overlay": name_overlay,
    "leaf.check": leaf_check,
}
