"""Ends in the middle of the first question."""

import os
import signal

import honest_hello


def lie(_command):
    """Gone."""
    os.kill(os.getpid(), signal.SIGKILL)


honest_hello.serve(lie)
