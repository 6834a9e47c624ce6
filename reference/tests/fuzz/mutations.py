"""Bad octets out of good ones: each change is a patch of its own, which can be taken back."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coterie.wire import frames

EDGES = (0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF)
WIDTHS = (1, 2, 4, 8)
MANY = (1, 1, 1, 2, 3, 4)
"""How many changes."""

LENGTH_AT = 6
SIGNATURE = frames.SIGNATURE_SIZE
LONGEST = 70_000

WORDS = (
    b"<", b">", b"&", b'"', b"/", b"]]>", b"<!--", b"-->", b"<?", b"<![CDATA[", b"<!DOCTYPE a>", b"&amp;",
    b"&#0;", b"&#x41;", b"xmlns:x='u'", b"x:", b"\xef\xbb\xbf", b"\xc3", b"</a>", b"<a xmlns='u'>", b"%",
    b"%00", b"?", b"#", b"=", b"&&", b"[::1]", b"\x00", b"\xff",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patch:
    """`cut` octets from `at` on give way to `put`; `what` is for the reader."""

    what: str
    at: int
    cut: int
    put: bytes

    def apply(self, octets: bytes) -> bytes:
        """The octets after it; where they have become shorter, as much of it as there is room for."""
        return octets[: self.at] + self.put + octets[self.at + self.cut :]


@dataclass(frozen=True, slots=True)
class Bad:
    """A good string of octets and what was done to it."""

    good: bytes
    patches: tuple[Patch, ...]

    @property
    def octets(self) -> bytes:
        """What comes of it."""
        octets = self.good
        for patch in self.patches:
            octets = patch.apply(octets)
        return octets[:LONGEST]

    def __str__(self) -> str:
        return ", ".join(patch.what for patch in self.patches) or "nothing"


Change = Callable[[random.Random, bytes, Sequence[bytes]], Patch]


def bad(chance: random.Random, pool: Sequence[bytes], changes: Sequence[Change]) -> Bad:
    """Something from the pool, changed once or a few times."""
    made = Bad(chance.choice(pool), ())
    for _ in range(chance.choice(MANY)):
        made = Bad(made.good, (*made.patches, chance.choice(changes)(chance, made.octets, pool)))
    return made


def flip(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """One bit is another."""
    at = chance.randrange(len(octets) or 1)
    return Patch(f"flip {at}", at, 1, bytes(each ^ 1 << chance.randrange(8) for each in octets[at : at + 1]))


def edge(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """A field, such as a length or a count, is as small or as great as it can be, or just not right."""
    width = chance.choice(WIDTHS)
    at = chance.randrange(len(octets) or 1)
    most = 256**width - 1
    left = len(octets) - at - width
    value = chance.choice((0, 1, most, most - 1, (most + 1) // 2, left, left + 1, left - 1)) % (most + 1)
    return Patch(f"{width} octets at {at} = {value}", at, width, value.to_bytes(width, "big"))


def nudge(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """A number is a little greater or smaller than it should be."""
    width = chance.choice(WIDTHS)
    at = chance.randrange(max(1, len(octets) - width + 1))
    value = int.from_bytes(octets[at : at + width], "big") + chance.choice((-2, -1, 1, 2, 64))
    put = (value % 256**width).to_bytes(width, "big")
    return Patch(f"{width} octets at {at} = {value}", at, width, put)


def truncate(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """The end is missing."""
    at = chance.randrange(len(octets) or 1)
    return Patch(f"end at {at}", at, len(octets), b"")


def extend(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """There is more than there should be."""
    more = chance.choice((bytes(1), bytes(8), chance.randbytes(chance.randint(1, 80)), bytes(3000)))
    return Patch(f"{len(more)} more", len(octets), 0, more)


def remove(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """Something in the middle is missing."""
    at, many = chance.randrange(len(octets) or 1), chance.choice((1, 2, 8, 32, 80))
    return Patch(f"{many} gone at {at}", at, many, b"")


def repeat(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """Something comes twice, or more often: a field, a row, an extension."""
    at, many = chance.randrange(len(octets) or 1), chance.choice((1, 2, 4, 8, 12, 32, 50, 82))
    times = chance.choice((1, 1, 2, 70))
    return Patch(f"{many} again at {at}", at, 0, octets[at : at + many] * times)


def splice(chance: random.Random, octets: bytes, pool: Sequence[bytes]) -> Patch:
    """The head of one and the tail of another."""
    other = chance.choice(pool)
    at = chance.randrange(len(octets) or 1)
    start = at if chance.random() < 0.5 else chance.randrange(len(other) or 1)
    return Patch(f"from {at} as another from {start}", at, len(octets), other[start:])


def extension(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """One more extension at the end, or the same one twice; before a signature, where there may be one."""
    kind = chance.choice((0, 1, 2, 3, 4, 0x7FFF, 0x8000, 0x8001, 0x8002, 0x8003, 0xFFFF))
    value = chance.randbytes(chance.choice((0, 1, 8, 64)))
    length = chance.choice((len(value), len(value), len(value) + 1, 0xFFFF))
    whole = kind.to_bytes(2, "big") + length.to_bytes(2, "big") + value
    at = max(0, len(octets) - chance.choice((0, SIGNATURE)))
    return Patch(f"extension {kind:#x} of {length}", at, 0, whole * chance.choice((1, 1, 2)))


def word(chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """A piece of syntax stands where it should not."""
    put, at = chance.choice(WORDS), chance.randrange(len(octets) + 1)
    return Patch(f"{put!r} at {at}", at, chance.choice((0, 0, 1, len(put))), put)


def right_length(_chance: random.Random, octets: bytes, _pool: Sequence[bytes]) -> Patch:
    """The header says how long the frame has become, so that the checks go on."""
    length = max(0, len(octets) - frames.HEADER_SIZE) & 0xFFFF
    return Patch("right length", LENGTH_AT, 2, length.to_bytes(2, "big"))


OF_OCTETS: Sequence[Change] = (flip, edge, edge, truncate, extend, remove, repeat, splice, extension)
OF_FRAMES: Sequence[Change] = (*OF_OCTETS, right_length, right_length, right_length)
OF_BODIES: Sequence[Change] = (*OF_OCTETS, flip, flip, nudge, nudge, nudge, nudge, nudge, edge, edge)
OF_TEXT: Sequence[Change] = (flip, truncate, extend, remove, repeat, splice, word, word, word)
