"""Mutants of what peers keep for each other: STORE, FETCH, publishing and fetching."""

from __future__ import annotations

from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

OVERLAY = "coterie.overlay"


def _equal_passes(original: Function) -> Function:
    def check(known: Any, checked: Any) -> None:
        if known is None or known.envelope.sequence != checked.envelope.sequence:
            original(known, checked)

    return check


def _same_is_stale(original: Function) -> Function:
    def admit(self: Any, checked: Any, now: Any) -> Any:
        from coterie.errors import RemoteError

        if not original(self, checked, now):
            raise RemoteError("stale-value", requirement="REQ-OVL-15")
        return True

    return admit


def _tombstones_pass(original: Function) -> Function:
    def check(known: Any, checked: Any) -> None:
        if known is None or not known.is_tombstone:
            original(known, checked)

    return check


def _quota(most: int, requirement: str = "REQ-OVL-16") -> Any:
    def change(_original: Function) -> Function:
        from coterie.errors import RemoteError

        def check(held: int) -> None:
            if held >= most:
                raise RemoteError("value-quota", requirement=requirement)

        return check

    return change


def _counted_alone(_original: Function) -> Function:
    from coterie import registry

    return lambda count, _octets: count <= registry.limit("values")


def _nearest_first(original: Function) -> Function:
    return lambda self: reversed(list(original(self)))


def _oldest_first(original: Function) -> Function:
    return lambda self: sorted(original(self), key=lambda each: each.envelope.sequence)


def _tombstone_erased(original: Function) -> Function:
    def admit(self: Any, checked: Any, now: Any) -> Any:
        changed = original(self, checked, now)
        if changed and checked.is_tombstone:
            self._drop(checked)
        return changed

    return admit


def _twice_as_long(original: Function) -> Function:
    return lambda checked: original(checked) + 1000 * checked.envelope.lifetime


def _answered_unheld(original: Function) -> Function:
    def admit(self: Any, checked: Any, now: Any) -> Any:
        if checked.is_tombstone:
            return True
        return original(self, checked, now)

    return admit


def _inclusive(_original: Function) -> Function:
    return lambda place, behind: place >= behind


def _publisher_alone(_original: Function) -> Function:
    return lambda place, behind: place[0] > behind[0]


def _rows(most: int) -> Any:
    def change(_original: Function) -> Function:
        def fitting(values: Any) -> int:
            octets = 0
            for count, each in enumerate(values[:most]):
                octets += len(each.octets)
                if octets > 16_384:
                    return count
            return min(len(values), most)

        return fitting

    return change


def _any_octets(_original: Function) -> Function:
    return lambda values: min(len(values), 32)


def _more(value: bool | None) -> Any:
    def change(original: Function) -> Function:
        def page(self: Any, key: bytes, behind: Any, wall_ms: int) -> Any:
            from dataclasses import replace

            found = original(self, key, behind, wall_ms)
            return replace(found, has_more=bool(found.values) if value is None else value)

        return page

    return change


def _living_alone(original: Function) -> Function:
    def page(self: Any, key: bytes, behind: Any, wall_ms: int) -> Any:
        from dataclasses import replace

        found = original(self, key, behind, wall_ms)
        return replace(found, values=tuple(each for each in found.values if not each.is_tombstone))

    return page


def _unreadable_left_out(_original: Function) -> Function:
    def wholes(body: Any) -> Any:
        from coterie.errors import RemoteError
        from coterie.overlay import answers

        for octets in body.held:
            try:
                yield answers.whole(octets)
            except RemoteError:
                continue

    return wholes


def _equal_place_passes(original: Function) -> Function:
    def check(place: Any, found: Any, index: int) -> None:
        if (found.publisher, found.slot) != place:
            original(place, found, index)

    return check


def _more_of_nothing(_original: Function) -> Function:
    def check(body: Any) -> None:
        from coterie.errors import RemoteError

        if body.more not in {0, 1}:
            raise RemoteError("bad-values", requirement="REQ-OVL-20", field="more")

    return check


def _wall_clock_only(_original: Function) -> Function:
    return lambda wall_ms, _used: wall_ms


def _equal(_original: Function) -> Function:
    return lambda wall_ms, used: max(wall_ms, used)


def _others_alone(_original: Function) -> Function:
    return lambda nodes, _own, _key: nodes


def _nine(_original: Function) -> Function:
    return lambda nodes, own, _key: (*nodes, own)


def _seven_storers(original: Function) -> Function:
    return lambda self, number, nodes, now: original(self, number, nodes[:-1], now)


def _full_lifetime(_original: Function) -> Function:
    return lambda mono_ms, lifetime: mono_ms + 1000 * lifetime


def _quarter_lifetime(_original: Function) -> Function:
    return lambda mono_ms, lifetime: mono_ms + 250 * lifetime


def _after(milliseconds: int) -> Any:
    return lambda _original: lambda mono_ms: mono_ms + milliseconds


