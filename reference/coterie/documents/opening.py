"""The opening of a document: size, header line, encoding, characters and XML declaration.

Implements REQ-DOC-2 to REQ-DOC-8 and REQ-DOC-19. Nothing here looks at an element.
"""

from __future__ import annotations

import re

from coterie import registry
from coterie.errors import RemoteError

__all__ = ["open_document"]

HEADER = b"GROUP-MANAGEMENT:"
LINE_BREAKS = (b"\n", b"\r\n")
WHITE_SPACE = " \t\r\n"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DECLARATION_START = re.compile(r"<\?xml[ \t\r\n]")
_S = r"[\x20\t\r\n]"
DECLARATION = re.compile(
    rf"<\?xml{_S}+version{_S}*={_S}*(?:\"1\.0\"|'1\.0')"
    rf"(?:{_S}+encoding{_S}*={_S}*(?:\"(?P<double>[A-Za-z][A-Za-z0-9._-]*)\"|'(?P<single>[A-Za-z][A-Za-z0-9._-]*)'))?"
    rf"(?:{_S}+standalone{_S}*={_S}*(?:\"(?:yes|no)\"|'(?:yes|no)'))?{_S}*\?>"
)


def open_document(data: bytes) -> tuple[str, int]:
    """The XML text after the header line, and where in it the first markup after a declaration may begin."""
    check_size(data)
    text = decode(data[header_length(data) :])
    check_byte_order_mark(text)
    check_characters(text)
    check_start(text)
    return text, declaration_length(text)


def check_size(data: bytes) -> None:
    """Refuse what is longer than a stored value may be."""
    # REQ-DOC-2: at most 8,192 octets, before anything else is looked at
    if len(data) > registry.limit("document"):
        raise RemoteError("document-too-long", requirement="REQ-DOC-2")


def header_length(data: bytes) -> int:
    """How many octets the header line has, its line break included."""
    # REQ-DOC-3: GROUP-MANAGEMENT: and LF or CRLF, to the letter
    for line_break in LINE_BREAKS:
        if data.startswith(HEADER + line_break):
            return len(HEADER + line_break)
    raise RemoteError("not-a-group-document", requirement="REQ-DOC-3")


def decode(octets: bytes) -> str:
    """The octets as text."""
    # REQ-DOC-4: UTF-8; overlong forms, surrogates and values above U+10FFFF are none
    try:
        return octets.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise RemoteError("document-encoding", requirement="REQ-DOC-4") from None


def check_byte_order_mark(text: str) -> None:
    """Refuse U+FEFF, wherever it stands."""
    # REQ-DOC-19: no byte order mark
    if "\ufeff" in text:
        raise RemoteError("document-encoding", requirement="REQ-DOC-19")


def check_characters(text: str) -> None:
    """Refuse characters that no XML document can hold."""
    # REQ-DOC-5: only characters of the production Char of XML 1.0
    if NOT_XML.search(text):
        raise RemoteError("document-character", requirement="REQ-DOC-5")


def check_start(text: str) -> None:
    """Refuse a header line that no XML document follows."""
    # REQ-DOC-6: white space, then a less-than sign
    if not text.lstrip(WHITE_SPACE).startswith("<"):
        raise RemoteError("not-a-group-document", requirement="REQ-DOC-6")


def declaration_length(text: str) -> int:
    """How long the XML declaration is that the text begins with; 0 without one."""
    if not DECLARATION_START.match(text):
        return 0
    # REQ-DOC-7: a declaration has the form of XML 1.0 and says version 1.0
    match = DECLARATION.match(text)
    if match is None:
        raise RemoteError("xml-declaration", requirement="REQ-DOC-7")
    check_declared_encoding(match["double"] or match["single"] or "UTF-8")
    return match.end()


def check_declared_encoding(name: str) -> None:
    """Refuse a declaration that contradicts the encoding."""
    # REQ-DOC-8: an encoding that is declared is UTF-8, in any mixture of case
    if name.upper() != "UTF-8":
        raise RemoteError("document-encoding", requirement="REQ-DOC-8")
