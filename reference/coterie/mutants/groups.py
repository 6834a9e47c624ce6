"""Mutants of the chapter on groups: creating, joining, merging, and aliases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, giving

LOOKING = "coterie.groups.looking"
REACHING = "coterie.groups.reaching"
POLLING = "coterie.groups.polling"
ALIASES = "coterie.groups.aliases"


def _by(more: int) -> Any:
    def change(original: Function) -> Function:
        return lambda *given, **named: original(*given, **named) + more

    return change


def _but_aliases(_original: Function) -> Function:
    def taken(found: Any, _own: bytes) -> bool:
        from coterie.documents import GroupInfo

        return any(isinstance(each.document, GroupInfo) for each in found)

    return taken


def _once_less(original: Function) -> Function:
    return lambda fetches, **named: original(fetches + 1, **named)


def _whoever_answers(_original: Function) -> Function:
    return lambda fetches, **_named: fetches < 3


def _one_less(original: Function) -> Function:
    return lambda *given: original(*given)[:15]


def _briefly(original: Function) -> Function:
    def made(*given: Any) -> Any:
        step = original(*given)
        return replace(step, lifetime=step.lifetime // 2)

    return made


def _first_of_several(original: Function) -> Function:
    def judge(look: Any, found: Any) -> Any:
        from coterie.groups.looking import Ambiguous, Known, overlay_of

        verdict = original(look, found)
        if not isinstance(verdict, Ambiguous):
            return verdict
        first = next((each for each in found if hasattr(each.document, "contacts")), None)
        if first is None:
            return verdict
        overlay = overlay_of(first)
        slots = tuple(each for each in found if each.checked.envelope.slot == first.checked.envelope.slot)
        return Known(overlay, tuple(each for each in slots if hasattr(each.document, "contacts")))

    return judge


def _untold_choices(original: Function) -> Function:
    def judge(look: Any, found: Any) -> Any:
        from coterie.groups.looking import Ambiguous

        verdict = original(look, found)
        return Ambiguous(()) if isinstance(verdict, Ambiguous) else verdict

    return judge


def _aliases_unread(original: Function) -> Function:
    def judge(look: Any, found: Any) -> Any:
        from coterie.groups.looking import Alias, Nothing

        verdict = original(look, found)
        return Nothing() if isinstance(verdict, Alias) else verdict

    return judge


def _of_alias_itself(_original: Function) -> Function:
    def overlay_of(found: Any) -> Any:
        return found.checked.envelope.slot

    return overlay_of


def _reversed_documents(original: Function) -> Function:
    return lambda found, *given: original(tuple(reversed(found)), *given)


def _first_document(original: Function) -> Function:
    return lambda found: original(found[:1])


def _own_too(original: Function) -> Function:
    return lambda addresses, _own: original(addresses, None)


def _repeated(_original: Function) -> Function:
    def chosen(addresses: Any, own: Any) -> Any:
        return tuple(each for each in addresses if each != own)[:16]

    return chosen


def _issued_at_all(_original: Function) -> Function:
    def admitted(leaf_der: bytes, admits: Any, _overlay: Any, wall_ms: int) -> bool:
        from coterie.crypto import certificate

        if admits.authority is None:
            return True
        return bool(admits.authority.issued(certificate.parse(leaf_der), wall_ms // 1000))

    return admitted


def _as_if(more_ms: int) -> Any:
    def change(original: Function) -> Function:
        return lambda leaf, admits, overlay, wall_ms: any(
            original(leaf, admits, overlay, at) for at in (wall_ms, wall_ms + more_ms)
        )

    return change


def _private_by_invitation(original: Function) -> Function:
    return lambda found, invitation: original(found, invitation) and invitation is None


def _invitation_unread(_original: Function) -> Function:
    def stated(look: Any) -> Any:
        from coterie.crypto import names

        return None if look.choice is None else names.overlay_id(look.chain.name, look.choice)

    return stated


def _invitation_first(_original: Function) -> Function:
    def contacts(found: Any, invitation: Any, own: Any) -> Any:
        from coterie.groups import reaching
        from coterie.vocabulary import Address

        listed = [*(invitation.info.contacts if invitation else ()), *reaching.documented(found)]
        return reaching.chosen((Address(each.address, each.port) for each in listed), own)

    return contacts


def _found_only(original: Function) -> Function:
    return lambda found, invitation, own: original(found, None if found else invitation, own)


def _without_draw(original: Function) -> Function:
    return lambda mono_ms, drawn: original(mono_ms, bytes(len(drawn)))


def _little_endian(original: Function) -> Function:
    return lambda mono_ms, drawn: original(mono_ms, drawn[::-1])


def _all_members(_original: Function) -> Function:
    return lambda **given: given["is_public"]


def _private_too(_original: Function) -> Function:
    return lambda **given: given["leads"]


def _last_contact(_original: Function) -> Function:
    def contact(found: Any) -> Any:
        from coterie.vocabulary import Address

        contacts = getattr(found.document, "contacts", ())
        return Address(contacts[-1].address, contacts[-1].port) if contacts else None

    return contact


def _under_target(original: Function) -> Function:
    def redirect(alias: bytes, group: bytes, leaf: bytes) -> Any:
        from coterie.crypto import names

        return replace(original(alias, group, leaf), slot=names.overlay_id(group))

    return redirect


def _forgets_only(original: Function) -> Function:
    def unbind(self: Any, alias: bytes, now: Any) -> Any:
        original(self, alias, now)
        return []

    return unbind


MUTANTS = (
    Mutant("creates-what-is-there", "REQ-GRP-1", "dropped", f"{LOOKING}:is_taken", giving(value=False),
           "A group is created although its name is taken."),
    Mutant("creates-over-aliases", "REQ-GRP-1", "altered", f"{LOOKING}:is_taken", _but_aliases,
           "A name that is an alias is free for a group."),
    Mutant("creates-unsure", "REQ-GRP-1", "dropped", f"{LOOKING}:is_known_free", giving(value=True),
           "A group is created after a fetch that is not complete."),
    Mutant("fetches-twice", "REQ-GRP-1", "altered", f"{LOOKING}:is_fetched_again", _once_less,
           "A name is fetched twice, not three times."),
    Mutant("fetches-what-is-known", "REQ-GRP-7", "altered", f"{LOOKING}:is_fetched_again", _whoever_answers,
           "A name is fetched again after a complete fetch, too."),
    Mutant("fetches-again-late", "REQ-GRP-1", "altered", f"{LOOKING}:fetch_again_at", _by(1000),
           "A name is fetched again a second later."),
    Mutant("joins-the-first", "REQ-GRP-7", "dropped", f"{LOOKING}:judge", _first_of_several,
           "Of several groups of a name one is joined."),
    Mutant("choices-untold", "REQ-GRP-7", "altered", f"{LOOKING}:judge", _untold_choices,
           "The choices of an ambiguous name are not told."),
    Mutant("choice-of-the-alias", "REQ-GRP-7", "altered", f"{LOOKING}:overlay_of", _of_alias_itself,
           "An alias is told as the open group of its own name."),
    Mutant("aliases-unread", "REQ-GRP-7", "dropped", f"{LOOKING}:judge", _aliases_unread,
           "A name that is an alias means nothing."),
    Mutant("unsure-of-nothing", "REQ-GRP-7", "altered", f"{LOOKING}:why_nothing", giving("lookup-incomplete"),
           "It is never told that there is no such group."),
    Mutant("options-of-the-last", "REQ-GRP-8", "altered", f"{REACHING}:options", _reversed_documents,
           "The options are those of the last document."),
    Mutant("contacts-of-the-first", "REQ-GRP-8", "altered", f"{REACHING}:documented", _first_document,
           "Only the contacts of the first document are tried."),
    Mutant("contacts-of-the-last-first", "REQ-GRP-8", "altered", f"{REACHING}:documented",
           _reversed_documents, "The contacts of the last document are tried first."),
    Mutant("contacts-with-self", "REQ-GRP-8", "dropped", f"{REACHING}:chosen", _own_too,
           "A peer tries its own address, too."),
    Mutant("contacts-repeated", "REQ-GRP-8", "altered", f"{REACHING}:chosen", _repeated,
           "A contact is tried as often as it is stated."),
    Mutant("contacts-fifteen", "REQ-GRP-8", "altered", f"{REACHING}:chosen", _one_less,
           "At most 15 contacts are tried."),
    Mutant("greets-unadmitted", "REQ-GRP-9", "dropped", f"{REACHING}:is_admitted", giving(value=True),
           "A closed group is joined without admission."),
    Mutant("greets-with-another-admission", "REQ-GRP-9", "altered", f"{REACHING}:is_admitted", _issued_at_all,
           "Any leaf that the authority has issued counts as admission."),
    Mutant("greets-after-its-admission", "REQ-GRP-9", "altered", f"{REACHING}:is_admitted",
           _as_if(-7_200_000), "An admission counts for two hours after its end."),
    Mutant("greets-before-its-admission", "REQ-GRP-9", "altered", f"{REACHING}:is_admitted",
           _as_if(7_200_000), "An admission counts two hours before its beginning."),
    Mutant("joins-for-ever", "REQ-GRP-10", "dropped", f"{REACHING}:give_up_at", _by(2**40),
           "A join is never given up."),
    Mutant("joins-longer", "REQ-GRP-10", "altered", f"{REACHING}:give_up_at", _by(5000),
           "A join is given up after 35 s."),
    Mutant("invitation-unread", "REQ-GRP-11", "dropped", f"{LOOKING}:stated_overlay", _invitation_unread,
           "With an invitation any class is used."),
    Mutant("invitation-first", "REQ-GRP-11", "altered", f"{REACHING}:contacts", _invitation_first,
           "The contacts of the invitation come before those that were found."),
    Mutant("invitation-for-want", "REQ-GRP-11", "altered", f"{REACHING}:contacts", _found_only,
           "The contacts of the invitation are tried only when none were found."),
    Mutant("invited-in-public", "REQ-GRP-11", "altered", f"{REACHING}:is_public", giving(value=True),
           "A group that was not found is public for whoever was invited."),
    Mutant("invited-in-private", "REQ-GRP-11", "altered", f"{REACHING}:is_public", _private_by_invitation,
           "A group is private for whoever was invited, though it was found."),
    Mutant("never-polls", "REQ-GRP-12", "dropped", f"{POLLING}:is_polled", giving(value=False),
           "A coordinator does not look for other parts."),
    Mutant("all-poll", "REQ-GRP-12", "altered", f"{POLLING}:is_polled", _all_members,
           "Every member looks for other parts."),
    Mutant("polls-in-private", "REQ-GRP-12", "altered", f"{POLLING}:is_polled", _private_too,
           "The coordinator of a private group looks for other parts."),
    Mutant("polls-in-step", "REQ-GRP-12", "altered", f"{POLLING}:poll_at", _without_draw,
           "Coordinators look for other parts every 25 s."),
    Mutant("poll-drawn-backwards", "REQ-GRP-12", "altered", f"{POLLING}:poll_at", _little_endian,
           "The draw of a poll is taken as a little-endian integer."),
    Mutant("merges-with-nobody", "REQ-GRP-13", "dropped", f"{POLLING}:stranger", giving(None),
           "Nobody is greeted whatever is found."),
    Mutant("merges-with-the-oldest", "REQ-GRP-13", "altered", f"{POLLING}:stranger", _reversed_documents,
           "The last of those that were found is greeted."),
    Mutant("merges-with-itself", "REQ-GRP-13", "altered", f"{POLLING}:is_own", giving(value=False),
           "A coordinator greets whom it has published itself."),
    Mutant("merges-with-members", "REQ-GRP-13", "altered", f"{POLLING}:is_elsewhere", giving(value=True),
           "A coordinator greets members of its view."),
    Mutant("merges-with-others", "REQ-GRP-13", "altered", f"{POLLING}:is_about", giving(value=True),
           "A coordinator greets another group of its name."),
    Mutant("merges-with-the-last-contact", "REQ-GRP-13", "altered", f"{POLLING}:first_contact", _last_contact,
           "The last contact of a document is greeted."),
    Mutant("alias-of-the-target", "REQ-GRP-14", "altered", f"{ALIASES}:redirect", _under_target,
           "An alias stands in the slot of its target."),
    Mutant("alias-briefly", "REQ-GRP-14", "altered", f"{ALIASES}:redirect", _briefly,
           "An alias is published for 300 s."),
    Mutant("alias-for-ever", "REQ-GRP-14", "dropped", f"{ALIASES}:Aliases.unbind", _forgets_only,
           "An alias that is unbound is not withdrawn."),
)  # fmt: skip
