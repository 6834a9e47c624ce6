"""Peers that live again, peers in two overlays at once, and groups that admit only whom their authority
knows."""

from __future__ import annotations

from collections import deque

import pytest

from coterie.crypto import authority, identity, names
from coterie.crypto.entropy import Draws
from coterie.crypto.identity import Identity
from coterie.crypto.policy import OPEN, closed
from coterie.effects import Event, Send
from coterie.errors import LocalError, RemoteError
from coterie.peer import Membership, Peer, PeerConfig, Request, Trust
from coterie.vocabulary import Address, Now, OverlayId
from reference.tests.peer.network import OVERLAY, VALID, WALL, Host, Network, make_identity, name_of, perfect

OTHER = names.overlay_id(b"another group")
NOW = Now(1000, WALL)


def three() -> tuple[Network, Host, Host, Host]:
    network = Network(21)
    a, b, c = (network.add(name) for name in "abc")
    network.meet()
    network.install(a, [a, b, c])
    network.run(500)
    assert a.view == b.view == c.view != None  # noqa: E711
    return network, a, b, c


def test_restarted_member_comes_back_with_its_old_key() -> None:
    network, a, b, c = three()
    old = c.view
    network.mono += 5
    reborn = network.restart(c)
    assert a.view == old
    network.greet(reborn, a)
    network.greet(reborn, b)
    network.run(50)
    network.install(b, [a, b, reborn])
    network.run(500)

    assert a.view == b.view == reborn.view != old
    assert a.secret() == b.secret() == reborn.secret() != c.secret()
    members = a.peer.inspect(a.overlay)["members"]
    assert members[-1] == reborn.node


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_view_dies_with_its_controller_or_its_coordinator(gone: int) -> None:
    network, *hosts = three()
    in_order = sorted(hosts, key=lambda host: host.peer.inspect(host.overlay)["run"] is None)
    view = hosts[0].inside.views.view
    assert view is not None
    in_order = [next(h for h in hosts if h.node == node) for node in view.proposal.members]
    left = [host for host in in_order if host is not in_order[gone]]
    network.dead.add(in_order[gone].address)

    network.install(left[0], left)
    network.run(500)

    assert left[0].view == left[1].view != in_order[gone].view
    assert left[0].secret() == left[1].secret() != in_order[gone].secret()


def test_run_of_before_is_played_again() -> None:
    network, a, b, c = three()
    recorded = [(host, network.at(to), datagram) for host, to, datagram in network.wire]
    network.install(a, [a, b, c])
    network.run(2000)
    before = [host.peer.inspect(host.overlay)["digest"] for host in (a, b, c)]
    network.wire.clear()

    for source, to, datagram in recorded:
        if to is not None and name_of(datagram) not in {"HELLO1", "HELLO2"}:
            assert network.deliver(source.address, to, datagram), name_of(datagram)

    assert [host.peer.inspect(host.overlay)["digest"] for host in (a, b, c)] == before
    assert network.wire == []


def test_two_partitions_cannot_come_together() -> None:
    network = Network(22)
    hosts = [network.add(f"peer {number}") for number in range(5)]
    network.meet()
    network.install(hosts[0], hosts[:3])
    network.install(hosts[3], hosts[3:])
    network.run(500)
    assert hosts[0].view != hosts[3].view

    network.install(hosts[0], hosts)
    network.run(500)

    assert len({host.view for host in hosts}) == 1
    assert len({host.secret() for host in hosts}) == 1
    network.send(hosts[4], b"together")
    network.run(50)
    assert [host.heard() for host in hosts[:4]] == [[b"together"]] * 4


def test_bad_network_splits_a_view_of_many() -> None:
    for seed in range(4):
        network = Network(seed)
        hosts = [network.add(f"peer {number}") for number in range(5)]
        network.introduce()
        network.fate = lambda chance, *_: (
            [] if chance.random() < 0.2 else [chance.randint(1, 60)] * (1 + (chance.random() < 0.2))
        )
        network.install(hosts[seed], hosts)
        network.run(5500)
        assert len({host.view for host in hosts}) == 1, f"seed {seed}"
        assert hosts[0].view is not None
        for host in hosts:
            network.send(host, host.name.encode())
        network.run(3000)
        for host in hosts:
            assert set(host.heard()) == {other.name.encode() for other in hosts if other is not host}
        network.fate = perfect


# ---------------------------------------------------------------- two overlays at once


def carry(peers: dict[Address, Peer]) -> dict[Address, list[Event]]:
    """Let datagrams fly until none is left; what each peer told."""
    flying: deque[tuple[Address, Send]] = deque()
    told: dict[Address, list[Event]] = {address: [] for address in peers}

    def collect() -> None:
        for address, peer in peers.items():
            for effect in peer.effects():
                if isinstance(effect, Send):
                    flying.append((address, effect))
                elif isinstance(effect, Event):
                    told[address].append(effect)

    collect()
    while flying:
        origin, sent = flying.popleft()
        try:
            peers[sent.to].receive_datagram(sent.datagram, origin, sent.to, NOW)
        except RemoteError as refused:
            if refused.reason != "early-confirm":
                raise
        collect()
    return told


