"""Comments for the packets of a capture: what a frame is, and the requirements and cases that it shows."""

from __future__ import annotations

from collections.abc import Mapping

from coterie_kit import frames
from coterie_kit.captures.datagrams import Datagram

__all__ = ["comments"]

SHOWN: Mapping[str, tuple[str, str]] = {
    "HELLO1": ("REQ-SES-2 REQ-SES-24", "sessions.hello1.made"),
    "RETRY": ("REQ-SES-1 REQ-SES-2", "sessions.retry.cookie-for-ipv4"),
    "HELLO2": ("REQ-SES-10 REQ-SES-12 REQ-FRM-14", "sessions.hello2.made"),
    "HELLO3": ("REQ-SES-18 REQ-SES-10", "sessions.hello3.made"),
    "ERROR": ("REQ-SES-19", "sessions.error.exact"),
    "SEGMENT": ("REQ-FRM-26", "frames.install.sent-in-segments"),
    "REFUSE": ("REQ-SES-27", "sessions.refuse.made"),
    "PING": ("REQ-SES-26", "sessions.ping.made"),
    "PONG": ("REQ-SES-26", "sessions.ping.answered"),
    "INSTALL": ("REQ-KEY-11 REQ-KEY-18", "keyrun.install.made"),
    "UP": ("REQ-KEY-20", "keyrun.up.first-of-all-suite-1"),
    "DOWN": ("REQ-KEY-20 REQ-KEY-21", "keyrun.down.last-of-all-suite-1"),
    "CONFIRM": ("REQ-KEY-30 REQ-KEY-29", "keyrun.schedule.secrets-suite-1"),
    "DATA": ("REQ-REC-14 REQ-REC-16", "records.sent.sealed-suite-1"),
    "FIND": ("REQ-OVL-23", "overlay.lookup.the-closest"),
    "NODES": ("REQ-OVL-12", "overlay.find.the-closest"),
    "STORE": ("REQ-OVL-28", "overlay.publish.to-the-closest"),
    "STORED": ("REQ-OVL-18", "overlay.store.held"),
    "FETCH": ("REQ-OVL-31", "overlay.fetched.of-the-closest"),
    "VALUES": ("REQ-OVL-19", "overlay.fetch.pages"),
    "DEPART": ("REQ-OVL-22", "overlay.leave.said-to-contacts"),
    "HOST": ("REQ-GRP-24", "groups.host.asked-in-order"),
    "HOSTED": ("REQ-GRP-22", "groups.hosting.accepted"),
}
IN_GROUPS: Mapping[str, str] = {
    "PROPOSE": "REQ-VIE-5 REQ-VIE-6", "FLUSH": "REQ-VIE-10 REQ-VIE-29", "JOIN": "REQ-VIE-21 REQ-VIE-22",
    "LEAVE": "REQ-VIE-24", "DATA": "REQ-MUL-9 REQ-MUL-18", "HEARTBEAT": "REQ-MUL-20 REQ-MUL-10",
    "ALIVE": "REQ-MUL-21", "NACK": "REQ-MUL-24", "GAP": "REQ-MUL-28", "SENDER": "REQ-MUL-2",
    "PROXY": "REQ-MUL-33",
}  # fmt: skip
"""What the frames of a group with views of its own show."""


def comments(packet: Datagram, names: Mapping[str, str], *, in_group: bool = False) -> tuple[str, ...]:
    """Who sends what to whom; and the ids. ``in_group``: the members make their views themselves."""
    try:
        kind = frames.read(packet.payload, 65_000).type
    except frames.Unreadable as unreadable:
        return (f"no frame: {unreadable}",)
    ends = f"{names.get(packet.source, packet.source)} to {names.get(packet.to, packet.to)}"
    if in_group and kind in IN_GROUPS:
        return (f"{kind} from {ends}", f"requirements {IN_GROUPS[kind]}")
    reqs, slug = SHOWN[kind]
    return (f"{kind} from {ends}", f"requirements {reqs}", f"case {slug}")
