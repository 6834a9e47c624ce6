"""Refuses everything, for a reason that exists."""

import honest_hello


def lie(command):
    """No."""
    honest_hello.reply(command, status="error", reason="bad-signature", phase="authenticate")


honest_hello.serve(lie)
