"""Creating a group for another peer, and leaving it when others are there.

Implements REQ-GRP-20 to REQ-GRP-23. Each rule is a function that is looked up in this module when it is
applied.
"""

from __future__ import annotations

from collections.abc import Collection

from coterie import documents, registry
from coterie.crypto import names
from coterie.documents import GroupInfo
from coterie.errors import RemoteError
from coterie.groups.group import Alarm, Group
from coterie.groups.roll import Roll
from coterie.groups.wishes import Creation, Part
from coterie.standing import Standing
from coterie.vocabulary import Now
from coterie.wire.bodies import Host


def check_allowed(hosts: int) -> None:
    """The user has allowed so many groups."""
    # REQ-GRP-20: without a word of the user none
    if not hosts:
        raise _refused("REQ-GRP-20")


def read(body: Host) -> tuple[bytes, GroupInfo]:
    """The name of the group, and what it is like."""
    # REQ-GRP-20: the Group-ID, and then the document, as their chapters say
    names.check_group_id(body.group)
    info = documents.parse(body.info)
    if not isinstance(info, GroupInfo):
        raise RemoteError("wrong-document", requirement="REQ-GRP-20", field="body.info")
    return body.group, info


def check_open(info: GroupInfo) -> None:
    """The peer needs no admission."""
    # REQ-GRP-21: no closed group
    if info.policy == "closed" or info.authority_certificate is not None:
        raise _refused("REQ-GRP-21")


def check_room(hosted: int, hosts: int) -> None:
    """One more is not one too many."""
    # REQ-GRP-21: as many as the user allows
    if hosted >= hosts:
        raise _refused("REQ-GRP-21")


def check_free(*, is_free: bool) -> None:
    """The peer could create a group of that name, or is in it and everybody knows."""
    # REQ-GRP-21: not one that is private here, nor beside an alias, nor where there is no room at all
    if not is_free:
        raise _refused("REQ-GRP-21")


def creation(group: bytes, info: GroupInfo, leaf: bytes) -> Creation:
    """The group that is created. `leaf` is DER."""
    # REQ-GRP-22: public, and no group-member of the host
    return Creation(group, info, is_public=True, part=Part(leaf), is_hosted=True)


def leave_at(mono_ms: int, *, is_alone: bool) -> int:
    """When a host leaves that is alone, or is not any more, since `mono_ms`."""
    # REQ-GRP-23: 60,000 ms alone, 10,000 ms with others
    return mono_ms + registry.timer("host-alone" if is_alone else "host-leave")


def is_new_company(before: bool | None, *, is_alone: bool) -> bool:
    """Whether that time begins: `before` says whether the peer was alone, None in its first view."""
    # REQ-GRP-23: without a break
    return before is None or before != is_alone


def wanted(body: Host, standing: Standing, roll: Roll, aliases: Collection[bytes]) -> Creation | None:
    """What a HOST asks for; None where the peer creates that group or is in it already. `RemoteError` where
    that is not to be. `aliases` are those that the peer has bound."""
    hosts = standing.trust.hosts
    check_allowed(hosts)
    group, info = read(body)
    check_open(info)
    overlay = names.overlay_id(group)
    if roll.is_in(overlay):
        known = roll.known(overlay)
        check_free(is_free=known is not None and known.is_public)
        return None
    check_room(sum(each.is_hosted for each in roll), hosts)
    check_free(is_free=len(roll) < registry.limit("groups") and group not in aliases)
    return creation(group, info, standing.identity.leaf)


def follow(group: Group, was_alone: bool | None, now: Now) -> None:
    """A view of a group is installed; `was_alone` says how it was in the one before, None in the first."""
    is_alone = not group.others
    if group.is_hosted and is_new_company(was_alone, is_alone=is_alone):
        group.alarms[Alarm.HANDOVER] = leave_at(now.mono_ms, is_alone=is_alone)


def _refused(requirement: str) -> RemoteError:
    return RemoteError("not-hosting", requirement=requirement, field="body")
