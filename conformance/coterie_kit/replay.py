"""``coterie-kit replay``: a recorded run once more, with a fresh peer in the place of one of its members.

Each packet of the capture that was for this member is delivered to the peer, at the recorded clock readings
and between the recorded local actions; what the peer sends is compared with what was sent then. HELLO to
CONFIRM, and PROPOSE, FLUSH, JOIN and LEAVE, are compared octet by octet, sealed frames field by field after
opening. No address in a capture is dialled.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie_kit.faults import Crashed, Hung, PeerFault, UsageError

if TYPE_CHECKING:
    from coterie_kit.captures.datagrams import Datagram
    from coterie_kit.captures.sidecar import Node, Recorded, Sidecar, Step
    from coterie_kit.peer import Peer
    from coterie_kit.reply import Reply, Send

__all__ = ["Replay", "register", "run"]

CONFORMANT, DIFFERENT, NOTHING = 0, 1, 2
MOST_FINDINGS = 5


def register(subparsers: Any) -> None:
    """Declares the command."""
    command = subparsers.add_parser("replay", help="play one role of a capture to a fresh peer, and compare")
    command.add_argument(
        "capture", type=Path, metavar="FILE", help="pcapng or pcap; FILE.json stands beside it"
    )
    command.add_argument(
        "--as", dest="node", required=True, metavar="NODE", help="name or Node-ID of the member, or 'all'"
    )
    command.add_argument("--peer", default="cmd:coterie harness", help="the peer (cmd:coterie harness)")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Replays; 0 when all matches, 1 with the packets and fields that differ, 2 when nothing was compared."""
    from coterie_kit.captures import sidecar
    from coterie_kit.captures.datagrams import datagrams
    from coterie_kit.captures.files import read
    from coterie_kit.peer import open_peer

    captured = {one.number: one for one in datagrams(read(arguments.capture))}
    beside = sidecar.load(arguments.capture.with_suffix(".json"))
    every = arguments.node == "all"
    nodes = list(beside.nodes.values()) if every else [_chosen(beside, arguments.node)]
    played = [Replay(beside, node, captured) for node in nodes]
    played[0].check_packets()
    if not played[0].is_whole:
        return _told(played[0])
    # a damaged packet is delivered all the same: what the peer made of it is worth knowing
    with open_peer(arguments.peer) as peer:
        for replay in played:
            try:
                replay.play(peer)
            except (Crashed, Hung, PeerFault) as end:
                replay.find(f"the peer: {end}")
                break
    statuses = [_told(replay) for replay in played]
    return DIFFERENT if DIFFERENT in statuses else max(statuses)


def _chosen(beside: Sidecar, wanted: str) -> Node:
    for node in beside.nodes.values():
        if wanted in {node.name, node.node, node.address}:
            return node
    raise UsageError(f"the capture has no member {wanted!r}; it has {', '.join(beside.nodes)}")


def _told(replay: Replay) -> int:
    for finding in replay.findings:
        sys.stdout.write(f"{finding}\n")
    what = (
        f"{replay.delivered} packets delivered to {replay.node.name}, {replay.compared} of its own compared"
    )
    if replay.findings:
        sys.stdout.write(f"differs: {what}\n")
        return DIFFERENT
    sys.stdout.write(f"{'matches' if replay.compared else 'nothing to compare'}: {what}\n")
    return CONFORMANT if replay.compared else NOTHING


