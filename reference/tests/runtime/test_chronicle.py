from __future__ import annotations

import json
from pathlib import Path

from coterie.runtime.chronicle import Chronicle


def test_line_that_was_cut_by_a_kill_spoils_the_trace(tmp_path: Path) -> None:
    path = tmp_path / "traces" / "node.jsonl"
    first = Chronicle(path)
    first.write([{"i": 0}, {"i": 1}])
    first.write([])
    first.close()
    with path.open("a") as file:
        file.write('{"i": 2, "t"')

    second = Chronicle(path)
    assert second.lines == 2
    second.write([{"i": 2, "name": "ö"}])
    second.close()

    assert [json.loads(line)["i"] for line in path.read_text().splitlines()] == [0, 1, 2]
