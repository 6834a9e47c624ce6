"""Where a datagram may come from, and how much goes back to an address that has proved nothing."""

from __future__ import annotations

from collections.abc import Callable

from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._scenes import SCENES, scene
from coterie_kit.suite._stage import Stage

BAD_SOURCES = {
    "port-zero": ("192.0.2.77:0", "[2001:db8::77]:0"),
    "multicast": ("224.0.0.1:4000", "239.255.255.255:9", "[ff02::1]:4000"),
    "unspecified": ("0.0.0.0:4000", "[::]:4000"),
    "broadcast": ("255.255.255.255:4000",),
}


def _bad_source(operator: str, kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        own = (here.stage.subject.address,)
        for source in BAD_SOURCES.get(operator, own):
            here.refuses(here.draft.changed(source=source), "bad-source", source, wire=None)
        here.twin()

    return story


for _kind in ("HELLO1", "HELLO2", "PING", "DATA"):
    for _operator in (*BAD_SOURCES, "own-address"):
        case(
            f"frames.{_kind.lower()}.source-{_operator}",
            reqs=["REQ-FRM-1"],
            type=_kind,
            operator=f"source-{_operator}",
            fresh=True,
        )(_bad_source(_operator, _kind))


@case(
    "frames.hello1.reply-not-longer",
    reqs=["REQ-FRM-34", "REQ-SES-2"],
    type="HELLO1",
    operator="conforming-size",
    fresh=True,
)
def _not_longer(judge: Judge) -> None:
    stage = Stage(judge)
    for name, version in (("version-1", 1), ("version-2", 2)):
        hello1 = stage.others[0].hello1(judge.octets(32))
        asked = hello1[:2] + bytes([version]) + hello1[3:]
        reply = stage.deliver(asked, stage.others[0])
        size = sum(len(send.bytes) for send in reply.sends)
        judge.check(f"{name}.size", size <= len(asked), expected=f"at most {len(asked)}", observed=size)


def _silent(kind: str) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        here = scene(judge, kind, n=2)
        stranger = "198.51.100.4:1234"
        whole = here.draft.octets()
        spoiled = [
            whole[:-1] + bytes([whole[-1] ^ 1]),
            whole[:40],
            whole[:2] + b"\x09" + whole[3:],
            whole[:30] + whole,
        ]
        for number, octets in enumerate(spoiled):
            reply = here.stage.deliver(octets, stranger)
            size = sum(len(send.bytes) for send in reply.sends)
            judge.check(
                f"spoiled-{number}", size <= len(octets), expected=f"at most {len(octets)}", observed=size
            )

    return story


for _kind in SCENES:
    if _kind != "HELLO1":
        case(
            f"frames.{_kind.lower()}.no-amplification",
            reqs=["REQ-FRM-34", "REQ-FRM-14"],
            type=_kind,
            operator="spoiled-from-a-stranger",
            fresh=True,
        )(_silent(_kind))
