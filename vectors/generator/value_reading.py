"""Vectors of what an envelope says: documents, slots, publishers, and who may speak for a group."""

from collections.abc import Iterator
from dataclasses import replace

from coterie import documents
from coterie.crypto import names
from coterie.documents import Contact, GroupInfo, GroupInvitation
from coterie.vocabulary import OverlayId
from vectors.generator import admissions, envelopes, leaf_keys, scene
from vectors.generator.book import Book, Fault, Json
from vectors.generator.certificates import CLIENT, SIGNS, Recipe, name
from vectors.generator.certificates import names as alternatives
from vectors.generator.envelopes import INFO, LIST, MEMBERS, Draft, closed, draft, stored, tombstone

NAMES = {INFO: "info", MEMBERS: "members", LIST: "list"}
DAY = scene.DAY


def reading() -> list[Json]:
    """What a reader makes of one envelope."""
    book = Book("envelope-read")
    page = book.page("envelope.read", reqs=["VAL-12", "VAL-13"])
    twin = page.accept("info", stored(draft().signed()))
    admitted = page.accept("closed", stored(closed().signed()), variation="closed", reqs=["VAL-13", "VAL-14"])
    for word, variation, reqs, made in _good():
        page.accept(word, stored(made.signed()), variation=variation, reqs=reqs)
    for word, fault, made in (*_documents(), *_slots(), *_before()):
        page.refuse(word, twin, fault, {"bytes": made.signed().hex()})
    for word, fault, made in _strangers():
        page.refuse(word, admitted, fault, {"bytes": made.signed().hex()})
    flipped = draft().signed()[:-1] + bytes([draft().signed()[-1] ^ 1])
    page.refuse(
        "signature", twin, Fault("flip-signature", "bad-signature", ["VAL-11"]), {"bytes": flipped.hex()}
    )
    return book.vectors


def _good() -> Iterator[tuple[str, str, list[str], Draft]]:
    yield "info-p256", "p256-key", ["VAL-12", "VAL-11", "FRM-14"], draft("Ben")
    yield "redirect", "redirect", ["VAL-12", "VAL-13"], draft().but(value=envelopes.redirect())
    yield (
        "redirect-binary",
        "redirect",
        ["VAL-12", "DOC-43"],
        draft().but(value=envelopes.redirect(b"\xff\x00")),
    )
    yield "redirect-to-itself", "redirect", ["VAL-12"], draft().but(value=envelopes.redirect(envelopes.NAME))
    for who in ("Ada", "Fay"):
        yield f"members-{who.lower()}", "member", ["VAL-12", "VAL-13"], draft(who, MEMBERS)
    yield "list", "list-entry", ["VAL-12"], draft(kind=LIST)
    yield "list-other-slot", "slot-not-compared", ["VAL-13"], draft(kind=LIST).but(slot=scene.OTHER)
    for kind, word in NAMES.items():
        yield f"tombstone-{word}", "tombstone", ["VAL-12"], tombstone(draft(kind=kind))
    yield "tombstone-of-nobody", "tombstone", ["VAL-13"], tombstone(draft()).but(slot=scene.OTHER)
    yield "closed-p256", "closed", ["VAL-14", "VAL-11", "FRM-14"], closed("Ben")
    week = replace(envelopes.admitted(), not_after=scene.NOW + 6 * DAY).made()
    yield "closed-7-days", "longest-admission", ["VAL-14"], closed().but(leaf=week)
    crlf = draft().fields.value.replace(b"\n", b"\r\n")
    yield "info-crlf", "as-published", ["VAL-12"], draft().but(value=crlf)


