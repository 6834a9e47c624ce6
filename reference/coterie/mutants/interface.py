"""Mutants of the chapter on the test interface: draws, replies, effects, ticks."""

from __future__ import annotations

from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped

HARNESS = "coterie.harness.harness"
PEER = "coterie.peer.peer"


def _always_the_first(original: Function) -> Function:
    return lambda seed, label, context, _index, length: original(seed, label, context, 0, length)


def _context_length_left_out(_original: Function) -> Function:
    from coterie.crypto import hkdf

    def draw(seed: bytes, label: str, context: bytes, index: int, length: int) -> bytes:
        named = label.encode("ascii") + b"\x00" + context + index.to_bytes(4, "big")
        return hkdf.expand(hkdf.extract(b"", seed), named, length)

    return draw


def _unknown_is_usage(original: Function) -> Function:
    def carry_out(self: Any, command: Any) -> Any:
        reply = original(self, command)
        if reply["status"] == "unsupported":
            return {"status": "error", "reason": "usage", "phase": "usage", "effects": [], "wake": None}
        return reply

    return carry_out


def _half_of_seq(original: Function) -> Function:
    return lambda self, command: original(self, command) & 0xFFFFFFFF


def _backwards(original: Function) -> Function:
    def in_order(happened: Any) -> Any:
        return original(happened)[::-1]

    return in_order


def _one_timer_a_tick(_original: Function) -> Function:
    def handle_timers(self: Any, now: Any) -> None:
        self._now = now
        known = [(*overlay.due, overlay) for overlay in self._overlays.values() if overlay.due]
        if known:
            at, machine, overlay = min(known, key=lambda due: due[0])
            if at <= now.mono_ms:
                overlay.touch()
                overlay.emit(machine.fire(now), now)

    return handle_timers


def _in_order_of_machines(_original: Function) -> Function:
    def is_due(machine: Any, now: Any) -> bool:
        at = machine.wake()
        return at is not None and at <= now.mono_ms

    def handle_timers(self: Any, now: Any) -> None:
        self._now = now
        every = [(known, overlay) for overlay in self._overlays.values() for known in overlay.timed]
        while due := [known for known in every if is_due(known[0], now)]:
            machine, overlay = due[-1]
            overlay.touch()
            overlay.emit(machine.fire(now), now)

    return handle_timers


MUTANTS = (
    Mutant("draw-always-first", "REQ-TST-1", "altered", "coterie.crypto.entropy:draw", _always_the_first,
           "Every draw of a label and context is the first one."),
    Mutant("draw-lengthless", "REQ-TST-1", "altered", "coterie.crypto.entropy:draw",
           _context_length_left_out, "The length of a draw's context is not hashed."),
    Mutant("arguments-unknown-ignored", "REQ-TST-2", "dropped", "coterie.harness.arguments:Arguments.end",
           dropped, "Arguments that an action does not have are ignored."),
    Mutant("unknown-is-usage", "REQ-TST-3", "altered", f"{HARNESS}:Harness._carry_out", _unknown_is_usage,
           "A command that is not known is an error of usage."),
    Mutant("seq-of-32-bits", "REQ-TST-4", "altered", f"{HARNESS}:Harness._seq", _half_of_seq,
           "Only the lower 32 bits of seq are echoed."),
    Mutant("effects-backwards", "REQ-TST-5", "altered", f"{HARNESS}:in_order", _backwards,
           "Effects stand in the order opposite to that in which they happened."),
    Mutant("tick-fires-one", "REQ-TST-6", "altered", f"{PEER}:Peer.handle_timers", _one_timer_a_tick,
           "A tick fires one timer and leaves the others due."),
    Mutant("tick-fires-late-first", "REQ-TST-6", "altered", f"{PEER}:Peer.handle_timers",
           _in_order_of_machines, "A tick fires the timers in the order of the machines."),
)  # fmt: skip
