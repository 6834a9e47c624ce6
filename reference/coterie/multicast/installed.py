"""An installed view as multicast knows it: everything that begins with it and ends with it.

Implements the beginning of a view in REQ-MUL-10 and REQ-VIE-15, and its end in REQ-MUL-31. `Receiving`,
`Sending` and `Delivery` work on it; none of them keeps anything of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coterie import registry
from coterie.holdings import Holdings, Recovery
from coterie.multicast import repairs
from coterie.multicast.beats import Beats
from coterie.multicast.order import COORDINATOR, Order, ranks
from coterie.multicast.pacing import Pacing
from coterie.multicast.pen import Pen
from coterie.multicast.proxies import Intake, Once
from coterie.multicast.repairs import Repairs
from coterie.multicast.sendergroup import Entrance
from coterie.multicast.services import SERVICES
from coterie.multicast.stability import Stability
from coterie.multicast.stream import Stream
from coterie.records import Epoch
from coterie.standing import Standing


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a view starts from: the clock base of its INSTALL, its sender group, and the user's service."""

    clock_base: int
    senders: frozenset[int]
    service: str
    mono_ms: int


class Installed:
    """The state of one view at one member. Positions are indexes of its members."""

    def __init__(self, standing: Standing, epoch: Epoch, beginning: Beginning) -> None:
        base, mono_ms = beginning.clock_base, beginning.mono_ms
        rank_of, positions = ranks(epoch.members)
        self.epoch = epoch
        self.own = epoch.own_index
        self.clock = base
        self.streams = [Stream(rank, base) for rank in rank_of]
        self.order = Order(self.streams, positions, self.own, set(beginning.senders))
        self.stability = Stability(len(epoch.members))
        self.released = 0
        """What was called stable last."""
        self.acknowledged = 0
        """What this member has acknowledged, or would now."""
        self.pen = Pen(standing, epoch)
        self.pacing = Pacing()
        self.beats = Beats(base, mono_ms)
        self.entrance = Entrance(mono_ms)
        self.repairs = Repairs(self.streams, self._holders, self._delay)
        self.intake = Intake()
        self.once = Once()
        self.service_name = beginning.service
        self.service = SERVICES[beginning.service]()
        self.heard_at = [mono_ms] * len(epoch.members)
        """When each member's last frame was accepted."""
        self.asked_at: list[deque[int]] = [deque(maxlen=registry.limit("nack-rate")) for _ in epoch.members]
        """When each member's last NACKs were accepted."""
        self.frozen = False
        self.recovering = False
        self.common = 0
        """In recovery: up to where all who go on together will hold everything."""
        self.counter_seen = 0
        """The greatest counter under the read secret, of anyone."""
        self.now_ms = mono_ms
        """When something happened last."""
        self._standing = standing
        self._cut_holders: Mapping[int, int] = {}
        self._others: Sequence[int] = ()

    # ------------------------------------------------------------ who is who

    @property
    def own_stream(self) -> Stream:
        """What this member has sent."""
        return self.streams[self.own]

    @property
    def sends(self) -> bool:
        """Whether this member is in the sender group and has not resigned."""
        return self.own in self.order.group and not self.entrance.resigned

    @property
    def is_coordinator(self) -> bool:
        """Whether this member is the first of the view."""
        return self.own == COORDINATOR

    @property
    def is_alone(self) -> bool:
        """Whether there is nobody to talk to."""
        return len(self.streams) == 1

    @property
    def is_busy(self) -> bool:
        """Whether anything that is held is not stable, or waits."""
        return self.order.waits or any(stream.count for stream in self.streams)

    def hear(self, position: int, mono_ms: int) -> None:
        """A frame of that member was accepted."""
        self.heard_at[position] = mono_ms

    def is_silent(self, position: int) -> bool:
        """Whether a member is suspected for its silence, as far as this view knows the time."""
        return self.now_ms - self.heard_at[position] >= registry.timer("suspect")

    # ------------------------------------------------------------ repairs

    def notice(self, position: int, mono_ms: int) -> None:
        """Something may be missing of that member, or not any more."""
        # REQ-MUL-24: between FLUSH and INSTALL nothing is asked for
        if not self.frozen or self.recovering:
            self.repairs.notice(position, mono_ms)

    def _holders(self, position: int) -> Sequence[int]:
        """Whom to ask for messages of `position`, one after the other."""
        if self.recovering:
            first = self._cut_holders.get(position, position)
            wanted = [first, *(other for other in self._others if other != first)]
        else:
            wanted = turns(position)
        others = [holder for holder in wanted if holder != self.own]
        return [holder for holder in others if not self.is_silent(holder)] or others or [1 - self.own]

    def _delay(self, position: int, first: int) -> int:
        context = self._standing.overlay + self.epoch.view + position.to_bytes(2, "big")
        return repairs.delay_of(self._standing.entropy("nack-delay", context + first.to_bytes(8, "big"), 8))

    # ------------------------------------------------------------ the end

    def freeze(self) -> Holdings:
        """Nothing is sent any more; what is held stays so."""
        self.frozen = True
        self.recovering = False
        # REQ-MUL-24: nothing is asked for until the cut is known
        self.repairs.forget()
        rows = [stream.contiguous for stream in self.streams]
        held = tuple(zip(self.epoch.members, rows, strict=True))
        return Holdings(self.clock, self.sends, held, self.acknowledged)

    def recover(self, recovery: Recovery) -> None:
        """The cut is known: what is missing of it is wanted, and nothing else."""
        at = {node: position for position, node in enumerate(self.epoch.members)}
        self.frozen = True
        self.recovering = True
        self.common = recovery.acknowledged
        self._cut_holders = {at[node]: at[holder] for node, holder in recovery.holders.items() if node in at}
        self._others = [at[node] for node in (recovery.together or self.epoch.members) if node in at]
        self.repairs.forget()
        for stream, node in zip(self.streams, self.epoch.members, strict=True):
            stream.ceiling = max(recovery.cut.get(node, 0), stream.contiguous)

    @property
    def recovered(self) -> bool:
        """Whether everything up to the cut is held."""
        return self.recovering and all(stream.contiguous >= stream.wanted_to() for stream in self.streams)

    def laggards(self, mono_ms: int) -> list[int]:
        """Positions of the members that hold the view up."""
        if self.frozen:
            # what nobody orders or acknowledges any more, nobody holds up
            return []
        # REQ-MUL-30: first who promises nothing, then who acknowledges nothing
        silent = self._overdue(self.order.place[0], mono_ms)
        if silent is not None:
            return [at for at in sorted(self.order.group - {self.own}) if self.streams[at].heard < silent]
        slow = self._overdue(self.stability.stable, mono_ms)
        return [] if slow is None else [at for at in self.stability.behind(slow) if at != self.own]

    def _overdue(self, after: int, mono_ms: int) -> int | None:
        """The least timestamp later than `after` of a message that is held for too long."""
        found = [oldest for stream in self.streams if (oldest := stream.oldest(after)) is not None]
        return min((timestamp for timestamp, at in found if overdue(at, mono_ms)), default=None)

    def overdue_at(self, mono_ms: int) -> int | None:
        """When the next message that is held will be for too long, if it stays where it is."""
        marks = () if self.frozen else (self.order.place[0], self.stability.stable)
        oldest = [stream.oldest(after) for stream in self.streams for after in marks]
        times = [found[1] + registry.timer("stability-give-up") for found in oldest if found is not None]
        return min((at for at in times if at > mono_ms), default=None)

    def fingerprint(self) -> tuple[object, ...]:
        """All state, for the digest."""
        parts = (
            self.order, self.stability, self.beats, self.pacing, self.entrance, self.repairs, self.intake,
            self.once,
        )  # fmt: skip
        state = (self.epoch.view, self.clock, self.acknowledged, self.frozen, self.recovering, self.common)
        return (
            *state, *(part.fingerprint() for part in parts), self.service.fingerprint(),
            *(stream.fingerprint() for stream in self.streams), tuple(self.heard_at),
            tuple(map(tuple, self.asked_at)), tuple(self.pen.counters.items()),
        )  # fmt: skip


def turns(position: int) -> list[int]:
    """Who is asked for messages of a member, turn by turn."""
    # REQ-MUL-24: the sender first, then the coordinator
    return [position] if position == COORDINATOR else [position, COORDINATOR]


def overdue(held_at: int, mono_ms: int) -> bool:
    """Whether a message that came at `held_at` should be ordered and stable by now."""
    # REQ-MUL-30: after 10 s
    return mono_ms - held_at >= registry.timer("stability-give-up")
