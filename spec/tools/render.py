"""Text and HTML of the draft, made offline; a warning of xml2rfc is a failure."""

import calendar
import subprocess
import sys
from pathlib import Path

from lxml import etree

from spec.tools.draft import REQUIREMENT, SPEC, whole

RENDERED = SPEC / "rendered"


def render() -> int:
    """Writes ``spec/rendered/<draft>.{xml,txt,html}``. Returns an exit code."""
    tree = whole()
    show_requirement_ids(tree)
    root = tree.getroot()
    name = str(root.get("docName"))
    RENDERED.mkdir(exist_ok=True)
    source = RENDERED / f"{name}.xml"
    tree.write(str(source), encoding="utf-8", xml_declaration=True)
    offline = ["--no-network", "--allow-local-file-access", "--skip-config-files"]
    program = str(Path(sys.executable).with_name("xml2rfc"))
    done = subprocess.run(
        [program, "--text", "--html", *offline, "--date", date(root), "--path", str(RENDERED), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    words = done.stdout + done.stderr
    print(words.strip())
    return 1 if done.returncode or "Warning" in words or "Error" in words else 0


def show_requirement_ids(tree: etree._ElementTree) -> None:
    """Puts the id of each requirement before its words, for readers of the text."""
    for element in tree.iter("t", "li", "dd"):
        anchor = element.get("anchor") or ""
        if REQUIREMENT.fullmatch(anchor):
            mark = etree.Element("em")
            mark.text = anchor.removeprefix("REQ-")
            mark.tail = ": " + (element.text or "").lstrip()
            element.text = None
            element.insert(0, mark)


def date(root: etree._Element) -> str:
    """The date of the draft, so that the rendering of one revision is the same on every day."""
    stated = root.find("front/date")
    if stated is None:
        raise ValueError("the draft has no date")
    month = list(calendar.month_name).index(str(stated.get("month")))
    return f"{stated.get('year')}-{month:02}-{int(str(stated.get('day'))):02}"
