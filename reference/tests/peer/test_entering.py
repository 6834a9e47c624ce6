"""An overlay that a peer enters while it runs, and the leaves that it can tell."""

from __future__ import annotations

import pytest

from coterie.crypto import names
from coterie.crypto.policy import OPEN
from coterie.errors import LocalError
from coterie.peer import Membership, Trust
from coterie.vocabulary import NodeId
from reference.tests.peer.network import Network

OTHER = names.overlay_id(b"another group")


def test_overlay_entered_later_is_another_life_or_does_not_exist() -> None:
    network = Network(5)
    a, b = (network.add(name) for name in "ab")
    identity = a.inside.standing.identity

    entered = a.peer.enter(Membership(identity, Trust(OTHER, OPEN)))

    assert entered == OTHER
    assert a.peer.overlays == (a.overlay, OTHER)
    assert a.peer.node(OTHER) != a.node
    assert a.peer.inspect(OTHER)["sessions"] == []
    with pytest.raises(LocalError, match="is named twice"):
        a.peer.enter(Membership(identity, Trust(OTHER, OPEN)))
    network.greet(a, b)
    network.run(50)
    assert [session["node"] for session in a.peer.inspect(a.overlay)["sessions"]] == [b.node]
    assert a.peer.inspect(OTHER)["sessions"] == []


def test_leaf_of_a_stranger_is_told() -> None:
    network = Network(5)
    a, b = (network.add(name) for name in "ab")
    assert a.peer.leaf(a.overlay, b.node) is None

    network.greet(a, b)
    network.run(50)

    assert a.peer.leaf(a.overlay, b.node) == b.inside.standing.identity.leaf
    assert a.peer.leaf(a.overlay, a.node) == a.inside.standing.identity.leaf
    assert a.peer.leaf(a.overlay, NodeId(bytes(32))) is None
