"""Mutants of the chapter on the key run: INSTALL, the order of members, flows in turn, confirmations."""

from __future__ import annotations

from typing import Any

from coterie.mutants.registry import Function, Mutant, dropped, refusing_as

VIEWS = "coterie.views"
ORDER = f"{VIEWS}.order"
PROPOSAL = f"{VIEWS}.proposal"


def _lowest_set_loses(_original: Function) -> Function:
    from coterie.views import order
    from coterie.vocabulary import NO_VIEW

    def find_base(members: Any) -> Any:
        sets: dict[Any, list[Any]] = {}
        for row in members:
            if row.previous_view != NO_VIEW:
                sets.setdefault(row.previous_view, []).append(row.node_id)
        if not sets:
            return order.NO_BASE
        size = max(len(known) for known in sets.values())
        view = max((each for each in sets if len(sets[each]) == size), key=lambda each: min(sets[each]))
        return order.Base(view, tuple(sets[view]))

    return find_base


def _no_rotation(_original: Function) -> Function:
    return lambda members: members


def _digest_without_first(original: Function) -> Function:
    return lambda counter, digest: original(counter, digest[1:] + digest[:1])


def _own_contact_only(original: Function) -> Function:
    return lambda members: original(members[:1])


def _equal_counter_passes(original: Function) -> Function:
    return lambda counter, seen: original(counter, seen - 1)


def _rows_without_leaves(original: Function) -> Function:
    from dataclasses import replace

    def check(members: Any, partners: Any) -> None:
        known = [
            replace(row, leaf_hash=partners[row.node_id].leaf_hash) if row.node_id in partners else row
            for row in members
        ]
        original(known, partners)

    return check


def _same_for_every_install(_original: Function) -> Function:
    def draw(standing: Any, proposal: Any, label: str) -> Any:
        octets = standing.entropy(label, standing.overlay + bytes(32), proposal.suite.contribution)
        return proposal.suite.scalar_from_draw(octets)

    return draw


def _total_in_down(original: Function) -> Function:
    from dataclasses import replace

    def pass_on(self: Any, run: Any, flow: Any, now: Any) -> Any:
        if run.proposal.position == run.proposal.size - 1 and run.proposal.size > 1:
            flow = replace(flow, entries=(flow.total, *flow.entries[1:]))
        return original(self, run, flow, now)

    return pass_on


def _any_earlier_member(original: Function) -> Function:
    return lambda signer, expected: None if signer < expected else original(signer, expected)


def _accuser_is_culprit(original: Function) -> Function:
    from coterie.views.faults import RunError

    def check(run: Any, signer: Any, body: Any) -> None:
        try:
            original(run, signer, body)
        except RunError as fault:
            fault.culprit, fault.accuser = signer, None
            raise

    return check


def _run_goes_on(original: Function) -> Function:
    return lambda self, fault: [] if fault.reason == "equivocation" else original(self, fault)


def _install_one_early(original: Function) -> Function:
    def on_confirm(self: Any, frame: Any, body: Any, now: Any) -> Any:
        effects = original(self, frame, body, now)
        run = self.run
        if run is not None and len(run.missing) == 1 and run.proposal.size > 2:
            effects = effects + self._install(run)
        return effects

    return on_confirm


def _answers_everything(original: Function) -> Function:
    return lambda self, run, frame: self._answer(run, frame.signer) or original(self, run, frame)


def _answers_nothing(_original: Function) -> Function:
    return lambda _self, _run, _asker: []


def _old_run_survives(original: Function) -> Function:
    def begin(self: Any, accepted: Any, now: Any, outgoing: Any) -> Any:
        effects = original(self, accepted, now, outgoing)
        return [effect for effect in effects if getattr(effect, "name", "") != "run-failed"]

    return begin


def _to_all_again(_original: Function) -> Function:
    from coterie.effects import Send

    def sends(self: Any, run: Any, flow: Any) -> Any:
        receivers = (flow.to,) if flow.to else run.proposal.others
        return [Send(self._standing.overlay, run.proposal.addresses[to], flow.frame) for to in receivers]

    return sends


def _late(_original: Function) -> Function:
    return lambda now: now.mono_ms + 500


def _nobody_missing(original: Function) -> Function:
    def end(self: Any, how: Any, told: Any) -> Any:
        return original(self, how, {**told, "missing": ()} if "missing" in told else told)

    return end


