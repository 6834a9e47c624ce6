"""Mutants of the chapter on the key run: elements, scalars, the steps of the exchange, and the secrets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from coterie import registry
from coterie.errors import RemoteError
from coterie.mutants.registry import Function, Mutant, dropped

ELEMENTS = "coterie.crypto.elements"
SUITES = "coterie.crypto.suites"
AGREEMENT = "coterie.crypto.agreement"
SCHEDULE = "coterie.crypto.schedule"


def _no_negative(original: Function) -> Function:
    from coterie.crypto import suites

    def representative(product: int) -> int:
        m = (product - 2**254) * pow(8, -1, suites.X25519_ORDER) % suites.X25519_ORDER
        return int(2**254 + 8 * (m % 2**251)) if m >= 2**251 else int(original(product))

    return representative


def _own_entry_raised_too(_original: Function) -> Function:
    from coterie.crypto import agreement

    def start(suite: Any, entries: Sequence[bytes], own: int, x: bytes, y: bytes) -> Any:
        folded = suite.fold(x, y)
        return agreement.Flow(suite.raise_all(entries, y), agreement.key(suite, entries[own], folded), folded)

    return start


def _nothing_refreshed(_original: Function) -> Function:
    from coterie.crypto import agreement

    def start(suite: Any, entries: Sequence[bytes], own: int, x: bytes, _y: bytes) -> Any:
        return agreement.Flow(tuple(entries), agreement.key(suite, entries[own], x), x)

    return start


def _total_by_old_scalar(original: Function) -> Function:
    from coterie.crypto import agreement

    def start(suite: Any, entries: Sequence[bytes], own: int, x: bytes, y: bytes) -> Any:
        flow = original(suite, entries, own, x, y)
        return agreement.Flow(flow.entries, agreement.key(suite, entries[own], x), flow.x)

    return start


def _own_entry_first(original: Function) -> Function:
    from coterie.crypto import agreement

    def extend(suite: Any, entries: Sequence[bytes], total: bytes, x: bytes) -> Any:
        flow = original(suite, entries, total, x)
        return agreement.Flow((total, *flow.entries[:-1]), flow.total, flow.x)

    return extend


def _transcript_without_suite(_original: Function) -> Function:
    import hashlib

    def key_transcript(digest: bytes, _suite: int, leaves: Sequence[bytes], down: bytes) -> bytes:
        return hashlib.sha256(registry.label("key-transcript") + digest + b"".join(leaves) + down).digest()

    return key_transcript


def _transcript_without_leaves(original: Function) -> Function:
    return lambda digest, suite, _leaves, down: original(digest, suite, (), down)


def _transcript_without_down(original: Function) -> Function:
    return lambda digest, suite, leaves, _down: original(digest, suite, leaves, b"")


def _salt_and_key_exchanged(original: Function) -> Function:
    return lambda transcript, key: original(key, transcript)


def _mac_of_anyone(original: Function) -> Function:
    return lambda confirm, _node: original(confirm, b"")


def _mac_by_its_start(_original: Function) -> Function:
    from coterie.crypto import schedule

    def check(confirm: bytes, node: Any, mac: bytes) -> None:
        if schedule.confirmation(confirm, node)[:8] != mac[:8]:
            raise RemoteError("bad-confirmation", requirement="REQ-KEY-32", field="mac")

    return check


def _index_left_out(original: Function) -> Function:
    return lambda suite, secret, _index, node: original(suite, secret, 0, node)


def _context_length_left_out(_original: Function) -> Function:
    from coterie.crypto import hkdf

    return lambda exporter, context, length: hkdf.expand(exporter, registry.label("export") + context, length)


def _high_bit_masked(original: Function) -> Function:
    from dataclasses import replace

    def check(placed: Any) -> None:
        if placed.suite.code == 1:
            placed = replace(placed, element=placed.element[:31] + bytes([placed.element[31] & 0x7F]))
        original(placed)

    return check


def _zero_only(original: Function) -> Function:
    def check(placed: Any) -> None:
        if placed.suite.value(placed.element) in (0, 1):
            original(placed)

    return check


def _base_point_anywhere_first(original: Function) -> Function:
    def check(placed: Any) -> None:
        if placed.field != "entries[0]":
            original(placed)

    return check


def _neighbours_only(original: Function) -> Function:
    def check(placed: Sequence[Any]) -> None:
        for pair in itertools.pairwise(placed):
            original(pair)

    return check


MUTANTS = (
    Mutant("fold-without-sign", "REQ-KEY-1", "altered", f"{SUITES}:representative", _no_negative,
           "A product whose own representative is too large is cut instead of negated."),
    Mutant("element-noncanonical", "REQ-KEY-2", "dropped", f"{ELEMENTS}:check_canonical", dropped,
           "A second encoding of an element passes."),
    Mutant("element-high-bit", "REQ-KEY-2", "altered", f"{ELEMENTS}:check_canonical", _high_bit_masked,
           "The top bit of an X25519 element is ignored, as RFC 7748 would."),
    Mutant("element-low-order", "REQ-KEY-3", "dropped", f"{ELEMENTS}:check_order", dropped,
           "Elements that raise to zero pass."),
    Mutant("element-order-eight", "REQ-KEY-3", "altered", f"{ELEMENTS}:check_order", _zero_only,
           "Of the elements of small order only 0 and 1 are refused."),
    Mutant("element-off-curve", "REQ-KEY-4", "dropped", f"{ELEMENTS}:check_on_curve", dropped,
           "An x without a point on P-256 passes."),
    Mutant("element-base-point", "REQ-KEY-5", "dropped", f"{ELEMENTS}:check_not_base", dropped,
           "The base point may stand anywhere."),
    Mutant("element-base-point-first", "REQ-KEY-5", "altered", f"{ELEMENTS}:check_not_base",
           _base_point_anywhere_first, "The base point may be the first of several entries."),
    Mutant("element-repeated", "REQ-KEY-6", "dropped", f"{ELEMENTS}:check_distinct", dropped,
           "An element may stand twice in a flow."),
    Mutant("element-repeated-apart", "REQ-KEY-6", "altered", f"{ELEMENTS}:check_distinct", _neighbours_only,
           "Only neighbours are compared for repetition."),
    Mutant("controller-raises-own", "REQ-KEY-19", "altered", f"{AGREEMENT}:start", _own_entry_raised_too,
           "The controller raises its own entry as well."),
    Mutant("controller-total-old", "REQ-KEY-19", "altered", f"{AGREEMENT}:start", _total_by_old_scalar,
           "The controller computes the total with its scalar of before."),
    Mutant("controller-keeps-scalar", "REQ-KEY-22", "altered", f"{AGREEMENT}:start", _nothing_refreshed,
           "The controller hands on the stored entries as they are."),
    Mutant("newcomer-entry-first", "REQ-KEY-20", "altered", f"{AGREEMENT}:extend", _own_entry_first,
           "A newcomer puts its own entry before the others."),
    Mutant("transcript-suiteless", "REQ-KEY-29", "altered", f"{SCHEDULE}:key_transcript",
           _transcript_without_suite, "The transcript of a run does not hold the suite."),
    Mutant("transcript-leafless", "REQ-KEY-29", "altered", f"{SCHEDULE}:key_transcript",
           _transcript_without_leaves, "The transcript of a run does not hold the leaves."),
    Mutant("transcript-downless", "REQ-KEY-29", "altered", f"{SCHEDULE}:key_transcript",
           _transcript_without_down, "The transcript of a run does not hold the DOWN."),
    Mutant("epoch-inside-out", "REQ-KEY-29", "altered", f"{SCHEDULE}:epoch_secrets",
           _salt_and_key_exchanged, "Salt and key of the extraction are exchanged."),
    Mutant("confirmation-nameless", "REQ-KEY-30", "altered", f"{SCHEDULE}:confirmation", _mac_of_anyone,
           "The MAC of a CONFIRM does not name its signer."),
    Mutant("confirmation-any", "REQ-KEY-32", "dropped", f"{SCHEDULE}:check_confirmation", dropped,
           "The MAC of a CONFIRM is not compared."),
    Mutant("confirmation-start-only", "REQ-KEY-32", "altered", f"{SCHEDULE}:check_confirmation",
           _mac_by_its_start, "Only the first 8 octets of a MAC are compared."),
    Mutant("sender-key-indexless", "REQ-KEY-37", "altered", f"{SCHEDULE}:sender_key", _index_left_out,
           "Sender keys do not depend on the place in the view."),
    Mutant("export-lengthless", "REQ-KEY-38", "altered", f"{SCHEDULE}:export", _context_length_left_out,
           "The length of an exporter context is not hashed."),
)  # fmt: skip
