"""One key run at one member, from the INSTALL that began it to the view that it ends in.

Implements the Key run chapter. A run that has reached `State.INSTALLED` *is* the view: it keeps the scalar,
the entries and the secrets that the next run starts from, and the flows by which it knows a repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from coterie.crypto import suites
from coterie.crypto.schedule import EpochSecrets
from coterie.crypto.suites import Suite
from coterie.views.states import Input, Role, State
from coterie.vocabulary import Address, NodeId, ViewId
from coterie.wire.bodies import Install


@dataclass(frozen=True, slots=True)
class Proposal:
    """An INSTALL that was accepted, seen from this member's place. `base_size` is 0 where there is no
    base."""

    install: Install
    digest: bytes
    proposer: NodeId
    view: ViewId
    members: tuple[NodeId, ...]
    """In view order."""
    places: Mapping[NodeId, int]
    """The place of each member in that order."""
    position: int
    """The place of this member."""
    base_size: int
    addresses: Mapping[NodeId, Address]
    """Where the sessions with the other members are."""

    @property
    def node(self) -> NodeId:
        """This member."""
        return self.members[self.position]

    @property
    def others(self) -> tuple[NodeId, ...]:
        """All members but this one, in view order."""
        return self.members[: self.position] + self.members[self.position + 1 :]

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.members)

    @property
    def suite(self) -> Suite:
        """The suite of the run."""
        return suites.suite(self.install.suite)

    @property
    def role(self) -> Role:
        """What this member has to do."""
        opener = max(self.base_size - 1, 0)
        if self.position == opener:
            return Role.SOLE if self.size == opener + 1 else Role.OPENER
        return Role.BASE if self.position < opener else Role.NEWCOMER


@dataclass(frozen=True, slots=True)
class Flow:
    """An UP or DOWN that was accepted, or the DOWN that this member made: who signed it, and its body."""

    signer: NodeId
    body: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A flow that this member made and repeats byte for byte to `to`, or to whoever has not confirmed."""

    name: str
    frame: bytes
    resend_at: int
    to: NodeId | None = None


class Run:
    """What this member knows and holds of one run."""

    __slots__ = (
        "confirms", "down", "down_hash", "entries", "give_up_at", "is_held_back", "outgoing", "proposal",
        "scalar", "secrets", "state", "up",
    )  # fmt: skip

    def __init__(self, proposal: Proposal, state: State, give_up_at: int) -> None:
        self.proposal = proposal
        self.state = state
        self.give_up_at = give_up_at
        self.scalar = b""
        """The one scalar of this member; empty until it has contributed."""
        self.up: Flow | None = None
        self.down: Flow | None = None
        self.down_hash = b""
        """SHA-256 of the DOWN body, of a run that has its DOWN."""
        self.entries: tuple[bytes, ...] = ()
        self.secrets: EpochSecrets | None = None
        self.confirms: dict[NodeId, bytes] = {}
        """The body of each member's CONFIRM, the own one included."""
        self.outgoing: list[Outgoing] = []
        self.is_held_back = False
        """Whether the own CONFIRM waits for messages of the view before."""

    @property
    def up_input(self) -> Input:
        """What an UP is to this member: the last newcomer turns it into DOWN."""
        return Input.LAST_UP if self.proposal.position == self.proposal.size - 1 else Input.UP

    @property
    def missing(self) -> tuple[NodeId, ...]:
        """The members whose CONFIRM is not held, in view order."""
        return tuple(node for node in self.proposal.members if node not in self.confirms)

    @property
    def is_confirmed(self) -> bool:
        """Whether every member's CONFIRM is held, the own one included."""
        return len(self.confirms) == self.proposal.size

    @property
    def held_secrets(self) -> EpochSecrets:
        """The secrets, of a run that has its DOWN."""
        if self.secrets is None:
            raise AssertionError("a run has secrets as soon as it has its DOWN")
        return self.secrets

    def fingerprint(self) -> tuple[object, ...]:
        """What of the run is state; when a flow is sent again is not."""
        return (
            self.proposal.digest, self.state.name, sha256(self.scalar).digest(), self.up, self.down,
            tuple(sorted(self.confirms.items())), tuple(flow.frame for flow in self.outgoing),
            self.is_held_back,
        )  # fmt: skip
