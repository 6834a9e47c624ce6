"""Leaves that must not be shown, each with one thing wrong, and the reason that each is refused with."""

import pytest
from cryptography import x509

from coterie.crypto import identity, keys
from coterie.crypto.leaf import check_leaf
from coterie.crypto.policy import OPEN
from coterie.errors import RemoteError
from reference.tests.crypto import certificates as make
from reference.tests.crypto import plain
from reference.tests.crypto.certificates import DAY, NOW, OPEN_OVERLAY, P256_LEAF, Parts


def refusal(der: bytes, wall_s: int = NOW) -> tuple[str, str]:
    """Reason and requirement of a refusal."""
    with pytest.raises(RemoteError) as refused:
        check_leaf(der, OPEN, OPEN_OVERLAY, wall_s * 1000)
    return refused.value.reason, refused.value.requirement


@pytest.mark.parametrize("parts", [Parts(), P256_LEAF], ids=["ed25519", "p256"])
def test_good_leaf_is_refused(parts: Parts) -> None:
    checked = check_leaf(parts.der(), OPEN, OPEN_OVERLAY, NOW * 1000)

    assert checked.spki == parts.spki
    assert checked.kind == ("ed25519" if parts.key is make.ED25519 else "p256")
    assert x509.load_der_x509_certificate(checked.der).public_key() == checked.public


@pytest.mark.parametrize(
    "parts",
    [
        Parts(extensions=None),
        Parts(signature=bytes(64)),
        Parts(issuer=make.name(b"a\x00b")),
        Parts(subject=make.sequence(), extensions=(make.alternative_name(make.uri("x:y")),)),
        Parts(extensions=(make.extension(make.UNKNOWN, b"\x30\x80 whatever"),)),
        Parts(extensions=(make.constraints(),)),
        Parts(extensions=(make.extended_usage(make.SERVER, make.CLIENT), make.key_usage(0xC0))),
        Parts(validity=make.validity(NOW, NOW)),
        Parts(validity=make.validity(NOW - DAY, NOW + 399 * DAY)),
        Parts(serial=make.integer(2**159 - 1)),
        Parts(subject=make.name(b"*.example")),
        Parts(subject=make.name("А".encode())),
    ],
    ids=[
        "no-extensions", "foreign-signature", "odd-issuer", "alternative-name-alone", "unknown-extension",
        "no-authority",
        "more-purposes", "one-second", "400-days", "longest-serial", "wildcard", "look-alike",
    ],
)  # fmt: skip
def test_leaf_that_open_allows_is_refused(parts: Parts) -> None:
    check_leaf(parts.der(), OPEN, OPEN_OVERLAY, NOW * 1000)


ED25519_SPKI, P256_SPKI = keys.ED25519_SPKI, identity.spki_of(make.P256)
RSA_ALGORITHM = make.sequence(make.oid("2a864886f70d010101"), b"\x05\x00")
RSA_512 = make.sequence(
    RSA_ALGORITHM, make.tlv(3, b"\x00", make.sequence(make.integer(2**511 + 1), make.integer(65537)))
)
RSA_EXPONENT_ONE = make.sequence(
    RSA_ALGORITHM, make.tlv(3, b"\x00", make.sequence(make.integer(2**1023 + 1), make.integer(1)))
)
EC_KEY = make.oid("2a8648ce3d0201")
P192 = make.sequence(make.sequence(EC_KEY, make.oid("2a8648ce3d030101")), make.tlv(3, b"\x00\x04", bytes(48)))
P384 = make.sequence(make.sequence(EC_KEY, make.oid("2b81040022")), make.tlv(3, b"\x00\x04", bytes(96)))
COMPRESSED = make.sequence(
    make.sequence(EC_KEY, make.oid("2a8648ce3d030107")), make.tlv(3, b"\x00\x02", P256_SPKI[27:59])
)
INFINITY = make.sequence(make.sequence(EC_KEY, make.oid("2a8648ce3d030107")), make.tlv(3, b"\x00\x00"))
OFF_CURVE = P256_SPKI[:-1] + bytes([P256_SPKI[-1] ^ 1])
X25519_KEY = make.sequence(make.sequence(make.oid("2b656e")), make.tlv(3, b"\x00", bytes([9]), bytes(31)))
WRONG_CURVE = P256_SPKI.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030106"))
ED25519_PARAMETERS = make.sequence(
    make.sequence(make.oid("2b6570"), b"\x05\x00"), make.tlv(3, b"\x00", bytes(32))
)

