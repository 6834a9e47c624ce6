"""The examples of the first draft and of this one, to the letter, in every rendering that they have had."""

from pathlib import Path

import pytest

from coterie import documents
from coterie.documents import Contact, GroupIdRedirect, GroupInfo, GroupListEntry, GroupMember

EXAMPLES = Path(__file__).resolve().parents[3] / "spec" / "examples"

JOLLY = GroupInfo(contacts=(Contact("12.34.56.78", 5080),), description="The most jolly group!")
REDIRECT = GroupIdRedirect(bytes.fromhex("0276EC1F"))

INDENTED = b"""GROUP-MANAGEMENT:
<group_management type="group-info">
  <bootstrap-address>12.34.56.78</bootstrap-address>
  <bootstrap-port>5080</bootstrap-port>
  <description>The most jolly group!</description>
</group_management>
"""
SPREAD = b"""GROUP-MANAGEMENT:

<group_management type="group-info">

<bootstrap-address>12.34.56.78</bootstrap-address>

<bootstrap-port>5080</bootstrap-port>

<description>The most jolly group!</description>

</group_management>
"""
ALIAS = b"""GROUP-MANAGEMENT:
<group_management type="group-id-redirect">
  <actual-group-id encoding="hex">0276EC1F</actual-group-id>
</group_management>
"""


def renderings(document: bytes) -> dict[str, bytes]:
    """The same lines with other line breaks, other white space, and the spelling of the draft's prose."""
    lines = [line.strip() for line in document.split(b"\n") if line.strip()]
    return {
        "as-it-stands": document,
        "crlf": document.replace(b"\n", b"\r\n"),
        "no-indent": b"\n".join(lines),
        "no-indent-crlf": b"\r\n".join(lines),
        "empty-lines": b"\n\n".join(lines),
        "empty-lines-crlf": b"\r\n\r\n".join(lines),
        "no-break-at-end": document.rstrip(),
        "one-line": lines[0] + b"\n" + b"".join(lines[1:]),
        "underscores": document.replace(b"group-info", b"group_info").replace(b"group-id-r", b"group_id_r"),
    }


@pytest.mark.parametrize("rendering", sorted(renderings(INDENTED)))
@pytest.mark.parametrize(
    ("example", "meaning"),
    [(INDENTED, JOLLY), (SPREAD, JOLLY), (ALIAS, REDIRECT)],
    ids=["indented", "spread", "alias"],
)
def test_example_of_the_first_draft_was_refused(example: bytes, meaning: object, rendering: str) -> None:
    if rendering == "underscores":
        example = example.replace(b"group-id-redirect", b"group_id_redirect")

    assert documents.parse(renderings(example)[rendering]) == meaning


def test_underscores_of_the_first_draft_were_written_again() -> None:
    written = documents.build(documents.parse(INDENTED.replace(b"group-info", b"group_info")))

    assert written == INDENTED


@pytest.mark.parametrize("name", ["group-info", "group-member", "group-list-entry", "group-invitation"])
def test_example_of_the_draft_is_not_in_the_rendering_that_the_draft_demands(name: str) -> None:
    example = (EXAMPLES / f"{name}.txt").read_bytes()

    assert documents.build(documents.parse(example)) == example


def test_example_of_the_draft_says_something_else() -> None:
    said = {name: documents.parse((EXAMPLES / f"{name}.txt").read_bytes()) for name in (
        "group-info", "group-info-spread", "group-id-redirect", "group-member", "group-list-entry",
    )}  # fmt: skip

    assert said["group-info"] == said["group-info-spread"] == JOLLY
    assert said["group-id-redirect"] == REDIRECT
    assert isinstance(said["group-member"], GroupMember)
    assert said["group-member"].name == "Ada"
    assert said["group-list-entry"] == GroupListEntry("Jolly Café".encode(), "The most jolly group!")


@pytest.mark.parametrize("name", ["group-member", "group-invitation"])
def test_folded_figure_drifted_from_its_document(name: str) -> None:
    folded = (EXAMPLES / f"{name}.folded.txt").read_text(encoding="utf-8")
    lines = folded.split("\n")

    assert folded.replace("\\\n", "") == (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8")
    assert max(map(len, lines)) <= 69


def test_uri_in_the_draft_is_of_another_invitation() -> None:
    uri = (EXAMPLES / "invitation-uri.txt").read_text(encoding="ascii").replace("\n", "")
    invitation = documents.parse((EXAMPLES / "group-invitation.txt").read_bytes())

    assert documents.from_uri(uri) == invitation
    assert isinstance(invitation, documents.GroupInvitation)
    assert documents.to_uri(invitation) == uri
