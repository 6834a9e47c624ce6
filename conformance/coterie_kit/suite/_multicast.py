"""What cases about multicast ask for often: what the peer tells, and the good frame of each type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.faults import Inconclusive
from coterie_kit.judge import Judge
from coterie_kit.keys.names import label
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, group
from coterie_kit.suite._group_speech import Heard
from coterie_kit.suite._scenes import Scene

__all__ = [
    "ADD",
    "MULTICAST_SCENES",
    "PROXIED",
    "REMOVE",
    "again_and_again",
    "at_once",
    "beat",
    "beats",
    "by_nodes",
    "change",
    "changes_in",
    "events",
    "good_values",
    "named",
    "nodes",
    "others_in_order",
    "promise",
    "proxied_payload",
    "proxy",
    "rows",
    "sealed_scene",
    "senders",
    "sends_nothing",
    "steps",
    "told",
    "with_messages",
    "words_of",
]

ADD, REMOVE, PROXIED = 1, 2, 3
Told = list[tuple[bytes, bytes]]


# ---------------------------------------------------------------- what the peer tells and sends


def events(replies: Reply | Iterable[Reply], name: str) -> list[dict[str, Any]]:
    """The fields of all events of that name."""
    every = [replies] if isinstance(replies, Reply) else replies
    return [dict(event.fields) for reply in every for event in reply.events if event.name == name]


def told(*replies: Reply) -> Told:
    """Sender and payload of each message that the user was told, in order."""
    found = events(replies, "message")
    return [(bytes.fromhex(str(row["sender"])), bytes.fromhex(str(row["payload"]))) for row in found]


def at_once(here: Group, *payloads: bytes, **how: Any) -> Reply:
    """The user sends messages at one time: the reply with what leaves then."""
    for payload in payloads:
        reply = here.peer.do("send", here.overlay, payload=payload, **how)
        here.need(reply.ok, f"send: {reply.said()}")
    return here.pass_time(0)


def again_and_again(here: Group, payload: bytes, times: int) -> Reply:
    """The user sends the same message so often at one time: the reply with what leaves then."""
    reply = here.peer.do("send", here.overlay, payload=payload, times=times)
    here.need(reply.ok, f"send: {reply.said()}")
    return here.pass_time(0)


def words_of(here: Group, reply: Reply) -> list[Heard]:
    """The DATA in a reply, one of each that goes to several."""
    found: dict[int, Heard] = {}
    for heard in here.heard(reply, "DATA"):
        found.setdefault(heard.prefix["counter"], heard)
    return list(found.values())


def rows(heard: Iterable[Heard]) -> list[dict[str, Any]]:
    """The messages of DATA in order."""
    return [row for one in heard for row in one.body["messages"]]


def sends_nothing(here: Group, reply: Reply, *kinds: str) -> bool:
    """Whether a reply sends no sealed frame of these types."""
    return not [heard for heard in here.heard(reply) if heard.type in kinds]


def beats(here: Group, reply: Reply) -> list[Heard]:
    """The HEARTBEATs and ALIVEs in a reply, one of each that goes to several."""
    every = [heard for heard in here.heard(reply) if heard.type in {"HEARTBEAT", "ALIVE"}]
    return list({(heard.type, heard.prefix["counter"]): heard for heard in every}.values())


def beat(here: Group) -> Heard:
    """The next one that comes, at the instant for which the peer asks to be woken."""
    reply = here.pass_time(0)
    end = here.mono + registry.timer("alive-idle")
    while not (found := beats(here, reply)) and here.mono < end:
        due = reply.wake if reply.wake is not None else here.mono
        reply = here.pass_time(min(max(due - here.mono, 1), end - here.mono))
    if not found:
        raise Inconclusive("neither HEARTBEAT nor ALIVE comes")
    return found[0]


# ---------------------------------------------------------------- what puppets do


def promise(here: Group, who: Puppet, timestamp: int, **values: Any) -> Reply:
    """A HEARTBEAT of a puppet that is a step: the peer has to take it."""
    reply = here.says(who, "HEARTBEAT", timestamp=timestamp, **values)
    here.need(reply.ok, f"HEARTBEAT of {who.named}: {reply.said()}")
    return reply


def steps(here: Group, *replies: Reply) -> None:
    """The peer took all of these, which are no more than steps."""
    for reply in replies:
        here.need(reply.ok, reply.said())


def by_nodes(who: Iterable[Puppet]) -> list[Puppet]:
    """Ascending by Node-ID."""
    return sorted(who, key=lambda one: one.node)


def others_in_order(here: Group) -> list[Puppet]:
    """The puppets of the view, ascending by Node-ID."""
    return by_nodes(here.puppets)


def proxy(here: Group, who: Puppet, number: int, payload: bytes, **changes: Any) -> dict[str, Any]:
    """The body of a PROXY, signed by its origin."""
    covered = label("proxy-signature") + here.overlay + here.view + who.node
    covered += number.to_bytes(8, "big") + payload
    signed = who.key.sign(covered)
    return {"origin_sequence": number, "payload": payload, "signature": signed} | changes


def proxied_payload(here: Group, who: Puppet, number: int, payload: bytes, **changes: Any) -> bytes:
    """The payload of a message of kind proxied."""
    assert here.installed is not None
    body = proxy(here, who, number, payload)
    told = {"origin": here.installed.position(who)} | body | changes
    head = told["origin"].to_bytes(2, "big") + told["origin_sequence"].to_bytes(8, "big")
    return bytes(head + told["signature"] + told["payload"])


# ---------------------------------------------------------------- the sender group


def named(position: int) -> bytes:
    """The payload of a sender-add."""
    return position.to_bytes(2, "big")


def change(here: Group, who: Puppet, kind: int, payload: bytes = b"", **other: Any) -> Reply:
    """A puppet says a message of that kind, and the peer takes it."""
    first = here.last.get(who.node, 0) + 1
    here.last[who.node] = first
    here.time = other.pop("timestamp", here.time + 1)
    row = {"timestamp": here.time, "payload": payload, "kind": kind} | other
    draft = here.seal(who, "DATA", {"first_sequence": first, "messages": [row]})
    reply = here.deliver(draft.octets(), who)
    steps(here, reply)
    return reply


def senders(here: Group) -> list[str]:
    """The sender group as the peer has it."""
    return sorted(here.inspect()["senders"])


def nodes(*who: Puppet) -> list[str]:
    """Node-IDs as inspect tells them."""
    return sorted(one.node.hex() for one in who)


def changes_in(here: Group, reply: Reply) -> list[tuple[int, bytes]]:
    """Kind and payload of the messages in a reply that are no application's."""
    return [(row["kind"], row["payload"]) for row in rows(words_of(here, reply)) if row["kind"]]


