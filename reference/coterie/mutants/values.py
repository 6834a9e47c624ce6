"""Mutants of the chapter on stored values: resources and envelopes."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from typing import Any

from coterie import registry
from coterie.errors import RemoteError
from coterie.mutants.registry import Function, Mutant, dropped, refusing_as

NAMES = "coterie.crypto.names"
RULES = "coterie.wire.rules"
CHECKS = "coterie.values.checks"
ENVELOPE = "coterie.values.envelope"

MEMBERS, LIST = "group-members", "group-list"


def _key_without_kind(_original: Function) -> Function:
    def key(_kind: int, name: bytes) -> bytes:
        return hashlib.sha256(registry.label("resource") + bytes([len(name)]) + name).digest()

    return key


def _key_without_length(_original: Function) -> Function:
    return lambda kind, name: hashlib.sha256(registry.label("resource") + bytes([kind]) + name).digest()


def _cut_like_a_body(_original: Function) -> Function:
    return lambda path: RemoteError("truncated-body", requirement="REQ-VAL-2", field=path)


def _unknown_is_the_first(_original: Function) -> Function:
    def check(code: int) -> str:
        from coterie.values import kinds

        return kinds.name_of(code) or kinds.GROUP_INFO

    return check


def _lists_have_names(original: Function) -> Function:
    return lambda kind, name: original(kind, name) if kind != LIST else None


def _lists_are_groups(original: Function) -> Function:
    return lambda kind, name: original(MEMBERS if kind == LIST else kind, name)


def _zeros_in_lists(original: Function) -> Function:
    return lambda kind, slot: original(kind, slot) if kind != LIST else None


def _seconds_of_grace(original: Function) -> Function:
    return lambda lifetime: original(min(lifetime + 1, 86_400) if lifetime < 86_400 else lifetime)


def _tombstones_like_others(original: Function) -> Function:
    def check(envelope: Any) -> None:
        if envelope.lifetime < registry.limit("lifetime-least"):
            original(envelope)

    return check


def _one_octet_more(original: Function) -> Function:
    return lambda value: original(value[1:])


def _millisecond_later(original: Function) -> Function:
    return lambda sequence, wall_ms: original(sequence, wall_ms + 1)


def _at_its_end(original: Function) -> Function:
    return lambda expires, wall_ms: original(expires + 1, wall_ms)


def _from_now(original: Function) -> Function:
    return lambda envelope, taken: original(dataclasses.replace(envelope, sequence=taken), taken)


def _from_its_sequence(original: Function) -> Function:
    return lambda envelope, _taken: original(envelope, envelope.sequence)


def _in_milliseconds(_original: Function) -> Function:
    return lambda envelope, taken: min(envelope.sequence, taken) + envelope.lifetime


def _expired_leaves(original: Function) -> Function:
    from coterie.crypto import certificate
    from coterie.crypto.der import MalformedDer

    def check(der: bytes, overlay: Any, wall_ms: int) -> Any:
        with contextlib.suppress(MalformedDer):
            wall_ms = min(wall_ms, certificate.parse(der).not_after * 1000)
        return original(der, overlay, wall_ms)

    return check


def _own_issuer(original: Function) -> Function:
    from coterie.crypto import certificate

    def check(der: bytes, overlay: Any, wall_ms: int) -> Any:
        shown, read = original(der, overlay, wall_ms), certificate.parse(der)
        if read.issuer.raw != read.subject.raw:
            raise RemoteError("leaf-issuer", requirement="REQ-LEF-13", field="leaf.issuer")
        return shown

    return check


def _in_any_overlay(original: Function) -> Function:
    return lambda _overlay, octets: original(b"", octets)


def _low_s_only(original: Function) -> Function:
    from coterie.crypto.signature import P256_ORDER

    def check(shown: Any, signed: bytes, made: bytes) -> None:
        original(shown, signed, made)
        if shown.kind == "p256" and int.from_bytes(made[32:], "big") > P256_ORDER // 2:
            raise RemoteError("bad-signature", requirement="REQ-VAL-11", field="signature")

    return check


MUTANTS = (
    Mutant("resource-key-kindless", "REQ-VAL-1", "altered", f"{NAMES}:resource_key", _key_without_kind,
           "The kinds of one name have one resource key."),
    Mutant("resource-key-lengthless", "REQ-VAL-1", "altered", f"{NAMES}:resource_key", _key_without_length,
           "The length of the name is not hashed."),
    Mutant("envelope-and-more", "REQ-VAL-2", "dropped", f"{RULES}:check_envelope_ends", dropped,
           "Octets may follow the signature."),
    Mutant("envelope-cut-is-body", "REQ-VAL-2", "altered", f"{RULES}:refuse_envelope", _cut_like_a_body,
           "An envelope that ends too early is refused like a body."),
    Mutant("unknown-kind-is-info", "REQ-VAL-3", "altered", f"{CHECKS}:check_kind", _unknown_is_the_first,
           "A kind that is not assigned is taken for group-info."),
    Mutant("unknown-kind-is-malformed", "REQ-VAL-3", "altered", f"{CHECKS}:check_kind",
           refusing_as("bad-envelope"), "A kind that is not assigned is refused as a malformed envelope."),
    Mutant("resource-name-any", "REQ-VAL-4", "dropped", f"{CHECKS}:check_name", dropped,
           "The name of a resource is not looked at."),
    Mutant("list-named", "REQ-VAL-4", "dropped", f"{CHECKS}:check_name", _lists_have_names,
           "There may be lists of groups with a name."),
    Mutant("list-needs-name", "REQ-VAL-4", "altered", f"{CHECKS}:check_name", _lists_are_groups,
           "The name of the list of groups must be a Group-ID."),
    Mutant("slot-any", "REQ-VAL-5", "dropped", f"{CHECKS}:check_slot", dropped,
           "The slot is not looked at."),
    Mutant("slot-of-list-any", "REQ-VAL-5", "altered", f"{CHECKS}:check_slot", _zeros_in_lists,
           "The slot of an entry of the list may be zeros."),
    Mutant("lifetime-any", "REQ-VAL-6", "dropped", f"{CHECKS}:check_lifetime", dropped,
           "An envelope may live for any time."),
    Mutant("lifetime-59", "REQ-VAL-6", "altered", f"{CHECKS}:check_lifetime", _seconds_of_grace,
           "An envelope may live for 59 seconds."),
    Mutant("tombstone-short", "REQ-VAL-6", "dropped", f"{CHECKS}:check_tombstone", _tombstones_like_others,
           "A tombstone may live as short as any envelope."),
    Mutant("value-any", "REQ-VAL-7", "dropped", f"{CHECKS}:check_value_length", dropped,
           "A value may have 65,535 octets."),
    Mutant("value-8193", "REQ-VAL-7", "altered", f"{CHECKS}:check_value_length", _one_octet_more,
           "A value may be one octet longer than its limit."),
    Mutant("future-any", "REQ-VAL-8", "dropped", f"{CHECKS}:check_sequence", dropped,
           "A sequence may be any time ahead."),
    Mutant("future-by-one", "REQ-VAL-8", "altered", f"{CHECKS}:check_sequence", _millisecond_later,
           "A sequence may be 300,001 ms ahead."),
    Mutant("expired-any", "REQ-VAL-9", "dropped", f"{CHECKS}:check_unexpired", dropped,
           "Envelopes never expire."),
    Mutant("expires-after-its-end", "REQ-VAL-9", "altered", f"{CHECKS}:check_unexpired", _at_its_end,
           "An envelope is alive in the millisecond in which it expires."),
    Mutant("lives-from-now", "REQ-VAL-9", "altered", f"{ENVELOPE}:expiry", _from_now,
           "The lifetime is counted from the moment at which an envelope is taken."),
    Mutant("lives-from-its-sequence", "REQ-VAL-9", "altered", f"{ENVELOPE}:expiry", _from_its_sequence,
           "The lifetime is counted from a sequence that is ahead."),
    Mutant("lives-milliseconds", "REQ-VAL-9", "altered", f"{ENVELOPE}:expiry", _in_milliseconds,
           "The lifetime is taken for milliseconds."),
    Mutant("publisher-expired", "REQ-VAL-10", "dropped", f"{CHECKS}:check_leaf", _expired_leaves,
           "The leaf of a publisher may have expired."),
    Mutant("publisher-self-signed", "REQ-VAL-10", "altered", f"{CHECKS}:check_leaf", _own_issuer,
           "Only leaves that name themselves as issuer may publish."),
    Mutant("envelope-unsigned", "REQ-VAL-11", "dropped", f"{CHECKS}:check_signature", dropped,
           "The signature is not verified."),
    Mutant("envelope-of-any-overlay", "REQ-VAL-11", "altered", f"{ENVELOPE}:signed_octets", _in_any_overlay,
           "The overlay is not signed."),
    Mutant("envelope-low-s", "REQ-VAL-11", "altered", f"{CHECKS}:check_signature", _low_s_only,
           "Of the two signatures of ECDSA only one is accepted."),
)  # fmt: skip
