"""Mutants of the chapter on groups: creating one for another, and asking for that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

HOSTING = "coterie.groups.hosting"
PETITIONS = "coterie.groups.petitions"
ANSWERS = "coterie.overlay.answers"
REFUSALS = "coterie.peer.refusals"
ADMISSION = "coterie.sessions.admission"


def _full(_original: Function) -> Function:
    def refusal() -> Any:
        from coterie.errors import RemoteError

        return RemoteError("value-quota", requirement="REQ-GRP-20")

    return refusal


def _one_more(original: Function) -> Function:
    return lambda hosted, hosts: original(hosted - 1, hosts)


def _any_document(_original: Function) -> Function:
    def read(body: Any) -> Any:
        from coterie import documents
        from coterie.crypto import names
        from coterie.errors import RemoteError

        names.check_group_id(body.group)
        info = documents.parse(body.info)
        if not isinstance(info, documents.GroupInfo):
            raise RemoteError("not-hosting", requirement="REQ-GRP-20", field="body.info")
        return body.group, info

    return read


def _document_first(original: Function) -> Function:
    def read(body: Any) -> Any:
        from coterie import documents

        documents.parse(body.info)
        return original(body)

    return read


def _in_public(original: Function) -> Function:
    def creation(*given: Any) -> Any:
        made = original(*given)
        return replace(made, part=replace(made.part, shows_itself=True))

    return creation


def _in_private(original: Function) -> Function:
    return lambda *given: replace(original(*given), is_public=False)


def _in_other_words(original: Function) -> Function:
    def creation(*given: Any) -> Any:
        made = original(*given)
        return replace(made, info=replace(made.info, description="a group"))

    return creation


def _anew_each_time(_original: Function) -> Function:
    return lambda _before, *, is_alone: not is_alone or _before is None or not _before


def _never_again(original: Function) -> Function:
    return lambda before, *, is_alone: original(before, is_alone=is_alone) if before is None else not is_alone


def _sooner(original: Function) -> Function:
    return lambda mono_ms, *, is_alone: original(mono_ms, is_alone=is_alone) - 1000


def _as_patient_as_alone(original: Function) -> Function:
    return lambda mono_ms, *, is_alone: original(mono_ms, is_alone=is_alone or True)


def _kept(_original: Any) -> Any:
    from coterie.groups.states import State

    return property(lambda group: group.state is State.MEMBER)


def _farthest_first(original: Function) -> Function:
    return lambda closest: original(closest[::-1])


def _two_only(original: Function) -> Function:
    return lambda closest: original(closest)[:2]


def _of_the_name(_original: Function) -> Function:
    def target(group: bytes) -> bytes:
        from coterie.values.resource import Resource

        return bytes(Resource("group-members", group).key)

    return target


def _once_less(original: Function) -> Function:
    return lambda fetches: original(fetches + 1)


def _to_all(name: str) -> Any:
    return lambda original: original | {name}


def _unlike(kind: str) -> Any:
    def change(original: Function) -> Function:
        from coterie.errors import RemoteError

        def check(trust: Any, name: str) -> None:
            if name == kind and not trust.keeps_values:
                raise RemoteError("not-hosting", requirement="REQ-OVL-1", field="header.type")
            original(trust, name)

        return check

    return change


def _host_comes_again(original: frozenset[str]) -> frozenset[str]:
    return original - {"HOST"}


MUTANTS = (
    Mutant("hosts-unasked", "REQ-GRP-20", "altered", f"{REFUSALS}:not_hosting", _full,
           "A peer that hosts nothing says that it is full."),
    Mutant("hosts-any-document", "REQ-GRP-20", "altered", f"{HOSTING}:read", _any_document,
           "A document of another type is refused with not-hosting."),
    Mutant("hosts-document-first", "REQ-GRP-20", "altered", f"{HOSTING}:read", _document_first,
           "The document of a HOST is read before its Group-ID."),
    Mutant("hosts-closed", "REQ-GRP-21", "dropped", f"{HOSTING}:check_open", dropped,
           "Closed groups are hosted."),
    Mutant("hosts-closed-reason", "REQ-GRP-21", "altered", f"{HOSTING}:check_open",
           refusing_as("not-admitted"), "A closed group is refused with not-admitted."),
    Mutant("hosts-without-end", "REQ-GRP-21", "dropped", f"{HOSTING}:check_room", dropped,
           "A peer hosts as many groups as it is asked for."),
    Mutant("hosts-one-more", "REQ-GRP-21", "altered", f"{HOSTING}:check_room", _one_more,
           "A peer hosts one group more than its user allows."),
    Mutant("hosts-where-it-is-private", "REQ-GRP-21", "dropped", f"{HOSTING}:check_free", dropped,
           "A peer says HOSTED of a private group of its own, and where its alias stands."),
    Mutant("hosts-as-a-member", "REQ-GRP-22", "altered", f"{HOSTING}:creation", _in_public,
           "A host publishes that it is a member."),
    Mutant("hosts-in-private", "REQ-GRP-22", "altered", f"{HOSTING}:creation", _in_private,
           "A group that is hosted is private."),
    Mutant("hosts-in-other-words", "REQ-GRP-22", "altered", f"{HOSTING}:creation", _in_other_words,
           "The description of a group that is hosted is another one."),
    Mutant("host-leaves-later-for-more", "REQ-GRP-23", "altered", f"{HOSTING}:is_new_company",
           _anew_each_time, "Each view with others keeps a host for 10 s more."),
    Mutant("host-forgets-to-wait", "REQ-GRP-23", "altered", f"{HOSTING}:is_new_company", _never_again,
           "A host that is alone again leaves as if somebody were there."),
    Mutant("host-leaves-sooner", "REQ-GRP-23", "altered", f"{HOSTING}:leave_at", _sooner,
           "A host leaves a second sooner."),
    Mutant("host-stays-with-others", "REQ-GRP-23", "altered", f"{HOSTING}:leave_at", _as_patient_as_alone,
           "A host stays with others for 60 s."),
    Mutant("host-comes-back", "REQ-GRP-23", "altered", "coterie.groups.group:Group.is_kept", _kept,
           "After a restart a peer comes back to a group that it hosted."),
    Mutant("asks-the-farthest", "REQ-GRP-24", "altered", f"{PETITIONS}:asked", _farthest_first,
           "Of those who may be asked to host the farthest is asked first."),
    Mutant("asks-two", "REQ-GRP-24", "altered", f"{PETITIONS}:asked", _two_only,
           "Two peers are asked to host, not three."),
    Mutant("asks-elsewhere", "REQ-GRP-24", "altered", f"{PETITIONS}:target", _of_the_name,
           "Those are asked to host who are close to the members of the name."),
    Mutant("hosted-elsewhere", "REQ-GRP-25", "dropped", f"{ANSWERS}:check_hosted", dropped,
           "HOSTED of another group counts."),
    Mutant("hosted-elsewhere-reason", "REQ-GRP-25", "altered", f"{ANSWERS}:check_hosted",
           refusing_as("unexpected-reply"), "HOSTED of another group is refused with unexpected-reply."),
    Mutant("hosted-and-not-there", "REQ-GRP-26", "dropped", f"{PETITIONS}:is_fetched_again",
           giving(value=False), "A group that somebody hosts is fetched once."),
    Mutant("hosted-fetched-twice", "REQ-GRP-26", "altered", f"{PETITIONS}:is_fetched_again", _once_less,
           "A group that somebody hosts is fetched twice."),
    Mutant("hosted-and-no-such-group", "REQ-GRP-26", "altered", f"{PETITIONS}:why_nothing",
           giving("no-such-group"), "It is told that there is no such group, where a host does not host."),
    Mutant("host-to-all", "REQ-FRM-15", "altered", f"{ADMISSION}:FOR_ALL_OR_ONE", _to_all("HOST"),
           "HOST is taken when it is for all, too.", through=f"{ADMISSION}:check_destination"),
    Mutant("hosted-to-all", "REQ-FRM-15", "altered", f"{ADMISSION}:FOR_ALL_OR_ONE", _to_all("HOSTED"),
           "HOSTED is taken when it is for all, too.", through=f"{ADMISSION}:check_destination"),
    Mutant("host-elsewhere", "REQ-OVL-1", "altered", f"{REFUSALS}:check_keeps_values", _unlike("HOST"),
           "HOST in an overlay with views is refused with not-hosting."),
    Mutant("hosted-among-members", "REQ-OVL-1", "altered", f"{REFUSALS}:check_keeps_values",
           _unlike("HOSTED"), "HOSTED in an overlay with views is refused with not-hosting."),
    Mutant("replayed-host", "REQ-SES-5", "altered", f"{ADMISSION}:WINDOWED", _host_comes_again,
           "The sequence number of HOST is not looked at.", through=f"{ADMISSION}:is_windowed"),
)  # fmt: skip
