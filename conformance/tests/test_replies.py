"""Octets in a reply are lower-case hexadecimal, and nothing that only a lenient reader takes for it."""

from typing import Any

import pytest

from coterie_kit import peer
from coterie_kit.faults import PeerFault
from coterie_kit.reply import octets


@pytest.mark.parametrize(
    "value",
    ["AB", "aB", "a", "abc", " ab", "ab ", "ab\n", "a b", "ab cd", "0x12", "gg", "é0", "٠٠", "００", "-1",
     "+1", "a_b0", "\x00\x00", None, 12, True, b"ab", ["ab"], {"ab": 1}],
)  # fmt: skip
def test_what_is_not_lower_case_hexadecimal_is_taken_for_octets(value: Any) -> None:
    with pytest.raises(PeerFault, match="lower-case hexadecimal"):
        octets(value, "result.x")


@pytest.mark.parametrize("value", ["", "00", "ab", "0123456789abcdef", "ff" * 600])
def test_octets_of_a_peer_are_not_taken(value: str) -> None:
    assert octets(value, "result.x").hex() == value


@pytest.mark.parametrize("kind", [None, 1, [], {}, "", "SEND", ["send"]])
def test_effect_of_no_kind_is_a_fault_of_the_kit(kind: Any) -> None:
    with pytest.raises(PeerFault, match="effects"):
        peer.read({"seq": 1, "status": "ok", "effects": [{"effect": kind}]}, 1, "tick")
