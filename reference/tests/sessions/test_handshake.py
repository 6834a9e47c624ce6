"""Greeting and being greeted: what makes a session, what does not, and what it costs before anything is
proven."""

from __future__ import annotations

import random
from itertools import product

import pytest

from coterie.crypto import cookie
from coterie.errors import LocalError, RemoteError
from coterie.sessions import states
from coterie.vocabulary import Address, NodeId
from coterie.wire import contact
from coterie.wire.bodies import Error, Extension, Ping, Pong, Refuse
from coterie.wire.frames import encode_plain
from reference.tests.peer.network import Host, Network, body_of, losing, name_of, perfect, resigned

FAR = Address("203.0.113.9", 9)


def two(seed: int = 1) -> tuple[Network, Host, Host]:
    network = Network(seed)
    return network, network.add("a"), network.add("b")


def greeted(name: str) -> tuple[Network, Host, Host]:
    """A greets B, and the network keeps frames of one type back."""
    network, a, b = two()
    network.fate = losing(name, [a, b])
    network.greet(a, b)
    network.run(20)
    return network, a, b


def met() -> tuple[Network, Host, Host]:
    network, a, b = two()
    network.greet(a, b)
    network.run(20)
    assert len(a.peer.inspect(a.overlay)["sessions"]) == 1
    assert len(b.peer.inspect(b.overlay)["sessions"]) == 1
    return network, a, b


def sessions(host: Host) -> list[NodeId]:
    return [row["node"] for row in host.peer.inspect(host.overlay)["sessions"]]


@pytest.mark.parametrize(("state", "given"), list(product(states.State, states.Input)))
def test_reply_moves_a_handshake_that_does_not_wait_for_it(state: states.State, given: states.Input) -> None:
    if (state, given) in states.TRANSITIONS:
        assert states.follow(state, given, "REQ-SES-9") in states.State
    else:
        with pytest.raises(RemoteError) as refused:
            states.follow(state, given, "REQ-SES-9")
        assert refused.value.reason == "unexpected-reply"


def test_greeting_at_once_leaves_one_side_without_a_session() -> None:
    network, a, b = two()

    network.meet()

    assert sessions(a) == [b.node]
    assert sessions(b) == [a.node]
    assert a.peer.inspect(a.overlay)["handshakes"] == b.peer.inspect(b.overlay)["handshakes"] == 0
    assert a.refused == b.refused == []
    assert len(a.told("session")) == len(b.told("session")) == 1


@pytest.mark.parametrize("seed", range(20))
def test_bad_network_keeps_two_peers_apart(seed: int) -> None:
    network, a, b = two(seed)

    def rough(chance: random.Random, _source: Host, _to: Host, _datagram: bytes) -> list[int]:
        copies = 0 if chance.random() < 0.3 else 2 if chance.random() < 0.3 else 1
        return [chance.randint(1, 400) for _ in range(copies)]

    network.fate = rough
    network.greet(a, b)
    network.greet(b, a)
    network.run(11_000)

    assert sessions(a) == [b.node]
    assert sessions(b) == [a.node]


def test_hello1_leaves_a_trace() -> None:
    network, a, b = greeted("RETRY")
    hello1 = network.sent("HELLO1", a, b)
    before = b.peer.inspect(b.overlay)
    assert before.pop("traffic")["received"]["frames"] == 1
    network.wire.clear()

    for port in range(1, 50):
        assert network.deliver(Address("203.0.113.9", port), b, hello1) == ""

    after = b.peer.inspect(b.overlay)
    assert after.pop("traffic")["received"] == {"frames": 50, "octets": 50 * 128}
    assert after == before
    assert [len(answer) for _, _, answer in network.wire] == [120] * 49
    assert b.inside.standing.sequence == 0


