"""Lookups: whoever is closest to a target is found, by everybody, whatever somebody says in between."""

from __future__ import annotations

from hashlib import sha256

import pytest

from reference.tests.overlay.commons import Commons, closest, contacts


@pytest.mark.parametrize("seed", range(5))
def test_two_peers_find_different_peers_closest_to_one_target(seed: int) -> None:
    commons = Commons(seed)
    hosts = commons.gather(12)
    target = sha256(f"target {seed}".encode()).digest()

    found = {host.name: commons.find(host, target) for host in hosts}

    for host in hosts:
        others = [other for other in hosts if other is not host]
        assert found[host.name] == closest(others, target)


def test_peer_that_entered_knows_nobody_but_the_one_it_came_by() -> None:
    commons = Commons()
    hosts = commons.gather(6)

    assert all(len(contacts(host)) == 5 for host in hosts)
