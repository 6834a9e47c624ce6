"""``coterie-kit decode``: a frame as a tree of its fields, with offsets; or why it is none."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING, Any

from coterie_kit.faults import UsageError

if TYPE_CHECKING:
    from coterie_kit.frames import Frame, Span

__all__ = ["register", "run", "tree"]

LONGEST_INPUT = 1 << 20
SPACES = re.compile(r"[\s:]+")
WIDEST = 64


def register(subparsers: Any) -> None:
    """Declares the command."""
    command = subparsers.add_parser("decode", help="show the fields of a frame")
    command.add_argument(
        "hex", help="the frame in hexadecimal (white space is ignored), or - for standard input"
    )
    command.add_argument("--assembled", action="store_true", help="it was put together from SEGMENTs")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the tree; 0 when the frame could be read, 1 when it is refused."""
    from coterie_kit import frames

    octets = _octets(sys.stdin.read(LONGEST_INPUT) if arguments.hex == "-" else arguments.hex)
    try:
        frame = frames.read(octets, 65_000, assembled=arguments.assembled)
    except frames.Unreadable as refused:
        _say(f"{len(octets)} octets, refused: {refused.reason} at {refused.path}")
        return 1
    for line in tree(frame):
        _say(line)
    return 0


def _octets(text: str) -> bytes:
    digits = SPACES.sub("", text)
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise UsageError("that is not an even number of hexadecimal digits") from None


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def tree(frame: Frame) -> list[str]:
    """One line a field: offset, size, path indented by its depth, value."""
    lines = [f"{frame.type} ({frame.protection}), {frame.spans[-1].end} octets"]
    shown: tuple[str, ...] = ()
    for span in frame.spans:
        *groups, name = span.path.split(".")
        for depth, group in enumerate(groups):
            if shown[: depth + 1] != tuple(groups[: depth + 1]):
                lines.append(f"             {'  ' * depth}{group}")
        shown = tuple(groups)
        indent = "  " * len(groups)
        lines.append(f"  {span.start:5} {span.end - span.start:4}  {indent}{name} = {shown_value(span)}")
    return lines


def shown_value(span: Span) -> str:
    """A value as people read it."""
    match span.value:
        case int() as number:
            width = (span.end - span.start) * 2
            return f"{number} (0x{number:0{width}x})"
        case (bytes() as host, int() as port):
            return _contact(host, port)
        case bytes() as octets:
            cut = (
                octets.hex() if len(octets) <= WIDEST else f"{octets[:WIDEST].hex()}… ({len(octets)} octets)"
            )
            return cut or "(empty)"
        case other:
            return str(other)


def _contact(host: bytes, port: int) -> str:
    import ipaddress

    if not any(host) and not port:
        return "none"
    address = ipaddress.IPv6Address(host)
    return f"{address.ipv4_mapped}:{port}" if address.ipv4_mapped else f"[{address}]:{port}"
