"""Stories of TO-1 to TO-9."""

from __future__ import annotations

from conformance.tests.traces.catalogue import breaks, keeps
from conformance.tests.traces.stories_basic import three
from conformance.tests.traces.stories_membership import entry_of_a_sender_at_its_place
from conformance.tests.traces.story import Story, node, nodes, view_id


def pair(service: str = "timestamp-ordered") -> Story:
    """Two nodes that write traces, in one view with two that write none."""
    story = Story("ab", service)
    story.install(1, "abde")
    return story


@breaks("TO-1")
def all_deliver_against_the_timestamps() -> Story:
    story = pair()
    story.deliver("ab", story.stranger("d", 1, 2), story.stranger("e", 1, 1))
    return story


@breaks("TO-1")
def two_messages_at_one_place() -> Story:
    story = pair()
    story.deliver("ab", story.stranger("d", 1, 2), story.stranger("d", 2, 2))
    return story


@breaks("TO-1")
def tie_broken_the_other_way_round() -> Story:
    story = pair()
    story.deliver("ab", story.stranger("e", 1, 2), story.stranger("d", 1, 2))
    return story


@keeps("TO-2")
def gap_told_before_what_follows() -> Story:
    story = pair()
    lost, later = story.stranger("d", 1, 1), story.stranger("e", 1, 2)
    story.deliver("a", lost, later)
    story.line("b", "gap", view=view_id(1), sender=node("d"), first=1, last=1)
    story.deliver("b", later)
    return story


@breaks("TO-2")
def message_passed_over() -> Story:
    story = pair()
    lost, later = story.stranger("d", 1, 1), story.stranger("e", 1, 2)
    story.deliver("a", lost, later)
    story.deliver("b", later)
    return story


@breaks("TO-2")
def message_passed_over_that_one_had_delivered_before_it_crashed() -> Story:
    story = three()
    lost = story.stranger("b", 9, 7)
    del story.members["b"]
    story.deliver("c", lost)
    story.line("c", "crash")
    story.deliver("a", story.send("a", 9))
    return story


@breaks("TO-2")
def gap_told_of_another_message() -> Story:
    story = gap_told_before_what_follows()
    story.find("b", "gap").update(first=2, last=2)
    return story


@breaks("TO-3", "TO-1")
def two_messages_in_two_orders() -> Story:
    story = pair()
    one, other = story.stranger("d", 1, 1), story.stranger("e", 1, 2)
    story.deliver("a", one, other)
    story.deliver("b", other, one)
    return story


@breaks("TO-3")
def sender_told_each_another_timestamp() -> Story:
    story = pair()
    one, other = story.stranger("d", 1, 1), story.stranger("e", 1, 2)
    story.deliver("a", one, other)
    one.timestamp, other.timestamp = 2, 1
    story.deliver("b", other, one)
    return story


@keeps("TO-3")
def key_used_by_two_at_once() -> Story:
    """Two processes with one key: what one wrote stands after what the other wrote later."""
    story = pair()
    story.deliver("ab", story.stranger("d", 1, 1))
    member = story.members["a"]
    twin = len(member.lines) + 1
    story.restart("a")
    story.install(2, "abde")
    story.deliver("ab", story.stranger("d", 1, 2, view=2))
    member.lines[:] = member.lines[twin:] + member.lines[:twin]
    return story


@breaks("TO-3")
def circle_of_three_messages() -> Story:
    """Each node delivers two of three; no two nodes disagree about two messages."""
    story = Story("abc")
    story.install(1, "abcdef")
    messages = [story.stranger(letter, 1, 0) for letter in "def"]
    for place, letter in enumerate("abc"):
        first, second = messages[place], messages[(place + 1) % 3]
        first.timestamp, second.timestamp = 2 * place + 1, 2 * place + 2
        story.line(letter, "transitional", view=view_id(1), together=nodes(letter))
        story.deliver(letter, first, second)
    return story


