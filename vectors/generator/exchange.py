"""One frame of each type, made for real: Ada greets Ben, they install a view and Ben speaks; Cleo joins.

A frame can be made again with another body; it then has its true length and a true signature or seal, so that
only the body is at fault.
"""

from dataclasses import replace
from functools import cache
from operator import xor

from coterie import documents, registry
from coterie.crypto import cookie, names, schedule, signature
from coterie.crypto.seal import Seal
from coterie.vocabulary import ALL_NODES, NO_VIEW, NodeId, ViewId
from coterie.wire import bodies, codec, frames
from coterie.wire.bodies import Body, Extension
from coterie.wire.contact import Contact, contact
from vectors.generator import scene

INCARNATION = scene.WALL_MS
NONCE = scene.octets("nonce of HELLO1")
COOKIE_SECRET = scene.octets("cookie secret")
BUCKET = 29_453_760
GREASE = Extension(0x1A1A, scene.octets("grease", 8))
SPEAKERS = {"HELLO2": "Ada", "HELLO3": "Ben", "PING": "Ada", "PONG": "Ben", "REFUSE": "Ben", "INSTALL": "Ada",
            "UP": "Ada", "DOWN": "Ben", "CONFIRM": "Ada", "PROPOSE": "Ada", "FLUSH": "Ben", "JOIN": "Cleo",
            "LEAVE": "Ben", "FIND": "Ada", "NODES": "Ben", "STORE": "Ada", "STORED": "Ben", "FETCH": "Ada",
            "VALUES": "Ben", "DEPART": "Ada", "HOST": "Ada", "HOSTED": "Ben"}  # fmt: skip
TO_ALL = {"INSTALL", "DOWN", "CONFIRM", "PROPOSE", "LEAVE"}
NAMES = ("HELLO1", "RETRY", "ERROR", "SEGMENT", "HELLO2", "HELLO3", "REFUSE", "PING", "PONG", "INSTALL", "UP",
         "DOWN", "CONFIRM", "DATA", "PROPOSE", "FLUSH", "JOIN", "LEAVE", "HEARTBEAT", "ALIVE", "NACK", "GAP",
         "SENDER", "PROXY", "FIND", "NODES", "STORE", "STORED", "FETCH", "VALUES", "DEPART", "HOST",
         "HOSTED")  # fmt: skip
EXTENDED = NAMES[4:]
"""The frame types whose body ends in an extension list."""

OPENING = ("KEY-37", "REC-19")
"""The rules that opening a sealed frame depends on, whatever is in it."""

SUITE = 1
READ = scene.octets("read secret")
CONTROL = scene.octets("control secret")
SECRETS = {"read": READ, "control": CONTROL}
VIEW = ViewId((7).to_bytes(8, "big") + scene.octets("view", 8))
INDEX = 1


def node(name: str) -> NodeId:
    """The Node-ID of a peer in the overlay of the exchange."""
    return scene.person(name).node(scene.OPEN)


@cache
def body(name: str) -> Body:
    """The conforming body of a frame type."""
    if name in {"HELLO1", "RETRY", "HELLO2", "HELLO3"}:
        return _greeting(name)
    return (_membership() | _others() | _values())[name]


def secret(name: str) -> bytes | None:
    """The secret that seals a frame type, None of one that is not sealed."""
    named = registry.frame_type(name).secret
    return None if named is None else SECRETS[named]


def _greeting(name: str) -> Body:
    ada, ben = scene.person("Ada"), scene.person("Ben")
    baked = cookie.cookie(COOKIE_SECRET, contact(ada.address), scene.OPEN, NONCE, BUCKET)
    match name:
        case "HELLO1":
            return bodies.Hello1(NONCE)
        case "RETRY":
            return bodies.Retry(NONCE, baked, node("Ben"))
        case "HELLO2":
            transcript = cookie.hello_transcript(frame("HELLO1"), frame("RETRY"))
            return bodies.Hello2(NONCE, baked, transcript, (1, 2), ada.leaf)
        case _:
            transcript = cookie.hello_transcript(frame("HELLO1"), frame("RETRY") + frame("HELLO2"))
            coordinator = Contact.of(ben.address)
            return bodies.Hello3(NONCE, baked, transcript, 5, VIEW, coordinator, (1,), ben.leaf)


