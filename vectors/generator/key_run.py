"""One key run, told step by step: what each member draws, receives, sends and ends up with.

The steps are actions of tier 0, so whoever repeats them in order has done the run. A `Group` is what stays
when a view is installed; a run that is given up leaves it as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from coterie.crypto import suites
from coterie.crypto.suites import Suite
from coterie.vocabulary import NO_VIEW, ViewId
from coterie.wire import bodies, codec
from coterie.wire.contact import Contact
from vectors.generator import elements, exchange, scene
from vectors.generator.book import Book, Fault, Json


@dataclass(frozen=True, slots=True)
class Group:
    """A view that is installed: its members in order, the entries of its DOWN, and each member's scalar."""

    view: ViewId
    members: tuple[str, ...]
    entries: tuple[bytes, ...]
    scalars: dict[str, bytes]


NOBODY = Group(NO_VIEW, (), (), {})


@dataclass(slots=True)
class Run:
    """A run from `base` (the members of a view who stay, in their new order) with `newcomers`."""

    book: Book
    name: str
    suite: Suite
    base: Group
    staying: tuple[str, ...]
    newcomers: tuple[str, ...]
    counter: int
    elsewhere: dict[str, ViewId] = field(default_factory=dict)
    damaged: bool = False
    body: bytes = b""

    @property
    def members(self) -> tuple[str, ...]:
        """All members in the order of the view."""
        return self.staying + self.newcomers

    @property
    def digest(self) -> bytes:
        """The INSTALL digest."""
        return sha256(self.body).digest()


def by_node(names: Sequence[str]) -> tuple[str, ...]:
    """Newcomers in their order."""
    return tuple(sorted(names, key=exchange.node))


# ---------------------------------------------------------------- INSTALL


def propose(run: Run) -> None:
    """The INSTALL, and what a member of the base and a newcomer check of it."""
    rows = tuple(_row(run, name) for name in run.members)
    nonce = scene.octets(f"nonce of {run.name}")
    install = bodies.Install(run.counter, nonce, run.suite.code, 256, rows)
    run.body = codec.encode_body(install)
    page = run.book.page("install.check", "INSTALL", reqs=["KEY-11", "KEY-40"])
    before = [exchange.node(name).hex() for name in run.base.members]
    seen = {"members": before, "view": run.base.view.hex()}
    if run.staying:
        given: Json = {"body": run.body.hex(), "node": exchange.node(run.staying[-1]).hex(), "previous": seen}
        page.accept(f"{run.name}.install-at-{run.staying[-1].lower()}", given)
    if run.newcomers:
        given = {"body": run.body.hex(), "node": exchange.node(run.newcomers[-1]).hex()}
        page.accept(f"{run.name}.install-at-{run.newcomers[-1].lower()}", given)


def _row(run: Run, name: str) -> bodies.Member:
    person = scene.person(name)
    previous = run.base.view if name in run.staying else run.elsewhere.get(name, NO_VIEW)
    return bodies.Member(
        exchange.node(name), exchange.INCARNATION, person.leaf_hash, Contact.of(person.address), previous
    )


# ---------------------------------------------------------------- the way up


@dataclass(frozen=True, slots=True)
class Passing:
    """What goes from member to member: the entries so far, the total, and the scalars known by now."""

    entries: tuple[bytes, ...]
    total: bytes
    scalars: dict[str, bytes]


def climb(run: Run, stop_before: str = "") -> Passing | None:
    """Every step up to the DOWN; None when the run is given up before `stop_before` has its turn."""
    passing = _controlled(run) if run.staying else Passing((), run.suite.base, {})
    for place, name in enumerate(run.newcomers, start=len(run.staying)):
        if name == stop_before:
            return None
        if place:
            _received(run, f"up-{place}", passing.entries, passing.total)
        x = _drawn(run, name, "contribution")
        page = run.book.page("run.up", "UP", reqs=["KEY-20"])
        made = page.accept(f"{run.name}.{place}-{name.lower()}-goes-on", _flow(run, passing) | {"x": x.hex()})
        passing = Passing(
            tuple(bytes.fromhex(each) for each in made["expected"]["entries"]),
            bytes.fromhex(made["expected"]["total"]),
            passing.scalars | {name: x},
        )
    return passing


def _controlled(run: Run) -> Passing:
    controller = run.staying[-1]
    y = _drawn(run, controller, "refresh")
    kept = [run.base.entries[run.base.members.index(name)] for name in run.staying]
    given: Json = {
        "suite": run.suite.code,
        "entries": [each.hex() for each in kept],
        "position": len(run.staying) - 1,
        "x": run.base.scalars[controller].hex(),
        "y": y.hex(),
    }
    page = run.book.page("run.start", "UP" if run.newcomers else "DOWN", reqs=["KEY-19", "KEY-1", "KEY-22"])
    made = page.accept(f"{run.name}.{len(kept) - 1}-{controller.lower()}-begins", given)["expected"]
    scalars = {name: run.base.scalars[name] for name in run.staying} | {controller: bytes.fromhex(made["x"])}
    return Passing(
        tuple(bytes.fromhex(each) for each in made["entries"]), bytes.fromhex(made["total"]), scalars
    )


def _flow(run: Run, passing: Passing) -> Json:
    entries = [each.hex() for each in passing.entries]
    return {"suite": run.suite.code, "entries": entries, "total": passing.total.hex()}


