"""A peer that stays: in the main overlay, and in any number of groups that it is asked to be in.

`Resident` is the peer at work, `Control` the socket by which programs of the same user ask it for something.
"""

from __future__ import annotations

from coterie.application.daemon.control import Control
from coterie.application.daemon.home import Home
from coterie.application.daemon.resident import Resident

__all__ = ["Control", "Home", "Resident"]
