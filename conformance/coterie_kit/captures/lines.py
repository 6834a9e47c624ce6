"""JSON for people and for diffs: objects and lists spread over lines down to a depth, compact below it."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["lined"]


def lined(value: Any, deep: int) -> str:
    """The text of ``value``; what lies deeper than ``deep`` levels stands on one line."""
    if deep == 0 or not isinstance(value, dict | list) or not value:
        return json.dumps(value, separators=(", ", ": "))
    if isinstance(value, dict):
        rows = [f"{json.dumps(str(name))}: {lined(item, deep - 1)}" for name, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n}"
    return "[\n" + ",\n".join(lined(item, deep - 1) for item in value) + "\n]"
