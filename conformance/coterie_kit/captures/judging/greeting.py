"""Rules about greetings: what answers what, and that nobody is sent more than was asked for."""

from __future__ import annotations

from collections import Counter

from coterie_kit.captures.judging.rule import Fault, Rule, Setting
from coterie_kit.captures.judging.seen import OTHER_VERSION, Seen
from coterie_kit.keys.names import digest, label

__all__ = ["Answers", "Handshakes"]

NONCE = slice(24, 56)
HELLO1 = 0x01
TRANSCRIPT = label("hello-transcript")

Handshake = tuple[bytes, str, str, bytes]
"""Overlay, initiator, responder and nonce."""


class Answers(Rule):
    """A RETRY for each HELLO1 at most, an ERROR only where something was said, and never more octets."""

    name = "answers"
    statement = "whoever has not proven its address is sent no more than it has sent, and only in answer"
    reqs = ("REQ-SES-2", "REQ-FRM-34", "REQ-SES-19")
    kinds = frozenset({"HELLO1", "HELLO2", "RETRY", "ERROR", OTHER_VERSION})

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._asked: Counter[Handshake] = Counter()
        self._credit: dict[tuple[str, str], int] = {}

    def look(self, seen: Seen) -> Fault | None:
        """Octets are counted by the pair of addresses, RETRYs by nonce."""
        if seen.type in {"RETRY", "ERROR"}:
            return self._answer(seen)
        pair = seen.source, seen.to
        self._credit[pair] = self._credit.get(pair, 0) + len(seen.octets)
        if seen.type == "HELLO1":
            self._asked[seen.overlay, *pair, seen.octets[NONCE]] += 1
        return None

    def _answer(self, seen: Seen) -> Fault | None:
        pair = seen.to, seen.source
        if self._setting.rough or (self._setting.partial and pair not in self._credit):
            return None
        name = self._setting.name(seen.to)
        if seen.type == "RETRY":
            asked = (seen.overlay, *pair, seen.octets[NONCE])
            # REQ-SES-2: exactly one for each HELLO1, to its source
            if not self._asked[asked]:
                return Fault(f"answers no HELLO1 that {name} has sent", ("REQ-SES-2",))
            self._asked[asked] -= 1
        left = self._credit.get(pair, 0) - len(seen.octets)
        self._credit[pair] = max(left, 0)
        # REQ-FRM-34: never more octets than came
        if left < 0:
            return Fault(f"{name} is sent {-left} octets more than it has sent", ("REQ-FRM-34",))
        return None


class Handshakes(Rule):
    """Nonce, cookie and transcript go from frame to frame."""

    name = "handshakes"
    statement = "HELLO2 answers a RETRY, HELLO3 a HELLO2: nonce, cookie, transcript and names are theirs"
    reqs = ("REQ-SES-24", "REQ-SES-18", "REQ-SES-10", "REQ-SES-12", "REQ-FRM-15")
    kinds = frozenset({"HELLO1", "RETRY", "HELLO2", "HELLO3"})

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._hello1s: dict[Handshake, bytes] = {}
        self._retries: dict[tuple[Handshake, bytes], Seen] = {}
        self._hello2s: dict[tuple[Handshake, bytes], list[Seen]] = {}

    def look(self, seen: Seen) -> Fault | None:
        """Each frame with those before it."""
        body = seen.body
        nonce, cookie, transcript = body[:32], body[32:64], body[64:96]
        match seen.type:
            case "HELLO1":
                self._hello1s.setdefault((seen.overlay, seen.source, seen.to, nonce), seen.octets)
            case "RETRY":
                self._retries[(seen.overlay, seen.to, seen.source, nonce), cookie] = seen
            case "HELLO2":
                return self._second(seen, (seen.overlay, seen.source, seen.to, nonce), cookie, transcript)
            case _:
                return self._third(seen, (seen.overlay, seen.to, seen.source, nonce), cookie, transcript)
        return None

    def _second(self, seen: Seen, handshake: Handshake, cookie: bytes, transcript: bytes) -> Fault | None:
        self._hello2s.setdefault((handshake, cookie), []).append(seen)
        retry = self._retries.get((handshake, cookie))
        if retry is None:
            # REQ-SES-24: HELLO2 follows the RETRY
            return self._unless_partial("has nonce and cookie of no RETRY that came to it", "REQ-SES-24")
        # REQ-FRM-15: to the Node-ID that the RETRY named
        if seen.destination != retry.body[64:96]:
            return Fault("is for another Node-ID than its RETRY named", ("REQ-FRM-15", "REQ-SES-9"))
        hello1 = self._hello1s.get(handshake)
        if hello1 is not None and transcript != digest(TRANSCRIPT, hello1, retry.octets):
            return Fault("has another transcript than its HELLO1 and RETRY make", ("REQ-SES-10",))
        return None

    def _third(self, seen: Seen, handshake: Handshake, cookie: bytes, transcript: bytes) -> Fault | None:
        asked = self._hello2s.get((handshake, cookie), [])
        if not asked:
            # REQ-SES-18: HELLO3 is sent to where a HELLO2 came from
            return self._unless_partial(
                "answers no HELLO2 with this nonce and cookie", "REQ-SES-18", "REQ-SES-20"
            )
        if seen.destination not in {hello2.signer for hello2 in asked}:
            return Fault("is for another Node-ID than the signer of its HELLO2", ("REQ-FRM-15",))
        retry, hello1 = self._retries.get((handshake, cookie)), self._hello1s.get(handshake)
        if retry is None or hello1 is None:
            return None
        # REQ-SES-12: the responder that the RETRY named
        if seen.signer != retry.body[64:96]:
            return Fault("is signed by another Node-ID than its RETRY named", ("REQ-SES-12",))
        made = {digest(TRANSCRIPT, hello1, retry.octets, hello2.octets) for hello2 in asked}
        if transcript not in made:
            return Fault(
                "has another transcript than the frames before it make", ("REQ-SES-10", "REQ-SES-18")
            )
        return None

    def _unless_partial(self, sentence: str, *reqs: str) -> Fault | None:
        return None if self._setting.partial else Fault(sentence, reqs)
