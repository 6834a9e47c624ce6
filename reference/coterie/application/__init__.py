"""Groups for programs: `Connection` and `Group`, as the second seed of the draft has them.

A program sets a name and connects, names a group and joins it, sends, and is told of every message and of
every change of the membership, in one order that all members share. `connection` and `group` are for asyncio,
`blocking` is the same without it, `server` the same over TCP.
"""

from coterie.application.connection import Connection
from coterie.application.group import Group
from coterie.application.settings import Service, Settings
from coterie.application.told import Member, Membership, Message

__all__ = ["Connection", "Group", "Member", "Membership", "Message", "Service", "Settings"]
