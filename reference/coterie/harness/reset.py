"""What `reset` starts a peer with.

Implements the command `reset` of the Test interface chapter.
"""

from __future__ import annotations

from typing import Any, Literal

from coterie import registry
from coterie.crypto.entropy import Draws
from coterie.crypto.identity import Identity, load_identity
from coterie.crypto.policy import OPEN, Policy, closed
from coterie.errors import LocalError
from coterie.harness.arguments import Arguments
from coterie.peer import Membership, Peer, PeerConfig, Trust
from coterie.vocabulary import Address, Now, OverlayId

ORIGIN_AUTH = {"group": False, "sender": True}
STATED: Literal["stated"] = "stated"
GROUP: Literal["group"] = "group"
NONE: Literal["none"] = "none"
PEER: Literal["peer"] = "peer"
CLIENT: Literal["client"] = "client"


def new_peer(given: Arguments, *, grease: bool) -> tuple[Peer, Now]:
    """A fresh peer at the instant that the command names. `LocalError` says which argument does not do."""
    draws = Draws(given.octets("seed", 32))
    now = Now(given.integer("mono_ms"), given.integer("wall_ms"))
    key = given.octets("key")
    leaf = given.octets("leaf")
    address = Address.parse(given.text("address"))
    memberships = tuple(membership(Arguments(row), key, leaf) for row in given.objects("trust"))
    disk = given.octets("disk") if given.has("disk") else None
    given.end()
    return Peer(PeerConfig(address, memberships, disk, grease), now, draws), now


def membership(given: Arguments, key: bytes, leaf: bytes) -> Membership:
    """One entry of `trust`, with the identity that the peer shows there."""
    overlay = OverlayId(given.octets("overlay", 16))
    shown = given.octets("leaf") if given.has("leaf") else leaf
    trust = Trust(
        overlay,
        policy(given),
        suites(given.integers("suites")) if given.has("suites") else tuple(sorted(registry.suites())),
        max_datagram(given),
        signs_origin(given),
        makes_views(given),
        service(given),
        Address.parse(given.text("multicast")) if given.has("multicast") else None,
        role(given),
        hosts(given),
    )
    given.end()
    if trust.role != PEER and not trust.keeps_values:
        raise LocalError(f"role {trust.role} is for the membership {NONE} only")
    if trust.hosts and (trust.role != PEER or not trust.keeps_values):
        raise LocalError(f"hosts is for a {PEER} with the membership {NONE} only")
    return Membership(identity(key, shown), trust)


def identity(key: bytes, leaf: bytes) -> Identity:
    """Key and leaf, which belong together."""
    return load_identity(key, leaf)


def policy(given: Arguments) -> Policy:
    """`open`, or `closed` under an authority's certificate."""
    name = given.text("policy")
    authority = given.octets("authority") if given.has("authority") else None
    if name == "open" and authority is None:
        return OPEN
    if name == "closed" and authority is not None:
        return closed(authority)
    raise LocalError("a policy is 'open' without an authority, or 'closed' with the certificate of one")


def suites(codes: list[int]) -> tuple[int, ...]:
    """The suites that the peer offers, which it has to have."""
    known = registry.suites()
    if codes != sorted(set(codes)) or 1 not in codes or any(code not in known for code in codes):
        raise LocalError(f"suites are ascending, have 1 among them, and are of {sorted(known)}")
    return tuple(codes)


def max_datagram(given: Arguments) -> int:
    """How long a sealed datagram of the overlay may be, in octets."""
    least, most = registry.limit("datagram"), registry.limit("sealed-datagram")
    if not given.has("max_datagram"):
        return least
    found = given.integer("max_datagram", most)
    if found < least:
        raise LocalError(f"max_datagram is {least} to {most} octets")
    return found


def signs_origin(given: Arguments) -> bool:
    """Whether each sender signs its DATA itself."""
    name = given.text("origin_auth") if given.has("origin_auth") else "group"
    if name not in ORIGIN_AUTH:
        raise LocalError(f"origin_auth is one of {', '.join(ORIGIN_AUTH)}")
    return ORIGIN_AUTH[name]


def makes_views(given: Arguments) -> Literal["stated", "group", "none"]:
    """Who makes the views: the user, or the members themselves; or that there are none."""
    name = given.text("membership") if given.has("membership") else STATED
    if name == STATED:
        return STATED
    if name == GROUP:
        return GROUP
    if name == NONE:
        return NONE
    raise LocalError(f"membership is {STATED}, {GROUP} or {NONE}")


def role(given: Arguments) -> Literal["peer", "client"]:
    """Whether the peer keeps an overlay without views up, or only uses it."""
    name = given.text("role") if given.has("role") else PEER
    if name == PEER:
        return PEER
    if name == CLIENT:
        return CLIENT
    raise LocalError(f"role is {PEER} or {CLIENT}")


def hosts(given: Arguments) -> int:
    """How many groups the peer creates for others at a time."""
    return given.integer("hosts", registry.limit("hosted-groups")) if given.has("hosts") else 0


def service(given: Arguments) -> str:
    """Which messages of a group are told, and in which order."""
    name = given.text("service") if given.has("service") else "timestamp-ordered"
    if name not in registry.codes("service"):
        raise LocalError(f"service is one of {', '.join(registry.codes('service'))}")
    return name


def describe(peer: Peer) -> dict[str, Any]:
    """The result of `reset`."""
    nodes = {overlay.hex(): peer.node(overlay).hex() for overlay in peer.overlays}
    return {"nodes": nodes, "incarnation": peer.incarnation}
