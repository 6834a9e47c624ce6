"""How a group is followed: by the program, and by a trace where the settings name a folder for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.runtime.chronicle import Chronicle
from coterie.runtime.station import Reader
from coterie.runtime.system import wall_ms
from coterie.traces import Trace
from coterie.vocabulary import OverlayId

if TYPE_CHECKING:
    from coterie.application.connection import Connection
    from coterie.application.group import Group

TRACE_NAME = 16
"""Hexadecimal digits of the Node-ID in the name of a trace file."""


def reader(connection: Connection, overlay: OverlayId, group: Group) -> Reader:
    """Who is told of an overlay's events; the first line of the trace is written."""
    settings, station = connection.settings, connection.station
    if settings.trace is None:
        return Reader(group.told, group.failed)
    node = station.node(overlay)
    chronicle = Chronicle(settings.trace / f"{node.hex()[:TRACE_NAME]}.jsonl")
    trace = Trace(node, station.peer.incarnation, group.service.value, chronicle.lines, settings.deep_trace)
    # a node that has lines and no state has lost it
    state = "lost" if chronicle.lines and connection.state == "first" else connection.state
    chronicle.write([trace.start(state, wall_ms())])
    return Reader(group.told, group.failed, trace, chronicle)
