"""How a command ends that goes on until its user has had enough: in order, at the first interrupt."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def until_interrupted(work: Coroutine[Any, Any, None]) -> bool:
    """Do the work until it is done or the user interrupts; whether it was done. A second interrupt is not
    waited for."""
    loop = asyncio.get_running_loop()
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
