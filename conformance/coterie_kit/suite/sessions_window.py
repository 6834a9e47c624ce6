"""Sessions, incarnations and sequence numbers of signed frames."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._scenes import scene
from coterie_kit.suite._stage import Stage, accepts

IN_SESSION = ("PING", "PONG", "REFUSE", "INSTALL", "UP", "DOWN", "CONFIRM")


def _no_session(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        stranger = here.stage.newcomer()
        strange = here.draft.changed(maker=stranger, source=stranger.address).with_prefix(
            signer=stranger.node, incarnation=stranger.incarnation
        )
        here.refuses(strange, "no-session", "a-stranger")
        here.stage.knock(stranger)
        here.refuses(strange, "no-session", "a-stranger-with-a-cookie")
        here.refuses(strange.changed(source=here.puppet.address), "no-session", "at-the-address-of-a-session")
        here.twin()

    return story


def _wrong_incarnation(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        right = here.puppet.incarnation
        for name, value in (
            ("one-less", right - 1),
            ("one-more", right + 1),
            ("zero", 0),
            ("greatest", 2**64 - 1),
        ):
            here.refuses(here.draft.with_prefix(incarnation=value), "wrong-incarnation", name)
        here.twin()

    return story


for _kind in IN_SESSION:
    _low = _kind.lower()
    case(f"sessions.{_low}.no-session", reqs=["REQ-SES-3"], type=_kind, operator="no-session", fresh=True)(
        _no_session(_kind)
    )
    case(
        f"sessions.{_low}.wrong-incarnation",
        reqs=["REQ-SES-4"],
        type=_kind,
        operator="other-incarnation",
        fresh=True,
    )(_wrong_incarnation(_kind))


def _moved(kind: str) -> Callable[[Judge], None]:
    """The source is not compared with the session's address; what goes back goes to that address."""

    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        elsewhere = "198.51.100.200:999"
        reply = here.stage.deliver(here.draft.octets(), elsewhere)
        accepts(judge, reply)
        targets = {send.to for send in reply.sends}
        judge.check("answers-to-the-session", elsewhere not in targets, observed=sorted(targets))
        if kind == "PING":
            judge.equal("pong-to", sorted(targets), [here.puppet.address])

    return story


for _kind in IN_SESSION:
    case(
        f"sessions.{_kind.lower()}.from-another-address",
        reqs=["REQ-SES-4"],
        type=_kind,
        operator="conforming-other-address",
        fresh=True,
    )(_moved(_kind))


# ---------------------------------------------------------------- the window


def _ping(stage: Stage, who: Puppet, sequence: int) -> bytes:
    return who.ping(stage.judge.octets(8), stage.subject.node, sequence=sequence)


def try_ping(stage: Stage, who: Puppet, sequence: int) -> Reply:
    """Delivers a PING with that sequence."""
    return stage.deliver(_ping(stage, who, sequence), who)


def _seated(judge: Judge) -> tuple[Stage, Puppet]:
    stage = Stage(judge)
    who = stage.others[0]
    who.sequence = judge.random.randrange(100, 10**6)
    stage.meet(who)
    return stage, who


@case("sessions.window.seen", reqs=["REQ-SES-5"], type="PING", operator="sequence-seen", fresh=True)
def _seen(judge: Judge) -> None:
    stage, who = _seated(judge)
    first = who.sequence
    judge.refuses(stage.peer, _ping(stage, who, first), "replayed", source=who.address, name="that-of-hello2")
    ping = _ping(stage, who, first + 1)
    accepts(judge, stage.deliver(ping, who), "new")
    judge.refuses(stage.peer, ping, "replayed", source=who.address, name="byte-for-byte")
    judge.refuses(stage.peer, _ping(stage, who, first + 1), "replayed", source=who.address, name="other-body")
    accepts(judge, try_ping(stage, who, first + 2), "next")
    judge.refuses(stage.peer, ping, "replayed", source=who.address, name="older")


@case(
    "sessions.window.width", reqs=["REQ-SES-5"], type="PING", operator="sequence-below-the-window", fresh=True
)
def _width(judge: Judge) -> None:
    stage, who = _seated(judge)
    top = who.sequence + 500
    accepts(judge, try_ping(stage, who, top), "top")
    for back in (64, 65, 100, 400):
        ping = _ping(stage, who, top - back)
        judge.refuses(stage.peer, ping, "too-old", source=who.address, name=f"{back}-back")
    accepts(judge, try_ping(stage, who, top - 63), "63-back")
    judge.refuses(
        stage.peer, _ping(stage, who, top - 63), "replayed", source=who.address, name="63-back-again"
    )


