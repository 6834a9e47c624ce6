"""Documents with two faults, of neighbouring checks: the first check gives the reason."""

from vectors.generator.document_bases import Mutation, both, last, swap, text, value, without
from vectors.generator.document_content import ADDRESS, PORT, Fault
from vectors.generator.document_markup import ROOT, XI, foreign, nested, padded, prefix, suffix

DOCTYPE = b"<!DOCTYPE group_management>"


def faults(*pairs: tuple[str, str, str, Mutation]) -> tuple[Fault, ...]:
    """Name, requirement, reason and mutation of each pair of faults, over one base."""
    return tuple(("info", name, f"{number} 1", reason, mutation) for name, number, reason, mutation in pairs)


ORDER: tuple[Fault, ...] = faults(
    ("size-before-header", "2", "document-too-long", both(swap("GROUP-", "group-"), padded(8193))),
    ("header-before-encoding", "3", "not-a-group-document", both(swap("GROUP-", "group-"), last(b"\xff"))),
    ("encoding-before-mark", "4", "document-encoding", last(b"\xef\xbb\xbf\xff")),
    ("mark-before-character", "19", "document-encoding", last("\x01\ufeff")),
    ("character-before-start", "5", "document-character", prefix(b"x\x01")),
    ("start-before-declaration", "6", "not-a-group-document", prefix(b'x<?xml version="1.1"?>')),
    (
        "declaration-before-encoding",
        "7",
        "xml-declaration",
        prefix(b'<?xml version="1.1" encoding="UTF-16"?>'),
    ),
    (
        "declared-encoding-before-scan",
        "8",
        "document-encoding",
        prefix(b'<?xml version="1.0" encoding="x"?>' + DOCTYPE),
    ),
    ("character-before-doctype", "5", "document-character", both(prefix(DOCTYPE), last("\x01"))),
    ("instruction-before-doctype", "10", "processing-instruction", prefix(b"<?a?>" + DOCTYPE)),
    ("doctype-before-instruction", "9", "dtd-forbidden", prefix(DOCTYPE + b"<?a?>")),
    ("depth-before-doctype", "14", "document-too-deep", both(suffix(DOCTYPE), nested(33))),
    ("elements-before-depth", "13", "too-many-elements", foreign("<x:a/>" * 224 + "<x:a>" * 32)),
    ("depth-before-names", "14", "document-too-deep", foreign("<x:a>" * 31 + f"<x:{'a' * 70}>")),
    (
        "names-before-attributes",
        "15",
        "forbidden-name",
        foreign(f"<x:{'a' * 70} " + " ".join(f'b{n}=""' for n in range(17)) + "/>"),
    ),
    ("doctype-in-comment-never-closed", "17", "not-well-formed", suffix(b"<!-- " + DOCTYPE)),
    ("doctype-in-tag-never-closed", "17", "not-well-formed", suffix(b"<a " + DOCTYPE)),
    ("doctype-in-attribute", "17", "not-well-formed", foreign(f'<x:a b="{DOCTYPE.decode()}"/>')),
    ("scan-before-form", "9", "dtd-forbidden", both(suffix(DOCTYPE), swap("</description>", ""))),
    ("form-before-namespace", "17", "not-well-formed", both(foreign("<x:a>"), last(f'<a xmlns="{XI}"/>'))),
    (
        "namespace-before-root",
        "18",
        "reserved-namespace",
        both(last(f'<a xmlns="{XI}"/>'), text(lambda document: document.replace(b"_m", b"-m"))),
    ),
    (
        "root-before-type",
        "20",
        "wrong-root",
        both(swap("group-info", "x"), text(lambda document: document.replace(b"_m", b"-m"))),
    ),
    ("type-before-content", "22", "unsupported-document-type", both(swap("group-info", "x"), without(PORT))),
    ("name-of-type-before-content", "21", "bad-document-type", both(swap("group-info", "X"), without(PORT))),
    ("content-before-value", "26", "schema-invalid", both(value(ADDRESS, "x"), without("description"))),
    (
        "attribute-before-value",
        "24",
        "schema-invalid",
        both(value(ADDRESS, "x"), swap("<description>", '<description x="">')),
    ),
    ("first-value-first", "31", "bad-address", both(value(ADDRESS, "x"), value(PORT, "x"))),
    (
        "value-before-consistency",
        "37",
        "bad-text",
        both(value("description", "a\nb"), last("<suite>2</suite>")),
    ),
    ("suites-before-authority", "49", "bad-suites", last("<policy>closed</policy><suite>2</suite>")),
    (
        "authority-before-receivers",
        "53",
        "contradiction",
        last("<policy>closed</policy><admits-receivers>true</admits-receivers>"),
    ),
    ("literal-before-reach", "31", "bad-address", value(ADDRESS, "00.0.0.0")),
    ("characters-before-length", "37", "bad-text", value("description", "\x7f" * 1025)),
    (
        "root-in-namespace-before-type",
        "20",
        "wrong-root",
        both(swap(ROOT, f'{ROOT} xmlns="urn:b"'), swap("group-info", "X")),
    ),
)
