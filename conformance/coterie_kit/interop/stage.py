"""Where a run takes place: one queue of what happens, virtual time, and a network between whole peers.

Time jumps to the next arrival, action or wake. What arrives at one instant is delivered before anything is
done, and timers come last, so that a member sees all that arrived together before its batch ends.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Protocol

from coterie_kit import registry
from coterie_kit.faults import Crashed, Hung, PeerFault
from coterie_kit.interop.cast import MULTICAST, OVERLAY, Member
from coterie_kit.interop.network import Network
from coterie_kit.interop.plan import Moment
from coterie_kit.peer import NotDeclared
from coterie_kit.reply import Reply

__all__ = ["BrokenOffError", "Stage", "Tap"]

ARRIVAL, ACTION, WAKE = 0, 1, 2
MOST_WAKES = 500  # of one member at one instant: a wake that never goes on is a fault
MOST_DATAGRAMS = 400_000  # of one run


class BrokenOffError(Exception):
    """A member can go no further; the text says which, and what happened."""


class Tap(Protocol):
    """Whoever listens in: at what is done with members, and at what they send."""

    def sent(self, member: Member, to: str, octets: bytes, at: int) -> int:
        """A datagram leaves; gives its number."""

    def lost(self, number: int) -> None:
        """No copy of it arrives."""

    def done(self, member: Member, step: dict[str, Any], reply: Reply, sends: list[int]) -> None:
        """A step and what came of it."""


class Stage:
    """The members and what happens to them."""

    def __init__(self, members: list[Member], network: Network, tap: Tap | None = None) -> None:
        self.members = members
        self.network = network
        self.now = 0
        self.harness: list[dict[str, Any]] = []
        self.on_left: Callable[[Member], None] = lambda _member: None
        self._tap = tap
        self._queue: list[tuple[int, int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        self._wakes = (0, 0, 0)
        self._traps: list[tuple[Moment, list[int], Callable[[Member], None]]] = []

    # ------------------------------------------------------------ time

    def at(self, when: int, act: Callable[..., None], *args: Any) -> None:
        """Something will be done."""
        self._push(when, ACTION, act, *args)

    def _push(self, when: int, rank: int, act: Callable[..., None], *args: Any) -> None:
        self._count += 1
        heapq.heappush(self._queue, (when, rank, self._count, act, args))

    def run(self, until: int) -> None:
        """All that happens up to and at ``until``."""
        while self._queue and self._queue[0][0] <= until:
            self.now, _, _, act, args = heapq.heappop(self._queue)
            act(*args)
        self.now = until

    def trap(self, moment: Moment, act: Callable[[Member], None], until: int) -> None:
        """``act`` with the member that sends, at that moment, if it comes before ``until``."""
        entry = (moment, [moment.passes], act)
        self._traps.append(entry)
        self.at(until, lambda: self._traps.remove(entry) if entry in self._traps else None)

    def note(self, event: str, **fields: Any) -> None:
        """A line of the harness."""
        self.harness.append({"i": len(self.harness), "t": self.now, "event": event} | fields)

    # ------------------------------------------------------------ what is done with a member

    def start(self, member: Member, state: str) -> None:
        """A life of a member begins."""
        reply = self._said(member, lambda: member.start(self.now, state))
        if not reply.ok:
            raise BrokenOffError(f"{member.name} ({member.spec}): reset: {reply.said()} {reply.detail}")
        self._follow(member, {"reset": state}, reply)

    def crash(self, member: Member) -> None:
        """A life ends."""
        if member.alive:
            member.stop(self.now)

    def ask(self, member: Member, action: str, overlay: bytes = OVERLAY, **args: Any) -> bool:
        """An action of the application; False when the member cannot do it now."""
        if not member.alive:
            return False
        self._advance(member)
        reply = self._said(member, lambda: member.peer.do(action, overlay, **args))
        plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in args.items()}
        self._follow(member, {"do": {"overlay": overlay.hex(), "action": action, "args": plain}}, reply)
        return reply.ok

    def inspect(self, member: Member) -> Reply:
        """What the member says of itself."""
        return self._said(member, lambda: member.peer.inspect(OVERLAY))

    def _arrive(self, member: Member, octets: bytes, ends: tuple[str, str], number: int) -> None:
        if not member.alive:
            return
        self._advance(member)
        reply = self._said(member, lambda: member.peer.deliver(octets, *ends))
        if reply.ok:
            self._told(member, lambda: member.tracer.accepted(octets, self.now))
        else:
            self._told(member, lambda: member.tracer.refused(reply.reason, self.now))
        self._follow(member, {"deliver": number}, reply)

    def _advance(self, member: Member) -> None:
        """Tells a member the time, if it does not know it."""
        if member.clock < self.now:
            self._tick(member)

    def _wake(self, member: Member, life: int) -> None:
        if member.alive and member.due == self.now and member.lives == life:
            number, when, count = self._wakes
            count = count + 1 if (number, when) == (member.number, self.now) else 1
            self._wakes = (member.number, self.now, count)
            if count > MOST_WAKES:
                raise BrokenOffError(f"{member.name} ({member.spec}) wants to be woken at one time for ever")
            self._tick(member)

    def _tick(self, member: Member) -> None:
        mono, wall = member.clocks(self.now)
        reply = self._said(member, lambda: member.peer.tick(mono, wall))
        member.clock = self.now
        self._follow(member, {"tick": {"mono_ms": mono, "wall_ms": wall}}, reply)

    def _said(self, member: Member, speak: Callable[[], Reply]) -> Reply:
        """A reply. BrokenOffError, with the name of the member, where there is none that counts."""
        try:
            return speak()
        except (Crashed, Hung, PeerFault) as fault:
            raise BrokenOffError(f"{member.name} ({member.spec}): {fault}") from None
        except NotDeclared as lacking:
            message = f"{member.name} ({member.spec}) declares what it does not offer: {lacking}"
            raise BrokenOffError(message) from None

    def _told(self, member: Member, write: Callable[[], None]) -> None:
        try:
            write()
        except PeerFault as fault:
            raise BrokenOffError(f"{member.name} ({member.spec}): {fault}") from None

    # ------------------------------------------------------------ what comes of it

    def _follow(self, member: Member, step: dict[str, Any], reply: Reply) -> None:
        # written down before anything of it has an effect
        self._told(member, lambda: member.tracer.take(reply.effects, self.now))
        member.disk = reply.disk or member.disk
        member.due = None if reply.wake is None else max(self.now, reply.wake - member.trait.mono)
        if member.due is not None:
            self._push(member.due, WAKE, self._wake, member, member.lives)
        sends = [self._send(member, send.to, send.bytes) for send in reply.sends]
        if self._tap is not None:
            self._tap.done(member, step, reply, sends)
        for event in reply.events:
            self._learn(member, event.name, dict(event.fields))

    def _learn(self, member: Member, name: str, fields: dict[str, Any]) -> None:
        match name:
            case "view-installed":
                member.view, member.members = fields["view"], tuple(fields["members"])
                member.stable = True
            case "proposed":
                member.stable = False
            case "left":
                member.view, member.members, member.stable, member.leaving = "", (), False, False
                member.waiting.clear()
                self.on_left(member)
            case "message":
                member.heard.add(fields["payload"])
            case "sent":
                member.waiting.pop(fields["payload"], None)
            case _:
                pass

    def _send(self, member: Member, to: str, octets: bytes) -> int:
        kind = registry.frame_name(octets)
        number = self._tap.sent(member, to, octets, self.now) if self._tap is not None else 0
        if self.network.sent >= MOST_DATAGRAMS:
            raise BrokenOffError(f"the members sent {MOST_DATAGRAMS} datagrams, {member.name} the last one")
        # what goes to all comes back to its sender, too, as sockets of the system do it
        shared = to == MULTICAST
        receivers = self.members if shared else [one for one in self.members if one.address == to]
        arrives = [self._carry((member, to), receiver, octets, number) for receiver in receivers]
        if not any(arrives) and self._tap is not None:
            self._tap.lost(number)
        self._spring(member, kind)
        return number

    def _carry(self, ends: tuple[Member, str], receiver: Member, octets: bytes, number: int) -> bool:
        """Sends one datagram on its way to one receiver; False when it is lost."""
        source, to = ends
        delays = self.network.fates(source.number, receiver.number, registry.frame_name(octets))
        for delay in delays:
            arriving = self.network.damaged(octets)
            self._push(
                self.now + delay, ARRIVAL, self._arrive, receiver, arriving, (source.address, to), number
            )
        return bool(delays)

    def _spring(self, member: Member, kind: str) -> None:
        for entry in list(self._traps):
            moment, left, act = entry
            if moment.frame == kind:
                left[0] -= 1
                if left[0] < 0:
                    self._traps.remove(entry)
                    # the member has finished its sentence when this comes about
                    self._push(self.now, ARRIVAL, act, member)
