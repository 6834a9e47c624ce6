"""Asking others to create a group.

Implements REQ-GRP-24 and REQ-GRP-26. Each rule is a function that is looked up in this module when it is
applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coterie import documents, registry
from coterie.documents import Contact
from coterie.groups import looking
from coterie.groups.group import Group
from coterie.groups.steps import Ask
from coterie.groups.wishes import Petition
from coterie.values import kinds
from coterie.values.resource import Resource
from coterie.vocabulary import Address, NodeId


def target(group: bytes) -> bytes:
    """Whoever is closest to it is asked first."""
    # REQ-GRP-24: the resource key of the group-info
    return Resource(kinds.GROUP_INFO, group).key


def asked(closest: Sequence[NodeId]) -> tuple[NodeId, ...]:
    """Who is asked of the contacts, the closest of which stand first."""
    # REQ-GRP-24: 3
    return tuple(closest[: registry.limit("hosts-asked")])


def ask(group: Group, wish: Petition, own: Address) -> Ask:
    """Ask the next of those who are to be asked; there is one. `own` is the address of the peer."""
    node, group.asks = group.asks[0], group.asks[1:]
    # REQ-GRP-22: a document has a contact, which means nothing here
    info = replace(wish.info, contacts=(Contact(own.host, own.port),))
    return Ask(group.number, node, wish.group, documents.build(info))


def is_fetched_again(fetches: int) -> bool:
    """Whether a group that somebody hosts is fetched again when nothing was found in so many fetches."""
    # REQ-GRP-26: three times in all, also after a complete fetch
    return fetches < registry.limit("fetches")


def why_nothing(*, is_complete: bool) -> str:
    """What the user is told when nothing is found in the end."""
    # REQ-GRP-26: somebody has said that it would be there
    return "not-hosted" if is_complete else "lookup-incomplete"


def given_up(group: Group, *, is_complete: bool) -> str | None:
    """Why a name under which nothing was found is looked up no more; None where it is, whatever is wanted of
    it."""
    fetches = group.look.fetches
    if isinstance(group.wish, Petition):
        return None if is_fetched_again(fetches) else why_nothing(is_complete=is_complete)
    is_again = looking.is_fetched_again(fetches, is_complete=is_complete)
    return None if is_again else looking.why_nothing(is_complete=is_complete)


def is_asking(group: Group) -> bool:
    """Whether others are asked to create a group, and nobody has said yes."""
    return isinstance(group.wish, Petition) and not group.look.fetches
