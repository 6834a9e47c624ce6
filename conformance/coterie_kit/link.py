"""Lines to a peer and back, whatever carries them.

A link carries lines. It bounds what it reads, keeps absolute deadlines, and never waits for a peer's mercy.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Protocol

from coterie_kit.faults import Crashed, Hung, PeerFault

__all__ = ["MOST_OCTETS", "Lines", "Link"]

LONGEST_LINE = 1 << 20  # limit interface-line
MOST_OCTETS = 64 << 20  # from one command to the next, output and log together
LOG_KEPT = 1 << 16
CHUNK = 1 << 16
WATCH = 0.25  # seconds between looks at what a silent peer is doing


class Link(Protocol):
    """One way to a peer. ``open`` may be called again after ``close``."""

    spec: str
    confinement: str

    def open(self) -> None:
        """Reaches the peer; Crashed or Hung when it cannot be reached."""

    def exchange(self, line: bytes) -> bytes:
        """Sends one line and gives the one line that answers it, both without their line feed."""

    def kill(self) -> None:
        """Ends the peer, or the connection, without asking it."""

    def close(self) -> str:
        """Ends the peer, or the connection; a sentence when something was wrong with its end."""

    def log(self) -> str:
        """The end of what the peer wrote to its standard error."""


class Lines:
    """One line out, one line in, over file descriptors that do not block."""

    def __init__(self, source: int, sink: int, log: int | None = None) -> None:
        self._source, self._sink, self._log = source, sink, log
        for descriptor in {source, sink} | ({log} if log is not None else set()):
            os.set_blocking(descriptor, False)
        self._held = bytearray()
        self._taken = 0
        self._watched = 0.0
        self.logged = bytearray()
        self._polls = {writing: self._poll(writing=writing) for writing in (False, True)}
        self._unasked = select.poll()
        self._unasked.register(source, select.POLLIN)
        self.watch: Callable[[], str] = lambda: ""

    def exchange(self, line: bytes, deadline: float | None) -> bytes:
        """As ``Link.exchange``; ``deadline`` is a reading of the monotonic clock, or None for no end."""
        self._taken = 0
        self._nothing_unasked()
        end = deadline if deadline is not None else float("inf")
        self._watched = time.monotonic()
        self._write(line + b"\n", end)
        while b"\n" not in self._held:
            if len(self._held) > LONGEST_LINE:
                message = "a line longer than 1 MiB"
                raise PeerFault(message)
            self._wait(end, writing=False)
        answer, _, rest = bytes(self._held).partition(b"\n")
        if rest:
            message = "more than one line in answer to one command"
            raise PeerFault(message)
        if len(answer) > LONGEST_LINE:
            message = "a line longer than 1 MiB"
            raise PeerFault(message)
        self._held.clear()
        return answer

    def drain(self) -> None:
        """Takes what the peer wrote to its log so far."""
        if self._log is not None:
            self._take(self._log)

    def _nothing_unasked(self) -> None:
        # asked before read: mostly there is nothing, and an exception costs more than the question
        if self._unasked.poll(0):
            self._take(self._source)
        if self._held:
            message = "a line that nothing asked for"
            raise PeerFault(message)

    def _write(self, octets: bytes, end: float) -> None:
        left = memoryview(octets)
        while left:
            try:
                left = left[os.write(self._sink, left) :]
            except BlockingIOError:
                self._wait(end, writing=True)
            except OSError:
                self.drain()
                message = "the peer does not read any more"
                raise Crashed(message) from None

    def _wait(self, end: float, *, writing: bool) -> None:
        """Waits until there is something to do, at most until ``end``, looking at the peer now and then."""
        now = time.monotonic()
        if now >= end:
            message = "no answer before the deadline"
            raise Hung(message)
        if now - self._watched >= WATCH:
            self._watched = now
            trouble = self.watch()
            if trouble:
                raise Crashed(trouble)
        for descriptor, _ in self._polls[writing].poll(int(min(end - now, WATCH) * 1000) + 1):
            if descriptor == self._sink and descriptor != self._source:
                continue
            if self._take(descriptor):
                continue
            if descriptor == self._source:
                message = "the peer ended, or closed its output"
                raise Crashed(message)
            self._log = None
            self._polls = {writing: self._poll(writing=writing) for writing in (False, True)}

    def _poll(self, *, writing: bool) -> select.poll:
        """What wakes whoever waits, made once for many waits."""
        poll = select.poll()
        poll.register(self._source, select.POLLIN)
        if self._log is not None:
            poll.register(self._log, select.POLLIN)
        if writing:
            # one descriptor may be both
            both = select.POLLIN | select.POLLOUT if self._sink == self._source else select.POLLOUT
            poll.register(self._sink, both)
        return poll

    def _take(self, descriptor: int) -> bool:
        """Reads once; False at the end of the stream."""
        try:
            octets = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._taken += len(octets)
        if self._taken > MOST_OCTETS:
            message = "more than 64 MiB of output"
            raise Crashed(message)
        if descriptor == self._source:
            self._held += octets
        else:
            self.logged += octets
            del self.logged[:-LOG_KEPT]
        return bool(octets)
