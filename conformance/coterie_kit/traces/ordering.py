"""TO-1 to TO-6 and TO-9: the order of what is delivered, and the timestamps that make it."""

from __future__ import annotations

from itertools import pairwise

from coterie_kit.traces.cycles import cycle
from coterie_kit.traces.run import FIFO, Line, Run, Stay, counter, short
from coterie_kit.traces.violation import Violation, at

__all__ = ["to_1", "to_2", "to_3", "to_4", "to_5", "to_6", "to_9"]

NEVER = 1 << 62


def to_1(run: Run) -> list[Violation]:
    """Total order: within a view deliveries rise in (timestamp, Node-ID)."""
    found = []
    for stay in run.stays:
        keys = stay.keys
        if stay.total and any(a >= b for a, b in pairwise(keys)):
            for place in range(1, len(keys)):
                if keys[place - 1] >= keys[place]:
                    places = at(stay.lines[place - 1], stay.lines[place])
                    found.append(Violation("TO-1", places, "delivered against the order of the timestamps"))
    return found


def to_2(run: Run) -> list[Violation]:
    """Gap-free: before the signal, whoever delivers a message has delivered all that precede it."""
    found = []
    for stays in run.by_view.values():
        ordered = [stay for stay in stays if stay.total and stay.regular]
        if len(ordered) < 2:
            continue
        keys: dict[int, tuple[tuple[int, str], Line]] = {}
        for stay in ordered:
            count = stay.regular
            for place, number in enumerate(stay.messages[:count]):
                if number not in keys:
                    keys[number] = stay.keys[place], stay.lines[place]
        course = sorted((key, number) for number, (key, _) in keys.items())
        for stay in ordered:
            found += _lacking(run, stay, course, keys)
    return found


def _lacking(
    run: Run,
    stay: Stay,
    course: list[tuple[tuple[int, str], int]],
    known: dict[int, tuple[tuple[int, str], Line]],
) -> list[Violation]:
    mine = set(stay.messages[: stay.regular])
    if len(course) == len(mine):
        return []
    last = max(known[number][0] for number in mine)
    told = set(_told_gaps(run, stay))
    for key, number in course:
        if key >= last:
            break
        if number not in mine and number not in told:
            after = next(line for line, own in zip(stay.lines, stay.keys, strict=True) if own > key)
            sentence = f"{short(stay.node)} passed over {run.message(number)}, which another had delivered"
            return [Violation("TO-2", at(after, known[number][1]), sentence)]
    return []


def _told_gaps(run: Run, stay: Stay) -> list[int]:
    """Messages that the node said to be lost, before it went on."""
    told = []
    for line, _, where in run.traces[stay.node].of("gap"):
        if where is stay:
            members = dict(zip(stay.line["members"], stay.line["incarnations"], strict=True))
            for sequence in range(line["first"], line["last"] + 1):
                name = (line["sender"], members.get(line["sender"], -1), stay.view, sequence, False)
                if name in run.numbers:
                    told.append(run.numbers[name])
    return told


def to_3(run: Run) -> list[Violation]:
    """No cycle: the orders in which all nodes delivered fit into one, over all views, splits and merges."""
    if _fits(run):
        return []
    chains = []
    first: dict[int, Line] = {}
    for lives in (row for trace in run.traces.values() for row in trace.successions()):
        chain: dict[int, Line] = {}  # a repetition is no order, and another property's business
        for stay in (stay for life in lives for stay in life.stays):
            if stay.total:
                for number, line in zip(stay.messages, stay.lines, strict=True):
                    chain.setdefault(number, line)
        chains.append(list(chain))
        first = {**chain, **first}
    ring = cycle(chains)
    if not ring:
        return []
    told = ", ".join(run.message(number) for number in ring[:4])
    lines = (first[number] for number in ring[:4])
    return [Violation("TO-3", at(*lines), f"the orders of the nodes go in a circle through {told}")]


def _fits(run: Run) -> bool:
    """Whether all deliver by (view, timestamp, Node-ID), which is one order for all: the usual case."""
    keys: dict[int, tuple[int, str, int, str]] = {}
    for trace in run.traces.values():
        last = (-1, "", 0, "")
        for stay in trace.stays:
            if not stay.total:
                continue
            rank, view = counter(stay.view), stay.view
            for number, (timestamp, via) in zip(stay.messages, stay.keys, strict=True):
                key = keys.setdefault(number, (rank, view, timestamp, via))
                if last >= key:
                    return False
                last = key
    return True


def to_4(run: Run) -> list[Violation]:
    """FIFO: messages of one sender come in its order, and without a gap where the service is reliable."""
    sent: dict[tuple[str, int, str], list[tuple[int, int]]] = {}
    for number, (line, _) in run.sent.items():
        if not line.get("proxied", False):
            name = run.names[number]
            sent.setdefault((name[0], name[1], name[2]), []).append((name[3], number))
    for rows in sent.values():
        rows.sort()
    found = []
    for stay in run.stays:
        service = stay.service
        if service in FIFO or service == "source-ordered-unreliable":
            found += _unordered(run, stay, sent if service in FIFO else {})
    return found


