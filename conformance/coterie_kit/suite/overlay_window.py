"""The window of a session in an overlay: what was signed before the session is not taken in it."""

from __future__ import annotations

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import Overlay
from coterie_kit.suite._overlay_scenes import finding
from coterie_kit.suite._stage import accepts


def _refused(stage: Overlay, who: Puppet, octets: bytes, reason: str, name: str) -> None:
    stage.judge.refuses(stage.peer, octets, reason, source=who.address, name=name)


@case(
    "overlay.window.a-depart-again",
    reqs=["REQ-OVL-32", "REQ-SES-5"],
    type="DEPART",
    operator="replayed-after-it-was-forgotten",
    cls="overlay",
    fresh=True,
)
def _depart_again(judge: Judge) -> None:
    """Whoever wrote a DEPART down cannot drive its signer out again when that is back."""
    stage = Overlay(judge, count=2)
    who = stage.others[0]
    depart = stage.of(who, "DEPART")
    accepts(judge, stage.deliver(depart, who), "depart")
    stage.need(len(stage.contacts()) == 1, "who has departed is a contact")
    stage.meet(who)
    _refused(stage, who, depart, "replayed", "from-its-address")
    judge.refuses(stage.peer, depart, "replayed", source="203.0.113.9:99", name="from-anywhere")
    judge.equal("stays", len(stage.contacts()), 2)
    accepts(judge, stage.ask(who, "DEPART"), "a-new-one")
    judge.equal("gone", len(stage.contacts()), 1)


@case(
    "overlay.window.begins-above",
    reqs=["REQ-OVL-32", "REQ-SES-5"],
    type="HELLO2",
    operator="sequence-below-hello2",
    cls="overlay",
    fresh=True,
)
def _begins_above(judge: Judge) -> None:
    """No number below that of the HELLO2, seen or not; above it any order is well."""
    stage = Overlay(judge)
    who = stage.add().puppet
    who.sequence = judge.random.randrange(200, 10**6)
    store = stage.of(who, "STORE", envelope=_envelopes.make(who, stage.wall))
    first = who.sequence + 1
    stage.meet(who)
    _refused(stage, who, store, "replayed", "one-below")
    for back, reason in ((2, "replayed"), (63, "replayed"), (64, "too-old"), (150, "too-old")):
        ping = who.ping(judge.octets(8), stage.subject.node, sequence=first - back)
        _refused(stage, who, ping, reason, f"{back}-below")
    judge.equal("nothing-held", stage.inspect()["held"], [], reqs=["REQ-OVL-32"], field="held")
    for ahead in (9, 2, 1, 5):
        ping = who.ping(judge.octets(8), stage.subject.node, sequence=first + ahead)
        accepts(judge, stage.deliver(ping, who), f"{ahead}-above", reqs=["REQ-SES-5"])


@case(
    "overlay.window.begins-above-hello3",
    reqs=["REQ-OVL-32", "REQ-SES-5"],
    type="HELLO3",
    operator="sequence-below-hello3",
    cls="overlay",
    fresh=True,
)
def _above_hello3(judge: Judge) -> None:
    stage = Overlay(judge)
    who = stage.add().puppet
    who.sequence = judge.random.randrange(200, 10**6)
    find = stage.of(who, "FIND", target=judge.octets(32))
    stage.act("greet", to=who.address)
    judge.require("session", len(stage.sessions()) == 1, expected="a session")
    _refused(stage, who, find, "replayed", "one-below")
    accepts(judge, stage.ask(who, "FIND", target=judge.octets(32)), "twin")


@case(
    "overlay.window.kept-by-a-second-greeting",
    reqs=["REQ-SES-5", "REQ-OVL-32"],
    type="HELLO2",
    operator="conforming-second-greeting",
    cls="overlay",
    fresh=True,
)
def _second_greeting(judge: Judge) -> None:
    """While there is a session a further greeting closes nothing: what is on its way is still taken."""
    stage = Overlay(judge, count=1)
    who = stage.others[0]
    late = stage.of(who, "FIND", target=judge.octets(32))
    stage.meet(who)
    accepts(judge, stage.deliver(late, who), "on-its-way", reqs=["REQ-SES-5"])
    _refused(stage, who, late, "replayed", "but-once")


@case(
    "overlay.window.one-for-all-types",
    reqs=["REQ-SES-5", "REQ-FRM-15"],
    type="FIND",
    operator="sequence-seen",
    cls="overlay",
    fresh=True,
)
def _one_for_all(judge: Judge) -> None:
    """Requests, answers and DEPART share the window; a body that is refused has used its number up."""
    stage, _ = finding(judge, count=2)
    who, guide = stage.others[1], stage.others[0]
    asked = next(said for said in stage.sent("FIND") if said.to == guide.address)
    find = stage.of(who, "FIND", target=judge.octets(32))
    accepts(judge, stage.deliver(find, who), "find")
    _refused(stage, who, find, "replayed", "find-again")
    for kind, values in (("STORE", {"envelope": b"x"}), ("FETCH", {"key": bytes(32)}), ("DEPART", {})):
        octets = who.make(kind, values, stage.subject.node, sequence=who.sequence)
        _refused(stage, who, octets, "replayed", f"{kind.lower()}-with-its-number")
    nodes = stage.of(guide, "NODES", request=asked.frame.prefix["sequence"])
    accepts(judge, stage.deliver(nodes, guide), "nodes")
    _refused(stage, guide, nodes, "replayed", "nodes-again")
    bad = who.signed("DEPART", b"\x00", stage.subject.node)
    _refused(stage, who, bad, "extension-overrun", "bad-body")
    good = who.make("DEPART", {}, stage.subject.node, sequence=who.sequence)
    _refused(stage, who, good, "replayed", "number-used-up")
    accepts(judge, stage.ask(who, "DEPART"), "twin")
