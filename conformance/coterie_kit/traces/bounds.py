"""How long and how much the properties allow: one value, so that a run can be judged by other figures."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bounds"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Times are milliseconds of the time in the traces. The defaults follow from the timers of the draft."""

    converge: int = 15_000
    """One view after a heal: going on alone (6 s), greeting the lost in turn, and one proposal."""
    deliver: int = 10_000
    """A message everywhere, or a new view: suspicion (2 s), a proposal (5 s), and repairs."""
    key_run: int = 20_000
    """From the INSTALL to the view or to the end of the run."""
    reason: int = 15_000
    """How long before a removal a disturbance of the network still explains it."""
    silence: int = 2_000
    """How long a member is not heard until it is suspected."""
    old_keys: int = 5_000
    """How long after a view the keys of the one before may still open what was under way."""
    old_epochs: int = 2
    """How many views later the keys of a view must be gone."""
    jump: int = 1 << 32
    """The farthest that a timestamp may lie ahead of the clock."""
    window: int = 1_024
    """How far behind the greatest counter a control frame may still be."""
    unstable: int = 4_096
    """Messages of one sender that nobody has called stable."""
    nacks_each: int = 128
    """Requests of one member for one message."""
    nacks_mean: float = 60.0
    """Requests for each missing message, over the whole run: as many as one that hears nothing makes, each
    100 ms, until it suspects the others and goes on alone (6 s). A run that only loses packets is held to
    2."""
    nacks_fewest: int = 50
    """Missing messages from which on the mean says something."""
    nacks_second: int = 100
    """Requests of one member to another within any second."""
    calm: int = 60_000
    """In this time without a cause there is at most one view."""
    bytes_each: int = 5 << 20
    """Octets that a member keeps for each member of its view: 4 MiB unstable, and what is out of order."""
    messages_each: int = 8_192
    """Messages that it keeps for each: the unstable ones, and as many out of order."""
    queued: int = 65_536
    """Entries that wait for the application or for the network."""
    timers: int = 1_024
    """Timers that run at once."""
