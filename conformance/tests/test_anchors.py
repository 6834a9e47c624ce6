"""The kit's own primitives give the answers that others have published."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from coterie_kit import data
from coterie_kit.keys import curve25519, expansion, p256, signatures
from coterie_kit.keys.schedule import SenderKey

Values = Mapping[str, Any]
ANSWERS: list[Values] = json.loads(data.read_bytes("vectors/anchors/primitives.json"))["answers"]
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")


def x25519(given: Values) -> Values:
    scalar = curve25519.scalar_from_draw(bytes.fromhex(given["scalar"]))
    u = curve25519.decode(bytes.fromhex(given["element"])) % 2**255
    raised = {curve25519.multiply(u, scalar), curve25519.ladder(u, scalar)}
    return {"element": " or ".join(curve25519.encode(each).hex() for each in sorted(raised))}


def ecdh_p256(given: Values) -> Values:
    return {"element": p256.encode(p256.multiply(int(given["element"], 16), int(given["scalar"], 16))).hex()}


def hkdf(given: Values) -> Values:
    prk = expansion.extract(bytes.fromhex(given["salt"]), bytes.fromhex(given["ikm"]))
    return {
        "prk": prk.hex(),
        "okm": expansion.expand(prk, bytes.fromhex(given["info"]), given["length"]).hex(),
    }


def ed25519(given: Values) -> Values:
    key = signatures.SigningKey.from_octets(bytes.fromhex(given["private"]))
    made = key.sign(bytes.fromhex(given["message"]))
    return {"public": key.spki.removeprefix(ED25519_SPKI).hex(), "signature": made.hex()}


def sealed(suite: int, given: Values) -> Values:
    key = SenderKey(suite, bytes.fromhex(given["key"]), bytes.fromhex(given["nonce"]))
    made = key.seal(0, bytes.fromhex(given["plaintext"]), bytes.fromhex(given["associated"]))
    return {"sealed": made.hex()}


PRIMITIVES: Mapping[str, Callable[[Values], Values]] = {
    "x25519": x25519,
    "ecdh-p256": ecdh_p256,
    "hkdf-sha256": hkdf,
    "ed25519": ed25519,
    "chacha20-poly1305": lambda given: sealed(1, given),
    "aes-128-gcm": lambda given: sealed(2, given),
}


@pytest.mark.parametrize(
    "answer", [row for row in ANSWERS if row["primitive"] in PRIMITIVES], ids=lambda row: row["source"]
)
def test_a_primitive_of_the_kit_differs_from_what_is_published(answer: Values) -> None:
    assert PRIMITIVES[answer["primitive"]](answer["input"]) == answer["output"]


def test_a_published_ecdsa_signature_does_not_verify() -> None:
    (answer,) = (row for row in ANSWERS if row["primitive"] == "ecdsa-p256-sha256")
    number = (int(answer["input"]["private"], 16) - 1).to_bytes(32, "big")
    key = signatures.SigningKey.from_octets(number, "p256")
    message, made = bytes.fromhex(answer["input"]["message"]), bytes.fromhex(answer["output"]["signature"])

    assert signatures.verify(key.spki, message, made)
    assert not signatures.verify(key.spki, message + b"!", made)
