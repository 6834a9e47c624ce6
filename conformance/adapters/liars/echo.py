"""Gives back what it was given, as if that were the result."""

import honest_hello


def lie(command):
    """The same again."""
    result = {name: value for name, value in command.items() if name not in {"seq", "cmd"}}
    honest_hello.reply(command, status="ok", result={**result, **result.get("args", {})})


honest_hello.serve(lie)
