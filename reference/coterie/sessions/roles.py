"""What a peer says it is in an overlay with the membership none: one that keeps it up, or a client of it.

Implements REQ-OVL-2, REQ-OVL-3 and REQ-SES-22: the roles of HELLO3, and the extension `roles` of HELLO2.
"""

from __future__ import annotations

from coterie import registry
from coterie.errors import RemoteError
from coterie.standing import Trust
from coterie.wire import extensions
from coterie.wire.bodies import Extension, Hello2

PEER = 1 << registry.roles()["peer"]
CLIENT = 1 << registry.roles()["client"]
DEFINED = sum(1 << bit for bit in registry.roles().values())


def are_allowed(roles: int) -> bool:
    """Whether the bits are those of defined roles, and exactly one of peer and client is among them."""
    return not roles & ~DEFINED and bool(roles & PEER) != bool(roles & CLIENT)


def check_roles(roles: int) -> None:
    """The roles of a HELLO3 are defined ones, and say what the signer is."""
    # REQ-SES-22: bits 0 to 3 only; exactly one of peer and client
    if not are_allowed(roles):
        raise RemoteError("bad-roles", requirement="REQ-SES-22", field="roles")


def check_stated(trust: Trust, body: Hello2) -> None:
    """The extension of a HELLO2 is one octet with roles as of a HELLO3, where it counts at all."""
    value = stated_value(trust, body)
    # REQ-OVL-3: whoever says what it is says it in the one form
    if value is not None and (len(value) != 1 or not are_allowed(value[0])):
        raise RemoteError("bad-roles", requirement="REQ-OVL-3", field="extensions")


def stated(trust: Trust, body: Hello2) -> int:
    """The roles of the signer of a HELLO2 that was checked, as bits; without the extension it is a peer."""
    return int.from_bytes(stated_value(trust, body) or bytes([PEER]), "big")


def stated_value(trust: Trust, body: Hello2) -> bytes | None:
    """The value of the extension of a HELLO2, or None where it has none or means nothing."""
    # REQ-OVL-3: elsewhere the extension is one of those that are ignored
    return extensions.value_of(body.extensions, "roles") if trust.keeps_values else None


def own(trust: Trust) -> int:
    """What this peer says it is, as bits: a client of an overlay with the membership none, or a peer."""
    # REQ-OVL-2: client, and not peer
    return CLIENT if trust.keeps_values and trust.role == "client" else PEER


def own_extension(trust: Trust) -> tuple[Extension, ...]:
    """The same in the extensions of a HELLO2; nothing for a peer, which is what nobody has to say."""
    # REQ-OVL-2: the same bits in every HELLO2
    roles = own(trust)
    return () if roles == PEER else (extensions.roles(roles),)
