"""The schema step: which elements, attributes and text stand where.

Implements REQ-DOC-24 to REQ-DOC-30 through `schemas/coterie-documents-1.1.xsd`. The schema also limits the
text of values, for readers that have nothing else; here that text is judged by `values`, which is never
laxer and names its reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from coterie import data
from coterie.errors import RemoteError

if TYPE_CHECKING:
    from xmlschema import XMLSchema11, XMLSchemaValidationError

__all__ = ["check"]

SOURCE = "schemas/coterie-documents-1.1.xsd"
CONTENT = {
    "group-info": "REQ-DOC-26",
    "group-id-redirect": "REQ-DOC-27",
    "group-member": "REQ-DOC-28",
    "group-list-entry": "REQ-DOC-29",
    "group-invitation": "REQ-DOC-30",
}


def source() -> str:
    """The schema, as XML."""
    return data.read_text(SOURCE)


@cache
def validator() -> XMLSchema11:
    """The compiled schema. It reads one file, once; compiling takes about a third of a second."""
    import xmlschema

    return xmlschema.XMLSchema11(source(), allow="none", defuse="always")


def check(root: Element, document_type: str) -> None:
    """Refuse elements, attributes and text that the type does not have; the text of values is not judged."""
    for violation in violations(root):
        if not _is_of_value(violation):
            where = violation.elem.tag if violation.elem is not None else None
            rule = requirement(violation, document_type)
            raise RemoteError("schema-invalid", requirement=rule, field=where)


def violations(root: Element) -> Iterator[XMLSchemaValidationError]:
    """Every breach of the schema, that of values included. The tree is in memory: nothing is parsed again."""
    return validator().iter_errors(root)


def requirement(violation: XMLSchemaValidationError, document_type: str) -> str:
    """Which rule a breach of structure broke."""
    reason = violation.reason or ""
    # REQ-DOC-24: no other attributes than those of the tables
    if "attribute" in reason:
        return "REQ-DOC-24"
    # REQ-DOC-25: text only in values, and values hold nothing else
    if "character data" in reason or "simple content" in reason:
        return "REQ-DOC-25"
    return CONTENT[document_type]


def _is_of_value(violation: XMLSchemaValidationError) -> bool:
    """Whether the breach is in the text of an element: then the checked object is that text."""
    return isinstance(violation.obj, str) and not (violation.reason or "").startswith("attribute ")
