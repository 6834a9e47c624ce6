"""The peer under test, as the cases speak to it: the seven commands of the test interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from coterie_kit import strict
from coterie_kit.faults import Crashed, Hung, KitError, PeerFault
from coterie_kit.link import LONGEST_LINE, Link
from coterie_kit.reply import Reply, octets
from coterie_kit.trace import Trace

__all__ = ["INTERFACE", "Declared", "NotDeclared", "Peer", "open_peer"]

INTERFACE = 1
EFFECTS = frozenset({"send", "event", "disk", "keylog"})
OCTETS = frozenset({"bytes", "overlay", "view", "secret"})
TEXTS = frozenset({"reason", "phase", "field", "detail", "why"})
MEMBERS = {
    "ok": frozenset({"seq", "status", "result", "effects", "wake"}),
    "error": frozenset({"seq", "status", "reason", "phase", "field", "detail", "effects", "wake", "result"}),
    "unsupported": frozenset({"seq", "status", "why", "effects", "wake"}),
}


class NotDeclared(Exception):  # noqa: N818 - an answer, not an error
    """The peer answered ``unsupported``. The text is its reason."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a peer says of itself in answer to ``hello``."""

    name: str = "?"
    version: str = "?"
    interface: int = INTERFACE
    revision: str = "?"
    classes: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()
    suites: tuple[int, ...] = ()
    determinism: str = "D0"


class Peer:
    """One peer behind a link. Octets in arguments travel as lower-case hexadecimal."""

    def __init__(self, link: Link, *, first_seq: int = 1) -> None:
        self.link = link
        self.hello = Declared()
        self.trace = Trace()
        self.address = ""
        self.overlay = b""
        self.mono_ms = 0
        self.wall_ms = 0
        self.is_open = False
        self._first_seq = first_seq
        self._seq = first_seq

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ------------------------------------------------------------ its life

    def start(self) -> Declared:
        """Reaches the peer and asks who it is. Crashed, Hung or PeerFault when it does not say so."""
        self._seq = self._first_seq
        self.link.open()
        self.is_open = True
        reply = self.raw({"cmd": "hello"})
        self.hello = declared(reply)
        return self.hello

    def stop(self) -> str:
        """Tells the peer to end; a sentence when something was wrong with its end."""
        if not self.is_open:
            return ""
        try:
            self.raw({"cmd": "stop"})
        except (Crashed, Hung, PeerFault) as fault:
            if self.is_open:
                self.kill()
            return f"when it was told to stop: {fault}"
        self.is_open = False
        return self.link.close()

    def kill(self) -> None:
        """Ends the peer at once; the next ``start`` gives a fresh one."""
        self.is_open = False
        self.link.kill()

    # ------------------------------------------------------------ the commands

    def reset(  # noqa: PLR0913 - the members of the command
        self,
        *,
        seed: bytes,
        mono_ms: int,
        wall_ms: int,
        key: bytes,
        leaf: bytes,
        address: str,
        trust: Iterable[Mapping[str, Any]],
        disk: bytes | None = None,
    ) -> Reply:
        """A new start of the peer, without memory but for ``disk``."""
        rows = [dict(row) for row in trust]
        self.address, self.mono_ms, self.wall_ms = address, mono_ms, wall_ms
        if rows:
            first = rows[0]["overlay"]
            self.overlay = first if isinstance(first, bytes) else bytes.fromhex(first)
        command = {
            "cmd": "reset", "seed": seed, "mono_ms": mono_ms, "wall_ms": wall_ms, "key": key, "leaf": leaf,
            "address": address, "trust": rows,
        }  # fmt: skip
        return self._ask(command if disk is None else {**command, "disk": disk})

    def do(
        self,
        action: str,
        overlay: bytes | str | None = None,
        *,
        may_be_unsupported: bool = False,
        **args: Any,
    ) -> Reply:
        """An action. ``overlay`` defaults to the first of the last reset; at tier 0 it is an argument."""
        command: dict[str, Any] = {"cmd": "do", "action": action, "args": args}
        if is_pure(action, args):
            command["args"] = args if overlay is None else {**args, "overlay": overlay}
        elif overlay is not None or self.overlay:
            command["overlay"] = self.overlay if overlay is None else overlay
        return self._ask(command, may_be_unsupported=may_be_unsupported)

    def deliver(self, data: bytes, source: str, to: str | None = None) -> Reply:
        """A datagram arrives; ``to`` defaults to the peer's own address."""
        return self._ask({"cmd": "deliver", "from": source, "to": to or self.address, "bytes": data})

    def tick(
        self, mono_ms: int | None = None, wall_ms: int | None = None, *, forward: int | None = None
    ) -> Reply:
        """Sets both clocks, or moves both ``forward`` by so many milliseconds."""
        if forward is not None:
            mono_ms, wall_ms = self.mono_ms + forward, self.wall_ms + forward
        self.mono_ms = self.mono_ms if mono_ms is None else mono_ms
        self.wall_ms = self.wall_ms if wall_ms is None else wall_ms
        return self._ask({"cmd": "tick", "mono_ms": self.mono_ms, "wall_ms": self.wall_ms})

    def inspect(self, overlay: bytes | None = None) -> Reply:
        """The public state of the peer in one overlay."""
        return self._ask({"cmd": "inspect", "overlay": self.overlay if overlay is None else overlay})

    @property
    def asked(self) -> int:
        """How many commands there were, from a number of its own on."""
        return self._seq

    def raw(self, command: Mapping[str, Any], *, seq: int | None = None) -> Reply:
        """Any object as a command; ``seq`` is added, the next one unless another is given.

        PeerFault unless a reply of the interface comes back.
        """
        if seq is None:
            seq = self._seq
            self._seq += 1
        line = strict.compact({"seq": seq, **command})
        if len(line) > LONGEST_LINE:
            message = f"the kit made a command of {len(line)} octets; the interface allows 1 MiB"
            raise KitError(message)
        entry = self.trace.asked(line)
        try:
            answer = self.link.exchange(line)
            value = parsed(answer)
        except (Crashed, Hung, PeerFault) as fault:
            self.trace.failed(entry, str(fault))
            self.kill()
            raise
        self.trace.answered(entry, value)
        try:
            return read(value, seq, str(command.get("action") or command.get("cmd")))
        except PeerFault:
            self.kill()
            raise

    def _ask(self, command: Mapping[str, Any], *, may_be_unsupported: bool = False) -> Reply:
        reply = self.raw(command)
        if reply.status == "unsupported" and not may_be_unsupported:
            raise NotDeclared(f"{reply.command}: {str(reply.raw.get('why', ''))[:200]}")
        return reply


