"""The order of checks: a frame with two faults is refused for the one that is checked first.

One case for each check of a chain: its fault together with each that is checked later. A peer that leaves
the check out, or does it later, gives another reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coterie_kit import frames, leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.puppets import member_row
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._scenes import Scene, class_of, message, scene

Change = Callable[[Scene, Draft], Draft]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, the requirement that it breaks and the reason for refusing it alone."""

    name: str
    req: str
    reason: str
    change: Change
    last: int = 0


def _story(kind: str, first: Fault, later: Sequence[Fault], how: dict[str, Any]) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, **how)
        alone = _faulty(here, [first])
        reply = here.stage.peer.deliver(alone.octets(), alone.source)
        here.stage.need(reply.reason == first.reason, f"{first.name} alone: {reply.said()}")
        before = here.stage.digest()
        for second in later:
            if (first.name, second.name) == ("too-long", "body"):
                continue  # a body that is cut off is not too long
            draft = _faulty(here, sorted([first, second], key=lambda fault: fault.last))
            reply = here.stage.peer.deliver(draft.octets(), draft.source)
            judge.refused(reply, first.reason, name=f"before-{second.name}")
        judge.equal("digest", here.stage.digest(), before)
        here.twin()

    return story


def _faulty(here: Scene, faults: Sequence[Fault]) -> Draft:
    draft = here.draft
    for fault in faults:
        draft = fault.change(here, draft)
    return draft


def chain(kind: str, faults: Sequence[Fault], home: str = __name__, **how: Any) -> None:
    """Registers for module ``home`` a case for each fault of frames of type ``kind``, with all later ones."""
    for position, first in enumerate(faults[:-1]):
        story = _story(kind, first, faults[position + 1 :], how)
        story.__module__ = home
        case(
            f"frames.{kind.lower()}.order-{first.name}",
            reqs=["REQ-FRM-13", first.req],
            type=kind,
            operator=f"order-{first.name}-first",
            cls=class_of(kind),
            fresh=True,
        )(story)


# ---------------------------------------------------------------- faults of any frame


def _header(**fields: int) -> Change:
    return lambda _here, draft: draft.with_header(**fields)


def _prefix(**fields: Any) -> Change:
    return lambda _here, draft: draft.with_prefix(**fields)


def _body(**values: Any) -> Change:
    return lambda _here, draft: draft.with_body(**values)


def _pad(size: int) -> Change:
    def change(_here: Scene, draft: Draft) -> Draft:
        missing = size - len(draft.octets()) - 4
        return draft.with_body(extensions=[{"type": 1, "value": bytes(missing)}])

    return change


def _cut_body(_here: Scene, draft: Draft) -> Draft:
    return draft.changed(body=draft.body[:7])


def _stranger(here: Scene, draft: Draft) -> Draft:
    return draft.with_prefix(signer=here.stage.judge.octets(32))


def _incarnation(_here: Scene, draft: Draft) -> Draft:
    return draft.with_prefix(incarnation=draft.prefix["incarnation"] + 1)


SOURCE = Fault("source", "REQ-FRM-1", "bad-source", lambda _h, d: d.changed(source="0.0.0.0:4000"))
HEAD = [
    SOURCE,
    Fault("magic", "REQ-FRM-3", "bad-magic", _header(magic=0xC07F)),
    Fault("version", "REQ-FRM-4", "unknown-version", _header(version=3)),
    Fault("overlay", "REQ-FRM-6", "unknown-overlay", lambda _h, d: d.changed(overlay=bytes(16))),
    Fault("type", "REQ-FRM-7", "unknown-type", _header(type=0x28)),
    Fault("protection", "REQ-FRM-8", "wrong-protection", _header(protection=3)),
    Fault("reserved", "REQ-FRM-9", "reserved-nonzero", _header(reserved=1)),
    Fault("length", "REQ-FRM-10", "bad-length", _header(length=5)),
]
SIGNER = Fault("signer", "REQ-SES-3", "no-session", _stranger)
INCARNATION = Fault("incarnation", "REQ-SES-4", "wrong-incarnation", _incarnation)
SIGNATURE = Fault("signature", "REQ-FRM-14", "bad-signature", lambda _h, d: d.changed(spoil=True))
DESTINATION = Fault("destination", "REQ-FRM-15", "wrong-destination", _prefix(destination=b"\x01" * 32))
BODY = Fault("body", "REQ-FRM-16", "truncated-body", _cut_body, last=2)
TOO_LONG = Fault("too-long", "REQ-FRM-11", "datagram-too-long", _pad(1300))

chain(
    "PING",
    [
        *HEAD,
        TOO_LONG,
        SIGNER,
        INCARNATION,
        Fault("sequence", "REQ-SES-6", "too-old", _prefix(sequence=0)),
        SIGNATURE,
        DESTINATION,
        BODY,
    ],
)


# ---------------------------------------------------------------- HELLO2 and HELLO3


