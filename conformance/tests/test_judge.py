"""The rejection oracle: a refusal that is wrong in one respect is found to be wrong in that respect."""

from typing import Any

import pytest

from conformance.tests.scripted import STATE, peer_of, run_of
from coterie_kit.case import Case
from coterie_kit.faults import PeerFault, Stopped
from coterie_kit.judge import Judge
from coterie_kit.verdict import Outcome, Verdict

SOURCE = "192.0.2.2:4000"
REFUSED = {"status": "error", "reason": "bad-signature", "phase": "authenticate"}
SEND = {"effect": "send", "overlay": "00", "to": SOURCE, "bytes": "c07e0105" + "00" * 120}  # an ERROR
EVENT = {"effect": "event", "overlay": "00", "name": "session", "fields": {}}


def case_of(story: Any, **head: Any) -> Case:
    facts = {"slug": "frames.ping.tried", "reqs": ("REQ-FRM-14",), "operator": "bit-flip", "tier": 1, **head}
    return Case(type="PING", cls="member", story=story, **facts)


class Refusing:
    """A peer that refuses one datagram; its members say how well."""

    def __init__(self, **how: Any) -> None:
        self.reply = {"status": "ok"} if how.get("accepts") else {**REFUSED, **how.get("reply", {})}
        self.digest_after = how.get("digest_after", STATE["digest"])
        self.counters_after = how.get("counters_after", {"bad-signature": 1})
        self.alive = how.get("alive", True)
        self.refused = False

    def __call__(self, command: dict[str, Any]) -> dict[str, Any]:
        match command["cmd"]:
            case "inspect" if not self.refused:
                return {"result": STATE}
            case "inspect":
                after = {"digest": self.digest_after, "counters": self.counters_after}
                return {"result": {**STATE, **after}}
            case "deliver" if command["bytes"] == "ff":
                self.refused = True
                return self.reply
            case _:
                return (
                    {} if self.alive else {"status": "error", "reason": "no-session", "phase": "authenticate"}
                )


def probe(peer: Any) -> str:
    return "" if peer.deliver(b"\x01", SOURCE).ok else "a good request is refused"


def failed_checks(peer: Refusing, **how: Any) -> set[str]:
    judge = Judge(case_of(None), 7)
    judge.refuses(peer_of(peer), b"\xff", "bad-signature", source=SOURCE, name="x", probe=probe, **how)
    assert {check.name for check in judge.checks} >= {"x.digest", "x.wire", "x.counter", "x.alive"}
    return {check.name for check in judge.checks if check.verdict is Verdict.FAIL}


def test_right_refusal_is_called_wrong() -> None:
    assert failed_checks(Refusing()) == set()


@pytest.mark.parametrize(
    ("how", "check"),
    [
        ({"accepts": True}, "x.reason"),
        ({"reply": {"reason": "bad-cookie"}}, "x.reason"),
        ({"reply": {"phase": "decode"}}, "x.phase"),
        ({"digest_after": "bb" * 32}, "x.digest"),
        ({"reply": {"effects": [EVENT]}}, "x.digest"),
        ({"reply": {"effects": [SEND]}}, "x.wire"),
        ({"counters_after": {}}, "x.counter"),
        ({"counters_after": {"bad-signature": 2}}, "x.counter"),
        ({"counters_after": {"bad-signature": 1, "too-old": 1}}, "x.counter"),
        ({"alive": False}, "x.alive"),
    ],
)  # fmt: skip
def test_refusal_that_is_wrong_in_one_respect_passes(how: dict[str, Any], check: str) -> None:
    assert failed_checks(Refusing(**how)) == {check}


@pytest.mark.parametrize("counters", [None, [], {"bad-signature": "1"}, {"bad-signature": True}])
def test_counters_that_are_no_numbers_break_the_kit(counters: object) -> None:
    with pytest.raises(PeerFault, match="counters"):
        failed_checks(Refusing(counters_after=counters))


def test_reply_that_the_draft_asks_for_is_called_noise() -> None:
    def is_error(sends: tuple[Any, ...]) -> str:
        return "" if [row.bytes[3] for row in sends] == [5] else "no ERROR"

    assert failed_checks(Refusing(reply={"effects": [SEND]}), wire=is_error) == set()
    assert failed_checks(Refusing(), wire=is_error) == {"x.wire"}


def judged(story: Any, answer: Any = lambda _command: {}, seed: int = 7, **head: Any) -> Outcome:
    return run_of(answer, seed).judge(case_of(story, **head))


def test_case_that_checks_nothing_passes() -> None:
    assert judged(lambda _judge: None).verdict is Verdict.INCONCLUSIVE


