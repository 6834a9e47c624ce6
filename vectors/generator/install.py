"""Vectors of INSTALL: the order of members, cuts, and each rule that a body alone can break."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from coterie.vocabulary import NO_VIEW, NodeId, ViewId
from coterie.wire import codec
from coterie.wire.bodies import Cut, CutSender, Install, Member
from coterie.wire.contact import NO_CONTACT, Contact
from vectors.generator import exchange, scene
from vectors.generator.book import Book, Fault, Json, Page

VIEW_A = ViewId((3).to_bytes(8, "big") + scene.octets("view A", 8))
VIEW_B = ViewId((5).to_bytes(8, "big") + scene.octets("view B", 8))
NODES = sorted(exchange.node(name) for name in scene.NAMES)


def member(node: NodeId, previous: ViewId = NO_VIEW) -> Member:
    """A row."""
    contact = Contact.of(scene.person("Ada").address)
    return Member(node, exchange.INCARNATION, scene.octets("a leaf"), contact, previous)


def install(rows: Sequence[Member], **values: Any) -> Install:
    """An INSTALL of these members."""
    whole = Install(8, scene.octets("proposal nonce"), 1, 256, tuple(rows))
    return replace(whole, **values)


def rows(*several: tuple[Sequence[int], ViewId]) -> list[Member]:
    """Members by their place in the order of Node-IDs, and the view they come from."""
    return [member(NODES[place], view) for places, view in several for place in places]


def asked(body: Install, node: NodeId | None = None, previous: Json | None = None) -> Json:
    """The arguments of install.check; the receiver is the first member unless another is meant."""
    receiver = body.members[0].node_id if node is None else node
    given: Json = {"body": codec.encode_body(body).hex(), "node": receiver.hex()}
    return given | ({} if previous is None else {"previous": previous})


def view(of: ViewId, *places: int) -> Json:
    """The receiver's installed view."""
    return {"members": [NODES[place].hex() for place in places], "view": of.hex()}


def cases() -> list[Json]:
    """All vectors of this kind."""
    book = Book("install")
    page = book.page("install.check", "INSTALL", reqs=["KEY-11", "KEY-40"])
    twin = page.accept("first.3", asked(install(rows(([0, 1, 2], NO_VIEW)))), reqs=["KEY-11", "KEY-40"])
    _orders(page)
    _members(page, twin)
    _cuts(page)
    return book.vectors


