"""The two kinds of blame: what a remote peer did wrong, and what our caller did wrong.

Implements the refusals of `spec/registry.toml`; nothing else may be raised by hostile bytes.
"""

from __future__ import annotations

from coterie import registry


class CoterieError(Exception):
    """Base of everything that the package raises on purpose."""


class RemoteError(CoterieError):
    """Bytes from outside were refused; nothing has changed.

    `reason` is a name of the registry, `requirement` the id of the rule that refused, `field` the path of the
    field at fault where one can be named. Failures of cryptography carry no further detail.
    """

    def __init__(self, reason: str, *, requirement: str, field: str | None = None) -> None:
        super().__init__(reason, requirement, field)
        row = registry.reason(reason)
        self.reason = row.name
        self.phase = row.phase
        self.code = row.code
        self.requirement = requirement
        self.field = field

    def __str__(self) -> str:
        # not before somebody asks: of the refusals of a flood nobody reads a word
        where = f" at {self.field}" if self.field else ""
        return f"{self.reason}{where}: {registry.reason(self.reason).text} ({self.requirement})"


class LocalError(CoterieError):
    """The caller asked for something that cannot be done; the message says what to do instead."""


class NoRoomError(LocalError):
    """As much waits already as may wait; the same call will do later, when others have taken some of it."""
