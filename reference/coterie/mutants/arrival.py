"""Mutants of the chapter on frames where a peer keeps it: sources, overlays, destinations, assemblies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped

PEER = "coterie.peer"
SESSIONS = "coterie.sessions"


def _first_two(original: Function) -> Function:
    def check_destination(standing: Any, frame: Any) -> None:
        if frame.destination[:2] != standing.node[:2] and any(frame.destination):
            original(standing, frame)

    return check_destination


def _confirm_like_install(types: frozenset[str]) -> frozenset[str]:
    return types | {"CONFIRM"}


def _joined_and_forgotten(original: Function) -> Function:
    def on_segment(self: Any, *given: Any) -> None:
        original(self, *given)

    return on_segment


def _foreign_overlay_too(original: Function) -> Function:
    def check(overlays: Any, header: Any) -> Any:
        return (
            next(iter(overlays.values())) if header.overlay_id not in overlays else original(overlays, header)
        )

    return check


def _assembly_lives_on(_original: Function) -> Function:
    return lambda _self: None


def _not_cut(_original: Function) -> Function:
    return lambda _self, send: [send]


def _padded_retry(original: Function) -> Function:
    def on_hello1(self: Any, *others: Any) -> Any:
        return [replace(sent, datagram=sent.datagram + bytes(16)) for sent in original(self, *others)]

    return on_hello1


MUTANTS = (
    Mutant("source-any", "REQ-FRM-1", "dropped", f"{PEER}.source:check_answerable", dropped,
           "Datagrams from addresses that cannot be answered are handled."),
    Mutant("source-own", "REQ-FRM-1", "dropped", f"{PEER}.source:check_not_own", dropped,
           "A peer talks to itself."),
    Mutant("overlay-any", "REQ-FRM-6", "altered", f"{PEER}.peer:check_overlay", _foreign_overlay_too,
           "Frames of overlays that the peer is not in are handled in its own."),
    Mutant("destination-any", "REQ-FRM-15", "dropped", f"{SESSIONS}.admission:check_destination", dropped,
           "The destination of frames within a session is not looked at."),
    Mutant("hello-destination-any", "REQ-FRM-15", "dropped", f"{SESSIONS}.checks:check_destination", dropped,
           "The destination of HELLO2 and HELLO3 is not looked at."),
    Mutant("destination-all-for-one", "REQ-FRM-15", "altered", f"{SESSIONS}.admission:check_destination",
           _first_two, "Addressed frames may carry the destination of all."),
    Mutant("confirm-for-all-only", "REQ-FRM-15", "altered", f"{SESSIONS}.admission:FOR_ALL",
           _confirm_like_install, "A CONFIRM that is addressed to this peer is refused.",
           f"{SESSIONS}.admission:check_destination"),
    Mutant("long-frames-whole", "REQ-FRM-26", "altered", f"{PEER}.overlay:Overlay._cut", _not_cut,
           "Signed frames above 1,200 octets are sent whole."),
    Mutant("segments-from-anyone", "REQ-FRM-27", "dropped", f"{SESSIONS}.admission:check_address", dropped,
           "Segments are kept for addresses without a session."),
    Mutant("assemblies-unbounded", "REQ-FRM-29", "dropped", f"{SESSIONS}.assemblies:check_open", dropped,
           "An address may have any number of assemblies open."),
    Mutant("assembly-for-ever", "REQ-FRM-30", "altered", f"{SESSIONS}.assemblies:Assemblies.wake",
           _assembly_lives_on, "An assembly that lacks a segment is never dropped."),
    Mutant("assembly-forgotten", "REQ-FRM-33", "altered", f"{SESSIONS}.assemblies:Assemblies.on_segment",
           _joined_and_forgotten, "A frame is joined from its segments and not handled."),
    Mutant("retry-longer-than-hello1", "REQ-FRM-34", "altered", f"{SESSIONS}.machine:Sessions.on_hello1",
           _padded_retry, "The answer to HELLO1 is longer than HELLO1."),
)  # fmt: skip
