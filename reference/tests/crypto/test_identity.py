"""Keys and leaves as files: others read them, and the wrong ones are turned away."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from coterie.crypto import authority, identity
from coterie.crypto.identity import Validity
from coterie.crypto.leaf import KeyKind, check_leaf
from coterie.crypto.policy import OPEN
from coterie.errors import LocalError
from reference.tests.crypto import certificates as make
from reference.tests.crypto.certificates import NOW, OPEN_OVERLAY, VALIDITY, Parts

KINDS: tuple[KeyKind, ...] = ("ed25519", "p256")
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
def test_own_leaf_is_refused_by_others(kind: KeyKind) -> None:
    key = identity.new_private_key(kind, bytes(range(48)))

    leaf = identity.self_signed_leaf(key, "Zoë", VALIDITY, 3)

    checked = check_leaf(leaf, OPEN, OPEN_OVERLAY, NOW * 1000)
    assert checked.kind == kind
    assert checked.spki == identity.Identity(key, leaf).spki


@kinds
def test_same_input_makes_another_leaf(kind: KeyKind) -> None:
    key = identity.new_private_key(kind, bytes(range(48)))

    made = {identity.self_signed_leaf(key, "a", VALIDITY, 3) for _ in range(2)}

    assert len(made) == 1


@kinds
def test_longest_name_makes_a_leaf_that_nobody_accepts(kind: KeyKind) -> None:
    key = identity.new_private_key(kind, bytes(range(48)))

    leaf = identity.self_signed_leaf(key, "é" * 32, VALIDITY, 2**159 - 1)

    check_leaf(leaf, OPEN, OPEN_OVERLAY, NOW * 1000)


@pytest.mark.parametrize(
    "name", ["", "é" * 33, "a\x00b", "a\nb", "\udc80"], ids=["empty", "long", "nul", "line-break", "no-text"]
)
def test_name_that_no_leaf_may_have_is_written(name: str) -> None:
    with pytest.raises(LocalError, match="a name has 1 to 64"):
        identity.self_signed_leaf(make.ED25519, name, VALIDITY, 3)


def test_leaf_ends_before_it_begins() -> None:
    with pytest.raises(LocalError, match="ends after it begins"):
        identity.self_signed_leaf(make.ED25519, "a", Validity(NOW, NOW - 1), 3)


@kinds
def test_key_is_another_after_a_round_through_its_files(kind: KeyKind) -> None:
    key = identity.new_private_key(kind, bytes(range(48)))

    for written in (identity.private_key_der(key), identity.private_key_pem(key)):
        assert identity.spki_of(identity.load_private_key(written)) == identity.spki_of(key)


@kinds
def test_other_tools_cannot_read_the_files(kind: KeyKind, tmp_path: Path) -> None:
    key = identity.new_private_key(kind, bytes(range(48)))
    leaf = identity.self_signed_leaf(key, "Alice", VALIDITY, 3)
    (tmp_path / "key.pem").write_bytes(identity.private_key_pem(key))
    (tmp_path / "leaf.pem").write_bytes(identity.certificate_pem(leaf))

    shown = openssl("x509", "-in", "leaf.pem", "-noout", "-subject", "-pubkey", folder=tmp_path)
    public = openssl("pkey", "-in", "key.pem", "-pubout", folder=tmp_path)

    assert "Alice" in shown
    assert public.strip() in shown


def openssl(*arguments: str, folder: Path) -> str:
    """What OpenSSL's own command prints."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def test_file_of_other_tools_cannot_be_read(tmp_path: Path) -> None:
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "sec1.pem", folder=tmp_path)
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", "sec1.pem", "-out", "key.pem", folder=tmp_path)
    openssl("req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=x", "-out", "leaf.pem", folder=tmp_path)

    key = identity.load_private_key((tmp_path / "key.pem").read_bytes())
    leaf = identity.certificate_from_pem((tmp_path / "leaf.pem").read_bytes())

    assert identity.pair(key, leaf).spki == authority.subject_key((tmp_path / "leaf.pem").read_bytes())


def foreign_keys() -> dict[str, bytes]:
    clear, none = PrivateFormat.PKCS8, identity.NoEncryption()
    locked = BestAvailableEncryption(b"password")
    return {
        "empty": b"",
        "noise": b"\x30\x03\x02\x01\x00",
        "x25519": X25519PrivateKey.from_private_bytes(bytes(32)).private_bytes(Encoding.DER, clear, none),
        "p384": derive_private_key(5, SECP384R1()).private_bytes(Encoding.PEM, clear, none),
        "password": make.ED25519.private_bytes(Encoding.PEM, clear, locked),
        "password-der": make.ED25519.private_bytes(Encoding.DER, clear, locked),
        "leaf": identity.certificate_pem(Parts().der()),
    }


@pytest.mark.parametrize("octets", foreign_keys().values(), ids=foreign_keys())
def test_key_that_is_none_of_ours_is_taken(octets: bytes) -> None:
    with pytest.raises(LocalError, match="private key"):
        identity.load_private_key(octets)


def test_leaf_of_another_key_is_taken() -> None:
    with pytest.raises(LocalError, match="not one of this key"):
        identity.load_identity(identity.private_key_der(make.P256), Parts().der())
    with pytest.raises(LocalError, match="no certificate"):
        identity.load_identity(identity.private_key_der(make.ED25519), b"\x30\x00")


def test_own_leaf_that_others_refuse_cannot_be_loaded() -> None:
    # A peer whose leaf has expired must still start, and be told by others what is wrong.
    expired = Parts(validity=make.validity(5, 6)).der()

    assert identity.load_identity(identity.private_key_der(make.ED25519), expired).leaf == expired


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        identity.certificate_pem(Parts().der()) * 2,
        b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        b"-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n",
    ],
    ids=["empty", "two", "no-base64", "reversed"],
)
def test_file_without_exactly_one_certificate_is_read(pem: bytes) -> None:
    with pytest.raises(LocalError):
        identity.pair(make.ED25519, identity.certificate_from_pem(pem))


@pytest.mark.parametrize("kind", ["leaf-pem", "leaf-der", "public-pem", "public-der"])
def test_key_to_admit_cannot_be_found_in_its_file(kind: str) -> None:
    public = make.P256.public_key()
    form = identity.PublicFormat.SubjectPublicKeyInfo
    leaf = Parts(spki=identity.spki_of(make.P256)).der()
    octets = {
        "leaf-pem": identity.certificate_pem(leaf),
        "leaf-der": leaf,
        "public-pem": public.public_bytes(Encoding.PEM, form),
        "public-der": public.public_bytes(Encoding.DER, form),
    }[kind]

    assert authority.subject_key(octets) == identity.spki_of(make.P256)


@pytest.mark.parametrize(
    "octets", [b"", b"noise", identity.private_key_pem(make.P256)], ids=["empty", "noise", "key"]
)
def test_key_to_admit_is_found_where_none_is(octets: bytes) -> None:
    with pytest.raises(LocalError, match="neither a certificate nor a public key"):
        authority.subject_key(octets)


def test_key_is_made_of_too_little() -> None:
    with pytest.raises(LocalError, match="48 octets"):
        identity.new_private_key("ed25519", bytes(32))
