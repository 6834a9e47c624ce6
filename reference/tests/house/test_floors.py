"""The floors hold, and the check of them notices each way to break one."""

from pathlib import Path

import pytest

from reference.tests.house import floors


def name(module: Path) -> str:
    return str(module.relative_to(floors.ROOT))


@pytest.mark.parametrize("module", floors.modules(floors.REFERENCE), ids=name)
def test_module_of_the_reference_reaches_above_its_floor(module: Path) -> None:
    unit = floors.unit_of(floors.REFERENCE, module)
    folders = floors.inside(floors.REFERENCE, module)

    faults = floors.reference_faults(unit, module.read_text(encoding="utf-8"), folders)

    assert faults == []


@pytest.mark.parametrize("module", floors.modules(floors.KIT), ids=name)
def test_module_of_the_kit_reads_the_peer_that_it_judges(module: Path) -> None:
    unit = floors.unit_of(floors.KIT, module)
    folders = floors.inside(floors.KIT, module)

    faults = floors.kit_faults(unit, module.read_text(encoding="utf-8"), folders)

    assert faults == []


@pytest.mark.parametrize(
    ("unit", "source"),
    [
        ("errors", "from coterie.wire import frames"),
        ("wire", "from coterie.crypto import suites"),
        ("wire", "from ..crypto import suites"),
        ("wire", "import cryptography.x509"),
        ("crypto", "def late():\n    import construct"),
        ("sessions", "from coterie import views"),
        ("views", "from coterie.peer import Peer"),
        ("views", "import coterie"),
        ("peer", "import time"),
        ("peer", "from os import urandom"),
        ("peer", "import asyncio.events"),
        ("peer", "from coterie.runtime import node"),
        ("records", "import datetime\ndatetime.datetime.now()"),
        ("crypto", "key = Ed25519PrivateKey.generate()"),
        ("documents", "open('schema.xsd')"),
        ("runtime", "from coterie import simulation"),
        ("runtime", "import scapy.packet"),
        ("overlay", "def late():\n    import opendht"),
        ("cli", "import coterie_kit"),
        ("helpers", ""),
    ],
)
def test_breach_of_a_floor_goes_unnoticed(unit: str, source: str) -> None:
    assert len(floors.reference_faults(unit, source)) == 1


@pytest.mark.parametrize(
    ("unit", "source"),
    [
        ("wire", "import construct\nfrom coterie import errors, registry\nfrom coterie.wire import header"),
        ("views", "from coterie.crypto import suites\nfrom coterie.effects import Send"),
        ("peer", "from coterie import sessions, views, records"),
        ("runtime", "import asyncio, os, time\nfrom coterie.peer import Peer"),
        ("cli", "from coterie.harness import main"),
    ],
)
def test_import_of_a_lower_floor_is_called_a_breach(unit: str, source: str) -> None:
    assert floors.reference_faults(unit, source) == []


@pytest.mark.parametrize(
    ("unit", "source"),
    [
        ("cases", "import coterie"),
        ("cases", "from coterie.wire import frames"),
        ("frames", "import construct"),
        ("captures", "from scapy.utils import RawPcapReader"),
        ("report", "import requests"),
    ],
)
def test_kit_that_borrows_from_the_reference_goes_unnoticed(unit: str, source: str) -> None:
    assert len(floors.kit_faults(unit, source)) == 1


def test_relative_import_inside_a_package_is_taken_for_the_package_above() -> None:
    source = "from . import header\nfrom .header import Header\nfrom ..errors import RemoteError"

    assert floors.reference_faults("wire", source, ("wire",)) == []


def test_every_floor_of_the_map_has_its_rule() -> None:
    readers = {unit for unit, floor in floors.FLOORS.items() if floor == 1}

    assert set(floors.FLOORS.values()) == set(range(8))
    assert set(floors.LIBRARY_OWNERS.values()) == readers | {"runtime"}
