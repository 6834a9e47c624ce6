"""Timers and limits turned away from their values in the registry, for all nodes of a run alike.

Implements what a seed varies besides faults. The registry is put back afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random

from coterie import registry

TIMED_TOGETHER = (
    "alive-busy", "alive-idle", "alone", "flow-resend", "flush-give-up", "flush-wait", "install-wait",
    "join-permit", "join-resend", "leave-give-up", "leave-resend", "lost-greet", "propose-delay",
    "run-give-up", "session-wait", "suspect", "view-wait",
)  # fmt: skip
"""Timers of views that are stated in terms of each other: one factor turns them all."""

TIMED_ALONE = {
    "nack-delay": (1, 20, 60),
    "nack-repeat": (50, 100, 200),
    "proxy-resend": (100, 250, 500),
    "sender-idle": (500, 2_000, 10_000),
    "sender-resend": (100, 250, 500),
    "stability-give-up": (5_000, 10_000),
    "view-refresh": (8_000, 86_400_000),
}
FEWER = {
    "acknowledge-after": (1, 12, 128),
    "control-window": (256, 1_024),
    "joins": (2, 6, 64),
    "lost-members": (2, 25, 256),
    "messages": (1, 3, 25, 256),
    "nack-ranges": (1, 3, 16),
    "newcomers": (1, 2, 8),
    "proxied": (1, 6, 64),
    "repairs": (16, 64),
    "unstable-messages": (4, 40, 400, 4_096),
    "view-frames": (400, 16_777_216),
}
FACTORS = ((1, 2), (1, 1), (1, 1), (3, 2))

Knobs = Mapping[str, int]
"""Values by `timer.name` and `limit.name`; whatever is not named is as the registry has it."""


def draw(chance: Random) -> Knobs:
    """The knobs of a seed: half of all seeds turn none."""
    if chance.random() < 0.5:
        return {}
    turned: dict[str, int] = {}
    times, by = chance.choice(FACTORS)
    if times != by:
        turned |= {f"timer.{name}": registry.timer(name) * times // by for name in TIMED_TOGETHER}
    for table, choices in (("timer", TIMED_ALONE), ("limit", FEWER)):
        for name in sorted(choices):
            if chance.random() < 0.25:
                turned[f"{table}.{name}"] = chance.choice(choices[name])
    return turned


def limit(knobs: Knobs, name: str) -> int:
    """A limit, turned or as the registry has it."""
    return knobs.get(f"limit.{name}", registry.limit(name))


def timer(knobs: Knobs, name: str) -> int:
    """A timer, turned or as the registry has it."""
    return knobs.get(f"timer.{name}", registry.timer(name))


@contextmanager
def turned(knobs: Knobs) -> Iterator[None]:
    """The registry with these values."""
    kept = {"limit": registry.limit, "timer": registry.timer}
    for table in kept:
        values = {row["name"]: int(row["value"]) for row in registry.tables()[table]}
        values |= {name.partition(".")[2]: knobs[name] for name in knobs if name.startswith(table)}
        setattr(registry, table, values.__getitem__)
    try:
        yield
    finally:
        for table, function in kept.items():
            setattr(registry, table, function)