def _expired(here: Scene, draft: Draft) -> Draft:
    recipe = leaves.good(here.puppet.key, here.stage.wall).changed(not_after=here.stage.wall // 1000 - 60)
    return draft.with_body(leaf=leaves.make(recipe))


def _as_the_peer(here: Scene, draft: Draft) -> Draft:
    own = here.stage.subject
    return draft.with_body(leaf=own.leaf).with_prefix(signer=own.node).changed(maker=own)


COOKIE = Fault("cookie", "REQ-SES-1", "bad-cookie", _body(cookie=bytes(32)))
TRANSCRIPT = Fault("transcript", "REQ-SES-10", "bad-transcript", _body(transcript=bytes(32)))
SUITES = Fault("suites", "REQ-SES-11", "bad-suites", _body(suites=[2, 1]))
LEAF = Fault("leaf", "REQ-LEF-10", "leaf-expired", _expired)
MISMATCH = Fault("signer", "REQ-SES-12", "signer-mismatch", _stranger)
OWN = Fault("own-identity", "REQ-SES-13", "own-identity", _as_the_peer)
ZERO = Fault("sequence", "REQ-SES-6", "too-old", _prefix(sequence=0))

chain("HELLO2", [*HEAD, BODY, COOKIE, TRANSCRIPT, SUITES, LEAF, MISMATCH, SIGNATURE, DESTINATION, ZERO])
chain(
    "HELLO3",
    [
        *HEAD,
        BODY,
        Fault("nonce", "REQ-SES-20", "unexpected-reply", _body(nonce=bytes(32))),
        TRANSCRIPT,
        Fault(
            "contact", "REQ-SES-21", "bad-contact", _body(coordinator=(bytes(10) + b"\xff\xff" + bytes(4), 9))
        ),
        Fault("roles", "REQ-SES-22", "bad-roles", _body(roles=3)),
        SUITES,
        LEAF,
        MISMATCH,
        SIGNATURE,
        DESTINATION,
        ZERO,
    ],
)


@case(
    "frames.hello2.order-own-identity",
    reqs=["REQ-FRM-13", "REQ-SES-13", "REQ-FRM-15"],
    type="HELLO2",
    operator="order-own-identity-first",
    fresh=True,
)
def _own_identity_first(judge: Judge) -> None:
    here = scene(judge, "HELLO2")
    draft = _faulty(here, [OWN, ZERO])
    here.refuses(draft, "own-identity", "before-sequence")
    here.refuses(
        _faulty(here, [OWN, DESTINATION]), "wrong-destination", "after-destination", reqs=["REQ-FRM-15"]
    )
    here.twin()


# ---------------------------------------------------------------- records

chain(
    "DATA",
    [
        *HEAD,
        TOO_LONG,
        Fault("sealed-reserved", "REQ-FRM-9", "reserved-nonzero", _prefix(reserved=7)),
        Fault("view", "REQ-REC-1", "unknown-view", _prefix(view_id=b"\x07" * 16)),
        Fault("sender-index", "REQ-REC-2", "bad-sender-index", _prefix(sender_index=2)),
        Fault("counter", "REQ-REC-3", "counter-range", _prefix(counter=2**32)),
        Fault("seal", "REQ-REC-6", "bad-seal", lambda _h, d: d.changed(spoil=True)),
        BODY,
    ],
)


def _values(**values: Any) -> Change:
    """Values of DATA, without reading what is there."""

    def change(here: Scene, draft: Draft) -> Draft:
        good: dict[str, Any] = here.notes.setdefault("values", {})
        good |= values
        one = message(
            good.get("timestamp", 2),
            kind=good.get("kind", 0),
            fragment_index=good.get("fragment_index", 0),
            fragment_count=good.get("fragment_count", 1),
        )
        body = {
            "first_sequence": good.get("first", 2),
            "acknowledged": good.get("acknowledged", 0),
            "messages": [one],
        }
        return draft.changed(body=frames.write_body("DATA", body))

    return change


def _value_story(first: Fault, later: Sequence[Fault]) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "DATA")
        for second in later:
            here.notes.pop("values", None)
            draft = _faulty(here, [first, second])
            here.refuses(draft, first.reason, f"before-{second.name}")
        here.twin()

    return story


VALUES = [
    Fault("sequence-value", "REQ-REC-7", "bad-sequence", _values(first=0)),
    Fault("timestamp", "REQ-REC-8", "bad-timestamp", _values(timestamp=0)),
    Fault("kind", "REQ-REC-9", "bad-payload-kind", _values(kind=4)),
    Fault("fragment", "REQ-REC-10", "bad-fragment", _values(fragment_count=0)),
    Fault("acknowledgement", "REQ-REC-11", "bad-acknowledgement", _values(acknowledged=2**40)),
]
for _position, _first in enumerate(VALUES[:-1]):
    case(
        f"frames.data.order-{_first.name}",
        reqs=["REQ-FRM-13", _first.req],
        type="DATA",
        operator=f"order-{_first.name}-first",
        fresh=True,
    )(_value_story(_first, VALUES[_position + 1 :]))


# ---------------------------------------------------------------- INSTALL and the flows


