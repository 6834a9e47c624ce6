"""Multicast: messages among the members of a view, in one order for all.

Implements the Multicast chapter. `machine` has the verbs; each other module is one noun of the chapter.
"""

from coterie.multicast.machine import Multicast

__all__ = ["Multicast"]
