"""The kinds of messages, and what becomes of one that was cut although its kind may not be.

Implements the kinds of REQ-MUL-4, REQ-MUL-6 and REQ-MUL-44.
"""

from __future__ import annotations

from coterie import registry

APPLICATION = registry.codes("payload-kind")["application"]
ADD = registry.codes("payload-kind")["sender-add"]
REMOVE = registry.codes("payload-kind")["sender-remove"]
PROXIED = registry.codes("payload-kind")["proxied"]
CHANGES = frozenset({ADD, REMOVE})
VOID = -1
"""No kind on the wire: it keeps its place in the order, and nothing happens there."""


def kind_of_whole(kind: int) -> int:
    """The kind of a message that came in fragments."""
    # REQ-MUL-4, REQ-MUL-6: a change of the sender group that is a fragment has no effect
    return VOID if kind in CHANGES else kind
