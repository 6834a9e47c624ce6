"""HELLO1 and RETRY: an answer without state, and the cookie that proves an address."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.draws import draw
from coterie_kit.keys.names import overlay_id
from coterie_kit.puppets import cookie
from coterie_kit.suite._scenes import scene
from coterie_kit.suite._stage import BUCKET, Stage, accepts


def secret(stage: Stage, bucket: int) -> bytes:
    """The cookie secret that a peer at level D3 has in a bucket."""
    return draw(stage.seed, "cookie-secret", bucket.to_bytes(8, "big"), 0, 32)


def _retry(address: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage = Stage(judge)
        who = stage.others[0]
        hello1 = who.hello1(judge.octets(32))
        nonce = frames.read(hello1).body["nonce"]
        before = stage.digest()
        reply = stage.deliver(hello1, address)
        judge.require("one", len(reply.sends) == 1, reqs=["REQ-SES-2"], expected=1, observed=len(reply.sends))
        judge.equal("to", reply.sends[0].to, address, reqs=["REQ-SES-2"])
        answer = stage.one(reply, "RETRY").frame.body
        judge.equal("nonce", answer["nonce"], nonce, reqs=["REQ-SES-2"], field="body.nonce")
        judge.equal(
            "responder", answer["responder"], stage.subject.node, reqs=["REQ-NAM-2"], field="body.responder"
        )
        bucket = stage.mono // BUCKET
        expected = cookie(secret(stage, bucket), address, stage.overlay, nonce, bucket)
        judge.equal(
            "cookie", answer["cookie"], expected, reqs=["REQ-SES-1", "REQ-TST-1"], field="body.cookie"
        )
        judge.equal("state", stage.digest(), before, reqs=["REQ-SES-2"], field="digest")

    return story


for _name, _address in (("ipv4", "198.51.100.7:65535"), ("ipv6", "[2001:db8:1:2:3:4:5:6]:1")):
    case(
        f"sessions.retry.cookie-for-{_name}",
        reqs=["REQ-SES-1", "REQ-SES-2", "REQ-TST-1", "REQ-NAM-2"],
        type="RETRY",
        operator=f"conforming-{_name}",
        fresh=True,
        determinism="D3",
    )(_retry(_address))


@case(
    "sessions.retry.cookie-in-the-next-bucket",
    reqs=["REQ-SES-1", "REQ-TST-1"],
    type="RETRY",
    operator="conforming-next-bucket",
    fresh=True,
    determinism="D3",
)
def _next_bucket(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    for step in range(3):
        hello1, retry = stage.knock(who)
        nonce = frames.read(hello1).body["nonce"]
        bucket = stage.mono // BUCKET
        expected = cookie(secret(stage, bucket), who.address, stage.overlay, nonce, bucket)
        judge.equal(f"bucket-{step}", frames.read(retry).body["cookie"], expected, field="body.cookie")
        stage.pass_time(BUCKET)


@case("sessions.hello1.stateless", reqs=["REQ-SES-2"], type="HELLO1", operator="conforming-many", fresh=True)
def _stateless(judge: Judge) -> None:
    stage = Stage(judge)
    before = stage.inspect()
    for number in range(64):
        source = f"198.51.{number}.{judge.random.randrange(1, 255)}:{judge.random.randrange(1, 65536)}"
        reply = stage.deliver(stage.others[0].hello1(judge.octets(32)), source)
        one = len(reply.sends) == 1 and not reply.events
        judge.check(f"one-retry-{number}", one, expected="one RETRY", observed=reply.said())
    after = stage.inspect()
    for name in ("digest", "sessions", "handshakes", "assemblies"):
        judge.equal(name, after[name], before[name], field=name)


@case("sessions.hello1.again", reqs=["REQ-SES-2"], type="HELLO1", operator="conforming-repeated", fresh=True)
def _again(judge: Judge) -> None:
    stage = Stage(judge)
    hello1 = stage.others[0].hello1(judge.octets(32))
    answers = [stage.one(stage.deliver(hello1, stage.others[0]), "RETRY").octets for _ in range(3)]
    judge.check(
        "the-same",
        len(set(answers)) == 1,
        expected="one RETRY, the same each time",
        observed=len(set(answers)),
    )


# ---------------------------------------------------------------- cookies that prove nothing


@case(
    "sessions.hello2.cookie-of-another-address",
    reqs=["REQ-SES-1", "REQ-SES-19"],
    type="HELLO2",
    operator="other-address",
    fresh=True,
)
def _other_address(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    host, _, port = here.puppet.address.rpartition(":")
    for source in (f"{host}:{int(port) + 1}", f"198.51.100.1:{port}", f"[2001:db8::9]:{port}"):
        moved = here.draft.changed(source=source)
        from coterie_kit.suite._scenes import error_reply

        here.refuses(moved, "bad-cookie", source, wire=error_reply(moved, "bad-cookie"))
    here.twin()


@case(
    "sessions.hello2.cookie-of-another-nonce",
    reqs=["REQ-SES-1"],
    type="HELLO2",
    operator="other-nonce",
    fresh=True,
)
def _other_nonce(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    here.refuses(here.draft.with_body(nonce=judge.octets(32)), "bad-cookie", "other-nonce")
    _, other = here.stage.knock(here.puppet)
    here.refuses(here.draft.with_body(cookie=frames.read(other).body["cookie"]), "bad-cookie", "other-cookie")
    here.twin()


@case("sessions.hello2.cookie-flipped", reqs=["REQ-SES-1"], type="HELLO2", operator="bit-flip", fresh=True)
def _flipped(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    given = here.draft.body[32:64]
    for place in range(0, 32, 3):
        spoiled = given[:place] + bytes([given[place] ^ 1 << judge.random.randrange(8)]) + given[place + 1 :]
        here.refuses(here.draft.with_body(cookie=spoiled), "bad-cookie", f"octet-{place}")
    here.refuses(here.draft.with_body(cookie=bytes(32)), "bad-cookie", "zeros")
    here.twin()


@case(
    "sessions.hello2.cookie-two-buckets-old",
    reqs=["REQ-SES-1"],
    type="HELLO2",
    operator="two-buckets-later",
    fresh=True,
)
def _two_buckets(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    stage = here.stage
    left = BUCKET - stage.mono % BUCKET
    stage.pass_time(left + BUCKET)
    old = stage.mono // BUCKET - 2
    anew = draw(stage.seed, "cookie-secret", old.to_bytes(8, "big"), 1, 32)
    forged = cookie(anew, here.puppet.address, stage.overlay, here.draft.body[:32], old)
    here.refuses(here.draft.with_body(cookie=forged), "bad-cookie", "under-a-secret-drawn-anew")
    here.refuses(here.draft, "bad-cookie", "first-ms-of-the-second-bucket-after")
    stage.meet(here.puppet)


@case(
    "sessions.hello2.cookie-one-bucket-old",
    reqs=["REQ-SES-1"],
    type="HELLO2",
    operator="conforming-one-bucket-later",
    fresh=True,
)
def _one_bucket(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    left = BUCKET - here.stage.mono % BUCKET
    here.stage.pass_time(left + BUCKET - 1)
    here.twin(name="last-ms-of-the-bucket-after")


@case(
    "sessions.hello2.cookie-of-another-overlay",
    reqs=["REQ-SES-1"],
    type="HELLO2",
    operator="other-overlay",
    fresh=True,
)
def _other_overlay(judge: Judge) -> None:
    stage = Stage(judge)
    other = overlay_id(judge.octets(8))
    stage.reset(trust=[stage.trust(), {"overlay": other, "policy": "open"}])
    who = stage.others[0]
    hello1, retry = stage.knock(who)
    given = frames.read(retry).body
    twin = stage.newcomer(address=who.address)
    twin.overlay, twin.key, twin.leaf, twin.node = other, who.key, who.leaf, b""
    twin.__post_init__()
    from coterie_kit.keys.names import node_id

    own_there = node_id(other, stage.subject.key.spki)
    hello1_there = twin.hello1(given["nonce"])
    from coterie_kit.puppets import plain

    retry_there = plain("RETRY", other, nonce=given["nonce"], cookie=given["cookie"], responder=own_there)
    hello2 = twin.make("HELLO2", twin.hello2_values(hello1_there, retry_there), own_there)
    reply = stage.deliver(hello2, who)
    judge.refused(reply, "bad-cookie")
    accepts(judge, stage.deliver(stage.hello2(who, hello1, retry), who), "twin")


@case(
    "sessions.hello2.cookie-of-another-seed",
    reqs=["REQ-SES-1"],
    type="HELLO2",
    operator="other-secret",
    fresh=True,
)
def _other_secret(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    stage = here.stage
    stage.reset(seed=judge.octets(32))
    here.refuses(here.draft, "bad-cookie", "after-a-restart")
    hello1, retry = stage.knock(here.puppet)
    accepts(judge, stage.deliver(stage.hello2(here.puppet, hello1, retry), here.puppet), "twin")


# ---------------------------------------------------------------- RETRY at the peer that greeted


@case(
    "sessions.retry.from-another-address",
    reqs=["REQ-SES-9"],
    type="RETRY",
    operator="other-address",
    fresh=True,
)
def _retry_from_elsewhere(judge: Judge) -> None:
    here = scene(judge, "RETRY")
    host, _, port = here.draft.source.rpartition(":")
    for source in (f"{host}:{int(port) + 1}", f"198.51.100.1:{port}"):
        here.refuses(here.draft.changed(source=source), "unexpected-reply", source)
    here.twin()


@case("sessions.retry.other-nonce", reqs=["REQ-SES-9"], type="RETRY", operator="other-nonce", fresh=True)
def _retry_nonce(judge: Judge) -> None:
    here = scene(judge, "RETRY")
    right = here.draft.body[:32]
    wrong = {"random": judge.octets(32), "zeros": bytes(32)}
    wrong |= {
        "first-bit": bytes([right[0] ^ 0x80]) + right[1:],
        "last-bit": right[:31] + bytes([right[31] ^ 1]),
    }
    for name, nonce in wrong.items():
        here.refuses(here.draft.with_body(nonce=nonce), "unexpected-reply", name)
    here.twin()


@case("sessions.retry.second", reqs=["REQ-SES-9"], type="RETRY", operator="second-answer", fresh=True)
def _second_retry(judge: Judge) -> None:
    here = scene(judge, "RETRY")
    here.twin(name="first")
    here.refuses(here.draft, "unexpected-reply", "the-same-again")
    here.refuses(here.draft.with_body(cookie=judge.octets(32)), "unexpected-reply", "another-cookie")


@case("sessions.retry.unasked", reqs=["REQ-SES-9"], type="RETRY", operator="unasked", fresh=True)
def _unasked(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    retry = who.retry(judge.octets(32), judge.octets(32))
    judge.refuses(stage.peer, retry, "unexpected-reply", source=who.address)
    hello1 = stage.greet(who)
    twin = who.retry(frames.read(hello1).body["nonce"], judge.octets(32))
    accepts(judge, stage.deliver(twin, who), "twin")


@case(
    "sessions.hello1.nonce",
    reqs=["REQ-TST-1"],
    type="HELLO1",
    operator="conforming-drawn",
    fresh=True,
    determinism="D3",
)
def _nonce(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    one, two = stage.others
    for name, who in (("first", one), ("other-address", two)):
        expected = stage.draws.take("hello-nonce", stage.nonce_context(who), 32)
        judge.equal(name, frames.read(stage.greet(who)).body["nonce"], expected, field="body.nonce")


@case(
    "sessions.hello1.made",
    reqs=["REQ-FRM-17", "REQ-FRM-12"],
    type="HELLO1",
    operator="conforming-made",
    fresh=True,
)
def _made(judge: Judge) -> None:
    stage = Stage(judge)
    hello1 = stage.greet(stage.others[0])
    judge.equal("size", len(hello1), 128, reqs=["REQ-FRM-12"])
    judge.equal("padding", frames.read(hello1).body["padding"], bytes(72), reqs=["REQ-FRM-17"])