@pytest.mark.parametrize("field", ["nonce", "cookie"])
def test_cookie_of_someone_else_opens_a_session(field: str) -> None:
    network, a, b = greeted("HELLO2")
    hello2 = network.sent("HELLO2", a, b)

    changed = resigned(a, hello2, **{field: bytes(32)})
    assert network.deliver(a.address, b, changed) == "bad-cookie"
    assert network.deliver(FAR, b, hello2) == "bad-cookie"

    assert sessions(b) == []
    assert network.deliver(a.address, b, hello2) == ""


@pytest.mark.parametrize(("minutes", "reason"), [(1, ""), (2, "bad-cookie")])
def test_cookie_lives_too_short_or_too_long(minutes: int, reason: str) -> None:
    network, a, b = greeted("HELLO2")
    hello2 = network.sent("HELLO2", a, b)

    network.mono += minutes * 60_000

    assert network.deliver(a.address, b, hello2) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"transcript": bytes(32)}, "bad-transcript"),
        ({"suites": (2,)}, "bad-suites"),
        ({"suites": (2, 1)}, "bad-suites"),
        ({"suites": (1, 1)}, "bad-suites"),
        ({"leaf": bytes(601)}, "leaf-too-long"),
        ({"leaf": b"0"}, "leaf-encoding"),
        ({"extensions": (Extension(0x8001, b""),)}, "unknown-critical-extension"),
    ],
)
def test_bad_hello2_opens_a_session_or_gets_no_hint(changes: dict[str, object], reason: str) -> None:
    network, a, b = greeted("HELLO2")
    hello2 = network.sent("HELLO2", a, b)
    before = b.peer.inspect(b.overlay)["digest"]
    network.fate = losing("HELLO2", [b])
    network.wire.clear()

    assert network.deliver(a.address, b, resigned(a, hello2, **changes)) == reason

    ((_, to, answer),) = network.wire
    hint = body_of(answer)
    assert isinstance(hint, Error)
    assert to == a.address
    assert hint.nonce == body_of(hello2).nonce
    assert b.peer.inspect(b.overlay)["digest"] == before
    network.run(5)
    (told,) = a.told("error-hint")
    assert told.fields == {"reason": reason, "from": b.address}
    assert network.deliver(a.address, b, hello2) == ""


def test_hello2_signed_by_another_key_opens_a_session() -> None:
    network, a, b = greeted("HELLO2")
    c = network.add("c")
    hello2 = network.sent("HELLO2", a, b)

    assert network.deliver(a.address, b, resigned(c, hello2)) == "signer-mismatch"
    forged = resigned(a, hello2)
    assert network.deliver(a.address, b, forged[:-1] + bytes([forged[-1] ^ 1])) == "bad-signature"
    elsewhere = a.inside.standing.sign(c.node, body_of(hello2))
    assert network.deliver(a.address, b, elsewhere) == "wrong-destination"
    assert sessions(b) == []


def test_own_reflection_becomes_a_session() -> None:
    network, a, b = two()
    mirror = Address("203.0.113.1", 4000)
    a.peer.greet(a.overlay, mirror, network.now)
    (hello1,) = [effect.datagram for effect in a.peer.effects() if hasattr(effect, "datagram")]
    assert network.deliver(mirror, a, hello1) == ""
    retry = network.wire[-1][2]
    assert network.deliver(mirror, a, retry) == ""
    hello2 = network.wire[-1][2]

    assert network.deliver(mirror, a, hello2) == "own-identity"
    assert sessions(a) == []
    assert sessions(b) == []


def test_same_hello2_makes_a_second_hello3() -> None:
    network, a, b = met()
    hello2, hello3 = network.sent("HELLO2", a, b), network.sent("HELLO3", b, a)
    before = b.peer.inspect(b.overlay)["digest"]
    network.wire.clear()

    for _ in range(3):
        assert network.deliver(a.address, b, hello2) == ""

    assert [datagram for _, _, datagram in network.wire] == [hello3] * 3
    assert b.peer.inspect(b.overlay)["digest"] == before
    assert network.refuses(b, a, hello3) == "unexpected-reply"


