"""VS-13 and VS-14: whether the views follow what is really there, no later and no sooner."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from coterie_kit.traces.conditions import Phase
from coterie_kit.traces.run import Life, Line, Run, Stay, Trace, counter, short
from coterie_kit.traces.violation import Violation, at

__all__ = ["vs_13", "vs_14"]

CHANGES = ("start", "crash", "left")


def vs_13(run: Run) -> list[Violation]:
    """Precision: some time after a heal, the view of each node is the component that it is in."""
    if not run.timed:
        return []
    changes = sorted(line["t"] for event in CHANGES for _, line, _, _ in run.lines(event))
    changes = sorted([*changes, *run.conditions.causes])
    found = []
    for phase in run.conditions.phases:
        until = min(phase.until, run.end)
        last = max([phase.since, *changes[: bisect_left(changes, until)][-1:]])
        if last + run.bounds.converge <= until:
            found += _imprecise(run, phase, last + run.bounds.converge)
    return found


def _imprecise(run: Run, phase: Phase, when: float) -> list[Violation]:
    """The components whose members are not all in the view of just these members at this time."""
    living = {node: life for node, trace in run.traces.items() if (life := _alive(run, trace, when))}
    components = phase.components or (frozenset(living),)
    found = []
    for component in components:
        here = [node for node in sorted(component) if node in living]
        stays = [_stay_at(living[node], when) for node in here]
        views = {stay.view for stay in stays if stay}
        members = [set(stay.line["members"]) & set(run.traces) for stay in stays if stay]
        if here and (len(views) != 1 or None in stays or members[0] != set(here)):
            told = ", ".join(str(counter(view)) for view in sorted(views)) or "none"
            sentence = (
                f"{run.bounds.converge} ms after the last change the {len(here)} nodes that reach each other "
                f"are not one view: views {told}"
            )
            places = at(phase.line, *(stay.line for stay in stays if stay))
            found.append(Violation("VS-13", places, sentence))
    return found


def _alive(run: Run, trace: Trace, when: float) -> Life | None:
    """The incarnation that runs at this time; None when the node is down, or has left."""
    alive: Life | None = None
    since = 0.0
    for event, line, life in _course(trace):
        if line["t"] > when:
            break
        since = line["t"]
        alive = life if event in {"start", "view"} else None
    return None if alive is None or run.conditions.crashed(trace.node, since, when) else alive


def _course(trace: Trace) -> list[tuple[str, Line, Life]]:
    lines = [(event, line, life) for event in (*CHANGES, "view") for line, life, _ in trace.of(event)]
    return sorted(lines, key=lambda row: row[1]["i"])


def _stay_at(life: Life, when: float) -> Stay | None:
    for stay in reversed(life.stays):
        if stay.line["t"] <= when:
            return stay if stay.closing is None or stay.closing["t"] > when else None
    return None


def vs_14(run: Run) -> list[Violation]:
    """No capricious exclusion: whoever is left out of a view, or suspected, gave a reason."""
    accused: dict[str, set[str]] = defaultdict(set)
    for trace, line, _, stay in run.lines("suspect"):
        if stay is not None:
            # one that suspects the others may go on without them
            accused[stay.view] |= {line["whom"], trace.node}
    culprits = {line.get("culprit") for _, line, _, _ in run.lines("run-failed")}
    found = []
    for (view, onward), stays in run.together.items():
        after = stays[0].following
        assert after is not None
        gone = set(stays[0].line["members"]) - set(after.line["members"])
        for node in sorted(gone - accused[view] - culprits):
            if not _explained(run, node, stays[0], after):
                sentence = f"{short(node)} is left out of view {counter(onward)} without a reason"
                found.append(Violation("VS-14", at(stays[0].line, after.line), sentence))
    return found + _suspected_for_nothing(run)


def _explained(run: Run, node: str, before: Stay, after: Stay) -> bool:
    """Whether its own trace, or what the harness did, says why ``node``, which was in the view ``before``,
    is not in the one ``after``."""
    trace, line = run.traces.get(node), after.line
    if trace is None:
        return True
    own = next((stay for stay in trace.stays if stay.view == before.view), None)
    # the others may lack a view that it has installed since, and in which it ended
    while own is not None and own.following is not None and counter(own.following.view) < counter(after.view):
        own = own.following
    if own is None or (own.closing is not None and own.closing["event"] != "view"):
        return True
    if not run.timed:
        return own.closing is None
    since = line["t"] - run.bounds.reason
    ended = own.closing is None and trace.records[-1]["t"] < line["t"]
    disturbed = bool(run.harness) and not run.conditions.calm(since, line["t"])
    return ended or disturbed or run.conditions.crashed(node, since, line["t"])


def _was_there(run: Run, trace: Trace, view: str, when: float) -> bool:
    """Whether a node was in that view long enough to be heard in it. One that went on with another proposal
    before it had every CONFIRM is a member of a view that it never was in."""
    heard = when - run.bounds.silence
    return any(
        stay.view == view and stay.line["t"] <= heard
        and (stay.closing is None or stay.closing["t"] >= when)
        for stay in trace.stays
    )  # fmt: skip


def _suspected_for_nothing(run: Run) -> list[Violation]:
    """Suspicions of a node that ran, in a network that was healthy. Only a harness can tell."""
    found = []
    for _, line, _, stay in run.lines("suspect"):
        node, reach = line["whom"], run.bounds.reason
        trace = run.traces.get(node)
        if trace is None or not run.conditions.calm(line["t"] - reach, line["t"]):
            continue
        if stay is not None and not _was_there(run, trace, stay.view, line["t"]):
            continue
        near = any(abs(own["t"] - line["t"]) <= reach for event in CHANGES for own, _, _ in trace.of(event))
        silent = trace.records[-1]["t"] < line["t"]
        if not near and not silent and not run.conditions.crashed(node, line["t"] - reach, line["t"]):
            found.append(Violation("VS-14", at(line), f"{short(node)} is suspected, and nothing was amiss"))
    return found
