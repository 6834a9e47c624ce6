"""Members that crash at each step of a proposal and of its run: the others end in one view without them."""

import random

import pytest

from reference.tests.membership.company import Company, check_order, check_views
from reference.tests.peer.network import Host, name_of

STEPS = ["PROPOSE", "FLUSH", "INSTALL", "UP", "DOWN", "CONFIRM"]


class Doomed(Company):
    """Whoever is doomed crashes when it sends its first frame of a type, and nobody gets that frame."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed, self._strike)
        self.doom: tuple[str, str] = ("", "")

    def _strike(self, _chance: random.Random, source: Host, _to: Host, datagram: bytes) -> list[int]:
        if (source.name, name_of(datagram)) == self.doom:
            self.crash(source)
        return [] if source.address in self.dead else [1]


def survivors(company: Company) -> list[Host]:
    return [host for host in company.hosts if host.address not in company.dead]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("victim", ["a", "b", "c", "d"])
def test_joining_a_group_whose_member_crashes_leaves_it_stuck(victim: str, step: str) -> None:
    """`a` coordinates and proposes, `b` and `c` are in, the last of them controls; `d` joins."""
    company = Doomed()
    company.gather("abc")
    (d,) = company.enlist("d")
    company.doom = (victim, step)

    company.join(d, company.hosts[1])
    took = company.until_together_soon()

    assert took < 14_000
    check_views(company)
    check_order(company)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("victim", ["a", "b", "c"])
def test_second_crash_during_the_change_after_the_first_leaves_the_group_stuck(
    victim: str, step: str
) -> None:
    company = Doomed()
    _, _, _, d = company.gather("abcd")
    company.doom = (victim, step)

    company.crash(d)
    took = company.until_together_soon()

    assert took < 14_000
    check_views(company)
    check_order(company)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("victim", ["a", "c"])
def test_crash_of_a_coordinator_during_a_merge_leaves_two_groups(victim: str, step: str) -> None:
    company = Doomed()
    a, b = company.gather("ab")
    c, d = company.gather("cd")
    company.doom = (victim, step)

    company.join(a, c)
    company.run(100)
    company.join(b, d)
    took = company.until_together_soon(30_000)

    assert took < 30_000
    check_views(company)


def test_members_that_crash_one_after_the_other_take_the_last_one_along() -> None:
    company = Company()
    hosts = company.gather("abcde")
    for host in hosts[:-1]:
        company.crash(host)
        company.run(700)

    company.until_together(hosts[-1:], within=6000)


def test_half_of_the_group_crashes_at_once_and_nobody_goes_on() -> None:
    company = Company()
    hosts = company.gather("abcdef")
    for host in hosts[:3]:
        company.crash(host)

    assert company.until_together(hosts[3:], within=6000) < 4000
    check_views(company)
