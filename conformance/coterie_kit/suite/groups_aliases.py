"""Aliases: what is published to bind one, how long, and how it is taken back."""

from __future__ import annotations

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import overlay_id
from coterie_kit.suite._envelopes import DAY
from coterie_kit.suite._land import INFO, LIFETIME, RENEWED, Land
from coterie_kit.suite.groups_advertising import times
from coterie_kit.suite.groups_finding import asks, found, keys_of, looked_up, values_of
from coterie_kit.values.envelope import KINDS


def an_alias(judge: Judge) -> bytes:
    """A name that no other run has."""
    return b"Alias " + judge.octets(4).hex().encode()


def bind(land: Land, alias: bytes, group: bytes | None = None) -> None:
    """The user binds an alias."""
    land.act("group.bind", alias=alias, group=group or land.name)


def tombstones(land: Land) -> list[bytes]:
    """The names that the peer has withdrawn, in the order of that."""
    return [each.envelope.name for each in land.shown() if each.is_tombstone]


@case(
    "groups.alias.bound",
    reqs=["REQ-GRP-14", "REQ-OVL-29"],
    type="STORE",
    operator="conforming",
    cls="groups",
    fresh=True,
)
def _bound(judge: Judge) -> None:
    """A redirect under the alias, in the kind group-info, in the slot of the open group of that name."""
    land = Land(judge)
    alias = an_alias(judge)
    begin = land.mono
    bind(land, alias)
    shown = land.shown()
    judge.equal("times", times(shown, begin), [0])
    for each in shown:
        envelope = each.envelope
        judge.equal("kind", envelope.kind, KINDS[INFO], field="envelope.kind")
        judge.equal("name", envelope.name, alias, field="envelope.name")
        judge.equal("slot", envelope.slot, overlay_id(alias), field="envelope.slot")
        judge.equal("lifetime", envelope.lifetime, LIFETIME, field="envelope.lifetime")
        wanted = {"type": "group-id-redirect", "actual_group_id": land.name.hex()}
        judge.equal("says", each.document, wanted)
        judge.equal("leaf", envelope.leaf, land.subject.leaf, field="envelope.leaf")
    land.advance(2 * RENEWED)
    judge.equal("refreshed", times(land.shown(), begin), [0, RENEWED, 2 * RENEWED])
    judge.equal("the-same", len({each.envelope.value for each in land.shown()}), 1)


@case(
    "groups.alias.unbound",
    reqs=["REQ-GRP-14", "REQ-OVL-29", "REQ-OVL-30"],
    type="STORE",
    operator="conforming-unbound",
    cls="groups",
    fresh=True,
)
def _unbound(judge: Judge) -> None:
    """It is withdrawn in its place, and refreshed no more; another alias stays."""
    land = Land(judge)
    begin = land.mono
    alias, other = (b"Alias %d " % at + judge.octets(4).hex().encode() for at in range(2))
    bind(land, alias)
    bind(land, other)
    land.advance(1000)
    known = len(land.shown())
    land.act("group.unbind", alias=alias)
    gone = [(each.envelope.name, each.envelope.slot, each.envelope.lifetime) for each in land.shown()[known:]]
    judge.equal("withdrawn", gone, [(alias, overlay_id(alias), DAY)])
    judge.equal("a-tombstone", [each.is_tombstone for each in land.shown()[known:]], [True])
    land.advance(RENEWED - 1000)
    again = [(each.at - begin, each.envelope.name) for each in land.shown()[known + 1 :]]
    judge.equal("refreshed", again, [(RENEWED, other)])


@case(
    "groups.alias.not-bound",
    reqs=["REQ-GRP-14"],
    type="none",
    operator="alias-not-bound",
    cls="groups",
    fresh=True,
)
def _not_bound(judge: Judge) -> None:
    """To unbind what is not bound is a caller's mistake, and so it is the second time."""
    land = Land(judge)
    alias = an_alias(judge)
    judge.refused(land.peer.do("group.unbind", land.overlay, alias=alias), "usage", name="never")
    bind(land, alias)
    land.act("group.unbind", alias=alias)
    known = len(land.shown())
    judge.refused(land.peer.do("group.unbind", land.overlay, alias=alias), "usage", name="twice")
    judge.equal("nothing-published", len(land.shown()), known)


