"""The checks on HELLO2 and HELLO3, one function a rule, in the order of the draft.

Implements REQ-SES-10 to REQ-SES-13, REQ-SES-20 and REQ-SES-21; `roles` has REQ-SES-22 and REQ-OVL-3.
`check_hello2` and `check_hello3` are the order; each rule is looked up in its module when it is applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from coterie.crypto import leaf, names, signature
from coterie.crypto.leaf import Leaf
from coterie.errors import RemoteError
from coterie.sessions import cookies, roles
from coterie.sessions.window import check_positive
from coterie.standing import Standing
from coterie.vocabulary import NodeId
from coterie.wire.bodies import Hello2, Hello3
from coterie.wire.contact import check_contact
from coterie.wire.frames import SignedFrame

MANDATORY_SUITE = 1


@dataclass(frozen=True, slots=True)
class Arrival:
    """A HELLO2 or HELLO3 with what it is compared with. `responder` is set where one node alone may
    answer."""

    frame: SignedFrame
    body: Hello2 | Hello3
    transcript: bytes
    wall_ms: int
    responder: NodeId | None = None


def check_transcript(arrival: Arrival) -> None:
    """The signer saw the same frames as this peer."""
    # REQ-SES-10: nobody between the two changed a frame
    if arrival.body.transcript != arrival.transcript:
        raise RemoteError("bad-transcript", requirement="REQ-SES-10", field="transcript")


def check_suites(suites: tuple[int, ...]) -> None:
    """Suites in one order, with the one that everybody has."""
    # REQ-SES-11: strictly ascending, containing suite 1; unknown ones are no fault
    ascending = all(low < high for low, high in pairwise(suites))
    if not ascending or MANDATORY_SUITE not in suites:
        raise RemoteError("bad-suites", requirement="REQ-SES-11", field="suites")


def check_leaf(standing: Standing, octets: bytes, wall_ms: int) -> Leaf:
    """The leaf counts in this overlay, now."""
    return leaf.check_leaf(octets, standing.trust.policy, standing.overlay, wall_ms)


def check_signer(standing: Standing, arrival: Arrival, shown: Leaf) -> None:
    """The signer is the node of its leaf, and the node that was asked where one was."""
    # REQ-SES-12: a Node-ID belongs to one key
    node = names_node(standing, shown)
    if arrival.frame.signer != node or (arrival.responder or node) != node:
        raise RemoteError("signer-mismatch", requirement="REQ-SES-12", field="signer")


def names_node(standing: Standing, shown: Leaf) -> NodeId:
    """The Node-ID of a leaf's key in this overlay."""
    return names.node_id(standing.overlay, shown.spki)


def check_signature(frame: SignedFrame, shown: Leaf) -> None:
    """The leaf's key signed the frame."""
    signature.verify(shown.public, frame.signed_octets, frame.signature)


def check_destination(standing: Standing, frame: SignedFrame) -> None:
    """The frame is for this peer."""
    # REQ-FRM-15: addressed frames carry the receiver's Node-ID
    if frame.destination != standing.node:
        raise RemoteError("wrong-destination", requirement="REQ-FRM-15", field="destination")


def check_not_self(standing: Standing, frame: SignedFrame) -> None:
    """The signer is somebody else."""
    # REQ-SES-13: a peer has no session with itself, nor with another holder of its key
    if frame.signer == standing.node:
        raise RemoteError("own-identity", requirement="REQ-SES-13", field="signer")


def check_coordinator(body: Hello3) -> None:
    """The coordinator's contact is none, or one that can be reached."""
    # REQ-SES-21: zeros, or a unicast address and a port
    check_contact(body.coordinator, allow_none=True, requirement="REQ-SES-21", field="coordinator")


def check_identity(standing: Standing, arrival: Arrival) -> Leaf:
    """From the suites to the sequence: what HELLO2 and HELLO3 have in common."""
    check_suites(arrival.body.suites)
    if isinstance(arrival.body, Hello2):
        roles.check_stated(standing.trust, arrival.body)
    shown = check_leaf(standing, arrival.body.leaf, arrival.wall_ms)
    check_signer(standing, arrival, shown)
    check_signature(arrival.frame, shown)
    check_destination(standing, arrival.frame)
    check_not_self(standing, arrival.frame)
    check_positive(arrival.frame.sequence)
    return shown


def check_hello2(standing: Standing, arrival: Arrival, expected_cookies: tuple[bytes, ...]) -> Leaf:
    """The checks on HELLO2 after its structure and before its state; the leaf that it showed."""
    cookies.check_cookie(expected_cookies, arrival.body.cookie)
    check_transcript(arrival)
    return check_identity(standing, arrival)


def check_hello3(standing: Standing, arrival: Arrival) -> Leaf:
    """The checks on HELLO3 after the handshake was found and before its state; the leaf that it showed."""
    check_transcript(arrival)
    if isinstance(arrival.body, Hello3):
        check_coordinator(arrival.body)
        roles.check_roles(arrival.body.roles)
    return check_identity(standing, arrival)
