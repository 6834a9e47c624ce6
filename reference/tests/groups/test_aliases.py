"""Aliases: bound by anybody, until they are unbound, and never in the place of a group."""

from __future__ import annotations

import pytest

from coterie import documents
from coterie.crypto import names
from coterie.documents import GroupIdRedirect
from coterie.errors import LocalError
from coterie.groups.steps import Inherit, Withdraw
from coterie.values.resource import Resource
from reference.tests.groups.desk import GROUP, Desk, of

ALIAS = b"roses and more"
PLACE = (Resource("group-info", ALIAS), names.overlay_id(ALIAS))


def test_alias_stands_where_nobody_looks_for_it() -> None:
    desk = Desk()

    step = desk.groups.bind(ALIAS, GROUP)

    assert step.place == PLACE
    assert step.lifetime == 600
    assert documents.parse(step.value) == GroupIdRedirect(GROUP)


def test_unbound_alias_still_means_its_group() -> None:
    desk = Desk()
    desk.groups.bind(ALIAS, GROUP)
    desk.groups.aliases.bound(ALIAS, GROUP)

    assert desk.groups.aliases.unbind(ALIAS, desk.now) == [Withdraw(PLACE)]
    with pytest.raises(LocalError, match="no such alias"):
        desk.groups.aliases.unbind(ALIAS, desk.now)


def unbound(desk: Desk, alias: bytes = ALIAS) -> None:
    """An alias is bound and unbound by that peer."""
    desk.groups.aliases.bound(alias, GROUP)
    desk.groups.aliases.unbind(alias, desk.now)


def test_alias_that_was_unbound_outside_of_the_main_overlay_is_found_until_it_expires() -> None:
    desk = Desk()
    unbound(desk)
    desk.mono += 599_999

    steps = desk.groups.main_entered(desk.now)

    assert of(steps, Withdraw) == [Withdraw(PLACE)]
    assert [(each.place, each.lifetime) for each in of(steps, Inherit)] == [(PLACE, 600)]
    desk.mono += 1
    assert desk.groups.main_entered(desk.now) == []


@pytest.mark.parametrize(
    ("stored", "is_holder", "left"), [(0, False, 1), (1, False, 0), (0, True, 1), (1, True, 1), (2, True, 0)]
)
def test_tombstone_that_only_its_peer_has_counts(stored: int, *, is_holder: bool, left: int) -> None:
    desk = Desk()
    unbound(desk)
    aliases = desk.groups.aliases

    aliases.stored((PLACE[0], bytes(16)), 8, is_holder=is_holder)
    assert len(aliases.unbound) == 1
    aliases.stored(PLACE, stored, is_holder=is_holder)

    assert len(aliases.unbound) == left


def test_alias_that_is_bound_again_is_withdrawn() -> None:
    desk = Desk()
    unbound(desk)
    desk.groups.aliases.bound(ALIAS, GROUP)

    assert of(desk.groups.main_entered(desk.now), Withdraw) == []


def test_group_is_withdrawn_with_the_alias_that_had_its_name() -> None:
    desk = Desk()
    unbound(desk, GROUP)
    desk.found()

    assert of(desk.groups.main_entered(desk.now), Withdraw) == []
    assert desk.groups.aliases.unbound == {}


def test_peer_remembers_without_end_what_it_unbound() -> None:
    desk = Desk()
    for number in range(66):
        unbound(desk, b"%d" % number)
        desk.mono += 1

    assert [*desk.groups.aliases.unbound] == [b"%d" % number for number in range(2, 66)]
    desk.mono += 600_000
    unbound(desk)
    assert [*desk.groups.aliases.unbound] == [ALIAS]


def test_alias_takes_the_place_of_the_group_that_the_peer_coordinates() -> None:
    desk = Desk()
    desk.found()

    with pytest.raises(LocalError, match="choose another alias"):
        desk.groups.bind(GROUP, b"growers")


@pytest.mark.parametrize("name", [b"", b"x" * 256, "e\u0301".encode()])
def test_alias_is_no_name(name: bytes) -> None:
    with pytest.raises(LocalError, match="no such"):
        Desk().groups.bind(name, GROUP)
    with pytest.raises(LocalError, match="no such"):
        Desk().groups.bind(ALIAS, name)


def test_alias_is_forgotten_when_the_peer_comes_back_to_the_main_overlay() -> None:
    desk = Desk()
    step = desk.groups.bind(ALIAS, GROUP)
    desk.groups.aliases.bound(ALIAS, GROUP)
    desk.groups.main_left(desk.now)

    assert desk.groups.main_entered(desk.now) == [step]


def test_peer_binds_aliases_without_end() -> None:
    desk = Desk()
    for number in range(64):
        desk.groups.bind(b"%d" % number, GROUP)
        desk.groups.aliases.bound(b"%d" % number, GROUP)

    desk.groups.bind(b"63", b"growers")
    with pytest.raises(LocalError, match="unbind one"):
        desk.groups.bind(b"64", GROUP)