def _documents() -> Iterator[tuple[str, Fault, Draft]]:
    good = draft().fields.value
    no_document = {
        "zero": (b"\x00", "not-a-group-document", "DOC-3"),
        "header-only": (b"GROUP-MANAGEMENT:\n", "not-a-group-document", "DOC-6"),
        "cut": (good[:-5], "not-well-formed", "DOC-17"),
    }
    for word, (value, reason, req) in no_document.items():
        yield f"value.{word}", Fault("no-document", reason, [req, "VAL-12"]), draft().but(value=value)
    wrong = Fault("document-of-another-kind", "wrong-document", ["VAL-12"])
    values = {
        "info": envelopes.info(),
        "redirect": envelopes.redirect(),
        "member": envelopes.member("Ada"),
        "entry": envelopes.entry(),
        "invitation": invitation(),
    }
    own = {INFO: ("info", "redirect"), MEMBERS: ("member",), LIST: ("entry",)}
    for kind, word in NAMES.items():
        for document, value in values.items():
            if document not in own[kind]:
                yield f"value.{document}-in-{word}", wrong, draft(kind=kind).but(value=value)


def invitation() -> bytes:
    """A document that is never stored."""
    info = GroupInfo((Contact("192.0.2.1", 4000),), "Vectors")
    return documents.build(GroupInvitation(envelopes.NAME, info))


def _slots() -> Iterator[tuple[str, Fault, Draft]]:
    other = Fault("other-slot", "slot-mismatch", ["VAL-13"])
    unnamed = Fault("authority-without-key", "slot-mismatch", ["VAL-13"])
    redirected = draft().but(value=envelopes.redirect())
    yield "slot.of-another-name", other, draft().but(slot=scene.OTHER)
    yield "slot.last-bit", other, draft().but(slot=scene.OPEN[:-1] + bytes([scene.OPEN[-1] ^ 1]))
    yield "slot.name-of-another", other, draft().but(name=b"Other Vectors")
    yield "slot.open-in-closed", other, draft().but(slot=scene.closed())
    yield "slot.closed-in-open", other, closed().but(slot=scene.OPEN)
    yield "slot.of-another-authority", other, closed().but(slot=names.overlay_id(envelopes.NAME, bytes(32)))
    by_certificate = names.authority_hash(scene.issuer().certificate)
    named = names.overlay_id(envelopes.NAME, by_certificate)
    yield "slot.of-the-certificate", other, closed().but(slot=named)
    yield "slot.redirect-of-another-name", other, redirected.but(slot=scene.OTHER)
    yield "slot.redirect-in-target", other, redirected.but(slot=names.overlay_id(b"Other Vectors"))
    yield "slot.redirect-in-closed", other, redirected.but(slot=scene.closed())
    smallest = bytes.fromhex("3003020105")
    authority = admissions.authority_recipe()
    certificate = scene.issuer().certificate
    keyless = {
        "smallest": smallest,
        "cut": b"\x30\x82" + (len(certificate) - 5).to_bytes(2, "big") + certificate[4:-1],
        "other-key": replace(authority, spki=leaf_keys.point(b"\x04" + bytes(64))).made(),
        "compressed-key": replace(
            authority, spki=leaf_keys.point(b"\x02" + scene.person("Ben").spki[-64:-32])
        ).made(),
    }
    for word, der in keyless.items():
        yield f"authority.{word}", unnamed, closed().but(value=envelopes.info(authority=der))
    lies = Fault("member-is-another", "publisher-mismatch", ["VAL-13"])
    for who, said in (("Ada", "Cleo"), ("Fay", "Ada")):
        value = envelopes.member(said)
        yield f"publisher.{who.lower()}-says-{said.lower()}", lies, draft(who, MEMBERS).but(value=value)
    by_node = documents.build(documents.GroupMember(scene.person("Ada").node(envelopes.MAIN)))
    yield "publisher.node-id", lies, draft(kind=MEMBERS).but(value=by_node)


