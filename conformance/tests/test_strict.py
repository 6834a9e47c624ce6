"""JSON that two readers could read differently, or that costs more than it is worth, is refused."""

import pytest

from coterie_kit import strict


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b'{"a":1,"a":1}', "twice"),
        (b'{"b":{"a":1,"a":2}}', "twice"),
        (b"[" * 100_000 + b"]" * 100_000, "nests"),
        (b"[" * 65 + b"]" * 65, "nests"),
        (b"9" * 5000, "digits"),
        (b"1.5", "integer"),
        (b"1e3", "integer"),
        (b"NaN", "integer"),
        (b"-Infinity", "integer"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b'"\xff"', "UTF-8"),
        (b"\xef\xbb\xbf1", "byte order mark"),
        ("{}".encode("utf-16"), "byte order mark"),
        (b'{"a":1}{"a":1}', "JSON"),
        (b"'a'", "JSON"),
        (b"", "JSON"),
    ],
)
def test_text_that_is_not_strict_json_is_read(octets: bytes, said: str) -> None:
    with pytest.raises(strict.Malformed, match=said):
        strict.parse(octets)


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (b" {} ", {}),
        (b"18446744073709551615", 2**64 - 1),
        (b"-1", -1),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'"' + b"[" * 1000 + b'\\""', "[" * 1000 + '"'),
        (b"[" * 64 + b"]" * 64, None),
        (b'["\\\\",[1]]', ["\\", [1]]),
    ],
)
def test_strict_json_is_refused(octets: bytes, value: object) -> None:
    found = strict.parse(octets)

    assert value is None or found == value
