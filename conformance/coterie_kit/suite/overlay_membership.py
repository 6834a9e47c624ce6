"""An overlay without views: what is refused there, what is refused elsewhere, and who only uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.suite import _envelopes
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._overlay import CLIENT, PEER, ROLES, Overlay, row
from coterie_kit.suite._overlay_scenes import draft_of
from coterie_kit.suite._scenes import OF_OVERLAYS, Scene, class_of, scene
from coterie_kit.suite._stage import Stage, accepts

FOR_ALL = ("INSTALL", "DOWN", "CONFIRM", "PROPOSE", "LEAVE")
OF_VIEWS = (*FOR_ALL, "UP", "FLUSH", "JOIN")
SEALED = ("DATA", "HEARTBEAT", "ALIVE", "NACK", "GAP", "SENDER", "PROXY")


def _view_values(stage: Overlay, kind: str) -> dict[str, Any]:
    """A body of a view that nothing is wrong with."""
    judge, who = stage.judge, stage.others[0]
    one = {"node_id": who.node, "incarnation": who.incarnation, "contact": contact(who.address)}
    flow = {"install_digest": judge.octets(32), "entries": [judge.octets(32)]}
    made: dict[str, dict[str, Any]] = {
        "INSTALL": {"counter": 1, "nonce": judge.octets(32), "members": [one]},
        "UP": flow | {"total": judge.octets(32)},
        "DOWN": flow,
        "CONFIRM": {"install_digest": judge.octets(32)},
        "PROPOSE": {"counter": 1, "candidates": [one]},
        "FLUSH": {"counter": 1},
        "JOIN": {"members": [one]},
        "LEAVE": {"view_id": judge.octets(16)},
    }
    return made[kind]


def _no_views(kind: str) -> Callable[[Judge], None]:
    """Refused after the destination, and before the body is looked at; nobody is told why."""

    def story(judge: Judge) -> None:
        stage = Overlay(judge, count=2)
        who = stage.others[0]
        good = draft_of(stage, who, kind, **_view_values(stage, kind))
        if kind in FOR_ALL:
            good = good.with_prefix(destination=bytes(32))
        here = Scene(stage, good)
        silent: dict[str, Any] = {"wire": None}
        here.refuses(good, "no-views", "whole", **silent)
        here.refuses(good.changed(body=good.body[:3]), "no-views", "body-cut", **silent)
        here.refuses(good.with_prefix(destination=judge.octets(32)), "wrong-destination", "destination-first")
        here.refuses(good.changed(spoil=True), "bad-signature", "signature-first")
        accepts(judge, stage.ask(who, "FIND", target=judge.octets(32)), "what-belongs-here")

    return story


for _kind in OF_VIEWS:
    case(
        f"overlay.membership.{_kind.lower()}",
        reqs=["REQ-OVL-1", "REQ-FRM-13", "REQ-FRM-14", "REQ-FRM-15"],
        type=_kind,
        operator="in-an-overlay-without-views",
        cls="overlay",
        fresh=True,
    )(_no_views(_kind))


@case(
    "overlay.membership.sealed",
    reqs=["REQ-OVL-1", "REQ-FRM-9"],
    type="DATA",
    operator="sealed-without-views",
    cls="overlay",
    fresh=True,
)
def _sealed(judge: Judge) -> None:
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    for kind in SEALED:
        prefix = frames.write_prefix("sealed", {"view_id": judge.octets(16), "counter": 1})
        octets = frames.write(kind, stage.overlay, judge.octets(20), prefix, bytes(16))
        judge.refuses(stage.peer, octets, "no-views", source=who.address, name=kind.lower())
    reserved = frames.write_prefix("sealed", {"view_id": judge.octets(16), "reserved": 1})
    octets = frames.write("DATA", stage.overlay, judge.octets(20), reserved, bytes(16))
    judge.refuses(stage.peer, octets, "reserved-nonzero", source=who.address, name="header-first")
    accepts(judge, stage.ask(who, "FIND", target=judge.octets(32)), "what-belongs-here")


def _foreign_values(stage: Stage, kind: str) -> dict[str, Any]:
    judge, who = stage.judge, stage.others[0]
    envelope = _envelopes.make(who, stage.wall)
    made: dict[str, dict[str, Any]] = {
        "FIND": {"target": judge.octets(32)},
        "NODES": {"request": 1, "neighbours": [row(who)]},
        "STORE": {"envelope": envelope},
        "STORED": {"request": 1},
        "FETCH": {"key": judge.octets(32)},
        "VALUES": {"request": 1, "held": [envelope]},
        "DEPART": {},
        "HOST": {"group": b"Lesekreis", "info": judge.octets(40)},
        "HOSTED": {"request": 1, "group_overlay": judge.octets(16)},
    }
    return made[kind]


def _no_values(kind: str, membership: str) -> Callable[[Judge], None]:
    """Refused after the window and the destination, before the body, and without REFUSE."""

    def story(judge: Judge) -> None:
        here = scene(judge, "PING", trust={"membership": membership})
        stage, who = here.stage, here.puppet
        body = frames.write_body(kind, _foreign_values(stage, kind))

        def next_one(octets: bytes = body) -> Draft:
            who.sequence += 1
            return here.draft.changed(type=kind, body=octets).with_prefix(sequence=who.sequence)

        here.refuses(next_one(), "no-values", "whole", wire=None)
        again = here.draft.changed(type=kind, body=body).with_prefix(sequence=who.sequence)
        here.refuses(again, "replayed", "the-window-first", wire=None)
        lost = next_one().with_prefix(destination=judge.octets(32))
        here.refuses(lost, "wrong-destination", "destination-first", wire=None)
        cut = next_one(b"\x01") if kind != "DEPART" else next_one(b"\x80\x99\x00")
        here.refuses(cut, "no-values", "body-cut", wire=None)
        judge.equal("session", len(stage.sessions()), 1)
        who.sequence += 1
        here.twin(here.draft.with_prefix(sequence=who.sequence))

    return story


for _kind in OF_OVERLAYS:
    for _membership in ("stated", "group"):
        case(
            f"overlay.membership.{_kind.lower()}-{_membership}",
            reqs=["REQ-OVL-1", "REQ-SES-5", "REQ-FRM-15"],
            type=_kind,
            operator=f"in-a-{_membership}-overlay",
            cls="groups" if class_of(_kind) == "groups" else "member",
            fresh=True,
        )(_no_values(_kind, _membership))


# ---------------------------------------------------------------- roles


def _roles_of(said: bytes, kind: str) -> Any:
    body = frames.read(said).body
    if kind == "HELLO3":
        return body["roles"]
    return [each["value"] for each in body["extensions"] if each["type"] == ROLES]


@case(
    "overlay.roles.hello3-of-a-client",
    reqs=["REQ-OVL-2"],
    type="HELLO3",
    operator="conforming-client",
    cls="overlay",
    fresh=True,
)
def _hello3(judge: Judge) -> None:
    for role, bits in (("client", CLIENT), ("peer", PEER)):
        stage = Overlay(judge, role)
        said = stage.meet(stage.add().puppet).hello3
        judge.equal(role, _roles_of(said, "HELLO3"), bits, field="body.roles")


@case(
    "overlay.roles.hello2-of-a-client",
    reqs=["REQ-OVL-2"],
    type="HELLO2",
    operator="conforming-client",
    cls="overlay",
    fresh=True,
)
def _hello2(judge: Judge) -> None:
    stage = Overlay(judge, "client")
    stage.act("greet", to=stage.add().puppet.address)
    for said in stage.sent("HELLO2"):
        judge.equal("client", _roles_of(said.octets, "HELLO2"), [bytes([CLIENT])], field="body.extensions")
    stage.need(stage.sent("HELLO2"), "it greets nobody")
    other = Overlay(judge, "peer")
    other.act("greet", to=other.add().puppet.address)
    for said in other.sent("HELLO2"):
        found = _roles_of(said.octets, "HELLO2")
        judge.check("peer", found in ([], [bytes([PEER])]), field="body.extensions", observed=found)


BAD_ROLES = {
    "empty": b"",
    "two-octets": b"\x01\x00",
    "none": b"\x00",
    "peer-and-client": b"\x03",
    "bit-4": b"\x11",
    "bit-7": b"\x82",
    "coordinator-alone": b"\x04",
}


@case(
    "overlay.roles.hello2-bad",
    reqs=["REQ-OVL-3", "REQ-SES-19"],
    type="HELLO2",
    operator="bad-roles",
    cls="overlay",
    fresh=True,
)
def _bad_roles(judge: Judge) -> None:
    stage = Overlay(judge)
    who = stage.add().puppet
    hello1, retry = stage.knock(who)
    good = draft_of(stage, who, "HELLO2", **who.hello2_values(hello1, retry))
    here = Scene(stage, good)
    for name, value in BAD_ROLES.items():
        here.refuses(good.with_body(extensions=[{"type": ROLES, "value": value}]), "bad-roles", name)
    here.twin(good.with_body(extensions=[{"type": ROLES, "value": bytes([CLIENT | 8])}]), "allowed")


@case(
    "overlay.roles.hello2-order",
    reqs=["REQ-OVL-3", "REQ-FRM-13", "REQ-SES-11"],
    type="HELLO2",
    operator="bad-roles-and-more",
    cls="overlay",
    fresh=True,
)
def _roles_in_order(judge: Judge) -> None:
    """Suites, then roles, then the leaf."""
    stage = Overlay(judge)
    who = stage.add().puppet
    hello1, retry = stage.knock(who)
    good = draft_of(stage, who, "HELLO2", **who.hello2_values(hello1, retry))
    bad = good.with_body(extensions=[{"type": ROLES, "value": b"\x03"}])
    here = Scene(stage, good)
    here.refuses(bad.with_body(suites=[2]), "bad-suites", "suites-first", reqs=["REQ-SES-11", "REQ-FRM-13"])
    here.refuses(bad.with_body(leaf=judge.octets(40)), "bad-roles", "leaf-later")
    here.refuses(bad.with_prefix(signer=judge.octets(32)), "bad-roles", "signer-later")
    here.twin()


@case(
    "overlay.roles.elsewhere",
    reqs=["REQ-OVL-3"],
    type="HELLO2",
    operator="conforming-ignored-elsewhere",
    fresh=True,
)
def _ignored(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    for name, value in (("both", b"\x03"), ("long", judge.octets(9))):
        here.twin(here.draft.with_body(extensions=[{"type": ROLES, "value": value}]), name)
        hello1, retry = here.stage.knock(here.puppet)
        again = here.puppet.hello2_values(hello1, retry)
        here.puppet.sequence += 1
        fresh = here.draft.changed(body=frames.write_body("HELLO2", again))
        here.draft = fresh.with_prefix(sequence=here.puppet.sequence)


def _not_a_peer(kind: str) -> Callable[[Judge], None]:
    """A client answers no request, whatever it asks itself; structure is looked at first."""

    def story(judge: Judge) -> None:
        stage = Overlay(judge, "client", count=2)
        who = stage.others[0]
        good = draft_of(stage, who, kind, **_foreign_values(stage, kind))
        here = Scene(stage, good)
        here.refuses(good, "not-a-peer", "client")
        who.sequence += 1
        cut = good.changed(body=good.body[:1]).with_prefix(sequence=who.sequence)
        here.refuses(cut, "truncated-body", "structure-first")
        if kind == "STORE":
            envelope = _envelopes.make(who, stage.wall, overlay=judge.octets(16))
            bad = draft_of(stage, who, kind, envelope=envelope)
            here.refuses(bad, "not-a-peer", "envelope-later")
        accepts(judge, stage.deliver(who.ping(judge.octets(8), stage.subject.node), who), "ping")
        other = Overlay(judge, "peer", count=1)
        asked = _foreign_values(other, kind)
        accepts(judge, other.ask(other.others[0], kind, **asked), "twin")

    return story


for _kind in ("FIND", "STORE", "FETCH"):
    case(
        f"overlay.roles.{_kind.lower()}-to-a-client",
        reqs=["REQ-OVL-4", "REQ-OVL-10", "REQ-FRM-16"],
        type=_kind,
        operator="to-a-client",
        cls="overlay",
        fresh=True,
    )(_not_a_peer(_kind))
