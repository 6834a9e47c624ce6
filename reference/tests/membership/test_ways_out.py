"""No state without a way out: stuck proposals, silent proposers, members that never agree, old views."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie import registry
from coterie.vocabulary import ALL_NODES, NO_VIEW
from coterie.wire import extensions
from coterie.wire.bodies import Flush, Holding, Join, Propose, Refuse
from reference.tests.membership.company import Company, check_order, check_views, installed
from reference.tests.membership.hostile import row, rows_of, sign
from reference.tests.peer.network import Host, body_of, name_of


class Sieve(Company):
    """What `lost` says of a datagram does not arrive."""

    def __init__(self) -> None:
        super().__init__(0, self._sift)
        self.lost: Callable[[Host, Host, str], bool] = lambda _source, _to, _name: False

    def _sift(self, _chance: random.Random, source: Host, to: Host, datagram: bytes) -> list[int]:
        return [] if self.lost(source, to, name_of(datagram)) else [1]


def until(company: Company, host: Host, state: str, within: int = 10_000) -> int:
    began = company.mono
    while company.facts(host)["state"] != state:
        assert company.mono - began < within, company.report()
        company.run(5)
    return company.mono - began


# ---------------------------------------------------------------- a proposer that does not go on


def test_members_wait_for_ever_for_a_proposer_that_lives_and_does_nothing() -> None:
    company = Company()
    a, b, c = company.in_order(company.gather("abc"))
    everyone = rows_of(row(a), row(b), row(c))
    question = sign(a, ALL_NODES, Propose(50, everyone))
    for host in (b, c):
        company.deliver(a.address, host, question)

    company.run(registry.timer("install-wait"))
    assert [company.facts(host)["state"] for host in (a, b, c)] == ["stable", "flushed", "flushed"]
    company.until_together([a, b, c], within=8000)

    # it is the turn of the next one; the silent proposer stays a candidate
    assert installed(c)[-1].fields["proposer"] == b.node
    check_views(company)
    check_order(company)


def test_member_waits_for_ever_for_a_view_that_only_it_lacks() -> None:
    company = Sieve()
    a, b, c = company.gather("abc")
    (d,) = company.enlist("d")
    company.lost = lambda _source, to, name: to is c and name in {"DOWN", "CONFIRM"}
    company.join(d, a)
    until(company, c, "keying")
    company.run(4000)
    company.lost = lambda _source, _to, _name: False

    company.until_together([a, b, c, d], within=20_000)

    check_views(company)


def test_member_that_nobody_asks_goes_nowhere() -> None:
    company = Sieve()
    a, b, c = company.in_order(company.gather("abc"))
    # c hears nobody's heartbeats and nobody's answers, and is heard: it suspects all, and goes on
    company.lost = lambda _source, to, _name: to is c
    company.run(registry.timer("suspect") + registry.timer("alone"))

    assert company.facts(c)["members"] == [c.node]
    company.lost = lambda _source, _to, _name: False
    company.until_together([a, b, c])


def test_member_that_suspects_the_coordinator_and_is_not_believed_stays_stuck() -> None:
    company = Sieve()
    a, b, c = company.in_order(company.gather("abc"))
    company.lost = lambda source, to, _name: source is a and to is c
    company.run(registry.timer("suspect") + registry.timer("alone") + 1000)

    # b hears a and does not propose; c goes on alone, and the others go on without it
    assert company.facts(c)["members"] == [c.node]
    company.run(4000)
    assert set(company.facts(a)["members"]) == {a.node, b.node}
    check_views(company)


# ---------------------------------------------------------------- runs that fail


def test_newcomer_that_never_confirms_keeps_the_group_from_its_views() -> None:
    company = Sieve()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.lost = lambda source, _to, name: source is d and name in {"UP", "DOWN", "CONFIRM"}
    company.join(d, a)
    until(company, a, "keying")

    took = company.until_together([a, b], within=30_000)

    assert took < 2 * registry.timer("run-give-up") + 3000
    assert company.facts(d)["state"] != "stable"
    company.send(b, b"on")
    company.run(500)
    assert a.told("message")[-1].fields["payload"] == b"on"


def test_member_that_never_confirms_is_waited_for_as_long_as_the_run_lasts() -> None:
    company = Sieve()
    a, b, c, d = company.in_order(company.gather("abcd"))
    company.lost = lambda source, _to, name: source is b and name == "CONFIRM"
    company.leave(d)

    # b has the view that the others lack, so that they do not hear it in the old one
    took = company.until_together([a, c], within=30_000)

    assert took < registry.timer("run-give-up")
    company.lost = lambda _source, _to, _name: False
    company.until_together([a, b, c], within=90_000)
    check_views(company)


def test_component_that_cannot_be_brought_in_is_asked_again_at_once() -> None:
    company = Sieve()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    # b and d cannot reach each other: b refuses d
    company.lost = lambda source, to, _name: {source.name, to.name} == {"b", "d"}
    company.join(d, a)
    company.run(20_000)

    proposals = [event for event in b.told("proposed") if event.fields["proposer"] == a.node]
    # after 1, 2, 4 and 8 seconds, not each second
    assert 2 <= len(proposals) <= 8
    assert all(d.node not in (event.fields["members"] or ()) for event in installed(a))  # type: ignore[operator]
    company.lost = lambda _source, _to, _name: False
    company.until_together([a, b, d], within=60_000)
    check_views(company)


# ---------------------------------------------------------------- counters


def test_greater_counter_of_a_candidate_ends_the_proposal() -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.join(d, a)
    until(company, a, "flushed")
    counter = company.facts(a)["proposal"]["counter"]
    sequence = a.inside.standing.sequence
    hint = Refuse(sequence, registry.reason("stale-proposal").code, 0x20, (extensions.counter(counter + 5),))

    assert company.deliver(b.address, a, sign(b, a.node, hint)) == ""

    assert company.facts(a)["proposal"]["counter"] == counter + 6
    company.until_together([a, b, d])


def test_counter_out_of_reach_is_believed() -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.join(d, a)
    until(company, a, "flushed")
    counter = company.facts(a)["proposal"]["counter"]
    hint = Refuse(
        a.inside.standing.sequence, registry.reason("stale-proposal").code, 0x20,
        (extensions.counter(counter + 2**32 + 1),),
    )  # fmt: skip

    assert company.deliver(b.address, a, sign(b, a.node, hint)) == ""

    assert company.facts(a)["proposal"]["counter"] == counter


def test_candidate_that_always_knows_a_greater_counter_is_asked_for_ever() -> None:
    company = Sieve()
    a, b, c = company.gather("abc")
    (d,) = company.enlist("d")
    company.lost = lambda source, _to, name: source is b and name == "FLUSH"
    company.join(d, a)
    until(company, a, "flushed")
    for _ in range(registry.limit("overtakes") + 1):
        facts = company.facts(a)
        flush = Flush(
            facts["proposal"]["counter"], facts["proposal"]["counter"] + 9, 1, 0, a.view or NO_VIEW, 1, 0,
            tuple(Holding(node, 0) for node in facts["members"]),
        )  # fmt: skip
        assert company.deliver(b.address, a, sign(b, a.node, flush)) == ""

    company.until_together([a, c, d], within=4000)


# ---------------------------------------------------------------- old views


def test_view_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry.timer
    monkeypatch.setattr(registry, "timer", lambda name: 5000 if name == "view-refresh" else known(name))
    company = Company()
    hosts = company.in_order(company.gather("abc"))
    before = hosts[0].view
    company.run(5200)

    assert company.are_together(hosts)
    assert hosts[0].view != before
    # coordinating goes round
    assert company.facts(hosts[0])["members"] == [hosts[1].node, hosts[2].node, hosts[0].node]
    check_order(company)


def test_key_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry.limit
    monkeypatch.setattr(registry, "limit", lambda name: 40 if name == "view-frames" else known(name))
    company = Company()
    a, b = company.gather("ab")
    before = a.view
    for at in range(60):
        company.send(b, b"%d" % at)
        company.run(100)

    assert a.view != before
    said = [event.fields["payload"] for event in a.told("message")]
    assert said == [b"%d" % at for at in range(60)]
    check_views(company)


# ---------------------------------------------------------------- proposals at the same moment


def test_two_proposals_at_once_end_in_two_views_of_the_same_members() -> None:
    company = Sieve()
    a, b, c, d = company.in_order(company.gather("abcd"))
    # a is cut off from b only: b suspects it, c and d do not
    company.lost = lambda source, to, _name: {source, to} == {a, b}
    company.run(20_000)
    check_views(company)

    company.lost = lambda _source, _to, _name: False
    company.until_together([a, b, c, d], within=30_000)
    check_views(company)
    check_order(company)


def test_two_that_name_each_other_keep_a_joiner_going_round() -> None:
    company = Company()
    a, b = company.enlist("ab")
    (joiner,) = company.enlist("j")
    for host, named in ((a, b), (b, a)):
        company.create(host)
        proposal = host.inside.views.view.proposal  # type: ignore[union-attr]
        lying = replace(proposal.install.members[0], contact=row(named).contact)
        told = replace(proposal.install, members=(lying,))
        host.inside.views.view.proposal = replace(proposal, install=told)  # type: ignore[union-attr]
    company.join(joiner, a)
    since = len(company.wire)
    company.run(10_000)

    greetings = [
        name for host, _, name in company.wire[since:] if host is joiner and name_of(name) == "HELLO1"
    ]
    assert len(greetings) < 60


def test_kept_wish_outlives_its_coordinator() -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.meet([a, b, d])
    frame = sign(d, a.node, Join(NO_VIEW, (row(d),)))
    company.deliver(d.address, a, frame)
    company.run(registry.timer("join-permit") + 200)

    # d does not join by itself: it refuses, is left out, and the wish is forgotten
    assert company.are_together([a, b])
    assert body_of(frame).members[0].node_id == d.node
