"""Lookups: whom they ask, in which order, on how many paths, and when they end."""

from __future__ import annotations

from coterie_kit import registry
from coterie_kit.case import case
from coterie_kit.judge import Judge
from coterie_kit.suite._overlay import BUCKET_SIZE, Actor, Overlay, distance
from coterie_kit.suite._stage import Said

PATHS = registry.limit("lookup-paths")
GIVE_UP = registry.timer("request-give-up")
WAIT = registry.timer("candidate-wait")
END = registry.timer("lookup-give-up")
MOST = registry.limit("lookup-requests")


def by_distance(actors: list[Actor], target: bytes) -> list[Actor]:
    """The closest first."""
    return sorted(actors, key=lambda one: distance(one.puppet.node, target))


def asked(stage: Overlay, target: bytes) -> list[str]:
    """The addresses that got a FIND for that target, in that order."""
    return [said.to for said in stage.sent("FIND") if said.frame.body["target"] == target]


def found(stage: Overlay, target: bytes) -> list[list[str]]:
    """What each lookup of that target has told."""
    return [each["nodes"] for each in stage.events("found") if each["target"] == target.hex()]


def most_open(stage: Overlay, target: bytes) -> int:
    """How many FINDs for a target were under way at the same time, as far as answers tell."""
    waiting: set[tuple[str, int]] = set()
    most = 0
    for note in stage.noted:
        frame = note.said.frame
        if note.sent and note.said.type == "FIND" and frame.body["target"] == target:
            waiting.add((note.said.to, frame.prefix["sequence"]))
        elif not note.sent and note.said.type == "NODES":
            waiting.discard((note.said.to, frame.body["request"]))
        most = max(most, len(waiting))
    return most


def names(actors: list[Actor]) -> list[str]:
    """Their Node-IDs, in that order."""
    return [one.puppet.node.hex() for one in actors]


def addresses(actors: list[Actor]) -> list[str]:
    """Their addresses, in that order."""
    return [one.puppet.address for one in actors]


def town(
    judge: Judge, contacts: int, strangers: int, role: str = "peer"
) -> tuple[Overlay, bytes, list[Actor]]:
    """A peer with contacts in a town where everybody knows everybody; a target, and who lives closest."""
    stage = Overlay(judge, role, count=contacts)
    stage.strangers(strangers)
    everyone = list(stage.cast.values())
    for one in everyone:
        one.knows = [other.puppet for other in everyone if other is not one]
    target = judge.octets(32)
    return stage, target, by_distance(everyone, target)


def finds(stage: Overlay, target: bytes, near: list[Actor]) -> None:
    """Ends a case that is not about lookups when the peer does not find these."""
    stage.act("find", target=target)
    stage.advance(1)
    stage.need(found(stage, target) == [names(near)], "it does not find the closest")


@case(
    "overlay.lookup.the-closest",
    reqs=["REQ-OVL-23", "REQ-OVL-24", "REQ-OVL-25"],
    type="FIND",
    operator="conforming",
    cls="overlay",
    fresh=True,
)
def _closest(judge: Judge) -> None:
    """The eight closest of a town, three paths at a time, each peer asked once; told once."""
    stage, target, near = town(judge, 3, 30)
    stage.act("find", target=target)
    stage.advance(END)
    judge.equal("found", found(stage, target), [names(near[:BUCKET_SIZE])])
    to = asked(stage, target)
    judge.equal("nobody-twice", len(to), len(set(to)), reqs=["REQ-OVL-23"])
    judge.equal("three-at-a-time", most_open(stage, target), PATHS, reqs=["REQ-OVL-23"])
    judge.check("not-everybody", len(to) < 25, reqs=["REQ-OVL-24"], expected="it ends", observed=len(to))
    state = stage.inspect()
    judge.equal("nothing-open", (state["lookups"], state["requests"]), (0, 0), reqs=["REQ-OVL-25"])


