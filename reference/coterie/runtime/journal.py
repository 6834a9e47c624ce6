"""A journal: every input of a peer and what came of it, as a transcript of the test interface.

Odd lines are commands, even lines are the replies that `coterie harness` would give to them, octet for octet;
the first command is `reset`. So a replay feeds the commands to a fresh peer and compares. It holds the peer's
private key and the seed of all of its secrets: a journal is for peers that were started with an insecure seed
only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TextIO

from coterie.effects import Effect, Json, to_json
from coterie.errors import RemoteError

FIRST_SEQ = 1


class Journal:
    """The transcript of one peer, written as it happens."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._seq = FIRST_SEQ

    def write(self, command: Json, answer: Json) -> None:
        """One command without its `seq`, and the reply to it."""
        for line in ({"seq": self._seq, **command}, {"seq": self._seq, **answer}):
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._file.flush()
        self._seq += 1


def accepted(effects: list[Effect], wake: int | None, result: Mapping[str, object] | None = None) -> Json:
    """The reply to a command that was carried out."""
    told: Json = {"status": "ok"} | ({} if result is None else {"result": dict(result)})
    return told | happened(effects, wake)


def refused(refusal: RemoteError, effects: list[Effect], wake: int | None) -> Json:
    """The reply to a datagram that was refused."""
    field: Json = {"field": refusal.field} if refusal.field else {}
    told: Json = {"status": "error", "reason": refusal.reason, "phase": refusal.phase}
    return told | field | happened(effects, wake)


def happened(effects: list[Effect], wake: int | None) -> Json:
    """What every reply ends with."""
    return {"effects": [to_json(effect) for effect in effects], "wake": wake}
