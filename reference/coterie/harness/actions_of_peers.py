"""The actions of tier 1: what the user of a peer may ask of it.

Implements the table of tier 1 of the Test interface chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coterie import registry
from coterie.errors import LocalError
from coterie.harness.arguments import Arguments, JsonObject
from coterie.peer import Peer, Request, ResourceName, Value
from coterie.vocabulary import Address, NodeId, Now, OverlayId, ViewId

SLOT = 16
U32 = 2**32 - 1

Action = Callable[[Peer, OverlayId, Arguments, Now], JsonObject | None]


def greet(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Begin a handshake."""
    to = Address.parse(given.text("to"))
    given.end()
    peer.greet(overlay, to, now)


def ping(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Ask whether a peer lives."""
    node = NodeId(given.octets("node", 32))
    given.end()
    peer.ping(overlay, node, now)


def install(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Propose a view."""
    members = tuple(NodeId(node) for node in given.octets_list("members", 32))
    suite = given.integer("suite", 0xFF)
    named = given.object("previous") if given.has("previous") else {}
    given.end()
    rows = Arguments(named)
    previous = {NodeId(bytes.fromhex(node)): ViewId(rows.octets(node, 16)) for node in node_names(named)}
    peer.install(overlay, Request(members, suite, previous), now)


def node_names(named: JsonObject) -> list[str]:
    """The keys of an object that are Node-IDs; `LocalError` for any that is not."""
    return [Arguments({"previous": name}).octets("previous", 32).hex() for name in named]


def send(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Send a message to the view, or the same several times; in a group also through its coordinator."""
    payload = given.octets("payload")
    proxy = given.truth("proxy") if given.has("proxy") else False
    times = given.integer("times", registry.limit("waiting-messages")) if given.has("times") else 1
    given.end()
    if times < 1:
        raise LocalError("times is at least 1")
    for _ in range(times):
        peer.send(overlay, payload, now, proxy=proxy)


def create(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Begin a group."""
    suite = given.integer("suite", 255) if given.has("suite") else 1
    given.end()
    peer.create(overlay, now, suite=suite)


def join(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Ask to be taken into a group, or enter an overlay without views."""
    contacts = [Address.parse(text) for text in given.texts("contacts")]
    given.end()
    peer.join(overlay, contacts, now)


def leave(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Leave the group, or the overlay without views."""
    given.end()
    peer.leave(overlay, now)


def subscribe(peer: Peer, overlay: OverlayId, given: Arguments, _now: Now) -> None:
    """Choose which messages of a group are told, and in which order."""
    service = given.text("service")
    given.end()
    peer.subscribe(overlay, service)


def export(peer: Peer, overlay: OverlayId, given: Arguments, _now: Now) -> JsonObject:
    """Derive a secret of the view."""
    context, length = given.octets("context"), given.integer("length")
    given.end()
    return {"secret": peer.export(overlay, context, length).hex()}


def find(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Look a target up."""
    target = given.octets("target", 32)
    given.end()
    peer.find(overlay, target, now)


def publish(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Have a value held by others."""
    resource, slot = resource_name(given), given.octets("slot", SLOT)
    lifetime, value = given.integer("lifetime", U32), given.octets("value")
    leaf = given.octets("leaf") if given.has("leaf") else None
    given.end()
    peer.publish(overlay, Value(resource, slot, lifetime, value, leaf), now)


def withdraw(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Withdraw what was published."""
    resource, slot = resource_name(given), given.octets("slot", SLOT)
    given.end()
    peer.withdraw(overlay, resource, slot, now)


def fetch(peer: Peer, overlay: OverlayId, given: Arguments, now: Now) -> None:
    """Find the values of a resource."""
    resource = resource_name(given)
    given.end()
    peer.fetch(overlay, resource, now)


def resource_name(given: Arguments) -> ResourceName:
    """The arguments kind and name."""
    return ResourceName(given.text("kind"), given.octets("name"))


ACTIONS: Mapping[str, Action] = {
    "greet": greet,
    "ping": ping,
    "install": install,
    "send": send,
    "export": export,
    "create": create,
    "join": join,
    "leave": leave,
    "subscribe": subscribe,
    "find": find,
    "publish": publish,
    "withdraw": withdraw,
    "fetch": fetch,
}
"""Every action of tier 1, by its name in the draft."""