def company(*overlays: OverlayId) -> dict[Address, Peer]:
    """Two peers, both in all of the overlays."""
    found = {}
    for number, name in enumerate("xy", start=1):
        address = Address(f"192.0.2.{number}", 4000)
        known = make_identity(name)
        memberships = tuple(Membership(known, Trust(overlay, OPEN)) for overlay in overlays)
        found[address] = Peer(PeerConfig(address, memberships, grease=False), NOW, Draws(name.encode() * 32))
    return found


def test_two_overlays_of_one_peer_share_a_node_a_key_or_a_frame() -> None:
    peers = company(OVERLAY, OTHER)
    (here, first), (there, second) = peers.items()
    for overlay in (OVERLAY, OTHER):
        first.greet(overlay, there, NOW)
    carry(peers)
    for overlay in (OVERLAY, OTHER):
        first.install(overlay, Request((first.node(overlay), second.node(overlay)), 1), NOW)
    carry(peers)
    for peer in peers.values():
        peer.handle_timers(Now(1250, WALL))
    carry(peers)

    assert first.node(OVERLAY) != first.node(OTHER)
    exported = {overlay: first.export(overlay, b"", 32) for overlay in (OVERLAY, OTHER)}
    assert exported == {overlay: second.export(overlay, b"", 32) for overlay in (OVERLAY, OTHER)}
    assert exported[OVERLAY] != exported[OTHER]
    scalars = {peer._overlays[overlay].views.view.scalar for peer in (first, second) for overlay in exported}  # type: ignore[union-attr]
    assert len(scalars) == 4

    first.send(OVERLAY, b"for one group", NOW)
    (sent,) = [effect for effect in first.effects() if isinstance(effect, Send)]
    moved = sent.datagram[:8] + OTHER + sent.datagram[24:]
    with pytest.raises(RemoteError) as refused:
        second.receive_datagram(moved, here, there, NOW)
    assert refused.value.reason == "unknown-view"
    state = second.inspect(OTHER)
    place = state["members"].index(first.node(OTHER)).to_bytes(2, "big")
    with pytest.raises(RemoteError) as refused:
        second.receive_datagram(moved[:24] + state["view"] + place + moved[42:], here, there, NOW)
    assert refused.value.reason == "bad-seal"
    second.receive_datagram(sent.datagram, here, there, NOW)


def test_overlay_is_named_twice_or_unknown() -> None:
    with pytest.raises(LocalError):
        company(OVERLAY, OVERLAY)
    (_, first), _ = company(OVERLAY).items()
    with pytest.raises(LocalError):
        first.greet(OTHER, Address("192.0.2.9", 1), NOW)


# ---------------------------------------------------------------- closed groups


def admitted(name: str, overlay: OverlayId, issuer: authority.Issuer) -> Identity:
    known = make_identity(name)
    wanted = authority.Admission(known.spki, overlay, "member", VALID, 9)
    return identity.pair(known.key, authority.issue(issuer, wanted))


def test_stranger_enters_a_closed_group() -> None:
    key = identity.new_private_key("p256", bytes(range(48)))
    certificate = authority.new_authority(key, "the authority", VALID, 5)
    issuer = authority.Issuer(key, certificate)
    overlay = names.overlay_id(b"closed", names.authority_hash(identity.spki_of(key)))
    trust = Trust(overlay, closed(certificate))
    shown = {
        Address("192.0.2.1", 4000): admitted("ada", overlay, issuer),
        Address("192.0.2.2", 4000): admitted("bob", overlay, issuer),
        Address("192.0.2.3", 4000): make_identity("mallory"),
        Address("192.0.2.4", 4000): admitted("eve", OTHER, issuer),
    }
    peers = {
        address: Peer(
            PeerConfig(address, (Membership(known, trust),), grease=False), NOW, Draws(bytes([at]) * 32)
        )
        for at, (address, known) in enumerate(shown.items())
    }
    first, *others = peers.values()
    refusals: list[str] = []
    for peer in others:
        peer.greet(overlay, Address("192.0.2.1", 4000), NOW)
    flying = deque((address, effect) for address, peer in peers.items() for effect in peer.effects())
    while flying:
        origin, effect = flying.popleft()
        if isinstance(effect, Send):
            try:
                peers[effect.to].receive_datagram(effect.datagram, origin, effect.to, NOW)
            except RemoteError as refused:
                refusals.append(refused.reason)
            flying.extend((effect.to, more) for more in peers[effect.to].effects())

    assert [row["address"] for row in first.inspect(overlay)["sessions"]] == [Address("192.0.2.2", 4000)]
    assert refusals == ["leaf-name", "leaf-name"]