def test_peer_that_declares_a_class_and_supports_none_of_it_is_excused() -> None:
    outcome = judged(
        lambda judge: judge.accepted(judge.peer().do("ping", node=b"")),
        lambda _command: {"status": "unsupported", "why": "later"},
    )

    assert outcome.verdict is Verdict.FAIL
    assert outcome.checks[-1].name == "declared"


def test_class_that_is_not_declared_is_held_against_the_peer() -> None:
    run = run_of(lambda _command: {}, classes=["documents"])

    assert run.judge(case_of(lambda judge: judge.check("never", ok=False))).verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize("needs", [{"suites": (3,)}, {"determinism": "D1"}, {"tier": 2}])
def test_case_is_asked_of_a_peer_that_does_not_declare_what_it_needs(needs: dict[str, Any]) -> None:
    assert judged(lambda judge: judge.check("never", ok=False), **needs).verdict is Verdict.UNSUPPORTED


def test_fault_of_the_kit_is_held_against_the_peer() -> None:
    def broken(judge: Judge) -> None:
        raise ZeroDivisionError

    outcome = judged(broken)

    assert outcome.verdict is Verdict.KIT_ERROR
    assert "ZeroDivisionError" in outcome.why


def test_story_that_stumbles_over_a_failure_is_called_a_fault_of_the_kit() -> None:
    def stumbles(judge: Judge) -> None:
        judge.check("first", ok=False)
        raise IndexError

    assert judged(stumbles).verdict is Verdict.FAIL


def test_result_that_lacks_a_member_ends_the_run() -> None:
    outcome = judged(lambda judge: judge.check("id", judge.peer().do("name.peer", spki=b"").octets("id")))

    assert outcome.verdict is Verdict.FAIL
    assert "lacks 'id'" in outcome.checks[-1].observed


def test_refusal_of_a_conforming_command_is_blamed_on_the_test_interface() -> None:
    outcome = judged(
        lambda judge: judge.check("id", judge.peer().do("name.peer", spki=b"").octets("id")),
        lambda _command: {"status": "error", "reason": "leaf-key", "phase": "authenticate"},
    )

    assert outcome.verdict is Verdict.FAIL
    assert outcome.blamed == {"REQ-FRM-14"}


def test_case_that_claims_fresh_inputs_draws_none() -> None:
    def fixed(judge: Judge) -> None:
        judge.check("held", ok=True)

    assert judged(fixed, fresh=True).verdict is Verdict.KIT_ERROR


def test_draws_of_a_case_depend_on_what_was_asked_before() -> None:
    drawn: list[bytes] = []

    def draws(judge: Judge) -> None:
        drawn.append(judge.octets(16))
        judge.check("held", ok=True)

    for seed in (7, 7, 8):
        assert judged(draws, seed=seed, fresh=True).verdict is Verdict.PASS

    assert drawn[0] == drawn[1] != drawn[2]


def test_failed_advice_is_called_a_failure() -> None:
    assert judged(lambda judge: judge.check("grease", ok=False, should=True)).verdict is Verdict.WARN


def test_difference_deep_inside_a_result_is_reported_as_a_whole() -> None:
    judge = Judge(case_of(None), 7)

    judge.equal(
        "members",
        {"members": [{"node": b"\x01"}, {"node": b"\x02"}]},
        {"members": [{"node": "01"}, {"node": "03"}]},
    )

    assert judge.checks[0].field == "members[1].node"
    assert (judge.checks[0].expected, judge.checks[0].observed) == ("03", "02")


@pytest.mark.parametrize(
    ("observed", "expected"), [(True, 1), ("1", 1), ([1], [1, 2]), ({}, {"a": 1}), ({"a": 1}, {})]
)
def test_values_that_only_look_alike_are_called_equal(observed: object, expected: object) -> None:
    assert not Judge(case_of(None), 7).equal("x", observed, expected)


def test_case_goes_on_after_the_failure_that_was_looked_for() -> None:
    said: list[str] = []

    def checked(enough: str) -> list[str]:
        judge = Judge(case_of(None), 7, enough=frozenset({enough}))
        judge.check("other", ok=False, reqs=["REQ-FRM-4"])
        judge.check("held", ok=True, reqs=["REQ-FRM-3"])
        try:
            judge.check("wanted", ok=False, reqs=["REQ-FRM-3", "REQ-FRM-5"])
            said.append("went on")
        except Stopped as end:
            said.append(f"ended at {end}")
        return [check.name for check in judge.checks if check.verdict is Verdict.FAIL]

    assert checked("REQ-FRM-3") == ["other", "wanted"]
    assert checked("REQ-FRM-6") == ["other", "wanted"]
    assert said == ["ended at wanted", "went on"]
