"""Bad UPs and DOWNs at every hop: refused for the right reason, and the good one is still taken."""

from __future__ import annotations

import pytest

from coterie.crypto.suites import P256_PRIME, X25519_PRIME, suite
from coterie.vocabulary import ALL_NODES
from coterie.wire import decode_frame
from coterie.wire.bodies import Down, Up
from coterie.wire.frames import SignedFrame
from reference.tests.peer.network import body_of, resigned
from reference.tests.views.held import Held, Hop, finish, hold, hops

HOPS = list(hops())

# The fourteen encodings that give a zero secret: seven values, each with and without the top bit.
LOW_ORDER = (
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    X25519_PRIME - 1,
)
ABOVE = (X25519_PRIME, X25519_PRIME + 1)


def little(value: int) -> bytes:
    return value.to_bytes(32, "little")


def bad_elements(code: int) -> dict[bytes, str]:
    """Elements that are refused wherever they stand, and why."""
    if code == 1:
        top = 1 << 255
        masked = {little(value | top): "noncanonical-element" for value in (*LOW_ORDER, *ABOVE, 9)}
        above = {little(value): "noncanonical-element" for value in (*ABOVE, X25519_PRIME + 9)}
        return {little(value): "low-order-element" for value in LOW_ORDER} | masked | above
    return {
        P256_PRIME.to_bytes(32, "big"): "noncanonical-element",
        (2**256 - 1).to_bytes(32, "big"): "noncanonical-element",
        (5).to_bytes(32, "big"): "",
        (7).to_bytes(32, "big"): "not-on-curve",
    }


def entries_of(held: Held) -> tuple[bytes, ...]:
    found: tuple[bytes, ...] = body_of(held.frame).entries
    return found


def with_element(held: Held, at: int, element: bytes) -> bytes:
    """The frame with another element at a place; the place after the entries is the total of an UP."""
    entries = entries_of(held)
    if at == len(entries):
        return resigned(held.sender, held.frame, total=element)
    return resigned(held.sender, held.frame, entries=(*entries[:at], element, *entries[at + 1 :]))


@pytest.mark.parametrize("hop", HOPS, ids=str)
def test_element_that_forces_a_key_passes_a_hop(hop: Hop) -> None:
    held = hold(hop)
    places = len(entries_of(held)) + (hop.name == "UP")

    for at in range(places):
        for element, reason in bad_elements(hop.suite).items():
            if reason:
                found = held.network.refuses(held.sender, held.receiver, with_element(held, at, element))
                assert (at, found) == (at, reason)
    finish(held)


@pytest.mark.parametrize("hop", HOPS, ids=str)
def test_base_point_or_repeated_element_passes_a_hop(hop: Hop) -> None:
    held = hold(hop)
    entries = entries_of(held)
    base = suite(hop.suite).base
    network, sender, receiver = held.network, held.sender, held.receiver

    for at in range(len(entries) + (hop.name == "UP")):
        if len(entries) > 1 or at == len(entries):
            assert network.refuses(sender, receiver, with_element(held, at, base)) == "base-point-element"
        other = entries[at - 1] if at else entries[-1]
        if len(entries) > 1:
            assert network.refuses(sender, receiver, with_element(held, at, other)) == "repeated-element"
    finish(held)


@pytest.mark.parametrize("hop", HOPS, ids=str)
def test_flow_with_an_entry_too_few_or_too_many_is_taken(hop: Hop) -> None:
    held = hold(hop)
    entries = entries_of(held)
    network, sender, receiver = held.network, held.sender, held.receiver

    for count in {1, len(entries) - 1, len(entries) + 1} - {0, len(entries)}:
        longer = resigned(sender, held.frame, entries=(entries * 2)[:count])
        assert network.refuses(sender, receiver, longer) == "wrong-count"
    finish(held)


@pytest.mark.parametrize("hop", HOPS, ids=str)
def test_flow_by_another_member_is_taken(hop: Hop) -> None:
    held = hold(hop)
    others = [host for host in held.members if host not in (held.sender, held.receiver)]

    for other in others:
        forged = resigned(other, held.frame)
        assert held.network.refuses(other, held.receiver, forged) == "wrong-signer"
    finish(held)


