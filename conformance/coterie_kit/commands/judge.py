"""``coterie-kit judge``: captures alone, without peers and without keys, judged rule by rule."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie_kit.faults import UsageError

if TYPE_CHECKING:
    from coterie_kit.captures.judging import Judgement

CLEAN, BROKEN_RULES, NOTHING = 0, 1, 2
SHOWN = 10
SCHEMA = "judgement.schema.json"
LONGEST_FILE = 16 * 1024 * 1024


def register(subparsers: Any) -> None:
    """Declares the command."""
    command = subparsers.add_parser("judge", help="judge captures alone, without peers and without keys")
    command.add_argument("captures", type=Path, nargs="+", metavar="FILE", help="pcapng or pcap")
    command.add_argument(
        "--signatures", action="store_true", help="verify signatures, too, by the leaves in the capture"
    )
    command.add_argument(
        "--partial", action="store_true", help="it begins later than the peers did, or lacks packets"
    )
    command.add_argument(
        "--rough", action="store_true", help="the network doubles datagrams, or changes their order or source"
    )
    command.add_argument("--most", type=int, default=SHOWN, metavar="N", help=f"findings to show ({SHOWN})")
    command.add_argument("--verbose", action="store_true", help="show each rule, also where it holds")
    command.add_argument("--json", type=Path, metavar="FILE", help="write all findings")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judges each capture; 1 when a rule is broken in any, 2 when there was nothing to judge in one."""
    if arguments.most < 0:
        raise UsageError("--most takes a number of lines, 0 or more")
    statuses, results = set(), []
    for path in arguments.captures:
        status, found = _judge(path, arguments)
        statuses.add(status)
        results.append(found)
    if arguments.json:
        _write({"schema": SCHEMA, "captures": results}, arguments.json)
    return BROKEN_RULES if BROKEN_RULES in statuses else max(statuses)


def _judge(path: Path, arguments: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    from coterie_kit.captures.datagrams import datagrams
    from coterie_kit.captures.files import read
    from coterie_kit.captures.judging import Setting, judged

    names = _names(path)
    setting = Setting(arguments.partial, arguments.rough, arguments.signatures, names)
    packets = read(path)
    inside = datagrams(packets)
    found = judged(inside, setting)
    found.left_out = len(packets) - len(inside)
    status = NOTHING if not found.frames else BROKEN_RULES if found.broken else CLEAN
    _show(path, found, names, arguments)
    return status, _json(path, found, names, status)


def _names(path: Path) -> dict[str, str]:
    """What the file beside a capture calls the addresses; nothing when there is none."""
    beside = path.with_suffix(".json")
    if not beside.is_file() or beside.stat().st_size > LONGEST_FILE:
        return {}
    try:
        nodes = json.loads(beside.read_bytes())["nodes"]
        return {str(node["address"]): str(node["name"]) for node in nodes}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{beside.name} is not the sidecar of a capture") from None


def _show(path: Path, found: Judgement, names: dict[str, str], arguments: argparse.Namespace) -> None:
    for row in found.rows.values():
        verdict = f"broken {row.broken}" if row.broken else f"holds, {_count(row.looked, 'frame')}"
        if row.unjudged and arguments.verbose:
            _say(f"{row.name:<14}not judged: {row.unjudged}")
        elif row.broken or arguments.verbose:
            _say(f"{row.name:<14}{verdict:<22}{row.statement}")
    for each in found.findings[: arguments.most]:
        _say(f"packet {each.packet}: {each.rule}: {each.sentence} ({', '.join(each.reqs)})")
    if found.broken > arguments.most:
        _say(f"and {found.broken - arguments.most} more")
    for overlay, reach in found.overlays.items():
        if arguments.verbose:
            inside = ", ".join(sorted(names.get(each, each) for each in reach.inside)) or "nobody"
            sent = f"{_count(reach.frames.total(), 'frame')}, {reach.octets.total()} octets"
            _say(f"overlay {overlay.hex()}: {sent}, inside: {inside}")
    _say(f"{path.name}: {_conclusion(found)}")


def _conclusion(found: Judgement) -> str:
    besides = f"; besides {_count(found.others, 'datagram')} without a frame" if found.others else ""
    besides += f"; {_count(found.unknown, 'frame')} of another version" if found.unknown else ""
    besides += f"; {_count(found.left_out, 'packet')} without a whole datagram" if found.left_out else ""
    if not found.frames:
        return f"nothing was judged: there is no frame in it{besides}"
    rules = [row for row in found.rows.values() if row.looked]
    where = _count(len(found.overlays), "overlay")
    told = f"{_count(found.frames, 'frame')} in {where}, {_count(len(rules), 'rule')}{besides}"
    if not found.broken:
        return f"{told}: clean"
    broken = sum(row.broken > 0 for row in rules)
    return f"{told}: {broken} broken ({_count(found.broken, 'finding')})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _json(path: Path, found: Judgement, names: dict[str, str], status: int) -> dict[str, Any]:
    return {
        "capture": path.name, "frames": found.frames, "others": found.others, "unknown": found.unknown,
        "left_out": found.left_out,
        "overlays": {overlay.hex(): reach.to_json(names) for overlay, reach in found.overlays.items()},
        "rules": [
            {"name": row.name, "reqs": list(row.reqs), "looked": row.looked, "broken": row.broken}
            | ({"unjudged": row.unjudged} if row.unjudged else {})
            for row in found.rows.values()
        ],
        "findings": [
            {"packet": each.packet, "rule": each.rule, "reqs": list(each.reqs), "sentence": each.sentence}
            for each in found.findings
        ],
        "exit": status,
        "conclusion": _conclusion(found),
    }  # fmt: skip


def _write(content: dict[str, Any], path: Path) -> None:
    try:
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="ascii")
    except OSError as error:
        raise UsageError(f"{path.name}: cannot be written ({error.strerror})") from None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
