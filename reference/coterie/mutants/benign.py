"""Benign variants: peers that do what the draft allows and the reference does not, and that must pass.

They keep the kit from demanding more than the draft does. Each works from outside, as the mutants do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from coterie.errors import LocalError
from coterie.mutants.registry import Function, put

Changes = Mapping[str, Callable[[Any], Any]]

STANDING = "coterie.standing:Standing.sign"
SEALING = "coterie.records.machine:Records._seal"
CUTTING = "coterie.peer.overlay:Overlay._cut"
HELLO = "coterie.harness.harness:Harness.hello"
SENDS = "coterie.views.machine:Views._sends"
TO_ALL = "coterie.records.machine:Records._to_all"
ECDSA = "coterie.crypto.signature:ECDSA"
SMALL = 1_000
"""Octets of payload up to which a datagram has room for one more extension."""


def _with_extensions(body: Any) -> Any:
    from coterie.wire.bodies import Extension

    if not hasattr(body, "extensions"):
        return body
    more = (Extension(0x5A5A, b"means nothing"), Extension(0x0001, bytes(5)))
    return replace(body, extensions=(*body.extensions, *more))


def _signed_with_more(original: Function) -> Function:
    return lambda self, destination, body: original(self, destination, _with_extensions(body))


def _sealed_with_more(original: Function) -> Function:
    def seal(self: Any, epoch: Any, body: Any) -> Any:
        has_room = sum(len(message.payload) for message in body.messages) <= SMALL
        is_last = not self._standing.trust.signs_origin  # an origin signature has nothing after it
        return original(self, epoch, _with_extensions(body) if has_room and is_last else body)

    return seal


def _not_exact(original: Function) -> Function:
    return lambda self, given: {**original(self, given), "determinism": "D0"}


def _last_first(original: Function) -> Function:
    return lambda *given: original(*given)[::-1]


def _random_nonces(original: Function) -> Function:
    return lambda algorithm, **_how: original(algorithm)


VARIANTS: Mapping[str, Changes] = {
    # extensions that nobody has to know, in every frame that can carry them
    "extensions": {STANDING: _signed_with_more, SEALING: _sealed_with_more, HELLO: _not_exact},
    # segments last first, and the members of a view served from the last to the first
    "timing": {CUTTING: _last_first, SENDS: _last_first, TO_ALL: _last_first, HELLO: _not_exact},
    # ECDSA as most libraries sign: another nonce, and so another signature, each time
    "ecdsa": {ECDSA: _random_nonces, HELLO: _not_exact},
}


def apply(name: str) -> None:
    """Make this process the named variant; `LocalError` that lists them if there is none."""
    if name not in VARIANTS:
        raise LocalError(f"no variant is named {name!r}; there are {', '.join(VARIANTS)}")
    for target, change in VARIANTS[name].items():
        put(target, change)
