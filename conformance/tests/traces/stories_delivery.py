"""Stories of RL-1 to RL-10."""

from __future__ import annotations

from dataclasses import replace

from conformance.tests.traces.catalogue import breaks, keeps
from conformance.tests.traces.stories_basic import three
from conformance.tests.traces.story import Message, Story, node, nodes, view_id
from coterie_kit.traces import Bounds


def calm(letters: str = "ab", service: str = "source-ordered") -> Story:
    """A view in a healthy network."""
    story = Story(letters, service)
    story.healthy()
    story.install(1, letters)
    story.wait(20_000)
    return story


def ended(story: Story) -> Story:
    story.wait(30_000)
    story.over()
    return story


@keeps("RL-1", "RL-4", "VS-13", "RL-10")
def message_everywhere_in_time() -> Story:
    story = calm()
    sent = story.send("a")
    story.wait(500)
    story.deliver("ab", sent)
    return ended(story)


@keeps("RL-1", "RL-4")
def message_under_way_when_the_run_was_stopped() -> Story:
    story = calm()
    story.send("a")
    story.wait(500)
    story.over()
    return story


@breaks("RL-1")
def own_message_never_delivered() -> Story:
    story = calm()
    story.deliver("b", story.send("a"))
    return ended(story)


@breaks("RL-1")
def own_message_delivered_much_later() -> Story:
    story = calm()
    sent = story.send("a")
    story.deliver("b", sent)
    story.wait(15_000)
    story.deliver("a", sent)
    return ended(story)


@breaks("RL-4")
def message_never_reached_one_member() -> Story:
    story = calm("abc")
    story.deliver("ab", story.send("a"))
    return ended(story)


@breaks("RL-4")
def message_reached_one_member_much_later() -> Story:
    story = calm("abc")
    sent = story.send("b")
    story.deliver("ab", sent)
    story.wait(15_000)
    story.deliver("c", sent)
    return ended(story)


@breaks("RL-2")
def own_message_forgotten_at_the_view() -> Story:
    story = three()
    story.send("b")
    story.install(2, "abc")
    return story


@breaks("RL-2")
def own_last_message_forgotten() -> Story:
    story = Story("ab", "source-ordered")
    story.install(1, "ab")
    first, second = story.send("a"), story.send("a")
    story.deliver("a", first)
    story.deliver("b", first, second)
    story.install(2, "ab")
    return story


def failing(extra: str) -> Story:
    """c goes along into the next view as far as its CONFIRM, and delivers before it crashes."""
    story = Story("abc")
    story.install(1, "abcd")
    story.deliver("abc", story.send("a"), story.send("b"))
    last = story.send("c")
    story.run_keys(2, "abc")
    story.keys = False
    story.deliver(extra, last)
    for letter in "ab":
        story.enter(letter, 2, "abc", nodes("abc"), None)
    return story


@keeps("RL-3")
def survivors_have_what_the_failed_one_delivered() -> Story:
    story = failing("abc")
    story.line("c", "crash")
    return story


@keeps("RL-3")
def failed_one_had_turned_to_another_view() -> Story:
    story = failing("abc")
    story.line("c", "run-failed", view=view_id(2), reason="superseded")
    story.line("c", "run-started", view=view_id(3), members=nodes("cd"))
    story.deliver("c", story.stranger("d", 1, 9))
    story.line("c", "crash")
    return story


@breaks("RL-3")
def survivors_lack_what_the_failed_one_delivered() -> Story:
    story = failing("c")
    story.line("c", "crash")
    return story


@breaks("RL-3")
def survivors_lack_what_one_delivered_that_fell_silent() -> Story:
    return failing("c")


@keeps("RL-5", "RL-6", "RL-7")
def discarded_when_all_had_it() -> Story:
    story = calm("ab", "timestamp-ordered")
    sent = story.send("a", fragments=3)
    story.line("b", "nack", view=view_id(1), to=node("a"), ranges=[[node("a"), 2, 3]])
    story.deliver("ab", sent)
    for letter in "ab":
        story.line(letter, "stable", view=view_id(1), timestamp=sent.timestamp)
    return ended(story)


@breaks("RL-5")
def request_for_what_was_discarded() -> Story:
    story = three()
    story.line("a", "stable", view=view_id(1), timestamp=3)
    story.line("c", "nack", view=view_id(1), to=node("a"), ranges=[[node("b"), 1, 1]])
    return story


@keeps("RL-5")
def request_of_one_that_acknowledged_what_it_had_not() -> Story:
    story = three()
    story.told("fault", kind="acknowledge", on=True, nodes=[node("c")], lies=True)
    story.line("a", "stable", view=view_id(1), timestamp=3)
    story.line("c", "nack", view=view_id(1), to=node("a"), ranges=[[node("b"), 1, 1]])
    return story


