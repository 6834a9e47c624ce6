"""What the stories of hostile frames share: rows, signatures, and how a refusal is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.vocabulary import NodeId
from coterie.wire.bodies import Body, Candidate
from coterie.wire.contact import Contact
from reference.tests.membership.company import Company
from reference.tests.peer.network import Host, name_of

STRANGER = NodeId(b"\x05" * 32)
NOWHERE = Contact(bytes(15) + b"\x01", 0)


def row(host: Host, **changes: Any) -> Candidate:
    """A host as a candidate."""
    return replace(Candidate(host.node, host.peer.incarnation, Contact.of(host.address)), **changes)


def sign(host: Host, to: NodeId, body: Body) -> bytes:
    return host.inside.standing.sign(to, body)


def refused(company: Company, source: Host, to: Host, datagram: bytes) -> str:
    """The reason; and that the state is as it was."""
    before = company.facts(to)
    reason = company.deliver(source.address, to, datagram)
    after = company.facts(to)
    for facts in (before, after):
        del facts["counters"], facts["traffic"]
    assert not reason or before == after
    return reason


def names_sent(company: Company, source: Host, since: int) -> list[str]:
    return [name_of(datagram) for host, _, datagram in company.wire[since:] if host is source]


def rows_of(*rows: Candidate) -> tuple[Candidate, ...]:
    """Candidates in their order."""
    return tuple(sorted(rows, key=lambda each: each.node_id))
