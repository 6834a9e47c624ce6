"""One measurement, as the first process of namespaces of its own: what it started ends when it ends.

``compare`` starts it; the plan is its one argument, and what the members reported is its one line of output.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.peers.places import PRIVATE, place_for, run

STARTING_SECONDS = 60  # eight virtual machines on two busy cores come up in half of it
NOTES = "/mnt"  # where logs and configurations lie, in a file system that ends with the world
TAIL = 1500  # characters of a member's complaint that are worth showing


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: one program, so many members, payloads of ``size`` octets, and the mode."""

    command: list[str]
    daemon: str | None
    members: int
    size: int
    warmup: float
    seconds: float
    mode: str

    @property
    def limit(self) -> int:
        """Seconds after which the measurement has failed."""
        return STARTING_SECONDS + round(3 * (self.warmup + self.seconds))


class Measurement(Exception):  # noqa: N818 - raised for a member, named for what failed
    """A member did not do its part; the text says which and what it complained of."""


class Member:
    """One measured process: its output is read line by line, and it leaves when its input is closed."""

    def __init__(self, index: int, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.index = index
        self.complaints = folder / f"member{index}.err"
        with self.complaints.open("wb") as complaints:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
                env={**os.environ, **environment},
            )  # fmt: skip

    def say(self) -> dict[str, Any]:
        """The next line of JSON; what a library prints of its own accord is passed over."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(b"{"):
                said: dict[str, Any] = json.loads(line)
                return said
        raise Measurement(f"member {self.index} ended early: {self.complaint()}")

    def complaint(self) -> str:
        complaint = self.complaints.read_text(encoding="utf-8", errors="replace")[-TAIL:]
        return complaint.strip() or "it said nothing"

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()


def measure(plan: Plan, folder: Path) -> list[dict[str, Any]]:
    """The reports of all members, in the order of their numbers."""
    place = place_for(plan.daemon, folder)
    place.prepare(plan.members)
    members: list[Member] = []

    def stalled(_signal: int, _frame: FrameType | None) -> None:
        said = "; ".join(f"{member.index}: {member.complaint()}" for member in members)
        raise Measurement(f"nothing came of it in {plan.limit} s; members say: {said}")

    signal.signal(signal.SIGALRM, stalled)
    signal.alarm(plan.limit)
    for index in range(plan.members):
        figures = (plan.members, index, plan.size, plan.warmup, plan.seconds, plan.mode)
        command = [*place.prefix(index), *plan.command, *map(str, figures)]
        members.append(Member(index, command, place.environment(index), folder))
        if index == 0:
            members[0].say()  # the first founds the group; whoever comes later finds it
    for member in members[1:]:
        member.say()
    reports = [member.say() for member in members]
    for member in members:
        member.leave()
    for member in members:
        member.process.wait()
    return reports


def main() -> int:
    plan = Plan(**json.loads(sys.argv[1]))
    for folder in (NOTES, *PRIVATE):
        if Path(folder).is_dir():
            run("mount", "-t", "tmpfs", "tmpfs", folder)
    try:
        reports = measure(plan, Path(NOTES))
    except Measurement as why:
        print(json.dumps({"failed": str(why)}))
        return 1
    print(json.dumps({"plan": asdict(plan), "reports": reports}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
