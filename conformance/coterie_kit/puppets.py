"""Puppets: the other members of a case. Each makes the frames it is told to make; none has clock or state.

A puppet has a key, a leaf, an address, an incarnation and a sequence that counts. Whatever a conforming peer
derives can be given instead, so one frame differs from its conforming twin in one named place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coterie_kit import frames, leaves
from coterie_kit.keys.names import address_octets, contact, digest, label, node_id
from coterie_kit.keys.schedule import Secrets
from coterie_kit.keys.signatures import SigningKey

__all__ = ["NOWHERE", "Puppet", "cookie", "cut", "member_row", "plain", "transcript"]

NOWHERE = bytes(32)
NO_VIEW = bytes(16)
CHUNK = 1158


def plain(name: str, overlay: bytes, **values: Any) -> bytes:
    """A plain frame."""
    return frames.write(name, overlay, frames.write_body(name, values))


def transcript(*earlier: bytes) -> bytes:
    """The transcript over the frames of a handshake so far."""
    return digest(label("hello-transcript"), *earlier)


def cookie(secret: bytes, address: str, overlay: bytes, nonce: bytes, bucket: int) -> bytes:
    """The cookie that a peer with that secret gives. Implements REQ-SES-1."""
    from coterie_kit.keys.expansion import mac

    place = label("cookie") + address_octets(address) + overlay + nonce
    return mac(secret, place + bucket.to_bytes(8, "big"))


def cut(frame: bytes, chunk: int = CHUNK) -> list[dict[str, Any]]:
    """The values of the SEGMENTs that carry ``frame``. Implements REQ-FRM-26."""
    parts = [frame[at : at + chunk] for at in range(0, len(frame), chunk)]
    head = {"digest": digest(frame)[:16], "count": len(parts)}
    return [head | {"index": index, "payload": part} for index, part in enumerate(parts)]


def member_row(member: Puppet, previous_view: bytes = NO_VIEW) -> dict[str, Any]:
    """A member as a row of INSTALL."""
    return {
        "node_id": member.node,
        "incarnation": member.incarnation,
        "leaf_hash": digest(member.leaf),
        "contact": contact(member.address),
        "previous_view": previous_view,
    }


@dataclass(slots=True)
class Puppet:
    """One actor; also stands for the peer under test, where the kit predicts what that sends."""

    key: SigningKey
    leaf: bytes
    overlay: bytes
    address: str
    incarnation: int
    sequence: int = 0
    suites: Sequence[int] = (1, 2)
    node: bytes = b""
    named: str = field(default="puppet")

    def __post_init__(self) -> None:
        if not self.node:
            self.node = node_id(self.overlay, self.key.spki)

    @classmethod
    def born(cls, octets: bytes, overlay: bytes, address: str, wall_ms: int, kind: str = "ed25519") -> Puppet:
        """A puppet made of 32 octets: the same octets, the same puppet."""
        key = SigningKey.from_octets(octets, kind)
        return cls(key, leaves.make(leaves.good(key, wall_ms)), overlay, address, wall_ms)

    # ------------------------------------------------------------ signed frames

    def signed(self, name: str, body: bytes, destination: bytes = NOWHERE, **prefix: Any) -> bytes:
        """A signed frame around ``body``; ``prefix`` may replace signer, incarnation or sequence."""
        if "sequence" not in prefix:
            self.sequence += 1
        values = {
            "signer": self.node,
            "incarnation": self.incarnation,
            "sequence": self.sequence,
            "destination": destination,
        } | prefix
        return self.sign_parts(name, frames.write_prefix("signed", values), body)

    def sign_parts(self, name: str, prefix: bytes, body: bytes) -> bytes:
        """A signed frame around prefix and body as they are."""
        unsigned = frames.write_header(name, self.overlay, len(prefix) + len(body) + 64) + prefix + body
        return unsigned + self.signature(unsigned)

    def signature(self, unsigned: bytes) -> bytes:
        """The trailer for header, prefix and body. Implements REQ-FRM-14."""
        return self.key.sign(label("frame-signature") + unsigned)

    def resigned(self, frame: bytes) -> bytes:
        """The same frame with a fresh signature and the right length."""
        read = frame[:-64]
        unsigned = read[:6] + (len(frame) - 24).to_bytes(2, "big") + read[8:]
        return unsigned + self.signature(unsigned)

    def make(
        self, name: str, values: Mapping[str, Any], destination: bytes = NOWHERE, **prefix: Any
    ) -> bytes:
        """A signed frame of body values."""
        return self.signed(name, frames.write_body(name, values), destination, **prefix)

    # ------------------------------------------------------------ sessions

    def hello1(self, nonce: bytes) -> bytes:
        """The first greeting."""
        return plain("HELLO1", self.overlay, nonce=nonce)

    def retry(self, nonce: bytes, given: bytes) -> bytes:
        """The answer to a first greeting; ``given`` is the cookie."""
        return plain("RETRY", self.overlay, nonce=nonce, cookie=given, responder=self.node)

    def hello2_values(self, hello1: bytes, retry: bytes) -> dict[str, Any]:
        """The body of the second greeting, after these frames."""
        answer = frames.read(retry).body
        return {
            "nonce": answer["nonce"],
            "cookie": answer["cookie"],
            "transcript": transcript(hello1, retry),
            "suites": list(self.suites),
            "leaf": self.leaf,
        }

    def hello3_values(self, hello1: bytes, retry: bytes, hello2: bytes) -> dict[str, Any]:
        """The body of the answer to a second greeting."""
        answer = frames.read(retry).body
        return {
            "nonce": answer["nonce"],
            "cookie": answer["cookie"],
            "transcript": transcript(hello1, retry, hello2),
            "roles": 1,
            "suites": list(self.suites),
            "leaf": self.leaf,
        }

    def ping(self, nonce: bytes, to: bytes, **prefix: Any) -> bytes:
        """A PING."""
        return self.make("PING", {"nonce": nonce}, to, **prefix)

    # ------------------------------------------------------------ records

    def data(
        self, secrets: Secrets, view: bytes, index: int, counter: int, values: Mapping[str, Any]
    ) -> bytes:
        """A sealed DATA of the member at ``index``."""
        body = frames.write_body("DATA", values)
        return self.sealed(secrets, body, view_id=view, sender_index=index, counter=counter)

    def sealed(self, secrets: Secrets, body: bytes, **prefix: Any) -> bytes:
        """A sealed frame around ``body``."""
        associated = frames.write_header("DATA", self.overlay, 28 + len(body) + 16)
        associated += frames.write_prefix("sealed", prefix)
        own = secrets.sender(prefix["sender_index"], self.node)
        return associated + own.seal(prefix["counter"], body, associated)
