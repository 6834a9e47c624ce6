"""Draws, cookies and transcripts, judged by the formulas of the draft written out once more."""

import hmac
from hashlib import sha256

import pytest

from coterie.crypto import cookie
from coterie.crypto.entropy import Draws, draw
from coterie.errors import LocalError
from coterie.vocabulary import OverlayId

SEED = bytes(range(32))


def mac(key: bytes, octets: bytes) -> bytes:
    return hmac.new(key, octets, "sha256").digest()


def test_draw_is_another_than_written() -> None:
    secret = mac(bytes(32), SEED)
    info = b"hello-nonce\x00\x00\x03abc\x00\x00\x00\x02"

    expected = mac(secret, info + b"\x01")
    assert draw(SEED, "hello-nonce", b"abc", 2, 32) == expected
    assert draw(SEED, "hello-nonce", b"abc", 2, 48) == expected + mac(secret, expected + info + b"\x02")[:16]


def test_draws_of_one_label_repeat_or_disturb_another() -> None:
    draws = Draws(SEED)

    drawn = [draws("refresh", b"a", 32), draws("contribution", b"a", 32), draws("refresh", b"b", 32)]
    again = draws("refresh", b"a", 32)

    assert len({*drawn, again}) == 4
    assert again == draw(SEED, "refresh", b"a", 1, 32)
    assert Draws(SEED)("refresh", b"a", 32) == drawn[0]
    assert Draws(bytes(32))("refresh", b"a", 32) != drawn[0]


def test_length_of_a_draw_counts_for_the_next() -> None:
    draws = Draws(SEED)

    assert draws("grease", b"", 8) == draw(SEED, "grease", b"", 0, 32)[:8]
    assert draws("grease", b"", 32) == draw(SEED, "grease", b"", 1, 32)


def test_draw_that_cannot_be_written_is_made() -> None:
    for arguments in (("é", b"", 0, 1), ("x", bytes(65536), 0, 1), ("x", b"", 2**32, 1), ("x", b"", 0, 8161)):
        with pytest.raises(LocalError):
            draw(SEED, *arguments)
    with pytest.raises(LocalError, match="32 octets"):
        Draws(bytes(31))


def test_refused_draw_is_counted() -> None:
    draws = Draws(SEED)
    with pytest.raises(LocalError):
        draws("grease", b"", 0)

    assert draws("grease", b"", 8) == draw(SEED, "grease", b"", 0, 8)


def test_cookie_binds_less_than_it_should() -> None:
    secret, address, overlay, nonce = bytes(32), bytes(range(18)), OverlayId(bytes(16)), bytes(32)
    bound = b"coterie/1 cookie\x00" + address + overlay + nonce + (5).to_bytes(8, "big")

    made = cookie.cookie(secret, address, overlay, nonce, 5)

    assert made == mac(secret, bound)
    assert cookie.same(made, mac(secret, bound))
    others = {
        cookie.cookie(b"\x01" + secret[1:], address, overlay, nonce, 5),
        cookie.cookie(secret, address[::-1], overlay, nonce, 5),
        cookie.cookie(secret, address, OverlayId(b"\x01" + overlay[1:]), nonce, 5),
        cookie.cookie(secret, address, overlay, b"\x01" + nonce[1:], 5),
        cookie.cookie(secret, address, overlay, nonce, 6),
    }
    assert len(others) == 5
    assert not any(cookie.same(made, other) for other in others)


def test_transcript_is_another_than_written() -> None:
    expected = sha256(b"coterie/1 hello-transcript\x00" + b"HELLO1" + b"RETRY").digest()

    assert cookie.hello_transcript(b"HELLO1", b"RETRY") == expected
