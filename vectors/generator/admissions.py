"""Vectors of admissions: the leaves of a closed overlay, and the authority that signs them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from vectors.generator import leaf_keys, scene
from vectors.generator.book import Fault, Json, Page
from vectors.generator.certificates import (
    BITS,
    CLIENT,
    SEQUENCE,
    SIGNS,
    Recipe,
    extension,
    name,
    names,
    tlv,
)

DAY, NOW = scene.DAY, scene.NOW
URI, DNS = 0x86, 0x82
NAMED = ("NAM-1", "NAM-2")
"""What the result of leaf.check says beside the verdict."""


@cache
def plain() -> Recipe:
    """Ada's leaf for open overlays."""
    ada = scene.person("Ada")
    return Recipe(ada.spki, ada.key, NOW - DAY, NOW + 300 * DAY, name("Ada"), name("Ada"))


@cache
def admitted() -> Recipe:
    """Ada's leaf for the closed overlay."""
    uri = f"urn:coterie:{scene.closed().hex()}:member".encode()
    return replace(
        plain(),
        signer=scene.issuer().key,
        not_after=NOW + 5 * DAY,
        issuer=name("Vectors Authority"),
        subject=name(),
        extensions=(SIGNS, CLIENT, names((URI, uri), critical=True)),
    )


@cache
def authority_recipe() -> Recipe:
    """The authority's certificate."""
    key = scene.issuer().key
    constraints = extension("2.5.29.19", tlv(SEQUENCE, tlv(0x01, b"\xff")), critical=True)
    usage = extension("2.5.29.15", tlv(BITS, b"\x01\x06"), critical=True)
    subject = name("Vectors Authority")
    return Recipe(
        leaf_keys.spki(key), key, NOW - 10 * DAY, NOW + 1000 * DAY, subject, subject, (constraints, usage)
    )


def under_closed(leaf: bytes, authority: bytes | None = None) -> Json:
    """The arguments of leaf.check in the closed overlay."""
    return {
        "leaf": leaf.hex(),
        "overlay": scene.closed().hex(),
        "policy": "closed",
        "authority": (authority or authority_recipe().made()).hex(),
        "wall_ms": scene.WALL_MS,
    }


@dataclass(frozen=True, slots=True)
class Admission:
    """What is wrong with a leaf or the authority of the closed overlay."""

    mutation: str
    reason: str
    req: str
    leaf: bytes | None = None
    authority: bytes | None = None


def closed(page: Page) -> None:
    twin = page.accept(
        "closed.member",
        under_closed(admitted().made()),
        variation="closed",
        reqs=["LEF-12", "LEF-13", *NAMED],
    )
    for word, variation, made in _good_admissions():
        page.accept(
            f"closed.{word}", under_closed(made), variation=variation, reqs=["LEF-12", "LEF-13", *NAMED]
        )
    page.accept(
        "closed.days-7",
        under_closed(replace(admitted(), not_after=NOW + 6 * DAY).made()),
        variation="longest-admission",
        reqs=["LEF-11", *NAMED],
    )
    for word, wrong in (_wrong_admissions() | _wrong_issuers()).items():
        fault = Fault(wrong.mutation, wrong.reason, [wrong.req])
        given = under_closed(wrong.leaf or admitted().made(), wrong.authority)
        page.refuse(f"closed.{word}", twin, fault, given)


def _good_admissions() -> Iterator[tuple[str, str, bytes]]:
    uri = f"urn:coterie:{scene.closed().hex()}:receiver".encode()
    yield "receiver", "closed-receiver", _admitted(names((URI, uri))).made()
    yield "p256", "closed-p256-key", replace(admitted(), spki=scene.person("Ben").spki).made()
    yield "made-by-the-library", "closed", scene.admission("Cleo")
    yield "with-subject", "closed-with-subject", replace(admitted(), subject=name("Ada")).made()


def _admitted(alternative: bytes, *first: bytes) -> Recipe:
    return replace(admitted(), extensions=(*(first or (SIGNS, CLIENT)), alternative))