MUTANTS = (
    Mutant("member-twice", "REQ-KEY-7", "dropped", f"{PROPOSAL}:check_no_duplicate", dropped,
           "A Node-ID may stand twice among the members."),
    Mutant("self-absent-passes", "REQ-KEY-8", "altered", f"{PROPOSAL}:check_self_among",
           refusing_as("proposer-absent"), "An INSTALL without the receiver is refused for its proposer."),
    Mutant("proposer-absent-passes", "REQ-KEY-8", "dropped", f"{PROPOSAL}:check_proposer_among", dropped,
           "A view may be made by who is no member of it."),
    Mutant("member-unreachable", "REQ-KEY-9", "dropped", f"{PROPOSAL}:check_contacts", dropped,
           "Members' contacts are not looked at."),
    Mutant("member-unreachable-later", "REQ-KEY-9", "altered", f"{PROPOSAL}:check_contacts",
           _own_contact_only, "Only the first member's contact is looked at."),
    Mutant("suite-unassigned", "REQ-KEY-10", "altered", f"{PROPOSAL}:check_suite_known",
           refusing_as("bad-order"), "An unassigned suite is refused for another reason."),
    Mutant("suite-not-offered", "REQ-KEY-10", "dropped", f"{PROPOSAL}:check_suite_offered", dropped,
           "A suite need not be offered by every member."),
    Mutant("suite-changes-under-the-base", "REQ-KEY-10", "dropped", f"{PROPOSAL}:check_suite_kept", dropped,
           "A view may have another suite than the one that its base comes from."),
    Mutant("base-anywhere", "REQ-KEY-11", "dropped", f"{ORDER}:check_base_first", dropped,
           "Newcomers may stand before the base."),
    Mutant("base-tie-reversed", "REQ-KEY-11", "altered", f"{ORDER}:find_base", _lowest_set_loses,
           "Of two sets of one size the one without the lowest Node-ID is the base."),
    Mutant("newcomers-in-any-order", "REQ-KEY-11", "dropped", f"{ORDER}:check_newcomers_ascending", dropped,
           "Newcomers may stand in any order."),
    Mutant("base-in-any-order", "REQ-KEY-11", "dropped", f"{ORDER}:check_base_order", dropped,
           "The base may change its order."),
    Mutant("refresh-without-rotation", "REQ-KEY-11", "altered", f"{ORDER}:rotate", _no_rotation,
           "A refresh leaves the order as it was."),
    Mutant("cut-views-any", "REQ-KEY-12", "dropped", f"{PROPOSAL}:check_cut_views", dropped,
           "Cuts may name any views in any order."),
    Mutant("cut-senders-any", "REQ-KEY-12", "dropped", f"{PROPOSAL}:check_cut_senders", dropped,
           "Senders and holders of a cut are not looked at."),
    Mutant("member-without-session", "REQ-KEY-13", "dropped", f"{PROPOSAL}:check_sessions", dropped,
           "A run may begin with members that were never greeted."),
    Mutant("member-of-another-life", "REQ-KEY-13", "dropped", f"{PROPOSAL}:check_rows", dropped,
           "Incarnation and leaf of a member are not compared with its session."),
    Mutant("member-with-another-leaf", "REQ-KEY-13", "altered", f"{PROPOSAL}:check_rows",
           _rows_without_leaves, "The leaf of a member is not compared with its session."),
    Mutant("counter-stale", "REQ-KEY-14", "dropped", f"{PROPOSAL}:check_counter_fresh", dropped,
           "The counter of an INSTALL may be any earlier one."),
    Mutant("counter-equal", "REQ-KEY-14", "altered", f"{PROPOSAL}:check_counter_fresh",
           _equal_counter_passes, "The counter of an INSTALL may be the one of the latest."),
    Mutant("counter-leaps", "REQ-KEY-14", "dropped", f"{PROPOSAL}:check_counter_near", dropped,
           "The counter of an INSTALL may be any later one."),
    Mutant("install-twice", "REQ-KEY-15", "dropped", f"{VIEWS}.machine:Views._check_one_body", dropped,
           "A second INSTALL of one counter is refused as stale, and nobody is named."),
    Mutant("previous-view-any", "REQ-KEY-16", "dropped", f"{PROPOSAL}:check_own_previous_view", dropped,
           "The previous view stated for the receiver is not compared."),
    Mutant("clock-base-any", "REQ-KEY-17", "dropped", f"{PROPOSAL}:check_clock", dropped,
           "The clock base may be any timestamp."),
    Mutant("superseded-in-silence", "REQ-KEY-18", "altered", f"{VIEWS}.machine:Views._begin",
           _old_run_survives, "Nobody is told that a greater INSTALL ended a run."),
    Mutant("contribution-drawn-once", "REQ-KEY-22", "altered", f"{VIEWS}.contribution:draw_scalar",
           _same_for_every_install, "What is drawn for a run does not depend on its INSTALL."),
    Mutant("total-in-down", "REQ-KEY-21", "altered", f"{VIEWS}.machine:Views._pass_on", _total_in_down,
           "The first entry of DOWN is the total."),
    Mutant("view-id-of-other-octets", "REQ-KEY-40", "altered", f"{PROPOSAL}:view_of", _digest_without_first,
           "The view id holds the octets 1 to 8 of the digest instead of 0 to 7."),
    Mutant("run-any", "REQ-KEY-23", "altered", f"{VIEWS}.checks:check_run_known", refusing_as("out-of-turn"),
           "A flow of no run is refused as out of turn."),
    Mutant("turn-any", "REQ-KEY-24", "altered", f"{VIEWS}.checks:check_turn", refusing_as("wrong-signer"),
           "A flow out of turn is refused for its signer."),
    Mutant("flow-signer-any", "REQ-KEY-25", "dropped", f"{VIEWS}.checks:check_flow_signer", dropped,
           "Every member may send every flow."),
    Mutant("flow-signer-lower", "REQ-KEY-25", "altered", f"{VIEWS}.checks:check_flow_signer",
           _any_earlier_member, "Members with a lower Node-ID than the right one may send the flow."),
    Mutant("up-count-any", "REQ-KEY-26", "dropped", f"{VIEWS}.checks:check_up_count", dropped,
           "An UP may have any number of entries."),
    Mutant("down-count-any", "REQ-KEY-26", "altered", f"{VIEWS}.checks:check_down_count",
           refusing_as("out-of-turn"), "A DOWN with a wrong number of entries is refused as out of turn."),
    Mutant("unrefreshed-passes", "REQ-KEY-27", "dropped", f"{VIEWS}.checks:check_refreshed", dropped,
           "An entry may be the one of the previous view."),
    Mutant("equivocation-passes", "REQ-KEY-28", "dropped", f"{VIEWS}.checks:check_same_flow", dropped,
           "A second body of one flow is judged by its turn alone."),
    Mutant("confirm-equivocation-passes", "REQ-KEY-28", "dropped", f"{VIEWS}.checks:check_same_confirm",
           dropped, "A second CONFIRM of a member takes the place of the first."),
    Mutant("run-survives-its-culprit", "REQ-KEY-28", "altered", f"{VIEWS}.machine:Views.fail", _run_goes_on,
           "Proof against a member does not end the run."),
    Mutant("confirm-early-is-unknown", "REQ-KEY-31", "altered", f"{VIEWS}.checks:check_not_early",
           refusing_as("no-run"), "A CONFIRM before its DOWN is refused as of no run."),
    Mutant("down-hash-any", "REQ-KEY-39", "dropped", f"{VIEWS}.checks:check_down_hash", dropped,
           "The DOWN hash of a CONFIRM is not compared."),
    Mutant("accuser-named", "REQ-KEY-39", "altered", f"{VIEWS}.checks:check_down_hash", _accuser_is_culprit,
           "Who shows another DOWN is named as the culprit."),
    Mutant("view-before-last-confirm", "REQ-KEY-34", "altered", f"{VIEWS}.machine:Views.on_confirm",
           _install_one_early, "A view is installed when one CONFIRM is still missing."),
    Mutant("confirm-answers-answers", "REQ-KEY-33", "altered", f"{VIEWS}.machine:Views._answer_confirm",
           _answers_everything, "An addressed CONFIRM that comes again is answered."),
    Mutant("repeats-unanswered", "REQ-KEY-33", "dropped", f"{VIEWS}.machine:Views._answer", _answers_nothing,
           "A peer that has the view answers no repeat."),
    Mutant("flows-to-everyone-again", "REQ-KEY-35", "altered", f"{VIEWS}.machine:Views._sends", _to_all_again,
           "Flows are repeated to members that have confirmed as well."),
    Mutant("flows-resent-late", "REQ-KEY-35", "altered", f"{VIEWS}.machine:resend_after", _late,
           "Flows are repeated every 500 ms."),
    Mutant("missing-unnamed", "REQ-KEY-36", "altered", f"{VIEWS}.machine:Views._end", _nobody_missing,
           "A run that times out does not say whose CONFIRM is missing."),
)  # fmt: skip
