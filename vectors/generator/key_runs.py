"""Vectors of key runs: first views, newcomers, departures, merges, refreshes, and runs that are repeated.

Each file tells its runs in order; `STORIES` says what happens in them.
"""

from collections.abc import Callable, Mapping

from coterie.vocabulary import ViewId
from vectors.generator import key_run, scene
from vectors.generator.book import Book, Json
from vectors.generator.key_run import NOBODY, Group, begin, by_node, complete

SIZES = (1, 2, 3, 5, 8)
DAMAGED = {2, 3, 5}
"""Sizes of which every flow is also tried with each bad element."""

Tale = Callable[[Book, int], None]


def crowd(size: int, first: int = 0) -> tuple[str, ...]:
    """Some peers, in the order of newcomers."""
    return by_node(scene.NAMES[first : first + size])


def quiet(code: int, members: tuple[str, ...]) -> Group:
    """A view that was installed before the story begins; its run is not told."""
    run = begin(Book("before"), f"before-{'-'.join(members)}", NOBODY, code)
    run.newcomers = members
    return complete(run)


def setup(book: Book, code: int) -> None:
    """First views."""
    for size in SIZES:
        run = begin(book, f"setup-{size}", NOBODY, code)
        run.newcomers = crowd(size)
        run.damaged = size in DAMAGED
        complete(run)


def join(book: Book, code: int) -> None:
    """One newcomer to a view of each size."""
    for size in SIZES[:-1]:
        group = quiet(code, crowd(size))
        run = begin(book, f"join-{size}-and-1", group, code)
        run.staying, run.newcomers = group.members, crowd(1, size)
        run.damaged = size in DAMAGED
        complete(run)
    group = quiet(code, crowd(3))
    run = begin(book, "join-3-and-5", group, code)
    run.staying, run.newcomers = group.members, crowd(5, 3)
    complete(run)


def remove(book: Book, code: int) -> None:
    """One member gone: the first, one between, the last."""
    for size, gone in ((2, 0), (3, 1), (5, 4), (5, 0), (8, 3)):
        group = quiet(code, crowd(size))
        run = begin(book, f"remove-{gone}-of-{size}", group, code)
        run.staying = tuple(name for place, name in enumerate(group.members) if place != gone)
        run.damaged = size == 3
        complete(run)
    group = quiet(code, crowd(5))
    run = begin(book, "remove-2-of-5-and-join-1", group, code)
    run.staying, run.newcomers = (group.members[1], group.members[3], group.members[4]), ("Hal",)
    complete(run)


def merge(book: Book, code: int) -> None:
    """Two views become one: the members of the smaller are newcomers."""
    for size, other in ((2, 1), (3, 2), (5, 3)):
        group = quiet(code, crowd(size))
        run = begin(book, f"merge-{size}-and-{other}", group, code)
        run.staying, run.newcomers = group.members, crowd(other, size)
        view = ViewId((9).to_bytes(8, "big") + scene.octets("the other view", 8))
        run.elsewhere = dict.fromkeys(run.newcomers, view)
        run.counter = 10
        complete(run)


def refresh(book: Book, code: int) -> None:
    """The same members again, rotated by one; the first of the base has become its last, and controls."""
    for size in SIZES:
        group = quiet(code, crowd(size))
        run = begin(book, f"refresh-{size}", group, code)
        run.staying = group.members[1:] + group.members[:1]
        run.damaged = size == 2
        again = complete(run)
        if size == 3:
            run = begin(book, "refresh-3-again", again, code)
            run.staying = again.members[1:] + again.members[:1]
            complete(run)


def repeat(book: Book, code: int) -> None:
    """A run that is given up changes nothing: the next one begins from the same view, with other draws."""
    for size in (2, 3):
        group = quiet(code, crowd(size))
        newcomers = by_node(("Gil", "Hal"))
        failed = begin(book, f"repeat-{size}-given-up", group, code)
        failed.staying, failed.newcomers = group.members, newcomers
        key_run.propose(failed)
        assert key_run.climb(failed, stop_before=newcomers[-1]) is None
        run = begin(book, f"repeat-{size}", group, code)
        run.staying, run.newcomers, run.counter = group.members, newcomers, failed.counter + 1
        complete(run)


TALES: Mapping[str, tuple[Tale, str]] = {
    "setup": (
        setup,
        "Peers without a view install their first one: each is a newcomer, the lowest Node-ID starts.",
    ),
    "join": (join, "Newcomers come to a view: its last member controls, the newcomers follow by Node-ID."),
    "remove": (remove, "Members are gone: the last of those who stay refreshes all entries but its own."),
    "merge": (merge, "Two views become one: the members of the smaller view are newcomers to the larger."),
    "refresh": (refresh, "The same members again: the first has become the last of the order, and controls."),
    "repeat": (
        repeat,
        "A run stops before its last newcomer; the next begins from the same view, draws anew.",
    ),
}


def cases(code: int, tale: str) -> list[Json]:
    """The vectors of one tale in one suite."""
    book = Book(f"run.suite-{code}")
    TALES[tale][0](book, code)
    return book.vectors


def story(name: str) -> str:
    """What happens in a file of key runs; nothing for other files."""
    tale = name.removesuffix(".json").rpartition("-")[2]
    return TALES[tale][1] if name.startswith("key-runs/") else ""
