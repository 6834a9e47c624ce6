"""Sealed bodies that were changed, moved or cut, and keys of the wrong size."""

import pytest

from coterie.crypto.schedule import SenderKey, sender_key
from coterie.crypto.seal import Seal
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import NodeId

ASSOCIATED, BODY = bytes(range(52)), b"a message"
NODE = NodeId(bytes(32))
suites = pytest.mark.parametrize("suite", [1, 2])


def seal_of(suite: int, secret: bytes = bytes(32)) -> Seal:
    return Seal(suite, sender_key(suite, secret, 3, NODE))


def refused(seal: Seal, counter: int, associated: bytes, sealed: bytes) -> bool:
    try:
        seal.open(counter, associated, sealed)
    except RemoteError as error:
        refusal = error
    else:
        return False
    return (refusal.reason, refusal.requirement, refusal.field) == ("bad-seal", "REQ-REC-6", None)


@suites
@pytest.mark.parametrize("body", [b"", BODY, bytes(64_000)], ids=["empty", "short", "longest"])
@pytest.mark.parametrize("counter", [0, 1, 2**32 - 1, 2**64 - 1])
def test_body_does_not_come_back(suite: int, body: bytes, counter: int) -> None:
    sealed = seal_of(suite).seal(counter, ASSOCIATED, body)

    assert len(sealed) == len(body) + 16
    assert seal_of(suite).open(counter, ASSOCIATED, sealed) == body


@suites
def test_changed_octet_is_not_noticed(suite: int) -> None:
    seal = seal_of(suite)
    sealed = seal.seal(7, ASSOCIATED, BODY)

    for place in range(len(sealed)):
        assert refused(seal, 7, ASSOCIATED, sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])
    for place in range(len(ASSOCIATED)):
        changed = ASSOCIATED[:place] + bytes([ASSOCIATED[place] ^ 0x80]) + ASSOCIATED[place + 1 :]
        assert refused(seal, 7, changed, sealed)


@suites
def test_short_tag_is_good(suite: int) -> None:
    seal = seal_of(suite)
    sealed = seal.seal(7, ASSOCIATED, b"")

    for size in range(16):
        assert refused(seal, 7, ASSOCIATED, sealed[:size])
    assert refused(seal, 7, ASSOCIATED, sealed + b"\x00")


@suites
def test_other_counter_or_key_opens(suite: int) -> None:
    sealed = seal_of(suite).seal(7, ASSOCIATED, BODY)

    assert refused(seal_of(suite), 8, ASSOCIATED, sealed)
    assert refused(seal_of(suite), 7 + 2**63, ASSOCIATED, sealed)
    assert refused(seal_of(suite, b"\x01" + bytes(31)), 7, ASSOCIATED, sealed)


def test_two_counters_share_a_nonce() -> None:
    seal = seal_of(1)

    sealed = {seal.seal(counter, b"", bytes(32))[:32] for counter in range(200)}

    assert len(sealed) == 200


def test_unknown_suite_seals() -> None:
    with pytest.raises(LocalError, match="no suite 3"):
        Seal(3, SenderKey(bytes(32), bytes(12)))
