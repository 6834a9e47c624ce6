"""KA-1 to KA-4, KA-12, KA-13 and KA-17: the keys of a view, and the runs that agree on them."""

from __future__ import annotations

from coterie_kit.traces.run import Life, Line, Run, Trace, counter, short
from coterie_kit.traces.violation import Violation, at

__all__ = ["ka_1", "ka_2", "ka_3", "ka_4", "ka_12", "ka_13", "ka_17"]


def ka_1(run: Run) -> list[Violation]:
    """Agreement: all that have a key for a view have the same one."""
    return _differing(run, "keyed", "key_id", "KA-1")


def ka_2(run: Run) -> list[Violation]:
    """Partners: who agrees on a key agrees on the ordered members and the transcript; they are the view's."""
    found = _differing(run, "run-started", "members", "KA-2") + _differing(run, "keyed", "transcript", "KA-2")
    for _, line, _, _ in run.lines("run-started"):
        stays = run.by_view.get(line["view"])
        if stays and stays[0].line["members"] != line["members"]:
            sentence = f"the run of view {counter(line['view'])} had other members than the view"
            found.append(Violation("KA-2", at(line, stays[0].line), sentence))
    return found


def _differing(run: Run, event: str, field: str, name: str) -> list[Violation]:
    """Lines of ``event`` about one view whose ``field`` is not what the first of them says."""
    found = []
    first: dict[str, Line] = {}
    for _, line, _, _ in run.lines(event):
        if line.get(field) is None:
            continue
        earlier = first.setdefault(line["view"], line)
        if earlier[field] != line[field]:
            sentence = f"two nodes have another {field.replace('_', ' ')} for view {counter(line['view'])}"
            found.append(Violation(name, at(earlier, line), sentence))
    return found


def ka_3(run: Run) -> list[Violation]:
    """Uniqueness: no key serves two views, and no node agrees on keys for one view twice."""
    found = []
    views: dict[str, Line] = {}
    for trace in run.traces.values():
        own: dict[str, Line] = {}
        for line, _, _ in trace.of("keyed"):
            earlier = views.setdefault(line["key_id"], line)
            if earlier["view"] != line["view"]:
                sentence = f"views {counter(earlier['view'])} and {counter(line['view'])} have one key"
                found.append(Violation("KA-3", at(earlier, line), sentence))
            if own.setdefault(line["view"], line) is not line:
                sentence = f"agreed on keys of view {counter(line['view'])} a second time"
                found.append(Violation("KA-3", at(own[line["view"]], line), sentence))
    return found


def ka_4(run: Run) -> list[Violation]:
    """Freshness: there are keys for a view before it is installed, and before anything is sealed in it."""
    found = []
    for event in ("view", "seal"):
        for trace, line, life, _ in run.lines(event):
            keyed = trace.first.get(("keyed", life.incarnation, line["view"]))
            if keyed is None or keyed["i"] > line["i"]:
                sentence = f"a {event} of view {counter(line['view'])} before there were keys for it"
                found.append(Violation("KA-4", at(line), sentence))
    return found


def ka_12(run: Run) -> list[Violation]:
    """Authentication: whose confirmation is held has the keys of that view, by the same transcript."""
    keyed = {(line["view"], trace.node): line for trace, line, _, _ in run.lines("keyed")}
    found = []
    for trace, line, _, _ in run.lines("confirmed"):
        view, by = line["view"], line["by"]
        if by not in run.traces:
            continue
        theirs, mine = keyed.get((view, by)), keyed.get((view, trace.node))
        if theirs is None:
            sentence = f"holds a confirmation of {short(by)}, which has no keys of view {counter(view)}"
            found.append(Violation("KA-12", at(line), sentence))
        elif mine and len({mine.get("transcript"), theirs.get("transcript")} - {None}) > 1:
            sentence = f"holds a confirmation of {short(by)}, whose transcript is another"
            found.append(Violation("KA-12", at(line, theirs), sentence))
    return found


def ka_13(run: Run) -> list[Violation]:
    """Confirmed before use: nothing is sealed, and no view installed, before all members confirmed it."""
    found = []
    for trace in run.traces.values():
        ready = _confirmations(trace)
        wanted: dict[tuple[int, str], frozenset[str]] = {}
        for event in ("run-started", "view"):
            for line, life, _ in trace.of(event):
                wanted[life.incarnation, line["view"]] = frozenset(line["members"]) - {trace.node}
        for event in ("view", "seal"):
            for line, life, _ in trace.of(event):
                sentence = _unconfirmed(line, life, ready, wanted)
                if sentence:
                    found.append(Violation("KA-13", at(line), sentence))
    return found


def _confirmations(trace: Trace) -> dict[tuple[int, str], dict[str, int]]:
    """For each run of the node: the line at which it first held the confirmation of each member."""
    held: dict[tuple[int, str], dict[str, int]] = {}
    for line, life, _ in trace.of("confirmed"):
        held.setdefault((life.incarnation, line["view"]), {}).setdefault(line["by"], line["i"])
    return held


def _unconfirmed(
    line: Line,
    life: Life,
    ready: dict[tuple[int, str], dict[str, int]],
    wanted: dict[tuple[int, str], frozenset[str]],
) -> str:
    where = (life.incarnation, line["view"])
    held = ready.get(where, {})
    lacking = [node for node in wanted.get(where, ()) if held.get(node, 1 << 62) > line["i"]]
    if not lacking:
        return ""
    what = f"a {line['event']} of view {counter(line['view'])}"
    return f"{what} without the confirmation of {short(min(lacking))}"


def ka_17(run: Run) -> list[Violation]:
    """Cascades: a run that another supersedes fails and gives no keys, and each run ends in bounded time."""
    found = []
    for trace in run.traces.values():
        found += _cascade(run, trace)
    return found


RUN_EVENTS = ("run-started", "keyed", "view", "run-failed", "start", "crash", "left")


def _cascade(run: Run, trace: Trace) -> list[Violation]:
    found = []
    rows = sorted(
        ((line["i"], line) for event in RUN_EVENTS for line, _, _ in trace.of(event)), key=lambda row: row[0]
    )
    current: Line | None = None
    over: dict[str, Line] = {}
    for _, line in rows:
        event = line["event"]
        if event == "run-started":
            if current is not None:
                sentence = f"the run of view {counter(line['view'])} began before the one before it had ended"
                found.append(Violation("KA-17", at(current, line), sentence))
                over[current["view"]] = line
            current = line
        elif event in {"keyed", "view"} and line["view"] in over:
            sentence = f"a {event} of view {counter(line['view'])}, whose run had ended"
            found.append(Violation("KA-17", at(over[line["view"]], line), sentence))
        elif event == "run-failed":
            over[line["view"]] = line
        if current is not None and (event in {"start", "crash", "left"} or _ends(current, line)):
            found += _too_long(run, trace, current, line["t"])
            current = None
    if current is not None:
        found += _too_long(run, trace, current, trace.records[-1]["t"])
    return found


def _ends(current: Line, line: Line) -> bool:
    return line["event"] in {"view", "run-failed"} and line["view"] == current["view"]


def _too_long(run: Run, trace: Trace, line: Line, until: float | None) -> list[Violation]:
    if not run.timed or until is None or until - line["t"] <= run.bounds.key_run:
        return []
    if run.harness and not run.conditions.calm(line["t"], line["t"] + run.bounds.key_run):
        return []
    sentence = f"{short(trace.node)} was in the run of view {counter(line['view'])} for more than the bound"
    return [Violation("KA-17", at(line), sentence)]
