"""What the peer answers to a PROPOSE that it refuses, and what it makes of such an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import Puppet
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import candidate, group
from coterie_kit.suite._scenes import Scene, refuse_reply, scene
from coterie_kit.suite._stage import Said, accepts

JUMP, NEWCOMER_JUMP = 2**32, 2**62


def _without(here: Scene, who: Puppet) -> Draft:
    now, _ = frames.read_body("PROPOSE", here.draft.body)
    return here.draft.with_body(candidates=[row for row in now["candidates"] if row["node_id"] != who.node])


# ---------------------------------------------------------------- the answer to a refusal


def _refuse_in(said: Sequence[Said]) -> dict[str, Any]:
    return next((dict(one.frame.body) for one in said if one.type == "REFUSE"), {})


def answered(here: Scene, draft: Draft, reason: str, name: str) -> None:
    """What is refused here is judged elsewhere; that the refusal is answered is judged now."""
    reply = here.stage.deliver(draft.octets(), draft.source)
    here.stage.need(reply.reason == reason, f"{name}: {reply.said()}")
    trouble = refuse_reply(here.stage, draft, reason)(reply.sends)
    here.stage.judge.check(f"{name}.wire", not trouble, expected="one REFUSE", observed=trouble)


@case(
    "views.propose.refuse-stale",
    reqs=["REQ-VIE-28"],
    type="REFUSE",
    operator="conforming-refuse-of-a-stale-propose",
    fresh=True,
)
def _refuse_stale(judge: Judge) -> None:
    here = scene(judge, "PROPOSE", counter=judge.random.randrange(3, 2**31))
    draft = here.draft.with_body(counter=here.stage.counter)
    answered(here, draft, "stale-proposal", "of-the-view")
    seen = here.stage.counter + judge.random.randrange(2, 2**31)
    stage = here.notes["group"]
    here.stage.need(
        here.stage.deliver(here.draft.with_body(counter=seen).octets(), here.puppet).ok, "PROPOSE"
    )
    reply = stage.deliver(draft.octets(), here.puppet)
    body = _refuse_in(stage.said(reply))
    told = [row["value"] for row in body.get("extensions", []) if row["type"] == 0x0004]
    judge.equal("counter", told, [seen.to_bytes(8, "big")], field="body.extensions")


@case(
    "views.propose.refuse",
    reqs=["REQ-VIE-28"],
    type="REFUSE",
    operator="conforming-refuse-of-a-propose",
    fresh=True,
)
def _refuse(judge: Judge) -> None:
    here = scene(judge, "PROPOSE")
    body = here.draft.body
    answered(here, here.draft.changed(body=body[:9]), "truncated-body", "structure")
    answered(here, here.draft.with_body(candidate_count=0), "count-out-of-range", "count")
    answered(here, _without(here, here.stage.subject), "self-absent", "rows")
    answered(here, here.draft.with_body(counter=2**50), "counter-jump", "counter")
    answered(here, here.draft.with_body(permits=[b"\x01"]), "bad-permit", "permit")
    other = here.notes["group"].members[2]
    theirs = here.draft.changed(maker=other, source=other.address).with_prefix(
        signer=other.node, incarnation=other.incarnation, sequence=judge.random.randrange(3, 2**40)
    )
    answered(here, theirs, "not-proposer", "authority")
    here.twin()


@case(
    "views.join.refuse",
    reqs=["REQ-VIE-28"],
    type="REFUSE",
    operator="conforming-refuse-of-a-join",
    fresh=True,
)
def _refuse_join(judge: Judge) -> None:
    here = scene(judge, "JOIN")
    stage, row = here.notes["group"], candidate(here.puppet)
    answered(here, here.draft.changed(body=here.draft.body[:5]), "truncated-body", "structure")
    answered(here, here.draft.with_body(members=[row, row]), "duplicate-member", "rows")
    other = row | {"node_id": judge.octets(32)}
    answered(here, here.draft.with_body(members=[other]), "proposer-absent", "signer")
    answered(here, here.draft.with_body(view_id=stage.view), "own-view", "view")
    here.twin()


@case(
    "views.propose.no-refuse", reqs=["REQ-VIE-28"], type="PROPOSE", operator="refused-in-silence", fresh=True
)
def _no_refuse(judge: Judge) -> None:
    here = scene(judge, "PROPOSE")
    own = here.stage.subject.node
    faults = {
        "bad-signature": here.draft.changed(spoil=True),
        "wrong-destination": here.draft.with_prefix(destination=own),
        "wrong-incarnation": here.draft.with_prefix(incarnation=3),
    }
    for reason, draft in faults.items():
        reply = here.stage.deliver(draft.octets(), draft.source)
        here.stage.need(reply.reason == reason, f"{reason}: {reply.said()}")
        judge.check(f"{reason}.wire", not reply.sends, expected="silence", observed=len(reply.sends))
    here.twin()


def _refusing(kind: str, extension: bytes | None, offset: int, *, member: bool) -> Callable[[Judge], None]:
    """The peer proposes, and a REFUSE tells it a counter that is greater, or one that says nothing."""

    def story(judge: Judge) -> None:
        here = group(judge, n=2, rank=0)
        guest = here.met()[0]
        asked = here.asked_to_admit([guest])
        who = here.puppets[0] if member else guest
        counter = asked.frame.body["counter"]
        seen = counter + offset
        value = seen.to_bytes(8, "big") if extension is None else extension
        values = {
            "refused_sequence": asked.frame.prefix["sequence"],
            "reason": registry.reason("stale-proposal").code,
            "refused_type": registry.frame("PROPOSE").code,
            "extensions": [{"type": 0x0004, "value": value}],
        }
        reply = here.deliver(who.make("REFUSE", values, here.subject.node), who)
        accepts(judge, reply, "refuse")
        made = sorted({said.frame.body["counter"] for said in here.said(reply) if said.type == "PROPOSE"})
        after = [said for one in here.keep_alive(750, step=250) for said in here.said(one)]
        later = sorted({said.frame.body["counter"] for said in after if said.type == "PROPOSE"})
        if kind == "taken":
            judge.equal("next", made, [seen + 1], reqs=["REQ-VIE-4"], field="body.counter")
        else:
            judge.equal("next", made, [], field="body.counter")
            judge.equal("the-same-again", later, [counter], field="body.counter")

    return story


for _name, _kind, _extension, _offset, _member in (
    ("greater", "taken", None, 41, True),
    ("equal", "taken", None, 0, False),
    ("at-the-limit", "taken", None, JUMP, True),
    ("at-the-limit-of-newcomers", "taken", None, NEWCOMER_JUMP, False),
    ("lower", "ignored", None, -1, True),
    ("too-far", "ignored", None, JUMP + 1, True),
    ("too-far-for-newcomers", "ignored", None, NEWCOMER_JUMP + 1, False),
    ("of-seven-octets", "ignored", bytes(6) + b"\x09", 0, True),
    ("of-nine-octets", "ignored", bytes(8) + b"\x09", 0, False),
):
    case(
        f"views.propose.overtaken-{_name}",
        reqs=["REQ-VIE-28", "REQ-VIE-4"] if _kind == "taken" else ["REQ-VIE-28"],
        type="REFUSE",
        operator=f"conforming-counter-{_name}",
        fresh=True,
    )(_refusing(_kind, _extension, _offset, member=_member))
