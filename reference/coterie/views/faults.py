"""Proof that a member broke the run: refusals that end it and name who did.

Implements REQ-KEY-28, REQ-KEY-32 and REQ-KEY-39.
"""

from __future__ import annotations

from coterie.errors import RemoteError
from coterie.vocabulary import NodeId


class RunError(RemoteError):
    """A refusal that ends the run with `digest`: `culprit` signed what cannot be; `accuser` showed it, where
    another did."""

    def __init__(
        self, reason: str, *, requirement: str, digest: bytes, culprit: NodeId, accuser: NodeId | None = None
    ) -> None:
        super().__init__(reason, requirement=requirement)
        self.digest = digest
        self.culprit = culprit
        self.accuser = accuser
