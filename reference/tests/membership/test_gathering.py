"""Groups that come together: created, joined one by one or at once, by any contact."""

import pytest

from coterie.errors import LocalError
from coterie.vocabulary import Address
from reference.tests.membership.company import Company, check_order, check_views, installed
from reference.tests.peer.network import Host, rough


def payloads(host: Host) -> list[object]:
    return [event.fields["payload"] for event in host.told("message")]


def test_creator_waits_for_somebody() -> None:
    company = Company()
    (a,) = company.enlist("a")

    company.create(a)

    assert company.are_together([a])
    assert a.told("view-installed")[0].fields["previous"] == bytes(16)
    told = [event.name for event in a.events]
    assert "transitional" not in told
    assert "unblocked" not in told


def test_group_of_the_other_suite_goes_on_in_the_first() -> None:
    company = Company()
    a, b = company.enlist("ab")
    company.create(a, suite=2)

    company.join(b, a)
    company.run(1_000)

    assert company.are_together([a, b])
    assert [event.fields["suite"] for host in (a, b) for event in host.told("view-installed")] == [2, 2, 2]


def test_group_of_a_suite_that_its_creator_does_not_have_is_created() -> None:
    company = Company()
    (a,) = company.enlist("a")

    with pytest.raises(LocalError, match="suite 3"):
        company.create(a, suite=3)


def test_third_joiner_needs_the_coordinator_as_contact() -> None:
    company = Company()
    a, b, c = company.enlist("abc")
    company.create(a)
    company.join(b, a)
    company.until_together([a, b])

    company.join(c, b)
    company.until_together([a, b, c], within=1500)

    assert c.told("joining")[0].fields["coordinator"] == a.node
    assert company.names(company.facts(c)["members"])[0] == "a"
    check_views(company)
    check_order(company)


def test_joiners_of_one_moment_get_a_view_each() -> None:
    company = Company()
    hosts = company.enlist("abcdef")
    company.create(hosts[0])
    company.run(10)
    for host in hosts[1:]:
        company.join(host, hosts[0])

    company.until_together(hosts, within=1500)

    assert [len(event.fields["members"]) for event in installed(hosts[0])] == [1, 6]  # type: ignore[arg-type]


def test_more_joiners_than_a_proposal_takes_are_forgotten() -> None:
    company = Company()
    hosts = company.enlist("abcdefghijkl")
    company.create(hosts[0])
    company.run(10)
    for host in hosts[1:]:
        company.join(host, hosts[0])

    company.until_together(hosts, within=4000)

    assert [len(event.fields["members"]) for event in installed(hosts[0])] == [1, 9, 12]  # type: ignore[arg-type]


def test_joiner_gives_up_at_a_contact_that_is_not_there() -> None:
    company = Company()
    a, b, dead = company.enlist("abd")
    company.crash(dead)
    company.create(a)

    company.join(b, dead, a)

    assert company.until_together([a, b]) < 4000


def test_joiner_of_a_group_that_begins_later_is_lost() -> None:
    company = Company()
    a, b = company.enlist("ab")
    company.join(b, a)
    company.run(3000)
    assert company.facts(b)["state"] == "outside"

    company.create(a)

    assert company.until_together([a, b]) < 4500


@pytest.mark.parametrize("seed", range(4))
def test_bad_network_keeps_a_group_apart(seed: int) -> None:
    company = Company(seed, rough)
    hosts = company.enlist("abcd")
    company.create(hosts[0])
    for host in hosts[1:]:
        company.join(host, hosts[0])

    company.until_together(hosts, within=60_000)

    check_views(company)
    check_order(company)


def test_silenced_member_takes_messages_or_their_order_along() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    for at in range(20):
        for host in (a, b, c):
            company.send(host, f"{host.name}{at}".encode())
        company.run(7)
    company.crash(c)
    for at in range(20, 40):
        for host in (a, b):
            company.send(host, f"{host.name}{at}".encode())
        company.run(7)

    company.until_together([a, b], within=4000)
    company.run(1000)

    said = {f"{name}{at}".encode() for name in "ab" for at in range(40)}
    assert payloads(a) == payloads(b)
    assert said <= set(payloads(a))
    assert len(payloads(a)) == len(set(payloads(a)))
    assert payloads(c) == payloads(a)[: len(payloads(c))]
    check_views(company)
    check_order(company)


def test_message_said_while_the_view_closes_is_dropped() -> None:
    company = Company()
    a, b, c = company.gather("abc")
    company.crash(c)
    while company.facts(b)["state"] == "stable":
        company.run(1)
    company.send(b, b"meanwhile")

    company.until_together([a, b])
    company.run(1000)

    assert b"meanwhile" in payloads(a)
    assert payloads(a) == payloads(b)


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_key_of_another_kind_cannot_propose(kind: str) -> None:
    company = Company()
    a = company.add("a", kind, membership="group")  # type: ignore[arg-type]
    b = company.add("b", membership="group")
    company.create(a)
    company.join(b, a)
    company.until_together([a, b])
    assert a.secret() == b.secret()


def test_user_creates_twice_or_joins_nobody() -> None:
    company = Company()
    a, b = company.enlist("ab")
    company.create(a)
    with pytest.raises(LocalError, match="leave first"):
        company.create(a)
    for contacts in ([], [b.address], [Address("192.0.2.9", 0)], [Address("192.0.2.9", 1)] * 17):
        with pytest.raises(LocalError):
            b.peer.join(b.overlay, contacts, company.now)
    company.join(b, a)
    with pytest.raises(LocalError, match="leave first"):
        company.create(b)


def test_verbs_of_the_other_kind_of_membership_do_something() -> None:
    company = Company()
    (a,) = company.enlist("a")
    stated = company.add("s")
    with pytest.raises(LocalError, match="create, join and leave"):
        company.install(a, [a])
    for verb in (company.create, company.leave):
        with pytest.raises(LocalError, match="install them"):
            verb(stated)
    with pytest.raises(LocalError, match="install them"):
        company.join(stated, a)
    with pytest.raises(LocalError, match="install them"):
        stated.peer.subscribe(stated.overlay, "safe")
    company.install(stated, [stated])
    with pytest.raises(LocalError, match="only a group"):
        stated.peer.send(stated.overlay, b"x", company.now, proxy=True)
