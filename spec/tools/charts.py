"""Charts of the draft: who sent what to whom, drawn from captures of real peers. Nothing in them is typed."""

import json
import struct
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from spec.tools.draft import SPEC

CAPTURES = SPEC.parent / "vectors" / "captures"
WIDTH = 69
LEFT = 18  # the time and the name of the frame
WIDEST_LANE = 14
TOGETHER = 100  # milliseconds: what a peer sends to several others within this time is one row

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
ETHERNET, RAW_IP = 1, 101
RESOLUTION = 9  # the option of an interface that says what a unit of time is


@dataclass(frozen=True, slots=True)
class Chart:
    """What of a capture is drawn: frames of these types, from `since` to `until` milliseconds after its first
    packet."""

    capture: str
    types: tuple[str, ...]
    since: float = 0
    until: float | None = None


CHARTS: Mapping[str, Chart] = {
    "key-run": Chart("spine", ("INSTALL", "UP", "DOWN", "CONFIRM")),
    "crash": Chart(
        "crash-of-the-coordinator",
        ("PROPOSE", "REFUSE", "FLUSH", "INSTALL", "DOWN", "CONFIRM", "NACK", "DATA"),
        since=1_400,
        until=4_400,
    ),
    "merge": Chart(
        "partition-and-merge", ("JOIN", "PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM"), since=4_400
    ),
    "repair": Chart("loss-and-repair", ("DATA", "NACK"), since=900),
}


@dataclass(frozen=True, slots=True)
class Packet:
    """A datagram of a capture. `at` in milliseconds."""

    at: float
    source: str
    target: str
    octets: bytes


@dataclass(slots=True)
class Row:
    """A frame that one peer sent to one or several others. `again`: the same octets went there before."""

    at: float
    label: str
    source: int
    targets: list[int] = field(default_factory=list)
    again: bool = False
    lost: list[int] = field(default_factory=list)
    """Those of the targets that it did not reach."""


def charts() -> dict[str, str]:
    """File name to drawing, for every chart."""
    return {f"chart-{name}.txt": drawing(chart) for name, chart in CHARTS.items()}


