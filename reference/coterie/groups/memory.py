"""What a peer keeps of its groups and aliases, so that its next life finds them again.

Implements nothing that others see: the octets are the peer's own. What it publishes of them comes back by
itself after a crash, because the peer comes back to its groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from coterie import documents, registry
from coterie.documents import GroupInfo
from coterie.errors import LocalError, RemoteError
from coterie.groups.wishes import Part, Return

LENGTH = 2
ALIAS, UNBOUND, GROUP = b"a", b"u", b"g"
TIME = 8
PUBLIC, SHOWN, NAMED, TOLD = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Kept:
    """Aliases with what they mean, groups, and aliases that mean nothing any more: until when others may
    find them, in milliseconds since 1970."""

    aliases: Mapping[bytes, bytes]
    groups: tuple[Return, ...]
    unbound: Mapping[bytes, int] = field(default_factory=dict)


def encode(kept: Kept) -> bytes:
    """The octets to keep; none where there is nothing."""
    rows = [(ALIAS, alias, group) for alias, group in kept.aliases.items()]
    rows += [(UNBOUND, alias, until.to_bytes(TIME, "big")) for alias, until in kept.unbound.items()]
    return b"".join(_fields(*row) for row in [*rows, *map(_row, kept.groups)])


def _row(kept: Return) -> tuple[bytes, ...]:
    part, name = kept.part, kept.part.name
    flags = PUBLIC * kept.is_public | SHOWN * part.shows_itself | NAMED * (name is not None)
    flags |= TOLD * kept.was_told
    texts = ((name or "").encode(), part.service.encode())
    return GROUP, kept.group, bytes([flags]), documents.build(kept.info), part.leaf, *texts


def _fields(*octets: bytes) -> bytes:
    return b"".join(len(each).to_bytes(LENGTH, "big") + each for each in octets)


def decode(octets: bytes) -> Kept:
    """What was kept. `LocalError` for octets that this peer did not write."""
    aliases, unbound, groups = dict[bytes, bytes](), dict[bytes, int](), list[Return]()
    fields = _split(octets)
    try:
        for kind in fields:
            if kind == ALIAS:
                alias = next(fields)
                aliases[alias] = next(fields)
            elif kind == UNBOUND:
                alias = next(fields)
                unbound[alias] = _time(next(fields))
            else:
                groups.append(_group(kind, fields))
    except (ValueError, StopIteration, RemoteError) as damage:
        raise LocalError("what is kept of groups is damaged; start without the state on disk") from damage
    if max(len(aliases), len(unbound), len(groups)) > registry.limit("groups"):
        raise LocalError("more groups are kept than a peer may be in; start without the state on disk")
    return Kept(aliases, tuple(groups), unbound)


def _time(octets: bytes) -> int:
    if len(octets) != TIME:
        raise ValueError(octets)
    return int.from_bytes(octets, "big")


def _split(octets: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(octets):
        begin = at + LENGTH
        at = begin + int.from_bytes(octets[at:begin], "big")
        if at > len(octets):
            raise ValueError(at)
        yield octets[begin:at]


def _group(kind: bytes, fields: Iterator[bytes]) -> Return:
    name, (flags,), document, leaf = next(fields), next(fields), next(fields), next(fields)
    called, service = next(fields).decode(), next(fields).decode()
    info = documents.parse(document)
    if kind != GROUP or not isinstance(info, GroupInfo):
        raise LocalError("what is kept of groups is of another kind; start without the state on disk")
    part = Part(leaf, bool(flags & SHOWN), called if flags & NAMED else None, service)
    return Return(name, info, bool(flags & PUBLIC), part, bool(flags & TOLD))
