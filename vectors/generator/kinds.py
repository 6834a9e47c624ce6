"""All kinds of vectors, the files that they are written to, and what their mutations do."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from coterie import registry
from vectors.generator import (
    anchors,
    documents,
    elements,
    frames,
    install,
    key_runs,
    key_schedule,
    leaves,
    names,
    notes_of_mutations,
    records,
    scalars,
    segments,
    sessions,
    stored,
    value_checks,
    value_choosing,
    value_reading,
)
from vectors.generator.files import anchors as anchors_text
from vectors.generator.files import text as file_text

Rows = list[Any]

FILES: Mapping[str, Callable[[], Rows]] = {
    "names/names.json": names.cases,
    "documents/documents.json": documents.cases,
    "leaves/leaves.json": leaves.cases,
    "draws/draws.json": sessions.draws,
    "hello/hello.json": sessions.hello,
    "elements/elements.json": elements.elements,
    "scalars/scalars.json": scalars.scalars,
    "key-schedule/schedule.json": key_schedule.cases,
    "install/install.json": install.cases,
    "records/records.json": records.cases,
    "segments/segments.json": segments.cases,
    "frames/headers.json": frames.headers,
    "frames/bodies.json": frames.bodies,
    "frames/encoding.json": frames.encoding,
    "frames/signatures.json": frames.signatures,
    "values/keys.json": stored.keys,
    "values/signing.json": value_checks.signing,
    "values/envelopes.json": value_checks.checking,
    "values/reading.json": value_reading.reading,
    "values/choosing.json": value_choosing.choosing,
    "values/redirects.json": stored.redirects,
    **{
        f"key-runs/suite-{code}-{tale}.json": partial(key_runs.cases, code, tale)
        for code in (1, 2)
        for tale in key_runs.TALES
    },
}


def files() -> dict[str, Rows]:
    """The vectors of every file."""
    return {name: cases() for name, cases in FILES.items()}


def texts(content: Mapping[str, Rows]) -> dict[str, str]:
    """The files as they are written."""
    known = {"anchors/primitives.json": anchors_text(anchors.answers())}
    return {name: text(name, rows) for name, rows in content.items()} | known


def text(name: str, rows: Rows) -> str:
    """One file as it is written."""
    story = key_runs.story(name)
    return file_text(name.split("/", maxsplit=1)[0], rows, note, {"story": story} if story else {})


def note(row: Mapping[str, Any]) -> str:
    """What the mutation of a refusal does; of a document, what is refused about it."""
    if row["operation"].startswith("document."):
        own = "The arguments are no document that can be written."
        return own if row["reason"] == "usage" else registry.reason(row["reason"]).text
    return notes_of_mutations.NOTES[row["mutation"]]
