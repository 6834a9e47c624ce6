"""A coordinator that looks for other parts of its group, from time to time, and greets one that it finds.

Implements the times of REQ-GRP-12; whom it greets is said in `polling`.
"""

from __future__ import annotations

from coterie.crypto import names
from coterie.groups import polling
from coterie.groups.group import Alarm, Group
from coterie.groups.states import State
from coterie.groups.steps import Join, Step
from coterie.standing import Standing
from coterie.values.choosing import Found
from coterie.vocabulary import Now


def follow(group: Group, standing: Standing, now: Now, *, led: bool) -> None:
    """A view is installed: whoever coordinates it and did not before, as `led` says, begins to look."""
    if not is_polled(group):
        group.alarms.pop(Alarm.POLL, None)
    elif not led:
        look_later(group, standing, now)


def met(group: Group, found: tuple[Found, ...], standing: Standing, now: Now) -> list[Step]:
    """What a coordinator does with what it found."""
    if group.state is not State.MEMBER or not is_polled(group):
        return []
    look_later(group, standing, now)
    members = {standing.address, *group.others}
    own = names.peer_id(standing.identity.spki)
    stranger = polling.stranger(found, group.home.overlay, own, members)
    return [] if stranger is None else [Join(group.home.overlay, (stranger,))]


def is_polled(group: Group) -> bool:
    """Whether the peer looks for other parts of a group."""
    return polling.is_polled(is_public=group.home.is_public, leads=group.leads)


def look_later(group: Group, standing: Standing, now: Now) -> None:
    """Look again, at a time that is drawn."""
    drawn = standing.entropy("group-poll", group.home.overlay, polling.DRAW_SIZE)
    group.alarms[Alarm.POLL] = polling.poll_at(now.mono_ms, drawn)
