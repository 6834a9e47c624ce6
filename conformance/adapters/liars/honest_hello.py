"""What every liar has in common: it introduces itself like a good peer, and then it lies."""

import json
import sys

HELLO = {
    "name": "liar", "version": "1", "interface": 1, "revision": "00",
    "classes": ["documents", "overlay", "member"], "tiers": [0, 1], "suites": [1, 2], "determinism": "D3",
}  # fmt: skip


def reply(command, **members):
    """One line of the test interface."""
    line = {"seq": command["seq"], **members}
    if members.get("status") != "unsupported":
        line = {"effects": [], "wake": None, **line}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def serve(lie):
    """Answers ``hello`` and ``stop`` honestly, and everything else by ``lie(command)``."""
    for text in sys.stdin:
        command = json.loads(text)
        if command["cmd"] == "hello":
            reply(command, status="ok", result=HELLO)
        elif command["cmd"] == "stop":
            reply(command, status="ok", result={})
            return
        else:
            lie(command)
