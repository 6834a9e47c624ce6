"""The roll of a peer's groups: all that it is in, looks for, or asks about, by number.

Implements nothing itself but the bound on their number.
"""

from __future__ import annotations

from collections.abc import Iterator

from coterie import registry
from coterie.errors import LocalError
from coterie.groups import wishes
from coterie.groups.group import Alarm, Group
from coterie.groups.looking import Look
from coterie.groups.states import Input, State
from coterie.groups.surroundings import Surroundings
from coterie.groups.wishes import Wish
from coterie.vocabulary import OverlayId

PRESENT = frozenset({State.ENTERING, State.MEMBER, State.LEAVING})
"""In these states the peer is in the overlay of the group."""


class Roll:
    """Groups by number. Fetches have numbers of the same row."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._groups: dict[int, Group] = {}
        self._last = 0

    def __iter__(self) -> Iterator[Group]:
        return iter(tuple(self._groups.values()))

    def __len__(self) -> int:
        return len(self._groups)

    def number(self) -> int:
        """The next one."""
        self._last += 1
        return self._last

    def new(self, wish: Wish, look: Look) -> Group:
        """A group that does not stand on the roll yet. `LocalError` for a wish that cannot be fulfilled, and
        for one group too many."""
        wishes.check(wish)
        check_room(len(self._groups))
        return Group(self.number(), wish, look)

    def enter(self, group: Group) -> None:
        """It stands on the roll."""
        self._groups[group.number] = group

    def get(self, number: int) -> Group | None:
        """The group of that number."""
        return self._groups.get(number)

    def drop(self, group: Group, given: Input) -> None:
        """Nothing is left of it."""
        group.step(given)
        del self._groups[group.number]

    def is_in(self, overlay: OverlayId) -> bool:
        """Whether the peer is in that overlay, or on its way into it."""
        return self._around.is_in(overlay) or self.known(overlay) is not None

    def known(self, overlay: OverlayId) -> Group | None:
        """The group of that overlay, if it is known by now."""
        return next((each for each in self if each.known and each.known.overlay == overlay), None)

    def present(self, overlay: OverlayId) -> Group | None:
        """The group of that overlay, if the peer is there by this machine."""
        known = self.known(overlay)
        return known if known is not None and known.state in PRESENT else None

    def check_outside(self, overlay: OverlayId) -> None:
        """`LocalError` unless the peer is outside."""
        if self.is_in(overlay):
            raise LocalError("this peer is in that group, or on its way; leave it first")

    def remembered(self) -> Iterator[tuple[object, ...]]:
        """What the next life is to know of those that the peer comes back to, cheap to compare."""
        return (
            (group.number, group.state is State.MEMBER, group.others, group.is_told)
            for group in self
            if group.is_kept
        )

    def alarms(self) -> Iterator[tuple[int, int, Alarm]]:
        """What is to happen when, and to which group."""
        for group in self:
            for alarm, at in group.alarms.items():
                yield at, group.number, alarm


def check_room(groups: int) -> None:
    """`LocalError` when the peer deals with as many groups as it may."""
    if groups >= registry.limit("groups"):
        raise LocalError("this peer is in as many groups as it may be, or asks for them; leave one of them")
