"""``coterie-kit vectors``: lists them, verifies their files, or asks a peer for them alone."""

from __future__ import annotations

import argparse
import json
from itertools import islice
from typing import Any

from coterie_kit import data
from coterie_kit.commands.test import add_peer_arguments, add_report_arguments, judge_and_report
from coterie_kit.faults import KitError

SCHEMA = "schemas/vectors.schema.json"
MOST_FAULTS = 5  # of one file


def register(subparsers: Any) -> None:
    """The arguments of the command."""
    parser = subparsers.add_parser("vectors", help="list, verify or run the vectors")
    actions = parser.add_subparsers(metavar="action", required=True)
    listing = actions.add_parser("list", help="the cases that the vectors make, one a line")
    listing.set_defaults(run=run_list)
    verify = actions.add_parser("verify", help="schema, digest, twins and requirement ids of every file")
    verify.set_defaults(run=run_verify)
    judge = actions.add_parser("run", help="judge a peer by the vectors alone")
    add_peer_arguments(judge)
    judge.add_argument(
        "-k", dest="words", metavar="WORDS", help="only cases whose slug matches, as in pytest"
    )
    add_report_arguments(judge)
    judge.set_defaults(run=run_vectors)


def run_list(_arguments: argparse.Namespace) -> int:
    """Prints slug and requirements."""
    from coterie_kit import vectors

    cases = vectors.cases_of(map(vectors.load, vectors.files()))
    for case in cases:
        print(f"{case.slug}  {' '.join(case.reqs)}")
    return 0 if cases else 2


def run_vectors(arguments: argparse.Namespace) -> int:
    """As ``coterie-kit test``, without the suite."""
    return judge_and_report(arguments, words=arguments.words, suite=False)


def run_verify(_arguments: argparse.Namespace) -> int:
    """Prints a line a file; 1 when something is wrong with one."""
    from coterie_kit import vectors

    files = [vectors.load(path) for path in vectors.files()]
    everything = {vector.id: vector for file in files for vector in file.vectors.values()}
    faults = _by_schema()
    if len(everything) != sum(len(file.vectors) for file in files):
        faults.append("two files have a vector of one id")
    for vector in everything.values():
        faults += _faults_of(vector, everything)
    for file in files:
        refusals = sum(not vector.valid for vector in file.vectors.values())
        print(f"{file.name}: {len(file.vectors)} vectors, {refusals} refusals, digest {file.digest[:16]}")
    refusals = sum(not vector.valid for vector in everything.values())
    print(f"{len(everything)} vectors in {len(files)} files, {refusals} refusals, {len(faults)} wrong")
    if everything and 2 * refusals < len(everything):
        faults.append("fewer than half of the vectors are refusals")
    for sentence in faults:
        print(f"wrong: {sentence}")
    if not everything:
        return 2
    return 1 if faults else 0


def _by_schema() -> list[str]:
    from jsonschema import Draft202012Validator

    from coterie_kit import strict, vectors

    try:
        schema = json.loads(data.read_text(SCHEMA))
    except FileNotFoundError:
        message = f"{SCHEMA} is missing, so the vectors cannot be verified"
        raise KitError(message) from None
    validator = Draft202012Validator(schema)
    faults = []
    for path in vectors.files():
        errors = islice(validator.iter_errors(strict.parse(path.read_bytes())), MOST_FAULTS)
        faults += [f"{path.name} at {error.json_path}: {error.message[:200]}" for error in errors]
    return faults


def _faults_of(vector: Any, everything: dict[str, Any]) -> list[str]:
    from coterie_kit import requirements

    faults = [
        f"{vector.id} cites {req}, which is no requirement"
        for req in vector.reqs
        if requirements.known() and req not in requirements.known()
    ]
    if not vector.valid:
        twin = everything.get(vector.twin)
        if twin is None or not twin.valid:
            faults.append(f"{vector.id} has no conforming twin")
        elif twin.operation != vector.operation:
            faults.append(f"{vector.id} and its twin are of two operations")
    return faults
