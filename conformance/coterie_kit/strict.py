"""Strict JSON: what a peer or a vector file may say, and nothing more.

No duplicate keys, no NaN, no floats, no integer that 64 bits cannot hold, no lone surrogate, no byte order
mark, no nesting beyond 64. One exception for all of it: ``Malformed``, with one sentence.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NoReturn

__all__ = ["Malformed", "compact", "parse"]

DEEPEST = 64  # the deepest message of the interface has 8 levels
TOO_DEEP = f"it nests deeper than {DEEPEST} levels"
LONGEST_INTEGER = 20  # digits of 2**64 - 1; a sign makes 21 characters


class Malformed(ValueError):  # noqa: N818 - says what the text is
    """Text that is not the JSON spoken here."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        message = f"the key {twice[:60]!r} stands twice in one object"
        raise Malformed(message)
    return found


@lru_cache(1 << 10)
def _integer(digits: str) -> int:
    """The integer; most of those in replies are few and small, and are looked up."""
    if len(digits.lstrip("-")) > LONGEST_INTEGER:
        message = f"an integer of {len(digits)} digits"
        raise Malformed(message)
    return int(digits)


def _no_number(text: str) -> NoReturn:
    message = f"the number {text[:30]!r} is not an integer"
    raise Malformed(message)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_no_number, parse_constant=_no_number
)


def _hexadecimal(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return value.hex()
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_hexadecimal)
"""Made once: a new one for each line costs as much as the line."""


def _deeper(value: Any, levels: int) -> bool:
    """Whether ``value`` nests deeper than ``levels``. The decoder gives up long before the stack ends."""
    layer = [value]
    for _ in range(levels + 1):
        inner = [value.values() if isinstance(value, dict) else value for value in layer]
        layer = [found for values in inner for found in values if isinstance(found, dict | list)]
        if not layer:
            return False
    return True


def parse(octets: bytes) -> Any:
    """The one JSON value in ``octets``, with nothing but white space around it. Raises Malformed."""
    if octets.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        message = "it begins with a byte order mark"
        raise Malformed(message)
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        message = "it is not UTF-8"
        raise Malformed(message) from None
    try:
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except Malformed:
        raise
    except UnicodeEncodeError:
        message = "it has a lone surrogate"
        raise Malformed(message) from None
    except RecursionError:
        raise Malformed(TOO_DEEP) from None
    except ValueError as error:
        message = f"it is not JSON ({str(error)[:80]})"
        raise Malformed(message) from None
    if text.count("[") + text.count("{") > DEEPEST and _deeper([value], DEEPEST):
        raise Malformed(TOO_DEEP)
    return value


def compact(value: Any) -> bytes:
    """``value`` as one canonical line: sorted keys, no spaces, ASCII only; without a line feed.

    Octets stand in it as lower-case hexadecimal, tuples as lists.
    """
    return _ENCODER.encode(value).encode("ascii")
