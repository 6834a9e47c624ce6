"""A peer in the same process: a function from command to reply, behind the kit's own link."""

import json
from collections.abc import Callable
from typing import Any

from coterie_kit.engine import Run, Settings
from coterie_kit.peer import Peer
from coterie_kit.verdict import Verdict

Answer = Callable[[dict[str, Any]], dict[str, Any]]

HELLO = {
    "name": "scripted", "version": "1", "interface": 1, "revision": "00", "classes": ["documents", "member"],
    "tiers": [0, 1], "suites": [1, 2], "determinism": "D3",
}  # fmt: skip
OVERLAY = "0f" * 16
STATE = {
    "digest": "aa" * 32, "counters": {}, "sessions": [], "view": None, "members": [], "run": None, "clock": 0,
    "handshakes": 0, "assemblies": 0, "next_counter": 0,
    "traffic": {"sent": {"frames": 0, "octets": 0}, "received": {"frames": 0, "octets": 0}},
}  # fmt: skip


class Scripted:
    """A link whose other end is ``answer``; it keeps every line that it was given."""

    spec = "scripted"
    confinement = "none"

    def __init__(self, answer: Answer, **hello: Any) -> None:
        self._answer = answer
        self._hello = {**HELLO, **hello}
        self.heard: list[bytes] = []

    def open(self) -> None:
        """Nothing to reach."""

    def exchange(self, line: bytes) -> bytes:
        """The reply of the script."""
        self.heard.append(line)
        command = json.loads(line)
        reply: dict[str, Any] = {"status": "ok", "effects": [], "wake": None}
        match command["cmd"]:
            case "hello":
                reply["result"] = self._hello
            case "stop":
                reply["result"] = {}
            case _:
                reply |= self._answer(command)
        return json.dumps({"seq": command["seq"], **reply}).encode()

    def kill(self) -> None:
        """Nothing to end."""

    def close(self) -> str:
        """Ends well."""
        return ""

    def log(self) -> str:
        """Said nothing."""
        return ""


def run_of(answer: Answer, seed: int = 7, **hello: Any) -> Run:
    """An open run against the script."""
    run = Run(Scripted(answer, **hello), Settings(seed, traced=frozenset(Verdict)))
    run.open()
    return run


def peer_of(answer: Answer) -> Peer:
    """An open peer, which is in one overlay at one address."""
    peer = Peer(Scripted(answer))
    peer.start()
    peer.overlay, peer.address = bytes.fromhex(OVERLAY), "192.0.2.1:4000"
    return peer