def is_pure(action: str, args: Mapping[str, Any]) -> bool:
    """Whether an action is a function of its arguments alone, which needs no overlay."""
    if action == "export":
        return "exporter" in args
    return action == "schedule" or ("." in action and not action.startswith("group."))


def parsed(answer: bytes) -> Mapping[str, Any]:
    """The object in a line; PeerFault with what is wrong with it."""
    try:
        value = strict.parse(answer)
    except strict.Malformed as error:
        message = f"a reply that is not strict JSON: {error}"
        raise PeerFault(message) from None
    if not isinstance(value, dict):
        message = "a reply that is not an object"
        raise PeerFault(message)
    return value


def read(value: Mapping[str, Any], seq: int, command: str) -> Reply:
    """The reply in ``value``. PeerFault when it is not what the interface allows."""
    status = value.get("status")
    if not isinstance(status, str) or status not in MEMBERS:
        message = f"a reply to {command} whose status is none of ok, error, unsupported"
        raise PeerFault(message)
    if type(value.get("seq")) is not int or value["seq"] != seq:
        message = f"a reply to {command} with another sequence number than the command's"
        raise PeerFault(message, "REQ-TST-4")
    if not value.keys() <= MEMBERS[status]:
        strange = min(value.keys() - MEMBERS[status])
        message = f"a reply to {command} with the unknown member {strange[:60]!r}"
        raise PeerFault(message)
    trouble = _misshapen(value)
    if trouble:
        message = f"a reply to {command} in which {trouble}"
        raise PeerFault(message)
    return Reply(
        status, value.get("result", {}), value.get("reason", ""), value.get("phase", ""),
        value.get("field", ""), value.get("detail", ""), tuple(value.get("effects", ())), value.get("wake"),
        value, command,
    )  # fmt: skip


def _misshapen(value: Mapping[str, Any]) -> str:
    """The first member of a reply that is none of the interface; empty when there is none."""
    if not isinstance(value.get("result", {}), dict):
        return "result is not an object"
    effects, wake = value.get("effects", []), value.get("wake")
    if not isinstance(effects, list) or not all(map(_is_effect, effects)):
        return "effects are not those of the interface"
    if wake is not None and type(wake) is not int:
        return "wake is neither an integer nor null"
    if value["status"] == "ok":
        return ""
    if value["status"] == "error" and not {"reason", "phase"} <= value.keys():
        return "an error lacks its reason or its phase"
    if not all(isinstance(value[name], str) for name in TEXTS & value.keys()):
        return "a text is not text"
    return ""


def _is_effect(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("effect"), str) or row["effect"] not in EFFECTS:
        return False
    for name in OCTETS:
        if name in row:
            octets(row[name], name)
    return True


def declared(reply: Reply) -> Declared:
    """What the answer to ``hello`` says. PeerFault when it does not say it all."""
    texts = {name: reply[name] for name in ("name", "version", "revision", "determinism")}
    lists = {name: reply[name] for name in ("classes", "tiers", "suites")}
    sound = (
        all(isinstance(value, str) and len(value) <= 100 for value in texts.values())
        and all(isinstance(value, list) and len(value) <= 16 for value in lists.values())
        and all(isinstance(value, str) for value in lists["classes"])
        and all(type(value) is int for value in (*lists["tiers"], *lists["suites"]))
    )
    if not sound:
        message = "an answer to hello that does not declare name, version, classes, tiers and suites properly"
        raise PeerFault(message)
    if reply.number("interface") != INTERFACE:
        message = f"the peer speaks version {reply['interface']} of the test interface, the kit {INTERFACE}"
        raise PeerFault(message)
    return Declared(
        texts["name"], texts["version"], INTERFACE, texts["revision"], tuple(lists["classes"]),
        tuple(lists["tiers"]), tuple(lists["suites"]), texts["determinism"],
    )  # fmt: skip


def open_peer(spec: str, *, deadline: float = 5.0, seed: int = 0) -> Peer:
    """The peer that ``spec`` names, for commands that need one outside of cases; a context manager."""
    from coterie_kit.connect import connect

    return Peer(connect(spec, deadline=deadline, adopt=True), first_seq=1 + seed % 1000)
