"""What `coterie peer` does: meet the members of a fixed list, agree on a key, say something, hear the others,
leave.

All greet all at once. The first of the list proposes the view as soon as it has a session with each of the
others; everyone else waits for it. Whoever fails says whom it missed.

What is said is repeated for 1.2 s and no longer (REC-16). In a bad network the view may come later than that
to one of them. So a peer that hears one of the others for the first time, when most of its own repeats are
over, says its words once more; who has heard them knows them by their sender.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from coterie.effects import Event
from coterie.runtime.node import Node
from coterie.vocabulary import Address, NodeId

QUIET_S = 1.5
"""How long nobody has to be heard before a peer leaves that cannot know whether others still need it."""

POLL_S = 0.05

FRESH_S = 0.5
"""How long after it has spoken a peer may take it that whoever has the view by then hears it still."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who meets, by address in one order for all; what this peer says; how many messages it wants to hear, of
    which the same words of the same peer are one."""

    members: tuple[Address, ...]
    says: tuple[bytes, ...]
    expect: int
    suite: int
    patience_s: float


@dataclass(frozen=True, slots=True)
class Missed:
    """Why a meeting failed, in a sentence that names whom this peer missed."""

    sentence: str


class Meeting:
    """One peer's part in a meeting."""

    def __init__(self, plan: Plan, heard: Callable[[Event], None]) -> None:
        self._plan = plan
        self._heard = heard
        self._node: Node | None = None
        self._sessions: dict[Address, NodeId] = {}
        self._speakers: set[NodeId] = set()
        self._words: set[tuple[NodeId, object]] = set()
        self._spoken_at = 0.0
        self._installed: Event | None = None
        self._proposed = False
        self._ended: asyncio.Event = asyncio.Event()
        self._missed: Missed | None = None

    async def hold(self, node: Node) -> Missed | None:
        """Greet, agree, speak and listen; None when all went well."""
        self._node = node
        for member in self._others:
            node.greet(member)
        if not self._others:
            self._propose()
        try:
            async with asyncio.timeout(self._plan.patience_s):
                await self._ended.wait()
        except TimeoutError:
            self._missed = Missed(f"after {self._plan.patience_s:g} s {self._lack()}")
        if self._missed is None:
            await self._linger(node)
        return self._missed

    def told(self, event: Event) -> None:
        """An event of the peer."""
        match event.name:
            case "session":
                self._sessions[as_address(event.fields["address"])] = as_node(event.fields["node"])
                self._propose()
            case "greet-failed":
                self._give_up_on(as_address(event.fields["address"]))
            case "view-installed":
                self._installed = event
                self._speak()
            case "run-failed":
                self._end(Missed(self._failure(event)))
            case "data":
                if not self._note(event):
                    return
            case _:
                pass
        self._heard(event)
        if self._installed is not None and len(self._words) >= self._plan.expect:
            self._end(None)

    # ------------------------------------------------------------ inside

    @property
    def _others(self) -> tuple[Address, ...]:
        own = self._node.address if self._node else None
        return tuple(member for member in self._plan.members if member != own)

    def _propose(self) -> None:
        node = self._node
        first = node is not None and node.address == self._plan.members[0]
        if node is None or not first or self._proposed or self._unmet():
            return
        self._proposed = True
        nodes = (node.driver.node, *(self._sessions[member] for member in self._others))
        node.install(nodes, self._plan.suite)

    def _speak(self) -> None:
        if self._node is not None:
            self._spoken_at = asyncio.get_running_loop().time()
            for words in self._plan.says:
                self._node.send(words)

    def _note(self, event: Event) -> bool:
        """Note a message, and answer whoever is heard for the first time; whether the words are new."""
        sender = as_node(event.fields["sender"])
        if sender not in self._speakers:
            self._speakers.add(sender)
            if asyncio.get_running_loop().time() > self._spoken_at + FRESH_S:
                self._speak()
        words = sender, event.fields["payload"]
        is_new = words not in self._words
        if len(self._words) < self._plan.expect:
            # nobody counts beyond that
            self._words.add(words)
        return is_new

    def _unmet(self) -> tuple[Address, ...]:
        return tuple(member for member in self._others if member not in self._sessions)

    def _give_up_on(self, address: Address) -> None:
        # the other side may have greeted with success, and then there is a session all the same
        if address not in self._sessions:
            self._end(Missed(f"nobody answers at {address}, so there is no view with it"))

    def _failure(self, event: Event) -> str:
        reason, culprit, missing = (event.fields.get(name) for name in ("reason", "culprit", "missing"))
        if isinstance(culprit, bytes):
            return f"the key run failed ({reason!s}); {self._name(NodeId(culprit))} broke it"
        nodes = missing if isinstance(missing, tuple) else ()
        named = [self._name(NodeId(node)) for node in nodes if isinstance(node, bytes)]
        return f"the key run was given up ({reason!s}); missed {', '.join(named) or 'nobody'}"

    def _name(self, node: NodeId) -> str:
        known = {session: str(address) for address, session in self._sessions.items()}
        own = self._node is not None and node == self._node.driver.node
        return f"{'this peer' if own else known.get(node, 'an unknown peer')} (node {node.hex()[:8]})"

    def _lack(self) -> str:
        unmet = self._unmet()
        if unmet:
            return f"there is no session with {', '.join(str(member) for member in unmet)}"
        if self._installed is None:
            return f"there is no view; {self._plan.members[0]} has not brought one about"
        silent = [self._name(node) for node in self._sessions.values() if node not in self._speakers]
        heard = f"{len(self._words)} of {self._plan.expect} messages were heard"
        return f"{heard}; silent: {', '.join(silent) or 'nobody'}"

    def _end(self, missed: Missed | None) -> None:
        if not self._ended.is_set():
            self._missed = missed
            self._ended.set()

    async def _linger(self, node: Node) -> None:
        """Stay until nobody can need this peer any more."""
        began = asyncio.get_running_loop().time()
        while True:
            wait = self._needed_for(node, began)
            if wait <= 0:
                return
            await asyncio.sleep(wait)

    def _needed_for(self, node: Node, began: float) -> float:
        """For how many seconds more, at least, somebody may need this peer."""
        if node.driver.peer.has_repeats(node.driver.overlay):
            return POLL_S
        if len(self._speakers) == len(self._others):
            # who has spoken has installed the view, and asks for no CONFIRM any more
            return 0
        return max(node.heard_at, began) + QUIET_S - asyncio.get_running_loop().time()


def as_address(value: object) -> Address:
    """A field of an event that is an address."""
    if not isinstance(value, Address):
        raise TypeError(f"{value!r} is no address")
    return value


def as_node(value: object) -> NodeId:
    """A field of an event that is a Node-ID."""
    if not isinstance(value, bytes):
        raise TypeError(f"{value!r} is no Node-ID")
    return NodeId(value)
