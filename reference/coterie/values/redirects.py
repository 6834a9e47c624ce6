"""Following redirects, from one name to the next, and no further than is reasonable.

Implements REQ-VAL-18.
"""

from __future__ import annotations

from collections.abc import Sequence

from coterie import registry
from coterie.errors import RemoteError


class Chain:
    """The names that a lookup has come by, the first of them the one that was asked for."""

    def __init__(self, name: bytes) -> None:
        self._names = [name]

    @property
    def name(self) -> bytes:
        """The name to look up next."""
        return self._names[-1]

    def follow(self, target: bytes) -> None:
        """Go on to the target of a redirect; `RemoteError` `redirect-loop` or `redirect-depth`, and the chain
        stays where it is."""
        check_new(self._names, target)
        check_depth(len(self._names))
        self._names.append(target)


def check_new(names: Sequence[bytes], target: bytes) -> None:
    """The chain was not at this name before."""
    # REQ-VAL-18: no name comes twice
    if target in names:
        raise RemoteError("redirect-loop", requirement="REQ-VAL-18")


def check_depth(redirects: int) -> None:
    """`redirects`, with the one about to be followed, are not too many."""
    # REQ-VAL-18: at most 4 in a row
    if redirects > registry.limit("redirects"):
        raise RemoteError("redirect-depth", requirement="REQ-VAL-18")
