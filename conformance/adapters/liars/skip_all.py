"""Declares everything and supports nothing."""

import honest_hello


def lie(command):
    """Not now."""
    honest_hello.reply(command, status="unsupported", why="later")


honest_hello.serve(lie)