def test_second_retry_replaces_the_first() -> None:
    network, a, b = greeted("HELLO2")
    retry = network.sent("RETRY", b, a)

    assert network.refuses(b, a, retry) == "unexpected-reply"
    other = encode_plain(a.overlay, body_of(retry).__class__(bytes(32), bytes(32), b.node))
    assert network.refuses(b, a, other) == "unexpected-reply"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"nonce": bytes(32)}, "unexpected-reply"),
        ({"cookie": bytes(32)}, "unexpected-reply"),
        ({"transcript": bytes(32)}, "bad-transcript"),
        ({"coordinator": contact.Contact(bytes(16), 7)}, "bad-contact"),
        ({"coordinator": contact.Contact.of(Address("224.0.0.1", 7))}, "bad-contact"),
        ({"coordinator": contact.Contact.of(Address("192.0.2.1", 0))}, "bad-contact"),
        ({"roles": 0}, "bad-roles"),
        ({"roles": 3}, "bad-roles"),
        ({"roles": 0x11}, "bad-roles"),
        ({"suites": (2,)}, "bad-suites"),
    ],
)
def test_bad_hello3_opens_a_session(changes: dict[str, object], reason: str) -> None:
    network, a, b = greeted("HELLO3")
    hello3 = network.sent("HELLO3", b, a)

    assert network.refuses(b, a, resigned(b, hello3, **changes)) == reason

    network.fate = perfect
    network.run(1000)
    assert sessions(a) == [b.node]


def test_someone_else_answers_for_the_peer_greeted() -> None:
    network, a, b = greeted("HELLO3")
    c = network.add("c")
    hello3 = network.sent("HELLO3", b, a)

    posing = resigned(c, hello3, leaf=c.inside.standing.identity.leaf)
    assert network.refuses(b, a, posing) == "signer-mismatch"


def test_next_life_of_a_peer_is_refused_or_its_last_one_is_not() -> None:
    network, a, b = met()
    old = network.sent("HELLO2", a, b)
    network.mono += 10
    reborn = network.restart(a)
    network.greet(reborn, b)
    network.run(20)

    ((_, _, incarnation),) = [tuple(row.values()) for row in b.peer.inspect(b.overlay)["sessions"]]
    assert incarnation == reborn.peer.incarnation > a.peer.incarnation
    assert network.deliver(a.address, b, old) == "stale-incarnation"
    ping = a.inside.standing.sign(b.node, Ping(bytes(8)))
    assert network.refuses(reborn, b, ping) == "wrong-incarnation"


def test_incarnation_goes_back_with_the_wall_clock() -> None:
    network, a, b = met()
    network.mono -= 900
    reborn = network.restart(a)

    assert reborn.peer.incarnation == a.peer.incarnation + 1
    assert b.peer.incarnation == a.peer.incarnation


def test_one_incarnation_lives_at_two_addresses() -> None:
    network, a, b = met()
    twin = network.add("a")
    assert twin.node == a.node
    twin.inside.standing.incarnation = a.peer.incarnation
    network.greet(twin, b)
    network.run(20)

    assert b.refused == ["incarnation-conflict"]
    assert b.peer.inspect(b.overlay)["sessions"][0]["address"] == a.address


def test_silent_peer_is_greeted_for_ever() -> None:
    network, a, b = greeted("HELLO1")
    network.run(11_000)

    assert [event.fields["address"] for event in a.told("greet-failed")] == [b.address]
    sent = [datagram for _, _, datagram in network.wire]
    assert len(sent) == 40
    assert len(set(sent)) == 1
    assert a.peer.next_wake() is None


def test_hello2_is_sent_before_its_cookie_or_after_its_answer() -> None:
    network, a, b = greeted("HELLO3")
    network.run(600)
    network.fate = perfect
    network.run(300)
    network.wire.clear()
    network.run(5000)

    assert sessions(a) == [b.node]
    assert network.wire == []


