"""TO-7, TO-8, RL-1 to RL-4 and RL-8: when a message may be delivered, and that it is."""

from __future__ import annotations

from coterie_kit.traces.run import FIFO, Line, Run, Stay, Trace, counter, short
from coterie_kit.traces.violation import Violation, at

__all__ = ["rl_1", "rl_2", "rl_3", "rl_4", "rl_8", "to_7", "to_8"]


def to_7(run: Run) -> list[Violation]:
    """Deliverable: who delivers before the view is blocked has heard all of the sender group so far.

    After that it may be another, going on with it, that had heard so much.
    """
    found = []
    blocked: dict[Stay | None, int] = {}
    for _, line, _, stay in run.lines("blocked"):
        blocked.setdefault(stay, line["i"])
    for stay in run.stays:
        senders = set(stay.line["senders"]) - {stay.node}
        changes = iter([*stay.changes, (len(stay.lines) + 1, {})])
        place, change = next(changes)
        for count, line in enumerate(stay.lines[: stay.regular]):
            while place <= count:
                enters = change["event"] == "sender-added" and change["member"] != stay.node
                senders = senders | {change["member"]} if enters else senders - {change["member"]}
                place, change = next(changes)
            heard = line.get("heard")
            if heard is None or not stay.total or line["i"] > blocked.get(stay, line["i"]):
                continue
            late = sorted(node for node in senders if heard.get(node, -1) < line["timestamp"])
            if late:
                sentence = (
                    f"delivered timestamp {line['timestamp']} without having heard {short(late[0])} so far"
                )
                found.append(Violation("TO-7", at(line), sentence))
    return found


def to_8(run: Run) -> list[Violation]:
    """Safe: what one delivers as safe before the signal, each member delivers unless it crashes."""
    found = []
    for stays in run.by_view.values():
        safe: dict[int, Line] = {}
        for stay in stays:
            if stay.service == "safe":
                for number, line in zip(stay.messages[: stay.regular], stay.lines, strict=False):
                    safe.setdefault(number, line)
        if not safe:
            continue
        for stay in stays:
            lacking = safe.keys() - set(stay.messages)
            if lacking and stay.total and stay.following is not None:
                number = min(lacking)
                sentence = f"{short(stay.node)} never delivered the safe {run.message(number)}"
                found.append(Violation("TO-8", at(stay.following.line, safe[number]), sentence))
        found += _never_there(run, stays[0], safe)
    return found


def _never_there(run: Run, stay: Stay, safe: dict[int, Line]) -> list[Violation]:
    """Members that never installed the view in which others already called messages safe."""
    found = []
    here = {other.node for other in run.by_view[stay.view]}
    for node, incarnation in zip(stay.line["members"], stay.line["incarnations"], strict=True):
        trace = run.traces.get(node)
        if trace is None or node in here:
            continue
        later = _later_view(trace, incarnation, counter(stay.view))
        if later is not None:
            sentence = f"{short(node)} passed over view {counter(stay.view)}, in which messages were safe"
            found.append(Violation("TO-8", at(later.line, next(iter(safe.values()))), sentence))
    return found


def _later_view(trace: Trace, incarnation: int, number: int) -> Stay | None:
    later = (stay for stay in trace.stays if stay.life.incarnation == incarnation)
    return next((stay for stay in later if counter(stay.view) > number), None)


def rl_1(run: Run) -> list[Violation]:
    """Validity: in a healthy network a member delivers what it sent, in bounded time."""
    found = []
    for stay in run.stays:
        if stay.service in FIFO:
            own = dict(zip(stay.messages, stay.lines, strict=True))
            for _, number, line in stay.sends:
                due = line["t"] + run.bounds.deliver if run.timed else 0
                if _due(run, stay, line, due) and (number not in own or own[number]["t"] > due):
                    sentence = f"{short(stay.node)} did not deliver its own {run.message(number)} in time"
                    found.append(Violation("RL-1", at(line), sentence))
    return found


def _due(run: Run, stay: Stay, line: Line, due: float) -> bool:
    """Whether something that began with ``line`` had to be done in this view: it was calm, and lasted."""
    if not run.timed or due > run.end or (stay.closing is not None and stay.closing["t"] <= due):
        return False
    alive = not run.conditions.crashed(stay.node, line["t"], due)
    return alive and run.conditions.calm(line["t"], due)


