"""The extensions with a value of their own: what is written is found, and what is no value is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import registry
from coterie.errors import RemoteError
from coterie.wire import bodies, codec, extensions
from reference.tests.wire.test_codec import install

POSITIONS = st.frozensets(st.integers(0, 63))
SENDERS = registry.extensions()["senders"]


@given(positions=POSITIONS)
def test_the_sender_group_of_a_view_is_another_one(positions: frozenset[int]) -> None:
    assert extensions.senders_of([extensions.senders(positions)]) == positions


def test_the_coordinator_has_the_lowest_bit() -> None:
    assert extensions.senders([0]).value == b"\x80" + bytes(7)
    assert extensions.senders([63, 63]).value == bytes(7) + b"\x01"


@given(value=st.integers(0, 2**64 - 1))
def test_the_counter_of_a_refusal_is_another_one(value: int) -> None:
    assert extensions.counter_of([bodies.Extension(1, b""), extensions.counter(value)]) == value


@pytest.mark.parametrize("size", [0, 7, 9])
def test_a_value_of_another_size_is_read(size: int) -> None:
    codes = registry.extensions()

    assert extensions.counter_of([bodies.Extension(codes["counter"], bytes(size))]) is None
    assert extensions.senders_of([bodies.Extension(codes["senders"], bytes(size))]) is None
    assert extensions.counter_of([]) is None


def test_a_sender_group_is_read_where_the_user_states_the_members() -> None:
    octets = codec.encode_body(install(1)) + SENDERS.to_bytes(2, "big") + b"\x00\x08" + bytes(8)

    assert codec.decode_body("INSTALL", octets) != codec.decode_body("INSTALL", octets[:-12])
    with pytest.raises(RemoteError) as caught:
        codec.decode_body("INSTALL", octets, senders=False)
    assert caught.value.reason == "unknown-critical-extension"


@pytest.mark.parametrize("name", ["REFUSE", "PROPOSE", "JOIN", "HEARTBEAT", "DATA"])
def test_a_sender_group_outside_install_is_read(name: str) -> None:
    assert SENDERS not in codec.critical_extensions(name)
