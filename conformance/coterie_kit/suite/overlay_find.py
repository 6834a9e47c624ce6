"""FIND and NODES: who is named, in which order, and which rows are taken."""

from __future__ import annotations

from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.puppets import Puppet
from coterie_kit.suite._overlay import BUCKET_SIZE, CLIENT, Overlay, distance, row
from coterie_kit.suite._overlay_scenes import finding
from coterie_kit.suite._stage import Said, accepts


def _answer(stage: Overlay, who: Puppet, target: bytes) -> Said:
    """The NODES that answers a puppet's FIND."""
    reply = stage.ask(who, "FIND", target=target)
    return stage.one(reply, "NODES")


def _nearest(stage: Overlay, target: bytes, but: Puppet) -> list[dict[str, Any]]:
    """The rows of the right answer, out of the contacts that the peer shows."""
    known = [stage.named_by(node) for node in stage.contacts()]
    near = sorted((one for one in known if one is not but), key=lambda one: distance(one.node, target))
    return [row(one) for one in near[:BUCKET_SIZE]]


@case(
    "overlay.find.the-closest",
    reqs=["REQ-OVL-12"],
    type="FIND",
    operator="conforming",
    cls="overlay",
    fresh=True,
)
def _closest(judge: Judge) -> None:
    """Eight of more than twenty, by exclusive-or and not by number; the asker is not among them."""
    stage = Overlay(judge)
    for bits in range(4):
        stage.crowd(6, bits=bits)
    stage.need(len(stage.contacts()) == 24, "it has not the contacts that the scene needs")
    asker = stage.others[1]
    targets = {
        "anywhere": judge.octets(32),
        "the-asker": asker.node,
        "the-peer": stage.subject.node,
        "a-contact": stage.others[9].node,
        "next-to-one": stage.others[13].node[:-1] + judge.octets(1),
        "zeros": bytes(32),
        "ones": b"\xff" * 32,
    }
    for name, target in targets.items():
        said = _answer(stage, asker, target)
        judge.equal(name, said.frame.body["neighbours"], _nearest(stage, target, asker), field="neighbours")
        judge.equal(f"{name}.request", said.frame.body["request"], asker.sequence, field="body.request")
        judge.equal(f"{name}.to", said.to, asker.address)
    judge.check("signed", stage.signed_well(said), expected="its signature and destination")


@case(
    "overlay.find.few",
    reqs=["REQ-OVL-12", "REQ-OVL-5"],
    type="FIND",
    operator="conforming-few-contacts",
    cls="overlay",
    fresh=True,
)
def _few(judge: Judge) -> None:
    """All where there are fewer than eight; nobody where only the asker is there; a client may ask."""
    stage = Overlay(judge)
    alone = stage.crowd(1)[0].puppet
    judge.equal("nobody-else", _answer(stage, alone, judge.octets(32)).frame.body["neighbours"], [])
    client = stage.crowd(1, roles=CLIENT)[0].puppet
    judge.equal("client", _answer(stage, client, client.node).frame.body["neighbours"], [row(alone)])
    judge.equal("never-a-client", _answer(stage, alone, client.node).frame.body["neighbours"], [])
    stage.crowd(7)
    target = judge.octets(32)
    rows = _answer(stage, alone, target).frame.body["neighbours"]
    judge.equal("all-but-the-asker", rows, _nearest(stage, target, alone))


@case(
    "overlay.find.contacts-only",
    reqs=["REQ-OVL-12", "REQ-OVL-5"],
    type="FIND",
    operator="conforming-full-bucket",
    cls="overlay",
    fresh=True,
)
def _contacts_only(judge: Judge) -> None:
    """Who has a session but no place in its bucket is not named, however close it is."""
    stage = Overlay(judge)
    stage.crowd(BUCKET_SIZE, bits=0)
    late = stage.crowd(2, bits=0)
    asker = late[0].puppet
    near = late[1].puppet
    rows = _answer(stage, asker, near.node).frame.body["neighbours"]
    judge.check("not-named", row(near) not in rows, field="body.neighbours", observed="a row of a session")
    judge.equal("eight", len(rows), BUCKET_SIZE, field="body.neighbour_count")
    stage.ask(stage.others[2], "DEPART")
    rows = _answer(stage, asker, near.node).frame.body["neighbours"]
    judge.equal("after-a-place-is-free", rows, _nearest(stage, near.node, asker))


@case(
    "overlay.find.long-address",
    reqs=["REQ-OVL-12"],
    type="NODES",
    operator="conforming-other-address",
    cls="overlay",
    fresh=True,
)
def _address_of_the_session(judge: Judge) -> None:
    """A contact is named where its session is, not where its last frame came from."""
    stage = Overlay(judge, count=2)
    one, asker = stage.others
    moved = one.ping(judge.octets(8), stage.subject.node)
    accepts(judge, stage.deliver(moved, "203.0.113.55:5555"), "ping-from-elsewhere")
    rows = _answer(stage, asker, judge.octets(32)).frame.body["neighbours"]
    judge.equal("address", rows, [row(one)], field="body.neighbours")


# ---------------------------------------------------------------- rows that are taken, or not


def _ordered(people: list[Puppet], target: bytes) -> list[Puppet]:
    return sorted(people, key=lambda one: distance(one.node, target))


def _waiting(judge: Judge) -> tuple[Overlay, Puppet, int, list[Puppet]]:
    """A peer that waits for one NODES: who shall answer which request, and five others, the closest first."""
    stage, target = finding(judge)
    who = stage.others[0]
    five = [one.puppet for one in stage.strangers(5, target=target)]
    for one in five:
        stage.actor(one).mute |= {"HELLO1", "FIND"}
    return stage, who, stage.sent("FIND")[0].frame.prefix["sequence"], five


