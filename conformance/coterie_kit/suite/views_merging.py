"""Components that seek each other: which coordinator asks which, and when."""

from __future__ import annotations

from collections.abc import Iterable

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.reply import Reply
from coterie_kit.suite._group import Group, candidate, group
from coterie_kit.suite._stage import accepts
from coterie_kit.suite.views_joins import join_scene
from coterie_kit.suite.views_suspicion import proposed

HALF = 500


def view_of(judge: Judge, counter: int) -> bytes:
    """Some view of that counter."""
    return counter.to_bytes(8, "big") + judge.octets(8)


def stranger(here: Group, port: int = 5080) -> Puppet:
    """A peer of another component that nobody has met."""
    born = here.newcomer(address=f"203.0.113.80:{port}")
    born.named = "stranger"
    here.judge.names[born.address] = born.named
    return born


def sees(here: Group, who: Puppet, view: bytes, lead: Puppet | None = None) -> Reply:
    """The peer greets a puppet because it is told to, and learns of its view."""
    reply = here.peer.do("greet", here.overlay, to=who.address)
    here.need(reply.ok, f"greet: {reply.said()}")
    hello1 = here.one(reply, "HELLO1").octets
    return goes_on(here, who, hello1, view, lead)


def goes_on(here: Group, who: Puppet, hello1: bytes, view: bytes, lead: Puppet | None = None) -> Reply:
    """A puppet answers a greeting of the peer; the reply to its HELLO3."""
    retry = who.retry(frames.read(hello1).body["nonce"], here.judge.octets(32))
    hello2 = here.one(here.deliver(retry, who), "HELLO2").octets
    return here.hello3_of(who, (hello1, retry, hello2), lead, view_id=view)


def joins(here: Group, replies: Iterable[Reply]) -> list[tuple[str, bytes]]:
    """The JOINs that the peer sent, and where to."""
    return [(said.to, said.octets) for reply in replies for said in here.said(reply) if said.type == "JOIN"]


def greetings(here: Group, reply: Reply) -> list[str]:
    """Whom the peer greeted."""
    return [said.to for said in here.said(reply) if said.type == "HELLO1"]


# ---------------------------------------------------------------- who leads


@case(
    "views.merge.greater-view",
    reqs=["REQ-VIE-22"],
    type="JOIN",
    operator="conforming-greater-view-leads",
    fresh=True,
)
def _greater(judge: Judge) -> None:
    here = group(judge, n=3, rank=0, counter=judge.random.randrange(2, 2**20))
    far = stranger(here)
    reply = sees(here, far, view_of(judge, here.counter + judge.random.randrange(1, 2**20)))
    found = joins(here, [reply])
    judge.equal("asks", [to for to, _ in found], [far.address])
    here.need(found, "no JOIN")
    body = frames.read(found[0][1]).body
    names = ("node_id", "incarnation", "contact")
    rows = [{name: row[name] for name in names} for row in body["members"]]
    judge.equal("view", body["view_id"], here.view, field="body.view_id")
    judge.equal("members", rows, [candidate(one) for one in here.members], field="body.members")
    told = reply.event("joining")
    judge.equal(
        "joining", told.fields.get("coordinator") if told else None, far.node.hex(), reqs=["REQ-VIE-22"]
    )


@case(
    "views.merge.equal-counters",
    reqs=["REQ-VIE-22"],
    type="JOIN",
    operator="conforming-equal-counters",
    fresh=True,
)
def _equal(judge: Judge) -> None:
    """Of equal counters the greater Node-ID leads."""
    here = group(judge, n=2, rank=0)
    low, high = None, None
    for port in range(5100, 9100):  # mostly two or three will do
        one = stranger(here, port)
        if one.node < here.subject.node:
            low = low or one
        else:
            high = high or one
        if low and high:
            break
    here.need(low and high, "all strangers on one side")
    assert low is not None
    assert high is not None
    reply = sees(here, low, view_of(judge, here.counter))
    judge.equal("lower-node", joins(here, [reply]), [])
    reply = sees(here, high, view_of(judge, here.counter))
    judge.equal("higher-node", [to for to, _ in joins(here, [reply])], [high.address])


@case(
    "views.merge.lower-view",
    reqs=["REQ-VIE-22"],
    type="JOIN",
    operator="conforming-lower-view-waits",
    fresh=True,
)
def _lower(judge: Judge) -> None:
    """A lower view will ask. When it has not five seconds later, it is asked."""
    here = group(judge, n=2, rank=0, counter=judge.random.randrange(10, 2**20))
    far = stranger(here)
    view = view_of(judge, here.counter - 1)
    replies = [sees(here, far, view)]
    judge.equal("waits", joins(here, replies), [])
    here.keep_alive(2000)
    here.keep_alive(2999)
    judge.equal("waits-on", joins(here, [sees(here, far, view)]), [])
    here.keep_alive(1)
    judge.equal("asks-then", [to for to, _ in joins(here, [sees(here, far, view)])], [far.address])


@case(
    "views.merge.member-names-coordinator",
    reqs=["REQ-VIE-22"],
    type="HELLO1",
    operator="conforming-greets-the-coordinator",
    fresh=True,
)
def _coordinator(judge: Judge) -> None:
    here = group(judge, n=2, rank=0)
    far, lead = stranger(here), stranger(here, 5081)
    lead.address = "203.0.113.81:5081"
    reply = sees(here, far, view_of(judge, here.counter + 5), lead)
    judge.equal("no-join", joins(here, [reply]), [])
    judge.equal("greets", greetings(here, reply), [lead.address])


