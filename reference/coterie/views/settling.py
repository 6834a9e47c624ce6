"""Whose refusals count: which of those that answered a proposal cannot be in one view.

Implements REQ-VIE-16. No view holds two members one of which refuses the other; who has to stay out depends
on where the two come from.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie.vocabulary import NO_VIEW, NodeId
from coterie.wire.bodies import Flush

Answers = Mapping[NodeId, Flush]
"""The FLUSH of each candidate that has answered, the proposer's own included."""


def loser(answers: Answers, proposer: NodeId, refuser: NodeId, refused: NodeId) -> NodeId:
    """Which of the two stays out."""
    home = answers[proposer].previous_view
    of_refuser, of_refused = answers[refuser].previous_view, answers[refused].previous_view
    # REQ-VIE-16: between members of one view the refuser; an incumbent's refusal keeps a newcomer out, and
    # a newcomer's refusal itself; never the proposer
    if proposer in {refuser, refused}:
        return refused if refuser == proposer else refuser
    if of_refuser == of_refused != NO_VIEW:
        return refuser
    if home != NO_VIEW and home in {of_refuser, of_refused}:
        return refused if of_refuser == home else refuser
    return max(refuser, refused)


def component(answers: Answers, proposer: NodeId, node: NodeId) -> frozenset[NodeId]:
    """Who stays out with `node`: all who come from the same foreign view."""
    view = answers[node].previous_view
    if view in {NO_VIEW, answers[proposer].previous_view}:
        return frozenset({node})
    return frozenset(each for each, flush in answers.items() if flush.previous_view == view)


def settle(answers: Answers, proposer: NodeId) -> frozenset[NodeId]:
    """All who stay out. Pairs are looked at in order, and no more once one of them is out."""
    out: set[NodeId] = set()
    for refuser in sorted(answers):
        for refused in sorted(set(answers[refuser].refused) & answers.keys()):
            if refuser not in out and refused not in out:
                out |= component(answers, proposer, loser(answers, proposer, refuser, refused))
    return frozenset(out)
