"""Documents that differ from a base and are good all the same."""

from vectors.generator.document_bases import DIGEST, Mutation, before, both, last, swap, text, value, without
from vectors.generator.document_content import ADDRESS, PORT, pairs, suites
from vectors.generator.document_markup import (
    ROOT,
    XI,
    XSI,
    elements,
    foreign,
    nested,
    padded,
    prefix,
    suffix,
    tag,
)
from vectors.generator.document_texts import der

Variation = tuple[str, str, str, Mutation]


def crlf(document: bytes) -> bytes:
    """Every line break as CR LF."""
    return document.replace(b"\n", b"\r\n")


def each(base: str, element: str, requirement: str, texts: dict[str, str]) -> tuple[Variation, ...]:
    """One variation for each text of an element."""
    return tuple((base, name, requirement, value(element, text)) for name, text in texts.items())


GOOD_4 = {
    "loopback": "127.0.0.1",
    "private": "10.0.0.1",
    "link-local-4": "169.254.0.1",
    "lowest": "1.0.0.0",
    "highest": "223.255.255.255",
}
GOOD_6 = {
    "loopback-6": "::1", "unique-local": "fd00::1", "first-run-shortened": "2001::1:0:0:1",
    "one-zero-field": "2001:db8:0:1:1:1:1:1", "eight-fields": "1:2:3:4:5:6:7:8", "zeros-behind": "2001:db8::",
}  # fmt: skip

