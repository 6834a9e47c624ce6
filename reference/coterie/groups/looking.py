"""Looking a name up: how often it is fetched, and what is made of what was found.

Implements REQ-GRP-1 and REQ-GRP-7. Each rule is a function that is looked up in this module when it is
applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coterie import registry
from coterie.crypto import names
from coterie.documents import GroupIdRedirect
from coterie.values import choosing, kinds
from coterie.values.choosing import Found
from coterie.values.redirects import Chain
from coterie.values.resource import Resource
from coterie.vocabulary import OverlayId


@dataclass(slots=True)
class Look:
    """A name that is looked up. `choice` as in `Entry`; `invited` is the one overlay that an invitation is
    to. `fetches` counts those of the name that the chain has come to."""

    chain: Chain
    choice: bytes | None = None
    invited: OverlayId | None = None
    fetches: int = 0

    def follow(self, target: bytes) -> None:
        """Go on to the target of a redirect; `RemoteError` where no further (REQ-VAL-18)."""
        self.chain.follow(target)
        # REQ-VAL-18: without what the user said of the name before
        self.choice = None
        self.fetches = 0


@dataclass(frozen=True, slots=True)
class Nothing:
    """The name means nothing here."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It means several groups, of these overlays."""

    choices: tuple[OverlayId, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """It means another name."""

    target: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """It means the group of this overlay, of which these documents speak, in the order of REQ-VAL-16."""

    overlay: OverlayId
    found: tuple[Found, ...]


Verdict = Nothing | Ambiguous | Alias | Known


def info_of(name: bytes) -> Resource:
    """What is fetched of a name."""
    # REQ-GRP-1, REQ-GRP-7: the group-info of the Group-ID
    return Resource(kinds.GROUP_INFO, name)


def is_taken(found: Sequence[Found], own_peer: bytes) -> bool:
    """Whether a name is not free for a new group of the peer with that Peer-ID."""
    # REQ-GRP-1: whatever others have published, be it an alias or a group with another authority
    return any(each.checked.publisher != own_peer for each in found)


def is_known_free(*, is_complete: bool) -> bool:
    """Whether it is known of a name under which nothing was found that nobody has it."""
    # REQ-GRP-1: only from a fetch that is complete
    return is_complete


def is_fetched_again(fetches: int, *, is_complete: bool) -> bool:
    """Whether a name under which nothing was found, in so many fetches, is fetched again."""
    # REQ-GRP-1: three times in all, unless it is known that there is nothing
    return not is_complete and fetches < registry.limit("fetches")


def fetch_again_at(mono_ms: int) -> int:
    """When a fetch that ended in vain at `mono_ms` is made again."""
    # REQ-GRP-1: 5,000 ms
    return mono_ms + registry.timer("fetch-again")


def why_nothing(*, is_complete: bool) -> str:
    """What the user is told of a name under which nothing was found in the end."""
    # REQ-GRP-7, REQ-OVL-31: that there is nothing is known only from a fetch that is complete
    return "no-such-group" if is_complete else "lookup-incomplete"


def judge(look: Look, found: tuple[Found, ...]) -> Verdict:
    """What a name means, by what was found under it."""
    stated = stated_overlay(look)
    if stated is not None:
        indexes = choosing.used(found, stated)
        return Known(stated, tuple(found[at] for at in indexes)) if indexes else Nothing()
    classes = choosing.classes(found)
    if not classes:
        return Nothing()
    indexes = choosing.used(found)
    if not indexes:
        # REQ-GRP-7: the user is told of all
        return Ambiguous(tuple(overlay_of(found[each[0]]) for each in classes))
    first = found[indexes[0]]
    if isinstance(first.document, GroupIdRedirect):
        return Alias(first.document.actual_group_id)
    return Known(overlay_of(first), tuple(found[at] for at in indexes))


def stated_overlay(look: Look) -> OverlayId | None:
    """The overlay that somebody has named beside the name; None for nobody."""
    if look.invited is not None:
        # REQ-GRP-11: of the invitation, and nothing else
        return look.invited
    return None if look.choice is None else names.overlay_id(look.chain.name, look.choice)


def overlay_of(found: Found) -> OverlayId:
    """The overlay of the group that an envelope is about; of a redirect the open one of its target."""
    if isinstance(found.document, GroupIdRedirect):
        return names.overlay_id(found.document.actual_group_id)
    return OverlayId(found.checked.envelope.slot)
