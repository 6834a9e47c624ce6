"""From scanned text to a tree of elements, and what is asked of the tree before the schema is.

Implements REQ-DOC-17, REQ-DOC-18 and REQ-DOC-20 to REQ-DOC-23. The parser is Expat without any handler that
could fetch something; the scan before it has left no construct that refers to anything outside of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from coterie.documents import model
from coterie.errors import RemoteError

__all__ = ["ROOT", "document_type", "parse"]

ROOT = "group_management"
SEPARATOR = "\f"  # no document has this character
RESERVED_NAMESPACES = ("http://www.w3.org/2001/XInclude", "http://www.w3.org/2001/XMLSchema-instance")
TYPE_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
# REQ-DOC-23: the spellings in the prose of the first draft
SPELLINGS = {"group_info": "group-info", "group_id_redirect": "group-id-redirect"}


def parse(text: str) -> Element:
    """The root of a well-formed document; names in a namespace are written `{namespace}name`."""
    builder = TreeBuilder()
    parser = expat.ParserCreate("utf-8", SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: builder.start(
        _name(name), {_name(key): value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda name: builder.end(_name(name))
    parser.CharacterDataHandler = builder.data
    # REQ-DOC-17: well-formed, also by the rules of namespaces
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError:
        raise RemoteError("not-well-formed", requirement="REQ-DOC-17") from None
    return builder.close()


def _name(name: str) -> str:
    namespace, separator, local = name.rpartition(SEPARATOR)
    # a namespace may hold braces, and they would end it too early in the name of an element
    return f"{{{namespace.replace('{', '%7B').replace('}', '%7D')}}}{local}" if separator else name


def _namespaces(root: Element) -> Iterator[str]:
    for element in root.iter():
        for name in (element.tag, *element.attrib):
            if name.startswith("{"):
                yield name[1:].rpartition("}")[0]


def check_namespaces(root: Element) -> None:
    """Refuse names that ask a reader to fetch something or to read a type into the document."""
    # REQ-DOC-18: no element or attribute of XInclude or of XML Schema instance
    if any(namespace in RESERVED_NAMESPACES for namespace in _namespaces(root)):
        raise RemoteError("reserved-namespace", requirement="REQ-DOC-18")


def check_root(root: Element) -> None:
    """Refuse another root."""
    # REQ-DOC-20: group_management, in no namespace
    if root.tag != ROOT:
        raise RemoteError("wrong-root", requirement="REQ-DOC-20")


def document_type(root: Element) -> str:
    """The type of the document in the spelling with hyphens."""
    check_root(root)
    name = root.attrib.get("type", "")
    check_type_name(name)
    name = SPELLINGS.get(name, name)
    check_type_known(name)
    return name


def check_type_name(name: str) -> None:
    """Refuse a document without a type, and a type in another case."""
    # REQ-DOC-21: type is there and is a name of lower-case letters, digits, hyphens and underscores
    if not TYPE_NAME.fullmatch(name):
        raise RemoteError("bad-document-type", requirement="REQ-DOC-21", field="type")


def check_type_known(name: str) -> None:
    """Refuse a type of a later revision, by a reason of its own."""
    # REQ-DOC-22: the type is one of the table
    if name not in model.TYPES:
        raise RemoteError("unsupported-document-type", requirement="REQ-DOC-22", field="type")
