"""The extension list: checked one by one, in the order of the draft, in every body that ends in one."""

from collections.abc import Sequence

import pytest

from coterie import registry
from coterie.errors import RemoteError
from coterie.wire import codec
from coterie.wire.bodies import Extension
from reference.tests.wire.test_codec import LISTED, refusal, sample

PADDING = registry.extensions()["padding"]
ORIGIN = registry.extensions()["origin-signature"]
GREASE = registry.tables()["grease"]["codes"][0]


def raw(kind: int, value: bytes, length: int | None = None) -> bytes:
    size = len(value) if length is None else length
    return kind.to_bytes(2, "big") + size.to_bytes(2, "big") + value


def bare(name: str) -> bytes:
    """The sample of a body, its extensions taken off."""
    octets = sample(name)
    for size in range(len(octets), -1, -1):
        try:
            body = codec.decode_body(name, octets[:size])
        except RemoteError:
            continue
        if not getattr(body, "extensions", ()):
            return octets[:size]
    raise AssertionError(name)


def read(name: str, extensions: bytes) -> Sequence[Extension]:
    body = codec.decode_body(name, bare(name) + extensions)
    found: Sequence[Extension] = getattr(body, "extensions", ())
    return found


@pytest.mark.parametrize("name", LISTED)
def test_an_extension_that_may_be_ignored_is_refused(name: str) -> None:
    assert read(name, raw(GREASE, b"12345678")) == (Extension(GREASE, b"12345678"),)
    assert read(name, raw(0x7FFF, b"") + raw(0, b"")) == (Extension(0x7FFF, b""), Extension(0, b""))
    assert read(name, raw(PADDING, bytes(9))) == (Extension(PADDING, bytes(9)),)


@pytest.mark.parametrize("name", LISTED)
def test_an_extension_that_runs_past_the_end_is_read(name: str) -> None:
    for octets in (b"\x1a", b"\x1a\x1a", b"\x1a\x1a\x00", raw(GREASE, b"abc", 4), raw(0xFFFF, b"", 65535)):
        expected = ("extension-overrun", "extensions[0]", "REQ-FRM-19")
        assert refusal(name, bare(name) + octets) == expected
    stray = raw(GREASE, b"abc") + b"\x00"
    assert refusal(name, bare(name) + stray) == ("extension-overrun", "extensions[1]", "REQ-FRM-19")


@pytest.mark.parametrize("name", LISTED)
def test_an_extension_that_must_be_understood_is_ignored(name: str) -> None:
    for kind in (0x8000, 0x8001, 0xFFFF) if name == "DATA" else (0x8000, ORIGIN, 0xFFFF):
        expected = ("unknown-critical-extension", "extensions[1]", "REQ-FRM-20")
        assert refusal(name, bare(name) + raw(GREASE, b"") + raw(kind, b"")) == expected


def test_an_origin_signature_is_read_where_the_group_has_none() -> None:
    octets = bare("DATA") + raw(ORIGIN, bytes(64))

    assert read("DATA", raw(ORIGIN, bytes(64))) == (Extension(ORIGIN, bytes(64)),)
    expected = ("unknown-critical-extension", "extensions[0]", "REQ-FRM-20")
    assert refusal("DATA", octets, origin_signature=False) == expected


@pytest.mark.parametrize("name", LISTED)
def test_an_extension_comes_twice(name: str) -> None:
    for kind in (GREASE, PADDING, 0x0002):
        octets = raw(kind, b"\x00") + raw(0x0003, b"") + raw(kind, b"")
        assert refusal(name, bare(name) + octets) == ("duplicate-extension", "extensions[2]", "REQ-FRM-22")


@pytest.mark.parametrize("name", LISTED)
def test_a_list_goes_on_beyond_its_limit(name: str) -> None:
    sixteen = b"".join(raw(0x0100 + index, b"") for index in range(16))

    assert len(read(name, sixteen)) == 16
    for more in (raw(0x0200, b""), b"\x00", raw(0x0100, b""), raw(0x8000, b"")):
        expected = ("too-many-extensions", "extensions[16]", "REQ-FRM-23")
        assert refusal(name, bare(name) + sixteen + more) == expected


@pytest.mark.parametrize("name", LISTED)
def test_something_hides_in_padding(name: str) -> None:
    octets = bare(name) + raw(PADDING, bytes(5) + b"\x01")

    assert refusal(name, octets) == ("padding-nonzero", "extensions[0]", "REQ-FRM-24")


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (raw(0x8000, b"") + raw(0x8000, b"", 1), "unknown-critical-extension"),
        (raw(GREASE, b"") + raw(GREASE, b"", 1), "extension-overrun"),
        (raw(PADDING, b"") + raw(PADDING, b"\x01"), "duplicate-extension"),
        (raw(PADDING, b"\x01") + b"\x00", "padding-nonzero"),
    ],
)
def test_of_several_faults_another_than_the_first_is_named(octets: bytes, reason: str) -> None:
    assert refusal("PING", bare("PING") + octets)[0] == reason
