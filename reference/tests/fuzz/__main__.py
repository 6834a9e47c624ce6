"""`python -m reference.tests.fuzz`: bad inputs for a while. Exit code 1 if anything failed."""

from __future__ import annotations

import argparse
import sys
import time

from reference.tests.fuzz.decoders import decoders
from reference.tests.fuzz.fuzzing import Failure, Fuzzing, repeated_input, repeated_round

TELL_S = 60


def octets(text: str) -> bytes:
    """Octets of the command line."""
    return bytes.fromhex(text)


def numbers(text: str) -> tuple[int, ...]:
    """Numbers with commas between them, or none."""
    return tuple(int(each) for each in text.split(",") if each)


def kept(text: str) -> tuple[int, tuple[int, ...]]:
    """A step, and which of its changes are kept."""
    step, _, some = text.partition(":")
    return int(step), numbers(some)


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m reference.tests.fuzz", description=__doc__)
    made.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    made.add_argument("--cycles", type=int, help="how many cycles, instead of how long")
    made.add_argument("--seed", type=int, default=1, help="what everything follows from (1)")
    again = made.add_argument_group("one failure again")
    again.add_argument("--decoder", choices=list(decoders()), help="which decoder")
    again.add_argument("--input", type=octets, metavar="HEX", help="what it is given")
    again.add_argument("--round", type=int, metavar="N", help="which round of a group")
    again.add_argument("--steps", type=numbers, metavar="N,...", help="its steps (all)")
    again.add_argument(
        "--patches", type=kept, action="append", default=[], metavar="STEP:N,...", help="changes (all)"
    )
    return made


def main(arguments: list[str] | None = None) -> int:
    """Fuzz, or repeat; 1 if anything failed."""
    given = parser()
    options = given.parse_args(arguments)
    if (options.decoder is None) != (options.input is None):
        given.error("--decoder and --input go together")
    if options.decoder is not None:
        return report([repeated_input(options.decoder, options.input)])
    if options.round is not None:
        patches = dict(options.patches)
        return report([repeated_round(options.seed, options.round, options.steps, patches)])
    return fuzz(options)


def fuzz(options: argparse.Namespace) -> int:
    """Cycle after cycle until the time is over."""
    fuzzing = Fuzzing(options.seed)
    fuzzing.warm_up()
    began = told = time.monotonic()
    while not fuzzing.is_over:
        now = time.monotonic()
        over = now - began >= options.seconds if options.cycles is None else fuzzing.cycles >= options.cycles
        if over:
            break
        if now - told >= TELL_S:
            told = now
            say(summary(fuzzing))
        fuzzing.cycle()
    say(summary(fuzzing))
    return report(list(fuzzing.failures))


def summary(fuzzing: Fuzzing) -> str:
    """How far it is."""
    tally = ", ".join(f"{count} {name}" for name, count in sorted(fuzzing.tally.items()))
    return f"seed {fuzzing.seed}: {fuzzing.cycles} cycles; {tally}; {len(fuzzing.failures)} failures"


def report(failures: list[Failure | None]) -> int:
    """Every failure with the command that repeats it; the exit code."""
    found = [failure for failure in failures if failure is not None]
    for failure in found:
        say(str(failure))
    if not found:
        say("nothing failed")
    return 1 if found else 0


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