VARIATIONS: tuple[Variation, ...] = (
    # the opening
    ("info", "crlf", "3", crlf),
    ("redirect", "crlf", "3", crlf),
    ("info", "header-lf-text-crlf", "3", text(crlf)),
    ("info", "spread", "6", text(lambda document: document.replace(b"  ", b"").replace(b"\n", b"\n\n"))),
    ("info", "blank-lines-before-root", "6", prefix(b"\n\r\n \t\n")),
    ("info", "one-line", "6", text(lambda document: document.replace(b"\n", b"").replace(b"  ", b""))),
    ("info", "octets-8192", "2", padded(8192)),
    ("entry", "octets-8192", "2", padded(8192)),
    ("info", "supplementary-characters", "5", value("description", "\U0001f389 \u4e2d \ufffd")),
    ("info", "declaration", "7", prefix(b'<?xml version="1.0"?>\n')),
    ("info", "declaration-full", "8", prefix(b"<?xml version='1.0' encoding='utf-8' standalone='yes' ?>")),
    ("member", "declaration-with-encoding", "8", prefix(b'<?xml version = "1.0"\n encoding = "UTF-8"?>\n')),
    # the scan
    ("info", "comments-around-root", "12", both(prefix(b"<!-- a -->"), suffix(b"<!-- <!DOCTYPE b> -->"))),
    ("info", "comments-between-elements", "12", last("<!-- <?a?> <![CDATA[ --><!---->")),
    ("info", "elements-256", "13 56", elements(256)),
    ("redirect", "elements-256", "13 56", elements(256)),
    ("info", "depth-32", "14 56", nested(32)),
    ("member", "depth-32", "14 56", nested(32)),
    ("info", "element-name-64", "15 56", foreign(f"<x:{'a' * 62}/>")),
    ("info", "names-in-quotes", "15 56", foreign(f'<x:a b="{"é" * 70}"/>')),
    ("info", "attributes-16", "16 56", foreign(tag(16, 'b{}=""'))),
    ("info", "greater-than-in-attribute", "17 56", foreign("<x:a b='/>' c=\">\"/>")),
    ("info", "root-in-single-quotes", "17", swap('type="group-info"', "type = 'group-info' ")),
    (
        "info",
        "empty-element-tag",
        "17",
        swap("<description>The most jolly group!</description>", "<description />"),
    ),
    ("info", "predefined-entities", "17", value("description", "&lt;&gt;&amp;&quot;&apos;")),
    ("info", "type-by-reference", "21", swap('"group-info"', '"group&#45;in&#x66;o"')),
    ("info", "value-by-reference", "36", value(PORT, "&#53;08&#x30;")),
    # namespaces, root, type
    ("info", "reserved-prefixes-declared", "18", swap(ROOT, f'{ROOT} xmlns:i="{XSI}" xmlns:j="{XI}"')),
    ("info", "type-with-underscore", "23", swap("group-info", "group_info")),
    ("redirect", "type-with-underscores", "23", swap("group-id-redirect", "group_id_redirect")),
    (
        "info",
        "foreign-elements",
        "56",
        both(foreign("<x:b><port>0</port></x:b>"), before(PORT, '<a xmlns="urn:b">x</a>')),
    ),
    (
        "info",
        "foreign-attributes",
        "56",
        swap(f"<{PORT}>", f'<{PORT} xmlns:x="urn:b" x:a="1" xml:lang="en">'),
    ),
    ("member", "foreign-elements", "56", foreign("<x:peer-id/><x:group_management/>")),
    ("invitation", "foreign-elements", "56", foreign("<x:a>text</x:a>")),
    ("entry", "foreign-root-attribute", "56", swap(ROOT, f'{ROOT} xmlns:x="urn:b" x:type="group-info"')),
    ("redirect", "foreign-elements", "56", foreign('<x:actual-group-id encoding="rot13"/>')),
    # content
    ("info", "pairs-16", "26", pairs(16)),
    ("invitation", "pairs-16", "30", pairs(16)),
    ("info", "description-empty", "26", value("description", "")),
    ("info", "suites-8", "26", suites(*"12345678")),
    ("member", "no-name", "28", without("name")),
    ("entry", "no-description", "29", without("description")),
    (
        "invitation",
        "no-main-overlay",
        "30",
        both(without("main-group-id"), without("main-bootstrap-address"), without("main-bootstrap-port")),
    ),
    ("invitation", "no-certificate", "54", without("authority-certificate")),
    (
        "invitation",
        "open",
        "54",
        both(without("policy"), without("authority-certificate"), without("authority-fingerprint")),
    ),
    # values
    *each("info", ADDRESS, "33", {f"address-{name}": text for name, text in GOOD_4.items()}),
    *each("info", ADDRESS, "32", {f"address-{name}": text for name, text in GOOD_6.items()}),
    *each("options", "multicast-address", "35", {"multicast-6": "ff02::1", "multicast-lowest": "224.0.0.0"}),
    *each("info", PORT, "36", {"port-1": "1", "port-65535": "65535"}),
    *each("info", "description", "38", {"description-characters-1024": "x" * 1024}),
    *each("entry", "description", "38", {"description-characters-1024": "\u4e2d" * 1024}),
    *each(
        "info",
        "description",
        "37",
        {"description-marks": "a\u200eb\u200f \u061c \u00ad", "description-spaces": "  a  "},
    ),
    *each("member", "name", "39", {"name-characters-64": "é" * 64, "name-characters-1": "A"}),
    *each(
        "alias",
        "actual-group-id",
        "41",
        {"group-id-composed": "\u1e69", "group-id-no-composition": "x\u0316\u0301"},
    ),
    *each("entry", "group-id", "42", {"group-id-octets-254": "é" * 127, "group-id-octet-1": "a"}),
    *each("redirect", "actual-group-id", "42", {"hex-octets-255": "ab" * 255, "hex-octet-1": "00"}),
    *each(
        "redirect",
        "actual-group-id",
        "43",
        {"hex-mixed-case": "0276eC1f", "hex-of-a-text": "4a6f6c6c79"},
    ),
    *each("redirect", "actual-group-id", "43", {"hex-in-upper-case": "0276EC1F"}),
    *each("member", "peer-id", "43", {"peer-id-in-upper-case": DIGEST.upper()}),
    *each(
        "options",
        "authority-certificate",
        "46",
        {
            "certificate-octets-1024": der(1024),
            "certificate-of-two-octets": "MAA=",
        },
    ),
    *each("options", "max-datagram", "52", {"max-datagram-1200": "1200", "max-datagram-65000": "65000"}),
    ("info", "suite-65535", "48", suites("1", "65535")),
    ("info", "suite-mandatory-alone", "49", suites("1")),
    ("info", "open-in-words", "47", last("<policy>open</policy>")),
    (
        "options",
        "no-receivers-in-words",
        "50",
        both(value("admits-receivers", "false"), value("origin-auth", "group")),
    ),
    ("options", "origin-auth-without-receivers", "55", without("admits-receivers")),
)
"""Base, name, number of the requirement that allows it, mutation."""
