"""The three ways to a peer, and the words that name them on the command line."""

from __future__ import annotations

import ipaddress
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from coterie_kit import reaper
from coterie_kit.faults import Crashed, Hung, KitError, UsageError
from coterie_kit.link import Lines, Link

__all__ = ["Attached", "Command", "Connection", "connect"]

START = 30.0  # seconds for the first answer: an interpreter that starts cold on a busy machine
LEAVE = 1.0  # seconds to end after "stop"
MOST_PROCESSES = 64  # below one peer
MOST_FILES = 1000  # in its scratch folder
MOST_SCRATCH = 256 << 20  # octets in it
MOST_MEMORY = 2 << 30  # octets that it and its processes hold


def connect(spec: str, *, deadline: float = 5.0, adopt: bool = False) -> Link:
    """The link that ``spec`` names. UsageError with what can be written instead."""
    kind, _, rest = spec.partition(":")
    match kind:
        case "cmd" if rest.strip():
            return Command(spec, argv_of(rest), deadline, adopt=adopt)
        case "tcp":
            return Connection(spec, *endpoint(rest), deadline)
        case "attach":
            return Attached(spec, *endpoint(rest), None)
        case _:
            message = (
                f"cannot reach a peer by {spec!r}: write cmd:<command line>, tcp:<host>:<port> "
                "or attach:<host>:<port>"
            )
            raise UsageError(message)


def argv_of(command: str) -> list[str]:
    """The words of a command, with files made absolute, because a peer runs in a folder of its own."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        message = f"cannot read the command line of the peer: {error}"
        raise UsageError(message) from None
    beside = Path(sys.executable).parent
    found = shutil.which(words[0], path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if found is None:
        message = f"there is no command {words[0]!r} to start the peer with"
        raise UsageError(message)
    rest = [str(Path(word).resolve()) if Path(word).is_file() else word for word in words[1:]]
    return [str(Path(found).absolute()), *rest]


def endpoint(text: str) -> tuple[str, int]:
    """Host and port; only addresses of this machine, because the kit sends whatever it likes."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        message = f"{text!r} is no loopback address with a port, such as 127.0.0.1:4000 or [::1]:4000"
        raise UsageError(message)
    return host, int(port)


