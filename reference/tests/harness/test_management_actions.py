"""Actions on groups over the test interface: what they tell, and what is a caller's mistake."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coterie.crypto import names
from reference.tests.harness.test_group_actions import OVERLAY, Member, play

INFO = {"type": "group-info", "description": "roses"}
GROUP, ALIAS = b"gardeners".hex(), b"growers".hex()
HERE = names.overlay_id(b"gardeners").hex()
CREATE: dict[str, Any] = {"info": INFO, "group": GROUP, "public": True, "public_members": True, "name": "Ada"}


def lone_member(**trust: object) -> Member:
    """A peer that keeps its main overlay up alone, and so is never sure that nothing is there."""
    return Member("ada", 1, **({"membership": "none"} | trust))


class Pair:
    """A peer, and one that it meets."""

    def __init__(self) -> None:
        self.ada = lone_member()
        self.bob = Member("bob", 2, membership="none")
        self.now = 0
        self._play(self.bob, self.bob.do("join", contacts=[self.ada.address]))

    def do(self, action: str, **args: object) -> dict[str, Any]:
        """Ada does it, and whatever comes of it in a second happens."""
        reply = self.ada.do(action, **args)
        self._play(self.ada, reply)
        return reply

    def _play(self, who: Member, reply: dict[str, Any]) -> None:
        play([self.ada, self.bob], [(who, reply)], self.now + 1000, self.now)
        self.now += 1000


def test_group_is_created_and_nobody_is_told() -> None:
    pair = Pair()
    ada = pair.ada

    reply = pair.do("group.create", **CREATE)

    assert reply["status"] == "ok"
    assert ada.told("group-entered") == [{"group": GROUP, "group_overlay": HERE, "created": 1}]
    assert len(ada.told("view-installed")) == 1
    assert ada.ask("inspect", overlay=HERE)["result"]["state"] == "stable"
    published = ada.ask("inspect", overlay=OVERLAY)["result"]["published"]
    assert sorted(row["kind"] for row in published) == ["group-info", "group-list", "group-members"]


def test_questions_on_groups_are_not_answered() -> None:
    pair = Pair()
    ada = pair.ada
    pair.do("group.create", **CREATE)
    pair.do("group.bind", alias=ALIAS, group=GROUP)
    for action, args in (
        ("group.list", {}),
        ("group.members", {"group": GROUP}),
        ("group.info", {"group": ALIAS}),
    ):
        assert pair.do(action, **args)["status"] == "ok"

    assert ada.told("groups") == [{"complete": 1, "groups": [GROUP], "slots": [HERE]}]
    (members,) = ada.told("group-members")
    assert members["names"] == [b"Ada".hex()]
    (found,) = ada.told("group-found")
    assert (found["group"], found["group_overlay"]) == (GROUP, HERE)
    assert b"192.0.2.1" in bytes.fromhex(found["documents"][0])


def test_group_that_was_left_is_still_there() -> None:
    pair = Pair()
    ada = pair.ada
    pair.do("group.create", **CREATE)

    pair.do("group.leave", group_overlay=HERE)

    assert ada.told("group-left") == [{"group": GROUP, "group_overlay": HERE}]
    assert ada.ask("inspect", overlay=HERE)["reason"] == "usage"
    assert ada.ask("inspect", overlay=OVERLAY)["result"]["published"] == []
    pair.do("group.info", group=GROUP)
    assert ada.told("group-failed") == [{"group": GROUP, "reason": "no-such-group", "choices": []}]


def test_unbound_alias_is_still_there() -> None:
    pair = Pair()
    ada = pair.ada
    pair.do("group.bind", alias=ALIAS, group=GROUP)

    pair.do("group.unbind", alias=ALIAS)
    pair.do("group.info", group=ALIAS)

    assert [fields["reason"] for fields in ada.told("group-failed")] == ["no-such-group"]


def test_state_of_groups_is_none_of_the_overlay() -> None:
    ada = lone_member()
    ada.do("group.list")
    before = ada.ask("inspect", overlay=OVERLAY)["result"]["digest"]
    ada.do("group.create", **(CREATE | {"public": False, "public_members": False}))

    assert ada.ask("inspect", overlay=OVERLAY)["result"]["digest"] != before


def test_invitation_is_taken_for_a_name() -> None:
    ada = lone_member()
    contact = {"address": "192.0.2.7", "port": 4000}
    invitation = INFO | {"type": "group-invitation", "group_id": GROUP, "contacts": [contact]}

    reply = ada.do("group.join", invitation=invitation, public_members=False)

    assert [effect["to"] for effect in reply["effects"] if effect["effect"] == "send"] == ["192.0.2.7:4000"]
    assert ada.wake is not None
    ada.ask("tick", mono_ms=30_000, wall_ms=1_800_000_030_000)
    assert [fields["reason"] for fields in ada.told("group-failed")] == ["group-silent"]


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("group.create", CREATE | {"info": INFO | {"type": "group-member"}}),
        ("group.create", CREATE | {"info": INFO | {"contacts": [{"address": "192.0.2.7", "port": 1}]}}),
        ("group.create", CREATE | {"group": ""}),
        ("group.create", CREATE | {"public": False}),
        ("group.create", CREATE | {"leaf": "00"}),
        ("group.create", CREATE | {"name": "x" * 2000}),
        ("group.create", CREATE | {"service": "fast"}),
        ("group.create", CREATE | {"info": INFO | {"policy": "closed"}}),
        ("group.create", {"group": GROUP}),
        ("group.join", {"public_members": False}),
        ("group.join", {"group": GROUP, "public_members": False, "authority": "00"}),
        ("group.join", {"invitation": {"type": "group-invitation"}, "public_members": False}),
        ("group.leave", {"group_overlay": HERE}),
        ("group.bind", {"alias": "", "group": GROUP}),
        ("group.unbind", {"alias": ALIAS}),
        ("group.members", {"group": ""}),
        ("group.info", {"group": "65cc81"}),
        ("group.list", {"group": GROUP}),
    ],
)
def test_mistake_of_a_caller_does_something(action: str, args: dict[str, Any]) -> None:
    ada = lone_member()
    before = ada.ask("inspect", overlay=OVERLAY)["result"]
    line = {"seq": 99, "cmd": "do", "overlay": OVERLAY, "action": action, "args": args}

    reply = ada.harness.answer(json.dumps(line).encode())

    assert (reply["status"], reply["reason"], reply["effects"]) == ("error", "usage", [])
    assert ada.ask("inspect", overlay=OVERLAY)["result"] == before


@pytest.mark.parametrize("membership", ["group", "stated"])
def test_groups_are_managed_in_an_overlay_with_views(membership: str) -> None:
    ada = lone_member(membership=membership)

    assert ada.do("group.list")["reason"] == "usage"
