"""Signatures and destinations of signed frames, made by the peer and given to it."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys import p256
from coterie_kit.keys.names import label
from coterie_kit.keys.signatures import verify
from coterie_kit.puppets import Puppet
from coterie_kit.suite._group_scenes import made_by_peer
from coterie_kit.suite._overlay_scenes import made_in_an_overlay
from coterie_kit.suite._run import setup
from coterie_kit.suite._scenes import OF_OVERLAYS, SCENES, class_of, scene
from coterie_kit.suite._stage import Said, Stage, accepts
from coterie_kit.suite.frames_body import prepared

ADDRESSED = ("HELLO2", "HELLO3", "REFUSE", "PING", "PONG", "UP", "FLUSH", "JOIN", *OF_OVERLAYS)
FOR_ALL = ("INSTALL", "DOWN", "PROPOSE", "LEAVE")
OF_GROUPS = ("PROPOSE", "FLUSH", "JOIN", "LEAVE")
SIGNED = [kind for kind in SCENES if registry.frame(kind).protection == "signed"]


def _signature(kind: str) -> Callable[[Judge], None]:
    """Signatures that are of this key, but not over this frame in this protocol."""

    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        whole = here.draft.octets()
        key, unsigned = here.puppet.key, whole[:-64]
        stranger = here.stage.newcomer()
        wrong = {
            "no-label": key.sign(unsigned),
            "label-without-zero": key.sign(label("frame-signature")[:-1] + unsigned),
            "another-label": key.sign(label("origin-signature") + unsigned),
            "without-header": key.sign(label("frame-signature") + unsigned[24:]),
            "without-prefix": key.sign(label("frame-signature") + unsigned[:24] + unsigned[104:]),
            "another-key": stranger.signature(unsigned),
            "zeros": bytes(64),
            "order-added": unsigned and _malleable(whole[-64:]),
        }
        for name, signature in wrong.items():
            here.refuses(unsigned + signature, "bad-signature", name)
        here.twin()

    return story


def _malleable(signature: bytes) -> bytes:
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    return signature[:32] + s.to_bytes(32, "little")


for _kind in SIGNED:
    case(
        f"frames.{_kind.lower()}.signature",
        reqs=["REQ-FRM-14"],
        type=_kind,
        operator="other-signature",
        cls=class_of(_kind),
        fresh=True,
    )(_signature(_kind))


def _by_p256(kind: str) -> Callable[[Judge], None]:
    """A P-256 signer: both of the two values of s are taken, values outside 1 to n-1 are not."""

    def story(judge: Judge) -> None:
        stage = Stage(judge)
        who = stage.newcomer("p256", stage.others[0].address)
        stage.meet(who)
        ping = who.ping(judge.octets(8), stage.subject.node)
        r, s = int.from_bytes(ping[-64:-32], "big"), int.from_bytes(ping[-32:], "big")
        bad = {"r-zero": (0, s), "s-zero": (r, 0), "r-is-n": (p256.ORDER, s), "s-is-n": (r, p256.ORDER)}
        for name, values in bad.items():
            judge.refuses(
                stage.peer, ping[:-64] + _pair(*values), "bad-signature", name=name, source=who.address
            )
        taken = (r, p256.ORDER - s if kind == "high-s" else min(s, p256.ORDER - s))
        accepts(judge, stage.deliver(ping[:-64] + _pair(*taken), who), kind)

    return story


def _pair(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


for _half in ("high-s", "low-s"):
    case(
        f"frames.ping.ecdsa-{_half}",
        reqs=["REQ-FRM-14"],
        type="PING",
        operator=f"conforming-{_half}",
        fresh=True,
    )(_by_p256(_half))


# ---------------------------------------------------------------- destination


def _destination(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = (
            scene(judge, kind, n=3)
            if kind not in {"HELLO2", "HELLO3", "PING", "PONG", "REFUSE"}
            else scene(judge, kind)
        )
        own = here.stage.subject.node
        wrong = {"another-node": judge.octets(32), "the-sender": here.puppet.node, "one-bit": _flip(own)}
        wrong["all" if kind in ADDRESSED else "one"] = bytes(32) if kind in ADDRESSED else own
        if kind == "CONFIRM":
            wrong.pop("one")
        for name, node in wrong.items():
            draft = here.draft.with_prefix(destination=node)
            here.refuses(prepared(here, draft), "wrong-destination", name)
        here.twin(prepared(here, here.draft))

    return story


def _flip(node: bytes) -> bytes:
    return bytes([node[0] ^ 0x80]) + node[1:]


for _kind in SIGNED:
    case(
        f"frames.{_kind.lower()}.destination",
        reqs=["REQ-FRM-15"],
        type=_kind,
        operator="other-destination",
        cls=class_of(_kind),
        fresh=True,
    )(_destination(_kind))


@case(
    "frames.confirm.destination-own",
    reqs=["REQ-FRM-15"],
    type="CONFIRM",
    operator="conforming-addressed",
    fresh=True,
)
def _addressed_confirm(judge: Judge) -> None:
    here = scene(judge, "CONFIRM")
    here.twin(here.draft.with_prefix(destination=here.stage.subject.node), "addressed")


# ---------------------------------------------------------------- frames that the peer makes


def _from_peer(judge: Judge, kind: str, peer_kind: str) -> tuple[Stage, Puppet, Said]:
    """One frame of type ``kind`` that the peer sent, and to which puppet."""
    if kind in {"UP", "DOWN", "CONFIRM", "INSTALL"}:
        return _flow_from_peer(judge, kind, peer_kind)
    if kind in OF_GROUPS:
        return made_by_peer(judge, kind, peer_kind)
    if kind in OF_OVERLAYS:
        return made_in_an_overlay(judge, kind, peer_kind)
    stage = Stage(judge, kind=peer_kind)
    who = stage.others[0]
    if kind == "HELLO2":
        hello1 = stage.greet(who)
        retry = who.retry(frames.read(hello1).body["nonce"], judge.octets(32))
        return stage, who, stage.one(stage.deliver(retry, who), "HELLO2")
    hello1, retry = stage.knock(who)
    reply = stage.deliver(stage.hello2(who, hello1, retry), who)
    if kind == "HELLO3":
        return stage, who, stage.one(reply, "HELLO3")
    if kind == "PING":
        return stage, who, stage.one(stage.peer.do("ping", stage.overlay, node=who.node), "PING")
    values = {
        "nonce": judge.octets(8),
        "extensions": [] if kind == "PONG" else [{"type": 0x9999, "value": b""}],
    }
    return stage, who, stage.one(stage.deliver(who.make("PING", values, stage.subject.node), who), kind)


def _flow_from_peer(judge: Judge, kind: str, peer_kind: str) -> tuple[Stage, Puppet, Said]:
    rank = {"UP": 0, "DOWN": 1, "CONFIRM": 1, "INSTALL": 0}[kind]
    stage = Stage(judge, n=2, rank=0, kind=peer_kind)
    stage.meet_all()
    if (stage.everyone.index(stage.subject)) != rank:
        stage = Stage(judge, n=2, rank=1, kind=peer_kind)
        stage.meet_all()
    who = stage.others[0]
    if kind == "INSTALL":
        nodes = [one.node for one in stage.everyone]
        return (
            stage,
            who,
            stage.one(stage.peer.do("install", stage.overlay, members=nodes, suite=1), "INSTALL"),
        )
    run = setup(stage).to_down()
    return stage, who, run.first_sent(kind)


def _made(kind: str, peer_kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage, who, said = _from_peer(judge, kind, peer_kind)
        frame = said.frame
        own = stage.subject
        ok = verify(own.key.spki, label("frame-signature") + said.octets[:-64], frame.trailer)
        judge.check("signature", ok, reqs=["REQ-FRM-14"], field="signature", expected="one that verifies")
        if peer_kind == "ed25519":
            remade = own.sign_parts(kind, frame.prefix_octets, frame.body_octets)
            judge.equal("octets", said.octets, remade, reqs=["REQ-FRM-14"])
        to = who.node if kind in ADDRESSED else bytes(32)
        judge.equal(
            "destination", frame.prefix["destination"], to, reqs=["REQ-FRM-15"], field="prefix.destination"
        )
        judge.equal("signer", frame.prefix["signer"], own.node, reqs=["REQ-NAM-2"], field="prefix.signer")
        judge.equal(
            "incarnation", frame.prefix["incarnation"], own.incarnation, reqs=["REQ-SES-7"], field="prefix"
        )
        judge.equal("to", said.to, who.address)

    return story


for _kind in SIGNED:
    for _peer_kind in ("ed25519", "p256"):
        case(
            f"frames.{_kind.lower()}.made-with-{_peer_kind}",
            reqs=["REQ-FRM-14", "REQ-FRM-15", "REQ-NAM-2", "REQ-SES-7"],
            type=_kind,
            operator=f"conforming-made-{_peer_kind}",
            cls=class_of(_kind),
            fresh=True,
        )(_made(_kind, _peer_kind))
