"""A member that breaks one rule where only the others' traces can tell: the reference, with a liar before it.

What stands between the two changes commands on their way in and replies on their way out, as the first
argument says; the rest of the arguments is the command of the peer behind it.
"""

import json
import subprocess
import sys
from typing import Any

Line = dict[str, Any]


class AsIs:
    """Changes nothing."""

    def command(self, line: Line) -> Line:
        return line

    def reply(self, line: Line) -> Line:
        return line


class InOrderOfArrival(AsIs):
    """Promises one order for all, and tells messages as they come."""

    def command(self, line: Line) -> Line:
        for row in line.get("trust", ()):
            row["service"] = "unordered-unreliable"
        return line


class WithoutGroup(AsIs):
    """Says that it offers functions alone."""

    def reply(self, line: Line) -> Line:
        if "tiers" in line.get("result", {}):
            line["result"]["tiers"] = [0]
        return line


class CreatesNothing(AsIs):
    """Declares whole peers, and knows no group."""

    def __init__(self) -> None:
        self.action = ""

    def command(self, line: Line) -> Line:
        self.action = str(line.get("action"))
        return line

    def reply(self, line: Line) -> Line:
        without = {"seq": line["seq"], "status": "unsupported", "why": "no groups here"}
        return without if self.action in {"create", "join"} else line


class RefusesToBegin(AsIs):
    """Does not know the argument membership."""

    def command(self, line: Line) -> Line:
        for row in line.get("trust", ()):
            row["company"] = row.pop("membership")
        return line


class EverySeventhUntold(AsIs):
    """Leaves out messages."""

    def __init__(self) -> None:
        self.count = 0

    def _told(self, effect: Line) -> bool:
        self.count += effect.get("name") == "message"
        return effect.get("name") != "message" or self.count % 7 != 0

    def reply(self, line: Line) -> Line:
        return line | {"effects": [effect for effect in line.get("effects", ()) if self._told(effect)]}


class TellsWithoutNumbers(AsIs):
    """Tells messages without their sequence."""

    def reply(self, line: Line) -> Line:
        for effect in line.get("effects", ()):
            if effect.get("name") == "message":
                del effect["fields"]["sequence"]
        return line


class WakesAtOnce(AsIs):
    """Wants to be woken now, always."""

    def __init__(self) -> None:
        self.clock = 0

    def command(self, line: Line) -> Line:
        self.clock = line.get("mono_ms", self.clock)
        return line

    def reply(self, line: Line) -> Line:
        return line if "wake" not in line else line | {"wake": self.clock}


LIARS = {
    "honest": AsIs,
    "order-of-arrival": InOrderOfArrival,
    "without-group": WithoutGroup,
    "creates-nothing": CreatesNothing,
    "refuses-to-begin": RefusesToBegin,
    "untold": EverySeventhUntold,
    "without-numbers": TellsWithoutNumbers,
    "wakes-at-once": WakesAtOnce,
}


def main() -> None:
    liar = LIARS[sys.argv[1]]()
    with subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as peer:
        assert peer.stdin
        assert peer.stdout
        for octets in sys.stdin.buffer:
            command = liar.command(json.loads(octets))
            peer.stdin.write(json.dumps(command).encode() + b"\n")
            peer.stdin.flush()
            reply = liar.reply(json.loads(peer.stdout.readline()))
            sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
            sys.stdout.buffer.flush()
            if command["cmd"] == "stop":
                return


if __name__ == "__main__":
    main()
