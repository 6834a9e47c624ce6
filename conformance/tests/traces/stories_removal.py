"""Stories of VS-14: whom others suspect or leave out, and why."""

from __future__ import annotations

from conformance.tests.traces.catalogue import breaks, keeps
from conformance.tests.traces.stories_basic import three
from conformance.tests.traces.story import Story, node, view_id


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


def one_ahead() -> Story:
    """Three in a view; all have keys of the next one, and only one has every CONFIRM and comes to it."""
    story = three()
    story.run_keys(2, "abc")
    story.keys = False
    story.install(2, "abc", by="c")
    story.keys = True
    return story


def pass_over(story: Story) -> None:
    """The two others give the next view up, and go on without the third."""
    for letter in "ab":
        story.line(letter, "run-failed", view=view_id(2), reason="superseded")
    story.install(3, "ab")


def three_in_calm() -> Story:
    """Three in a view, for long, in a healthy network."""
    story = Story("abc")
    story.healthy()
    story.install(1, "abc")
    story.wait(20_000)
    return story


def suspect_a_living_one(story: Story) -> None:
    """One suspects another, and all three are there afterwards."""
    story.suspect("a", "c")
    for letter in "abc":
        story.line(letter, "drop", reason="bad-length")


@keeps("VS-14")
def member_that_left_in_a_view_that_the_others_never_came_to() -> Story:
    """It had every CONFIRM of a view, and left in it, when the others still waited for one."""
    story = one_ahead()
    story.line("c", "left")
    pass_over(story)
    return story


@breaks("VS-14")
def member_that_went_ahead_and_was_left_behind() -> Story:
    """It came to a view before the others, as they were about to; they went on without it for no reason."""
    story = one_ahead()
    pass_over(story)
    story.line("c", "drop", reason="unknown-view")
    return story


@breaks("VS-14")
def member_that_left_after_it_had_been_left_out() -> Story:
    story = three()
    story.install(2, "ab")
    story.install(3, "c")
    story.line("c", "left")
    return story


@breaks("VS-14")
def member_suspected_in_a_healthy_network() -> Story:
    story = three_in_calm()
    suspect_a_living_one(story)
    return story


@keeps("VS-14")
def member_of_a_view_that_it_never_came_to() -> Story:
    """It had confirmed, and went on with another proposal before it had every CONFIRM."""
    story = three_in_calm()
    story.run_keys(2, "abc")
    story.keys = False
    story.install(2, "abc", by="ab")
    story.wait(2_100)
    suspect_a_living_one(story)
    return story


@keeps("VS-14", "VS-13")
def killed_without_a_last_word() -> Story:
    """The harness says what the node could not; the network is healthy before and after."""
    story = three_in_calm()
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
