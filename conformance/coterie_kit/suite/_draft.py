"""A frame before it is bytes: parts that take faults one by one, closed by signature or seal at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.keys.names import label
from coterie_kit.keys.schedule import Secrets
from coterie_kit.puppets import Puppet

__all__ = ["ORIGIN", "Draft", "Fault"]

ORIGIN = 0x8002


@dataclass(frozen=True, slots=True)
class Draft:
    """Header, prefix and body of one frame, who makes it and from where it comes."""

    type: str
    overlay: bytes
    body: bytes
    source: str
    maker: Puppet | None = None
    prefix: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, int] = field(default_factory=dict)
    secrets: Secrets | None = None
    spoil: bool = False

    def changed(self, **changes: Any) -> Draft:
        """The same draft but for ``changes``."""
        return replace(self, **changes)

    def with_header(self, **fields: int) -> Draft:
        """Other values in the header; ``length`` too."""
        return replace(self, header={**self.header, **fields})

    def with_prefix(self, **fields: Any) -> Draft:
        """Other values in the prefix."""
        return replace(self, prefix={**self.prefix, **fields})

    def with_body(self, **values: Any) -> Draft:
        """Other values in the body, which must be readable so far."""
        now, _ = frames.read_body(self.type, self.body)
        counts = {name for name in now if name.endswith(("_count", "_length"))}
        kept = {name: value for name, value in now.items() if name not in counts}
        return replace(self, body=frames.write_body(self.type, bare(kept) | values))

    def signed_inside(self, label_name: str = "origin-signature") -> Draft:
        """A DATA with its sender's signature as the last extension (REQ-REC-12)."""
        assert self.maker is not None
        now, _ = frames.read_body("DATA", self.body)
        kept = [row for row in now["extensions"] if row["type"] != ORIGIN]
        whole = self.with_body(extensions=[*kept, {"type": ORIGIN, "value": bytes(64)}])
        prefix = frames.write_prefix("sealed", self.prefix)
        head = frames.write_header("DATA", self.overlay, 28 + len(whole.body) + 16, **self.header)
        own = self.maker.key.sign(label(label_name) + head + prefix + whole.body[:-64])
        return replace(whole, body=whole.body[:-64] + own)

    @property
    def protection(self) -> str:
        """The protection of its type."""
        return registry.frame(self.type).protection

    def octets(self) -> bytes:
        """The frame."""
        tail = {"plain": 0, "signed": 64, "sealed": 16}[self.protection]
        prefix = frames.write_prefix(self.protection, self.prefix) if self.protection != "plain" else b""
        length = len(prefix) + len(self.body) + tail
        values = {"length": length, **self.header}
        head = frames.write_header(self.type, self.overlay, **values)
        closed = self._closed(head, prefix)
        return closed[:-1] + bytes([closed[-1] ^ 1]) if self.spoil else closed

    def _closed(self, head: bytes, prefix: bytes) -> bytes:
        if self.protection == "plain":
            return head + self.body
        assert self.maker is not None
        if self.protection == "signed":
            return head + prefix + self.body + self.maker.signature(head + prefix + self.body)
        assert self.secrets is not None
        secret = registry.frame(self.type).secret
        own = self.secrets.sender(self.prefix["sender_index"], self.maker.node, secret)
        return head + prefix + own.seal(self.prefix["counter"], self.body, head + prefix)


Fault = Callable[[Draft], Draft]


def bare(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without the counts and lengths that follow from them."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name.endswith(("_count", "_length")) and name != "fragment_count":
            continue
        rows = isinstance(value, list) and value and isinstance(value[0], dict)
        kept[name] = [bare_row(row) for row in value] if rows else value
    return kept


def bare_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what follows from its other fields."""
    if set(row) == {"type", "value"}:
        return dict(row)
    return bare(row)
