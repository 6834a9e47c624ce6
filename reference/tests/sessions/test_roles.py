"""Peer or client: what a HELLO2 says of its signer, where that counts, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from coterie.errors import RemoteError
from coterie.sessions import roles
from coterie.wire import extensions
from coterie.wire.bodies import Extension
from reference.tests.peer.network import Host, Network, body_of, losing, perfect, resigned

CODE = 0x0005


def met(**trust: Any) -> tuple[Network, Host, Host]:
    """A, with what is given of its trust, greets B, in an overlay without views."""
    network = Network(3)
    a, b = network.add("a", membership="none", **trust), network.add("b", membership="none")
    network.greet(a, b)
    network.run(20)
    return network, a, b


def session(at: Host, of: Host) -> Any:
    return at.inside.sessions.table.get(of.node)


def offered(membership: str, *values: bytes) -> tuple[Network, Host, Host, bytes]:
    """A HELLO2 with the extension as often as values are given, on its way from A to B."""
    network = Network(4)
    a, b = network.add("a", membership=membership), network.add("b", membership=membership)
    network.fate = losing("HELLO2", [b])
    network.greet(a, b)
    network.run(20)
    network.fate = perfect
    carried = tuple(Extension(CODE, value) for value in values)
    return network, a, b, resigned(a, network.sent("HELLO2", a, b), extensions=carried)


def test_client_is_taken_for_a_peer() -> None:
    network, a, b = met(role="client")

    (extension,) = body_of(network.sent("HELLO2", a, b)).extensions

    assert extension == Extension(CODE, b"\x02")
    assert session(b, a).is_client
    assert session(b, a).roles == roles.CLIENT
    assert not session(a, b).is_client


def test_client_that_is_greeted_says_that_it_is_a_peer() -> None:
    network = Network(3)
    a, b = network.add("a", membership="none", role="client"), network.add("b", membership="none")
    network.greet(b, a)
    network.run(20)

    assert body_of(network.sent("HELLO3", a, b)).roles == roles.CLIENT
    assert body_of(network.sent("HELLO2", b, a)).extensions == ()
    assert session(b, a).is_client
    assert not session(a, b).is_client


def test_peer_that_says_nothing_is_taken_for_a_client() -> None:
    network, a, b = met()

    assert body_of(network.sent("HELLO2", a, b)).extensions == ()
    assert session(b, a).roles == session(a, b).roles == roles.PEER


def test_client_says_so_where_nobody_asks_or_drops_its_grease() -> None:
    network = Network(5)
    a, b = network.add("a", role="client"), network.add("b")
    greased = network.add("c", membership="none", role="client")
    greased.inside.standing.grease = True
    network.greet(a, b)
    network.greet(greased, b)
    network.run(20)

    assert body_of(network.sent("HELLO2", a, b)).extensions == ()
    first, second = body_of(network.sent("HELLO2", greased, b)).extensions
    assert (first.type, second.type & 0x0F0F) == (CODE, 0x0A0A)


@pytest.mark.parametrize("value", [b"", b"\x00", b"\x03", b"\x11", b"\x02\x00", b"\xff"])
def test_roles_that_say_nothing_open_a_session(value: bytes) -> None:
    network, a, b, hello2 = offered("none", value)
    before = b.peer.inspect(b.overlay)["digest"]

    assert network.deliver(a.address, b, hello2) == "bad-roles"

    assert b.peer.inspect(b.overlay)["digest"] == before
    assert session(b, a) is None


@pytest.mark.parametrize("value", [b"\x01", b"\x02", b"\x05", b"\x0a"])
def test_roles_that_are_in_order_are_refused(value: bytes) -> None:
    network, a, b, hello2 = offered("none", value)

    assert network.deliver(a.address, b, hello2) == ""
    assert session(b, a).roles == value[0]


@pytest.mark.parametrize("membership", ["stated", "group"])
@pytest.mark.parametrize("value", [b"", b"\x02", b"\xff\xff"])
def test_roles_count_where_there_are_views(membership: str, value: bytes) -> None:
    network, a, b, hello2 = offered(membership, value)

    assert network.deliver(a.address, b, hello2) == ""
    assert session(b, a).roles == roles.PEER


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"suites": (2,)}, "bad-suites"),
        ({"leaf": b"0"}, "bad-roles"),
        ({"transcript": bytes(32)}, "bad-transcript"),
    ],
)
def test_roles_are_looked_at_out_of_turn(changes: dict[str, object], reason: str) -> None:
    network, a, b, hello2 = offered("none", b"")

    assert network.deliver(a.address, b, resigned(a, hello2, **changes)) == reason


def test_roles_of_a_later_greeting_are_forgotten() -> None:
    network, a, b = met(role="client")
    network.fate = losing("HELLO2", [b])
    network.greet(a, b)
    network.run(20)
    again = resigned(a, network.sent("HELLO2", a, b), extensions=())
    network.fate = perfect
    before = b.peer.inspect(b.overlay)["digest"]

    assert network.deliver(a.address, b, again) == ""

    assert not session(b, a).is_client
    assert b.peer.inspect(b.overlay)["digest"] != before


def test_peer_and_client_at_once_is_allowed() -> None:
    bad = [bits for bits in range(256) if not roles.are_allowed(bits)]

    assert set(range(16)) - set(bad) == {1, 2, 5, 6, 9, 10, 13, 14}
    assert set(range(16, 256)) <= set(bad)
    with pytest.raises(RemoteError) as refused:
        roles.check_roles(3)
    assert (refused.value.reason, refused.value.requirement) == ("bad-roles", "REQ-SES-22")


def test_extension_of_a_client_has_another_form_on_the_wire() -> None:
    assert extensions.roles(roles.CLIENT) == Extension(CODE, b"\x02")
