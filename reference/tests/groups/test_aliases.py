"""Aliases: bound by anybody, until they are unbound, and never in the place of a group."""

from __future__ import annotations

import pytest

from coterie import documents
from coterie.crypto import names
from coterie.documents import GroupIdRedirect
from coterie.errors import LocalError
from coterie.groups.steps import Withdraw
from coterie.values.resource import Resource
from reference.tests.groups.desk import GROUP, Desk

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

    assert desk.groups.aliases.unbind(ALIAS) == [Withdraw(PLACE)]
    with pytest.raises(LocalError, match="no such alias"):
        desk.groups.aliases.unbind(ALIAS)


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