@case(
    "groups.alias.bound-anew",
    reqs=["REQ-GRP-14", "REQ-GRP-7", "REQ-OVL-28"],
    type="STORE",
    operator="conforming-bound-to-another",
    cls="groups",
    fresh=True,
)
def _anew(judge: Judge) -> None:
    """An alias that is bound again, to another group, means that one."""
    land = Land(judge)
    alias = an_alias(judge)
    bind(land, alias, b"der erste")
    bind(land, alias, b"der zweite")
    told = [
        (each.envelope.name, each.envelope.slot, each.document["actual_group_id"]) for each in land.shown()
    ]
    wanted = [(alias, overlay_id(alias), name.hex()) for name in (b"der erste", b"der zweite")]
    judge.require("says", told == wanted, expected=wanted, observed=told)
    made = land.put_info(["203.0.113.1:5000"], b"der zweite")
    land.put_redirect(b"ein anderer Alias", b"der zweite")  # whoever reads no redirects is judged elsewhere
    asks(land, alias)
    second = (b"der zweite".hex(), overlay_id(b"der zweite").hex(), values_of(made))
    judge.equal("found", found(land), [second], reqs=["REQ-GRP-7", "REQ-OVL-28"])
    judge.equal("looked-up", looked_up(land), keys_of(alias, b"der zweite"), reqs=["REQ-GRP-7"])


@case(
    "groups.alias.bound-by-several",
    reqs=["REQ-GRP-14", "REQ-GRP-7", "REQ-VAL-17"],
    type="VALUES",
    operator="conforming-bound-by-several",
    cls="groups",
    fresh=True,
)
def _several(judge: Judge) -> None:
    """Bound by several to one group it means that group; to different ones it is ambiguous."""
    land = Land(judge)
    alias = an_alias(judge)
    made = land.put_info(["203.0.113.1:5000"])
    bind(land, alias)
    land.put_redirect(alias, land.name)
    asks(land, alias)
    judge.equal("one", found(land), [(land.name.hex(), overlay_id(land.name).hex(), values_of(made))])
    land.put_redirect(alias, b"anderswo", age=60_000)
    asks(land, alias)
    choices = [overlay_id(land.name).hex(), overlay_id(b"anderswo").hex()]
    judge.equal("several", land.failures(), [("ambiguous-group", choices)], reqs=["REQ-GRP-7", "REQ-VAL-17"])


@case(
    "groups.alias.outlives-the-group",
    reqs=["REQ-GRP-14", "REQ-OVL-29"],
    type="STORE",
    operator="conforming-alias-stays",
    cls="groups",
    fresh=True,
)
def _stays(judge: Judge) -> None:
    """Who leaves the group has not unbound its alias."""
    land = Land(judge)
    alias = an_alias(judge)
    begin = land.mono
    here = land.founded()
    bind(land, alias)
    land.act("group.leave", group_overlay=here.overlay)
    names = [each.envelope.name for each in land.shown() if each.is_tombstone]
    judge.check("not-withdrawn", alias not in names)
    land.advance(RENEWED)
    again = [each for each in land.shown() if each.envelope.name == alias]
    judge.equal("refreshed", times(again, begin), [0, RENEWED])


@case(
    "groups.alias.unbound-before-entering",
    reqs=["REQ-GRP-27", "REQ-GRP-14"],
    type="STORE",
    operator="conforming-unbound-before-it-enters",
    cls="groups",
    fresh=True,
)
def _unbound_outside(judge: Judge) -> None:
    """What was unbound, and stored by nobody, is withdrawn when the main overlay is entered."""
    land = Land(judge)
    alias = an_alias(judge)
    bind(land, alias)
    land.deaf(to="STORE")
    land.act("group.unbind", alias=alias)
    land.need(tombstones(land) == [alias], "it does not withdraw what it unbinds")
    land.hearing(to="STORE")
    land.advance(judge.random.randrange(1000, 500_000))
    land.act("join", contacts=[land.storer().address])
    judge.equal("withdrawn", tombstones(land), [alias, alias])