@case(
    "sessions.window.any-order", reqs=["REQ-SES-5"], type="PING", operator="conforming-shuffled", fresh=True
)
def _any_order(judge: Judge) -> None:
    stage, who = _seated(judge)
    numbers = [who.sequence + 1 + number for number in range(64)]
    judge.random.shuffle(numbers)
    for number in numbers:
        accepts(judge, try_ping(stage, who, number), f"plus-{number - who.sequence}")


@case(
    "sessions.window.begins-with-hello2",
    reqs=["REQ-SES-5"],
    type="HELLO2",
    operator="conforming-window",
    fresh=True,
)
def _begins(judge: Judge) -> None:
    stage, who = _seated(judge)
    first = who.sequence
    accepts(judge, try_ping(stage, who, first - 63), "63-below")
    judge.refuses(stage.peer, _ping(stage, who, first - 64), "too-old", source=who.address, name="64-below")


@case(
    "sessions.window.begins-with-hello3",
    reqs=["REQ-SES-5"],
    type="HELLO3",
    operator="conforming-window",
    fresh=True,
)
def _begins_with_hello3(judge: Judge) -> None:
    here = scene(judge, "HELLO3")
    stage, who = here.stage, here.puppet
    first = judge.random.randrange(100, 10**6)
    accepts(judge, stage.deliver(here.draft.with_prefix(sequence=first).octets(), who), "hello3")
    judge.refuses(stage.peer, _ping(stage, who, first), "replayed", source=who.address, name="that-of-hello3")
    judge.refuses(stage.peer, _ping(stage, who, first - 64), "too-old", source=who.address, name="64-below")
    accepts(judge, try_ping(stage, who, first - 63), "63-below")


@case("sessions.window.zero", reqs=["REQ-SES-6"], type="PING", operator="sequence-zero", fresh=True)
def _zero(judge: Judge) -> None:
    stage = Stage(judge)
    who = stage.others[0]
    stage.meet(who)
    judge.refuses(stage.peer, _ping(stage, who, 0), "too-old", source=who.address)
    accepts(judge, try_ping(stage, who, 2), "twin")


@case(
    "sessions.window.not-moved-by-refusals",
    reqs=["REQ-SES-6", "REQ-FRM-14", "REQ-FRM-15"],
    type="PING",
    operator="spoiled-and-far-ahead",
    fresh=True,
)
def _not_moved(judge: Judge) -> None:
    stage, who = _seated(judge)
    first = who.sequence
    far = _ping(stage, who, first + 5000)
    spoiled = far[:-1] + bytes([far[-1] ^ 1])
    judge.refuses(stage.peer, spoiled, "bad-signature", source=who.address, name="signature")
    lost = who.ping(judge.octets(8), judge.octets(32), sequence=first + 5000)
    judge.refuses(stage.peer, lost, "wrong-destination", source=who.address, name="destination")
    accepts(judge, try_ping(stage, who, first + 1), "the-window-stands")
    accepts(judge, try_ping(stage, who, first + 5000), "the-number-is-free")


@case(
    "sessions.window.used-up-by-a-bad-body",
    reqs=["REQ-SES-6", "REQ-SES-5", "REQ-FRM-16"],
    type="PING",
    operator="bad-body",
    fresh=True,
)
def _used_up(judge: Judge) -> None:
    stage, who = _seated(judge)
    number = who.sequence + 7
    bad = who.signed("PING", b"short", stage.subject.node, sequence=number)
    judge.refused(stage.deliver(bad, who), "truncated-body", name="body", reqs=["REQ-FRM-16"])
    judge.refuses(stage.peer, _ping(stage, who, number), "replayed", source=who.address, name="number")


@case(
    "sessions.window.one-for-three-types",
    reqs=["REQ-SES-5"],
    type="REFUSE",
    operator="sequence-seen-in-another-type",
    fresh=True,
)
def _one_window(judge: Judge) -> None:
    here = scene(judge, "REFUSE")
    stage, who = here.stage, here.puppet
    number = who.sequence + 1
    accepts(judge, try_ping(stage, who, number), "ping")
    here.refuses(here.draft.with_prefix(sequence=number), "replayed", "refuse")
    here.twin(here.draft.with_prefix(sequence=number + 1))


@case(
    "sessions.window.not-for-flows",
    reqs=["REQ-SES-5", "REQ-SES-7"],
    type="INSTALL",
    operator="conforming-old-sequence",
    fresh=True,
)
def _not_for_flows(judge: Judge) -> None:
    here = scene(judge, "INSTALL", n=2)
    stage, who = here.stage, here.puppet
    accepts(judge, try_ping(stage, who, 1000), "ping", reqs=["REQ-SES-5"])
    here.twin(here.draft.with_prefix(sequence=3), "old-sequence", reqs=["REQ-SES-5"])
    accepts(judge, try_ping(stage, who, 1001), "ping-after", reqs=["REQ-SES-5"])


