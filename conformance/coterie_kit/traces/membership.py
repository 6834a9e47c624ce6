"""VS-9 to VS-12, VS-15 and VS-16: how nodes go from one view to the next, and who goes with whom."""

from __future__ import annotations

from coterie_kit.traces.run import Line, Run, Stay, counter, short
from coterie_kit.traces.violation import Violation, at

__all__ = ["vs_9", "vs_10", "vs_11", "vs_12", "vs_15", "vs_16"]

OF_THE_VIEW = ("nack", "gap", "stable", "sender-added", "sender-removed")


def vs_9(run: Run) -> list[Violation]:
    """Transitional set: exactly those that come from one's own view into the new one, and they all agree."""
    found = []
    for stays in run.by_view.values():
        known = {stay.node for stay in stays}
        coming: dict[str | None, set[str]] = {}
        agreed: dict[str, tuple[Line, set[str]]] = {}
        for stay in stays:
            coming.setdefault(stay.line["previous"], set()).add(stay.node)
        for stay in stays:
            line, previous = stay.line, stay.line["previous"]
            stated = set(line["together"])
            sentence = _wrong_set(run, stay, stated)
            if previous is None:
                sentence = "" if stated <= {stay.node} else "a node without a previous view came with others"
            elif stated & known != coming[previous]:
                other = short(min((stated & known) ^ coming[previous]))
                sentence = f"{other} is on one side only: in the transitional set, or from that view"
            if sentence:
                found.append(Violation("VS-9", at(line), sentence))
            elif previous is not None:
                first, theirs = agreed.setdefault(previous, (line, stated))
                if theirs != stated:
                    found.append(Violation("VS-9", at(first, line), "two sets of one transition"))
    return found


def _wrong_set(run: Run, stay: Stay, stated: set[str]) -> str:
    before = run.by_view.get(stay.line["previous"])
    if before and not stated <= set(before[0].line["members"]):
        return "the transitional set holds one that was no member of the previous view"
    if not stated <= set(stay.line["members"]):
        return "the transitional set holds one that is no member of the new view"
    return ""


def vs_10(run: Run) -> list[Violation]:
    """Virtual synchrony: those that go on together delivered the same messages in the view that they left."""
    found = []
    for (view, _), stays in run.together.items():
        ordered = [stay for stay in stays if stay.total]
        everything = set[int]().union(*(stay.messages for stay in ordered))
        for stay in ordered:
            lacking = everything.difference(stay.messages)
            if lacking and stay.following is not None:
                message = min(lacking)
                there = next(other for other in ordered if message in other.messages)
                line = there.lines[there.messages.index(message)]
                sentence = (
                    f"{short(stay.node)} left view {counter(view)} without {run.message(message)}, "
                    f"which {short(there.node)} delivered there ({len(lacking)} such)"
                )
                found.append(Violation("VS-10", at(stay.following.line, line), sentence))
    return found


def vs_11(run: Run) -> list[Violation]:
    """Two parts: a view ends with one signal, and each delivery is on its side of it, the same for all."""
    found = []
    for stays in run.together.values():
        found += _two_sides(run, stays)
        for stay in stays:
            following = stay.following
            assert following is not None
            if len(stay.signals) != 1:
                sentence = f"{len(stay.signals)} transitional signals before the next view, and not one"
                found.append(Violation("VS-11", at(following.line), sentence))
            elif set(stay.signals[0]["together"]) != set(following.line["together"]):
                sentence = "the signal and the view name different transitional sets"
                found.append(Violation("VS-11", at(stay.signals[0], following.line), sentence))
    for stay in run.stays:
        found += [
            Violation("VS-11", at(line), "a signal that closes a view which the node is not in")
            for line in stay.signals
            if line["view"] != stay.view
        ]
        found += _wrong_side(stay)
    return found


def _two_sides(run: Run, stays: list[Stay]) -> list[Violation]:
    """What one delivered before the signal and another after it. Where delivery is safe each sees for itself
    what is, so that there the sides may differ."""
    ordered = [stay for stay in stays if stay.service == "timestamp-ordered"]
    first: dict[int, Line] = {}
    for stay in ordered:
        for number, line in zip(stay.messages[: stay.regular], stay.lines, strict=False):
            first.setdefault(number, line)
    found = []
    for stay in ordered:
        late = zip(stay.messages[stay.regular :], stay.lines[stay.regular :], strict=True)
        crossed = next(((number, line) for number, line in late if number in first), None)
        if crossed is not None:
            number, line = crossed
            sentence = f"{short(stay.node)} delivered {run.message(number)} after the signal, others before"
            found.append(Violation("VS-11", at(line, first[number]), sentence))
    return found


