"""Why a lookup goes on, and why a request was sent: whom its end is told.

Implements nothing itself; it is how the parts of the overlay machine know their own again. Numbers count the
lookups, publications and fetches of one peer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A FIND that a path of a lookup waits for."""

    lookup: int
    path: int


@dataclass(frozen=True, slots=True)
class Storing:
    """A STORE of a publication."""

    publication: int


@dataclass(frozen=True, slots=True)
class Paging:
    """A FETCH of a page."""

    fetch: int


@dataclass(frozen=True, slots=True)
class Hosting:
    """A HOST, for whoever has that number."""

    asker: int


Purpose = Step | Storing | Paging | Hosting
"""Why a request was sent."""


@dataclass(frozen=True, slots=True)
class Entering:
    """The lookup of the own Node-ID."""


@dataclass(frozen=True, slots=True)
class Refreshing:
    """A lookup of anything, to meet peers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A lookup that the user asked for."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """A lookup of those who are to hold a value."""

    publication: int


@dataclass(frozen=True, slots=True)
class Fetching:
    """A lookup of those who hold values."""

    fetch: int


Aim = Entering | Refreshing | Finding | Publishing | Fetching
"""Why a lookup goes on."""
