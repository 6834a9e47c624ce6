"""Faults of the content of documents: elements, attributes and text that stand where the type has none."""

from vectors.generator.document_bases import DIGEST, Mutation, before, both, last, swap, value, without

PAIR = "<bootstrap-address>192.0.2.1</bootstrap-address><bootstrap-port>1</bootstrap-port>"
ADDRESS, PORT, MAIN = "bootstrap-address", "bootstrap-port", "main-bootstrap-address"
CERT = "authority-certificate"


def pairs(count: int) -> Mutation:
    """That many pairs of contacts in all."""
    return before(ADDRESS, PAIR * (count - 1))


def suites(*codes: str) -> Mutation:
    """These suites, in a group that states none."""
    return last("".join(f"<suite>{code}</suite>" for code in codes))


Fault = tuple[str, str, str, str, Mutation]

STRUCTURE: tuple[Fault, ...] = (
    ("info", "attribute-of-value-unknown", "24", "schema-invalid", swap(f"<{PORT}>", f'<{PORT} x="">')),
    ("redirect", "encoding-missing", "24", "schema-invalid", swap(' encoding="hex"', "")),
    ("redirect", "encoding-unknown", "24", "schema-invalid", swap('"hex"', '"base64"')),
    ("entry", "encoding-in-upper-case", "24", "schema-invalid", swap('"as-is"', '"AS-IS"')),
    ("info", "element-in-value", "25", "schema-invalid", value(PORT, "50<b/>80")),
    ("member", "foreign-element-in-value", "25", "schema-invalid", value("name", 'A<b xmlns="urn:b"/>da')),
    ("info", "no-address", "26", "schema-invalid", without(ADDRESS)),
    ("info", "no-port", "26", "schema-invalid", without(PORT)),
    ("info", "no-contact", "26", "schema-invalid", both(without(ADDRESS), without(PORT))),
    ("info", "no-description", "26", "schema-invalid", without("description")),
    (
        "info",
        "port-before-address",
        "26",
        "schema-invalid",
        both(without(PORT), before(ADDRESS, f"<{PORT}>1</{PORT}>")),
    ),
    (
        "info",
        "description-first",
        "26",
        "schema-invalid",
        both(without("description"), before(ADDRESS, "<description/>")),
    ),
    (
        "info",
        "second-address-without-port",
        "26",
        "schema-invalid",
        before("description", "<bootstrap-address>192.0.2.1</bootstrap-address>"),
    ),
    ("info", "pairs-17", "26", "schema-invalid", pairs(17)),
    ("info", "description-twice", "26", "schema-invalid", last("<description/>")),
    ("info", "element-unknown", "26", "schema-invalid", last("<lifetime>600</lifetime>")),
    (
        "info",
        "name-of-element-in-upper-case",
        "26",
        "schema-invalid",
        both(swap("<description>", "<Description>"), swap("</description>", "</Description>")),
    ),
    (
        "info",
        "our-element-in-namespace",
        "26",
        "schema-invalid",
        swap(f"<{PORT}>", f'<{PORT} xmlns="urn:b">'),
    ),
    ("info", "element-of-another-type", "26", "schema-invalid", last(f"<peer-id>{DIGEST}</peer-id>")),
    ("info", "suites-9", "26", "schema-invalid", suites(*"123456789")),
    (
        "info",
        "multicast-without-port",
        "26",
        "schema-invalid",
        last("<multicast-address>ff02::1</multicast-address>"),
    ),
    (
        "info",
        "options-in-other-order",
        "26",
        "schema-invalid",
        last("<max-datagram>1300</max-datagram><policy>open</policy>"),
    ),
    (
        "info",
        "fingerprint-in-group-info",
        "26",
        "schema-invalid",
        last(f"<authority-fingerprint>{DIGEST}</authority-fingerprint>"),
    ),
    ("redirect", "no-group-id", "27", "schema-invalid", without("actual-group-id")),
    (
        "redirect",
        "group-id-twice",
        "27",
        "schema-invalid",
        last('<actual-group-id encoding="hex">00</actual-group-id>'),
    ),
    (
        "alias",
        "content-of-another-type",
        "27",
        "schema-invalid",
        both(swap("<actual-", "<"), swap("</actual-", "</")),
    ),
    ("member", "no-peer-id", "28", "schema-invalid", without("peer-id")),
    (
        "member",
        "name-before-peer-id",
        "28",
        "schema-invalid",
        both(without("name"), before("peer-id", "<name>A</name>")),
    ),
    ("member", "name-twice", "28", "schema-invalid", last("<name>B</name>")),
    ("entry", "no-group-id", "29", "schema-invalid", without("group-id")),
    ("entry", "contacts-in-list-entry", "29", "schema-invalid", last(PAIR)),
    ("entry", "description-twice", "29", "schema-invalid", last("<description/>")),
    ("invitation", "no-group-id", "30", "schema-invalid", without("group-id")),
    ("invitation", "no-contact", "30", "schema-invalid", both(without(ADDRESS), without(PORT))),
    (
        "invitation",
        "main-overlay-without-contact",
        "30",
        "schema-invalid",
        both(without(MAIN), without("main-bootstrap-port")),
    ),
    ("invitation", "main-contact-without-main-overlay", "30", "schema-invalid", without("main-group-id")),
    ("invitation", "pairs-17", "30 26", "schema-invalid", pairs(17)),
    (
        "invitation",
        "fingerprint-twice",
        "30",
        "schema-invalid",
        before("authority-fingerprint", f"<authority-fingerprint>{DIGEST}</authority-fingerprint>"),
    ),
)
