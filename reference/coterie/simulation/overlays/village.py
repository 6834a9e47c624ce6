"""A village: the nodes of a main overlay, and the one public group that some of them make there by its name.

Whoever wants to be in the group asks again when it could not come in; it is the user of its peer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coterie.crypto import names
from coterie.documents import GroupInfo
from coterie.effects import Event
from coterie.groups.wishes import Creation, Entry, Part
from coterie.overlay.published import Publication
from coterie.peer.management import Management
from coterie.simulation.datagrams import overlay_of
from coterie.simulation.overlays.node import OVERLAY, Node
from coterie.simulation.overlays.world import World
from coterie.values import kinds
from coterie.values.resource import Place, Resource
from coterie.views.ground import Ground
from coterie.views.membership_states import State
from coterie.vocabulary import NodeId, Now

GROUP = b"villagers"
GROUP_OVERLAY = names.overlay_id(GROUP)
INFO = Resource(kinds.GROUP_INFO, GROUP)
MEMBERS = Resource(kinds.GROUP_MEMBERS, GROUP)
LIST = Resource(kinds.GROUP_LIST, b"")
AGAIN_MS = 3_000
"""How long a user waits before it asks again."""


class Village:
    """The group, and who wants to be in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wanting: dict[int, Node] = {}
        self.leaving: dict[int, Node] = {}
        self.gone: dict[int, int] = {}
        """When each was told that it had left."""
        self.faults: list[str] = []
        self.heard: Callable[[Node, Event], None] = lambda _node, _event: None
        """Told of all that is fetched."""
        self.node_ids: dict[NodeId, Node] = {
            names.node_id(GROUP_OVERLAY, node.identity.spki): node for node in world.nodes
        }
        self._sides: dict[int, int] = {}
        self._cut: frozenset[bytes] = frozenset()
        world.told = self._told

    # ------------------------------------------------------------ what users do

    def create(self, node: Node) -> None:
        """A node creates the group, or comes into it when another was faster."""
        self.wanting[node.number] = node
        wish = Creation(GROUP, GroupInfo((), "who lives here"), is_public=True, part=part_of(node))
        self._manage(node, lambda groups, now: groups.create(wish, now))

    def join(self, node: Node) -> None:
        """A node comes into the group, sooner or later."""
        self.wanting[node.number] = node
        if node.peer is None or GROUP_OVERLAY in node.overlays:
            return
        if node.has_entered:
            self._manage(node, lambda groups, now: groups.join(Entry(GROUP, part_of(node)), now))
        else:
            self.world.at(self.world.now + AGAIN_MS, self._again, node)

    def leave(self, node: Node) -> None:
        """A node leaves for good."""
        self.wanting.pop(node.number, None)
        if node.peer is not None and GROUP_OVERLAY in node.overlays:
            self.leaving[node.number] = node
            self._manage(node, lambda groups, now: groups.leave(GROUP_OVERLAY, now))

    def crash(self, node: Node) -> None:
        """A node is gone at once, for good unless it is started again."""
        self.wanting.pop(node.number, None)
        self.leaving.pop(node.number, None)
        self.world.crash(node)

    def restart(self, node: Node) -> None:
        """A node begins its next life with what is on disk; what it was in, it comes back to by itself."""
        self.world.enter(node)
        self.join(node)

    def _again(self, node: Node) -> None:
        if node.number in self.wanting:
            self.join(node)

    def _manage(self, node: Node, verb: Callable[[Management, Now], None]) -> None:
        if not self.world.ask(node, lambda peer, now: verb(peer.management(OVERLAY), now)):
            self.world.at(self.world.now + AGAIN_MS, self._again, node)

    def _told(self, node: Node, event: Event) -> None:
        match event.name:
            case "group-failed" if node.number in self.wanting:
                self.world.at(self.world.now + AGAIN_MS, self._again, node)
            case "group-left":
                if self.leaving.pop(node.number, None) is None:
                    self.faults.append(f"node {node.number} was put out of its group at {self.world.now} ms")
                    self.world.at(self.world.now + AGAIN_MS, self._again, node)
                self.gone[node.number] = self.world.now
            case "fetched":
                self.heard(node, event)
            case _:
                pass

    # ------------------------------------------------------------ what cuts it

    def cut(self, scope: str, sides: dict[int, int]) -> None:
        """Nothing of an overlay, or of `both`, passes any more from one side to another."""
        overlays = {"main": (OVERLAY,), "group": (GROUP_OVERLAY,), "both": (OVERLAY, GROUP_OVERLAY)}
        self._cut, self._sides = frozenset(overlays[scope]), sides
        self.world.is_cut = self._is_cut

    def heal(self) -> None:
        """Everything passes again."""
        self._cut = frozenset()

    @property
    def is_divided(self) -> bool:
        """Whether anything is cut now."""
        return bool(self._cut)

    def _is_cut(self, node: Node, target: Node, datagram: bytes) -> bool:
        return self._is_across(node, target) and overlay_of(datagram) in self._cut

    def _is_across(self, node: Node, target: Node) -> bool:
        return self._sides.get(node.number) != self._sides.get(target.number)

    def reaches(self, node: Node, target: Node) -> bool:
        """Whether datagrams of the main overlay pass between two nodes."""
        return OVERLAY not in self._cut or not self._is_across(node, target)

    # ------------------------------------------------------------ how it stands

    def ground(self, node: Node) -> Ground | None:
        """What a node knows of its group; None while it is not in its overlay."""
        overlay = node.overlays.get(GROUP_OVERLAY) if node.peer is not None else None
        return overlay.membership().ground if overlay is not None else None

    def settled(self) -> Iterator[tuple[bytes, list[Node]]]:
        """Each view that all its members have, with nothing under way, and them in its order."""
        seen: set[bytes] = set()
        for node in self.world.alive():
            ground = self.ground(node)
            if ground is None or ground.state is not State.STABLE or ground.view in seen:
                continue
            seen.add(ground.view)
            members = [self.node_ids[each] for each in ground.members]
            if all(self._is_settled(each, ground.view) for each in members):
                yield ground.view, members

    def _is_settled(self, node: Node, view: bytes) -> bool:
        ground = self.ground(node)
        return ground is not None and ground.state is State.STABLE and ground.view == view

    def is_one(self) -> bool:
        """Whether all who want to be in the group are in one view, and nobody else in any."""
        views = list(self.settled())
        return len(views) == 1 and {each.number for each in views[0][1]} == set(self.wanting)

    def coordinator(self) -> Node | None:
        """Who coordinates the largest view."""
        views = sorted((members for _, members in self.settled()), key=len)
        return views[-1][0] if views else None


def part_of(node: Node) -> Part:
    """How each takes part: its membership is public."""
    return Part(node.identity.leaf, shows_itself=True, name=f"villager {node.number}")


def publications(node: Node) -> dict[Place, Publication]:
    """What a node goes on publishing, by place."""
    return {} if node.peer is None else node.neighbours.published.current


def is_held(node: Node, at: int) -> bool:
    """Whether a node holds anything that was not withdrawn and has not expired."""
    return any(not each.is_tombstone for each in node.neighbours.held.all(node.now(at).wall_ms))
