"""The actions of tier 1 on groups, in the main overlay.

Implements the table of actions on groups of the Test interface chapter. Documents are slow to import, and so
whatever knows them comes late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from coterie.errors import LocalError
from coterie.harness import reset
from coterie.harness.arguments import Arguments, JsonObject
from coterie.peer import Peer
from coterie.vocabulary import Now, OverlayId

if TYPE_CHECKING:
    from coterie.documents import GroupInfo, GroupInvitation
    from coterie.groups.wishes import Part

OVERLAY = 16

Action = Callable[[Peer, OverlayId, Arguments, Now], JsonObject | None]


def create(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Create a group."""
    from coterie.groups.wishes import Creation

    management = peer.management(main)
    info, group = info_of(given.object("info")), given.octets("group")
    is_public, part = given.truth("public"), part_of(given, management.own_leaf)
    given.end()
    management.create(Creation(group, info, is_public, part), now)


def join(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Join a group, by its name or by an invitation."""
    from coterie.groups.wishes import Entry

    management = peer.management(main)
    if given.has("group") == given.has("invitation"):
        raise LocalError("a group is joined by its name or by an invitation; give one of the two")
    invitation = invitation_of(given.object("invitation")) if given.has("invitation") else None
    group = given.octets("group") if invitation is None else invitation.group_id
    choice = given.octets("authority") if given.has("authority") else None
    if invitation is not None and choice is not None:
        raise LocalError("an invitation says which group is meant; leave authority out")
    part = part_of(given, management.own_leaf)
    given.end()
    management.join(Entry(group, part, choice, invitation), now)


def host(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Have another peer create a group, and join it."""
    from coterie.groups.wishes import Petition

    management = peer.management(main)
    info, group = info_of(given.object("info")), given.octets("group")
    part = part_of(given, management.own_leaf)
    given.end()
    management.host(Petition(group, info, part), now)


def leave(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Leave a group."""
    overlay = OverlayId(given.octets("group_overlay", OVERLAY))
    given.end()
    peer.management(main).leave(overlay, now)


def bind(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Have an alias mean a group."""
    alias, group = given.octets("alias"), given.octets("group")
    given.end()
    peer.management(main).bind(alias, group, now)


def unbind(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Have an alias mean nothing any more."""
    alias = given.octets("alias")
    given.end()
    peer.management(main).unbind(alias, now)


def listing(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Find which groups there are."""
    given.end()
    peer.management(main).listing(now)


def members(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Find who says that it is in a group."""
    group = given.octets("group")
    given.end()
    peer.management(main).members(group, now)


def inform(peer: Peer, main: OverlayId, given: Arguments, now: Now) -> None:
    """Find where a group is."""
    group = given.octets("group")
    given.end()
    peer.management(main).inform(group, now)


def info_of(fields: JsonObject) -> GroupInfo:
    """A group-info document without contacts."""
    from coterie import documents

    if fields.get("contacts"):
        raise LocalError("the contacts of a group are those of its members; leave contacts out")
    found = documents.from_fields({**fields, "contacts": []})
    if not isinstance(found, documents.GroupInfo):
        raise LocalError("info is a document of type group-info")
    return found


def invitation_of(fields: JsonObject) -> GroupInvitation:
    """A group-invitation document."""
    from coterie import documents

    found = documents.from_fields(fields)
    if not isinstance(found, documents.GroupInvitation):
        raise LocalError("invitation is a document of type group-invitation")
    return found


def part_of(given: Arguments, own_leaf: bytes) -> Part:
    """The arguments public_members, leaf, name and service."""
    from coterie.groups.wishes import Part

    leaf = given.octets("leaf") if given.has("leaf") else own_leaf
    name = given.text("name") if given.has("name") else None
    return Part(leaf, given.truth("public_members"), name, reset.service(given))


ACTIONS: Mapping[str, Action] = {
    "group.create": create,
    "group.join": join,
    "group.host": host,
    "group.leave": leave,
    "group.bind": bind,
    "group.unbind": unbind,
    "group.list": listing,
    "group.members": members,
    "group.info": inform,
}
"""Every action on groups, by its name in the draft."""