def _strangers() -> Iterator[tuple[str, Fault, Draft]]:
    """Those whom the authority of the closed group has not admitted."""

    def refused(mutation: str, reason: str, req: str) -> Fault:
        return Fault(mutation, reason, [req, "VAL-14"])

    uri = f"urn:coterie:{scene.closed().hex()}:member".encode()
    wear = envelopes.admitted()
    own = scene.person("Ada").key
    yield (
        "stranger.open-leaf",
        refused("longer-validity", "leaf-validity-too-long", "LEF-11"),
        closed().but(leaf=scene.person("Ada").leaf),
    )
    longer = replace(wear, not_after=scene.NOW + 6 * DAY + 1).made()
    yield (
        "stranger.7-days-1-s",
        refused("longer-validity", "leaf-validity-too-long", "LEF-11"),
        closed().but(leaf=longer),
    )
    short = replace(admissions.plain(), not_after=scene.NOW + DAY).made()
    yield "stranger.no-name", refused("no-admission", "leaf-name", "LEF-12"), closed().but(leaf=short)
    without = replace(wear, extensions=(alternatives((0x86, uri)),)).made()
    yield (
        "stranger.no-usage",
        refused("admission-without-usage", "leaf-usage", "LEF-12"),
        closed().but(leaf=without),
    )
    for word, overlay in {"open-slot": scene.OPEN, "main": envelopes.MAIN, "other": scene.OTHER}.items():
        yield (
            f"stranger.admitted-to-{word}",
            refused("other-admission", "leaf-name", "LEF-12"),
            closed().but(leaf=_admission("member", overlay)),
        )
    named = replace(wear, signer=own, extensions=(SIGNS, CLIENT, alternatives((0x86, uri), critical=True)))
    forged = refused("signed-by-another", "leaf-issuer", "LEF-13")
    yield "stranger.signed-itself", forged, closed().but(leaf=named.made())
    yield (
        "stranger.issuer-named",
        refused("other-issuer", "leaf-issuer", "LEF-13"),
        closed().but(leaf=replace(wear, issuer=name("Else")).made()),
    )
    listens = Fault("admission-to-listen", "leaf-name", ["VAL-14", "LEF-12"])
    yield "stranger.receiver", listens, closed().but(leaf=_admission("receiver"))
    for word, recipe in _weak_authorities().items():
        fault = refused("no-authority", "leaf-issuer", "LEF-13")
        yield f"stranger.authority-{word}", fault, closed().but(value=envelopes.info(authority=recipe.made()))


def _weak_authorities() -> dict[str, Recipe]:
    """Certificates of the key of the authority that admit nobody."""
    true = admissions.authority_recipe()
    return {
        "expired": replace(true, not_after=scene.NOW - 1),
        "without-extensions": replace(true, extensions=None),
        "other-name": replace(true, subject=name("Else")),
    }


def _admission(role: str, overlay: OverlayId | None = None) -> bytes:
    """Ada's leaf for another role, or another overlay."""
    uri = f"urn:coterie:{(overlay or scene.closed()).hex()}:{role}".encode()
    extensions = (SIGNS, CLIENT, alternatives((0x86, uri), critical=True))
    return replace(envelopes.admitted(), extensions=extensions).made()


def _before() -> Iterator[tuple[str, Fault, Draft]]:
    """What a storer refuses, a reader refuses first."""
    yield "before.kind", Fault("several-faults", "unknown-kind", ["VAL-3"]), draft().but(kind=7, value=b"x")
    yield (
        "before.slot",
        Fault("several-faults", "bad-slot", ["VAL-5"]),
        draft(kind=MEMBERS).but(slot=scene.OPEN, value=b"x"),
    )
    yield (
        "before.expired",
        Fault("several-faults", "expired-value", ["VAL-9"]),
        draft().but(sequence=0, value=b"x"),
    )
    yield (
        "before.overlay",
        Fault("several-faults", "bad-signature", ["VAL-11"]),
        replace(draft().but(value=b"x"), overlay=scene.OTHER),
    )
    yield (
        "before.type",
        Fault("several-faults", "wrong-document", ["VAL-12"]),
        draft().but(slot=scene.OTHER, value=envelopes.entry()),
    )
    yield (
        "before.slot-mismatch",
        Fault("several-faults", "slot-mismatch", ["VAL-13"]),
        draft().but(slot=scene.OPEN, value=envelopes.info(authority=scene.issuer().certificate)),
    )
