"""One self-contained page."""

from __future__ import annotations

from coterie_kit.results import Results


def page(results: Results) -> str:
    """The page."""
    return results.conclusion
