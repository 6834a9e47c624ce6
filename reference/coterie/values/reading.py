"""What the value of an envelope says, and whether its publisher may say it.

Implements REQ-VAL-12 to REQ-VAL-14. Storers never come here; each rule is looked up in this module when it is
applied.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie import documents
from coterie.crypto import certificate, keys, leaf, names, policy, usage
from coterie.crypto.der import MalformedDer
from coterie.crypto.leaf import Shown
from coterie.documents import Document, GroupIdRedirect, GroupInfo, GroupListEntry, GroupMember
from coterie.errors import RemoteError
from coterie.values import kinds
from coterie.values.envelope import Checked
from coterie.vocabulary import OverlayId

DOCUMENTS: Mapping[str, tuple[type[Document], ...]] = {
    kinds.GROUP_INFO: (GroupInfo, GroupIdRedirect),
    kinds.GROUP_MEMBERS: (GroupMember,),
    kinds.GROUP_LIST: (GroupListEntry,),
}
"""The documents that each kind has."""


def read(checked: Checked, wall_ms: int) -> Document | None:
    """The document in an envelope, None in a tombstone; `RemoteError` with its first fault."""
    if checked.is_tombstone:
        return None
    document = documents.parse(checked.envelope.value)
    check_type(checked.kind, document)
    match document:
        case GroupInfo() | GroupIdRedirect():
            check_slot(checked, document)
        case GroupMember():
            check_publisher(checked.publisher, document)
        case _:
            pass
    if isinstance(document, GroupInfo) and document.authority_certificate is not None:
        check_admitted(checked, document.authority_certificate, wall_ms)
    return document


def check_type(kind: str, document: Document) -> None:
    """The document is of a type that the kind has."""
    # REQ-VAL-12: a good document in the wrong place misleads
    if not isinstance(document, DOCUMENTS[kind]):
        raise RemoteError("wrong-document", requirement="REQ-VAL-12", field="value")


def check_slot(checked: Checked, document: GroupInfo | GroupIdRedirect) -> None:
    """The slot is the group that the document is about."""
    # REQ-VAL-13: else a value could hide in the slot of another group
    if checked.envelope.slot != names.overlay_id(checked.envelope.name, authority_of(document)):
        raise RemoteError("slot-mismatch", requirement="REQ-VAL-13", field="slot")


def authority_of(document: GroupInfo | GroupIdRedirect) -> bytes:
    """The hash of the authority's key, empty where the document has no authority."""
    stated = document.authority_certificate if isinstance(document, GroupInfo) else None
    return b"" if stated is None else names.authority_hash(authority_key(stated))


def authority_key(der: bytes) -> bytes:
    """The SPKI in the authority's certificate; `RemoteError` `slot-mismatch` where there is none of LEF-4."""
    try:
        spki = certificate.parse(der).spki
        keys.public_key(spki)
    except (MalformedDer, ValueError):
        # REQ-VAL-13: what cannot be named has no slot
        raise RemoteError("slot-mismatch", requirement="REQ-VAL-13", field="value") from None
    return spki


def check_publisher(publisher: bytes, document: GroupMember) -> None:
    """A member says only of itself that it is one."""
    # REQ-VAL-13: nobody is made a member by others
    if document.peer_id != publisher:
        raise RemoteError("publisher-mismatch", requirement="REQ-VAL-13", field="value")


def check_admitted(checked: Checked, authority: bytes, wall_ms: int) -> None:
    """Where a closed group is, only those say whom its authority admitted."""
    # REQ-VAL-14: LEF-11 under closed, LEF-12 and LEF-13, for the overlay of the slot
    shown = Shown(
        certificate.parse(checked.envelope.leaf),
        policy.closed(authority),
        OverlayId(checked.envelope.slot),
        wall_ms // 1000,
    )
    leaf.check_lifetime(shown)
    leaf.check_admission(shown)
    leaf.check_issuer(shown)
    check_member(shown)


def check_member(shown: Shown) -> None:
    """A leaf that admits somebody admits a member."""
    # REQ-VAL-14: whoever only listens does not say where the others are
    if shown.usage.alternative_names != (usage.uri(f"urn:coterie:{shown.overlay.hex()}:member"),):
        raise leaf.refusal("leaf-name", "REQ-VAL-14", "subject_alternative_name")
