"""The order of checks of the frames of an overlay: header, session, window, signature, destination, body."""

from __future__ import annotations

from coterie_kit.suite.frames_order import (
    BODY,
    DESTINATION,
    HEAD,
    INCARNATION,
    SIGNATURE,
    SIGNER,
    TOO_LONG,
    ZERO,
    chain,
)

CHAIN = [*HEAD, TOO_LONG, SIGNER, INCARNATION, ZERO, SIGNATURE, DESTINATION, BODY]
for _kind in ("FIND", "NODES", "STORE", "VALUES"):
    chain(_kind, CHAIN, home=__name__)
