"""A strict reader of DER: one encoding for each value, and nothing after it.

Implements the encoding half of REQ-LEF-2. The library reads certificates for its own purposes and lets pass
what it need not care about; a credential that is hashed must have one encoding only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31

CONSTRUCTED = 0x20
CONTEXT = 0x80
LONG_TAG = 0x1F
LONG_LENGTH = 0x80
NEVER_PRIMITIVE = frozenset({SEQUENCE & ~CONSTRUCTED, SET & ~CONSTRUCTED})


class MalformedDer(ValueError):  # noqa: N818  (says what the octets are; the caller decides whose error it is)
    """The octets are not the DER that is asked for."""


class Element(NamedTuple):
    """One value: its tag octet, its content, and its whole encoding."""

    tag: int
    content: bytes
    raw: bytes


def read(octets: bytes, at: int = 0) -> Element:
    """The element that begins at `at`. `MalformedDer` unless tag and length are as DER writes them."""
    if at + 2 > len(octets):
        raise MalformedDer("an element is cut short")
    tag, length, start = octets[at], octets[at + 1], at + 2
    if tag & LONG_TAG == LONG_TAG:
        raise MalformedDer("a tag of more than one octet")
    if length >= LONG_LENGTH:
        length, start = _long_length(octets, at + 1)
    end = start + length
    if end > len(octets):
        raise MalformedDer("an element is longer than what holds it")
    return Element(tag, octets[start:end], octets[at:end])


def _long_length(octets: bytes, at: int) -> tuple[int, int]:
    """The length that is written at `at` in more than one octet, and where it ends."""
    check_definite(octets[at])
    end = at + 1 + octets[at] - LONG_LENGTH
    # The length of a length is bounded before it is read: no more octets than are there.
    if end > len(octets):
        raise MalformedDer("a length is cut short")
    length = int.from_bytes(octets[at + 1 : end], "big")
    check_shortest(octets[at:end], length)
    return length, end


def check_definite(first: int) -> None:
    """Refuse a length that says "until the end"; BER has it, DER does not."""
    if first == LONG_LENGTH:
        raise MalformedDer("an indefinite length")


def check_shortest(written: bytes, length: int) -> None:
    """Refuse a length that could be written in fewer octets."""
    shortest = 1 if length < LONG_LENGTH else 1 + (length.bit_length() + 7) // 8
    if len(written) != shortest:
        raise MalformedDer("a length that is not the shortest")


def check_nothing_after(octets: bytes, element: Element) -> None:
    """Refuse octets after the one element that was asked for."""
    if len(element.raw) != len(octets):
        raise MalformedDer("octets after the end")


def only(octets: bytes) -> Element:
    """The one element that `octets` are, strict in all its parts."""
    element = read(octets)
    check_nothing_after(octets, element)
    check_parts(element)
    return element


def parts(element: Element) -> list[Element]:
    """The elements inside a constructed one."""
    found = []
    at = 0
    while at < len(element.content):
        found.append(read(element.content, at))
        at += len(found[-1].raw)
    return found


def check_parts(element: Element) -> None:
    """Refuse what DER does not have, in the element and in all inside it."""
    # A list, not recursion: how deep hostile octets are nested must not matter.
    waiting = [element]
    while waiting:
        each = waiting.pop()
        if each.tag & CONSTRUCTED:
            inner = parts(each)
            check_constructed(each, inner)
            waiting += inner
        else:
            check_primitive(each)


def check_constructed(element: Element, inner: list[Element]) -> None:
    """Refuse strings in pieces, and sets out of order."""
    if element.tag == SET:
        encodings = [each.raw for each in inner]
        if encodings != sorted(encodings):
            raise MalformedDer("a set out of order")
    elif element.tag < CONTEXT and element.tag != SEQUENCE:
        raise MalformedDer("a primitive type in pieces")


def check_primitive(element: Element) -> None:
    """Refuse a second encoding of a primitive value."""
    if element.tag in NEVER_PRIMITIVE:
        raise MalformedDer("a constructed type as primitive")
    rule = PRIMITIVES.get(element.tag)
    if rule is not None and not rule(element.content):
        raise MalformedDer(f"a value of type {element.tag} that DER writes otherwise")


def is_boolean(content: bytes) -> bool:
    """Whether the content is that of a BOOLEAN."""
    return content in {b"\x00", b"\xff"}


def is_integer(content: bytes) -> bool:
    """Whether the content is the shortest of an INTEGER."""
    if not content:
        return False
    return len(content) == 1 or not (
        (content[0] == 0 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)
    )


def is_bit_string(content: bytes) -> bool:
    """Whether the content is that of a BIT STRING, with zeros in the bits that are unused."""
    if not content or content[0] > 7 or (len(content) == 1 and content[0]):
        return False
    return not content[0] or not content[-1] & (1 << content[0]) - 1


def is_null(content: bytes) -> bool:
    """Whether the content is that of NULL: none."""
    return not content


def is_oid(content: bytes) -> bool:
    """Whether the content is that of an OBJECT IDENTIFIER: whole arcs, none with a leading zero."""
    if not content or content[-1] & 0x80:
        return False
    if 0x80 not in content:
        return True
    starts = [0, *(at + 1 for at, octet in enumerate(content[:-1]) if not octet & 0x80)]
    return all(content[at] != 0x80 for at in starts)


PRIMITIVES: Mapping[int, Callable[[bytes], bool]] = {
    BOOLEAN: lambda content: is_boolean(content),
    INTEGER: lambda content: is_integer(content),
    BIT_STRING: lambda content: is_bit_string(content),
    NULL: lambda content: is_null(content),
    OID: lambda content: is_oid(content),
}


class Fields:
    """The fields of a constructed element, taken in turn."""

    __slots__ = ("_left",)

    def __init__(self, element: Element) -> None:
        self._left = parts(element)

    def take(self, *tags: int) -> Element:
        """The next field, which has one of these tags; `MalformedDer` otherwise."""
        if not self._left or self._left[0].tag not in tags:
            raise MalformedDer("a field is missing, or of another type")
        return self._left.pop(0)

    def optional(self, tag: int) -> Element | None:
        """The next field if it has that tag."""
        return self._left.pop(0) if self._left and self._left[0].tag == tag else None

    def left(self) -> list[Element]:
        """All that is not taken yet, which is then taken."""
        left, self._left = self._left, []
        return left

    def end(self) -> None:
        """Refuse fields that nobody took."""
        if self._left:
            raise MalformedDer("a field too many")
