"""What the application is told of runs and views.

Implements the events of the Key run and Views chapters.
"""

from __future__ import annotations

from coterie.crypto import schedule
from coterie.effects import Effect, Event, Field
from coterie.standing import Standing
from coterie.views import terms
from coterie.views.run import Proposal, Run
from coterie.vocabulary import NO_VIEW, NodeId, OverlayId

KEY_ID_CONTEXT = b"coterie key id"
KEY_ID_SIZE = 16


def run_started(overlay: OverlayId, accepted: Proposal) -> Event:
    """A run began."""
    fields: dict[str, Field] = {
        "view": accepted.view, "members": accepted.members, "position": accepted.position,
    }  # fmt: skip
    return Event(overlay, "run-started", fields)


def key_id(run: Run) -> bytes:
    """16 octets that name the key of a view and tell nothing of it."""
    return schedule.export(run.held_secrets.exporter, KEY_ID_CONTEXT, KEY_ID_SIZE)


def keyed(standing: Standing, run: Run) -> list[Effect]:
    """In a group: DOWN is held, so there is a key."""
    if not standing.trust.is_group:
        return []
    return [Event(standing.overlay, "keyed", {"view": run.proposal.view, "key_id": key_id(run)})]


def together(accepted: Proposal) -> tuple[NodeId, ...]:
    """The members that come from the same view as this one, itself among them; in view order."""
    rows = accepted.install.members
    own = rows[accepted.position].previous_view
    # REQ-VIE-18: as INSTALL states it; whoever comes from no view comes alone
    return tuple(
        row.node_id for row in rows
        if row.node_id == accepted.node or (row.previous_view == own != NO_VIEW)
    )  # fmt: skip


def view_installed(standing: Standing, run: Run) -> Event:
    """The run has become the view."""
    accepted = run.proposal
    fields: dict[str, Field] = {
        "view": accepted.view, "members": accepted.members, "suite": accepted.install.suite,
    }  # fmt: skip
    if standing.trust.is_group:
        rows = accepted.install.members
        fields |= {
            "incarnations": tuple(row.incarnation for row in rows),
            "previous": rows[accepted.position].previous_view,
            "together": together(accepted),
            "senders": tuple(accepted.members[at] for at in sorted(terms.senders_of(accepted.install))),
            "counter": accepted.install.counter,
            "proposer": accepted.proposer,
            "clock_base": accepted.install.clock_base,
            "key_id": key_id(run),
        }
    return Event(standing.overlay, "view-installed", fields)
