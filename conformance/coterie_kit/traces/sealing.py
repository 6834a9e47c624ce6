"""KA-7, KA-8 and KA-19 to KA-21: what is sealed and opened, under which keys, and how often."""

from __future__ import annotations

from coterie_kit.traces.run import Life, Line, Run, Stay, counter
from coterie_kit.traces.violation import Violation, at

__all__ = ["ka_7", "ka_8", "ka_19", "ka_20", "ka_21"]

Name = tuple[str, int, str, int]

WINDOWED = frozenset({"control"})


def _name(line: Line) -> Name:
    """What may be sealed once: (view, sender index, secret, counter)."""
    return line["view"], line["sender"], line["secret"], line["counter"]


def _told(line: Line) -> str:
    where = f"member {line['sender']} in view {counter(line['view'])}"
    return f"counter {line['counter']} ({line['secret']}) of {where}"


def ka_7(run: Run) -> list[Violation]:
    """Removed members: after a view nothing is sealed under the keys of one before."""
    found = []
    for trace, line, life, stay in run.lines("seal"):
        view = line["view"]
        if stay is None or stay.view != view:
            installed = trace.first.get(("view", life.incarnation, view))
            if installed is not None and installed["i"] < line["i"]:
                places = at(line) if stay is None else at(stay.line, line)
                sentence = f"sealed under the keys of view {counter(view)}, which the node has left"
                found.append(Violation("KA-7", places, sentence))
    return found


def ka_8(run: Run) -> list[Violation]:
    """Old keys: they open nothing but what was under way when the view ended, and are erased soon."""
    found = []
    for trace, line, life, stay in run.lines("open"):
        erased = trace.first.get(("erased", life.incarnation, line["view"]))
        if erased is not None and erased["i"] < line["i"]:
            sentence = f"opened a frame of view {counter(line['view'])}, whose keys were erased"
            found.append(Violation("KA-8", at(erased, line), sentence))
        elif stay is None or stay.view != line["view"]:
            sentence = _too_late(run, line, life)
            if sentence:
                found.append(Violation("KA-8", at(line), sentence))
    return found + _never_erased(run)


def _too_late(run: Run, line: Line, life: Life) -> str:
    views = [stay.view for stay in life.stays if stay.line["i"] < line["i"]]
    if line["view"] not in views:
        return ""  # it has not been installed yet: VS-16
    place = len(views) - 1 - views[::-1].index(line["view"])
    if len(views) - 1 - place >= run.bounds.old_epochs:
        return f"opened a frame of view {counter(line['view'])}, {len(views) - 1 - place} views later"
    closing = life.stays[place].closing
    if run.timed and closing is not None and line["t"] > closing["t"] + run.bounds.old_keys:
        return f"opened a frame of view {counter(line['view'])} long after it"
    return ""


def _never_erased(run: Run) -> list[Violation]:
    found = []
    for stay in run.stays:
        trace = run.traces[stay.node]
        later: Stay | None = stay
        for _ in range(run.bounds.old_epochs):
            later = later.following if later is not None else None
        if later is None or not trace.of("erased"):
            continue
        erased = trace.first.get(("erased", stay.life.incarnation, stay.view))
        if erased is None or (later.closing is not None and erased["i"] > later.closing["i"]):
            sentence = f"the keys of view {counter(stay.view)} outlived {run.bounds.old_epochs} views"
            found.append(Violation("KA-8", at(stay.line, later.line), sentence))
    return found


def ka_19(run: Run) -> list[Violation]:
    """Nonces: no counter seals twice under one key, not even after a restart."""
    found = []
    sealed: dict[Name, Line] = {}
    for _, line, _, _ in run.lines("seal"):
        earlier = sealed.setdefault(_name(line), line)
        if earlier is not line:
            found.append(Violation("KA-19", at(earlier, line), f"{_told(line)} was used twice"))
    return found


def ka_20(run: Run) -> list[Violation]:
    """Integrity: what is opened was sealed, by the member it names, octet for octet."""
    sealed: dict[Name, list[Line]] = {}
    for _, line, _, _ in run.lines("seal"):
        sealed.setdefault(_name(line), []).append(line)
    # one that writes no seals leaves nothing to compare with
    silent = {node for node, trace in run.traces.items() if not trace.of("seal")}
    found = []
    for _, line, _, _ in run.lines("open"):
        own = sealed.get(_name(line))
        if own is not None:
            if all(line["digest"] != each["digest"] for each in own):
                sentence = f"{_told(line)} was opened with other octets"
                found.append(Violation("KA-20", at(own[-1], line), sentence))
        elif _writer(run, line) not in {None, *silent}:
            found.append(Violation("KA-20", at(line), f"{_told(line)} was opened, but never sealed"))
    return found


def _writer(run: Run, line: Line) -> str | None:
    stays = run.by_view.get(line["view"])
    if not stays or line["sender"] >= len(stays[0].line["members"]):
        return None
    node: str = stays[0].line["members"][line["sender"]]
    return node if node in run.traces else None


def ka_21(run: Run) -> list[Violation]:
    """Replay: a frame is opened once, and control frames only inside the window."""
    found = []
    for trace in run.traces.values():
        opened: dict[tuple[int, Name], Line] = {}
        greatest: dict[tuple[int, str, int], int] = {}
        for line, life, _ in trace.of("open"):
            name = _name(line)
            earlier = opened.setdefault((life.incarnation, name), line)
            if earlier is not line:
                found.append(Violation("KA-21", at(earlier, line), f"{_told(line)} was opened twice"))
            if name[2] not in WINDOWED:
                continue
            source = (life.incarnation, line["view"], line["sender"])
            highest = greatest.get(source, 0)
            if line["counter"] <= highest - run.bounds.window:
                found.append(Violation("KA-21", at(line), f"{_told(line)} lies behind the window"))
            greatest[source] = max(highest, line["counter"])
    return found