# ---------------------------------------------------------------- the good frame of each type


def sealed_scene(judge: Judge, kind: str, **how: Any) -> Scene:
    """A peer in a view of three, or of ``n``, a second frame of that type and the last member, who says it.

    SENDER and PROXY come to a coordinator, from a member that is not in the sender group.
    """
    asks = kind in {"SENDER", "PROXY"}
    n = how.get("n", 3)
    plan = {"n": n, "rank": 0, "positions": range(n - 1)} if asks else {"n": n, "rank": 1}
    here = group(judge, **(plan | how))
    who = here.puppets[-1]
    # a counter with many bits: whoever makes nonces otherwise does not get past it
    before = kind if kind == "HEARTBEAT" else "ALIVE"
    first = here.seal(who, before, good_values(here, before, who), counter=1023)
    here.need(here.deliver(first.octets(), who).ok, f"a first {first.type} was refused")
    draft = here.seal(who, kind, good_values(here, kind, who), counter=1)
    return Scene(here, draft, {"group": here, "run": here.installed, "first": first})


def good_values(here: Group, kind: str, who: Puppet) -> dict[str, Any]:
    """A body that the peer accepts from a member in a view where nothing was said yet."""
    marks = {"acknowledged": 0, "timestamp": max(here.time, 1), "last_sequence": 0}
    made: Mapping[str, Callable[[], dict[str, Any]]] = {
        "HEARTBEAT": lambda: marks | {"stable": 0},
        "ALIVE": lambda: marks,
        "NACK": lambda: {"ranges": [{"sender": 1, "first": 1, "last": 1}]},
        "GAP": lambda: {"sender": 1, "first": 1, "last": 1},
        "SENDER": lambda: {"operation": 1},
        "PROXY": lambda: proxy(here, who, 1, b"for me"),
    }
    return made[kind]()


def _scene_of(kind: str) -> Callable[..., Scene]:
    def found(judge: Judge, **how: Any) -> Scene:
        return sealed_scene(judge, kind, **how)

    return found


MULTICAST_SCENES: Mapping[str, Callable[..., Scene]] = {
    kind: _scene_of(kind) for kind in ("HEARTBEAT", "ALIVE", "NACK", "GAP", "SENDER", "PROXY")
}


def with_messages(draft: Draft, first: int, *messages: dict[str, Any], **values: Any) -> Draft:
    """A DATA with other messages."""
    return draft.changed(
        body=frames.write_body("DATA", {"first_sequence": first, "messages": list(messages)} | values)
    )
