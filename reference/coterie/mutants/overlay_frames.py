"""Mutants of what the chapter on the overlay says of frames and of HELLO2: roles, counts and the window."""

from __future__ import annotations

from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving

SESSIONS = "coterie.sessions"
WIRE = "coterie.wire"
ANSWERS = frozenset({"NODES", "STORED", "VALUES"})


def _peer_and_client(original: Function) -> Function:
    return lambda trust: original(trust) | 1


def _with_another_byte(original: Function) -> Function:
    from coterie.wire.bodies import Extension

    def own(trust: Any) -> Any:
        return tuple(Extension(each.type, each.value + b"\x00") for each in original(trust))

    return own


def _first_byte_alone(original: Function) -> Function:
    def value(trust: Any, body: Any) -> Any:
        found = original(trust, body)
        return found and found[:1]

    return value


def _in_every_overlay(_original: Function) -> Function:
    from coterie.wire import extensions

    return lambda _trust, body: extensions.value_of(body.extensions, "roles")


def _both_pass(original: Function) -> Function:
    def check(trust: Any, body: Any) -> None:
        from coterie.sessions import roles

        if roles.stated(trust, body) != roles.PEER | roles.CLIENT:
            original(trust, body)

    return check


def _undefined_pass(original: Function) -> Function:
    def check(trust: Any, body: Any) -> None:
        from coterie.sessions import roles

        if roles.stated(trust, body) & ~roles.DEFINED == 0:
            original(trust, body)

    return check


def _answers_come_again(original: frozenset[str]) -> frozenset[str]:
    return original - ANSWERS


def _requests_come_again(original: frozenset[str]) -> frozenset[str]:
    return original - {"FIND", "STORE", "FETCH"}


def _depart_comes_again(original: frozenset[str]) -> frozenset[str]:
    return original - {"DEPART"}


def _depart_to_all(original: frozenset[str]) -> frozenset[str]:
    return original | {"DEPART"}


MUTANTS = (
    Mutant("client-untold", "REQ-OVL-2", "dropped", f"{SESSIONS}.roles:own_extension", giving(()),
           "A client does not say in HELLO2 that it is one."),
    Mutant("client-too-long", "REQ-OVL-2", "altered", f"{SESSIONS}.roles:own_extension", _with_another_byte,
           "A client states its roles in two octets."),
    Mutant("client-and-peer", "REQ-OVL-2", "altered", f"{SESSIONS}.roles:own", _peer_and_client,
           "A client says that it is a peer as well."),
    Mutant("stated-roles-any", "REQ-OVL-3", "dropped", f"{SESSIONS}.roles:check_stated", dropped,
           "The roles in a HELLO2 are not looked at."),
    Mutant("stated-roles-longer", "REQ-OVL-3", "altered", f"{SESSIONS}.roles:stated_value",
           _first_byte_alone, "Of the roles in a HELLO2 only the first octet is looked at."),
    Mutant("stated-roles-both", "REQ-OVL-3", "altered", f"{SESSIONS}.roles:check_stated", _both_pass,
           "A HELLO2 may say that its signer is peer and client at once."),
    Mutant("stated-roles-undefined", "REQ-OVL-3", "altered", f"{SESSIONS}.roles:check_stated",
           _undefined_pass, "A HELLO2 may have undefined role bits."),
    Mutant("stated-roles-everywhere", "REQ-OVL-3", "altered", f"{SESSIONS}.roles:stated_value",
           _in_every_overlay, "The roles in a HELLO2 are looked at in overlays with views, too."),
    Mutant("store-of-nothing", "REQ-FRM-18", "dropped", f"{WIRE}.rules:check_envelope_length", dropped,
           "A STORE may carry an envelope of no octets."),
    Mutant("replayed-requests", "REQ-SES-5", "altered", f"{SESSIONS}.admission:WINDOWED",
           _requests_come_again, "FIND, STORE and FETCH may come again.",
           through=f"{SESSIONS}.admission:is_windowed"),
    Mutant("replayed-answers", "REQ-SES-5", "altered", f"{SESSIONS}.admission:WINDOWED",
           _answers_come_again, "The sequence numbers of NODES, STORED and VALUES are not looked at.",
           through=f"{SESSIONS}.admission:is_windowed"),
    Mutant("replayed-depart", "REQ-SES-5", "altered", f"{SESSIONS}.admission:WINDOWED", _depart_comes_again,
           "The sequence number of DEPART is not looked at.", through=f"{SESSIONS}.admission:is_windowed"),
    Mutant("depart-to-all", "REQ-FRM-15", "altered", f"{SESSIONS}.admission:FOR_ALL_OR_ONE",
           _depart_to_all, "DEPART is taken when it is for all, too.",
           through=f"{SESSIONS}.admission:check_destination"),
)  # fmt: skip
