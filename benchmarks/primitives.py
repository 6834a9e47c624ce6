"""Bare primitives: what the same work costs whoever calls the library directly, and how often it is called.

A key run is counted while it runs, by wrapping the few places that call the library. The same calls are then
made bare, before each round that is measured, so that a busy machine slows both alike.
"""

import hmac
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from time import process_time
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from coterie.crypto import signature
from coterie.crypto.suites import SUITES, Suite, Suite1, Suite2

SCALAR, FRAME = bytes(range(32)), bytes(300)  # a frame of middle length in a key run
NUMBER = int.from_bytes(SCALAR, "big")
MACED = bytes(60)
ROUNDS = 15

Call = Callable[[], object]


def seconds(call: Call, calls: int = 1) -> float:
    """CPU seconds of so many calls."""
    began = process_time()
    for _ in range(calls):
        call()
    return process_time() - began


def cost_us(call: Call, calls: int = 200) -> float:
    """CPU microseconds of one call: the best of several rounds, because everything else only adds."""
    return min(seconds(call, calls) for _ in range(ROUNDS)) / calls * 1e6


@cache
def calls(suite: int) -> dict[str, Call]:
    """The primitives of a key run: a scalar loaded, an element raised, a frame signed or verified, a MAC."""
    signer = Ed25519PrivateKey.from_private_bytes(SCALAR)
    made, verifier = signer.sign(FRAME), signer.public_key()
    signing: dict[str, Call] = {
        "sign": lambda: signer.sign(FRAME),
        "verify": lambda: verifier.verify(made, FRAME),
        "mac": lambda: hmac.digest(SCALAR, MACED, "sha256"),
    }
    element = SUITES[suite].base
    if suite == 1:
        key = X25519PrivateKey.from_private_bytes(SCALAR)
        return signing | {
            "load": lambda: X25519PrivateKey.from_private_bytes(SCALAR),
            "raise": lambda: key.exchange(X25519PublicKey.from_public_bytes(element)),
        }
    curve = SECP256R1()
    scalar, lifted = derive_private_key(NUMBER, curve), b"\x02" + element
    return signing | {
        "load": lambda: derive_private_key(NUMBER, curve),
        "raise": lambda: scalar.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(curve, lifted)),
    }


def bare_seconds(suite: int, counts: Counter[str]) -> float:
    """CPU seconds of the counted calls, made bare."""
    return sum(seconds(call, counts[name]) for name, call in calls(suite).items())


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the calls of primitives that are made inside."""
    counts: Counter[str] = Counter()

    def raising(original: Callable[..., tuple[bytes, ...]]) -> Callable[..., tuple[bytes, ...]]:
        def raise_all(group: Suite, elements: list[bytes], scalar: bytes) -> tuple[bytes, ...]:
            raised = original(group, elements, scalar)
            counts["load"] += 1
            counts["raise"] += len(raised)
            return raised

        return raise_all

    def counting(name: str, original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            counts[name] += 1
            return original(*arguments)

        return call

    with (
        patch.object(Suite1, "raise_all", raising(Suite1.raise_all)),
        patch.object(Suite2, "raise_all", raising(Suite2.raise_all)),
        patch.object(signature, "sign", counting("sign", signature.sign)),
        patch.object(signature, "holds", counting("verify", signature.holds)),
        patch("hmac.digest", counting("mac", hmac.digest)),
    ):
        yield counts