SHA1_ECDSA = make.sequence(make.oid("2a8648ce3d0401"))
MD5_RSA = make.sequence(make.oid("2a864886f70d010104"), b"\x05\x00")
SHA1_RSA = make.sequence(make.oid("2a864886f70d010105"), b"\x05\x00")
ECDSA_WITH_NULL = make.sequence(make.oid("2a8648ce3d040302"), b"\x05\x00")

FAULTS: dict[str, tuple[Parts, str, str]] = {
    "version-1-with-extensions": (Parts(version=b""), "leaf-version", "REQ-LEF-3"),
    "version-2": (Parts(version=make.tlv(0xA0, make.integer(1))), "leaf-version", "REQ-LEF-3"),
    "version-4": (Parts(version=make.tlv(0xA0, make.integer(3))), "leaf-version", "REQ-LEF-3"),
    "rsa-512": (Parts(spki=RSA_512), "leaf-key", "REQ-LEF-4"),
    "rsa-exponent-one": (Parts(spki=RSA_EXPONENT_ONE), "leaf-key", "REQ-LEF-4"),
    "p192": (Parts(spki=P192), "leaf-key", "REQ-LEF-4"),
    "p384": (Parts(spki=P384), "leaf-key", "REQ-LEF-4"),
    "p256-compressed": (Parts(spki=COMPRESSED), "leaf-key", "REQ-LEF-4"),
    "p256-infinity": (Parts(spki=INFINITY), "leaf-key", "REQ-LEF-4"),
    "p256-off-curve": (Parts(spki=OFF_CURVE), "leaf-key", "REQ-LEF-4"),
    "p256-wrong-curve": (Parts(spki=WRONG_CURVE), "leaf-key", "REQ-LEF-4"),
    "x25519-key": (Parts(spki=X25519_KEY), "leaf-key", "REQ-LEF-4"),
    "ed25519-with-parameters": (Parts(spki=ED25519_PARAMETERS), "leaf-key", "REQ-LEF-4"),
    "ecdsa-sha1": (Parts(algorithm=SHA1_ECDSA), "leaf-signature-algorithm", "REQ-LEF-6"),
    "rsa-md5": (Parts(algorithm=MD5_RSA), "leaf-signature-algorithm", "REQ-LEF-6"),
    "rsa-sha1": (Parts(algorithm=SHA1_RSA), "leaf-signature-algorithm", "REQ-LEF-6"),
    "ecdsa-with-null": (Parts(algorithm=ECDSA_WITH_NULL), "leaf-signature-algorithm", "REQ-LEF-6"),
    "two-algorithms": (Parts(outer_algorithm=make.ECDSA_ALGORITHM), "leaf-signature-algorithm", "REQ-LEF-6"),
    "critical-unknown": (
        Parts(extensions=(make.extension(make.UNKNOWN, b"\x05\x00", critical=True),)),
        "leaf-extension",
        "REQ-LEF-7",
    ),
    "extension-twice": (
        Parts(extensions=(make.key_usage(), make.key_usage())),
        "leaf-extension",
        "REQ-LEF-7",
    ),
    "unknown-twice": (
        Parts(extensions=(make.extension(make.UNKNOWN, b"1"), make.extension(make.UNKNOWN, b"2"))),
        "leaf-extension",
        "REQ-LEF-7",
    ),
    "usage-is-no-bits": (
        Parts(extensions=(make.extension(make.KEY_USAGE, b"\x02\x01\x05"),)),
        "leaf-extension",
        "REQ-LEF-7",
    ),
    "purposes-are-none": (Parts(extensions=(make.extended_usage(),)), "leaf-extension", "REQ-LEF-7"),
    "names-are-no-list": (
        Parts(extensions=(make.extension(make.ALTERNATIVE_NAME, make.uri("a:b")),)),
        "leaf-extension",
        "REQ-LEF-7",
    ),
    "authority-false-written-out": (
        Parts(extensions=(make.constraints(make.tlv(1, b"\x00")),)),
        "leaf-extension",
        "REQ-LEF-7",
    ),
    "usage-for-agreement": (Parts(extensions=(make.key_usage(0x08),)), "leaf-usage", "REQ-LEF-8"),
    "usage-without-bits": (
        Parts(extensions=(make.extension(make.KEY_USAGE, make.tlv(3, b"\x00")),)),
        "leaf-usage",
        "REQ-LEF-8",
    ),
    "server-alone": (Parts(extensions=(make.extended_usage(make.SERVER),)), "leaf-usage", "REQ-LEF-8"),
    "authority": (Parts(extensions=(make.constraints(make.tlv(1, b"\xff")),)), "leaf-usage", "REQ-LEF-8"),
    "authority-of-authorities": (
        Parts(extensions=(make.constraints(make.tlv(1, b"\xff"), make.integer(3)),)),
        "leaf-usage",
        "REQ-LEF-8",
    ),
    "no-name-at-all": (Parts(subject=make.sequence()), "leaf-name", "REQ-LEF-9"),
    "empty-alternative-name": (
        Parts(subject=make.sequence(), extensions=(make.alternative_name(),)),
        "leaf-name",
        "REQ-LEF-9",
    ),
    "nul-in-subject": (Parts(subject=make.name(b"Alice\x00.example")), "leaf-name", "REQ-LEF-9"),
    "control-in-subject": (Parts(subject=make.name("a\u0085b".encode())), "leaf-name", "REQ-LEF-9"),
    "delete-in-subject": (Parts(subject=make.name(b"a\x7fb", 0x13)), "leaf-name", "REQ-LEF-9"),
    "nul-in-wide-subject": (
        Parts(subject=make.name("a\x00".encode("utf-16-be"), 0x1E)),
        "leaf-name",
        "REQ-LEF-9",
    ),
    "subject-is-no-text": (Parts(subject=make.name(b"\x05", 0x02)), "leaf-name", "REQ-LEF-9"),
    "subject-is-not-utf-8": (Parts(subject=make.name(b"\xff\xfe")), "leaf-name", "REQ-LEF-9"),
    "nul-in-alternative-name": (
        Parts(extensions=(make.alternative_name(make.tlv(0x82, b"a.example\x00.b")),)),
        "leaf-name",
        "REQ-LEF-9",
    ),
    "nul-in-directory-name": (
        Parts(extensions=(make.alternative_name(make.tlv(0xA4, make.name(b"a\x00"))),)),
        "leaf-name",
        "REQ-LEF-9",
    ),
    "not-yet-valid-by-a-second": (
        Parts(validity=make.validity(NOW + 1, NOW + DAY)),
        "leaf-not-yet-valid",
        "REQ-LEF-10",
    ),
    "expired-by-a-second": (Parts(validity=make.validity(NOW - DAY, NOW - 1)), "leaf-expired", "REQ-LEF-10"),
    "ends-before-it-begins": (
        Parts(validity=make.validity(NOW + 5, NOW - 5)),
        "leaf-not-yet-valid",
        "REQ-LEF-10",
    ),
    "400-days-and-a-second": (
        Parts(validity=make.validity(NOW - DAY, NOW + 399 * DAY + 1)),
        "leaf-validity-too-long",
        "REQ-LEF-11",
    ),
    "100-years": (
        Parts(
            validity=make.sequence(make.utc_time(NOW - DAY), make.tlv(0x18, b"21250101000000Z")),
        ),
        "leaf-validity-too-long",
        "REQ-LEF-11",
    ),
}


