"""What the puppets of an overlay say is what the draft says, or the cases would judge by something else."""

import pytest

from coterie_kit import case, registry
from coterie_kit.captures.explaining import SHOWN
from coterie_kit.keys.names import peer_id
from coterie_kit.puppets import Puppet
from coterie_kit.suite import _envelopes
from coterie_kit.suite._overlay import common, distance
from coterie_kit.suite._scenes import OF_OVERLAYS, SCENES
from coterie_kit.values import check

WALL = 1_800_000_000_000
OVERLAY = bytes(range(16))
WHO = Puppet.born(b"\x31" * 32, OVERLAY, "192.0.2.7:4000", WALL)
OTHER = Puppet.born(b"\x32" * 32, OVERLAY, "192.0.2.8:4000", WALL)


def slot(number: int) -> bytes:
    return number.to_bytes(16, "big")


def asked(envelope: bytes, publisher: bytes = bytes(32), behind: int = 0) -> dict[str, bytes]:
    return {"key": _envelopes.key_of(envelope), "publisher": publisher, "slot": slot(behind)}


@pytest.mark.parametrize(
    ("one", "other", "bits"),
    [
        (b"\x80" + bytes(31), bytes(32), 0),
        (bytes(31) + b"\x01", bytes(32), 255),
        (b"\x10" * 32, b"\x1f" * 32, 4),
    ],
)
def test_a_puppet_is_put_into_another_bucket(one: bytes, other: bytes, bits: int) -> None:
    assert common(one, other) == bits


def test_closeness_goes_by_the_difference_of_the_numbers() -> None:
    target, near, far = b"\x08" + bytes(31), b"\x0c" + bytes(31), b"\x07" + bytes(31)

    assert distance(near, target) < distance(far, target)


def test_an_honest_puppet_publishes_what_is_refused() -> None:
    value, gone = _envelopes.make(WHO, WALL), _envelopes.tombstone(WHO, WALL)

    assert check(value, OVERLAY, WALL).publisher == peer_id(WHO.key.spki) == _envelopes.publisher_of(value)
    assert check(gone, OVERLAY, WALL).expires == WALL + 1000 * registry.limit("lifetime")


def test_an_honest_puppet_hands_out_too_many_rows_on_a_page() -> None:
    most = registry.limit("page-values")
    kept = [_envelopes.make(WHO, WALL, slot=slot(number)) for number in range(most + 1, 0, -1)]

    rows, more = _envelopes.page(kept, asked(kept[0]))

    assert (rows, more) == (kept[:0:-1], 1)
    assert _envelopes.page(kept, asked(kept[0], *_envelopes.place(rows[-1])[:1], most)) == ([kept[0]], 0)


def test_an_honest_puppet_hands_out_too_many_octets_on_a_page() -> None:
    half = registry.limit("page-octets") // 2
    bare = len(_envelopes.make(WHO, WALL, value=b""))
    fits = [_envelopes.make(WHO, WALL, slot=slot(number), value=bytes(half - bare)) for number in (1, 2)]
    over = _envelopes.make(WHO, WALL, slot=slot(2), value=bytes(half - bare + 1))

    assert _envelopes.page(fits, asked(fits[0])) == (fits, 0)
    assert _envelopes.page([fits[0], over], asked(over)) == (fits[:1], 1)


def test_an_honest_puppet_hands_out_what_was_replaced_or_is_of_another_key() -> None:
    old, new = _envelopes.make(WHO, WALL), _envelopes.make(WHO, WALL + 1)
    other = _envelopes.make(OTHER, WALL, kind="group-info", name=b"elsewhere")

    assert _envelopes.page([old, other, new], asked(old)) == ([new], 0)


def test_a_frame_of_the_overlay_has_no_scene_or_no_words_in_a_capture() -> None:
    slugs = {each.slug for each in case.registered()}

    assert set(OF_OVERLAYS) <= set(SCENES)
    assert {SHOWN[kind][1] for kind in OF_OVERLAYS} <= slugs


def test_a_requirement_on_the_overlay_is_asked_of_nobody() -> None:
    from coterie_kit import requirements

    cited = {req for each in case.registered() for req in each.reqs}
    wanted = {req for req in requirements.known() if requirements.area(req) == "OVL"}

    assert wanted - cited == set()
