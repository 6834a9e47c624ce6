"""One message from `send` at one peer to the event at another, against sealing and opening its body."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.company import NOW, OVERLAY, Company
from benchmarks.conftest import Figure, Figures, rounds_of
from benchmarks.primitives import cost_us

CIPHERS: dict[int, ChaCha20Poly1305 | AESGCM] = {1: ChaCha20Poly1305(bytes(32)), 2: AESGCM(bytes(16))}
MESSAGES = 200


@pytest.mark.parametrize("length", [100, 1024])
@pytest.mark.parametrize("suite", [1, 2])
def test_message(suite: int, length: int, benchmark: BenchmarkFixture, figures: Figures) -> None:
    payload, cipher, nonce, associated = bytes(length), CIPHERS[suite], bytes(12), bytes(52)
    sealed = cipher.encrypt(nonce, payload, associated)

    def fresh() -> tuple[tuple[Company], dict[str, object]]:
        company = Company(2)
        company.install(company.request(suite))
        return (company,), {}

    def exchange(company: Company) -> None:
        for _ in range(MESSAGES):
            company.peers[0].send(OVERLAY, payload, NOW)
            company.settle()

    run: Any = benchmark.pedantic
    run(exchange, setup=fresh, rounds=10)

    measured = min(rounds_of(benchmark)) / MESSAGES * 1e6
    bare = cost_us(lambda: cipher.encrypt(nonce, payload, associated)) + cost_us(
        lambda: cipher.decrypt(nonce, sealed, associated)
    )
    figures.add(Figure(f"message of {length} octets, suite {suite}", measured, bare, "sealed and opened"))


@pytest.mark.parametrize("suite", [1, 2])
def test_message_arrives(suite: int) -> None:
    company = Company(2)
    company.install(company.request(suite))
    company.peers[0].send(OVERLAY, b"hello", NOW)

    assert company.settle() == 1
