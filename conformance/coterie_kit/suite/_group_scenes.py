"""For each frame type of a group: a peer in a group that would accept one, and that one, open for a fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coterie_kit import frames
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, candidate, group
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import Said

__all__ = ["GROUP_SCENES", "asked_scene", "drafted", "foreign_scene", "made_by_peer"]

NOBODY = bytes(32)


def drafted(here: Group, kind: str, who: Puppet, values: Mapping[str, Any], to: bytes = NOBODY) -> Draft:
    """A signed frame of a puppet, open for a fault."""
    who.sequence += 1
    prefix = {"signer": who.node, "incarnation": who.incarnation, "sequence": who.sequence, "destination": to}
    return Draft(kind, here.overlay, frames.write_body(kind, values), who.address, maker=who, prefix=prefix)


def _propose(judge: Judge, **how: Any) -> Scene:
    """The coordinator refreshes the view."""
    here = group(judge, **({"n": 3, "rank": 1} | how))
    by = here.members[0]
    rows = [candidate(one) for one in here.everyone]
    values = {"counter": here.counter + 1, "candidates": rows}
    return Scene(here, drafted(here, "PROPOSE", by, values), {"group": here, "run": here.installed})


def _flush(judge: Judge, **how: Any) -> Scene:
    """A newcomer answers the peer that proposes."""
    here = group(
        judge, n=1, rank=0, **{name: value for name, value in how.items() if name not in {"n", "rank"}}
    )
    who = here.met()[0]
    asked = here.asked_to_admit([who])
    values = here.flush_values(who, asked.frame.body["counter"])
    made = drafted(here, "FLUSH", who, values, here.subject.node)
    return Scene(here, made, {"group": here, "asked": asked})


def _join(judge: Judge, **how: Any) -> Scene:
    """A peer without a view asks its coordinator."""
    here = group(
        judge, n=1, rank=0, **{name: value for name, value in how.items() if name not in {"n", "rank"}}
    )
    who = here.met()[0]
    values = {"view_id": bytes(16), "members": [candidate(who)]}
    return Scene(here, drafted(here, "JOIN", who, values, here.subject.node), {"group": here})


def _leave(judge: Judge, **how: Any) -> Scene:
    """A member leaves."""
    here = group(judge, **({"n": 3, "rank": 1} | how))
    made = drafted(here, "LEAVE", here.puppets[-1], {"view_id": here.view})
    return Scene(here, made, {"group": here, "run": here.installed})


GROUP_SCENES: Mapping[str, Callable[..., Scene]] = {
    "PROPOSE": _propose, "FLUSH": _flush, "JOIN": _join, "LEAVE": _leave,
}  # fmt: skip


# ---------------------------------------------------------------- who may propose


def asked_scene(judge: Judge, **values: Any) -> Scene:
    """A peer without a view that has asked a puppet, and that puppet's PROPOSE."""
    here = Group(judge, n=2, rank=judge.random.randrange(2))
    here.meet_all()
    by = here.others[0]
    here.ask_in(by)
    rows = [candidate(one) for one in here.everyone]
    body = {"counter": 1, "candidates": rows, "permits": [here.permit]} | values
    return Scene(here, drafted(here, "PROPOSE", by, body), {"group": here})


def foreign_scene(judge: Judge, rank: int = 1) -> tuple[Group, Puppet, Draft, Draft]:
    """A member, a puppet of another component, a permit for it by the coordinator, and its PROPOSE."""
    here = group(judge, n=3, rank=rank)
    stranger = here.met()[0]
    lead = here.members[0]
    rows = [candidate(one) for one in here.members]
    permit = drafted(here, "JOIN", lead, {"view_id": here.view, "members": rows}, stranger.node)
    named = sorted([*here.members, stranger], key=lambda one: one.node)
    values = {"counter": here.counter + 1, "candidates": [candidate(one) for one in named]}
    return here, stranger, permit, drafted(here, "PROPOSE", stranger, values)


# ---------------------------------------------------------------- what the peer makes


def made_by_peer(judge: Judge, kind: str, peer_kind: str) -> tuple[Group, Puppet, Said]:
    """A frame of that type that the peer sent, and to whom."""
    if kind == "JOIN":
        here = Group(judge, n=2, rank=0, kind=peer_kind)
        here.meet_all()
        octets = here.ask_in(here.others[0])
        return here, here.others[0], Said(here.others[0].address, octets, frames.read(octets))
    if kind == "FLUSH":
        here = group(judge, n=2, rank=1, kind=peer_kind)
        by = here.members[0]
        return here, by, here.one(here.put(here.propose(by)), "FLUSH")
    if kind == "PROPOSE":
        here = group(judge, n=1, rank=0, kind=peer_kind)
        who = here.met()[0]
        return here, who, here.asked_to_admit([who])
    here = group(judge, n=2, rank=1, kind=peer_kind)
    reply = here.peer.do("leave", here.overlay)
    here.need(reply.ok, f"leave: {reply.said()}")
    return here, here.puppets[0], here.one(reply, "LEAVE")
