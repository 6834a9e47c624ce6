"""Who may propose to the peer: by turn, or by a permit that is one."""

from __future__ import annotations

from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import contact
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._group import Group, candidate, group
from coterie_kit.suite._group_scenes import asked_scene, drafted, foreign_scene
from coterie_kit.suite._scenes import Scene
from coterie_kit.suite._stage import accepts

# ---------------------------------------------------------------- permits


def _own_join(here: Group, **changes: Any) -> Draft:
    """The peer's own JOIN as it could have signed it."""
    own, frame = here.subject, frames.read(here.permit)
    draft = Draft("JOIN", here.overlay, frame.body_octets, own.address, maker=own, prefix=frame.prefix)
    return draft.changed(**changes)


def _unreadable(here: Group) -> dict[str, bytes]:
    """Octets that are no good frame, by a rule of the frames."""
    good, join = here.permit, _own_join(here)
    return {
        "octet-less": good[:-1],
        "header-alone": good[:24],
        "one-octet": good[:1],
        "magic": bytes([good[0] ^ 1]) + good[1:],
        "version": join.with_header(version=2).octets(),
        "type-unknown": join.with_header(type=0x28).octets(),
        "protection": join.with_header(protection=2).octets(),
        "reserved": join.with_header(reserved=1).octets(),
        "body-cut": join.changed(body=join.body[:-3]).octets(),
        "no-member": join.changed(body=bytes(17)).octets(),
        "critical-extension": join.changed(body=join.body + b"\x80\x77\x00\x00").octets(),
    }


def _strange(here: Group) -> dict[str, bytes]:
    """Good frames that are no permit of the peer for the puppet."""
    judge, by, join = here.judge, here.others[0], _own_join(here)
    return {
        "octet-more": here.permit + b"\x00",
        "another-type": here.subject.make("LEAVE", {"view_id": bytes(16)}, by.node),
        "another-overlay": join.changed(overlay=judge.octets(16)).octets(),
        "for-another": join.with_prefix(destination=judge.octets(32)).octets(),
        "for-all": join.with_prefix(destination=bytes(32)).octets(),
    }


@case(
    "views.propose.permit-broken", reqs=["REQ-VIE-30"], type="PROPOSE", operator="permit-broken", fresh=True
)
def _permit_broken(judge: Judge) -> None:
    here = asked_scene(judge)
    stage = here.notes["group"]
    for name, octets in _strange(stage).items():
        here.refuses(here.draft.with_body(permits=[octets]), "bad-permit", name)
    for name, octets in _unreadable(stage).items():
        draft = here.draft.with_body(permits=[octets])
        reply = stage.deliver(draft.octets(), draft.source)
        # a peer that takes such frames anywhere is judged where they are
        stage.need(not reply.ok, f"{name}: it takes such a frame")
        judge.refused(reply, "bad-permit", name=name)
    here.refuses(here.draft.with_body(permits=[stage.permit, judge.octets(90)]), "bad-permit", "second")
    here.twin()


@case(
    "views.propose.permit-forged", reqs=["REQ-VIE-30"], type="PROPOSE", operator="permit-forged", fresh=True
)
def _permit_forged(judge: Judge) -> None:
    here = asked_scene(judge)
    stage = here.notes["group"]
    join, other = _own_join(stage), here.puppet
    moved = join.with_body(members=[candidate(stage.subject, contact=contact("192.0.2.9:9"))]).octets()
    forged = {
        "spoiled": join.changed(spoil=True).octets(),
        "signed-by-the-proposer": join.changed(maker=other).octets(),
        "another-body": moved[:-64] + join.octets()[-64:],
    }
    for name, octets in forged.items():
        here.refuses(here.draft.with_body(permits=[octets]), "bad-permit", name)
    here.twin()


@case(
    "views.propose.permit-of-the-coordinator-forged",
    reqs=["REQ-VIE-30"],
    type="PROPOSE",
    operator="coordinators-permit-forged",
    fresh=True,
)
def _lead_forged(judge: Judge) -> None:
    stage, stranger, permit, propose = foreign_scene(judge)
    here = Scene(stage, propose)
    lead = stage.members[0]
    faults = {
        "spoiled": permit.changed(spoil=True),
        "signed-by-the-proposer": permit.changed(maker=stranger),
        "another-life": permit.with_prefix(incarnation=lead.incarnation - 1),
        "for-another": permit.with_prefix(destination=stage.subject.node),
    }
    for name, fault in faults.items():
        here.refuses(propose.with_body(permits=[fault.octets()]), "bad-permit", name)
    here.twin(propose.with_body(permits=[permit.octets()]))


@case(
    "views.propose.permit-of-others-unread",
    reqs=["REQ-VIE-30", "REQ-FRM-15"],
    type="PROPOSE",
    operator="conforming-permit-of-others",
    fresh=True,
)
def _others_permit(judge: Judge) -> None:
    """Whether a permit of another component is signed well is for its own members to see."""
    here = asked_scene(judge)
    stage = here.notes["group"]
    far = stage.newcomer()
    spoiled = drafted(
        stage, "JOIN", far, {"view_id": judge.octets(16), "members": [candidate(far)]}, here.puppet.node
    ).changed(spoil=True)
    here.twin(here.draft.with_body(permits=[spoiled.octets(), stage.permit]))


