"""The demonstration of groups, each daemon in a network namespace of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference.tests.cli.audience import sees_groups_that_live

pytestmark = pytest.mark.live


def test_groups_in_namespaces_die_before_an_audience(tmp_path: Path) -> None:
    sees_groups_that_live(tmp_path, "--netns", "--ipv6")
