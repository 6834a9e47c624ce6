"""Mutants of the chapter on stored values: what they say, which of several count, and redirects."""

from __future__ import annotations

from typing import Any

from coterie.errors import RemoteError
from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

READING = "coterie.values.reading"
CHOOSING = "coterie.values.choosing"
RESOURCE = "coterie.values.resource"
REDIRECTS = "coterie.values.redirects"


def _or_open_slot(original: Function) -> Function:
    def check(checked: Any, document: Any) -> None:
        from coterie.crypto import names

        if checked.envelope.slot != names.overlay_id(checked.envelope.name):
            original(checked, document)

    return check


def _or_slot_of_certificate(original: Function) -> Function:
    def check(checked: Any, document: Any) -> None:
        from coterie.crypto import names

        authority = names.authority_hash(getattr(document, "authority_certificate", None) or b"")
        if checked.envelope.slot != names.overlay_id(checked.envelope.name, authority):
            original(checked, document)

    return check


def _unnamed_is_leaf_key(original: Function) -> Function:
    def key(der: bytes) -> Any:
        try:
            return original(der)
        except RemoteError as refused:
            raise RemoteError("leaf-key", requirement=refused.requirement, field=refused.field) from None

    return key


def _issuer_is_enough(_original: Function) -> Function:
    def check(checked: Any, authority: bytes, wall_ms: int) -> None:
        from coterie.crypto import certificate, leaf, policy

        read = certificate.parse(checked.envelope.leaf)
        shown = leaf.Shown(read, policy.closed(authority), checked.envelope.slot, wall_ms // 1000)
        leaf.check_issuer(shown)

    return check


def _oldest(original: Function) -> Function:
    def newest(rivals: Any) -> Any:
        least = min(each.envelope.sequence for each in rivals)
        return original([each for each in rivals if each.envelope.sequence == least])

    return newest


def _without_tombstones(original: Function) -> Function:
    def newest(rivals: Any) -> Any:
        left = [each for each in rivals if not each.is_tombstone]
        return original(left) if left else None

    return newest


def _whole_octets(_original: Function) -> Function:
    return lambda rivals: len({each.octets for each in rivals}) > 1


def _for_all_publishers(original: Function) -> Function:
    def counting(candidates: Any) -> Any:
        many = list(candidates)
        ended = [each.envelope for each in many if each.is_tombstone]

        def is_withdrawn(stored: Any) -> bool:
            return any(
                (end.kind, end.name, end.slot) == (stored.kind, stored.name, stored.slot)
                and end.sequence > stored.sequence
                for end in ended
            )

        return tuple(each for each in original(many) if not is_withdrawn(each.envelope))

    return counting


def _invitations_too(original: Function) -> Function:
    def check(kind: str, document: Any) -> None:
        from coterie.documents import GroupInvitation

        if not isinstance(document, GroupInvitation):
            original(kind, document)

    return check


def _slots_together(original: Function) -> Function:
    """Documents of one type together; an alias beside a group stays what it is."""

    def place(checked: Any) -> Any:
        redirects = b"group-id-redirect" in checked.envelope.value
        return original(checked) if redirects else (*original(checked)[:3], b"")

    return place


def _readable_only(_original: Function) -> Function:
    def found_in(resource: Any, many: Any, overlay: Any, wall_ms: int) -> Any:
        from coterie.values import choosing
        from coterie.values.resource import acceptable, is_of, readable

        mine = [each for each in acceptable(many, overlay, wall_ms) if is_of(resource, each)]
        left = [each.checked for each in readable(mine, wall_ms)]
        left += [each for each in mine if each.is_tombstone]
        return tuple(readable(choosing.ordered(choosing.counting(left)), wall_ms))

    return found_in


def _of_every_kind(original: Function) -> Function:
    return lambda resource, checked: (
        original(resource, checked) or checked.envelope.name == resource.name != b""
    )


def _ascending(original: Function) -> Function:
    return lambda checked: (-original(checked)[0], *original(checked)[1:])


def _as_they_came(original: Function) -> Function:
    return lambda checked: original(checked)[:1]


def _slots_as_they_came(original: Function) -> Function:
    return lambda checked: original(checked)[:2]


def _by_type(original: Function) -> Function:
    return lambda found: (original(found)[0], b"")


def _by_slot(_original: Function) -> Function:
    return lambda found: ("group", found.checked.envelope.slot)


def _each_its_own(original: Function) -> Function:
    return lambda found: (*original(found), found.checked.publisher)


def _by_size(original: Function) -> Function:
    return lambda found: tuple(sorted(original(found), key=lambda one: (-len(one), one)))


def _newest_class(original: Function) -> Function:
    from coterie.values.choosing import classes

    def used(found: Any, invited: Any = None) -> Any:
        present = classes(found)
        return original(found, invited) if invited is not None or not present else present[0]

    return used


def _invitations_ignored(original: Function) -> Function:
    return lambda found, _invited=None: original(found)


def _invitation_or_the_one(original: Function) -> Function:
    return lambda found, invited=None: original(found, invited) or original(found)


def _only_back_to_the_first(original: Function) -> Function:
    return lambda names, target: original(names[:1], target)


def _one_more(original: Function) -> Function:
    return lambda redirects: original(redirects - 1)


def _one_less(original: Function) -> Function:
    return lambda redirects: original(redirects + 1)


def _depth_first(_original: Function) -> Function:
    def follow(self: Any, target: bytes) -> None:
        from coterie.values import redirects

        redirects.check_depth(len(self._names))
        redirects.check_new(self._names, target)
        self._names.append(target)

    return follow


MUTANTS = (
    Mutant("document-type-any", "REQ-VAL-12", "dropped", f"{READING}:check_type", dropped,
           "A document of any type is read under any kind."),
    Mutant("document-unsupported", "REQ-VAL-12", "altered", f"{READING}:check_type",
           refusing_as("unsupported-document-type"), "A document of another kind is called unsupported."),
    Mutant("invitation-stored", "REQ-VAL-12", "altered", f"{READING}:check_type", _invitations_too,
           "An invitation is read under any kind."),
    Mutant("slot-of-another-group", "REQ-VAL-13", "dropped", f"{READING}:check_slot", dropped,
           "The slot is not compared with the group."),
    Mutant("slot-of-open-group", "REQ-VAL-13", "altered", f"{READING}:check_slot", _or_open_slot,
           "A closed group may stand in the slot of the open one of its name."),
    Mutant("slot-of-certificate", "REQ-VAL-13", "altered", f"{READING}:check_slot", _or_slot_of_certificate,
           "A group may be named by its authority's certificate instead of the key."),
    Mutant("authority-unnamed-is-key", "REQ-VAL-13", "altered", f"{READING}:authority_key",
           _unnamed_is_leaf_key, "An authority without a key is refused as a leaf is."),
    Mutant("member-by-others", "REQ-VAL-13", "dropped", f"{READING}:check_publisher", dropped,
           "Anybody may say of another that it is a member."),
    Mutant("stranger-speaks", "REQ-VAL-14", "dropped", f"{READING}:check_admitted", dropped,
           "Anybody may say where a closed group is."),
    Mutant("stranger-of-same-authority", "REQ-VAL-14", "altered", f"{READING}:check_admitted",
           _issuer_is_enough, "An admission to another group of the authority is enough."),
    Mutant("receiver-speaks", "REQ-VAL-14", "altered", f"{READING}:check_member", dropped,
           "Whoever a group has admitted as receiver may say where it is."),
    Mutant("oldest-counts", "REQ-VAL-15", "altered", f"{CHOOSING}:newest", _oldest,
           "The envelope with the least sequence counts."),
    Mutant("first-of-two-counts", "REQ-VAL-15", "altered", f"{CHOOSING}:differ", giving(value=False),
           "Of two envelopes of one sequence the first counts."),
    Mutant("signature-silences", "REQ-VAL-15", "altered", f"{CHOOSING}:differ", _whole_octets,
           "A second signature of an envelope makes both not count."),
    Mutant("tombstone-ignored", "REQ-VAL-15", "dropped", f"{CHOOSING}:newest", _without_tombstones,
           "A tombstone withdraws nothing."),
    Mutant("withdrawn-for-all", "REQ-VAL-15", "altered", f"{CHOOSING}:counting", _for_all_publishers,
           "A tombstone withdraws what other publishers have in the slot."),
    Mutant("slots-together", "REQ-VAL-15", "altered", f"{CHOOSING}:place_of", _slots_together,
           "Of all slots of a publisher one envelope counts, aliases apart."),
    Mutant("unreadable-steps-back", "REQ-VAL-15", "altered", f"{RESOURCE}:found_in", _readable_only,
           "A value that cannot be read gives way to an older one."),
    Mutant("kinds-together", "REQ-VAL-15", "altered", f"{RESOURCE}:is_of", _of_every_kind,
           "Envelopes of other kinds of the name are taken for those of the resource."),
    Mutant("oldest-first", "REQ-VAL-16", "altered", f"{CHOOSING}:rank", _ascending,
           "The oldest envelope is taken first."),
    Mutant("publishers-as-they-came", "REQ-VAL-16", "altered", f"{CHOOSING}:rank", _as_they_came,
           "Envelopes of one sequence are taken as they came."),
    Mutant("slots-as-they-came", "REQ-VAL-16", "altered", f"{CHOOSING}:rank", _slots_as_they_came,
           "Slots of one publisher and sequence are taken as they came."),
    Mutant("classes-by-type", "REQ-VAL-17", "altered", f"{CHOOSING}:class_of", _by_type,
           "All groups of a name are one class, and all aliases."),
    Mutant("classes-by-slot", "REQ-VAL-17", "altered", f"{CHOOSING}:class_of", _by_slot,
           "An alias is of the class of the open group."),
    Mutant("classes-by-publisher", "REQ-VAL-17", "altered", f"{CHOOSING}:class_of", _each_its_own,
           "Each publisher makes a class of its own."),
    Mutant("classes-by-size", "REQ-VAL-17", "altered", f"{CHOOSING}:classes", _by_size,
           "The class with most envelopes stands first."),
    Mutant("ambiguous-newest", "REQ-VAL-17", "altered", f"{CHOOSING}:used", _newest_class,
           "Of several classes the newest is used."),
    Mutant("invitation-ignored", "REQ-VAL-17", "dropped", f"{CHOOSING}:used", _invitations_ignored,
           "An invitation does not say which group is meant."),
    Mutant("invitation-forgotten", "REQ-VAL-17", "altered", f"{CHOOSING}:used", _invitation_or_the_one,
           "Where the group of an invitation is not found, another is used."),
    Mutant("redirect-loop-any", "REQ-VAL-18", "dropped", f"{REDIRECTS}:check_new", dropped,
           "Names may come twice in a chain of redirects."),
    Mutant("redirect-loop-to-first", "REQ-VAL-18", "altered", f"{REDIRECTS}:check_new",
           _only_back_to_the_first, "Only a redirect to the first name is a loop."),
    Mutant("redirects-any", "REQ-VAL-18", "dropped", f"{REDIRECTS}:check_depth", dropped,
           "Any number of redirects is followed."),
    Mutant("redirects-5", "REQ-VAL-18", "altered", f"{REDIRECTS}:check_depth", _one_more,
           "Five redirects are followed."),
    Mutant("redirects-3", "REQ-VAL-18", "altered", f"{REDIRECTS}:check_depth", _one_less,
           "Three redirects are followed."),
    Mutant("redirects-counted-first", "REQ-VAL-18", "altered", f"{REDIRECTS}:Chain.follow", _depth_first,
           "A fifth redirect that leads back is one too many, and no loop."),
)  # fmt: skip
