"""A scan over the markup that refuses what no parser shall see, in the order in which it stands.

Implements REQ-DOC-9 to REQ-DOC-16 and REQ-DOC-63. The scan is total: it gives a meaning to any text,
well-formed or not, so that every implementation finds the same first fault. Whether it is well-formed is
asked afterwards.

    <!--   comment, to the next -->           <![CDATA[  refused        <!  refused        <?  refused
    </     end tag, to the next >             <          start tag, to the next > outside quotes
"""

from __future__ import annotations

import re

from coterie import registry
from coterie.documents import opening
from coterie.errors import RemoteError

__all__ = ["scan"]

COMMENT, COMMENT_END = "<!--", "-->"
CDATA = "<![CDATA["
HIGHEST_IN_NAMES = "\u007e"
# a quote without its partner, and a tag without its end, run to the end of the text
START_TAG = re.compile(r"""<(?:[^>"']++|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))*+(?:>|\Z)""")
QUOTED = re.compile(r""""[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)""")
BETWEEN_NAMES = re.compile(r"[\x20\t\r\n=/<>]+")


def scan(text: str, start: int) -> None:
    """Look at all markup of `text` from `start` on; refuse the first that is forbidden."""
    position, depth, elements = start, 0, 0
    while (position := text.find("<", position)) >= 0:
        if text.startswith(COMMENT, position):
            check_comment(depth)
            position = _after(text, COMMENT_END, position + len(COMMENT))
        elif text.startswith("<!", position):
            check_cdata(text, position)
            check_declaration(text, position)
            position += 2
        elif text.startswith("<?", position):
            check_xml_declaration(text, position)
            check_instruction(text, position)
            position += 2
        elif text.startswith("</", position):
            depth = max(depth - 1, 0)
            position = _after(text, ">", position)
        else:
            tag, elements = _start_tag(text, position), elements + 1
            check_tag(tag, elements, depth + 1)
            depth += 0 if tag.endswith("/>") else 1
            position += len(tag)


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found < 0 else found + len(mark)


def _start_tag(text: str, position: int) -> str:
    match = START_TAG.match(text, position)
    assert match is not None  # the text has "<" at this position, and all else is optional
    return match[0]


def check_comment(depth: int) -> None:
    """Refuse a comment inside an element other than the root; `depth` counts the open elements."""
    # REQ-DOC-12: comments stand outside the root, or between its children
    if depth > 1:
        raise RemoteError("misplaced-comment", requirement="REQ-DOC-12")


def check_cdata(text: str, position: int) -> None:
    """Refuse a CDATA section."""
    # REQ-DOC-11: no CDATA section
    if text.startswith(CDATA, position):
        raise RemoteError("cdata-section", requirement="REQ-DOC-11")


def check_declaration(text: str, position: int) -> None:
    """Refuse every markup declaration: with DOCTYPE all entities, notations and defaults are gone as well."""
    # REQ-DOC-9: no document type declaration, nor anything else that begins with <!
    if not text.startswith(CDATA, position):
        raise RemoteError("dtd-forbidden", requirement="REQ-DOC-9")


def check_xml_declaration(text: str, position: int) -> None:
    """Refuse an XML declaration that does not open the text."""
    # REQ-DOC-63: the XML declaration stands directly after the line break, or nowhere
    if opening.DECLARATION_START.match(text, position):
        raise RemoteError("xml-declaration", requirement="REQ-DOC-63")


def check_instruction(text: str, position: int) -> None:
    """Refuse a processing instruction."""
    # REQ-DOC-10: no processing instruction
    if not opening.DECLARATION_START.match(text, position):
        raise RemoteError("processing-instruction", requirement="REQ-DOC-10")


def check_tag(tag: str, elements: int, depth: int) -> None:
    """The rules of a start tag: it is the `elements`th of the document, with `depth` elements open."""
    check_elements(elements)
    check_depth(depth)
    check_names(tag)
    check_attributes(tag)


def check_elements(elements: int) -> None:
    """Refuse the first element beyond the limit."""
    # REQ-DOC-13: at most 256 elements
    if elements > registry.limit("document-elements"):
        raise RemoteError("too-many-elements", requirement="REQ-DOC-13")


def check_depth(depth: int) -> None:
    """Refuse the first element that is nested more deeply than the limit."""
    # REQ-DOC-14: at most 32 elements are open at once
    if depth > registry.limit("document-depth"):
        raise RemoteError("document-too-deep", requirement="REQ-DOC-14")


def check_names(tag: str) -> None:
    """Refuse names that are long or differ between editions of XML; quoted values are left out."""
    # REQ-DOC-15: names have at most 64 characters, and all of them are ASCII
    for name in BETWEEN_NAMES.split(QUOTED.sub(" ", tag)):
        if len(name) > registry.limit("document-name") or any(sign > HIGHEST_IN_NAMES for sign in name):
            raise RemoteError("forbidden-name", requirement="REQ-DOC-15")


def check_attributes(tag: str) -> None:
    """Refuse a tag with more quoted values than the limit of attributes, namespace declarations included."""
    # REQ-DOC-16: at most 16 attributes in one tag
    if len(QUOTED.findall(tag)) > registry.limit("document-attributes"):
        raise RemoteError("too-many-attributes", requirement="REQ-DOC-16")
