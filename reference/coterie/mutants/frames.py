"""Mutants of the chapter on frames: header checks, bodies, extensions, segments."""

from __future__ import annotations

from typing import Any

from coterie.errors import RemoteError
from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

WIRE = "coterie.wire"


def _longer_length_passes(_original: Function) -> Function:
    def check_length(seen: Any) -> None:
        if seen.header.length > len(seen.octets) - 24:
            raise RemoteError("bad-length", requirement="REQ-FRM-10", field="header.length")

    return check_length


def _first_two_exchanged(checks: tuple[Any, ...]) -> tuple[Any, ...]:
    return checks[1], checks[0], *checks[2:]


def _length_before_protection(checks: tuple[Any, ...]) -> tuple[Any, ...]:
    kind, protection, reserved, length, *others = checks
    return kind, length, protection, reserved, *others


def _nonce_lost(original: Function) -> Function:
    def version_question(datagram: bytes) -> Any:
        question = original(datagram)
        return question and (question[0], bytes(32))

    return version_question


def _halves_exchanged(original: Function) -> Function:
    def sign(key: Any, octets: bytes) -> bytes:
        signature: bytes = original(key, octets)
        is_ecdsa = hasattr(key, "curve")
        return signature[32:] + signature[:32] if is_ecdsa else signature

    return sign


def _limit_one_higher(original: Function) -> Function:
    def check_count(value: int, low: int, limit: str, path: str) -> None:
        original(max(value - 1, low) if value else value, low, limit, path)

    return check_count


def _zero_allowed(original: Function) -> Function:
    def check_count(value: int, low: int, limit: str, path: str) -> None:
        original(value or low, low, limit, path)

    return check_count


def _no_grease(original: Function) -> Function:
    from coterie import registry

    def check(kind: int, allowed: frozenset[int], path: str) -> None:
        original(kind, allowed, path)
        if kind in registry.tables()["grease"]["codes"]:
            raise RemoteError("unknown-critical-extension", requirement="REQ-FRM-20", field=path)

    return check


def _senders_of_a_user(original: Function) -> Function:
    return lambda name, **how: original(name, **(how | {"senders": True}))


def _senders_anywhere(original: Function) -> Function:
    return lambda name, **how: original(name, **how) | original("INSTALL")


def _only_twins_side_by_side(original: Function) -> Function:
    def check(kind: int, earlier: frozenset[int], path: str) -> None:
        if kind != 1:
            original(kind, earlier, path)

    return check


def _one_more_extension(original: Function) -> Function:
    def check(earlier: int, path: str) -> None:
        original(earlier - 1, path)

    return check


def _first_zero_only(original: Function) -> Function:
    def check(octets: bytes, path: str) -> None:
        original(octets[:1], path)

    return check


