"""Members that leave: the others hear the last of them, and do not wait to suspect them."""

import pytest

from coterie.errors import LocalError
from reference.tests.membership.company import Company, check_order, check_views
from reference.tests.peer.network import rough


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_others_wait_until_a_leaver_is_silent(name: str) -> None:
    company = Company()
    hosts = company.gather("abc")
    leaver = next(host for host in hosts if host.name == name)
    rest = [host for host in hosts if host is not leaver]

    company.leave(leaver)
    took = company.until_together(rest)

    assert took < 1000
    assert leaver.told("left")
    assert company.facts(leaver)["state"] == "outside"
    assert not any(event.fields["node"] == leaver.node for host in rest for event in host.told("suspected"))
    assert [company.facts(host)["lost"] for host in rest] == [[], []]
    check_order(company)


def test_last_words_of_a_leaver_are_lost() -> None:
    company = Company(3, rough)
    hosts = company.enlist("abc")
    company.create(hosts[0])
    for host in hosts[1:]:
        company.join(host, hosts[0])
    company.until_together(hosts, within=60_000)

    company.send(hosts[2], b"goodbye")
    company.leave(hosts[2])
    company.run(6000)

    assert all(
        b"goodbye" in [event.fields["payload"] for event in host.told("message")] for host in hosts[:2]
    )
    assert hosts[2].told("left")


def test_last_member_cannot_leave() -> None:
    company = Company()
    (a,) = company.gather("a")
    view = a.view

    company.leave(a)

    assert [event.fields["view"] for event in a.told("left")] == [view]
    assert company.facts(a)["members"] == []
    company.create(a)
    assert a.view != view


def test_all_leave_at_once_and_nobody_gets_out() -> None:
    company = Company()
    hosts = company.gather("abcd")
    for host in hosts:
        company.leave(host)

    company.run(4500)

    assert [company.facts(host)["state"] for host in hosts] == ["outside"] * 4
    assert all(host.told("left") for host in hosts)
    assert all(host.peer.next_wake() is None or host.peer.next_wake() > company.mono for host in hosts)  # type: ignore[operator]


def test_leaver_whose_others_are_gone_waits_for_them() -> None:
    company = Company()
    a, b = company.gather("ab")
    company.crash(b)
    company.run(1900)

    company.leave(a)
    company.run(4500)

    assert a.told("left")


def test_joiner_that_leaves_is_taken_in_all_the_same() -> None:
    company = Company()
    a, b = company.enlist("ab")
    company.create(a)
    company.join(b, a)
    company.run(40)
    company.leave(b)
    company.run(10_000)

    assert b.told("left")
    assert company.facts(b)["state"] == "outside"
    assert company.are_together([a])


def test_who_left_cannot_come_back() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    company.leave(a)
    company.until_together([b, c])
    company.join(a, b)

    company.until_together([a, b, c], within=6000)

    check_views(company)


def test_leaver_says_more_or_leaves_twice() -> None:
    company = Company()
    a, b = company.gather("ab")
    company.send(a, b"x")
    company.leave(a)
    with pytest.raises(LocalError, match="leaving"):
        company.send(a, b"y")
    with pytest.raises(LocalError, match="leaving"):
        company.leave(a)
    with pytest.raises(LocalError, match="leaving"):
        company.join(a, b)


def test_coordinator_leaves_while_somebody_joins() -> None:
    company = Company()
    a, b = company.gather("ab")
    (c,) = company.enlist("c")
    company.join(c, a, b)
    company.run(5)
    company.leave(a)

    company.until_together([b, c], within=10_000)

    check_views(company)
    check_order(company)
