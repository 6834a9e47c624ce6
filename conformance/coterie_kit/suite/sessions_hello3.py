"""HELLO3 at the peer that greeted, and what two greetings at once come to."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact, digest
from coterie_kit.puppets import transcript
from coterie_kit.suite._run import setup
from coterie_kit.suite._scenes import scene
from coterie_kit.suite._stage import Stage, accepts


def last_bit(octets: bytes) -> bytes:
    """The same but for the last bit."""
    return octets[:-1] + bytes([octets[-1] ^ 1])


@case(
    "sessions.hello3.accepted",
    reqs=["REQ-SES-20", "REQ-SES-18"],
    type="HELLO3",
    operator="conforming",
    fresh=True,
)
def _accepted(judge: Judge) -> None:
    here = scene(judge, "HELLO3")
    stage, who = here.stage, here.puppet
    before = stage.digest()
    reply = stage.deliver(here.draft.octets(), who)
    accepts(judge, reply, reqs=["REQ-SES-20"])
    judge.equal("silence", [frames.read(send.bytes).type for send in reply.sends], [], reqs=["REQ-SES-20"])
    told = reply.event("session")
    session = {"node": who.node.hex(), "address": who.address, "incarnation": who.incarnation}
    judge.equal("event", dict(told.fields) if told else None, session, reqs=["REQ-SES-20"])
    judge.equal("sessions", stage.sessions(), [session], reqs=["REQ-SES-20"])
    judge.equal("handshakes", stage.inspect().number("handshakes"), 0, reqs=["REQ-SES-20"])
    judge.check("digest", stage.digest() != before, field="digest", reqs=["REQ-SES-20"])


@case("sessions.hello3.unasked", reqs=["REQ-SES-20"], type="HELLO3", operator="unasked", fresh=True)
def _unasked(judge: Judge) -> None:
    here = scene(judge, "HELLO3")
    host, _, port = here.draft.source.rpartition(":")
    wrong = {
        "other-address": here.draft.changed(source=f"{host}:{int(port) + 1}"),
        "other-nonce": here.draft.with_body(nonce=judge.octets(32)),
        "other-cookie": here.draft.with_body(cookie=judge.octets(32)),
        "last-bit-of-the-nonce": here.draft.with_body(nonce=last_bit(here.draft.body[:32])),
        "last-bit-of-the-cookie": here.draft.with_body(cookie=last_bit(here.draft.body[32:64])),
    }
    for name, draft in wrong.items():
        here.refuses(draft, "unexpected-reply", name)
    here.twin()
    here.refuses(here.draft, "unexpected-reply", "again")


@case("sessions.hello3.before-retry", reqs=["REQ-SES-20"], type="HELLO3", operator="too-early", fresh=True)
def _early(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    hello1 = stage.greet(who)
    retry = who.retry(frames.read(hello1).body["nonce"], judge.octets(32))
    values = who.hello3_values(hello1, retry, who.hello1(judge.octets(32)))
    early = who.make("HELLO3", values, stage.subject.node)
    judge.refuses(stage.peer, early, "unexpected-reply", source=who.address)
    hello2 = stage.one(stage.deliver(retry, who), "HELLO2").octets
    accepts(judge, stage.deliver(stage.hello3(who, (hello1, retry, hello2)), who), "twin")


@case(
    "sessions.hello3.transcript", reqs=["REQ-SES-10"], type="HELLO3", operator="other-transcript", fresh=True
)
def _transcript(judge: Judge) -> None:
    here = scene(judge, "HELLO3")
    hello1, retry, hello2 = here.notes["handshake"]
    wrong = {
        "that-of-hello2": transcript(hello1, retry),
        "other-order": transcript(hello2, hello1, retry),
        "without-label": digest(hello1, retry, hello2),
        "hello2-unsigned": transcript(hello1, retry, hello2[:-64]),
        "without-retry": transcript(hello1, hello2),
    }
    for name, value in wrong.items():
        here.refuses(here.draft.with_body(transcript=value), "bad-transcript", name)
    here.twin()


@case("sessions.hello3.signer", reqs=["REQ-SES-12"], type="HELLO3", operator="other-signer", fresh=True)
def _signer(judge: Judge) -> None:
    here = scene(judge, "HELLO3")
    other = here.stage.newcomer()
    stands_in = here.draft.with_body(leaf=other.leaf).with_prefix(signer=other.node).changed(maker=other)
    here.refuses(stands_in, "signer-mismatch", "another-peer-with-its-own-leaf")
    here.refuses(here.draft.with_prefix(signer=judge.octets(32)), "signer-mismatch", "not-of-the-leaf")
    here.refuses(here.draft.with_body(leaf=other.leaf), "signer-mismatch", "leaf-of-another")
    here.twin()


# ---------------------------------------------------------------- contact and roles

NOBODY = bytes(16)
BAD_CONTACTS: dict[str, tuple[bytes, int]] = {
    "address-without-port": (contact("192.0.2.9:1")[0], 0),
    "port-without-address": (NOBODY, 4000),
    "unspecified-ipv4": contact("0.0.0.0:4000"),
    "multicast-ipv4": contact("224.0.0.1:4000"),
    "broadcast": contact("255.255.255.255:4000"),
    "multicast-ipv6": contact("[ff02::1]:4000"),
}


@case("sessions.hello3.contact", reqs=["REQ-SES-21"], type="HELLO3", operator="bad-contact", fresh=True)
def _contact(judge: Judge) -> None:
    here = scene(judge, "HELLO3")
    for name, value in BAD_CONTACTS.items():
        here.refuses(here.draft.with_body(coordinator=value), "bad-contact", name)
    here.twin(here.draft.with_body(coordinator=contact("198.51.100.3:9")))


@case(
    "sessions.hello3.contact-ipv6", reqs=["REQ-SES-21"], type="HELLO3", operator="conforming-ipv6", fresh=True
)
def _contact_v6(judge: Judge) -> None:
    here = scene(judge, "HELLO3")
    here.twin(here.draft.with_body(coordinator=contact("[2001:db8::5]:65535")))


@case("sessions.hello3.roles", reqs=["REQ-SES-22"], type="HELLO3", operator="bad-roles", fresh=True)
def _roles(judge: Judge) -> None:
    here = scene(judge, "HELLO3")
    for roles in (0, 3, 4, 8, 7, 11, 15, 0x11, 0x21, 0x41, 0x81, 0xFF):
        here.refuses(here.draft.with_body(roles=roles), "bad-roles", f"roles-{roles:02x}")
    here.twin()


def _good_roles(roles: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "HELLO3")
        here.twin(here.draft.with_body(roles=roles), f"roles-{roles:02x}")

    return story


for _roles_value, _called in ((2, "client"), (5, "coordinator"), (9, "receiver"), (13, "all-flags")):
    case(
        f"sessions.hello3.roles-{_called}",
        reqs=["REQ-SES-22"],
        type="HELLO3",
        operator=f"conforming-{_called}",
        fresh=True,
    )(_good_roles(_roles_value))


# ---------------------------------------------------------------- what HELLO3 tells of the view


@case(
    "sessions.hello3.tells-the-view",
    reqs=["REQ-SES-18", "REQ-SES-21"],
    type="HELLO3",
    operator="conforming-in-a-view",
    fresh=True,
)
def _view(judge: Judge) -> None:
    stage = Stage(judge, n=2, rank=1)
    run = setup(stage).to_view()
    stranger = stage.newcomer()
    body = frames.read(stage.meet(stranger).hello3).body
    judge.equal("view", body["view_id"], run.view, field="body.view_id", reqs=["REQ-SES-18"])
    first = contact(run.members[0].address)
    judge.equal("coordinator", body["coordinator"], first, field="body.coordinator", reqs=["REQ-SES-21"])


# ---------------------------------------------------------------- both at once


def _at_once(order: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        stage = Stage(judge)
        who = stage.others[0]
        hello1 = stage.greet(who)
        theirs = who.hello1(judge.octets(32))
        their_retry = stage.one(stage.deliver(theirs, who), "RETRY").octets
        retry = who.retry(frames.read(hello1).body["nonce"], judge.octets(32))
        hello2 = stage.one(stage.deliver(retry, who), "HELLO2").octets
        their_hello2 = stage.hello2(who, theirs, their_retry)
        hello3 = stage.hello3(who, (hello1, retry, hello2))
        steps: list[tuple[str, bytes]] = [("hello2", their_hello2), ("hello3", hello3)]
        for name, octets in steps if order == "hello2-first" else steps[::-1]:
            reply = stage.deliver(octets, who)
            accepts(judge, reply, name)
            if name == "hello2":
                kinds = [said.type for said in stage.said(reply)]
                judge.check("answered", "HELLO3" in kinds, expected="HELLO3", observed=kinds)
        session = {"node": who.node.hex(), "address": who.address, "incarnation": who.incarnation}
        judge.equal("one-session", stage.sessions(), [session])
        judge.equal("handshakes", stage.inspect().number("handshakes"), 0)

    return story


for _order in ("hello2-first", "hello3-first"):
    case(
        f"sessions.hello3.both-at-once-{_order}",
        reqs=["REQ-SES-25", "REQ-SES-14"],
        type="HELLO3",
        operator=f"conforming-at-once-{_order}",
        fresh=True,
    )(_at_once(_order))


@case(
    "sessions.hello3.two-greetings",
    reqs=["REQ-SES-20"],
    type="HELLO3",
    operator="conforming-two-addresses",
    fresh=True,
)
def _two(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    one, two = stage.others
    first, second = stage.greet_to_hello2(one), stage.greet_to_hello2(two)
    judge.refuses(
        stage.peer, stage.hello3(two, first), "unexpected-reply", source=two.address, name="crossed"
    )
    accepts(judge, stage.deliver(stage.hello3(two, second), two), "second")
    accepts(judge, stage.deliver(stage.hello3(one, first), one), "first")