@case(
    "overlay.lookup.whom-first",
    reqs=["REQ-OVL-23"],
    type="FIND",
    operator="conforming-dealt-in-turn",
    cls="overlay",
    fresh=True,
)
def _dealt(judge: Judge) -> None:
    """The contacts are dealt in turn: first the three closest, then of each path the closest that it has."""
    stage = Overlay(judge, count=10)
    target = judge.octets(32)
    near = by_distance([stage.actor(stage.named_by(node)) for node in stage.contacts()], target)
    stage.need(len(near) > 2 * PATHS + 2, "it has not the contacts that the scene needs")
    for one in near:
        one.mute.add("FIND")
    stage.act("find", target=target)
    judge.equal("three", sorted(asked(stage, target)), sorted(addresses(near[:PATHS])))
    turn = judge.random.randrange(PATHS)
    for step in range(2):
        here = near[turn + PATHS * step]
        said = here.got("FIND")[0]
        since = len(stage.noted)
        reply = stage.deliver(stage.nodes(here.puppet, said, []), here.puppet)
        stage.need(reply.ok, f"NODES: {reply.said()}")
        following = near[turn + PATHS * (step + 1)].puppet.address
        judge.equal(f"step-{step}", [each.to for each in stage.sent("FIND", since)], [following])
    stage.advance(1)
    judge.equal("five-in-all", len(asked(stage, target)), PATHS + 2)


@case(
    "overlay.lookup.closest-of-its-path",
    reqs=["REQ-OVL-23"],
    type="FIND",
    operator="conforming-closest-next",
    cls="overlay",
    fresh=True,
)
def _closest_next(judge: Judge) -> None:
    """Of all with whom there is a session the closest is next, and not what the path learnt first."""
    stage, target, guide, others = one_path(judge, 5)
    guide.knows = [others[at].puppet for at in (1, 3, 4)]
    others[1].knows = [others[0].puppet, others[2].puppet]

    def slow(said: Said) -> list[bytes]:
        stage.later(10, stage.nodes(others[3].puppet, said, []), others[3])
        return []

    others[3].says["FIND"] = slow
    stage.act("find", target=target)
    order = [guide, *(others[at] for at in (1, 3, 0, 2, 4))]
    stage.advance(10)
    judge.equal("asked", asked(stage, target), addresses(order))


@case(
    "overlay.lookup.of-its-path",
    reqs=["REQ-OVL-23"],
    type="NODES",
    operator="conforming-candidates-of-a-path",
    cls="overlay",
    fresh=True,
)
def _of_its_path(judge: Judge) -> None:
    """What one path is told another does not use; and what a path has, no other gets."""
    stage = Overlay(judge, count=PATHS)
    target = judge.octets(32)
    one, two, three = by_distance(list(stage.cast.values()), target)
    close = by_distance(stage.strangers(3), target)
    for actor in (one, two, three, *close):
        actor.mute.add("FIND")
    stage.act("find", target=target)
    told(stage, two, close[1:])
    judge.equal("greeted", greeted(stage), addresses(close[1:]))
    told(stage, one, [*close[:2]])
    judge.equal("not-what-another-has", greeted(stage), addresses([*close[1:], close[0]]))
    told(stage, three, close)
    judge.equal("nothing-left-for-the-third", greeted(stage), addresses([*close[1:], close[0]]))
    judge.equal("asked", asked(stage, target)[PATHS:], addresses([close[1], close[0]]))
    told(stage, close[1], [])
    judge.equal("the-path-goes-on", asked(stage, target)[PATHS:], addresses([close[1], close[0], close[2]]))


def told(stage: Overlay, who: Actor, known: list[Actor]) -> None:
    """An answer to the FIND of a puppet, with these rows, and what follows at once."""
    stage.need(who.got("FIND"), f"no FIND to {who.puppet.named}")
    said = stage.nodes(who.puppet, who.got("FIND")[-1], [one.puppet for one in known])
    reply = stage.deliver(said, who.puppet)
    stage.need(reply.ok, f"NODES: {reply.said()}")
    stage.settle()


def greeted(stage: Overlay) -> list[str]:
    """The addresses that got a HELLO1, in that order."""
    return [said.to for said in stage.sent("HELLO1")]


