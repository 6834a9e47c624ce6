"""Asking a daemon for something, over its socket: one line out, and lines in until there is an end."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from coterie.errors import LocalError

LONGEST_LINE = 1 << 22
"""Octets of a line of a daemon: a list of all groups, and more."""

PROGRESS_S = 5.0
"""How often it is said that something goes on."""

PATIENCE_S = 300.0
"""How long a daemon may say nothing new: each of its verbs ends before."""

CONNECT_S = 5.0
CHUNK = 65_536

Show = Callable[[str], None]
Json = dict[str, Any]


class RefusedError(LocalError):
    """The daemon has not done it. `reason` is of the registry, empty where it is none of those; `later` says
    that nobody has refused it: the same may do in a while."""

    def __init__(self, line: Json) -> None:
        super().__init__(str(line.get("why", "the daemon does not say why")))
        self.line = line
        self.reason = str(line.get("reason", ""))
        self.later = bool(line.get("later", True))


class Caller:
    """One connection to the daemon that is asked at a path; to be closed, or used with `with`."""

    def __init__(self, path: Path) -> None:
        """`LocalError` when nobody is there."""
        self._path = path
        self._rest = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(CONNECT_S)
        try:
            self._socket.connect(str(path))
        except OSError as fault:
            self._socket.close()
            raise LocalError(nobody(path, fault)) from fault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, command: Json, show: Show) -> Json:
        """What comes of a command; `show` is told of the wait. `RefusedError` when nothing does."""
        self.send(command)
        for line in self.lines(show):
            match line.get("say"):
                case "done":
                    result = line.get("result")
                    return result if isinstance(result, dict) else {}
                case "refused":
                    raise RefusedError(line)
                case _:
                    continue
        raise LocalError(f"the daemon at {self._path} has ended meanwhile; start it again, and ask again")

    def send(self, command: Json) -> None:
        """Ask, without waiting."""
        line = json.dumps(command, separators=(",", ":")).encode() + b"\n"
        try:
            self._socket.sendall(line)
        except OSError as fault:
            raise LocalError(
                f"the daemon at {self._path} does not listen: {fault.strerror or fault}"
            ) from fault

    def lines(self, show: Show, patience_s: float | None = PATIENCE_S) -> Iterator[Json]:
        """Every line until the daemon ends; each `progress` is shown, and so is that one goes on waiting.
        Without patience it is waited for without end, and without a word."""
        began, what = time.monotonic(), "the daemon"
        self._socket.settimeout(None if patience_s is None else PROGRESS_S)
        while True:
            try:
                line = self._line()
            except TimeoutError:
                passed = time.monotonic() - began
                if patience_s is not None and passed > patience_s:
                    raise LocalError(
                        f"the daemon says nothing for {patience_s:g} s; is it stopped?"
                    ) from None
                show(f"still {what}, {passed:.0f} s")
                continue
            if line is None:
                return
            if line.get("say") == "progress":
                began, what = time.monotonic(), str(line.get("text"))
                show(what)
            yield line

    def _line(self) -> Json | None:
        while b"\n" not in self._rest:
            try:
                chunk = self._socket.recv(CHUNK)
            except ConnectionError:
                return None
            if not chunk or len(self._rest) > LONGEST_LINE:
                return None
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise LocalError(f"whoever is asked at {self._path} is no daemon of coterie")
        return told


def nobody(path: Path, fault: OSError) -> str:
    """Why nobody can be asked, and what to do."""
    match fault:
        case FileNotFoundError() | ConnectionRefusedError():
            return (
                f"no daemon is asked at {path}; start one with 'coterie daemon', or name the folder of one "
                "that runs with --state"
            )
        case PermissionError():
            return f"the daemon at {path} is another user's; start one of your own with 'coterie daemon'"
        case TimeoutError():
            return f"the daemon at {path} does not answer; is it stopped?"
        case _:
            return f"{path} cannot be asked: {fault.strerror or fault}; name the socket with --control"
