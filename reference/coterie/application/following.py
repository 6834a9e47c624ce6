"""How a group is followed: by the program, and by a trace where the settings name a folder for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coterie.runtime.chronicle import Chronicle
from coterie.runtime.folder import Kept
from coterie.runtime.station import Reader, Station
from coterie.runtime.system import wall_ms
from coterie.traces import Trace
from coterie.vocabulary import OverlayId

if TYPE_CHECKING:
    from coterie.application.connection import Connection
    from coterie.application.group import Group

TRACE_NAME = 16
"""Hexadecimal digits of the Node-ID in the name of a trace file."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """The folder of traces, how much they have, and what became of the state of the life before."""

    folder: Path
    is_deep: bool
    state: Kept


def reader(connection: Connection, overlay: OverlayId, group: Group) -> Reader:
    """Who is told of an overlay's events; the first line of the trace is written."""
    settings, plain = connection.settings, Reader(group.told, group.failed)
    if settings.trace is None:
        return plain
    tracing = Tracing(settings.trace, settings.deep_trace, connection.state)
    return traced(connection.station, overlay, plain, tracing, group.service.value)


def traced(station: Station, overlay: OverlayId, plain: Reader, tracing: Tracing, service: str) -> Reader:
    """The same reader, and a trace beside it, whose first line is written."""
    node = station.node(overlay)
    chronicle = Chronicle(tracing.folder / f"{node.hex()[:TRACE_NAME]}.jsonl")
    trace = Trace(node, station.peer.incarnation, service, chronicle.lines, tracing.is_deep)
    # a node that has lines and no state has lost it
    state = "lost" if chronicle.lines and tracing.state == "first" else tracing.state
    chronicle.write([trace.start(state, wall_ms())])
    return Reader(plain.told, plain.failed, trace, chronicle)
