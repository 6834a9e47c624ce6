"""Bars: who is not asked for a while, and how long that lasts."""

from coterie import registry
from coterie.views.exclusions import Exclusions, bar_holds
from coterie.views.failures import at_fault, left_out
from coterie.vocabulary import NodeId, Now

A, B, C = (NodeId(bytes([at]) * 32) for at in (1, 2, 3))


def at(ms: int) -> Now:
    return Now(ms, ms)


def test_bar_does_not_grow_or_grows_for_ever() -> None:
    assert [bar_holds(times) for times in range(1, 9)] == [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]
    exclusions = Exclusions()
    exclusions.left_out(A, at(0))
    assert exclusions.holds(A, at(999))
    assert not exclusions.holds(A, at(1000))
    assert not exclusions.is_at_fault(A, at(1))
    exclusions.left_out(A, at(1000))
    assert exclusions.holds(A, at(2999))
    assert exclusions.next_end(at(1000)) == 3000
    exclusions.forgive((A,))
    exclusions.left_out(A, at(10_000))
    assert not exclusions.holds(A, at(11_000))


def test_fault_is_forgotten_with_a_refusal() -> None:
    exclusions = Exclusions()
    exclusions.at_fault(B, at(0))
    exclusions.forgive((B,))
    assert exclusions.is_at_fault(B, at(59_999))
    assert exclusions.holds(B, at(59_999))
    assert not exclusions.holds(B, at(60_000))


def test_bars_fill_the_memory() -> None:
    exclusions = Exclusions()
    most = registry.limit("lost-members")
    for number in range(most + 10):
        node = NodeId(number.to_bytes(32, "big"))
        exclusions.left_out(node, at(number))
        exclusions.at_fault(node, at(number))
    assert len(exclusions._until) == most
    assert len(exclusions._at_fault) == most
    assert len(exclusions._times) == most


def test_one_failure_is_enough_to_be_left_out() -> None:
    everyone = frozenset({A, B, C})
    none: frozenset[NodeId] = frozenset()
    assert left_out([frozenset({A})], everyone, none) == none
    assert left_out([frozenset({A}), frozenset({B})], everyone, none) == none
    assert left_out([frozenset({A, B}), frozenset({A})], everyone, none) == {A}
    # where nobody confirmed twice, a newcomer may have held the key up
    assert left_out([everyone, everyone], everyone, frozenset({C})) == {C}
    assert left_out([everyone, everyone], everyone, none) == none


def test_liar_blames_the_maker_of_the_key_for_ever() -> None:
    assert at_fault({"culprit": A, "accuser": B}, None) == A
    assert at_fault({"culprit": A, "accuser": B}, C) == A
    assert at_fault({"culprit": C, "accuser": B}, B) == B
    assert at_fault({"culprit": C}, None) == C
