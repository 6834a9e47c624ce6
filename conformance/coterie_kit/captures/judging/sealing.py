"""Rules about sealed frames, which stay closed: counters, and between whom they go."""

from __future__ import annotations

import ipaddress

from coterie_kit import registry
from coterie_kit.captures.judging.rule import SEALED, Fault, Rule, Setting
from coterie_kit.captures.judging.seen import Seen
from coterie_kit.keys.names import digest

__all__ = ["Counters", "Members"]

NODE, BEFORE_CONTACT, ROW = 32, 72, 106
FIRST_ROW = 50
IPV4 = bytes(10) + b"\xff\xff"


class Counters(Rule):
    """A counter is a nonce: the same one for other octets opens both."""

    name = "counters"
    statement = "no sender seals other octets with a counter that it has used in this view under this secret"
    reqs = ("REQ-REC-18", "REQ-REC-3")
    kinds = SEALED

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._used: dict[tuple[bytes, bytes, int, str], dict[int, bytes]] = {}
        self._secrets = {name: registry.frame(name).secret for name in SEALED}
        self._most = registry.limit("counter")

    def look(self, seen: Seen) -> Fault | None:
        """Repeats are the same octets."""
        # REQ-REC-3: the last counter
        if seen.counter > self._most:
            return Fault(f"has the counter {seen.counter}", ("REQ-REC-3", "REQ-REC-18"))
        key = seen.overlay, seen.view, seen.index, self._secrets[seen.type]
        used = self._used.setdefault(key, {})
        # REQ-REC-18: never sealed a second time
        if used.setdefault(seen.counter, seen.octets) != seen.octets:
            return Fault(f"has the counter {seen.counter} of another frame", ("REQ-REC-18", "REQ-REC-4"))
        return None


class Members(Rule):
    """A view is what its INSTALL says, and what is sealed in it stays among its members."""

    name = "members"
    statement = "what is sealed in a view comes from a member of its INSTALL, and goes to its members alone"
    reqs = ("REQ-MUL-42", "REQ-REC-16", "REQ-REC-2")
    kinds = SEALED | {"INSTALL"}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._views: dict[tuple[bytes, bytes], list[str]] = {}

    def look(self, seen: Seen) -> Fault | None:
        """Members are known by the contacts of the INSTALL."""
        if seen.type == "INSTALL":
            body = seen.body
            # REQ-KEY-40: the counter, and the first octets of the digest
            self._views[seen.overlay, body[:8] + digest(body)[:8]] = _contacts(body)
            return None
        contacts = self._views.get((seen.overlay, seen.view))
        if contacts is None:
            return None
        if seen.index >= len(contacts):
            return Fault(f"states the place {seen.index} in a view of {len(contacts)}", ("REQ-REC-2",))
        if seen.source not in contacts and not self._setting.rough:
            return self._stranger("comes from", seen.source)
        if seen.to not in contacts and not is_multicast(seen.to):
            return self._stranger("goes to", seen.to)
        return None

    def _stranger(self, how: str, address: str) -> Fault:
        sentence = f"{how} {self._setting.name(address)}, who is no member of its view"
        return Fault(sentence, ("REQ-MUL-42", "REQ-REC-16"))


def _contacts(body: bytes) -> list[str]:
    """The addresses in the rows of an INSTALL, whose structure has been looked at."""
    rows = (body[FIRST_ROW + ROW * place :][:ROW] for place in range(body[FIRST_ROW - 1]))
    return [_written(row[BEFORE_CONTACT : BEFORE_CONTACT + 18]) for row in rows]


def _written(contact: bytes) -> str:
    host, port = contact[:16], int.from_bytes(contact[16:], "big")
    if host.startswith(IPV4):
        return f"{ipaddress.IPv4Address(host[12:])}:{port}"
    return f"[{ipaddress.IPv6Address(host)}]:{port}"


def is_multicast(address: str) -> bool:
    """Whether an address is that of many."""
    host = address.rpartition(":")[0].strip("[]")
    return ipaddress.ip_address(host).is_multicast
