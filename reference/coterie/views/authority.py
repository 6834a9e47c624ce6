"""Who may propose to whom: a member whose turn it is, or another component's coordinator by a permit.

Implements REQ-VIE-9 and REQ-VIE-30. A permit is a JOIN that the receiver's own coordinator, or a receiver
without a view itself, has signed for the peer that proposes now.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie.errors import RemoteError
from coterie.views.ground import Ground
from coterie.vocabulary import NO_VIEW, NodeId, Now, OverlayId
from coterie.wire import codec, frames
from coterie.wire.bodies import Join, Propose
from coterie.wire.frames import SignedFrame


@dataclass(frozen=True, slots=True)
class Permit:
    """A JOIN that stands in a PROPOSE; its signature is not checked yet."""

    frame: SignedFrame
    body: Join


def read_permit(octets: bytes, overlay: OverlayId, proposer: NodeId, field: str) -> Permit:
    """The JOIN of this overlay to the proposer that a permit is."""
    # REQ-VIE-30: whole, of this overlay, and for nobody but who proposes
    try:
        frame = frames.decode_frame(octets, assembled=True)
        is_join = isinstance(frame, SignedFrame) and frame.header.name == "JOIN"
        body = codec.decode_body("JOIN", frame.body) if is_join and isinstance(frame, SignedFrame) else None
    except RemoteError as unreadable:
        raise RemoteError("bad-permit", requirement="REQ-VIE-30", field=field) from unreadable
    if not isinstance(frame, SignedFrame) or not isinstance(body, Join):
        raise RemoteError("bad-permit", requirement="REQ-VIE-30", field=field)
    if frame.header.overlay_id != overlay or frame.destination != proposer:
        raise RemoteError("bad-permit", requirement="REQ-VIE-30", field=field)
    return Permit(frame, body)


def read_permits(body: Propose, overlay: OverlayId, proposer: NodeId) -> tuple[Permit, ...]:
    """All permits of a PROPOSE."""
    return tuple(
        read_permit(octets, overlay, proposer, f"permits[{at}]") for at, octets in enumerate(body.permits)
    )


def check_permit_signature(ground: Ground, permit: Permit) -> None:
    """The one who permits is who it says, and signed it in this life."""
    # REQ-VIE-30: by the leaf of the receiver's own session, or by the receiver's own key
    if not ground.around.vouches(permit.frame):
        raise RemoteError("bad-permit", requirement="REQ-VIE-30", field="permits")


def speaks_for(ground: Ground, permit: Permit) -> bool:
    """Whether a permit is about the receiver: of its view, or its own where it has none."""
    own = ground.view != NO_VIEW or permit.frame.signer == ground.node
    return permit.body.view_id == ground.view and own


def check_permits(ground: Ground, body: Propose, proposer: NodeId) -> tuple[Permit, ...]:
    """REQ-VIE-30 for all permits; those that are about the receiver."""
    permits = read_permits(body, ground.standing.overlay, proposer)
    mine = tuple(permit for permit in permits if speaks_for(ground, permit))
    for permit in mine:
        check_permit_signature(ground, permit)
    return mine


def is_permitted(ground: Ground, permits: tuple[Permit, ...], now: Now) -> bool:
    """Whether one who may say so has asked the proposer: the coordinator, or whoever stands in for it; and
    where there is no view this peer itself, as long as it joins."""
    if ground.view == NO_VIEW:
        return ground.is_joining and bool(permits)
    speakers = {ground.members[0], ground.liveness.first(now)}
    return any(permit.frame.signer in speakers for permit in permits)


def check_authority(ground: Ground, proposer: NodeId, permits: tuple[Permit, ...], now: Now) -> None:
    """The proposer may propose to this peer."""
    # REQ-VIE-9: by turn or by permit
    if not ground.liveness.is_turn_of(proposer, now) and not is_permitted(ground, permits, now):
        raise RemoteError("not-proposer", requirement="REQ-VIE-9", field="signer")
