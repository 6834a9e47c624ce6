"""Stories of VS-14: whom others suspect or leave out, and why."""

from __future__ import annotations

from conformance.tests.traces.catalogue import breaks, keeps
from conformance.tests.traces.stories_basic import three
from conformance.tests.traces.story import Story, node


@keeps("VS-14")
def removal_of_one_that_crashed() -> Story:
    story = three()
    story.line("c", "crash")
    story.install(2, "ab")
    return story


@breaks("VS-14")
def member_left_out_for_nothing() -> Story:
    story = three()
    story.install(2, "ab")
    story.line("c", "drop", reason="unknown-view")
    return story


@breaks("VS-14")
def member_suspected_in_a_healthy_network() -> Story:
    story = Story("abc")
    story.healthy()
    story.install(1, "abc")
    story.wait(20_000)
    story.suspect("a", "c")
    for letter in "abc":
        story.line(letter, "drop", reason="bad-length")
    return story


@keeps("VS-14")
def member_of_a_view_that_it_never_came_to() -> Story:
    """It had confirmed, and went on with another proposal before it had every CONFIRM."""
    story = Story("abc")
    story.healthy()
    story.install(1, "abc")
    story.wait(20_000)
    story.run_keys(2, "abc")
    story.keys = False
    story.install(2, "abc", by="ab")
    story.wait(2_100)
    story.suspect("a", "c")
    for letter in "abc":
        story.line(letter, "drop", reason="bad-length")
    return story


@keeps("VS-14", "VS-13")
def killed_without_a_last_word() -> Story:
    """The harness says what the node could not; the network is healthy before and after."""
    story = Story("abc")
    story.healthy()
    story.install(1, "abc")
    story.wait(20_000)
    story.healthy()
    story.wait(20_000)
    story.told("fault", kind="crash", whom=node("c"))
    story.wait(2_500)
    story.suspect("a", "c")
    story.suspect("b", "c")
    story.install(2, "ab")
    story.wait(30_000)
    story.over()
    return story


@keeps("VS-14")
def killed_without_a_last_word_or_a_harness() -> Story:
    story = three()
    story.install(2, "ab")
    return story


@keeps("VS-14")
def left_out_while_the_network_was_disturbed() -> Story:
    story = Story("abc")
    story.disturbed()
    story.install(1, "abc")
    story.install(2, "ab")
    story.line("c", "drop", reason="unknown-view")
    return story
