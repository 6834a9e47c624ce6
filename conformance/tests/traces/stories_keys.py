"""Stories of KA-1 to KA-21."""

from __future__ import annotations

from conformance.tests.traces.catalogue import breaks, keeps
from conformance.tests.traces.stories_basic import three
from conformance.tests.traces.story import Line, Story, digest, node, nodes, view_id


def frame(number: int, sender: int = 0, count: int = 0, secret: str = "read") -> Line:
    """The fields of a seal or open line."""
    view = view_id(number)
    octets = digest(f"{view}{sender}{secret}{count}")
    return {"view": view, "sender": sender, "secret": secret, "counter": count, "digest": octets}


@keeps("KA-7", "KA-8", "KA-19", "KA-20", "KA-21", "VS-16", "KA-13", "KA-4")
def frames_in_two_views() -> Story:
    """Frames of two members under both secrets, also one that was under way when the view ended."""
    story = three()
    for secret in ("read", "control"):
        for count in (0, 1):
            story.line("a", "seal", **frame(1, 0, count, secret))
            story.line("b", "open", **frame(1, 0, count, secret))
    story.line("c", "seal", **frame(1, 2))
    story.suspect("a", "c")
    story.suspect("c", "ab")
    story.install(2, "ab")
    story.install(3, "c")
    story.line("a", "open", **frame(1, 2))
    story.line("b", "seal", **frame(2, 1))
    story.line("a", "open", **frame(2, 1))
    for letter in "ab":
        story.line(letter, "erased", view=view_id(1))
    return story


@breaks("KA-1")
def two_keys_for_one_view() -> Story:
    story = three()
    story.find("b", "keyed")["key_id"] = digest("another")
    return story


@breaks("KA-1")
def key_of_one_member_of_the_second_view_differs() -> Story:
    story = three()
    story.install(2, "abc")
    story.find("c", "keyed")["key_id"] = digest("another")
    return story


@breaks("KA-2")
def members_in_another_order_than_in_the_view() -> Story:
    story = three()
    for letter in "abc":
        story.find(letter, "run-started")["members"] = nodes("acb")
    return story


@breaks("KA-2")
def members_of_a_run_that_failed_in_two_orders() -> Story:
    story = three()
    for letter, members in (("a", "abc"), ("b", "bac")):
        story.line(letter, "run-started", view=view_id(2), members=nodes(members))
        story.line(letter, "run-failed", view=view_id(2), reason="bad-order", culprit=None)
    return story


@breaks("KA-3")
def key_of_the_view_before() -> Story:
    story = three()
    story.install(2, "abc")
    for letter in "abc":
        story.find(letter, "keyed")["key_id"] = story.find(letter, "keyed", 0)["key_id"]
    return story


@breaks("KA-3")
def old_run_repeated_after_a_restart() -> Story:
    story = three()
    story.restart("c")
    story.run_keys(1, "abc", by="c")
    return story


@breaks("KA-4")
def view_without_keys() -> Story:
    story = three()
    story.install(2, "abc")
    for letter in "abc":
        story.remove(letter, story.find(letter, "keyed"))
    return unconfirmed(story)


def unconfirmed(story: Story) -> Story:
    """Without any confirmation told, so that only the keys are in question."""
    for member in story.members.values():
        member.lines = [line for line in member.lines if line["event"] != "confirmed"]
    return story


@breaks("KA-4")
def keys_after_their_view() -> Story:
    story = three()
    story.move_to_end("b", story.find("b", "keyed"))
    return story


@breaks("KA-4", "KA-13", "VS-16")
def frame_sealed_before_there_were_keys() -> Story:
    story = three()
    story.line("a", "seal", **frame(2))
    story.install(2, "abc")
    return story


@breaks("KA-7")
def sealed_for_one_that_was_removed() -> Story:
    story = frames_in_two_views()
    story.line("b", "seal", **frame(1, 1, 7))
    return story


@breaks("KA-7")
def sealed_after_leaving() -> Story:
    story = frames_in_two_views()
    story.leave("c")
    story.line("c", "seal", **frame(3, 0))
    return story


@breaks("KA-8")
def opened_after_the_keys_were_erased() -> Story:
    story = frames_in_two_views()
    story.line("c", "seal", **frame(3))
    late = story.find("a", "open", 0)
    story.move_to_end("a", late)
    return story


