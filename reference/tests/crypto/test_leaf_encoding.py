"""Octets that are no certificate in strict DER, and what hostile ones cost."""

import time
import warnings
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coterie import registry
from coterie.crypto.der import MalformedDer, only
from coterie.crypto.leaf import check_leaf
from coterie.crypto.policy import OPEN
from coterie.errors import RemoteError
from reference.tests.crypto import certificates as make
from reference.tests.crypto.certificates import NOW, OPEN_OVERLAY, P256_LEAF, Parts


def refusal(der: bytes) -> tuple[str, str]:
    """Reason and requirement of a refusal."""
    with pytest.raises(RemoteError) as refused:
        check_leaf(der, OPEN, OPEN_OVERLAY, NOW * 1000)
    return refused.value.reason, refused.value.requirement


def long_length(octets: int) -> Callable[[bytes], bytes]:
    return lambda der: b"\x30" + bytes([0x80 | octets]) + (len(der) - 4).to_bytes(octets, "big") + der[4:]


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "octet-after-the-end": lambda der: der + b"\x00",
    "two-certificates": lambda der: der + der,
    "indefinite-length": lambda der: b"\x30\x80" + der[4:] + b"\x00\x00",
    "length-with-a-zero-more": long_length(3),
    "length-of-four-octets": long_length(4),
    "four-gigabytes": lambda der: b"\x30\x84\xff\xff\xff\xff" + der[4:],
    "length-of-126-octets": lambda der: b"\x30\xfe" + b"\xff" * 126 + der[4:],
    "reserved-length": lambda der: b"\x30\xff" + der[4:],
    "tag-of-two-octets": lambda der: b"\x3f\x10" + der[1:],
    "set-instead-of-sequence": lambda der: b"\x31" + der[1:],
    "nested-to-the-end": lambda _: b"\x30\x82\x02\x50" + nested(592),
    "sets-nested-to-the-end": lambda _: b"\x30\x82\x02\x50" + nested(592, 0x31),
}


def nested(octets: int, tag: int = 0x30) -> bytes:
    """Elements inside elements, as deep as the octets allow."""
    inner = b""
    while len(make.tlv(tag, inner)) <= octets:
        inner = make.tlv(tag, inner)
    return inner


@pytest.mark.parametrize("change", ENCODINGS.values(), ids=ENCODINGS)
def test_encoding_that_der_does_not_have_passes(change: Callable[[bytes], bytes]) -> None:
    assert refusal(change(Parts().der())) == ("leaf-encoding", "REQ-LEF-2")


@pytest.mark.parametrize(
    "parts",
    [
        Parts(serial=make.integer(-7)),
        Parts(serial=make.integer(0)),
        Parts(serial=make.tlv(2, b"\x00\x07")),
        Parts(serial=make.tlv(2, b"\x00" + b"\xff" * 20)),
        Parts(serial=make.tlv(2)),
        Parts(version=make.tlv(0xA0, make.integer(0))),
        Parts(extensions=()),
        Parts(extensions=(make.sequence(make.oid(make.UNKNOWN), b"\x01\x01\x00", make.tlv(4)),)),
        Parts(extensions=(make.sequence(make.oid(make.UNKNOWN), b"\x01\x01\x01", make.tlv(4)),)),
        Parts(extensions=(make.sequence(make.oid("2a8003"), make.tlv(4)),)),
        Parts(validity=make.sequence(make.tlv(0x17, b"2701010000Z"), make.utc_time(NOW))),
        Parts(validity=make.sequence(make.tlv(0x17, b"270230000000Z"), make.utc_time(NOW))),
        Parts(validity=make.sequence(make.tlv(0x17, b"270101000000+0100"), make.utc_time(NOW))),
        Parts(validity=make.sequence(make.utc_time(NOW))),
        Parts(subject=make.sequence(make.tlv(0x31))),
        Parts(subject=make.sequence(make.tlv(0x31, make.sequence(make.oid("550403"))))),
        Parts(subject=make.sequence(make.tlv(0x31, make.name(b"b"), make.name(b"a")))),
        Parts(subject=make.name(b"\x0c\x01a", 0x2C)),
        Parts(spki=make.sequence(make.ED25519_ALGORITHM, make.tlv(3, b"\x01", bytes(31), b"\xff"))),
    ],
    ids=[
        "negative-serial", "zero-serial", "padded-serial", "long-serial", "empty-serial",
        "version-1-written-out",
        "no-extension-listed", "critical-false", "boolean-of-one", "padded-identifier",
        "time-without-seconds",
        "30-february", "local-time", "one-time", "empty-set", "attribute-without-value", "set-out-of-order",
        "string-in-pieces", "bits-left-over",
    ],
)  # fmt: skip
def test_certificate_with_a_field_that_der_writes_otherwise_passes(parts: Parts) -> None:
    assert refusal(parts.der()) == ("leaf-encoding", "REQ-LEF-2")


ISSUER_ID, SUBJECT_ID = 0x81, 0x82
SOUND_ID = b"\x04\xf0"


