"""Vectors of documents: parsed, built, and as URIs, good and bad.

Every refusal is one named mutation away from its conforming twin. What a good document says is stated by the
reference; a kit reads the same octets with a reader of its own.
"""

from collections.abc import Iterator
from typing import Any

from coterie import documents, registry
from vectors.generator import document_uris
from vectors.generator.document_bases import BASES, base
from vectors.generator.document_content import STRUCTURE, Fault
from vectors.generator.document_markup import FAULTS
from vectors.generator.document_order import ORDER
from vectors.generator.document_values import TWINS, VALUES
from vectors.generator.document_variations import VARIATIONS

Vector = dict[str, Any]

# Octets outside of ASCII make these another fault.
ASCII_ONLY = {"text-utf-16-without-mark", "text-utf-32-without-mark"}
ASCII_BASES = ("info", "options", "redirect", "member")
MARKUP_BASES = ("redirect", "member", "entry", "invitation", "alias", "options")

CONTACT = {"address": "192.0.2.1", "port": 5080}
BASES_WRITTEN = {
    "info": ["57", "59"], "options": ["57", "59"], "redirect": ["57", "58"], "alias": ["57", "58"],
    "member": ["57"], "entry": ["57", "58"], "invitation": ["57", "58", "59"],
}  # fmt: skip
WRITTEN: tuple[tuple[str, list[str], dict[str, Any]], ...] = (
    ("escapes", ["57", "59"], {
        "type": "group-info", "contacts": [CONTACT], "description": "a & b < c > d \"e\" 'f'",
    }),
    ("defaults-stated", ["57", "59"], {
        "type": "group-info", "contacts": [CONTACT], "description": "", "policy": "open", "suites": [1],
        "admits_receivers": False, "origin_auth": "group", "multicast": None, "max_datagram": 1200,
        "authority_certificate": None,
    }),
    ("suites", ["57", "59"], {
        "type": "group-info", "contacts": [CONTACT], "description": "", "suites": [1, 2, 7],
    }),
    ("binary-id", ["57", "58"], {"type": "group-id-redirect", "actual_group_id": "0276ec1f"}),
    ("text-id", ["57", "58"], {"type": "group-id-redirect", "actual_group_id": "4a6f6c6c79"}),
    ("decomposed-id", ["57", "58", "41"], {"type": "group-id-redirect", "actual_group_id": "65cc81"}),
    ("id-with-space-at-end", ["57", "58", "40"], {"type": "group-list-entry", "group_id": "4a6f6c6c7920"}),
    ("id-with-control", ["57", "58", "37"], {"type": "group-list-entry", "group_id": "610a62"}),
    ("id-with-override", ["57", "58", "37"], {"type": "group-list-entry", "group_id": "61e280ae62"}),
    ("id-with-byte-order-mark", ["57", "58", "37"], {"type": "group-list-entry", "group_id": "61efbbbf62"}),
    ("id-with-noncharacter", ["57", "58", "5"], {"type": "group-list-entry", "group_id": "61efbfbe62"}),
    ("id-with-markup", ["57", "58"], {"type": "group-list-entry", "group_id": "3c61263e"}),
    ("member-without-name", ["57"], {"type": "group-member", "peer_id": "ab" * 32, "name": None}),
)  # fmt: skip
UNWRITABLE: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("port-zero", "36", "escapes", {"contacts": [{"address": "192.0.2.1", "port": 0}]}),
    ("address-not-canonical", "31", "escapes", {"contacts": [{"address": "192.0.2.01", "port": 5080}]}),
    ("no-contacts", "26", "escapes", {"contacts": []}),
    ("contacts-17", "26", "escapes", {"contacts": [CONTACT] * 17}),
    ("description-with-line-feed", "37", "escapes", {"description": "a\nb"}),
    ("closed-without-certificate", "53", "escapes", {"policy": "closed"}),
    ("suites-descending", "49", "suites", {"suites": [2, 1]}),
    ("id-empty", "42", "binary-id", {"actual_group_id": ""}),
    ("id-octets-256", "42", "binary-id", {"actual_group_id": "00" * 256}),
    ("peer-id-octets-31", "44", "member-without-name", {"peer_id": "ab" * 31}),
    ("max-datagram-1199", "52", "escapes", {"max_datagram": 1199}),
)