@keeps("TO-4", "RL-2")
def source_order() -> Story:
    story = Story("ab", "source-ordered")
    story.install(1, "ab")
    mine = [story.send("a", fragments=3)]
    story.members["a"].sequence += 2
    mine.append(story.send("a"))
    theirs = story.send("b")
    story.deliver("a", theirs, *mine)
    story.deliver("b", *mine, theirs)
    story.install(2, "ab")
    return story


@keeps("TO-4")
def losses_where_no_one_promised_otherwise() -> Story:
    story = Story("ab", "source-ordered-unreliable")
    story.install(1, "ab")
    first, _, third = (story.send("a") for _ in range(3))
    story.deliver("ab", first, third)
    return story


@breaks("TO-4")
def later_message_first() -> Story:
    story = Story("ab", "source-ordered-unreliable")
    story.install(1, "ab")
    first, second = story.send("a"), story.send("a")
    story.deliver("a", first, second)
    story.deliver("b", second, first)
    return story


@breaks("TO-4")
def first_message_lost() -> Story:
    story = Story("ab", "source-ordered")
    story.install(1, "ab")
    first, second = story.send("a"), story.send("a")
    story.deliver("a", first, second)
    story.deliver("b", second)
    return story


@breaks("TO-4")
def message_in_the_middle_lost_by_all() -> Story:
    story = three()
    story.send("a")
    story.deliver("abc", story.send("a"))
    return story


def answers() -> Story:
    """a asks, b answers, and a third answers the answer; c is cut off from the others."""
    story = Story("abc")
    story.install(1, "abcd")
    question = story.send("a")
    story.deliver("ab", question)
    answer = story.send("b")
    story.deliver("ab", answer)
    story.line("c", "transitional", view=view_id(1), together=nodes("c"))
    return story


@keeps("TO-5", "TO-6")
def answer_after_its_question() -> Story:
    story = answers()
    for which in (0, 1):
        story.repeat("c", story.find("a", "deliver", which))
    return story


@breaks("TO-5")
def answer_without_its_question() -> Story:
    story = answers()
    story.repeat("c", story.find("a", "deliver"))
    return story


@breaks("TO-5")
def answer_to_an_answer_without_the_answer() -> Story:
    story = answers()
    last = story.send("a")
    story.deliver("ab", last)
    story.repeat("c", story.find("a", "deliver", 0))
    story.deliver("c", last)
    return story


@breaks("TO-6")
def clock_not_raised_on_receipt() -> Story:
    story = Story("ab")
    story.install(1, "ab")
    story.deliver("ab", story.send("a", 5))
    story.deliver("ab", story.send("b", 5))
    return story


@breaks("TO-6")
def timestamps_of_a_sender_stand_still() -> Story:
    story = three()
    story.send("c", 20)
    story.send("c", 20)
    return story


@breaks("TO-6")
def timestamp_leaps() -> Story:
    story = pair()
    story.deliver("ab", story.stranger("d", 1, 1), story.stranger("d", 2, 1 << 33))
    story.send("a", 1 << 34)
    return story


def deep() -> Story:
    """Deliveries that say what had been heard."""
    story = Story("ab")
    story.install(1, "abd", senders="ab")
    story.deliver("ab", story.send("a", 3), heard={node("a"): 3, node("b"): 4})
    for letter in "ab":
        story.line(letter, "sender-added", view=view_id(1), member=node("d"), timestamp=4)
    story.deliver("ab", story.send("a", 6), heard={node("a"): 6, node("b"): 7, node("d"): 6})
    return story


@keeps("TO-7")
def all_senders_heard() -> Story:
    story = deep()
    for letter in "ab":
        story.line(letter, "sender-removed", view=view_id(1), member=node("d"), timestamp=7)
    story.deliver("ab", story.send("a", 8), heard={node("a"): 8, node("b"): 8})
    return story


@keeps("TO-7")
def heard_by_another_that_goes_on() -> Story:
    story = deep()
    for letter in "ab":
        story.line(letter, "blocked", view=view_id(1))
    story.deliver("ab", story.stranger("d", 1, 8), heard={node("a"): 6, node("b"): 7, node("d"): 8})
    return story