@case(
    "overlay.lookup.lies",
    reqs=["REQ-OVL-23", "REQ-OVL-25", "REQ-OVL-24"],
    type="NODES",
    operator="one-path-of-lies",
    cls="overlay",
    fresh=True,
)
def _lies(judge: Judge) -> None:
    """A path that is led to peers that do not exist spoils itself; the two others find who is there."""
    stage, target, near = town(judge, PATHS, 20)
    liar = by_distance(list(stage.cast.values())[:PATHS], target)[judge.random.randrange(PATHS)]
    ghosts = [one.puppet for one in stage.strangers(BUCKET_SIZE)]
    for ghost in ghosts:
        stage.actor(ghost).mute |= {"HELLO1"}
        ghost.node = target[:-1] + judge.octets(1) if ghost is ghosts[0] else target[:8] + judge.octets(24)
    liar.knows = ghosts
    stage.act("find", target=target)
    stage.advance(WAIT - 1)
    honest = [one for one in near if one.puppet is not liar.puppet]
    answered = {node.said.to for node in stage.noted if not node.sent and node.said.type == "NODES"}
    missing = [one for one in honest[: BUCKET_SIZE - 1] if one.puppet.address not in answered]
    judge.equal("found-meanwhile", addresses(missing), [], reqs=["REQ-OVL-23", "REQ-OVL-24"])
    stage.advance(END)
    judge.equal("found", found(stage, target), [names(near[:BUCKET_SIZE])], reqs=["REQ-OVL-25", "REQ-OVL-24"])


# ---------------------------------------------------------------- candidates that are struck


def one_path(judge: Judge, count: int) -> tuple[Overlay, bytes, Actor, list[Actor]]:
    """A peer with one contact, which names so many strangers: they, the closest to the target first."""
    stage = Overlay(judge, count=1)
    target = judge.octets(32)
    guide = next(iter(stage.cast.values()))
    others = by_distance(stage.strangers(count), target)
    guide.knows = [one.puppet for one in others]
    return stage, target, guide, others


@case(
    "overlay.lookup.nobody-there",
    reqs=["REQ-OVL-23", "REQ-OVL-25"],
    type="HELLO1",
    operator="candidate-silent",
    cls="overlay",
    fresh=True,
)
def _nobody_there(judge: Judge) -> None:
    """3,000 ms for a greeting, while others are asked; then it ends without whoever is silent."""
    stage, target, guide, others = one_path(judge, 3)
    others[0].mute.add("HELLO1")
    stage.act("find", target=target)
    judge.equal("asked", asked(stage, target), addresses([guide, *others[1:]]))
    stage.advance(WAIT - 1)
    judge.equal("at-2999", found(stage, target), [])
    stage.advance(1)
    judge.equal("at-3000", found(stage, target), [names(by_distance([guide, *others[1:]], target))])


@case(
    "overlay.lookup.another-is-there",
    reqs=["REQ-OVL-23", "REQ-OVL-25"],
    type="RETRY",
    operator="candidate-is-another",
    cls="overlay",
    fresh=True,
)
def _another_is_there(judge: Judge) -> None:
    """Where another Node-ID answers than was named, that candidate is struck, and not asked."""
    stage, target, guide, others = one_path(judge, 3)
    real = others[0].puppet.node
    named = target[:30] + judge.octets(2)
    rows = [one.puppet for one in others]

    def lie(said: Said) -> list[bytes]:
        others[0].puppet.node = named
        made = stage.nodes(guide.puppet, said, rows)
        others[0].puppet.node = real
        return [made]

    guide.says["FIND"] = lie
    stage.act("find", target=target)
    stage.advance(1)
    judge.equal("not-asked", others[0].got("FIND"), [])
    judge.equal("found", found(stage, target), [names(by_distance([guide, *others[1:]], target))])


@case(
    "overlay.lookup.no-answer",
    reqs=["REQ-OVL-23", "REQ-OVL-6", "REQ-OVL-9"],
    type="FIND",
    operator="candidate-does-not-answer",
    cls="overlay",
    fresh=True,
)
def _no_answer(judge: Judge) -> None:
    """One that is greeted but silent is asked twice and forgotten; one that refuses is struck at once."""
    stage, target, guide, others = one_path(judge, 4)
    silent, refusing = others[0], others[1]
    silent.mute.add("FIND")
    stage.refusing(refusing, "FIND", "not-a-peer")
    stage.act("find", target=target)
    stage.advance(2 * GIVE_UP - 1)
    judge.equal("only-the-first", refusing.got("FIND"), [])
    stage.advance(1)
    judge.equal("refused-once", len(refusing.got("FIND")), 1)
    rest = by_distance([guide, *others[2:]], target)
    judge.equal("found", found(stage, target), [names(rest)])
    told = [{"node": silent.puppet.node.hex(), "why": "silence"}]
    judge.equal("forgotten", stage.events("forgotten"), told)
