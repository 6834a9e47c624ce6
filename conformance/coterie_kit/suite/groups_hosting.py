"""Creating a group for another: what is refused, what is answered, and what is created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._land import INFO, LIST, MEMBERS, Land, contacts_in, info_of
from coterie_kit.suite._overlay_scenes import draft_of, wanted
from coterie_kit.suite._scenes import at_most_one, refuse_reply
from coterie_kit.suite._stage import accepts
from coterie_kit.suite._village import Village
from coterie_kit.suite.groups_aliases import bind
from coterie_kit.suite.groups_creating import AGAIN, entered
from coterie_kit.values import documents

MOST = registry.limit("hosted-groups")
STRANGER = ["203.0.113.9:5000"]


def asks(land: Land, group: bytes | None = None, who: Puppet | None = None, **values: Any) -> Reply:
    """A storer, or another puppet, asks the peer to create a group."""
    given = {"group": group or land.name, "info": info_of(STRANGER, land.text)} | values
    reply = land.ask(who or land.storer(), "HOST", **given)
    land.settle()
    return reply


def hosted(land: Land, group: bytes | None = None) -> Village:
    """A group that the peer creates because a storer has asked it to."""
    here = land.village(group)
    land.need(asks(land, here.group).ok, "it does not host")
    here.found_by_create()
    return here


def refuses(judge: Judge, land: Land, reason: str, name: str, **values: Any) -> None:
    """The peer refuses such a HOST by a REFUSE, and changes nothing."""
    good = {"group": land.name, "info": info_of(STRANGER, land.text)} | values
    draft = draft_of(land, land.storer(), "HOST", **good)
    # what exactly the REFUSE says is judged where the rule about it is cited
    wire = refuse_reply(land, draft, reason) if "REQ-OVL-10" in judge.case.reqs else at_most_one
    judge.refuses(land.peer, draft.octets(), reason, source=draft.source, wire=wire, name=name)


@case(
    "groups.hosting.accepted",
    reqs=["REQ-GRP-22", "REQ-OVL-9"],
    type="HOST",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _accepted(judge: Judge) -> None:
    """HOSTED at once, with the number of the HOST and the Overlay-ID; then it creates the group, as asked."""
    land = Land(judge, "peer", hosts=1)
    here = land.village()
    who = land.storer()
    sequence = who.sequence + 1
    reply = asks(land, who=who, info=info_of(STRANGER, land.text, suites=[1], max_datagram=4000))
    accepts(judge, reply)
    answers = [said for said in land.said(reply) if said.type == "HOSTED"]
    said = [(each.to, each.frame.body["request"], each.frame.body["group_overlay"]) for each in answers]
    judge.equal("hosted", said, [(who.address, sequence, here.overlay)])
    judge.check("signed", all(land.signed_well(each) for each in answers))
    row = {"group": land.name.hex(), "group_overlay": here.overlay.hex(), "node": who.node.hex()}
    judge.equal("told-hosting", land.events("hosting"), [row])
    judge.equal("looks-first", len(land.fetches()), 1)
    judge.equal("entered", entered(land), [(land.name.hex(), here.overlay.hex(), 1)])
    alone = [each["members"] for each in here.told("view-installed")]
    judge.equal("a-view-of-one", alone, [[here.subject.node.hex()]])


@case(
    "groups.hosting.advertised",
    reqs=["REQ-GRP-22", "REQ-GRP-2", "REQ-GRP-3", "REQ-GRP-5"],
    type="STORE",
    operator="conforming-options",
    cls="groups",
    fresh=True,
)
def _advertised(judge: Judge) -> None:
    """The description and the options are those of the HOST, the contact is its own; it is no member."""
    land = Land(judge, "peer", hosts=1)
    land.village()
    asks(land, info=info_of(STRANGER, land.text, suites=[1], max_datagram=4000))
    told = [each.document for each in land.shown(INFO)]
    judge.check("once", len(told) == 1, expected=1, observed=len(told))
    for each in told:
        judge.equal("contacts", contacts_in(each), [land.subject.address], reqs=["REQ-GRP-22", "REQ-GRP-2"])
        stated = (each["description"], each["suites"], each["max_datagram"])
        judge.equal("options", stated, (land.text, [1], 4000))
    judge.equal("listed", [each.document["description"] for each in land.shown(LIST)], [land.text])
    judge.equal("no-member", land.shown(MEMBERS), [], reqs=["REQ-GRP-22", "REQ-GRP-5"])


@case(
    "groups.hosting.not-allowed",
    reqs=["REQ-GRP-20", "REQ-OVL-10"],
    type="HOST",
    operator="not-hosting",
    cls="groups",
    fresh=True,
)
def _not_allowed(judge: Judge) -> None:
    """Without a word of its user a peer hosts nothing, and does not look at what is asked."""
    land = Land(judge, "peer")
    refuses(judge, land, "not-hosting", "good")
    refuses(judge, land, "not-hosting", "bad-name", group="e\u0301".encode())
    refuses(judge, land, "not-hosting", "no-document", info=b"x")
    judge.equal("nothing-begun", (land.events("hosting"), land.fetches()), ([], []))


@case(
    "groups.hosting.client",
    reqs=["REQ-OVL-4", "REQ-OVL-10"],
    type="HOST",
    operator="not-a-peer",
    cls="groups",
    fresh=True,
)
def _client(judge: Judge) -> None:
    """A client is not asked to host, and can be allowed nothing of the kind."""
    land = Land(judge, "client")
    refuses(judge, land, "not-a-peer", "good")
    refuses(judge, land, "not-a-peer", "before-its-content", info=b"x")


@case(
    "groups.hosting.content",
    reqs=["REQ-GRP-20", "REQ-GRP-21", "REQ-NAM-3", "REQ-DOC-3"],
    type="HOST",
    operator="bad-content",
    cls="groups",
    fresh=True,
)
def _content(judge: Judge) -> None:
    """The Group-ID, then the document, then its type, and then whether it is of a closed group."""
    land = Land(judge, "peer", hosts=1)
    bad, other = "e\u0301".encode(), documents.redirect(b"anderswo")
    refuses(judge, land, "bad-group-id", "name", group=bad)
    refuses(judge, land, "bad-group-id", "name-first", group=bad, info=b"x")
    refuses(judge, land, "not-a-group-document", "no-document", info=b"x")
    refuses(judge, land, "wrong-document", "another-type", info=other)
    refuses(judge, land, "not-hosting", "closed", info=closed_info(land))
    accepts(judge, asks(land), "twin")
    judge.equal("entered", len(entered(land)), 1)


def closed_info(land: Land) -> bytes:
    """A group-info document of a closed group."""
    certificate = land.certificate(land.new_authority())
    return info_of(STRANGER, land.text, certificate=certificate)


@case(
    "groups.hosting.content-first",
    reqs=["REQ-GRP-20", "REQ-GRP-21", "REQ-NAM-3"],
    type="HOST",
    operator="bad-content-and-no-room",
    cls="groups",
    fresh=True,
)
def _content_first(judge: Judge) -> None:
    """Where there is no room for one more, it still says what is wrong with what is asked."""
    land = Land(judge, "peer", hosts=1)
    hosted(land, b"die erste")
    refuses(judge, land, "bad-group-id", "name", group="e\u0301".encode())
    refuses(judge, land, "wrong-document", "another-type", info=documents.redirect(b"anderswo"))
    refuses(judge, land, "not-hosting", "no-room")


@case(
    "groups.hosting.as-many-as-allowed",
    reqs=["REQ-GRP-21"],
    type="HOST",
    operator="too-many",
    cls="groups",
    fresh=True,
)
def _as_many(judge: Judge) -> None:
    """As many as its user allows, and one more when it has left one; its own groups are not counted."""
    for most in (1, 3):
        land = Land(judge, "peer", hosts=most)
        land.founded(b"die eigene")
        here = [hosted(land, b"Gruppe %d" % at) for at in range(most)]
        refuses(judge, land, "not-hosting", f"{most}.one-more", group=b"zu viel")
        land.act("group.leave", group_overlay=here[0].overlay)
        accepts(judge, asks(land, b"zu viel"), f"{most}.again")


@case(
    "groups.hosting.the-same-again",
    reqs=["REQ-GRP-22", "REQ-GRP-21", "REQ-OVL-6"],
    type="HOST",
    operator="conforming-repeated",
    cls="groups",
    fresh=True,
)
def _same_again(judge: Judge) -> None:
    """For a group that it creates, hosts or has made public itself it says HOSTED, and does no more."""
    land = Land(judge, "peer", hosts=1)
    for actor in land.cast.values():
        actor.mute.add("FETCH")
    first, second, *_ = (actor.puppet for actor in land.cast.values())
    accepts(judge, asks(land, who=first), "first")
    accepts(judge, asks(land, who=second), "while-it-looks")
    for actor in land.cast.values():
        actor.mute.discard("FETCH")
    land.endure(3 * AGAIN)
    judge.equal("entered", len(entered(land)), 1)
    reply = asks(land, who=second)
    accepts(judge, reply, "while-it-hosts")
    judge.equal("answers", [said.type for said in land.said(reply)], ["HOSTED"])
    judge.equal("told-once", len(land.events("hosting")), 1)
    land.founded(b"die eigene")
    accepts(judge, asks(land, b"die eigene"), "its-own")


@case(
    "groups.hosting.not-free",
    reqs=["REQ-GRP-21"],
    type="HOST",
    operator="not-free",
    cls="groups",
    fresh=True,
)
def _not_free(judge: Judge) -> None:
    """Not a group that it is in privately, of which nobody is told, and not where its own alias stands."""
    land = Land(judge, "peer", hosts=2)
    land.founded(b"die private", public=False)
    refuses(judge, land, "not-hosting", "private", group=b"die private")
    bind(land, b"ein Alias")
    refuses(judge, land, "not-hosting", "alias", group=b"ein Alias")
    accepts(judge, asks(land), "another")


@case(
    "groups.hosting.name-taken",
    reqs=["REQ-GRP-22", "REQ-GRP-1", "REQ-GRP-21"],
    type="HOST",
    operator="name-taken",
    cls="groups",
    fresh=True,
)
def _name_taken(judge: Judge) -> None:
    """HOSTED says that it has begun; where the name is taken it creates nothing, and is free for others."""
    land = Land(judge, "peer", hosts=1)
    land.put_info(["203.0.113.5:5000"])
    accepts(judge, asks(land))
    judge.equal("told", land.failures(), [("group-exists", [])], reqs=["REQ-GRP-1", "REQ-GRP-22"])
    judge.equal("nothing-published", land.shown(), [], reqs=["REQ-GRP-1", "REQ-GRP-22"])
    accepts(judge, asks(land, b"eine andere"), "free-again")
    judge.equal("entered", [each["group"] for each in land.events("group-entered")], [b"eine andere".hex()])


@case(
    "groups.hosting.a-second",
    reqs=["REQ-OVL-11"],
    type="HOST",
    operator="too-many-requests",
    cls="groups",
    fresh=True,
)
def _a_second(judge: Judge) -> None:
    """HOSTs and other requests of one peer are counted together; one too many gets no REFUSE."""
    land = Land(judge, "peer")
    who = land.storer()
    land.pass_time(1000 - land.mono % 1000)
    for at in range(registry.limit("requests-a-second")):
        if at % 2:
            land.deliver(land.of(who, "HOST", **wanted(judge)), who)
        else:
            land.deliver(land.of(who, "FIND", target=judge.octets(32)), who)
    octets = land.of(who, "HOST", **wanted(judge))
    judge.refuses(land.peer, octets, "too-many-requests", source=who.address, wire=None, name="one-more")


@case(
    "groups.hosting.of-whom",
    reqs=["REQ-GRP-20"],
    type="none",
    operator="hosts-of-a-client",
    cls="groups",
    fresh=True,
)
def _of_whom(judge: Judge) -> None:
    """Only a peer of an overlay without views can be allowed to host, and no more than eight groups."""
    land = Land(judge, "peer")
    of_a_group = {"membership": "group", "hosts": 1}
    rows: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "client": lambda row: row | {"role": "client", "hosts": 1},
        "group": lambda row: {name: row[name] for name in ("overlay", "policy")} | of_a_group,
    }
    for name, changed in rows.items():
        command: dict[str, Any] = {
            "seed": land.seed, "mono_ms": land.mono, "wall_ms": land.wall, "key": land.subject.key.pkcs8,
            "leaf": land.subject.leaf, "address": land.subject.address, "trust": [changed(land.trust())],
        }  # fmt: skip
        judge.refused(land.peer.reset(**command), "usage", name=name)
    for most in (0, MOST):
        land.settings.trust["hosts"] = most
        judge.check(f"{most}-groups", land.reset().ok)