@case(
    "sessions.window.not-moved-by-flows",
    reqs=["REQ-SES-5"],
    type="INSTALL",
    operator="conforming-far-ahead",
    fresh=True,
)
def _flows_do_not_move_it(judge: Judge) -> None:
    here = scene(judge, "INSTALL", n=2)
    here.twin(here.draft.with_prefix(sequence=5000), "far-ahead")
    accepts(judge, try_ping(here.stage, here.puppet, 9), "ping")


@case(
    "sessions.window.for-each-signer",
    reqs=["REQ-SES-5"],
    type="PING",
    operator="conforming-two-signers",
    fresh=True,
)
def _each_signer(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    stage.meet_all()
    one, two = stage.others
    accepts(judge, try_ping(stage, one, 900), "one")
    accepts(judge, try_ping(stage, two, 2), "two")
    accepts(judge, try_ping(stage, two, 900), "two-at-900")


@case(
    "sessions.window.kept-by-a-second-handshake",
    reqs=["REQ-SES-5"],
    type="HELLO2",
    operator="conforming-second-handshake",
    fresh=True,
)
def _kept(judge: Judge) -> None:
    stage, who = _seated(judge)
    first = who.sequence
    accepts(judge, try_ping(stage, who, first + 40), "before")
    who.sequence = first + 19
    stage.meet(who)
    judge.refuses(stage.peer, _ping(stage, who, first + 40), "replayed", source=who.address, name="kept")
    judge.refuses(
        stage.peer, _ping(stage, who, first + 20), "replayed", source=who.address, name="that-of-hello2"
    )
    judge.refuses(
        stage.peer, _ping(stage, who, first - 24), "too-old", source=who.address, name="still-64-wide"
    )
    accepts(judge, try_ping(stage, who, first + 41), "next")


@case("sessions.window.greatest", reqs=["REQ-SES-5"], type="PING", operator="conforming-greatest", fresh=True)
def _greatest(judge: Judge) -> None:
    stage, who = _seated(judge)
    accepts(judge, try_ping(stage, who, 2**64 - 1), "greatest")
    judge.refuses(stage.peer, _ping(stage, who, 2**64 - 1), "replayed", source=who.address, name="again")
    accepts(judge, try_ping(stage, who, 2**64 - 64), "63-below")


# ---------------------------------------------------------------- what the peer counts


@case(
    "sessions.sequence.counts",
    reqs=["REQ-SES-7", "REQ-SES-18"],
    type="PONG",
    operator="conforming-counts",
    fresh=True,
)
def _counts(judge: Judge) -> None:
    stage = Stage(judge, n=3)
    one, two = stage.others
    seen = [frames.read(stage.meet(one).hello3).prefix["sequence"]]
    for number, who in ((5, one), (6, one)):
        seen.append(stage.one(try_ping(stage, who, number), "PONG").frame.prefix["sequence"])
    handshake = stage.meet(two)
    again = stage.one(stage.deliver(handshake.hello2, two), "HELLO3").frame.prefix["sequence"]
    seen += [frames.read(handshake.hello3).prefix["sequence"]]
    seen.append(stage.one(try_ping(stage, two, 7), "PONG").frame.prefix["sequence"])
    judge.equal("sequences", seen, [1, 2, 3, 4, 5], field="prefix.sequence", reqs=["REQ-SES-7"])
    judge.equal("repeated-keeps-its-own", again, 4, field="prefix.sequence")


@case(
    "sessions.sequence.each-overlay",
    reqs=["REQ-SES-7", "REQ-NAM-2"],
    type="HELLO3",
    operator="conforming-two-overlays",
    fresh=True,
)
def _each_overlay(judge: Judge) -> None:
    stage = Stage(judge)
    other = overlay_id(judge.octets(9))
    stage.reset(trust=[stage.trust(), {"overlay": other, "policy": "open"}])
    who = stage.others[0]
    first = frames.read(stage.meet(who).hello3)
    from coterie_kit.keys.names import node_id

    twin = Puppet(who.key, who.leaf, other, who.address, who.incarnation)
    hello1 = twin.hello1(judge.octets(32))
    retry = stage.one(stage.deliver(hello1, twin), "RETRY").octets
    hello2 = stage.hello2(twin, hello1, retry)
    second = stage.one(stage.deliver(hello2, twin), "HELLO3").frame
    judge.equal("first", first.prefix["sequence"], 1, reqs=["REQ-SES-7"], field="prefix.sequence")
    judge.equal("second", second.prefix["sequence"], 1, reqs=["REQ-SES-7"], field="prefix.sequence")
    there = node_id(other, stage.subject.key.spki)
    judge.equal("node", second.prefix["signer"], there, reqs=["REQ-NAM-2"], field="prefix.signer")
