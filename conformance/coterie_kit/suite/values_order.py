"""Envelopes with two faults: the check that comes first gives the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from coterie_kit import leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite._values import DAY, Publisher, Scene
from coterie_kit.values import Envelope, documents


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an envelope: before it is signed, or afterwards."""

    req: str
    reason: str
    change: Callable[[Scene, Publisher, Envelope], Envelope] = lambda _scene, _by, envelope: envelope
    spoil: Callable[[bytes], bytes] = lambda octets: octets


def _expired_leaf(scene: Scene, by: Publisher, envelope: Envelope) -> Envelope:
    now = scene.wall // 1000
    leaf = leaves.make(leaves.good(by.key, scene.wall).changed(not_after=now - 1))
    return envelope.changed(leaf=leaf)


def _expired(scene: Scene, _by: Publisher, envelope: Envelope) -> Envelope:
    return envelope.changed(sequence=scene.wall - 1000 * envelope.lifetime)


def _wrong_document(_scene: Scene, by: Publisher, envelope: Envelope) -> Envelope:
    return envelope.changed(value=documents.member(by.peer))


def _wrong_slot(scene: Scene, _by: Publisher, envelope: Envelope) -> Envelope:
    return envelope.changed(slot=overlay_id(scene.name + b"x"))


SHAPE = Fault("REQ-VAL-2", "bad-envelope", spoil=lambda octets: octets + b"\x00")
KIND = Fault("REQ-VAL-3", "unknown-kind", lambda _s, _b, envelope: envelope.changed(kind=4))
NAME = Fault("REQ-VAL-4", "bad-group-id", lambda _s, _b, envelope: envelope.changed(name=b""))
SLOT = Fault("REQ-VAL-5", "bad-slot", lambda _s, _b, envelope: envelope.changed(slot=bytes(16)))
LIFETIME = Fault("REQ-VAL-6", "bad-lifetime", lambda _s, _b, envelope: envelope.changed(lifetime=DAY + 1))
VALUE = Fault(
    "REQ-VAL-7", "value-too-long", lambda _s, _b, envelope: envelope.changed(value=envelope.value.ljust(8193))
)
FUTURE = Fault(
    "REQ-VAL-8", "future-value", lambda scene, _b, envelope: envelope.changed(sequence=scene.wall + 300_001)
)
EXPIRED = Fault("REQ-VAL-9", "expired-value", _expired)
LEAF = Fault("REQ-VAL-10", "leaf-expired", _expired_leaf)
SIGNATURE = Fault(
    "REQ-VAL-11", "bad-signature", spoil=lambda octets: octets[:-64] + bytes([octets[-64] ^ 1]) + octets[-63:]
)
DOCUMENT = Fault("REQ-VAL-12", "wrong-document", _wrong_document)
PLACE = Fault("REQ-VAL-13", "slot-mismatch", _wrong_slot)
# in the order of the draft; an envelope from the future cannot be expired as well
CHECKED = [SHAPE, KIND, NAME, SLOT, LIFETIME, VALUE, FUTURE, LEAF, SIGNATURE]
PAIRS = [
    *pairwise(CHECKED), (LIFETIME, EXPIRED), (VALUE, EXPIRED), (EXPIRED, LEAF), (EXPIRED, SIGNATURE),
    (SHAPE, SIGNATURE), (KIND, SLOT), (LIFETIME, FUTURE), (SLOT, LEAF),
]  # fmt: skip
READ_PAIRS = [
    (SIGNATURE, DOCUMENT),
    (SIGNATURE, PLACE),
    (DOCUMENT, PLACE),
    (LEAF, DOCUMENT),
    (EXPIRED, PLACE),
]


def _faulty(scene: Scene, by: Publisher, *faults: Fault) -> bytes:
    envelope = scene.info(by)
    for fault in faults:
        envelope = fault.change(scene, by, envelope)
    octets = scene.stored(by, envelope)
    for fault in faults:
        octets = fault.spoil(octets)
    return octets


def _both(first: Fault, second: Fault, *, by_readers_alone: bool) -> Callable[[Judge], None]:
    reqs = [first.req, second.req]

    def story(judge: Judge) -> None:
        scene = Scene(judge)
        by = scene.publisher()
        asked = [scene.read] if by_readers_alone else [scene.check, scene.read]
        for ask, who in zip(reversed(asked), ("read", "check"), strict=False):
            judge.refused(ask(_faulty(scene, by, first, second)), first.reason, reqs=reqs, name=f"both.{who}")
            judge.refused(ask(_faulty(scene, by, second)), second.reason, reqs=reqs, name=f"second.{who}")
            judge.accepted(ask(_faulty(scene, by)), f"twin.{who}", reqs=reqs)

    return story


for _rows, _alone in ((PAIRS, False), (READ_PAIRS, True)):
    for _first, _second in _rows:
        case(
            f"values.order.{_first.reason}-before-{_second.reason}", reqs=[_first.req, _second.req],
            type="ENVELOPE", operator=f"{_first.reason}-and-{_second.reason}", cls="overlay", tier=0,
            fresh=True,
        )(_both(_first, _second, by_readers_alone=_alone))  # fmt: skip


@case(
    "values.order.slot-mismatch-before-admission", reqs=["REQ-VAL-13", "REQ-VAL-14"], type="ENVELOPE",
    operator="slot-mismatch-and-admission", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _slot_before_admission(judge: Judge) -> None:
    """A closed group in another's slot, by whom nobody has admitted."""
    scene = Scene(judge)
    group, stranger = scene.group(), scene.publisher()
    both = scene.closed_info(stranger, group, slot=scene.group().overlay)
    judge.refused(scene.read(scene.stored(stranger, both)), "slot-mismatch", name="both")
    second = scene.closed_info(stranger, group)
    judge.refused(scene.read(scene.stored(stranger, second)), "leaf-validity-too-long", name="second")
    by = scene.admitted(group)
    judge.accepted(scene.read(scene.stored(by, scene.closed_info(by, group))), "twin")


@case(
    "values.order.document-before-its-type", reqs=["REQ-VAL-12", "REQ-DOC-33"], type="ENVELOPE",
    operator="bad-address-and-wrong-document", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _document_before_type(judge: Judge) -> None:
    """A document is judged as such before anybody asks whether it belongs here."""
    scene = Scene(judge)
    by = scene.publisher()
    bad, good = (documents.info(scene.text, address, 4007) for address in ("224.0.0.1", "192.0.2.7"))
    judge.refused(scene.read(scene.stored(by, scene.member(by, value=bad))), "bad-address", name="both")
    judge.refused(scene.read(scene.stored(by, scene.member(by, value=good))), "wrong-document", name="second")
    judge.accepted(scene.read(scene.stored(by, scene.info(by, value=good))), "twin")
