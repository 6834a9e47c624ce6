"""What answers a HELLO2: the session and its HELLO3, or one ERROR."""

from __future__ import annotations

from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import transcript
from coterie_kit.suite._scenes import Scene, scene
from coterie_kit.suite._stage import Stage, accepts

# ---------------------------------------------------------------- the answer


@case("sessions.hello2.accepted", reqs=["REQ-SES-18"], type="HELLO2", operator="conforming", fresh=True)
def _accepted(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    stage, who = here.stage, here.puppet
    before = stage.digest()
    reply = stage.deliver(here.draft.octets(), who)
    accepts(judge, reply)
    judge.equal(
        "answers",
        [(send.to, frames.read(send.bytes).type) for send in reply.sends],
        [(who.address, "HELLO3")],
    )
    told = reply.event("session")
    judge.check("event", told, expected="event session")
    session = {"node": who.node.hex(), "address": who.address, "incarnation": who.incarnation}
    if told:
        judge.equal("event.fields", dict(told.fields), session)
    judge.equal("sessions", stage.sessions(), [session])
    judge.check("digest", stage.digest() != before, field="digest", expected="another digest")


@case(
    "sessions.hello2.repeated", reqs=["REQ-SES-18"], type="HELLO2", operator="conforming-repeated", fresh=True
)
def _repeated(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    stage, who = here.stage, here.puppet
    octets = here.draft.octets()
    first = stage.one(stage.deliver(octets, who), "HELLO3").octets
    before = stage.digest()
    for name in ("again", "and-again"):
        reply = stage.deliver(octets, who)
        judge.equal(f"{name}.same", [send.bytes for send in reply.sends], [first])
        judge.equal(f"{name}.no-event", [event.name for event in reply.events], [])
        judge.equal(f"{name}.digest", stage.digest(), before)


@case(
    "sessions.hello2.another-handshake",
    reqs=["REQ-SES-18", "REQ-SES-5"],
    type="HELLO2",
    operator="conforming-second-handshake",
    fresh=True,
)
def _second_handshake(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    stage, who = here.stage, here.puppet
    here.stage.deliver(here.draft.octets(), who)
    first = stage.sessions()
    handshake = stage.meet(who)
    judge.equal("sessions", stage.sessions(), first, reqs=["REQ-SES-18"])
    answer = frames.read(handshake.hello3)
    judge.equal(
        "nonce", answer.body["nonce"], frames.read(handshake.hello1).body["nonce"], reqs=["REQ-SES-18"]
    )


def _hello3_checks(judge: Judge, stage: Stage, here: Scene, expected: dict[str, Any]) -> None:
    reply = stage.deliver(here.draft.octets(), here.puppet)
    said = stage.one(reply, "HELLO3")
    body = said.frame.body
    for name, value in expected.items():
        judge.equal(name, body[name], value, field=f"body.{name}", reqs=[CITED[name]])
    judge.check(
        "one-role",
        body["roles"] & 3 in {1, 2} and body["roles"] < 16,
        reqs=["REQ-SES-22"],
        observed=body["roles"],
    )
    hello1, retry = here.notes["hello1"], here.notes["retry"]
    whole = transcript(hello1, retry, here.draft.octets())
    judge.equal("transcript", body["transcript"], whole, field="body.transcript", reqs=["REQ-SES-10"])


CITED = {
    "nonce": "REQ-SES-18", "cookie": "REQ-SES-18", "view_id": "REQ-SES-18", "coordinator": "REQ-SES-21",
    "suites": "REQ-SES-11", "leaf": "REQ-SES-18",
}  # fmt: skip


@case(
    "sessions.hello3.made",
    reqs=["REQ-SES-18", "REQ-SES-10", "REQ-SES-22", "REQ-SES-21"],
    type="HELLO3",
    operator="conforming-made",
    fresh=True,
)
def _hello3_made(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    own = here.stage.subject
    expected: dict[str, Any] = {
        "nonce": here.draft.body[:32],
        "cookie": here.draft.body[32:64],
        "view_id": bytes(16),
    }
    expected |= {"coordinator": (bytes(16), 0), "leaf": own.leaf}
    _hello3_checks(judge, here.stage, here, expected)


def _offered(kind: str) -> Any:
    def story(judge: Judge) -> None:
        for suites in ([1], [1, 2]):
            stage = Stage(judge, trust={"suites": suites})
            who = stage.others[0]
            if kind == "HELLO2":
                body = frames.read(stage.greet_to_hello2(who)[2]).body
            else:
                body = frames.read(stage.meet(who).hello3).body
            judge.equal(f"suites-{len(suites)}", body["suites"], suites, field="body.suites")

    return story


for _kind in ("HELLO2", "HELLO3"):
    case(
        f"sessions.{_kind.lower()}.suites-offered",
        reqs=["REQ-SES-11"],
        type=_kind,
        operator="conforming-offered",
        fresh=True,
    )(_offered(_kind))


@case(
    "sessions.hello2.made",
    reqs=["REQ-SES-9", "REQ-SES-10", "REQ-FRM-15"],
    type="HELLO2",
    operator="conforming-made",
    fresh=True,
)
def _hello2_made(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    hello1, retry, hello2 = stage.greet_to_hello2(who)
    frame, given = frames.read(hello2), frames.read(retry).body
    judge.equal("nonce", frame.body["nonce"], given["nonce"], field="body.nonce", reqs=["REQ-SES-9"])
    judge.equal("cookie", frame.body["cookie"], given["cookie"], field="body.cookie", reqs=["REQ-SES-9"])
    whole = transcript(hello1, retry)
    judge.equal("transcript", frame.body["transcript"], whole, field="body.transcript", reqs=["REQ-SES-10"])
    judge.equal("leaf", frame.body["leaf"], stage.subject.leaf, field="body.leaf", reqs=["REQ-SES-9"])
    judge.equal(
        "destination", frame.prefix["destination"], who.node, field="prefix.destination", reqs=["REQ-FRM-15"]
    )


@case(
    "sessions.hello2.no-grease-at-d3",
    reqs=["REQ-FRM-25"],
    type="HELLO2",
    operator="conforming-no-grease",
    fresh=True,
    determinism="D3",
)
def _no_grease(judge: Judge) -> None:
    stage = Stage(judge)
    hello2 = stage.greet_to_hello2(stage.others[0])[2]
    judge.equal("hello2", frames.read(hello2).body["extensions"], [], field="body.extensions")
    stage.reset()
    judge.equal(
        "hello3",
        frames.read(stage.meet(stage.others[0]).hello3).body["extensions"],
        [],
        field="body.extensions",
    )


@case(
    "sessions.error.exact",
    reqs=["REQ-SES-19", "REQ-SES-1", "REQ-SES-10", "REQ-FRM-14"],
    type="ERROR",
    operator="conforming-made",
    fresh=True,
)
def _error_exact(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    for name, draft, reason in (
        ("cookie", here.draft.with_body(cookie=bytes(32)), "bad-cookie"),
        ("transcript", here.draft.with_body(transcript=bytes(32)), "bad-transcript"),
        ("signature", here.draft.changed(spoil=True), "bad-signature"),
    ):
        reply = here.stage.deliver(draft.octets(), here.puppet)
        here.stage.need(reply.reason == reason, f"{name}: {reply.said()}")
        said = [one for one in here.stage.said(reply) if one.type == "ERROR"]
        judge.check(
            f"{name}.one",
            len(said) == len(reply.sends) == 1,
            reqs=["REQ-SES-19"],
            expected="one ERROR",
            observed=len(reply.sends),
        )
        for one in said:
            code = registry.reason(reason).code
            wanted = draft.body[:32] + code.to_bytes(2, "big") + b"\x03\x00"
            judge.equal(f"{name}.body", one.frame.body_octets, wanted, field="body", reqs=["REQ-SES-19"])
            judge.equal(f"{name}.to", one.to, here.puppet.address, reqs=["REQ-SES-19"])


def _not_answered(kind: str) -> Any:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        for name, octets in (
            ("spoiled", here.draft.octets()[:-1] + bytes([here.draft.octets()[-1] ^ 1])),
            ("magic", b"\x00" + here.draft.octets()[1:]),
            ("version", here.draft.octets()[:2] + b"\x09" + here.draft.octets()[3:]),
        ):
            if kind == "HELLO1" and name == "version":
                continue
            reply = here.stage.deliver(octets, here.puppet)
            kinds = [said.type for said in here.stage.said(reply)]
            judge.check(name, "ERROR" not in kinds, expected="no ERROR", observed=kinds)

    return story


for _kind in ("HELLO1", "RETRY", "HELLO3", "ERROR", "SEGMENT", "PING", "INSTALL", "DATA"):
    case(
        f"sessions.error.none-for-{_kind.lower()}",
        reqs=["REQ-SES-19"],
        type=_kind,
        operator="no-error-for-it",
        fresh=True,
    )(_not_answered(_kind))


@case(
    "sessions.error.version-of-another-size",
    reqs=["REQ-FRM-5", "REQ-FRM-4"],
    type="HELLO1",
    operator="other-size",
    fresh=True,
)
def _version_size(judge: Judge) -> None:
    here = scene(judge, "HELLO1")
    newer = here.draft.with_header(version=2).octets()
    for name, octets in (("127", newer[:127]), ("129", newer + bytes(1)), ("24", newer[:24])):
        here.refuses(octets, "unknown-version", name, wire=None)
    other_type = newer[:3] + b"\x10" + newer[4:]
    here.refuses(other_type, "unknown-version", "another-type", wire=None)
    here.twin()


@case(
    "sessions.error.version-of-an-unknown-overlay",
    reqs=["REQ-FRM-5", "REQ-FRM-4"],
    type="HELLO1",
    operator="unknown-overlay",
    fresh=True,
)
def _version_overlay(judge: Judge) -> None:
    here = scene(judge, "HELLO1")
    from coterie_kit.suite.frames_header import version_list

    elsewhere = here.draft.changed(overlay=judge.octets(16)).with_header(version=7)
    here.draft = elsewhere
    here.refuses(elsewhere, "unknown-version", "elsewhere", wire=version_list(here))
