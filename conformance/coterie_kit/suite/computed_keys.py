"""Pure functions of the key run: inputs fresh in each run, results computed by the kit in plain integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coterie_kit import frames
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.keys.names import digest
from coterie_kit.keys.schedule import Secrets, schedule, sender_key, view_id
from coterie_kit.keys.suites import SUITES, Suite
from coterie_kit.puppets import Puppet, member_row

WALL = 1_800_000_000_000


def _scalar(judge: Judge, suite: Suite) -> int:
    return suite.scalar(judge.octets(suite.draw))


def _element(judge: Judge, suite: Suite) -> bytes:
    return suite.power(_scalar(judge, suite))


def _same(judge: Judge, name: str, reply: Any, **wanted: Any) -> None:
    if judge.accepted(reply, name):
        for key, value in wanted.items():
            plain = [item.hex() for item in value] if isinstance(value, list) else value.hex()
            judge.equal(f"{name}.{key}", reply[key], plain, field=key)


def _raise(judge: Judge, suite: Suite) -> None:
    peer = judge.peer()
    for number in range(4):
        element = suite.base if number == 0 else _element(judge, suite)
        x = _scalar(judge, suite)
        reply = peer.do("element.raise", suite=suite.code, element=element, scalar=suite.scalar_octets(x))
        _same(judge, f"element-{number}", reply, element=suite.raised(element, x))


def _drawn(judge: Judge, suite: Suite) -> None:
    peer = judge.peer()
    for name, octets in (
        ("random", judge.octets(suite.draw)),
        ("zeros", bytes(suite.draw)),
        ("ones", b"\xff" * suite.draw),
    ):
        reply = peer.do("scalar.draw", suite=suite.code, bytes=octets)
        _same(judge, name, reply, scalar=suite.scalar_octets(suite.scalar(octets)))


def _fold(judge: Judge, suite: Suite) -> None:
    peer = judge.peer()
    for number in range(8):
        x, y = _scalar(judge, suite), _scalar(judge, suite)
        reply = peer.do("scalar.fold", suite=suite.code, x=suite.scalar_octets(x), y=suite.scalar_octets(y))
        _same(judge, f"pair-{number}", reply, scalar=suite.scalar_octets(suite.fold(x, y)))
    chain = _scalar(judge, suite)
    element = _element(judge, suite)
    step = element
    for number in range(3):
        y = _scalar(judge, suite)
        reply = peer.do(
            "scalar.fold", suite=suite.code, x=suite.scalar_octets(chain), y=suite.scalar_octets(y)
        )
        if not judge.accepted(reply, f"chain-{number}"):
            return
        step = suite.raised(step if number else suite.raised(element, chain), y)
        chain = int.from_bytes(reply.octets("scalar"), suite.endian)
        judge.equal(f"chain-{number}.raises-alike", suite.raised(element, chain), step, field="scalar")


def _start(judge: Judge, suite: Suite) -> None:
    peer = judge.peer()
    for count in (1, 2, 3, 8):
        entries = [_element(judge, suite) for _ in range(count)]
        place = judge.random.randrange(count)
        x, y = _scalar(judge, suite), _scalar(judge, suite)
        folded = suite.fold(x, y)
        raised = [
            entry if number == place else suite.raised(entry, y) for number, entry in enumerate(entries)
        ]
        args: dict[str, Any] = {
            "entries": entries,
            "position": place,
            "x": suite.scalar_octets(x),
            "y": suite.scalar_octets(y),
        }
        reply = peer.do("run.start", suite=suite.code, **args)
        wanted = {
            "entries": raised,
            "total": suite.raised(entries[place], folded),
            "x": suite.scalar_octets(folded),
        }
        _same(judge, f"of-{count}", reply, **wanted)


def _up(judge: Judge, suite: Suite) -> None:
    peer = judge.peer()
    for count in (0, 1, 2, 7):
        entries = [_element(judge, suite) for _ in range(count)]
        total = _element(judge, suite) if count else suite.base
        x = _scalar(judge, suite)
        reply = peer.do("run.up", suite=suite.code, entries=entries, total=total, x=suite.scalar_octets(x))
        raised = [*(suite.raised(entry, x) for entry in entries), total]
        _same(judge, f"of-{count}", reply, entries=raised, total=suite.raised(total, x))


def _key(judge: Judge, suite: Suite) -> None:
    peer = judge.peer()
    for number in range(3):
        entry, x = _element(judge, suite), _scalar(judge, suite)
        reply = peer.do("run.key", suite=suite.code, entry=entry, x=suite.scalar_octets(x))
        _same(judge, f"entry-{number}", reply, key=suite.raised(entry, x))


def _secrets(judge: Judge, suite: Suite, n: int) -> tuple[dict[str, Any], Secrets]:
    values: dict[str, Any] = {
        "install_digest": judge.octets(32),
        "leaf_hashes": [judge.octets(32) for _ in range(n)],
        "down_body": judge.octets(33 + 32 * n),
        "key": judge.octets(32),
    }
    return values, schedule(
        suite.code, values["install_digest"], values["leaf_hashes"], values["down_body"], values["key"]
    )


def _schedule(judge: Judge, suite: Suite) -> None:
    peer = judge.peer()
    for n in (1, 2, 5, 64):
        values, wanted = _secrets(judge, suite, n)
        reply = peer.do("schedule", suite=suite.code, **values)
        names = ("transcript", "epoch", "confirm", "read", "control", "exporter")
        _same(judge, f"of-{n}", reply, **{name: getattr(wanted, name) for name in names})


def _confirm(judge: Judge, suite: Suite) -> None:
    _, secrets = _secrets(judge, suite, 2)
    node = judge.octets(32)
    reply = judge.peer().do("confirm.mac", confirm=secrets.confirm, node=node)
    _same(judge, "mac", reply, mac=secrets.confirmation(node))


def _sender(judge: Judge, suite: Suite) -> None:
    for index in (0, 1, 63):
        secret, node = judge.octets(32), judge.octets(32)
        wanted = sender_key(suite.code, secret, index, node)
        reply = judge.peer().do("sender.key", suite=suite.code, secret=secret, index=index, node=node)
        _same(judge, f"index-{index}", reply, key=wanted.key, iv=wanted.iv)


def _export(judge: Judge, suite: Suite) -> None:
    _, secrets = _secrets(judge, suite, 2)
    for size, length in ((0, 1), (12, 32), (255, 33), (1, 8160)):
        context = judge.octets(size)
        reply = judge.peer().do("export", exporter=secrets.exporter, context=context, length=length)
        _same(judge, f"length-{length}", reply, secret=secrets.export(context, length))


def _checked(judge: Judge, suite: Suite) -> None:
    """Good elements pass; the same with one fault does not."""
    peer = judge.peer()
    elements = [_element(judge, suite) for _ in range(5)]
    total = _element(judge, suite)
    judge.accepted(
        peer.do("element.check", suite=suite.code, elements=elements, total=total), "up", reqs=["REQ-KEY-6"]
    )
    judge.accepted(peer.do("element.check", suite=suite.code, elements=elements), "down", reqs=["REQ-KEY-6"])
    twice = [*elements[:4], elements[judge.random.randrange(4)]]
    judge.refused(
        peer.do("element.check", suite=suite.code, elements=twice),
        "repeated-element",
        name="twice",
        reqs=["REQ-KEY-6"],
    )
    again = peer.do("element.check", suite=suite.code, elements=elements, total=elements[2])
    judge.refused(again, "repeated-element", name="total-again", reqs=["REQ-KEY-6"])
    far = (suite.group.FIELD + judge.random.randrange(19)).to_bytes(32, suite.endian)
    odd = peer.do("element.check", suite=suite.code, elements=[*elements, far])
    judge.refused(odd, "noncanonical-element", name="noncanonical", reqs=["REQ-KEY-2"])
    base = peer.do("element.check", suite=suite.code, elements=[*elements, suite.base])
    judge.refused(base, "base-point-element", name="base-point", reqs=["REQ-KEY-5"])


FUNCTIONS: dict[str, tuple[Callable[[Judge, Suite], None], list[str], str]] = {
    "raised": (_raise, ["REQ-KEY-20"], "none"),
    "drawn": (_drawn, ["REQ-KEY-20"], "none"),
    "folded": (_fold, ["REQ-KEY-1"], "none"),
    "started": (_start, ["REQ-KEY-19", "REQ-KEY-1", "REQ-KEY-22"], "UP"),
    "contributed": (_up, ["REQ-KEY-20"], "UP"),
    "agreed": (_key, ["REQ-KEY-29"], "DOWN"),
    "scheduled": (_schedule, ["REQ-KEY-29"], "none"),
    "confirmed": (_confirm, ["REQ-KEY-30"], "CONFIRM"),
    "keyed": (_sender, ["REQ-KEY-37"], "DATA"),
    "exported": (_export, ["REQ-KEY-38"], "none"),
    "checked": (_checked, ["REQ-KEY-2", "REQ-KEY-5", "REQ-KEY-6"], "DOWN"),
}


def _story(function: Callable[[Judge, Suite], None], code: int) -> Callable[[Judge], None]:
    def story(judge: Judge) -> None:
        function(judge, SUITES[code])

    return story


for _called, (_function, _reqs, _type) in FUNCTIONS.items():
    for _code in SUITES:
        case(
            f"computed.keys.{_called}-suite-{_code}",
            reqs=_reqs,
            type=_type,
            operator=f"conforming-fresh-{_called}-suite-{_code}",
            tier=0,
            fresh=True,
            suites=(_code,),
        )(_story(_function, _code))


# ---------------------------------------------------------------- INSTALL


def _people(judge: Judge, count: int) -> list[Puppet]:
    overlay = judge.octets(16)
    born = [Puppet.born(judge.octets(32), overlay, f"192.0.2.{i + 1}:{4000 + i}", WALL) for i in range(count)]
    return sorted(born, key=lambda one: one.node)


def _install_body(judge: Judge, rows: list[dict[str, Any]], counter: int) -> bytes:
    values = {
        "counter": counter,
        "nonce": judge.octets(32),
        "suite": 1,
        "clock_base": 0,
        "members": rows,
        "cuts": [],
    }
    return frames.write_body("INSTALL", values)


@case(
    "computed.install.checked",
    reqs=["REQ-KEY-11", "REQ-KEY-40"],
    type="INSTALL",
    operator="conforming-fresh",
    tier=0,
    fresh=True,
)
def _install(judge: Judge) -> None:
    peer = judge.peer()
    view = judge.octets(16)
    for base in (0, 1, 3, 5):
        people = _people(judge, 5)
        old, new = people[:base], people[base:]
        judge.random.shuffle(old)
        rows = [member_row(one, view) for one in old] + [member_row(one) for one in new]
        counter = judge.random.randrange(1, 2**40)
        body = _install_body(judge, rows, counter)
        who = new[0] if new else old[0]
        reply = peer.do("install.check", body=body, node=who.node)
        if judge.accepted(reply, f"base-{base}"):
            judge.equal(
                f"base-{base}.digest",
                reply.octets("digest"),
                digest(body),
                field="digest",
                reqs=["REQ-KEY-40"],
            )
            judge.equal(
                f"base-{base}.view", reply.octets("view"), view_id(counter, digest(body)), field="view"
            )
            judge.equal(f"base-{base}.base", reply.number("base"), base, field="base", reqs=["REQ-KEY-11"])


@case(
    "computed.install.ties",
    reqs=["REQ-KEY-11"],
    type="INSTALL",
    operator="conforming-fresh-tie",
    tier=0,
    fresh=True,
)
def _ties(judge: Judge) -> None:
    peer = judge.peer()
    people = _people(judge, 6)
    for name, low in (("lowest-first", [0, 4]), ("interleaved", [0, 2]), ("apart", [0, 5])):
        one, two = judge.octets(16), judge.octets(16)
        first = [people[i] for i in low]
        second = [person for person in people if person not in first][:2]
        rest = [person for person in people if person not in first and person not in second]
        newcomers = sorted([*second, *rest], key=lambda person: person.node)
        previous = {person.node: one for person in first} | {person.node: two for person in second}
        rows = [member_row(person, previous.get(person.node, bytes(16))) for person in (*first, *newcomers)]
        reply = peer.do("install.check", body=_install_body(judge, rows, 3), node=rest[0].node)
        if judge.accepted(reply, name):
            judge.equal(f"{name}.base", reply.number("base"), 2, field="base")
        others = sorted([*first, *rest], key=lambda person: person.node)
        wrong = [member_row(person, previous.get(person.node, bytes(16))) for person in (*second, *others)]
        refused = peer.do("install.check", body=_install_body(judge, wrong, 3), node=rest[0].node)
        judge.refused(refused, "bad-order", name=f"{name}.the-other-first")
