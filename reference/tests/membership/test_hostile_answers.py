"""FLUSHes and INSTALLs that break a rule: each is refused with its reason, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from coterie import registry
from coterie.vocabulary import ALL_NODES, NO_VIEW
from coterie.wire import bodies, extensions
from coterie.wire.bodies import Flush, Holding, Propose
from reference.tests.membership.company import Company
from reference.tests.membership.hostile import STRANGER, refused, row, rows_of, sign
from reference.tests.peer.network import Host, body_of, resigned


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
    "a sender without a view": (
        lambda f: replace(f, sends=1, previous_view=NO_VIEW, suite=0, acknowledged=0, holdings=()),
        "bad-flush",
    ),
    "a view without a suite": (lambda f: replace(f, suite=0), "bad-flush"),
    "a suite without a view": (
        lambda f: replace(f, previous_view=NO_VIEW, acknowledged=0, holdings=()),
        "bad-flush",
    ),
    "another suite": (lambda f: replace(f, suite=2), "bad-flush"),
    "no holdings": (lambda f: replace(f, holdings=()), "bad-flush"),
    "holdings without a view": (
        lambda f: replace(f, previous_view=NO_VIEW, acknowledged=0, suite=0),
        "bad-flush",
    ),
    "holdings twice": (lambda f: replace(f, holdings=(*f.holdings, f.holdings[0])), "bad-flush"),
    "holdings in another order": (lambda f: replace(f, holdings=f.holdings[::-1]), "bad-flush"),
    "holdings of another view": (
        lambda f: replace(f, holdings=(*f.holdings, Holding(STRANGER, 1))),
        "bad-flush",
    ),
    "more acknowledged than known": (lambda f: replace(f, acknowledged=f.clock + 1), "bad-flush"),
    "a stranger refused": (lambda f: replace(f, refused=(STRANGER,)), "bad-flush"),
    "a counter out of reach": (lambda f: replace(f, seen=2**33), "counter-jump"),
    "a clock out of reach": (lambda f: replace(f, clock=f.clock + 2**32), "clock-jump"),
}


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
    "no sender group": (lambda _: {"extensions": ()}, "bad-senders"),
    "a sender beyond the members": (lambda _: {"extensions": (extensions.senders((0, 4)),)}, "bad-senders"),
    "a coordinator that does not send": (
        lambda _: {"extensions": (extensions.senders((1,)),)},
        "bad-senders",
    ),
    "a short sender group": (
        lambda _: {"extensions": (bodies.Extension(registry.extensions()["senders"], b"\x80"),)},
        "bad-senders",
    ),
    "another proposal": (lambda i: {"counter": i.counter + 1}, "no-proposal"),
    "an old view": (lambda _: {"counter": 1}, "stale-counter"),
    "a cut below what is held": (lambda i: {"cuts": twisted_cut(i)}, "cut-below-holdings"),
    "no cut": (lambda _: {"cuts": ()}, "cut-below-holdings"),
}


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
    a, _, c = company.gather("abc")
    frame = resigned(a, company.sent("INSTALL", a, c), counter=90)

    assert refused(company, a, c, frame) in {"previous-view-mismatch", "no-proposal"}
