"""The command ``coterie-kit``. Each subcommand is a module that is imported when it is asked for."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from coterie_kit.faults import Crashed, Hung, KitError, PeerFault, UsageError

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "test": ("coterie_kit.commands.test", "judge a peer by the whole suite"),
    "vectors": ("coterie_kit.commands.vectors", "list, verify or run the vectors"),
    "adapter": ("coterie_kit.commands.adapter", "check an adapter before a peer is judged through it"),
    "replay": ("coterie_kit.replay", "play one role of a capture to a fresh peer, and compare"),
    "judge": ("coterie_kit.commands.judge", "judge captures alone, without peers and without keys"),
    "interop": ("coterie_kit.commands.interop", "put whole peers into one group, and judge their traces"),
    "check-traces": ("coterie_kit.commands.check", "judge a run by the traces of its nodes"),
    "capture": ("coterie_kit.capture", "record the datagrams of a run into a capture"),
    "decode": ("coterie_kit.decode", "show the fields of a frame"),
    "report": ("coterie_kit.commands.report", "make HTML, Markdown or JUnit of results"),
    "ledger": ("coterie_kit.commands.ledger", "show which cases and mutants stand behind each requirement"),
    "selftest": ("coterie_kit.commands.selftest", "judge the kit: mutants, liars and benign variants"),
}
USAGE, BROKEN = 4, 5
EXTRA = frozenset({"jinja2", "jsonschema", "lxml", "pytest", "_pytest", "rich", "scapy"})
ENDINGS = """exit status:
  0 conformant   1 not conformant   2 nothing judged, or inconclusive
  3 stale baseline   4 wrong use   5 the kit or the adapter is broken"""


class Parser(argparse.ArgumentParser):
    """A parser that ends wrong use with the kit's own code."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """One sentence, and where to find more."""
        raise UsageError(f"{message} (see '{self.prog} --help')")


def parser(command: str | None) -> Parser:
    """The parser; only the arguments of ``command`` are known to it, because the others cost time."""
    whole = Parser(
        prog="coterie-kit", description="The conformance kit of Coterie.", epilog=ENDINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = whole.add_subparsers(metavar="command", dest="command", parser_class=Parser)
    for name, (module, summary) in COMMANDS.items():
        if name == command:
            import_module(module).register(commands)
        else:
            commands.add_parser(name, help=summary, add_help=False)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; its exit status. Nobody sees a traceback."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except UsageError as error:
        return _say(str(error), USAGE)
    except ModuleNotFoundError as error:
        return _missing(error)
    except KitError as error:
        return _say(str(error), BROKEN)
    except (Crashed, Hung, PeerFault) as error:
        return _say(f"the peer was lost: {error}", BROKEN)
    except KeyboardInterrupt:
        return _say("stopped by its user", USAGE)
    except BrokenPipeError:
        return BROKEN
    except Exception as error:  # noqa: BLE001 - a fault of the kit is told in one sentence, with its place
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        return _say(f"the kit failed, which is a fault of its own: {error!r} ({where})", BROKEN)


def _run(words: list[str]) -> int:
    command = next((word for word in words if not word.startswith("-")), None)
    whole = parser(command)
    arguments = whole.parse_args(words)
    if not arguments.command:
        whole.print_help()
        return USAGE
    status: int = arguments.run(arguments)
    return status


def _missing(error: ModuleNotFoundError) -> int:
    if (error.name or "").split(".")[0] in EXTRA:
        sentence = "this command needs the kit's packages: install them with pip install 'coterie[kit]'"
        return _say(sentence, USAGE)
    return _say(f"the kit is incomplete: {error}", BROKEN)


def _say(sentence: str, status: int) -> int:
    text = "".join(sign if sign.isprintable() else " " for sign in sentence)
    print(f"coterie-kit: {text}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
