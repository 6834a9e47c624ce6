"""Vectors of elements: every rule of a flow, in both suites, for every place of the element."""

from collections.abc import Iterator
from dataclasses import dataclass

from coterie.crypto import suites
from coterie.crypto.elements import X25519_LOW_ORDER
from coterie.crypto.suites import P256_PRIME, X25519_PRIME, Suite
from vectors.generator import scene
from vectors.generator.book import Book, Fault, Json, Page

TOP_BIT = 1 << 255


def encoded(suite: Suite, number: int) -> bytes:
    """An integer in the form of the suite's elements and scalars."""
    return number.to_bytes(32, "little" if suite.code == 1 else "big")


def scalar(suite: Suite, name: str) -> bytes:
    """A scalar, named."""
    return suite.scalar_from_draw(scene.octets(f"scalar {name}", suite.contribution))


def element(suite: Suite, name: str) -> bytes:
    """An element, named."""
    return suites.raise_(suite, suite.base, scalar(suite, name))


def off_curve(count: int) -> list[bytes]:
    """The first x-coordinates from 2 on that no point of P-256 has."""
    found: list[bytes] = []
    number = 2
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    while len(found) < count:
        right = (number**3 - 3 * number + b) % P256_PRIME
        if pow(right, (P256_PRIME - 1) // 2, P256_PRIME) != 1:
            found.append(number.to_bytes(32, "big"))
        number += 1
    return found


@dataclass(frozen=True, slots=True)
class Bad:
    """An element that must not be in a flow."""

    word: str
    value: bytes
    fault: Fault


def bad_elements(suite: Suite) -> Iterator[Bad]:
    """Every element that is wrong by itself, wherever it stands."""
    noncanonical = Fault("second-encoding", "noncanonical-element", ["KEY-2"])
    if suite.code == 1:
        good = int.from_bytes(element(suite, "good"), "little")
        numbers = {"top-bit": good | TOP_BIT} | {f"p-plus-{more}": X25519_PRIME + more for more in range(19)}
        for place, number in enumerate([*sorted(X25519_LOW_ORDER), X25519_PRIME, X25519_PRIME + 1]):
            numbers[f"low-order-{place}-and-top-bit"] = number | TOP_BIT
        for word, number in numbers.items():
            yield Bad(word, encoded(suite, number), noncanonical)
        for place, number in enumerate(sorted(X25519_LOW_ORDER)):
            fault = Fault("low-order", "low-order-element", ["KEY-3"])
            yield Bad(f"low-order-{place}", encoded(suite, number), fault)
        return
    for word, number in {"p": P256_PRIME, "p-plus-5": P256_PRIME + 5, "ones": 2**256 - 1}.items():
        yield Bad(word, encoded(suite, number), noncanonical)
    for place, value in enumerate(off_curve(3)):
        yield Bad(f"off-curve-{place}", value, Fault("off-curve", "not-on-curve", ["KEY-4"]))


BASE = Fault("base-point", "base-point-element", ["KEY-5"])
REPEAT = Fault("repeat-element", "repeated-element", ["KEY-6"])


def elements() -> list[Json]:
    """Checks of flows."""
    book = Book("element")
    for code in (1, 2):
        suite = suites.suite(code)
        flow = [element(suite, name) for name in ("good", "Ada", "Ben")]
        total = element(suite, "total")
        _ups(book, suite, flow, total)
        _downs(book, suite, flow)
    return book.vectors


def _given(suite: Suite, flow: list[bytes], total: bytes | None = None) -> Json:
    given: Json = {"suite": suite.code, "elements": [each.hex() for each in flow]}
    return given | ({} if total is None else {"total": total.hex()})


def _ups(book: Book, suite: Suite, flow: list[bytes], total: bytes) -> None:
    page = book.page("element.check", "UP", reqs=["KEY-2", "KEY-6"])
    slug = f"suite-{suite.code}.up"
    twin = page.accept(f"{slug}.conforming", _given(suite, flow, total))
    page.accept(
        f"{slug}.base-alone", _given(suite, [suite.base], total), variation="base-point-alone", reqs=["KEY-5"]
    )
    for bad in bad_elements(suite):
        for place in (0, 2):
            changed = [bad.value if at == place else each for at, each in enumerate(flow)]
            page.refuse(f"{slug}.{bad.word}-at-{place}", twin, bad.fault, _given(suite, changed, total))
        page.refuse(f"{slug}.{bad.word}-as-total", twin, bad.fault, _given(suite, flow, bad.value))
        page.refuse(f"{slug}.{bad.word}-alone", twin, bad.fault, _given(suite, [bad.value], total))
    page.refuse(f"{slug}.base-first", twin, BASE, _given(suite, [suite.base, *flow[1:]], total))
    page.refuse(f"{slug}.base-last", twin, BASE, _given(suite, [*flow[:2], suite.base], total))
    page.refuse(f"{slug}.base-as-total", twin, BASE, _given(suite, flow, suite.base))
    page.refuse(f"{slug}.base-twice", twin, BASE, _given(suite, [suite.base], suite.base))
    page.refuse(f"{slug}.repeat", twin, REPEAT, _given(suite, [flow[0], flow[1], flow[0]], total))
    page.refuse(f"{slug}.total-repeats", twin, REPEAT, _given(suite, flow, flow[1]))
    page.refuse(f"{slug}.total-repeats-alone", twin, REPEAT, _given(suite, flow[:1], flow[0]))
    _order(page, suite, twin, flow)


def _order(page: Page, suite: Suite, twin: Json, flow: list[bytes]) -> None:
    """Two bad elements: the one that stands first is named; repeats come last."""
    slug = f"suite-{suite.code}.up"
    first, *_, last = bad_elements(suite)
    for word, one, two in (("first", first, last), ("second", last, first)):
        fault = Fault("two-bad-elements", one.fault.reason, one.fault.reqs)
        page.refuse(
            f"{slug}.two-{word}", twin, fault, _given(suite, [flow[0], one.value, flow[1]], two.value)
        )
    fault = Fault("two-bad-elements", first.fault.reason, [*first.fault.reqs, "KEY-6"])
    page.refuse(f"{slug}.bad-and-repeat", twin, fault, _given(suite, [flow[0], flow[0]], first.value))


def _downs(book: Book, suite: Suite, flow: list[bytes]) -> None:
    page = book.page("element.check", "DOWN", reqs=["KEY-2", "KEY-6"])
    slug = f"suite-{suite.code}.down"
    twin = page.accept(f"{slug}.conforming", _given(suite, flow))
    page.accept(
        f"{slug}.base-alone", _given(suite, [suite.base]), variation="base-point-alone", reqs=["KEY-5"]
    )
    page.accept(f"{slug}.one", _given(suite, flow[:1]), variation="one-entry")
    many = [element(suite, f"member {index}") for index in range(64)]
    page.accept(f"{slug}.64", _given(suite, many), variation="64-entries")
    for bad in bad_elements(suite):
        for place in (0, 2):
            changed = [bad.value if at == place else each for at, each in enumerate(flow)]
            page.refuse(f"{slug}.{bad.word}-at-{place}", twin, bad.fault, _given(suite, changed))
    page.refuse(f"{slug}.base-first", twin, BASE, _given(suite, [suite.base, *flow[1:]]))
    page.refuse(f"{slug}.repeat", twin, REPEAT, _given(suite, [*flow, flow[0]]))
    page.refuse(f"{slug}.repeat-of-64", twin, REPEAT, _given(suite, [*many[:63], many[0]]))