@pytest.mark.parametrize("hop", HOPS, ids=str)
def test_flow_of_another_run_is_taken(hop: Hop) -> None:
    held = hold(hop)
    digest = body_of(held.frame).install_digest

    for other in (bytes(32), digest[:-1] + bytes([digest[-1] ^ 1])):
        stray = resigned(held.sender, held.frame, install_digest=other)
        assert held.network.refuses(held.sender, held.receiver, stray) == "no-run"
    finish(held)


@pytest.mark.parametrize("hop", HOPS, ids=str)
def test_flow_for_someone_else_or_reflected_is_taken(hop: Hop) -> None:
    held = hold(hop)
    network, sender, receiver = held.network, held.sender, held.receiver
    frame = decode_frame(held.frame)
    assert isinstance(frame, SignedFrame)
    wrong = ALL_NODES if frame.destination == receiver.node else receiver.node
    misdirected = sender.inside.standing.sign(wrong, body_of(held.frame))

    assert network.refuses(sender, receiver, misdirected) == "wrong-destination"
    # a peer's own flow comes back to it: it has no session with itself
    assert network.refuses(receiver, sender, held.frame) == "no-session"
    finish(held)


@pytest.mark.parametrize("hop", HOPS, ids=str)
def test_flow_is_taken_for_the_other_kind(hop: Hop) -> None:
    held = hold(hop)
    body = body_of(held.frame)
    disguised: Up | Down
    if hop.name == "UP":
        disguised = Down(body.install_digest, body.entries)
        frame = held.sender.inside.standing.sign(ALL_NODES, disguised)
    else:
        disguised = Up(body.install_digest, body.entries, body.entries[0])
        frame = held.sender.inside.standing.sign(held.receiver.node, disguised)

    assert held.network.refuses(held.sender, held.receiver, frame) == "out-of-turn"
    finish(held)


@pytest.mark.parametrize("hop", [hop for hop in HOPS if hop.name == "UP"], ids=str)
def test_second_up_by_one_member_goes_unpunished(hop: Hop) -> None:
    held = hold(hop)
    network, sender, receiver = held.network, held.sender, held.receiver
    before = receiver.view
    assert network.deliver(sender.address, receiver, held.frame) == ""
    assert network.deliver(sender.address, receiver, held.frame) == ""
    element = suite(hop.suite).raise_all(entries_of(held)[:1], b"\x40" * 32)[0]

    assert network.deliver(sender.address, receiver, with_element(held, 0, element)) == "equivocation"

    (failed,) = receiver.told("run-failed")
    assert failed.fields["culprit"] == sender.node
    assert receiver.view == before
    assert receiver.inside.views.run is None


def test_members_take_different_keys_from_two_downs() -> None:
    held = hold(Hop("DOWN", 0, 0, 1))
    entries = entries_of(held)
    swapped = resigned(held.sender, held.frame, entries=(entries[1], entries[0], *entries[2:]))

    assert held.network.deliver(held.sender.address, held.receiver, swapped) == ""
    held.network.run(6000)

    assert [host.view for host in held.members] == [None] * 4
    for host in held.members[1:]:
        (failed,) = host.told("run-failed")
        assert failed.fields["reason"] == "down-mismatch"
        assert failed.fields["culprit"] == held.sender.node
        assert failed.fields["accuser"] == held.receiver.node


@pytest.mark.parametrize("code", [1, 2])
def test_removed_member_reads_on_because_nothing_was_refreshed(code: int) -> None:
    held = hold(Hop("DOWN", 0, 4, code))
    old = held.receiver.inside.views.view
    assert old is not None
    entries = entries_of(held)
    own = old.entries[old.proposal.position]
    stale = resigned(held.sender, held.frame, entries=(own, *entries[1:]))

    assert held.network.refuses(held.sender, held.receiver, stale) == "unrefreshed-element"
    finish(held)


def test_down_reaches_a_newcomer_before_its_up() -> None:
    held = hold(Hop("UP", 2, 0, 1))
    digest = body_of(held.frame).install_digest
    early = held.members[3].inside.standing.sign(ALL_NODES, Down(digest, entries_of(held)))

    assert held.network.refuses(held.members[3], held.receiver, early) == "out-of-turn"
    assert {host.view for host in held.members} == {None}
    finish(held)
