"""A store that keeps whatever anybody puts, and what a peer publishes there."""

from __future__ import annotations

from typing import Any

import pytest

from coterie import registry
from coterie.crypto import names
from coterie.documents import GroupMember
from coterie.effects import Put
from coterie.errors import LocalError
from coterie.peer import ResourceName, Value
from coterie.values import envelope
from coterie.values.resource import Resource
from coterie.wire import envelopes
from coterie.wire.rows import Envelope
from reference.tests.groups.desk import info, published
from reference.tests.groups.market import Market
from reference.tests.overlay.commons import MEMBERS, RESOURCE, SLOT
from reference.tests.peer.network import OVERLAY, make_identity

A = b"anglers"
INFO = Resource("group-info", A)
OTHER = names.overlay_id(b"another square")


def member(name: str, **changes: Any) -> bytes:
    """An envelope that says of a peer that it is a member of A."""
    who = make_identity(name)
    return published(name, GroupMember(names.peer_id(who.spki), name), name=A, **changes)


# ------------------------------------------------------------ a store that keeps anything


def hostile(market: Market, honest: bytes) -> list[bytes]:
    """What a store could hand out besides an honest envelope."""
    who = make_identity("liar")
    decoded = envelopes.decode(honest)
    elsewhere = envelope.sign(who.key, OTHER, decoded)
    future = market.now.wall_ms + registry.timer("clock-ahead") + 60_000
    return [
        b"", b"\xff" * 40, honest[:-1], honest + b"\0",
        # changed on the way, and signed by somebody else
        honest[:-70] + bytes([honest[-70] ^ 1]) + honest[-69:],
        envelope.sign(who.key, OVERLAY, decoded),
        elsewhere,
        # long over, and not yet
        member("late", sequence=market.now.wall_ms - 700_000),
        member("soon", sequence=future),
        # of another name, and with a document that says something of others
        published("liar", GroupMember(names.peer_id(who.spki), "liar"), name=b"others"),
        published("liar", GroupMember(names.peer_id(make_identity("victim").spki), "victim"), name=A),
        bytes(9_300),
    ]  # fmt: skip


def test_store_that_hands_out_lies_is_believed() -> None:
    market = Market()
    one, _ = market.open(2)
    honest = member("honest", sequence=market.now.wall_ms)
    market.lay(Resource("group-members", A), *hostile(market, honest), honest, honest)

    told = market.members(one, A)
    shown = market.fetch(one, ResourceName("group-members", A))

    assert told["names"] == (b"honest",)
    assert told["complete"] == 1
    names_shown = {envelopes.decode(each).name for each in shown["envelopes"]}
    assert names_shown == {A}


def test_older_envelope_is_put_back_and_counts_again() -> None:
    market = Market()
    one, two = market.open(2)
    resource = ResourceName("group-members", A)
    first = market.publish(one, b"first", resource=resource)
    market.run(10)
    second = market.publish(one, b"second", resource=resource)
    earlier, later = (put.octets for _, put in market.puts[-2:])
    market.lay(Resource("group-members", A), earlier, earlier)

    assert second["sequence"] > first["sequence"]
    assert market.fetch(two, resource)["envelopes"] == (later,)

    market.withdraw(one, resource)
    market.lay(Resource("group-members", A), earlier, later)
    assert market.fetch(two, resource)["envelopes"] == ()


def test_publisher_that_says_two_things_at_once_is_believed() -> None:
    market = Market()
    one, _ = market.open(2)
    sequence = market.now.wall_ms
    market.lay(
        INFO,
        published("liar", info(1), name=A, sequence=sequence),
        published("liar", info(2), name=A, sequence=sequence),
    )

    assert market.inform(one, A)["reason"] == "no-such-group"


def test_flood_of_envelopes_takes_memory_without_end() -> None:
    market = Market()
    one, _ = market.open(2)
    shown = member("somebody", sequence=market.now.wall_ms)
    count = registry.limit("fetched-octets") // len(shown) + 5
    resource = Resource("group-members", A)
    market.lay(resource, *(variant(shown, number) for number in range(count)))

    found = market.fetch(one, ResourceName("group-members", A))

    assert found["complete"] == 0
    assert sum(map(len, found["envelopes"])) <= registry.limit("fetched-octets")


def variant(shown: bytes, number: int) -> bytes:
    """Another envelope of the same publisher, made a little earlier."""
    who, decoded = make_identity("somebody"), envelopes.decode(shown)
    changed = Envelope(
        decoded.kind, decoded.name, decoded.slot, decoded.sequence - number, decoded.lifetime,
        decoded.leaf, decoded.value, decoded.signature,
    )  # fmt: skip
    return envelope.sign(who.key, OVERLAY, changed)


