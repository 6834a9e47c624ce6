"""What the text of one element may be, and what it means.

Implements REQ-DOC-31 to REQ-DOC-52. Each function takes the text as it stands (nothing is trimmed) and the
name of its element, and returns the value or refuses.
"""

from __future__ import annotations

import binascii
import ipaddress
import re
import unicodedata

from coterie import registry
from coterie.errors import RemoteError

__all__ = [
    "certificate",
    "description",
    "digest",
    "flag",
    "group_id",
    "max_datagram",
    "member_name",
    "multicast_address",
    "origin_auth",
    "policy",
    "port",
    "suite",
    "unicast_address",
]

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
IPV6 = re.compile(r"[0-9a-f:]{2,39}")
DECIMAL = re.compile(r"[1-9][0-9]{0,4}")
HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
FORBIDDEN_IN_TEXT = re.compile("[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]")
HIGHEST_PORT = 65535
DIGEST_LENGTH = 32
DER_SEQUENCE = 0x30

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


# ---------------------------------------------------------------- addresses and ports


def unicast_address(text: str, field: str) -> str:
    """An address that one peer can be reached at."""
    check_unicast(literal(text, field), field)
    return text


def multicast_address(text: str, field: str) -> str:
    """An address of a multicast group."""
    check_multicast(literal(text, field), field)
    return text


def literal(text: str, field: str) -> Address:
    """The address that a canonical literal names."""
    return ipv6(text, field) if ":" in text else ipv4(text, field)


def ipv4(text: str, field: str) -> ipaddress.IPv4Address:
    """The IPv4 address of a dotted quad."""
    # REQ-DOC-31: four decimal numbers up to 255, no leading zeros, no other base, no shorter form
    if not IPV4.fullmatch(text):
        raise RemoteError("bad-address", requirement="REQ-DOC-31", field=field)
    return ipaddress.IPv4Address(text)


def ipv6(text: str, field: str) -> ipaddress.IPv6Address:
    """The IPv6 address of a literal in the form of RFC 5952, without zone and without dots."""
    # REQ-DOC-32: the one text that RFC 5952 gives the address, all of it hexadecimal
    try:
        address = ipaddress.IPv6Address(text)
    except ipaddress.AddressValueError:
        raise RemoteError("bad-address", requirement="REQ-DOC-32", field=field) from None
    if not IPV6.fullmatch(text) or str(address) != text:
        raise RemoteError("bad-address", requirement="REQ-DOC-32", field=field)
    return address


def check_unicast(address: Address, field: str) -> None:
    """Refuse addresses that name no single reachable peer. Loopback and private ones are allowed."""
    match address:
        case ipaddress.IPv4Address():
            check_unicast_ipv4(address, field)
        case ipaddress.IPv6Address():
            check_unicast_ipv6(address, field)


def check_unicast_ipv4(address: ipaddress.IPv4Address, field: str) -> None:
    """Refuse addresses of this network, of multicast, and reserved ones, broadcast among them."""
    # REQ-DOC-33: the first number is 1 to 223
    if not 1 <= address.packed[0] <= 223:
        raise RemoteError("bad-address", requirement="REQ-DOC-33", field=field)


def check_unicast_ipv6(address: ipaddress.IPv6Address, field: str) -> None:
    """Refuse addresses that are no one's, many's, of one link, or an IPv4 address in disguise."""
    # REQ-DOC-34: not unspecified, multicast, link-local or IPv4-mapped
    if (
        address.is_unspecified
        or address.is_multicast
        or address.is_link_local
        or address.ipv4_mapped is not None
    ):
        raise RemoteError("bad-address", requirement="REQ-DOC-34", field=field)


def check_multicast(address: Address, field: str) -> None:
    """Refuse addresses that are not multicast."""
    # REQ-DOC-35: in 224.0.0.0/4 or ff00::/8
    if not address.is_multicast:
        raise RemoteError("bad-address", requirement="REQ-DOC-35", field=field)


def port(text: str, field: str) -> int:
    """A UDP port."""
    # REQ-DOC-36: 1 to 65535 in ASCII digits, no sign, no leading zero, nothing around it
    if not DECIMAL.fullmatch(text) or int(text) > HIGHEST_PORT:
        raise RemoteError("bad-port", requirement="REQ-DOC-36", field=field)
    return int(text)


# ---------------------------------------------------------------- text


def description(text: str, field: str) -> str:
    """One line about a group, possibly empty."""
    check_text(text, field)
    check_description_length(text, field)
    return text


def check_description_length(text: str, field: str) -> None:
    """Refuse a description that is longer than a paragraph."""
    # REQ-DOC-38: at most 1,024 characters
    if len(text) > registry.limit("description"):
        raise RemoteError("bad-text", requirement="REQ-DOC-38", field=field)


def member_name(text: str, field: str) -> str:
    """The name that a member gives itself."""
    check_text(text, field)
    check_name_length(text, field)
    return text


def check_name_length(text: str, field: str) -> None:
    """Refuse a name that is none, or fits on no line."""
    # REQ-DOC-39: 1 to 64 characters
    if not 1 <= len(text) <= registry.limit("member-name"):
        raise RemoteError("bad-text", requirement="REQ-DOC-39", field=field)


def check_text(text: str, field: str) -> None:
    """Refuse characters that could deceive a reader or drive a terminal."""
    # REQ-DOC-37: no control, no separator of lines or paragraphs, no embedding of directions, no U+FEFF
    if FORBIDDEN_IN_TEXT.search(text):
        raise RemoteError("bad-text", requirement="REQ-DOC-37", field=field)


# ---------------------------------------------------------------- identifiers


