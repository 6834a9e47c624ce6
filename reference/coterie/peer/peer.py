"""The peer: datagrams, instants and verbs in, effects out. No socket, no clock, no randomness of its own.

Implements the order of checks of REQ-FRM-13 from the source to the overlay; the rest of the order is the
overlay's. Whoever drives a peer calls one method at a time, then drains `effects()` and arms one timer at
`next_wake()`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coterie.crypto import schedule
from coterie.effects import Disk, Effect
from coterie.errors import LocalError, RemoteError
from coterie.groups.strangers import Strangers
from coterie.peer import refusals, source
from coterie.peer.config import Membership, PeerConfig, decode_disk, encode_disk
from coterie.peer.former import Former
from coterie.peer.named import ResourceName, Value
from coterie.peer.overlay import Overlay
from coterie.peer.timed import Timed
from coterie.sessions import Secrets
from coterie.standing import Standing, next_incarnation
from coterie.views import Request
from coterie.vocabulary import Address, Entropy, NodeId, Now, OverlayId
from coterie.wire import decode_header, decode_rest
from coterie.wire.frames import Header, SealedFrame

if TYPE_CHECKING:
    from coterie.peer.foreign import ForeignOverlay
    from coterie.peer.management import Management


class Peer:
    """A peer in one or more overlays.

    Methods that take `now` expect an instant that is not before the one of the call before, by the monotonic
    clock.
    """

    def __init__(self, config: PeerConfig, now: Now, entropy: Entropy) -> None:
        self.address = config.address
        self._stored = decode_disk(config.disk)
        self._stored.incarnation = next_incarnation(now.wall_ms, self._stored.incarnation)
        self.counters: Counter[str] = Counter()
        """Refusals before the overlay was known, by reason."""
        self._outbox: list[Effect] = []
        self._overlays: dict[OverlayId, Overlay] = {}
        self._foreign: dict[OverlayId, ForeignOverlay] = {}
        self._former = Former()
        self._entropy = entropy
        self._grease = config.grease
        self._secrets = Secrets(entropy)
        self.strangers = Strangers(self._has_session)
        for membership in config.overlays:
            self.enter(membership)
        self._outbox.append(Disk(encode_disk(self._stored)))
        self._now = now
        for main, octets in tuple(self._stored.groups.items()):
            if main in self._overlays and self._overlays[main].neighbourhood is not None:
                self.management(main).recall(octets, now)

    @property
    def incarnation(self) -> int:
        """Which life of the peer this is."""
        return self._stored.incarnation

    def enter(self, membership: Membership) -> OverlayId:
        """Be in one more overlay from now on; its Overlay-ID. `LocalError` when the peer is in it."""
        standing = self._standing(membership)
        self._overlays[standing.overlay] = Overlay(standing, self._secrets, self._outbox, self._stored)
        if membership.trust.hosts:
            self.management(standing.overlay)
        return standing.overlay

    def enter_foreign(self, membership: Membership, now: Now) -> OverlayId:
        """Have a foreign main overlay from now on, and come back to the groups that an earlier life had
        there; its Overlay-ID. `LocalError` when the peer is in it."""
        # values are slow to import
        from coterie.peer.foreign import ForeignOverlay

        standing = self._standing(membership)
        self._foreign[standing.overlay] = ForeignOverlay(standing, self._outbox)
        octets = self._stored.groups.get(standing.overlay)
        if octets is not None:
            self.management(standing.overlay).recall(octets, now)
        return standing.overlay

    def foreign(self, overlay: OverlayId) -> ForeignOverlay:
        """A foreign main overlay: its verbs, and what its store says. `LocalError` unless the peer has it."""
        if overlay not in self._foreign:
            raise LocalError(f"this peer has no foreign main overlay {overlay.hex()}; enter it first")
        return self._foreign[overlay]

    def _standing(self, membership: Membership) -> Standing:
        standing = Standing(membership.identity, membership.trust, self.address, self._entropy)
        standing.incarnation = self.incarnation
        standing.sequence = self._former.sequence(standing.overlay)
        standing.grease = self._grease
        if standing.overlay in self.overlays:
            raise LocalError(f"overlay {standing.overlay.hex()} is named twice; name each overlay once")
        return standing

    def exit(self, overlay: OverlayId) -> None:
        """Be in an overlay no more: everything of it is forgotten at once, and nobody is told: whoever
        wants others to know leaves first. What must not be used again in this life is remembered."""
        known = self._overlay(overlay)
        if known.group is not None:
            # REQ-VIE-26: over leaving and joining
            self._stored.learn(overlay, known.membership().ground.seen)
        self._former.remember(overlay, known.standing.sequence)
        del self._overlays[overlay]

    def _has_session(self, overlay: OverlayId, at: Address) -> bool:
        known = self._overlays.get(overlay)
        return known is not None and any(each.address == at for each in known.sessions.table.sorted())

    def keep(self, main: OverlayId, octets: bytes) -> None:
        """What the next life is to know of the groups of a main overlay; without octets nothing."""
        self._stored.groups.pop(main, None)
        if octets:
            self._stored.groups[main] = octets
        self._outbox.append(Disk(encode_disk(self._stored)))

    def management(self, overlay: OverlayId) -> Management:
        """The management of groups in a main overlay. `LocalError` in one that has views."""
        known = self._any(overlay)
        if known.management is None:
            # documents are slow to import
            from coterie.peer.management import Management

            Management(self, known)
        if known.management is None:
            raise TypeError("management did not begin")
        return known.management

    def overlay(self, overlay: OverlayId) -> Overlay:
        """The inside of an overlay, for the management of groups. `LocalError` unless the peer is in it."""
        return self._overlay(overlay)

    # ------------------------------------------------------------ from the network

    def receive_datagram(self, data: bytes, origin: Address, destination: Address, now: Now) -> None:
        """Handle a datagram that came from `origin` to `destination`, an address of this peer.

        Raises RemoteError when it is refused, after the refusal was counted; effects may hold the answer to
        it.
        """
        self._now = now
        try:
            source.check_source(origin, self.address, destination)
        except RemoteError as refused:
            self.counters[refused.reason] += 1
            raise
        whole = self._receive(data, origin, now, assembled=False)
        if whole is not None:
            # REQ-FRM-33: as if it came whole
            self._receive(whole, origin, now, assembled=True)

    def _receive(self, data: bytes, origin: Address, now: Now, *, assembled: bool) -> bytes | None:
        counters = self.counters
        try:
            header = self._header(data, origin)
            overlay = check_overlay(self._overlays, header)
            counters = overlay.counters
            if not assembled:
                overlay.traffic.came(data)
            most = overlay.standing.trust.max_datagram
            frame = decode_rest(header, data, max_datagram=most, assembled=assembled)
            overlay.touch(messages_only=isinstance(frame, SealedFrame))
            return overlay.receive(frame, origin, now)
        except RemoteError as refused:
            counters[refused.reason] += 1
            raise

    def _header(self, data: bytes, origin: Address) -> Header:
        try:
            return decode_header(data)
        except RemoteError as refused:
            answer = refusals.error_to_version(data, origin, refused)
            self._outbox += [answer] if answer else []
            raise

    # ------------------------------------------------------------ from the user

    def greet(self, overlay: OverlayId, to: Address, now: Now) -> None:
        """Begin a handshake; ends in the event `session` or `greet-failed`."""
        known = self._overlay(overlay)
        known.emit(known.sessions.greet(to, now), now)

    def ping(self, overlay: OverlayId, node: NodeId, now: Now) -> None:
        """Ask a peer whether it lives; ends in `pong`, `refused` or `ping-lost`."""
        self._overlay(overlay).ping(node, now)

    def install(self, overlay: OverlayId, request: Request, now: Now) -> None:
        """Propose a view; ends in `view-installed` or `run-failed`."""
        self._overlay(overlay).install(request, now)

    def create(self, overlay: OverlayId, now: Now, *, suite: int = 1) -> None:
        """Begin a group, which keeps its suite as long as it lives: a view of one, installed at once."""
        known = self._overlay(overlay)
        known.emit(known.membership().create(suite, now), now)

    def join(self, overlay: OverlayId, contacts: Sequence[Address], now: Now) -> None:
        """Ask to be taken into the view that `contacts` are in; a member seeks to merge with it. Without
        views: enter the overlay by them; ends in `entered`."""
        known = self._overlay(overlay)
        if known.neighbourhood is not None:
            known.emit(known.neighbourhood.neighbours.join(tuple(contacts), now), now)
        else:
            known.emit(known.membership().join(tuple(contacts), now), now)

    def leave(self, overlay: OverlayId, now: Now) -> None:
        """Leave the group, or an overlay without views; ends in `left`."""
        known = self._any(overlay)
        if not isinstance(known, Overlay):
            known.leave(now)
        elif known.neighbourhood is not None:
            known.emit(known.neighbourhood.neighbours.leave(now), now)
        else:
            known.emit(known.membership().leave(now), now)

    def find(self, overlay: OverlayId, target: bytes, now: Now) -> None:
        """Look up who is closest to 32 octets; ends in `found`."""
        known = self._overlay(overlay)
        known.emit(known.without_views().neighbours.find(target, now), now)

    def publish(self, overlay: OverlayId, value: Value, now: Now) -> None:
        """Have a value held until it is withdrawn; each time that it was sent, `published` is told."""
        known = self._overlay(overlay)
        known.emit(known.without_views().publish(value, now), now)

    def withdraw(self, overlay: OverlayId, resource: ResourceName, slot: bytes, now: Now) -> None:
        """Withdraw what was published; ends in `published`."""
        known = self._overlay(overlay)
        known.emit(known.without_views().withdraw(resource, slot, now), now)

    def fetch(self, overlay: OverlayId, resource: ResourceName, now: Now) -> None:
        """Find all values of a resource; ends in `fetched`."""
        known = self._overlay(overlay)
        known.emit(known.without_views().fetch(resource, now), now)

    def subscribe(self, overlay: OverlayId, service: str) -> None:
        """Which messages of a group are told, and in which order: one of the services of the registry."""
        known = self._overlay(overlay)
        known.membership()
        if known.group is not None:
            known.group.multicast.subscribe(service)

    def send(self, overlay: OverlayId, payload: bytes, now: Now, *, proxy: bool = False) -> None:
        """One message to the installed view; in a group also through its coordinator, as `proxy`."""
        self._overlay(overlay).send(payload, now, proxy=proxy)

    def export(self, overlay: OverlayId, context: bytes, length: int) -> bytes:
        """`length` octets that all members of the installed view, and nobody else, can derive for
        `context`."""
        known = self._overlay(overlay)
        known.check_views()
        view = known.views.view
        if view is None:
            raise LocalError("there is no view to export from; wait for view-installed")
        return schedule.export(view.held_secrets.exporter, context, length)

    # ------------------------------------------------------------ time

    def next_wake(self) -> int | None:
        """When `handle_timers` is due, in milliseconds of the monotonic clock; None when nothing waits."""
        dues = [due[0] for known in self._everywhere() if (due := known.due) is not None]
        return min(dues, default=None)

    def handle_timers(self, now: Now) -> None:
        """Let everything go off that is due, earliest first."""
        self._now = now
        for overlay in self._everywhere():
            overlay.follow_clocks(now)
        while True:
            first: tuple[int, Timed, Overlay | ForeignOverlay] | None = None
            for overlay in self._everywhere():
                due = overlay.due
                if due is not None and due[0] <= now.mono_ms and (first is None or due[0] < first[0]):
                    first = (*due, overlay)
            if first is None:
                return
            _, machine, overlay = first
            overlay.fire(machine, now)

    def _everywhere(self) -> tuple[Overlay | ForeignOverlay, ...]:
        return (*self._overlays.values(), *self._foreign.values())

    # ------------------------------------------------------------ out

    def effects(self) -> list[Effect]:
        """What has happened since the last call, in order."""
        drained = self._outbox[:]
        self._outbox.clear()
        return drained

    def node(self, overlay: OverlayId) -> NodeId:
        """This peer's Node-ID in an overlay."""
        return self._any(overlay).standing.node

    def leaf(self, overlay: OverlayId, node: NodeId) -> bytes | None:
        """The leaf (DER) that the peer of a session has shown, or the own one; None for a stranger."""
        known = self._overlay(overlay)
        if node == known.standing.node:
            return known.standing.identity.leaf
        session = known.sessions.table.get(node)
        return None if session is None else session.leaf.der

    def has_repeats(self, overlay: OverlayId) -> bool:
        """Whether records that this peer sent there will be sent again."""
        known = self._overlay(overlay)
        return known.records.has_repeats if known.group is None else not known.group.multicast.idle

    @property
    def overlays(self) -> tuple[OverlayId, ...]:
        """The overlays that the peer is in, foreign ones last."""
        return (*self._overlays, *self._foreign)

    def inspect(self, overlay: OverlayId) -> dict[str, Any]:
        """The public state of an overlay, with the members that the Test interface chapter names; those of
        its values alone of a foreign one."""
        if overlay in self._foreign:
            return self._foreign[overlay].values.facts()
        known = self._overlay(overlay)
        view, run, group = known.views.view, known.views.run, known.group
        counters = self.counters + known.counters
        return {
            "digest": known.digest(),
            "counters": {reason: counters[reason] for reason in sorted(counters)},
            "sessions": [
                {"node": session.node, "address": session.address, "incarnation": session.incarnation}
                for session in known.sessions.table.sorted()
            ],
            "view": view.proposal.view if view else None,
            "members": list(view.proposal.members) if view else [],
            "run": {
                "install_digest": run.proposal.digest,
                "position": run.proposal.position,
                "state": run.state.value,
            }
            if run
            else None,
            "clock": group.clock if group else known.records.clock,
            "handshakes": known.sessions.handshakes,
            "assemblies": len(known.assemblies),
            "next_counter": group.multicast.frames_sent if group else known.records.next_counter,
            "traffic": known.traffic.facts(),
        } | known.facts(self._now)

    def _any(self, overlay: OverlayId) -> Overlay | ForeignOverlay:
        return self._foreign.get(overlay) or self._overlay(overlay)

    def _overlay(self, overlay: OverlayId) -> Overlay:
        if overlay not in self._overlays:
            raise LocalError(
                f"this peer is not in overlay {overlay.hex()}; name one that it was started with"
            )
        known = self._overlays[overlay]
        known.touch()
        return known


def check_overlay(overlays: dict[OverlayId, Overlay], header: Header) -> Overlay:
    """The frame is of an overlay that this peer is in; the overlay."""
    # REQ-FRM-6: an overlay that the receiver is not in does not exist for it
    if header.overlay_id not in overlays:
        raise RemoteError("unknown-overlay", requirement="REQ-FRM-6", field="header.overlay_id")
    return overlays[header.overlay_id]
