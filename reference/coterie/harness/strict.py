"""Lines of the test interface, read strictly: one JSON object each, no more than the limit, nothing
ambiguous.

Implements REQ-TST-2 on the way in. Whatever stands in a line, the only error is `LocalError`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from coterie import registry
from coterie.errors import LocalError

LONGEST_NUMBER = 40
"""Decimal digits: u64 has 20, and a longer one is refused before it costs anything."""

ESCAPE = "\\u"


def read_lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Each line without its line feed; None for one that is longer than the limit, of which nothing is
    kept."""
    most = registry.limit("interface-line")
    while line := stream.readline(most + 1):
        if len(line.removesuffix(b"\n")) <= most:
            yield line.removesuffix(b"\n")
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(most)
        yield None


def parse_object(line: bytes | None) -> dict[str, Any]:
    """The JSON object in a line. `LocalError` for anything that two readers could read differently.

    None stands for a line that was longer than the limit.
    """
    if line is None:
        raise LocalError(f"a line has at most {registry.limit('interface-line')} octets")
    try:
        text = line.decode("utf-8")
        found = DECODER.decode(text)
        if ESCAPE in text:
            # only an escape can put half of a character into what is UTF-8
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise LocalError("the line is nested too deeply; a command has four levels at most") from None
    except UnicodeError:
        raise LocalError("the line is not UTF-8, or escapes half of a character") from None
    except ValueError as malformed:
        raise LocalError(f"the line is not JSON: {malformed}") from None
    if not isinstance(found, dict):
        raise LocalError("a command is one JSON object on one line")
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise LocalError("an object has a name twice; give each name once")
    return found


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise LocalError(f"a number has more than {LONGEST_NUMBER} digits")
    return int(digits)


def _no_float(text: str) -> Any:
    raise LocalError(f"{text[:LONGEST_NUMBER]} is no integer; the test interface has no other numbers")


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_no_float, parse_constant=_no_float
)
"""Made once: a new one for each line costs as much as the line."""