@breaks("RL-5")
def request_for_a_fragment_of_what_was_discarded() -> Story:
    story = Story("ab")
    story.install(1, "ab")
    sent = story.send("a", fragments=4)
    story.deliver("ab", sent)
    story.line("a", "stable", view=view_id(1), timestamp=sent.timestamp)
    story.line("b", "nack", view=view_id(1), to=node("a"), ranges=[[node("a"), 3, 3]])
    return story


@breaks("RL-5")
def discarded_on_the_word_of_a_majority() -> Story:
    story = three()
    sent = story.send("a")
    story.deliver("ab", sent)
    story.line("a", "stable", view=view_id(1), timestamp=sent.timestamp)
    story.suspect("c", "ab")
    story.install(2, "c")
    return story


@breaks("RL-6")
def sender_did_not_wait_for_the_others() -> Story:
    story = three("source-ordered")
    story.bounds = replace(Bounds(), unstable=3)
    story.line("a", "stable", view=view_id(1), timestamp=1)
    for _ in range(4):
        story.send("a")
    return story


@breaks("RL-6")
def message_never_stable() -> Story:
    story = calm("ab", "timestamp-ordered")
    first, second = story.send("a"), story.send("a")
    story.deliver("ab", first, second)
    for letter in "ab":
        story.line(letter, "stable", view=view_id(1), timestamp=first.timestamp)
    return ended(story)


@breaks("RL-7")
def one_message_asked_for_without_end() -> Story:
    story = three()
    for _ in range(130):
        story.wait(100)
        story.line("c", "nack", view=view_id(1), to=node("a"), ranges=[[node("a"), 2, 2]])
    return story


@breaks("RL-7")
def storm_of_requests() -> Story:
    story = three()
    for sequence in range(2, 104):
        story.line("c", "nack", view=view_id(1), to=node("a"), ranges=[[node("a"), sequence, sequence]])
    return story


@breaks("RL-7")
def each_loss_asked_for_by_all_at_once() -> Story:
    story = three()
    story.bounds = replace(Bounds(), nacks_mean=2.0)
    for _ in range(3):
        story.wait(100)
        story.line("c", "nack", view=view_id(1), to=node("b"), ranges=[[node("b"), 2, 80]])
    return story


def proxied(origins: str = "c") -> tuple[Story, list[Message]]:
    """The coordinator sends for one that is not in the sender group."""
    story = Story("abc")
    story.install(1, "abc", senders="a")
    asked = [story.send(letter, proxied=True) for letter in origins]
    for place, message in enumerate(asked):
        message.timestamp = place + 1
    return story, asked


@keeps("RL-8", "VS-1", "VS-2", "TO-1")
def sent_by_proxy() -> Story:
    story, asked = proxied("cbc")
    story.deliver("abc", *asked, via=node("a"))
    story.send("c", proxied=True)
    story.install(2, "abc", senders="a")
    anew = story.send("c", proxied=True, again=[view_id(1), 3])
    anew.timestamp = 9
    story.deliver("abc", anew, via=node("a"))
    return story


@breaks("RL-8")
def proxy_changed_the_order() -> Story:
    story, asked = proxied("cc")
    asked[0].timestamp, asked[1].timestamp = 2, 1
    story.deliver("abc", asked[1], asked[0], via=node("a"))
    return story


@breaks("RL-8")
def origin_asked_again_for_what_it_had() -> Story:
    story, asked = proxied()
    story.deliver("abc", *asked, via=node("a"))
    story.install(2, "abc", senders="a")
    story.send("c", proxied=True, again=[view_id(1), 1])
    return story


@breaks("RL-8", "VS-2")
def proxy_sent_twice_and_nobody_noticed() -> Story:
    story, asked = proxied()
    story.deliver("abc", *asked, via=node("a"))
    asked[0].timestamp = 5
    story.deliver("abc", *asked, via=node("a"))
    return story


@keeps("RL-9")
def modest() -> Story:
    story = three()
    story.line("a", "resources", bytes=1 << 20, messages=100, queued=3, timers=12)
    return story


@breaks("RL-9")
def buffers_without_a_limit() -> Story:
    story = three()
    story.line("a", "resources", bytes=1 << 25, messages=100)
    return story


@breaks("RL-9")
def timers_that_nobody_stops() -> Story:
    story = three()
    story.line("c", "resources", timers=5_000, queued=0)
    return story


@breaks("RL-10")
def views_follow_each_other_for_nothing() -> Story:
    story = calm()
    story.install(2, "ab")
    story.wait(5_000)
    story.install(3, "ab")
    return ended(story)


@breaks("RL-10")
def one_node_refreshes_all_the_time() -> Story:
    story = calm("a")
    for number in range(2, 6):
        story.wait(20_000)
        story.install(number, "a")
    return ended(story)
