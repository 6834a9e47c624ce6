"""A main overlay with storers, and groups beside it: the peer under test is in all of them.

The storers answer by themselves, and keep what the peer publishes and what a case has them keep. The members
of a group are asked for each of their frames by name, as on the stage of a group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from coterie_kit import leaves, registry
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, overlay_id, peer_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.leaves import Recipe
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite import _envelopes
from coterie_kit.suite._land_proof import prove_choice, prove_signs
from coterie_kit.suite._overlay import Actor, Overlay
from coterie_kit.suite._stage import Said
from coterie_kit.suite._village import Name, Village
from coterie_kit.values import documents
from coterie_kit.values.envelope import KINDS, Envelope, parse

__all__ = [
    "INFO",
    "LIFETIME",
    "LIST",
    "MEMBERS",
    "RENEWED",
    "Land",
    "Shown",
    "Village",
    "contacts_in",
    "info_of",
]

INFO, MEMBERS, LIST = "group-info", "group-members", "group-list"
LIFETIME = registry.limit("group-lifetime")
RENEWED = LIFETIME * 1000 // 2
HEARD_EVERY = 1900  # of 2,000 ms, after which a silent member is suspected
TIMED = 1000  # before its end, from when on a stretch of time is gone through timer by timer
UNWATCHED = 5000  # how late the timers of a peer may be where nobody is to be heard, and nothing is timed
TEXT = "Lesekreis"


@dataclass(frozen=True, slots=True)
class Shown:
    """An envelope that the peer has sent to storers: when, and what it holds."""

    at: int
    envelope: Envelope
    octets: bytes

    @property
    def document(self) -> documents.Document:
        """What it says."""
        return documents.parse(self.envelope.value)

    @property
    def is_tombstone(self) -> bool:
        """Whether it withdraws."""
        return not self.envelope.value


def info_of(contacts: Iterable[str], description: str = TEXT, **options: Any) -> bytes:
    """A group-info document with these contacts. ``certificate`` is that of an authority, ``suites`` a list,
    ``multicast`` an address, ``max_datagram`` a number."""
    import base64

    rows: list[tuple[str, str]] = []
    for address in contacts:
        rows += _pair("bootstrap", address)
    rows.append(("description", description))
    if "certificate" in options:
        text = base64.b64encode(options["certificate"]).decode()
        rows += [("policy", "closed"), ("authority-certificate", text)]
    rows += [("suite", str(each)) for each in options.get("suites", ())]
    if "multicast" in options:
        rows += _pair("multicast", options["multicast"])
    if "max_datagram" in options:
        rows.append(("max-datagram", str(options["max_datagram"])))
    return documents.rendered(INFO, rows)


def _pair(name: str, address: str) -> list[tuple[str, str]]:
    host, _, port = address.rpartition(":")
    return [(f"{name}-address", host.strip("[]")), (f"{name}-port", port)]


def contacts_in(document: documents.Document) -> list[str]:
    """The contacts of a document, as addresses."""
    return [
        f"[{each['address']}]:{each['port']}"
        if ":" in each["address"]
        else f"{each['address']}:{each['port']}"
        for each in document["contacts"]
    ]


class Land(Overlay):
    """The peer under test in a main overlay, with so many storers around it."""

    def __init__(self, judge: Judge, role: str = "client", count: int = 2, hosts: int = 0) -> None:
        prove_signs(judge)
        prove_choice(judge)
        self.villages: list[Village] = []
        self.disk: bytes | None = None
        super().__init__(judge, role, count=count, hosts=hosts)
        self.name = b"Lesekreis " + judge.octets(4).hex().encode()
        self.text = f"Raum {judge.random.randrange(1000)}"

    # ------------------------------------------------------------ groups

    def village(self, name: bytes | None = None, authority: Recipe | None = None) -> Village:
        """The group of that name; the peer is not in it yet."""
        called = Name(name if name is not None else self.name, authority)
        more = {} if authority is None else {"authority": digest(authority.key.spki)}
        reply = self.peer.do("name.overlay", group=called.group, may_be_unsupported=True, **more)
        self.need(not reply.ok or reply["id"] == called.overlay.hex(), "it names overlays otherwise")
        made = Village(self, called, len(self.villages))
        self.villages.append(made)
        return made

    def founded(self, group: bytes | None = None, **args: Any) -> Village:
        """A group that the peer has created: a view of itself alone. ``args`` replace those of the action."""
        here = self.village(group)
        self.create(here.group, **args)
        here.found_by_create()
        return here

    def new_authority(self) -> Recipe:
        """A fresh authority of a closed group."""
        key = SigningKey.from_octets(self.judge.octets(32), "p256")
        return leaves.authority(key, self.wall)

    def certificate(self, authority: Recipe) -> bytes:
        """The certificate of an authority."""
        return leaves.make(authority)

    def create(self, group: bytes | None = None, **args: Any) -> None:
        """The peer is to create a public group, unless ``args`` say otherwise."""
        info = {"type": INFO, "description": self.text} | args.pop("info", {})
        usual = {"group": group or self.name, "public": True, "public_members": False}
        self.act("group.create", **(usual | {"info": info} | args))

    def join(self, group: bytes | None = None, **args: Any) -> None:
        """The peer is to join the group of that name, unless ``args`` say otherwise."""
        usual: dict[str, Any] = {"public_members": False}
        if "invitation" not in args:
            usual["group"] = group or self.name
        self.act("group.join", **(usual | args))

    # ------------------------------------------------------------ one life and the next

    def watch(self, reply: Reply) -> Reply:
        """Notes what the peer does, and what it wants to find again."""
        self.disk = reply.disk or self.disk
        return super().watch(reply)

    def restart(self, ms: int = 1000, *, forgets: bool = False) -> None:
        """The peer is stopped, and starts again so much later; the storers meet it at once. ``forgets``: it
        has lost its storage."""
        self.settle()
        self.mono, self.wall = self.mono + ms, self.wall + ms
        self._waiting.clear()
        reply = self.reset() if forgets else self.reset(disk=self.disk)
        for here in self.villages:
            here.mono, here.wall = self.mono, self.wall
            here.subject.incarnation, here.subject.sequence = self.subject.incarnation, 0
            here.others, here.installed, here.stored, here.secrets = [], None, None, None
        self.watch(reply)
        for actor in self.cast.values():
            self.meet(actor.puppet)

    # ------------------------------------------------------------ what storers have

    def storer(self) -> Puppet:
        """Somebody who publishes."""
        return self.judge.random.choice(list(self.cast.values())).puppet

    def publisher(self) -> Puppet:
        """A fresh publisher whom the peer has not met."""
        return Puppet.born(self.judge.octets(32), self.overlay, "192.0.2.99:9", self.wall)

    def publishers(self, count: int) -> list[Puppet]:
        """So many of them, ascending by Peer-ID."""
        return sorted((self.publisher() for _ in range(count)), key=lambda one: peer_id(one.key.spki))

    def keep(self, *envelopes: bytes) -> None:
        """Every storer has these from now on."""
        for actor in self.cast.values():
            actor.kept += envelopes

    def lose(self) -> None:
        """Every storer has lost what it had."""
        for actor in self.cast.values():
            actor.kept.clear()

    def put(self, value: bytes, name: bytes | None = None, **how: Any) -> bytes:
        """Storers have a value of the kind group-info: by a fresh publisher, ``age`` ms old; its envelope."""
        who = how.pop("who", None) or self.publisher()
        name = self.name if name is None else name
        usual = {"kind": INFO, "name": name, "slot": overlay_id(name), "lifetime": LIFETIME, "value": value}
        made = _envelopes.make(who, self.wall - how.pop("age", 1000), **(usual | how))
        facts: dict[str, Any] = {"bytes": made, "overlay": self.overlay, "wall_ms": self.wall}
        reply = self.peer.do("envelope.read", may_be_unsupported=True, **facts)
        self.need(reply.status != "error", f"it does not read a good envelope: {reply.said()}")
        self.keep(made)
        return made

    def put_info(self, contacts: Iterable[str], name: bytes | None = None, **how: Any) -> bytes:
        """Storers have a group-info document of the open group; ``options`` are those of the document."""
        options = how.pop("options", {})
        return self.put(info_of(contacts, self.text, **options), name, **how)

    def put_redirect(self, name: bytes, to: bytes, **how: Any) -> bytes:
        """Storers have an alias."""
        return self.put(documents.redirect(to), name, **how)

    def deaf(self, *, to: str = "FETCH") -> None:
        """From now on every storer refuses such requests, so that no fetch is complete."""
        for actor in self.cast.values():
            self.refusing(actor, to, "too-many-requests")

    def answers(self, actor: Actor, said: Said) -> list[bytes]:
        """What a storer says to a frame of the peer."""
        return self._answers(actor, said)

    def hearing(self, *, to: str = "FETCH") -> None:
        """They answer again."""
        for actor in self.cast.values():
            actor.says.pop(to, None)

    # ------------------------------------------------------------ time

    def pass_time(self, ms: int, wall: int | None = None) -> Reply:
        """Moves both clocks on, also those of the groups."""
        reply = super().pass_time(ms, wall)
        for here in self.villages:
            here.mono, here.wall = self.mono, self.wall
        return reply

    def advance(self, ms: int) -> None:
        """Time passes, and the members of the groups are heard meanwhile."""
        end = self.mono + ms
        while True:
            talking = [here for here in self.villages if here.installed is not None]
            step = min(HEARD_EVERY, end - self.mono) if talking else end - self.mono
            for here in talking:
                here.murmur()
            super().advance(step)
            if self.mono >= end:
                return

    def endure(self, ms: int, until: Callable[[], bool] = lambda: False) -> None:
        """As ``advance``, where it does not matter when exactly the peer does what: until shortly before the
        end it is late with its timers, as on a slow machine. Whoever is in a view with it is heard in time.
        It ends as soon as ``until`` holds."""
        end = self.mono + ms
        talking = [here for here in self.villages if here.installed is not None and here.puppets]
        known: list[Reply] = []
        news = 2  # what the peer has said it delivers itself only after the next word of the others
        while end - self.mono > TIMED:
            if news:
                known, news = [here.inspect() for here in talking], news - 1
            for here, state in zip(talking, known, strict=True):
                here.murmur(state)
            step = min(HEARD_EVERY if talking else UNWATCHED, end - TIMED - self.mono)
            dues = [at - self.mono for at, *_ in self._waiting]
            said = len(self.noted)
            self.pass_time(max(1, min([step, *dues])))
            if any(note.said.type == "DATA" for note in self.noted[said:]):
                news = 2
            self.settle()
            if until():
                return
        self.advance(end - self.mono)

    # ------------------------------------------------------------ what the peer does

    def shown(self, kind: str | None = None) -> list[Shown]:
        """The envelopes that it sent to storers, each once, in their order."""
        found: dict[bytes, Shown] = {}
        for note in self.noted:
            if note.sent and note.said.type == "STORE":
                octets = note.said.frame.body["envelope"]
                found.setdefault(octets, Shown(note.at, parse(octets), octets))
        return [each for each in found.values() if kind is None or each.envelope.kind == KINDS[kind]]

    def fetches(self) -> list[int]:
        """When the peer has fetched; what goes to several storers at once counts once."""
        return sorted({note.at for note in self.noted if note.sent and note.said.type == "FETCH"})

    def failures(self) -> list[tuple[str, list[str]]]:
        """What was told of groups that came to nothing: reason and choices."""
        return [(each["reason"], each["choices"]) for each in self.events("group-failed")]

    def told_of_groups(self) -> list[tuple[str, str]]:
        """Events in their order, with their overlay: those that say how it is in a group."""
        names = {"view-installed", "left", "group-entered", "group-failed", "group-left"}
        return [
            ("main" if event.overlay == self.overlay else "group", event.name)
            for _, event in self.told
            if event.name in names
        ]
