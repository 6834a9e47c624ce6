"""Leaves shown in HELLO2 and HELLO3: each rule of X.509 broken alone, under policy open and closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coterie_kit import leaves
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys import curve25519
from coterie_kit.keys.names import node_id
from coterie_kit.keys.signatures import SigningKey
from coterie_kit.leaves import BITS, DAY, INTEGER, OID, SEQUENCE, Extension, Recipe, der, make, name
from coterie_kit.suite._draft import Draft
from coterie_kit.suite._scenes import Scene, scene

Made = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of leaves: how it is broken, in how many ways, and what its conforming twin is."""

    name: str
    reqs: tuple[str, ...]
    reason: str
    bad: Callable[[Recipe, Judge], Made]
    good: Callable[[Recipe], Made] = lambda recipe: {"twin": make(recipe)}
    policy: str = "open"


def _recipe(here: Scene) -> Recipe:
    key, stage = here.puppet.key, here.stage
    if stage.authority is None:
        return leaves.good(key, stage.wall)
    return leaves.closed(key, stage.authority, stage.overlay, stage.wall)


def _showing(here: Scene, leaf: bytes) -> Draft:
    return here.draft.with_body(leaf=leaf)


def _story(kind: str, rule: Rule) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, policy=rule.policy)
        recipe = _recipe(here)
        for label, leaf in rule.bad(recipe, judge).items():
            here.refuses(_showing(here, leaf), rule.reason, label)
        for label, leaf in rule.good(recipe).items():
            fresh = scene(judge, kind, policy=rule.policy) if label != "twin" else here
            draft = _showing(fresh, leaf if fresh is here else _again(fresh, rule, label))
            fresh.twin(draft, label)

    return story


def _again(fresh: Scene, rule: Rule, label: str) -> bytes:
    return rule.good(_recipe(fresh))[label]


def _with(recipe: Recipe, *more: Extension) -> Recipe:
    return recipe.changed(extensions=(*recipe.extensions, *more))


def _only(recipe: Recipe, *these: Extension) -> Recipe:
    return recipe.changed(extensions=these)


# ---------------------------------------------------------------- encoding


def _encodings(recipe: Recipe, judge: Judge) -> Made:
    good = make(recipe)
    body = good[4:]
    length = len(body)
    serial = der(INTEGER, recipe.serial)
    place = good.index(serial)

    def long_serial(octets: bytes) -> bytes:
        return make(recipe.changed(serial=octets))

    return {
        "trailing-octet": good + b"\x00",
        "two-certificates": good + good,
        "truncated": good[:-1],
        "non-minimal-length": b"\x30\x83\x00" + length.to_bytes(2, "big") + body,
        "indefinite-length": b"\x30\x80" + body + b"\x00\x00",
        "inner-length-non-minimal": good[:place] + b"\x02\x81\x01\x05" + good[place + 3 :],
        "serial-negative": long_serial(b"\x85"),
        "serial-zero": long_serial(b"\x00"),
        "serial-21-octets": long_serial(b"\x01" + bytes(20)),
        "serial-padded": long_serial(b"\x00\x05"),
        "length-of-4-gib": b"\x30\x84\xff\xff\xff\xff" + body,
        "not-a-certificate": judge.octets(120),
        "a-public-key": recipe.key.spki,
    }


def _tight(recipe: Recipe) -> Made:
    return {"twin": make(recipe.changed(serial=b"\x7f" + bytes(19)))}


def _oversize(recipe: Recipe, _judge: Judge) -> Made:
    return {"octets-601": leaves.padded(recipe, 601), "octets-640": leaves.padded(recipe, 640)}


def _compressed(key: SigningKey) -> bytes:
    point = SigningKey.from_octets(key.spki[-32:], "p256").spki[-64:]
    algorithm = der(
        SEQUENCE, der(OID, bytes.fromhex("2a8648ce3d0201")), der(OID, bytes.fromhex("2a8648ce3d030107"))
    )
    return der(SEQUENCE, algorithm, der(BITS, b"\x00", bytes([2 + (point[63] & 1)]) + point[:32]))