def _wrong_admissions() -> dict[str, Admission]:
    overlay = scene.closed().hex()
    own = names((URI, f"urn:coterie:{overlay}:member".encode()), critical=True)
    texts = {
        "other-overlay": f"urn:coterie:{scene.OPEN.hex()}:member",
        "upper-case": f"urn:coterie:{overlay.upper()}:member",
        "other-role": f"urn:coterie:{overlay}:admin",
        "without-role": f"urn:coterie:{overlay}",
        "role-and-more": f"urn:coterie:{overlay}:member:x",
        "other-scheme": f"uri:coterie:{overlay}:member",
        "shortened": f"urn:coterie:{overlay[:-2]}:member",
    }
    wrong = {
        f"name-{word}": Admission(
            "other-admission", "leaf-name", "LEF-12", _admitted(names((URI, text.encode()))).made()
        )
        for word, text in texts.items()
    }
    uri = (URI, f"urn:coterie:{overlay}:member".encode())
    wrong["two-names"] = Admission("two-admissions", "leaf-name", "LEF-12", _admitted(names(uri, uri)).made())
    wrong["name-beside"] = Admission(
        "two-admissions", "leaf-name", "LEF-12", _admitted(names(uri, (DNS, b"a.example"))).made()
    )
    unnamed = replace(admitted(), subject=name("Ada"), extensions=(SIGNS, CLIENT))
    wrong["no-names"] = Admission("no-admission", "leaf-name", "LEF-12", unnamed.made())
    as_host = _admitted(names((DNS, uri[1])))
    wrong["name-as-host"] = Admission("other-admission", "leaf-name", "LEF-12", as_host.made())
    for word, first in {"without-usage": (CLIENT,), "without-purpose": (SIGNS,)}.items():
        wrong[word] = Admission(
            "admission-without-usage", "leaf-usage", "LEF-12", _admitted(own, *first).made()
        )
    longer = replace(admitted(), not_after=NOW + 6 * DAY + 1)
    wrong["7-days-1-s"] = Admission("longer-validity", "leaf-validity-too-long", "LEF-11", longer.made())
    return wrong


def _wrong_issuers() -> dict[str, Admission]:
    def wrong(mutation: str, **given: Any) -> Admission:
        return Admission(mutation, "leaf-issuer", "LEF-13", **given)

    other = scene.person("Dan").key
    authority = authority_recipe()
    constraints, usage = authority.extensions or ()
    signs_only = extension("2.5.29.15", tlv(BITS, b"\x07\x80"), critical=True)
    true = admitted().made()
    flipped = true[:-1] + bytes([true[-1] ^ 1])
    return {
        "issuer-other-name": wrong("other-issuer", leaf=replace(admitted(), issuer=name("Else")).made()),
        "issuer-other-string": wrong(
            "other-issuer", leaf=replace(admitted(), issuer=name("Vectors Authority", 0x13)).made()
        ),
        "issuer-other-key": wrong("signed-by-another", leaf=replace(admitted(), signer=other).made()),
        "issuer-self": wrong(
            "signed-by-another", leaf=replace(admitted(), signer=scene.person("Ada").key).made()
        ),
        "issuer-flipped-bit": wrong("flip-leaf-signature", leaf=flipped),
        "issuer-no-signature": wrong("flip-leaf-signature", leaf=admitted().made(b"")),
        "authority-expired": wrong(
            "authority-out-of-time", authority=replace(authority, not_after=NOW - 1).made()
        ),
        "authority-early": wrong(
            "authority-out-of-time", authority=replace(authority, not_before=NOW + 1).made()
        ),
        "authority-no-ca": wrong("no-authority", authority=replace(authority, extensions=(usage,)).made()),
        "authority-no-usage": wrong(
            "no-authority", authority=replace(authority, extensions=(constraints,)).made()
        ),
        "authority-signs-only": wrong(
            "no-authority", authority=replace(authority, extensions=(constraints, signs_only)).made()
        ),
        "authority-other-key": wrong(
            "other-authority", authority=replace(authority, spki=scene.person("Dan").spki).made()
        ),
        "authority-other-name": wrong(
            "other-authority", authority=replace(authority, subject=name("Else")).made()
        ),
    }
