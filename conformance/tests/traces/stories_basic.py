"""Stories of VS-1 to VS-8 and VS-17."""

from __future__ import annotations

from conformance.tests.traces.catalogue import breaks, keeps
from conformance.tests.traces.story import Story, digest, node, view_id


def three(service: str = "timestamp-ordered") -> Story:
    """Three nodes in one view, each sends, all deliver."""
    story = Story("abc", service)
    story.install(1, "abc")
    sent = [story.send(letter) for letter in "abc"]
    story.deliver("abc", *sent)
    return story


@keeps(
    "VS-1", "VS-2", "VS-3", "VS-4", "VS-5", "VS-6", "VS-7", "VS-8", "VS-9", "VS-10", "VS-11", "VS-12", "VS-15"
)
@keeps(
    "TO-1", "TO-2", "TO-3", "TO-4", "TO-5", "TO-6", "RL-2", "KA-1", "KA-2", "KA-3", "KA-4", "KA-12", "KA-13"
)
@keeps("KA-17")
def two_views() -> Story:
    """A refresh: the same members, some messages on each side of the signal."""
    story = three()
    last = story.send("b")
    for letter in "abc":
        member = story.members[letter]
        story.line(letter, "transitional", view=member.view, together=[node(one) for one in "abc"])
    story.deliver("abc", last)
    lines = [story.members[letter].lines for letter in "abc"]
    story.install(2, "abc")
    for own in lines:  # the signal has been told above
        second = [line for line in own if line["event"] == "transitional"][1]
        own.remove(second)
    story.deliver("abc", story.send("c"))
    return story


@breaks("VS-1")
def content_changed_on_the_way() -> Story:
    story = three()
    story.find("b", "deliver")["digest"] = digest("something else")
    return story


@breaks("VS-1")
def message_out_of_thin_air() -> Story:
    story = three()
    story.remove("c", story.find("c", "send"))
    return story


@breaks("VS-1")
def message_of_one_who_is_no_member() -> Story:
    story = three()
    story.deliver("a", story.stranger("d", 1, 9))
    return story


@breaks("VS-2")
def message_delivered_twice_in_a_row() -> Story:
    story = Story("ab", "source-ordered")
    story.install(1, "ab")
    sent = story.send("a")
    story.deliver("ab", sent)
    story.deliver("b", sent)
    return story


@breaks("VS-2")
def duplicate_filter_forgot_an_old_message() -> Story:
    story = Story("ab", "unordered-unreliable")
    story.install(1, "ab")
    first, *later = [story.send("a") for _ in range(4)]
    story.deliver("ab", first, *later)
    story.deliver("b", first)
    return story


@breaks("VS-3", "VS-4")
def message_delivered_in_the_next_view_by_one() -> Story:
    story = Story("ab", "unordered-unreliable")
    story.install(1, "ab")
    sent = story.send("a")
    story.deliver("a", sent)
    story.install(2, "ab")
    story.deliver("b", sent)
    return story


@breaks("VS-3", "VS-4")
def message_delivered_in_two_views_of_two_partitions() -> Story:
    story = Story("abc", "unordered-unreliable")
    story.install(1, "abc")
    sent = story.send("c")
    story.line("c", "crash")
    story.suspect("a", "b")
    story.install(2, "a")
    story.install(3, "b")
    story.deliver("ab", sent)
    return story


@breaks("VS-4")
def message_sent_under_the_next_view() -> Story:
    story = three("unordered-unreliable")
    story.send("a", view=view_id(2))
    return story


@breaks("VS-4")
def message_kept_for_the_next_view_by_all() -> Story:
    story = Story("ab", "unordered-unreliable")
    story.install(1, "ab")
    sent = story.send("a")
    story.install(2, "ab")
    story.deliver("ab", sent)
    return story


@breaks("VS-5")
def view_installed_by_one_that_it_leaves_out() -> Story:
    story = Story("ab")
    story.install(1, "b", by="ab")
    story.find("a", "view")["together"] = []
    return story


@breaks("VS-5")
def view_of_an_earlier_life_installed() -> Story:
    story = Story("a")
    story.members["a"].incarnation = 2
    story.install(1, "a")
    for line in story.members["a"].lines:
        line["inc"] = 3
    return story


@breaks("VS-6")
def view_counter_went_back() -> Story:
    story = Story("ab")
    story.install(5, "ab")
    story.install(4, "ab")
    return story


@breaks("VS-6")
def same_view_installed_again_after_leaving() -> Story:
    story = Story("a", keys=False)
    story.install(2, "a")
    story.leave("a")
    story.install(2, "a")
    return story


@breaks("VS-7")
def message_delivered_after_leaving() -> Story:
    story = three()
    last = story.send("a")
    story.deliver("ab", last)
    story.leave("c")
    story.deliver("c", last)
    return story


@breaks("VS-7")
def message_sent_before_the_first_view() -> Story:
    story = Story("ab", "unordered-unreliable")
    story.send("a")
    story.install(1, "ab")
    story.deliver("ab", story.send("b"))
    return story


@breaks("VS-8")
def view_in_another_order() -> Story:
    story = Story("ab", keys=False)
    story.install(1, "ab")
    story.find("b", "view")["members"] = [node("b"), node("a")]
    return story


@breaks("VS-8")
def view_with_another_sender_group() -> Story:
    story = three()
    story.find("b", "view")["senders"] = [node("a"), node("b")]
    return story


@breaks("VS-8")
def view_whose_identifier_has_another_counter() -> Story:
    story = Story("ab")
    story.install(1, "ab")
    for letter in "ab":
        story.find(letter, "view")["counter"] = 7
    return story


@keeps("VS-17")
def sending_waits_while_frozen() -> Story:
    story = three()
    for letter in "abc":
        story.line(letter, "blocked", view=view_id(1))
    story.install(2, "abc")
    for letter in "abc":
        story.line(letter, "unblocked", view=view_id(2))
        story.send(letter)
    return story


@breaks("VS-17")
def message_sent_between_freeze_and_view() -> Story:
    story = three("unordered-unreliable")
    story.line("a", "blocked", view=view_id(1))
    story.send("a")
    story.install(2, "abc")
    return story


@breaks("VS-17")
def second_freeze_did_not_hold() -> Story:
    story = three()
    for event in ("blocked", "unblocked", "blocked", "blocked"):
        story.line("b", event, view=view_id(1))
    story.send("b")
    return story


@breaks("VS-1")
def timestamp_changed_on_the_way() -> Story:
    story = Story("ab", "source-ordered")
    story.install(1, "ab")
    story.deliver("ab", story.send("a"))
    story.find("b", "deliver")["timestamp"] = 17
    return story


@keeps("VS-10", "TO-1", "TO-2")
def service_told_by_the_deliveries_alone() -> Story:
    story = two_views()
    for letter in "abc":
        del story.find(letter, "start")["service"]
    return story
