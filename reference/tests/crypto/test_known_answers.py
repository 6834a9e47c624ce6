"""Answers that stand in RFCs: if one of these is wrong, no vector of ours means anything."""

import hmac

import pytest

from coterie.crypto import hkdf, identity, keys, signature
from coterie.crypto.schedule import SenderKey
from coterie.crypto.seal import Seal
from coterie.crypto.suites import raise_, suite
from reference.tests.crypto import plain

X25519, P256 = suite(1), suite(2)


def octets(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


@pytest.mark.parametrize(
    ("scalar", "u", "product"),
    [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ],
    ids=["first", "second"],
)
def test_x25519_is_not_the_one_of_rfc_7748(scalar: str, u: str, product: str) -> None:
    assert raise_(X25519, octets(u), octets(scalar)).hex() == product


def test_x25519_drifts_when_iterated_as_in_rfc_7748() -> None:
    scalar = u = X25519.base
    for _ in range(1000):
        scalar, u = raise_(X25519, u, scalar), scalar

    assert scalar.hex() == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


def test_p256_is_not_the_one_of_rfc_5903() -> None:
    initiator = octets("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433")
    responder = octets("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53")
    theirs = octets("d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63")

    assert raise_(P256, P256.base, responder) == theirs
    assert raise_(P256, theirs, initiator).hex() == (
        "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"
    )


@pytest.mark.parametrize(
    ("secret", "public", "message", "expected"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            (
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            (
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ),
    ],
    ids=["empty", "one-octet"],
)
def test_ed25519_is_not_the_one_of_rfc_8032(secret: str, public: str, message: str, expected: str) -> None:
    key = identity.new_private_key("ed25519", octets(secret) + bytes(16))

    assert identity.spki_of(key) == keys.ED25519_SPKI + octets(public)
    assert signature.sign(key, octets(message)).hex() == expected
    assert signature.holds(key.public_key(), octets(message), octets(expected))


def test_ecdsa_is_not_the_deterministic_one_of_rfc_6979() -> None:
    number = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    key = identity.new_private_key("p256", (number - 1).to_bytes(48, "big"))

    assert signature.sign(key, b"sample").hex() == (
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    )


HKDF_CASES = {
    "basic": (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    "long": (
        bytes(range(0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
        (
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        ),
    ),
    "empty-salt-and-info": (
        "0b" * 22,
        "",
        "",
        "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
}


@pytest.mark.parametrize("case", HKDF_CASES.values(), ids=HKDF_CASES)
def test_hkdf_is_not_the_one_of_rfc_5869(case: tuple[str, ...]) -> None:
    material, salt, info, secret, expected = (octets(text) for text in case)

    assert hkdf.extract(salt, material) == secret
    assert hkdf.expand(secret, info, len(expected)) == expected


def test_empty_salt_is_another_than_zeros() -> None:
    assert hkdf.extract(b"", b"material") == hmac.digest(bytes(32), b"material", "sha256")


def test_chacha20_poly1305_is_not_the_one_of_rfc_8439() -> None:
    body = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
        b"sunscreen would be it."
    )
    iv = (int.from_bytes(octets("070000004041424344454647"), "big") ^ 5).to_bytes(12, "big")
    seal = Seal(1, SenderKey(bytes(range(0x80, 0xA0)), iv))

    sealed = seal.seal(5, octets("50515253c0c1c2c3c4c5c6c7"), body)

    assert sealed[:16].hex() == "d31a8d34648e60db7b86afbc53ef7ec2"
    assert sealed[-16:].hex() == "1ae10b594f09e26a7e902ecbd0600691"


def test_aes_128_gcm_is_not_the_one_of_its_specification() -> None:
    body = octets(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    seal = Seal(2, SenderKey(octets("feffe9928665731c6d6a8f9467308308"), octets("cafebabefacedbaddecaf888")))

    sealed = seal.seal(0, octets("feedfacedeadbeeffeedfacedeadbeefabaddad2"), body)

    assert sealed.hex() == (
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"
    )


def test_plain_arithmetic_of_the_tests_is_wrong_itself() -> None:
    scalar = X25519.scalar_from_draw(
        octets("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    )
    u = octets("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")

    product = plain.ladder(int.from_bytes(scalar, "little"), int.from_bytes(u, "little"))

    assert (
        product.to_bytes(32, "little").hex()
        == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
    )
    assert plain.times(plain.P256_ORDER, plain.P256_BASE) is None
    assert plain.times(plain.P256_ORDER - 1, plain.P256_BASE) == (
        plain.P256_BASE[0],
        plain.P256_PRIME - plain.P256_BASE[1],
    )