@breaks("TO-7")
def delivered_before_all_senders_were_heard() -> Story:
    story = deep()
    story.find("a", "deliver", 0)["heard"] = {node("a"): 3, node("b"): 2}
    return story


@breaks("TO-7")
def new_sender_not_waited_for() -> Story:
    story = deep()
    story.find("b", "deliver")["heard"] = {node("a"): 6}
    return story


def safely() -> Story:
    """Three nodes that ask for safe delivery; one message is delivered by the first alone."""
    story = Story("abc", "safe")
    story.install(1, "abc")
    story.deliver("abc", story.send("a"))
    story.deliver("a", story.send("b"))
    return story


@keeps("TO-8")
def safe_message_delivered_after_the_signal_by_the_rest() -> Story:
    story = safely()
    story.suspect("b", "a")
    story.line("c", "crash")
    story.line("b", "transitional", view=view_id(1), together=nodes("b"))
    story.repeat("b", story.find("a", "deliver"))
    story.install(2, "b")
    story.remove("b", story.find("b", "transitional"))
    return story


@breaks("TO-8")
def safe_message_lost_behind_a_partition() -> Story:
    story = safely()
    story.suspect("c", "ab")
    story.install(2, "c")
    return story


@breaks("TO-8")
def safe_message_in_a_view_that_one_never_installed() -> Story:
    story = Story("ab", "safe")
    story.install(1, "ab")
    story.run_keys(2, "ab")
    story.keys = False
    story.enter("a", 2, "ab", nodes("ab"), None)
    story.deliver("a", story.send("a"))
    story.keys = True
    story.suspect("b", "a")
    story.line("b", "run-failed", view=view_id(2), reason="superseded")
    story.install(3, "b")
    return story


@breaks("TO-9")
def message_sent_before_the_entry() -> Story:
    story = Story("ab")
    story.install(1, "ab", senders="a")
    story.send("b")
    for letter in "ab":
        story.line(letter, "sender-added", view=view_id(1), member=node("b"), timestamp=5)
    return story


@breaks("TO-9")
def first_timestamp_not_above_the_entry() -> Story:
    story = Story("ab")
    story.install(1, "ab", senders="a")
    for letter in "ab":
        story.line(letter, "sender-added", view=view_id(1), member=node("b"), timestamp=5)
    story.send("b", 5)
    return story


@breaks("TO-9")
def message_sent_after_leaving_the_sender_group() -> Story:
    story = entry_of_a_sender_at_its_place()
    story.install(3, "abc", senders="ab")
    for letter in "abc":
        story.line(letter, "sender-removed", view=view_id(3), member=node("b"), timestamp=9)
    story.send("b", 12)
    return story


@keeps("TO-4", "TO-2", "TO-5")
def gap_told_of_a_message_whose_sender_is_known() -> Story:
    story = Story("abc")
    story.install(1, "abc")
    lost = story.send("a")
    story.deliver("ab", lost)
    later, last = story.send("b"), story.send("a")
    story.deliver("ab", later, last)
    story.line("c", "gap", view=view_id(1), sender=node("a"), first=1, last=1)
    story.deliver("c", later, last)
    return story


def entry_of_a_sender_told_late(stamp: int) -> Story:
    """Where delivery is safe, the application hears of the entry after the first messages were sent."""
    story = Story("ab", "safe")
    story.install(1, "ab", senders="a")
    story.deliver("ab", story.send("a", 1))
    early = story.send("b", stamp)
    for letter in "ab":
        story.line(letter, "sender-added", view=view_id(1), member=node("b"), timestamp=4)
    story.deliver("ab", early)
    return story


@keeps("TO-9", "TO-8")
def entry_of_a_sender_that_waited_for_safety() -> Story:
    return entry_of_a_sender_told_late(7)


@breaks("TO-9")
def message_sent_before_an_entry_that_waited_for_safety() -> Story:
    return entry_of_a_sender_told_late(3)
