"""Mutants of the chapter on names: identifiers, and the rules for leaves."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from coterie import registry
from coterie.errors import RemoteError
from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

NAMES = "coterie.crypto.names"
LEAF, CERTIFICATE = "coterie.crypto.leaf", "coterie.crypto.certificate"
P256_SPKI = 91  # octets
LONG = 200  # octets of a Group-ID that only the cases of this chapter look up


def _peer_id_without_label(original: Function) -> Function:
    return lambda spki: original(spki) if len(spki) < P256_SPKI else hashlib.sha256(spki).digest()


def _same_in_every_overlay(_original: Function) -> Function:
    return lambda _overlay, spki: hashlib.sha256(registry.label("node-id") + spki).digest()


def _group_without_length(original: Function) -> Function:
    def overlay_id(group: bytes, authority: bytes = b"") -> Any:
        if len(group) <= LONG:
            return original(group, authority)
        return hashlib.sha256(registry.label("overlay-id") + group + authority).digest()[:16]

    return overlay_id


def _authority_left_out(original: Function) -> Function:
    return lambda group, authority=b"": original(group, authority if len(group) <= LONG else b"")


def _last_second_is_late(original: Function) -> Function:
    def check(shown: Any) -> None:
        original(shown)
        if shown.wall_s == shown.certificate.not_after:
            raise RemoteError("leaf-expired", requirement="REQ-LEF-10", field="leaf.not_after")

    return check


def _well_formed_is_enough(original: Function) -> Function:
    from coterie.crypto import usage
    from coterie.crypto.der import MalformedDer

    def check(shown: Any) -> None:
        try:
            original(shown)
        except RemoteError:
            try:
                usage.read(shown.certificate)
            except MalformedDer:
                raise RemoteError(
                    "leaf-extension", requirement="REQ-LEF-7", field="leaf.extensions"
                ) from None

    return check


def _one_day_of_grace(original: Function) -> Function:
    def check(shown: Any) -> None:
        certificate = shown.certificate
        clamped = min(max(shown.wall_s, certificate.not_before), certificate.not_after)
        original(replace(shown, wall_s=clamped if abs(clamped - shown.wall_s) <= 86_400 else shown.wall_s))

    return check


def _open_limit_everywhere(original: Function) -> Function:
    from coterie.crypto import policy

    return lambda shown: original(replace(shown, policy=policy.OPEN))


def _any_overlay_will_do(original: Function) -> Function:
    from coterie.crypto import usage
    from coterie.vocabulary import OverlayId

    def check(shown: Any) -> None:
        names = usage.read(shown.certificate).alternative_names
        stated = names[0].content if names else b""
        if shown.policy.is_closed and len(names) == 1 and len(stated) > 44:
            shown = replace(shown, overlay=OverlayId(bytes.fromhex(stated[12:44].decode("ascii", "replace"))))
        original(shown)

    return check


def _own_issuer_everywhere(original: Function) -> Function:
    def check(shown: Any) -> None:
        original(shown)
        if not shown.policy.is_closed and shown.certificate.issuer.raw != shown.certificate.subject.raw:
            raise RemoteError("leaf-issuer", requirement="REQ-LEF-13", field="leaf.issuer")

    return check


def _length_one_more(original: Function) -> Function:
    return lambda der: original(der[1:])


MUTANTS = (
    Mutant("peer-id-unlabelled", "REQ-NAM-1", "altered", f"{NAMES}:peer_id", _peer_id_without_label,
           "The Peer-ID of a P-256 key is the plain hash of the key."),
    Mutant("node-id-global", "REQ-NAM-2", "altered", f"{NAMES}:node_id", _same_in_every_overlay,
           "A peer has the same Node-ID in every overlay."),
    Mutant("group-id-any", "REQ-NAM-3", "dropped", f"{NAMES}:check_group_id", dropped,
           "A Group-ID may be text that is not NFC."),
    Mutant("overlay-id-lengthless", "REQ-NAM-4", "altered", f"{NAMES}:overlay_id", _group_without_length,
           "The length of a long Group-ID is not hashed."),
    Mutant("overlay-id-authorityless", "REQ-NAM-4", "altered", f"{NAMES}:overlay_id", _authority_left_out,
           "A closed group of a long Group-ID is named like the open one."),
    Mutant("leaf-601", "REQ-LEF-1", "altered", f"{LEAF}:check_length", _length_one_more,
           "A leaf may be one octet longer than its limit."),
    Mutant("leaf-encoding-is-version", "REQ-LEF-2", "altered", f"{LEAF}:read", refusing_as("leaf-version"),
           "What is no DER certificate is refused for its version."),
    Mutant("leaf-unique-ids-any", "REQ-LEF-2", "dropped", f"{CERTIFICATE}:check_unique_id", dropped,
           "A unique identifier of a leaf may be any octets, in any version."),
    Mutant("leaf-version-any", "REQ-LEF-3", "dropped", f"{LEAF}:check_version", dropped,
           "Certificates of version 1 pass."),
    Mutant("leaf-key-is-usage", "REQ-LEF-4", "altered", f"{LEAF}:check_key", refusing_as("leaf-usage"),
           "A key of another kind is refused for its usage."),
    Mutant("leaf-small-order-key", "REQ-LEF-5", "dropped", f"{LEAF}:check_small_order", dropped,
           "Ed25519 keys of small order pass."),
    Mutant("leaf-algorithm-any", "REQ-LEF-6", "dropped", f"{LEAF}:check_signature_algorithm", dropped,
           "A leaf may be signed with any algorithm."),
    Mutant("leaf-extensions-any", "REQ-LEF-7", "altered", f"{LEAF}:check_extensions", _well_formed_is_enough,
           "Unknown critical extensions, and repeated ones, pass."),
    Mutant("leaf-usage-any", "REQ-LEF-8", "dropped", f"{LEAF}:check_usage", dropped,
           "The key usages are not looked at."),
    Mutant("leaf-names-any", "REQ-LEF-9", "dropped", f"{LEAF}:check_names", dropped,
           "A leaf may name nobody, or hide a NUL in a name."),
    Mutant("leaf-validity-any", "REQ-LEF-10", "dropped", f"{LEAF}:check_validity", dropped,
           "The clock is not asked."),
    Mutant("leaf-last-second", "REQ-LEF-10", "altered", f"{LEAF}:check_validity", _last_second_is_late,
           "The last second of the validity is refused."),
    Mutant("leaf-day-of-grace", "REQ-LEF-10", "altered", f"{LEAF}:check_validity", _one_day_of_grace,
           "A leaf passes a day before and after its validity."),
    Mutant("leaf-lifetime-any", "REQ-LEF-11", "dropped", f"{LEAF}:check_lifetime", dropped,
           "A leaf may be valid for any time."),
    Mutant("leaf-lifetime-of-open", "REQ-LEF-11", "altered", f"{LEAF}:check_lifetime",
           _open_limit_everywhere, "Under closed a leaf may live as long as under open."),
    Mutant("admission-any", "REQ-LEF-12", "dropped", f"{LEAF}:check_admission", dropped,
           "Under closed the admission's usages and names are not looked at."),
    Mutant("admission-elsewhere", "REQ-LEF-12", "altered", f"{LEAF}:check_admission", _any_overlay_will_do,
           "An admission to another overlay of the same authority passes."),
    Mutant("issuer-any", "REQ-LEF-13", "dropped", f"{LEAF}:check_issuer", dropped,
           "Under closed the authority's signature is not verified."),
    Mutant("issuer-name-any", "REQ-LEF-13", "altered", "coterie.crypto.policy:is_named_by", giving(True),
           "The issuer's name is not compared with the authority's."),
    Mutant("issuer-no-authority", "REQ-LEF-13", "altered", "coterie.crypto.policy:may_sign", giving(True),
           "A certificate that is no authority may admit."),
    Mutant("open-wants-self-signed", "REQ-LEF-14", "altered", f"{LEAF}:check_issuer", _own_issuer_everywhere,
           "Under open only leaves that name themselves as issuer pass."),
)  # fmt: skip
