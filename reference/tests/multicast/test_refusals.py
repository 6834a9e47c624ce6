"""What a member refuses, one rule after the other: each refusal leaves everything as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coterie import registry
from coterie.crypto import signature
from coterie.multicast.proxies import covered
from coterie.wire.bodies import (
    Alive,
    Body,
    Data,
    Extension,
    Gap,
    Heartbeat,
    Message,
    Nack,
    Proxied,
    Proxy,
    Range,
    SenderRequest,
)
from coterie.wire.codec import encode_proxied
from reference.tests.multicast.circle import BASE, OVERLAY, Circle, Member, identity_of, sealed

GOOD = Message(BASE + 10, 0, 0, 1, b"words")
BEAT = Heartbeat(BASE, BASE + 20, 0, 0)
ALIVE = Alive(BASE, BASE + 20, 0)


def data(*messages: Message, first: int = 1, acknowledged: int = 0) -> Data:
    return Data(acknowledged, first, messages or (GOOD,))


def pair() -> tuple[Circle, Member, Member]:
    """A coordinator and another sender."""
    circle = Circle(2)
    ada, bob = circle.members
    return circle, ada, bob


FAR = BASE + 2**32 + 1
BAD: dict[str, tuple[str, Body]] = {
    "data before the view": ("broken-promise", data(replace(GOOD, timestamp=BASE))),
    "data of the far future": ("bad-timestamp", data(replace(GOOD, timestamp=FAR))),
    "data of sequence zero": ("bad-sequence", data(first=0)),
    "data of no kind": ("bad-payload-kind", data(replace(GOOD, kind=4))),
    "data acknowledges the unknown": ("bad-acknowledgement", data(acknowledged=BASE + 11)),
    "data far beyond the prefix": ("flow-exceeded", data(first=8193)),
    "heartbeat of time zero": ("bad-timestamp", Heartbeat(0, 0, 0, 0)),
    "heartbeat of the far future": ("bad-timestamp", replace(BEAT, timestamp=FAR)),
    "heartbeat acknowledges the unknown": (
        "bad-acknowledgement", replace(BEAT, acknowledged=BASE + 21)
    ),
    "heartbeat calls stable what it lacks": ("bad-acknowledgement", replace(BEAT, stable=BASE + 1)),
    "alive of time zero": ("bad-timestamp", Alive(0, 0, 0)),
    "alive of the far future": ("bad-timestamp", replace(ALIVE, timestamp=FAR)),
    "alive acknowledges the unknown": ("bad-acknowledgement", replace(ALIVE, acknowledged=BASE + 21)),
    "alive needs what nobody knows": (
        "unknown-critical-extension", replace(ALIVE, extensions=(Extension(0xFFFF, b""),))
    ),
    "range of no member": ("bad-range", Nack((Range(2, 1, 1),))),
    "range from zero": ("bad-range", Nack((Range(0, 0, 1),))),
    "range backwards": ("bad-range", Nack((Range(0, 1, 1), Range(0, 3, 2)))),
    "range too long": ("bad-range", Nack((Range(0, 1, 4097),))),
    "gap of no member": ("bad-range", Gap(2, 1, 1)),
    "gap backwards": ("bad-range", Gap(0, 2, 1)),
    "operation zero": ("bad-operation", SenderRequest(0)),
    "operation two": ("bad-operation", SenderRequest(2)),
    "proxy of number zero": ("bad-proxied", Proxy(0, b"", bytes(64))),
    "proxy too long": ("bad-proxied", Proxy(1, bytes(1050), bytes(64))),
    "proxy unsigned": ("proxy-signature", Proxy(1, b"", bytes(64))),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_frame_is_believed_or_uses_its_counter_up(name: str) -> None:
    reason, body = BAD[name]
    circle, ada, bob = pair()

    assert circle.refuses(ada, sealed(bob, 0, body)) == reason

    assert circle.deliver(ada, sealed(bob, 0, data())) == ""
    assert circle.deliver(ada, sealed(bob, 0, ALIVE)) == ""


@pytest.mark.parametrize(
    "body", [data(), BEAT, ALIVE, Nack((Range(0, 1, 1),)), Gap(0, 1, 1), SenderRequest(1)]
)
def test_frame_of_another_view_or_of_nobody_is_opened(body: Body) -> None:
    circle, ada, bob = pair()

    assert circle.refuses(ada, sealed(bob, 0, body, view_id=bytes(16))) == "unknown-view"
    assert circle.refuses(ada, sealed(bob, 0, body, sender_index=2)) == "bad-sender-index"
    assert circle.refuses(ada, sealed(bob, 0, body, sender_index=0)) == "bad-sender-index"
    assert circle.refuses(ada, sealed(bob, 2**32, body)) == "counter-range"
    assert circle.refuses(ada, sealed(bob, 0, body, counter=7)) == "bad-seal"


@pytest.mark.parametrize("body", [BEAT, ALIVE])
def test_control_frame_is_taken_twice(body: Heartbeat | Alive) -> None:
    circle, ada, bob = pair()
    late = sealed(bob, 1000, replace(body, timestamp=BASE + 21))

    assert circle.deliver(ada, sealed(bob, 2024, replace(body, timestamp=BASE + 22))) == ""
    assert circle.refuses(ada, late) == "counter-too-old"
    assert circle.deliver(ada, sealed(bob, 1001, body)) == ""
    assert circle.refuses(ada, sealed(bob, 1001, body)) == "duplicate"
    assert (
        circle.refuses(ada, sealed(bob, 1001, Nack((Range(0, 1, 1),)) if body is ALIVE else body))
        == "duplicate"
    )


def test_heartbeat_and_data_share_a_nonce() -> None:
    circle, ada, bob = pair()

    assert circle.deliver(ada, sealed(bob, 3, BEAT)) == ""
    assert circle.refuses(ada, sealed(bob, 3, data(replace(GOOD, timestamp=BASE + 21)))) == "counter-reused"
    assert circle.deliver(ada, sealed(bob, 4, data(replace(GOOD, timestamp=BASE + 21)))) == ""
    beat = replace(BEAT, timestamp=BASE + 30, last_sequence=1)
    assert circle.refuses(ada, sealed(bob, 4, beat)) == "counter-reused"
    assert circle.deliver(ada, sealed(bob, 5, beat)) == ""


def test_promise_is_broken_by_a_message() -> None:
    circle, ada, bob = pair()
    assert circle.deliver(ada, sealed(bob, 0, BEAT)) == ""

    assert circle.refuses(ada, sealed(bob, 1, data(replace(GOOD, timestamp=BASE + 20)))) == "broken-promise"
    assert circle.deliver(ada, sealed(bob, 1, replace(BEAT, timestamp=BASE + 50, last_sequence=2))) == ""
    late = [replace(GOOD, timestamp=BASE + at) for at in (30, 40, 50)]
    assert circle.refuses(ada, sealed(bob, 2, data(*late))) == "broken-promise"
    assert circle.refuses(ada, sealed(bob, 2, data(late[2], first=3))) == "broken-promise"
    assert circle.deliver(ada, sealed(bob, 2, data(*late[:2]))) == ""


def test_message_is_contradicted_by_a_promise() -> None:
    circle, ada, bob = pair()
    two = [replace(GOOD, timestamp=BASE + at) for at in (10, 20)]
    assert circle.deliver(ada, sealed(bob, 0, data(*two))) == ""

    for timestamp, last in [(30, 1), (20, 1), (9, 1), (19, 2), (10, 0)]:
        lie = replace(BEAT, acknowledged=0, timestamp=BASE + timestamp, last_sequence=last)
        assert circle.refuses(ada, sealed(bob, 1, lie)) == "broken-promise"
    for counter, (timestamp, last) in enumerate([(9, 0), (10, 1), (19, 1), (20, 2), (30, 2)], start=1):
        late = replace(BEAT, acknowledged=0, timestamp=BASE + timestamp, last_sequence=last)
        assert circle.deliver(ada, sealed(bob, counter, late)) == ""


def test_two_promises_contradict_each_other() -> None:
    circle, ada, bob = pair()
    kept = replace(BEAT, timestamp=BASE + 40, last_sequence=5)
    assert circle.deliver(ada, sealed(bob, 0, kept)) == ""

    for timestamp, last in [(41, 4), (39, 6), (40, 4), (40, 6)]:
        lie = replace(kept, timestamp=BASE + timestamp, last_sequence=last)
        assert circle.refuses(ada, sealed(bob, 1, lie)) == "broken-promise"
    for counter, (timestamp, last) in enumerate([(40, 5), (39, 5), (30, 1), (41, 5), (42, 9)], start=1):
        true = replace(kept, timestamp=BASE + timestamp, last_sequence=last)
        assert circle.deliver(ada, sealed(bob, counter, true)) == ""


def test_member_asks_more_than_a_hundred_times_a_second() -> None:
    circle, ada, bob = pair()
    nack = Nack((Range(0, 1, 1),))
    for counter in range(100):
        assert circle.deliver(ada, sealed(bob, counter, nack)) == ""

    assert circle.refuses(ada, sealed(bob, 100, nack)) == "nack-rate"
    circle.mono += 999
    assert circle.refuses(ada, sealed(bob, 100, nack)) == "nack-rate"
    circle.mono += 1
    assert circle.deliver(ada, sealed(bob, 100, nack)) == ""


def test_request_reaches_a_member_that_does_not_coordinate() -> None:
    circle, ada, bob = pair()
    words = covered((OVERLAY, ada.epoch.view, ada.node), 1, b"x")
    proxy = Proxy(1, b"x", signature.sign(identity_of("ada").key, words))

    assert circle.refuses(bob, sealed(ada, 0, SenderRequest(1))) == "not-coordinator"
    assert circle.refuses(bob, sealed(ada, 0, proxy)) == "not-coordinator"


def test_request_reaches_a_coordinator_whose_view_is_closing() -> None:
    circle, ada, bob = pair()
    words = covered((OVERLAY, ada.epoch.view, bob.node), 1, b"x")
    proxy = Proxy(1, b"x", signature.sign(identity_of("bob").key, words))
    circle.freeze([ada])

    assert circle.refuses(ada, sealed(bob, 0, SenderRequest(1))) == "view-frozen"
    assert circle.refuses(ada, sealed(bob, 0, proxy)) == "view-frozen"
    assert circle.deliver(ada, sealed(bob, 0, ALIVE)) == ""


# ------------------------------------------------------------ proxied messages


def proxied(origin: int, number: int, payload: bytes = b"x", signer: str = "bob", at: int = 1) -> Message:
    """A proxied message as a coordinator would send it in the first view of a circle."""
    circle = Circle(3)
    member = circle.members[min(origin, 2)]
    words = covered((OVERLAY, member.epoch.view, member.node), number, payload)
    signed = signature.sign(identity_of(signer).key, words)
    kind = registry.codes("payload-kind")["proxied"]
    return Message(BASE + at, kind, 0, 1, encode_proxied(Proxied(origin, number, signed, payload)))


BAD_PROXIED: dict[str, tuple[str, Message]] = {
    "of the coordinator": ("bad-proxied", proxied(0, 1, signer="ada")),
    "of no member": ("bad-proxied", proxied(3, 1)),
    "of number zero": ("bad-proxied", proxied(1, 0)),
    "signed by another": ("proxy-signature", proxied(1, 1, signer="cyd")),
    "a fragment": ("bad-proxied", replace(proxied(1, 1), fragment_count=2)),
    "too short": ("bad-proxied", replace(proxied(1, 1), payload=bytes(73))),
}


@pytest.mark.parametrize("name", BAD_PROXIED)
def test_coordinator_puts_words_into_the_mouth_of_a_member(name: str) -> None:
    reason, message = BAD_PROXIED[name]
    circle = Circle(3)
    ada, bob, cyd = circle.members

    for victim in (bob, cyd):
        assert circle.refuses(victim, sealed(ada, 0, data(message))) == reason


def test_member_other_than_the_coordinator_speaks_for_another() -> None:
    circle = Circle(3)
    ada, bob, cyd = circle.members

    assert circle.refuses(ada, sealed(cyd, 0, data(proxied(1, 1)))) == "wrong-role"
    assert circle.refuses(bob, sealed(cyd, 0, data(proxied(1, 1)))) == "wrong-role"
    assert circle.deliver(bob, sealed(ada, 0, data(proxied(1, 1)))) == ""


def test_number_of_an_origin_is_told_twice_or_out_of_turn() -> None:
    circle = Circle(3, senders=[0])
    ada, _, cyd = circle.members
    said = [
        proxied(1, number, b"%d" % number, at=at) for at, number in enumerate([1, 1, 3, 2, 2, 3], start=1)
    ]

    assert circle.deliver(cyd, sealed(ada, 0, data(*said))) == ""

    assert cyd.heard() == [b"1", b"2", b"3"]
    assert [event.fields["sequence"] for event in cyd.told("message")] == [1, 2, 3]