def _wrong_side(stay: Stay) -> list[Violation]:
    signal = stay.signals[0]["i"] if stay.signals else float("inf")
    return [
        Violation("VS-11", at(line), "the delivery says that it is on the other side of the signal")
        for line in stay.lines
        if line.get("regular", line["i"] < signal) != (line["i"] < signal)
    ]


def vs_12(run: Run) -> list[Violation]:
    """One view at a time: a view continues the one that the node is in, and a node lives once."""
    found = []
    for trace in run.traces.values():
        for stay in trace.stays:
            before = stay.preceding
            previous = stay.line["previous"]
            if previous != (before.view if before else None):
                told = f"view {counter(previous)}" if previous else "no view"
                where = f"view {counter(before.view)}" if before else "no view"
                places = at(before.line, stay.line) if before else at(stay.line)
                found.append(Violation("VS-12", places, f"comes from {told}, but the node was in {where}"))
        seen: set[int] = set()
        for life in trace.lives:
            if life.incarnation in seen:
                line = next(line for line in trace.records if line["inc"] == life.incarnation)
                found.append(Violation("VS-12", at(line), "the incarnation went on after another had begun"))
            seen.add(life.incarnation)
    return found


def vs_15(run: Run) -> list[Violation]:
    """Membership in order: views and changes of the sender group stand at the same place for all."""
    found = []
    for stays in run.together.values():
        found += _late(run, stays)
        told = [stay for stay in stays if stay.service == "timestamp-ordered"]
        longest = max(told, key=lambda stay: len(stay.changes), default=None)
        for stay in told:
            # what came last before the next view has no effect any more, and need not be told
            if longest is not None and _changes(longest)[: len(stay.changes)] != _changes(stay):
                places = at(*(one.following.line for one in (longest, stay) if one.following))
                found.append(Violation("VS-15", places, "they saw other changes of the sender group"))
    for stay in run.stays:
        if stay.service == "timestamp-ordered":
            found += _misplaced(stay)
    return found


def _late(run: Run, stays: list[Stay]) -> list[Violation]:
    """Messages that some delivered before the next view, and some in it."""
    ordered = [stay for stay in stays if stay.total]
    before: set[int] | None = None
    found = []
    for stay in ordered:
        after = stay.following
        if after is None or not after.messages:
            continue
        if before is None:
            before = set[int]().union(*(other.messages for other in ordered))
        for message in before.intersection(after.messages):
            line = after.lines[after.messages.index(message)]
            sentence = f"{run.message(message)} comes after the view, and before it for others"
            found.append(Violation("VS-15", at(after.line, line), sentence))
    return found


def _changes(stay: Stay) -> list[tuple[str, str, int]]:
    return [(line["event"], line["member"], line["timestamp"]) for _, line in stay.changes]


def _misplaced(stay: Stay) -> list[Violation]:
    found = []
    for place, line in stay.changes:
        before = stay.keys[place - 1][0] if place else -1
        after = stay.keys[place][0] if place < len(stay.keys) else before
        if before > line["timestamp"] or (place < len(stay.keys) and after < line["timestamp"]):
            sentence = f"a {line['event']} of timestamp {line['timestamp']} stands out of the order"
            found.append(Violation("VS-15", at(line), sentence))
    return found


def vs_16(run: Run) -> list[Violation]:
    """One view for all layers: none works in a view that the node has not installed, or has left."""
    found = []
    for event in (*OF_THE_VIEW, "seal", "open"):
        for trace, line, life, stay in run.lines(event):
            view = line["view"]
            if stay is not None and view == stay.view:
                continue
            installed = trace.first.get(("view", life.incarnation, view))
            if installed is None or installed["i"] > line["i"]:
                sentence = f"a {event} of view {counter(view)}, which the node has not installed"
                found.append(Violation("VS-16", at(line), sentence))
            elif event in OF_THE_VIEW:
                sentence = f"a {event} of view {counter(view)}, which the node has left"
                found.append(Violation("VS-16", at(installed, line), sentence))
    for stay in run.stays:
        found += _keyed_out_of_order(run, stay)
    return found


def _keyed_out_of_order(run: Run, stay: Stay) -> list[Violation]:
    first = run.traces[stay.node].first
    before = stay.preceding
    if before is None:
        return []
    earlier = first.get(("keyed", stay.life.incarnation, before.view))
    later = first.get(("keyed", stay.life.incarnation, stay.view))
    if earlier is None or later is None or earlier["i"] < later["i"]:
        return []
    return [Violation("VS-16", at(earlier, later), "the keys came in another order than their views")]
