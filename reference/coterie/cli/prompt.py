"""Where lines come from and go to: a terminal, whose prompt stays below what others say, or pipes."""

from __future__ import annotations

import asyncio
import codecs
import os
import shutil
import sys
import termios
import tty
from collections.abc import AsyncIterator
from threading import Thread
from typing import Protocol

INPUT, OUTPUT = 0, 1
MOST_LINES = 256
"""Lines that wait between the reader and the program."""

LONGEST_LINE = 64 * 1024
"""Octets of a line; a longer one is cut."""

CHUNK = 4096
MARK = "> "
ERASE = "\r\x1b[K"
END, INTERRUPT, BACKSPACES, KILL, KILL_WORD = "\x04", "\x03", ("\x7f", "\x08"), "\x15", "\x17"
ESCAPE = "\x1b"


class Console(Protocol):
    """What a chat needs of its user."""

    coloured: bool

    def show(self, line: str) -> None:
        """One line for the user."""
        ...

    def lines(self) -> AsyncIterator[str]:
        """What the user types, line by line, until there is no more."""
        ...

    def close(self) -> None:
        """Leave everything as it was found."""
        ...


def console() -> Console:
    """The terminal, if both ends are one, else pipes."""
    if os.isatty(INPUT) and os.isatty(OUTPUT):
        return Terminal(INPUT)
    return Pipes(INPUT)


class Pipes:
    """Standard input and output as they are."""

    coloured = False

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def show(self, line: str) -> None:
        """One line, at once."""
        print(line, flush=True)

    async def lines(self) -> AsyncIterator[str]:
        """The lines of the input; a file and a pipe alike, which no event loop can both watch."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[bytes | None](MOST_LINES)

        def hand_over(line: bytes | None) -> None:
            asyncio.run_coroutine_threadsafe(queue.put(line), loop).result()

        Thread(target=read_lines, args=(self._descriptor, hand_over), daemon=True).start()
        while (line := await queue.get()) is not None:
            yield line.decode("utf-8", "replace")

    def close(self) -> None:
        """Nothing was changed."""


def read_lines(descriptor: int, hand_over: object) -> None:
    """Read to the end, below the buffers of Python, so that the process can end while this waits."""
    assert callable(hand_over)
    rest = b""
    try:
        while chunk := os.read(descriptor, CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                hand_over(line[:LONGEST_LINE])
            rest = rest[:LONGEST_LINE]
        if rest:
            hand_over(rest)
        hand_over(None)
    except RuntimeError:
        # the program has ended, and its loop with it
        return


class Terminal:
    """A line editor that is drawn anew below each line that is shown."""

    coloured = True

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before = termios.tcgetattr(descriptor)
        self._typed = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(MOST_LINES)
        self._escaping = False

    def show(self, line: str) -> None:
        """One line above the prompt."""
        sys.stdout.write(f"{ERASE}{line}\n{MARK}{self._visible()}")
        sys.stdout.flush()

    async def lines(self) -> AsyncIterator[str]:
        """What is typed, line by line; Ctrl-C and Ctrl-D end it."""
        loop = asyncio.get_running_loop()
        # what was typed ahead counts
        tty.setcbreak(self._descriptor, termios.TCSANOW)
        settings = termios.tcgetattr(self._descriptor)
        # Ctrl-C is a key like others: there is one way to end
        settings[3] &= ~termios.ISIG
        termios.tcsetattr(self._descriptor, termios.TCSANOW, settings)
        loop.add_reader(self._descriptor, self._readable)
        self._draw()
        try:
            while (line := await self._lines.get()) is not None:
                yield line
        finally:
            loop.remove_reader(self._descriptor)

    def close(self) -> None:
        """Give the terminal back as it was."""
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
        sys.stdout.write(ERASE)
        sys.stdout.flush()

    def _readable(self) -> None:
        typed = os.read(self._descriptor, CHUNK)
        if not typed:
            self._hand_over(None)
            return
        for key in self._decoder.decode(typed):
            self._press(key)
        self._draw()

    def _press(self, key: str) -> None:
        if self._escaping:
            # arrows and the like are not for us: ESC, perhaps a bracket, and up to a letter
            self._escaping = not (key.isalpha() or key == "~")
        elif key == ESCAPE:
            self._escaping = True
        elif key in "\r\n":
            line, self._typed = self._typed, ""
            self._hand_over(line)
        elif key in (END, INTERRUPT):
            self._hand_over(None)
        elif key in BACKSPACES:
            self._typed = self._typed[:-1]
        elif key == KILL:
            self._typed = ""
        elif key == KILL_WORD:
            self._typed = self._typed.rstrip().rpartition(" ")[0]
        elif key.isprintable() and len(self._typed) < LONGEST_LINE:
            self._typed += key

    def _hand_over(self, line: str | None) -> None:
        if self._lines.full():
            self.show("(too much at once; the last line was dropped)")
            return
        self._lines.put_nowait(line)

    def _draw(self) -> None:
        sys.stdout.write(f"{ERASE}{MARK}{self._visible()}")
        sys.stdout.flush()

    def _visible(self) -> str:
        """The end of what is typed, as much as one row holds."""
        room = shutil.get_terminal_size().columns - len(MARK) - 1
        return self._typed[-max(1, room) :]
