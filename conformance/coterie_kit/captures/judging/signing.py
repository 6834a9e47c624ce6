"""Rules about signed frames: by whom, for whom, and with which numbers."""

from __future__ import annotations

from coterie_kit.captures.judging.leaf import spki_in
from coterie_kit.captures.judging.rule import GREETINGS, SIGNED, WINDOWED, Fault, Rule, Setting
from coterie_kit.captures.judging.seen import Seen
from coterie_kit.keys.names import label, node_id

__all__ = ["Destinations", "Sequences", "Signatures", "Signers"]

NOBODY = bytes(32)
TO_ALL = frozenset({"PROPOSE", "INSTALL", "DOWN", "LEAVE"})
TO_ANY = frozenset({"CONFIRM"})
BEFORE_SUITES = {"HELLO2": 96, "HELLO3": 131}


class Destinations(Rule):
    """A frame is for whoever its type says, and goes there."""

    name = "destinations"
    statement = "a signed frame is for the Node-ID that its type demands, and goes to where that one is"
    reqs = ("REQ-FRM-15",)
    kinds = SIGNED | GREETINGS

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._at: dict[tuple[bytes, str], set[bytes]] = {}

    def look(self, seen: Seen) -> Fault | None:
        """Who is where, the greetings have said."""
        if seen.type in GREETINGS:
            self._at.setdefault((seen.overlay, seen.source), set()).add(seen.signer)
        has_one = seen.destination != NOBODY
        if seen.type not in TO_ANY and has_one == (seen.type in TO_ALL):
            return Fault(f"has {'a' if has_one else 'no'} destination", self.reqs)
        there = self._at.get((seen.overlay, seen.to))
        if has_one and there and seen.destination not in there:
            return Fault(f"is for another Node-ID than that of {self._setting.name(seen.to)}", self.reqs)
        return None


class Signers(Rule):
    """Who signs has greeted, in this life, under the name that its key has in this overlay."""

    name = "signers"
    statement = "who signs has shown the leaf of this Node-ID in this overlay, and in this incarnation"
    reqs = ("REQ-SES-12", "REQ-SES-3", "REQ-SES-4", "REQ-NAM-2")
    kinds = SIGNED | GREETINGS

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._lives: set[tuple[bytes, bytes, int]] = set()
        self._names: set[tuple[bytes, bytes]] = set()
        self._homes: dict[bytes, bytes] = {}

    def look(self, seen: Seen) -> Fault | None:
        """A leaf is looked at once for each overlay."""
        who = seen.overlay, seen.signer
        # REQ-NAM-2: the Overlay-ID is part of what a Node-ID is made of
        if self._homes.setdefault(seen.signer, seen.overlay) != seen.overlay:
            return Fault("is signed by a Node-ID of another overlay", ("REQ-NAM-2",))
        if seen.type in GREETINGS:
            self._lives.add((*who, seen.incarnation))
            fault = None if who in self._names else _misnamed(seen)
            self._names.add(who)
            return fault
        if self._setting.partial:
            return None
        if who not in self._names:
            return Fault("is signed by a Node-ID that has not greeted anybody here", ("REQ-SES-3",))
        if (*who, seen.incarnation) not in self._lives:
            return Fault("states an incarnation in which its signer has greeted nobody", ("REQ-SES-4",))
        return None


def _misnamed(seen: Seen) -> Fault | None:
    try:
        spki = spki_in(_leaf(seen))
    except ValueError:
        return Fault("has a leaf whose key cannot be read", ("REQ-LEF-4",))
    if node_id(seen.overlay, spki) != seen.signer:
        return Fault("is signed by another Node-ID than that of its leaf", ("REQ-SES-12", "REQ-NAM-2"))
    return None


def _leaf(seen: Seen) -> bytes:
    """The leaf of a HELLO2 or HELLO3, whose structure has been looked at."""
    body = seen.body
    at = BEFORE_SUITES[seen.type]
    at += 1 + body[at]
    size = int.from_bytes(body[at : at + 2], "big")
    return body[at + 2 : at + 2 + size]


class Sequences(Rule):
    """Sequence numbers count what is newly made."""

    name = "sequences"
    statement = "in an incarnation each sequence number stands for the same octets, and they only grow"
    reqs = ("REQ-SES-7", "REQ-SES-6", "REQ-SES-8")
    kinds = SIGNED | GREETINGS

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._made: dict[tuple[bytes, bytes, int], dict[int, bytes]] = {}
        self._greatest: dict[tuple[bytes, bytes, int, str, str], int] = {}
        self._lives: dict[tuple[bytes, bytes, str], int] = {}

    def look(self, seen: Seen) -> Fault | None:
        """Octets that were seen before are a repeat, wherever they go."""
        # REQ-SES-6: counting begins with 1
        if not seen.sequence:
            return Fault("has the sequence number 0", ("REQ-SES-6",))
        made = self._made.setdefault((seen.overlay, seen.signer, seen.incarnation), {})
        first = made.get(seen.sequence)
        if first is None:
            made[seen.sequence] = seen.octets
            return None if self._setting.rough else self._older(seen) or self._smaller(seen)
        # REQ-SES-7: what is sent again keeps its octets with its number
        if first != seen.octets:
            return Fault(f"has the sequence number {seen.sequence} of another frame", ("REQ-SES-7",))
        return None

    def _older(self, seen: Seen) -> Fault | None:
        """New frames of an earlier life."""
        who = seen.overlay, seen.signer, seen.source
        known = self._lives.get(who, 0)
        self._lives[who] = max(known, seen.incarnation)
        # REQ-SES-8: greater in each life
        if seen.incarnation < known:
            return Fault(
                f"is newly made in the incarnation {seen.incarnation}, after {known}", ("REQ-SES-8",)
            )
        return None

    def _smaller(self, seen: Seen) -> Fault | None:
        """Numbers that go back, on one way, of types that are never sent to a second peer later."""
        if seen.type not in WINDOWED and seen.type not in GREETINGS:
            return None
        way = (seen.overlay, seen.signer, seen.incarnation, seen.source, seen.to)
        known = self._greatest.get(way, 0)
        self._greatest[way] = max(known, seen.sequence)
        if seen.sequence < known:
            return Fault(f"is new, and its sequence number goes back from {known}", ("REQ-SES-7",))
        return None


class Signatures(Rule):
    """Signatures verify; only where it was asked for, because it takes longer than all the rest."""

    name = "signatures"
    statement = "each signature is one by the key of the signer's leaf"
    reqs = ("REQ-FRM-14",)
    kinds = SIGNED | GREETINGS

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._keys: dict[tuple[bytes, bytes], bytes] = {}
        self._known: set[bytes] = set()

    def look(self, seen: Seen) -> Fault | None:
        """The key comes out of the last greeting of that name; octets are verified once."""
        from coterie_kit.keys.signatures import verify

        who = seen.overlay, seen.signer
        if seen.type in GREETINGS:
            try:
                self._keys[who] = spki_in(_leaf(seen))
            except ValueError:
                return None  # the rule of signers has said it
        if who not in self._keys or seen.octets in self._known:
            return None
        self._known.add(seen.octets)
        if verify(self._keys[who], label("frame-signature") + seen.octets[:-64], seen.octets[-64:]):
            return None
        return Fault("has a signature that its signer's key has not made", self.reqs)
