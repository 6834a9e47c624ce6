"""Checks 7 to 10: whether a signed frame comes from a session, is new, is genuine, and is for this peer.

Implements REQ-SES-3, REQ-SES-4, REQ-FRM-14 and REQ-FRM-15. HELLO2 and HELLO3 bring their own proof (see
`checks`).
"""

from __future__ import annotations

from coterie.crypto import signature
from coterie.errors import RemoteError
from coterie.sessions import window
from coterie.sessions.session import Session, SessionTable
from coterie.standing import Standing
from coterie.vocabulary import ALL_NODES, Address
from coterie.wire.frames import SignedFrame

WINDOWED = frozenset(
    {"PING", "PONG", "REFUSE", "FIND", "NODES", "STORE", "STORED", "FETCH", "VALUES", "DEPART",
     "HOST", "HOSTED"}
)
"""The types whose sequence number counts. The flows of a proposal and of a key run may come again, byte for
byte."""

FOR_ALL = frozenset({"INSTALL", "DOWN", "PROPOSE", "LEAVE"})
FOR_ALL_OR_ONE = frozenset({"CONFIRM"})


def check_session(table: SessionTable, frame: SignedFrame) -> Session:
    """There is a session with the signer; the session."""
    # REQ-SES-3: all but the four frames of a handshake need a session
    session = table.get(frame.signer)
    if session is None:
        raise RemoteError("no-session", requirement="REQ-SES-3", field="signer")
    return session


def check_incarnation(session: Session, frame: SignedFrame) -> None:
    """The frame is of the incarnation that the session is with."""
    # REQ-SES-4: not of an earlier life, nor of one that nobody has greeted
    if frame.incarnation != session.incarnation:
        raise RemoteError("wrong-incarnation", requirement="REQ-SES-4", field="incarnation")


def check_signature(session: Session, frame: SignedFrame) -> None:
    """The key of the session signed the frame."""
    signature.verify(session.leaf.public, frame.signed_octets, frame.signature)


def check_destination(standing: Standing, frame: SignedFrame) -> None:
    """The frame is for this peer, or for all where its type is for all."""
    # REQ-FRM-15: PROPOSE, INSTALL, DOWN and LEAVE carry zeros, CONFIRM may, all others the receiver's Node-ID
    allowed = {standing.node}
    if frame.header.name in FOR_ALL:
        allowed = {ALL_NODES}
    elif frame.header.name in FOR_ALL_OR_ONE:
        allowed = {standing.node, ALL_NODES}
    if frame.destination not in allowed:
        raise RemoteError("wrong-destination", requirement="REQ-FRM-15", field="destination")


def check_address(table: SessionTable, source: Address) -> None:
    """There is a session with a peer at `source`: SEGMENTs prove nothing themselves."""
    # REQ-FRM-27: memory is held only for who has proven the address
    if table.at(source) is None:
        raise RemoteError("no-session", requirement="REQ-FRM-27")


def is_windowed(name: str) -> bool:
    """Whether the sequence number of frames of that type counts."""
    # REQ-SES-5: of those alone that do not belong to a proposal or a key run
    return name in WINDOWED


def admit(standing: Standing, table: SessionTable, frame: SignedFrame) -> Session:
    """Checks 7 to 10 in their order; the session of the signer. The sequence number is used up at the end."""
    session = check_session(table, frame)
    check_incarnation(session, frame)
    if is_windowed(frame.header.name):
        window.check_window(session.window, frame.sequence)
    check_signature(session, frame)
    check_destination(standing, frame)
    if is_windowed(frame.header.name):
        # REQ-SES-5: used up here, whatever the body turns out to be
        session.window.mark(frame.sequence)
    return session
