"""For each frame type: a peer that would accept one, and that one, still open for a fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.judge import Judge
from coterie_kit.keys.names import label
from coterie_kit.keys.signatures import verify
from coterie_kit.puppets import Puppet, cut
from coterie_kit.reply import Reply, Send
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._proof import prove
from coterie_kit.suite._run import Run, setup
from coterie_kit.suite._stage import Stage, accepts

__all__ = [
    "OF_OVERLAYS",
    "REQUESTS",
    "SCENES",
    "WINDOWED",
    "Scene",
    "asked",
    "at_most_one",
    "class_of",
    "error_reply",
    "message",
    "opening",
    "refuse_reply",
    "scene",
    "segment_of",
]

REQUESTS = ("FIND", "STORE", "FETCH", "HOST")
OF_OVERLAYS = (*REQUESTS, "NODES", "STORED", "VALUES", "DEPART", "HOSTED")
# Where the same octets are read again, a refused body uses its sequence up.
WINDOWED = {"PING", "PONG", "REFUSE", *OF_OVERLAYS}
# What is refused of a sealed body, after the seal is opened.
UNDER_SEAL = {
    "bad-acknowledgement", "bad-operation", "bad-proxied", "bad-range", "bad-timestamp", "broken-promise",
    "flow-exceeded", "not-coordinator", "proxy-signature", "wrong-role",
}  # fmt: skip
Wire = Callable[[tuple[Send, ...]], str]


@dataclass(slots=True)
class Scene:
    """The stage and the good frame; `notes` holds what else a case of that type may need."""

    stage: Stage
    draft: Draft
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def puppet(self) -> Puppet:
        """Who sends the frame."""
        return self.draft.maker or self.stage.others[0]

    @property
    def run(self) -> Run:
        """The key run that the frame belongs to."""
        found: Run = self.notes["run"]
        return found

    def wire(self, draft: Draft, reason: str) -> Wire | None:
        """What may be sent when the frame is refused for ``reason``: silence, but for HELLO2."""
        early = {
            "bad-source", "too-short", "bad-magic", "unknown-version", "unknown-overlay", "unknown-type",
            "wrong-protection", "reserved-nonzero", "bad-length", "datagram-too-long", "short-frame",
        }  # fmt: skip
        if self.draft.type in {"PROPOSE", "JOIN", *REQUESTS}:
            return self._refused(draft, reason, early)
        if self.draft.type != "HELLO2" or reason in early:
            return None
        # what exactly the ERROR says is judged where the rule about it is cited
        exact = "REQ-SES-19" in self.stage.judge.case.reqs
        return error_reply(draft, reason) if exact else at_most_one

    def _refused(self, draft: Draft, reason: str, early: set[str]) -> Wire | None:
        """PROPOSE, JOIN, FIND, STORE, FETCH and HOST get a REFUSE, from the structure of the body on."""
        in_session = {
            "no-session", "wrong-incarnation", "bad-signature", "wrong-destination", "replayed", "too-old",
            "no-values", "no-views", "too-many-requests",
        }  # fmt: skip
        if reason in early | in_session:
            return None
        # what exactly the REFUSE says is judged where the rule about it is cited
        exact = {"REQ-VIE-28", "REQ-OVL-10"} & set(self.stage.judge.case.reqs)
        return refuse_reply(self.stage, draft, reason) if exact else at_most_one

    def refuses(self, draft: Draft | bytes, reason: str, name: str, **how: Any) -> None:
        """The whole oracle of a refusal of ``draft`` at this scene."""
        octets = draft if isinstance(draft, bytes) else draft.octets()
        source = self.draft.source if isinstance(draft, bytes) else draft.source
        given = self.draft if isinstance(draft, bytes) else draft
        settings = {"wire": self.wire(given, reason), "source": source} | how
        if given.secrets and not given.spoil and reason in UNDER_SEAL:
            settings["seen"] = self._opened
        self.stage.judge.refuses(self.stage.peer, octets, reason, name=name, **settings)

    def _opened(self, reply: Reply) -> None:
        """Ends the case when a frame whose fault is in its body is refused for a good seal."""
        about = {"REQ-REC-6", "REQ-KEY-37", "REQ-KEY-29"} & set(self.stage.judge.case.reqs)
        self.stage.need(about or reply.reason != "bad-seal", "a good seal is refused")

    def twin(self, draft: Draft | None = None, name: str = "twin", **facts: Any) -> None:
        """The conforming frame, one mutation apart, is accepted."""
        good = draft or self.draft
        reply = self.stage.peer.deliver(good.octets(), good.source)
        accepts(self.stage.judge, reply, name, **facts)


def at_most_one(sends: tuple[Send, ...]) -> str:
    """An answer may come, but no more than one."""
    return f"{len(sends)} datagrams instead of one at most" if len(sends) > 1 else ""


def error_reply(draft: Draft, reason: str) -> Wire:
    """Exactly one ERROR to the source, with the reason and the nonce as far as it could be read."""

    def rule(sends: tuple[Send, ...]) -> str:
        if len(sends) != 1:
            return f"{len(sends)} datagrams instead of one ERROR"
        try:
            frame = frames.read(sends[0].bytes)
        except frames.Unreadable as unreadable:
            return f"an unreadable answer: {unreadable}"
        if frame.type != "ERROR" or sends[0].to != draft.source:
            return f"{frame.type} to {sends[0].to}"
        body = frame.body
        nonce = draft.body[:32] if len(draft.body) >= 32 else bytes(32)
        wanted = {"nonce": nonce, "reason": registry.reason(reason).code, "refused_type": 3, "versions": []}
        if _unread(draft) and body["nonce"] == bytes(32):
            wanted["nonce"] = bytes(32)
        wrong = [name for name, value in wanted.items() if body[name] != value]
        return f"ERROR with another {wrong[0]}" if wrong else ""

    return rule


def refuse_reply(stage: Stage, draft: Draft, reason: str) -> Wire:
    """Exactly one REFUSE to the session's address that names frame and reason (REQ-VIE-28, REQ-OVL-10)."""

    def rule(sends: tuple[Send, ...]) -> str:
        if len(sends) != 1 or draft.maker is None or sends[0].to != draft.maker.address:
            return f"{len(sends)} datagrams instead of one REFUSE to the session's address"
        try:
            frame = frames.read(sends[0].bytes)
        except frames.Unreadable as unreadable:
            return f"an unreadable answer: {unreadable}"
        wanted = {
            "refused_sequence": draft.prefix["sequence"],
            "reason": registry.reason(reason).code,
            "refused_type": registry.frame(draft.type).code,
        }
        if frame.type != "REFUSE" or frame.prefix["destination"] != draft.prefix["signer"]:
            return f"{frame.type} instead of a REFUSE to the signer"
        own = stage.subject.key.spki
        if not verify(own, label("frame-signature") + sends[0].bytes[:-64], frame.trailer):
            return "a REFUSE without a good signature"
        wrong = [name for name, value in wanted.items() if frame.body[name] != value]
        return f"REFUSE with {wrong[0]} {frame.body[wrong[0]]}" if wrong else ""

    return rule


