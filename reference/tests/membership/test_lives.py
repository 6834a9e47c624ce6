"""Members that end and begin anew, with what was on their disk and without it."""

import pytest

from coterie.errors import LocalError
from coterie.peer.config import Stored, decode_disk, encode_disk
from coterie.vocabulary import OverlayId
from reference.tests.membership.company import Company, check_views, installed


@pytest.mark.parametrize("keeps_disk", [True, False], ids=["kept", "lost"])
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_member_in_its_next_life_is_kept_out_by_its_earlier_one(name: str, keeps_disk: bool) -> None:
    company = Company()
    hosts = company.gather("abc")
    company.run(1000)
    victim = next(host for host in hosts if host.name == name)
    others = [host for host in hosts if host is not victim]

    reborn = company.restart(victim, keeps_disk=keeps_disk)
    company.join(reborn, *others)

    assert company.until_together([*others, reborn]) < 8000
    last = installed(reborn)[-1].fields
    assert last["previous"] == bytes(16)
    assert last["together"] == (reborn.node,)
    check_views(company)


def test_restart_takes_an_old_counter_for_a_new_one() -> None:
    company = Company()
    a, b = company.gather("ab")
    company.leave(b)
    company.run(3000)
    before = installed(a)[-1].fields["counter"]
    assert isinstance(before, int)

    reborn = company.restart(a)
    company.create(reborn)

    counter = installed(reborn)[-1].fields["counter"]
    assert isinstance(counter, int)
    assert counter > before


def test_stored_counters_are_read_as_something_else() -> None:
    stored = Stored(7, {OverlayId(b"a" * 16): 3, OverlayId(b"b" * 16): 2**63})
    blob = encode_disk(stored)

    assert decode_disk(blob) == stored
    assert decode_disk(encode_disk(Stored(7))) == Stored(7)
    assert decode_disk(None) == Stored(0)
    for broken in (blob[:-1], blob + b"\x00", b"x" + blob[1:], b""):
        with pytest.raises(LocalError):
            decode_disk(broken)


def test_whole_group_restarts_and_nobody_finds_anyone() -> None:
    company = Company()
    hosts = company.gather("abc")
    reborn = [company.restart(host) for host in hosts]
    company.create(reborn[0])
    for host in reborn[1:]:
        company.join(host, *[other for other in reborn if other is not host])

    company.until_together(reborn)

    check_views(company)


def test_next_life_on_a_slow_path_is_given_up_before_its_key_is_made() -> None:
    company = Company(0, lambda _chance, _source, _to, _datagram: [60])
    a, b, c = company.enlist("abc")
    company.create(a)
    company.join(b, a)
    company.join(c, a)
    company.until_together([a, b, c])

    reborn = company.restart(c)
    company.join(reborn, a)
    company.until_together([a, b, reborn], within=4000)

    # the view with the next life is made in one go, not given up each time that its member is missed
    assert len(a.told("run-failed")) == 0