@breaks("KA-8")
def opened_long_after_its_view() -> Story:
    story = frames_in_two_views()
    for letter in "ab":
        story.remove(letter, story.find(letter, "erased"))
    story.wait(9_000)
    story.move_to_end("a", story.find("a", "open", 0))
    return story


@breaks("KA-8")
def keys_never_erased() -> Story:
    story = frames_in_two_views()
    story.remove("b", story.find("b", "erased"))
    story.install(4, "ab")
    story.install(5, "ab")
    story.line("b", "erased", view=view_id(2))
    story.line("a", "erased", view=view_id(2))
    return story


@breaks("KA-12")
def confirmation_of_one_without_keys() -> Story:
    story = three()
    story.run_keys(2, "abc", by="a")
    story.run_keys(2, "abc", by="b")
    return story


@breaks("KA-12", "KA-2")
def confirmation_of_another_transcript() -> Story:
    story = three()
    story.find("c", "keyed")["transcript"] = "5" * 64
    return story


@breaks("KA-13")
def key_used_before_all_had_confirmed() -> Story:
    story = three()
    story.line("a", "seal", **frame(1))
    story.move_to_end("a", story.find("a", "confirmed"))
    return story


@breaks("KA-13")
def view_installed_without_a_confirmation() -> Story:
    story = three()
    story.install(2, "abc")
    story.remove("c", story.find("c", "confirmed"))
    return story


@keeps("KA-17")
def cascade() -> Story:
    """Two proposals fail, the third becomes the view."""
    story = three()
    for number in (2, 3):
        for letter in "abc":
            story.line(letter, "run-started", view=view_id(number), members=nodes("abc"))
            story.line(letter, "run-failed", view=view_id(number), reason="superseded")
    story.install(4, "abc")
    return story


@breaks("KA-17")
def superseded_run_went_on() -> Story:
    story = three()
    story.line("b", "run-started", view=view_id(2), members=nodes("abc"))
    story.install(3, "abc")
    return story


@breaks("KA-17")
def keys_of_a_run_that_had_failed() -> Story:
    story = three()
    story.line("a", "run-started", view=view_id(2), members=nodes("abc"))
    story.line("a", "run-failed", view=view_id(2), reason="bad-confirm", culprit=node("b"))
    story.line("a", "keyed", view=view_id(2), key_id=digest("late"))
    return story


@breaks("KA-17")
def run_that_never_ended() -> Story:
    story = three()
    story.line("a", "run-started", view=view_id(2), members=nodes("abc"))
    story.wait(30_000)
    story.line("a", "drop", reason="unknown-view")
    return story


@breaks("KA-19")
def counter_used_twice() -> Story:
    story = frames_in_two_views()
    story.line("b", "seal", **{**frame(2, 1), "digest": digest("other octets")})
    return story


@breaks("KA-19")
def two_members_seal_as_one() -> Story:
    story = three()
    story.line("a", "seal", **frame(1))
    story.line("b", "seal", **frame(1))
    return story


@breaks("KA-20")
def octets_changed_and_opened() -> Story:
    story = frames_in_two_views()
    story.find("a", "open")["digest"] = digest("forged")
    return story


@breaks("KA-20")
def opened_what_was_never_sealed() -> Story:
    story = frames_in_two_views()
    story.line("a", "open", **frame(2, 1, 1))
    return story


@breaks("KA-21")
def frame_opened_twice() -> Story:
    story = frames_in_two_views()
    story.repeat("a", story.find("a", "open"))
    return story


@breaks("KA-21")
def frame_behind_the_window_opened() -> Story:
    story = three()
    for count in (5, 3_000):
        story.line("a", "seal", **frame(1, 0, count, "control"))
    for count in (3_000, 5):
        story.line("b", "open", **frame(1, 0, count, "control"))
    return story


@breaks("KA-8")
def opened_two_views_later() -> Story:
    story = frames_in_two_views()
    story.remove("a", story.find("a", "erased"))
    story.install(4, "ab")
    story.move_to_end("a", story.find("a", "open", 0))
    return story


@keeps("KA-17")
def long_run_in_a_disturbed_network() -> Story:
    story = Story("ab")
    story.disturbed()
    story.install(1, "ab")
    story.line("a", "run-started", view=view_id(2), members=nodes("ab"))
    story.wait(30_000)
    story.line("a", "run-failed", view=view_id(2), reason="superseded")
    return story
