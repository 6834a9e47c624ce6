"""Known answers of the primitives, as others have published them, so that ours hang on nothing of our own.

Each row says where it is published, which primitive it is about, what goes in and what comes out. The
generator writes a row only after the reference's primitive has given this very answer.
"""

from collections.abc import Callable, Mapping
from typing import Any

from coterie.crypto import hkdf, identity, signature, suites
from coterie.crypto.schedule import SenderKey
from coterie.crypto.seal import Seal
from vectors.generator.book import DisagreementError, Json
from vectors.generator.scalars import KNOWN

SUNSCREEN = (
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    b"sunscreen would be it."
)


def octets(first: int, last: int) -> str:
    """Ascending octets, as hex."""
    return bytes(range(first, last + 1)).hex()


def row(source: str, primitive: str, given: Json, result: Json) -> Json:
    """One answer."""
    return {"source": source, "primitive": primitive, "input": given, "output": result}


HKDF = (
    row("RFC 5869, appendix A.1", "hkdf-sha256",
        {"ikm": "0b" * 22, "salt": octets(0x00, 0x0C), "info": octets(0xF0, 0xF9), "length": 42},
        {"prk": "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
         "okm": "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"}),
    row("RFC 5869, appendix A.2", "hkdf-sha256",
        {"ikm": octets(0x00, 0x4F), "salt": octets(0x60, 0xAF), "info": octets(0xB0, 0xFF), "length": 82},
        {"prk": "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
         "okm": "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                "cc30c58179ec3e87c14c01d5c1f3434f1d87"}),
    row("RFC 5869, appendix A.3", "hkdf-sha256",
        {"ikm": "0b" * 22, "salt": "", "info": "", "length": 42},
        {"prk": "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
         "okm": "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"}),
)  # fmt: skip
SIGNATURES = (
    row("RFC 8032, section 7.1, test 1", "ed25519",
        {"private": "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "message": ""},
        {"public": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
         "signature": "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"}),
    row("RFC 8032, section 7.1, test 2", "ed25519",
        {"private": "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "message": "72"},
        {"public": "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
         "signature": "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}),
    row("RFC 8032, section 7.1, test 3", "ed25519",
        {"private": "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "message": "af82"},
        {"public": "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
         "signature": "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}),
    row('RFC 6979, appendix A.2.5, SHA-256, "sample"', "ecdsa-p256-sha256",
        {"private": "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
         "message": b"sample".hex()},
        {"signature": "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"}),
)  # fmt: skip
SEALS = (
    row("RFC 8439, section 2.8.2", "chacha20-poly1305",
        {"key": octets(0x80, 0x9F), "nonce": "070000004041424344454647",
         "associated": "50515253c0c1c2c3c4c5c6c7", "plaintext": SUNSCREEN.hex()},
        {"sealed": "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                   "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                   "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                   "3ff4def08e4b7a9de576d26586cec64b6116"
                   "1ae10b594f09e26a7e902ecbd0600691"}),
    row("McGrew and Viega, The Galois/Counter Mode of Operation, test case 4", "aes-128-gcm",
        {"key": "feffe9928665731c6d6a8f9467308308", "nonce": "cafebabefacedbaddecaf888",
         "associated": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
         "plaintext": "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"},
        {"sealed": "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                   "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
                   "5bc94fbc3221a5db94fae95ae7121a47"}),
)  # fmt: skip
PUBLISHED = {
    "rfc-7748-first": "RFC 7748, section 5.2",
    "rfc-7748-iterated-once": "RFC 7748, section 5.2",
    "rfc-7748-alice": "RFC 7748, section 6.1",
    "rfc-7748-bob": "RFC 7748, section 6.1",
    "rfc-7748-shared": "RFC 7748, section 6.1",
    "rfc-5903-initiator": "RFC 5903, section 8.1",
    "rfc-5903-responder": "RFC 5903, section 8.1",
    "rfc-5903-shared": "RFC 5903, section 8.1",
}


def _curves() -> list[Json]:
    names = {1: "x25519", 2: "ecdh-p256"}
    return [
        row(PUBLISHED[word], names[code], {"scalar": by, "element": of}, {"element": answer})
        for code, known in KNOWN.items()
        for word, (by, of, answer) in known.items()
    ]


def answers() -> list[Json]:
    """All known answers, each of which the reference gives as well."""
    rows = [*_curves(), *HKDF, *SIGNATURES, *SEALS]
    for each in rows:
        found = PRIMITIVES[each["primitive"]](each["input"])
        if found != each["output"]:
            raise DisagreementError(f"{each['source']} says {each['output']}, the reference {found}")
    return rows


# ---------------------------------------------------------------- the reference's primitives


def _raise(code: int, given: Json) -> Json:
    suite, by = suites.suite(code), bytes.fromhex(given["scalar"])
    drawn = suite.scalar_from_draw(by) if code == 1 else by
    return {"element": suites.raise_(suite, bytes.fromhex(given["element"]), drawn).hex()}


def _hkdf(given: Json) -> Json:
    prk = hkdf.extract(bytes.fromhex(given["salt"]), bytes.fromhex(given["ikm"]))
    return {"prk": prk.hex(), "okm": hkdf.expand(prk, bytes.fromhex(given["info"]), given["length"]).hex()}


def _ed25519(given: Json) -> Json:
    key = identity.new_private_key("ed25519", bytes.fromhex(given["private"]) + bytes(16))
    made = signature.sign(key, bytes.fromhex(given["message"]))
    return {"public": identity.spki_of(key)[-32:].hex(), "signature": made.hex()}


def _ecdsa(given: Json) -> Json:
    # A draw d gives the scalar d mod (n - 1) + 1.
    number = int(given["private"], 16) - 1
    key = identity.new_private_key("p256", number.to_bytes(48, "big"))
    return {"signature": signature.sign(key, bytes.fromhex(given["message"])).hex()}


def _seal(code: int, given: Json) -> Json:
    # The counter 0 leaves the iv as it is, so the nonce is the iv.
    sealer = Seal(code, SenderKey(bytes.fromhex(given["key"]), bytes.fromhex(given["nonce"])))
    made = sealer.seal(0, bytes.fromhex(given["associated"]), bytes.fromhex(given["plaintext"]))
    return {"sealed": made.hex()}


PRIMITIVES: Mapping[str, Callable[[Any], Json]] = {
    "x25519": lambda given: _raise(1, given),
    "ecdh-p256": lambda given: _raise(2, given),
    "hkdf-sha256": _hkdf,
    "ed25519": _ed25519,
    "ecdsa-p256-sha256": _ecdsa,
    "chacha20-poly1305": lambda given: _seal(1, given),
    "aes-128-gcm": lambda given: _seal(2, given),
}