@pytest.mark.parametrize(("parts", "reason", "requirement"), FAULTS.values(), ids=FAULTS)
def test_leaf_with_one_fault_passes(parts: Parts, reason: str, requirement: str) -> None:
    assert refusal(parts.der()) == (reason, requirement)


def small_order_keys() -> dict[str, bytes]:
    """Each encoding of each point whose order divides 8, from the equation of the curve."""
    p = plain.X25519_PRIME
    d = -121665 * pow(121666, -1, p) % p
    # Twice a point of order 8 has y = 0: then x² = −y², and d·y⁴ + 2y² − 1 = 0.
    root = plain.square_root(1 + d)
    assert root is not None
    squares = ((-1 + sign * root) * pow(d, -1, p) for sign in (1, -1))
    eighth = next(y for square in squares if (y := plain.square_root(square % p)) is not None)
    values = {"neutral": 1, "order-2": p - 1, "order-4": 0, "order-8": eighth, "order-8-negative": p - eighth}
    keys = {}
    for title, y in values.items():
        for sign in (0, 1):
            keys[f"{title}-{sign}"] = (y | sign << 255).to_bytes(32, "little")
            if y + p < 1 << 255:
                keys[f"{title}-{sign}-second-encoding"] = (y + p | sign << 255).to_bytes(32, "little")
    return keys


