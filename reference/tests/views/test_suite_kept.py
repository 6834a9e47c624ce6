"""A view that goes on in another suite: its entries would mean nothing there, and the innocent be blamed."""

from dataclasses import replace

import pytest

from coterie.errors import LocalError, RemoteError
from coterie.views import order, proposal
from coterie.views.order import Lineage
from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire import Contact
from coterie.wire.bodies import Member
from reference.tests.peer.network import Host, Network

OWN = ViewId(b"\x01" * 16)
ROWS = tuple(
    Member(NodeId(bytes([number]) * 32), 1, bytes(32), Contact(bytes(16), 1), OWN) for number in (1, 2, 3)
)
LINEAGE = Lineage(OWN, tuple(row.node_id for row in ROWS), 1)


def pair(network: Network, suite: int) -> list[Host]:
    """Two peers in a view of that suite."""
    hosts = [network.add("a"), network.add("b")]
    network.meet()
    network.install(hosts[0], hosts, suite)
    network.run(100)
    assert hosts[0].view == hosts[1].view is not None
    return hosts


@pytest.mark.parametrize(("suite", "other"), [(1, 2), (2, 1)])
def test_view_goes_on_in_another_suite(suite: int, other: int) -> None:
    network = Network()
    hosts = pair(network, suite)
    view = hosts[0].view

    with pytest.raises(LocalError, match=f"which is {suite}"):
        network.install(hosts[0], hosts, other)

    assert hosts[0].view == view
    assert not hosts[0].told("run-failed")
    network.install(hosts[0], hosts, suite)
    network.run(100)
    assert hosts[0].view == hosts[1].view != view


def test_proposal_of_another_suite_is_accepted() -> None:
    proposal.check_suite_kept(1, ROWS, LINEAGE)
    with pytest.raises(RemoteError) as refused:
        proposal.check_suite_kept(2, ROWS, LINEAGE)

    assert (refused.value.reason, refused.value.requirement) == ("unknown-suite", "REQ-KEY-10")


def test_suite_of_a_smaller_set_binds_the_base() -> None:
    foreign = tuple(replace(row, previous_view=ViewId(b"\x02" * 16)) for row in ROWS[1:])

    proposal.check_suite_kept(2, (ROWS[0], *foreign), LINEAGE)


def test_peer_without_a_view_refuses_a_suite() -> None:
    newcomers = tuple(replace(row, previous_view=NO_VIEW) for row in ROWS)

    proposal.check_suite_kept(2, newcomers, order.NO_LINEAGE)