def _keys(recipe: Recipe, judge: Judge) -> Made:
    modulus = b"\x00\xc1" + judge.octets(62) + b"\x01"
    rsa_key = der(SEQUENCE, der(INTEGER, modulus), der(INTEGER, b"\x01\x00\x01"))
    rsa = der(
        SEQUENCE,
        der(SEQUENCE, der(OID, bytes.fromhex("2a864886f70d010101")), b"\x05\x00"),
        der(BITS, b"\x00", rsa_key),
    )
    x25519 = der(
        SEQUENCE, der(SEQUENCE, der(OID, bytes.fromhex("2b656e"))), der(BITS, b"\x00", judge.octets(32))
    )
    ed448 = der(
        SEQUENCE, der(SEQUENCE, der(OID, bytes.fromhex("2b6571"))), der(BITS, b"\x00", judge.octets(57))
    )
    curve = der(SEQUENCE, der(OID, bytes.fromhex("2a8648ce3d0201")), der(OID, bytes.fromhex("2b81040022")))
    p384 = der(SEQUENCE, curve, der(BITS, b"\x00\x04", judge.octets(96)))
    spkis = {
        "rsa-512": rsa,
        "x25519": x25519,
        "ed448": ed448,
        "p384": p384,
        "p256-compressed": _compressed(recipe.key),
    }
    return {label: make(recipe.changed(spki=spki)) for label, spki in spkis.items()}


def _ed25519(point: bytes) -> bytes:
    return der(SEQUENCE, der(SEQUENCE, der(OID, leaves.ED25519)), der(BITS, b"\x00", point))


def _small(recipe: Recipe, _judge: Judge) -> Made:
    field = curve25519.FIELD
    order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
    points = {
        "identity": (1).to_bytes(32, "little"),
        "order-2": (field - 1).to_bytes(32, "little"),
        "order-4": bytes(32),
        "order-4-negative": bytes(31) + b"\x80",
        "order-8": bytes.fromhex(order_8),
        "order-8-negative": bytes.fromhex(order_8[:-2] + "85"),
        "not-canonical-p": field.to_bytes(32, "little"),
        "not-canonical-p-plus-3": (field + 3).to_bytes(32, "little"),
        "not-on-the-curve": (2).to_bytes(32, "little"),
    }
    return {label: make(recipe.changed(spki=_ed25519(point))) for label, point in points.items()}


def _algorithms(recipe: Recipe, _judge: Judge) -> Made:
    named = {"ecdsa-sha384": leaves.ECDSA_SHA384, "ecdsa-sha1": leaves.ECDSA_SHA1, "rsa-md5": leaves.RSA_MD5}
    return {label: make(recipe.changed(algorithm=oid)) for label, oid in named.items()}


def _versions(recipe: Recipe, _judge: Judge) -> Made:
    plain = recipe.changed(extensions=())
    two = bytes.fromhex("a003020101")
    return {"v1": make(plain.changed(version=b"")), "v2": make(plain.changed(version=two)), "v4": _v4(recipe)}


def _v4(recipe: Recipe) -> bytes:
    return make(recipe.changed(version=bytes.fromhex("a003020103")))


# ---------------------------------------------------------------- extensions, usage, names, times


def _extensions(recipe: Recipe, judge: Judge) -> Made:
    strange = Extension(leaves.PRIVATE, judge.octets(4))
    return {
        "critical-unknown": make(_with(recipe, Extension(leaves.PRIVATE, b"\x05\x00", critical=True))),
        "critical-name-constraints": make(
            _with(recipe, Extension(leaves.NAME_CONSTRAINTS, b"\x30\x00", critical=True))
        ),
        "unknown-twice": make(_with(recipe, strange, strange)),
        "usage-twice": make(_with(recipe, leaves.usage(0))),
    }


def _more_extensions(recipe: Recipe) -> Made:
    return {
        "twin": make(_with(recipe, Extension(leaves.PRIVATE, b"\x05\x00"), leaves.basic(is_authority=False)))
    }


def _usages(recipe: Recipe, _judge: Judge) -> Made:
    return {
        "only-certificates": make(_only(recipe, leaves.usage(5))),
        "only-encipherment": make(_only(recipe, leaves.usage(2))),
        "server-only": make(_only(recipe, leaves.usage(0), leaves.extended_usage(leaves.SERVER_AUTH))),
        "an-authority": make(_with(recipe, leaves.basic(is_authority=True))),
    }


def _good_usages(recipe: Recipe) -> Made:
    both = leaves.extended_usage(leaves.SERVER_AUTH, leaves.CLIENT_AUTH)
    return {
        "twin": make(_only(recipe, leaves.usage(0, 2), both, leaves.basic(is_authority=False))),
        "no-usage-at-all": make(_only(recipe)),
    }


def _names(recipe: Recipe, _judge: Judge) -> Made:
    return {
        "nothing": make(recipe.changed(subject=name(None))),
        "nul-in-subject": make(recipe.changed(subject=name(b"good\x00.evil"))),
        "control-in-subject": make(recipe.changed(subject=name(b"line\nfeed"))),
        "escape-in-subject": make(recipe.changed(subject=name(b"\x1b[2J"))),
        "nul-in-alternative": make(_with(recipe, leaves.uris(b"urn:x\x00y"))),
        "control-in-alternative": make(_with(recipe, leaves.uris(b"urn:x\ry"))),
    }


