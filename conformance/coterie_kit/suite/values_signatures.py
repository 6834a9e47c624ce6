"""Envelopes that storers refuse for their leaf or their signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys import p256
from coterie_kit.keys.names import label
from coterie_kit.leaves import Recipe
from coterie_kit.suite import _leaf_faults
from coterie_kit.suite._values import Made, Scene, places
from coterie_kit.suite._values_rules import Rule, good_info, good_kinds, register
from coterie_kit.suite.computed_names import KINDS as KEYS
from coterie_kit.values import Envelope

# ---------------------------------------------------------------- leaf


def _showing(leaves_of: Callable[[Recipe, Judge], Made]) -> Callable[[Scene], Made]:
    """Envelopes that show other leaves of the same key."""

    def made(scene: Scene) -> Made:
        by = scene.publisher()
        others = leaves_of(leaves.good(by.key, scene.wall), scene.judge)
        return {name: scene.stored(by, scene.info(by, leaf=leaf)) for name, leaf in others.items()}

    return made


def _good_leaves(good: Callable[[Recipe], Made]) -> Callable[[Scene], Made]:
    return _showing(lambda recipe, _judge: good(recipe))


def _longest_leaf(recipe: Recipe) -> Made:
    return {"octets-600": leaves.padded(recipe, 600)}


def _few(bad: Callable[[Recipe, Judge], Made]) -> Callable[[Recipe, Judge], Made]:
    """Two of many faults: all of them are judged in the greeting."""

    def made(recipe: Recipe, judge: Judge) -> Made:
        all_of_them = bad(recipe, judge)
        return {name: all_of_them[name] for name in judge.random.sample(sorted(all_of_them), 2)}

    return made


def _plain(recipe: Recipe) -> Made:
    return {"twin": leaves.make(recipe)}


# ---------------------------------------------------------------- signature


def _flipped(scene: Scene) -> Made:
    made: Made = {}
    for kind in KEYS:
        by = scene.publisher(kind)
        whole = scene.stored(by, scene.info(by))
        for place in (0, 31, 32, 63, scene.judge.random.randrange(64)):
            at = len(whole) - 64 + place
            bit = 1 << scene.judge.random.randrange(8)
            made[f"{kind}-octet-{place}"] = whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]
        made[f"{kind}-zeros"] = whole[:-64] + bytes(64)
    return made


def _foreign(scene: Scene) -> Made:
    """Signatures over something else, by another key, or for another overlay."""
    by, other = scene.publisher(), scene.publisher()
    envelope = scene.info(by)
    unsigned = envelope.unsigned()
    signed = {
        "another-overlay": label("envelope") + scene.judge.octets(16) + unsigned,
        "no-overlay": label("envelope") + unsigned,
        "no-label": scene.overlay + unsigned,
        "label-of-frames": label("frame-signature") + scene.overlay + unsigned,
        "without-value": label("envelope") + scene.overlay + unsigned[: -len(envelope.value)],
    }
    made = {name: unsigned + by.key.sign(octets) for name, octets in signed.items()}
    return made | {"another-key": envelope.signed(other.key, scene.overlay).octets()}


def _changed(scene: Scene) -> Made:
    """Good values in every field, but not those that were signed."""
    by, other = scene.publisher(), scene.publisher()
    good = scene.entry(by).signed(by.key, scene.overlay)
    value = scene.entry(by, value=good.value.replace(b"Raum", b"Flur")).value
    changes: dict[str, dict[str, Any]] = {
        "slot": {"slot": scene.judge.octets(16)},
        "sequence": {"sequence": good.sequence - 1},
        "lifetime": {"lifetime": good.lifetime - 1},
        "leaf": {"leaf": other.leaf},
        "value": {"value": value},
    }
    return {name: good.changed(**change).octets() for name, change in changes.items()}


def _signed_well(scene: Scene) -> Made:
    made: Made = {}
    for kind in KEYS:
        by = scene.publisher(kind)
        made |= {kind: scene.stored(by, scene.info(by)), f"{kind}-entry": scene.stored(by, scene.entry(by))}
    by = scene.publisher("p256")
    good = scene.info(by).signed(by.key, scene.overlay)
    s = (p256.ORDER - int.from_bytes(good.signature[32:], "big")).to_bytes(32, "big")
    made["p256-other-half"] = good.changed(signature=good.signature[:32] + s).octets()
    return made


RULES = [
    Rule("signature.broken", ("REQ-VAL-11", "REQ-FRM-14"), "bad-signature", _flipped, _signed_well),
    Rule("signature.over-else", ("REQ-VAL-11",), "bad-signature", _foreign, good_info),
    Rule("signature.over-other-fields", ("REQ-VAL-11",), "bad-signature", _changed, good_kinds),
    Rule(
        "leaf.too-long", ("REQ-VAL-10", "REQ-LEF-1"), "leaf-too-long",
        _showing(_leaf_faults.oversize), _good_leaves(_longest_leaf),
    ),
    Rule(
        "leaf.not-a-certificate", ("REQ-VAL-10", "REQ-LEF-2"), "leaf-encoding",
        _showing(_few(_leaf_faults.bad_encodings)), _good_leaves(_plain),
    ),
    Rule(
        "leaf.of-small-order", ("REQ-VAL-10", "REQ-LEF-5"), "leaf-small-order",
        _showing(_few(_leaf_faults.small_orders)), _good_leaves(_plain),
    ),
    Rule(
        "leaf.for-other-use", ("REQ-VAL-10", "REQ-LEF-8"), "leaf-usage",
        _showing(_leaf_faults.bad_usages), _good_leaves(_leaf_faults.good_usages),
    ),
    Rule(
        "leaf.not-yet-valid", ("REQ-VAL-10", "REQ-LEF-10"), "leaf-not-yet-valid",
        _showing(_leaf_faults.early), _good_leaves(_leaf_faults.at_the_ends),
    ),
    Rule(
        "leaf.expired", ("REQ-VAL-10", "REQ-LEF-10"), "leaf-expired",
        _showing(_leaf_faults.late), _good_leaves(_leaf_faults.at_the_ends),
    ),
    Rule(
        "leaf.valid-too-long", ("REQ-VAL-10", "REQ-LEF-11"), "leaf-validity-too-long",
        _showing(_leaf_faults.too_long(400)), _good_leaves(_leaf_faults.longest(400)),
    ),
]  # fmt: skip

register(RULES, __name__)


@case(
    "values.leaf.issued-by-anyone", reqs=["REQ-VAL-10", "REQ-LEF-14"], type="ENVELOPE",
    operator="conforming-issuers", cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _issuers(judge: Judge) -> None:
    """Who issued the leaf, and whether it did, is not looked at."""
    scene = Scene(judge)
    group = scene.group()
    by = scene.publisher()
    good = leaves.good(by.key, scene.wall)
    shown = {
        "issued": leaves.make(good.changed(signer=group.authority.key, issuer=group.authority.subject)),
        "claimed": leaves.make(good.changed(issuer=leaves.name("somebody"))),
        "signature-broken": leaves.make(good)[:-1] + bytes([leaves.make(good)[-1] ^ 1]),
    }
    made: dict[str, Envelope] = {name: scene.info(by, leaf=leaf) for name, leaf in shown.items()}
    scene.takes(
        {name: scene.stored(by, envelope) for name, envelope in made.items()},
        reqs=["REQ-VAL-10", "REQ-LEF-14"],
    )
    for role in ("member", "receiver"):
        who = scene.admitted(group, role)
        scene.takes({role: scene.stored(who, scene.entry(who))}, reqs=["REQ-VAL-10"])


@case(
    "values.signature.every-octet", reqs=["REQ-VAL-11"], type="ENVELOPE", operator="flipped-anywhere",
    cls="overlay", tier=0, fresh=True,
)  # fmt: skip
def _every_octet(judge: Judge) -> None:
    """Whichever octet is changed, the envelope is refused, by the first check that sees it."""
    scene = Scene(judge)
    whole = good_info(scene)["twin"]
    judge.accepted(scene.check(whole), "twin")
    for at in places(whole, judge):
        changed = whole[:at] + bytes([whole[at] ^ 1 << judge.random.randrange(8)]) + whole[at + 1 :]
        reply = scene.check(changed)
        judge.check(
            f"octet-{at}", reply.status == "error" and reply.phase != "usage", field="status",
            expected="a refusal", observed=reply.said(),
        )  # fmt: skip