# ---------------------------------------------------------------- authority


@case(
    "views.propose.out-of-turn",
    reqs=["REQ-VIE-9"],
    type="PROPOSE",
    operator="proposer-out-of-turn",
    fresh=True,
)
def _turn(judge: Judge) -> None:
    here = group(judge, n=4, rank=judge.random.choice([2, 3]))
    first, second = here.members[:2]
    rows = [candidate(one) for one in here.everyone]
    early = Scene(here, drafted(here, "PROPOSE", second, {"counter": here.counter + 1, "candidates": rows}))
    early.refuses(early.draft, "not-proposer", "second-while-the-first-is-there")
    here.keep_alive(1700, silent=[first], step=425)
    early.refuses(early.draft, "not-proposer", "before-it-is-suspected")
    here.keep_alive(900, silent=[first], step=450)
    early.twin(name="the-first-is-suspected")


@case(
    "views.propose.before-the-signer",
    reqs=["REQ-VIE-9"],
    type="PROPOSE",
    operator="receiver-stands-before",
    fresh=True,
)
def _before(judge: Judge) -> None:
    here = group(judge, n=3, rank=judge.random.choice([0, 1]))
    last = here.members[-1]
    rows = [candidate(one) for one in here.everyone]
    early = Scene(here, drafted(here, "PROPOSE", last, {"counter": here.counter + 1, "candidates": rows}))
    early.refuses(early.draft, "not-proposer", "the-last")
    here.keep_alive(1900)
    early.refuses(early.draft, "not-proposer", "the-last-later")


@case(
    "views.propose.after-a-leave",
    reqs=["REQ-VIE-9", "REQ-VIE-42"],
    type="PROPOSE",
    operator="conforming-first-left",
    fresh=True,
)
def _after_leave(judge: Judge) -> None:
    here = group(judge, n=3, rank=2)
    first, second = here.members[:2]
    here.need(here.deliver(first.make("LEAVE", {"view_id": here.view}), first).ok, "LEAVE was refused")
    accepts(judge, here.put(here.propose(second, [second, here.subject])), "the-second")


@case(
    "views.propose.stranger",
    reqs=["REQ-VIE-9"],
    type="PROPOSE",
    operator="stranger-without-permit",
    fresh=True,
)
def _stranger(judge: Judge) -> None:
    stage, _, permit, propose = foreign_scene(judge, rank=2)
    here = Scene(stage, propose)
    here.refuses(propose, "not-proposer", "without-a-permit")
    second = stage.members[1]
    by_second = permit.changed(maker=second).with_prefix(
        signer=second.node, incarnation=second.incarnation, sequence=second.sequence + 1
    )
    here.refuses(propose.with_body(permits=[by_second.octets()]), "not-proposer", "of-another-member")
    elsewhere = permit.with_body(view_id=judge.octets(16))
    here.refuses(propose.with_body(permits=[elsewhere.octets()]), "not-proposer", "of-another-view")
    here.refuses(
        propose.with_body(permits=[permit.with_body(view_id=bytes(16)).octets()]),
        "not-proposer",
        "of-no-view",
    )
    here.twin(propose.with_body(permits=[elsewhere.octets(), permit.octets()]))


@case(
    "views.propose.permit-of-the-acting-coordinator",
    reqs=["REQ-VIE-9"],
    type="PROPOSE",
    operator="conforming-acting-coordinator",
    fresh=True,
)
def _acting(judge: Judge) -> None:
    stage, _, permit, propose = foreign_scene(judge, rank=2)
    first, second = stage.members[:2]
    stage.keep_alive(2600, silent=[first])
    by_second = permit.changed(maker=second).with_prefix(
        signer=second.node, incarnation=second.incarnation, sequence=second.sequence + 1
    )
    accepts(judge, stage.deliver(propose.with_body(permits=[by_second.octets()]).octets(), propose.source))


@case(
    "views.propose.not-asked",
    reqs=["REQ-VIE-9"],
    type="PROPOSE",
    operator="receiver-does-not-join",
    fresh=True,
)
def _notasked_scene(judge: Judge) -> None:
    here = asked_scene(judge)
    stage = here.notes["group"]
    here.refuses(here.draft.with_body(permits=[]), "not-proposer", "without-its-permit")
    quiet = Group(judge, n=2, rank=0)
    quiet.meet_all()
    rows = [candidate(one) for one in quiet.everyone]
    made = drafted(quiet, "PROPOSE", quiet.others[0], {"counter": 1, "candidates": rows})
    Scene(quiet, made).refuses(made, "not-proposer", "never-joined")
    again = asked_scene(judge)
    stage = again.notes["group"]
    stage.need(stage.peer.do("leave", stage.overlay).ok, "leave was refused")
    again.refuses(again.draft, "not-proposer", "gave-up-joining")


@case(
    "views.propose.by-permit-of-its-own",
    reqs=["REQ-VIE-9"],
    type="PROPOSE",
    operator="conforming-own-permit",
    fresh=True,
)
def _own_permit(judge: Judge) -> None:
    here = asked_scene(judge)
    here.twin()
