"""Vectors of what a reader makes of several envelopes: which count, in which order, for how many groups."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from coterie.crypto import names
from coterie.vocabulary import OverlayId
from vectors.generator import envelopes, scene
from vectors.generator.book import Book, Fault, Json, Page
from vectors.generator.envelopes import (
    INFO,
    LIST,
    MAIN,
    MEMBERS,
    Draft,
    closed,
    draft,
    other_signature,
    tombstone,
)

W = scene.WALL_MS
KINDS = {INFO: "group-info", MEMBERS: "group-members", LIST: "group-list"}


@dataclass(frozen=True, slots=True)
class Find:
    """A find: its name, what is unusual about it, the requirements that it tests, and the envelopes."""

    word: str
    variation: str
    reqs: tuple[str, ...]
    envelopes: tuple[bytes, ...]
    kind: int = INFO
    invited: OverlayId | None = None

    @property
    def asked(self) -> Json:
        """The arguments of resource.read."""
        given: Json = {
            "overlay": MAIN.hex(),
            "kind": KINDS[self.kind],
            "name": "" if self.kind == LIST else envelopes.NAME.hex(),
            "wall_ms": W,
            "envelopes": [each.hex() for each in self.envelopes],
        }
        return given if self.invited is None else given | {"invited": self.invited.hex()}


def choosing() -> list[Json]:
    """All vectors of this kind."""
    book = Book("resource")
    page = book.page("resource.read", reqs=["VAL-15", "VAL-16", "VAL-17"])
    one = Find("one", "one", ("VAL-15", "VAL-17"), (draft().signed(),))
    twin = page.accept("one", one.asked, reqs=one.reqs)
    for find in (*_newest(), *_refused(), *_ordered(), *_classes(), *_ambiguous(), *_other_kinds()):
        page.accept(find.word, find.asked, variation=find.variation, reqs=find.reqs)
    _refusals(page, twin)
    return book.vectors


def _find(word: str, variation: str, reqs: str, *made: Draft | bytes, kind: int = INFO) -> Find:
    octets = tuple(each if isinstance(each, bytes) else each.signed() for each in made)
    return Find(word, variation, tuple(reqs.split()), octets, kind)


def _newest() -> Iterator[Find]:
    old, new = draft().but(sequence=W - 1), draft().but(value=envelopes.info(4001))
    gone = tombstone(draft())
    yield _find("none", "nothing-found", "VAL-15 VAL-17")
    yield _find("newer-last", "newer-counts", "VAL-15", old, new)
    yield _find("newer-first", "newer-counts", "VAL-15", new, old)
    yield _find("newer-of-three", "newer-counts", "VAL-15", old, new, draft().but(sequence=W - 9))
    yield _find(
        "newer-lives-shorter", "newer-counts", "VAL-15", old.but(lifetime=86_400), new.but(lifetime=60)
    )
    yield _find("withdrawn", "withdrawn", "VAL-15", old, gone)
    yield _find("withdrawn-first", "withdrawn", "VAL-15", gone, old)
    yield _find("tombstone-alone", "withdrawn", "VAL-15", gone)
    yield _find(
        "published-again", "published-after-tombstone", "VAL-15", tombstone(draft(), sequence=W - 1), new
    )
    yield _find("twice", "same-twice", "VAL-15", new, new)
    ben = draft("Ben").signed()
    yield _find("two-signatures", "same-twice", "VAL-15", ben, other_signature(ben))
    yield _find("two-values", "two-at-once", "VAL-15", new, draft())
    yield _find("two-values-and-older", "two-at-once", "VAL-15", new, draft(), old)
    yield _find("two-lifetimes", "two-at-once", "VAL-15", draft(), draft().but(lifetime=601))
    yield _find("value-and-tombstone", "two-at-once", "VAL-15", draft(), gone)
    yield _find("two-leaves", "two-at-once", "VAL-15", draft(), draft().but(leaf=scene.admission("Ada")))
    newest = draft().but(sequence=W + 1, value=envelopes.info(4002))
    yield _find("two-values-before-newest", "newer-counts", "VAL-15", new, draft(), newest)
    yield _find(
        "withdrawn-by-another",
        "withdrawn-elsewhere",
        "VAL-15",
        draft(),
        tombstone(draft("Cleo"), sequence=W + 1),
    )
    in_closed = tombstone(draft(), slot=scene.closed(), sequence=W + 1)
    yield _find("withdrawn-in-other-slot", "withdrawn-elsewhere", "VAL-15", draft(), in_closed)
    other_name = tombstone(draft(), name=b"Other Vectors", sequence=W + 1)
    yield _find("withdrawn-under-other-name", "withdrawn-elsewhere", "VAL-15", draft(), other_name)


def _refused() -> Iterator[Find]:
    """What is refused before the newest is chosen leaves room for an older one; what is after, does not."""
    old = draft().but(sequence=W - 1)
    before = {
        "signature": draft().signed()[:-1] + bytes([draft().signed()[-1] ^ 1]),
        "overlay": replace(draft(), overlay=scene.OTHER).signed(),
        "future": draft().but(sequence=W + 300_001).signed(),
        "leaf": draft().but(leaf=b"").signed(),
        "short-tombstone": tombstone(draft(), sequence=W).but(lifetime=600).signed(),
        "octets": draft().signed() + b"\x00",
        "nothing": b"",
    }
    for word, octets in before.items():
        yield _find(f"refused-{word}", "refused-left-out", "VAL-15 VAL-2", old, octets)
    expired = draft("Cleo").but(sequence=W - 600_000)
    yield _find("refused-expired", "refused-left-out", "VAL-15 VAL-9", old, expired)
    after = {
        "no-document": draft().but(value=b"\x00"),
        "other-kind": draft().but(value=envelopes.entry()),
        "slot": draft().but(value=envelopes.info(authority=scene.issuer().certificate)),
    }
    for word, made in after.items():
        yield _find(f"unreadable-{word}", "unreadable-hides-older", "VAL-15 VAL-12", old, made)
        yield _find(f"unreadable-{word}-of-another", "refused-left-out", "VAL-12 VAL-15", draft("Cleo"), made)
    strange = draft("Cleo").but(
        slot=scene.closed(), value=envelopes.info(authority=scene.issuer().certificate)
    )
    yield _find("stranger-beside-member", "stranger-left-out", "VAL-14", strange, closed())
    yield _find("stranger-alone", "stranger-left-out", "VAL-14", strange)
    yield _find(
        "stranger-beside-open", "stranger-left-out", "VAL-14 VAL-17", strange.but(sequence=W + 9), draft()
    )


def _ordered() -> Iterator[Find]:
    people = [draft(who) for who in ("Ada", "Ben", "Cleo", "Dan", "Eve")]
    yield _find("same-time", "by-publisher", "VAL-16", *people)
    yield _find("same-time-turned", "by-publisher", "VAL-16", *reversed(people))
    steps = [made.but(sequence=W - place) for place, made in enumerate(people)]
    yield _find("descending", "by-sequence", "VAL-16", *steps)
    yield _find("ascending", "by-sequence", "VAL-16", *reversed(steps))
    mixed = [made.but(sequence=W - place % 2) for place, made in enumerate(people)]
    yield _find("mixed", "by-sequence", "VAL-16", *mixed)
    long = draft("Cleo").but(sequence=W - 5, lifetime=86_400)
    yield _find("lives-longer", "by-sequence", "VAL-16", long, draft("Ada"))
    yield _find("two-slots", "by-slot", "VAL-16 VAL-17", draft(), closed())
    yield _find("two-slots-turned", "by-slot", "VAL-16 VAL-17", closed(), draft())


def _classes() -> Iterator[Find]:
    ada, ben, cleo = (draft(who) for who in ("Ada", "Ben", "Cleo"))
    alias = [made.but(value=envelopes.redirect()) for made in (ada, ben, cleo)]
    yield _find("open-of-three", "one-class", "VAL-17", ada, ben, cleo)
    yield _find("closed-of-two", "one-class", "VAL-17", closed("Ada"), closed("Ben"))
    yield _find("alias", "one-class", "VAL-17", alias[0])
    yield _find("alias-of-three", "one-class", "VAL-17", *alias)
    renewed = closed("Ben").but(
        value=envelopes.info(4002, authority=scene.issuer().certificate), sequence=W - 3
    )
    yield _find("closed-other-contacts", "one-class", "VAL-17", closed("Ada"), renewed)


def _ambiguous() -> Iterator[Find]:
    ada, cleo = draft("Ada"), draft("Cleo")
    alias = ada.but(value=envelopes.redirect())
    elsewhere = cleo.but(value=envelopes.redirect(b"Third Vectors"))
    finds = [
        _find("open-and-closed", "two-classes", "VAL-17", cleo, closed("Ada").but(sequence=W - 1)),
        _find("closed-newer", "two-classes", "VAL-17", cleo, closed("Ada").but(sequence=W + 1)),
        _find("open-and-alias", "two-classes", "VAL-17", alias, cleo),
        _find("two-aliases", "two-classes", "VAL-17", alias, elsewhere),
        _find("interleaved", "three-classes", "VAL-17",
              alias, cleo.but(sequence=W - 1), closed("Ben").but(sequence=W - 2),
              draft("Dan").but(sequence=W - 3), closed("Eve").but(sequence=W - 4),
              draft("Ben").but(sequence=W - 5, value=envelopes.redirect())),
        _find("closed", "one-class", "VAL-17", closed("Ada"), closed("Ben")),
        _find("open", "one-class", "VAL-17", cleo),
    ]  # fmt: skip
    invitations = {"open": scene.OPEN, "closed": scene.closed(), "other": scene.OTHER}
    for find in finds:
        if find.variation != "one-class":
            yield find
        for word, invited in invitations.items():
            yield replace(find, word=f"{find.word}-invited-{word}", variation="invited", invited=invited)
    target = names.overlay_id(b"Other Vectors")
    yield replace(_find("alias-invited-target", "invited", "VAL-17", alias), invited=target)
    yield replace(_find("none-invited", "invited", "VAL-17"), invited=scene.OPEN)


def _other_kinds() -> Iterator[Find]:
    yield _find(
        "members", "members", "VAL-16", *(draft(who, MEMBERS) for who in ("Ada", "Ben", "Cleo")), kind=MEMBERS
    )
    lies = draft("Eve", MEMBERS).but(value=envelopes.member("Ada"))
    yield _find("members-liar", "refused-left-out", "VAL-13", draft("Cleo", MEMBERS), lies, kind=MEMBERS)
    listed = [
        draft(kind=LIST),
        draft(kind=LIST).but(slot=scene.OTHER, value=envelopes.entry(b"Other Vectors")),
    ]
    yield _find("list", "list", "VAL-15 VAL-16", *listed, kind=LIST)
    yield _find("list-turned", "list", "VAL-15 VAL-16", *reversed(listed), kind=LIST)
    withdrawn = tombstone(listed[1], sequence=W + 1)
    yield _find("list-one-withdrawn", "list", "VAL-15", *listed, withdrawn, kind=LIST)
    every = [draft(kind=INFO), draft(kind=MEMBERS), draft(kind=LIST)]
    for kind, word in KINDS.items():
        yield _find(f"{word}-among-others", "other-resources-left-out", "VAL-15 VAL-1", *every, kind=kind)
    named = draft().but(name=b"Other Vectors", slot=scene.OTHER)
    yield _find("name-of-another", "other-resources-left-out", "VAL-15 VAL-1", named)
    buried = tombstone(draft(kind=MEMBERS), sequence=W + 1)
    yield _find("withdrawn-in-other-kind", "withdrawn-elsewhere", "VAL-15", draft(), buried)
    yield _find("envelopes-256", "most-envelopes", "VAL-15", draft(), *[b"\x00"] * 255)


def _refusals(page: Page, twin: Json) -> None:
    for word, given in {
        "name-empty": {"name": ""},
        "name-of-members-empty": {"name": "", "kind": "group-members"},
    }.items():
        page.refuse(word, twin, Fault("group-empty", "bad-group-id", ["NAM-3", "VAL-4"]), given)
    named = Fault("list-with-name", "bad-group-id", ["VAL-4"])
    page.refuse("list-named", twin, named, {"kind": "group-list"})
    page.refuse(
        "name-256",
        twin,
        Fault("group-too-long", "bad-group-id", ["NAM-3", "VAL-4"]),
        {"name": bytes(256).hex()},
    )
    wrong = Fault("argument-of-no-size", "usage", ["VAL-17"])
    mistakes: dict[str, Json] = {
        "envelopes-257": {"envelopes": ["00"] * 257},
        "envelopes-no-list": {"envelopes": "00"},
        "kind-unknown": {"kind": "group-friends"},
        "kind-is-a-number": {"kind": 1},
        "overlay-15": {"overlay": bytes(15).hex()},
        "invited-15": {"invited": bytes(15).hex()},
        "invited-to-members": {"kind": "group-members", "invited": scene.OPEN.hex()},
    }
    for word, given in mistakes.items():
        page.misuse(word, twin, wrong, given)
