"""Captures of this repository, and what tests change in them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from coterie_kit.captures import files
from coterie_kit.captures.datagrams import Datagram, datagrams
from coterie_kit.captures.judging import Judgement, Setting
from coterie_kit.keys.names import overlay_id
from coterie_kit.registry import frame_name

CAPTURES = Path(__file__).parents[2] / "vectors" / "captures"
ALL = sorted(CAPTURES.glob("*.pcapng"))
GROUP_A = overlay_id(b"group A")
ONE, TWO, THREE, FOUR = (f"192.0.2.{number}:4000" for number in (1, 2, 3, 4))
NAMES = {ONE: "1", TWO: "2", THREE: "3", FOUR: "4"}
CHECKED = Setting(signatures=True, names=NAMES)
SEQUENCE, INCARNATION, SIGNER, BODY, COUNTER = 64, 56, 24, 104, 44


def loaded(name: str) -> list[Datagram]:
    return datagrams(files.read(CAPTURES / f"{name}.pcapng"))


def first(seen: Sequence[Datagram], kind: str, at: int = 0, **ends: str) -> int:
    """The place of the first frame of that type, or of a later one, between these ends."""
    found = [
        place for place, one in enumerate(seen)
        if frame_name(one.payload) == kind and all(getattr(one, end) == where for end, where in ends.items())
    ]  # fmt: skip
    return found[at]


def put(octets: bytes, at: int, value: bytes) -> bytes:
    at %= len(octets)
    return octets[:at] + value + octets[at + len(value) :]


def flipped(octets: bytes, at: int) -> bytes:
    return put(octets, at, bytes([octets[at] ^ 1]))


def broken(found: Judgement) -> dict[str, set[str]]:
    """Rule to the requirements of its findings."""
    rules: dict[str, set[str]] = {}
    for each in found.findings:
        rules.setdefault(each.rule, set()).update(each.reqs)
    return rules


def changed(seen: list[Datagram], place: int, octets: bytes) -> list[Datagram]:
    return [*seen[:place], replace(seen[place], payload=octets), *seen[place + 1 :]]


def added(seen: list[Datagram], one: Datagram, **changes: object) -> list[Datagram]:
    return [*seen, replace(one, number=len(seen) + 1, **changes)]  # type: ignore[arg-type]
