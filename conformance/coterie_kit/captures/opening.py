"""Sealed frames of a capture, opened with its key log."""

from __future__ import annotations

from typing import Any

from coterie_kit import frames, registry
from coterie_kit.captures.sidecar import Sidecar
from coterie_kit.keys.names import node_id
from coterie_kit.keys.schedule import sender_key
from coterie_kit.keys.signatures import SigningKey

__all__ = ["opened"]


def opened(octets: bytes, beside: Sidecar) -> dict[str, Any] | None:
    """Path to value of prefix and body of a sealed frame of any type; None when no member's key opens it."""
    frame = frames.read(octets, 65_000)
    secret = beside.keys(registry.frame(frame.type).secret).get(frame.prefix["view_id"].hex())
    if secret is None:
        return None
    associated, sealed = frames.seal_parts(frame)
    index, counter = frame.prefix["sender_index"], frame.prefix["counter"]
    for node in beside.nodes.values():
        # the Node-ID of a peer is another one in each overlay
        sender = node_id(frame.overlay, SigningKey.from_pkcs8(bytes.fromhex(node.reset["key"])).spki)
        for suite in (1, 2):
            key = sender_key(suite, secret, index, sender)
            body = key.open(counter, sealed, associated)
            if body is not None:
                values = {f"prefix.{name}": value for name, value in frame.prefix.items()}
                spans = frames.read_body(frame.type, body)[1]
                return values | {span.path: span.value for span in spans}
    return None
