"""Answers and their questions when a view ends: whoever is told an answer was told the question before."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from reference.tests.membership.company import Company, check_order, check_views
from reference.tests.peer.network import Fate, Host, body_of, name_of


def words(host: Host) -> list[object]:
    return [event.fields["payload"] for event in host.told("message")]


def sides(host: Host) -> tuple[list[object], list[object]]:
    """What was told before the last signal, and between it and the view."""
    at = max(place for place, event in enumerate(host.events) if event.name == "transitional")
    view = next(
        place for place, event in enumerate(host.events) if place > at and event.name == "view-installed"
    )
    before = [event.fields["payload"] for event in host.events[:at] if event.name == "message"]
    after = [event.fields["payload"] for event in host.events[at:view] if event.name == "message"]
    return before, after


def losing_words(source: Host, victims: Sequence[Host]) -> Fate:
    """What `source` says does not reach the victims; that it lives, they see."""
    deaf = {victim.name for victim in victims}

    def fate(_chance: random.Random, sender: Host, to: Host, datagram: bytes) -> list[int]:
        lost = sender.name == source.name and to.name in deaf and name_of(datagram) == "DATA"
        return [] if lost else [1]

    return fate


def conversation(names: str) -> tuple[Company, list[Host]]:
    """The first two talk, so that both are senders; then the first asks, and only the second hears it and
    answers."""
    company = Company()
    hosts = company.in_order(company.gather(names))
    asker, answerer, *others = hosts
    for host in (asker, answerer):
        company.send(host, b"hello")
    company.run(1000)
    assert all(words(host) == [b"hello", b"hello"] for host in hosts)
    company.weather = losing_words(asker, others)
    company.send(asker, b"question")
    company.run(200)
    assert words(answerer)[2:] == [b"question"]
    company.send(answerer, b"answer")
    company.run(60)
    assert all(words(host)[2:] == [] for host in others)
    return company, hosts


@pytest.mark.parametrize("names", ["abc", "abcd", "abcde"])
def test_those_who_are_cut_off_are_told_an_answer_without_its_question(names: str) -> None:
    company, hosts = conversation(names)
    asker, answerer, *others = hosts

    company.split([asker, answerer], others)
    company.until_together(others)
    company.until_together([asker, answerer])

    for host in others:
        assert words(host)[2:] == []
    for host in (asker, answerer):
        assert words(host)[2:] == [b"question", b"answer"]
    company.heal()
    company.until_together(hosts)
    check_views(company)
    check_order(company)


def test_those_who_go_on_with_the_answerer_are_not_told_the_question_first() -> None:
    company, (asker, *others) = conversation("abcd")

    company.crash(asker)
    company.until_together(others)

    for host in others:
        before, after = sides(host)
        assert before[2:] == [b"question", b"answer"]
        assert after == []


def test_cut_states_less_than_one_of_its_members_had_acknowledged() -> None:
    company, (asker, *others) = conversation("abcd")
    company.crash(asker)
    company.until_together(others)

    proposer = others[0]
    install = body_of(company.sent("INSTALL", proposer, others[1]))
    flushes = [body_of(company.sent("FLUSH", host, proposer)) for host in others[1:]]

    (cut,) = install.cuts
    assert all(flush.acknowledged <= flush.clock < install.clock_base for flush in flushes)
    assert max(flush.acknowledged for flush in flushes) <= cut.acknowledged < install.clock_base
