"""Leaves checked, against the one verification that an admission needs."""

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.company import NOW, VALID
from benchmarks.conftest import Figure, Figures
from benchmarks.primitives import cost_us
from coterie.crypto import authority, certificate, identity, keys, names, policy
from coterie.crypto.leaf import check_leaf

KEY = identity.new_private_key("ed25519", bytes(range(48)))
AUTHORITY_KEY = identity.new_private_key("p256", bytes(range(1, 49)))
AUTHORITY = authority.new_authority(AUTHORITY_KEY, "benchmarks", VALID, 1)


def test_open(benchmark: BenchmarkFixture, figures: Figures) -> None:
    der, overlay = identity.self_signed_leaf(KEY, "peer", VALID, 2), names.overlay_id(b"x")
    benchmark(check_leaf, der, policy.OPEN, overlay, NOW.wall_ms)

    measured = cost_us(lambda: check_leaf(der, policy.OPEN, overlay, NOW.wall_ms), 20)
    bare = cost_us(lambda: load_der_x509_certificate(der).public_key())
    figures.add(Figure("check an Ed25519 leaf, open", measured, bare, "read by the library"))


def test_closed(benchmark: BenchmarkFixture, figures: Figures) -> None:
    issuer = authority.load_issuer(AUTHORITY_KEY, AUTHORITY)
    overlay, closed = names.overlay_id(b"x", issuer.hash), policy.closed(AUTHORITY)
    der = authority.issue(issuer, authority.Admission(identity.spki_of(KEY), overlay, "member", VALID, 3))
    benchmark(check_leaf, der, closed, overlay, NOW.wall_ms)

    public, made = keys.p256(identity.spki_of(AUTHORITY_KEY)), certificate.parse(der)
    measured = cost_us(lambda: check_leaf(der, closed, overlay, NOW.wall_ms), 20)
    bare = cost_us(lambda: public.verify(made.signature, made.signed, ECDSA(SHA256())))
    figures.add(Figure("check an Ed25519 leaf, closed", measured, bare, "ECDSA verified"))
