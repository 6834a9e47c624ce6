"""Stories of VS-9 to VS-16."""

from __future__ import annotations

from conformance.tests.traces.catalogue import breaks, keeps
from conformance.tests.traces.stories_basic import three
from conformance.tests.traces.story import Story, digest, node, nodes, view_id


@keeps("VS-9", "VS-10", "VS-11", "VS-12", "TO-3", "TO-2", "RL-2")
def partition_and_merge() -> Story:
    """Four nodes part, both sides go on, and come together again."""
    story = Story("abcd")
    story.install(1, "abcd")
    first, second = story.send("a"), story.send("c")
    story.deliver("abcd", first)
    story.deliver("cd", second)
    story.suspect("a", "cd")
    story.suspect("c", "ab")
    story.install(2, "ab")
    story.install(3, "cd")
    for letters in ("ab", "cd"):
        story.deliver(letters, story.send(letters[0]))
    story.install(4, "abcd")
    story.deliver("abcd", story.send("d"))
    return story


@breaks("VS-9")
def transitional_set_lacks_a_companion() -> Story:
    story = three()
    story.install(2, "abc")
    for event in ("transitional", "view"):
        story.find("a", event)["together"] = nodes("ac")
    return story


@breaks("VS-9")
def transitional_set_holds_a_newcomer() -> Story:
    story = Story("abc")
    story.install(1, "ab")
    story.deliver("ab", story.send("a"))
    story.install(2, "abc")
    for letter in "ab":
        for event in ("transitional", "view"):
            story.find(letter, event)["together"] = nodes("abc")
    return story


@breaks("VS-9")
def newcomer_came_with_others() -> Story:
    story = Story("ab")
    story.install(1, "a")
    story.install(2, "ab")
    story.find("b", "view")["together"] = nodes("ab")
    return story


@breaks("VS-10")
def last_message_of_a_burst_lost() -> Story:
    story = three()
    story.deliver("ac", story.send("a"))
    story.install(2, "abc")
    return story


@breaks("VS-10")
def message_of_a_crashed_sender_reached_one_survivor() -> Story:
    story = three()
    lost = story.send("c")
    story.line("c", "crash")
    story.suspect("a", "c")
    story.run_keys(2, "ab")
    for letter in "ab":
        story.line(letter, "transitional", view=view_id(1), together=nodes("ab"))
    story.deliver("a", lost)
    story.keys = False
    story.install(2, "ab")
    for letter in "ab":
        story.remove(letter, story.find(letter, "transitional"))
    return story


@breaks("VS-11")
def signal_is_missing() -> Story:
    story = three()
    story.install(2, "abc")
    story.remove("b", story.find("b", "transitional"))
    return story


@breaks("VS-11")
def delivery_says_that_it_is_regular_after_the_signal() -> Story:
    story = Story("ab")
    story.install(1, "ab")
    sent = story.send("a")
    for letter in "ab":
        story.line(letter, "transitional", view=view_id(1), together=nodes("ab"))
    story.deliver("a", sent, regular=False)
    story.deliver("b", sent, regular=True)
    story.install(2, "ab")
    for letter in "ab":
        story.remove(letter, story.find(letter, "transitional"))
    return story


def crossed_by_the_signal(service: str) -> Story:
    """Two go on together; one tells a message before the signal, the other after it."""
    story = Story("ab", service)
    story.install(1, "ab")
    sent = story.send("a")
    story.deliver("a", sent)
    for letter in "ab":
        story.line(letter, "transitional", view=view_id(1), together=nodes("ab"))
    story.deliver("b", sent)
    story.install(2, "ab")
    for letter in "ab":
        story.remove(letter, story.find(letter, "transitional"))
    return story


@breaks("VS-11")
def message_on_two_sides_of_the_signal() -> Story:
    return crossed_by_the_signal("timestamp-ordered")


@keeps("VS-11", "VS-10")
def safe_message_that_one_knew_to_be_stable() -> Story:
    return crossed_by_the_signal("safe")


@breaks("VS-11")
def signal_names_others_than_the_view() -> Story:
    story = three()
    story.install(2, "abc")
    story.find("c", "transitional")["together"] = nodes("ac")
    return story


@breaks("VS-12")
def view_comes_from_one_that_the_node_was_not_in() -> Story:
    story = three()
    story.install(2, "abc")
    for letter in "ab":
        for event in ("transitional", "view"):
            story.find(letter, event)["together"] = nodes("ab")
    line = story.find("c", "view")
    line["previous"], line["together"] = view_id(0), nodes("c")
    return story


@breaks("VS-12")
def two_lives_of_one_node_at_once() -> Story:
    story = three()
    story.install(2, "abc")
    story.restart("c")
    story.line("c", "drop", reason="bad-length")
    story.line("c", "drop", reason="bad-length")["inc"] = 1
    return story


