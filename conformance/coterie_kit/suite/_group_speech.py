"""A stage whose overlay is a group: the view installed there, and what puppets say in it under seal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.judge import Judge
from coterie_kit.keys.schedule import Secrets
from coterie_kit.puppets import NO_VIEW, Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._run import Run
from coterie_kit.suite._stage import Said, Stage, frames_in

__all__ = ["Heard", "Speech"]

TRUST = ("service", "multicast", "max_datagram", "signs_origin", "suites")


@dataclass(frozen=True, slots=True)
class Heard:
    """A sealed frame of the peer, opened."""

    to: str
    type: str
    prefix: Mapping[str, Any]
    body: Mapping[str, Any]


class Speech(Stage):
    """Who is in the installed view, and their sealed frames. Puppets have a counter for each secret."""

    def __init__(self, judge: Judge, n: int = 3, rank: int = 1, **how: Any) -> None:
        named = {name: how.pop(name) for name in TRUST if name in how}
        trust = {"membership": "group"} | named | how.pop("trust", {})
        super().__init__(judge, n=n, rank=rank, trust=trust, **how)
        self.installed: Run | None = None
        self.flush: Mapping[str, Any] = {}
        self.guests: list[Puppet] = []
        self.permit = b""
        self.time = 0
        self.last: dict[bytes, int] = {}
        self.counters: dict[tuple[bytes, bytes, str], int] = {}
        self.keys: dict[bytes, Secrets] = {}

    # ------------------------------------------------------------ who

    @property
    def view(self) -> bytes:
        """The view that is installed at the peer; zeros where there is none."""
        return self.stored.view if self.stored else NO_VIEW

    @property
    def members(self) -> tuple[Puppet, ...]:
        """The members of the installed view, in its order."""
        if self.installed is not None:
            return self.installed.members
        return (self.subject,) if self.stored else ()

    @property
    def puppets(self) -> list[Puppet]:
        """Those of them that are puppets."""
        return [one for one in self.members if one is not self.subject]

    # ------------------------------------------------------------ sealed frames

    def secrets_of(self, run: Run) -> Secrets:
        """The secrets of a view, computed once."""
        if run.view not in self.keys:
            self.keys[run.view] = run.secrets()
        return self.keys[run.view]

    def seal(
        self, who: Puppet, kind: str, values: Mapping[str, Any], *, counter: int | None = None,
        run: Run | None = None,
    ) -> Draft:  # fmt: skip
        """A sealed frame of a puppet, open for a fault; counters go on for each secret."""
        run = run or self.installed
        assert run is not None
        secret = registry.frame(kind).secret
        place = (run.view, who.node, secret)
        if counter is None:
            counter = self.counters.get(place, 0)
            self.counters[place] = counter + 1
        prefix = {"view_id": run.view, "sender_index": run.position(who), "counter": counter}
        body = frames.write_body(kind, values)
        return Draft(
            kind, self.overlay, body, who.address, maker=who, prefix=prefix, secrets=self.secrets_of(run)
        )

    def says(self, who: Puppet, kind: str, **values: Any) -> Reply:
        """Delivers a sealed frame of a puppet. What ALIVE and HEARTBEAT promise is filled in."""
        if kind in {"ALIVE", "HEARTBEAT"}:
            known = {"timestamp": max(self.time, 1), "last_sequence": self.last.get(who.node, 0)}
            values = known | values
        return self.deliver(self.seal(who, kind, values).octets(), who)

    def words(self, who: Puppet, *payloads: bytes, timestamp: int | None = None, **values: Any) -> Draft:
        """The next DATA of a puppet, with one whole message for each payload."""
        first = self.last.get(who.node, 0) + 1
        start = timestamp if timestamp is not None else self.time + 1
        rows = [{"timestamp": start + at, "payload": octets} for at, octets in enumerate(payloads)]
        self.last[who.node] = first + len(rows) - 1
        self.time = max(self.time, start + len(rows) - 1)
        return self.seal(who, "DATA", {"first_sequence": first, "messages": rows} | values)

    def data(self, who: Puppet, *payloads: bytes, timestamp: int | None = None, **values: Any) -> Reply:
        """Delivers the next DATA of a puppet."""
        return self.deliver(self.words(who, *payloads, timestamp=timestamp, **values).octets(), who)

    def opened(self, reply: Reply) -> Reply:
        """The reply to a frame with a good seal; the case ends where that is refused, for it is judged
        elsewhere."""
        self.need(reply.reason != "bad-seal", "a good seal is refused")
        return reply

    def heard(self, reply: Reply, kind: str | None = None, run: Run | None = None) -> list[Heard]:
        """The sealed frames of the peer in a reply, opened; those of type ``kind`` alone, where it is given.

        A frame of the peer that does not open ends the case: who seals otherwise is judged elsewhere.
        """
        run = run or self.installed
        assert run is not None
        every = frames_in(reply, self.settings.trust.get("max_datagram", 1200))
        sealed = [said for said in every if said.frame.protection == "sealed"]
        return [self._opened(said, run) for said in sealed if kind in {None, said.type}]

    def _opened(self, said: Said, run: Run) -> Heard:
        frame = said.frame
        own = self.secrets_of(run).sender(
            frame.prefix["sender_index"], self.subject.node, registry.frame(said.type).secret
        )
        associated, sealed = frames.seal_parts(frame)
        body = own.open(frame.prefix["counter"], sealed, associated)
        self.need(body is not None, f"its {said.type} does not open under the keys of the view")
        assert body is not None
        values = frames.body_values(said.type, body)
        return Heard(said.to, said.type, frame.prefix, values)

    # ------------------------------------------------------------ time

    def keep_alive(self, ms: int, *, silent: Iterable[Puppet] = (), step: int = 500) -> list[Reply]:
        """Lets time pass while all puppets of the view but the silent ones are heard; the replies to time."""
        replies, left = [], ms
        mute = {one.node for one in silent}
        while left > 0:
            for who in self.puppets:
                if who.node not in mute:
                    self.need(self.says(who, "ALIVE").ok, f"an ALIVE of {who.named} was refused")
            replies.append(self.pass_time(min(step, left)))
            left -= step
        return replies
