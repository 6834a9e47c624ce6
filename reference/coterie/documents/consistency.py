"""Rules between several values of one document.

Implements REQ-DOC-49 and REQ-DOC-53 to REQ-DOC-55; asked in this order, after each value alone.
"""

from __future__ import annotations

from coterie.documents.model import MANDATORY_SUITES, Document, GroupInfo, GroupInvitation
from coterie.errors import RemoteError

__all__ = ["check"]


def check(document: Document) -> None:
    """Refuse a document whose values are good alone, and not together."""
    match document:
        case GroupInfo():
            check_suites(document)
            check_authority(document)
            check_receivers(document)
        case GroupInvitation():
            check_suites(document.info)
            check_fingerprint(document)
            check_receivers(document.info)
        case _:
            return


def check_suites(info: GroupInfo) -> None:
    """Refuse suites in disorder, and a list that not every peer can serve."""
    # REQ-DOC-49: strictly ascending, with the mandatory suite
    ascending = all(lower < higher for lower, higher in zip(info.suites, info.suites[1:], strict=False))
    if not ascending or not set(MANDATORY_SUITES) <= set(info.suites):
        raise RemoteError("bad-suites", requirement="REQ-DOC-49", field="suite")


def check_authority(info: GroupInfo) -> None:
    """Refuse a closed group without authority, and an open one with it."""
    # REQ-DOC-53: authority-certificate is there exactly when policy is closed
    if (info.policy == "closed") != (info.authority_certificate is not None):
        raise RemoteError("contradiction", requirement="REQ-DOC-53", field="authority-certificate")


def check_fingerprint(invitation: GroupInvitation) -> None:
    """Refuse an invitation to a closed group that names no authority, and one to an open group that does."""
    closed = invitation.info.policy == "closed"
    # REQ-DOC-54: authority-fingerprint is there exactly when policy is closed; a certificate only then
    if closed != (invitation.authority_fingerprint is not None):
        raise RemoteError("contradiction", requirement="REQ-DOC-54", field="authority-fingerprint")
    if not closed and invitation.info.authority_certificate is not None:
        raise RemoteError("contradiction", requirement="REQ-DOC-54", field="authority-certificate")


def check_receivers(info: GroupInfo) -> None:
    """Refuse a group whose receivers could forge what its members say."""
    # REQ-DOC-55: a group that admits receivers authenticates origins by signature
    if info.admits_receivers and info.origin_auth != "sender":
        raise RemoteError("contradiction", requirement="REQ-DOC-55", field="origin-auth")