@keeps("VS-13", "VS-14", "RL-10")
def healed_in_time() -> Story:
    """A partition, and one view soon after it."""
    story = Story("abc")
    story.disturbed()
    story.install(1, "abc")
    story.suspect("a", "c")
    story.suspect("c", "a")
    story.install(2, "ab")
    story.install(3, "c")
    story.healthy()
    story.wait(3_000)
    story.install(4, "abc")
    story.wait(40_000)
    story.over()
    return story


@breaks("VS-13")
def partition_never_healed() -> Story:
    story = Story("abc")
    story.disturbed()
    story.install(2, "ab")
    story.install(3, "c")
    story.healthy()
    story.wait(40_000)
    story.over()
    return story


@breaks("VS-13")
def newcomer_never_taken_in() -> Story:
    story = Story("ab")
    story.healthy()
    story.install(1, "ab")
    story.members["c"] = type(story.members["a"])("c", "timestamp-ordered")
    story.wait(1_000)
    story.line("c", "start", state="first", service="timestamp-ordered")
    story.wait(20_000)
    story.over()
    return story


@breaks("VS-13")
def two_components_that_became_one_view_at_one_side_only() -> Story:
    story = Story("abcd")
    story.disturbed()
    story.install(1, "ab")
    story.install(2, "c")
    story.install(3, "d")
    story.healthy("ab", "cd")
    story.wait(40_000)
    story.over()
    return story


@keeps("VS-15", "TO-9", "VS-16")
def entry_of_a_sender_at_its_place() -> Story:
    story = Story("abc")
    story.install(1, "abc", senders="a")
    first = story.send("a", 1)
    for letter in "abc":
        story.deliver(letter, first)
        story.line(letter, "sender-added", view=view_id(1), member=node("b"), timestamp=2)
    story.deliver("abc", story.send("b", 3), story.send("a", 4))
    for letter in "abc":
        story.line(letter, "sender-removed", view=view_id(1), member=node("b"), timestamp=5)
    story.install(2, "abc", senders="a")
    return story


@breaks("VS-15", "VS-3", "VS-4", "VS-10")
def message_before_the_view_for_one_and_after_it_for_another() -> Story:
    story = Story("ab")
    story.install(1, "abc")
    sent = story.stranger("c", 1, 4)
    story.deliver("a", sent)
    story.install(2, "ab")
    story.deliver("b", sent)
    return story


@breaks("VS-15")
def entry_of_a_sender_out_of_order() -> Story:
    story = entry_of_a_sender_at_its_place()
    line = story.find("c", "sender-added")
    place = story.members["c"].lines.index(line)
    lines = story.members["c"].lines
    delivery = next(at for at, one in enumerate(lines) if one["event"] == "deliver")
    lines.insert(delivery, lines.pop(place))
    lines[delivery]["t"] = lines[delivery + 1]["t"]
    return story


@breaks("VS-15")
def entry_of_a_sender_seen_by_some() -> Story:
    story = entry_of_a_sender_at_its_place()
    story.remove("c", story.find("c", "sender-added"))
    return story


@breaks("VS-16")
def loss_recovery_still_in_the_old_view() -> Story:
    story = three()
    story.install(2, "abc")
    story.line("b", "nack", view=view_id(1), to=node("a"), ranges=[[node("a"), 1, 1]])
    return story


@breaks("VS-16")
def frame_opened_before_its_view() -> Story:
    story = Story("ab")
    story.install(1, "ab")
    seal = {"view": view_id(2), "sender": 0, "secret": "read", "counter": 0, "digest": digest("frame")}
    story.run_keys(2, "ab")
    story.keys = False
    story.enter("a", 2, "ab", nodes("ab"), None)
    story.line("a", "seal", **seal)
    story.line("b", "open", **seal)
    story.enter("b", 2, "ab", nodes("ab"), None)
    return story


@breaks("VS-16")
def keys_in_another_order_than_their_views() -> Story:
    story = Story("a")
    story.keys = False
    story.run_keys(2, "a")
    for line in story.members["a"].lines:
        if line["event"] == "run-started":
            story.remove("a", line)
    story.run_keys(1, "a")
    story.install(1, "a")
    story.install(2, "a")
    story.line("a", "stable", view=view_id(2), timestamp=0)
    return story


@breaks("VS-9")
def transitional_sets_differ_in_one_that_writes_no_trace() -> Story:
    story = Story("ab")
    story.install(1, "abd")
    story.install(2, "abd")
    for event in ("transitional", "view"):
        story.find("a", event)["together"] = nodes("abd")
    return story


@breaks("VS-9")
def transitional_set_holds_one_that_is_gone() -> Story:
    story = Story("ab")
    story.install(1, "abd")
    story.install(2, "ab")
    for letter in "ab":
        for event in ("transitional", "view"):
            story.find(letter, event)["together"] = nodes("abd")
    return story


@breaks("VS-11")
def signal_of_another_view() -> Story:
    story = three()
    story.install(2, "abc")
    story.find("b", "transitional")["view"] = view_id(7)
    return story
