"""PING, PONG, REFUSE and ERROR: what is answered, by what, and what is only a hint."""

from __future__ import annotations

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import address_octets
from coterie_kit.suite._scenes import asked, scene
from coterie_kit.suite._stage import Stage, accepts


@case("sessions.ping.answered", reqs=["REQ-SES-26"], type="PING", operator="conforming", fresh=True)
def _answered(judge: Judge) -> None:
    here = scene(judge, "PING")
    reply = here.stage.deliver(here.draft.octets(), here.puppet)
    accepts(judge, reply)
    said = here.stage.said(reply)
    judge.equal("answers", [(one.type, one.to) for one in said], [("PONG", here.puppet.address)])
    for one in said:
        judge.equal("nonce", one.frame.body["nonce"], here.draft.body[:8], field="body.nonce")


@case(
    "sessions.ping.made",
    reqs=["REQ-SES-26", "REQ-TST-1"],
    type="PING",
    operator="conforming-made",
    fresh=True,
    determinism="D3",
)
def _made(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    stage.meet(who)
    for number in range(2):
        ping = asked(stage, who)
        drawn = stage.draws.take("ping-nonce", stage.overlay + who.node, 8)
        judge.equal(f"nonce-{number}", ping.body["nonce"], drawn, field="body.nonce", reqs=["REQ-TST-1"])
        pong = who.make("PONG", {"nonce": ping.body["nonce"]}, stage.subject.node)
        reply = stage.deliver(pong, who)
        told = reply.event("pong")
        judge.equal(
            f"event-{number}",
            dict(told.fields) if told else None,
            {"node": who.node.hex()},
            reqs=["REQ-SES-26"],
        )


@case("sessions.pong.unasked", reqs=["REQ-SES-26"], type="PONG", operator="other-nonce", fresh=True)
def _unasked(judge: Judge) -> None:
    here = scene(judge, "PONG")
    for name, nonce in (("other", judge.octets(8)), ("zeros", bytes(8))):
        here.puppet.sequence += 1
        wrong = here.draft.with_body(nonce=nonce).with_prefix(sequence=here.puppet.sequence)
        here.refuses(wrong, "unexpected-reply", name, keeps_state=False)
    here.twin()
    here.puppet.sequence += 1
    again = here.draft.with_prefix(sequence=here.puppet.sequence)
    here.refuses(again, "unexpected-reply", "again", keeps_state=False)


@case("sessions.pong.of-another-peer", reqs=["REQ-SES-26"], type="PONG", operator="other-signer", fresh=True)
def _of_another(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    stage.meet_all()
    one, two = stage.others
    ping = asked(stage, one)
    stolen = two.make("PONG", {"nonce": ping.body["nonce"]}, stage.subject.node)
    judge.refuses(stage.peer, stolen, "unexpected-reply", source=two.address, keeps_state=False)
    right = one.make("PONG", {"nonce": ping.body["nonce"]}, stage.subject.node)
    accepts(judge, stage.deliver(right, one), "twin")


@case("sessions.ping.lost", reqs=["REQ-SES-26"], type="PING", operator="conforming-given-up", fresh=True)
def _lost(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    stage.meet(who)
    ping = asked(stage, who)
    limit = registry.timer("ping-give-up")
    early = stage.pass_time(limit - 1)
    judge.check("not-at-999", early.event("ping-lost") is None, observed=early.said())
    late = stage.pass_time(1)
    told = late.event("ping-lost")
    judge.equal("at-1000", dict(told.fields) if told else None, {"node": who.node.hex()})
    pong = who.make("PONG", {"nonce": ping.body["nonce"]}, stage.subject.node)
    judge.refuses(
        stage.peer, pong, "unexpected-reply", source=who.address, name="too-late", keeps_state=False
    )


@case("sessions.ping.in-time", reqs=["REQ-SES-26"], type="PONG", operator="conforming-in-time", fresh=True)
def _in_time(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    stage.meet(who)
    ping = asked(stage, who)
    stage.pass_time(registry.timer("ping-give-up") - 1)
    pong = who.make("PONG", {"nonce": ping.body["nonce"]}, stage.subject.node)
    reply = stage.deliver(pong, who)
    judge.check("event", reply.event("pong"), expected="event pong", observed=reply.said())
    after = stage.pass_time(5000)
    judge.check("not-lost", after.event("ping-lost") is None, observed=after.said())


# ---------------------------------------------------------------- REFUSE


@case("sessions.refuse.told", reqs=["REQ-SES-27"], type="REFUSE", operator="conforming", fresh=True)
def _told(judge: Judge) -> None:
    here = scene(judge, "REFUSE")
    reply = here.stage.deliver(here.draft.octets(), here.puppet)
    told = reply.event("refused")
    wanted = {
        "node": here.puppet.node.hex(),
        "reason": "unknown-critical-extension",
        "type": registry.frame("PING").code,
        "sequence": int.from_bytes(here.draft.body[:8], "big"),
    }
    judge.equal("event", dict(told.fields) if told else None, wanted)
    judge.equal("silence", [frames.read(send.bytes).type for send in reply.sends], [])
    after = here.stage.pass_time(5000)
    judge.check("answered", after.event("ping-lost") is None, expected="no ping-lost", observed=after.said())


@case("sessions.refuse.unasked", reqs=["REQ-SES-27"], type="REFUSE", operator="other-sequence", fresh=True)
def _refuse_unasked(judge: Judge) -> None:
    here = scene(judge, "REFUSE")
    number = int.from_bytes(here.draft.body[:8], "big")
    wrong = {
        "next": {"refused_sequence": number + 1},
        "zero": {"refused_sequence": 0},
        "another-type": {"refused_type": registry.frame("INSTALL").code},
    }
    for name, values in wrong.items():
        here.puppet.sequence += 1
        draft = here.draft.with_body(**values).with_prefix(sequence=here.puppet.sequence)
        here.refuses(draft, "unexpected-reply", name, keeps_state=False)
    here.puppet.sequence += 1
    here.twin(here.draft.with_prefix(sequence=here.puppet.sequence))


@case(
    "sessions.refuse.of-another-peer", reqs=["REQ-SES-27"], type="REFUSE", operator="other-signer", fresh=True
)
def _refuse_of_another(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    stage.meet_all()
    one, two = stage.others
    ping = asked(stage, one)
    values = {"refused_sequence": ping.prefix["sequence"], "reason": 0x020E, "refused_type": 0x10}
    judge.refuses(
        stage.peer, two.make("REFUSE", values, stage.subject.node), "unexpected-reply",
        source=two.address, keeps_state=False,
    )  # fmt: skip
    accepts(judge, stage.deliver(one.make("REFUSE", values, stage.subject.node), one), "twin")


STRUCTURE = {
    "unknown-critical-extension": "REQ-FRM-20",
    "truncated-body": "REQ-FRM-16",
    "extension-overrun": "REQ-FRM-19",
}


@case(
    "sessions.refuse.made",
    reqs=["REQ-SES-27", "REQ-FRM-20", "REQ-FRM-16", "REQ-FRM-19"],
    type="REFUSE",
    operator="conforming-made",
    fresh=True,
)
def _refuse_made(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    stage.meet(who)
    bodies = {
        "unknown-critical-extension": judge.octets(8) + b"\x80\x77\x00\x00",
        "truncated-body": judge.octets(7),
        "extension-overrun": judge.octets(9),
    }
    for reason, body in bodies.items():
        reply = stage.deliver(who.signed("PING", body, stage.subject.node), who)
        judge.refused(reply, reason, name=reason, reqs=[STRUCTURE[reason]])
        said = [one for one in stage.said(reply) if one.type == "REFUSE"]
        judge.check(
            f"{reason}.one",
            len(said) == len(reply.sends) == 1,
            expected="one REFUSE",
            observed=len(reply.sends),
        )
        for one in said:
            found = one.frame.body
            judge.equal(
                f"{reason}.sequence", found["refused_sequence"], who.sequence, field="body.refused_sequence"
            )
            judge.equal(f"{reason}.code", found["reason"], registry.reason(reason).code, field="body.reason")
            judge.equal(f"{reason}.type", found["refused_type"], 0x10, field="body.refused_type")
            judge.equal(f"{reason}.to", one.to, who.address)


@case(
    "sessions.refuse.only-after-authentication",
    reqs=["REQ-SES-27", "REQ-FRM-14", "REQ-FRM-15"],
    type="PING",
    operator="not-authenticated",
    fresh=True,
)
def _not_for_strangers(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    stage.meet(who)
    bad = who.signed("PING", judge.octets(7), stage.subject.node)
    spoiled = bad[:-1] + bytes([bad[-1] ^ 1])
    judge.refuses(stage.peer, spoiled, "bad-signature", source=who.address, name="signature")
    elsewhere = who.signed("PING", judge.octets(7), judge.octets(32))
    judge.refuses(stage.peer, elsewhere, "wrong-destination", source=who.address, name="destination")


# ---------------------------------------------------------------- ERROR


@case("sessions.error.a-hint", reqs=["REQ-SES-23"], type="ERROR", operator="conforming", fresh=True)
def _hint(judge: Judge) -> None:
    here = scene(judge, "ERROR")
    stage, who = here.stage, here.puppet
    before = stage.digest()
    reply = stage.deliver(here.draft.octets(), who)
    accepts(judge, reply)
    told = reply.event("error-hint")
    wanted = {"reason": "bad-cookie", "from": who.address}
    if told is not None:
        judge.equal("event", dict(told.fields), wanted)
    judge.equal("silence", [send.to for send in reply.sends], [])
    judge.equal("state", stage.digest(), before)
    retry = who.retry(here.draft.body[:32], judge.octets(32))
    accepts(judge, stage.deliver(retry, who), "the-handshake-goes-on")


@case("sessions.error.unasked", reqs=["REQ-SES-23"], type="ERROR", operator="other-nonce", fresh=True)
def _error_unasked(judge: Judge) -> None:
    here = scene(judge, "ERROR")
    for name, nonce in (("other", judge.octets(32)), ("zeros", bytes(32))):
        here.refuses(here.draft.with_body(nonce=nonce), "unexpected-reply", name)
    here.twin()


@case(
    "sessions.error.after-hello2",
    reqs=["REQ-SES-23"],
    type="ERROR",
    operator="conforming-after-hello2",
    fresh=True,
)
def _after_hello2(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    handshake = stage.greet_to_hello2(who)
    nonce = frames.read(handshake[0]).body["nonce"]
    from coterie_kit.puppets import plain

    for reason in ("bad-cookie", "bad-signature", "leaf-expired"):
        error = plain(
            "ERROR", stage.overlay, nonce=nonce, reason=registry.reason(reason).code, refused_type=3
        )
        before = stage.digest()
        accepts(judge, stage.deliver(error, who), reason)
        judge.equal(f"{reason}.state", stage.digest(), before)
    accepts(judge, stage.deliver(stage.hello3(who, handshake), who), "hello3")
    late = plain(
        "ERROR", stage.overlay, nonce=nonce, reason=registry.reason("bad-cookie").code, refused_type=3
    )
    judge.refuses(stage.peer, late, "unexpected-reply", source=who.address, name="after-the-session")


@case(
    "sessions.greet.context-of-the-nonce",
    reqs=["REQ-TST-1"],
    type="HELLO1",
    operator="conforming-counted",
    fresh=True,
    determinism="D3",
)
def _counted(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    context = stage.overlay + address_octets(who.address)
    for number in range(2):
        expected = stage.draws.take("hello-nonce", context, 32)
        judge.equal(
            f"greeting-{number}", frames.read(stage.greet(who)).body["nonce"], expected, field="body.nonce"
        )
        stage.pass_time(registry.timer("hello-give-up"))
