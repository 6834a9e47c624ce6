"""JOINs, LEAVEs and REFUSEs that break a rule: each is refused with its reason, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from coterie import registry
from coterie.vocabulary import ALL_NODES, NO_VIEW, ViewId
from coterie.wire import bodies
from coterie.wire.bodies import Candidate, Join, Leave
from coterie.wire.contact import Contact
from reference.tests.membership.company import Company
from reference.tests.membership.hostile import NOWHERE, STRANGER, names_sent, refused, row, sign
from reference.tests.peer.network import Host


def lone(host: Host) -> Join:
    return Join(NO_VIEW, (row(host),))


JOIN_TWISTS: dict[str, tuple[Callable[[Join, Host, Host], Join], str]] = {
    "a member twice": (lambda j, _, __: replace(j, members=(*j.members, *j.members)), "duplicate-member"),
    "without the signer": (lambda j, a, _: replace(j, members=(row(a),)), "proposer-absent"),
    "a member that is nowhere": (
        lambda j, _, d: replace(j, members=(row(d, contact=NOWHERE),)),
        "bad-contact",
    ),
    "two without a view": (
        lambda j, _, d: replace(j, members=(row(d), Candidate(STRANGER, 1, Contact.of(d.address)))),
        "count-out-of-range",
    ),
    "the receiver among them": (
        lambda j, a, d: replace(j, view_id=ViewId(b"\x01" * 16), members=(row(d), row(a))),
        "own-view",
    ),
    "from the view itself": (lambda j, a, _: replace(j, view_id=a.view or NO_VIEW), "own-view"),
}


@pytest.mark.parametrize("twist", JOIN_TWISTS)
def test_wish_that_breaks_a_rule_is_kept(twist: str) -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.meet([a, b, d])
    change, reason = JOIN_TWISTS[twist]

    assert refused(company, d, a, sign(d, a.node, change(lone(d), a, d))) == reason
    assert company.deliver(d.address, a, sign(d, a.node, lone(d))) == ""


def test_wish_is_kept_by_one_who_cannot_fulfil_it() -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.meet([a, b, d])
    since = len(company.wire)

    assert refused(company, d, b, sign(d, b.node, lone(d))) == "not-coordinator"
    assert names_sent(company, b, since) == ["REFUSE"]


def test_late_wish_of_a_member_throws_it_out() -> None:
    company = Company()
    a, b = company.gather("ab")

    assert refused(company, b, a, company.sent("JOIN", b, a)) == "own-view"
    assert company.facts(a)["suspected"] == []


def test_member_that_went_on_elsewhere_still_counts() -> None:
    company = Company()
    a, _, c = company.gather("abc")
    later = Join(ViewId((9).to_bytes(8, "big") + bytes(8)), (row(c),))

    assert company.deliver(c.address, a, sign(c, a.node, later)) == ""
    assert company.facts(a)["suspected"] == [c.node]


@pytest.mark.parametrize("case", ["another view", "a stranger", "an outsider"])
def test_farewell_that_breaks_a_rule_counts(case: str) -> None:
    company = Company()
    a, b = company.gather("ab")
    (d,) = company.enlist("d")
    company.meet([a, b, d])
    view = a.view
    assert view is not None
    signer, to, left = {
        "another view": (b, a, ViewId(b"\x02" * 16)),
        "a stranger": (d, a, view),
        "an outsider": (a, d, view),
    }[case]

    assert refused(company, signer, to, sign(signer, ALL_NODES, Leave(left))) == "not-leaving"
    assert company.deliver(b.address, a, sign(b, ALL_NODES, Leave(view))) == ""
    assert company.facts(a)["suspected"] == [b.node]


def test_refusal_of_nothing_is_believed() -> None:
    company = Company()
    a, b = company.gather("ab")
    for name in ("PROPOSE", "JOIN", "PING"):
        body = bodies.Refuse(77, registry.reason("not-proposer").code, registry.frame_type(name).code)
        assert refused(company, b, a, sign(b, a.node, body)) == "unexpected-reply"
