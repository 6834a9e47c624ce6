"""``python -m benchmarks.load``: plays each way, prints the table, and writes it down with ``--record``."""

from __future__ import annotations

import argparse
import sys

from benchmarks.load.table import README, table, written
from benchmarks.load.ways import WAYS, Setting, play


def main(words: list[str]) -> int:
    """0, or 2 when the settings make no sense."""
    usual = Setting()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    for name in ("nodes", "members", "messages", "octets", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name), metavar="N")
    parser.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    options = parser.parse_args(words)
    setting = Setting(options.nodes, options.members, options.messages, options.octets, seed=options.seed)
    if not 2 <= setting.members <= setting.nodes or setting.messages < 1 or not 20 <= setting.octets <= 1_000:
        parser.error("2 members or more, as many nodes or more, one message or more, of 20 to 1,000 octets")
    outcomes = {}
    for name in WAYS:
        outcomes[name] = play(name, setting)
        sys.stderr.write(f"{name}: {len(outcomes[name].delays)} heard\n")
    text = table(outcomes)
    sys.stdout.write(text)
    if options.record:
        README.write_text(written(README.read_text(encoding="utf-8"), text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
