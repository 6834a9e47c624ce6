"""A village: peers of one main overlay on a network in memory, and the groups that they make."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from coterie.crypto import names
from coterie.documents import GroupInfo
from coterie.groups.wishes import Creation, Entry, Part
from coterie.peer.management import Management
from coterie.vocabulary import OverlayId
from coterie.wire.frames import read_header
from reference.tests.overlay.commons import Commons
from reference.tests.peer.network import Fate, Host, perfect


class Village(Commons):
    """Hosts of a main overlay, with the verbs of groups."""

    def __init__(self, seed: int = 0, fate: Fate = perfect) -> None:
        super().__init__(seed, fate)

    def groups(self, host: Host) -> Management:
        return host.peer.management(host.overlay)

    def part(self, host: Host, **changes: Any) -> Part:
        return Part(**({"leaf": host.inside.standing.identity.leaf} | changes))

    def create(self, host: Host, group: bytes, *, is_public: bool = True, **changes: Any) -> None:
        """That host creates a group; `changes` are those of its part in it, or its `info`."""
        info = changes.pop("info", GroupInfo((), f"about {group.decode()}"))
        self.groups(host).create(Creation(group, info, is_public, self.part(host, **changes)), self.now)
        self.collect(host)

    def enter(self, host: Host, group: bytes, **changes: Any) -> None:
        """That host joins a group by its name, or as its invitation says."""
        about = {name: changes.pop(name) for name in ("choice", "invitation") if name in changes}
        self.groups(host).join(Entry(group, self.part(host, **changes), **about), self.now)
        self.collect(host)

    def quit(self, host: Host, group: bytes, authority: bytes = b"") -> None:
        self.groups(host).leave(names.overlay_id(group, authority), self.now)
        self.collect(host)

    def bind(self, host: Host, alias: bytes, group: bytes) -> None:
        self.groups(host).bind(alias, group, self.now)
        self.collect(host)

    def unbind(self, host: Host, alias: bytes) -> None:
        self.groups(host).unbind(alias, self.now)
        self.collect(host)

    def inform(self, host: Host, group: bytes) -> dict[str, Any]:
        """What is told of a name that is looked up."""
        before = len(answers(host, "group-found", "group-failed"))
        self.groups(host).inform(group, self.now)
        return self.answered(host, before, "group-found", "group-failed")

    def listed(self, host: Host) -> list[bytes]:
        """The names of all groups that there are."""
        before = len(host.told("groups"))
        self.groups(host).listing(self.now)
        found = self.answered(host, before, "groups")
        assert found["complete"] == 1, f"seed {self.seed}: too few answered"
        return sorted(found["groups"])

    def members(self, host: Host, group: bytes) -> dict[str, Any]:
        before = len(host.told("group-members"))
        self.groups(host).members(group, self.now)
        return self.answered(host, before, "group-members")

    def answered(self, host: Host, before: int, *told: str) -> dict[str, Any]:
        """The first event of one of those names behind the first `before` of them."""
        self.collect(host)
        began = self.mono
        while len(answers(host, *told)) == before:
            assert self.mono - began < 90_000, f"seed {self.seed}: {host.name} was never told {told}"
            self.run(50)
        event = answers(host, *told)[before]
        return {"name": event.name} | dict(event.fields)

    def spoken(self, host: Host, overlay: OverlayId) -> int:
        """How many datagrams of that overlay the host has sent."""
        frames = (datagram for source, _, datagram in self.wire if source is host)
        return sum(read_header(each).overlay_id == overlay for each in frames)

    def until_views(self, hosts: Iterable[Host], group: bytes, within: int = 60_000) -> None:
        """Let time go on until all hosts, and nobody else, are in one view of a group."""
        known, began = list(hosts), self.mono
        while not is_one_view(known, names.overlay_id(group)):
            assert self.mono - began < within, f"seed {self.seed}: {[each.name for each in known]} are apart"
            self.run(100)


def answers(host: Host, *told: str) -> list[Any]:
    return [event for event in host.events if event.name in told]


def of_group(host: Host, group: bytes, authority: bytes = b"") -> dict[str, Any]:
    return host.peer.inspect(names.overlay_id(group, authority))


def is_in(host: Host, group: bytes) -> bool:
    return names.overlay_id(group) in host.peer.overlays


def is_one_view(hosts: list[Host], overlay: OverlayId) -> bool:
    """Whether those hosts have one view of that overlay installed, with nobody else in it."""
    if not all(overlay in host.peer.overlays for host in hosts):
        return False
    states = [host.peer.inspect(overlay) for host in hosts]
    nodes = {host.peer.node(overlay) for host in hosts}
    return all(
        set(state["members"]) == nodes and state["view"] == states[0]["view"] and state["state"] == "stable"
        for state in states
    )


def coordinator(hosts: Iterable[Host], group: bytes) -> Host:
    """Who of those hosts coordinates the group."""
    overlay = names.overlay_id(group)
    return next(
        host for host in hosts if host.peer.inspect(overlay)["members"][:1] == [host.peer.node(overlay)]
    )
