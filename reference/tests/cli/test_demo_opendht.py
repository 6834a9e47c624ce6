"""The demonstration of groups, over a main overlay that is kept by OpenDHT."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference.tests.cli.audience import sees_groups_that_live

pytestmark = pytest.mark.live


def test_groups_on_another_main_overlay_die_before_an_audience(tmp_path: Path) -> None:
    sees_groups_that_live(tmp_path, "--main", "opendht")
