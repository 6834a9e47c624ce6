"""Groups whose main overlay is kept by OpenDHT: the scenario of our own overlay, on nodes of that library.

Without the library every test here fails, and says how to get it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from coterie import documents
from coterie.documents import GroupInvitation
from reference.tests.runtime.abroad import abroad
from reference.tests.runtime.town import Resident

pytestmark = pytest.mark.live

CLUB, ALIAS = b"gardeners", b"the green ones"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_scenario_of_groups_breaks_on_another_main_overlay(host: str) -> None:
    async def story() -> None:
        async with abroad("ada", "bob", "cleo", "dan", host=host) as (ada, bob, cleo, dan):
            assert (await dan.inform(CLUB))["reason"] == "no-such-group"
            created = await ada.create(CLUB)
            assert (created["event"], created["created"]) == ("group-entered", 1)
            assert (await bob.create(CLUB))["reason"] == "group-exists"

            assert (await bob.inform(CLUB))["group_overlay"] == created["group_overlay"]
            assert (await bob.join(CLUB))["event"] == "group-entered"
            await cleo.bind(ALIAS, CLUB)
            assert (await dan.join(ALIAS))["group_overlay"] == created["group_overlay"]
            await ada.until(lambda: all(each.size(CLUB) == 3 for each in (ada, bob, dan)))
            assert await cleo.listed() == [CLUB]
            assert await cleo.members(CLUB) == [b"ada", b"bob", b"dan"]

            # whoever leads goes: another one leads, and says where the group is
            await ada.quit(CLUB)
            await bob.until(lambda: bob.size(CLUB) == dan.size(CLUB) == 2)
            await bob.published("group-info")
            assert (await cleo.inform(CLUB))["event"] == "group-found"
            assert await cleo.members(CLUB) == [b"bob", b"dan"]
            await bob.quit(CLUB)
            await dan.quit(CLUB)

            assert (await cleo.inform(CLUB))["reason"] == "no-such-group"
            assert await cleo.listed() == []
            assert await cleo.members(CLUB) == []

    asyncio.run(story())


@pytest.mark.parametrize("binding", ["own", "opendht"])
def test_invitation_has_peers_greeted_where_there_are_nodes_of_another_network(
    tmp_path: Path, binding: str
) -> None:
    eve = Resident("eve", tmp_path / "eve", "--name=eve", f"--main-binding={binding}")
    try:
        eve.ask("create", group="den", public=False, public_members=False)
        written = eve.ask("invite", group="den")["uri"]
    finally:
        eve.kill()

    invitation = documents.from_uri(written)
    assert isinstance(invitation, GroupInvitation)
    named = (invitation.main_group_id, len(invitation.main_contacts))
    assert named == ((b"coterie", 1) if binding == "own" else (None, 0))
    assert len(invitation.info.contacts) == 1


def test_node_that_goes_holds_its_process_for_ever() -> None:
    # one in some dozens did, and nobody could end the process but by force
    script = """
import asyncio
from coterie.runtime.dht_node import DhtNode
from coterie.vocabulary import Address

async def come_and_go() -> None:
    for _ in range(200):
        await DhtNode(Address("127.0.0.1", 0), ()).close()

asyncio.run(come_and_go())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
