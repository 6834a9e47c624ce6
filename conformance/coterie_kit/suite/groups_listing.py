"""What a peer makes of the list of groups, and of those who say that they are members of one."""

from __future__ import annotations

from typing import Any

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id, peer_id
from coterie_kit.suite import _envelopes
from coterie_kit.suite._land import LIST, MEMBERS, Land
from coterie_kit.values import documents


@case(
    "groups.find.list",
    reqs=["REQ-GRP-3", "REQ-OVL-10"],
    type="VALUES",
    operator="conforming-list",
    cls="groups",
    fresh=True,
)
def _list(judge: Judge) -> None:
    """The groups that are listed, each with its slot, in the order of their envelopes."""

    land = Land(judge)
    ages = judge.random.sample(range(1, 9000), 3)
    names = {age: b"Gruppe %d" % age for age in ages}
    for age, name in names.items():
        how: dict[str, Any] = {"kind": LIST, "slot": overlay_id(name), "value": documents.entry(name, "Text")}
        land.keep(_envelopes.make(land.publisher(), land.wall - age, **how))
    land.act("group.list")
    rows = [names[age] for age in sorted(ages)]
    wanted = {"groups": [name.hex() for name in rows], "slots": [overlay_id(name).hex() for name in rows]}
    judge.equal("groups", land.events("groups"), [{"complete": 1} | wanted])
    land.deaf()
    land.act("group.list")
    judge.equal("incomplete", land.events("groups")[1:], [{"complete": 0, "groups": [], "slots": []}])


@case(
    "groups.find.members",
    reqs=["REQ-GRP-5", "REQ-VAL-13"],
    type="VALUES",
    operator="conforming-members",
    cls="groups",
    fresh=True,
)
def _members(judge: Judge) -> None:
    """Those that say that they are members, with their names; who says so of another is left out."""

    land = Land(judge)
    people = land.publishers(3)
    how: dict[str, Any] = {"kind": MEMBERS, "name": land.name, "slot": bytes(16)}
    own = [peer_id(one.key.spki) for one in people]
    named = ["Ada", "", "Grace"]
    for at, (one, name) in enumerate(zip(people, named, strict=True)):
        said = own[0] if at == 2 else own[at]
        land.keep(_envelopes.make(one, land.wall - at, value=documents.member(said, name), **how))
    land.act("group.members", group=land.name)
    wanted = {"members": [one.hex() for one in own[:2]], "names": [b"Ada".hex(), ""]}
    judge.equal("told", land.events("group-members"), [{"group": land.name.hex(), "complete": 1} | wanted])
