"""What a daemon is asked that changes nothing: which groups there are, what a name means, how it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from coterie.application.daemon import commands, showing
from coterie.application.daemon.commands import Command
from coterie.application.daemon.resident import Resident
from coterie.application.daemon.sentences import GroupRefusedError
from coterie.application.lines import member
from coterie.crypto import certificate, names, usage
from coterie.crypto.der import MalformedDer
from coterie.documents import (
    Contact,
    GroupIdRedirect,
    GroupInfo,
    GroupInvitation,
    GroupListEntry,
    GroupMember,
)
from coterie.effects import Event, Json
from coterie.errors import LocalError
from coterie.peer import ResourceName
from coterie.runtime import system
from coterie.values import choosing, kinds, resource
from coterie.values.choosing import Found
from coterie.values.resource import Resource
from coterie.vocabulary import OverlayId

FETCH_S = 60.0
"""How long a fetch may take: a lookup and all its pages."""

MOST_MAIN_CONTACTS = 4
"""Peers of the main overlay in an invitation: one of them will be there, and it still fits on paper."""

Show = Callable[[str, str], None]


def asks_others(command: Command) -> bool:
    """Whether the answer is in the main overlay."""
    match command:
        case commands.Info() | commands.Members():
            return True
        case commands.Listing(mine):
            return not mine
        case _:
            return False


async def answer(resident: Resident, command: Command, show: Show) -> Json:
    """What is asked for."""
    match command:
        case commands.Listing(mine=True):
            return own_groups(resident)
        case commands.Listing():
            show("looking", f"asking for the list of groups in {resident.home.main}")
            return await listing(resident)
        case commands.Info(group):
            show("looking", f"looking for {printed(group)} in the main overlay")
            return await meaning(resident, group)
        case commands.Members(group):
            show("looking", f"asking who is in {printed(group)}")
            return await members(resident, group)
        case commands.Invite(group, document):
            return invitation(resident, group, as_document=document)
        case _:
            return status(resident)


# ---------------------------------------------------------------- what is stored


async def fetched(resident: Resident, asked: ResourceName) -> tuple[tuple[Found, ...], bool]:
    """All that is found of a resource, and whether that is all that there is."""
    main = resident.overlay

    def is_answer(event: Event) -> bool:
        return event.name == "fetched" and (event.fields["kind"], event.fields["name"]) == asked

    ended = resident.hearing.first(is_answer)
    resident.station.ask(lambda peer, now: resident.binding.fetch(peer, asked, now))
    try:
        async with asyncio.timeout(FETCH_S):
            fields = (await ended).fields
    except TimeoutError:
        raise LocalError(f"the main overlay has not answered within {FETCH_S:g} s; try again") from None
    envelopes = fields["envelopes"]
    assert isinstance(envelopes, tuple)
    many = [each for each in envelopes if isinstance(each, bytes)]
    found = resource.found_in(Resource(*asked), many, main, system.read_clocks().wall_ms)
    return found, bool(fields["complete"])


async def listing(resident: Resident) -> Json:
    """All public groups of the main overlay."""
    found, complete = await fetched(resident, ResourceName(kinds.GROUP_LIST, b""))
    rows: dict[tuple[bytes, bytes], Json] = {}
    mine = {room.overlay for room in resident.rooms.values() if room.is_in}
    for each in found:
        if isinstance(each.document, GroupListEntry):
            overlay = each.checked.envelope.slot
            rows.setdefault((each.document.group_id, overlay), {
                **showing.named(each.document.group_id), "overlay": overlay.hex(),
                "description": each.document.description or "", "mine": overlay in mine,
            })  # fmt: skip
    return {"complete": complete, "groups": [rows[place] for place in sorted(rows)]}


async def meaning(resident: Resident, group: bytes) -> Json:
    """What a name means: each group and each alias that is found under it."""
    found, complete = await fetched(resident, ResourceName(kinds.GROUP_INFO, group))
    classes = [one_class([found[at] for at in each]) for each in choosing.classes(found)]
    if not classes:
        raise GroupRefusedError("no-such-group" if complete else "lookup-incomplete", group)
    return {**showing.named(group), "complete": complete, "classes": classes}


def one_class(found: list[Found]) -> Json:
    """One group, or one alias, with those who say so."""
    first = found[0]
    newest = first.checked.envelope.sequence
    publishers = [each.checked.publisher.hex() for each in found]
    if isinstance(first.document, GroupIdRedirect):
        target = showing.named(first.document.actual_group_id, "means")
        return {"kind": "alias", **target, "publishers": publishers, "sequence": newest}
    assert isinstance(first.document, GroupInfo)
    info = first.document
    contacts = dict.fromkeys(
        f"{each}"
        for one in found
        if isinstance(one.document, GroupInfo)
        for each in addresses(one.document.contacts)
    )
    return {
        "kind": "group", "overlay": first.checked.envelope.slot.hex(), "description": info.description,
        "policy": info.policy, "authority": authority(info), "contacts": list(contacts),
        "suites": list(info.suites), "max_datagram": info.max_datagram, "origin_auth": info.origin_auth,
        "publishers": publishers, "sequence": newest,
    }  # fmt: skip


def addresses(contacts: tuple[Contact, ...]) -> list[str]:
    """Contacts as text."""
    return [
        f"[{each.address}]:{each.port}" if ":" in each.address else f"{each.address}:{each.port}"
        for each in contacts
    ]


def authority(info: GroupInfo) -> Json | None:
    """Who admits to a closed group: the names of its certificate, and the hash by which it is chosen."""
    if info.authority_certificate is None:
        return None
    try:
        shown = certificate.parse(info.authority_certificate)
        called = usage.printable_names(shown)
    except MalformedDer:
        return None
    return {"names": called, "hash": names.authority_hash(shown.spki).hex()}


async def members(resident: Resident, group: bytes) -> Json:
    """Who says that it is in a group; and who is in the view, where this peer is in it."""
    found, complete = await fetched(resident, ResourceName(kinds.GROUP_MEMBERS, group))
    said = [
        {"peer": each.document.peer_id.hex(), "name": each.document.name or ""}
        for each in found if isinstance(each.document, GroupMember)
    ]  # fmt: skip
    rooms = [room for room in resident.rooms.values() if room.is_in and room.name == group]
    view = [member(each) for each in rooms[0].members] if rooms else None
    return {**showing.named(group), "complete": complete, "published": said, "view": view}


# ---------------------------------------------------------------- what the daemon knows itself


def own_groups(resident: Resident) -> Json:
    """The groups that the daemon is in, and its aliases."""
    rooms = sorted(resident.present(), key=lambda room: room.name)
    return {
        "complete": True,
        "groups": [{**showing.room(room), **standing(resident, room.overlay)} for room in rooms],
        "aliases": aliases(resident),
    }


def standing(resident: Resident, overlay: OverlayId) -> Json:
    """What is agreed on in a group, and whether it is announced."""
    kept = resident.options(overlay)
    if kept is None:
        return {}
    return {"public": kept.is_public, "description": kept.info.description, "policy": kept.info.policy}


def aliases(resident: Resident) -> list[Json]:
    """What this daemon has bound."""
    return [
        {**showing.named(alias, "alias"), **showing.named(group)}
        for alias, group in resident.memory().aliases.items()
    ]


def invitation(resident: Resident, group: bytes, *, as_document: bool) -> Json:
    """An invitation to a group that the daemon is in."""
    from coterie import documents
    from coterie.groups import wishes

    room = resident.room(group)
    kept = resident.options(room.overlay)
    if kept is None:
        raise LocalError(f"{room.title} is not entered yet; wait until it is")
    at = resident.binding.greetable(resident.station, tuple(resident.neighbours()))[:MOST_MAIN_CONTACTS]
    main = resident.home.main.encode() if at else None
    made = GroupInvitation(
        group, kept.info, wishes.authority_of(kept.info) or None, main,
        tuple(Contact(each.host, each.port) for each in at),
    )  # fmt: skip
    if as_document:
        return {**showing.named(group), "document": documents.build(made).decode()}
    return {**showing.named(group), "uri": documents.to_uri(made)}


def status(resident: Resident) -> Json:
    """How the daemon is."""
    station, main = resident.station, resident.overlay
    seen = station.peer.inspect(main)
    return {
        "main": resident.home.main, "overlay": main.hex(), "role": resident.home.role,
        "binding": resident.home.binding, "enter": str(resident.binding.address(station)),
        "node": station.node(main).hex(), "peer": resident.peer_id.hex(),
        "address": str(station.address), "incarnation": station.peer.incarnation, "state": resident.kept,
        "entered": resident.is_entered, "contacts": [str(each) for each in resident.neighbours()],
        "enters_at": [str(each) for each in resident.contacts()],
        "held": len(seen.get("held", ())),
        "published": [
            {"kind": each["kind"], **showing.named(each["name"], "name"), "slot": each["slot"].hex(),
             "sequence": each["sequence"]}
            for each in seen["published"]
        ],
        "groups": own_groups(resident)["groups"], "aliases": aliases(resident),
    }  # fmt: skip


def printed(name: bytes) -> str:
    """A name for people to read."""
    return name.decode("utf-8", "backslashreplace")
