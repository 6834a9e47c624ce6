"""What a report tells of a case is what went over the link."""

from conformance.tests.scripted import Scripted
from coterie_kit.peer import Peer


def test_command_is_told_as_it_was_changed_afterwards() -> None:
    peer = Peer(Scripted(lambda _: {"result": {}}))
    nodes = ["aa"]
    with peer:
        peer.do("group.invite", nodes=nodes, octets=b"\x0f")
        nodes.append("bb")
        told = peer.trace.kept()[-1]["command"]

    assert told == {"cmd": "do", "action": "group.invite", "args": {"nodes": ["aa"], "octets": "0f"}}


def test_last_command_is_not_the_first_that_is_found() -> None:
    peer = Peer(Scripted(lambda _: {"result": {}}))
    with peer:
        peer.tick(1, 1)
        peer.tick(2, 2)
        asked = [command.get("mono_ms") for command in peer.trace.commands()]

    assert asked == [2, 1, None]
