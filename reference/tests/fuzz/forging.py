"""What whoever has keys needs to say something else under them: what a frame is, and what is in it."""

from __future__ import annotations

from coterie import registry
from coterie.errors import RemoteError
from coterie.multicast.installed import Installed
from coterie.records.epoch import SECRETS
from coterie.wire import frames
from reference.tests.peer.network import Host

SIGNED_BODY = frames.HEADER_SIZE + frames.SIGNED_PREFIX_SIZE
INCARNATION_AT = frames.HEADER_SIZE + 32
SEQUENCE_AT = INCARNATION_AT + 8
DESTINATION_AT = SEQUENCE_AT + 8
LENGTH = slice(6, 8)


def is_signed(datagram: bytes) -> bool:
    """Whether these octets say that they are a signed frame, and may be one."""
    if len(datagram) < SIGNED_BODY + frames.SIGNATURE_SIZE:
        return False
    header = frames.read_header(datagram)
    return header.type in registry.frame_types() and header.protection == registry.protections()["signed"]


def view_of(host: Host) -> Installed | None:
    """The view that a member speaks in."""
    group = host.inside.group
    view: Installed | None = vars(group.multicast)["_view"] if group else None
    return view


def own_body(view: Installed, datagram: bytes) -> tuple[str, bytes] | None:
    """Type and body of a frame that the member itself has sealed in its view; nothing for any other."""
    try:
        frame = frames.decode_frame(datagram)
    except RemoteError:
        return None
    epoch = view.epoch
    if not isinstance(frame, frames.SealedFrame) or frame.view_id != epoch.view:
        return None
    if frame.sender_index != epoch.own_index:
        return None
    name = frame.header.name
    seal = epoch.seal_of(epoch.own_index, SECRETS[name])
    try:
        return name, seal.open(frame.counter, frame.associated, frame.sealed)
    except RemoteError:
        return None
