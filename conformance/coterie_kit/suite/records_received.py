"""DATA at the peer: seals, counters, windows, values and what the user is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames, registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.keys.schedule import SenderKey
from coterie_kit.suite._bases import plain_run
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._run import setup, successor
from coterie_kit.suite._scenes import Scene, message, opening, scene
from coterie_kit.suite._stage import Stage, accepts

MEMORY = registry.limit("counter-memory")
JUMP = registry.limit("clock-jump")


def next_data(here: Scene, counter: int, first: int, *messages: dict[str, Any], **other: Any) -> Draft:
    """A DATA of the scene's sender."""
    body = frames.write_body("DATA", {"first_sequence": first, "messages": list(messages)} | other)
    return here.draft.with_prefix(counter=counter).changed(body=body)


# ---------------------------------------------------------------- step 7: view and sender


@case("records.data.other-view", reqs=["REQ-REC-1"], type="DATA", operator="other-view", fresh=True)
def _other_view(judge: Judge) -> None:
    here = scene(judge, "DATA")
    own = here.run.view
    wrong = {
        "zeros": bytes(16),
        "first-bit": bytes([own[0] ^ 0x80]) + own[1:],
        "last-bit": own[:15] + bytes([own[15] ^ 1]),
        "counter-less": (0).to_bytes(8, "big") + own[8:],
        "counter-more": (2).to_bytes(8, "big") + own[8:],
        "far-counter": (1 + 2**31).to_bytes(8, "big") + own[8:],
    }
    for name, view in wrong.items():
        here.refuses(here.draft.with_prefix(view_id=view), "unknown-view", name)
    here.twin()


@case(
    "records.data.no-view",
    reqs=["REQ-REC-1", "REQ-KEY-40"],
    type="DATA",
    operator="before-the-view",
    fresh=True,
)
def _no_view(judge: Judge) -> None:
    run = plain_run(judge, 2, 0).to_confirms()
    stage = run.stage
    stage.secrets = run.secrets()
    early = opening(run, run.puppets[0])
    judge.refuses(
        stage.peer, early.octets(), "unknown-view", source=early.source, name="before-the-last-confirm"
    )
    run.confirm(run.puppets[0])
    accepts(judge, stage.deliver(early.octets(), early.source), "the-same-after")


@case("records.data.old-view", reqs=["REQ-REC-1"], type="DATA", operator="after-a-new-view", fresh=True)
def _old_view(judge: Judge) -> None:
    here = scene(judge, "DATA")
    stage = here.stage
    a, b = stage.everyone
    run = successor(stage, [b, a]).to_view()
    here.refuses(here.draft, "unknown-view", "of-the-old-view")
    good = opening(run, run.puppets[0])
    accepts(judge, stage.deliver(good.octets(), good.source), "of-the-new-view")


@case("records.data.sender-index", reqs=["REQ-REC-2"], type="DATA", operator="other-index", fresh=True)
def _index(judge: Judge) -> None:
    here = scene(judge, "DATA", n=3, rank=1)
    for name, index in (("own", 1), ("beyond", 3), ("far", 64), ("greatest", 0xFFFF)):
        here.refuses(here.draft.with_prefix(sender_index=index), "bad-sender-index", name)
    here.twin()


@case(
    "records.data.index-of-another",
    reqs=["REQ-REC-6", "REQ-KEY-37"],
    type="DATA",
    operator="index-of-another-member",
    fresh=True,
)
def _index_of_another(judge: Judge) -> None:
    here = scene(judge, "DATA", n=3, rank=1)
    own = here.run.position(here.puppet)
    other = next(here.run.position(one) for one in here.run.puppets if one is not here.puppet)
    octets = here.draft.octets()
    moved = octets[:40] + other.to_bytes(2, "big") + octets[42:]
    here.refuses(moved, "bad-seal", f"{own}-as-{other}", reqs=["REQ-REC-6"])
    here.refuses(
        here.draft.with_prefix(sender_index=other),
        "bad-seal",
        "under-its-own-node",
        reqs=["REQ-KEY-37", "REQ-REC-6"],
    )
    here.twin(reqs=["REQ-KEY-37"])


# ---------------------------------------------------------------- step 8: counters


@case(
    "records.data.counter-range", reqs=["REQ-REC-3"], type="DATA", operator="counter-above-limit", fresh=True
)
def _range(judge: Judge) -> None:
    here = scene(judge, "DATA")
    for name, counter in (("one-over", 2**32), ("much", 2**40), ("greatest", 2**64 - 1)):
        here.refuses(here.draft.with_prefix(counter=counter), "counter-range", name)
    here.twin(here.draft.with_prefix(counter=2**32 - 1), "at-the-limit")


@case("records.data.duplicate", reqs=["REQ-REC-4"], type="DATA", operator="same-again", fresh=True)
def _duplicate(judge: Judge) -> None:
    here = scene(judge, "DATA")
    here.twin(name="first")
    here.refuses(here.draft, "duplicate", "again")
    here.refuses(here.draft.changed(source="198.51.100.1:5"), "duplicate", "from-elsewhere")


@case("records.data.counter-reused", reqs=["REQ-REC-4"], type="DATA", operator="other-octets", fresh=True)
def _reused(judge: Judge) -> None:
    here = scene(judge, "DATA")
    here.twin(name="first")
    here.refuses(next_data(here, 1, 3, message(3)), "counter-reused", "another-message")
    spoiled = here.draft.octets()
    here.refuses(spoiled[:-1] + bytes([spoiled[-1] ^ 1]), "counter-reused", "spoiled")
    here.refuses(next_data(here, MEMORY - 1, 4, message(9)), "counter-reused", "the-highest")
    here.twin(next_data(here, 2, 3, message(3)), "twin")


