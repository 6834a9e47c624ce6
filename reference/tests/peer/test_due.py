"""The timer that is due first is remembered: a peer sleeps through one that it had not looked for again."""

from __future__ import annotations

import pytest

from coterie.peer.overlay import Overlay
from coterie.peer.timed import Due, first_due
from reference.tests.membership.company import Company, check_views


def test_peer_sleeps_through_a_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    remembered = Overlay.due.fget
    assert remembered is not None
    asked = 0

    def compared(overlay: Overlay) -> Due | None:
        nonlocal asked
        asked += 1
        found: Due | None = remembered(overlay)
        assert found == first_due(overlay.timed)
        return found

    monkeypatch.setattr(Overlay, "due", property(compared))
    company = Company()
    company.gather("abc")
    (d,) = company.enlist("d")
    company.join(d, company.hosts[1])
    company.until_together_soon()
    for host in company.hosts:
        company.send(host, b"hello")
        company.run(5)
    company.crash(company.hosts[0])
    company.until_together_soon()

    check_views(company)
    assert asked > 1000


def test_peer_looks_for_its_timers_where_nothing_has_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company()
    a, _ = company.gather("ab")
    wake = a.peer.next_wake()
    monkeypatch.setattr("coterie.peer.overlay.first_due", lambda _machines: pytest.fail("looked again"))

    assert a.peer.next_wake() == wake