def rl_2(run: Run) -> list[Violation]:
    """Self-delivery: who goes on to another view has delivered what it sent in the one before."""
    found = []
    for stay in run.stays:
        if stay.service in FIFO and stay.following is not None and stay.sends:
            own = set(stay.messages)
            for _, number, line in stay.sends:
                if number not in own and not line.get("proxied", False):
                    sentence = f"{short(stay.node)} never delivered its own {run.message(number)}"
                    found.append(Violation("RL-2", at(line, stay.following.line), sentence))
    return found


def rl_3(run: Run) -> list[Violation]:
    """Uniformity: what a member of the transitional set delivered and then failed, the others deliver."""
    found = []
    for (view, onward), stays in run.together.items():
        together = set[str]().union(*(stay.following.line["together"] for stay in stays if stay.following))
        for other in run.by_view[view]:
            if other.node not in together or other.following is not None:
                continue
            count = _before_another_run(run.traces[other.node], other, onward)
            theirs = set(other.messages[:count]) if other.total else set()
            for stay in stays:
                lacking = theirs.difference(stay.messages)
                if lacking and stay.total and stay.following is not None:
                    number = min(lacking)
                    line = other.lines[other.messages.index(number)]
                    sentence = f"{short(stay.node)} lacks {run.message(number)}, delivered by one that failed"
                    found.append(Violation("RL-3", at(line, stay.following.line), sentence))
    return found


def _before_another_run(trace: Trace, stay: Stay, onward: str) -> int:
    """How many deliveries came before the node had turned to another view than the others installed."""
    runs = [line for line, _, where in trace.of("run-started") if where is stay]
    mine = next((place for place, line in enumerate(runs) if line["view"] == onward), None)
    later = [] if mine is None else runs[mine + 1 :]
    other = next((line for line in later if line["view"] != onward), None)
    if other is None:
        return len(stay.lines)
    return sum(line["i"] < other["i"] for line in stay.lines)


def rl_4(run: Run) -> list[Violation]:
    """Termination: in a healthy network a message reaches all members in bounded time, or the view ends."""
    found = []
    for stays in run.by_view.values():
        reliable = [stay for stay in stays if stay.service in FIFO]
        sends = [(line["t"] or 0, number, line) for stay in stays for _, number, line in stay.sends]
        for stay in reliable:
            own = dict(zip(stay.messages, stay.lines, strict=True))
            for when, number, line in sends:
                due = when + run.bounds.deliver
                late = number not in own or (run.timed and own[number]["t"] > due)
                if late and line["node"] != stay.node and _due(run, stay, line, due):
                    sentence = f"{run.message(number)} did not reach {short(stay.node)} in time"
                    found.append(Violation("RL-4", at(line, stay.line), sentence))
    return found


def rl_8(run: Run) -> list[Violation]:
    """Proxy: an origin's messages are delivered once, in its order, and asked again only if they were not."""
    found = []
    for stay in run.stays:
        latest: dict[tuple[str, int], tuple[int, Line]] = {}
        for line in stay.lines:
            if line["proxied"]:
                origin = (line["sender"], line["sender_inc"])
                before, earlier = latest.get(origin, (0, line))
                if line["sequence"] <= before:
                    sentence = f"proxied message {line['sequence']} of {short(origin[0])} came after {before}"
                    found.append(Violation("RL-8", at(earlier, line), sentence))
                latest[origin] = max(before, line["sequence"]), line
        found += _asked_again(run, stay)
    return found


def _asked_again(run: Run, stay: Stay) -> list[Violation]:
    found = []
    for _, _, line in stay.sends:
        if "again" in line:
            view, sequence = line["again"]
            number = run.numbers.get((stay.node, line["inc"], view, sequence, True), -1)
            earlier = next((own for own in stay.life.stays if number in own.messages), None)
            if earlier is not None:
                sentence = f"asked again for {run.message(number)}, which it had delivered"
                places = at(earlier.lines[earlier.messages.index(number)], line)
                found.append(Violation("RL-8", places, sentence))
    return found
