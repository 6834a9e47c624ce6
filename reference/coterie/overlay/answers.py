"""What the answers NODES, VALUES and HOSTED have to be, one function a rule.

Implements REQ-OVL-13, REQ-OVL-20 and REQ-GRP-25. Each rule is looked up in this module when it is applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coterie.crypto import leaf, names
from coterie.crypto.leaf import Shown
from coterie.crypto.policy import OPEN
from coterie.errors import RemoteError
from coterie.overlay import distance
from coterie.values import checks
from coterie.vocabulary import OverlayId
from coterie.wire import envelopes
from coterie.wire.bodies import Fetch, Find, Host, Hosted, Neighbour, Nodes, Values
from coterie.wire.contact import check_contact

REQUIREMENT = "REQ-OVL-20"


def check_nodes(body: Nodes, asked: Find) -> None:
    """Rows in their order, with addresses that can be reached, row by row."""
    before: bytes | None = None
    for index, row in enumerate(body.neighbours):
        check_farther(before, row.node_id, asked.target, index)
        check_row_contact(row, index)
        before = row.node_id


def check_farther(before: bytes | None, node: bytes, target: bytes, index: int) -> None:
    """A row is farther from the target than the one before."""
    # REQ-OVL-13: strictly ascending, so nobody twice
    if before is not None and distance.distance(before, target) >= distance.distance(node, target):
        raise RemoteError("bad-nodes", requirement="REQ-OVL-13", field=f"neighbours[{index}].node_id")


def check_row_contact(row: Neighbour, index: int) -> None:
    """A row says where its peer is."""
    # REQ-OVL-13: as SES-21 demands, but not zeros
    check_contact(
        row.contact, allow_none=False, requirement="REQ-OVL-13", field=f"neighbours[{index}].contact"
    )


def check_hosted(body: Hosted, asked: Host) -> None:
    """The group is the one that was asked for."""
    # REQ-GRP-25: the open group with that Group-ID
    if body.group_overlay != names.overlay_id(asked.group):
        raise RemoteError("wrong-group", requirement="REQ-GRP-25", field="body.group_overlay")


@dataclass(frozen=True, slots=True)
class Whole:
    """What of an envelope can be read before it is judged: its octets, its resource key, its publisher and
    its slot."""

    octets: bytes
    key: bytes
    publisher: bytes
    slot: bytes


def check_values(body: Values, asked: Fetch) -> tuple[bytes, ...]:
    """The envelopes of a page, none of them judged yet."""
    check_more(body)
    place = (bytes(asked.publisher), asked.slot)
    for index, whole in enumerate(wholes(body)):
        check_key(whole, asked.key, index)
        check_behind(place, whole, index)
        place = (whole.publisher, whole.slot)
    return body.held


def check_more(body: Values) -> None:
    """`more` says yes or no, and not yes without a value to go on behind."""
    # REQ-OVL-20: 0 or 1, and 0 without any value
    if body.more not in {0, 1} or (body.more and not body.held):
        raise _bad("more")


def wholes(body: Values) -> Iterator[Whole]:
    """Each envelope of a page, as far as it can be read."""
    for index, octets in enumerate(body.held):
        try:
            yield whole(octets)
        except RemoteError as fault:
            # REQ-OVL-20: what has no place in the order is no answer
            raise _bad(f"held[{index}].envelope") from fault


def whole(octets: bytes) -> Whole:
    """The envelope in `octets`, as far as VAL-2 to VAL-5 and a leaf with a key go; `RemoteError` if not."""
    envelope = envelopes.decode(octets)
    kind = checks.check_kind(envelope.kind)
    checks.check_name(kind, envelope.name)
    checks.check_slot(kind, envelope.slot)
    shown = Shown(leaf.read(envelope.leaf), OPEN, OverlayId(b""), 0)
    leaf.check_version(shown)
    leaf.check_key(shown.certificate.spki)
    key = names.resource_key(envelope.kind, envelope.name)
    return Whole(octets, key, names.peer_id(shown.certificate.spki), envelope.slot)


def check_key(found: Whole, key: bytes, index: int) -> None:
    """An envelope is of the resource that was asked for."""
    # REQ-OVL-20: all of the key
    if found.key != key:
        raise _bad(f"held[{index}].envelope")


def check_behind(place: tuple[bytes, bytes], found: Whole, index: int) -> None:
    """An envelope stands behind the one before, and the first behind what was asked."""
    # REQ-OVL-20: strictly ascending, so that the pages come to an end
    if (found.publisher, found.slot) <= place:
        raise _bad(f"held[{index}].envelope")


def _bad(field: str) -> RemoteError:
    return RemoteError("bad-values", requirement=REQUIREMENT, field=field)
