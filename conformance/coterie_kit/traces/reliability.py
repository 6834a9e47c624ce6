"""RL-5 to RL-7, RL-9 and RL-10: what is thrown away, asked for, kept, and done for nothing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque

from coterie_kit.traces.run import Line, Run, Stay, counter, short
from coterie_kit.traces.violation import Violation, at

__all__ = ["rl_5", "rl_6", "rl_7", "rl_9", "rl_10"]

Sent = dict[tuple[str, str], list[tuple[int, int, int]]]


def rl_5(run: Run) -> list[Violation]:
    """Discarding: what one may discard, every member of the view holds: none asks for it, none lacks it.

    None but one that acknowledged what it had not.
    """
    found = []
    sent = _sent(run)
    asked: dict[str, list[Line]] = defaultdict(list)
    for _, line, _, stay in run.lines("nack"):
        if stay is not None and stay.view == line["view"] and stay.node not in run.conditions.liars:
            asked[stay.view].append(line)
    for view, stays in run.by_view.items():
        stable = [(line["timestamp"], line["t"], line) for stay in stays for line in stay.stables]
        if not stable:
            continue
        stable.sort(key=lambda row: row[0])
        highest = stable[-1]
        everything = _sent_until(stays, highest[0])
        for stay in stays:
            lacking = everything - set(stay.messages)
            honest = stay.node not in run.conditions.liars
            if lacking and honest and stay.total and stay.following is not None:
                sentence = f"{short(stay.node)} never delivered {run.message(min(lacking))}, which was stable"
                found.append(Violation("RL-5", at(highest[2], stay.following.line), sentence))
        if run.timed:
            found += _asked_in_vain(asked[view], stable, sent)
    return found


def _sent(run: Run) -> Sent:
    """For each (sender, view): (first sequence, last sequence, timestamp), in order."""
    sent: Sent = defaultdict(list)
    for line, _ in run.sent.values():
        if not line.get("proxied", False):
            row = (line["sequence"], line["sequence"] + line["fragments"] - 1, line["timestamp"])
            sent[line["node"], line["view"]].append(row)
    for rows in sent.values():
        rows.sort()
    return sent


def _sent_until(stays: list[Stay], timestamp: int) -> set[int]:
    sends = (send for stay in stays for send in stay.sends if not send[2].get("proxied", False))
    return {number for _, number, line in sends if line["timestamp"] <= timestamp}


def _asked_in_vain(asked: list[Line], stable: list[tuple[int, float, Line]], sent: Sent) -> list[Violation]:
    """Requests for messages that somebody had called stable by then."""
    found = []
    floors = [row[0] for row in stable]
    soonest: list[tuple[float, Line]] = []
    for _, when, line in reversed(stable):
        soonest.append(min([(when, line), *soonest[-1:]], key=lambda row: row[0]))
    soonest.reverse()
    for line in asked:
        for sender, first, last in line["ranges"]:
            for timestamp in _timestamps(sent.get((sender, line["view"]), []), first, last):
                place = bisect_left(floors, timestamp)
                if place < len(floors) and soonest[place][0] < line["t"]:
                    sentence = f"asks for timestamp {timestamp} of {short(sender)}, which had been stable"
                    found.append(Violation("RL-5", at(soonest[place][1], line), sentence))
                    break
    return found


def _timestamps(rows: list[tuple[int, int, int]], first: int, last: int) -> list[int]:
    place = max(0, bisect_right(rows, (first, 1 << 62, 0)) - 1)
    found = []
    while place < len(rows) and rows[place][0] <= last:
        if rows[place][1] >= first:
            found.append(rows[place][2])
        place += 1
    return found


def rl_6(run: Run) -> list[Violation]:
    """Progress of discarding: what is unstable stays bounded, and in a healthy network becomes stable."""
    found = []
    for stay in run.stays:
        if stay.stables:
            found += _too_many(run, stay)
        if run.traces[stay.node].of("stable"):
            found += _never_stable(run, stay)
    return found


def _too_many(run: Run, stay: Stay) -> list[Violation]:
    waiting: deque[int] = deque()
    sends = [line for _, _, line in stay.sends if not line.get("proxied", False)]
    for line in sorted([*sends, *stay.stables], key=lambda line: line["i"]):
        if line["event"] == "send":
            waiting.append(line["timestamp"])
        while line["event"] == "stable" and waiting and waiting[0] <= line["timestamp"]:
            waiting.popleft()
        if len(waiting) > run.bounds.unstable:
            return [Violation("RL-6", at(line), f"{len(waiting)} own messages are unstable")]
    return []


def _never_stable(run: Run, stay: Stay) -> list[Violation]:
    """A message that it delivered in calm, and did not call stable in time, though the view went on."""
    if not run.timed or not stay.lines or not run.conditions.phases:
        return []
    until = stay.closing["t"] if stay.closing is not None else run.end
    for line in stay.lines:
        due = line["t"] + run.bounds.deliver
        if due >= until or not run.conditions.calm(line["t"], due):
            continue
        if _stable_by(stay, due) < line["timestamp"] and not run.conditions.crashed(
            stay.node, line["t"], due
        ):
            sentence = f"timestamp {line['timestamp']} was not stable in {run.bounds.deliver} ms"
            return [Violation("RL-6", at(line), sentence)]
    return []


def _stable_by(stay: Stay, due: float) -> int:
    """The last word on stability by then; it never falls."""
    place = bisect_right(stay.stables, due, key=lambda row: row["t"])
    return int(stay.stables[place - 1]["timestamp"]) if place else -1


def rl_7(run: Run) -> list[Violation]:
    """Requests: few for each missing message, and no more in a second than the draft lets one take."""
    found = []
    asked: Counter[tuple[str, str, str, int]] = Counter()
    recent: dict[tuple[str, str], deque[float]] = defaultdict(deque)
    for trace, line, _, _ in run.lines("nack"):
        for sender, first, last in line["ranges"]:
            for sequence in range(first, min(last, first + run.bounds.unstable) + 1):
                name = (trace.node, line["view"], sender, sequence)
                asked[name] += 1
                if asked[name] == run.bounds.nacks_each + 1:
                    sentence = f"asks for sequence {sequence} of {short(sender)} again and again"
                    found.append(Violation("RL-7", at(line), sentence))
        if run.timed:
            times = recent[trace.node, line["to"]]
            times.append(line["t"])
            while times[0] <= line["t"] - 1000:
                times.popleft()
            if len(times) == run.bounds.nacks_second + 1:
                sentence = f"more than {run.bounds.nacks_second} requests to {short(line['to'])} in a second"
                found.append(Violation("RL-7", at(line), sentence))
    mean = asked.total() / len(asked) if asked else 0.0
    if len(asked) >= run.bounds.nacks_fewest and mean > run.bounds.nacks_mean:
        last_line = max((line for _, line, _, _ in run.lines("nack")), key=lambda line: line["i"])
        sentence = f"{mean:.1f} requests for each of {len(asked)} missing messages"
        found.append(Violation("RL-7", at(last_line), sentence))
    return found


def rl_9(run: Run) -> list[Violation]:
    """Resources: what a node keeps stays under the caps, whatever is sent to it."""
    found = []
    for _, line, _, stay in run.lines("resources"):
        members = len(stay.line["members"]) if stay is not None else 1
        caps = {
            "bytes": run.bounds.bytes_each * members,
            "messages": run.bounds.messages_each * members,
            "queued": run.bounds.queued,
            "timers": run.bounds.timers,
        }
        found += [
            Violation("RL-9", at(line), f"{line[name]} {name} where {cap} are the most")
            for name, cap in caps.items()
            if line.get(name, 0) > cap
        ]
    return found


def rl_10(run: Run) -> list[Violation]:
    """No livelock: without a cause, and in a healthy network, views do not follow each other."""
    if not run.timed:
        return []
    events = ("start", "crash", "left")
    changes = [line["t"] for name in events for _, line, _, _ in run.lines(name)]
    causes = sorted([*run.conditions.causes, *changes])
    found = []
    for trace in run.traces.values():
        before: Stay | None = None
        for stay in trace.stays:
            when = stay.line["t"]
            place = bisect_right(causes, when)
            since = max(causes[place - 1] + run.bounds.converge if place else 0, when - run.bounds.calm)
            settled = place > 0 and when > causes[place - 1] + run.bounds.converge
            if settled and run.conditions.calm(causes[place - 1], when):
                if before is not None and before.line["t"] > since:
                    sentence = f"views {counter(before.view)} and {counter(stay.view)} had no cause"
                    found.append(Violation("RL-10", at(before.line, stay.line), sentence))
                before = stay
    return found