GOOD_ORDERS: dict[str, tuple[str, list[Member], Json | None]] = {
    "first-1": ("alone", rows(([4], NO_VIEW)), None),
    "first-8": ("no-base", rows((range(8), NO_VIEW)), None),
    "join": ("newcomers", rows(([3, 1], VIEW_A), ([0, 2], NO_VIEW)), view(VIEW_A, 3, 1)),
    "join-unseen": ("order-of-base-unseen", rows(([1, 3], VIEW_A), ([0], NO_VIEW)), None),
    "join-other-view": ("order-of-base-unseen", rows(([3, 1], VIEW_A), ([0], VIEW_B)), view(VIEW_B, 0, 5)),
    "leave": ("members-left", rows(([6, 2], VIEW_A)), view(VIEW_A, 6, 4, 2)),
    "leave-first": ("members-left", rows(([4, 2], VIEW_A)), view(VIEW_A, 6, 4, 2)),
    "leave-and-join": ("members-left", rows(([6, 2], VIEW_A), ([5], NO_VIEW)), view(VIEW_A, 6, 4, 2)),
    "refresh": ("refresh", rows(([4, 2, 6], VIEW_A)), view(VIEW_A, 6, 4, 2)),
    "refresh-alone": ("refresh", rows(([6], VIEW_A)), view(VIEW_A, 6)),
    "refresh-unseen": ("refresh", rows(([6, 4, 2], VIEW_A)), None),
    "merge": ("merge", rows(([7, 5, 6], VIEW_A), ([1, 2], VIEW_B)), view(VIEW_A, 7, 5, 6)),
    "merge-tie": ("merge-of-equals", rows(([7, 0], VIEW_B), ([1, 6], VIEW_A)), view(VIEW_B, 7, 0)),
    "merge-of-three": ("merge", rows(([5, 4], VIEW_A), ([1], VIEW_B), ([3], NO_VIEW)), view(VIEW_A, 5, 4)),
}
BAD_ORDERS: dict[str, tuple[str, str, list[Member], Json | None]] = {
    "newcomer-first": ("base-not-first", "join", rows(([0], NO_VIEW), ([3, 1], VIEW_A)), None),
    "newcomer-between": ("base-not-first", "join", rows(([3], VIEW_A), ([0], NO_VIEW), ([1], VIEW_A)), None),
    "smaller-base-first": ("base-not-first", "merge", rows(([1, 2], VIEW_B), ([7, 5, 6], VIEW_A)), None),
    "tie-other-base": ("base-not-first", "merge-tie", rows(([1, 6], VIEW_A), ([7, 0], VIEW_B)), None),
    "newcomers-descending": ("newcomers-unsorted", "join", rows(([3, 1], VIEW_A), ([2, 0], NO_VIEW)), None),
    "first-descending": ("newcomers-unsorted", "first-8", rows(([2, 1, 0], NO_VIEW)), None),
    "merged-unsorted": ("newcomers-unsorted", "merge", rows(([7, 5, 6], VIEW_A), ([2, 1], VIEW_B)), None),
    "merged-in-blocks": (
        "newcomers-unsorted", "merge-of-three", rows(([5, 4], VIEW_A), ([3], NO_VIEW), ([1], VIEW_B)), None,
    ),
    "base-sorted": ("base-reordered", "join", rows(([1, 3], VIEW_A), ([0, 2], NO_VIEW)), view(VIEW_A, 3, 1)),
    "base-rotated": ("base-reordered", "leave", rows(([2, 6], VIEW_A)), view(VIEW_A, 6, 4, 2)),
    "refresh-still": ("refresh-not-rotated", "refresh", rows(([6, 4, 2], VIEW_A)), view(VIEW_A, 6, 4, 2)),
    "refresh-twice": ("refresh-not-rotated", "refresh", rows(([2, 6, 4], VIEW_A)), view(VIEW_A, 6, 4, 2)),
    "stranger-in-base": ("base-reordered", "leave", rows(([6, 5], VIEW_A)), view(VIEW_A, 6, 4, 2)),
}  # fmt: skip


def _orders(page: Page) -> None:
    twins = {}
    for word, (variation, members, previous) in GOOD_ORDERS.items():
        twins[word] = page.accept(
            f"order.{word}", asked(install(members), previous=previous), variation=variation
        )
    for word, (mutation, twin, members, previous) in BAD_ORDERS.items():
        fault = Fault(mutation, "bad-order", ["KEY-11"])
        page.refuse(f"order.{word}", twins[twin], fault, asked(install(members), previous=previous))


def _members(page: Page, twin: Json) -> None:
    three = rows(([0, 1, 2], NO_VIEW))
    everyone = sorted(NodeId(scene.octets(f"node {place}")) for place in range(64))
    most = page.accept(
        "members.64",
        asked(install([member(node) for node in everyone])),
        variation="most-members",
        reqs=["FRM-18", "KEY-40"],
    )
    more = install([member(node) for node in [*everyone, NodeId(b"\xff" * 32)]])
    fault = Fault("count-beyond-limit", "count-out-of-range", ["FRM-18"])
    page.refuse("members.65", most, fault, asked(more))
    duplicate = Fault("member-twice", "duplicate-member", ["KEY-7"])
    page.refuse("members.twice", twin, duplicate, asked(install([*three[:2], three[1]])))
    page.refuse("members.twice-apart", twin, duplicate, asked(install([three[0], three[1], three[0]])))
    absent = Fault("receiver-left-out", "self-absent", ["KEY-8"])
    page.refuse("members.without-receiver", twin, absent, asked(install(three), NODES[5]))
    contacts = {
        "none": NO_CONTACT,
        "port-0": Contact(three[0].contact.address, 0),
        "unspecified": Contact(bytes(16), 4000),
        "multicast": Contact(bytes.fromhex("ff02" + "00" * 13 + "01"), 4000),
        "mapped-unspecified": Contact(bytes(10) + b"\xff\xff" + bytes(4), 4000),
        "mapped-multicast": Contact(bytes(10) + b"\xff\xff\xe0\x00\x00\x01", 4000),
        "broadcast": Contact(bytes(10) + b"\xff" * 6, 4000),
    }  # fmt: skip
    for word, contact in contacts.items():
        fault = Fault("unreachable-member", "bad-contact", ["KEY-9"])
        wrong = [three[0], three[1], replace(three[2], contact=contact)]
        page.refuse(f"members.contact-{word}", twin, fault, asked(install(wrong)))
    page.accept(
        "members.suite-2", asked(install(three, suite=2)), variation="suite-2", reqs=["KEY-10", "KEY-40"]
    )
    for suite in (0, 3, 255):
        fault = Fault("suite-not-assigned", "unknown-suite", ["KEY-10"])
        page.refuse(f"members.suite-{suite}", twin, fault, asked(install(three, suite=suite)))
    _order_of_checks(page, twin, three)


