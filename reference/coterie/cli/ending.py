"""How a command ends that goes on until its user has had enough: in order, at the first interrupt.

What goes wrong meanwhile is told in a line, never as a traceback.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def complain(_loop: object, context: dict[str, Any]) -> None:
    """What went wrong where nobody waits for it, in one line."""
    fault = context.get("exception")
    what = f"{type(fault).__name__}: {fault}" if fault is not None else context.get("message")
    print(f"coterie: this is a bug of coterie: {what}; please report it", file=sys.stderr, flush=True)


async def until_interrupted(work: Coroutine[Any, Any, None]) -> bool:
    """Do the work until it is done or the user interrupts; whether it was done. A second interrupt is not
    waited for."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(complain)
    task = asyncio.ensure_future(work)

    def end() -> None:
        for each in SIGNALS:
            loop.remove_signal_handler(each)
        task.cancel()

    for each in SIGNALS:
        loop.add_signal_handler(each, end)
    try:
        with suppress(asyncio.CancelledError):
            await task
            return True
        return False
    finally:
        for each in SIGNALS:
            loop.remove_signal_handler(each)