@dataclass(slots=True)
class Replay:
    """One replay: what is played, and what was found."""

    beside: Sidecar
    node: Node
    captured: dict[int, Datagram]
    findings: list[str] = field(default_factory=list)
    delivered: int = 0
    compared: int = 0

    @property
    def full(self) -> bool:
        """Enough was found: what follows a difference says little."""
        return len(self.findings) >= MOST_FINDINGS

    @property
    def is_whole(self) -> bool:
        """Whether every packet of the recording is in the capture."""
        return self.captured.keys() >= self.beside.packets.keys()

    def find(self, sentence: str) -> None:
        """Keeps a finding."""
        self.findings.append(sentence)

    # ------------------------------------------------------------ the capture is the one recorded

    def check_packets(self) -> None:
        """Every packet has the fields that were recorded."""
        for number, fields in self.beside.packets.items():
            if self.full:
                return
            packet = self.captured.get(number)
            if packet is None:
                self.find(f"packet {number}: not in the capture")
            elif changed := changed_field(packet.payload, fields):
                self.find(f"{self.called(number)}: {changed}")

    def called(self, number: int) -> str:
        """A packet as a reader finds it."""
        packet = self.captured[number]
        ends = f"{self._name(packet.source)} to {self._name(packet.to)}"
        return f"packet {number} ({frame_type(packet.payload)} from {ends})"

    def _name(self, address: str) -> str:
        return next((one.name for one in self.beside.nodes.values() if one.address == address), address)

    # ------------------------------------------------------------ the run once more

    def play(self, peer: Peer) -> None:
        """Plays the script of the node to a fresh peer."""
        reset = dict(self.node.reset)
        reply = peer.raw({"cmd": "reset"} | reset)
        if not reply.ok:
            self.find(f"reset: {reply.said()}")
            return
        for step in self.node.steps:
            if self.full:
                return
            self.compare(step, self.act(peer, step))

    def act(self, peer: Peer, step: Step) -> Reply:
        """One step."""
        if step.kind == "deliver":
            packet = self.captured[step.packet]
            self.delivered += 1
            command = {"from": packet.source, "to": packet.to, "bytes": packet.payload.hex()}
            return peer.raw({"cmd": "deliver"} | command)
        return peer.raw({"cmd": step.kind} | dict(step.command))

    def compare(self, step: Step, reply: Reply) -> None:
        """What came of a step, with what came of it then."""
        where = self.called(step.packet) if step.kind == "deliver" else f"after {step.kind} {_short(step)}"
        status = "ok" if reply.ok else reply.reason
        if status != step.status:
            at = f" at {reply.field}" if reply.field else ""
            self.find(f"{where}: {status}{at}, where it was {step.status}")
            return
        self._compare_sends(where, step, list(reply.sends))
        told = [dict(event.fields) for event in reply.events if event.name == "data"]
        if told != [dict(row) for row in step.data]:
            self.find(f"{where}: {len(told)} messages told, other than the {len(step.data)} recorded")
        self._compare_told(where, step, reply)

    def _compare_told(self, where: str, step: Step, reply: Reply) -> None:
        """What a peer in a group told its user."""
        from coterie_kit.captures.sidecar import TOLD
        from coterie_kit.difference import first_difference

        if not any(one.told for one in self.node.steps):
            return  # a recording that has only the records
        told = [{"name": one.name, "fields": dict(one.fields)} for one in reply.events if one.name in TOLD]
        found = first_difference(told, [dict(row) for row in step.told], "told")
        if found:
            self.find(f"{where}: {found.path} was {found.expected}, the peer said {found.observed}")

    def _compare_sends(self, where: str, step: Step, sends: list[Send]) -> None:
        expected = [self.captured[number] for number in step.sends]
        for packet in expected:
            found = next((send for send in sends if send.to == packet.to), None)
            self.compared += 1
            if found is None:
                self.find(f"{self.called(packet.number)}: not sent {where}")
                continue
            sends.remove(found)
            if difference := self.differs(packet.payload, found.bytes):
                self.find(f"{self.called(packet.number)}: {difference}")
        for send in sends:
            self.find(f"{where}: {frame_type(send.bytes)} to {self._name(send.to)} was not sent then")

    def differs(self, recorded: bytes, sent: bytes) -> str:
        """Where two frames differ: octet by octet, but sealed ones field by field."""
        if recorded == sent:
            return ""
        if frame_type(recorded) == frame_type(sent) and is_sealed(recorded):
            return _sealed_difference(recorded, sent, self.beside)
        return _first_difference(recorded, sent)


def _short(step: Step) -> str:
    return str(step.command.get("action", "")) or "/".join(str(value) for value in step.command.values())


def frame_type(octets: bytes) -> str:
    """The name of a frame's type, or what there is instead."""
    from coterie_kit import registry

    return registry.frame_name(octets)


def is_sealed(octets: bytes) -> bool:
    """Whether the frame is of a sealed type."""
    from coterie_kit import registry

    row = registry.frames().get(frame_type(octets))
    return row is not None and row.protection == "sealed"


def changed_field(payload: bytes, fields: Sequence[Recorded]) -> str:
    """The first field that is not the one recorded; empty when all are."""
    from coterie_kit.captures.sidecar import field_digest

    for recorded in fields:
        if field_digest(payload[recorded.start : recorded.end]) != recorded.digest:
            return f"{recorded.path} is not what was recorded"
    size = max((recorded.end for recorded in fields), default=0)
    return "" if len(payload) == size else f"{len(payload)} octets, where {size} were recorded"


def spans(payload: bytes) -> list[tuple[str, int, int]]:
    """Where the fields of a frame lie; one field for the whole of what is no frame."""
    from coterie_kit import frames

    try:
        frame = frames.read(payload, 65_000)
    except frames.Unreadable as refused:
        size = min(24, len(payload))
        return [(refused.path, 0, size), ("octets", 0, len(payload))]
    return [(span.path, span.start, span.end) for span in frame.spans]


def _first_difference(recorded: bytes, sent: bytes) -> str:
    for path, start, end in spans(recorded):
        if recorded[start:end] != sent[start:end]:
            return f"{path} was {_cut(recorded[start:end])}, the peer sent {_cut(sent[start:end])}"
    return f"it had {len(recorded)} octets, the peer sent {len(sent)}"


def _cut(octets: bytes) -> str:
    return octets.hex() if len(octets) <= 16 else octets[:16].hex() + "…"


def _sealed_difference(recorded: bytes, sent: bytes, beside: Sidecar) -> str:
    """Sealed frames by field: header and prefix but the lengths, then the opened bodies."""
    from coterie_kit.captures.opening import opened

    one, two = opened(recorded, beside), opened(sent, beside)
    if one is None or two is None:
        return f"{'the recorded one' if one is None else 'that of the peer'} does not open with the key log"
    for path in {**one, **two}:
        if one.get(path) != two.get(path):
            return f"{path} was {one.get(path)!r}, the peer sent {two.get(path)!r}"
    return ""
