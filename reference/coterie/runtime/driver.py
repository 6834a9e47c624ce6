"""One peer in one overlay, driven input by input, with a journal of them where one is wanted.

Everything that reaches the peer goes through here: so the journal has it all, in the order in which it
happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coterie.crypto.entropy import Draws
from coterie.crypto.identity import private_key_der
from coterie.effects import Effect, Json
from coterie.errors import LocalError, RemoteError
from coterie.peer import Membership, Peer, PeerConfig, Request
from coterie.runtime import journal, system
from coterie.runtime.journal import Journal
from coterie.vocabulary import Address, NodeId, Now, OverlayId


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one input: effects in order, and the refusal if there was one."""

    effects: list[Effect]
    refusal: RemoteError | None = None


class Driver:
    """A peer with its clocks. `seed` fixes every draw and is for replays only; None means the system's
    randomness."""

    def __init__(self, config: PeerConfig, now: Now, seed: bytes | None, record: Journal | None) -> None:
        if record is not None and seed is None:
            raise LocalError("a journal can be replayed only with a fixed seed; give --insecure-seed as well")
        if len(config.overlays) != 1:
            raise LocalError("a driver has one overlay")
        self._record = record
        self._now = now
        self.peer = Peer(config, now, Draws(seed) if seed is not None else system.draw)
        self.overlay: OverlayId = self.peer.overlays[0]
        self.started = self.peer.effects()
        if record is not None and seed is not None:
            result = {"nodes": {self.overlay.hex(): self.node.hex()}, "incarnation": self.peer.incarnation}
            record.write(
                reset(config, now, seed), journal.accepted(self.started, self.peer.next_wake(), result)
            )

    @property
    def node(self) -> NodeId:
        """The peer's Node-ID."""
        return self.peer.node(self.overlay)

    def tick(self, now: Now) -> Outcome:
        """Time goes on; whatever is due goes off."""
        self._now = Now(max(now.mono_ms, self._now.mono_ms), now.wall_ms)
        command: Json = {"cmd": "tick", "mono_ms": self._now.mono_ms, "wall_ms": self._now.wall_ms}
        return self._carry_out(command, lambda: self.peer.handle_timers(self._now))

    def deliver(self, data: bytes, origin: Address, destination: Address) -> Outcome:
        """A datagram arrives."""
        command: Json = {"cmd": "deliver", "from": str(origin), "to": str(destination), "bytes": data.hex()}
        return self._carry_out(
            command, lambda: self.peer.receive_datagram(data, origin, destination, self._now)
        )

    def greet(self, to: Address) -> Outcome:
        """Begin a handshake."""
        return self._do("greet", {"to": str(to)}, lambda: self.peer.greet(self.overlay, to, self._now))

    def install(self, members: tuple[NodeId, ...], suite: int) -> Outcome:
        """Propose a view."""
        args: Json = {"members": [node.hex() for node in members], "suite": suite}
        request = Request(members, suite)
        return self._do("install", args, lambda: self.peer.install(self.overlay, request, self._now))

    def send(self, payload: bytes) -> Outcome:
        """Send a message to the view."""
        args: Json = {"payload": payload.hex()}
        return self._do("send", args, lambda: self.peer.send(self.overlay, payload, self._now))

    def _do(self, action: str, args: Json, verb: Callable[[], None]) -> Outcome:
        return self._carry_out(
            {"cmd": "do", "overlay": self.overlay.hex(), "action": action, "args": args}, verb
        )

    def _carry_out(self, command: Json, verb: Callable[[], None]) -> Outcome:
        refusal: RemoteError | None = None
        try:
            verb()
        except RemoteError as refused:
            refusal = refused
        effects = self.peer.effects()
        if self._record is not None:
            wake = self.peer.next_wake()
            answer = journal.refused(refusal, effects, wake) if refusal else journal.accepted(effects, wake)
            self._record.write(command, answer)
        return Outcome(effects, refusal)


def reset(config: PeerConfig, now: Now, seed: bytes) -> Json:
    """The command that starts the same peer behind the test interface."""
    return {
        "cmd": "reset",
        "seed": seed.hex(),
        "mono_ms": now.mono_ms,
        "wall_ms": now.wall_ms,
        "key": private_key_der(config.overlays[0].identity.key).hex(),
        "leaf": config.overlays[0].identity.leaf.hex(),
        "address": str(config.address),
        "trust": [trust(membership) for membership in config.overlays],
    } | ({} if config.disk is None else {"disk": config.disk.hex()})


def trust(membership: Membership) -> Json:
    """One entry of `trust` in that command."""
    believed = membership.trust
    authority = believed.policy.authority
    told: Json = {"overlay": believed.overlay.hex(), "policy": "closed" if authority else "open"}
    if authority is not None:
        told["authority"] = authority.certificate.der.hex()
    return told | {
        "suites": list(believed.suites),
        "max_datagram": believed.max_datagram,
        "origin_auth": "sender" if believed.signs_origin else "group",
    }
