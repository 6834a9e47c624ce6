"""Processes under the kit: what a peer started ends with the peer, also what it tried to hide.

The kit makes itself a sub-reaper, so a process that was forked twice to lose its parent becomes a child
of the kit, and is found and ended. Only processes that appeared after the peer was started and that the
kit did not start itself are touched.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from pathlib import Path

__all__ = [
    "LIMITS", "MARK", "become_sub_reaper", "children", "confine", "descendants", "end_all", "memory", "own",
]  # fmt: skip

SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36  # numbers of prctl(2)
MARK = "COTERIE_KIT_PEER"  # environment variable that a peer's descendants inherit
PATIENCE = 2.0  # seconds that the last child may take to end after SIGKILL

MIB = 1 << 20
LIMITS = {
    resource.RLIMIT_CORE: 0,  # a crash leaves no dump behind
    resource.RLIMIT_CPU: 600,  # seconds; a whole run needs less than a tenth of it
    resource.RLIMIT_FSIZE: 64 * MIB,  # one file
    resource.RLIMIT_NOFILE: 512,
    resource.RLIMIT_AS: 16384 * MIB,  # address space, not memory: engines with compilers reserve much of it
}
PROCESSES = 512  # of this user, above those that run already; root is not bound by it
own: set[int] = set()


def become_sub_reaper() -> bool:
    """Makes orphans below this process its children. False where the system cannot."""
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def confine() -> None:
    """Runs in the new process before the peer: limits, and an end together with the kit."""
    for what, most in LIMITS.items():
        hard = resource.getrlimit(what)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (value, value))
    if os.getuid() != 0:
        _limit_processes()
    try:
        ctypes.CDLL(None).prctl(SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (OSError, AttributeError):
        return


def _limit_processes() -> None:
    running = sum(1 for entry in Path("/proc").glob("[0-9]*") if _owner(entry) == os.getuid())
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    value = running + PROCESSES
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (value, value))


def _owner(entry: Path) -> int:
    try:
        return entry.stat().st_uid
    except OSError:
        return -1


def _parents() -> dict[int, tuple[int, int]]:
    """Process id to (parent, session) of all that runs; empty where there is no /proc."""
    found = {}
    for entry in _numbered():
        try:
            stat = Path("/proc", entry, "stat").read_bytes()
        except OSError:
            continue
        fields = stat[stat.rindex(b")") + 2 :].split()
        found[int(entry)] = (int(fields[1]), int(fields[3]))
    return found


def _numbered() -> list[str]:
    try:
        return [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def children() -> set[int]:
    """The children of this process."""
    here = os.getpid()
    return {pid for pid, (parent, _) in _parents().items() if parent == here}


def descendants(root: int, token: str = "") -> set[int]:
    """All that ``root`` started, told by parent, by session, and by the mark in its environment."""
    table = _parents()
    found = {pid for pid, (_, session) in table.items() if session == root}
    if token:
        mark = f"{MARK}={token}".encode()
        found |= {pid for pid in table if mark in _environment(pid)}
    found.add(root)
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in table.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return (found & table.keys()) - {os.getpid()}


def memory(pid: int) -> int:
    """Octets of memory that a process holds; 0 when it is gone."""
    try:
        return int(Path("/proc", str(pid), "statm").read_bytes().split()[1]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        return 0


def _environment(pid: int) -> bytes:
    try:
        return Path("/proc", str(pid), "environ").read_bytes()
    except OSError:
        return b""


def end_all(root: int, token: str, before: set[int], *, adopt: bool) -> int:
    """Ends ``root`` and all below it; the number of processes that outlived it and were ended here.

    ``before``: children of this process when ``root`` was started. ``adopt``: orphans that came to this
    process since then are the peer's.
    """
    left = descendants(root, token)
    for pid in sorted(left):
        _kill(pid)
    outlived = len(left - {root})
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        strays = (children() - before - own) if adopt else (descendants(root, token) - {root})
        running = [pid for pid in sorted(strays) if not _reap(pid)]
        for pid in running:
            _kill(pid)
        if not running and not (descendants(root, token) - {root}):
            break
        time.sleep(0.002)
    return outlived


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _reap(pid: int) -> bool:
    """Whether ``pid`` has ended and was taken off the table."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not Path("/proc", str(pid)).exists()