def _unordered(
    run: Run, stay: Stay, sent: dict[tuple[str, int, str], list[tuple[int, int]]]
) -> list[Violation]:
    found = []
    latest: dict[tuple[str, int, str], tuple[int, int]] = {}
    told: set[int] | None = None
    for line, number in zip(stay.lines, stay.messages, strict=True):
        sender, incarnation, view, sequence, proxied = run.names[number]
        if proxied:
            continue
        source = (sender, incarnation, view)
        before, count = latest.get(source, (0, 0))
        rows = sent.get(source)
        if sequence <= before:
            if sequence < before:
                found.append(Violation("TO-4", at(line), f"{run.message(number)} came after a later one"))
            continue
        if rows and count < len(rows) and rows[count][1] != number:
            told = set(_told_gaps(run, stay)) if told is None else told
            while count < len(rows) and rows[count][0] < sequence and rows[count][1] in told:
                count += 1
            if count < len(rows) and rows[count][0] < sequence:
                sentence = f"{run.message(number)} came, but not {run.message(rows[count][1])} before it"
                found.append(Violation("TO-4", at(line, run.sent[rows[count][1]][0]), sentence))
                count = next((place for place, row in enumerate(rows) if row[1] == number), count)
        latest[source] = (sequence, count + 1)
    return found


def to_5(run: Run) -> list[Violation]:
    """Causality: who delivers a message has delivered before it what its sender had delivered."""
    found = []
    for stays in run.by_view.values():
        ordered = [stay for stay in stays if stay.total and stay.messages]
        if not ordered:
            continue
        longest = max((stay.messages for stay in ordered), key=len)
        places = {number: place for place, number in enumerate(longest)}
        alike = all(longest[: len(stay.messages)] == stay.messages for stay in ordered)
        sends = [send for stay in ordered for send in stay.sends]
        if not alike or any(places.get(number, NEVER) < count for count, number, _ in sends):
            found += _effects_before_causes(run, ordered)
    return found


def _effects_before_causes(run: Run, stays: list[Stay]) -> list[Violation]:
    """Pair by pair: only for the views where some delivered otherwise than others."""
    found = []
    for receiver in stays:
        places = dict.fromkeys(_told_gaps(run, receiver), -1)
        places.update((number, place) for place, number in enumerate(receiver.messages))
        for sender in stays:
            worst, latest = [], -1
            for number in sender.messages:
                latest = max(latest, places.get(number, NEVER))
                worst.append(latest)
            for count, number, line in sender.sends:
                place = places.get(number)
                if place is not None and place >= 0 and count and worst[count - 1] > place:
                    sentence = f"{short(receiver.node)} delivered {run.message(number)} before a cause of it"
                    found.append(Violation("TO-5", at(receiver.lines[place], line), sentence))
                    break
    return found


def to_6(run: Run) -> list[Violation]:
    """Clock: a sender's timestamps rise above all that it sent or delivered, and never leap."""
    found = []
    for stay in run.stays:
        found += _behind(stay) if stay.total else []
        base = stay.line.get("base")
        highest: int | None = base
        for timestamp, line in zip((key[0] for key in stay.keys), stay.lines, strict=True):
            if highest is not None and timestamp > highest + run.bounds.jump:
                found.append(Violation("TO-6", at(line), f"timestamp {timestamp} leaps far beyond {highest}"))
            if highest is None or timestamp > highest:
                highest = timestamp
    return found


def _behind(stay: Stay) -> list[Violation]:
    found = []
    highest, count = stay.line.get("base", -1), 0
    for delivered, _, line in stay.sends:
        timestamp = line["timestamp"]
        if timestamp is None:
            continue
        for key in stay.keys[count:delivered]:
            highest = max(highest, key[0])
        count = max(count, delivered)
        if timestamp <= highest:
            sentence = f"sent timestamp {timestamp}, although {highest} was used"
            found.append(Violation("TO-6", at(line), sentence))
        highest = max(highest, timestamp)
    return found


def to_9(run: Run) -> list[Violation]:
    """Late sender: it sends after its entry, above each timestamp that came before the entry, anywhere."""
    found = []
    for view, stays in run.by_view.items():
        first: dict[tuple[str, int], Line] = {}
        for stay in stays:
            for line in _outside(stay, first):
                sentence = f"{short(stay.node)} sent in view {counter(view)} while it was no sender there"
                found.append(Violation("TO-9", at(line), sentence))
        for stay in stays:
            found += _overtaken(stay, first) if first and stay.service == "timestamp-ordered" else []
    return found


def _outside(stay: Stay, first: dict[tuple[str, int], Line]) -> list[Line]:
    """Sends outside the sender group; ``first`` takes the first send after each entry."""
    own = [line for _, line in stay.changes if line["member"] == stay.node]
    inside = stay.node in stay.line["senders"]
    placed = stay.service == "timestamp-ordered"
    if (inside or not placed) and not own:
        return []
    found = []
    entry: Line | None = None
    sends = (send for _, _, send in stay.sends if not send.get("proxied", False))
    for line in sorted([*sends, *own], key=_place if placed else _stamp):
        match line["event"]:
            case "sender-added":
                inside, entry = True, line
            case "sender-removed":
                inside, entry = False, None
            case _:
                if not inside:
                    found.append(line)
                elif entry is not None:
                    first.setdefault((stay.node, entry["timestamp"]), line)
    return found


def _place(line: Line) -> int:
    return int(line["i"])


def _stamp(line: Line) -> int:
    """Where the line of an entry may wait for the application, or come early, only the timestamps tell."""
    return int(line["timestamp"])


def _overtaken(stay: Stay, first: dict[tuple[str, int], Line]) -> list[Violation]:
    found = []
    for place, line in stay.changes:
        send = first.get((line["member"], line["timestamp"]))
        if send is not None and line["event"] == "sender-added":
            highest = max((key[0] for key in stay.keys[:place]), default=-1)
            if send["timestamp"] <= max(highest, line["timestamp"]):
                sentence = f"{short(line['member'])} entered, and sent a timestamp not above those before"
                found.append(Violation("TO-9", at(line, send), sentence))
    return found
