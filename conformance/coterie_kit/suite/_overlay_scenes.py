"""The scenes of the frames of an overlay: a peer that would accept one, and that one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, overlay_id
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._overlay import Overlay, row
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import Said
from coterie_kit.values import documents
from coterie_kit.values.envelope import KINDS, resource_key

__all__ = [
    "OVERLAY_SCENES",
    "asking_to_host",
    "draft_of",
    "fetching",
    "finding",
    "made_in_an_overlay",
    "publishing",
    "signed_scene",
    "wanted",
]

SLOT = b"\x07" * 16


def draft_of(stage: Overlay, who: Puppet, kind: str, **values: Any) -> Draft:
    """A frame of a puppet to the peer, still open for a fault, with the next sequence number."""
    who.sequence += 1
    prefix = {
        "signer": who.node,
        "incarnation": who.incarnation,
        "sequence": who.sequence,
        "destination": stage.subject.node,
    }
    body = frames.write_body(kind, values)
    return Draft(kind, stage.overlay, body, who.address, maker=who, prefix=prefix)


def signed_scene(stage: Overlay, who: Puppet, kind: str, **values: Any) -> Scene:
    """The scene whose good frame this is."""
    return Scene(stage, draft_of(stage, who, kind, **values))


def _asked(judge: Judge) -> tuple[Overlay, Puppet]:
    stage = Overlay(judge, count=1)
    return stage, stage.others[0]


def _find(judge: Judge, **how: Any) -> Scene:
    del how
    stage, who = _asked(judge)
    return signed_scene(stage, who, "FIND", target=judge.octets(32))


def _store(judge: Judge, **how: Any) -> Scene:
    del how
    stage, who = _asked(judge)
    envelope = _envelopes.make(who, stage.wall, slot=judge.octets(16))
    return signed_scene(stage, who, "STORE", envelope=envelope)


def _fetch(judge: Judge, **how: Any) -> Scene:
    del how
    stage, who = _asked(judge)
    return signed_scene(stage, who, "FETCH", key=judge.octets(32))


def _host(judge: Judge, **how: Any) -> Scene:
    del how
    stage = Overlay(judge, count=1, hosts=registry.limit("hosted-groups"))
    return signed_scene(stage, stage.others[0], "HOST", **wanted(judge))


def wanted(judge: Judge) -> dict[str, Any]:
    """What a good HOST asks for: a fresh group."""
    rows = [("bootstrap-address", "203.0.113.9"), ("bootstrap-port", "5000"), ("description", "Lesekreis")]
    group = b"Lesekreis " + judge.octets(6).hex().encode()
    return {"group": group, "info": documents.rendered("group-info", rows)}


def asking_to_host(judge: Judge, count: int = 1) -> tuple[Overlay, bytes]:
    """A client with that many contacts that asks one of them to create a group, and its name; nobody has
    answered."""
    stage = Overlay(judge, "client", count=count)
    group = b"Lesekreis " + judge.octets(6).hex().encode()
    info = {"type": "group-info", "description": "Lesekreis"}
    stage.act("group.host", group=group, info=info, public_members=False)
    stage.need(stage.sent("HOST"), "it asks nobody to create a group")
    return stage, group


def _hosted(judge: Judge, **how: Any) -> Scene:
    del how
    stage, group = asking_to_host(judge)
    request = stage.sent("HOST")[0].frame.prefix["sequence"]
    values = {"request": request, "group_overlay": overlay_id(group)}
    return signed_scene(stage, stage.others[0], "HOSTED", **values)


def _depart(judge: Judge, **how: Any) -> Scene:
    del how
    stage, who = _asked(judge)
    return signed_scene(stage, who, "DEPART")


def finding(judge: Judge, count: int = 1, role: str = "peer") -> tuple[Overlay, bytes]:
    """A peer with that many contacts and a lookup under way; nobody has answered. The target besides."""
    stage = Overlay(judge, role, count=count)
    for actor in stage.cast.values():
        actor.mute.add("FIND")
    target = judge.octets(32)
    stage.act("find", target=target)
    stage.need(stage.sent("FIND"), "it looks nobody up")
    return stage, target


def _nodes(judge: Judge, **how: Any) -> Scene:
    del how
    stage, target = finding(judge)
    who = stage.others[0]
    other = stage.add().puppet
    stage.actor(other).mute |= {"HELLO1", "FIND"}
    request = stage.sent("FIND")[0].frame.prefix["sequence"]
    made = signed_scene(stage, who, "NODES", request=request, neighbours=[row(other)])
    made.notes["target"] = target
    return made


def publishing(judge: Judge, count: int = 1, role: str = "client") -> Overlay:
    """A client with that many contacts that has sent each a STORE; nobody has answered that."""
    stage = Overlay(judge, role, count=count)
    for actor in stage.cast.values():
        actor.mute.add("STORE")
    stage.act("publish", kind="group-list", name=b"", slot=SLOT, lifetime=600, value=judge.octets(12))
    stage.need(stage.sent("STORE"), "it publishes nowhere")
    return stage


def _stored(judge: Judge, **how: Any) -> Scene:
    del how
    stage = publishing(judge)
    request = stage.sent("STORE")[0].frame.prefix["sequence"]
    return signed_scene(stage, stage.others[0], "STORED", request=request)


def fetching(judge: Judge, count: int = 1, role: str = "client") -> Overlay:
    """A client with that many contacts that has sent each a FETCH; nobody has answered that."""
    stage = Overlay(judge, role, count=count)
    for actor in stage.cast.values():
        actor.mute.add("FETCH")
    stage.act("fetch", kind="group-list", name=b"")
    stage.need(stage.sent("FETCH"), "it fetches from nobody")
    return stage


def _values(judge: Judge, **how: Any) -> Scene:
    del how
    stage = fetching(judge)
    who = stage.others[0]
    asked = stage.sent("FETCH")[0].frame
    stage.need(asked.body["key"] == resource_key(KINDS["group-list"], b""), "it fetches another resource")
    held = [_envelopes.make(who, stage.wall, slot=digest(judge.octets(4))[:16])]
    return signed_scene(stage, who, "VALUES", request=asked.prefix["sequence"], held=held)


OVERLAY_SCENES: Mapping[str, Callable[..., Scene]] = {
    "FIND": _find, "NODES": _nodes, "STORE": _store, "STORED": _stored, "FETCH": _fetch, "VALUES": _values,
    "DEPART": _depart, "HOST": _host, "HOSTED": _hosted,
}  # fmt: skip


# ---------------------------------------------------------------- what the peer makes


def made_in_an_overlay(judge: Judge, kind: str, peer_kind: str) -> tuple[Overlay, Puppet, Said]:
    """A frame of that type that the peer sent, and to whom."""
    role = "client" if kind in {"STORE", "FETCH", "HOST"} else "peer"
    stage = Overlay(judge, role, count=1, kind=peer_kind, hosts=int(kind == "HOSTED"))
    who = stage.others[0]
    envelope = _envelopes.make(who, stage.wall)
    answered: dict[str, tuple[str, dict[str, Any]]] = {
        "NODES": ("FIND", {"target": judge.octets(32)}),
        "STORED": ("STORE", {"envelope": envelope}),
        "VALUES": ("FETCH", {"key": _envelopes.key_of(envelope)}),
        "HOSTED": ("HOST", wanted(judge)),
    }
    if kind in answered:
        request, values = answered[kind]
        return stage, who, stage.one(stage.ask(who, request, **values), kind)
    actions: dict[str, tuple[str, dict[str, Any]]] = {
        "FIND": ("find", {"target": judge.octets(32)}),
        "STORE": (
            "publish",
            {"kind": "group-list", "name": b"", "slot": SLOT, "lifetime": 99, "value": b"v"},
        ),
        "FETCH": ("fetch", {"kind": "group-list", "name": b""}),
        "DEPART": ("leave", {}),
        "HOST": (
            "group.host",
            {"group": b"x", "info": {"type": "group-info", "description": ""}, "public_members": False},
        ),
    }
    action, args = actions[kind]
    stage.act(action, **args)
    found = stage.sent(kind)
    stage.need(found, f"no {kind} after {action}")
    return stage, who, found[0]
