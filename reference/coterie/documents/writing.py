"""Writing: the one rendering of each document.

Implements REQ-DOC-57 to REQ-DOC-59. What is written is read again before it leaves, so that nothing can be
published that a reader would refuse.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from coterie import registry
from coterie.documents import opening, reading, tree, values
from coterie.documents.model import (
    MANDATORY_SUITES,
    Contact,
    Document,
    GroupIdRedirect,
    GroupInfo,
    GroupInvitation,
    GroupListEntry,
    GroupMember,
    type_of,
)
from coterie.errors import LocalError, RemoteError

__all__ = ["Line", "build", "lines", "render"]

HEADER_LINE = opening.HEADER.decode("ascii") + "\n"
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

Line = tuple[str, str, str | None]
"""Name, text and, for identifiers, encoding of one element."""


def build(document: Document) -> bytes:
    """The octets of a document. `LocalError` for values that no document can have."""
    octets = render(type_of(document), list(lines(document)))
    try:
        written = reading.parse(octets)
    except RemoteError as refusal:
        raise LocalError(f"no {type_of(document)} can say this; change it: {refusal}") from refusal
    if written != document:
        raise LocalError(f"a {type_of(document)} would read back differently; give each value its own type")
    return octets


def render(document_type: str, content: list[Line]) -> bytes:
    """The canonical octets: LF, two spaces, no declaration, no comment, one element a line."""
    # REQ-DOC-57: one rendering
    body = "".join(f"  {_element(*line)}\n" for line in content)
    text = f'{HEADER_LINE}<{tree.ROOT} type="{document_type}">\n{body}</{tree.ROOT}>\n'
    return text.encode("utf-8", "surrogatepass")


def _element(name: str, text: str, encoding: str | None) -> str:
    attribute = f' encoding="{encoding}"' if encoding else ""
    return f"<{name}{attribute}>{text.translate(ESCAPES)}</{name}>"


def lines(document: Document) -> Iterator[Line]:
    """The elements of a document in the order of its schema."""
    match document:
        case GroupInfo():
            yield from _info(document)
        case GroupIdRedirect(actual):
            yield identifier("actual-group-id", actual)
        case GroupMember(peer_id, name):
            yield "peer-id", peer_id.hex(), None
            yield from _optional("name", name)
        case GroupListEntry(group_id, description):
            yield identifier("group-id", group_id)
            yield from _optional("description", description)
        case GroupInvitation():
            yield from _invitation(document)


def _info(info: GroupInfo) -> Iterator[Line]:
    for contact in info.contacts:
        yield from _contact("bootstrap", contact)
    yield "description", info.description, None
    if is_stated(info.policy, "open"):
        yield "policy", info.policy, None
    if info.authority_certificate is not None:
        yield "authority-certificate", base64.b64encode(info.authority_certificate).decode("ascii"), None
    if is_stated(info.suites, MANDATORY_SUITES):
        yield from (("suite", str(code), None) for code in info.suites)
    if is_stated(info.admits_receivers, False):
        yield "admits-receivers", "true" if info.admits_receivers else "false", None
    if is_stated(info.origin_auth, "group"):
        yield "origin-auth", info.origin_auth, None
    if info.multicast is not None:
        yield from _contact("multicast", info.multicast)
    if is_stated(info.max_datagram, registry.limit("datagram")):
        yield "max-datagram", str(info.max_datagram), None


def is_stated(value: object, absent: object) -> bool:
    """Whether an option is written; `absent` is what its absence means."""
    # REQ-DOC-59: an element that says what its absence says is left out
    return value != absent


def _invitation(invitation: GroupInvitation) -> Iterator[Line]:
    yield identifier("group-id", invitation.group_id)
    yield from _info(invitation.info)
    if invitation.authority_fingerprint is not None:
        yield "authority-fingerprint", invitation.authority_fingerprint.hex(), None
    if invitation.main_group_id is not None:
        yield identifier("main-group-id", invitation.main_group_id)
    for contact in invitation.main_contacts:
        yield from _contact("main-bootstrap", contact)


def _contact(prefix: str, contact: Contact) -> Iterator[Line]:
    yield f"{prefix}-address", contact.address, None
    yield f"{prefix}-port", str(contact.port), None


def _optional(name: str, text: str | None) -> Iterator[Line]:
    if text is not None:
        yield name, text, None


def identifier(name: str, octets: bytes) -> Line:
    """A Group-ID as it is, where its octets are such a text; else in hexadecimal digits."""
    # REQ-DOC-58: as-is whenever the octets are a text that may stand so
    try:
        text = octets.decode("utf-8")
        opening.check_byte_order_mark(text)
        opening.check_characters(text)
        values.text_id(text, name)
    except (UnicodeDecodeError, RemoteError):
        return name, octets.hex(), "hex"
    return name, text, "as-is"
