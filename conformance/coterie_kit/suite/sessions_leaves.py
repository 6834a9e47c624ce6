"""Leaves shown in HELLO2 and HELLO3: each rule of X.509 broken alone, under policy open and closed."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit import leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import node_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.leaves import DAY, Recipe, make, name
from coterie_kit.suite._leaf_faults import (
    Made,
    Rule,
    alternative_name,
    at_the_ends,
    bad_encodings,
    bad_extensions,
    bad_names,
    bad_usages,
    early,
    good_usages,
    late,
    longest,
    more_extensions,
    other_algorithms,
    other_keys,
    other_versions,
    oversize,
    rare_encodings,
    recipe_of,
    showing,
    small_orders,
    too_long,
    with_only,
)
from coterie_kit.suite._scenes import Scene, scene

# ---------------------------------------------------------------- closed


def _unadmitted(recipe: Recipe, judge: Judge) -> Made:
    other = SigningKey.from_octets(judge.octets(32), "p256")
    admitted = make(recipe)
    return {
        "another-authority": make(recipe.changed(signer=other)),
        "self-signed": make(recipe.changed(signer=recipe.key, issuer=recipe.subject)),
        "other-issuer": make(recipe.changed(issuer=name("another authority"))),
        "spoiled": admitted[:-1] + bytes([admitted[-1] ^ 1]),
        "same-name-other-key": make(recipe.changed(signer=SigningKey.from_octets(judge.octets(32), "p256"))),
    }


def _unused_rights(recipe: Recipe, _judge: Judge) -> Made:
    usage, extended, alternative = recipe.extensions
    return {
        "no-key-usage": make(with_only(recipe, extended, alternative)),
        "no-extended-usage": make(with_only(recipe, usage, alternative)),
        "neither": make(with_only(recipe, alternative)),
    }


def _other_places(recipe: Recipe, judge: Judge) -> Made:
    usage, extended, _ = recipe.extensions
    own = _uri(recipe)
    overlay = own.split(":")[2]
    other = judge.octets(16).hex()
    lists = {
        "none": (),
        "another-overlay": (f"urn:coterie:{other}:member",),
        "another-role": (f"urn:coterie:{overlay}:admin",),
        "no-role": (f"urn:coterie:{overlay}",),
        "trailing": (own + "s",),
        "two": (own, f"urn:coterie:{overlay}:receiver"),
        "another-scheme": (f"urn:other:{overlay}:member",),
    }
    if overlay.upper() != overlay:
        lists["upper-case"] = (f"urn:coterie:{overlay.upper()}:member",)
    return {
        label: make(with_only(recipe, usage, extended, *([leaves.uris(*values)] if values else [])))
        for label, values in lists.items()
    }


def _uri(recipe: Recipe) -> str:
    octets = recipe.extensions[2].value
    return octets[octets.index(b"urn:") :].decode("ascii")


def _receiver(recipe: Recipe) -> Made:
    usage, extended, _ = recipe.extensions
    receiver = _uri(recipe).replace(":member", ":receiver")
    return {"twin": make(with_only(recipe, usage, extended, leaves.uris(receiver)))}


def story_of(kind: str, rule: Rule) -> Callable[[Judge], None]:
    """The case of one rule in one frame type."""

    def story(judge: Judge) -> None:
        here = scene(judge, kind, policy=rule.policy)
        recipe = recipe_of(here)
        for label, leaf in rule.bad(recipe, judge).items():
            here.refuses(showing(here, leaf), rule.reason, label)
        for label, leaf in rule.good(recipe).items():
            fresh = scene(judge, kind, policy=rule.policy) if label != "twin" else here
            draft = showing(fresh, leaf if fresh is here else _again(fresh, rule, label))
            fresh.twin(draft, label)

    return story


def _again(fresh: Scene, rule: Rule, label: str) -> bytes:
    return rule.good(recipe_of(fresh))[label]


RULES = [
    Rule(
        "too-long",
        ("REQ-LEF-1",),
        "leaf-too-long",
        oversize,
        lambda recipe: {"twin": leaves.padded(recipe, 600)},
    ),
    Rule("encoding", ("REQ-LEF-2",), "leaf-encoding", bad_encodings, rare_encodings),
    Rule("version", ("REQ-LEF-3",), "leaf-version", other_versions),
    Rule("key", ("REQ-LEF-4",), "leaf-key", other_keys),
    Rule("small-order", ("REQ-LEF-5",), "leaf-small-order", small_orders),
    Rule("algorithm", ("REQ-LEF-6",), "leaf-signature-algorithm", other_algorithms),
    Rule("extension", ("REQ-LEF-7",), "leaf-extension", bad_extensions, more_extensions),
    Rule("usage", ("REQ-LEF-8",), "leaf-usage", bad_usages, good_usages),
    Rule("name", ("REQ-LEF-9",), "leaf-name", bad_names, alternative_name),
    Rule("not-yet-valid", ("REQ-LEF-10",), "leaf-not-yet-valid", early, at_the_ends),
    Rule("expired", ("REQ-LEF-10",), "leaf-expired", late, at_the_ends),
    Rule("validity", ("REQ-LEF-11",), "leaf-validity-too-long", too_long(400), longest(400)),
    Rule("closed-validity", ("REQ-LEF-11",), "leaf-validity-too-long", too_long(7), longest(7), "closed"),
    Rule("closed-expired", ("REQ-LEF-10",), "leaf-expired", late, policy="closed"),
    Rule("closed-usage", ("REQ-LEF-12", "REQ-LEF-8"), "leaf-usage", _unused_rights, policy="closed"),
    Rule("closed-name", ("REQ-LEF-12",), "leaf-name", _other_places, _receiver, "closed"),
    Rule("closed-issuer", ("REQ-LEF-13",), "leaf-issuer", _unadmitted, policy="closed"),
]

for _kind in ("HELLO2", "HELLO3"):
    for _rule in RULES:
        case(
            f"leaves.{_kind.lower()}.{_rule.name}",
            reqs=list(_rule.reqs),
            type=_kind,
            operator=f"leaf-{_rule.name}",
            fresh=True,
        )(story_of(_kind, _rule))


def _any_issuer(kind: str) -> Callable[[Judge], None]:
    """Under policy open nobody vouches for a leaf: not even its own signature has to verify."""

    def story(judge: Judge) -> None:
        stranger = SigningKey.from_octets(judge.octets(32), "p256")
        changes: dict[str, Callable[[Recipe], bytes]] = {
            "by-anyone": lambda recipe: make(recipe.changed(signer=stranger, issuer=name("anyone"))),
            "spoiled-signature": lambda recipe: make(recipe)[:-1] + bytes([make(recipe)[-1] ^ 1]),
            "by-nobody": lambda recipe: make(recipe.changed(issuer=name(None))),
        }
        for label, change in changes.items():
            here = scene(judge, kind)
            here.twin(showing(here, change(recipe_of(here))), label)

    return story


def _p256_leaf(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        key = SigningKey.from_octets(judge.octets(32), "p256")
        other = here.stage.newcomer("p256")
        other.key = key
        leaf = make(leaves.good(key, here.stage.wall))
        node = node_id(here.stage.overlay, key.spki)
        draft = showing(here, leaf).with_prefix(signer=node).changed(maker=other)
        here.twin(draft, "p256")

    return story


for _kind in ("HELLO2", "HELLO3"):
    case(
        f"leaves.{_kind.lower()}.any-issuer",
        reqs=["REQ-LEF-14"],
        type=_kind,
        operator="conforming-any-issuer",
        fresh=True,
    )(_any_issuer(_kind))
case(
    "leaves.hello2.p256",
    reqs=["REQ-LEF-4", "REQ-FRM-14"],
    type="HELLO2",
    operator="conforming-p256",
    fresh=True,
)(_p256_leaf("HELLO2"))


# ---------------------------------------------------------------- the authority


def _authority(change: Callable[[Recipe], Recipe]) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, "HELLO2", policy="closed")
        stage = here.stage
        assert stage.authority is not None
        good = stage.authority
        stage.authority = change(good)
        reset = stage.peer.reset(
            seed=stage.seed, mono_ms=stage.mono, wall_ms=stage.wall, key=stage.subject.key.pkcs8,
            leaf=stage.subject.leaf, address=stage.subject.address, trust=[stage.trust()],
        )  # fmt: skip
        if not reset.ok:
            judge.check("not-trusted", reset.status == "error", expected="refused", observed=reset.said())
            return
        here.refuses(here.draft, "leaf-issuer", "refused")
        stage.authority = good
        stage.reset()
        stage.meet(here.puppet)

    return story


AUTHORITIES: dict[str, Callable[[Recipe], Recipe]] = {
    "expired": lambda a: a.changed(not_after=a.not_before + DAY - 1),
    "not-yet-valid": lambda a: a.changed(not_before=a.not_before + DAY + 60),
    "no-authority": lambda a: a.changed(extensions=(leaves.basic(is_authority=False), leaves.usage(5))),
    "no-certificate-signing": lambda a: a.changed(
        extensions=(leaves.basic(is_authority=True), leaves.usage(0))
    ),
    "without-constraints": lambda a: a.changed(extensions=(leaves.usage(5),)),
}
for _label, _change in AUTHORITIES.items():
    case(
        f"leaves.hello2.authority-{_label}",
        reqs=["REQ-LEF-13"],
        type="HELLO2",
        operator=f"authority-{_label}",
        fresh=True,
    )(_authority(_change))
