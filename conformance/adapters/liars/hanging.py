"""Listens, and never answers."""

import honest_hello


def lie(_command):
    """Silence."""


honest_hello.serve(lie)
