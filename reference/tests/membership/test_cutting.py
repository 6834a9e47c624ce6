"""Making an INSTALL: cuts, holders, order, sender group, suite, and who does not fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coterie.views import cutting
from coterie.views.proposal import Partner
from coterie.vocabulary import NO_VIEW, Address, NodeId, ViewId
from coterie.wire import encode_body, extensions
from coterie.wire.bodies import CutSender, Flush, Holding, Install
from reference.tests.membership.company import Company

HOME, ABROAD = ViewId(b"\x01" * 16), ViewId(b"\x02" * 16)


def node(name: str) -> NodeId:
    return NodeId(name.encode() * 32)


def flush(view: ViewId, holdings: dict[str, int], **changes: object) -> Flush:
    rows = tuple(Holding(node(name), sequence) for name, sequence in holdings.items())
    found = Flush(9, 8, 100, 50, view, 0 if view == NO_VIEW else 1, 0, rows)
    return replace(found, **changes)  # type: ignore[arg-type]


def partners(names: str, suites: tuple[int, ...] = (1, 2)) -> dict[NodeId, Partner]:
    return {
        node(name): Partner(1, bytes(32), suites, Address(f"192.0.2.{at + 1}", 1))
        for at, name in enumerate(names)
    }


def made(answers: dict[str, Flush], proposer: str, known: dict[NodeId, Partner] | None = None) -> Install:
    company = Company()
    (host,) = company.enlist("h")
    keyed = {node(name): each for name, each in answers.items()}
    known = known or partners("".join(answers))
    gathered = cutting.Gathered(9, keyed, known, node(proposer))
    return cutting.compose(host.inside.standing, gathered)


def names(install: Install) -> str:
    return "".join(chr(row.node_id[0]) for row in install.members)


def test_cut_forgets_the_last_words_of_one_that_crashed() -> None:
    install = made(
        {
            "a": flush(HOME, {"b": 4, "a": 7, "c": 9}),
            "b": flush(HOME, {"b": 5, "a": 7, "c": 12}, acknowledged=60),
        },
        "a",
    )

    assert names(install) == "ba"
    (cut,) = install.cuts
    assert (cut.previous_view, cut.acknowledged) == (HOME, 60)
    assert cut.senders == (
        CutSender(node("a"), 7, 0), CutSender(node("b"), 5, 0), CutSender(node("c"), 12, 0),
    )  # fmt: skip


def test_holder_does_not_hold_it() -> None:
    install = made(
        {
            "a": flush(HOME, {"a": 1, "b": 3, "c": 0}),
            "b": flush(HOME, {"a": 2, "b": 3, "c": 0}),
            "c": flush(HOME, {"a": 2, "b": 1, "c": 0}),
        },
        "a",
    )
    # all three are there: a refresh, which moves the first to the end
    assert names(install) == "bca"
    (cut,) = install.cuts
    assert cut.senders == (CutSender(node("a"), 2, 0), CutSender(node("b"), 3, 0))


def test_merge_has_one_cut_or_loses_the_order_of_the_greater_view() -> None:
    install = made(
        {
            "a": flush(HOME, {"a": 1}, clock=900),
            "z": flush(ABROAD, {"z": 1, "x": 2, "y": 0}, sends=1),
            "x": flush(ABROAD, {"z": 1, "x": 2, "y": 0}),
            "n": flush(NO_VIEW, {}, clock=5000, acknowledged=0),
        },
        "a",
    )

    assert names(install) == "zxan"
    assert [cut.previous_view for cut in install.cuts] == [HOME, ABROAD]
    assert install.clock_base == 101
    assert extensions.senders_of(install.extensions) == {0}


def test_sender_is_no_sender_any_more_after_a_view() -> None:
    install = made(
        {"a": flush(HOME, {"a": 0, "b": 0, "c": 0}), "b": flush(HOME, {"a": 0, "b": 0, "c": 0}, sends=1)}, "a"
    )

    assert extensions.senders_of(install.extensions) == {0, 1}


def test_view_of_newcomers_has_a_clock_from_somewhere() -> None:
    install = made({"a": flush(NO_VIEW, {}, clock=7), "b": flush(NO_VIEW, {}, clock=9)}, "a")

    assert (install.clock_base, install.suite, install.cuts) == (1, 1, ())


@pytest.mark.parametrize("proposer", ["a", "n"])
def test_newcomer_without_the_suite_of_the_base_is_taken_in(proposer: str) -> None:
    known = partners("ab") | {key: replace(each, suites=(1,)) for key, each in partners("n").items()}
    install = made(
        {
            "a": flush(HOME, {"a": 0, "b": 0, "c": 0}, suite=2),
            "b": flush(HOME, {"a": 0, "b": 0, "c": 0}, suite=2),
            "n": flush(NO_VIEW, {}),
        },
        proposer,
        known,
    )

    assert (names(install), install.suite) == (("ab", 2) if proposer == "a" else ("n", 1))


def test_cuts_of_many_views_do_not_fit_a_frame() -> None:
    everyone = {chr(at): 1 for at in range(64, 128)}
    answers = {"A": flush(HOME, {"A": 1})}
    for at in range(66, 110):
        view = ViewId(bytes([at]) * 16)
        answers[chr(at)] = flush(view, {chr(at): 1} | everyone)

    install = made(answers, "A")

    assert node("A") in {row.node_id for row in install.members}
    assert 20 < len(install.members) < 45
    assert len(encode_body(install)) < 65_000
