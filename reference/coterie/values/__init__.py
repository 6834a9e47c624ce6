"""Stored values: what peers publish under a name, and what a reader makes of what it finds.

Implements the Stored values chapter. Pure functions: the overlay, the clock and the octets are handed in.
`envelope` signs and checks, `checks` are the rules of an envelope, `reading` those of the document in it,
`choosing` makes one answer of several envelopes, `redirects` follows aliases.
"""

from coterie.values.choosing import Found, classes, used
from coterie.values.envelope import Checked, check, sign
from coterie.values.reading import read
from coterie.values.redirects import Chain
from coterie.values.resource import Resource, found_in

__all__ = [
    "Chain",
    "Checked",
    "Found",
    "Resource",
    "check",
    "classes",
    "found_in",
    "read",
    "sign",
    "used",
]
