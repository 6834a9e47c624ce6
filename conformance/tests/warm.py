"""The kit's commands at the cost of a fork: a process imports the kit once, and is each command in turn.

What a command says, writes and ends with is as if it had been started anew; what it takes to start is not.
"""

import importlib
import json
import os
import pkgutil
import select
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

LONGEST = 120.0  # seconds


class Warm:
    """The process, from outside; it starts when the first command is wanted."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def kit(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """One command; what it said."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        with tempfile.TemporaryDirectory() as folder:
            said, told = Path(folder) / "said", Path(folder) / "told"
            line = json.dumps([words, str(cwd or Path.cwd()), str(said), str(told)])
            into.write(line.encode() + b"\n")
            if not select.select([out], [], [], LONGEST)[0]:
                self._process.kill()
                raise subprocess.TimeoutExpired(list(words), LONGEST)
            status = int(out.readline())
            return subprocess.CompletedProcess(
                list(words), status, said.read_text("utf-8"), told.read_text("utf-8")
            )

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            with self._process as process:
                process.kill()


def warm_up() -> None:
    """Imports what the commands would."""
    from coterie_kit import cli, commands, suite

    for package in (commands, suite):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name, _ in cli.COMMANDS.values():
        importlib.import_module(name)
    for name in ("baseline", "engine", "plugin", "reaper", "report.html", "results", "terminal", "vectors"):
        importlib.import_module(f"coterie_kit.{name}")


def become(words: list[str], folder: str, said: str, told: str) -> NoReturn:
    """One command, in a process of its own."""
    from coterie_kit import cli

    os.chdir(folder)
    for number, path in enumerate((os.devnull, said, told)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["coterie-kit", *words]
    try:
        status = cli.main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def serve() -> None:
    """A line of JSON for each command; the number that it ended with."""
    warm_up()
    for line in sys.stdin.buffer:
        child = os.fork()
        if child == 0:
            become(*json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
