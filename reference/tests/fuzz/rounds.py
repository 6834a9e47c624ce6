"""A living group that is told bad things: by strangers, in others' names, and by a member with good keys.

A round is a group of its own, and so many steps. In each step an honest peer gets a datagram that was made
from one that has been seen; one of the members, mallory, signs or seals it anew: the change is inside.
What follows from a round is what follows from its seed, its number, and the steps that are kept.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from coterie import registry
from coterie.crypto import signature
from coterie.errors import LocalError, RemoteError
from coterie.records.epoch import SECRETS
from coterie.views.faults import RunError
from coterie.vocabulary import Address
from coterie.wire import frames
from reference.tests.fuzz.forging import (
    DESTINATION_AT,
    INCARNATION_AT,
    LENGTH,
    SEQUENCE_AT,
    SIGNED_BODY,
    is_signed,
    own_body,
    view_of,
)
from reference.tests.fuzz.mutations import OF_BODIES, OF_FRAMES, Bad, Change, bad
from reference.tests.membership.company import Company
from reference.tests.peer.network import Fate, Host, name_of, perfect, rough

STEPS = 60
HONEST = ("ada", "bob", "cyd")
STRANGER = Address("203.0.113.5", 4000)
RECENT = 150
"""How many of the datagrams that were seen last are changed; older ones are of times that are over."""

LATEST = 6
"""How many frames of a type are changed inside: the newest belong to what goes on."""

PAUSES = (0, 0, 0, 1, 1, 5, 40, 300)
SLOWEST_S = 0.05
RECOVERY_MS = 2 * registry.timer("refuse-keep") + 60_000
"""Proof against the liar, or its false witness against another, bars somebody for a minute (REQ-VIE-37); then
the parts look for each other, perhaps through a bad network."""

RUN_OVER_MS = 10_000
"""By then a run that nobody goes on with has failed."""

ATTEMPTS = 3
"""Through a bad network, members suspect each other wrongly now and then, just when something is said."""

HEARING_MS = 5000

PROPOSALS = 4
"""How often a user proposes a view at most: a counter that somebody has seen before is used up."""


KINDS: Sequence[tuple[Fate, Mapping[str, object]]] = (
    (perfect, {}),
    (perfect, {"signs_origin": True}),
    (rough, {}),
    (perfect, {"max_datagram": 8192, "service": "safe"}),
    (perfect, {"membership": "stated"}),
)
"""The groups of the rounds: the network between their members, and what they have agreed on."""

TOLD = frozenset({"message", "data"})
"""The events that tell a message."""

USED_UP = frozenset({"PING", "PONG", "REFUSE"})
"""Their sequence number is used up whatever the body turns out to be (REQ-SES-5)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What should not have happened, after which datagram of which step; without one, in the end."""

    what: str
    step: int | None = None
    datagram: bytes = b""
    made: str = ""
    patches: int = 0


@dataclass
class Round:
    """One group and what is done to it. `steps` are those that are taken, `patches` the changes that are
    kept in some of them; all where nothing is said."""

    seed: int
    number: int
    steps: Collection[int] = tuple(range(STEPS))
    patches: Mapping[int, Collection[int]] = field(default_factory=dict)
    refused: int = 0
    accepted: int = 0

    def play(self) -> Fault | None:
        """Everything from the first view to the last message; the first fault."""
        self.company = Company(self.seed * 1_000_003 + self.number)
        weather, trust = KINDS[self.number // 4 % len(KINDS)]
        names = list(HONEST)
        # whoever begins the group is its coordinator for a while
        names.insert(self.number % (len(names) + 1), "mallory")
        self.is_stated = trust.get("membership") == "stated"
        self.hosts = self._gather(names, trust)
        (self.mallory,) = (host for host in self.hosts if host.name == "mallory")
        self.honest = [host for host in self.hosts if host is not self.mallory]
        self.company.weather = weather
        self.zoe = self.company.add("zoe", **({"membership": "group"} | trust))
        for host in self.honest:
            self.company.greet(self.zoe, host)
        self.company.send(self.mallory, b"to begin with")
        self.company.run(200)
        for step in sorted(self.steps):
            fault = self._guarded(step)
            if fault is not None:
                return fault
        return self._recover()

    def _gather(self, names: Sequence[str], trust: Mapping[str, object]) -> list[Host]:
        """Members in one view, which they have made themselves or a user has."""
        if not self.is_stated:
            return self.company.gather(names, **trust)
        hosts = [self.company.add(name, **trust) for name in names]
        self.company.introduce()
        self.company.install(hosts[0], hosts)
        self.company.run(200)
        return hosts

    def _guarded(self, step: int) -> Fault | None:
        chance = random.Random(f"{self.seed} {self.number} {step}")
        made = Made(chance.choice(self.honest))
        try:
            return self._step(chance, step, made)
        except Exception as other:  # noqa: BLE001  (which is what is looked for)
            what = f"{type(other).__name__}: {other}"
            return Fault(what, step, made.datagram, made.how, made.patches)

    def _step(self, chance: random.Random, step: int, made: Made) -> Fault | None:
        self._live(chance)
        to = made.to
        seen = [datagram for _, _, datagram in self.company.wire[-RECENT:]]
        source = chance.choice((STRANGER, self.zoe.address, *(host.address for host in self.hosts)))
        kept = self.patches.get(step)
        match chance.randrange(6):
            case 0:
                made.take("as it was", chance.choice(seen), 0)
            case 1 | 2:
                done = self._changed(chance, seen, OF_FRAMES, kept)
                made.take(f"changed on the way: {done}", done.octets, len(done.patches))
            case 3 | 4:
                source = self.mallory.address
                self._sign(chance, seen, kept, made)
            case _:
                source = self.mallory.address
                self._seal(chance, seen, kept, made)
        if not made.datagram or source == to.address:
            return None
        return self._deliver(source, step, made)

    def _live(self, chance: random.Random) -> None:
        """Life goes on between two bad things."""
        if chance.random() < 0.15:
            self.company.send(chance.choice(self.honest), b"meanwhile")
        with suppress(LocalError):
            # who is on the way in or out already is told so, and where a user states the views, all are
            if self.is_stated and chance.random() < 0.1:
                self.company.install(chance.choice(self.honest), self.hosts)
            if chance.random() < 0.05:
                self.company.join(self.zoe, self.honest[0])
            if chance.random() < 0.03:
                self.company.leave(self.zoe)
        self.company.run(chance.choice(PAUSES))

    # ------------------------------------------------------------ bad things

    def _changed(
        self,
        chance: random.Random,
        pool: Sequence[bytes],
        changes: Sequence[Change],
        kept: Collection[int] | None,
    ) -> Bad:
        made = bad(chance, pool, changes)
        if kept is None:
            return made
        return Bad(made.good, tuple(patch for at, patch in enumerate(made.patches) if at in kept))

    def _sign(
        self, chance: random.Random, seen: Sequence[bytes], kept: Collection[int] | None, made: Made
    ) -> None:
        """What somebody signed, changed and signed anew, by mallory in its own name."""
        signed = [each for each in seen if is_signed(each)]
        if not signed:
            return
        name = chance.choice(sorted({name_of(each) for each in signed}))
        those = [each for each in signed if name_of(each) == name]
        base = chance.choice(those[-LATEST:])
        own = chance.random() < 0.5
        standing = self.mallory.inside.standing
        pool = []
        for each in those[-LATEST:]:
            body, signer = (
                each[SIGNED_BODY : -frames.SIGNATURE_SIZE],
                each[frames.HEADER_SIZE : INCARNATION_AT],
            )
            # what another says of itself, mallory says of itself
            pool.append(body.replace(signer, standing.node) if own else body)
        done = self._changed(chance, pool, OF_BODIES, kept)
        standing.sequence += 1
        head = bytearray(base[:SIGNED_BODY])
        head[frames.HEADER_SIZE : SEQUENCE_AT] = standing.node + standing.incarnation.to_bytes(8, "big")
        head[SEQUENCE_AT:DESTINATION_AT] = standing.sequence.to_bytes(8, "big")
        if any(head[DESTINATION_AT:]):
            head[DESTINATION_AT:] = made.to.node
        size = len(head) + len(done.octets) + frames.SIGNATURE_SIZE - frames.HEADER_SIZE
        if size + frames.HEADER_SIZE > frames.DATAGRAM:
            return
        head[LENGTH] = size.to_bytes(2, "big")
        unsigned = bytes(head) + done.octets
        whole = unsigned + signature.sign(standing.identity.key, frames.to_sign(unsigned))
        made.take(f"{name} signed anew: {done}", whole, len(done.patches))

    def _seal(
        self, chance: random.Random, seen: Sequence[bytes], kept: Collection[int] | None, made: Made
    ) -> None:
        """What mallory sealed in its view, opened, changed, and sealed anew under the next counter."""
        view = view_of(self.mallory)
        opened = [] if view is None else [each for each in (own_body(view, one) for one in seen) if each]
        if view is None or not opened:
            return
        name = chance.choice(sorted({each for each, _ in opened}))
        done = self._changed(
            chance, [body for each, body in opened if each == name][-LATEST:], OF_BODIES, kept
        )
        standing, epoch, secret = self.mallory.inside.standing, view.epoch, SECRETS[name]
        counter = view.pen.counters[secret]
        prefix = frames.SealedPrefix(epoch.view, epoch.own_index, counter)
        around = frames.HEADER_SIZE + frames.SEALED_PREFIX_SIZE + frames.TAG_SIZE
        if around + len(done.octets) > standing.trust.max_datagram:
            return
        view.pen.counters[secret] += 1
        associated = frames.associated(standing.overlay, prefix, len(done.octets), name)
        sealed = epoch.seal_of(epoch.own_index, secret).seal(counter, associated, done.octets)
        made.take(f"{name} sealed anew: {done}", associated + sealed, len(done.patches))

    # ------------------------------------------------------------ what has to hold

    def _deliver(self, source: Address, step: int, made: Made) -> Fault | None:
        to = made.to
        before = to.peer.inspect(to.overlay)
        began = time.process_time()
        try:
            to.peer.receive_datagram(made.datagram, source, to.address, self.company.now)
        except RemoteError as refusal:
            spent = time.process_time() - began
            self.company.collect(to)
            self.refused += 1
            wrong = self._wrong(refusal, before, made)
            if not wrong and spent > SLOWEST_S and self._is_slow(source, to, made.datagram):
                wrong = f"its refusal took more than {SLOWEST_S * 1000:g} ms"
            return (
                Fault(f"{to.name}: {wrong}", step, made.datagram, made.how, made.patches) if wrong else None
            )
        self.company.collect(to)
        self.accepted += 1
        return None

    def _wrong(self, refusal: RemoteError, before: Mapping[str, object], made: Made) -> str:
        to = made.to
        registry.reason(refusal.reason)
        after = to.peer.inspect(to.overlay)
        if after["digest"] == before["digest"] or may_change(refusal, made.datagram, before, after):
            return ""
        parts = [name for name in after if name != "counters" and after[name] != before[name]]
        return f"it refused ({refusal.reason}), and has changed: {', '.join(parts)}"

    def _is_slow(self, source: Address, to: Host, datagram: bytes) -> bool:
        spent = []
        for _ in range(3):
            began = time.process_time()
            self.company.deliver(source, to, datagram)
            spent.append(time.process_time() - began)
        return min(spent) > SLOWEST_S

    def _reunite(self) -> None:
        if not self.is_stated:
            self.company.until_together(self.honest, within=RECOVERY_MS)
            return
        self.company.run(RUN_OVER_MS)
        self.company.meet(self.honest)
        for _ in range(PROPOSALS):
            # only who is in the view that most come from knows the order of it
            views = Counter(host.view for host in self.honest)
            proposer = max(self.honest, key=lambda host, views=views: views[host.view])
            self.company.install(proposer, self.honest)
            self.company.run(RUN_OVER_MS)
            if len({host.view for host in self.honest}) == 1:
                return

    def _recover(self) -> Fault | None:
        """Whoever meant harm is gone; the others are a group, and hear each other."""
        self.company.crash(self.mallory)
        self.company.crash(self.zoe)
        unheard: list[str] = []
        try:
            for attempt in range(ATTEMPTS):
                self._reunite()
                unheard = self._unheard(f"still here, {attempt}")
                if not unheard:
                    return None
        except Exception as other:  # noqa: BLE001  (which is what is looked for)
            return Fault(f"afterwards: {type(other).__name__}: {other}")
        return Fault(f"afterwards they do not hear each other: {', '.join(unheard)}")

    def _unheard(self, words: str) -> list[str]:
        """Who has not heard whom, when all have said something."""
        said = {host.name: f"{host.name} is {words}".encode() for host in self.honest}
        for host in self.honest:
            self.company.send(host, said[host.name])
        self.company.run(HEARING_MS)
        unheard = []
        for host in self.honest:
            heard = {event.fields["payload"] for event in host.events if event.name in TOLD}
            # where a user states the views, nobody is told what he has said himself
            others = [name for name in said if not (self.is_stated and name == host.name)]
            unheard += [f"{host.name} not {name}" for name in others if said[name] not in heard]
        return unheard


@dataclass
class Made:
    """A datagram in the making: for whom, and what was done to it."""

    to: Host
    datagram: bytes = b""
    how: str = ""
    patches: int = 0

    def take(self, how: str, datagram: bytes, patches: int) -> None:
        """It is made."""
        self.how, self.datagram, self.patches = how, datagram, patches


def may_change(
    refusal: RemoteError, datagram: bytes, before: Mapping[str, object], after: Mapping[str, object]
) -> bool:
    """Whether a rule says that this refusal has a consequence."""
    if isinstance(refusal, RunError):
        # REQ-KEY-28, REQ-KEY-32, REQ-KEY-39: proof against a member ends the run
        return True
    if is_signed(datagram) and name_of(datagram) in USED_UP:
        return True
    # REQ-FRM-31: an assembly that is complete is over, whatever comes of it
    return int(str(after["assemblies"])) < int(str(before["assemblies"]))
