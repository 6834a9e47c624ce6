"""Whatever arrives: refused with a reason of the registry, nothing changed, nobody answered with more than he
sent."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from coterie.vocabulary import Address
from coterie.wire import segments
from coterie.wire.bodies import Error, Install, Ping
from coterie.wire.frames import encode_header
from reference.tests.peer.network import Host, Network, body_of, losing, name_of

STRANGER = Address("203.0.113.5", 4000)
SIGNED = ["HELLO2", "HELLO3", "PING", "PONG", "INSTALL", "UP", "DOWN", "CONFIRM"]


def waiting(name: str) -> tuple[Network, Host, Host, bytes]:
    """A network that has kept one good frame of a type back; who sent it, who waits for it."""
    network = Network(11)
    a, b, c = (network.add(host) for host in "abc")
    hellos = {"HELLO1", "RETRY", "HELLO2", "HELLO3"}
    if name in hellos:
        network.fate = losing(name, [a, b])
        network.greet(a, b)
    else:
        network.introduce()
        network.fate = losing(name, [a, b, c])
        if name in {"PING", "PONG"}:
            a.peer.ping(a.overlay, b.node, network.now)
            network.collect(a)
        elif name == "DATA":
            network.install(a, [a, b, c])
            network.run(100)
            network.send(a, b"words")
        else:
            network.install(a, [a, b, c])
    network.run(30)
    source, address, frame = next(found for found in network.wire if name_of(found[2]) == name)
    to = network.at(address)
    assert to is not None
    network.wire.clear()
    return network, source, to, frame


def flipped(frame: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(frame)):
        changed = bytearray(frame)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def state(host: Host) -> tuple[object, object, object]:
    found = host.peer.inspect(host.overlay)
    return found["digest"], found["view"], found["run"]


@pytest.mark.parametrize("name", [*SIGNED, "DATA"])
def test_flipped_bit_is_accepted(name: str) -> None:
    network, source, to, frame = waiting(name)
    before = state(to)

    for at, changed in enumerate(flipped(frame)):
        assert network.deliver(source.address, to, changed), f"bit {at}"
        for _, _, answer in network.wire:
            assert name_of(answer) == "ERROR"
            assert len(answer) <= len(changed)
        network.wire.clear()

    assert state(to) == before
    assert network.deliver(source.address, to, frame) == ""


@pytest.mark.parametrize("name", [*SIGNED, "DATA", "HELLO1", "RETRY"])
def test_truncated_frame_is_accepted(name: str) -> None:
    network, source, to, frame = waiting(name)
    before = state(to)

    for length in range(len(frame)):
        assert network.deliver(source.address, to, frame[:length]), f"{length} octets"
        assert network.deliver(source.address, to, with_length(frame[:length])), f"{length} octets, so said"
    assert network.deliver(source.address, to, frame + b"\0")

    assert state(to) == before
    assert {name_of(answer) for _, _, answer in network.wire} <= {"ERROR"}
    assert network.deliver(source.address, to, frame) == ""


def with_length(frame: bytes) -> bytes:
    """The frame with a length that fits what is left of it."""
    if len(frame) < 24:
        return frame
    return frame[:6] + (len(frame) - 24).to_bytes(2, "big") + frame[8:]


@pytest.mark.parametrize("seed", range(20))
def test_noise_changes_something(seed: int) -> None:
    network, _, to, frame = waiting("INSTALL")
    chance = random.Random(seed)
    before = state(to)

    for _ in range(100):
        noise = bytearray(chance.choice([frame, chance.randbytes(chance.randint(0, 1500))]))
        for _ in range(chance.randint(1, 8)):
            if noise:
                noise[chance.randrange(len(noise))] = chance.randrange(256)
        if bytes(noise) != frame:
            assert network.deliver(STRANGER, to, bytes(noise))

    assert state(to) == before


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("0.0.0.0:1", "bad-source"),
        ("192.0.2.9:0", "bad-source"),
        ("224.0.0.1:9", "bad-source"),
        ("255.255.255.255:9", "bad-source"),
        ("[ff02::1]:9", "bad-source"),
        ("[::]:9", "bad-source"),
        ("[::ffff:224.0.0.1]:9", "bad-source"),
        ("[fe80::1%eth0]:9", "bad-source"),
        ("192.0.2.9:9", ""),
        ("[fe80::1]:9", ""),
    ],
)
def test_impossible_source_is_answered(source: str, reason: str) -> None:
    network, _, to, frame = waiting("HELLO1")

    assert network.deliver(Address.parse(source), to, frame) == reason
    assert len(network.wire) == (0 if reason else 1)
    assert network.deliver(to.address, to, frame) == "bad-source"


def test_unknown_version_is_answered_to_others_than_greeters() -> None:
    network, _, to, frame = waiting("HELLO1")
    other = frame[:2] + b"\x02" + frame[3:]

    assert network.deliver(STRANGER, to, other) == "unknown-version"
    ((_, address, answer),) = network.wire
    hint = body_of(answer)
    assert isinstance(hint, Error)
    assert (address, hint.nonce, hint.versions) == (STRANGER, body_of(frame).nonce, (1,))
    network.wire.clear()
    for silent in (other[:-1], other + b"\0", other[:3] + b"\x10" + other[4:], b"\0" + other[1:]):
        assert network.deliver(STRANGER, to, silent)
    assert network.wire == []
    elsewhere = other[:8] + bytes(16) + other[24:]
    assert network.deliver(STRANGER, to, elsewhere) == "unknown-version"
    assert len(network.wire) == 1


def test_first_of_several_faults_is_not_the_one_named() -> None:
    network, source, to, frame = waiting("PING")
    faults = [  # each is worse than all that follow it
        ("bad-magic", 0), ("unknown-version", 2), ("unknown-overlay", 8), ("unknown-type", 3),
        ("wrong-protection", 4), ("reserved-nonzero", 5), ("bad-length", 6), ("no-session", 24),
        ("wrong-incarnation", 56), ("too-old", 0), ("bad-signature", 72),
    ]  # fmt: skip
    changed = bytearray(frame)
    for reason, at in reversed(faults):
        if reason == "too-old":
            changed[64:72] = bytes(8)
        else:
            changed[at] ^= 0xA0
        assert network.deliver(source.address, to, bytes(changed)) == reason
    assert network.wire == []


def pieces(network: Network, a: Host, frame: bytes) -> list[bytes]:
    return [encode_header("SEGMENT", a.overlay, len(body)) + body for body in segments.cut(frame)]


def long_ping(a: Host, b: Host, filler: int = 3000) -> bytes:
    from coterie.wire.bodies import Extension

    return a.inside.standing.sign(b.node, Ping(bytes(8), (Extension(1, bytes(filler)),)))


@pytest.mark.parametrize("seed", range(6))
def test_segments_in_another_order_or_twice_are_lost(seed: int) -> None:
    network = Network(seed)
    a, b = network.add("a"), network.add("b")
    network.introduce()
    parts = pieces(network, a, long_ping(a, b)) * 2
    network.chance.shuffle(parts)

    reasons = [network.deliver(a.address, b, part) for part in parts]

    assert set(reasons) <= {"", "replayed"}
    assert name_of(network.wire[0][2]) == "PONG"
    assert sum(1 for _, to, _ in network.wire if to == a.address) == 1


def test_segments_fill_the_memory_of_a_peer() -> None:
    network = Network(1)
    a, b = network.add("a"), network.add("b")
    network.introduce()
    frames = [pieces(network, a, long_ping(a, b)) for _ in range(5)]
    for parts in frames[:4]:
        assert network.deliver(a.address, b, parts[0]) == ""

    assert network.refuses(a, b, frames[4][0]) == "segment-limit"
    assert network.deliver(STRANGER, b, frames[4][0]) == "no-session"
    clash = bytearray(frames[0][1])
    clash[24 + 17] = 9
    assert network.refuses(a, b, bytes(clash)) == "segment-conflict"

    network.run(5000)
    assert b.peer.inspect(b.overlay)["assemblies"] == 0
    assert network.deliver(a.address, b, frames[4][0]) == ""


@pytest.mark.parametrize("fault", ["digest", "plain", "short"])
def test_assembled_octets_are_taken_for_a_frame(fault: str) -> None:
    network = Network(1)
    a, b = network.add("a"), network.add("b")
    network.introduce()
    inner = long_ping(a, b)
    if fault == "plain":
        inner = encode_header("ERROR", a.overlay, 1300) + bytes(1300)
    parts = pieces(network, a, inner)
    if fault == "digest":
        parts[-1] = parts[-1][:-1] + bytes([parts[-1][-1] ^ 1])
    if fault == "short":
        body = segments.digest(inner[:1000])
        cut = [inner[:600], inner[600:1000]]
        parts = [
            encode_header("SEGMENT", a.overlay, 18 + len(chunk)) + body + bytes([at, 2]) + chunk
            for at, chunk in enumerate(cut)
        ]

    reasons = [network.deliver(a.address, b, part) for part in parts]

    assert reasons[-1] == ("segment-digest" if fault == "digest" else "segment-inner")
    assert set(reasons[:-1]) == {""}
    assert b.peer.inspect(b.overlay)["assemblies"] == 0
    assert network.wire == []


def test_install_of_many_members_is_refused_because_it_came_in_pieces() -> None:
    network = Network(2)
    hosts = [network.add(f"peer {number}") for number in range(12)]
    network.introduce()
    network.fate = losing("SEGMENT", hosts)
    network.install(hosts[0], hosts)
    parts = [datagram for _, to, datagram in network.wire if to == hosts[1].address]
    assert {name_of(part) for part in parts} == {"SEGMENT"}

    assert [network.deliver(hosts[0].address, hosts[1], part) for part in parts] == [""] * len(parts)

    assert isinstance(hosts[1].inside.views.run.proposal.install, Install)  # type: ignore[union-attr]
