"""A desk: the machine of groups alone, and whatever happens told to it by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from coterie import documents
from coterie.crypto import authority, identity, names
from coterie.crypto.authority import Admission
from coterie.crypto.entropy import Draws
from coterie.crypto.identity import Identity
from coterie.crypto.policy import OPEN
from coterie.documents import Contact, Document, GroupIdRedirect, GroupInfo, GroupListEntry, GroupMember
from coterie.groups.machine import Groups
from coterie.groups.steps import Fetch, Step, Tell
from coterie.groups.surroundings import Company, Result
from coterie.groups.wishes import Creation, Entry, Part
from coterie.standing import Standing, Trust
from coterie.values import envelope, kinds
from coterie.vocabulary import Address, Now, OverlayId
from coterie.wire.rows import Envelope
from reference.tests.peer.network import OVERLAY as MAIN
from reference.tests.peer.network import VALID, WALL, make_identity

GROUP = b"gardeners"
HERE = names.overlay_id(GROUP)
OWN = Address("192.0.2.1", 4000)
SEED = bytes(range(32))
CA_KEY = identity.new_private_key("p256", bytes(range(100, 148)))
CA = authority.new_authority(CA_KEY, "the authority", VALID, 11)
ISSUER = authority.load_issuer(authority.curve_key(CA_KEY), CA)
CLOSED = names.overlay_id(GROUP, ISSUER.hash)

T = TypeVar("T", bound=Step)


def at(number: int) -> Address:
    """The address of somebody else."""
    return Address(f"192.0.2.{number}", 4000)


def info(*numbers: int, **changes: Any) -> GroupInfo:
    """A group-info whose contacts are at those addresses."""
    return GroupInfo(tuple(Contact(at(each).host, 4000) for each in numbers), "roses", **changes)


def closed_info(*numbers: int) -> GroupInfo:
    return info(*numbers, policy="closed", authority_certificate=CA)


def admitted(who: Identity, overlay: OverlayId = CLOSED) -> bytes:
    """The leaf by which the authority admits a key."""
    return authority.issue(ISSUER, Admission(who.spki, overlay, "member", VALID, 5))


def published(
    publisher: str, document: Document, *, name: bytes = GROUP, sequence: int = WALL, leaf: bytes = b""
) -> bytes:
    """The envelope of a document, published by somebody of that name."""
    who = make_identity(publisher)
    slot: bytes = bytes(16)
    kind = kinds.GROUP_MEMBERS
    match document:
        case GroupInfo(authority_certificate=certificate):
            kind, slot = kinds.GROUP_INFO, names.overlay_id(name, ISSUER.hash if certificate else b"")
        case GroupIdRedirect():
            kind, slot = kinds.GROUP_INFO, names.overlay_id(name)
        case GroupListEntry(group_id):
            kind, slot, name = kinds.GROUP_LIST, names.overlay_id(group_id), b""
        case GroupMember():
            pass
    made = Envelope(
        kinds.code_of(kind), name, slot, sequence, 600, leaf or who.leaf, documents.build(document), bytes(64)
    )
    return envelope.sign(who.key, MAIN, made)


class Desk:
    """One peer whose overlays are made up. `now` is moved by hand; `told` is all that its user was told."""

    def __init__(self, name: str = "ada") -> None:
        self.identity = make_identity(name)
        self.draws = Draws(SEED)
        trust = Trust(MAIN, OPEN, membership="none")
        self.groups = Groups(Standing(self.identity, trust, OWN, self.draws), self)
        self.overlays: set[OverlayId] = set()
        self.mono = 0

    @property
    def now(self) -> Now:
        return Now(self.mono, WALL + self.mono)

    def is_in(self, overlay: OverlayId) -> bool:
        return overlay in self.overlays

    def part(self, **changes: Any) -> Part:
        return Part(**({"leaf": self.identity.leaf} | changes))

    def create(self, *, is_public: bool = True, about: GroupInfo | None = None, **changes: Any) -> list[Step]:
        wish = Creation(GROUP, about or info(), is_public, self.part(**changes))
        return self.groups.create(wish, self.now)

    def join(self, group: bytes = GROUP, **changes: Any) -> list[Step]:
        about = {name: changes.pop(name) for name in ("choice", "invitation") if name in changes}
        return self.groups.join(Entry(group, self.part(**changes), **about))

    def answer(self, steps: Sequence[Step], *envelopes: bytes, is_complete: bool = True) -> list[Step]:
        """What follows from the answer to the one fetch among steps."""
        fetch = only(steps, Fetch)
        return self.groups.fetched(fetch.number, Result(is_complete, envelopes), self.now)

    def view(self, *others: int, leads: bool, overlay: OverlayId = HERE) -> list[Step]:
        """A view with others at those addresses is installed."""
        return self.groups.viewed(overlay, Company(tuple(at(each) for each in others), leads), self.now)

    def wait(self, milliseconds: int) -> list[Step]:
        """All that happens by itself until then."""
        end, steps = self.mono + milliseconds, list[Step]()
        while (due := self.groups.wake()) is not None and due <= end:
            self.mono = max(self.mono, due)
            steps += self.groups.fire(self.now)
        self.mono = end
        return steps

    def found(self, **changes: Any) -> list[Step]:
        """The group is created; the steps of its first view."""
        self.answer(self.create(**changes))
        return self.view(leads=True)


def of(steps: Sequence[Step], kind: type[T]) -> list[T]:
    """The steps of one kind."""
    return [each for each in steps if isinstance(each, kind)]


def only(steps: Sequence[Step], kind: type[T]) -> T:
    """The one step of a kind."""
    (found,) = of(steps, kind)
    return found


def told(steps: Sequence[Step]) -> list[tuple[str, dict[str, Any]]]:
    """What the user is told."""
    return [(each.name, dict(each.fields)) for each in of(steps, Tell)]


def failure(steps: Sequence[Step]) -> str:
    """Why the user is told that it came to nothing, which has to be all that happens."""
    (only_step,) = told(steps)
    assert len(steps) == 1
    assert only_step[0] == "group-failed"
    return str(only_step[1]["reason"])
