"""The checks on UP, DOWN and CONFIRM, one function a rule, in the order of the draft.

Implements REQ-KEY-23 to REQ-KEY-28, REQ-KEY-31, REQ-KEY-32 and REQ-KEY-39; the elements themselves (REQ-KEY-2
to REQ-KEY-6) are checked by the suites. `check_up`, `check_down` and `check_confirm` are the order.
"""

from __future__ import annotations

from coterie.crypto import elements, schedule
from coterie.errors import RemoteError
from coterie.views.faults import RunError
from coterie.views.run import Flow, Run
from coterie.views.states import TRANSITIONS, Input
from coterie.vocabulary import NodeId
from coterie.wire.bodies import Confirm, Down, Up
from coterie.wire.frames import SignedFrame


def check_run_known(run: Run | None) -> Run:
    """The flow is of the run under way, or of the view installed; the run."""
    # REQ-KEY-23: other runs are over, or not begun
    if run is None:
        raise RemoteError("no-run", requirement="REQ-KEY-23", field="install_digest")
    return run


def check_turn(run: Run, received: Input) -> None:
    """The receiver waits for such a flow now."""
    # REQ-KEY-24: one flow after the other
    if (run.state, received) not in TRANSITIONS:
        raise RemoteError("out-of-turn", requirement="REQ-KEY-24")


def check_same_flow(run: Run, known: Flow | None, frame: SignedFrame) -> None:
    """A signer does not sign two different flows of one kind."""
    # REQ-KEY-28: two bodies where one is allowed are proof against their signer
    if known is not None and known.signer == frame.signer and known.body != frame.body:
        raise equivocation(run, frame.signer)


def equivocation(run: Run, signer: NodeId) -> RunError:
    """The fault of a `signer` of two different bodies in `run`."""
    digest = run.proposal.digest
    return RunError("equivocation", requirement="REQ-KEY-28", digest=digest, culprit=signer)


def is_repeat(known: Flow | None, frame: SignedFrame) -> bool:
    """Whether this very flow was accepted before."""
    return known is not None and known.signer == frame.signer and known.body == frame.body


def check_flow_signer(signer: NodeId, expected: NodeId) -> None:
    """The flow is signed by the member whose turn it was."""
    # REQ-KEY-25: UP by the member before, DOWN by the last one
    if signer != expected:
        raise RemoteError("wrong-signer", requirement="REQ-KEY-25", field="signer")


def check_up_count(run: Run, body: Up) -> None:
    """An UP has an entry for each member before the receiver."""
    # REQ-KEY-26: entry_count = position
    if len(body.entries) != run.proposal.position:
        raise RemoteError("wrong-count", requirement="REQ-KEY-26", field="entry_count")


def check_down_count(run: Run, body: Down) -> None:
    """A DOWN has an entry for each member."""
    # REQ-KEY-26: entry_count = n
    if len(body.entries) != run.proposal.size:
        raise RemoteError("wrong-count", requirement="REQ-KEY-26", field="entry_count")


def check_refreshed(run: Run, body: Down, earlier: bytes | None) -> None:
    """The receiver's entry is another than in the view it comes from; `earlier` is None where that does not
    count."""
    # REQ-KEY-27: an entry that stayed as it was means a run without the controller's contribution
    if earlier is not None and body.entries[run.proposal.position] == earlier:
        raise RemoteError("unrefreshed-element", requirement="REQ-KEY-27", field="entries")


def check_confirm_signer(run: Run, signer: NodeId) -> None:
    """The signer is another member."""
    # REQ-KEY-30: members confirm, nobody else
    if signer == run.proposal.node or signer not in run.proposal.members:
        raise RemoteError("wrong-signer", requirement="REQ-KEY-30", field="signer")


def check_same_confirm(run: Run, frame: SignedFrame) -> None:
    """A member does not confirm twice in different words."""
    # REQ-KEY-28: as for the flows
    if run.confirms.get(frame.signer, frame.body) != frame.body:
        raise equivocation(run, frame.signer)


def check_not_early(run: Run) -> None:
    """The receiver holds the DOWN that is confirmed."""
    # REQ-KEY-31: it comes again when the receiver is ready
    if (run.state, Input.CONFIRM) not in TRANSITIONS:
        raise RemoteError("early-confirm", requirement="REQ-KEY-31")


def check_down_hash(run: Run, signer: NodeId, body: Confirm) -> None:
    """The signer holds the same DOWN."""
    # REQ-KEY-39: two DOWNs are the work of their maker, shown by who got the other one
    if body.down_hash != run.down_hash:
        maker = run.proposal.members[-1]
        raise RunError(
            "down-mismatch",
            requirement="REQ-KEY-39",
            digest=run.proposal.digest,
            culprit=maker,
            accuser=signer,
        )


def check_confirmation(run: Run, signer: NodeId, body: Confirm) -> None:
    """The signer holds the same key."""
    # REQ-KEY-32: a wrong MAC is proof against its signer
    try:
        schedule.check_confirmation(run.held_secrets.confirm, signer, body.confirmation)
    except RemoteError as wrong:
        raise RunError(
            wrong.reason, requirement=wrong.requirement, digest=run.proposal.digest, culprit=signer
        ) from wrong


def check_up(run: Run, frame: SignedFrame, body: Up) -> None:
    """The checks on an UP that is no repeat, after the run was found."""
    check_same_flow(run, run.up, frame)
    check_turn(run, run.up_input)
    check_flow_signer(frame.signer, run.proposal.members[run.proposal.position - 1])
    check_up_count(run, body)
    elements.check_flow(run.proposal.suite, body.entries, body.total)


def check_down(run: Run, frame: SignedFrame, body: Down, earlier: bytes | None) -> None:
    """The checks on a DOWN that is no repeat, after the run was found."""
    check_same_flow(run, run.down, frame)
    check_turn(run, Input.DOWN)
    check_flow_signer(frame.signer, run.proposal.members[-1])
    check_down_count(run, body)
    elements.check_flow(run.proposal.suite, body.entries)
    check_refreshed(run, body, earlier)


def check_confirm(run: Run, frame: SignedFrame, body: Confirm) -> None:
    """The checks on a CONFIRM that is no repeat, after the run was found and its signer is known to be a
    member."""
    check_same_confirm(run, frame)
    check_not_early(run)
    check_down_hash(run, frame.signer, body)
    check_confirmation(run, frame.signer, body)