@case(
    "records.data.counter-window",
    reqs=["REQ-REC-5", "REQ-REC-4"],
    type="DATA",
    operator="counter-below-window",
    fresh=True,
)
def _window(judge: Judge) -> None:
    here = scene(judge, "DATA")
    top = 3 * MEMORY
    here.twin(next_data(here, top, 50, message(500)), "top")
    for back in (MEMORY, MEMORY + 1, 2 * MEMORY):
        late = next_data(here, top - back, 10, message(100))
        here.refuses(late, "counter-too-old", f"{back}-back", reqs=["REQ-REC-5"])
    here.twin(next_data(here, top - MEMORY + 1, 10, message(100)), "4095-back", reqs=["REQ-REC-5"])
    here.refuses(
        next_data(here, top - MEMORY + 1, 10, message(100)),
        "duplicate",
        "4095-back-again",
        reqs=["REQ-REC-4"],
    )


@case(
    "records.data.any-order",
    reqs=["REQ-REC-5", "REQ-REC-7"],
    type="DATA",
    operator="conforming-shuffled",
    fresh=True,
)
def _any_order(judge: Judge) -> None:
    here = scene(judge, "DATA")
    numbers = list(range(1, 33))
    judge.random.shuffle(numbers)
    for number in numbers:
        here.twin(next_data(here, number, number + 1, message(number + 1)), f"counter-{number}")


@case(
    "records.data.refusals-use-nothing-up",
    reqs=["REQ-REC-4", "REQ-REC-6", "REQ-REC-9"],
    type="DATA",
    operator="refused-then-good",
    fresh=True,
)
def _nothing_used(judge: Judge) -> None:
    here = scene(judge, "DATA")
    bad = next_data(here, 1, 2, message(2, kind=9))
    here.refuses(bad, "bad-payload-kind", "bad-value", reqs=["REQ-REC-9"])
    spoiled = here.draft.changed(spoil=True)
    here.refuses(spoiled, "bad-seal", "bad-seal", reqs=["REQ-REC-6"])
    here.twin(name="same-counter-and-sequence", reqs=["REQ-REC-4"])


# ---------------------------------------------------------------- step 9: the seal


def _sealed_otherwise(here: Scene) -> dict[str, bytes]:
    stage = here.stage
    assert stage.secrets is not None
    own = stage.secrets.sender(here.draft.prefix["sender_index"], here.puppet.node)
    whole, body = here.draft.octets(), here.draft.body
    head, prefix = whole[:24], whole[24:52]
    made: dict[str, bytes] = {
        "aad-without-header": own.seal(1, body, prefix),
        "aad-without-prefix": own.seal(1, body, head),
        "no-aad": own.seal(1, body, b""),
        "counter-plus-one": own.seal(2, body, head + prefix),
        "iv-zero": SenderKey(own.suite, own.key, bytes(12)).seal(1, body, head + prefix),
        "tag-first": whole[-16:] + whole[52:-16],
    }
    control = SenderKey(own.suite, _control_key(here), own.iv)
    made["under-control"] = control.seal(1, body, head + prefix)
    return {name: head + prefix + sealed for name, sealed in made.items()}


def _control_key(here: Scene) -> bytes:
    from coterie_kit.keys.schedule import sender_key

    assert here.stage.secrets is not None
    index = here.draft.prefix["sender_index"]
    return sender_key(here.stage.secrets.suite, here.stage.secrets.control, index, here.puppet.node).key


def _seal(suite: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "DATA", suite=suite)
        for name, octets in _sealed_otherwise(here).items():
            here.refuses(octets, "bad-seal", name)
        here.twin()

    return story


for _suite in (1, 2):
    case(
        f"records.data.seal-suite-{_suite}",
        reqs=["REQ-REC-6", "REQ-REC-17", "REQ-REC-19"],
        type="DATA",
        operator=f"other-seal-suite-{_suite}",
        fresh=True,
        suites=(_suite,),
    )(_seal(_suite))


@case(
    "records.data.other-overlay",
    reqs=["REQ-REC-17", "REQ-FRM-6"],
    type="DATA",
    operator="other-overlay",
    fresh=True,
)
def _other_overlay(judge: Judge) -> None:
    here = scene(judge, "DATA", trust={})
    whole = here.draft.octets()
    other = overlay_id(judge.octets(12))
    reply = here.stage.deliver(whole[:8] + other + whole[24:], here.draft.source)
    judge.refused(reply, "unknown-overlay", name="not-taken-part-in")
    here.twin()


@case(
    "records.data.same-members-two-overlays",
    reqs=["REQ-REC-17", "REQ-REC-1"],
    type="DATA",
    operator="view-of-another-overlay",
    fresh=True,
)
def _two_overlays(judge: Judge) -> None:
    stage = Stage(judge, n=2)
    second = overlay_id(judge.octets(20))
    stage.reset(trust=[stage.trust(), {"overlay": second, "policy": "open"}])
    run = setup(stage).to_view()
    sender = run.puppets[0]
    good = opening(run, sender)
    octets = good.octets()
    elsewhere = octets[:8] + second + octets[24:]
    before = stage.peer.inspect(second)["digest"]
    judge.refused(stage.deliver(elsewhere, sender), "unknown-view", reqs=["REQ-REC-1"])
    judge.equal("digest", stage.peer.inspect(second)["digest"], before, reqs=["REQ-REC-17"])
    accepts(judge, stage.deliver(octets, sender), "twin", reqs=["REQ-REC-17"])