@case(
    "overlay.nodes.out-of-order",
    reqs=["REQ-OVL-13", "REQ-OVL-23"],
    type="NODES",
    operator="out-of-order",
    cls="overlay",
    fresh=True,
)
def _out_of_order(judge: Judge) -> None:
    stage, who, request, five = _waiting(judge)
    wrong = {
        "descending": five[::-1],
        "one-swapped": [five[0], five[2], five[1]],
        "twice": [five[0], five[0]],
        "twice-later": [*five, five[4]],
        "by-node-id": sorted(five, key=lambda one: one.node),
    }
    for name, people in wrong.items():
        if people == five:
            continue
        octets = stage.of(who, "NODES", request=request, neighbours=[row(one) for one in people])
        judge.refuses(stage.peer, octets, "bad-nodes", source=who.address, name=name)
    good = stage.ask(who, "NODES", request=request, neighbours=[row(one) for one in five])
    accepts(judge, good, "twin")
    asked = {said.to for said in stage.sent("HELLO1")}
    nearest = {one.address for one in five[:4]}
    judge.equal("the-closest-are-next", asked, nearest, reqs=["REQ-OVL-23"])


CONTACTS = {
    "none": (bytes(16), 0),
    "port-0": (bytes(10) + b"\xff\xff\xc0\x00\x02\x07", 0),
    "unspecified": (bytes(16), 9),
    "unspecified-4": (bytes(10) + b"\xff\xff" + bytes(4), 9),
    "multicast": (b"\xff\x02" + bytes(13) + b"\x01", 9),
    "multicast-4": (bytes(10) + b"\xff\xff\xe0\x00\x00\x01", 9),
    "broadcast": (bytes(10) + b"\xff\xff\xff\xff\xff\xff", 9),
}


@case(
    "overlay.nodes.bad-contact",
    reqs=["REQ-OVL-13"],
    type="NODES",
    operator="bad-contact",
    cls="overlay",
    fresh=True,
)
def _bad_contact(judge: Judge) -> None:
    """Wherever the row stands; and row by row: what is wrong first is the reason."""
    stage, who, request, five = _waiting(judge)
    rows = [row(one) for one in five]
    for number, (name, place) in enumerate(CONTACTS.items()):
        bad = [each | {"contact": place} if at == number % 5 else each for at, each in enumerate(rows)]
        octets = stage.of(who, "NODES", request=request, neighbours=bad)
        judge.refuses(stage.peer, octets, "bad-contact", source=who.address, name=name)
    spoiled = rows[0] | {"contact": CONTACTS["none"]}
    both = {"bad-contact": [spoiled, rows[2], rows[1]], "bad-nodes": [rows[2], rows[1], spoiled]}
    for reason, mixed in both.items():
        octets = stage.of(who, "NODES", request=request, neighbours=mixed)
        judge.refuses(stage.peer, octets, reason, source=who.address, name=f"row-by-row-{reason}")
    accepts(judge, stage.ask(who, "NODES", request=request, neighbours=rows), "twin")


@case(
    "overlay.nodes.one-address-twice",
    reqs=["REQ-OVL-13"],
    type="NODES",
    operator="conforming-one-address-twice",
    cls="overlay",
    fresh=True,
)
def _one_address(judge: Judge) -> None:
    """Many names at one address are greeted once; only the first of these rows counts."""
    stage, who, request, five = _waiting(judge)
    stage.actor(five[0]).mute.clear()
    stage.actor(five[4]).mute.clear()
    rows = [row(each) | {"contact": contact(five[0].address)} for each in five[:4]]
    reply = stage.ask(who, "NODES", request=request, neighbours=[*rows, row(five[4])])
    accepts(judge, reply, "taken")
    stage.advance(registry.timer("lookup-give-up"))
    greeted = sorted(said.to for said in stage.sent("HELLO1"))
    judge.equal("each-once", greeted, sorted([five[0].address, five[4].address]))
    found = {node for each in stage.events("found") for node in each["nodes"]}
    judge.equal("found", found, {who.node.hex(), five[0].node.hex(), five[4].node.hex()})


@case(
    "overlay.nodes.the-asker-itself",
    reqs=["REQ-OVL-13"],
    type="NODES",
    operator="conforming-own-rows",
    cls="overlay",
    fresh=True,
)
def _own_rows(judge: Judge) -> None:
    """Rows with its own Node-ID, or with its own address, are passed over; the others count."""
    stage, who, request, five = _waiting(judge)
    target = stage.sent("FIND")[0].frame.body["target"]
    own = stage.subject
    elsewhere = {"node_id": own.node, "contact": contact("203.0.113.200:4999")}
    at_home = row(five[1]) | {"contact": contact(own.address)}
    rows = [elsewhere, at_home, row(five[0]), row(five[2])]
    rows.sort(key=lambda each: distance(each["node_id"], target))
    for one in (five[0], five[2]):
        stage.actor(one).mute.clear()
    accepts(judge, stage.ask(who, "NODES", request=request, neighbours=rows), "taken")
    stage.settle()
    greeted = {said.to for said in stage.sent("HELLO1")}
    judge.equal("only-the-others", greeted, {five[0].address, five[2].address})
    stage.advance(registry.timer("lookup-give-up"))
    found = {node for each in stage.events("found") for node in each["nodes"]}
    judge.check("it-finds-not-itself", own.node.hex() not in found, observed="itself among those found")
    judge.check("the-others", {five[0].node.hex(), five[2].node.hex()} <= found, observed=sorted(found))
