"""Keys that a leaf must not have: other algorithms, other forms, points that bind nothing."""

from collections.abc import Iterator
from dataclasses import replace

from coterie.crypto import identity
from coterie.crypto.signature import PrivateKey
from vectors.generator import scene
from vectors.generator.book import Fault
from vectors.generator.certificates import BITS, INTEGER, NULL, SEQUENCE, Recipe, oid, tlv

PRIME = 2**255 - 19
SIGN = 1 << 255
# The y of the points of order 8; the others of small order have y = 1, -1 and 0.
ORDER_8 = (
    int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    ),
    int.from_bytes(
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
    ),
)
SMALL_ORDER = {
    "order-1": 1, "order-2": PRIME - 1, "order-4": 0, "order-4-sign": SIGN, "order-8-a": ORDER_8[0],
    "order-8-a-sign": ORDER_8[0] | SIGN, "order-8-b": ORDER_8[1], "order-8-b-sign": ORDER_8[1] | SIGN,
}  # fmt: skip
NOT_CANONICAL = {
    "y-is-p": PRIME,
    "y-is-p-plus-1": PRIME + 1,
    "y-is-p-plus-3": PRIME + 3,
    "y-all-ones": 2**256 - 1,
}
OFF_CURVE = {"y-is-2": 2, "y-is-7": 7}
CURVE = oid("1.2.840.10045.3.1.7")
EC = oid("1.2.840.10045.2.1")


def spki(key: PrivateKey) -> bytes:
    """The public half of a key."""
    return identity.spki_of(key)


def ed25519(number: int) -> bytes:
    """A key of any y."""
    return tlv(SEQUENCE, tlv(SEQUENCE, oid("1.3.101.112")), tlv(BITS, b"\x00", number.to_bytes(32, "little")))


def small_order_spki() -> bytes:
    """A key that binds nothing."""
    return ed25519(SMALL_ORDER["order-8-a"])


def point(octets: bytes, curve: bytes = CURVE) -> bytes:
    """A key on a curve."""
    return tlv(SEQUENCE, tlv(SEQUENCE, EC, curve), tlv(BITS, b"\x00", octets))


def other_keys() -> dict[str, bytes]:
    """Keys of other kinds, and other forms of keys of ours."""
    ben, ada = scene.person("Ben").spki[-65:], scene.person("Ada").spki[-32:]
    modulus = tlv(SEQUENCE, tlv(INTEGER, b"\x00" + b"\xc5" * 64), tlv(INTEGER, b"\x01\x00\x01"))
    even = bytes([2 + (ben[-1] & 1)]) + ben[1:33]
    return {
        "x25519": tlv(SEQUENCE, tlv(SEQUENCE, oid("1.3.101.110")), tlv(BITS, b"\x00", ada)),
        "ed448": tlv(SEQUENCE, tlv(SEQUENCE, oid("1.3.101.113")), tlv(BITS, b"\x00", ada + ada[:25])),
        "ed25519-31-octets": tlv(SEQUENCE, tlv(SEQUENCE, oid("1.3.101.112")), tlv(BITS, b"\x00", ada[1:])),
        "ed25519-parameters": tlv(
            SEQUENCE, tlv(SEQUENCE, oid("1.3.101.112"), tlv(NULL)), tlv(BITS, b"\x00", ada)
        ),
        "ed25519-unused-bits": tlv(
            SEQUENCE, tlv(SEQUENCE, oid("1.3.101.112")), tlv(BITS, b"\x01", ada[:-1] + b"\x02")
        ),
        "rsa": tlv(
            SEQUENCE, tlv(SEQUENCE, oid("1.2.840.113549.1.1.1"), tlv(NULL)), tlv(BITS, b"\x00", modulus)
        ),
        "p192": point(b"\x04" + bytes(48), oid("1.2.840.10045.3.1.1")),
        "p384": point(b"\x04" + bytes(96), oid("1.3.132.0.34")),
        "secp256k1": point(ben, oid("1.3.132.0.10")),
        "p256-compressed": point(even),
        "p256-hybrid": point(bytes([6 + (ben[-1] & 1)]) + ben[1:]),
        "p256-infinity": point(b"\x00"),
        "p256-off-curve": point(ben[:-1] + bytes([ben[-1] ^ 1])),
        "p256-beyond-prime": point(b"\x04" + b"\xff" * 64),
        "p256-without-curve": tlv(SEQUENCE, tlv(SEQUENCE, EC), tlv(BITS, b"\x00", ben)),
    }


def faults(plain: Recipe) -> Iterator[tuple[str, Fault, Recipe]]:
    """Leaves with each of the keys."""
    for word, key in other_keys().items():
        yield f"key-{word}", Fault("other-key", "leaf-key", ["LEF-4"]), replace(plain, spki=key)
    for mutation, numbers in (
        ("small-order-key", SMALL_ORDER),
        ("non-canonical-key", NOT_CANONICAL),
        ("off-curve-key", OFF_CURVE),
    ):
        for word, number in numbers.items():
            fault = Fault(mutation, "leaf-small-order", ["LEF-5"])
            yield f"key-{word}", fault, replace(plain, spki=ed25519(number))
