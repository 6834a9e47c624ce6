"""What the user is told of groups.

Implements the events of group management of the Test interface chapter.
"""

from __future__ import annotations

from collections.abc import Sequence

from coterie.documents import GroupListEntry, GroupMember
from coterie.groups.steps import Tell
from coterie.values import kinds
from coterie.values.choosing import Found
from coterie.values.resource import Resource
from coterie.vocabulary import NodeId, OverlayId


def entered(group: bytes, overlay: OverlayId, *, is_created: bool) -> Tell:
    """The first view of a group is installed."""
    return Tell("group-entered", {"group": group, "group_overlay": overlay, "created": int(is_created)})


def hosting(group: bytes, overlay: OverlayId, node: NodeId) -> Tell:
    """The peer creates a group for another one."""
    return Tell("hosting", {"group": group, "group_overlay": overlay, "node": node})


def failed(group: bytes, reason: str, choices: tuple[OverlayId, ...] = ()) -> Tell:
    """A group was not created, joined or found; `group` is the name that the user gave."""
    return Tell("group-failed", {"group": group, "reason": reason, "choices": tuple(choices)})


def left(group: bytes, overlay: OverlayId) -> Tell:
    """The peer is out."""
    return Tell("group-left", {"group": group, "group_overlay": overlay})


def known(group: bytes, overlay: OverlayId, found: Sequence[Found]) -> Tell:
    """Where a group is."""
    values = tuple(each.checked.envelope.value for each in found)
    return Tell("group-found", {"group": group, "group_overlay": overlay, "documents": values})


def answer(about: Resource, found: Sequence[Found], *, is_complete: bool) -> Tell:
    """What the user asked for: which groups there are, or who says that it is in one."""
    if about.kind == kinds.GROUP_LIST:
        return listed(found, is_complete=is_complete)
    return members(about.name, found, is_complete=is_complete)


def listed(found: Sequence[Found], *, is_complete: bool) -> Tell:
    """Which groups there are, each once, in the order of REQ-VAL-16."""
    rows = dict.fromkeys(
        (each.document.group_id, each.checked.envelope.slot)
        for each in found if isinstance(each.document, GroupListEntry)
    )  # fmt: skip
    groups, slots = tuple(row[0] for row in rows), tuple(row[1] for row in rows)
    return Tell("groups", {"complete": int(is_complete), "groups": groups, "slots": slots})


def members(group: bytes, found: Sequence[Found], *, is_complete: bool) -> Tell:
    """Who says that it is in a group."""
    rows = [each.document for each in found if isinstance(each.document, GroupMember)]
    return Tell(
        "group-members",
        {
            "group": group,
            "complete": int(is_complete),
            "members": tuple(row.peer_id for row in rows),
            "names": tuple((row.name or "").encode() for row in rows),
        },
    )