def _same_sequence(original: Function) -> Function:
    def fire(self: Any, now: Any) -> Any:
        from coterie.overlay import published

        current = published.next_sequence
        vars(published)["next_sequence"] = lambda _wall_ms, used: used
        try:
            return original(self, now)
        finally:
            vars(published)["next_sequence"] = current

    return fire


def _dropped_silently(_original: Function) -> Function:
    def withdraw(self: Any, resource: Any, slot: bytes, now: Any) -> None:
        self.rest(resource, slot, now)

    return withdraw


def _goes_on(original: Function) -> Function:
    def withdraw(self: Any, resource: Any, slot: bytes, now: Any) -> None:
        current = dict(self._published.current)
        original(self, resource, slot, now)
        self._published.current.update(current)

    return withdraw


def _half(_original: Function) -> Function:
    return lambda asked, answered: asked > 0 and 2 * answered >= asked


def _any_answer(_original: Function) -> Function:
    return lambda _asked, answered: answered > 0


def _nobody_asked(original: Function) -> Function:
    return lambda asked, answered: asked == 0 or original(asked, answered)


def _pages(most: int) -> Any:
    return lambda _original: lambda pages: pages < most


MUTANTS = (
    Mutant("store-of-another", "REQ-OVL-14", "dropped", f"{OVERLAY}.held:check_own_value", dropped,
           "Anybody may store the value of another."),
    Mutant("store-of-another-unsigned", "REQ-OVL-14", "altered", f"{OVERLAY}.held:check_own_value",
           refusing_as("bad-signature"), "The value of another is refused as if it were forged."),
    Mutant("stale-any", "REQ-OVL-15", "dropped", f"{OVERLAY}.held:check_newer", dropped,
           "An older value takes the place of a newer one."),
    Mutant("stale-equal-passes", "REQ-OVL-15", "altered", f"{OVERLAY}.held:check_newer", _equal_passes,
           "A value with the same sequence takes the place of another."),
    Mutant("stale-the-same", "REQ-OVL-15", "altered", f"{OVERLAY}.held:Held.admit", _same_is_stale,
           "The very same envelope is refused when it comes again."),
    Mutant("stale-after-a-tombstone", "REQ-OVL-15", "altered", f"{OVERLAY}.held:check_newer",
           _tombstones_pass, "Any value takes the place of a tombstone."),
    Mutant("publisher-unbounded", "REQ-OVL-16", "dropped", f"{OVERLAY}.held:check_publisher_quota", dropped,
           "A publisher may have any number of values."),
    Mutant("publisher-65", "REQ-OVL-16", "altered", f"{OVERLAY}.held:check_publisher_quota", _quota(65),
           "A publisher may have 65 values."),
    Mutant("resource-unbounded", "REQ-OVL-16", "dropped", f"{OVERLAY}.held:check_resource_quota", dropped,
           "A resource may have any number of values."),
    Mutant("resource-256", "REQ-OVL-16", "altered", f"{OVERLAY}.held:check_resource_quota", _quota(256),
           "A resource may have 256 values."),
    Mutant("store-unbounded", "REQ-OVL-17", "dropped", f"{OVERLAY}.held:is_within", giving(True),
           "Any number of values is held."),
    Mutant("store-counted", "REQ-OVL-17", "altered", f"{OVERLAY}.held:is_within", _counted_alone,
           "Values are counted, and their octets are not."),
    Mutant("store-nearest-first", "REQ-OVL-17", "altered", f"{OVERLAY}.held:Held._farthest_first",
           _nearest_first, "The value whose key is nearest gives way."),
    Mutant("store-oldest-first", "REQ-OVL-17", "altered", f"{OVERLAY}.held:Held._farthest_first",
           _oldest_first, "The oldest value gives way."),
    Mutant("store-full-never", "REQ-OVL-17", "altered", f"{OVERLAY}.held:check_farther", dropped,
           "A value gives way to one that is farther."),
    Mutant("tombstone-erased", "REQ-OVL-18", "altered", f"{OVERLAY}.held:Held.admit", _tombstone_erased,
           "A tombstone is erased with what it withdraws."),
    Mutant("tombstone-unheld", "REQ-OVL-18", "altered", f"{OVERLAY}.held:Held.admit", _answered_unheld,
           "A tombstone is answered with STORED, and nothing else."),
    Mutant("value-held-longer", "REQ-OVL-18", "altered", f"{OVERLAY}.held:expiry_of", _twice_as_long,
           "A value is held for twice its lifetime."),
    Mutant("page-again", "REQ-OVL-19", "altered", f"{OVERLAY}.held:is_behind", _inclusive,
           "A page begins with the last value of the one before."),
    Mutant("page-by-publisher", "REQ-OVL-19", "altered", f"{OVERLAY}.held:is_behind", _publisher_alone,
           "A page goes on behind the publisher, whatever the slot."),
    Mutant("page-of-33", "REQ-OVL-19", "altered", f"{OVERLAY}.held:fitting", _rows(33),
           "A page has 33 values."),
    Mutant("page-of-16", "REQ-OVL-19", "altered", f"{OVERLAY}.held:fitting", _rows(16),
           "A page has 16 values."),
    Mutant("page-of-any-size", "REQ-OVL-19", "altered", f"{OVERLAY}.held:fitting", _any_octets,
           "The octets of a page are not counted."),
    Mutant("page-the-last", "REQ-OVL-19", "altered", f"{OVERLAY}.held:Held.page", _more(False),
           "more is always 0."),
    Mutant("page-never-the-last", "REQ-OVL-19", "altered", f"{OVERLAY}.held:Held.page", _more(None),
           "more is 1 with every page that has a value."),
    Mutant("page-of-the-living", "REQ-OVL-19", "altered", f"{OVERLAY}.held:Held.page", _living_alone,
           "Tombstones are not shown."),
    Mutant("values-of-any-key", "REQ-OVL-20", "dropped", f"{OVERLAY}.answers:check_key", dropped,
           "Values of another resource pass."),
    Mutant("values-in-any-order", "REQ-OVL-20", "dropped", f"{OVERLAY}.answers:check_behind", dropped,
           "Values may stand in any order."),
    Mutant("values-again", "REQ-OVL-20", "altered", f"{OVERLAY}.answers:check_behind", _equal_place_passes,
           "A place may come twice."),
    Mutant("values-unreadable", "REQ-OVL-20", "altered", f"{OVERLAY}.answers:wholes", _unreadable_left_out,
           "Envelopes that cannot be read are left out."),
    Mutant("values-more-any", "REQ-OVL-20", "dropped", f"{OVERLAY}.answers:check_more", dropped,
           "more may be anything."),
    Mutant("values-more-of-nothing", "REQ-OVL-20", "altered", f"{OVERLAY}.answers:check_more",
           _more_of_nothing, "more may be 1 without any value."),
    Mutant("publish-by-the-clock", "REQ-OVL-28", "altered", f"{OVERLAY}.published:next_sequence",
           _wall_clock_only, "The sequence is what the wall clock shows."),
    Mutant("publish-the-same", "REQ-OVL-28", "altered", f"{OVERLAY}.published:next_sequence", _equal,
           "The sequence may be the one that was used last."),
    Mutant("publish-to-others", "REQ-OVL-28", "altered", f"{OVERLAY}.publishing:with_self", _others_alone,
           "A peer never holds its own value, nor asks itself."),
    Mutant("publish-to-nine", "REQ-OVL-28", "altered", f"{OVERLAY}.publishing:with_self", _nine,
           "A peer always holds its own value, and asks itself."),
    Mutant("publish-to-one-less", "REQ-OVL-28", "altered", f"{OVERLAY}.publishing:Publications.found",
           _seven_storers, "The farthest of those found gets no STORE."),
    Mutant("renew-late", "REQ-OVL-29", "altered", f"{OVERLAY}.published:renew_at", _full_lifetime,
           "A value is published anew at the end of its lifetime."),
    Mutant("renew-early", "REQ-OVL-29", "altered", f"{OVERLAY}.published:renew_at", _quarter_lifetime,
           "A value is published anew after a quarter of its lifetime."),
    Mutant("renew-the-same", "REQ-OVL-29", "altered", f"{OVERLAY}.publishing:Publications.fire",
           _same_sequence, "A value is published anew with the sequence that it had."),
    Mutant("unstored-late", "REQ-OVL-29", "altered", f"{OVERLAY}.published:again_after", _after(20_000),
           "A value that nobody has stored is published again after 20 s."),
    Mutant("unstored-never", "REQ-OVL-29", "dropped", f"{OVERLAY}.published:again_after", _after(10**9),
           "A value that nobody has stored waits for half its lifetime."),
    Mutant("withdraw-silently", "REQ-OVL-30", "dropped", f"{OVERLAY}.publishing:Publications.withdraw",
           _dropped_silently, "What is withdrawn is not published any more, and no tombstone is."),
    Mutant("withdraw-and-go-on", "REQ-OVL-30", "altered", f"{OVERLAY}.publishing:Publications.withdraw",
           _goes_on, "What is withdrawn is still published anew."),
    Mutant("complete-by-half", "REQ-OVL-31", "altered", f"{OVERLAY}.fetching:is_complete", _half,
           "Half of those asked are enough."),
    Mutant("complete-by-one", "REQ-OVL-31", "altered", f"{OVERLAY}.fetching:is_complete", _any_answer,
           "One answer is enough."),
    Mutant("complete-by-nobody", "REQ-OVL-31", "altered", f"{OVERLAY}.fetching:is_complete", _nobody_asked,
           "A fetch that asked nobody is complete."),
    Mutant("fetch-one-page", "REQ-OVL-31", "altered", f"{OVERLAY}.fetching:has_page_left", _pages(1),
           "One page of each peer is asked for."),
    Mutant("fetch-any-page", "REQ-OVL-31", "dropped", f"{OVERLAY}.fetching:has_page_left", giving(True),
           "Any number of pages is asked for."),
    Mutant("fetch-keeps-all", "REQ-OVL-31", "dropped", f"{OVERLAY}.fetching:has_room", giving(True),
           "A fetch keeps all that it is given."),
)  # fmt: skip