def _unread(draft: Draft) -> bool:
    try:
        frames.read_body(draft.type, draft.body)
    except frames.Unreadable:
        return True
    return False


# ---------------------------------------------------------------- the scenes


def _plain(stage: Stage, name: str, values: Mapping[str, Any], who: Puppet) -> Scene:
    return Scene(stage, Draft(name, stage.overlay, frames.write_body(name, values), who.address))


def _signed(stage: Stage, name: str, values: Mapping[str, Any], who: Puppet, to: bytes) -> Scene:
    who.sequence += 1
    prefix = {"signer": who.node, "incarnation": who.incarnation, "sequence": who.sequence, "destination": to}
    body = frames.write_body(name, values)
    return Scene(stage, Draft(name, stage.overlay, body, who.address, maker=who, prefix=prefix))


def _hello1(judge: Judge, **how: Any) -> Scene:
    stage = Stage(judge, **how)
    return _plain(stage, "HELLO1", {"nonce": judge.octets(32)}, stage.others[0])


def _retry(judge: Judge, **how: Any) -> Scene:
    stage = Stage(judge, **how)
    who = stage.others[0]
    nonce = frames.read(stage.greet(who)).body["nonce"]
    return _plain(stage, "RETRY", {"nonce": nonce, "cookie": judge.octets(32), "responder": who.node}, who)


