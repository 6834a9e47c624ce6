"""The shadow of the mutants: which of them could have made a difference to what the reference just did.

Each function that a mutant replaces is watched. Whenever it is called, the mutants' versions are called with
the same arguments, and what they come to is compared; of a mutant that changes a table or a constant, the
version is the function that reads it, with the other table in its place. A mutant that came to the same every
time would have done, octet for octet, what the reference did: a case need not be asked of it. Methods that
change something, and the few functions that draw randomness, are not called twice; for them a single call
counts as a difference. So does, always, a table of which no reader is named.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

from coterie.crypto import certificate
from coterie.mutants.registry import Mutant, by_name, listing, put

DRAWING = frozenset({"coterie.views.contribution:draw_scalar", "coterie.sessions.cookies:bake"})
"""Functions that use randomness up, so that to call them again would change what the peer does."""

ASKING = frozenset(
    {
        "coterie.crypto.seal:Seal.open",
        "coterie.harness.arguments:Arguments.end",
        "coterie.harness.harness:Harness._seq",
        "coterie.multicast.beats:Beats.due",
        "coterie.multicast.beats:Beats.urgent",
        "coterie.multicast.machine:Multicast._idle_at",
        "coterie.multicast.outbox:Outbox.has_room",
        "coterie.multicast.outbox:Room.takes",
        "coterie.multicast.proxies:Proxies.waits",
        "coterie.multicast.stream:Stream.wanted_to",
        "coterie.peer.group:Group.is_idle",
        "coterie.peer.group:Group.is_recovered",
        "coterie.sessions.assemblies:Assemblies.wake",
        "coterie.views.alone:Alone.wake",
        "coterie.views.answering:Answering._refused",
        "coterie.views.causes:Causes._delay",
        "coterie.views.causes:Causes._is_anothers",
        "coterie.views.causes:Causes._is_hopeless",
        "coterie.views.causes:Causes._is_refresh_due",
        "coterie.views.liveness:Liveness.last_heard",
        "coterie.views.machine:Views._check_one_body",
        "coterie.views.machine:Views._sends",
        "coterie.views.proposing:Proposing._is_enough",
    }
)
"""Methods and properties that answer a question and change nothing, nor do the mutants' versions."""


def watch() -> None:
    """Watch from now on; the harness gets the command `shadow`, which tells what differed since the last."""
    shadow = Shadow()

    def tell(_harness: Any, given: Any) -> dict[str, Any]:
        given.end()
        return {"mutants": shadow.take()}

    put("coterie.harness.harness:COMMANDS", lambda commands: {**commands, "shadow": tell})


class Shadow:
    """What differed since it was last asked."""

    def __init__(self) -> None:
        self._always: set[str] = set()
        self._seen: set[str] = set()
        self._is_aside = False
        """A mutant's version is at work: what it calls the reference has not called."""
        rows: dict[str, list[Mutant]] = {}
        for entry in listing():
            row = by_name(entry["name"])
            rows.setdefault(row.through or row.target, []).append(row)
        for target, mutants in rows.items():
            put(target, functools.partial(self._watched, target, mutants))

    def take(self) -> list[str]:
        """The names of the mutants that may have differed, in order; begins anew."""
        taken = sorted(self._always | self._seen)
        self._seen.clear()
        # what is remembered would hide from the next case how it was read
        certificate.parse.cache_clear()
        return taken

    def _watched(self, target: str, mutants: list[Mutant], original: Any) -> Any:
        if isinstance(original, property) and original.fget is not None:
            if target not in ASKING:
                return property(self._counted(mutants, original.fget))
            versions = {row.name: row.change(original).fget for row in mutants}
            return property(self._compared(versions, original.fget))
        if not inspect.isfunction(original):
            self._always.update(row.name for row in mutants)
            return original
        if ("." in target.partition(":")[2] and target not in ASKING) or target in DRAWING:
            return self._counted(mutants, original)
        versions = {
            row.name: _reading(row, original) if row.through else row.change(original) for row in mutants
        }
        return self._compared(versions, original)

    def _counted(self, mutants: list[Mutant], original: Callable[..., Any]) -> Callable[..., Any]:
        names = {row.name for row in mutants}

        @functools.wraps(original)
        def counted(*args: Any, **keywords: Any) -> Any:
            if not self._is_aside:
                self._seen |= names
            return original(*args, **keywords)

        return counted

    def _compared(
        self, versions: dict[str, Callable[..., Any]], original: Callable[..., Any]
    ) -> Callable[..., Any]:
        names = versions.keys()

        @functools.wraps(original)
        def compared(*args: Any, **keywords: Any) -> Any:
            if self._is_aside or names <= self._seen:
                return original(*args, **keywords)
            right = _outcome(original, args, keywords)
            self._is_aside = True
            for name, version in versions.items():
                if name not in self._seen and _outcome(version, args, keywords) != right:
                    self._seen.add(name)
            self._is_aside = False
            return _end(right)

        return compared


def _reading(row: Mutant, reader: Callable[..., Any]) -> Callable[..., Any]:
    """`reader`, a function of the module of the table that the mutant changes, with the changed one."""
    names = sys.modules[row.target.partition(":")[0]].__dict__
    table = row.target.partition(":")[2]
    changed = row.change(names[table])

    def version(*args: Any, **keywords: Any) -> Any:
        right = names[table]
        names[table] = changed
        try:
            return reader(*args, **keywords)
        finally:
            names[table] = right

    return version


class _Comparable:
    """An outcome: a value, or the fault that ended the call, told by all that a peer could tell of it."""

    __slots__ = ("fault", "told", "value")

    def __init__(self, value: Any, fault: Exception | None) -> None:
        self.value, self.fault = value, fault
        self.told = None if fault is None else (type(fault), str(fault), getattr(fault, "culprit", None))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Comparable):
            return NotImplemented
        return self.told == other.told and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]


def _outcome(function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> _Comparable:
    try:
        return _Comparable(function(*args, **keywords), None)
    except Exception as fault:  # noqa: BLE001 - a mutant that breaks down differs, whatever it broke on
        return _Comparable(None, fault)


def _end(outcome: _Comparable) -> Any:
    if outcome.fault is not None:
        raise outcome.fault
    return outcome.value
