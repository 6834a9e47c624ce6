"""Requests that wait for their answers: FIND, STORE, FETCH and HOST.

Implements REQ-OVL-9 and the times of REQ-OVL-6: a request is given up, and asked anew once. There are at most
as many as lookups, publications and fetches may have open.
"""

from __future__ import annotations

from dataclasses import dataclass

from coterie import registry
from coterie.errors import RemoteError
from coterie.overlay.purposes import Purpose
from coterie.vocabulary import NodeId
from coterie.wire.bodies import Fetch, Find, Host, Refuse, Store

Question = Find | Store | Fetch | Host

ANSWERS: dict[str, type[Question]] = {"NODES": Find, "STORED": Store, "VALUES": Fetch, "HOSTED": Host}
"""Which request each answer answers."""

TYPES: dict[type[Question], str] = {Find: "FIND", Store: "STORE", Fetch: "FETCH", Host: "HOST"}
"""The frame type of each request."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was sent: to whom, with which sequence number, and until when it waits, in milliseconds
    of the monotonic clock. `is_again` when it is the second with this question."""

    node: NodeId
    sequence: int
    body: Question
    purpose: Purpose
    give_up_at: int
    is_again: bool


class Requests:
    """The requests of one peer that are neither answered nor given up, by sequence number."""

    def __init__(self) -> None:
        self._open: dict[int, Request] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, request: Request) -> None:
        """A request was sent."""
        self._open[request.sequence] = request

    def expect(self, signer: NodeId, sequence: int, answer: str) -> Request:
        """The request that a frame of the type `answer` answers; it stays open. `RemoteError` for none."""
        found = check_open(self._open.get(sequence))
        check_signer(found, signer)
        check_type(found, answer)
        return found

    def refused(self, signer: NodeId, body: Refuse) -> Request | None:
        """The request that a REFUSE is about; None when it is about none."""
        found = self._open.get(body.refused_sequence)
        return found if found is not None and is_about(found, signer, body) else None

    def close(self, request: Request) -> None:
        """The request was answered, or is of no more use."""
        self._open.pop(request.sequence, None)

    def of_node(self, node: NodeId) -> tuple[Request, ...]:
        """What `node` was asked and has not answered, in the order of asking."""
        return tuple(request for request in self._open.values() if request.node == node)

    def clear(self) -> None:
        """Nobody waits for anything any more."""
        self._open.clear()

    def wake(self) -> int | None:
        """When the first request is to be given up, in milliseconds of the monotonic clock."""
        return min((request.give_up_at for request in self._open.values()), default=None)

    def give_up(self) -> Request:
        """The request that waited longest; it is not open any more."""
        first = min(self._open.values(), key=lambda request: (request.give_up_at, request.sequence))
        del self._open[first.sequence]
        return first

    def fingerprint(self) -> tuple[object, ...]:
        """All state but times, for the digest."""
        return tuple((number, self._open[number].node) for number in sorted(self._open))


def give_up_after(mono_ms: int) -> int:
    """Until when a request that is sent at `mono_ms` waits for its answer."""
    # REQ-OVL-9: 1,000 ms
    return mono_ms + registry.timer("request-give-up")


def is_asked_anew(request: Request) -> bool:
    """Whether a request that was given up is sent once more, with a new sequence number."""
    return not request.is_again


def check_open(found: Request | None) -> Request:
    """The answer states a request that was sent, and is neither answered nor given up; that request."""
    # REQ-OVL-9: nobody is told what it did not ask
    if found is None:
        raise _unexpected("request")
    return found


def check_signer(found: Request, signer: NodeId) -> None:
    """Whoever was asked answers."""
    # REQ-OVL-9: sent to their signer
    if found.node != signer:
        raise _unexpected("signer")


def check_type(found: Request, answer: str) -> None:
    """The answer is one to such a request."""
    # REQ-OVL-9: NODES answers FIND, STORED answers STORE, VALUES answers FETCH, HOSTED answers HOST
    if not isinstance(found.body, ANSWERS[answer]):
        raise _unexpected("request")


def is_about(found: Request, signer: NodeId, body: Refuse) -> bool:
    """Whether a REFUSE answers that request."""
    # REQ-OVL-10: sequence number and type of a request to its signer that is open
    kind = registry.frame_type(TYPES[type(found.body)]).code
    return (found.node, found.sequence, kind) == (signer, body.refused_sequence, body.refused_type)


def _unexpected(field: str) -> RemoteError:
    return RemoteError("unexpected-reply", requirement="REQ-OVL-9", field=field)
