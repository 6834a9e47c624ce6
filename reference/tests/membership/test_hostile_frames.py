"""Frames that break a rule of membership: each is refused with its reason, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from coterie import registry
from coterie.vocabulary import ALL_NODES, NO_VIEW, NodeId, ViewId
from coterie.wire import bodies, extensions
from coterie.wire.bodies import Body, Candidate, Flush, Holding, Join, Leave, Propose
from coterie.wire.contact import Contact
from reference.tests.membership.company import Company
from reference.tests.peer.network import Host, body_of, name_of, resigned

STRANGER = NodeId(b"\x05" * 32)
NOWHERE = Contact(bytes(15) + b"\x01", 0)


def row(host: Host, **changes: Any) -> Candidate:
    """A host as a candidate."""
    return replace(Candidate(host.node, host.peer.incarnation, Contact.of(host.address)), **changes)


def sign(host: Host, to: NodeId, body: Body) -> bytes:
    return host.inside.standing.sign(to, body)


def refused(company: Company, source: Host, to: Host, datagram: bytes) -> str:
    """The reason; and that the state is as it was."""
    before = company.facts(to)
    reason = company.deliver(source.address, to, datagram)
    after = company.facts(to)
    for facts in (before, after):
        del facts["counters"]
    assert not reason or before == after
    return reason


def names_sent(company: Company, source: Host, since: int) -> list[str]:
    return [name_of(datagram) for host, _, datagram in company.wire[since:] if host is source]


# ---------------------------------------------------------------- stated membership


@pytest.mark.parametrize("name", ["PROPOSE", "FLUSH", "JOIN", "LEAVE"])
def test_overlay_whose_user_states_the_members_takes_part_in_a_proposal(name: str) -> None:
    company = Company()
    a, b = (company.add(name) for name in "ab")
    company.introduce()
    frames: dict[str, tuple[NodeId, Body]] = {
        "PROPOSE": (ALL_NODES, Propose(1, (row(a),))),
        "FLUSH": (b.node, Flush(1, 0, 0, 0, NO_VIEW, 0, 0)),
        "JOIN": (b.node, Join(NO_VIEW, (row(a),))),
        "LEAVE": (ALL_NODES, Leave(NO_VIEW)),
    }

    assert company.refuses(a, b, sign(a, *frames[name])) == "stated-membership"


# ---------------------------------------------------------------- PROPOSE


@pytest.fixture
def trio() -> tuple[Company, Host, Host, Host]:
    """`a` is silent, and `b` and `c` suspect it: it is the turn of `b`, whose PROPOSE is held back."""
    company = Company()
    a, b, c = company.in_order(company.gather("abc"))
    company.crash(a)
    while not b.told("suspected") or not c.told("suspected"):
        company.run(5)
    return company, a, b, c


def honest(a: Host, b: Host, c: Host) -> Propose:
    rows = sorted((row(b), row(c)), key=lambda each: each.node_id)
    return Propose(100, tuple(rows))


Twist = Callable[[Propose, Host, Host, Host], Propose]


def rows_of(*rows: Candidate) -> tuple[Candidate, ...]:
    return tuple(sorted(rows, key=lambda each: each.node_id))


PROPOSE_TWISTS: dict[str, tuple[Twist, str]] = {
    "a candidate twice": (lambda p, a, b, c: replace(p, candidates=(*p.candidates, p.candidates[-1])), "duplicate-member"),
    "candidates in another order": (lambda p, a, b, c: replace(p, candidates=p.candidates[::-1]), "bad-order"),
    "without the receiver": (lambda p, a, b, c: replace(p, candidates=(row(b),)), "self-absent"),
    "without the signer": (lambda p, a, b, c: replace(p, candidates=(row(c),)), "proposer-absent"),
    "a candidate that is nowhere": (lambda p, a, b, c: replace(p, candidates=rows_of(row(b), row(c), row(a, contact=NOWHERE))), "bad-contact"),
    "an old counter": (lambda p, a, b, c: replace(p, counter=2), "stale-proposal"),
    "a counter out of reach": (lambda p, a, b, c: replace(p, counter=2**32 + 50), "counter-jump"),
    "a permit that is no frame": (lambda p, a, b, c: replace(p, permits=(b"x" * 40,)), "bad-permit"),
    "a permit that is no JOIN": (lambda p, a, b, c: replace(p, permits=(sign(c, b.node, Leave(NO_VIEW)),)), "bad-permit"),
    "a permit for somebody else": (lambda p, a, b, c: replace(p, permits=(sign(c, a.node, Join(NO_VIEW, (row(c),))),)), "bad-permit"),
}  # fmt: skip


@pytest.mark.parametrize("twist", PROPOSE_TWISTS)
def test_proposal_that_breaks_a_rule_is_answered(trio: tuple[Company, Host, Host, Host], twist: str) -> None:
    company, a, b, c = trio
    change, reason = PROPOSE_TWISTS[twist]
    good = honest(a, b, c)
    since = len(company.wire)

    assert refused(company, b, c, sign(b, ALL_NODES, change(good, a, b, c))) == reason
    # a proposer learns its fate, and the next counter where that is it
    assert names_sent(company, c, since) == ["REFUSE"]
    refuse = body_of(company.wire[-1][2])
    assert refuse.reason == registry.reason(reason).code
    assert (extensions.counter_of(refuse.extensions) is not None) == (reason == "stale-proposal")

    assert company.deliver(b.address, c, sign(b, ALL_NODES, good)) == ""
    assert company.facts(c)["proposal"] == {"counter": 100, "proposer": b.node}


def test_member_proposes_out_of_turn() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    rows = rows_of(row(b), row(c))

    assert refused(company, b, c, sign(b, ALL_NODES, Propose(100, rows))) == "not-proposer"
    # nor does who stands before the proposer step back for it
    everyone = rows_of(row(a), row(b), row(c))
    assert refused(company, b, a, sign(b, ALL_NODES, Propose(100, everyone))) == "not-proposer"
    assert company.deliver(a.address, c, sign(a, ALL_NODES, Propose(100, everyone))) == ""


def test_smaller_proposal_of_two_is_answered_after_the_greater_one() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    everyone = rows_of(row(a), row(b), row(c))
    assert company.deliver(a.address, c, sign(a, ALL_NODES, Propose(100, everyone))) == ""

    assert refused(company, a, c, sign(a, ALL_NODES, Propose(99, everyone))) == "stale-proposal"
    assert (
        refused(company, a, c, sign(a, ALL_NODES, Propose(100, rows_of(row(a), row(c))))) == "stale-proposal"
    )


def test_repeated_proposal_gets_another_answer() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    frame = sign(a, ALL_NODES, Propose(100, rows_of(row(a), row(b), row(c))))
    company.deliver(a.address, c, frame)
    first = company.wire[-1][2]
    assert name_of(first) == "FLUSH"

    company.deliver(a.address, c, frame)

    assert company.wire[-1][2] == first


# ---------------------------------------------------------------- permits


def test_joiner_is_taken_in_by_who_was_not_asked() -> None:
    company = Company()
    (a,) = company.gather("a")
    (m,) = company.gather("m")
    (j,) = company.enlist("j")
    company.meet([a, j])
    company.meet([m, j])
    company.join(j, a)
    company.run(10)
    permit = company.sent("JOIN", j, a)

    stolen = Propose(50, rows_of(row(m), row(j)), (permit,))
    assert refused(company, m, j, sign(m, ALL_NODES, stolen)) == "bad-permit"
    without = Propose(50, rows_of(row(m), row(j)))
    assert refused(company, m, j, sign(m, ALL_NODES, without)) == "not-proposer"


def test_permit_is_good_for_ever() -> None:
    company = Company()
    (a,) = company.gather("a")
    (j,) = company.enlist("j")
    company.join(j, a)
    company.run(10)
    permit = company.sent("JOIN", j, a)
    company.until_together([a, j])
    company.leave(j)
    company.run(5000)

    again = Propose(50, rows_of(row(a), row(j)), (permit,))
    assert refused(company, a, j, sign(a, ALL_NODES, again)) == "not-proposer"


def test_component_is_carried_off_by_one_who_is_not_its_coordinator() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    (m,) = company.gather("m")
    company.meet([a, b, c, m])
    everyone = rows_of(row(a), row(b), row(c))
    view = a.view
    assert view is not None
    rows = rows_of(row(m), row(b))

    by_member = sign(b, m.node, Join(view, everyone))
    assert (
        refused(company, m, c, sign(m, ALL_NODES, Propose(50, rows_of(row(m), row(c)), (by_member,))))
        == "not-proposer"
    )
    good = sign(a, m.node, Join(view, everyone))
    forged = good[:-1] + bytes([good[-1] ^ 1])
    assert refused(company, m, b, sign(m, ALL_NODES, Propose(50, rows, (forged,)))) == "bad-permit"
    other_view = sign(a, m.node, Join(ViewId(b"\x07" * 16), everyone))
    assert refused(company, m, b, sign(m, ALL_NODES, Propose(50, rows, (other_view,)))) == "not-proposer"
    assert company.deliver(m.address, b, sign(m, ALL_NODES, Propose(50, rows, (good,)))) == ""


# ---------------------------------------------------------------- FLUSH


@pytest.fixture
def asked() -> tuple[Company, Host, Host, Host, Flush]:
    """`a` has asked `b` and `c`, and has no answer yet; the FLUSH of `b` as it would be."""
    company = Company()
    a, b, c = company.gather("abc")
    (d,) = company.enlist("d")
    company.join(d, a)
    while company.facts(a)["state"] == "stable":
        company.run(1)
    known = company.facts(a)
    counter = known["proposal"]["counter"]
    rows = tuple(Holding(node, 0) for node in known["members"])
    view = a.view
    assert view is not None
    return company, a, b, c, Flush(counter, counter - 1, known["clock"], 1, view, 1, 0, rows, ())


FLUSH_TWISTS: dict[str, tuple[Callable[[Flush], Flush], str]] = {
    "of another proposal": (lambda f: replace(f, counter=f.counter + 1), "no-proposal"),
    "two who send": (lambda f: replace(f, sends=2), "bad-flush"),
    "a sender without a view": (lambda f: replace(f, sends=1, previous_view=NO_VIEW, suite=0, acknowledged=0, holdings=()), "bad-flush"),
    "a view without a suite": (lambda f: replace(f, suite=0), "bad-flush"),
    "a suite without a view": (lambda f: replace(f, previous_view=NO_VIEW, acknowledged=0, holdings=()), "bad-flush"),
    "another suite": (lambda f: replace(f, suite=2), "bad-flush"),
    "no holdings": (lambda f: replace(f, holdings=()), "bad-flush"),
    "holdings without a view": (lambda f: replace(f, previous_view=NO_VIEW, acknowledged=0, suite=0), "bad-flush"),
    "holdings twice": (lambda f: replace(f, holdings=(*f.holdings, f.holdings[0])), "bad-flush"),
    "holdings in another order": (lambda f: replace(f, holdings=f.holdings[::-1]), "bad-flush"),
    "holdings of another view": (lambda f: replace(f, holdings=(*f.holdings, Holding(STRANGER, 1))), "bad-flush"),
    "more acknowledged than known": (lambda f: replace(f, acknowledged=f.clock + 1), "bad-flush"),
    "a stranger refused": (lambda f: replace(f, refused=(STRANGER,)), "bad-flush"),
    "a counter out of reach": (lambda f: replace(f, seen=2**33), "counter-jump"),
    "a clock out of reach": (lambda f: replace(f, clock=f.clock + 2**32), "clock-jump"),
}  # fmt: skip


@pytest.mark.parametrize("twist", FLUSH_TWISTS)
def test_answer_that_breaks_a_rule_counts(asked: tuple[Company, Host, Host, Host, Flush], twist: str) -> None:
    company, a, b, _, good = asked
    change, reason = FLUSH_TWISTS[twist]

    assert refused(company, b, a, sign(b, a.node, change(good))) == reason
    assert company.deliver(b.address, a, sign(b, a.node, good)) == ""


def test_candidate_refuses_itself_or_one_twice(asked: tuple[Company, Host, Host, Host, Flush]) -> None:
    company, a, b, c, good = asked
    for nodes in ((b.node,), (c.node, c.node)):
        assert refused(company, b, a, sign(b, a.node, replace(good, refused=nodes))) == "bad-flush"


def test_candidate_answers_in_two_ways(asked: tuple[Company, Host, Host, Host, Flush]) -> None:
    company, a, b, _, good = asked
    frame = sign(b, a.node, good)
    assert company.deliver(b.address, a, frame) == ""

    assert refused(company, b, a, sign(b, a.node, replace(good, sends=1))) == "equivocation"
    assert company.deliver(b.address, a, frame) == ""


def test_answer_counts_where_nothing_was_asked() -> None:
    company = Company()
    a, b, _ = company.gather("abc")
    view = a.view
    assert view is not None
    flush = Flush(4, 3, 1, 0, view, 1, 0, tuple(Holding(node, 0) for node in company.facts(a)["members"]))

    assert refused(company, b, a, sign(b, a.node, flush)) == "no-proposal"


# ---------------------------------------------------------------- INSTALL


@pytest.fixture
def offered() -> tuple[Company, Host, Host, Host, bytes]:
    """`c` has answered `a`, whose INSTALL it does not have yet."""
    company = Company()
    a, b, c = company.gather("abc")
    company.send(a, b"something to recover")
    company.run(300)
    (d,) = company.enlist("d")
    company.join(d, a)
    while company.facts(a)["state"] != "keying":
        company.run(1)
    assert company.facts(c)["state"] == "flushed"
    return company, a, b, c, company.sent("INSTALL", a, c)


def twisted_cut(install: Any) -> Any:
    (cut,) = install.cuts
    return (replace(cut, senders=tuple(replace(each, sequence=each.sequence - 1) for each in cut.senders)),)


INSTALL_TWISTS: dict[str, tuple[Callable[[Any], dict[str, Any]], str]] = {
    "no sender group": (lambda i: {"extensions": ()}, "bad-senders"),
    "a sender beyond the members": (lambda i: {"extensions": (extensions.senders((0, 4)),)}, "bad-senders"),
    "a coordinator that does not send": (lambda i: {"extensions": (extensions.senders((1,)),)}, "bad-senders"),
    "a short sender group": (
        lambda i: {"extensions": (bodies.Extension(registry.extensions()["senders"], b"\x80"),)}, "bad-senders"),
    "another proposal": (lambda i: {"counter": i.counter + 1}, "no-proposal"),
    "an old view": (lambda i: {"counter": 1}, "stale-counter"),
    "a cut below what is held": (lambda i: {"cuts": twisted_cut(i)}, "cut-below-holdings"),
    "no cut": (lambda i: {"cuts": ()}, "cut-below-holdings"),
}  # fmt: skip


@pytest.mark.parametrize("twist", INSTALL_TWISTS)
def test_install_that_breaks_a_rule_begins_a_run(
    offered: tuple[Company, Host, Host, Host, bytes], twist: str
) -> None:
    company, a, _, c, frame = offered
    change, reason = INSTALL_TWISTS[twist]
    body = body_of(frame)

    assert refused(company, a, c, resigned(a, frame, **change(body))) == reason
    assert company.deliver(a.address, c, frame) == ""
    assert company.facts(c)["state"] == "keying"


def test_install_by_another_than_the_proposer_begins_a_run(
    offered: tuple[Company, Host, Host, Host, bytes],
) -> None:
    company, _, b, c, frame = offered

    assert refused(company, b, c, resigned(b, frame)) == "no-proposal"


def test_member_appears_that_nobody_was_asked_about() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    (d,) = company.enlist("d")
    company.join(d, a)
    while company.facts(a)["state"] != "keying":
        company.run(1)
    frame = company.sent("INSTALL", a, c)
    # c answers a later proposal without d, and then gets an INSTALL with it
    company.deliver(a.address, c, sign(a, ALL_NODES, Propose(60, rows_of(row(a), row(b), row(c)))))

    assert refused(company, a, c, resigned(a, frame, counter=60)) == "not-candidate"


def test_proposer_that_installs_two_views_gets_away_with_it(
    offered: tuple[Company, Host, Host, Host, bytes],
) -> None:
    company, a, _, c, frame = offered
    company.deliver(a.address, c, frame)

    reason = company.deliver(a.address, c, resigned(a, frame, nonce=b"\x09" * 32))

    assert reason == "equivocation"
    assert [event.fields["culprit"] for event in c.told("run-failed")] == [a.node]
    assert company.facts(c)["state"] == "flushed"


def test_install_without_a_question_begins_a_run() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    frame = resigned(a, company.sent("INSTALL", a, c), counter=90)

    assert refused(company, a, c, frame) in {"previous-view-mismatch", "no-proposal"}


# ---------------------------------------------------------------- JOIN and LEAVE


def lone(host: Host) -> Join:
    return Join(NO_VIEW, (row(host),))


JOIN_TWISTS: dict[str, tuple[Callable[[Join, Host, Host], Join], str]] = {
    "a member twice": (lambda j, a, d: replace(j, members=(*j.members, *j.members)), "duplicate-member"),
    "without the signer": (lambda j, a, d: replace(j, members=(row(a),)), "proposer-absent"),
    "a member that is nowhere": (lambda j, a, d: replace(j, members=(row(d, contact=NOWHERE),)), "bad-contact"),
    "two without a view": (
        lambda j, a, d: replace(j, members=(row(d), Candidate(STRANGER, 1, Contact.of(d.address)))),
        "count-out-of-range",
    ),
    "the receiver among them": (
        lambda j, a, d: replace(j, view_id=ViewId(b"\x01" * 16), members=(row(d), row(a))), "own-view"),
    "from the view itself": (lambda j, a, d: replace(j, view_id=a.view or NO_VIEW), "own-view"),
}  # fmt: skip


@pytest.mark.parametrize("twist", JOIN_TWISTS)
def test_wish_that_breaks_a_rule_is_kept(twist: str) -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.meet([a, b, d])
    change, reason = JOIN_TWISTS[twist]

    assert refused(company, d, a, sign(d, a.node, change(lone(d), a, d))) == reason
    assert company.deliver(d.address, a, sign(d, a.node, lone(d))) == ""


def test_wish_is_kept_by_one_who_cannot_fulfil_it() -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.meet([a, b, d])
    since = len(company.wire)

    assert refused(company, d, b, sign(d, b.node, lone(d))) == "not-coordinator"
    assert names_sent(company, b, since) == ["REFUSE"]


def test_late_wish_of_a_member_throws_it_out() -> None:
    company = Company()
    a, b = company.gather("ab")

    assert refused(company, b, a, company.sent("JOIN", b, a)) == "own-view"
    assert company.facts(a)["suspected"] == []


def test_member_that_went_on_elsewhere_still_counts() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    later = Join(ViewId((9).to_bytes(8, "big") + bytes(8)), (row(c),))

    assert company.deliver(c.address, a, sign(c, a.node, later)) == ""
    assert company.facts(a)["suspected"] == [c.node]


@pytest.mark.parametrize("case", ["another view", "a stranger", "an outsider"])
def test_farewell_that_breaks_a_rule_counts(case: str) -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.meet([a, b, d])
    view = a.view
    assert view is not None
    signer, to, left = {
        "another view": (b, a, ViewId(b"\x02" * 16)),
        "a stranger": (d, a, view),
        "an outsider": (a, d, view),
    }[case]

    assert refused(company, signer, to, sign(signer, ALL_NODES, Leave(left))) == "not-leaving"
    assert company.deliver(b.address, a, sign(b, ALL_NODES, Leave(view))) == ""
    assert company.facts(a)["suspected"] == [b.node]


def test_refusal_of_nothing_is_believed() -> None:
    company = Company()
    a, b = company.gather("ab")
    for name in ("PROPOSE", "JOIN", "PING"):
        body = bodies.Refuse(77, registry.reason("not-proposer").code, registry.frame_type(name).code)
        assert refused(company, b, a, sign(b, a.node, body)) == "unexpected-reply"
