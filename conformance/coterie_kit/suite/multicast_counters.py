"""Counters of the sealed types other than DATA: each once, and none that nobody remembers."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._multicast import MULTICAST_SCENES, good_values, sealed_scene, steps
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import accepts

WINDOW = registry.limit("control-window")


def _again(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = sealed_scene(judge, kind)
        here.twin(name="first")
        here.refuses(here.draft, "duplicate", "again")
        here.refuses(here.draft.changed(source="198.51.100.1:5"), "duplicate", "from-elsewhere")
        spoiled = here.draft.changed(spoil=True)
        here.refuses(spoiled, "duplicate", "other-octets")
        here.refuses(here.draft.with_prefix(counter=1023), "duplicate", "the-greatest")
        here.twin(here.draft.with_prefix(counter=2))

    return story


for _kind in MULTICAST_SCENES:
    case(
        f"multicast.{_kind.lower()}.duplicate",
        reqs=["REQ-MUL-32"],
        type=_kind,
        operator="same-again",
        fresh=True,
    )(_again(_kind))


def _moves_on(kind: str) -> Callable[[Judge], None]:
    """What was seen stays seen when the window moves."""

    def story(judge: Judge) -> None:
        here = sealed_scene(judge, kind)
        low = judge.random.randrange(900, 1000)
        here.twin(here.draft.with_prefix(counter=low), "low")
        for ahead in (1024, 1050, 1100, low + WINDOW - 1):
            here.twin(here.draft.with_prefix(counter=ahead), f"counter-{ahead}")
            here.refuses(here.draft.with_prefix(counter=low), "duplicate", f"low-after-{ahead}")
        here.twin(here.draft.with_prefix(counter=low + 1), "never-seen")

    return story


def _window(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = sealed_scene(judge, kind)
        top = judge.random.randrange(4 * WINDOW, 2**31)
        here.twin(here.draft.with_prefix(counter=top), "top")
        for back in (WINDOW, WINDOW + 1, top):
            here.refuses(here.draft.with_prefix(counter=top - back), "counter-too-old", f"{back}-back")
        last = here.draft.with_prefix(counter=top - WINDOW + 1)
        here.twin(last, "the-last-inside")
        here.refuses(last, "duplicate", "the-last-inside-again")

    return story


for _kind in MULTICAST_SCENES:
    case(
        f"multicast.{_kind.lower()}.window-moves",
        reqs=["REQ-MUL-32"],
        type=_kind,
        operator="same-after-later-ones",
        fresh=True,
    )(_moves_on(_kind))
    case(
        f"multicast.{_kind.lower()}.counter-window",
        reqs=["REQ-MUL-32"],
        type=_kind,
        operator="counter-below-window",
        fresh=True,
    )(_window(_kind))


# ---------------------------------------------------------------- one row of counters for each secret


@case(
    "multicast.heartbeat.counter-of-data",
    reqs=["REQ-MUL-32"],
    type="HEARTBEAT",
    operator="counter-of-another-type",
    fresh=True,
)
def _of_data(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    who = here.members[2]
    counter = judge.random.randrange(1, 1000)
    steps(here, here.deliver(here.words(who, b"x").with_prefix(counter=counter).octets(), who))
    values = {"timestamp": here.time, "last_sequence": 1, "acknowledged": 0, "stable": 0}
    beat = Scene(here, here.seal(who, "HEARTBEAT", values, counter=counter))
    beat.refuses(beat.draft, "counter-reused", "of-a-data")
    beat.twin(beat.draft.with_prefix(counter=counter + 1))


@case(
    "multicast.data.counter-of-heartbeat",
    reqs=["REQ-MUL-32"],
    type="DATA",
    operator="counter-of-another-type",
    fresh=True,
)
def _of_heartbeat(judge: Judge) -> None:
    here = sealed_scene(judge, "HEARTBEAT")
    here.twin(name="heartbeat")
    stage = _group(here)
    words = Scene(stage, stage.words(here.puppet, judge.octets(3)).with_prefix(counter=1))
    words.refuses(words.draft, "counter-reused", "of-a-heartbeat")
    words.refuses(words.draft.with_prefix(counter=1023), "counter-reused", "of-the-greatest")
    words.twin(words.draft.with_prefix(counter=2))


def _group(here: Scene) -> Group:
    found: Group = here.notes["group"]
    return found


@case(
    "multicast.control.one-row-of-counters",
    reqs=["REQ-MUL-32"],
    type="NACK",
    operator="counter-of-another-control-type",
    fresh=True,
)
def _one_row(judge: Judge) -> None:
    here = sealed_scene(judge, "ALIVE")
    here.twin(name="alive")
    stage = _group(here)
    for kind in ("NACK", "GAP", "SENDER"):
        other = Scene(stage, stage.seal(here.puppet, kind, good_values(stage, kind, here.puppet), counter=1))
        other.refuses(other.draft, "duplicate", kind.lower())
    nack = stage.seal(here.puppet, "NACK", good_values(stage, "NACK", here.puppet), counter=2)
    here.twin(nack, "nack")
    here.refuses(here.draft.with_prefix(counter=2), "duplicate", "alive-after-nack")


@case(
    "multicast.control.two-rows-of-counters",
    reqs=["REQ-MUL-32"],
    type="ALIVE",
    operator="conforming-same-counter-under-both-secrets",
    fresh=True,
)
def _two_rows(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    who, other = here.members[2], here.members[0]
    for counter in judge.random.sample(range(1000), 4):
        for speaker in (who, other):
            for kind in ("HEARTBEAT", "ALIVE"):
                draft = here.seal(speaker, kind, good_values(here, kind, speaker), counter=counter)
                accepts(judge, here.deliver(draft.octets(), speaker), f"{kind.lower()}-{counter}")
