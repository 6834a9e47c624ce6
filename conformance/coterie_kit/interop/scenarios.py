"""Small runs, each showing one thing that happens to a group; recorded, they are the captures of the draft.

Everything in them follows from their names: seeds, keys, clocks and delays. With members of determinism D3
the same scenario gives the same octets.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coterie_kit.faults import KitError, UsageError
from coterie_kit.interop import picture
from coterie_kit.interop.cast import Company, Member
from coterie_kit.interop.judging import judged
from coterie_kit.interop.performance import Outcome, Performance
from coterie_kit.interop.plan import Moment, Plan, Step, Trait
from coterie_kit.interop.recording import Recording
from coterie_kit.interop.stage import BrokenOffError

__all__ = ["SCENARIOS", "Scenario", "kept", "record", "summaries"]

NEVER = 1 << 40


@dataclass(frozen=True, slots=True)
class Scenario:
    """``size`` members form a group at once; then come the steps, until ``ends``. ``shows`` is what has to
    have been sent, so that it shows what it is for."""

    summary: str
    size: int
    ends: int
    steps: tuple[Step, ...]
    shows: tuple[str, ...]


def says(at: int, *who: int, proxy: bool = False, count: int = 1, size: int = 24) -> Step:
    """Members send one or some messages."""
    amounts = {"every": NEVER, "count": count, "size": size}
    return Step("proxy" if proxy else "talk", at, at + 1, who, amounts)


def loses(at: int, until: int, who: int, to: tuple[int, ...], *frames: str) -> Step:
    """Frames of these types are lost on one way."""
    return Step("drop", at, until, (who,), {"to": to, "frames": frames})


SCENARIOS: Mapping[str, Scenario] = {
    "loss-and-repair": Scenario(
        "a message in the middle and the last of a burst are lost, asked for, and sent again", 3, 2_600,
        (
            says(1_000, 0), loses(1_040, 1_060, 0, (2,), "DATA"), says(1_050, 0), says(1_100, 0),
            loses(1_490, 1_510, 0, (1, 2), "DATA"), says(1_500, 0),
        ),
        ("DATA", "NACK", "HEARTBEAT", "ALIVE"),
    ),
    "senders": Scenario(
        "a member enters the sender group, sends, is idle, and leaves the sender group", 2, 13_500,
        (says(1_000, 1), says(1_200, 0), says(1_400, 1)),
        ("SENDER", "DATA", "HEARTBEAT", "ALIVE"),
    ),
    "leave": Scenario(
        "one of three leaves in order, when all that it sent is stable", 3, 2_400,
        (says(1_000, 2), Step("leave", 1_050, NEVER, (2,), {"back": False}), says(2_000, 0)),
        ("LEAVE", "PROPOSE", "FLUSH", "INSTALL", "CONFIRM", "DATA"),
    ),
    "crash-of-a-member": Scenario(
        "one of three is silent; the others go on without it, and with each other's messages", 3, 4_500,
        (
            says(1_000, 0), says(1_100, 2), Step("crash-kept", 1_600, NEVER, (2,)), says(1_700, 0),
            says(4_200, 0, 1),
        ),
        ("PROPOSE", "FLUSH", "INSTALL", "CONFIRM", "DATA"),
    ),
    "crash-of-the-coordinator": Scenario(
        "the coordinator is silent in a burst; another proposes, and recovers what one of them lacks",
        3, 5_000,
        (
            says(1_000, 0), loses(1_490, 1_510, 0, (2,), "DATA"), says(1_500, 0),
            Step("crash-kept", 1_505, NEVER, (0,)), says(4_600, 1, 2),
        ),
        ("PROPOSE", "FLUSH", "INSTALL", "NACK", "CONFIRM", "DATA"),
    ),
    "partition-and-merge": Scenario(
        "four are cut into two and two, go on apart, find each other and merge", 4, 5_500,
        (
            says(1_000, 0), Step("partition", 1_200, 4_300, (), {"groups": ((0, 1), (2, 3))}),
            says(4_000, 0), says(4_050, 2), says(5_200, 0),
        ),
        ("PROPOSE", "FLUSH", "JOIN", "INSTALL", "UP", "DOWN", "CONFIRM", "DATA"),
    ),
    "cascade": Scenario(
        "the coordinator fails with its proposal without a silent member; another supersedes it",
        4, 6_300,
        (
            says(1_000, 0), Step("crash-kept", 1_200, NEVER, (3,)),
            Step("crash-kept", 1_300, NEVER, (), {"lasts": NEVER}, Moment("INSTALL")), says(5_900, 1),
        ),
        ("PROPOSE", "FLUSH", "INSTALL", "CONFIRM", "DATA"),
    ),
    "proxy": Scenario(
        "a member outside the sender group sends through the coordinator", 3, 2_400,
        (says(1_000, 0), says(1_100, 1, 2, proxy=True), says(1_300, 1, proxy=True)),
        ("PROXY", "DATA", "HEARTBEAT", "ALIVE"),
    ),
}  # fmt: skip


def summaries() -> dict[str, str]:
    """What each thing that can be recorded shows, by its name."""
    return {name: scenario.summary for name, scenario in SCENARIOS.items()} | {picture.NAME: picture.SUMMARY}


def plan_of(name: str) -> Plan:
    """The plan of a scenario."""
    scenario = SCENARIOS[name]
    number = sorted(SCENARIOS).index(name)
    return Plan(
        seed=1_000_000 + number,
        traits=tuple(Trait(mono=1_000 * (place + 1)) for place in range(scenario.size)),
        joins=tuple(5 * place for place in range(scenario.size)),
        steps=scenario.steps,
        heals=scenario.ends,
        least=5,
        spread=0,
    )


def record(name: str, company: Company) -> Recording:
    """A scenario performed and written down. KitError when it does not show what it is for, or is not
    clean."""
    if name == picture.NAME:
        return picture.record(company)
    plan, recording = plan_of(name), Recording()
    members = company.cast(plan)
    run = Performance(plan, members, recording)
    try:
        run.form()
        for step in plan.steps:
            run.stage.at(step.at, run.begin, step)
        run.stage.run(plan.heals)
    except BrokenOffError as broken:
        raise KitError(f"scenario {name}: {broken}") from None
    _is_what_it_is_for(name, run, members, recording)
    return recording


def kept(recording: Recording, path: Path, *, check: bool) -> bool:
    """Writes a recording to ``path``; with ``check``, whether just that stands there. UsageError when it
    cannot be written."""
    if not check:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            recording.write(path)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
        return True
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / path.name
        recording.write(again)
        pairs = ((path, again), (path.with_suffix(".json"), again.with_suffix(".json")))
        return all(old.is_file() and old.read_bytes() == new.read_bytes() for old, new in pairs)


def _is_what_it_is_for(name: str, run: Performance, members: list[Member], recording: Recording) -> None:
    from coterie_kit import registry

    run.stage.note("end")
    lines = tuple(member.tracer.lines for member in members)
    ended = Outcome(run.plan, "", "", run.stage.now, None, lines, run.stage.harness, 0, 0)
    sent = {registry.frame_name(packet.payload) for packet in recording.packets}
    missing = set(SCENARIOS[name].shows) - sent
    views = {member.view for member in members if member.alive and member.wants}
    if missing or len(views) != 1 or "" in views:
        raise KitError(f"scenario {name} lacks {', '.join(sorted(missing)) or 'one view at its end'}")
    if sentences := judged(ended).sentences:
        raise KitError(f"scenario {name}: {sentences[0]}")