@pytest.mark.parametrize("key", small_order_keys().values(), ids=small_order_keys())
def test_key_under_which_anyone_can_sign_is_somebody(key: bytes) -> None:
    assert refusal(Parts(spki=ED25519_SPKI + key).der()) == ("leaf-small-order", "REQ-LEF-5")


@pytest.mark.parametrize("y", [2, plain.X25519_PRIME + 3, 2**255 - 1])
def test_key_that_is_no_point_is_somebody(y: int) -> None:
    assert refusal(Parts(spki=ED25519_SPKI + y.to_bytes(32, "little")).der())[0] == "leaf-small-order"


def test_small_keys_that_are_points_of_full_order_are_refused() -> None:
    checked = 0
    for y in range(2, 30):
        try:
            check_leaf(
                Parts(spki=ED25519_SPKI + y.to_bytes(32, "little")).der(), OPEN, OPEN_OVERLAY, NOW * 1000
            )
        except RemoteError:
            continue
        checked += 1
    assert checked >= 10


def test_earlier_fault_is_told_after_a_later_one() -> None:
    everything = Parts(
        version=b"",
        spki=RSA_512,
        algorithm=MD5_RSA,
        extensions=(make.key_usage(0), make.key_usage(0)),
        subject=make.sequence(),
        validity=make.validity(NOW + 1, NOW + 900 * DAY),
    )
    mended: list[tuple[dict[str, object], str]] = [
        ({}, "leaf-version"),
        ({"version": Parts().version}, "leaf-key"),
        ({"spki": ED25519_SPKI + bytes(32)}, "leaf-small-order"),
        ({"spki": Parts().spki}, "leaf-signature-algorithm"),
        ({"algorithm": make.ED25519_ALGORITHM}, "leaf-extension"),
        ({"extensions": (make.key_usage(0),)}, "leaf-usage"),
        ({"extensions": None}, "leaf-name"),
        ({"subject": Parts().subject}, "leaf-not-yet-valid"),
        ({"validity": make.validity(NOW - 1, NOW + 900 * DAY)}, "leaf-validity-too-long"),
    ]

    for changes, reason in mended:
        everything = everything.but(**changes)
        assert refusal(everything.der())[0] == reason


def test_fraction_of_a_second_counts() -> None:
    der = Parts(validity=make.validity(NOW, NOW)).der()

    check_leaf(der, OPEN, OPEN_OVERLAY, NOW * 1000 + 999)
    assert refusal(der, NOW + 1)[0] == "leaf-expired"
    assert refusal(der, NOW - 1)[0] == "leaf-not-yet-valid"
