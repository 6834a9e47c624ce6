"""The draft as one tree: chapters, figures and references drawn in, and the requirements read out of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

SPEC = Path(__file__).resolve().parents[1]
CHAPTERS = tuple(sorted(SPEC.glob("*.xml")))
REQUIREMENT = re.compile(r"REQ-(?P<area>[A-Z]{3})-(?P<number>[0-9]+)(?P<letter>[a-z]?)")
LEVELS = {
    "MUST": "MUST", "MUST NOT": "MUST", "REQUIRED": "MUST", "SHALL": "MUST", "SHALL NOT": "MUST",
    "SHOULD": "SHOULD", "SHOULD NOT": "SHOULD", "RECOMMENDED": "SHOULD", "NOT RECOMMENDED": "SHOULD",
    "MAY": "MAY", "OPTIONAL": "MAY",
}  # fmt: skip
STRICTEST_FIRST = ("MUST", "SHOULD", "MAY")
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One paragraph that binds an implementation."""

    id: str
    area: str
    level: str
    text: str
    chapter: str


def whole() -> etree._ElementTree:
    """The draft with everything included. Raises OSError or etree.Error when a part is missing or broken."""
    parser = etree.XMLParser(remove_comments=True, no_network=True, resolve_entities=False)
    tree = etree.parse(str(SPEC / "draft.xml"), parser)
    tree.xinclude()
    for element in tree.iter("*"):
        if XML_BASE in element.attrib:
            del element.attrib[XML_BASE]
    return tree


def chapter(path: Path) -> etree._Element:
    """One chapter as it is written, includes unresolved."""
    parser = etree.XMLParser(remove_comments=True, no_network=True, resolve_entities=False)
    return etree.parse(str(path), parser).getroot()


def text_of(element: etree._Element) -> str:
    """The words of a paragraph, with single spaces."""
    return " ".join("".join(str(part) for part in element.itertext()).split())


def name_references(tree: etree._ElementTree) -> None:
    """Fills each reference that the rendering would number with the name of what it points to."""
    titles = {
        str(named.get("anchor")): f'"{text_of(title)}"'
        for named in tree.iter("section", "table", "figure")
        if (title := named.find("name")) is not None
    }
    for reference in tree.iter("xref"):
        if not text_of(reference):
            target = str(reference.get("target"))
            reference.text = titles.get(target, f"[{target}]")


def requirements() -> Iterator[Requirement]:
    """Every requirement, in the order in which the draft states it."""
    tree = whole()
    name_references(tree)
    for section in tree.getroot().findall("middle/section"):
        for element in section.iter("t", "li", "dd"):
            anchor = element.get("anchor") or ""
            match = REQUIREMENT.fullmatch(anchor)
            if match:
                yield Requirement(
                    anchor, match["area"], level(element), text_of(element), section.get("anchor") or ""
                )


def level(element: etree._Element) -> str:
    """The strictest word of BCP 14 in a paragraph; empty when there is none."""
    found = {LEVELS.get(text_of(word), "") for word in element.iter("bcp14")}
    return next((word for word in STRICTEST_FIRST if word in found), "")
