"""Waiting for something that a peer tells: each waiter has said beforehand what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from coterie.effects import Event
from coterie.errors import LocalError

Matches = Callable[[Event], bool]


class Hearing:
    """Who waits for which event. A waiter that nobody waits for any more is forgotten with the next event."""

    def __init__(self) -> None:
        self._waiters: list[tuple[Matches, asyncio.Future[Event]]] = []

    def first(self, matches: Matches) -> asyncio.Future[Event]:
        """The first event from now on that matches."""
        waiter: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiters.append((matches, waiter))
        return waiter

    def hear(self, event: Event) -> None:
        """An event was told."""
        left: list[tuple[Matches, asyncio.Future[Event]]] = []
        for matches, waiter in self._waiters:
            if waiter.done():
                continue
            if matches(event):
                waiter.set_result(event)
            else:
                left.append((matches, waiter))
        self._waiters = left

    def fail(self, sentence: str) -> None:
        """Nothing will be told any more."""
        for _, waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(LocalError(sentence))
        self._waiters = []
