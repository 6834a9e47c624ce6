"""What a group tells a program: messages, and who is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from coterie.vocabulary import NodeId, ViewId

SHOWN = 8
"""Hexadecimal digits by which a member without a name is shown."""


class Member(NamedTuple):
    """A member: its Node-ID in the group, and the name that its leaf carries, which nobody vouches for."""

    node: NodeId
    name: str

    def __str__(self) -> str:
        return self.name or self.node.hex()[:SHOWN]


class Message(NamedTuple):
    """A message of a member, its own ones included.

    `view`, `sequence` and `timestamp` are its place. `regular` is False for what is delivered while the view
    closes: only the members that go on together are sure to have it.
    """

    sender: Member
    payload: bytes
    view: ViewId
    sequence: int
    timestamp: int
    regular: bool = True


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is in the group from now on, in the order of the view; who is new and who is gone since the one
    before.

    `together` are those that come from the same view, and have delivered the same messages in it. Without
    members: this program is not in the group any more.
    """

    view: ViewId
    members: tuple[Member, ...]
    joined: tuple[Member, ...]
    left: tuple[Member, ...]
    together: tuple[Member, ...]
