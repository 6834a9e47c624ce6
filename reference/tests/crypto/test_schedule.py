"""Secrets of a view, judged by the formulas of the draft written out once more."""

import hmac
from hashlib import sha256

import pytest

from coterie.crypto import hkdf, schedule
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import NodeId

DIGEST, KEY, NODE = bytes([1]) * 32, bytes([2]) * 32, NodeId(bytes([3]) * 32)
HASHES = [bytes([number]) * 32 for number in (4, 5)]
DOWN = b"the body of DOWN"


def mac(key: bytes, octets: bytes) -> bytes:
    return hmac.new(key, octets, "sha256").digest()


def test_transcript_leaves_something_out() -> None:
    expected = sha256(b"coterie/1 key-transcript\x00" + DIGEST + b"\x02" + b"".join(HASHES) + DOWN).digest()

    assert schedule.key_transcript(DIGEST, 2, HASHES, DOWN) == expected


def test_secrets_are_derived_otherwise_than_written() -> None:
    transcript = schedule.key_transcript(DIGEST, 1, HASHES, DOWN)

    secrets = schedule.epoch_secrets(transcript, KEY)

    assert secrets.epoch == mac(transcript, KEY)
    for name in ("confirm", "read", "control", "exporter"):
        expected = mac(secrets.epoch, f"coterie/1 {name}\x00".encode() + b"\x01")
        assert getattr(secrets, name) == expected
    assert KEY not in {secrets.epoch, secrets.read}


def test_confirmation_of_another_passes() -> None:
    confirmation = schedule.confirmation(KEY, NODE)
    assert confirmation == mac(KEY, b"coterie/1 confirm-mac\x00" + NODE)

    schedule.check_confirmation(KEY, NODE, confirmation)
    for wrong in (
        schedule.confirmation(KEY, NodeId(bytes(32))),
        schedule.confirmation(DIGEST, NODE),
        confirmation[:8],
        confirmation[:1],
        b"",
        bytes(32),
    ):
        with pytest.raises(RemoteError) as refused:
            schedule.check_confirmation(KEY, NODE, wrong)
        assert (refused.value.reason, refused.value.requirement) == ("bad-confirmation", "REQ-KEY-32")


@pytest.mark.parametrize(("suite", "size"), [(1, 32), (2, 16)])
def test_sender_key_is_derived_otherwise_than_written(suite: int, size: int) -> None:
    key = schedule.sender_key(suite, KEY, 258, NODE)

    assert key.key == mac(KEY, b"coterie/1 sender-key\x00\x01\x02" + NODE + b"\x01")[:size]
    assert key.iv == mac(KEY, b"coterie/1 sender-iv\x00\x01\x02" + NODE + b"\x01")[:12]


def test_two_senders_or_two_uses_share_a_key() -> None:
    other = NodeId(bytes(32))
    made = [
        schedule.sender_key(1, secret, index, node)
        for secret in (KEY, DIGEST)
        for index in (0, 1)
        for node in (NODE, other)
    ]

    assert len({each.key for each in made}) == len({each.iv for each in made}) == 8


@pytest.mark.parametrize("length", [1, 32, 33, 8160])
def test_export_is_derived_otherwise_than_written(length: int) -> None:
    expected = block = b""
    for counter in range(1, 256):
        block = mac(KEY, block + b"coterie/1 export\x00\x03abc" + bytes([counter]))
        expected += block

    assert schedule.export(KEY, b"abc", length) == expected[:length]


@pytest.mark.parametrize("length", [-1, 0, 8161, 2**40])
def test_export_of_a_length_that_hkdf_does_not_have(length: int) -> None:
    with pytest.raises(LocalError, match="ask for 1 to 8160"):
        schedule.export(KEY, b"", length)


def test_export_context_of_256_octets_is_taken() -> None:
    assert len(schedule.export(KEY, bytes(255), 32)) == 32
    with pytest.raises(LocalError, match="at most 255"):
        schedule.export(KEY, bytes(256), 32)


def test_contexts_run_into_each_other() -> None:
    assert schedule.export(KEY, b"", 32) != schedule.export(KEY, b"\x00", 32)
    assert hkdf.expand(KEY, b"", 32) != hkdf.expand(KEY, b"\x00", 32)
