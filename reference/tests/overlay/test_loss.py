"""A network that loses a tenth of everything: what was published is found by everybody all the same."""

from __future__ import annotations

from typing import Any

import pytest

from coterie.peer import ResourceName
from coterie.wire import envelopes
from reference.tests.overlay.commons import Commons, contacts, lossy
from reference.tests.peer.network import Host

TRIES = 4


def values(fetched: dict[str, Any]) -> set[bytes]:
    return {envelopes.decode(each).value for each in fetched["envelopes"]}


def fetched(commons: Commons, host: Host, name: ResourceName) -> set[bytes]:
    """What a host finds, asking again as long as it knows that it may not be all."""
    for _ in range(TRIES):
        told = commons.fetch(host, name)
        if told["complete"]:
            return values(told)
    raise AssertionError(f"seed {commons.seed}: {host.name} found nothing for certain in {TRIES} tries")


@pytest.mark.parametrize("seed", [0])  # make soak plays hundreds, of the same and of larger overlays
def test_value_is_found_by_some_and_not_by_others(seed: int) -> None:
    commons = Commons(seed, lossy(0.1))
    hosts = commons.gather(20)
    names = [ResourceName("group-members", b"garden %d" % number) for number in range(3)]
    for number, name in enumerate(names):
        for host in hosts[number::7]:
            assert commons.publish(host, host.name.encode(), resource=name)["stored"] >= 5

    for number, name in enumerate(names):
        said = {host.name.encode() for host in hosts[number::7]}
        for host in hosts:
            assert fetched(commons, host, name) == said, f"seed {seed}: {host.name}"


@pytest.mark.parametrize("seed", [0])
def test_those_who_are_gone_stay_in_the_tables(seed: int) -> None:
    commons = Commons(seed, lossy(0.1))
    hosts = commons.gather(14)
    gone, alive = hosts[:4], hosts[4:]
    commons.dead.update(host.address for host in gone)
    name = ResourceName("group-members", b"gardeners")
    for host in alive[:2]:
        commons.publish(host, host.name.encode(), resource=name)

    for host in alive:
        for other in gone:
            commons.find(host, other.node)

    for host in alive:
        assert not {other.node for other in gone} & set(contacts(host)), f"seed {seed}: {host.name}"
        assert fetched(commons, host, name) == {each.name.encode() for each in alive[:2]}


def test_same_seed_tells_two_stories() -> None:
    def story() -> list[tuple[str, bytes]]:
        commons = Commons(7, lossy(0.2))
        hosts = commons.gather(8)
        commons.publish(hosts[1], b"value")
        commons.fetch(hosts[2], ResourceName("group-members", b"gardeners"))
        return [(source.name, datagram) for source, _, datagram in commons.wire]

    assert story() == story()
