"""The judge of one case: what a case's story asks the peer through, and where its checks are kept."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from coterie_kit import registry, requirements
from coterie_kit.case import Case
from coterie_kit.difference import first_difference, plain, shown
from coterie_kit.faults import Inconclusive, PeerFault, Stopped, Unsupported
from coterie_kit.peer import Peer
from coterie_kit.reply import Reply, Send
from coterie_kit.verdict import Check, Verdict

__all__ = ["Judge"]

WireRule = Callable[[tuple[Send, ...]], str]


Probe = Callable[[Peer], str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a datagram that must be refused is handed over, and what may be seen of the refusal."""

    source: str
    to: str | None = None
    overlay: bytes | None = None
    wire: WireRule | None = None
    keeps_state: bool = True
    probe: Probe | None = None
    seen: Callable[[Reply], None] | None = None


class CountedRandom(random.Random):
    """Randomness of one case that knows whether it was used."""

    used = False

    def random(self) -> float:
        """A float in [0, 1)."""
        self.used = True
        return super().random()

    def getrandbits(self, k: int, /) -> int:
        """``k`` random bits."""
        self.used = True
        return super().getrandbits(k)


class Judge:
    """Records the checks of one case. A failed check does not end the story, but for ``require``.

    One that names a requirement of ``enough`` does, for whoever wants to know no more than whether it fails.
    """

    def __init__(
        self, case: Case, seed: int, peer: Peer | None = None, enough: frozenset[str] = frozenset()
    ) -> None:
        self.case = case
        self._enough = enough
        self.checks: list[Check] = []
        self.notes: list[str] = []
        self.names: dict[str, str] = {}
        self.probe: Probe | None = None
        purpose = hashlib.sha256(f"{seed} {case.slug}".encode()).digest()
        self.random = CountedRandom(int.from_bytes(purpose, "big"))
        self.random.used = False
        self._peer = peer
        self._shown: tuple[int, bytes | None, Reply | None] = (0, None, None)

    # ------------------------------------------------------------ the peer and the inputs

    def peer(self, *, suites: Iterable[int] = (), determinism: str = "") -> Peer:
        """The peer under test; Unsupported when it does not declare what is asked here."""
        if self._peer is None:
            raise Inconclusive("there is no peer to ask")
        hello = self._peer.hello
        missing = [suite for suite in suites if suite not in hello.suites]
        if missing:
            self.unsupported(f"the peer does not offer suite {missing[0]}")
        if determinism and hello.determinism != determinism:
            self.unsupported(f"the peer declares determinism {hello.determinism}, not {determinism}")
        return self._peer

    def octets(self, count: int) -> bytes:
        """``count`` octets that are the same for the same seed and case."""
        return self.random.randbytes(count)

    # ------------------------------------------------------------ endings and notes

    def note(self, text: str) -> None:
        """A line for the report."""
        self.notes.append(text)

    def unsupported(self, why: str) -> NoReturn:
        """Ends the case: the peer does not declare what it needs."""
        raise Unsupported(why)

    def inconclusive(self, why: str) -> NoReturn:
        """Ends the case: the kit could not find out."""
        raise Inconclusive(why)

    # ------------------------------------------------------------ checks

    def check(  # noqa: PLR0913 - a check is one line of facts, all of them named
        self,
        name: str,
        ok: object,
        *,
        reqs: Iterable[str] | None = None,
        field: str = "",
        expected: Any = None,
        observed: Any = None,
        should: bool = False,
    ) -> bool:
        """Records one check, and says whether it held. ``reqs`` default to those of the case."""
        cited = tuple(reqs) if reqs is not None else self.case.reqs
        verdict = Verdict.PASS if ok else Verdict.WARN if should or _is_advice(cited) else Verdict.FAIL
        told = verdict is not Verdict.PASS and (expected is not None or observed is not None)
        values = (shown(expected), shown(observed)) if told else ()
        self.checks.append(Check(name, verdict, cited, field, *values))
        if verdict is Verdict.FAIL and not self._enough.isdisjoint(cited):
            raise Stopped(name)
        return bool(ok)

    def require(self, name: str, ok: object, **facts: Any) -> None:
        """As ``check``; a failure ends the case, because the rest of it needs this."""
        if not self.check(name, ok, **facts):
            raise Stopped(name)

    def equal(
        self, name: str, observed: Any, expected: Any, *, reqs: Iterable[str] | None = None, field: str = ""
    ) -> bool:
        """Records whether two values are equal; a failure names the first place where they differ."""
        found = first_difference(plain(observed), plain(expected), field)
        if found is None:
            return self.check(name, ok=True, reqs=reqs, field=field)
        return self.check(
            name, ok=False, reqs=reqs, field=found.path, expected=found.expected, observed=found.observed
        )

    def accepted(self, reply: Reply, name: str = "accepted", *, reqs: Iterable[str] | None = None) -> bool:
        """Records whether the peer did what it was asked."""
        return self.check(name, reply.ok, reqs=reqs, field="status", expected="ok", observed=reply.said())

    def refused(
        self, reply: Reply, reason: str, *, reqs: Iterable[str] | None = None, name: str = "refused"
    ) -> bool:
        """Records whether the peer refused for exactly ``reason``, in the phase that the registry has."""
        phase = registry.reason(reason).phase
        said = reply.said()
        if not self.check(
            f"{name}.reason", reply.status == "error" and reply.reason == reason,
            reqs=reqs, field="reason", expected=f"error {reason}", observed=said,
        ):  # fmt: skip
            return False
        return self.check(
            f"{name}.phase", reply.phase == phase,
            reqs=reqs, field="phase", expected=phase, observed=reply.phase,
        )  # fmt: skip

    def refuses(
        self,
        peer: Peer,
        datagram: bytes,
        reason: str,
        *,
        reqs: Iterable[str] | None = None,
        name: str = "refused",
        **how: Any,
    ) -> Reply:
        """Delivers ``datagram`` and records everything that a refusal is (see ``Refusal`` for ``how``).

        Reason and phase; the digest of the state as before; on the wire what ``wire`` allows (nothing); the
        counter of the reason one higher and no other; and the peer still serves a good request.
        """
        refusal = Refusal(**how)
        cited = tuple(reqs) if reqs is not None else self.case.reqs
        before = self._state(peer, refusal.overlay)
        reply = peer.deliver(datagram, refusal.source, refusal.to)
        if refusal.seen:
            refusal.seen(reply)
        self.refused(reply, reason, reqs=cited, name=name)
        after = self._state(peer, refusal.overlay)
        if refusal.keeps_state:
            self._unchanged(before, after, reply, cited, name)
        self._on_the_wire(reply, refusal.wire, cited, name)
        self._counted(before, after, reason, cited, name)
        probe = refusal.probe or self.probe
        # without a better one, that it has just told its state is the least of liveness
        trouble = probe(peer) if probe else "" if after.ok else "inspect is not answered"
        self.check(
            f"{name}.alive", not trouble, reqs=cited, expected="a good request is served", observed=trouble
        )
        return reply

    def _state(self, peer: Peer, overlay: bytes | None) -> Reply:
        """What ``inspect`` shows. It is not asked again where nothing was said to the peer since."""
        asked, of, known = self._shown
        if known is None or (asked, of) != (peer.asked, overlay):
            known = peer.inspect(overlay)
            self._shown = (peer.asked, overlay, known)
        return known

    def _unchanged(
        self, before: Reply, after: Reply, reply: Reply, cited: tuple[str, ...], name: str
    ) -> None:
        told = [event.name for event in reply.events]
        self.check(
            f"{name}.digest", before["digest"] == after["digest"] and not told,
            reqs=cited, field="digest", expected=before["digest"],
            observed=f"event {told[0]}" if told else after["digest"],
        )  # fmt: skip

    def _on_the_wire(self, reply: Reply, wire: WireRule | None, cited: tuple[str, ...], name: str) -> None:
        sends = reply.sends
        trouble = wire(sends) if wire else (f"sent {registry.frame_name(sends[0].bytes)}" if sends else "")
        self.check(
            f"{name}.wire", not trouble, reqs=cited, field="effects",
            expected="the reply that the draft states" if wire else "silence", observed=trouble,
        )  # fmt: skip

    def _counted(self, before: Reply, after: Reply, reason: str, cited: tuple[str, ...], name: str) -> None:
        wanted = _counters(before)
        wanted[reason] = wanted.get(reason, 0) + 1
        counted = {key: value for key, value in _counters(after).items() if value}
        self.equal(
            f"{name}.counter", dict(sorted(counted.items())),
            {key: value for key, value in sorted(wanted.items()) if value}, reqs=cited, field="counters",
        )  # fmt: skip


def _is_advice(cited: tuple[str, ...]) -> bool:
    """Whether all of these requirements are such that a peer may have its reasons not to meet them."""
    levels = {requirements.level(req) for req in cited}
    return bool(levels) and levels <= {"SHOULD", "SHOULD NOT", "RECOMMENDED"}


def _counters(state: Reply) -> dict[str, int]:
    """The counters of refusals; PeerFault when they are not numbers by reason."""
    found = state["counters"]
    if not isinstance(found, dict) or not all(type(value) is int for value in found.values()):
        message = "result.counters of inspect is not an object of numbers"
        raise PeerFault(message)
    return dict(found)
