"""Bodies made at random by hypothesis, one strategy a frame type, all of them conforming in structure."""

from typing import Any

from hypothesis import strategies as st

from coterie import registry
from coterie.wire import bodies
from coterie.wire.contact import Contact

Strategy = st.SearchStrategy[Any]


def octets(size: int) -> Strategy:
    return st.binary(min_size=size, max_size=size)


def number(size: int) -> Strategy:
    return st.integers(0, 256**size - 1)


def several(row: Strategy, low: int, high: int) -> Strategy:
    """Mostly short lists: the limits have tests of their own."""
    return st.lists(row, min_size=low, max_size=min(high, 5)).map(tuple)


def contact() -> Strategy:
    return st.builds(Contact, octets(16), number(2))


def extensions() -> Strategy:
    padding = registry.extensions()["padding"]
    unknown = st.builds(
        bodies.Extension, st.integers(0, 0x7FFF).filter(lambda code: code != padding), st.binary(max_size=40)
    )
    zeros = st.integers(0, 40).map(lambda size: bodies.Extension(padding, bytes(size)))
    return st.lists(unknown | zeros, max_size=5, unique_by=lambda each: each.type).map(tuple)


def suites() -> Strategy:
    return several(number(1), 1, 8)


def leaf() -> Strategy:
    return st.binary(min_size=1, max_size=80)


MEMBER = st.builds(bodies.Member, octets(32), number(8), octets(32), contact(), octets(16))
CUT = st.builds(
    bodies.Cut,
    octets(16),
    number(8),
    several(st.builds(bodies.CutSender, octets(32), number(8), number(1)), 0, 64),
)
MESSAGE = st.builds(bodies.Message, number(8), number(1), number(1), number(1), st.binary(max_size=40))
HELLO = (octets(32), octets(32), octets(32))
CANDIDATE = st.builds(bodies.Candidate, octets(32), number(8), contact())
HOLDING = st.builds(bodies.Holding, octets(32), number(8))
RANGE = st.builds(bodies.Range, number(2), number(8), number(8))
NEIGHBOUR = st.builds(bodies.Neighbour, octets(32), contact())

BODIES: dict[str, Strategy] = {
    "HELLO1": st.builds(bodies.Hello1, octets(32)),
    "RETRY": st.builds(bodies.Retry, *HELLO),
    "ERROR": st.builds(bodies.Error, octets(32), number(2), number(1), several(number(1), 0, 8)),
    "SEGMENT": st.integers(2, 64).flatmap(
        lambda count: st.builds(
            bodies.Segment, octets(16), st.integers(0, count - 1), st.just(count), st.binary(min_size=1)
        )
    ),
    "HELLO2": st.builds(bodies.Hello2, *HELLO, suites(), leaf(), extensions()),
    "HELLO3": st.builds(
        bodies.Hello3, *HELLO, number(1), octets(16), contact(), suites(), leaf(), extensions()
    ),
    "REFUSE": st.builds(bodies.Refuse, number(8), number(2), number(1), extensions()),
    "PING": st.builds(bodies.Ping, octets(8), extensions()),
    "PONG": st.builds(bodies.Pong, octets(8), extensions()),
    "INSTALL": st.builds(
        bodies.Install,
        number(8),
        octets(32),
        number(1),
        number(8),
        several(MEMBER, 1, 64),
        several(CUT, 0, 64),
        extensions(),
    ),
    "UP": st.builds(bodies.Up, octets(32), several(octets(32), 1, 63), octets(32), extensions()),
    "DOWN": st.builds(bodies.Down, octets(32), several(octets(32), 1, 64), extensions()),
    "CONFIRM": st.builds(bodies.Confirm, *HELLO, extensions()),
    "DATA": st.builds(bodies.Data, number(8), number(8), several(MESSAGE, 1, 256), extensions()),
    "PROPOSE": st.builds(
        bodies.Propose,
        number(8),
        several(CANDIDATE, 1, 64),
        several(st.binary(min_size=1, max_size=80), 0, 63),
        extensions(),
    ),
    "FLUSH": st.builds(
        bodies.Flush,
        number(8),
        number(8),
        number(8),
        number(8),
        octets(16),
        number(1),
        number(1),
        several(HOLDING, 0, 64),
        several(octets(32), 0, 64),
        extensions(),
    ),
    "JOIN": st.builds(bodies.Join, octets(16), several(CANDIDATE, 1, 64), extensions()),
    "LEAVE": st.builds(bodies.Leave, octets(16), extensions()),
    "HEARTBEAT": st.builds(bodies.Heartbeat, number(8), number(8), number(8), number(8), extensions()),
    "ALIVE": st.builds(bodies.Alive, number(8), number(8), number(8), extensions()),
    "NACK": st.builds(bodies.Nack, several(RANGE, 1, 16), extensions()),
    "GAP": st.builds(bodies.Gap, number(2), number(8), number(8), extensions()),
    "SENDER": st.builds(bodies.SenderRequest, number(1), extensions()),
    "PROXY": st.builds(bodies.Proxy, number(8), st.binary(max_size=80), octets(64), extensions()),
    "FIND": st.builds(bodies.Find, octets(32), extensions()),
    "NODES": st.builds(bodies.Nodes, number(8), several(NEIGHBOUR, 0, 8), extensions()),
    "STORE": st.builds(bodies.Store, st.binary(min_size=1, max_size=80), extensions()),
    "STORED": st.builds(bodies.Stored, number(8), extensions()),
    "FETCH": st.builds(bodies.Fetch, octets(32), octets(32), octets(16), extensions()),
    "VALUES": st.builds(
        bodies.Values, number(8), number(1), several(st.binary(max_size=80), 0, 32), extensions()
    ),
    "HOST": st.builds(
        bodies.Host, st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=80), extensions()
    ),
    "HOSTED": st.builds(bodies.Hosted, number(8), octets(16), extensions()),
    "DEPART": st.builds(bodies.Depart, extensions()),
}
PROXIED = st.builds(bodies.Proxied, number(2), number(8), octets(64), st.binary(max_size=80))