def test_caller_greets_himself_nobody_or_twice() -> None:
    network, a, b = two()
    network.greet(a, b)

    for address in (a.address, b.address, Address("0.0.0.0", 1), Address("192.0.2.7", 0)):  # noqa: S104
        with pytest.raises(LocalError):
            a.peer.greet(a.overlay, address, network.now)


def test_ping_is_answered_by_silence_or_by_the_wrong_nonce() -> None:
    network, a, b = met()
    a.peer.ping(a.overlay, b.node, network.now)
    network.collect(a)
    ping = network.sent("PING", a, b)
    wrong = b.inside.standing.sign(a.node, Pong(bytes(8)))
    assert network.deliver(b.address, a, wrong) == "unexpected-reply"

    network.run(10)

    assert [event.fields["node"] for event in a.told("pong")] == [b.node]
    assert network.refuses(a, b, ping) == "replayed"
    network.run(2000)
    assert a.told("ping-lost") == []


def test_lost_ping_is_never_given_up() -> None:
    network, a, b = met()
    network.fate = losing("PONG", [a])
    a.peer.ping(a.overlay, b.node, network.now)
    network.collect(a)
    with pytest.raises(LocalError):
        a.peer.ping(a.overlay, b.node, network.now)

    network.run(1100)

    assert [event.fields["node"] for event in a.told("ping-lost")] == [b.node]


def test_refused_ping_is_not_explained() -> None:
    network, a, b = met()
    a.peer.ping(a.overlay, b.node, network.now)
    network.collect(a)
    network.wire.clear()
    bad = a.inside.standing.sign(b.node, Ping(bytes(8), (Extension(0x8001, b""),)))
    before = b.peer.inspect(b.overlay)["digest"]

    assert network.deliver(a.address, b, bad) == "unknown-critical-extension"

    ((_, to, answer),) = network.wire
    refusal = body_of(answer)
    assert (to, name_of(answer)) == (a.address, "REFUSE")
    assert refusal.refused_sequence == a.inside.standing.sequence
    assert b.peer.inspect(b.overlay)["digest"] == before
    assert network.deliver(a.address, b, bad) == "replayed"
    assert network.deliver(b.address, a, answer) == "unexpected-reply"


def test_refuse_of_the_open_ping_is_not_told() -> None:
    network, a, b = met()
    a.peer.ping(a.overlay, b.node, network.now)
    a.peer.effects()
    sequence = a.inside.standing.sequence
    answer = b.inside.standing.sign(a.node, Refuse(sequence, 0xFFFF, 0x10))
    assert network.deliver(b.address, a, answer) == ""

    (told,) = a.told("refused")
    assert told.fields == {"node": b.node, "reason": "code-65535", "type": 0x10, "sequence": sequence}
    assert a.peer.next_wake() is None


def test_initiator_cannot_compute_what_the_responder_hashed() -> None:
    network, a, b = met()
    hello1, retry = network.sent("HELLO1", a, b), network.sent("RETRY", b, a)
    hello2, hello3 = network.sent("HELLO2", a, b), network.sent("HELLO3", b, a)

    assert body_of(hello2).transcript == cookie.hello_transcript(hello1, retry)
    assert body_of(hello3).transcript == cookie.hello_transcript(hello1, retry + hello2)


def test_grease_is_sent_where_bytes_must_repeat_or_missing_where_they_need_not() -> None:
    network, a, b = two()
    a.inside.standing.grease = True
    network.greet(a, b)
    network.run(20)

    (extension,) = body_of(network.sent("HELLO2", a, b)).extensions
    assert extension.type in {0x1A1A, 0x2A2A, 0x3A3A, 0x4A4A, 0x5A5A, 0x6A6A, 0x7A7A}
    assert len(extension.value) == 8
    assert body_of(network.sent("HELLO3", b, a)).extensions == ()
    assert sessions(b) == [a.node]
