"""Reading: the steps of the chapter in their order, from octets to a value.

Implements REQ-DOC-1 and REQ-DOC-56. Nothing but the octets is looked at: no file, no network.

    >>> parse(b'GROUP-MANAGEMENT:\\n<group_management type="group-member">...</group_management>')
    GroupMember(peer_id=b'...', name=None)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from coterie.documents import consistency, markup, opening, schema, tree, values
from coterie.documents.model import (
    MANDATORY_SUITES,
    Contact,
    Document,
    GroupIdRedirect,
    GroupInfo,
    GroupInvitation,
    GroupListEntry,
    GroupMember,
)

__all__ = ["parse", "read"]


def parse(data: bytes) -> Document:
    """The document in `data`, header line included. `RemoteError`: reason of the first failed check."""
    # REQ-DOC-1: opening, markup, well-formedness, namespaces, root and type, schema, values, consistency
    text, start = opening.open_document(data)
    markup.scan(text, start)
    root = tree.parse(text)
    tree.check_namespaces(root)
    return read(root, tree.document_type(root))


def read(root: Element, document_type: str) -> Document:
    """The document of a tree whose type is known."""
    schema.check(root, document_type)
    document = ASSEMBLE[document_type](content(root))
    consistency.check(document)
    return document


@dataclass(frozen=True, slots=True)
class Content:
    """The values of a document in its order, by the names of their elements."""

    pairs: tuple[tuple[str, Any], ...]

    def all(self, name: str) -> tuple[Any, ...]:
        """Every value of the elements called `name`."""
        return tuple(value for key, value in self.pairs if key == name)

    def one(self, name: str, absent: Any = None) -> Any:
        """The value of the first element called `name`, or what its absence means."""
        return next(iter(self.all(name)), absent)

    def contacts(self, prefix: str) -> tuple[Contact, ...]:
        """Address and port of each pair."""
        pairs = zip(self.all(f"{prefix}-address"), self.all(f"{prefix}-port"), strict=False)
        return tuple(Contact(address, port) for address, port in pairs)


def content(root: Element) -> Content:
    """The values of our elements, each by its own rule. Elements of other namespaces are passed over."""
    # REQ-DOC-56: elements of other namespaces are ignored, and so are all attributes that are not looked for
    own = (element for element in root if element.tag in VALUES)
    return Content(tuple((element.tag, value(element)) for element in own))


def value(element: Element) -> Any:
    """The value of one element."""
    return VALUES[element.tag](element.text or "", element)


Rule = Callable[[str, Element], Any]

VALUES: Mapping[str, Rule] = {
    "bootstrap-address": lambda text, element: values.unicast_address(text, element.tag),
    "bootstrap-port": lambda text, element: values.port(text, element.tag),
    "description": lambda text, element: values.description(text, element.tag),
    "policy": lambda text, element: values.policy(text, element.tag),
    "authority-certificate": lambda text, element: values.certificate(text, element.tag),
    "suite": lambda text, element: values.suite(text, element.tag),
    "admits-receivers": lambda text, element: values.flag(text, element.tag),
    "origin-auth": lambda text, element: values.origin_auth(text, element.tag),
    "multicast-address": lambda text, element: values.multicast_address(text, element.tag),
    "multicast-port": lambda text, element: values.port(text, element.tag),
    "max-datagram": lambda text, element: values.max_datagram(text, element.tag),
    "actual-group-id": lambda text, element: values.group_id(text, _encoding(element), element.tag),
    "group-id": lambda text, element: values.group_id(text, _encoding(element), element.tag),
    "main-group-id": lambda text, element: values.group_id(text, _encoding(element), element.tag),
    "peer-id": lambda text, element: values.digest(text, element.tag),
    "name": lambda text, element: values.member_name(text, element.tag),
    "authority-fingerprint": lambda text, element: values.digest(text, element.tag),
    "main-bootstrap-address": lambda text, element: values.unicast_address(text, element.tag),
    "main-bootstrap-port": lambda text, element: values.port(text, element.tag),
}


def _encoding(element: Element) -> str:
    return element.attrib.get("encoding", "as-is")


def group_info(found: Content) -> GroupInfo:
    """A group-info, or the part of an invitation that reads like one."""
    present = {
        "policy": found.one("policy"),
        "authority_certificate": found.one("authority-certificate"),
        "suites": found.all("suite") or MANDATORY_SUITES,
        "admits_receivers": found.one("admits-receivers"),
        "origin_auth": found.one("origin-auth"),
        "multicast": next(iter(found.contacts("multicast")), None),
        "max_datagram": found.one("max-datagram"),
    }
    given = {name: value for name, value in present.items() if value is not None}
    return GroupInfo(found.contacts("bootstrap"), found.one("description", ""), **given)


def group_invitation(found: Content) -> GroupInvitation:
    """An invitation."""
    return GroupInvitation(
        group_id=found.one("group-id"),
        info=group_info(found),
        authority_fingerprint=found.one("authority-fingerprint"),
        main_group_id=found.one("main-group-id"),
        main_contacts=found.contacts("main-bootstrap"),
    )


ASSEMBLE: Mapping[str, Callable[[Content], Document]] = {
    "group-info": group_info,
    "group-id-redirect": lambda found: GroupIdRedirect(found.one("actual-group-id")),
    "group-member": lambda found: GroupMember(found.one("peer-id"), found.one("name")),
    "group-list-entry": lambda found: GroupListEntry(found.one("group-id"), found.one("description")),
    "group-invitation": group_invitation,
}
