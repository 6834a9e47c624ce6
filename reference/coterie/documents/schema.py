"""The schema step: which elements, attributes and text stand where.

Implements REQ-DOC-24 to REQ-DOC-30 through `schemas/coterie-documents-1.1.xsd`. The schema also limits the
text of values, for readers that have nothing else; here that text is judged by `values`, which is never
laxer and names its reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal
from xml.etree.ElementTree import Element

from coterie import data
from coterie.errors import RemoteError

if TYPE_CHECKING:
    from xmlschema import XMLSchema11, XMLSchemaValidationError

__all__ = ["check"]

Kind = Literal["attribute", "text", "content", "value"]

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
        match kind(violation):
            case "attribute":
                check_attributes(violation)
            case "text":
                check_text(violation)
            case "content":
                check_content(violation, document_type)
            case "value":
                continue


def violations(root: Element) -> Iterator[XMLSchemaValidationError]:
    """Every breach of the schema, that of values included. The tree is in memory: nothing is parsed again."""
    return validator().iter_errors(root)


def check_attributes(violation: XMLSchemaValidationError) -> None:
    """Refuse an attribute that is missing, unknown or of an unknown value."""
    # REQ-DOC-24: exactly the attributes of the tables
    raise RemoteError("schema-invalid", requirement="REQ-DOC-24", field=_where(violation))


def check_text(violation: XMLSchemaValidationError) -> None:
    """Refuse text between elements, and elements within text."""
    # REQ-DOC-25: text only in values, and values hold nothing else
    raise RemoteError("schema-invalid", requirement="REQ-DOC-25", field=_where(violation))


def check_content(violation: XMLSchemaValidationError, document_type: str) -> None:
    """Refuse elements that are missing, unknown, too many or in another order."""
    # REQ-DOC-26 to REQ-DOC-30: the elements of the type's column
    raise RemoteError("schema-invalid", requirement=CONTENT[document_type], field=_where(violation))


def kind(violation: XMLSchemaValidationError) -> Kind:
    """What a breach is about."""
    reason = violation.reason or ""
    # the reasons are sentences of the library; the tests hold it to these beginnings
    if reason.startswith(("attribute ", "missing required attribute")):
        return "attribute"
    if isinstance(violation.obj, str):
        return "value"
    return "text" if reason.startswith(("character data", "a simple content")) else "content"


def _where(violation: XMLSchemaValidationError) -> str | None:
    return violation.elem.tag if violation.elem is not None else None
