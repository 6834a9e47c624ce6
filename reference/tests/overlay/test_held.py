"""What is held for others: no more than its bounds, nothing older, nothing that has expired."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from coterie.crypto import names
from coterie.crypto.leaf import Leaf, check_leaf
from coterie.crypto.policy import OPEN
from coterie.errors import RemoteError
from coterie.overlay.distance import distance
from coterie.overlay.held import Held, fitting
from coterie.values.envelope import Checked
from coterie.vocabulary import Now
from coterie.wire.rows import Envelope
from reference.tests.peer.network import OVERLAY, WALL, make_identity

OWN = bytes(32)
NOW = Now(1000, WALL)
LEAF: Leaf = check_leaf(make_identity("publisher").leaf, OPEN, OVERLAY, WALL)


def value(name: int, publisher: int = 0, *, sequence: int = WALL, size: int = 600, slot: int = 0) -> Checked:
    """A value that was checked; `size` octets long."""
    envelope = Envelope(1, b"%d" % name, slot.to_bytes(16, "big"), sequence, 600, b"", b"v", bytes(64))
    stated = b"%d %d %d %d " % (name, publisher, sequence, slot)
    who = publisher.to_bytes(32, "big")
    return Checked(stated.ljust(size, b"."), envelope, "group-info", LEAF, who, WALL + 600_000)


def key(name: int) -> bytes:
    return names.resource_key(1, b"%d" % name)


def admitted(held: Held, *values: Checked) -> list[str]:
    """The reasons of those that were refused."""
    reasons = []
    for each in values:
        try:
            held.admit(each, NOW)
        except RemoteError as refused:
            reasons.append(refused.reason)
    return reasons


def amount(held: Held) -> int:
    return sum(1 for _ in held.all(WALL))


@pytest.mark.parametrize(
    ("sequence", "reasons"), [(WALL - 1, ["stale-value"]), (WALL, ["stale-value"]), (WALL + 1, [])]
)
def test_older_value_takes_the_place_of_a_newer_one(sequence: int, reasons: list[str]) -> None:
    held = Held(OWN)
    held.admit(value(1), NOW)

    assert admitted(held, value(1, sequence=sequence, size=700)) == reasons

    assert amount(held) == 1


def test_same_value_again_is_refused() -> None:
    held = Held(OWN)

    assert held.admit(value(1), NOW)
    assert not held.admit(value(1), NOW)


def test_value_may_never_be_older_than_one_that_has_expired() -> None:
    held = Held(OWN)
    held.admit(value(1), NOW)
    later = Now(601_000, WALL + 600_000)

    held.admit(value(1, sequence=WALL - 1), later)

    assert amount(held) == 1


def test_publisher_fills_the_store_of_others() -> None:
    held = Held(OWN)

    reasons = admitted(held, *(value(name, 7) for name in range(65)))

    assert reasons == ["value-quota"]
    assert admitted(held, value(0, 7, sequence=WALL + 1), value(0, 8)) == []


def test_resource_fills_the_store_of_others() -> None:
    held = Held(OWN)

    assert admitted(held, *(value(1, publisher) for publisher in range(513))) == ["value-quota"]
    assert admitted(held, value(2, 2000)) == []


def far_first(amount: int) -> list[int]:
    """Names by how far their keys are from the own Node-ID."""
    return sorted(range(amount), key=lambda name: distance(key(name), OWN), reverse=True)


def test_near_value_gives_way_to_a_far_one() -> None:
    held, names_ = Held(OWN), far_first(1026)
    farthest, *rest = names_
    nearest = rest.pop()
    assert admitted(held, *(value(name, name) for name in rest)) == []

    assert admitted(held, value(farthest, 9000)) == ["store-full"]
    assert admitted(held, value(nearest, 9000)) == []

    assert amount(held) == 1024
    assert held.under(key(rest[0]), WALL) == ()
    assert len(held.under(key(rest[1]), WALL)) == 1


def test_octets_are_not_counted() -> None:
    held, names_ = Held(OWN), far_first(250)
    *rest, nearest = names_
    big = [value(name, name, size=9000) for name in rest]
    assert admitted(held, *big[1:234]) == []

    assert admitted(held, big[0]) == ["store-full"]
    assert admitted(held, value(nearest, 9000, size=9500)) == []

    assert sum(len(each.octets) for each in held.all(WALL)) <= 2_097_152
    assert held.under(key(rest[1]), WALL) == ()


def test_nothing_is_dropped_for_a_value_that_is_refused_all_the_same() -> None:
    held = Held(OWN)
    names_ = far_first(240)
    middle = names_[120]
    rest = [name for name in names_ if name != middle]
    assert admitted(held, *(value(name, name, size=8770) for name in rest[-239:])) == []
    before = held.fingerprint()

    # there is one farther value only that could give way, and two would have to
    small = [name for name in rest if distance(key(name), OWN) > distance(key(middle), OWN)]
    assert len(small) > 1
    farthest_kept = names_[0]
    assert admitted(held, value(farthest_kept, 9999, sequence=WALL + 5, size=1_400_000)) == ["store-full"]

    assert held.fingerprint() == before


def test_expired_value_is_shown() -> None:
    held = Held(OWN)
    held.admit(value(1), NOW)

    assert len(held.under(key(1), WALL + 599_999)) == 1
    assert held.under(key(1), WALL + 600_000) == ()


def test_value_outlives_its_time_because_the_clock_was_set() -> None:
    held = Held(OWN)
    held.follow(NOW)
    held.admit(value(1), NOW)
    assert held.wake() == 601_000

    assert held.follow(Now(2000, WALL + 500_000))

    assert held.wake() == 102_000
    held.fire(Now(102_000, WALL + 600_000))
    assert held.fingerprint() == ()
    assert held.wake() is None


def pages(held: Held, name: int) -> Iterator[list[Checked]]:
    behind = (bytes(32), bytes(16))
    for _ in count():
        page = held.page(key(name), behind, WALL)
        yield list(page.values)
        if not page.has_more:
            return
        behind = page.values[-1].publisher, page.values[-1].envelope.slot


@pytest.mark.parametrize("amount_", [0, 1, 31, 32, 33, 64, 100])
def test_value_is_lost_between_two_pages(amount_: int) -> None:
    held = Held(OWN)
    values = [value(1, publisher, size=300, slot=slot) for publisher in range(1, 60) for slot in (0, 1)][
        :amount_
    ]
    assert admitted(held, *reversed(values)) == []

    seen = list(pages(held, 1))

    assert [each for page in seen for each in page] == values
    assert len(seen) == max(1, -(-amount_ // 32))


def test_page_is_longer_than_an_answer_may_be() -> None:
    values = [value(1, publisher, size=size) for publisher, size in enumerate([8192, 8192, 1])]

    assert fitting(values) == 2
    assert fitting(values[:2]) == 2
    assert fitting([value(1, size=8193), *values]) == 1