def _error(judge: Judge, **how: Any) -> Scene:
    stage = Stage(judge, **how)
    who = stage.others[0]
    nonce = frames.read(stage.greet(who)).body["nonce"]
    values = {"nonce": nonce, "reason": registry.reason("bad-cookie").code, "refused_type": 3, "versions": []}
    return _plain(stage, "ERROR", values, who)


def _hello2(judge: Judge, **how: Any) -> Scene:
    prove(judge)
    stage = Stage(judge, **how)
    who = stage.others[0]
    hello1, retry = stage.knock(who)
    made = _signed(stage, "HELLO2", who.hello2_values(hello1, retry), who, stage.subject.node)
    made.notes |= {"hello1": hello1, "retry": retry}
    return made


def _hello3(judge: Judge, **how: Any) -> Scene:
    prove(judge)
    stage = Stage(judge, **how)
    who = stage.others[0]
    handshake = stage.greet_to_hello2(who)
    made = _signed(stage, "HELLO3", who.hello3_values(*handshake), who, stage.subject.node)
    made.notes["handshake"] = handshake
    return made


def segment_of(stage: Stage, who: Puppet) -> bytes:
    """A signed frame that is too long for one datagram: a PING with much padding."""
    values = {"nonce": stage.judge.octets(8), "extensions": [{"type": 1, "value": bytes(1200)}]}
    return who.make("PING", values, stage.subject.node)


def _segment(judge: Judge, **how: Any) -> Scene:
    stage = Stage(judge, **how)
    who = stage.others[0]
    stage.meet(who)
    parts = cut(segment_of(stage, who))
    made = _plain(stage, "SEGMENT", parts[0], who)
    made.notes["parts"] = parts
    return made


def _session(judge: Judge, **how: Any) -> tuple[Stage, Puppet]:
    stage = Stage(judge, **how)
    who = stage.others[0]
    stage.meet(who)
    return stage, who


def _ping(judge: Judge, **how: Any) -> Scene:
    stage, who = _session(judge, **how)
    return _signed(stage, "PING", {"nonce": judge.octets(8)}, who, stage.subject.node)


def asked(stage: Stage, who: Puppet) -> frames.Frame:
    """Makes the peer ping a puppet: its PING."""
    reply = stage.peer.do("ping", stage.overlay, node=who.node)
    stage.need(reply.ok, f"ping: {reply.said()}")
    return stage.one(reply, "PING").frame


def _pong(judge: Judge, **how: Any) -> Scene:
    stage, who = _session(judge, **how)
    ping = asked(stage, who)
    return _signed(stage, "PONG", {"nonce": ping.body["nonce"]}, who, stage.subject.node)


def _refuse(judge: Judge, **how: Any) -> Scene:
    stage, who = _session(judge, **how)
    ping = asked(stage, who)
    values = {
        "refused_sequence": ping.prefix["sequence"],
        "reason": registry.reason("unknown-critical-extension").code,
        "refused_type": registry.frame("PING").code,
    }
    return _signed(stage, "REFUSE", values, who, stage.subject.node)


def _running(judge: Judge, **how: Any) -> Run:
    suite = how.pop("suite", 1)
    return setup(Stage(judge, **({"n": 3} | how)), suite)


def _of_run(run: Run, name: str, who: Puppet, values: Mapping[str, Any], to: bytes = bytes(32)) -> Scene:
    made = _signed(run.stage, name, values, who, to)
    made.notes["run"] = run
    return made


def _install(judge: Judge, **how: Any) -> Scene:
    run = _running(judge, **how)
    return _of_run(run, "INSTALL", run.proposer, run.values)


def _up(judge: Judge, **how: Any) -> Scene:
    run = _running(judge, **({"rank": 1} | how)).to_up()
    who = run.members[run.place - 1]
    return _of_run(run, "UP", who, run.up_values(run.place - 1), run.stage.subject.node)


