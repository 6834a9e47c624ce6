"""Stored values as the cases hand them over: fresh publishers and groups, and good envelopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from coterie_kit import leaves
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, overlay_id, peer_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.leaves import Recipe
from coterie_kit.peer import Peer
from coterie_kit.reply import Reply
from coterie_kit.suite.computed_names import WALL
from coterie_kit.values import KINDS, Envelope, documents
from coterie_kit.values.envelope import SIGNATURE, parse

__all__ = ["DAY", "NOWHERE", "Group", "Publisher", "Scene", "info_json", "places", "redirect_json"]

DAY = 86_400
NOWHERE = bytes(16)  # the slot of group-members

Made = dict[str, bytes]


def places(whole: bytes, judge: Judge, every: int = 7) -> list[int]:
    """Of the octets of an envelope all of the fields that say how it is read, the first and last of leaf,
    value and signature, and of what lies inside of those one in ``every``, another part in each run."""
    read = parse(whole)
    end = len(whole) - SIGNATURE
    value, leaf = end - len(read.value), end - len(read.value) - 2 - len(read.leaf)
    long = [range(leaf, leaf + len(read.leaf)), range(value, end), range(end, len(whole))]
    chosen = set(range(len(whole))).difference(*long)
    chosen |= set(range(judge.random.randrange(every), len(whole), every))
    return sorted(chosen | {at for each in long for at in (each[0], each[-1])})


@dataclass(frozen=True, slots=True)
class Publisher:
    """A key and the leaf that its envelopes show."""

    key: SigningKey
    leaf: bytes

    @property
    def peer(self) -> bytes:
        """Its Peer-ID."""
        return peer_id(self.key.spki)


@dataclass(frozen=True, slots=True)
class Group:
    """A closed group: its name, and the certificate of its authority."""

    name: bytes
    authority: Recipe

    @property
    def overlay(self) -> bytes:
        """Its Overlay-ID, which is its slot."""
        return overlay_id(self.name, digest(self.authority.key.spki))

    @property
    def certificate(self) -> bytes:
        """The authority's certificate."""
        return leaves.make(self.authority)