def _order_of_checks(page: Page, twin: Json, three: list[Member]) -> None:
    """Two faults at once: the first rule names the reason."""
    unreachable = replace(three[2], contact=NO_CONTACT)
    pairs: dict[str, tuple[str, str, Install, NodeId]] = {
        "twice-and-absent": ("duplicate-member", "KEY-7", install([three[0], three[0]]), NODES[5]),
        "absent-and-contact": ("self-absent", "KEY-8", install([three[0], unreachable]), NODES[5]),
        "contact-and-suite": ("bad-contact", "KEY-9", install([three[0], unreachable], suite=9), NODES[0]),
        "suite-and-order": ("unknown-suite", "KEY-10", install(three[::-1], suite=9), NODES[0]),
        "order-and-cut": ("bad-order", "KEY-11", install(three[::-1], cuts=(Cut(NO_VIEW, 0, ()),)), NODES[0]),
    }
    for word, (reason, req, body, node) in pairs.items():
        page.refuse(f"members.{word}", twin, Fault("two-faults-of-install", reason, [req]), asked(body, node))


def _cuts(page: Page) -> None:
    members = rows(([7, 5, 6], VIEW_B), ([1, 2], VIEW_A), ([3], NO_VIEW))
    one, two = sorted((VIEW_A, VIEW_B))
    of_a = (CutSender(NODES[1], 4, 3), CutSender(NODES[2], 0, 4))
    of_b = tuple(CutSender(NODES[place], 9, holder) for place, holder in ((0, 2), (5, 0), (7, 1)))
    cuts = (Cut(VIEW_A, 200, of_a), Cut(VIEW_B, 200, of_b))
    assert (one, two) == (VIEW_A, VIEW_B)
    by = ["KEY-12", "KEY-40"]
    twin = page.accept("cuts.both", asked(install(members, cuts=cuts)), reqs=by)
    good = {"none": (), "one": cuts[1:], "without-senders": (Cut(VIEW_A, 0, ()),)}
    for word, found in good.items():
        page.accept(f"cuts.{word}", asked(install(members, cuts=found)), variation=f"cuts-{word}", reqs=by)
    far = ViewId(b"\xff" * 16)
    no_member = Cut(VIEW_B, 200, (replace(of_b[0], holder=5),))
    bad: dict[str, tuple[str, tuple[Cut, ...]]] = {
        "descending": ("cuts-unsorted", cuts[::-1]),
        "twice": ("cuts-unsorted", (cuts[0], cuts[0])),
        "of-no-view": ("cut-of-no-member", (Cut(NO_VIEW, 0, ()), *cuts)),
        "of-unknown-view": ("cut-of-no-member", (*cuts, Cut(far, 0, ()))),
        "senders-descending": ("senders-unsorted", (Cut(VIEW_A, 200, of_a[::-1]),)),
        "sender-twice": ("senders-unsorted", (Cut(VIEW_A, 200, (of_a[0], of_a[0])),)),
        "holder-beyond": ("holder-of-no-member", (Cut(VIEW_A, 200, (replace(of_a[0], holder=6),)),)),
        "holder-255": ("holder-of-no-member", (Cut(VIEW_A, 200, (replace(of_a[0], holder=255),)),)),
        "holder-of-other-view": ("holder-of-other-view", (Cut(VIEW_A, 200, (replace(of_a[0], holder=0),)),)),
        "holder-of-no-view": ("holder-of-other-view", (cuts[0], no_member)),
    }
    for word, (mutation, found) in bad.items():
        fault = Fault(mutation, "bad-cut", ["KEY-12"])
        page.refuse(f"cuts.{word}", twin, fault, asked(install(members, cuts=found)))
