"""Scoping: whether the frames of an overlay stay between those who have greeted each other in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coterie_kit.captures.judging.rule import GREETINGS, SEALED, SIGNED, Fault, Rule, Setting
from coterie_kit.captures.judging.sealing import is_multicast
from coterie_kit.captures.judging.seen import Seen

__all__ = ["Reach", "Scope"]

NONCE, NONCE_OF_HELLO2 = slice(24, 56), slice(104, 136)


@dataclass(slots=True)
class Reach:
    """What was seen of one overlay: frames and octets by sender, and who has completed a handshake there."""

    frames: Counter[str] = field(default_factory=Counter)
    octets: Counter[str] = field(default_factory=Counter)
    inside: set[str] = field(default_factory=set)

    def to_json(self, names: Mapping[str, str]) -> dict[str, Any]:
        """As the results have it."""
        return {
            "frames": self.frames.total(), "octets": self.octets.total(),
            "inside": sorted(names.get(each, each) for each in self.inside),
            "sent": {
                names.get(each, each): {"frames": count, "octets": self.octets[each]}
                for each, count in sorted(self.frames.items())
            },
        }  # fmt: skip


class Scope(Rule):
    """Before two addresses have greeted each other in an overlay, nothing of it goes between them but
    greetings."""

    name = "scope"
    statement = "frames of an overlay go between addresses that have greeted each other there, and no others"
    reqs = ("REQ-SES-3", "REQ-FRM-27", "REQ-REC-17")
    kinds = SIGNED | SEALED | GREETINGS | {"HELLO1", "RETRY", "ERROR", "SEGMENT"}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._offered: set[tuple[bytes, str, str, bytes]] = set()
        self._met: set[tuple[bytes, str, str]] = set()
        self._known: set[tuple[bytes, bytes, str]] = set()
        self.overlays: dict[bytes, Reach] = {}

    def look(self, seen: Seen) -> Fault | None:
        """Greetings open the way in both directions."""
        reach = self.overlays.get(seen.overlay)
        if reach is None:
            reach = self.overlays[seen.overlay] = Reach()
        reach.frames[seen.source] += 1
        reach.octets[seen.source] += len(seen.octets)
        match seen.type:
            case "HELLO1" | "ERROR":
                return None
            case "RETRY":
                self._offered.add((seen.overlay, seen.to, seen.source, seen.octets[NONCE]))
            case "HELLO2":
                return self._second(seen, reach)
            case "HELLO3":
                self._meet(seen, reach)
            case _:
                return self._within(seen, reach)
        return None

    def _second(self, seen: Seen, reach: Reach) -> Fault | None:
        """It proves the address to whoever has sent the RETRY."""
        offered = (seen.overlay, seen.source, seen.to, seen.octets[NONCE_OF_HELLO2])
        if offered in self._offered or self._setting.partial:
            self._meet(seen, reach)
            return None
        return Fault(f"goes to {self._setting.name(seen.to)}, who has not answered", ("REQ-SES-24",))

    def _meet(self, seen: Seen, reach: Reach) -> None:
        self._known.add((seen.overlay, seen.signer, seen.to))
        self._met |= {(seen.overlay, seen.source, seen.to), (seen.overlay, seen.to, seen.source)}
        reach.inside |= {seen.source, seen.to}

    def _within(self, seen: Seen, reach: Reach) -> Fault | None:
        if (seen.overlay, seen.source, seen.to) in self._met or self._setting.partial:
            return None
        if seen.source in reach.inside and is_multicast(seen.to):
            return None
        # the source address of a signed frame is not compared with that of the session: the signer may move
        if (seen.overlay, seen.signer, seen.to) in self._known or (
            self._setting.rough and seen.to in reach.inside
        ):
            return None
        # REQ-SES-3, REQ-FRM-27, REQ-REC-17: without a session nobody there takes it
        cited = "REQ-REC-17" if seen.type in SEALED else "REQ-SES-3"
        reqs = ("REQ-FRM-27",) if seen.type == "SEGMENT" else (cited,)
        source, to = self._setting.name(seen.source), self._setting.name(seen.to)
        stranger = next((name for name, address in ((source, seen.source), (to, seen.to))
                         if address not in reach.inside), "")  # fmt: skip
        why = f"{stranger} has greeted nobody" if stranger else f"{source} and {to} have not greeted"
        return Fault(f"is of overlay {seen.overlay.hex()[:8]}, where {why}", reqs)
