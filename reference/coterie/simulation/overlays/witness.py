"""The witness of a village: it looks at all nodes at once, and asks of some what anybody would find.

It knows what no peer does: which views there are, who publishes what of the group, and who can reach whom. It
judges REQ-GRP-2 to REQ-GRP-6, REQ-GRP-12 and REQ-GRP-13 by what comes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coterie import documents, registry
from coterie.documents import Contact, GroupInfo
from coterie.effects import Event
from coterie.peer import ResourceName
from coterie.simulation.overlays.node import OVERLAY, Node
from coterie.simulation.overlays.village import GROUP_OVERLAY, INFO, LIST, Village, publications
from coterie.values import resource
from coterie.values.choosing import Found
from coterie.values.resource import Resource

LOOK_EVERY_MS = 500
ASK_EVERY_MS = 15_000
FINDERS = 3
"""How many of those who are not in the group look for it, and how often each."""

CHANGE_MS = 3_000
"""How long after a view is there all but its coordinator have stopped, and it has begun unless it published
lately."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one fetch came to."""

    is_complete: bool
    found: tuple[Found, ...]

    def publishers(self) -> list[bytes]:
        """Whose values they are."""
        return [each.checked.publisher for each in self.found]


class Witness:
    """Looks from when it is made on."""

    def __init__(self, village: Village, finders: Sequence[Node]) -> None:
        self.village = village
        self.world = village.world
        self.finders = list(finders)
        self.faults: list[str] = []
        self.views = 0
        """How many views have lasted long enough to be judged."""
        self.longest_missing = 0
        """For how long somebody has looked for the group in vain, in ms."""
        self._since: dict[bytes, int] = {}
        self._judged: set[tuple[bytes, str]] = set()
        self._missing: dict[int, int] = {}
        self._waiting: dict[tuple[int, str], list[Callable[[Answer], None]]] = {}
        self._is_watching = False
        village.heard = self._heard

    def watch(self) -> None:
        """Look at all, and let the finders ask, until `rest`."""
        self._is_watching = True
        self._look(None)
        for index, finder in enumerate(self.finders):
            self.world.at(self.world.now + index * ASK_EVERY_MS // FINDERS, self._seek, finder)

    def rest(self) -> None:
        """Look no more: the group is about to end."""
        self._is_watching = False

    def fault(self, sentence: str) -> None:
        """Something is not as it should be."""
        self.faults.append(f"at {self.world.now} ms {sentence}")

    # ------------------------------------------------------------ who publishes

    def _look(self, _about: None) -> None:
        if not self._is_watching:
            return
        now = self.world.now
        settled = dict(self.village.settled())
        self._since = {view: self._since.get(view, now) for view in settled}
        for view, members in settled.items():
            age = now - self._since[view]
            if age >= CHANGE_MS:
                self._judge_one(view, members)
            if age >= CHANGE_MS + registry.timer("advertise-again"):
                self._judge_words(view, members)
        self._judge_others()
        self.world.at(now + LOOK_EVERY_MS, self._look)

    def _judge_one(self, view: bytes, members: list[Node]) -> None:
        """At most one publishes, and nobody but the coordinator."""
        wrong = [node.number for node in members[1:] if publications(node).keys() & {INFO_PLACE, LIST_PLACE}]
        if wrong:
            self._once(view, f"nodes {wrong} advertise a group that node {members[0].number} coordinates")

    def _judge_words(self, view: bytes, members: list[Node]) -> None:
        """The coordinator does, and says where its members are, itself first."""
        if (view, "") not in self._judged:
            self._judged.add((view, ""))
            self.views += 1
        known = publications(members[0]).get(INFO_PLACE)
        if known is None or LIST_PLACE not in publications(members[0]):
            self._once(view, f"nobody advertises the group that node {members[0].number} coordinates")
            return
        stated = documents.parse(known.item.value)
        contacts = stated.contacts if isinstance(stated, GroupInfo) else ()
        if contacts != contacts_of(members):
            self._once(view, f"node {members[0].number} advertises {contacts}, not where its members are")

    def _judge_others(self) -> None:
        for node in self.world.alive():
            is_outside = node.number not in self.village.wanting and GROUP_OVERLAY not in node.overlays
            if is_outside and publications(node):
                self._once(b"", f"node {node.number} publishes something of a group that it is not in")

    def _once(self, view: bytes, sentence: str) -> None:
        if (view, sentence) not in self._judged:
            self._judged.add((view, sentence))
            self.fault(sentence)

    # ------------------------------------------------------------ what is found

    def ask(self, node: Node, about: Resource, then: Callable[[Answer], None]) -> None:
        """Let a node fetch something, and hear what comes of it."""
        waiting = self._waiting.setdefault((node.number, about.kind), [])
        waiting.append(then)
        name = ResourceName(about.kind, about.name)
        if not self.world.ask(node, lambda peer, now: peer.fetch(OVERLAY, name, now)):
            waiting.remove(then)
            then(Answer(is_complete=False, found=()))

    def _heard(self, node: Node, event: Event) -> None:
        fields: dict[str, Any] = dict(event.fields)
        waiting = self._waiting.get((node.number, fields["kind"]))
        if waiting:
            about = Resource(fields["kind"], fields["name"])
            wall = node.now(self.world.now).wall_ms
            found = resource.found_in(about, fields["envelopes"], OVERLAY, wall)
            waiting.pop(0)(Answer(bool(fields["complete"]), found))

    def _seek(self, finder: Node) -> None:
        if not self._is_watching:
            return
        begun = self.world.now
        self.ask(finder, INFO, lambda answer: self._sought(finder, begun, answer))
        self.world.at(begun + ASK_EVERY_MS, self._seek, finder)

    def _sought(self, finder: Node, begun: int, answer: Answer) -> None:
        """A group is missing since the first of the fetches in a row that did not find it; not where nobody
        who advertises it can be reached."""
        advertisers = [node for node in self.world.alive() if INFO_PLACE in publications(node)]
        within_reach = any(self.village.reaches(finder, node) for node in advertisers)
        if answer.found or not within_reach or not self._is_watching:
            self._missing.pop(finder.number, None)
            return
        missing = self.world.now - self._missing.setdefault(finder.number, begun)
        self.longest_missing = max(self.longest_missing, missing)
        if missing > 1_000 * registry.limit("group-lifetime"):
            self._once(b"", f"node {finder.number} has not found the group for longer than its lifetime")


INFO_PLACE = (INFO, bytes(GROUP_OVERLAY))
LIST_PLACE = (LIST, bytes(GROUP_OVERLAY))
"""Where the group is advertised: by its name, and in the list of groups."""


def contacts_of(members: Sequence[Node]) -> tuple[Contact, ...]:
    """Where members are, in that order, as many as are told."""
    addresses = [node.inner for node in members][: registry.limit("contacts")]
    return tuple(Contact(each.host, each.port) for each in addresses)
