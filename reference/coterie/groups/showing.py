"""Publishing of a group what is to be published and is not, no sooner than it may be.

Implements the times of REQ-GRP-2 to REQ-GRP-6; what is published is said in `advertising`.
"""

from __future__ import annotations

from collections.abc import Collection

from coterie.crypto import names
from coterie.groups import advertising
from coterie.groups.group import Alarm, Group
from coterie.groups.states import State
from coterie.groups.steps import Inherit, Publish, Rest, Step, Withdraw
from coterie.groups.wishes import Return
from coterie.standing import Standing
from coterie.values.resource import Place
from coterie.vocabulary import Now


def show(group: Group, standing: Standing, now: Now) -> list[Step]:
    """What a member does to have published what it should have; nothing where it has."""
    home, shown, steps = group.home, group.shown, list[Step]()
    group.alarms.pop(Alarm.SHOW, None)
    if advertising.is_shown(is_public=home.is_public, wants=group.part.shows_itself):
        steps += show_itself(group, standing)
    if advertising.is_told_of(is_public=home.is_public, leads=group.leads):
        return steps + tell_of(group, standing, now)
    if shown.contacts is not None:
        shown.contacts, shown.is_listed = None, False
        steps += [Rest(place) for place in advertising.resting(tuple(shown.places), home.overlay)]
    return steps


def show_anew(group: Group, standing: Standing, now: Now) -> list[Step]:
    """What the peer does for a group when it has entered the main overlay, perhaps again."""
    if group.state is not State.MEMBER:
        return inherited(group)
    group.shown = advertising.after_entering(group.shown)
    return inherited(group) + show(group, standing, now)


def recall(group: Group, wish: Return) -> list[Step]:
    """What the peer does where its last life was in a group: it may have published something of it."""
    is_shown = advertising.is_shown(is_public=wish.is_public, wants=wish.part.shows_itself)
    places = advertising.former(group.subject, was_told=wish.was_told, is_shown=is_shown)
    group.shown.places.update(dict.fromkeys(places))
    return inherited(group)


def inherited(group: Group) -> list[Step]:
    """That what was published of a group can be withdrawn, though this main overlay knows nothing of it."""
    return [Inherit(place, advertising.lifetime(), group.part.leaf) for place in group.shown.places]


def show_itself(group: Group, standing: Standing) -> list[Step]:
    """That the peer is a member, unless that is published."""
    if group.shown.is_member:
        return []
    group.shown.is_member = True
    own = names.peer_id(standing.identity.spki)
    return [noted(group, advertising.member(group.subject, own, group.part.name))]


def tell_of(group: Group, standing: Standing, now: Now) -> list[Step]:
    """Where the group is, unless that is published; later, when that was published lately."""
    home, shown = group.home, group.shown
    contacts = advertising.contacts_of(standing.address, group.others)
    if not advertising.is_stale(shown, contacts):
        return []
    due = advertising.again_at(shown, now.mono_ms)
    if due > now.mono_ms:
        group.alarms[Alarm.SHOW] = due
        return []
    shown.contacts, shown.at = contacts, now.mono_ms
    steps: list[Step] = [noted(group, advertising.info(group.subject, home.info, contacts))]
    if advertising.is_listed_now(shown):
        shown.is_listed = True
        steps.append(noted(group, advertising.entry(group.subject, home.info.description)))
    return steps


def noted(group: Group, step: Publish) -> Publish:
    """The same step; that it is made is remembered, so that it can be undone."""
    group.shown.places[step.place] = None
    return step


def withdraw(group: Group, kept: Collection[Place]) -> list[Step]:
    """What a peer that has left does; what stands where something else is `kept` stays."""
    places = advertising.withdrawn(tuple(group.shown.places))
    return [Withdraw(place) for place in places if place not in kept]


def refused(group: Group, now: Now) -> None:
    """Something could not be published: all of it once more, when that may be done again."""
    group.shown.renew()
    group.shown.at = now.mono_ms
    group.alarms[Alarm.SHOW] = advertising.again_at(group.shown, now.mono_ms)
