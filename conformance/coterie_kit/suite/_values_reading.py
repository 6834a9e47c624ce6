"""What readers make of a value: cases of what is stored well, and still refused by who reads it."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._values import Publisher, Scene
from coterie_kit.values import KINDS, Envelope

__all__ = ["Said", "reading_case", "reads", "refuses", "said_by"]

# By whom it is published, and what.
Said = dict[str, tuple[Publisher, Envelope]]


def refuses(scene: Scene, bad: Said, reason: str, *reqs: str) -> None:
    """A storer takes it, a reader refuses it, and whoever looks the name up does not find it."""
    for name, (by, envelope) in bad.items():
        octets = scene.stored(by, envelope)
        scene.judge.accepted(scene.check(octets), f"{name}.stored", reqs=reqs)
        scene.judge.refused(scene.read(octets), reason, reqs=reqs, name=name)
        if envelope.name == scene.name or not envelope.name:
            kind = {code: name for name, code in KINDS.items()}[envelope.kind]
            scene.counts(f"{name}.lookup", [octets], [], kind=kind, reqs=reqs)


def reads(scene: Scene, good: Said, *reqs: str) -> None:
    """A reader reads it."""
    for name, (by, envelope) in good.items():
        scene.judge.accepted(scene.read(scene.stored(by, envelope)), name, reqs=reqs)


def reading_case(
    name: str, reqs: tuple[str, ...], reason: str, bad: Callable[[Scene], Said], good: Callable[[Scene], Said]
) -> None:
    def story(judge: Judge) -> None:
        scene = Scene(judge)
        refuses(scene, bad(scene), reason, *reqs)
        reads(scene, good(scene), *reqs)

    story.__module__ = bad.__module__  # a case belongs to the module that states it
    case(
        f"values.{name}", reqs=reqs, type="ENVELOPE", operator=name.replace(".", "-"), cls="overlay", tier=0,
        fresh=True,
    )(story)  # fmt: skip


def said_by(scene: Scene, **made: Callable[[Publisher], Envelope]) -> Said:
    """Envelopes of one fresh publisher."""
    by = scene.publisher()
    return {name.replace("_", "-"): (by, make(by)) for name, make in made.items()}
