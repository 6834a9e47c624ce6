"""Raising and folding, judged by plain integers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.crypto.suites import SUITES, Suite, Unfoldable, raise_, representative, suite
from coterie.errors import LocalError, RemoteError
from reference.tests.crypto import plain

X25519, P256 = suite(1), suite(2)
both = pytest.mark.parametrize("group", SUITES.values(), ids=["x25519", "p256"])
draws = st.binary(min_size=48, max_size=48)


def scalar(group: Suite, octets: bytes) -> bytes:
    return group.scalar_from_draw(octets[: group.contribution])


def number(group: Suite, scalar: bytes) -> int:
    return int.from_bytes(scalar, "little" if group.code == 1 else "big")


def plainly(group: Suite, element: bytes, factor: int) -> bytes:
    """The element raised in plain integers."""
    if group.code == 1:
        return plain.ladder(factor, int.from_bytes(element, "little")).to_bytes(32, "little")
    point = plain.times(factor, plain.lift(int.from_bytes(element, "big")))
    assert point is not None
    return point[0].to_bytes(32, "big")


@both
@given(drawn=draws)
@settings(max_examples=10, deadline=None)
def test_library_raises_otherwise_than_the_formula(group: Suite, drawn: bytes) -> None:
    x = scalar(group, drawn)

    once = raise_(group, group.base, x)

    assert once == plainly(group, group.base, number(group, x))
    assert raise_(group, once, x) == plainly(group, once, number(group, x))


@both
@given(drawn=draws, again=draws)
@settings(max_examples=10, deadline=None)
def test_one_folded_scalar_raises_otherwise_than_its_two_factors(
    group: Suite, drawn: bytes, again: bytes
) -> None:
    x, y = scalar(group, drawn), scalar(group, again)
    folded = group.fold(x, y)
    element = raise_(group, group.base, scalar(group, again[::-1]))

    assert raise_(group, element, folded) == raise_(group, raise_(group, element, y), x)
    assert raise_(group, element, folded) == plainly(group, element, number(group, folded))
    assert group.fold(y, x) == folded


@given(drawn=st.lists(draws, min_size=2, max_size=12))
@settings(max_examples=20, deadline=None)
def test_folding_often_leaves_what_clamping_would_change(drawn: list[bytes]) -> None:
    folded = scalar(X25519, drawn[0])
    for octets in drawn[1:]:
        folded = X25519.fold(folded, scalar(X25519, octets))

        assert folded == X25519.scalar_from_draw(folded)
        assert len(folded) == 32


def test_fold_returns_a_scalar_for_a_product_that_has_none() -> None:
    # m = 2^251 + 1 is too large, and so is that of the negative product: a gap of 2^126 in 2^252.
    product = (2**254 + 8 * (2**251 + 1)) % plain.X25519_ORDER
    x = scalar(X25519, bytes(range(48)))
    partner = product * pow(number(X25519, x), -1, plain.X25519_ORDER) % plain.X25519_ORDER
    y = next(
        (2**254 + 8 * m).to_bytes(32, "little")
        for m in [
            ((c - 2**254) * pow(8, -1, plain.X25519_ORDER)) % plain.X25519_ORDER for c in (partner, -partner)
        ]
        if m < 2**251
    )

    with pytest.raises(Unfoldable, match="draw y again"):
        X25519.fold(x, y)


@pytest.mark.parametrize("m", [0, 1, 2**251 - 1])
def test_number_at_the_end_of_the_range_is_not_its_own_representative(m: int) -> None:
    assert representative((2**254 + 8 * m) % plain.X25519_ORDER) == 2**254 + 8 * m


@pytest.mark.parametrize(
    ("drawn", "expected"), [(0, 1), (plain.P256_ORDER - 2, plain.P256_ORDER - 1), (plain.P256_ORDER - 1, 1)]
)
def test_p256_draw_gives_zero_or_the_order(drawn: int, expected: int) -> None:
    assert int.from_bytes(P256.scalar_from_draw(drawn.to_bytes(48, "big")), "big") == expected


def test_x25519_draw_keeps_bits_that_clamping_clears() -> None:
    assert X25519.scalar_from_draw(b"\xff" * 32) == b"\xf8" + b"\xff" * 30 + b"\x7f"
    assert X25519.scalar_from_draw(bytes(32)) == bytes(31) + b"\x40"


def test_point_of_odd_y_gives_another_x() -> None:
    # The x alone is sent, so lifting to the point or to its negative must not matter.
    x = P256.scalar_from_draw(bytes(range(48)))
    lifted = plain.lift(int.from_bytes(P256.base, "big"))
    assert lifted is not None
    negative = (lifted[0], plain.P256_PRIME - lifted[1])

    product = plain.times(int.from_bytes(x, "big"), negative)

    assert product is not None
    assert raise_(P256, P256.base, x) == product[0].to_bytes(32, "big")


@pytest.mark.parametrize("number", [0, plain.P256_ORDER])
def test_p256_scalar_out_of_range_is_used(number: int) -> None:
    with pytest.raises(LocalError, match="1 to n-1"):
        raise_(P256, P256.base, number.to_bytes(32, "big"))


def test_raising_a_bad_element_ends_in_another_error_than_a_refusal() -> None:
    with pytest.raises(RemoteError) as low:
        raise_(X25519, bytes(32), scalar(X25519, bytes(48)))
    with pytest.raises(RemoteError) as off:
        raise_(P256, b"\xff" * 32, P256.scalar_from_draw(bytes(48)))

    assert low.value.reason == "low-order-element"
    assert off.value.reason == "not-on-curve"


@both
def test_wrong_sizes_are_taken(group: Suite) -> None:
    for call in (
        lambda: group.scalar_from_draw(bytes(31)),
        lambda: group.fold(bytes(32), bytes(33)),
        lambda: raise_(group, group.base, bytes(31)),
    ):
        with pytest.raises(LocalError):
            call()


def test_suite_that_nobody_assigned_is_found() -> None:
    with pytest.raises(LocalError, match="no suite 3"):
        suite(3)
