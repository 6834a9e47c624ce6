"""Readers that took the wrong one of several envelopes, or took two groups for one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from coterie.crypto import names
from coterie.crypto.signature import P256_ORDER
from coterie.values import Found, Resource, classes, found_in, used
from reference.tests.values.stock import (
    DAY,
    MAIN,
    MEMBERS,
    NAME,
    OPEN,
    W,
    closed_info,
    closed_overlay,
    info,
    member,
    publisher,
    redirect,
    signed,
)

ADA, BEN, CLEO = publisher(0), publisher(1, "p256"), publisher(2)
BOOKS = Resource.of("group-info", NAME)
GONE: dict[str, Any] = {"value": b"", "lifetime": DAY}


def found(*octets: bytes) -> tuple[Found, ...]:
    return found_in(BOOKS, octets, MAIN, W)


def sequences(*octets: bytes) -> set[tuple[int, ...]]:
    """What is found of the envelopes in every order in which they can come."""
    return {
        tuple(each.checked.envelope.sequence - W for each in found(*each)) for each in permutations(octets)
    }


def test_an_old_value_came_back() -> None:
    old, new = signed(ADA, sequence=W - 1), signed(ADA)

    assert sequences(old, new, signed(ADA, sequence=W - 2)) == {(0,)}


def test_a_withdrawn_value_came_back() -> None:
    assert sequences(signed(ADA, sequence=W - 1), signed(ADA, **GONE)) == {()}
    assert sequences(signed(ADA), signed(ADA, sequence=W - 1, **GONE)) == {(0,)}


def test_a_publisher_said_two_things_at_once_and_one_was_believed() -> None:
    two = (signed(ADA), signed(ADA, value=info(4001)))

    assert sequences(*two) == {()}
    assert sequences(*two, signed(ADA, sequence=W - 1)) == {()}
    assert sequences(*two, signed(ADA, sequence=W + 1)) == {(1,)}


def test_a_storer_silenced_a_publisher_with_a_second_signature() -> None:
    octets = signed(BEN)
    s = P256_ORDER - int.from_bytes(octets[-32:], "big")

    assert sequences(octets, octets[:-32] + s.to_bytes(32, "big"), octets) == {(0,)}


def test_a_value_that_nobody_can_read_gave_way_to_an_older_one() -> None:
    assert sequences(signed(ADA, sequence=W - 1), signed(ADA, value=b"\x00")) == {()}


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        signed(ADA)[:-1] + b"\x00",
        signed(ADA, sequence=W + 300_001, **GONE),
        signed(ADA, value=b"", lifetime=60),
    ],
    ids=["nothing", "signature", "future", "short tombstone"],
)
def test_what_a_storer_refuses_hid_an_older_value(spoilt: bytes) -> None:
    assert sequences(signed(ADA, sequence=W - 1), spoilt) == {(-1,)}


def test_a_publisher_withdrew_what_another_said() -> None:
    assert sequences(signed(ADA), signed(CLEO, sequence=W + 1, **GONE)) == {(0,)}


def test_values_of_another_resource_were_found() -> None:
    others = (
        signed(ADA, kind=MEMBERS, slot=bytes(16), value=member(ADA.peer)),
        signed(ADA, name=b"novels", slot=names.overlay_id(b"novels")),
    )

    assert found(*others) == ()


def test_publishers_of_one_time_were_taken_as_they_came() -> None:
    orders = {
        tuple(each.checked.publisher for each in found(*each))
        for each in permutations([signed(ADA), signed(BEN), signed(CLEO)])
    }

    assert orders == {tuple(sorted([ADA.peer, BEN.peer, CLEO.peer]))}


def test_slots_of_one_publisher_were_taken_as_they_came() -> None:
    orders = {
        tuple(each.checked.envelope.slot for each in found(*each))
        for each in permutations([signed(ADA), closed_info(ADA)])
    }

    assert orders == {tuple(sorted([OPEN, closed_overlay()]))}


def test_the_newest_did_not_stand_first() -> None:
    assert sequences(signed(ADA, sequence=W - 2), signed(BEN), signed(CLEO, sequence=W - 1)) == {(0, -1, -2)}


def test_one_group_was_taken_for_two() -> None:
    several = found(signed(ADA), signed(BEN, value=info(4001)), signed(CLEO, sequence=W - 1))

    assert classes(several) == ((0, 1, 2),)
    assert used(several) == (0, 1, 2)


def test_two_groups_of_one_name_were_taken_for_one() -> None:
    several = found(signed(ADA), closed_info(BEN, sequence=W - 1), signed(CLEO, sequence=W - 2))

    assert classes(several) == ((0, 2), (1,))
    assert used(several) == ()


def test_an_alias_was_taken_for_the_group_of_its_name() -> None:
    several = found(signed(ADA, value=redirect()), signed(CLEO, value=redirect(b"poems"), sequence=W - 1))
    both = found(signed(ADA, value=redirect()), signed(CLEO, sequence=W - 1))

    assert classes(several) == classes(both) == ((0,), (1,))
    assert used(both) == ()
    assert used(found(signed(ADA, value=redirect()))) == (0,)


def test_an_invitation_led_to_another_group() -> None:
    several = found(signed(ADA), closed_info(BEN, sequence=W - 1))

    assert used(several, OPEN) == (0,)
    assert used(several, closed_overlay()) == (1,)
    assert used(several, names.overlay_id(b"novels")) == ()
    assert used(found(signed(ADA)), closed_overlay()) == ()
    assert used(found(signed(ADA, value=redirect())), OPEN) == ()
