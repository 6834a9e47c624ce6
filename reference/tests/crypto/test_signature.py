"""Signatures of frames that are not by the key, or not the 64 octets that they must be."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from coterie.crypto.signature import P256_ORDER, PrivateKey, sign, verify
from coterie.errors import RemoteError
from coterie.wire.frames import to_sign
from reference.tests.crypto import certificates as make
from reference.tests.crypto import plain

OCTETS = to_sign(bytes(24) + bytes(80) + b"body")
both = pytest.mark.parametrize("key", [make.ED25519, make.P256], ids=["ed25519", "p256"])


def refused(key: PrivateKey, octets: bytes, made: bytes) -> bool:
    try:
        verify(key.public_key(), octets, made)
    except RemoteError as error:
        refusal = error
    else:
        return False
    return (refusal.reason, refusal.requirement) == ("bad-signature", "REQ-FRM-14")


def halves(made: bytes) -> tuple[int, int]:
    return int.from_bytes(made[:32], "big"), int.from_bytes(made[32:], "big")


def joined(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@both
def test_good_signature_is_refused_or_made_twice(key: PrivateKey) -> None:
    assert not refused(key, OCTETS, sign(key, OCTETS))
    assert sign(key, OCTETS) == sign(key, OCTETS)
    assert len(sign(key, OCTETS)) == 64


@both
def test_flipped_bit_leaves_the_signature_good(key: PrivateKey) -> None:
    made = sign(key, OCTETS)

    for bit in range(512):
        assert refused(key, OCTETS, (int.from_bytes(made, "big") ^ 1 << bit).to_bytes(64, "big"))
    assert refused(key, OCTETS[:-1], made)


@both
@pytest.mark.parametrize("size", [0, 1, 32, 63, 65, 96])
def test_signature_of_another_size_is_good(key: PrivateKey, size: int) -> None:
    assert refused(key, OCTETS, (sign(key, OCTETS) + bytes(32))[:size])


def test_keys_are_mixed_up() -> None:
    assert refused(make.P256, OCTETS, sign(make.ED25519, OCTETS))
    assert refused(make.ED25519, OCTETS, sign(make.P256, OCTETS))


@pytest.mark.parametrize("times", [1, 2, 4, 8])
def test_ed25519_signature_plus_the_order_is_good(times: int) -> None:
    made = sign(make.ED25519, OCTETS)
    s = int.from_bytes(made[32:], "little") + times * plain.X25519_ORDER

    assert s < 1 << 256
    assert refused(make.ED25519, OCTETS, made[:32] + s.to_bytes(32, "little"))


def test_ed25519_commitment_has_a_second_encoding() -> None:
    made = sign(make.ED25519, OCTETS)

    for y in (1, plain.X25519_PRIME, plain.X25519_PRIME + 1, 2**255 - 1):
        assert refused(make.ED25519, OCTETS, y.to_bytes(32, "little") + made[32:])


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, None),
        (None, 0),
        (P256_ORDER, None),
        (None, P256_ORDER),
        (2**256 - 1, None),
        (None, 2**256 - 1),
        (0, 0),
    ],
)
def test_ecdsa_number_out_of_range_is_good(r: int | None, s: int | None) -> None:
    good_r, good_s = halves(sign(make.P256, OCTETS))

    assert refused(make.P256, OCTETS, joined(good_r if r is None else r, good_s if s is None else s))


def test_ecdsa_high_s_is_refused() -> None:
    r, s = halves(sign(make.P256, OCTETS))

    assert not refused(make.P256, OCTETS, joined(r, P256_ORDER - s))


def test_ecdsa_octets_are_not_those_of_the_library() -> None:
    r, s = halves(sign(make.P256, OCTETS))

    make.P256.public_key().verify(encode_dss_signature(r, s), OCTETS, ECDSA(SHA256()))  # type: ignore[call-arg, arg-type]


def test_signature_made_elsewhere_is_one_of_a_frame() -> None:
    assert to_sign(b"headerprefixbody") == b"coterie/1 frame-signature\x00headerprefixbody"
    assert refused(make.ED25519, OCTETS, sign(make.ED25519, OCTETS[26:]))