@case(
    "views.merge.no-coordinator",
    reqs=["REQ-VIE-22"],
    type="JOIN",
    operator="receiver-no-coordinator",
    fresh=True,
)
def _no_lead(judge: Judge) -> None:
    here = group(judge, n=3, rank=1)
    reply = sees(here, stranger(here), view_of(judge, here.counter + 5))
    judge.equal("no-join", joins(here, [reply, *here.keep_alive(1500)]), [])


@case("views.merge.repeats", reqs=["REQ-VIE-22"], type="JOIN", operator="conforming-repeated", fresh=True)
def _repeats(judge: Judge) -> None:
    here = group(judge, n=2, rank=0)
    far = stranger(here)
    first = joins(here, [sees(here, far, view_of(judge, here.counter + 9))])
    here.need(first, "no JOIN")
    times, octets = [], {octets for _, octets in first}
    for turn in range(1, 29):
        found = joins(here, here.keep_alive(250))
        times += [turn * 250] * len(found)
        octets |= {one for _, one in found}
    judge.equal("every-second-for-five", times, [1000, 2000, 3000, 4000])
    judge.equal("byte-for-byte", len(octets), 1)


@case(
    "views.merge.one-at-a-time",
    reqs=["REQ-VIE-22"],
    type="JOIN",
    operator="another-leader-meanwhile",
    fresh=True,
)
def _one_at_a_time(judge: Judge) -> None:
    here = group(judge, n=2, rank=0)
    far, other = stranger(here), stranger(here, 5082)
    other.address = "203.0.113.82:5082"
    here.need(joins(here, [sees(here, far, view_of(judge, here.counter + 9))]), "no JOIN")
    reply = sees(here, other, view_of(judge, here.counter + 90))
    judge.equal(
        "to-no-other",
        [to for to, _ in joins(here, [reply, *here.keep_alive(2500)]) if to == other.address],
        [],
    )
    guest = here.met()[0]
    here.need(here.deliver(here.join_of(guest), guest).ok, "JOIN")
    replies = here.keep_alive(1000, step=100)
    judge.equal("proposes-for-nobody", len(proposed(here, replies)), 0)


@case(
    "views.merge.ends-when-refused",
    reqs=["REQ-VIE-22"],
    type="REFUSE",
    operator="conforming-join-refused",
    fresh=True,
)
def _refused(judge: Judge) -> None:
    here = group(judge, n=2, rank=0)
    far = stranger(here)
    found = joins(here, [sees(here, far, view_of(judge, here.counter + 9))])
    here.need(found, "no JOIN")
    values = {
        "refused_sequence": frames.read(found[0][1]).prefix["sequence"],
        "reason": registry.reason("own-view").code,
        "refused_type": registry.frame("JOIN").code,
    }
    accepts(judge, here.deliver(far.make("REFUSE", values, here.subject.node), far), "refuse")
    judge.equal("no-more", joins(here, here.keep_alive(2500)), [])


@case("views.merge.both-ask", reqs=["REQ-VIE-22"], type="JOIN", operator="conforming-both-ask", fresh=True)
def _both(judge: Judge) -> None:
    """The other asks although it leads by the rule: it wants to be led, and whoever receives a JOIN leads."""
    here = group(judge, n=2, rank=0, counter=judge.random.randrange(20, 2**20))
    far = stranger(here)
    view = view_of(judge, here.counter - 3)
    sees(here, far, view)
    here.keep_alive(5000)
    here.need(joins(here, [sees(here, far, view)]), "no JOIN")
    made = join_scene(here, far, view_id=view)
    accepts(judge, here.deliver(made.draft.octets(), far), "join")
    replies = here.keep_alive(200, step=50)
    found = proposed(here, replies)
    judge.check("leads", found, expected="PROPOSE: by the rule it is the one that leads")


@case(
    "views.merge.bar-of-a-leader",
    reqs=["REQ-VIE-45"],
    type="JOIN",
    operator="conforming-leader-barred",
    fresh=True,
)
def _bar(judge: Judge) -> None:
    """A JOIN that led to no view: the same leader is asked again only a second after the five."""
    here = group(judge, n=2, rank=0)
    far = stranger(here)
    view = view_of(judge, here.counter + 9)
    here.need(joins(here, [sees(here, far, view)]), "no JOIN")
    here.keep_alive(5000)
    judge.equal("at-once", joins(here, [sees(here, far, view)]), [])
    here.keep_alive(999)
    judge.equal("too-early", joins(here, [sees(here, far, view)]), [])
    here.keep_alive(HALF)
    judge.equal("later", [to for to, _ in joins(here, [sees(here, far, view)])], [far.address])


@case(
    "views.merge.leader-at-work",
    reqs=["REQ-VIE-3"],
    type="PROPOSE",
    operator="another-is-at-work",
    fresh=True,
)
def _at_work(judge: Judge) -> None:
    """A member falls silent, but the leader that was asked is at work."""
    here = group(judge, n=3, rank=0)
    quiet, far = here.puppets[0], stranger(here)
    found = joins(here, [sees(here, far, view_of(judge, here.counter + 9))])
    here.need(found, "no JOIN")
    counter = here.counter + judge.random.randrange(10, 2**31)
    here.answered(here.propose(far, [*here.members, far], counter=counter, permits=[found[0][1]]))
    replies = here.keep_alive(3900, silent=[quiet], step=300)
    judge.equal("suspected", here.inspect()["suspected"], [quiet.node.hex()])
    judge.equal("no-propose", len(proposed(here, replies)), 0)