def cases() -> list[Vector]:
    """All vectors of this kind, in a stable order."""
    return [
        *_conforming(), *_variations(), *_faults(), *_written(), *_unwritable(),
        *document_uris.cases(),
    ]  # fmt: skip


def notes() -> dict[str, str]:
    """What each mutation does, in words: its name says it."""
    return {vector["mutation"]: f"{vector['mutation'].replace('-', ' ').capitalize()}." for vector in cases()}


def _requirements(numbers: list[str]) -> list[str]:
    return [f"REQ-DOC-{number}" for number in numbers]


def _parsed(slug: str, of: str, numbers: list[str], mutation: str, octets: bytes) -> Vector:
    return {
        "id": slug,
        "reqs": _requirements(numbers),
        "type": BASES[of][0],
        "operation": "document.parse",
        "input": {"bytes": octets.hex()},
        "result": "valid",
        "expected": documents.to_fields(documents.parse(octets)),
        "mutation": mutation,
    }


CONTENT = {"group-info": "26", "group-id-redirect": "27", "group-member": "28", "group-list-entry": "29",
           "group-invitation": "30"}  # fmt: skip


def _conforming() -> Iterator[Vector]:
    for name, (kind, _) in BASES.items():
        yield _parsed(f"document.{name}.conforming", name, ["1", CONTENT[kind]], "conforming", base(name))


def _variations() -> Iterator[Vector]:
    for of, name, number, mutation in VARIATIONS:
        yield _parsed(f"document.{of}.{name}", of, number.split(), f"conforming-{name}", mutation(base(of)))


def _faults() -> Iterator[Vector]:
    good = {f"document.{of}.{name}" for of, name, _, _ in VARIATIONS}
    for position, (name, number, reason, mutation) in enumerate(FAULTS):
        for of in ("info", _other_base(position, name)):
            yield _refused((of, name, number, reason, mutation), good)
    for fault in (*STRUCTURE, *VALUES, *ORDER):
        yield _refused(fault, good)


def _other_base(position: int, name: str) -> str:
    """A second base for a fault of markup: the next in turn that can show it."""
    bases = [of for of in MARKUP_BASES if name not in ASCII_ONLY or of in ASCII_BASES]
    return bases[position % len(bases)]


def _refused(fault: Fault, good: set[str]) -> Vector:
    of, name, number, reason, mutation = fault
    twin = f"document.{of}.{TWINS.get(name, '')}"
    return {
        "id": f"document.{of}.{name}",
        "reqs": _requirements(number.split()),
        "type": BASES[of][0],
        "operation": "document.parse",
        "input": {"bytes": mutation(base(of)).hex()},
        "result": "invalid",
        "reason": reason,
        "phase": registry.reason(reason).phase,
        "twin": twin if twin in good else f"document.{of}.conforming",
        "mutation": name,
    }


def _written() -> Iterator[Vector]:
    for name, (kind, _) in BASES.items():
        document = documents.parse(base(name))
        given = documents.to_fields(document)
        yield _build(f"document.write.{name}", BASES_WRITTEN[name], kind, given, f"conforming-{name}")
    for name, numbers, given in WRITTEN:
        yield _build(f"document.write.{name}", numbers, given["type"], given, f"conforming-{name}")


def _build(slug: str, numbers: list[str], kind: str, given: dict[str, Any], mutation: str) -> Vector:
    return {
        "id": slug,
        "reqs": _requirements(numbers),
        "type": kind,
        "operation": "document.build",
        "input": given,
        "result": "valid",
        "expected": {"bytes": documents.build(documents.from_fields(given)).hex()},
        "mutation": mutation,
    }


def _unwritable() -> Iterator[Vector]:
    good = {name: given for name, _, given in WRITTEN}
    for name, number, twin, change in UNWRITABLE:
        yield {
            "id": f"document.write.{name}",
            "reqs": _requirements([number]),
            "type": good[twin]["type"],
            "operation": "document.build",
            "input": good[twin] | change,
            "result": "invalid",
            "reason": "usage",
            "phase": "usage",
            "twin": f"document.write.{twin}",
            "mutation": name,
        }
