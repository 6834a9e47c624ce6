"""What a member contributes to a run, with the randomness that it draws for it.

Implements REQ-KEY-19, REQ-KEY-20 and REQ-KEY-22. The algebra is that of `crypto.agreement`.
"""

from __future__ import annotations

from coterie.crypto import agreement
from coterie.crypto.agreement import Flow
from coterie.crypto.suites import Unfoldable
from coterie.standing import Standing
from coterie.views.run import Proposal, Run
from coterie.wire.bodies import Up

DRAWS = 8
"""How often a draw is made that no product can be folded with: once is enough but for one in 2^125."""


def draw_scalar(standing: Standing, proposal: Proposal, label: str) -> bytes:
    """A fresh scalar for this run: `contribution` for a newcomer, `refresh` for a controller."""
    # REQ-KEY-22: fresh in every run, for the digest is another in each
    octets = standing.entropy(label, standing.overlay + proposal.digest, proposal.suite.contribution)
    return proposal.suite.scalar_from_draw(octets)


def open_run(standing: Standing, proposal: Proposal, view: Run | None) -> Flow:
    """What the controller hands on, or the first newcomer where there is no base."""
    if proposal.base_size == 0 or view is None:
        # REQ-KEY-20: from no entries and the base point
        x = draw_scalar(standing, proposal, "contribution")
        return agreement.extend(proposal.suite, (), proposal.suite.base, x)
    entries = base_entries(proposal, view)
    for _ in range(DRAWS):
        # REQ-KEY-19: the controller refreshes all entries but its own, and its scalar
        y = draw_scalar(standing, proposal, "refresh")
        try:
            return agreement.start(proposal.suite, entries, proposal.position, view.scalar, y)
        except Unfoldable:
            continue
    raise AssertionError("as many draws as atoms would not all fail to fold")


def base_entries(proposal: Proposal, view: Run) -> tuple[bytes, ...]:
    """The entries of the base members in the DOWN of their view, in the order of the new one."""
    places = view.proposal.places
    return tuple(view.entries[places[node]] for node in proposal.members[: proposal.base_size])


def extend_run(standing: Standing, proposal: Proposal, body: Up) -> Flow:
    """What a newcomer hands on."""
    x = draw_scalar(standing, proposal, "contribution")
    return agreement.extend(proposal.suite, body.entries, body.total, x)


def inherited_scalar(proposal: Proposal, view: Run | None) -> bytes:
    """The scalar of a base member that is not the controller: the one of its view. Empty for everyone
    else."""
    is_waiting = proposal.position < proposal.base_size - 1
    return view.scalar if is_waiting and view is not None else b""


def earlier_entry(proposal: Proposal, view: Run | None) -> bytes | None:
    """The own entry in the view that a waiting base member comes from; None for everyone else."""
    # REQ-KEY-27: a controller's entry stays, and a newcomer had none
    if view is None or proposal.position >= proposal.base_size - 1:
        return None
    return view.entries[view.proposal.position]
