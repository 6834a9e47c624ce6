"""Bad inputs for every decoder and for living groups; everything follows from the seed."""

from __future__ import annotations

import random
import resource
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reference.tests.fuzz.decoders import MEASURED, Decoder, decoders, tried
from reference.tests.fuzz.mutations import bad
from reference.tests.fuzz.rounds import Round
from reference.tests.fuzz.seeds import seeds
from reference.tests.fuzz.smaller import kind_of, smaller_input, smaller_round

INPUTS = 600
"""Inputs of decoders for each round of a group; both take about as long."""

MOST_FAILURES = 10
WARM = 10
"""Cycles after which the process should not grow any more."""

MOST_GROWTH_KB = 64 << 10
COMMAND = "python -m reference.tests.fuzz"


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong, the octets that show it, and the command that shows it again."""

    target: str
    what: str
    octets: bytes
    command: str

    def __str__(self) -> str:
        return f"{self.target}: {self.what}\n  input: {self.octets.hex()}\n  again: {self.command}"


@dataclass
class Fuzzing:
    """A whole run, cycle by cycle. `tally` counts what became of the inputs."""

    seed: int
    failures: list[Failure] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    cycles: int = 0
    _known: set[tuple[str, str]] = field(default_factory=set)
    _size_kb: int = 0

    @property
    def is_over(self) -> bool:
        """Whether so much has failed that more would tell nothing."""
        return len(self.failures) >= MOST_FAILURES

    def warm_up(self) -> None:
        """Let every decoder see all its good inputs, which it has to accept; what is loaded late is loaded
        now."""
        for name, decoder in decoders().items():
            for octets in seeds()[name]:
                became, wrong = tried(decoder, octets)
                if wrong:
                    self._fail(name, f"{wrong} (a good one: {became})", octets, again_input(decoder, octets))

    def cycle(self, inputs: int = INPUTS) -> None:
        """Some inputs for each decoder in turn, and one round of a group."""
        known = list(decoders().values())
        for count in range(inputs):
            number = self.cycles * inputs + count
            self.try_input(known[number % len(known)], number)
        self.play(Round(self.seed, self.cycles))
        self.cycles += 1
        self._check_size()

    def try_input(self, decoder: Decoder, number: int) -> None:
        """One bad input for a decoder."""
        chance = random.Random(f"{self.seed} {number}")
        made = bad(chance, seeds()[decoder.name], decoder.changes)
        became, wrong = tried(decoder, made.octets, measured=chance.randrange(MEASURED) == 0)
        self.tally["accepted" if became == "accepted" else "refused"] += 1
        if wrong and self._is_new(decoder.name, wrong):
            small = smaller_input(decoder, made)
            wrong = tried(decoder, small)[1] or wrong
            self._fail(decoder.name, wrong, small, again_input(decoder, small))

    def play(self, played: Round) -> None:
        """One round of a group."""
        fault = played.play()
        self.tally["datagrams refused"] += played.refused
        self.tally["datagrams accepted"] += played.accepted
        if fault is not None and self._is_new("group", fault.what):
            small, fault = smaller_round(played, fault)
            what = f"{fault.what} ({fault.made})" if fault.made else fault.what
            self._fail("group", what, fault.datagram, again_round(small))

    def _is_new(self, target: str, what: str) -> bool:
        kind = (target, kind_of(what))
        is_new = kind not in self._known
        self._known.add(kind)
        return is_new

    def _fail(self, target: str, what: str, octets: bytes, command: str) -> None:
        self.failures.append(Failure(target, what, octets, command))

    def _check_size(self) -> None:
        size_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if self.cycles == WARM:
            self._size_kb = size_kb
        grown = size_kb - self._size_kb
        if self.cycles > WARM and grown > MOST_GROWTH_KB and self._is_new("process", "grown"):
            command = f"{COMMAND} --seed {self.seed} --cycles {self.cycles}"
            self._fail("process", f"it has grown by {grown} KiB", b"", command)


def again_input(decoder: Decoder, octets: bytes) -> str:
    """The command that gives a decoder these octets."""
    name = f"'{decoder.name}'" if " " in decoder.name else decoder.name
    return f"{COMMAND} --decoder {name} --input {octets.hex() or repr('')}"


def again_round(small: Round) -> str:
    """The command that plays a round with these steps only."""
    steps = ",".join(map(str, sorted(small.steps)))
    given = f"{COMMAND} --seed {small.seed} --round {small.number} --steps {steps or repr('')}"
    for step, patches in small.patches.items():
        given += f" --patches {step}:{','.join(map(str, patches))}"
    return given


def repeated_input(name: str, octets: bytes) -> Failure | None:
    """What that command finds. KeyError when there is no such decoder."""
    decoder = decoders()[name]
    wrong = tried(decoder, octets, measured=True)[1]
    return Failure(name, wrong, octets, again_input(decoder, octets)) if wrong else None


def repeated_round(
    seed: int, number: int, steps: Collection[int] | None, patches: Mapping[int, Collection[int]]
) -> Failure | None:
    """What the other command finds."""
    played = Round(seed, number, patches=patches) if steps is None else Round(seed, number, steps, patches)
    fault = played.play()
    if fault is None:
        return None
    return Failure("group", f"{fault.what} ({fault.made})", fault.datagram, again_round(played))
