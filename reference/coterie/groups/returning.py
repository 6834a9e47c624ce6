"""Coming back to groups and aliases after a restart.

Implements REQ-GRP-16 to REQ-GRP-18. Each rule is a function that is looked up in this module when it is
applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from coterie.groups import reaching
from coterie.groups.memory import Kept
from coterie.groups.wishes import Return, Wish
from coterie.vocabulary import Address


def aliases(kept: Kept) -> Mapping[bytes, bytes]:
    """What is published again, and what it means."""
    # REQ-GRP-16: all that were bound and not unbound
    return kept.aliases


def unbound(kept: Kept) -> Mapping[bytes, int]:
    """What others may find still that means nothing any more, and until when."""
    # REQ-GRP-16: it is withdrawn like what this life unbinds
    return kept.unbound


def groups(kept: Kept) -> Sequence[Return]:
    """Where the peer comes back to."""
    # REQ-GRP-17: each group that it had a view of and was not told to leave
    return kept.groups


def contacts(wish: Return, own: Address) -> tuple[Address, ...]:
    """Where it joins."""
    # REQ-GRP-17: at the other members of its last view, in their order
    last = (Address(each.address, each.port) for each in wish.info.contacts)
    return reaching.chosen(last, own)


def begins(others: Sequence[Address]) -> bool:
    """Whether it begins the group instead of joining it."""
    # REQ-GRP-17: where it was alone
    return not others


def goes_on(wish: Wish) -> bool:
    """Whether a join that has led to no view goes on in another way."""
    # REQ-GRP-18: all may have been stopped at once, and wait for each other
    return isinstance(wish, Return)


def alone(wish: Return) -> Return:
    """The same group, to be begun with a view of one."""
    return replace(wish, info=replace(wish.info, contacts=()))


def sought(wish: Return, own: Address) -> tuple[Address, ...]:
    """Whom a peer greets that has begun its group again."""
    # REQ-GRP-18: the same addresses
    return contacts(wish, own)
