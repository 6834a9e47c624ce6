"""Groups, names and members as the lines of a daemon show them."""

from __future__ import annotations

from coterie.application.daemon.room import Room
from coterie.application.lines import member
from coterie.effects import Json


def named(octets: bytes, what: str = "group") -> Json:
    """A name: as text where it is text, else in hexadecimal."""
    try:
        return {what: octets.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{what}_hex": octets.hex()}


def room(shown: Room) -> Json:
    """A group that the daemon is in."""
    return {
        **named(shown.name),
        "overlay": shown.overlay.hex(),
        "view": None if shown.view is None else shown.view.hex(),
        "members": [member(each) for each in shown.members],
    }
