"""Elements that would force a key, leak a scalar or have two encodings, at each place of each flow."""

import pytest

from coterie.crypto import elements
from coterie.crypto.elements import X25519_LOW_ORDER, check_flow
from coterie.crypto.suites import Suite, raise_, suite
from coterie.errors import LocalError, RemoteError
from reference.tests.crypto import plain

X25519, P256 = suite(1), suite(2)
PRIME = plain.X25519_PRIME


def little(u: int) -> bytes:
    return u.to_bytes(32, "little")


def good(group: Suite, count: int) -> list[bytes]:
    """Distinct elements of the group."""
    drawn = (bytes([number]) * group.contribution for number in range(1, count + 1))
    return [raise_(group, group.base, group.scalar_from_draw(octets)) for octets in drawn]


def low_order_values() -> set[int]:
    """Every u that eight steps lead to infinity, on the curve or its twist, found by their equations."""
    p = PRIME
    found = {0, 1, p - 1}
    # A point of order 8 doubles to one of order 4, whose u is 1 or -1.
    for quarter in (1, p - 1):
        for u in _quartic_roots(quarter):
            assert plain.ladder(8, u) == 0
            found.add(u)
    return found


def _quartic_roots(quarter: int) -> set[int]:
    """The u that double to `quarter`: (u² − 1)² = 4·quarter·u(u² + 486662u + 1), solved for w = u + 1/u."""
    p, a = PRIME, 486662
    # Divided by u²: w² − 4 = 4·quarter·(w + a), that is w² − 4qw − 4qa − 4 = 0.
    half = 2 * quarter
    root = plain.square_root(half * half + 4 * quarter * a + 4)
    found = set()
    for w in () if root is None else ((half + root) % p, (half - root) % p):
        inner = plain.square_root(w * w - 4)
        if inner is not None:
            found |= {(w + inner) * pow(2, -1, p) % p, (w - inner) * pow(2, -1, p) % p}
    return found


def test_list_of_low_order_values_misses_one() -> None:
    assert low_order_values() == X25519_LOW_ORDER
    assert all(plain.ladder(8, u) == 0 for u in X25519_LOW_ORDER)


# Two encodings more for each value that leaves room below 2^255, and the top bit set on all of them.
ENCODINGS = sorted(
    {
        u + more + top
        for u in X25519_LOW_ORDER
        for more in (0, PRIME)
        for top in (0, 1 << 255)
        if u + more < 1 << 255
    }
)


def test_fourteen_encodings_of_zero_are_not_fourteen() -> None:
    assert len(ENCODINGS) == 14  # 0, 1, p-1, p, p+1 and the two of order 8, each with and without the top bit


@pytest.mark.parametrize("encoded", ENCODINGS, ids=lambda u: f"{u:064x}"[:8])
@pytest.mark.parametrize("place", ["first", "middle", "last", "total", "down"])
def test_element_that_raises_to_zero_passes_a_hop(encoded: int, place: str) -> None:
    bad = little(encoded)
    entries, total = good(X25519, 3), good(X25519, 4)[3]
    if place == "total":
        flow = (entries, bad)
    else:
        entries[{"first": 0, "middle": 1, "last": 2, "down": 1}[place]] = bad
        flow = (entries, None if place == "down" else total)

    with pytest.raises(RemoteError) as refused:
        check_flow(X25519, *flow)

    canonical = encoded < PRIME
    assert refused.value.reason == ("low-order-element" if canonical else "noncanonical-element")
    assert refused.value.requirement == ("REQ-KEY-3" if canonical else "REQ-KEY-2")


NONCANONICAL = [*range(PRIME, 1 << 255), (1 << 255), (1 << 255) + 9, (1 << 256) - 1, (1 << 255) + PRIME - 2]


@pytest.mark.parametrize("encoded", NONCANONICAL, ids=lambda u: f"{u:064x}"[-6:])
def test_second_encoding_of_a_value_passes(encoded: int) -> None:
    with pytest.raises(RemoteError) as refused:
        check_flow(X25519, [*good(X25519, 2), little(encoded)])

    assert refused.value.reason == "noncanonical-element"
    assert refused.value.field == "entries[2]"


def test_largest_canonical_value_that_is_harmless_is_refused() -> None:
    check_flow(X25519, [little(PRIME - 2), *good(X25519, 1)])


@pytest.mark.parametrize("x", [plain.P256_PRIME, plain.P256_PRIME + 5, (1 << 256) - 1])
def test_p256_x_above_the_prime_passes(x: int) -> None:
    with pytest.raises(RemoteError) as refused:
        check_flow(P256, [x.to_bytes(32, "big"), *good(P256, 1)])

    assert refused.value.reason == "noncanonical-element"


def test_p256_x_on_the_twist_passes() -> None:
    off_curve = [x for x in range(40) if plain.lift(x) is None]
    assert len(off_curve) >= 10

    for x in off_curve:
        with pytest.raises(RemoteError) as refused:
            check_flow(P256, good(P256, 2), x.to_bytes(32, "big"))
        assert (refused.value.reason, refused.value.field) == ("not-on-curve", "total")


def test_p256_x_on_the_curve_is_refused() -> None:
    on_curve = [x.to_bytes(32, "big") for x in range(40) if plain.lift(x) is not None]

    check_flow(P256, on_curve)


@pytest.mark.parametrize("group", [X25519, P256], ids=["x25519", "p256"])
class TestFlow:
    def test_base_point_stands_where_nobody_contributed(self, group: Suite) -> None:
        elements = good(group, 2)
        for flow in (([group.base, elements[0]], None), ([elements[0], group.base], elements[1])):
            with pytest.raises(RemoteError) as refused:
                check_flow(group, *flow)
            assert refused.value.reason == "base-point-element"

    def test_base_point_is_the_total(self, group: Suite) -> None:
        with pytest.raises(RemoteError) as refused:
            check_flow(group, good(group, 1), group.base)

        assert (refused.value.reason, refused.value.field) == ("base-point-element", "total")

    def test_first_flow_of_all_is_refused(self, group: Suite) -> None:
        check_flow(group, [group.base], good(group, 1)[0])
        check_flow(group, [group.base])

    def test_element_stands_twice(self, group: Suite) -> None:
        one, two, three = good(group, 3)
        for flow, field in (
            (([one, two, one], three), "entries[2]"),
            (([one, two], two), "total"),
            (([one, one], None), "entries[1]"),
        ):
            with pytest.raises(RemoteError) as refused:
                check_flow(group, *flow)
            assert (refused.value.reason, refused.value.field) == ("repeated-element", field)

    def test_later_fault_of_the_list_is_told_first(self, group: Suite) -> None:
        repeated = good(group, 1)[0]

        with pytest.raises(RemoteError) as refused:
            check_flow(group, [repeated, repeated, b"\xff" * 32], group.base)

        assert refused.value.reason == "noncanonical-element"

    def test_element_of_another_size_is_taken(self, group: Suite) -> None:
        with pytest.raises(LocalError):
            check_flow(group, [bytes(31)])

    def test_rule_cannot_be_replaced_from_outside(
        self, group: Suite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(elements, "check_canonical", lambda _: None)
        monkeypatch.setattr(elements, "check_on_curve", lambda _: None)

        check_flow(group, [b"\xff" * 32, *good(group, 1)])