@pytest.mark.parametrize("tag", [ISSUER_ID, SUBJECT_ID])
@pytest.mark.parametrize(
    "content", [b"", b"\x01", b"\x08\x00", b"\x04\x1f", b"\x30\x00"],
    ids=["empty", "unused-of-nothing", "8-unused", "unused-set", "a-list"],
)  # fmt: skip
def test_unique_identifier_that_is_no_string_of_bits_passes(tag: int, content: bytes) -> None:
    loose = Parts(unique_ids=make.tlv(tag, content))

    assert refusal(loose.der()) == ("leaf-encoding", "REQ-LEF-2")
    sound = loose.but(unique_ids=make.tlv(tag, SOUND_ID)).der()
    assert check_leaf(sound, OPEN, OPEN_OVERLAY, NOW * 1000).der == sound


@pytest.mark.parametrize("tag", [ISSUER_ID, SUBJECT_ID])
def test_unique_identifier_passes_in_the_version_that_has_none(tag: int) -> None:
    oldest = Parts(version=b"", unique_ids=make.tlv(tag, SOUND_ID), extensions=None)

    assert refusal(oldest.der()) == ("leaf-encoding", "REQ-LEF-2")
    for allowed in (oldest.but(unique_ids=b""), oldest.but(version=make.tlv(0xA0, make.integer(1)))):
        assert refusal(allowed.der()) == ("leaf-version", "REQ-LEF-3")


def test_second_unique_identifier_hides_behind_the_first() -> None:
    ids = make.tlv(ISSUER_ID, SOUND_ID) + make.tlv(SUBJECT_ID, b"\x08\x00")

    assert refusal(Parts(unique_ids=ids).der()) == ("leaf-encoding", "REQ-LEF-2")


def test_every_truncation_is_not_refused() -> None:
    der = Parts().der()

    for end in range(len(der)):
        assert refusal(der[:end]) == ("leaf-encoding", "REQ-LEF-2")


def padded(total: int) -> bytes:
    """A leaf of exactly `total` octets, filled by an extension that nobody knows."""
    fill = total - len(Parts(extensions=(make.extension(make.UNKNOWN, bytes(300)),)).der())
    return Parts(extensions=(make.extension(make.UNKNOWN, bytes(300 + fill)),)).der()


def test_longest_leaf_is_refused_or_one_more_octet_passes() -> None:
    limit = registry.limit("leaf")

    assert check_leaf(padded(limit), OPEN, OPEN_OVERLAY, NOW * 1000).der == padded(limit)
    assert len(padded(limit + 1)) == limit + 1
    assert refusal(padded(limit + 1)) == ("leaf-too-long", "REQ-LEF-1")


def test_ten_thousand_names_or_a_megabyte_are_read() -> None:
    many = Parts(extensions=(make.alternative_name(*[make.uri("a:b")] * 10_000),)).der()

    assert refusal(many) == ("leaf-too-long", "REQ-LEF-1")
    assert refusal(b"\x30\x83\x10\x00\x00" + bytes(1 << 20)) == ("leaf-too-long", "REQ-LEF-1")


SAMPLES = [Parts().der(), P256_LEAF.der(), Parts(extensions=(make.alternative_name(make.uri("a:b")),)).der()]


def flipped(sample: bytes, place: int, bits: int) -> bytes:
    """The sample with some bits of one octet turned over."""
    at = place % len(sample)
    return sample[:at] + bytes([sample[at] ^ bits]) + sample[at + 1 :]


@given(sample=st.sampled_from(SAMPLES), place=st.integers(0, 599), bits=st.integers(1, 255))
@example(SAMPLES[0], 134, 33)  # the list of extensions as a subjectUniqueID
@settings(max_examples=400, deadline=None)
def test_flipped_certificate_means_another_thing_to_the_library(sample: bytes, place: int, bits: int) -> None:
    der = flipped(sample, place, bits)
    try:
        checked = check_leaf(der, OPEN, OPEN_OVERLAY, NOW * 1000)
    except RemoteError:
        return

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = x509.load_der_x509_certificate(der)
        assert read.public_bytes(Encoding.DER) == der
        assert read.public_key() == checked.public
        assert read.not_valid_before_utc.timestamp() <= NOW <= read.not_valid_after_utc.timestamp()


@given(octets=st.binary(max_size=600))
@settings(max_examples=300, deadline=None)
def test_noise_raises_what_nobody_expects(octets: bytes) -> None:
    with pytest.raises(RemoteError):
        check_leaf(octets, OPEN, OPEN_OVERLAY, NOW * 1000)


@given(content=st.binary(max_size=40), tag=st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_strict_reader_accepts_what_it_would_write_otherwise(content: bytes, tag: int) -> None:
    try:
        element = only(make.tlv(tag, content))
    except MalformedDer:
        return
    assert (element.tag, element.content) == (tag, content)


def test_hostile_leaf_costs_more_than_fifty_milliseconds() -> None:
    limit = registry.limit("leaf")
    hostile = [
        nested(limit),
        nested(limit, 0x31),
        padded(limit),
        Parts(extensions=(make.alternative_name(*[b"\x82\x00"] * 150),)).der(),
        b"\x31\x82\x02\x54" + b"\x05\x00" * 298,
        b"\x06\x82\x02\x54" + b"\x81" * 595 + b"\x01",
        b"\xff" * limit,
    ]
    for der in hostile:
        began = time.process_time()
        with pytest.raises(RemoteError):
            check_leaf(der, OPEN, OPEN_OVERLAY, 0)
        assert time.process_time() - began < 0.05
