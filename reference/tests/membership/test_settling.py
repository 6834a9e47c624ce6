"""Refusals: who stays out when two that answered one proposal cannot be in one view."""

from __future__ import annotations

import pytest

from coterie.views.settling import settle
from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire.bodies import Flush

HOME, ABROAD = ViewId(b"\x01" * 16), ViewId(b"\x02" * 16)


def node(name: str) -> NodeId:
    return NodeId(name.encode() * 32)


def answers(views: dict[str, ViewId], refusals: dict[str, str]) -> dict[NodeId, Flush]:
    """The FLUSHes of peers with one letter each, by their views; and which letters each refuses."""
    return {
        node(name): Flush(1, 0, 1, 0, view, 1, 0, (), tuple(node(each) for each in refusals.get(name, "")))
        for name, view in views.items()
    }


HOUSE = {"a": HOME, "b": HOME, "c": HOME}
MIXED = {"a": HOME, "b": HOME, "p": ABROAD, "q": ABROAD, "x": NO_VIEW, "y": NO_VIEW}


@pytest.mark.parametrize(
    ("views", "refusals", "out"),
    [
        (HOUSE, {}, ""),
        (HOUSE, {"b": "c"}, "b"),
        (HOUSE, {"b": "a"}, "b"),
        (HOUSE, {"a": "b"}, "b"),
        (HOUSE, {"b": "c", "c": "b"}, "b"),
        (MIXED, {"b": "x"}, "x"),
        (MIXED, {"x": "b"}, "x"),
        (MIXED, {"b": "p"}, "pq"),
        (MIXED, {"p": "b"}, "pq"),
        (MIXED, {"p": "q"}, "pq"),
        (MIXED, {"x": "y"}, "y"),
        (MIXED, {"y": "x"}, "y"),
        (MIXED, {"p": "x"}, "x"),
        (MIXED, {"x": "a"}, "x"),
        (MIXED, {"b": "xy", "x": "y"}, "xy"),
        (MIXED, {"b": "z"}, ""),
    ],
)
def test_wrong_one_of_two_stays_out(views: dict[str, ViewId], refusals: dict[str, str], out: str) -> None:
    assert settle(answers(views, refusals), node("a")) == {node(each) for each in out}


def test_lone_proposer_is_left_out_of_its_own_view() -> None:
    views = {"a": NO_VIEW, "b": NO_VIEW}
    assert settle(answers(views, {"b": "a"}), node("a")) == {node("b")}
    assert settle(answers(views, {"a": "b"}), node("a")) == {node("b")}
    assert settle(answers(views, {"a": "b"}), node("b")) == {node("a")}
