"""What a client of the TCP interface was told: its queue, and what it may resume from."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

MOST_LINES = 4_096
MOST_OCTETS = 8 << 20
"""A client that is farther behind has lost something, and is told so."""


class History:
    """Lines by id, from 1 upward. The oldest are forgotten when there are too many."""

    def __init__(self, lines: int | None = None, octets: int | None = None) -> None:
        """`lines` and `octets` bound what is kept, where less is to be kept than usual."""
        self._most = lines or MOST_LINES, octets or MOST_OCTETS
        self._lines: deque[bytes] = deque()
        self._octets = 0
        self.last = 0
        """The id that was given last."""
        self._grown = asyncio.Event()

    @property
    def first(self) -> int:
        """The id of the oldest line that is kept; one more than `last` when there is none."""
        return self.last - len(self._lines) + 1

    def append(self, make: Callable[[int], bytes]) -> None:
        """Keep the line that `make` writes for its id."""
        self.last += 1
        line = make(self.last)
        self._lines.append(line)
        self._octets += len(line)
        while len(self._lines) > self._most[0] or self._octets > self._most[1]:
            self._octets -= len(self._lines.popleft())
        self._grown.set()

    def after(self, last: int) -> list[bytes]:
        """The lines after the one with id `last`, as far as they are kept."""
        skipped = max(0, last - self.first + 1)
        return [line for at, line in enumerate(self._lines) if at >= skipped]

    async def grown(self, last: int) -> None:
        """Wait until there is something after `last`."""
        while self.last <= last:
            self._grown.clear()
            await self._grown.wait()
