"""What a reader makes of several envelopes: which of them count, in which order, and for how many groups.

Implements REQ-VAL-15 to REQ-VAL-17. Nothing here looks at octets from outside: what comes in was checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coterie.documents import Document, GroupIdRedirect
from coterie.values.envelope import Checked
from coterie.vocabulary import OverlayId
from coterie.wire import envelopes

Class = tuple[int, ...]
"""Indexes into what was found, ascending."""


@dataclass(frozen=True, slots=True)
class Found:
    """An envelope that counts, and the document in it."""

    checked: Checked
    document: Document


def counting(candidates: Iterable[Checked]) -> tuple[Checked, ...]:
    """Those envelopes that count, in no certain order: one or none of each resource, publisher and slot."""
    places: dict[tuple[int, bytes, bytes, bytes], list[Checked]] = {}
    for each in candidates:
        places.setdefault(place_of(each), []).append(each)
    return tuple(one for one in map(newest, places.values()) if one is not None)


def place_of(checked: Checked) -> tuple[int, bytes, bytes, bytes]:
    """Kind, name, publisher and slot: of one place only one envelope counts."""
    envelope = checked.envelope
    return envelope.kind, envelope.name, checked.publisher, envelope.slot


def newest(rivals: Sequence[Checked]) -> Checked | None:
    """The one envelope of a place that counts, if one does."""
    greatest = max(each.envelope.sequence for each in rivals)
    last = [each for each in rivals if each.envelope.sequence == greatest]
    # REQ-VAL-15: a publisher that says two things at once has said nothing
    if differ(last) or last[0].is_tombstone:
        return None
    return last[0]


def differ(rivals: Iterable[Checked]) -> bool:
    """Whether they say different things. Signatures are not compared: anybody can vary one of ECDSA."""
    return len({envelopes.unsigned(each.octets) for each in rivals}) > 1


def ordered(counted: Iterable[Checked]) -> tuple[Checked, ...]:
    """Envelopes in the order in which a reader takes them. Implements REQ-VAL-16."""
    return tuple(sorted(counted, key=rank))


def rank(checked: Checked) -> tuple[int, bytes, bytes]:
    """What envelopes are ordered by, ascending."""
    # REQ-VAL-16: the newest first, then by publisher and slot
    return -checked.envelope.sequence, checked.publisher, checked.envelope.slot


def classes(found: Sequence[Found]) -> tuple[Class, ...]:
    """The groups and the aliases among what was found under one name, in the order of their first envelopes.
    Implements REQ-VAL-17."""
    together: dict[tuple[str, bytes], list[int]] = {}
    for index, each in enumerate(found):
        together.setdefault(class_of(each), []).append(index)
    return tuple(tuple(indexes) for indexes in together.values())


def class_of(found: Found) -> tuple[str, bytes]:
    """What the envelope is about: a group by its Overlay-ID, or an alias by the Group-ID that is meant."""
    if isinstance(found.document, GroupIdRedirect):
        return "alias", found.document.actual_group_id
    return "group", found.checked.envelope.slot


def used(found: Sequence[Found], invited: OverlayId | None = None) -> Class:
    """The class that a reader uses; empty where there is none, or where the name is ambiguous.

    `invited` is the overlay that an invitation's Group-ID and authority make; then nothing else is looked at.
    Implements REQ-VAL-17.
    """
    if invited is not None:
        # REQ-VAL-17: whoever holds an invitation knows which group is meant
        return tuple(at for at, each in enumerate(found) if class_of(each) == ("group", invited))
    present = classes(found)
    # REQ-VAL-17: of several nobody but the user can choose
    return present[0] if len(present) == 1 else ()
