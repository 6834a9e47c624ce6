"""What the sessions know of other peers, in the form in which the other machines need it.

Implements nothing itself: it is how the overlay hands on what one machine knows to another.
"""

from __future__ import annotations

from coterie import registry
from coterie.crypto import signature
from coterie.records import Epoch
from coterie.sessions import Advert, Session, roles
from coterie.sessions.session import SessionTable
from coterie.standing import Standing
from coterie.views import Partner, Run
from coterie.vocabulary import NO_VIEW, NodeId
from coterie.wire.contact import NO_CONTACT
from coterie.wire.frames import SignedFrame


def partners(standing: Standing, table: SessionTable) -> dict[NodeId, Partner]:
    """Whom there is a session with, and the peer itself."""
    known = {session.node: partner(session) for session in table.sorted()}
    return known | {standing.node: own(standing)}


def find(standing: Standing, table: SessionTable, node: NodeId) -> Partner | None:
    """One of them; None for a stranger."""
    session = table.get(node)
    if node == standing.node:
        return own(standing)
    return None if session is None else partner(session)


def own(standing: Standing) -> Partner:
    """The peer itself."""
    return Partner(standing.incarnation, standing.leaf_hash, standing.trust.suites, standing.address)


def partner(session: Session) -> Partner:
    """The other peer of a session."""
    return Partner(session.incarnation, session.leaf.hash, session.suites, session.address)


def advert(standing: Standing, view: Run | None) -> Advert:
    """What HELLO3 says of the view installed."""
    own, coordinator = roles.own(standing.trust), 1 << registry.roles()["coordinator"]
    if view is None:
        return Advert(own, NO_VIEW, NO_CONTACT)
    first = view.proposal.install.members[0]
    leads = coordinator if first.node_id == standing.node else 0
    return Advert(own | leads, view.proposal.view, first.contact)


def epoch(view: Run, table: SessionTable) -> Epoch:
    """The view as its frames are sealed in."""
    accepted, secrets = view.proposal, view.held_secrets
    sessions = {node: session for node in accepted.members if (session := table.get(node))}
    return Epoch(
        accepted.view,
        accepted.install.suite,
        accepted.members,
        accepted.position,
        secrets.read,
        secrets.control,
        tuple(row.contact for row in accepted.install.members),
        {node: session.leaf for node, session in sessions.items()},
    )


def vouches(standing: Standing, table: SessionTable, frame: SignedFrame) -> bool:
    """Whether the signer is the peer itself or one with a session, in this life, and signed the frame."""
    if frame.signer == standing.node:
        public, incarnation = standing.identity.key.public_key(), standing.incarnation
    else:
        session = table.get(frame.signer)
        if session is None:
            return False
        public, incarnation = session.leaf.public, session.incarnation
    same = frame.incarnation == incarnation
    return same and signature.holds(public, frame.signed_octets, frame.signature)
