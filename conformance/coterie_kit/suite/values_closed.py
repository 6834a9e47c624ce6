"""Who may say where a closed group is: members that it has admitted, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.leaves import DAY, Recipe
from coterie_kit.suite._values import Group, Publisher, Scene, info_json
from coterie_kit.suite._values_reading import Said, reading_case, reads, said_by


def _closed(scene: Scene, **recipes: Callable[[Recipe], Recipe]) -> Said:
    """The info of a closed group, by members whose leaves are other than they should be."""
    group = scene.group()
    made = {}
    for name, change in recipes.items():
        key = SigningKey.from_octets(scene.judge.octets(32))
        recipe = scene.admission(key, group)
        by = Publisher(key, leaves.make(change(recipe)))
        made[name.replace("_", "-")] = (by, scene.closed_info(by, group))
    return made


def _member(scene: Scene) -> Said:
    group = scene.group()
    member = scene.admitted(group)
    return {"member": (member, scene.closed_info(member, group))}


def _receivers(scene: Scene) -> Said:
    """Those whom the group has admitted to listen, by leaves without a fault."""
    group = scene.group()
    now = scene.wall // 1000
    short, long = (
        scene.admitted(group, "receiver", not_before=now - 60, not_after=now - 60 + days * DAY)
        for days in (1, 7)
    )
    return {
        "a-day": (short, scene.closed_info(short, group)),
        "a-week": (long, scene.closed_info(long, group)),
    }


def _lasting(seconds: int) -> Callable[[Recipe], Recipe]:
    return lambda recipe: recipe.changed(not_after=recipe.not_before + seconds)


def _too_long(scene: Scene) -> Said:
    group, stranger = scene.group(), scene.publisher()
    more = {"self-signed": (stranger, scene.closed_info(stranger, group))}
    return _closed(scene, by_a_second=_lasting(7 * DAY + 1), a_month=_lasting(30 * DAY)) | more


def _longest(scene: Scene) -> Said:
    return _closed(scene, a_week=_lasting(7 * DAY))


def _extended(recipe: Recipe, *extensions: leaves.Extension) -> Recipe:
    return recipe.changed(extensions=extensions)


def _no_usage(scene: Scene) -> Said:
    group = scene.group()
    short = scene.publisher(recipe=_lasting(2 * DAY))
    rights = _closed(
        scene,
        no_key_usage=lambda recipe: _extended(recipe, *recipe.extensions[1:]),
        no_purposes=lambda recipe: _extended(recipe, recipe.extensions[0], recipe.extensions[2]),
    )
    return rights | {"self-signed": (short, scene.closed_info(short, group))}


def _named(*names: str) -> Callable[[Recipe], Recipe]:
    return lambda recipe: _extended(recipe, *recipe.extensions[:2], leaves.uris(*names))


def _wrong_names(scene: Scene) -> Said:
    group, other = scene.group(), scene.judge.octets(16).hex()
    own = f"urn:coterie:{group.overlay.hex()}"
    recipes: dict[str, Callable[[Recipe], Recipe]] = {
        "another-overlay": _named(f"urn:coterie:{other}:member"),
        "main-overlay": _named(f"urn:coterie:{scene.overlay.hex()}:member"),
        "open-slot": _named(f"urn:coterie:{overlay_id(scene.name).hex()}:member"),
        "another-role": _named(f"{own}:guest"),
        "twice": _named(f"{own}:member", f"{own}:receiver"),
        "upper-case": _named(f"urn:coterie:{group.overlay.hex().upper()}:member"),
        "no-name": lambda recipe: _extended(recipe, *recipe.extensions[:2]),
    }
    made = {}
    for name, change in recipes.items():
        key = SigningKey.from_octets(scene.judge.octets(32))
        recipe = scene.admission(key, group)
        by = Publisher(key, leaves.make(change(recipe)))
        made[name] = (by, scene.closed_info(by, group))
    return made


def _not_issued(scene: Scene) -> Said:
    other = SigningKey.from_octets(scene.judge.octets(32), "p256")
    other_name = leaves.name("somebody")
    return _closed(
        scene,
        self_signed=lambda recipe: recipe.changed(signer=recipe.key, issuer=recipe.subject),
        claimed=lambda recipe: recipe.changed(signer=recipe.key),
        another_authority=lambda recipe: recipe.changed(signer=other),
        another_issuer=lambda recipe: recipe.changed(issuer=other_name, subject=other_name),
    )


def _poor_authorities(scene: Scene) -> Said:
    """Authorities that cannot admit anybody; their leaves are as they should be."""
    key = SigningKey.from_octets(scene.judge.octets(32), "p256")
    good = leaves.authority(key, scene.wall)
    now = scene.wall // 1000
    edwards = SigningKey.from_octets(scene.judge.octets(32))
    made = {
        "expired": good.changed(not_after=now - 1),
        "not-yet-valid": good.changed(not_before=now + 1),
        "no-authority": good.changed(extensions=(leaves.basic(is_authority=False), leaves.usage(5))),
        "not-for-certificates": good.changed(extensions=(leaves.basic(is_authority=True), leaves.usage(0))),
        "ed25519": leaves.authority(edwards, scene.wall),
    }
    said = {}
    for name, authority in made.items():
        group = Group(scene.name, authority)
        by = scene.admitted(group)
        said[name] = (by, scene.closed_info(by, group))
    return said


reading_case(
    "closed.leaf-too-long", ("REQ-VAL-14", "REQ-LEF-11"), "leaf-validity-too-long", _too_long, _longest
)
reading_case("closed.leaf-without-usage", ("REQ-VAL-14", "REQ-LEF-12"), "leaf-usage", _no_usage, _member)
reading_case("closed.leaf-of-another-group", ("REQ-VAL-14", "REQ-LEF-12"), "leaf-name", _wrong_names, _member)
reading_case("closed.leaf-of-a-receiver", ("REQ-VAL-14",), "leaf-name", _receivers, _member)
reading_case("closed.leaf-not-issued", ("REQ-VAL-14", "REQ-LEF-13"), "leaf-issuer", _not_issued, _member)
reading_case("closed.authority-poor", ("REQ-VAL-14", "REQ-LEF-13"), "leaf-issuer", _poor_authorities, _member)


@case(
    "values.closed.read", reqs=["REQ-VAL-13", "REQ-VAL-14"], type="ENVELOPE", operator="conforming-closed",
    cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _closed_read(judge: Judge) -> None:
    """What an admitted member says of its group is read as it stands."""
    scene = Scene(judge)
    group = scene.group()
    by = scene.admitted(group)
    reply: Any = scene.read(scene.stored(by, scene.closed_info(by, group)))
    if judge.accepted(reply, "member"):
        wanted = info_json(scene.text, group.certificate)
        judge.equal("member.document", reply["document"], wanted, field="document")


@case(
    "values.closed.only-its-info", reqs=["REQ-VAL-14"], type="ENVELOPE", operator="conforming-strangers",
    cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _strangers(judge: Judge) -> None:
    """Whoever is not admitted may still say what needs no admission."""
    scene = Scene(judge)
    group = scene.group()
    good = said_by(
        scene,
        info_of_the_open_one=scene.info,
        redirect=lambda by: scene.redirect(by, group.name),
        entry_in_its_slot=lambda by: scene.entry(by, slot=group.overlay),
        member=scene.member,
        tombstone=lambda by: scene.withdrawn(scene.closed_info(by, group)),
    )
    reads(scene, good, "REQ-VAL-14")
