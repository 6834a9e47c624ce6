"""`coterie harness --nursery`: one warm process, and a child of it for each mutant or crowd of mutants.

A line `{"cmd": "hatch", "mutants": [NAME, ...]}` makes the child, which answers and then serves the test
interface on the same pipes with those rules broken, until `stop`; then the next line is read. So a kit that
asks hundreds of mutants waits for the imports once. A child that breaks down takes the nursery with it:
whoever waits for its reply sees the end of the program, as with a mutant that was started by itself.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Callable

from coterie.cli import version
from coterie.documents import schema
from coterie.errors import LocalError
from coterie.harness import arguments, harness, strict
from coterie.mutants import registry
from coterie.simulation import draw, overlays, simulate


def serve(serve_one: Callable[[], None]) -> int:
    """Hatch one child after the other until the end of the input; `serve_one` is the life of a child."""
    _warm_up()
    gc.freeze()
    for line in strict.read_lines(sys.stdin.buffer):
        child = os.fork()
        if child == 0:
            _hatch(line)
            serve_one()
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            return 1
    return 0


def _warm_up() -> None:
    """Do once what each child would do again: imports, the look through them, the schema, the version.

    And live once, in a group and in an overlay that are simulated: code that has run is faster from then on,
    and the children share what makes it so.
    """
    for target in registry.targets():
        importlib.import_module(target)
    importlib.import_module("coterie.harness.tier0")
    importlib.import_module("cryptography.hazmat.backends.openssl")
    schema.validator()
    version()
    simulate(draw(0, 3))
    overlays.play(overlays.Plan("agree", 0, nodes=4, values=1))
    registry.PLACES.look()


def _hatch(line: bytes | None) -> None:
    """Break the rules that the line names, and say so."""
    seq = harness.NO_COMMAND
    try:
        given = arguments.Arguments(strict.parse_object(line))
        seq = given.integer("seq", harness.HIGHEST_SEQ)
        for name in given.texts("mutants"):
            registry.apply(name)
        reply: arguments.JsonObject = {"seq": seq, "status": "ok", "effects": [], "wake": None}
    except LocalError as mistake:
        reply = {"seq": seq, "status": "error", "reason": "usage", "phase": "usage", "detail": str(mistake)}
    sys.stdout.buffer.write(harness.to_line(reply))
    sys.stdout.buffer.flush()
