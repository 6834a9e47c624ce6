"""`python -m vectors.generator [--check]`: write the vectors, or say where the files differ from them."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from vectors.generator import files, kinds

LEAST_REFUSALS = 0.5


def main() -> int:
    """0 when the files are as they should be, 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="vectors.generator", description="Write the vectors of Coterie.")
    parser.add_argument("--check", action="store_true", help="compare byte for byte, write nothing")
    arguments = parser.parse_args()
    content = kinds.files()
    vectors = [row for rows in content.values() for row in rows]
    invalid = sum(row["result"] == "invalid" for row in vectors)
    faults = sorted(_faults(vectors))
    texts = kinds.texts(content)
    faults += files.differences(texts) if arguments.check else []
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults and not arguments.check:
        print("\n".join(files.write(texts)) or "nothing changed")
    print(f"{len(vectors)} vectors in {len(texts)} files, {invalid} of them refusals")
    return 1 if faults else 0


def _faults(vectors: list[Mapping[str, Any]]) -> Iterable[str]:
    """Whatever a collection of vectors must not be."""
    ids = [row["id"] for row in vectors]
    valid = {row["id"] for row in vectors if row["result"] == "valid"}
    refusals = [row for row in vectors if row["result"] == "invalid"]
    if len(set(ids)) != len(ids):
        yield f"ids stand twice: {sorted({each for each in ids if ids.count(each) > 1})}"
    if len(refusals) < LEAST_REFUSALS * len(vectors):
        yield f"{len(refusals)} of {len(vectors)} vectors are refusals; at least half must be"
    for row in refusals:
        if row["twin"] not in valid:
            yield f"{row['id']} has no valid twin {row['twin']}"


if __name__ == "__main__":
    sys.exit(main())
