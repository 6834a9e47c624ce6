"""Stored values that nobody has seen before: their keys, octets and fields, computed by the kit."""

from __future__ import annotations

from dataclasses import fields

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.keys.signatures import SigningKey, verify
from coterie_kit.suite._values import DAY, NOWHERE, Publisher, Scene, info_json, redirect_json
from coterie_kit.suite.computed_names import KINDS as KEYS
from coterie_kit.suite.computed_names import same_octets
from coterie_kit.values import KINDS, Envelope, parse, resource_key, signed_octets


@case(
    "computed.values.keys", reqs=["REQ-VAL-1"], type="none", operator="conforming-fresh", cls="overlay",
    tier=0, fresh=True,
)  # fmt: skip
def _keys(judge: Judge) -> None:
    peer = judge.peer()
    names = {
        "text": b"Lesekreis" + judge.octets(3).hex().encode(),
        "one": b"\xff",
        "binary": b"\xfe" + judge.octets(31),
        "longest": b"\xfd" + judge.octets(254),
    }
    for kind in ("group-info", "group-members"):
        for name, octets in names.items():
            reply = peer.do("resource.key", kind=kind, name=octets)
            same_octets(judge, f"{kind}-{name}", reply, "key", resource_key(KINDS[kind], octets))
    reply = peer.do("resource.key", kind="group-list", name=b"")
    same_octets(judge, "group-list", reply, "key", resource_key(KINDS["group-list"], b""))
    judge.check("fresh", len(judge.octets(1)) == 1)


def _strange_envelopes(judge: Judge) -> dict[str, Envelope]:
    """Fields as nobody would take them: a signer does not judge what it signs."""
    good = Envelope(1, b"x", judge.octets(16), judge.random.randrange(2**40), 60, judge.octets(9), b"v")
    return {
        "nothing": Envelope(0, b"", bytes(16), 0, 0, b"", b""),
        "greatest": Envelope(255, bytes(255), b"\xff" * 16, 2**64 - 1, 2**32 - 1, bytes(65535), bytes(65535)),
        "leafless": good.changed(leaf=b""),
        "tombstone": good.changed(value=b""),
        "unknown-kind": good.changed(kind=judge.random.randrange(4, 256)),
    }


def _signed(judge: Judge, name: str, envelope: Envelope, key: SigningKey, overlay: bytes) -> None:
    args = {field.name: getattr(envelope, field.name) for field in fields(envelope)[:-1]}
    reply = judge.peer().do("envelope.sign", overlay, key=key.pkcs8, **args)
    if not judge.accepted(reply, name):
        return
    octets = reply.octets("bytes")
    judge.equal(f"{name}.fields", octets[:-64], envelope.unsigned(), reqs=["REQ-VAL-2"], field="bytes")
    good = verify(key.spki, signed_octets(envelope.unsigned(), overlay), octets[-64:])
    judge.check(
        f"{name}.signature", good, reqs=["REQ-VAL-11"], field="bytes",
        expected=f"a signature by the {key.kind} key", observed=octets[-64:],
    )  # fmt: skip