@cache
def _others() -> dict[str, Body]:
    digest, ping = scene.octets("INSTALL digest"), scene.octets("nonce of PING", 8)
    entries = tuple(scene.octets(f"entry {index}") for index in range(3))
    rows = tuple(
        bodies.Member(
            node(name), INCARNATION + place, scene.person(name).leaf_hash,
            Contact.of(scene.person(name).address), VIEW,
        )
        for place, name in enumerate(("Ada", "Ben"))
    )  # fmt: skip
    senders = tuple(
        bodies.CutSender(each, 40 + place, place)
        for place, each in enumerate(sorted([node("Ada"), node("Ben")]))
    )
    messages = (bodies.Message(257, 0, 0, 1, b"hello"), bodies.Message(258, 0, 0, 2, b"abc"))
    return {
        "ERROR": bodies.Error(NONCE, 0x0202, 1, (1,)),
        "SEGMENT": bodies.Segment(scene.octets("segment", 16), 1, 3, scene.octets("piece", 40)),
        "REFUSE": bodies.Refuse(4, 0x020D, 0x10),
        "PING": bodies.Ping(ping),
        "PONG": bodies.Pong(ping),
        "INSTALL": bodies.Install(
            8, scene.octets("proposal nonce"), SUITE, 256, rows, (bodies.Cut(VIEW, 200, senders),)
        ),
        "UP": bodies.Up(digest, entries[:2], scene.octets("total")),
        "DOWN": bodies.Down(digest, entries),
        "CONFIRM": bodies.Confirm(digest, scene.octets("DOWN hash"), scene.octets("confirmation")),
        "DATA": bodies.Data(0, 1, messages),
        "HEARTBEAT": bodies.Heartbeat(300, 321, 42, 257),
        "ALIVE": bodies.Alive(300, 321, 2),
        "NACK": bodies.Nack((bodies.Range(0, 40, 40), bodies.Range(2, 7, 9))),
        "GAP": bodies.Gap(0, 1, 39),
        "SENDER": bodies.SenderRequest(1),
        "PROXY": bodies.Proxy(1, b"hello", scene.octets("origin of PROXY", 64)),
    }


@cache
def _membership() -> dict[str, Body]:
    ada, ben, cleo = (
        bodies.Candidate(node(name), INCARNATION + place, Contact.of(scene.person(name).address))
        for place, name in enumerate(("Ada", "Ben", "Cleo"))
    )
    join = bodies.Join(NO_VIEW, (cleo,))
    candidates = tuple(sorted((ada, ben, cleo), key=lambda row: row.node_id))
    holdings = (bodies.Holding(ada.node_id, 42), bodies.Holding(ben.node_id, 7))
    return {
        "JOIN": join,
        "PROPOSE": bodies.Propose(8, candidates, (_signed("JOIN", codec.encode_body(join)),)),
        "FLUSH": bodies.Flush(8, 7, 321, 316, VIEW, SUITE, 1, holdings, (cleo.node_id,)),
        "LEAVE": bodies.Leave(VIEW),
    }


def _own(name: str) -> documents.Contact:
    address = scene.person(name).address
    return documents.Contact(address.host, address.port)


@cache
def _values() -> dict[str, Body]:
    target = scene.octets("target")
    neighbours = tuple(
        bodies.Neighbour(node(name), Contact.of(scene.person(name).address))
        for name in sorted(("Ada", "Cleo"), key=lambda each: bytes(map(xor, node(each), target)))
    )
    envelopes = scene.octets("envelope", 40), scene.octets("other envelope", 24)
    return {
        "FIND": bodies.Find(target),
        "NODES": bodies.Nodes(1 + NAMES.index("FIND"), neighbours),
        "STORE": bodies.Store(envelopes[0]),
        "STORED": bodies.Stored(1 + NAMES.index("STORE")),
        "FETCH": bodies.Fetch(target, node("Ada"), scene.octets("slot", 16)),
        "VALUES": bodies.Values(1 + NAMES.index("FETCH"), 1, envelopes),
        "DEPART": bodies.Depart(),
        "HOST": bodies.Host(b"anglers", documents.build(documents.GroupInfo((_own("Ada"),), "fishing"))),
        "HOSTED": bodies.Hosted(1 + NAMES.index("HOST"), names.overlay_id(b"anglers")),
    }


def prefix(name: str) -> frames.SignedPrefix:
    """The prefix of a signed frame type."""
    speaker = SPEAKERS[name]
    listener = node("Ben" if speaker == "Ada" else "Ada")
    return frames.SignedPrefix(
        node(speaker), INCARNATION, 1 + NAMES.index(name), ALL_NODES if name in TO_ALL else listener
    )


def seal(suite: int = SUITE, secret: bytes = READ) -> Seal:
    """What Ben seals with."""
    return Seal(suite, schedule.sender_key(suite, secret, INDEX, node("Ben")))


def _signed(name: str, content: bytes) -> bytes:
    made = (
        frames.encode_header(name, scene.OPEN, 80 + len(content) + 64) + prefix_octets(prefix(name)) + content
    )
    return made + signature.sign(scene.person(SPEAKERS[name]).key, frames.to_sign(made))


def frame(name: str, octets: bytes | None = None) -> bytes:
    """The frame of a type: with its own body, or with other octets in the place of it."""
    content = codec.encode_body(body(name)) if octets is None else octets
    if name in SPEAKERS:
        return _signed(name, content)
    key = secret(name)
    if key is not None:
        associated = frames.associated(scene.OPEN, frames.SealedPrefix(VIEW, INDEX, 5), len(content), name)
        return associated + seal(secret=key).seal(5, associated, content)
    return frames.encode_header(name, scene.OPEN, len(content)) + content


def prefix_octets(values: frames.SignedPrefix) -> bytes:
    """The 80 octets of a signed prefix."""
    numbers = values.incarnation.to_bytes(8, "big") + values.sequence.to_bytes(8, "big")
    return values.signer + numbers + values.destination


def long_install(members: int = 16) -> bytes:
    """An INSTALL of many members, which no datagram holds."""
    conforming = _others()["INSTALL"]
    assert isinstance(conforming, bodies.Install)
    row = conforming.members[0]
    more = tuple(replace(row, node_id=NodeId(scene.octets(f"member {place}"))) for place in range(members))
    return frame("INSTALL", codec.encode_body(replace(conforming, members=more, cuts=())))