def group_id(text: str, encoding: str, field: str) -> bytes:
    """The octets of a Group-ID: the text itself as UTF-8, or hexadecimal digits."""
    octets = hex_octets(text, field) if encoding == "hex" else text_id(text, field)
    check_group_id_length(octets, field)
    return octets


def check_group_id_length(octets: bytes, field: str) -> None:
    """Refuse what cannot be hashed as a Group-ID."""
    # REQ-DOC-42: 1 to 255 octets
    if not 1 <= len(octets) <= registry.limit("group-id"):
        raise RemoteError("bad-group-id", requirement="REQ-DOC-42", field=field)


def text_id(text: str, field: str) -> bytes:
    """The octets of a Group-ID that is written as it is."""
    check_text(text, field)
    check_ends(text, field)
    check_normal_form(text, field)
    return text.encode("utf-8")


def check_ends(text: str, field: str) -> None:
    """Refuse an identifier that would look like another."""
    # REQ-DOC-40: no space at either end
    if text != text.strip(" "):
        raise RemoteError("bad-text", requirement="REQ-DOC-40", field=field)


def check_normal_form(text: str, field: str) -> None:
    """Refuse an identifier that would compare unequal to the same letters."""
    # REQ-DOC-41: in normalization form C
    if not unicodedata.is_normalized("NFC", text):
        raise RemoteError("bad-group-id", requirement="REQ-DOC-41", field=field)


def hex_octets(text: str, field: str) -> bytes:
    """The octets of hexadecimal digits."""
    # REQ-DOC-43: an even number of digits 0-9, a-f, A-F and nothing else
    if not HEX.fullmatch(text):
        raise RemoteError("bad-hex", requirement="REQ-DOC-43", field=field)
    return bytes.fromhex(text)


def digest(text: str, field: str) -> bytes:
    """A Peer-ID or the fingerprint of an authority."""
    octets = hex_octets(text, field)
    check_digest_length(octets, field)
    return octets


def check_digest_length(octets: bytes, field: str) -> None:
    """Refuse what is no SHA-256."""
    # REQ-DOC-44: 32 octets
    if len(octets) != DIGEST_LENGTH:
        raise RemoteError("bad-digest", requirement="REQ-DOC-44", field=field)


# ---------------------------------------------------------------- certificate


def certificate(text: str, field: str) -> bytes:
    """The DER of an authority's certificate; what the certificate says is judged by whoever relies on it."""
    der = base64_octets(text, field)
    check_der(der, field)
    return der


def base64_octets(text: str, field: str) -> bytes:
    """The octets of base64 in its one canonical form."""
    # REQ-DOC-45: padded, no bits left over, no white space
    encoded = text.encode("utf-8")
    try:
        octets = binascii.a2b_base64(encoded, strict_mode=True)
    except binascii.Error:
        raise RemoteError("bad-certificate", requirement="REQ-DOC-45", field=field) from None
    if binascii.b2a_base64(octets, newline=False) != encoded:
        raise RemoteError("bad-certificate", requirement="REQ-DOC-45", field=field)
    return octets


def check_der(der: bytes, field: str) -> None:
    """Refuse what cannot be a certificate by its size or its outermost tag and length."""
    # REQ-DOC-46: at most 1,024 octets, one DER sequence and nothing after it
    if len(der) > registry.limit("authority-certificate") or der != sequence_of(der):
        raise RemoteError("bad-certificate", requirement="REQ-DOC-46", field=field)


def sequence_of(der: bytes) -> bytes | None:
    """The DER sequence that the octets begin with, header included; None without one."""
    if len(der) < 2 or der[0] != DER_SEQUENCE:
        return None
    if der[1] < 0x80:
        end = 2 + der[1]
    else:
        size = der[1] & 0x7F
        length = int.from_bytes(der[2 : 2 + size])
        # lengths are written as short as possible; two octets say more than the limit allows
        if not 1 <= size <= 2 or length < (0x80, 0x100)[size - 1]:
            return None
        end = 2 + size + length
    return der[:end] if end <= len(der) else None


# ---------------------------------------------------------------- options


def policy(text: str, field: str) -> str:
    """Who may join: anyone, or who the authority admits."""
    # REQ-DOC-47: open or closed
    return _one_of(("open", "closed"), text, field, "REQ-DOC-47")


def suite(text: str, field: str) -> int:
    """The code point of a suite, known or not."""
    # REQ-DOC-48: a code point from 1 to 65535 in decimal
    return _number(text, 1, 0xFFFF, field, "REQ-DOC-48")


def flag(text: str, field: str) -> bool:
    """Whether the group admits receivers."""
    # REQ-DOC-50: true or false, no other spelling
    return _one_of(("true", "false"), text, field, "REQ-DOC-50") == "true"


def origin_auth(text: str, field: str) -> str:
    """Whether DATA is authenticated by the group's key, or by its sender's signature as well."""
    # REQ-DOC-51: group or sender
    return _one_of(("group", "sender"), text, field, "REQ-DOC-51")


def max_datagram(text: str, field: str) -> int:
    """The longest sealed datagram of the group, in octets."""
    # REQ-DOC-52: 1200 to 65000 in decimal
    return _number(text, registry.limit("datagram"), registry.limit("sealed-datagram"), field, "REQ-DOC-52")


def _one_of(allowed: tuple[str, ...], text: str, field: str, requirement: str) -> str:
    if text not in allowed:
        raise RemoteError("bad-option", requirement=requirement, field=field)
    return text


def _number(text: str, lowest: int, highest: int, field: str, requirement: str) -> int:
    if not DECIMAL.fullmatch(text) or not lowest <= int(text) <= highest:
        raise RemoteError("bad-option", requirement=requirement, field=field)
    return int(text)
