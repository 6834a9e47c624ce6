"""Mistakes of whoever asks about stored values: sizes, types and names that no action has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from coterie_kit.case import Story, case
from coterie_kit.judge import Judge
from coterie_kit.peer import Peer
from coterie_kit.suite._values import Scene

Args = Mapping[str, Any]


def _asked(peer: Peer, action: str, args: Args) -> Any:
    return peer.raw({"cmd": "do", "action": action, "args": args})


def _mistaken(judge: Judge, action: str, good: Args, changes: Mapping[str, Args]) -> None:
    """The action is done as it is, and a caller's mistake with each of the changes; None takes one away."""
    peer = judge.peer()
    judge.accepted(_asked(peer, action, good), "twin")
    for name, change in {**changes, "unknown": {"zz": 1}}.items():
        args = {key: value for key, value in {**good, **change}.items() if value is not None}
        judge.refused(_asked(peer, action, args), "usage", name=name)


def _case(operator: str) -> Callable[[Story], Story]:
    """A case about the arguments of one action."""
    return case(
        f"values.mistakes.{operator}", reqs=["REQ-TST-2"], type="none", operator=f"{operator}-arguments",
        cls="overlay", tier=0, fresh=True,
    )  # fmt: skip


@_case("resource-key")
def _key(judge: Judge) -> None:
    scene = Scene(judge)
    changes: dict[str, Args] = {
        "unknown-kind": {"kind": "group-infos"},
        "kind-as-a-number": {"kind": 1},
        "no-kind": {"kind": None},
        "no-name": {"name": None},
        "not-hex": {"name": "zz"},
        "upper-case": {"name": "FF"},
    }
    _mistaken(judge, "resource.key", {"kind": "group-info", "name": scene.name}, changes)


@_case("envelope-sign")
def _sign(judge: Judge) -> None:
    scene = Scene(judge)
    by = scene.publisher()
    good = {
        "overlay": scene.overlay, "kind": 1, "name": scene.name, "slot": judge.octets(16),
        "sequence": scene.wall, "lifetime": 60, "leaf": by.leaf, "value": b"", "key": by.key.pkcs8,
    }  # fmt: skip
    changes: dict[str, Args] = {
        "overlay-15": {"overlay": scene.overlay[1:]},
        "overlay-17": {"overlay": scene.overlay + b"\x00"},
        "kind-256": {"kind": 256},
        "kind-by-name": {"kind": "group-info"},
        "name-256": {"name": bytes(256)},
        "slot-15": {"slot": bytes(15)},
        "slot-17": {"slot": bytes(17)},
        "sequence-65-bits": {"sequence": 2**64},
        "lifetime-33-bits": {"lifetime": 2**32},
        "lifetime-negative": {"lifetime": -1},
        "leaf-65536": {"leaf": bytes(65536)},
        "value-65536": {"value": bytes(65536)},
        "key-of-nothing": {"key": judge.octets(48)},
        "no-value": {"value": None},
    }
    _mistaken(judge, "envelope.sign", good, changes)


@_case("envelope-check")
def _check(judge: Judge) -> None:
    _envelope(judge, "envelope.check")


@_case("envelope-read")
def _read(judge: Judge) -> None:
    _envelope(judge, "envelope.read")


def _envelope(judge: Judge, action: str) -> None:
    scene = Scene(judge)
    by = scene.publisher()
    good = {"bytes": scene.stored(by, scene.info(by)), "overlay": scene.overlay, "wall_ms": scene.wall}
    changes: dict[str, Args] = {
        "overlay-15": {"overlay": scene.overlay[1:]},
        "no-overlay": {"overlay": None},
        "no-bytes": {"bytes": None},
        "bytes-as-a-list": {"bytes": [1, 2]},
        "no-time": {"wall_ms": None},
        "time-as-text": {"wall_ms": str(scene.wall)},
        "time-negative": {"wall_ms": -1},
    }
    _mistaken(judge, action, good, changes)


@_case("resource-read")
def _lookup(judge: Judge) -> None:
    scene = Scene(judge)
    by = scene.publisher()
    octets = scene.stored(by, scene.info(by))
    good = {
        "overlay": scene.overlay, "kind": "group-info", "name": scene.name, "wall_ms": scene.wall,
        "envelopes": [octets],
    }  # fmt: skip
    changes: dict[str, Args] = {
        "overlay-15": {"overlay": scene.overlay[1:]},
        "unknown-kind": {"kind": "group-infos"},
        "kind-as-a-number": {"kind": 1},
        "no-name": {"name": None},
        "no-time": {"wall_ms": None},
        "no-envelopes": {"envelopes": None},
        "envelopes-as-octets": {"envelopes": octets},
        "envelopes-257": {"envelopes": [b"\x00"] * 257},
        "invited-15": {"invited": bytes(15)},
        "invited-to-members": {"invited": bytes(16), "kind": "group-members"},
    }
    _mistaken(judge, "resource.read", good, changes)
    many = {**good, "envelopes": [b"\x00"] * 256}
    judge.accepted(_asked(scene.peer, "resource.read", many), "envelopes-256")


@_case("redirects-follow")
def _follow(judge: Judge) -> None:
    name = judge.octets(7)
    changes: dict[str, Args] = {
        "none": {"names": []},
        "seventeen": {"names": [bytes([number]) for number in range(17)]},
        "empty-name": {"names": [name, b""]},
        "name-256": {"names": [name, bytes(256)]},
        "no-names": {"names": None},
        "no-list": {"names": name},
    }
    _mistaken(judge, "redirects.follow", {"names": [name, b"\xff" * 255]}, changes)
