"""Sessions: who another peer is, where it is, and which of its frames are new.

Implements the Sessions chapter, and the SEGMENTs of the Frames chapter. `states` has the table of the
handshake, `checks` the rules of HELLO2 and HELLO3, `admission` those of every other signed frame.
"""

from coterie.sessions.assemblies import Assemblies
from coterie.sessions.cookies import Secrets
from coterie.sessions.machine import Advert, Sessions
from coterie.sessions.pings import Pings
from coterie.sessions.session import Session

__all__ = ["Advert", "Assemblies", "Pings", "Secrets", "Session", "Sessions"]