class Command:
    """A peer that the kit starts: own session, own scratch folder, clean environment, limits."""

    def __init__(self, spec: str, argv: list[str], deadline: float, *, adopt: bool) -> None:
        self.spec = spec
        self.confinement = "unsandboxed: own session, resource limits and scratch folder only"
        self._argv, self._deadline, self._adopt = argv, deadline, adopt
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: Lines | None = None
        self._scratch = ""
        self._token = ""
        self._before: set[int] = set()
        self._first = True
        self._log = bytearray()

    def open(self) -> None:
        """Starts the peer. KitError when the system cannot."""
        self._scratch = tempfile.mkdtemp(prefix="coterie-peer-")
        self._token = secrets.token_hex(8)
        self._before = reaper.children()
        self._log = bytearray()
        try:
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                cwd=self._scratch, env=self._environment(), start_new_session=True, close_fds=True,
                preexec_fn=reaper.confine,  # noqa: PLW1509 - the kit has no threads
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(self._scratch, ignore_errors=True)
            message = f"the peer cannot be started: {error}"
            raise KitError(message) from None
        reaper.own.add(self._process.pid)
        source, sink, log = self._process.stdout, self._process.stdin, self._process.stderr
        if source is None or sink is None or log is None:
            message = "the pipes of the peer are missing"
            raise KitError(message)
        self._lines = Lines(source.fileno(), sink.fileno(), log.fileno())
        self._lines.watch = self._trouble
        self._first = True

    def _environment(self) -> dict[str, str]:
        beside = Path(sys.executable).parent
        return {
            "PATH": f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": self._scratch,
            "TMPDIR": self._scratch,
            "LANG": "C.UTF-8",
            reaper.MARK: self._token,
        }

    @property
    def is_open(self) -> bool:
        """Whether a process was started and not ended."""
        return self._process is not None

    def exchange(self, line: bytes, end: float | None = None) -> bytes:
        """As ``Link.exchange``, until ``end`` where one is given. A peer that ended is told with how."""
        if self._lines is None:
            message = "the peer is not running"
            raise Crashed(message)
        allowed = max(START, self._deadline) if self._first else self._deadline
        try:
            answer = self._lines.exchange(line, end if end is not None else time.monotonic() + allowed)
        except Crashed as fault:
            raise Crashed(f"{fault}{self._ending()}") from None
        except Hung:
            raise Hung(f"no answer within {allowed:g} s") from None
        self._first = False
        return answer

    def _ending(self) -> str:
        """How the process ended, if it has."""
        process = self._process
        if process is None or self._lines is None:
            return ""
        try:
            status = process.wait(0.2)
        except subprocess.TimeoutExpired:
            return " (it still runs)"
        self._lines.drain()
        if status < 0:
            return f" (killed by {signal.Signals(-status).name})"
        return f" (exit status {status})"

    def _trouble(self) -> str:
        """What a silent peer does that it must not; empty when nothing."""
        process = self._process
        if process is None:
            return ""
        running = reaper.descendants(process.pid, self._token)
        if len(running) > MOST_PROCESSES:
            return f"it started {len(running)} processes"
        held = sum(map(reaper.memory, running))
        if held > MOST_MEMORY:
            return f"it holds {held >> 20} MiB of memory"
        files, octets = 0, 0
        for folder, _, names in os.walk(self._scratch):
            files += len(names)
            if files > MOST_FILES:
                return f"it made more than {MOST_FILES} files"
            octets += sum(_size(Path(folder, name)) for name in names)
        return f"it wrote {octets} octets to files" if octets > MOST_SCRATCH else ""

    def close(self) -> str:
        """Ends the peer and all that it started, and removes its folder."""
        process, lines = self._process, self._lines
        if process is None:
            return ""
        trouble = self._leave(process)
        if lines is not None:
            lines.logged[:0] = b""
            self._log = lines.logged
        outlived = reaper.end_all(process.pid, self._token, self._before, adopt=self._adopt)
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        reaper.own.discard(process.pid)
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._process = self._lines = None
        return f"{outlived} processes outlived it" if outlived else trouble

    def _leave(self, process: subprocess.Popen[bytes]) -> str:
        """Lets a peer go that was told to stop."""
        if self._lines is None or self._first:
            return ""
        try:
            status = process.wait(LEAVE)
        except subprocess.TimeoutExpired:
            return "it did not end when it was told to stop"
        return f"it ended with status {status}" if status else ""

    def log(self) -> str:
        """As ``Link.log``."""
        held = self._lines.logged if self._lines is not None else self._log
        return bytes(held).decode("utf-8", "replace")

    def kill(self) -> None:
        """Ends the peer without asking it."""
        self._first = True
        self.close()


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


class Connection:
    """A peer that listens on this machine and was started by someone else."""

    def __init__(self, spec: str, host: str, port: int, deadline: float | None) -> None:
        self.spec = spec
        self.confinement = "unsandboxed: started by someone else"
        self._where, self._deadline = (host, port), deadline
        self._socket: socket.socket | None = None
        self._lines: Lines | None = None

    def open(self) -> None:
        """Connects. Crashed when nobody listens."""
        try:
            self._socket = socket.create_connection(self._where, timeout=self._deadline)
        except OSError as error:
            message = f"nobody answers at {self._where[0]} port {self._where[1]}: {error.strerror or error}"
            raise Crashed(message) from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = Lines(self._socket.fileno(), self._socket.fileno())

    def exchange(self, line: bytes) -> bytes:
        """As ``Link.exchange``."""
        if self._lines is None:
            message = "the peer is not connected"
            raise Crashed(message)
        end = None if self._deadline is None else time.monotonic() + self._deadline
        return self._lines.exchange(line, end)

    def close(self) -> str:
        """Closes the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._lines = None
        return ""

    def kill(self) -> None:
        """As ``close``: the process belongs to someone else."""
        self.close()

    def log(self) -> str:
        """Nothing: the log of the peer is with whoever started it."""
        return ""


class Attached(Connection):
    """A peer under a debugger: the kit waits until it listens, and waits for its answers for ever."""

    PAUSE = 0.2

    def open(self) -> None:
        """Waits for the peer."""
        while True:
            try:
                super().open()
            except Crashed:
                time.sleep(self.PAUSE)
            else:
                return
