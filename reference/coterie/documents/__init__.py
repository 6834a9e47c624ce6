"""Documents: what groups publish about themselves. Octets in, values out, and back.

Implements the Documents chapter of the draft. Pure functions: they read no clock and fetch nothing; the
schema is read from the package's data once. Hostile octets raise only `RemoteError`, the caller's mistakes
`LocalError`.
"""

from __future__ import annotations

from coterie.documents.fields import from_fields, to_fields
from coterie.documents.invitation import from_uri, to_uri
from coterie.documents.model import (
    TYPES,
    Contact,
    Document,
    GroupIdRedirect,
    GroupInfo,
    GroupInvitation,
    GroupListEntry,
    GroupMember,
    type_of,
)
from coterie.documents.reading import parse
from coterie.documents.writing import build

__all__ = [
    "TYPES",
    "Contact",
    "Document",
    "GroupIdRedirect",
    "GroupInfo",
    "GroupInvitation",
    "GroupListEntry",
    "GroupMember",
    "build",
    "from_fields",
    "from_uri",
    "parse",
    "to_fields",
    "to_uri",
    "type_of",
]