# ------------------------------------------------------------ publishing


def test_value_that_nobody_holds_waits_for_half_its_lifetime() -> None:
    market = Market()
    one, two = market.open(2)
    market.cut_off.add(one)
    assert market.publish(one, b"here")["stored"] == 0
    market.cut_off.discard(one)
    market.run(9_000)
    assert market.fetch(two)["envelopes"] == ()

    market.run(2_000)

    assert len(market.fetch(two)["envelopes"]) == 1


def test_value_is_not_published_anew_in_time() -> None:
    market = Market()
    one, two = market.open(2)
    first = market.publish(one, b"here")
    market.run(299_000)
    assert len(market.puts) == 1

    market.run(2_000)

    assert len(market.puts) == 2
    assert one.told("published")[-1].fields["sequence"] > first["sequence"]
    market.run(1_000_000)
    assert len(market.fetch(two)["envelopes"]) == 1


def test_put_says_for_how_long_it_is_wanted() -> None:
    market = Market()
    (one,) = market.open(1)
    at = market.now.wall_ms
    market.publish(one, b"here", lifetime=86_400)
    market.withdraw(one)

    (_, put), (_, tombstone) = market.puts

    assert put.until == at + 86_400_000
    assert tombstone.until >= put.until
    assert (tombstone.key, tombstone.slot) == (put.key, put.slot)
    assert put.key == Resource(*MEMBERS).key
    assert envelopes.decode(tombstone.octets).value == b""


def test_what_was_left_there_is_published_anew_or_can_be_withdrawn_no_more() -> None:
    market = Market()
    one, two = market.open(2)
    market.publish(one, b"here")
    one.abroad.values.rest(Resource(*MEMBERS), bytes(16), market.now)
    market.run(400_000)
    assert len(market.puts) == 1
    assert len(market.fetch(two)["envelopes"]) == 1

    market.withdraw(one)
    assert market.fetch(two)["envelopes"] == ()
    with pytest.raises(LocalError, match="publish before"):
        market.withdraw(one)

    market.publish(one, b"again")
    one.abroad.values.rest(Resource(*MEMBERS), bytes(16), market.now)
    market.run(601_000)
    with pytest.raises(LocalError, match="publish before"):
        market.withdraw(one)


def test_withdrawn_value_is_published_anew() -> None:
    market = Market()
    one, two = market.open(2)
    market.publish(one, b"here")
    market.withdraw(one)
    market.run(400_000)

    assert len(market.puts) == 2
    assert market.fetch(two)["envelopes"] == ()
    with pytest.raises(LocalError, match="publish before"):
        market.withdraw(one)


def test_late_answer_to_what_was_replaced_is_taken_for_that_of_the_later() -> None:
    market = Market()
    (one,) = market.open(1)
    one.abroad.publish(Value(MEMBERS, bytes(16), 600, b"first"), market.now)
    one.abroad.publish(Value(MEMBERS, bytes(16), 600, b"second"), market.now)
    first, second = (effect for effect in one.peer.effects() if isinstance(effect, Put))
    assert envelopes.decode(second.octets).sequence == envelopes.decode(first.octets).sequence + 1

    one.abroad.stored(first.number, 2, market.now)
    market.collect(one)
    assert one.told("published") == []
    one.abroad.stored(second.number, 2, market.now)
    one.abroad.stored(second.number, 2, market.now)
    market.collect(one)

    assert len(one.told("published")) == 1


def test_values_and_fetches_of_one_peer_have_no_bound() -> None:
    market = Market()
    (one,) = market.open(1)
    for number in range(64):
        one.abroad.publish(Value(RESOURCE, number.to_bytes(15, "big") + b"s", 600, b"here"), market.now)
    with pytest.raises(LocalError, match="withdraw one"):
        one.abroad.publish(Value(RESOURCE, SLOT, 600, b"here"), market.now)
    for _ in range(64):
        one.abroad.fetch(MEMBERS, market.now)
    with pytest.raises(LocalError, match="wait for"):
        one.abroad.fetch(MEMBERS, market.now)
    with pytest.raises(LocalError, match="wait for"):
        market.groups(one).inform(A, market.now)


@pytest.mark.parametrize(
    "changes", [{"value": b""}, {"value": bytes(8193)}, {"lifetime": 59}, {"slot": b"s" * 16}]
)
def test_value_that_no_reader_takes_is_put(changes: dict[str, Any]) -> None:
    market = Market()
    (one,) = market.open(1)
    given = {"resource": MEMBERS, "slot": bytes(16), "lifetime": 600, "value": b"here"} | changes

    with pytest.raises(LocalError):
        one.abroad.publish(Value(**given), market.now)

    assert market.puts == []
    assert one.peer.inspect(OVERLAY)["published"] == []
