from __future__ import annotations

import random
from itertools import permutations

import pytest

from coterie.errors import RemoteError
from coterie.views import order, proposal
from coterie.views.order import NO_LINEAGE, Lineage
from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire.bodies import Member
from coterie.wire.contact import Contact

FIRST, SECOND = ViewId(b"1" * 16), ViewId(b"2" * 16)


def member(number: int, view: ViewId = NO_VIEW) -> Member:
    return Member(NodeId(bytes([number]) * 32), 1, b"", Contact(bytes(16), 1), view)


def nodes(rows: tuple[Member, ...]) -> list[int]:
    return [row.node_id[0] for row in rows]


def is_refused(rows: tuple[Member, ...], lineage: Lineage) -> bool:
    try:
        proposal.check_order(rows, lineage)
    except RemoteError as refused:
        return refused.reason == "bad-order"
    return False


@pytest.mark.parametrize(
    ("rows", "base"),
    [
        ([member(1), member(2)], []),
        ([member(1), member(2, FIRST)], [2]),
        ([member(1, FIRST), member(2, SECOND), member(3, SECOND)], [2, 3]),
        ([member(1, FIRST), member(2, SECOND)], [1]),
        ([member(3, FIRST), member(2, SECOND), member(1, FIRST), member(4, SECOND)], [3, 1]),
    ],
)
def test_wrong_members_go_on_from_their_view(rows: list[Member], base: list[int]) -> None:
    assert [node[0] for node in order.find_base(rows).members] == base


@pytest.mark.parametrize(
    ("view", "members", "expected"),
    [
        ([3, 1, 2], [1, 2, 3], [1, 2, 3]),  # a refresh moves the first to the end
        ([3, 1, 2], [1, 2, 3, 4], [3, 1, 2, 4]),
        ([3, 1, 2], [2, 3], [3, 2]),
        ([3, 1, 2], [3, 9, 8], [3, 8, 9]),
        ([5], [5], [5]),
        ([], [7, 6], [6, 7]),
    ],
)
def test_proposer_puts_members_where_receivers_refuse_them(
    view: list[int], members: list[int], expected: list[int]
) -> None:
    lineage = Lineage(FIRST, tuple(NodeId(bytes([number]) * 32) for number in view)) if view else NO_LINEAGE
    rows = [member(number, FIRST if number in view else NO_VIEW) for number in members]

    arranged = order.arrange(rows, lineage)

    assert nodes(arranged) == expected
    assert not is_refused(arranged, lineage)


@pytest.mark.parametrize("seed", range(40))
def test_second_order_of_the_same_members_is_taken(seed: int) -> None:
    chance = random.Random(seed)
    view = chance.sample(range(1, 20), chance.randint(0, 4))
    numbers = chance.sample(range(1, 20), chance.randint(1, 4))
    lineage = Lineage(FIRST, tuple(NodeId(bytes([number]) * 32) for number in view)) if view else NO_LINEAGE
    rows = [member(number, FIRST if number in view else NO_VIEW) for number in numbers]
    right = order.arrange(rows, lineage)

    taken = [tried for tried in permutations(rows) if not is_refused(tried, lineage)]

    assert taken == [right]


def test_newcomer_refuses_a_base_whose_order_it_cannot_know() -> None:
    rows = (member(3, FIRST), member(1, FIRST), member(2))

    assert not is_refused(rows, NO_LINEAGE)
    assert is_refused((member(2), member(3, FIRST), member(1, FIRST)), NO_LINEAGE)
