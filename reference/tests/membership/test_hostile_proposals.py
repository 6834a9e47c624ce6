"""PROPOSEs and permits that break a rule: each is refused with its reason, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie import registry
from coterie.vocabulary import ALL_NODES, NO_VIEW, NodeId, ViewId
from coterie.wire import extensions
from coterie.wire.bodies import Body, Flush, Join, Leave, Propose
from reference.tests.membership.company import Company
from reference.tests.membership.hostile import NOWHERE, names_sent, refused, row, rows_of, sign
from reference.tests.peer.network import Host, body_of, name_of


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


Cast = tuple[Host, Host, Host]
"""Who is silent, whose turn it is, and who is asked."""

Twist = Callable[[Propose, Cast], Propose]


PROPOSE_TWISTS: dict[str, tuple[Twist, str]] = {
    "a candidate twice": (
        lambda p, _: replace(p, candidates=(*p.candidates, p.candidates[-1])),
        "duplicate-member",
    ),
    "candidates in another order": (lambda p, _: replace(p, candidates=p.candidates[::-1]), "bad-order"),
    "without the receiver": (lambda p, who: replace(p, candidates=(row(who[1]),)), "self-absent"),
    "an earlier life of the receiver": (
        lambda p, who: replace(p, candidates=rows_of(row(who[1]), row(who[2], incarnation=7))),
        "self-absent",
    ),
    "without the signer": (lambda p, who: replace(p, candidates=(row(who[2]),)), "proposer-absent"),
    "a candidate that is nowhere": (
        lambda p, who: replace(p, candidates=rows_of(*p.candidates, row(who[0], contact=NOWHERE))),
        "bad-contact",
    ),
    "an old counter": (lambda p, _: replace(p, counter=2), "stale-proposal"),
    "a counter out of reach": (lambda p, _: replace(p, counter=2**32 + 50), "counter-jump"),
    "a permit that is no frame": (lambda p, _: replace(p, permits=(b"x" * 40,)), "bad-permit"),
    "a permit that is no JOIN": (
        lambda p, who: replace(p, permits=(sign(who[2], who[1].node, Leave(NO_VIEW)),)),
        "bad-permit",
    ),
    "a permit for somebody else": (
        lambda p, who: replace(p, permits=(sign(who[2], who[0].node, Join(NO_VIEW, (row(who[2]),))),)),
        "bad-permit",
    ),
}


@pytest.mark.parametrize("twist", PROPOSE_TWISTS)
def test_proposal_that_breaks_a_rule_is_answered(trio: tuple[Company, Host, Host, Host], twist: str) -> None:
    company, a, b, c = trio
    change, reason = PROPOSE_TWISTS[twist]
    good = honest(a, b, c)
    since = len(company.wire)

    assert refused(company, b, c, sign(b, ALL_NODES, change(good, (a, b, c)))) == reason
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
