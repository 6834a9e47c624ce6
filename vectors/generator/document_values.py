"""Faults of the values of documents, each over the one base that it is a fault of."""

from vectors.generator.document_bases import DIGEST, both, value, without
from vectors.generator.document_content import ADDRESS, CERT, MAIN, PORT, Fault, suites
from vectors.generator.document_texts import (
    ENCODED,
    HEXADECIMAL,
    IPV4,
    IPV6,
    MEMBER_NAME,
    OUTLINES,
    PORTS,
    TEXTS,
    UNREACHABLE_4,
    UNREACHABLE_6,
)


def each(base: str, element: str, requirement: str, reason: str, texts: dict[str, str]) -> tuple[Fault, ...]:
    """One fault for each text of an element."""
    return tuple((base, name, requirement, reason, value(element, text)) for name, text in texts.items())


VALUES: tuple[Fault, ...] = (
    *each("info", ADDRESS, "31", "bad-address", {f"address-{name}": text for name, text in IPV4.items()}),
    *each("options", ADDRESS, "32", "bad-address", {f"address-{name}": text for name, text in IPV6.items()}),
    *each(
        "info",
        ADDRESS,
        "33",
        "bad-address",
        {f"address-{name}": text for name, text in UNREACHABLE_4.items()},
    ),
    *each(
        "options",
        ADDRESS,
        "34",
        "bad-address",
        {f"address-{name}": text for name, text in UNREACHABLE_6.items()},
    ),
    *each("invitation", MAIN, "31", "bad-address", {"main-address-leading-zero": "192.0.02.1"}),
    *each("invitation", MAIN, "33", "bad-address", {"main-address-multicast": "239.1.2.3"}),
    *each(
        "options",
        "multicast-address",
        "35",
        "bad-address",
        {
            "multicast-is-unicast": "192.0.2.1",
            "multicast-is-unicast-6": "2001:db8::17",
            "multicast-broadcast": "255.255.255.255",
        },
    ),
    *each("options", "multicast-address", "31", "bad-address", {"multicast-leading-zero": "239.01.2.3"}),
    *each("info", PORT, "36", "bad-port", {f"port-{name}": text for name, text in PORTS.items()}),
    *each("options", "multicast-port", "36", "bad-port", {"multicast-port-zero": "0"}),
    *each("invitation", "main-bootstrap-port", "36", "bad-port", {"main-port-zero": "0"}),
    *each(
        "info", "description", "37", "bad-text", {f"description-{name}": text for name, text in TEXTS.items()}
    ),
    *each("member", "name", "37", "bad-text", {"name-override": "A\u202eda", "name-line-feed": "A\nda"}),
    *each(
        "entry", "group-id", "37", "bad-text", {"group-id-override": "a\u202eb", "group-id-line-feed": "a\nb"}
    ),
    *each("info", "description", "38", "bad-text", {"description-characters-1025": "x" * 1025}),
    *each("entry", "description", "38", "bad-text", {"description-characters-1025": "é" * 1025}),
    *each("member", "name", "39", "bad-text", {f"name-{name}": text for name, text in MEMBER_NAME.items()}),
    *each(
        "entry", "group-id", "40", "bad-text", {"space-before-group-id": " a", "space-behind-group-id": "a "}
    ),
    *each("alias", "actual-group-id", "40", "bad-text", {"group-id-of-one-space": " "}),
    *each("alias", "actual-group-id", "41", "bad-group-id", {"group-id-decomposed": "Jolly Cafe\u0301"}),
    *each(
        "invitation", "main-group-id", "41", "bad-group-id", {"main-group-id-ligature-order": "a\u0301\u0316"}
    ),
    *each(
        "entry", "group-id", "42", "bad-group-id", {"group-id-empty": "", "group-id-octets-256": "é" * 128}
    ),
    *each(
        "redirect", "actual-group-id", "42", "bad-group-id", {"hex-empty": "", "hex-octets-256": "ab" * 256}
    ),
    *each(
        "redirect",
        "actual-group-id",
        "43",
        "bad-hex",
        {f"hex-{name}": text for name, text in HEXADECIMAL.items()},
    ),
    *each(
        "member",
        "peer-id",
        "43",
        "bad-hex",
        {"peer-id-odd": DIGEST[1:], "peer-id-space-behind": f"{DIGEST} "},
    ),
    *each(
        "member",
        "peer-id",
        "44",
        "bad-digest",
        {
            "peer-id-octets-31": DIGEST[2:],
            "peer-id-octets-33": f"00{DIGEST}",
            "peer-id-empty": "",
        },
    ),
    *each("invitation", "authority-fingerprint", "44", "bad-digest", {"fingerprint-octets-20": DIGEST[:40]}),
    *each(
        "options",
        CERT,
        "45",
        "bad-certificate",
        {f"certificate-{name}": text for name, text in ENCODED.items()},
    ),
    *each(
        "options",
        CERT,
        "46",
        "bad-certificate",
        {f"certificate-{name}": text for name, text in OUTLINES.items()},
    ),
    *each(
        "options",
        "policy",
        "47",
        "bad-option",
        {"policy-unknown": "secret", "policy-in-upper-case": "CLOSED", "policy-empty": ""},
    ),
    *each(
        "options",
        "suite",
        "48",
        "bad-option",
        {"suite-zero": "0", "suite-65536": "65536", "suite-leading-zero": "01", "suite-name": "X25519"},
    ),
    *each(
        "options",
        "admits-receivers",
        "50",
        "bad-option",
        {"receivers-one": "1", "receivers-yes": "yes", "receivers-space": " true"},
    ),
    *each(
        "options",
        "origin-auth",
        "51",
        "bad-option",
        {"origin-unknown": "none", "origin-in-upper-case": "Sender"},
    ),
    *each(
        "options",
        "max-datagram",
        "52",
        "bad-option",
        {
            "max-datagram-1199": "1199",
            "max-datagram-65001": "65001",
            "max-datagram-leading-zero": "08192",
        },
    ),
    ("info", "suites-descending", "49", "bad-suites", suites("2", "1")),
    ("info", "suite-twice", "49", "bad-suites", suites("1", "1")),
    ("info", "mandatory-suite-missing", "49", "bad-suites", suites("2")),
    ("options", "closed-without-certificate", "53", "contradiction", without("authority-certificate")),
    ("options", "certificate-of-open-group", "53", "contradiction", value("policy", "open")),
    ("invitation", "closed-without-fingerprint", "54", "contradiction", without("authority-fingerprint")),
    (
        "invitation",
        "fingerprint-of-open-group",
        "54",
        "contradiction",
        both(without("policy"), without("authority-certificate")),
    ),
    (
        "invitation",
        "certificate-of-open-group",
        "54",
        "contradiction",
        both(without("policy"), without("authority-fingerprint")),
    ),
    ("options", "receivers-without-origin-auth", "55", "contradiction", without("origin-auth")),
    ("options", "receivers-with-origin-group", "55", "contradiction", value("origin-auth", "group")),
)
"""Base, name, number of the requirement, reason, mutation."""

TWINS = {
    "pairs-17": "pairs-16",
    "suites-9": "suites-8",
    "description-characters-1025": "description-characters-1024",
    "name-characters-65": "name-characters-64",
    "group-id-octets-256": "group-id-octets-254",
    "hex-octets-256": "hex-octets-255",
    "certificate-octets-1025": "certificate-octets-1024",
    "max-datagram-1199": "max-datagram-1200",
    "max-datagram-65001": "max-datagram-65000",
    "suite-65536": "suite-65535",
    "port-zero": "port-1",
    "port-above-65535": "port-65535",
    "depth-33": "depth-32",
    "element-257": "elements-256",
    "attribute-17": "attributes-16",
    "element-name-65": "element-name-64",
    "one-octet-too-long": "octets-8192",
}
"""Vectors whose conforming twin is not their base, but the other side of a limit."""
