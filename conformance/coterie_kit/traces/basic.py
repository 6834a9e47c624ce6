"""VS-1 to VS-8 and VS-17: what holds of each delivery, each view, and each node by itself."""

from __future__ import annotations

from coterie_kit.traces.run import Line, Run, Stay, Trace, counter, short
from coterie_kit.traces.violation import Violation, at

__all__ = ["vs_1", "vs_2", "vs_3", "vs_4", "vs_5", "vs_6", "vs_7", "vs_8", "vs_17"]


def vs_1(run: Run) -> list[Violation]:
    """No creation: what is delivered was sent, by the member it names, with the same content."""
    found = []
    for stay in run.stays:
        members = dict(zip(stay.line["members"], stay.line["incarnations"], strict=True))
        for line, number in zip(stay.lines, stay.messages, strict=True):
            sentence = _foreign(run, line, number, members if line["view"] == stay.view else None)
            if sentence:
                found.append(Violation("VS-1", at(line), sentence))
    return found


def _foreign(run: Run, line: Line, number: int, members: dict[str, int] | None) -> str:
    sender = line["sender"]
    if members is not None and members.get(sender) != line["sender_inc"]:
        return f"delivered {run.message(number)}, whose sender is no member of that view in that incarnation"
    if sender not in run.traces:
        return ""
    sent = run.sent.get(number)
    if sent is None:
        return f"delivered {run.message(number)}, which its sender never sent"
    original = sent[0]
    if original["digest"] != line["digest"]:
        return f"delivered {run.message(number)} with another content than was sent"
    if original["timestamp"] not in {None, line["timestamp"]}:
        return f"delivered {run.message(number)} under another timestamp than was sent"
    return ""


def vs_2(run: Run) -> list[Violation]:
    """No duplication: an incarnation delivers a message at most once."""
    found = []
    for trace in run.traces.values():
        for life in trace.lives:
            seen: set[int] = set()
            for stay in life.stays:
                here = set(stay.messages)
                if len(here) == len(stay.messages) and seen.isdisjoint(here):
                    seen |= here
                    continue
                for line, number in zip(stay.lines, stay.messages, strict=True):
                    if number in seen:
                        found.append(Violation("VS-2", at(line), f"delivered {run.message(number)} again"))
                    seen.add(number)
    return found


def vs_3(run: Run) -> list[Violation]:
    """Same view: a message is delivered in one view only, whoever delivers it."""
    found = []
    where: dict[int, tuple[str, Line]] = {}
    for stay in run.stays:
        for line, number in zip(stay.lines, stay.messages, strict=True):
            view, first = where.setdefault(number, (stay.view, line))
            if view != stay.view:
                sentence = f"two views delivered {run.message(number)}"
                found.append(Violation("VS-3", at(first, line), sentence))
    return found


def vs_4(run: Run) -> list[Violation]:
    """Sending view: a message is sent and delivered in the view that it names."""
    found = []
    for stay in run.stays:
        for line in (*stay.lines, *(line for _, _, line in stay.sends)):
            if line["view"] != stay.view:
                did = "sent" if line["event"] == "send" else "delivered"
                sentence = f"{did} a message of view {counter(line['view'])} in view {counter(stay.view)}"
                found.append(Violation("VS-4", at(line), sentence))
    return found


def vs_5(run: Run) -> list[Violation]:
    """Self-inclusion: a node is a member of each view that it installs, in its own incarnation."""
    found = []
    for stay in run.stays:
        rows = zip(stay.line["members"], stay.line["incarnations"], strict=True)
        if (stay.node, stay.life.incarnation) not in set(rows):
            found.append(Violation("VS-5", at(stay.line), "installed a view that does not list it"))
    return found


def vs_6(run: Run) -> list[Violation]:
    """Monotony: the counters of a node's views rise, and no life of it installs an identifier again."""
    found = []
    for trace in run.traces.values():
        before: dict[str, Line] = {}
        for life in trace.lives:
            last: Stay | None = None
            for stay in life.stays:
                if stay.view in before:
                    sentence = f"installed view {counter(stay.view)} a second time"
                    found.append(Violation("VS-6", at(before[stay.view], stay.line), sentence))
                elif last is not None and counter(stay.view) <= counter(last.view):
                    sentence = f"view {counter(stay.view)} came after view {counter(last.view)}"
                    found.append(Violation("VS-6", at(last.line, stay.line), sentence))
                before.setdefault(stay.view, stay.line)
                last = stay
    return found


def vs_7(run: Run) -> list[Violation]:
    """Initial view: a node sends and delivers only in a view that it installed."""
    return [
        Violation("VS-7", at(line), f"a {line['event']} of a node that is in no view")
        for line in run.homeless
    ]


def vs_8(run: Run) -> list[Violation]:
    """Identity: two nodes that install a view of one identifier installed the same view."""
    found = []
    for view, stays in run.by_view.items():
        first = stays[0].line
        for stay in stays:
            line = stay.line
            wrong = [name for name in IDENTICAL if line.get(name) != first.get(name)]
            if sorted(line["senders"]) != sorted(first["senders"]):
                wrong.append("senders")
            if wrong:
                sentence = f"view {counter(view)} differs in its {' and '.join(wrong)}"
                found.append(Violation("VS-8", at(first, line), sentence))
            elif line.get("counter", counter(view)) != counter(view):
                sentence = f"the identifier says counter {counter(view)}, the view {line['counter']}"
                found.append(Violation("VS-8", at(line), sentence))
    return found


IDENTICAL = ("members", "incarnations", "counter", "suite")


def vs_17(run: Run) -> list[Violation]:
    """Blocked: a node sends nothing between the freeze of its view and the next view."""
    found = []
    for trace in run.traces.values():
        if trace.of("blocked"):
            found += [
                Violation("VS-17", at(blocked, line), f"{short(trace.node)} sent while its view was frozen")
                for blocked, line in _sent_while_blocked(trace)
            ]
    return found


def _sent_while_blocked(trace: Trace) -> list[tuple[Line, Line]]:
    found = []
    blocked: Line | None = None
    for line in trace.records:
        match line["event"]:
            case "blocked":
                blocked = blocked or line
            case "unblocked" | "view" | "start" | "left" | "crash":
                blocked = None
            case "send" if blocked is not None and not line.get("proxied", False):
                found.append((blocked, line))
    return found