def _rows(change: Callable[[Scene, list[dict[str, Any]]], list[dict[str, Any]]]) -> Change:
    def apply(here: Scene, draft: Draft) -> Draft:
        now, _ = frames.read_body("INSTALL", draft.body)
        return draft.with_body(members=change(here, now["members"]))

    return apply


def _without(which: str) -> Change:
    def change(here: Scene, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        node = here.stage.subject.node if which == "self" else here.puppet.node
        return [row for row in rows if row["node_id"] != node]

    return _rows(change)


def _third_row(**values: Any) -> Change:
    """The row of the member that is neither the peer nor the proposer."""

    def change(here: Scene, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        known = {here.stage.subject.node, here.puppet.node}
        return [row | values if row["node_id"] not in known else row for row in rows]

    return _rows(change)


def _own_row(**values: Any) -> Change:
    def change(here: Scene, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        own = here.stage.subject.node
        return [row | values if row["node_id"] == own else row for row in rows]

    return _rows(change)


def _with_stranger(here: Scene, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if "stranger" not in here.notes:
        here.notes["stranger"] = member_row(here.stage.newcomer())
    at = here.notes["stranger"]["node_id"]
    place = next(
        (i for i, row in enumerate(rows) if row["node_id"] > at and not any(row["previous_view"])), len(rows)
    )
    return [*rows[:place], here.notes["stranger"], *rows[place:]]


NO_CUT = [{"previous_view": b"\x05" * 16, "senders": []}]
chain(
    "INSTALL",
    [
        *HEAD,
        SIGNER,
        INCARNATION,
        SIGNATURE,
        DESTINATION,
        BODY,
        Fault("duplicate", "REQ-KEY-7", "duplicate-member", _rows(lambda _h, rows: [*rows, rows[-1]])),
        Fault("self-absent", "REQ-KEY-8", "self-absent", _without("self")),
        Fault("contact", "REQ-KEY-9", "bad-contact", _third_row(contact=(bytes(16), 0))),
        Fault("suite", "REQ-KEY-10", "unknown-suite", _body(suite=9)),
        Fault("member-order", "REQ-KEY-11", "bad-order", _rows(lambda _h, rows: rows[::-1])),
        Fault("cut", "REQ-KEY-12", "bad-cut", _body(cuts=NO_CUT)),
        Fault("stranger", "REQ-KEY-13", "unknown-member", _rows(_with_stranger), last=1),
        Fault("mismatch", "REQ-KEY-13", "member-mismatch", _third_row(incarnation=77)),
        Fault("counter", "REQ-KEY-14", "stale-counter", _body(counter=0)),
        Fault("previous-view", "REQ-KEY-16", "previous-view-mismatch", _own_row(previous_view=b"\x09" * 16)),
        Fault("clock", "REQ-KEY-17", "clock-jump", _body(clock_base=2**40)),
    ],
)
FLOW_HEAD = [*HEAD, SIGNER, INCARNATION, SIGNATURE, DESTINATION, BODY]
RUN = Fault("digest", "REQ-KEY-23", "no-run", _body(install_digest=b"\x03" * 32))


def _third_signs(here: Scene, draft: Draft) -> Draft:
    other = next(one for one in here.run.puppets if one is not here.puppet)
    return draft.changed(maker=other).with_prefix(
        signer=other.node, incarnation=other.incarnation, sequence=2
    )


WRONG_SIGNER = Fault("wrong-signer", "REQ-KEY-25", "wrong-signer", _third_signs, last=-1)


def _element(value: bytes, place: int = 0) -> Change:
    def change(_here: Scene, draft: Draft) -> Draft:
        now, _ = frames.read_body(draft.type, draft.body)
        entries = list(now["entries"])
        entries[min(place, len(entries) - 1)] = value
        return draft.with_body(entries=entries)

    return change


def _repeat(_here: Scene, draft: Draft) -> Draft:
    now, _ = frames.read_body(draft.type, draft.body)
    return draft.with_body(entries=[now["entries"][0]] * len(now["entries"]))


def _longer(here: Scene, draft: Draft) -> Draft:
    now, _ = frames.read_body(draft.type, draft.body)
    more = here.run.suite.power(here.stage.judge.random.randrange(2, 2**200))
    return draft.with_body(entries=[*now["entries"], more])


COUNT = Fault("count", "REQ-KEY-26", "wrong-count", _longer)
ODD = Fault("canonical", "REQ-KEY-2", "noncanonical-element", _element(b"\xff" * 32))
LOW = Fault("low-order", "REQ-KEY-3", "low-order-element", _element(bytes(32), 1))
chain(
    "UP",
    [*FLOW_HEAD, RUN, WRONG_SIGNER, COUNT, ODD, Fault("repeated", "REQ-KEY-6", "repeated-element", _repeat)],
    rank=2,
)
chain("DOWN", [*FLOW_HEAD, RUN, WRONG_SIGNER, COUNT, ODD, LOW])
chain("CONFIRM", [*FLOW_HEAD, RUN])
