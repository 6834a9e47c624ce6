"""A failure made small: what is not needed for it is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from reference.tests.fuzz.decoders import Decoder, outcome, tried
from reference.tests.fuzz.mutations import Bad
from reference.tests.fuzz.rounds import Fault, Round

MOST_TRIES = 400
MOST_ROUNDS = 60
CHUNKS = (4096, 512, 64, 16, 4, 1)

T = TypeVar("T")


def smaller_input(decoder: Decoder, found: Bad) -> bytes:
    """Fewer octets, or fewer changes of a good input, that the decoder fails at in the same way."""
    # a fault that is no fault of the outcome is one of its cost
    judge = outcome if outcome(decoder, found.octets)[1] else tried
    kind = kind_of(judge(decoder, found.octets)[1])

    def fails(octets: bytes) -> bool:
        return kind_of(judge(decoder, octets)[1]) == kind

    kept = without(found.patches, lambda patches: fails(Bad(found.good, tuple(patches)).octets), 1)
    return shorter(Bad(found.good, tuple(kept)).octets, fails)


def shorter(octets: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Octets left out, many at once and then few."""
    tries = 0
    for size in CHUNKS:
        at = 0
        while at < len(octets) and tries < MOST_TRIES:
            tries += 1
            candidate = octets[:at] + octets[at + size :]
            if fails(candidate):
                octets = candidate
            else:
                at += size
    return octets


def without(parts: Sequence[T], fails: Callable[[Sequence[T]], bool], size: int) -> list[T]:
    """Those of the parts without which it does not fail; `size` are left out at once at first."""
    kept = list(parts)
    while size:
        at = 0
        while at < len(kept):
            candidate = kept[:at] + kept[at + size :]
            if fails(candidate):
                kept = candidate
            else:
                at += size
        size //= 2
    return kept


def smaller_round(played: Round, fault: Fault) -> tuple[Round, Fault]:
    """Fewer steps, and fewer changes in the last one, after which the same is wrong; and the fault then."""
    kind, best, tries = kind_of(fault.what), fault, 0
    last = fault.step

    def again(steps: Sequence[int], patches: Mapping[int, Sequence[int]]) -> bool:
        nonlocal best, tries
        tries += 1
        if tries > MOST_ROUNDS:
            return False
        found = Round(played.seed, played.number, tuple(steps), patches).play()
        if found is None or kind_of(found.what) != kind or found.step != last:
            return False
        best = found
        return True

    reached = [step for step in sorted(played.steps) if last is None or step < last]
    tail = [] if last is None else [last]
    steps = without(reached, lambda some: again([*some, *tail], {}), max(1, len(reached) // 2))
    kept: dict[int, Sequence[int]] = {}
    if last is not None and best.patches:
        all_of_them = list(range(best.patches))
        kept = {last: without(all_of_them, lambda some: again([*steps, last], {last: some}), 1)}
        kept = {} if len(kept[last]) == len(all_of_them) else kept
    return Round(played.seed, played.number, (*steps, *tail), kept), best


def kind_of(what: str) -> str:
    """The beginning of a complaint: what two failures of one cause have in common."""
    head, _, tail = what.partition(":")
    return head + tail[:24]