def _drawn(run: Run, name: str, label: str) -> bytes:
    """A member's scalar: its draw at determinism D3, and what the suite makes of it."""
    context = scene.OPEN + run.digest
    given: Json = {
        "seed": scene.octets(f"seed of {name}").hex(),
        "label": label,
        "context": context.hex(),
        "index": 0,
        "length": run.suite.contribution,
    }
    rule = "KEY-19" if label == "refresh" else "KEY-20"
    slug = f"{run.name}.{run.members.index(name)}-{name.lower()}"
    drawn = run.book.page("draw", reqs=[rule, "TST-1"]).accept(f"{slug}-draws", given)["expected"]["bytes"]
    page = run.book.page("scalar.draw", reqs=[rule])
    made = page.accept(f"{slug}-scalar", {"suite": run.suite.code, "bytes": drawn})
    return bytes.fromhex(made["expected"]["scalar"])


def _received(run: Run, name: str, entries: Sequence[bytes], total: bytes | None = None) -> None:
    """A flow at its receiver, and what it must not be taken for."""
    frame = "DOWN" if total is None else "UP"
    given: Json = {"suite": run.suite.code, "elements": [each.hex() for each in entries]}
    given |= {} if total is None else {"total": total.hex()}
    page = run.book.page("element.check", frame, reqs=["KEY-2", "KEY-6"])
    twin = page.accept(f"{run.name}.{name}", given)
    if run.damaged:
        for word, fault, other in _damages(run.suite, entries, total):
            page.refuse(f"{run.name}.{name}-{word}", twin, fault, other)


def _damages(
    suite: Suite, entries: Sequence[bytes], total: bytes | None
) -> Iterator[tuple[str, Fault, Json]]:
    """A flow with one bad element, at each of its places."""
    last = len(entries) - 1
    bad = {each.fault.mutation: each for each in elements.bad_elements(suite)}
    for each in bad.values():
        for place in range(len(entries)):
            changed = [each.value if at == place else entry for at, entry in enumerate(entries)]
            yield f"{each.word}-at-{place}", each.fault, {"elements": [value.hex() for value in changed]}
        if total is not None:
            yield f"{each.word}-as-total", each.fault, {"total": each.value.hex()}
    if last:
        changed = [*entries[:last], suite.base]
        yield "base", elements.BASE, {"elements": [value.hex() for value in changed]}
        changed = [*entries[:last], entries[0]]
        yield "repeat", elements.REPEAT, {"elements": [value.hex() for value in changed]}
    if total is not None:
        yield "base-as-total", elements.BASE, {"total": suite.base.hex()}
        if entries[0] != suite.base:
            yield "repeat-as-total", elements.REPEAT, {"total": entries[0].hex()}


# ---------------------------------------------------------------- DOWN and after


def install(run: Run, passing: Passing) -> Group:
    """The DOWN, every member's key and what follows from it; the view that is then installed."""
    _received(run, "down", passing.entries)
    down = codec.encode_body(bodies.Down(run.digest, passing.entries))
    page = run.book.page("run.key", "DOWN", reqs=["KEY-29"])
    keys = {
        page.accept(
            f"{run.name}.{place}-{name.lower()}-key",
            {
                "suite": run.suite.code,
                "entry": passing.entries[place].hex(),
                "x": passing.scalars[name].hex(),
            },
        )["expected"]["key"]
        for place, name in enumerate(run.members)
    }
    assert len(keys) == 1, run.name
    epoch = run.book.page("schedule", "DOWN", reqs=["KEY-29"]).accept(
        f"{run.name}.epoch",
        {
            "suite": run.suite.code,
            "install_digest": run.digest.hex(),
            "leaf_hashes": [scene.person(name).leaf_hash.hex() for name in run.members],
            "down_body": down.hex(),
            "key": keys.pop(),
        },
    )["expected"]
    _members(run, epoch)
    view = ViewId(run.counter.to_bytes(8, "big") + run.digest[:8])
    return Group(view, run.members, passing.entries, passing.scalars)


def _members(run: Run, epoch: Json) -> None:
    confirm = run.book.page("confirm.mac", "CONFIRM", reqs=["KEY-30"])
    sender = run.book.page("sender.key", "DATA", reqs=["KEY-37"])
    for place, name in enumerate(run.members):
        node, slug = exchange.node(name).hex(), f"{run.name}.{place}-{name.lower()}"
        confirm.accept(f"{slug}-confirms", {"confirm": epoch["confirm"], "node": node})
        given: Json = {"suite": run.suite.code, "secret": epoch["read"], "index": place, "node": node}
        sender.accept(f"{slug}-sends", given)
    page = run.book.page("export", reqs=["KEY-38"])
    page.accept(
        f"{run.name}.export", {"exporter": epoch["exporter"], "context": b"vectors".hex(), "length": 32}
    )


def begin(book: Book, name: str, group: Group, code: int) -> Run:
    """A run that nobody takes part in yet."""
    counter = int.from_bytes(group.view[:8], "big") + 1
    return Run(book, name, suites.suite(code), group, (), (), counter)


def complete(run: Run) -> Group:
    """The whole run."""
    propose(run)
    passing = climb(run)
    assert passing is not None
    return install(run, passing)