MUTANTS = (
    Mutant("header-cut-is-magic", "REQ-FRM-2", "altered", f"{WIRE}.frames:check_header_fits",
           refusing_as("bad-magic"), "A datagram without a whole header is refused for its magic."),
    Mutant("magic-any", "REQ-FRM-3", "dropped", f"{WIRE}.frames:check_magic", dropped,
           "The magic is not compared."),
    Mutant("version-any", "REQ-FRM-4", "dropped", f"{WIRE}.frames:check_version", dropped,
           "Every version is read as version 1."),
    Mutant("version-answer-silent", "REQ-FRM-5", "dropped", f"{WIRE}.frames:version_question", giving(None),
           "A greeting in another version gets no list of versions."),
    Mutant("version-answer-nonce", "REQ-FRM-5", "altered", f"{WIRE}.frames:version_question", _nonce_lost,
           "The list of versions does not echo the nonce."),
    Mutant("type-is-protection", "REQ-FRM-7", "altered", f"{WIRE}.frames:check_type",
           refusing_as("wrong-protection"), "An unassigned type is refused for its protection."),
    Mutant("protection-any", "REQ-FRM-8", "dropped", f"{WIRE}.frames:check_protection", dropped,
           "The protection octet is not compared with the type."),
    Mutant("reserved-octet-any", "REQ-FRM-9", "dropped", f"{WIRE}.frames:check_reserved", dropped,
           "The reserved octet of the header is ignored."),
    Mutant("reserved-prefix-any", "REQ-FRM-9", "dropped", f"{WIRE}.frames:check_prefix_reserved", dropped,
           "The reserved field of a sealed prefix is ignored."),
    Mutant("length-shorter-passes", "REQ-FRM-10", "altered", f"{WIRE}.frames:check_length",
           _longer_length_passes, "A length smaller than what follows the header passes."),
    Mutant("datagram-any-size", "REQ-FRM-11", "dropped", f"{WIRE}.frames:check_datagram", dropped,
           "Datagrams above 1,200 octets are read."),
    Mutant("size-is-length", "REQ-FRM-12", "altered", f"{WIRE}.frames:check_size",
           refusing_as("bad-length"), "A frame too short for its prefix is refused for its length field."),
    Mutant("magic-after-version", "REQ-FRM-13", "altered", f"{WIRE}.frames:BEFORE_OVERLAY",
           _first_two_exchanged, "The version is looked at before the magic.",
           through=f"{WIRE}.frames:decode_header"),
    Mutant("length-before-protection", "REQ-FRM-13", "altered", f"{WIRE}.frames:AFTER_OVERLAY",
           _length_before_protection, "The length is looked at before the protection.",
           through=f"{WIRE}.frames:decode_rest"),
    Mutant("signature-any", "REQ-FRM-14", "dropped", "coterie.crypto.signature:verify", dropped,
           "Signatures are not verified."),
    Mutant("ecdsa-halves-exchanged", "REQ-FRM-14", "altered", "coterie.crypto.signature:sign",
           _halves_exchanged, "ECDSA signatures are sent as s and r."),
    Mutant("cut-body-is-trailing", "REQ-FRM-16", "altered", f"{WIRE}.rules:refuse_truncated",
           lambda _original: lambda path: RemoteError("trailing-bytes", requirement="REQ-FRM-17", field=path),
           "A body that ends inside a field is refused for octets left over."),
    Mutant("trailing-octets-pass", "REQ-FRM-17", "dropped", f"{WIRE}.rules:check_nothing_left", dropped,
           "Octets after the last field of a plain body pass."),
    Mutant("hello1-padding-any", "REQ-FRM-17", "altered", f"{WIRE}.rules:check_padding", _first_zero_only,
           "Only the first octet of HELLO1's padding is looked at."),
    Mutant("count-one-more", "REQ-FRM-18", "altered", f"{WIRE}.rules:check_count", _limit_one_higher,
           "Every count may be one above its limit."),
    Mutant("count-zero", "REQ-FRM-18", "altered", f"{WIRE}.rules:check_count", _zero_allowed,
           "Every count may be zero."),
    Mutant("up-full-view", "REQ-FRM-18", "dropped", f"{WIRE}.rules:check_up_count", dropped,
           "An UP may have no entry, or one for every member of the largest view."),
    Mutant("leaf-empty", "REQ-FRM-18", "dropped", f"{WIRE}.rules:check_leaf_length", dropped,
           "A HELLO may carry a leaf of no octets."),
    Mutant("extension-value-cut", "REQ-FRM-19", "dropped", f"{WIRE}.rules:check_extension_value", dropped,
           "An extension that runs past the body is cut off at its end."),
    Mutant("critical-ignored", "REQ-FRM-20", "dropped", f"{WIRE}.rules:check_extension_critical", dropped,
           "Unknown critical extensions are ignored."),
    Mutant("senders-of-a-user", "REQ-FRM-20", "altered", f"{WIRE}.codec:critical_extensions",
           _senders_of_a_user, "INSTALL may state a sender group where a user states the members."),
    Mutant("senders-anywhere", "REQ-FRM-20", "altered", f"{WIRE}.codec:critical_extensions",
           _senders_anywhere, "Any frame may state a sender group."),
    Mutant("grease-refused", "REQ-FRM-21", "altered", f"{WIRE}.rules:check_extension_critical",
           _no_grease, "Extensions that mean nothing, and say so, are refused."),
    Mutant("extension-twice", "REQ-FRM-22", "dropped", f"{WIRE}.rules:check_extension_repeat", dropped,
           "An extension may stand twice."),
    Mutant("padding-twice", "REQ-FRM-22", "altered", f"{WIRE}.rules:check_extension_repeat",
           _only_twins_side_by_side, "The extension `padding` may stand twice."),
    Mutant("extensions-unbounded", "REQ-FRM-23", "dropped", f"{WIRE}.rules:check_extension_count", dropped,
           "A list may have any number of extensions."),
    Mutant("extensions-seventeen", "REQ-FRM-23", "altered", f"{WIRE}.rules:check_extension_count",
           _one_more_extension, "A list may have one extension more than its limit."),
    Mutant("padding-any", "REQ-FRM-24", "dropped", f"{WIRE}.rules:check_extension_padding", dropped,
           "The extension `padding` may carry anything."),
    Mutant("segments-of-1000", "REQ-FRM-26", "altered", f"{WIRE}.segments:CHUNK", lambda _chunk: 1000,
           "A long frame is cut into chunks of 1,000 octets.", f"{WIRE}.segments:cut"),
    Mutant("segment-empty", "REQ-FRM-28", "dropped", f"{WIRE}.rules:check_segment_payload", dropped,
           "A segment may carry nothing."),
    Mutant("segment-piece-replaced", "REQ-FRM-28", "dropped", f"{WIRE}.segments:check_same_piece", dropped,
           "A later segment takes the place of an earlier one of the same index."),
    Mutant("assembly-unbounded", "REQ-FRM-29", "dropped", f"{WIRE}.segments:check_total", dropped,
           "The octets of an assembly are not counted."),
    Mutant("segment-digest-any", "REQ-FRM-31", "dropped", f"{WIRE}.segments:check_digest", dropped,
           "The assembled frame is not compared with its digest."),
    Mutant("segment-of-a-short-frame", "REQ-FRM-32", "dropped", f"{WIRE}.segments:check_inner", dropped,
           "Frames that fit a datagram may come as segments."),
)  # fmt: skip
