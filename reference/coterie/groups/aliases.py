"""Other names of groups.

Implements REQ-GRP-14.
"""

from __future__ import annotations

from coterie import documents
from coterie.crypto import names
from coterie.documents import GroupIdRedirect
from coterie.errors import LocalError, RemoteError
from coterie.groups import advertising
from coterie.groups.steps import Place, Publish
from coterie.values import kinds
from coterie.values.resource import Resource


def place_of(alias: bytes) -> Place:
    """Where an alias stands. `LocalError` for a name that is no Group-ID."""
    try:
        # REQ-GRP-14: under the alias, with its own Overlay-ID, and no authority, as slot
        return Resource.of(kinds.GROUP_INFO, alias), names.overlay_id(alias)
    except RemoteError as refused:
        raise LocalError(f"there is no such alias: {refused}") from refused


def redirect(alias: bytes, group: bytes, leaf: bytes) -> Publish:
    """That an alias means a group. `leaf` is DER."""
    resource, slot = place_of(alias)
    return Publish(resource, slot, advertising.lifetime(), documents.build(GroupIdRedirect(group)), leaf)
