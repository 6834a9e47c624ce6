"""The rules that the draft keeps about itself. Each returns one sentence for each fault."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from spec.tools import generated
from spec.tools.draft import CHAPTERS, LEVELS, REQUIREMENT, SPEC, chapter, requirements, text_of, whole

BINDING = re.compile(r"\b(?:MUST|SHALL|SHOULD|REQUIRED|RECOMMENDED|MAY|OPTIONAL)\b")
BOILERPLATE = "bcp14-boilerplate"
INFORMATIVE = {
    "introduction.xml", "application.xml", "outline.xml", "iana.xml", "privacy.xml", "security.xml",
}  # fmt: skip
CITED_TABLES = (
    "reason", "limit", "timer", "label", "draw", "extension", "suite", "role", "payload-kind", "kind",
)  # fmt: skip
FIGURE = re.compile(r"(?<![\w,.−])(?P<figure>\d[\d,]*)(?: [a-z]+){0,2} \((?:limit|timer) $")
CITATION = re.compile(rf"(?:{'|'.join(CITED_TABLES)})\.[a-z0-9A-Z-]+")


def faults() -> list[str]:
    """All faults of the draft and of what is generated from it."""
    return [
        *generated.drift(),
        *unmarked_words(),
        *binding_outlines(),
        *loose_words(),
        *requirement_numbers(),
        *declarations(),
        *citations(),
        *figures(),
    ]


def sources() -> Iterator[tuple[Path, etree._Element]]:
    """Every chapter as written."""
    for path in CHAPTERS:
        yield path, chapter(path)


def unmarked_words() -> Iterator[str]:
    """A word of BCP 14 that is not marked as one binds a reader and escapes the list of requirements."""
    for path, root in sources():
        for element in root.iter("*"):
            if element.tag in {"bcp14", "artwork", "sourcecode"}:
                continue
            own = [element.text or ""] + [child.tail or "" for child in element]
            for word in BINDING.findall(" ".join(own)):
                yield f"{path.name}: {word} without <bcp14> near {text_of(element)[:60]!r}"


def binding_outlines() -> Iterator[str]:
    """Informative chapters bind nobody."""
    for path, root in sources():
        if path.name in INFORMATIVE:
            for word in root.iter("bcp14"):
                yield f"{path.name}: {text_of(word)} in an informative chapter"


def loose_words() -> Iterator[str]:
    """A word of BCP 14 stands in a paragraph that can be cited."""
    for path, root in sources():
        for word in root.iter("bcp14"):
            anchors = [str(holder.get("anchor") or "") for holder in word.iterancestors("t", "li", "dd")]
            if not any(REQUIREMENT.fullmatch(anchor) or anchor == BOILERPLATE for anchor in anchors):
                yield f"{path.name}: {text_of(word)} outside a requirement, near {near(word)!r}"
            if text_of(word) not in LEVELS:
                yield f"{path.name}: {text_of(word)} is no word of BCP 14"


def near(word: etree._Element) -> str:
    """The beginning of the paragraph around ``word``."""
    parent = word.getparent()
    return text_of(parent)[:60] if parent is not None else ""


def requirement_numbers() -> Iterator[str]:
    """Numbers run from 1 in each area without a gap; a withdrawn one is a tombstone, never given again."""
    tombstones = {row["id"] for row in generated.load("tombstones.toml").get("requirement", [])}
    seen: set[str] = set()
    numbers: dict[str, set[int]] = defaultdict(set)
    for found in requirements():
        if found.id in seen:
            yield f"{found.id} stands twice"
        if found.id in tombstones:
            yield f"{found.id} was withdrawn and stands again"
        if not found.level:
            yield f"{found.id} has no word of BCP 14"
        seen.add(found.id)
    for identifier in seen | tombstones:
        match = REQUIREMENT.fullmatch(identifier)
        if match is None:
            yield f"{identifier} in tombstones.toml is no requirement id"
        else:
            numbers[match["area"]].add(int(match["number"]))
    for area, used in sorted(numbers.items()):
        for missing in sorted(set(range(1, max(used) + 1)) - used):
            yield f"REQ-{area}-{missing} is missing and has no tombstone"


def declarations() -> Iterator[str]:
    """What is declared unobservable exists."""
    known = {found.id for found in requirements()}
    for row in generated.load("unobservable.toml").get("requirement", []):
        if row["id"] not in known:
            yield f"unobservable.toml: {row['id']} is no requirement"


def citations() -> Iterator[str]:
    """Each row that binds is named in a chapter, and each name in a chapter is a row."""
    registry = tomllib.loads((SPEC / "registry.toml").read_text(encoding="utf-8"))
    rows = {f"{table}.{row['name']}" for table in CITED_TABLES for row in registry[table]}
    cited: set[str] = set()
    for path, root in sources():
        targets = {str(xref.get("target")) for xref in root.iter("xref")}
        named = {target for target in targets if CITATION.fullmatch(target)}
        cited |= named
        for name in sorted(named - rows):
            yield f"{path.name}: {name} is not in the registry"
        for xref in root.iter("xref"):
            target = str(xref.get("target"))
            if target in named and text_of(xref) not in {target.partition(".")[2], ""}:
                yield f"{path.name}: {target} is called {text_of(xref)!r}"
    for name in sorted(rows - cited):
        yield f"{name} is in the registry and in no chapter"
    anchors = {str(element.get("anchor")) for element in whole().iter("*") if element.get("anchor")}
    for name in sorted(rows - anchors):
        yield f"{name} is in no table of the draft"


def figures() -> Iterator[str]:
    """A figure that the prose puts before the name of a limit or timer is the one of the registry."""
    registry = generated.load("registry.toml")
    values = {
        f"{table}.{row['name']}": row["value"] for table in ("limit", "timer") for row in registry[table]
    }
    for path, root in sources():
        for xref in root.iter("xref"):
            match = FIGURE.search(text_before(xref))
            target = str(xref.get("target"))
            if match and target in values and int(match["figure"].replace(",", "")) != values[target]:
                yield f"{path.name}: {target} is {values[target]:,} and not {match['figure']}"


def text_before(element: etree._Element) -> str:
    """The words that stand directly before an element, with single spaces."""
    previous, parent = element.getprevious(), element.getparent()
    words = previous.tail if previous is not None else parent.text if parent is not None else ""
    return re.sub(r"\s+", " ", words or "")