class Scene:
    """A main overlay, a moment and the name of a group: what is published there, and what the peer says."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.peer: Peer = judge.peer()
        self.overlay = judge.octets(16)
        self.wall = WALL + judge.random.randrange(10**9)
        self.name = f"Lesekreis {judge.octets(4).hex()}".encode()
        self.text = f"Jeden Dienstag, Raum {judge.random.randrange(100)}"

    # ------------------------------------------------------------ who

    def publisher(self, kind: str = "ed25519", recipe: Callable[[Recipe], Recipe] | None = None) -> Publisher:
        """A fresh publisher, whose leaf is good but for what ``recipe`` changes."""
        key = SigningKey.from_octets(self.judge.octets(32), kind)
        good = leaves.good(key, self.wall)
        return Publisher(key, leaves.make(recipe(good) if recipe else good))

    def group(self, name: bytes | None = None) -> Group:
        """A closed group of that name, with a fresh authority."""
        key = SigningKey.from_octets(self.judge.octets(32), "p256")
        return Group(self.name if name is None else name, leaves.authority(key, self.wall))

    def admitted(self, group: Group, role: str = "member", **changes: Any) -> Publisher:
        """A fresh publisher whom the group has admitted; ``changes`` are those of its leaf."""
        key = SigningKey.from_octets(self.judge.octets(32))
        return Publisher(key, leaves.make(self.admission(key, group, role).changed(**changes)))

    def admission(self, key: SigningKey, group: Group, role: str = "member") -> Recipe:
        """The recipe of the leaf by which the group admits a key.

        It has the subject of its issuer: that a storer takes leaves of other issuers has its own case.
        """
        recipe = leaves.closed(key, group.authority, group.overlay, self.wall, role)
        return recipe.changed(subject=recipe.issuer)

    # ------------------------------------------------------------ what

    def envelope(self, by: Publisher, kind: str, value: bytes, /, **changes: Any) -> Envelope:
        """An envelope that is good as far as its kind says; not signed."""
        name = b"" if kind == "group-list" else changes.pop("name", self.name)
        slot = NOWHERE if kind == "group-members" else overlay_id(name or self.name)
        sequence = self.wall - self.judge.random.randrange(1, 30_000)
        lifetime = self.judge.random.randrange(600, 3600)
        made = Envelope(KINDS[kind], name, slot, sequence, lifetime, by.leaf, value)
        return made.changed(**changes)

    def info(self, by: Publisher, **changes: Any) -> Envelope:
        """How to reach the open group; not signed."""
        return self.envelope(by, "group-info", documents.info(self.text, "192.0.2.7", 4007), **changes)

    def closed_info(self, by: Publisher, group: Group, **changes: Any) -> Envelope:
        """How to reach the closed group; not signed."""
        value = documents.info(self.text, "192.0.2.7", 4007, group.certificate)
        return self.envelope(
            by, "group-info", value, **{"slot": group.overlay, "name": group.name, **changes}
        )

    def redirect(self, by: Publisher, to: bytes, **changes: Any) -> Envelope:
        """An alias; not signed."""
        return self.envelope(by, "group-info", documents.redirect(to), **changes)

    def member(self, by: Publisher, **changes: Any) -> Envelope:
        """That the publisher is a member; not signed."""
        return self.envelope(by, "group-members", documents.member(by.peer, "Ada"), **changes)

    def entry(self, by: Publisher, **changes: Any) -> Envelope:
        """That the group exists; not signed."""
        return self.envelope(by, "group-list", documents.entry(self.name, self.text), **changes)

    def withdrawn(self, envelope: Envelope, **changes: Any) -> Envelope:
        """The tombstone for an envelope, one second later; not signed."""
        later = {"sequence": envelope.sequence + 1000, "lifetime": DAY, "value": b""}
        return envelope.changed(**{**later, **changes})

    def stored(self, by: Publisher, envelope: Envelope) -> bytes:
        """The octets, signed for the main overlay."""
        return envelope.signed(by.key, self.overlay).octets()

    # ------------------------------------------------------------ what the peer says

    def check(self, octets: bytes) -> Reply:
        """Asks what a storer asks."""
        return self.peer.do("envelope.check", self.overlay, bytes=octets, wall_ms=self.wall)

    def read(self, octets: bytes) -> Reply:
        """Asks what a reader asks."""
        return self.peer.do("envelope.read", self.overlay, bytes=octets, wall_ms=self.wall)

    def lookup(
        self, envelopes: Iterable[bytes], kind: str = "group-info", invited: bytes | None = None
    ) -> Reply:
        """Asks what a reader makes of several, under the name of the scene."""
        name = b"" if kind == "group-list" else self.name
        more: dict[str, Any] = {} if invited is None else {"invited": invited}
        return self.peer.do(
            "resource.read", self.overlay, kind=kind, name=name, wall_ms=self.wall,
            envelopes=list(envelopes), **more,
        )  # fmt: skip

    # ------------------------------------------------------------ what it should say

    def refuses(self, bad: Made, reason: str, *, reqs: Sequence[str], also_read: bool = True) -> None:
        """Each of these is refused for the reason, by storers and readers alike."""
        for name, octets in bad.items():
            self.judge.refused(self.check(octets), reason, reqs=reqs, name=name)
            if also_read:
                self.judge.refused(self.read(octets), reason, reqs=reqs, name=f"{name}.read")

    def takes(self, good: Made, *, reqs: Sequence[str], also_read: bool = True) -> None:
        """Each of these is taken, by storers and readers alike."""
        for name, octets in good.items():
            self.judge.accepted(self.check(octets), name, reqs=reqs)
            if also_read:
                self.judge.accepted(self.read(octets), f"{name}.read", reqs=reqs)

    def counts(
        self, name: str, envelopes: Iterable[bytes], wanted: Sequence[tuple[Publisher, Envelope]], **how: Any
    ) -> Reply:
        """A lookup finds exactly these, in this order, each with its document."""
        reqs = how.pop("reqs", None)
        reply = self.lookup(envelopes, **how)
        if self.judge.accepted(reply, name, reqs=reqs):
            rows = [
                {
                    "publisher": by.peer.hex(),
                    "slot": envelope.slot.hex(),
                    "sequence": envelope.sequence,
                    "document": documents.parse(envelope.value),
                }
                for by, envelope in wanted
            ]
            self.judge.equal(f"{name}.found", reply["found"], rows, reqs=reqs, field="found")
        return reply


def info_json(text: str, certificate: bytes | None = None) -> dict[str, Any]:
    """What a reader finds in ``documents.info(text, "192.0.2.7", 4007, certificate)``."""
    return {
        "type": "group-info",
        "contacts": [{"address": "192.0.2.7", "port": 4007}],
        "description": text,
        "policy": "open" if certificate is None else "closed",
        "authority_certificate": None if certificate is None else certificate.hex(),
        "suites": [1],
        "admits_receivers": False,
        "origin_auth": "group",
        "multicast": None,
        "max_datagram": 1200,
    }


def redirect_json(to: bytes) -> dict[str, Any]:
    """What a reader finds in ``documents.redirect(to)``."""
    return {"type": "group-id-redirect", "actual_group_id": to.hex()}
