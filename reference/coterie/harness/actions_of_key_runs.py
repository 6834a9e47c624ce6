"""Actions of tier 0 on elements, scalars, the steps of a key run and what follows from its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coterie import registry
from coterie.crypto import agreement, elements, schedule, suites
from coterie.harness.arguments import U16, Arguments, JsonObject
from coterie.views import order, proposal
from coterie.vocabulary import NodeId, ViewId
from coterie.wire import codec
from coterie.wire.bodies import Install

SIZE = 32
"""Octets of an element, a scalar, a digest and a secret."""


def _hex(octets: list[bytes] | tuple[bytes, ...]) -> list[str]:
    return [each.hex() for each in octets]


def element_check(given: Arguments) -> JsonObject:
    """Nothing, when the elements of a flow are in order: an UP if there is a total, a DOWN if not."""
    suite, flow = given.suite(), given.octets_list("elements", SIZE)
    total = given.octets("total", SIZE) if given.has("total") else None
    given.end()
    elements.check_flow(suite, flow, total)
    return {}


def element_raise(given: Arguments) -> JsonObject:
    """An element raised to a scalar."""
    suite, element, scalar = given.suite(), given.octets("element", SIZE), given.octets("scalar", SIZE)
    given.end()
    return {"element": suites.raise_(suite, element, scalar).hex()}


def scalar_draw(given: Arguments) -> JsonObject:
    """The scalar of a draw."""
    suite, octets = given.suite(), given.octets("bytes")
    given.end()
    return {"scalar": suite.scalar_from_draw(octets).hex()}


def scalar_fold(given: Arguments) -> JsonObject:
    """Two scalars in one."""
    suite, x, y = given.suite(), given.octets("x", SIZE), given.octets("y", SIZE)
    given.end()
    return {"scalar": suite.fold(x, y).hex()}


def run_start(given: Arguments) -> JsonObject:
    """The step of the controller."""
    suite, entries = given.suite(), given.octets_list("entries", SIZE)
    position = given.integer("position", registry.limit("members"))
    x, y = given.octets("x", SIZE), given.octets("y", SIZE)
    given.end()
    flow = agreement.start(suite, entries, position, x, y)
    return {"entries": _hex(flow.entries), "total": flow.total.hex(), "x": flow.x.hex()}


def run_up(given: Arguments) -> JsonObject:
    """The step of a newcomer."""
    suite, entries = given.suite(), given.octets_list("entries", SIZE)
    total, x = given.octets("total", SIZE), given.octets("x", SIZE)
    given.end()
    flow = agreement.extend(suite, entries, total, x)
    return {"entries": _hex(flow.entries), "total": flow.total.hex()}


def run_key(given: Arguments) -> JsonObject:
    """The key of a member."""
    suite, entry, x = given.suite(), given.octets("entry", SIZE), given.octets("x", SIZE)
    given.end()
    return {"key": agreement.key(suite, entry, x).hex()}


def install_check(given: Arguments) -> JsonObject:
    """Digest, view id and size of the base of an INSTALL that one can accept who has no sessions."""
    octets, node = given.octets("body"), NodeId(given.octets("node", SIZE))
    lineage = _lineage(given.object("previous")) if given.has("previous") else order.NO_LINEAGE
    given.end()
    body = codec.decode_body("INSTALL", octets)
    assert isinstance(body, Install)
    base = proposal.check_body(body, node, lineage)
    digest = proposal.digest_of(octets)
    view = proposal.view_of(body.counter, digest)
    return {"digest": digest.hex(), "view": view.hex(), "base": len(base.members)}


def _lineage(previous: JsonObject) -> order.Lineage:
    given = Arguments(previous)
    members, view = given.octets_list("members", SIZE), given.octets("view", 16)
    given.end()
    return order.Lineage(ViewId(view), tuple(NodeId(each) for each in members))


def key_schedule(given: Arguments) -> JsonObject:
    """Transcript and secrets of a view."""
    suite, digest = given.suite(), given.octets("install_digest", SIZE)
    hashes, down = given.octets_list("leaf_hashes", SIZE), given.octets("down_body")
    key = given.octets("key", SIZE)
    given.end()
    transcript = schedule.key_transcript(digest, suite.code, hashes, down)
    found = schedule.epoch_secrets(transcript, key)
    secrets = {name: getattr(found, name).hex() for name in type(found).__slots__}
    return {"transcript": transcript.hex()} | secrets


def confirm_mac(given: Arguments) -> JsonObject:
    """The MAC of a CONFIRM."""
    confirm, node = given.octets("confirm", SIZE), NodeId(given.octets("node", SIZE))
    given.end()
    return {"mac": schedule.confirmation(confirm, node).hex()}


def sender_key(given: Arguments) -> JsonObject:
    """What a sender seals with."""
    code, secret = given.suite().code, given.octets("secret", SIZE)
    index, node = given.integer("index", U16), NodeId(given.octets("node", SIZE))
    given.end()
    found = schedule.sender_key(code, secret, index, node)
    return {"key": found.key.hex(), "iv": found.iv.hex()}


def export(given: Arguments) -> JsonObject:
    """Keying material for the application."""
    exporter, context = given.octets("exporter", SIZE), given.octets("context")
    length = given.integer("length")
    given.end()
    return {"secret": schedule.export(exporter, context, length).hex()}


ACTIONS: Mapping[str, Callable[[Arguments], JsonObject]] = {
    "element.check": element_check,
    "element.raise": element_raise,
    "scalar.draw": scalar_draw,
    "scalar.fold": scalar_fold,
    "run.start": run_start,
    "run.up": run_up,
    "run.key": run_key,
    "install.check": install_check,
    "schedule": key_schedule,
    "confirm.mac": confirm_mac,
    "sender.key": sender_key,
    "export": export,
}
