"""Invitations as URIs: `coterie:` Group-ID `?` parameters, for a link, a picture or a piece of paper.

Implements REQ-DOC-60 to REQ-DOC-62. A URI is turned into the tree that the document would have, and judged as
that document: there is one set of rules for both forms.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement

from coterie import registry
from coterie.documents import opening, reading, tree, writing
from coterie.documents.model import GroupInvitation
from coterie.errors import LocalError, RemoteError

__all__ = ["from_uri", "to_uri"]

TYPE = "group-invitation"
SCHEME = "coterie:"
URI = re.compile(r"[Cc][Oo][Tt][Ee][Rr][Ii][Ee]:(?P<group>[^?&]+)\?(?P<parameters>.+)")
IN_URI = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]-]|%[0-9A-Fa-f]{2})*")
PARAMETER = re.compile(
    r"(?P<name>[dpasroxfg])=(?P<text>.*)"
    r"|(?P<pair>[cmb])=(?P<address>[0-9.]+|\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]):(?P<port>[^:\[\]]*)"
)
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

# what each parameter stands for
TEXTS = {
    "d": "description",
    "p": "policy",
    "a": "authority-certificate",
    "s": "suite",
    "r": "admits-receivers",
    "o": "origin-auth",
    "x": "max-datagram",
    "f": "authority-fingerprint",
}
IDENTIFIERS = {"g": "main-group-id"}
CONTACTS = {"c": "bootstrap", "m": "multicast", "b": "main-bootstrap"}
# base64 and plain words stand as they are
PLAIN = {"authority-certificate": frozenset(b"+/=") | UNRESERVED}


def from_uri(uri: str) -> GroupInvitation:
    """The invitation of a URI. `RemoteError` with the reason of the first check that fails."""
    group, parameters = split(uri)
    root = Element(tree.ROOT, {"type": TYPE})
    _identifier(root, "group-id", group)
    for parameter in parameters:
        add(root, parameter)
    return judge(root)


def judge(root: Element) -> GroupInvitation:
    """The invitation that a tree stands for."""
    # REQ-DOC-61: judged as the document that it stands for
    invitation = reading.read(root, TYPE)
    assert isinstance(invitation, GroupInvitation)  # by its type
    return invitation


def split(uri: str) -> tuple[str, list[re.Match[str]]]:
    """The Group-ID, still percent-encoded, and the parameters of a URI."""
    # REQ-DOC-60: at most as long as a document; scheme, Group-ID, parameters of the table, nothing else
    match = URI.fullmatch(uri) if len(uri) <= registry.limit("document") and IN_URI.fullmatch(uri) else None
    if match is None:
        raise RemoteError("bad-uri", requirement="REQ-DOC-60")
    found = [PARAMETER.fullmatch(parameter) for parameter in match["parameters"].split("&")]
    parameters = [parameter for parameter in found if parameter is not None]
    if len(parameters) < len(found):
        raise RemoteError("bad-uri", requirement="REQ-DOC-60")
    return match["group"], parameters


def add(root: Element, parameter: re.Match[str]) -> None:
    """Append to the tree what one parameter stands for."""
    if parameter["pair"]:
        prefix = CONTACTS[parameter["pair"]]
        SubElement(root, f"{prefix}-address").text = parameter["address"].strip("[]")
        SubElement(root, f"{prefix}-port").text = parameter["port"]
    elif parameter["name"] in IDENTIFIERS:
        _identifier(root, IDENTIFIERS[parameter["name"]], parameter["text"])
    else:
        SubElement(root, TEXTS[parameter["name"]]).text = _text(parameter["text"])


def _identifier(root: Element, name: str, encoded: str) -> None:
    SubElement(root, name, {"encoding": "hex"}).text = _octets(encoded).hex()


def _octets(encoded: str) -> bytes:
    return re.sub(rb"%(..)", lambda escape: bytes.fromhex(escape[1].decode("ascii")), encoded.encode("ascii"))


def _text(encoded: str) -> str:
    text = opening.decode(_octets(encoded))
    opening.check_characters(text)
    return text


def to_uri(invitation: GroupInvitation) -> str:
    """The URI of an invitation. `LocalError` when its values are none, or too long for a URI."""
    writing.build(invitation)
    content = list(writing.lines(invitation))
    parameters = "&".join(_parameters(content[1:], invitation.main_group_id))
    # REQ-DOC-62: parameters in the order of the elements, only unreserved characters bare
    uri = f"{SCHEME}{_percent(invitation.group_id, UNRESERVED)}?{parameters}"
    if len(uri) > registry.limit("document"):
        raise LocalError("this invitation is too long for a URI; give it as a document")
    return uri


def _parameters(content: list[writing.Line], main_group_id: bytes | None) -> list[str]:
    letters = {element: letter for letter, element in TEXTS.items()}
    prefixes = {prefix: letter for letter, prefix in CONTACTS.items()}
    found: list[str] = []
    for name, text, _ in content:
        prefix, _, part = name.rpartition("-")
        if name in letters:
            plain = PLAIN.get(name, UNRESERVED)
            found.append(f"{letters[name]}={_percent(text.encode('utf-8'), plain)}")
        elif part == "address":
            found.append(f"{prefixes[prefix]}=[{text}]" if ":" in text else f"{prefixes[prefix]}={text}")
        elif part == "port":
            found[-1] += f":{text}"
        else:
            found.append(f"g={_percent(main_group_id or b'', UNRESERVED)}")
    return found


def _percent(octets: bytes, plain: frozenset[int]) -> str:
    return "".join(chr(octet) if octet in plain else f"%{octet:02X}" for octet in octets)
