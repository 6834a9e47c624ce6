"""Mutants of the chapter on the overlay: kinds of overlays, contacts, requests, FIND and DEPART."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

PEER = "coterie.peer"
OVERLAY = "coterie.overlay"


def _sealed_pass(original: Function) -> Function:
    def check(trust: Any, name: str) -> None:
        from coterie import registry

        if registry.frame_type(name).protection != "sealed":
            original(trust, name)

    return check


def _all_but(name: str) -> Any:
    return lambda original: type(original)(each for each in original if each != name)


def _before_the_body(original: Function) -> Function:
    def on_frame(self: Any, session: Any, frame: Any, now: Any) -> Any:
        if frame.header.name in {"FIND", "STORE", "FETCH"}:
            self.neighbours.check_asked()
        return original(self, session, frame, now)

    return on_frame


def _nine(_original: Function) -> Function:
    return lambda bucket: len(bucket) < 9


def _seven(_original: Function) -> Function:
    return lambda bucket: len(bucket) < 7


def _by_octets(original: Function) -> Function:
    return lambda own, node: original(own, node) // 8


def _by_order(_original: Function) -> Function:
    return lambda own, node: int(node > own)


def _newcomer_first(original: Function) -> Function:
    def enter(self: Any, node: Any) -> None:
        bucket = self._bucket(node)
        if node not in bucket and len(bucket) >= 8:
            bucket.pop(0)
        original(self, node)

    return enter


def _longest_waiting(_original: Function) -> Function:
    return lambda others: min(others, key=lambda known: known.heard)


def _at_misses(count: int) -> Any:
    return lambda _original: lambda misses: misses >= count


def _misses_stay(original: Function) -> Function:
    def hear(self: Any, node: Any, now: Any) -> None:
        known = self.get(node)
        before = known.misses if known else 0
        original(self, node, now)
        if known:
            known.misses = before

    return hear


def _quiet_after(milliseconds: int) -> Any:
    return lambda _original: lambda known, now: now.mono_ms - known.heard_at >= milliseconds


def _heard_last(_original: Function) -> Function:
    return lambda known: max(known, key=lambda each: each.heard)


def _asked_once(original: Function) -> Function:
    def ping_lost(self: Any, node: Any, now: Any) -> Any:
        self._probed.discard(node)
        return original(self, node, now)

    return ping_lost


def _contacts_too(original: Function) -> Function:
    def give_way(self: Any, is_busy: Any, now: Any) -> Any:
        found = original(self, is_busy, now)
        known = self.all()
        return found if found or not known else known[0].node

    return give_way


def _asked_as_well(original: Function) -> Function:
    return lambda self, _is_busy, now: original(self, lambda _node: False, now)


def _of_the_signer(original: Function) -> Function:
    def expect(self: Any, signer: Any, sequence: int, answer: str) -> Any:
        known = [each.sequence for each in self.of_node(signer)]
        return original(self, signer, known[0] if known else sequence, answer)

    return expect


def _but_for_fetch(original: Function) -> Function:
    return lambda name: name != "FETCH" and original(name)


def _give_up_after(milliseconds: int) -> Any:
    return lambda _original: lambda mono_ms: mono_ms + milliseconds


def _of_any_type(original: Function) -> Function:
    def is_about(found: Any, signer: Any, body: Any) -> Any:
        from coterie import registry
        from coterie.overlay import requests

        kind = registry.frame_type(requests.TYPES[type(found.body)]).code
        return original(found, signer, replace(body, refused_type=kind))

    return is_about


def _open_still(original: Function) -> Function:
    def on_refuse(self: Any, signer: Any, body: Any, now: Any) -> Any:
        request = self._ground.requests.refused(signer, body)
        effects = original(self, signer, body, now)
        if request is not None:
            self._ground.requests.add(request)
        return effects

    return on_refuse


def _one_more_or_less(most: int) -> Any:
    def change(_original: Function) -> Function:
        from coterie.errors import RemoteError

        def check(handled: int) -> None:
            if handled >= most:
                raise RemoteError("too-many-requests", requirement="REQ-OVL-11")

        return check

    return change


def _two_seconds(_original: Function) -> Function:
    return lambda mono_ms: mono_ms // 2000


def _all_together(original: Function) -> Function:
    return lambda self, _signer, now: original(self, bytes(32), now)


def _asker_too(_original: Function) -> Function:
    return lambda contacts, target, _asker: contacts.closest(target, 8)


def _as_many(count: int) -> Any:
    return lambda _original: lambda contacts, target, asker: contacts.closest(target, count, but=asker)


def _farthest_first(original: Function) -> Function:
    return lambda *args: tuple(reversed(original(*args)))


def _by_subtraction(_original: Function) -> Function:
    def told(contacts: Any, target: bytes, asker: Any) -> Any:
        def apart(known: Any) -> int:
            return abs(int.from_bytes(known.node, "big") - int.from_bytes(target, "big"))

        others = [known for known in contacts.all() if known.node != asker]
        return tuple(sorted(others, key=apart)[:8])

    return told


def _equal_passes(original: Function) -> Function:
    def check(before: Any, node: Any, target: Any, index: int) -> None:
        if before != node:
            original(before, node, target, index)

    return check


def _zeros_pass(original: Function) -> Function:
    def check(row: Any, index: int) -> None:
        from coterie.wire.contact import NO_CONTACT

        if row.contact != NO_CONTACT:
            original(row, index)

    return check


def _own_rows_too(original: Function) -> Function:
    return lambda body, _own, address, signer: original(body, bytes(32), address, signer)


def _addresses_again(_original: Function) -> Function:
    def stated(body: Any, own: Any, address: Any, signer: Any) -> Any:
        from coterie.overlay.lookup import Candidate

        rows = [(row.node_id, row.contact.to_address()) for row in body.neighbours]
        return [Candidate(node, at, signer) for node, at in rows if at and node != own and at != address]

    return stated


def _first_alone(original: Function) -> Function:
    return lambda known: original(known)[:1]


def _window_of_32(_original: Function) -> Function:
    return lambda: (1 << 32) - 1


MUTANTS = (
    Mutant("views-without-views", "REQ-OVL-1", "altered", f"{PEER}.refusals:check_has_views",
           refusing_as("stated-membership"),
           "Frames about views are refused where there are none as if their user stated them."),
    Mutant("views-sealed", "REQ-OVL-1", "altered", f"{PEER}.refusals:check_has_views", _sealed_pass,
           "Only the signed frames about views are refused where there are none."),
    Mutant("views-leave", "REQ-OVL-1", "altered", f"{PEER}.refusals:OF_VIEWS", _all_but("LEAVE"),
           "LEAVE is not among the frames that need views.", through=f"{PEER}.refusals:check_has_views"),
    Mutant("values-stated", "REQ-OVL-1", "altered", f"{PEER}.refusals:check_keeps_values",
           refusing_as("no-views"), "A frame about values is refused elsewhere for want of views."),
    Mutant("client-asked", "REQ-OVL-4", "dropped", f"{OVERLAY}.serving:Serving.check_asked", dropped,
           "A client serves like a peer."),
    Mutant("client-without-values", "REQ-OVL-4", "altered", f"{OVERLAY}.serving:Serving.check_asked",
           refusing_as("no-values"), "A client says that the overlay keeps no values."),
    Mutant("client-before-the-body", "REQ-OVL-4", "altered", f"{PEER}.neighbourhood:Neighbourhood.on_frame",
           _before_the_body, "A client refuses a request before it looks at the body."),
    Mutant("bucket-of-nine", "REQ-OVL-5", "altered", f"{OVERLAY}.contacts:has_place", _nine,
           "A bucket has nine contacts."),
    Mutant("bucket-of-seven", "REQ-OVL-5", "altered", f"{OVERLAY}.contacts:has_place", _seven,
           "A bucket has seven contacts."),
    Mutant("buckets-by-octets", "REQ-OVL-5", "altered", f"{OVERLAY}.contacts:bucket_of", _by_octets,
           "Buckets go by whole octets that are the same."),
    Mutant("buckets-by-order", "REQ-OVL-5", "altered", f"{OVERLAY}.contacts:bucket_of", _by_order,
           "Buckets go by the order of Node-IDs."),
    Mutant("bucket-newcomer-first", "REQ-OVL-5", "altered", f"{OVERLAY}.contacts:Contacts._enter",
           _newcomer_first, "A newcomer takes the place of the oldest contact."),
    Mutant("bucket-longest-waiting", "REQ-OVL-5", "altered", f"{OVERLAY}.contacts:successor",
           _longest_waiting, "A place goes to whoever was not heard for the longest time."),
    Mutant("bucket-clients", "REQ-OVL-5", "dropped", f"{OVERLAY}.contacts:is_contact_material",
           giving(True), "Clients are contacts, too."),
    Mutant("forgotten-after-one", "REQ-OVL-6", "altered", f"{OVERLAY}.contacts:is_lost", _at_misses(1),
           "One request without answer is enough to be forgotten."),
    Mutant("forgotten-after-three", "REQ-OVL-6", "altered", f"{OVERLAY}.contacts:is_lost", _at_misses(3),
           "Three requests without answer are needed to be forgotten."),
    Mutant("forgotten-never", "REQ-OVL-6", "dropped", f"{OVERLAY}.contacts:is_lost", giving(False),
           "Nobody is forgotten for silence."),
    Mutant("forgotten-though-heard", "REQ-OVL-6", "altered", f"{OVERLAY}.contacts:Contacts.hear",
           _misses_stay, "What is accepted does not end the row of requests without answer."),
    Mutant("quiet-never", "REQ-OVL-7", "dropped", f"{OVERLAY}.contacts:Contacts.suspect", giving(None),
           "Nobody is asked when a bucket is full."),
    Mutant("quiet-after-30-s", "REQ-OVL-7", "altered", f"{OVERLAY}.contacts:is_quiet", _quiet_after(30_000),
           "A contact is asked after 30 s."),
    Mutant("quiet-heard-last", "REQ-OVL-7", "altered", f"{OVERLAY}.contacts:longest_unheard", _heard_last,
           "Of a bucket the contact that was heard last is asked."),
    Mutant("quiet-asked-once", "REQ-OVL-7", "altered", f"{OVERLAY}.machine:Neighbours.ping_lost",
           _asked_once, "A contact that is quiet is asked once only."),
    Mutant("room-for-none", "REQ-OVL-8", "dropped", f"{OVERLAY}.contacts:Contacts.give_way", giving(None),
           "No session gives way to a new one."),
    Mutant("room-at-once", "REQ-OVL-8", "altered", f"{OVERLAY}.contacts:is_idle", _quiet_after(0),
           "A session gives way at once."),
    Mutant("room-after-10-s", "REQ-OVL-8", "altered", f"{OVERLAY}.contacts:is_idle", _quiet_after(10_000),
           "A session gives way after 10 s only."),
    Mutant("room-from-contacts", "REQ-OVL-8", "altered", f"{OVERLAY}.contacts:Contacts.give_way",
           _contacts_too, "A contact gives way where nobody else does."),
    Mutant("room-from-the-asked", "REQ-OVL-8", "altered", f"{OVERLAY}.contacts:Contacts.give_way",
           _asked_as_well, "A session with an open request gives way."),
    Mutant("reply-of-anybody", "REQ-OVL-9", "dropped", f"{OVERLAY}.requests:check_signer", dropped,
           "An answer may come from anybody."),
    Mutant("reply-of-any-type", "REQ-OVL-9", "dropped", f"{OVERLAY}.requests:check_type", dropped,
           "Any answer answers any request."),
    Mutant("reply-to-anything", "REQ-OVL-9", "altered", f"{OVERLAY}.requests:Requests.expect",
           _of_the_signer, "An answer is matched by its signer alone."),
    Mutant("reply-too-late", "REQ-OVL-9", "altered", f"{OVERLAY}.requests:give_up_after",
           _give_up_after(2000), "A request is given up after 2 s."),
    Mutant("request-once", "REQ-OVL-6", "altered", f"{OVERLAY}.requests:is_asked_anew", giving(False),
           "A request that was given up is not asked anew."),
    Mutant("refused-silently", "REQ-OVL-10", "dropped", f"{PEER}.refusals:is_answered", giving(False),
           "A request of the overlay that is refused is not answered."),
    Mutant("fetch-refused-silently", "REQ-OVL-10", "altered", f"{PEER}.refusals:is_answered",
           _but_for_fetch, "A FETCH that is refused is not answered."),
    Mutant("refuse-of-another-type", "REQ-OVL-10", "altered", f"{OVERLAY}.requests:is_about", _of_any_type,
           "A REFUSE answers a request of another type."),
    Mutant("refuse-unheard", "REQ-OVL-10", "dropped", f"{OVERLAY}.replies:Replies.is_about", giving(False),
           "A REFUSE does not answer a request of the overlay."),
    Mutant("refuse-leaves-open", "REQ-OVL-10", "altered", f"{OVERLAY}.replies:Replies.on_refuse",
           _open_still, "A request that was refused is still open."),
    Mutant("requests-unbounded", "REQ-OVL-11", "dropped", f"{OVERLAY}.rates:check_rate", dropped,
           "A peer may ask as often as it likes."),
    Mutant("requests-129", "REQ-OVL-11", "altered", f"{OVERLAY}.rates:check_rate", _one_more_or_less(129),
           "129 requests a second are handled."),
    Mutant("requests-127", "REQ-OVL-11", "altered", f"{OVERLAY}.rates:check_rate", _one_more_or_less(127),
           "127 requests a second are handled."),
    Mutant("requests-in-two-seconds", "REQ-OVL-11", "altered", f"{OVERLAY}.rates:second_of", _two_seconds,
           "Requests are counted over two seconds."),
    Mutant("requests-of-all", "REQ-OVL-11", "altered", f"{OVERLAY}.rates:Rates.count", _all_together,
           "The requests of all peers are counted together."),
    Mutant("find-asker-too", "REQ-OVL-12", "altered", f"{OVERLAY}.serving:told", _asker_too,
           "NODES states the asker as well."),
    Mutant("find-seven", "REQ-OVL-12", "altered", f"{OVERLAY}.serving:told", _as_many(7),
           "NODES states seven contacts."),
    Mutant("find-farthest-first", "REQ-OVL-12", "altered", f"{OVERLAY}.serving:told", _farthest_first,
           "NODES states the farthest of the closest contacts first."),
    Mutant("distance-by-subtraction", "REQ-OVL-12", "altered", f"{OVERLAY}.serving:told",
           _by_subtraction, "The closest contacts are those whose numbers differ least."),
    Mutant("nodes-in-any-order", "REQ-OVL-13", "dropped", f"{OVERLAY}.answers:check_farther", dropped,
           "The rows of NODES may stand in any order."),
    Mutant("nodes-twice", "REQ-OVL-13", "altered", f"{OVERLAY}.answers:check_farther", _equal_passes,
           "A Node-ID may stand twice in NODES."),
    Mutant("nodes-anywhere", "REQ-OVL-13", "dropped", f"{OVERLAY}.answers:check_row_contact", dropped,
           "The contacts in NODES are not looked at."),
    Mutant("nodes-nowhere", "REQ-OVL-13", "altered", f"{OVERLAY}.answers:check_row_contact", _zeros_pass,
           "A row of NODES may have no contact."),
    Mutant("nodes-oneself", "REQ-OVL-13", "altered", f"{OVERLAY}.lookups:stated", _own_rows_too,
           "A row with the own Node-ID is not ignored."),
    Mutant("nodes-one-address", "REQ-OVL-13", "altered", f"{OVERLAY}.lookups:stated", _addresses_again,
           "Several rows may have one address."),
    Mutant("depart-unheard", "REQ-OVL-21", "dropped", f"{OVERLAY}.machine:Neighbours.on_depart", giving([]),
           "The session with whoever departs is kept."),
    Mutant("depart-unsaid", "REQ-OVL-22", "dropped", f"{OVERLAY}.machine:told_of_departure", giving(()),
           "A peer leaves without a word."),
    Mutant("depart-to-one", "REQ-OVL-22", "altered", f"{OVERLAY}.machine:told_of_departure", _first_alone,
           "A peer that leaves tells one contact only."),
    Mutant("window-open-below", "REQ-OVL-32", "dropped", "coterie.sessions.session:seen_before", giving(1),
           "A session takes what was signed before it began."),
    Mutant("window-half-closed", "REQ-OVL-32", "altered", "coterie.sessions.session:seen_before",
           _window_of_32, "A session takes what was signed long before it began."),
)  # fmt: skip
