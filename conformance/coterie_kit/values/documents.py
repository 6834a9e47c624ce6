"""Documents as the values of envelopes: the kit writes good ones and reads them back.

Reading is for documents that a peer takes. What the chapter on documents refuses is told apart only roughly,
since its reasons are judged by the vectors of that chapter.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from coterie_kit.faults import Unreadable

__all__ = ["HEADER", "entry", "info", "member", "parse", "redirect", "rendered"]

HEADER = b"GROUP-MANAGEMENT:"
SPELLINGS = {"group_info": "group-info", "group_id_redirect": "group-id-redirect"}
TYPES = frozenset({"group-info", "group-id-redirect", "group-member", "group-list-entry", "group-invitation"})

Document = dict[str, Any]
Elements = Sequence[tuple[str, str]]


def rendered(kind: str, elements: Elements) -> bytes:
    """A document of that type with these elements, each name with its text; hexadecimal identifiers."""
    lines = [HEADER.decode(), f'<group_management type="{kind}">']
    for name, text in elements:
        mark = ' encoding="hex"' if name.endswith("group-id") else ""
        lines.append(f"  <{name}{mark}>{escape(text)}</{name}>")
    return "\n".join([*lines, "</group_management>", ""]).encode()


def info(description: str, address: str, port: int, certificate: bytes | None = None) -> bytes:
    """A group-info document of one contact, closed when it has the certificate of an authority."""
    elements = [("bootstrap-address", address), ("bootstrap-port", str(port)), ("description", description)]
    if certificate is not None:
        text = base64.b64encode(certificate).decode()
        elements += [("policy", "closed"), ("authority-certificate", text)]
    return rendered("group-info", elements)


def redirect(to: bytes) -> bytes:
    """A group-id-redirect document to a Group-ID."""
    return rendered("group-id-redirect", [("actual-group-id", to.hex())])


def member(peer: bytes, name: str = "") -> bytes:
    """A group-member document, with a name perhaps."""
    return rendered("group-member", [("peer-id", peer.hex()), *([("name", name)] if name else [])])


def entry(group: bytes, description: str = "") -> bytes:
    """A group-list-entry document, with a description perhaps."""
    more = [("description", description)] if description else []
    return rendered("group-list-entry", [("group-id", group.hex()), *more])


def parse(octets: bytes) -> Document:
    """A document as the test interface writes it. Unreadable when it is none."""
    from lxml import etree

    head, _, rest = octets.partition(b"\n")
    text = rest.lstrip(b" \t\r\n")
    if head not in {HEADER, HEADER + b"\r"} or not text.startswith(b"<"):
        raise Unreadable("not-a-group-document", "header")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, load_dtd=False)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unreadable("not-well-formed", "text") from None
    stated = root.get("type") or ""
    kind = SPELLINGS.get(stated, stated)
    if root.tag != "group_management" or kind not in TYPES:
        raise Unreadable("unsupported-document-type", "type")
    rows = [
        (each.tag, each.text or "", each.get("encoding")) for each in root if not each.tag.startswith("{")
    ]
    try:
        return _document(kind, rows)
    except (KeyError, ValueError):
        raise Unreadable("schema-invalid", "content") from None


Row = tuple[str, str, str | None]


def _document(kind: str, rows: Sequence[Row]) -> Document:
    first = {name: text for name, text, _ in reversed(rows)}
    document: Document = {"type": kind}
    match kind:
        case "group-id-redirect":
            document["actual_group_id"] = _identifier(rows, "actual-group-id")
        case "group-member":
            document |= {"peer_id": bytes.fromhex(first["peer-id"]).hex(), "name": first.get("name")}
        case "group-list-entry":
            document["group_id"] = _identifier(rows, "group-id")
            document["description"] = first.get("description")
        case "group-info":
            document |= _options(rows, first)
        case _:
            document["group_id"] = _identifier(rows, "group-id")
    return document


def _identifier(rows: Sequence[Row], wanted: str) -> str:
    text, encoding = next((text, encoding) for name, text, encoding in rows if name == wanted)
    return bytes.fromhex(text).hex() if encoding == "hex" else text.encode().hex()


def _contacts(rows: Sequence[Row], prefix: str) -> list[Document]:
    addresses = [text for name, text, _ in rows if name == f"{prefix}-address"]
    ports = [int(text) for name, text, _ in rows if name == f"{prefix}-port"]
    pairs = zip(addresses, ports, strict=True)
    return [{"address": address, "port": port} for address, port in pairs]


def _options(rows: Sequence[Row], first: Mapping[str, str]) -> Document:
    certificate = first.get("authority-certificate")
    return {
        "contacts": _contacts(rows, "bootstrap"),
        "description": first["description"],
        "policy": first.get("policy", "open"),
        "authority_certificate": None if certificate is None else base64.b64decode(certificate).hex(),
        "suites": [int(text) for name, text, _ in rows if name == "suite"] or [1],
        "admits_receivers": first.get("admits-receivers", "false") == "true",
        "origin_auth": first.get("origin-auth", "group"),
        "multicast": next(iter(_contacts(rows, "multicast")), None),
        "max_datagram": int(first.get("max-datagram", "1200")),
    }
