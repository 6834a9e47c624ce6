"""Texts that the values of documents must not be, each by the name of its fault."""

import base64

from vectors.generator.document_bases import CERTIFICATE


def der(length: int) -> str:
    """Base64 of a DER sequence of that many octets, header included."""
    return base64.b64encode(b"\x30\x82" + (length - 4).to_bytes(2) + bytes(length - 4)).decode("ascii")


MEMBER_NAME = {"empty": "", "characters-65": "x" * 65}
TEXTS = {
    "line-feed": "a\nb",
    "carriage-return-line-feed": "a\r\nb",
    "tab": "a\tb",
    "ansi-escape-by-reference-not": "a&#x9B;31mb",
    "delete": "a\x7fb",
    "next-line": "a\x85b",
    "line-separator": "a\u2028b",
    "right-to-left-override": "a\u202eb",
    "right-to-left-isolate": "a\u2067b",
    "override-by-reference": "a&#x202E;b",
    "byte-order-mark-by-reference": "a&#xFEFF;b",
}
IPV4 = {
    "leading-zero": "012.34.56.78",
    "three-numbers": "12.34.78",
    "short-form": "127.1",
    "hexadecimal-number": "0x7f.0.0.1",
    "one-number": "2130706433",
    "number-256": "12.34.56.256",
    "five-numbers": "12.34.56.78.9",
    "empty": "",
    "space-around": " 12.34.56.78",
    "line-break-around": "\n12.34.56.78\n",
    "host-name": "localhost",
    "fullwidth-digits": "\uff11\uff12.34.56.78",
    "with-port": "12.34.56.78/24",
}
IPV6 = {
    "zone": "fe80::1%eth0",
    "brackets": "[2001:db8::17]",
    "upper-case": "2001:DB8::17",
    "leading-zeros": "2001:0db8::17",
    "not-shortened": "2001:db8:0:0:0:0:0:17",
    "second-run-shortened": "2001:0:0:1:1::1",
    "one-field-shortened": "2001:db8::1:1:1:1:1",
    "dotted-end": "64:ff9b::192.0.2.1",
    "two-double-colons": "2001::db8::17",
    "nine-fields": "1:2:3:4:5:6:7:8:9",
    "mapped-dotted": "::ffff:127.0.0.1",
    "with-port": "12.34.56.78:5080",
}
UNREACHABLE_4 = {
    "unspecified": "0.0.0.0",  # noqa: S104 (it is refused)
    "this-network": "0.1.2.3",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
}
UNREACHABLE_6 = {
    "unspecified-6": "::",
    "multicast-6": "ff02::1",
    "link-local": "fe80::1",
    "mapped": "::ffff:7f00:1",
}
PORTS = {
    "zero": "0", "above-65535": "65536", "six-digits": "100000", "negative": "-1", "plus": "+5080",
    "underscore": "5_080", "space-before": " 5080", "line-break-behind": "5080\n", "leading-zero": "05080",
    "fullwidth-digits": "\uff15\uff10\uff18\uff10", "arabic-digits": "\u0665\u0660\u0668\u0660",
    "hexadecimal": "0x13d8", "fraction": "5080.0", "empty": "", "exponent": "5e3",
}  # fmt: skip
HEXADECIMAL = {
    "odd": "0276EC1",
    "letter-beyond": "0276EC1G",
    "space-inside": "02 76",
    "prefix": "0x0276",
    "fullwidth": "\uff10\uff12",
}
ENCODED = {
    "line-breaks": f"\n{CERTIFICATE}\n", "no-padding": CERTIFICATE.rstrip("="), "url-alphabet": "MAP_-_8=",
    "too-much-padding": f"{CERTIFICATE}=", "bits-left-over": "MAMCAQV=", "letter-beyond": "MAMC!QU=",
    "not-ascii": "MAMCAQ\u00fc=",
}  # fmt: skip
OUTLINES = {
    "empty": "", "not-a-sequence": "MQMCAQU=",
    "shorter-than-it-says": "MAQCAQU=", "longer-than-it-says": "MAICAQU=",
    "long-form-of-short-length": base64.b64encode(b"\x30\x81\x03\x02\x01\x05").decode(),
    "indefinite-length": base64.b64encode(b"\x30\x80\x02\x01\x05\x00\x00").decode(),
    "octets-1025": der(1025),
}  # fmt: skip
