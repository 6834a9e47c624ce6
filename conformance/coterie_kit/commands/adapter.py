"""``coterie-kit adapter check``: is the adapter sound, before a peer is judged through it?"""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from coterie_kit import data
from coterie_kit.commands.test import add_peer_arguments
from coterie_kit.faults import Crashed, Hung, KitError, PeerFault, UsageError

if TYPE_CHECKING:
    from coterie_kit.peer import Peer

SCHEMA = "schemas/test-interface.schema.json"
TWICE = 40  # vectors that are asked twice, in two processes


def register(subparsers: Any) -> None:
    """The arguments of the command."""
    parser = subparsers.add_parser("adapter", help="check an adapter before a peer is judged through it")
    actions = parser.add_subparsers(metavar="action", required=True)
    check = actions.add_parser("check", help="every reply against the schema, unknown commands, determinism")
    add_peer_arguments(check)
    check.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints a line a check; 5 when the adapter is broken."""
    seed = secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed
    check = AdapterCheck(arguments.peer, seed, arguments.deadline)
    print(f"seed {seed}")
    for name, trouble in check.all():
        print(f"{'broken' if trouble else 'sound '} {name}{': ' + trouble if trouble else ''}", flush=True)
        check.broken += bool(trouble)
    print("the adapter is sound" if not check.broken else f"the adapter is broken in {check.broken} points")
    return 5 if check.broken else 0


class AdapterCheck:
    """The checks, each of which starts a peer of its own."""

    def __init__(self, spec: str, seed: int, deadline: float) -> None:
        self._spec, self._seed, self._deadline = spec, seed, deadline
        self._validator = _reply_validator()
        self.broken = 0

    def all(self) -> Iterator[tuple[str, str]]:
        """Name of each check, and what is wrong."""
        checks = (
            ("introduces itself", self._hello),
            ("answers an unknown command with unsupported", self._unknown_command),
            ("answers an unknown action with unsupported", self._unknown_action),
            ("goes on after what it does not know", self._goes_on),
            ("ends when it is told to stop", self._stops),
            ("gives the same replies to the same commands", self._is_deterministic),
        )
        for name, check in checks:
            try:
                yield name, check()
            except (Crashed, Hung, PeerFault) as fault:
                yield name, str(fault)

    def _peer(self) -> Peer:
        from coterie_kit import reaper
        from coterie_kit.connect import connect
        from coterie_kit.peer import Peer

        link = connect(self._spec, deadline=self._deadline, adopt=reaper.become_sub_reaper())
        if self._spec.startswith("attach:"):
            raise UsageError("an adapter is checked by cmd: or tcp:, because it is started anew")
        return Peer(link, first_seq=1 + self._seed % 1000)

    def _schema(self, reply: Mapping[str, Any]) -> str:
        error = next(iter(self._validator.iter_errors(reply)), None) if self._validator else None
        return (
            f"a reply is not what the schema allows, at {error.json_path}: {error.message[:200]}"
            if error
            else ""
        )

    def _hello(self) -> str:
        with self._peer() as peer:
            said = peer.hello
            if not said.classes or not said.tiers:
                return "it declares no class or no tier, so nothing will be judged"
            return self._schema(peer.trace.entries[0]["reply"])

    def _unknown_command(self) -> str:
        with self._peer() as peer:
            reply = peer.raw({"cmd": f"unknown-{self._seed:x}"})
            return self._schema(reply.raw) or _is_unsupported(reply.status)

    def _unknown_action(self) -> str:
        with self._peer() as peer:
            reply = peer.do(f"unknown.action-{self._seed:x}", may_be_unsupported=True)
            return self._schema(reply.raw) or _is_unsupported(reply.status)

    def _goes_on(self) -> str:
        with self._peer() as peer:
            peer.raw({"cmd": "unknown"})
            return self._schema(peer.raw({"cmd": "hello"}).raw)

    def _stops(self) -> str:
        peer = self._peer()
        peer.start()
        return peer.stop()

    def _is_deterministic(self) -> str:
        first, second = list(self._asked()), list(self._asked())
        if not first:
            return "there are no vectors to ask"
        for identifier, one, two, trouble in (
            (a[0], a[1], b[1], a[2]) for a, b in zip(first, second, strict=True)
        ):
            if trouble:
                return f"{identifier}: {trouble}"
            if one != two:
                return f"{identifier}: two replies to one command differ"
        return ""

    def _asked(self) -> Iterator[tuple[str, Any, str]]:
        """Id, reply without its number, and what the schema says, of a seeded part of the vectors."""
        from random import Random

        from coterie_kit import vectors

        found = [vector for path in vectors.files() for vector in vectors.load(path).vectors.values()]
        chosen = Random(self._seed).sample(found, min(TWICE, len(found)))  # noqa: S311 - a sample
        with self._peer() as peer:
            for vector in chosen:
                if vectors.class_of(vector) not in peer.hello.classes:
                    continue
                reply = peer.do(vector.operation, may_be_unsupported=True, **vector.input)
                body = {name: value for name, value in reply.raw.items() if name != "seq"}
                yield vector.id, body, self._schema(reply.raw)


def _is_unsupported(status: str) -> str:
    return "" if status == "unsupported" else f"the status is {status}"


def _reply_validator() -> Any:
    from jsonschema import Draft202012Validator

    try:
        schema = json.loads(data.read_text(SCHEMA))
    except FileNotFoundError:
        message = f"{SCHEMA} is missing, so replies cannot be checked"
        raise KitError(message) from None
    return Draft202012Validator(schema)
