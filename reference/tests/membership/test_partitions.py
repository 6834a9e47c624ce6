"""Networks that fall apart and heal: components go on by themselves, and find each other again."""

import random

import pytest

from reference.tests.membership.company import Company, check_order, check_views, installed
from reference.tests.peer.network import Host


def test_minority_waits_for_the_majority() -> None:
    company = Company()
    a, b, c, d, e = company.gather("abcde")

    company.split([a, b, c], [d, e])
    company.until_together([a, b, c], within=4000)
    company.until_together([d, e], within=4000)
    for host in (a, d):
        company.send(host, b"still here")
    company.run(500)

    assert [event.fields["payload"] for event in e.told("message")] == [b"still here"]
    check_views(company)


@pytest.mark.parametrize(
    "islands",
    [["ab", "cd"], ["a", "bcd"], ["abc", "d"], ["a", "b", "cd"], ["a", "b", "c", "d"], ["ad", "bc"]],
    ids="-".join,
)
def test_healed_network_leaves_components_apart(islands: list[str]) -> None:
    company = Company()
    hosts = {host.name: host for host in company.gather("abcd")}
    company.split(*([hosts[name] for name in island] for island in islands))
    for island in islands:
        company.until_together([hosts[name] for name in island], within=8000)

    company.heal()
    took = company.until_together(list(hosts.values()), within=20_000)

    assert took < 8000
    for host in hosts.values():
        last = installed(host)[-1].fields
        together = last["together"]
        assert isinstance(together, tuple)
        same = [
            other for other in hosts.values() if installed(other)[-1].fields["previous"] == last["previous"]
        ]
        assert set(together) == {other.node for other in same}
    check_views(company)
    check_order(company)


def test_two_groups_that_were_created_apart_stay_apart() -> None:
    company = Company()
    a, b = company.gather("ab")
    c, d, e = company.gather("cde")

    company.join(a, e)

    assert company.until_together([a, b, c, d, e]) < 4000


def test_groups_introduced_by_members_that_do_not_lead_stay_apart() -> None:
    company = Company()
    a, b = company.gather("ab")
    c, d, e = company.gather("cde")

    company.join(b, e)

    assert company.until_together([a, b, c, d, e]) < 4000
    check_views(company)


def test_coordinators_that_seek_each_other_wait_for_each_other() -> None:
    company = Company()
    a, b = company.gather("ab")
    c, d = company.gather("cd")

    company.join(a, c)
    company.join(c, a)

    assert company.until_together([a, b, c, d]) < 2000
    check_views(company)


def test_three_coordinators_that_seek_each_other_go_in_circles() -> None:
    company = Company()
    pairs = [company.gather(names) for names in ("ab", "cd", "ef")]
    for at in range(3):
        company.join(pairs[at][0], pairs[(at + 1) % 3][1])

    company.until_together([host for pair in pairs for host in pair], within=20_000)

    check_views(company)


def test_partition_during_a_merge_is_the_end_of_both() -> None:
    company = Company()
    a, b, c, d = company.gather("abcd")
    company.split([a, b], [c, d])
    company.until_together([a, b])
    company.until_together([c, d])
    company.heal()
    while "flushed" not in {company.facts(host)["state"] for host in (a, b, c, d)}:
        company.run(1)
    company.split([a, c], [b, d])

    company.until_together([a, c], within=20_000)
    company.until_together([b, d], within=20_000)
    company.heal()
    company.until_together([a, b, c, d])

    check_views(company)
    check_order(company)


class OneWay(Company):
    """What `deaf` should hear from `mute` is lost; the other way is open."""

    def __init__(self) -> None:
        super().__init__(0, self._lose)
        self.lost: set[tuple[str, str]] = set()

    def _lose(self, _chance: random.Random, source: Host, to: Host, _datagram: bytes) -> list[int]:
        return [] if (source.name, to.name) in self.lost else [1]


@pytest.mark.parametrize(
    ("mute", "deaf"), [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("a", "c"), ("c", "a")]
)
def test_link_that_works_one_way_stops_the_group_for_ever(mute: str, deaf: str) -> None:
    company = OneWay()
    hosts = company.gather("abc")
    company.lost = {(mute, deaf)}
    company.run(40_000)
    check_views(company)
    assert all(company.facts(host)["state"] != "outside" for host in hosts)
    inside = {host.view for host in hosts}
    assert len(inside) >= 1

    company.lost.clear()
    company.until_together(hosts, within=40_000)

    check_views(company)
    check_order(company)


def test_component_that_is_a_member_again_is_still_sought() -> None:
    company = Company()
    a, b = company.gather("ab")
    company.split([a], [b])
    company.until_together([a])
    assert company.names(company.facts(a)["lost"]) == ["b"]
    company.heal()
    company.until_together([a, b])

    assert company.facts(a)["lost"] == []
