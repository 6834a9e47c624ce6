"""The kit's own reading and writing of stored values, written from the draft alone.

Writing builds whatever it is asked for, hostile lengths included; reading keeps the order of checks of the
draft. What is refused is ``Unreadable``, with the reason of the registry.
"""

from coterie_kit.values.checking import Taken, check, read
from coterie_kit.values.choosing import Found, choose, classes_of, follow, found_in, used_of
from coterie_kit.values.envelope import KINDS, Envelope, parse, resource_key, signed_octets

__all__ = [
    "KINDS", "Envelope", "Found", "Taken", "check", "choose", "classes_of", "follow", "found_in", "parse",
    "read", "resource_key", "signed_octets", "used_of",
]  # fmt: skip
