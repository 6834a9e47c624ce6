"""Admissions to a closed group that its authority did not give, or not for this."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coterie.crypto import authority, identity, names, policy
from coterie.crypto.authority import Admission, Issuer
from coterie.crypto.identity import Validity
from coterie.crypto.leaf import check_leaf
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import OverlayId
from reference.tests.crypto import certificates as make
from reference.tests.crypto.certificates import DAY, NOW, Parts

YEARS = Validity(NOW - 300 * DAY, NOW + 300 * DAY)
KEY = authority.curve_key(identity.new_private_key("p256", bytes(range(100, 148))))
CERTIFICATE = authority.new_authority(KEY, "the authority", YEARS, 11)
ISSUER = authority.load_issuer(KEY, CERTIFICATE)
CLOSED = policy.closed(CERTIFICATE)
OVERLAY = names.overlay_id(b"a closed group", ISSUER.hash)
NAME = f"urn:coterie:{OVERLAY.hex()}:member"

ADMISSION = Admission(identity.spki_of(make.ED25519), OVERLAY, "member", Validity(NOW - DAY, NOW + DAY), 5)
SUBJECT = x509.load_der_x509_certificate(CERTIFICATE).subject.public_bytes()
GOOD = Parts(
    algorithm=make.ECDSA_ALGORITHM,
    key=KEY,
    issuer=SUBJECT,
    validity=make.validity(NOW - DAY, NOW + 6 * DAY),
    subject=make.sequence(),
    extensions=(
        make.key_usage(),
        make.extended_usage(make.CLIENT),
        make.alternative_name(make.uri(NAME), critical=True),
    ),
)


def refusal(der: bytes, closed: policy.Policy = CLOSED) -> tuple[str, str]:
    with pytest.raises(RemoteError) as refused:
        check_leaf(der, closed, OVERLAY, NOW * 1000)
    return refused.value.reason, refused.value.requirement


@pytest.mark.parametrize("role", authority.ROLES)
@pytest.mark.parametrize("key", [make.ED25519, make.P256], ids=["ed25519", "p256"])
def test_admission_is_refused_where_it_was_given_for(key: object, role: authority.Role) -> None:
    spki = identity.spki_of(key)  # type: ignore[arg-type]

    issued = authority.issue(ISSUER, replace(ADMISSION, spki=spki, role=role))

    assert check_leaf(issued, CLOSED, OVERLAY, NOW * 1000).spki == spki


def test_admission_made_by_hand_is_refused() -> None:
    check_leaf(GOOD.der(), CLOSED, OVERLAY, NOW * 1000)


def test_library_disagrees_about_who_signed() -> None:
    issued = x509.load_der_x509_certificate(authority.issue(ISSUER, ADMISSION))
    root = x509.load_der_x509_certificate(CERTIFICATE)

    issued.verify_directly_issued_by(root)
    identifier = issued.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert identifier.key_identifier == (
        root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    )


USAGES = (make.key_usage(), make.extended_usage(make.CLIENT))


def named(*others: bytes) -> Parts:
    return GOOD.but(extensions=(*USAGES, make.alternative_name(*others)))


FAULTS: dict[str, tuple[Parts, str, str]] = {
    "self-signed": (
        GOOD.but(key=make.ED25519, algorithm=make.ED25519_ALGORITHM),
        "leaf-issuer",
        "REQ-LEF-13",
    ),
    "unknown-authority": (GOOD.but(key=make.P256), "leaf-issuer", "REQ-LEF-13"),
    "signature-of-zeros": (GOOD.but(signature=bytes(70)), "leaf-issuer", "REQ-LEF-13"),
    "no-signature": (GOOD.but(signature=b""), "leaf-issuer", "REQ-LEF-13"),
    "other-issuer": (GOOD.but(issuer=make.name(b"The authority")), "leaf-issuer", "REQ-LEF-13"),
    "eight-days": (
        GOOD.but(validity=make.validity(NOW - DAY, NOW + 6 * DAY + 1)),
        "leaf-validity-too-long",
        "REQ-LEF-11",
    ),
    "no-usage": (
        GOOD.but(extensions=(USAGES[1], make.alternative_name(make.uri(NAME)))),
        "leaf-usage",
        "REQ-LEF-12",
    ),
    "no-purpose": (
        GOOD.but(extensions=(USAGES[0], make.alternative_name(make.uri(NAME)))),
        "leaf-usage",
        "REQ-LEF-12",
    ),
    "no-name": (GOOD.but(subject=make.name(b"A"), extensions=USAGES), "leaf-name", "REQ-LEF-12"),
    "other-overlay": (
        named(make.uri(f"urn:coterie:{'00' * 16}:member")),
        "leaf-name",
        "REQ-LEF-12",
    ),
    "upper-case": (named(make.uri(f"urn:coterie:{OVERLAY.hex().upper()}:member")), "leaf-name", "REQ-LEF-12"),
    "other-role": (named(make.uri(NAME.replace("member", "owner"))), "leaf-name", "REQ-LEF-12"),
    "no-role": (named(make.uri(NAME.removesuffix(":member"))), "leaf-name", "REQ-LEF-12"),
    "longer-role": (named(make.uri(NAME + "s")), "leaf-name", "REQ-LEF-12"),
    "two-names": (named(make.uri(NAME), make.uri(NAME)), "leaf-name", "REQ-LEF-12"),
    "host-beside": (named(make.uri(NAME), make.tlv(0x82, b"a.example")), "leaf-name", "REQ-LEF-12"),
    "host-instead": (named(make.tlv(0x82, NAME.encode())), "leaf-name", "REQ-LEF-12"),
    "wildcard": (named(make.uri("urn:coterie:*:member")), "leaf-name", "REQ-LEF-12"),
    "look-alike": (named(make.tlv(0x86, NAME.replace("e", "е").encode())), "leaf-name", "REQ-LEF-9"),
}


@pytest.mark.parametrize(("parts", "reason", "requirement"), FAULTS.values(), ids=FAULTS)
def test_leaf_that_admits_nobody_admits(parts: Parts, reason: str, requirement: str) -> None:
    assert refusal(parts.der()) == (reason, requirement)


def root(**changes: object) -> bytes:
    """A certificate of the authority, with one part of it another."""
    parts = Parts(
        algorithm=make.ECDSA_ALGORITHM,
        key=KEY,
        spki=identity.spki_of(KEY),
        issuer=SUBJECT,
        subject=SUBJECT,
        validity=make.validity(YEARS.not_before, YEARS.not_after),
        extensions=(make.constraints(make.tlv(1, b"\xff")), make.key_usage(0x04)),
    )
    return parts.but(**changes).der()


def test_authority_made_by_hand_admits_nobody() -> None:
    check_leaf(GOOD.der(), policy.closed(root()), OVERLAY, NOW * 1000)


@pytest.mark.parametrize(
    "certificate",
    [
        root(extensions=(make.key_usage(0x04),)),
        root(extensions=(make.constraints(), make.key_usage(0x04))),
        root(extensions=(make.constraints(make.tlv(1, b"\xff")),)),
        root(extensions=(make.constraints(make.tlv(1, b"\xff")), make.key_usage(0x80))),
        root(validity=make.validity(NOW - DAY, NOW - 1)),
        root(validity=make.validity(NOW + 1, NOW + DAY)),
        root(spki=identity.spki_of(make.P256)),
        root(subject=make.name(b"another")),
        root(spki=identity.spki_of(make.ED25519)),
        root(extensions=(make.constraints(make.integer(1), make.integer(2)), make.key_usage(0x04))),
    ],
    ids=[
        "no-constraints", "constraints-false", "no-usage", "usage-without-signing", "expired", "not-yet",
        "another-key", "another-name", "ed25519", "malformed",
    ],
)  # fmt: skip
def test_authority_that_may_not_sign_admits(certificate: bytes) -> None:
    assert refusal(GOOD.der(), policy.closed(certificate)) == ("leaf-issuer", "REQ-LEF-13")


def test_member_admits_others() -> None:
    # A chain: the leaf of a member, used as if it were an authority.
    member = policy.closed(authority.issue(ISSUER, replace(ADMISSION, spki=identity.spki_of(make.P256))))

    assert refusal(GOOD.but(key=make.P256).der(), member)[0] == "leaf-issuer"


@pytest.mark.parametrize(
    "octets",
    [b"", b"no certificate", root() + b"\x00"],
    ids=["empty", "text", "trailing"],
)
def test_group_is_configured_with_no_authority(octets: bytes) -> None:
    with pytest.raises(LocalError):
        policy.closed(octets)


class TestIssuing:
    def test_key_of_small_order_is_admitted(self) -> None:
        with pytest.raises(LocalError, match="leaf-small-order"):
            authority.issue(ISSUER, replace(ADMISSION, spki=Parts().spki[:12] + bytes(32)))

    def test_key_on_another_curve_is_admitted(self) -> None:
        other = derive_private_key(5, SECP384R1())
        spki = other.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

        with pytest.raises(LocalError, match="leaf-key"):
            authority.issue(ISSUER, replace(ADMISSION, spki=spki))

    def test_eight_days_are_given(self) -> None:
        with pytest.raises(LocalError, match="at most 7 days"):
            authority.issue(ISSUER, replace(ADMISSION, validity=Validity(NOW, NOW + 7 * DAY + 1)))

    def test_admission_outlives_its_authority(self) -> None:
        end = YEARS.not_after

        with pytest.raises(LocalError, match="not valid that long"):
            authority.issue(ISSUER, replace(ADMISSION, validity=Validity(end - DAY, end + 1)))

    def test_longest_names_make_a_leaf_that_nobody_accepts(self) -> None:
        certificate = authority.new_authority(KEY, "é" * 32, YEARS, 2**159 - 1)
        spki = identity.spki_of(make.P256)

        issued = authority.issue(
            Issuer(KEY, certificate), replace(ADMISSION, spki=spki, serial=2**159 - 1, role="receiver")
        )

        check_leaf(issued, policy.closed(certificate), OVERLAY, NOW * 1000)

    def test_authority_with_a_key_that_it_cannot_have(self) -> None:
        with pytest.raises(LocalError, match="P-256"):
            authority.new_authority(make.ED25519, "name", YEARS, 1)

    def test_key_and_certificate_of_two_authorities(self) -> None:
        with pytest.raises(LocalError, match="not one of this key"):
            authority.load_issuer(make.P256, CERTIFICATE)

    def test_admission_to_one_group_opens_another(self) -> None:
        other = OverlayId(bytes(16))
        issued = authority.issue(ISSUER, replace(ADMISSION, overlay=other))

        assert refusal(issued) == ("leaf-name", "REQ-LEF-12")
