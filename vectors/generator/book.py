"""A book of vectors: what is asked, and what tier 0 of the reference answers, held against what the author
says.

A vector is one question: an action of tier 0 with its arguments. A valid one records the answer. An invalid
one states the reason and the requirement; it is one named mutation away from its twin, which is valid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coterie import registry
from coterie.errors import LocalError, RemoteError
from coterie.harness import tier0

CONFORMING = "conforming"
USAGE = "usage"
Json = dict[str, Any]


class DisagreementError(AssertionError):
    """The reference answers otherwise than the author of a vector says."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What was done to a twin, and how it must be refused: the first of `reqs` is the rule that refuses."""

    mutation: str
    reason: str
    reqs: Sequence[str]


@dataclass(slots=True)
class Book:
    """The vectors of one file. `prefix` begins every id."""

    prefix: str
    vectors: list[Json] = field(default_factory=list)

    def page(self, operation: str, frame: str = "none", reqs: Sequence[str] = ()) -> "Page":
        """Where vectors of one action and one frame type are written; `reqs` are those of the valid ones."""
        return Page(self, operation, frame, tuple(requirement(each) for each in reqs))


def requirement(short: str) -> str:
    """`FRM-3` in full."""
    return short if short.startswith("REQ-") else f"REQ-{short}"


@dataclass(frozen=True, slots=True)
class Page:
    """Writes vectors of one action and one frame type into a book."""

    book: Book
    operation: str
    frame: str
    reqs: tuple[str, ...]

    def accept(
        self, name: str, given: Mapping[str, Any], *, variation: str = "", reqs: Sequence[str] = ()
    ) -> Json:
        """A valid vector; `variation` says what is unusual about it."""
        vector = self._vector(name, reqs or self.reqs, given) | {
            "result": "valid",
            "expected": self._answer(name, given),
            "mutation": f"{CONFORMING}-{variation}" if variation else CONFORMING,
        }
        self.book.vectors.append(vector)
        return vector

    def refuse(self, name: str, twin: Json, fault: Fault, given: Mapping[str, Any]) -> Json:
        """An invalid vector; `given` are the arguments that differ from those of the twin."""
        whole = twin["input"] | given
        reqs = tuple(requirement(each) for each in fault.reqs)
        self._check_refusal(name, fault, reqs[0], whole)
        vector = self._vector(name, reqs, whole) | {
            "result": "invalid",
            "reason": fault.reason,
            "phase": registry.reason(fault.reason).phase,
            "twin": twin["id"],
            "mutation": fault.mutation,
        }
        self.book.vectors.append(vector)
        return vector

    def misuse(self, name: str, twin: Json, fault: Fault, given: Mapping[str, Any]) -> Json:
        """A caller's mistake, which is told from a refusal; `given` as for `refuse`."""
        whole = twin["input"] | given
        try:
            answer = tier0.run(self.operation, whole)
        except LocalError:
            vector = self._vector(name, fault.reqs, whole) | {
                "result": "invalid",
                "reason": USAGE,
                "phase": USAGE,
                "twin": twin["id"],
                "mutation": fault.mutation,
            }
            self.book.vectors.append(vector)
            return vector
        raise DisagreementError(f"{self.book.prefix}.{name} should be a mistake, is {answer}")

    def _vector(self, name: str, reqs: Sequence[str], given: Mapping[str, Any]) -> Json:
        return {
            "id": f"{self.book.prefix}.{name}",
            "reqs": [requirement(each) for each in reqs],
            "type": self.frame,
            "operation": self.operation,
            "input": dict(given),
        }

    def _answer(self, name: str, given: Mapping[str, Any]) -> Json:
        try:
            return tier0.run(self.operation, given)
        except RemoteError as refused:
            raise DisagreementError(f"{self.book.prefix}.{name} should be valid: {refused}") from refused

    def _check_refusal(self, name: str, fault: Fault, rule: str, given: Mapping[str, Any]) -> None:
        where = f"{self.book.prefix}.{name}"
        try:
            answer = tier0.run(self.operation, given)
        except RemoteError as refused:
            if (refused.reason, refused.requirement) != (fault.reason, rule):
                raise DisagreementError(
                    f"{where} should be {fault.reason} by {rule}, is {refused}"
                ) from refused
        else:
            raise DisagreementError(f"{where} should be {fault.reason} by {rule}, is {answer}")