def _alternative(recipe: Recipe) -> Made:
    return {"twin": make(_with(recipe.changed(subject=name(None)), leaves.uris("urn:example:member")))}


def _now(recipe: Recipe) -> int:
    return recipe.not_before + (DAY if not _is_closed(recipe) else 3600)


def _is_closed(recipe: Recipe) -> bool:
    return recipe.signer is not recipe.key


def _early(recipe: Recipe, _judge: Judge) -> Made:
    now = _now(recipe)
    return {
        "by-one-second": make(recipe.changed(not_before=now + 1)),
        "by-a-day": make(recipe.changed(not_before=now + DAY)),
    }


def _late(recipe: Recipe, _judge: Judge) -> Made:
    now = _now(recipe)
    return {
        "by-one-second": make(recipe.changed(not_after=now - 1)),
        "by-an-hour": make(recipe.changed(not_before=now - 2 * 3600, not_after=now - 3600)),
    }


def _at_the_ends(recipe: Recipe) -> Made:
    now = _now(recipe)
    return {"twin": make(recipe.changed(not_before=now, not_after=now))}


def _too_long(days: int) -> Callable[[Recipe, Judge], Made]:
    def bad(recipe: Recipe, _judge: Judge) -> Made:
        start = recipe.not_before
        return {
            "by-one-second": make(recipe.changed(not_after=start + days * DAY + 1)),
            "a-hundred-years": make(recipe.changed(not_after=start + 36500 * DAY)),
        }

    return bad


def _longest(days: int) -> Callable[[Recipe], Made]:
    return lambda recipe: {"twin": make(recipe.changed(not_after=recipe.not_before + days * DAY))}


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
        "no-key-usage": make(_only(recipe, extended, alternative)),
        "no-extended-usage": make(_only(recipe, usage, alternative)),
        "neither": make(_only(recipe, alternative)),
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
        label: make(_only(recipe, usage, extended, *([leaves.uris(*values)] if values else [])))
        for label, values in lists.items()
    }


def _uri(recipe: Recipe) -> str:
    octets = recipe.extensions[2].value
    return octets[octets.index(b"urn:") :].decode("ascii")


def _receiver(recipe: Recipe) -> Made:
    usage, extended, _ = recipe.extensions
    receiver = _uri(recipe).replace(":member", ":receiver")
    return {"twin": make(_only(recipe, usage, extended, leaves.uris(receiver)))}


RULES = [
    Rule(
        "too-long",
        ("REQ-LEF-1",),
        "leaf-too-long",
        _oversize,
        lambda recipe: {"twin": leaves.padded(recipe, 600)},
    ),
    Rule("encoding", ("REQ-LEF-2",), "leaf-encoding", _encodings, _tight),
    Rule("version", ("REQ-LEF-3",), "leaf-version", _versions),
    Rule("key", ("REQ-LEF-4",), "leaf-key", _keys),
    Rule("small-order", ("REQ-LEF-5",), "leaf-small-order", _small),
    Rule("algorithm", ("REQ-LEF-6",), "leaf-signature-algorithm", _algorithms),
    Rule("extension", ("REQ-LEF-7",), "leaf-extension", _extensions, _more_extensions),
    Rule("usage", ("REQ-LEF-8",), "leaf-usage", _usages, _good_usages),
    Rule("name", ("REQ-LEF-9",), "leaf-name", _names, _alternative),
    Rule("not-yet-valid", ("REQ-LEF-10",), "leaf-not-yet-valid", _early, _at_the_ends),
    Rule("expired", ("REQ-LEF-10",), "leaf-expired", _late, _at_the_ends),
    Rule("validity", ("REQ-LEF-11",), "leaf-validity-too-long", _too_long(400), _longest(400)),
    Rule("closed-validity", ("REQ-LEF-11",), "leaf-validity-too-long", _too_long(7), _longest(7), "closed"),
    Rule("closed-expired", ("REQ-LEF-10",), "leaf-expired", _late, policy="closed"),
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
        )(_story(_kind, _rule))


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
            here.twin(_showing(here, change(_recipe(here))), label)

    return story


def _p256_leaf(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind)
        key = SigningKey.from_octets(judge.octets(32), "p256")
        other = here.stage.newcomer("p256")
        other.key = key
        leaf = make(leaves.good(key, here.stage.wall))
        node = node_id(here.stage.overlay, key.spki)
        draft = _showing(here, leaf).with_prefix(signer=node).changed(maker=other)
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
