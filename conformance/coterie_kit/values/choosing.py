"""What a reader makes of several envelopes: which count, in which order, and which groups they are about."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from coterie_kit import registry
from coterie_kit.faults import Unreadable
from coterie_kit.values import documents
from coterie_kit.values.checking import Taken, check, read

__all__ = ["Found", "choose", "classes_of", "follow", "found_in", "used_of"]


@dataclass(frozen=True, slots=True)
class Found:
    """An envelope that counts, and what it says."""

    publisher: bytes
    slot: bytes
    sequence: int
    document: documents.Document


def choose(taken: Iterable[Taken]) -> list[Taken]:
    """Implements REQ-VAL-15: of each publisher and slot of one resource the greatest sequence, or none."""
    places: dict[tuple[bytes, bytes], list[Taken]] = {}
    for each in taken:
        places.setdefault((each.publisher, each.envelope.slot), []).append(each)
    newest: list[Taken] = []
    for rivals in places.values():
        last = max(each.envelope.sequence for each in rivals)
        told = {each.envelope.unsigned(): each for each in rivals if each.envelope.sequence == last}
        if len(told) == 1:
            newest += told.values()
    return [each for each in newest if each.envelope.value]


def place(taken: Taken) -> tuple[int, bytes, bytes]:
    """What REQ-VAL-16 sorts by; a publisher's own values of one moment stand by their slots."""
    return -taken.envelope.sequence, taken.publisher, taken.envelope.slot


def found_in(envelopes: Iterable[bytes], overlay: bytes, kind: str, name: bytes, wall_ms: int) -> list[Found]:
    """What a reader finds under a resource, in the order of REQ-VAL-16."""
    counting = []
    for octets in envelopes:
        try:
            taken = check(octets, overlay, wall_ms)
        except Unreadable:
            continue
        if (taken.kind, taken.envelope.name) == (kind, name):
            counting.append(taken)
    found = []
    for taken in sorted(choose(counting), key=place):
        try:
            document = read(taken, wall_ms)
        except Unreadable:
            continue
        if document is not None:
            found.append(Found(taken.publisher, taken.envelope.slot, taken.envelope.sequence, document))
    return found


def classes_of(found: Sequence[Found]) -> list[list[int]]:
    """Implements REQ-VAL-17: indexes into ``found``, class by class."""
    classes: dict[Hashable, list[int]] = {}
    for index, each in enumerate(found):
        key = ("to", each.document["actual_group_id"]) if "actual_group_id" in each.document else each.slot
        classes.setdefault(key, []).append(index)
    return list(classes.values())


def follow(names: Sequence[bytes]) -> None:
    """Implements REQ-VAL-18: each name is what the one before redirects to."""
    for count, name in enumerate(names[1:], 1):
        if name in names[:count]:
            raise Unreadable("redirect-loop", f"names[{count}]")
        if count > registry.limit("redirects"):
            raise Unreadable("redirect-depth", f"names[{count}]")


def used_of(found: Sequence[Found], classes: Sequence[Sequence[int]], invited: bytes | None) -> list[int]:
    """Implements REQ-VAL-17: the class that a reader uses, perhaps with an invitation to an overlay."""
    if invited is None:
        return list(classes[0]) if len(classes) == 1 else []
    return [
        index
        for index, each in enumerate(found)
        if each.slot == invited and each.document["type"] == "group-info"
    ]
