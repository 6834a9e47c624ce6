"""Whose refusals count: which of those that answered a proposal cannot be in one view.

Implements REQ-VIE-16. No view holds two members one of which refuses the other; who has to stay out depends
on where the two come from.
"""

from __future__ import annotations

from collections.abc import Mapping

from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire.bodies import Flush

Answers = Mapping[NodeId, Flush]
"""The FLUSH of each candidate that has answered, the proposer's own included."""


def component(answers: Answers, node: NodeId) -> frozenset[NodeId]:
    """All who come from the view that `node` comes from; `node` alone where it comes from none."""
    view = answers[node].previous_view
    if view == NO_VIEW:
        return frozenset({node})
    return frozenset(each for each, flush in answers.items() if flush.previous_view == view)


def left_out(answers: Answers, proposer: NodeId, refuser: NodeId, refused: NodeId) -> frozenset[NodeId]:
    """Who stays out because one refuses the other."""
    home: ViewId = answers[proposer].previous_view
    views = (answers[refuser].previous_view, answers[refused].previous_view)
    # REQ-VIE-16: between members of one view the refuser; an incumbent's refusal keeps a newcomer out, and
    # a newcomer's refusal itself
    if views[0] == views[1] != NO_VIEW:
        out = frozenset({refuser})
    elif refuser == proposer or views[0] == home != NO_VIEW:
        out = component(answers, refused)
    elif refused == proposer or views[1] == home != NO_VIEW:
        out = component(answers, refuser)
    else:
        out = component(answers, max(refuser, refused))
    return out - {proposer}


def settle(answers: Answers, proposer: NodeId) -> frozenset[NodeId]:
    """All who stay out. Pairs are looked at in order, and no more once one of them is out."""
    out: set[NodeId] = set()
    for refuser in sorted(answers):
        for refused in sorted(set(answers[refuser].refused) & answers.keys()):
            if refuser not in out and refused not in out:
                out |= left_out(answers, proposer, refuser, refused)
    return frozenset(out)
