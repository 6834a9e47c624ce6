"""Frames as JSON, and contacts: nothing is lost on the way, and what does not fit is the caller's mistake."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie import wire
from coterie.errors import LocalError, RemoteError
from coterie.vocabulary import Address
from coterie.wire import fields
from coterie.wire.contact import NO_CONTACT, Contact, check_contact
from reference.tests.wire import hexdumps, samples


@pytest.mark.parametrize("name", samples.BODIES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_body_comes_back_from_json_changed(name: str, data: st.DataObject) -> None:
    body = data.draw(samples.BODIES[name])

    text = json.dumps(fields.body_to_fields(body))

    assert fields.body_from_fields(name, json.loads(text)) == body


def good(name: str) -> dict[str, Any]:
    return wire.to_fields(wire.decode_frame(hexdumps.read(name).octets))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("HELLO2", {"nonce": "00" * 31}),
        ("HELLO2", {"nonce": "AA" * 32}),
        ("HELLO2", {"nonce": None}),
        ("HELLO2", {"suites": "0102"}),
        ("HELLO2", {"suites": [True]}),
        ("HELLO2", {"suites": [-1]}),
        ("HELLO2", {"sequence": 2**64}),
        ("HELLO2", {"sequence": "1"}),
        ("HELLO2", {"signature": "00"}),
        ("HELLO2", {"type": "HELLO4"}),
        ("HELLO2", {"protection": "plain"}),
        ("HELLO2", {"overlay_id": "00"}),
        ("HELLO2", {"colour": "blue"}),
        ("HELLO2", {"extensions": [{"type": 1}]}),
        ("HELLO3", {"coordinator": {"address": "00" * 16, "port": 65536}}),
        ("HELLO3", {"coordinator": {"address": "00" * 15, "port": 1}}),
        ("DATA", {"counter": -1}),
        ("DATA", {"sealed": "00"}),
        ("DATA", {"messages": []}),
    ],
)
def test_a_field_that_does_not_fit_is_written(name: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        wire.from_fields(good(name) | wrong)


@pytest.mark.parametrize("name", samples.BODIES)
def test_a_field_that_is_missing_is_made_up(name: str) -> None:
    for left_out in good(name):
        with pytest.raises(LocalError):
            wire.from_fields({key: value for key, value in good(name).items() if key != left_out})


@pytest.mark.parametrize("text", ["192.0.2.1:4000", "[2001:db8::1]:4001", "127.0.0.1:1", "[::1]:65535"])
def test_an_address_comes_back_from_a_contact_changed(text: str) -> None:
    contact = Contact.of(Address.parse(text))

    assert Contact.decode(contact.encode()) == contact
    assert len(contact.encode()) == 18
    assert str(contact.to_address()) == text
    assert check_contact(contact, allow_none=False, requirement="REQ-KEY-9", field="x") == Address.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.1:0",
        "0.0.0.0:1",
        "255.255.255.255:1",
        "224.0.0.1:1",
        "[::]:1",
        "[ff02::1]:1",
        "[2001:db8::1]:0",
    ],
)
def test_a_contact_that_no_one_can_be_at_is_accepted(text: str) -> None:
    contact = Contact.of(Address.parse(text))

    for allow_none in (True, False):
        with pytest.raises(RemoteError, match="bad-contact"):
            check_contact(contact, allow_none=allow_none, requirement="REQ-KEY-9", field="contact")


def test_no_contact_is_taken_for_one() -> None:
    assert Contact.of(None) == NO_CONTACT
    assert NO_CONTACT.encode() == bytes(18)
    assert check_contact(NO_CONTACT, allow_none=True, requirement="REQ-SES-21", field="coordinator") is None
    with pytest.raises(RemoteError, match="bad-contact"):
        check_contact(NO_CONTACT, allow_none=False, requirement="REQ-KEY-9", field="contact")
    with pytest.raises(LocalError):
        Contact.of(Address("fe80::1%eth0", 1))
