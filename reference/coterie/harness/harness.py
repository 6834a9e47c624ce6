"""The peer behind the test interface: one command in, one reply out.

Implements the Test interface chapter (REQ-TST-2 to REQ-TST-6). Nothing that a line says can end the program
but `stop`: what is amiss in it is answered, with reason `usage`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from coterie.effects import Effect, field_to_json, to_json
from coterie.errors import LocalError, RemoteError
from coterie.harness import actions_of_groups, actions_of_peers, reset, strict
from coterie.harness.arguments import Arguments, JsonObject
from coterie.peer import Peer
from coterie.vocabulary import Address, Now, OverlayId

HIGHEST_SEQ = 2**63 - 1
NO_COMMAND = 0
"""The `seq` of the reply to a line that is no command."""

Command = Callable[["Harness", Arguments], JsonObject | None]


class Harness:
    """One peer, or none yet, and the instant at which it lives."""

    def __init__(self, *, version: str, grease: bool = False) -> None:
        self.stopped = False
        self._version = version
        self._grease = grease
        self._peer: Peer | None = None
        self._now = Now(0, 0)

    def answer(self, line: bytes | None) -> JsonObject:
        """The reply to one line; None stands for a line that was too long to read."""
        seq = NO_COMMAND
        try:
            command = strict.parse_object(line)
            seq = self._seq(command)
            return {"seq": seq, **self._carry_out(command)}
        except LocalError as mistake:
            return {"seq": seq, **self._usage(mistake)}

    def _seq(self, command: JsonObject) -> int:
        return Arguments(command).integer("seq", HIGHEST_SEQ)

    def _carry_out(self, command: JsonObject) -> JsonObject:
        given = Arguments({name: value for name, value in command.items() if name != "seq"})
        name = given.text("cmd")
        if name not in COMMANDS:
            # REQ-TST-3: not known is not an error
            return {"status": "unsupported", "why": "no such command"}
        try:
            result = COMMANDS[name](self, given)
        except Unsupported as unsupported:
            return {"status": "unsupported", "why": str(unsupported)}
        except RemoteError as refused:
            field = {"field": refused.field} if refused.field else {}
            told = {"status": "error", "reason": refused.reason, "phase": refused.phase}
            return told | field | self._happened()
        except LocalError as mistake:
            return self._usage(mistake)
        return {"status": "ok"} | ({} if result is None else {"result": result}) | self._happened()

    def _usage(self, mistake: LocalError) -> JsonObject:
        told: JsonObject = {"status": "error", "reason": "usage", "phase": "usage", "detail": str(mistake)}
        return told | self._happened()

    def _happened(self) -> JsonObject:
        """What the peer did, and when it wants to be woken."""
        if self._peer is None:
            return {"effects": [], "wake": None}
        return {"effects": in_order(self._peer.effects()), "wake": self._peer.next_wake()}

    # ------------------------------------------------------------ commands

    def hello(self, given: Arguments) -> JsonObject:
        """What this program is and can do."""
        given.end()
        return {
            "name": "coterie",
            "version": self._version,
            "interface": 1,
            "revision": "00",
            "classes": ["documents", "overlay", "groups", "member"],
            "tiers": [0, 1],
            "suites": [1, 2],
            "determinism": "D0" if self._grease else "D3",
        }

    def reset(self, given: Arguments) -> JsonObject:
        """Forget everything and start a peer."""
        self._peer, self._now = reset.new_peer(given, grease=self._grease)
        return reset.describe(self._peer)

    def do(self, given: Arguments) -> JsonObject | None:
        """Carry out an action of either tier: `export` is in both, and of tier 1 where an overlay is
        named."""
        from coterie.harness import tier0

        action = given.text("action")
        args = given.object("args")
        overlay = OverlayId(given.octets("overlay", 16)) if given.has("overlay") else None
        given.end()
        if overlay is not None and action in OF_TIER_1:
            return OF_TIER_1[action](self._started(), overlay, Arguments(args), self._now)
        if action in tier0.ACTIONS:
            return tier0.run(action, args)
        if action in OF_TIER_1:
            raise LocalError(f"the action {action} is one of tier 1; name its overlay")
        # REQ-TST-3: not known is not an error
        raise Unsupported("no such action")

    def deliver(self, given: Arguments) -> None:
        """A datagram arrives."""
        source, to = Address.parse(given.text("from")), Address.parse(given.text("to"))
        octets = given.octets("bytes")
        given.end()
        self._started().receive_datagram(octets, source, to, self._now)

    def tick(self, given: Arguments) -> None:
        """Time goes on."""
        now = Now(given.integer("mono_ms"), given.integer("wall_ms"))
        given.end()
        peer = self._started()
        if now.mono_ms < self._now.mono_ms:
            raise LocalError(f"mono_ms is {self._now.mono_ms} already and never goes back")
        self._now = now
        peer.handle_timers(now)

    def inspect(self, given: Arguments) -> JsonObject:
        """The public state of an overlay."""
        overlay = OverlayId(given.octets("overlay", 16))
        given.end()
        return {name: field_to_json(value) for name, value in self._started().inspect(overlay).items()}

    def stop(self, given: Arguments) -> None:
        """The last command."""
        given.end()
        self.stopped = True

    def _started(self) -> Peer:
        if self._peer is None:
            raise LocalError("there is no peer yet; send the command reset first")
        return self._peer


class Unsupported(LocalError):  # noqa: N818  (it is the third kind of answer, and nobody's error)
    """The program does not offer what was asked for."""


OF_TIER_1: Mapping[str, actions_of_peers.Action] = {**actions_of_peers.ACTIONS, **actions_of_groups.ACTIONS}
"""Every action of tier 1, by its name in the draft."""

COMMANDS: Mapping[str, Command] = {
    "hello": Harness.hello,
    "reset": Harness.reset,
    "do": Harness.do,
    "deliver": Harness.deliver,
    "tick": Harness.tick,
    "inspect": Harness.inspect,
    "stop": Harness.stop,
}
"""The seven commands."""


def in_order(happened: Iterable[Effect]) -> list[JsonObject]:
    """What happened as the reply tells it. Implements REQ-TST-5."""
    # REQ-TST-5: in the order in which it happened
    return [to_json(effect) for effect in happened]


def to_line(reply: Mapping[str, Any]) -> bytes:
    """A reply as it is written."""
    return ENCODER.encode(reply).encode("ascii") + b"\n"


ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)
"""Made once: a new one for each reply costs as much as the reply. Replies are made anew, so that none of them
is inside itself."""
