"""What readers refuse in a value that a storer takes: wrong documents, wrong slots, wrong publishers."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest, overlay_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.suite import _leaf_faults
from coterie_kit.suite._values import Group, Publisher, Scene
from coterie_kit.suite._values_reading import Said, reading_case, reads, said_by
from coterie_kit.values import documents

# ---------------------------------------------------------------- what is no document, or of another type


def _good_kinds(scene: Scene) -> Said:
    return said_by(
        scene,
        info=scene.info,
        redirect=lambda by: scene.redirect(by, b"another"),
        member=scene.member,
        entry=scene.entry,
    )


def _no_documents(scene: Scene) -> Said:
    octets = scene.judge.octets(40)
    return said_by(
        scene,
        info=lambda by: scene.info(by, value=octets),
        member=lambda by: scene.member(by, value=octets),
        entry=lambda by: scene.entry(by, value=octets),
        one_octet=lambda by: scene.info(by, value=b"\x00"),
        header_in_lower_case=lambda by: scene.info(by, value=scene.info(by).value.lower()),
    )


def _broken_documents(scene: Scene) -> Said:
    return said_by(
        scene,
        info=lambda by: scene.info(by, value=scene.info(by).value[:-4]),
        member=lambda by: scene.member(by, value=scene.member(by).value[:-4]),
        entry=lambda by: scene.entry(by, value=scene.entry(by).value[:-4]),
    )


def _poor_documents(scene: Scene) -> Said:
    no_contact = documents.rendered("group-info", [("description", scene.text)])
    return said_by(scene, info=lambda by: scene.info(by, value=no_contact))


def _invitation(scene: Scene) -> bytes:
    elements = [
        ("group-id", scene.name.hex()), ("bootstrap-address", "192.0.2.7"), ("bootstrap-port", "4007"),
        ("description", scene.text),
    ]  # fmt: skip
    return documents.rendered("group-invitation", elements)


def _wrong_types(scene: Scene) -> Said:
    info, redirect = documents.info(scene.text, "192.0.2.7", 4007), documents.redirect(b"another")
    entry, invitation = documents.entry(scene.name), _invitation(scene)
    return said_by(
        scene,
        info_member=lambda by: scene.info(by, value=documents.member(by.peer)),
        info_entry=lambda by: scene.info(by, value=entry),
        info_invitation=lambda by: scene.info(by, value=invitation),
        members_info=lambda by: scene.member(by, value=info),
        members_redirect=lambda by: scene.member(by, value=redirect),
        members_entry=lambda by: scene.member(by, value=entry),
        members_invitation=lambda by: scene.member(by, value=invitation),
        list_info=lambda by: scene.entry(by, value=info),
        list_redirect=lambda by: scene.entry(by, value=redirect),
        list_member=lambda by: scene.entry(by, value=documents.member(by.peer)),
        list_invitation=lambda by: scene.entry(by, value=invitation),
    )


reading_case("document.none", ("REQ-VAL-12", "REQ-DOC-3"), "not-a-group-document", _no_documents, _good_kinds)
reading_case("document.cut", ("REQ-VAL-12", "REQ-DOC-17"), "not-well-formed", _broken_documents, _good_kinds)
reading_case(
    "document.without-contact", ("REQ-VAL-12", "REQ-DOC-26"), "schema-invalid", _poor_documents, _good_kinds
)
reading_case("document.of-another-type", ("REQ-VAL-12",), "wrong-document", _wrong_types, _good_kinds)

# ---------------------------------------------------------------- slots and publishers


def _near(slot: bytes) -> bytes:
    return slot[:-1] + bytes([slot[-1] ^ 1])


def _wrong_slots(scene: Scene) -> Said:
    own, group = overlay_id(scene.name), scene.group()
    other = overlay_id(scene.judge.octets(9))
    return said_by(
        scene,
        info_near=lambda by: scene.info(by, slot=_near(own)),
        info_of_another_name=lambda by: scene.info(by, slot=other),
        info_in_a_closed_slot=lambda by: scene.info(by, slot=group.overlay),
        redirect_near=lambda by: scene.redirect(by, b"another", slot=_near(own)),
        redirect_in_its_target=lambda by: scene.redirect(by, b"another", slot=overlay_id(b"another")),
        redirect_in_a_closed_slot=lambda by: scene.redirect(by, b"another", slot=group.overlay),
    )


def _open_slots(scene: Scene) -> Said:
    return said_by(scene, info=scene.info, redirect=lambda by: scene.redirect(by, b"another"))


def _wrong_closed_slots(scene: Scene) -> Said:
    """Closed groups in the slots of others; each publisher is one that the group has admitted there."""
    group = scene.group()
    slots = {
        "open": overlay_id(scene.name),
        "near": _near(group.overlay),
        "another-authority": scene.group().overlay,
        "another-name": overlay_id(b"another", digest(group.authority.key.spki)),
        "certificate-hashed": overlay_id(scene.name, digest(group.certificate)),
        "key-not-hashed": overlay_id(scene.name, group.authority.key.spki),
    }
    made = {}
    for name, slot in slots.items():
        key = SigningKey.from_octets(scene.judge.octets(32))
        by = Publisher(key, leaves.make(leaves.closed(key, group.authority, slot, scene.wall)))
        made[name] = (by, scene.closed_info(by, group, slot=slot))
    return made


def _closed_slot(scene: Scene) -> Said:
    group = scene.group()
    by = scene.admitted(group)
    return {"closed": (by, scene.closed_info(by, group))}


def _renewed(scene: Scene) -> Said:
    """The certificate of an authority is renewed; the group stays."""
    old = scene.group()
    again = old.authority.changed(serial=b"\x07", not_before=old.authority.not_before + 60)
    new = Group(scene.name, again)
    by = scene.admitted(new)
    return {"renewed": (by, scene.closed_info(by, new, slot=old.overlay))}


def _no_authorities(scene: Scene) -> Said:
    """Certificates that are none, or have no key of a leaf: they make no slot."""
    key = SigningKey.from_octets(scene.judge.octets(32), "p256")
    recipe = leaves.authority(key, scene.wall)
    rsa = _leaf_faults.other_keys(recipe, scene.judge)
    made = {
        "no-certificate": leaves.der(leaves.SEQUENCE, scene.judge.octets(60)),
        "a-public-key": key.spki,
        "rsa": rsa["rsa-512"],
        "p384": rsa["p384"],
    }
    by = scene.publisher()
    slots = {name: overlay_id(scene.name, digest(key.spki)) for name in made} | {
        "rsa": overlay_id(scene.name)
    }
    return {
        name: (
            by,
            scene.info(
                by, value=documents.info(scene.text, "192.0.2.7", 4007, certificate), slot=slots[name]
            ),
        )
        for name, certificate in made.items()
    }


def _both(*parts: Callable[[Scene], Said]) -> Callable[[Scene], Said]:
    return lambda scene: {name: said for part in parts for name, said in part(scene).items()}


def _wrong_members(scene: Scene) -> Said:
    other = scene.publisher()
    return said_by(
        scene,
        another=lambda by: scene.member(by, value=documents.member(other.peer)),
        near=lambda by: scene.member(by, value=documents.member(_near(by.peer))),
        hash_of_the_key=lambda by: scene.member(by, value=documents.member(digest(by.key.spki))),
        zeros=lambda by: scene.member(by, value=documents.member(bytes(32))),
    )


def _members(scene: Scene) -> Said:
    by = scene.publisher("p256")
    return said_by(scene, member=scene.member) | {"p256": (by, scene.member(by))}


reading_case("slot.of-another-group", ("REQ-VAL-13",), "slot-mismatch", _wrong_slots, _open_slots)
reading_case(
    "slot.of-another-authority", ("REQ-VAL-13",), "slot-mismatch", _wrong_closed_slots,
    _both(_closed_slot, _renewed),
)  # fmt: skip
reading_case("slot.of-no-authority", ("REQ-VAL-13",), "slot-mismatch", _no_authorities, _closed_slot)
reading_case("publisher.another", ("REQ-VAL-13",), "publisher-mismatch", _wrong_members, _members)


@case(
    "values.slot.in-a-list", reqs=["REQ-VAL-13"], type="ENVELOPE", operator="conforming-list", cls="overlay",
    tier=0, fresh=True,
)  # fmt: skip
def _listed(judge: Judge) -> None:
    """What an entry of the list says is not held against its slot: the authority is not known there."""
    scene = Scene(judge)
    group = scene.group()
    good = said_by(
        scene,
        open_slot=scene.entry,
        closed_slot=lambda by: scene.entry(by, slot=group.overlay),
        any_slot=lambda by: scene.entry(by, slot=judge.octets(16)),
    )
    reads(scene, good, "REQ-VAL-13")
