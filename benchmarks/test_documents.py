"""Documents validated, against expat and nothing else on the same octets."""

import xml.etree.ElementTree as ET

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Figure, Figures
from benchmarks.primitives import cost_us
from coterie import documents

INFO = documents.GroupInfo(
    (documents.Contact("192.0.2.1", 4000), documents.Contact("2001:db8::1", 4000)), "people who read"
)


def test_validate(benchmark: BenchmarkFixture, figures: Figures) -> None:
    octets = documents.build(INFO)
    assert documents.parse(octets) == INFO
    benchmark(documents.parse, octets)

    xml = octets.split(b"\n", 1)[1].strip()
    measured, bare = cost_us(lambda: documents.parse(octets)), cost_us(lambda: ET.fromstring(xml))  # noqa: S314
    figures.add(Figure(f"validate a group-info of {len(octets)} octets", measured, bare, "expat"))


def test_build(benchmark: BenchmarkFixture, figures: Figures) -> None:
    benchmark(documents.build, INFO)

    tree = ET.fromstring(documents.build(INFO).split(b"\n", 1)[1].strip())  # noqa: S314
    measured, bare = cost_us(lambda: documents.build(INFO)), cost_us(lambda: ET.tostring(tree))
    figures.add(Figure("build a group-info", measured, bare, "ElementTree writes"))
