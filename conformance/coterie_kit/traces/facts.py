"""What a run shows, as far as properties need it; a property without its facts is not judged."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.traces import membership
from coterie_kit.traces.run import FIFO, Run

__all__ = ["FACTS"]


def _event(*events: str) -> Callable[[Run], bool]:
    return lambda run: run.events.issuperset(events)


FACTS: dict[str, tuple[Callable[[Run], bool], str]] = {
    "views": (_event("view"), "no view was installed"),
    "shared": (
        lambda run: any(len(stays) > 1 for stays in run.by_view.values()),
        "no two nodes share a view",
    ),
    "deliveries": (_event("deliver"), "nothing was delivered"),
    "sends": (_event("send"), "nothing was sent"),
    "onward": (lambda run: bool(run.together), "no node went from one view to another"),
    "again": (
        lambda run: any(len(trace.stays) > 1 for trace in run.traces.values()),
        "no node had two views",
    ),
    "abreast": (
        lambda run: any(len(stays) > 1 for stays in run.together.values()),
        "no two nodes went on together",
    ),
    "total": (
        lambda run: any(stay.total and stay.lines for stay in run.stays),
        "no node asked for one order",
    ),
    "ordered": (
        lambda run: any(
            stay.service in {*FIFO, "source-ordered-unreliable"} and stay.lines for stay in run.stays
        ),
        "no node asked for any order",
    ),
    "reliable": (
        lambda run: any(stay.service in FIFO for stay in run.stays),
        "no node asked for all messages",
    ),
    "late": (_event("sender-added", "send"), "nobody entered a sender group"),
    "heard": (
        lambda run: any("heard" in line for stay in run.stays for line in stay.lines[:3]),
        "the deliveries do not say what had been heard",
    ),
    "safe": (
        lambda run: any(stay.service == "safe" and stay.regular for stay in run.stays),
        "nothing was safe",
    ),
    "failed": (lambda run: _failed(run), "no member failed on the way to a view that others installed"),
    "proxied": (
        lambda run: any(line["proxied"] for stay in run.stays for line in stay.lines),
        "nothing was sent by proxy",
    ),
    "stable": (_event("stable"), "nothing was called stable"),
    "nacks": (_event("nack"), "nothing was asked for"),
    "resources": (_event("resources"), "no node says what it keeps"),
    "left-out": (lambda run: _left_out(run), "nobody was left out of a view, or suspected"),
    "layers": (
        lambda run: not run.events.isdisjoint({"seal", "open", *membership.OF_THE_VIEW}),
        "only views are told",
    ),
    "blocked": (_event("blocked"), "no view was frozen"),
    "healthy": (lambda run: bool(run.conditions.phases), "no harness says when the network was healthy"),
    "time": (lambda run: run.timed, "not all lines have a time"),
    "keys": (_event("keyed"), "no node says that it has keys"),
    "runs": (_event("run-started"), "no key run is told"),
    "confirmations": (_event("confirmed"), "no confirmation is told"),
    "seals": (_event("seal"), "nothing is told of what was sealed"),
    "opens": (_event("open"), "nothing is told of what was opened"),
}


def _failed(run: Run) -> bool:
    return any(
        stay.following is None and onward_from == stay.view
        for onward_from, _ in run.together
        for stay in run.by_view[onward_from]
    )


def _left_out(run: Run) -> bool:
    if "suspect" in run.events:
        return True
    return any(
        set(stays[0].line["members"]) - set(stays[0].following.line["members"])
        for stays in run.together.values()
        if stays[0].following
    )