@case(
    "computed.values.signed", reqs=["REQ-VAL-2", "REQ-VAL-11"], type="ENVELOPE",
    operator="conforming-fresh-signed", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _signs(judge: Judge) -> None:
    scene = Scene(judge)
    for kind in KEYS:
        by = scene.publisher(kind)
        _signed(judge, f"{kind}-info", scene.info(by), by.key, scene.overlay)
        _signed(judge, f"{kind}-entry", scene.entry(by), by.key, judge.octets(16))
    for name, envelope in _strange_envelopes(judge).items():
        _signed(judge, name, envelope, by.key, judge.octets(16))


def _says(scene: Scene, name: str, by: Publisher, envelope: Envelope, kind: str) -> None:
    """What a storer finds in an envelope, field by field."""
    judge, reply = scene.judge, scene.check(scene.stored(by, envelope))
    if not judge.accepted(reply, name):
        return
    wanted = {
        "kind": kind, "name": envelope.name, "slot": envelope.slot, "sequence": envelope.sequence,
        "lifetime": envelope.lifetime, "leaf": envelope.leaf, "value": envelope.value,
    }  # fmt: skip
    for field, value in wanted.items():
        judge.equal(f"{name}.{field}", _told(reply[field]), _told(value), reqs=["REQ-VAL-2"], field=field)
    judge.equal(
        f"{name}.publisher", reply.octets("publisher"), by.peer, reqs=["REQ-NAM-1"], field="publisher"
    )
    expires = min(envelope.sequence, scene.wall) + 1000 * envelope.lifetime
    judge.equal(f"{name}.expires", reply.number("expires"), expires, reqs=["REQ-VAL-9"], field="expires")


def _told(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


@case(
    "computed.values.checked", reqs=["REQ-VAL-2", "REQ-VAL-9", "REQ-VAL-11", "REQ-NAM-1"], type="ENVELOPE",
    operator="conforming-fresh", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _checked(judge: Judge) -> None:
    scene = Scene(judge)
    for key in KEYS:
        by = scene.publisher(key)
        _says(scene, f"{key}-info", by, scene.info(by), "group-info")
        _says(scene, f"{key}-members", by, scene.member(by), "group-members")
        _says(scene, f"{key}-list", by, scene.entry(by), "group-list")
        _says(scene, f"{key}-any-value", by, scene.info(by, value=judge.octets(99)), "group-info")
        _says(scene, f"{key}-tombstone", by, scene.withdrawn(scene.member(by)), "group-members")


@case(
    "computed.values.expiry", reqs=["REQ-VAL-9"], type="ENVELOPE", operator="conforming-expiry",
    cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _expiry(judge: Judge) -> None:
    scene = Scene(judge)
    by = scene.publisher()
    moments = {"now": 0, "a-moment-ago": -1, "a-moment-ahead": 1, "ahead": 200_000, "ago": -500_000}
    for name, moment in moments.items():
        lifetime = judge.random.randrange(600, 3600)
        envelope = scene.info(by, sequence=scene.wall + moment, lifetime=lifetime)
        reply = scene.check(scene.stored(by, envelope))
        if judge.accepted(reply, name):
            wanted = scene.wall + min(moment, 0) + 1000 * lifetime
            judge.equal(f"{name}.expires", reply.number("expires"), wanted, field="expires")


@case(
    "computed.values.read", reqs=["REQ-VAL-12", "REQ-VAL-13"], type="ENVELOPE",
    operator="conforming-fresh-documents", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _read(judge: Judge) -> None:
    scene = Scene(judge)
    for key in KEYS:
        by = scene.publisher(key)
        to = judge.octets(9)
        member = {"type": "group-member", "peer_id": by.peer.hex(), "name": "Ada"}
        entry = {"type": "group-list-entry", "group_id": scene.name.hex(), "description": scene.text}
        said = {
            "info": (scene.info(by), info_json(scene.text)),
            "redirect": (scene.redirect(by, to), redirect_json(to)),
            "member": (scene.member(by), member),
            "entry": (scene.entry(by), entry),
        }
        for name, (envelope, document) in said.items():
            reply = scene.read(scene.stored(by, envelope))
            if judge.accepted(reply, f"{key}-{name}"):
                judge.equal(f"{key}-{name}.document", reply["document"], document, field="document")


@case(
    "computed.values.read-tombstone", reqs=["REQ-VAL-12"], type="ENVELOPE",
    operator="conforming-tombstone", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _read_tombstone(judge: Judge) -> None:
    scene = Scene(judge)
    by = scene.publisher()
    for name, envelope in {
        "info": scene.info(by),
        "member": scene.member(by),
        "entry": scene.entry(by),
    }.items():
        reply = scene.read(scene.stored(by, scene.withdrawn(envelope)))
        if judge.accepted(reply, name):
            judge.equal(f"{name}.document", reply["document"], None, field="document")


@case(
    "computed.values.kept-as-they-came", reqs=["REQ-VAL-2", "REQ-VAL-11"], type="ENVELOPE",
    operator="conforming-both-ways", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _both_ways(judge: Judge) -> None:
    """What the peer signs, it takes; and the kit takes it too."""
    scene = Scene(judge)
    for kind in KEYS:
        by = scene.publisher(kind)
        envelope = scene.envelope(by, "group-members", judge.octets(50), lifetime=DAY - 1)
        args = {field.name: getattr(envelope, field.name) for field in fields(envelope)[:-1]}
        reply = scene.peer.do("envelope.sign", scene.overlay, key=by.key.pkcs8, **args)
        if judge.accepted(reply, f"{kind}-signed"):
            octets = reply.octets("bytes")
            judge.accepted(scene.check(octets), f"{kind}-taken")
            judge.equal(f"{kind}-slot", parse(octets).slot, NOWHERE, reqs=["REQ-VAL-2"])


@case(
    "computed.values.slots", reqs=["REQ-VAL-13", "REQ-NAM-4"], type="ENVELOPE",
    operator="conforming-fresh-slots", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _slots(judge: Judge) -> None:
    """The slot of an open group, for names of any length."""
    scene = Scene(judge)
    by = scene.publisher()
    names = {"one": b"\xf8", "text": "Straße".encode(), "longest": b"\xf9" + judge.octets(254)}
    for name, octets in names.items():
        envelope = scene.info(by, name=octets)
        judge.equal(f"{name}.own", envelope.slot, overlay_id(octets), reqs=["REQ-NAM-4"])
        judge.accepted(scene.read(scene.stored(by, envelope)), name)
