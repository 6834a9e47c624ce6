"""ERROR: the plain hint that tells a greeter why it was refused; and what a whole overlay refuses.

Implements REQ-FRM-5, REQ-SES-19 and, for both, REQ-FRM-34: an ERROR is shorter than what it answers; and
REQ-VIE-1 and REQ-OVL-1.
"""

from __future__ import annotations

from coterie import registry
from coterie.effects import Event, Field, Send
from coterie.errors import RemoteError
from coterie.standing import Standing, Trust
from coterie.vocabulary import Address, NodeId, OverlayId
from coterie.wire import extensions, frames
from coterie.wire.bodies import Error, Refuse
from coterie.wire.frames import SignedFrame

NONCE_SIZE = 32

OF_VIEWS = frozenset({"INSTALL", "UP", "DOWN", "CONFIRM", "PROPOSE", "FLUSH", "JOIN", "LEAVE"})
"""Signed frames that make no sense without views."""

OF_VALUES = ("FIND", "NODES", "STORE", "STORED", "FETCH", "VALUES", "DEPART", "HOST", "HOSTED")
"""Signed frames that make no sense with them."""

REQUESTS = frozenset({"FIND", "STORE", "FETCH", "HOST"})
"""Those among them that ask for something."""


def error_to_hello2(frame: SignedFrame, source: Address, refused: RemoteError) -> Send:
    """The answer to a HELLO2 that was refused at its body or later; its nonce, as far as there is one."""
    nonce = frame.body[:NONCE_SIZE] if len(frame.body) >= NONCE_SIZE else bytes(NONCE_SIZE)
    body = Error(nonce, refused.code, registry.frame_type("HELLO2").code, ())
    return Send(frame.header.overlay_id, source, frames.encode_plain(frame.header.overlay_id, body))


def error_to_version(datagram: bytes, source: Address, refused: RemoteError) -> Send | None:
    """The answer to a HELLO1 of a version that is not spoken; None for every other datagram."""
    # REQ-FRM-5: silence, but for a greeting of exactly 128 octets
    question = frames.version_question(datagram)
    if question is None:
        return None
    overlay, nonce = question
    versions = (int(registry.tables()["header"]["version"]),)
    body = Error(nonce, refused.code, registry.frame_type("HELLO1").code, versions)
    return Send(overlay, source, frames.encode_plain(overlay, body))


def stated_membership() -> RemoteError:
    """The refusal of a frame that proposes, joins, leaves or multicasts where a user states the members."""
    # REQ-VIE-1: there, DATA is the only sealed frame, and INSTALL begins the only way to a view
    return RemoteError("stated-membership", requirement="REQ-VIE-1", field="header.type")


def check_has_views(trust: Trust, name: str) -> None:
    """A frame of that type is none about views where there are none."""
    # REQ-OVL-1: also every sealed frame, whose keys are those of a view
    if trust.keeps_values and (name in OF_VIEWS or registry.frame_type(name).protection == "sealed"):
        raise RemoteError("no-views", requirement="REQ-OVL-1", field="header.type")


def check_keeps_values(trust: Trust, name: str) -> None:
    """A frame of that type is none about values where nobody keeps any."""
    # REQ-OVL-1: every other overlay has views
    if not trust.keeps_values and name in OF_VALUES:
        raise RemoteError("no-values", requirement="REQ-OVL-1", field="header.type")


def is_answered(name: str) -> bool:
    """Whether a frame about values that was refused is answered by REFUSE."""
    # REQ-OVL-10: whoever asked is told
    return name in REQUESTS


def not_hosting() -> RemoteError:
    """The refusal of a HOST where the user has allowed none."""
    # REQ-GRP-20: without a word of the user
    return RemoteError("not-hosting", requirement="REQ-GRP-20", field="header.type")


def refuse(
    standing: Standing, to: Address, frame: SignedFrame, refused: RemoteError, seen: int | None
) -> Send:
    """The answer to a request that was refused (not a PING); with the greatest counter seen, where it
    helps."""
    # REQ-VIE-8: a proposer learns what its next counter has to exceed
    known = (extensions.counter(seen),) if seen is not None else ()
    body = Refuse(frame.sequence, refused.code, frame.header.type, known)
    return Send(standing.overlay, to, standing.sign(frame.signer, body))


def refused(overlay: OverlayId, node: NodeId, body: Refuse) -> Event:
    """What the application is told of a REFUSE."""
    reason = registry.reason_by_code(body.reason)
    fields: dict[str, Field] = {
        "node": node,
        "reason": reason.name if reason else f"code-{body.reason}",
        "type": body.refused_type,
        "sequence": body.refused_sequence,
    }
    return Event(overlay, "refused", fields)
