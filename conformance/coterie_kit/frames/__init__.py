"""The kit's own reading of the wire, as scapy layers. The one part of the kit that knows scapy.

Written from the draft alone: nothing here is shared with the reference. `read` is strict and keeps the order
of checks of the draft; `write` builds whatever it is asked for, hostile counts and lengths included.
Importing it costs a quarter of a second, so the commands do it when they need it.
"""

from coterie_kit.faults import Unreadable
from coterie_kit.frames.reading import Frame, Span, body_values, read, read_body, read_header, seal_parts
from coterie_kit.frames.writing import write, write_body, write_header, write_prefix

__all__ = [
    "Frame",
    "Span",
    "Unreadable",
    "body_values",
    "read",
    "read_body",
    "read_header",
    "seal_parts",
    "write",
    "write_body",
    "write_header",
    "write_prefix",
]