def _down(judge: Judge, **how: Any) -> Scene:
    run = _running(judge, **how).to_down()
    values = {"install_digest": run.digest, "entries": run.down.elements()}
    return _of_run(run, "DOWN", run.last, values)


def _confirm(judge: Judge, **how: Any) -> Scene:
    run = _running(judge, **how).to_confirms()
    who = run.puppets[0]
    return _of_run(run, "CONFIRM", who, run.confirm_values(who))


def message(timestamp: int, payload: bytes = b"words", **other: int) -> dict[str, Any]:
    """A message of DATA."""
    return {"timestamp": timestamp, "payload": payload, **other}


def _data(judge: Judge, **how: Any) -> Scene:
    run = _running(judge, **({"n": 2} | how)).to_view()
    stage, who = run.stage, run.puppets[0]
    # a counter with many bits: whoever makes nonces otherwise does not get past it
    made = Scene(stage, opening(run, who, registry.limit("counter-memory") - 1), {"run": run})
    stage.need(stage.deliver(made.draft.octets(), who).ok, "a first DATA was refused")
    made.draft = made.draft.with_prefix(counter=1).with_body(
        first_sequence=2, messages=[message(2, judge.octets(9))]
    )
    if stage.settings.trust.get("origin_auth") == "sender":
        made.draft = made.draft.signed_inside()
    return made


def opening(run: Run, who: Puppet, counter: int = 0) -> Draft:
    """The first DATA that a member sends in a view."""
    stage = run.stage
    assert stage.secrets is not None
    first = message(1 + run.plan.clock_base, stage.judge.octets(5))
    body = frames.write_body("DATA", {"messages": [first]})
    prefix = {"view_id": run.view, "sender_index": run.position(who), "counter": counter}
    draft = Draft("DATA", stage.overlay, body, who.address, maker=who, prefix=prefix, secrets=stage.secrets)
    return draft.signed_inside() if stage.settings.trust.get("origin_auth") == "sender" else draft


def _in_a_view(name: str) -> Callable[..., Scene]:
    """The scene of a sealed type of a group, from its own module."""

    def found(judge: Judge, **how: Any) -> Scene:
        from coterie_kit.suite._multicast import MULTICAST_SCENES

        return MULTICAST_SCENES[name](judge, **how)

    return found


def _in_a_group(name: str) -> Callable[..., Scene]:
    def found(judge: Judge, **how: Any) -> Scene:
        from coterie_kit.suite._group_scenes import GROUP_SCENES

        return GROUP_SCENES[name](judge, **how)

    return found


def _in_an_overlay(name: str) -> Callable[..., Scene]:
    def found(judge: Judge, **how: Any) -> Scene:
        from coterie_kit.suite._overlay_scenes import OVERLAY_SCENES

        return OVERLAY_SCENES[name](judge, **how)

    return found


def class_of(kind: str) -> str:
    """The class of peers that cases about frames of that type are for."""
    if kind in {"HOST", "HOSTED"}:
        return "groups"
    return "overlay" if kind in OF_OVERLAYS else "member"


SCENES: Mapping[str, Callable[..., Scene]] = {
    "HELLO1": _hello1, "RETRY": _retry, "HELLO2": _hello2, "HELLO3": _hello3, "ERROR": _error,
    "SEGMENT": _segment, "REFUSE": _refuse, "PING": _ping, "PONG": _pong, "INSTALL": _install, "UP": _up,
    "DOWN": _down, "CONFIRM": _confirm, "DATA": _data,
    **{name: _in_a_group(name) for name in ("PROPOSE", "FLUSH", "JOIN", "LEAVE")},
    **{name: _in_an_overlay(name) for name in OF_OVERLAYS},
    **{name: _in_a_view(name) for name in ("HEARTBEAT", "ALIVE", "NACK", "GAP", "SENDER", "PROXY")},
}  # fmt: skip


def scene(judge: Judge, name: str, **how: Any) -> Scene:
    """The scene of frame type ``name``; ``how`` as for `Stage`, and ``suite`` of the run."""
    return SCENES[name](judge, **how)