def drawing(chart: Chart) -> str:
    """One chart. OSError, ValueError or KeyError for a capture that is missing or broken."""
    sidecar = json.loads((CAPTURES / f"{chart.capture}.json").read_text(encoding="utf-8"))
    lanes = {str(node["address"]): str(node["name"]) for node in sidecar["nodes"]}
    captured = list(packets(CAPTURES / f"{chart.capture}.pcapng"))
    shown = list(rows(chart, captured, list(lanes), undelivered(sidecar, len(captured))))
    if not shown:
        raise ValueError(f"nothing of {chart.capture} is in the chart")
    gap = min(WIDEST_LANE, (WIDTH - LEFT - 1) // max(len(lanes) - 1, 1))
    heads = "".join(name[: gap - 1].ljust(gap) for name in lanes.values())
    lines = [f"{'ms':>6}".ljust(LEFT) + heads]
    lines += [line(row, row.at - shown[0].at, len(lanes), gap) for row in shown]
    return "\n".join(text.rstrip() for text in lines) + "\n"


def undelivered(sidecar: Mapping[str, Any], count: int) -> frozenset[int]:
    """The numbers, from 1, of the packets that no node of the capture was given."""
    steps = [step for node in sidecar["nodes"] for step in node.get("steps", ())]
    given = {step["deliver"] for step in steps if "deliver" in step}
    return frozenset(range(1, count + 1)) - given if given else frozenset()


def rows(chart: Chart, captured: list[Packet], lanes: list[str], lost: frozenset[int]) -> Iterator[Row]:
    """The rows in the order of time. A repeat stands in a row of its own."""
    registry = tomllib.loads((SPEC / "registry.toml").read_text(encoding="utf-8"))
    names = {row["code"]: row["name"] for row in registry["frame"]}
    found: list[Row] = []
    seen: set[tuple[str, bytes]] = set()
    for number, packet in enumerate(captured, start=1):
        label = names.get(packet.octets[3], "?")
        since = packet.at - captured[0].at
        wanted = chart.since <= since <= (chart.until or since) and label in chart.types
        if not wanted or packet.source not in lanes or packet.target not in lanes:
            continue
        again = (packet.target, packet.octets) in seen
        seen.add((packet.target, packet.octets))
        source, target = lanes.index(packet.source), lanes.index(packet.target)
        row = open_row(found, packet.at, (label, source, again), target)
        if row is None:
            found.append(row := Row(packet.at, label, source, again=again))
        row.targets.append(target)
        row.lost += [target] if number in lost else []
    yield from found


def open_row(found: list[Row], at: float, same: tuple[str, int, bool], target: int) -> Row | None:
    """The row that goes on with this packet: same sender and type, a moment ago, not yet to this target."""
    for row in reversed(found):
        if at - row.at > TOGETHER:
            return None
        if (row.label, row.source, row.again) == same:
            return row if target not in row.targets else None
    return None


def line(row: Row, at: float, lanes: int, gap: int) -> str:
    """A row: the sender as a circle, an arrow head before each receiver, or an x where it was lost; an arrow
    passes over other lanes."""
    cells = list(("|" + " " * (gap - 1)) * lanes)
    start, ends = row.source * gap, [target * gap for target in row.targets]
    for column in range(min(start, *ends), max(start, *ends)):
        cells[column] = "-"
    for target, end in zip(row.targets, ends, strict=True):
        cells[end] = "|"
        head = "x" if target in row.lost else ">" if end > start else "<"
        cells[end - 1 if end > start else end + 1] = head
    cells[start] = "o"
    label = f"({row.label})" if row.again else row.label
    return f"{round(at):>6}  {label}".ljust(LEFT) + "".join(cells)


def packets(path: Path) -> Iterator[Packet]:
    """The datagrams of a pcapng file, in its order."""
    octets, at, order = path.read_bytes(), 0, "<"
    interfaces: list[tuple[int, float]] = []
    while at + 12 <= len(octets):
        if struct.unpack_from("<I", octets, at)[0] == SECTION:
            order = "<" if octets[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, length = struct.unpack_from(f"{order}II", octets, at)
        block = octets[at + 8 : at + length - 4]
        if kind == INTERFACE:
            interfaces.append((struct.unpack_from(f"{order}H", block)[0], unit(block[8:], order)))
        if kind == PACKET:
            number, high, low, size, _ = struct.unpack_from(f"{order}5I", block)
            link, milliseconds = interfaces[number]
            yield datagram(block[20 : 20 + size], link, ((high << 32) | low) * milliseconds)
        at += length


def unit(options: bytes, order: str) -> float:
    """Milliseconds in a unit of an interface's times; microseconds unless it says otherwise."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(f"{order}HH", options, at)
        if code == RESOLUTION:
            power = options[at + 4]
            return float(1000 / (2 ** (power & 0x7F) if power & 0x80 else 10**power))
        at += 4 + (length + 3) // 4 * 4
    return 0.001


def datagram(octets: bytes, link: int, at: float) -> Packet:
    """The UDP datagram of a packet. ValueError for a packet that is something else."""
    inner = {ETHERNET: octets[14:], RAW_IP: octets}.get(link)
    if inner is None:
        raise ValueError(f"link type {link} is not one that captures have")
    if inner[0] >> 4 == 4:
        addresses = (address_4(inner[12:16]), address_4(inner[16:20]))
        udp = inner[(inner[0] & 0x0F) * 4 :]
    else:
        addresses = (address_6(inner[8:24]), address_6(inner[24:40]))
        udp = inner[40:]
    source, target = struct.unpack_from(">HH", udp)
    return Packet(at, f"{addresses[0]}:{source}", f"{addresses[1]}:{target}", udp[8:])


def address_4(octets: bytes) -> str:
    """An IPv4 address as captures write it."""
    return ".".join(map(str, octets))


def address_6(octets: bytes) -> str:
    """An IPv6 address as captures write it, in brackets."""
    return f"[{ip_address(octets)}]"
