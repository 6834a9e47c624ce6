"""DATA: what a member takes from another, in which order it looks, and that a refusal uses nothing up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coterie import registry
from coterie.errors import LocalError
from coterie.records import checks
from coterie.wire import frames
from coterie.wire.bodies import Data, Extension, Message
from coterie.wire.codec import encode_body
from reference.tests.peer.network import Host, Network, losing, name_of, perfect

MEMORY = registry.limit("counter-memory")
GOOD = Message(10, 0, 0, 1, b"words")


def talking(suite: int = 1, seed: int = 2, **trust: object) -> tuple[Network, Host, Host, Host]:
    network = Network(seed)
    a, b, c = (network.add(name, **trust) for name in "abc")
    network.introduce()
    network.install(a, [a, b, c], suite)
    network.run(200)
    assert a.view == b.view == c.view != None  # noqa: E711
    return network, a, b, c


def sealed(sender: Host, counter: int, body: Data | bytes, /, **prefix: object) -> bytes:
    """A DATA as `sender` would seal it, with whatever the test wants in it."""
    epoch = sender.inside.records._epoch
    assert epoch is not None
    octets = body if isinstance(body, bytes) else encode_body(body)
    fields = {"view_id": epoch.view, "sender_index": epoch.own_index, "counter": counter} | prefix
    associated = frames.associated(sender.overlay, frames.SealedPrefix(**fields), len(octets))  # type: ignore[arg-type]
    return associated + epoch.seal_of(epoch.own_index).seal(counter, associated, octets)


def data(*messages: Message, first: int = 1, acknowledged: int = 0) -> Data:
    return Data(acknowledged, first, messages or (GOOD,))


@pytest.mark.parametrize("suite", [1, 2])
def test_words_are_lost_changed_or_told_twice(suite: int) -> None:
    network, a, b, c = talking(suite)

    for words in (b"one", b"", b"x" * 1000):
        network.send(a, words)
    network.run(3000)

    assert b.heard() == c.heard() == [b"one", b"", b"x" * 1000]
    assert set(b.refused) <= {"duplicate", "early-confirm"}
    assert [event.fields["sequence"] for event in b.told("data")] == [1, 2, 3]
    assert [event.fields["timestamp"] for event in b.told("data")] == [1, 2, 3]
    assert all(b"x" * 20 not in datagram for _, _, datagram in network.wire)
    assert a.peer.next_wake() is None


def test_frame_is_repeated_too_seldom_or_with_other_bytes() -> None:
    network, a, b, _ = talking()
    network.wire.clear()

    network.send(a, b"again")
    network.run(5000)

    sent = [datagram for _, to, datagram in network.wire if to == b.address]
    assert len(sent) == 13
    assert len(set(sent)) == 1


def test_repeats_go_on_into_the_next_view() -> None:
    network, a, b, c = talking()
    network.send(a, b"old")
    network.install(a, [a, b, c])
    network.run(150)
    network.wire.clear()
    network.run(3000)

    assert [name_of(datagram) for _, _, datagram in network.wire] == []
    assert a.peer.inspect(a.overlay)["next_counter"] == 0


def test_old_view_is_deaf_while_the_next_run_is_under_way() -> None:
    network, a, b, c = talking()
    network.fate = losing("DOWN", [a, b, c])
    network.install(a, [a, b, c])
    network.send(a, b"meanwhile")
    network.run(50)

    assert b.inside.views.run is not None
    assert b.heard() == [b"meanwhile"]
    network.fate = perfect
    network.run(1000)
    assert b.inside.views.run is None


BAD_BODIES: dict[str, tuple[str, Data]] = {
    "sequence zero": ("bad-sequence", data(first=0)),
    "sequence past the end": ("bad-sequence", data(GOOD, replace(GOOD, timestamp=11), first=2**64 - 1)),
    "timestamp zero": ("bad-timestamp", data(replace(GOOD, timestamp=0))),
    "timestamp too far": ("bad-timestamp", data(replace(GOOD, timestamp=2**32 + 1))),
    "timestamp falls": ("bad-timestamp", data(GOOD, replace(GOOD, timestamp=9))),
    "timestamp stays": ("bad-timestamp", data(GOOD, GOOD)),
    "unknown kind": ("bad-payload-kind", data(replace(GOOD, kind=4))),
    "fragment of none": ("bad-fragment", data(replace(GOOD, fragment_count=0))),
    "fragment past the end": ("bad-fragment", data(replace(GOOD, fragment_index=1))),
    "too many fragments": ("bad-fragment", data(replace(GOOD, fragment_count=65))),
    "fragment skipped": (
        "bad-fragment",
        data(replace(GOOD, fragment_count=3), replace(GOOD, fragment_index=2, fragment_count=3)),
    ),
    "fragment of another message": (
        "bad-fragment",
        data(replace(GOOD, fragment_count=3), replace(GOOD, fragment_index=1, fragment_count=2)),
    ),
    "acknowledges the future": (
        "bad-acknowledgement",
        data(GOOD, replace(GOOD, timestamp=11), acknowledged=12),
    ),
    "signed without need": (
        "unknown-critical-extension",
        replace(data(), extensions=(Extension(0x8002, bytes(64)),)),
    ),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bad_values_are_told_or_use_the_counter_up(name: str) -> None:
    reason, body = BAD_BODIES[name]
    network, a, b, _ = talking()

    assert network.refuses(a, b, sealed(a, 0, body)) == reason

    assert network.deliver(a.address, b, sealed(a, 0, data())) == ""
    assert b.heard() == [b"words"]
    assert b.peer.inspect(b.overlay)["clock"] == 10


@pytest.mark.parametrize(
    ("prefix", "counter", "reason"),
    [
        ({"view_id": bytes(16)}, 0, "unknown-view"),
        ({"sender_index": 3}, 0, "bad-sender-index"),
        ({}, 2**32, "counter-range"),
        ({"counter": 7}, 0, "bad-seal"),
    ],
)
def test_bad_prefix_is_opened(prefix: dict[str, object], counter: int, reason: str) -> None:
    network, a, b, _ = talking()

    assert network.refuses(a, b, sealed(a, counter, data(), **prefix)) == reason
    own = b.inside.views.view
    assert own is not None
    mirrored = sealed(a, counter, data(), sender_index=own.proposal.position)
    assert network.refuses(a, b, mirrored) == "bad-sender-index"


def test_counter_is_used_for_two_frames() -> None:
    network, a, b, _ = talking()
    first = sealed(a, 5, data())
    assert network.deliver(a.address, b, first) == ""

    assert network.refuses(a, b, first) == "duplicate"
    assert network.refuses(a, b, sealed(a, 5, data(first=2))) == "counter-reused"
    later = sealed(a, 5 + MEMORY, data(replace(GOOD, timestamp=11), first=2))
    assert network.deliver(a.address, b, later) == ""
    assert network.refuses(a, b, first) == "counter-too-old"


def test_acknowledgement_that_came_before_what_it_is_about_is_refused() -> None:
    network, a, b, _ = talking()
    two = (GOOD, replace(GOOD, timestamp=11))

    assert network.deliver(a.address, b, sealed(a, 0, data(*two, acknowledged=11))) == ""
    assert (
        network.deliver(
            a.address, b, sealed(a, 1, data(replace(GOOD, timestamp=12), first=3, acknowledged=12))
        )
        == ""
    )


def test_sequence_is_used_under_two_counters() -> None:
    network, a, b, _ = talking()
    three = [replace(GOOD, timestamp=10 + at) for at in range(3)]
    assert network.deliver(a.address, b, sealed(a, 0, data(*three, first=4))) == ""

    for first in (4, 5, 6):
        again = sealed(a, 1, data(replace(GOOD, timestamp=50), first=first))
        assert network.refuses(a, b, again) == "bad-sequence"
    early = sealed(a, 1, data(replace(GOOD, timestamp=10), first=3))
    assert network.refuses(a, b, early) == "bad-timestamp"
    late = sealed(a, 1, data(replace(GOOD, timestamp=12), first=7))
    assert network.refuses(a, b, late) == "bad-timestamp"
    assert network.deliver(a.address, b, sealed(a, 1, data(replace(GOOD, timestamp=9), first=3))) == ""
    assert network.deliver(a.address, b, sealed(a, 2, data(replace(GOOD, timestamp=13), first=7))) == ""


def test_fragments_of_one_message_are_kept_apart_or_split_over_frames_in_vain() -> None:
    network, a, b, _ = talking()
    parts = [replace(GOOD, fragment_index=at, fragment_count=3) for at in range(3)]

    assert network.deliver(a.address, b, sealed(a, 0, data(*parts[:2]))) == ""
    assert network.deliver(a.address, b, sealed(a, 1, data(parts[2], first=3))) == ""

    assert [event.fields["fragment_index"] for event in b.told("data")] == [0, 1, 2]


def test_records_of_one_overlay_are_taken_in_another() -> None:
    network, a, b, _ = talking()
    other, x, y, _ = talking(seed=3)
    frame = sealed(a, 0, data())

    moved = frame[:8] + bytes(16) + frame[24:]
    assert network.refuses(a, b, moved) == "unknown-overlay"
    assert other.refuses(x, y, frame) == "unknown-view"


def test_member_speaks_for_another_where_each_signs() -> None:
    network, a, b, c = talking(signs_origin=True)
    network.send(a, b"mine")
    network.run(20)
    assert b.heard() == c.heard() == [b"mine"]

    unsigned = sealed(a, 1, data(first=2))
    assert network.refuses(a, b, unsigned) == "origin-signature"
    signed = replace(data(first=2), extensions=(Extension(0x8002, bytes(64)),))
    assert network.refuses(a, b, sealed(a, 1, signed)) == "origin-signature"
    not_last = replace(signed, extensions=(*signed.extensions, Extension(1, b"\0")))
    assert network.refuses(a, b, sealed(a, 1, not_last)) == "origin-signature"
    short = replace(signed, extensions=(Extension(0x8002, bytes(63)),))
    assert network.refuses(a, b, sealed(a, 1, short)) == "origin-signature"
    assert checks.origin_label().startswith(b"coterie/1 ")


def test_caller_sends_too_much_too_early_or_exports_nothing() -> None:
    network = Network(9)
    lonely = network.add("lonely")
    with pytest.raises(LocalError):
        lonely.peer.send(lonely.overlay, b"hello", network.now)
    with pytest.raises(LocalError):
        lonely.peer.export(lonely.overlay, b"", 32)

    network, a, _, _ = talking()
    most = 1200 - 24 - 28 - 18 - 13 - 16
    network.send(a, b"x" * most)
    assert len(network.wire[-1][2]) == 1200
    for call in (
        lambda: a.peer.send(a.overlay, b"x" * (most + 1), network.now),
        lambda: a.peer.export(a.overlay, b"x" * 256, 32),
        lambda: a.peer.export(a.overlay, b"", 0),
        lambda: a.peer.export(a.overlay, b"", 8161),
    ):
        with pytest.raises(LocalError):
            call()


def test_application_that_never_waits_fills_the_memory() -> None:
    network, a, _, _ = talking()
    for number in range(MEMORY):
        a.peer.send(a.overlay, number.to_bytes(2, "big"), network.now)
    with pytest.raises(LocalError):
        a.peer.send(a.overlay, b"one more", network.now)
    a.peer.effects()

    for _ in range(12):
        network.mono += 100
        a.peer.handle_timers(network.now)
        assert len(a.peer.effects()) == 2 * MEMORY

    assert a.peer.next_wake() is None
    a.peer.send(a.overlay, b"one more", network.now)


def test_members_export_different_secrets() -> None:
    _, a, b, c = talking()

    exported = {host.peer.export(host.overlay, b"file transfer", 48) for host in (a, b, c)}

    assert len(exported) == 1
    assert len(a.peer.export(a.overlay, b"", 8160)) == 8160
    assert a.peer.export(a.overlay, b"x", 32) != a.peer.export(a.overlay, b"y", 32)
