"""What a hostile document costs: processor time, memory, files and connections."""

import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from coterie import documents
from coterie.errors import RemoteError
from vectors.generator import document_bases as bases
from vectors.generator import documents as vectors

SECONDS = 0.05
OCTETS = 16 * 1024 * 1024
HEADER = b"GROUP-MANAGEMENT:\n"


def info(inner: str, attributes: str = "") -> bytes:
    return HEADER + f'<group_management type="group-info"{attributes}>{inner}</group_management>'.encode()


def tag(name: str, count: int, attribute: str) -> str:
    return f"<{name} {' '.join(attribute.format(n) for n in range(count))}/>"


FOREIGN = ' xmlns:x="urn:x"'
HOSTILE = {
    "attribute-of-4-mib": info(f'<a b="{"x" * 4_194_304}"/>'),
    "text-of-4-mib": info(f"<description>{'x' * 4_194_304}</description>"),
    "colliding-attributes": info(tag("a", 50_000, 'a{}=""')),
    "colliding-attributes-within-limit": info(tag("a", 800, 'a{}=""')),
    "depth-200000": HEADER + b"<a>" * 200_000,
    "depth-within-limit": HEADER + b"<a>" * 2_700,
    "billion-laughs": HEADER + b"<!DOCTYPE a [" + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    ) + b"]><a>&a9;</a>",
    "sub-threshold-entity": HEADER
    + b'<!DOCTYPE a [<!ENTITY b "%s">]><a>%s</a>' % (b"x" * 7_000, b"&b;" * 300),
    "elements": info("<a/>" * 2_000),
    "elements-within-limit": info("<a/>" * 250),
    "ports-within-limit": info("<bootstrap-port>0</bootstrap-port>" * 230),
    "pairs-within-limit": info("<bootstrap-address/><bootstrap-port/>" * 120),
    "foreign-within-limit": info("<x:a/>" * 254, FOREIGN),
    "attributes-within-limit": info(("<x:a " + " ".join(f'b{n}=""' for n in range(16)) + "/>") * 70, FOREIGN),
    "quotes": info("<a " + "\"'" * 4_000),
    "one-quote-open": info("<a '" + '"' * 8_000),
    "less-than": HEADER + b"<" * 8_000,
    "greater-than": HEADER + b"<a" + b">" * 8_000,
    "comments": HEADER + b"<!---->" * 1_100,
    "comments-open": HEADER + b"<!--" * 2_000,
    "references": info(f"<description>{'&#120;' * 1_300}</description>"),
    "combining-marks": bases.value("actual-group-id", "\u0316\u0301" * 1_900)(bases.base("alias")),
    "address-of-dots": bases.value("bootstrap-address", "1." * 3_900)(bases.base("info")),
    "address-of-colons": bases.value("bootstrap-address", ":" * 7_800)(bases.base("info")),
    "port-of-digits": bases.value("bootstrap-port", "1" * 7_800)(bases.base("info")),
    "hex-of-8-kib": bases.value("actual-group-id", "ab" * 3_900)(bases.base("redirect")),
    "base64-of-8-kib": bases.value("authority-certificate", "MAMCAQU=" * 900)(bases.base("options")),
    "white-space": HEADER + b" " * 8_100,
    "declaration-of-white-space": HEADER + b"<?xml" + b" " * 8_000 + b"?>",
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _warm() -> None:
    documents.parse(bases.base("info"))


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_document_took_the_processor(name: str) -> None:
    spent = []
    for _ in range(3):
        start = time.process_time()
        with pytest.raises(RemoteError):
            documents.parse(HOSTILE[name])
        spent.append(time.process_time() - start)

    assert min(spent) <= SECONDS


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_document_took_the_memory(name: str) -> None:
    tracemalloc.start()
    with pytest.raises(RemoteError):
        documents.parse(HOSTILE[name])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak <= OCTETS


class Watch:
    """Files and connections that were opened while it was on. An audit hook cannot be taken away again."""

    seen: ClassVar[list[str]] = []
    on = False

    @classmethod
    def hook(cls, event: str, arguments: object) -> None:
        if cls.on and (event == "open" or event.startswith(("socket.", "subprocess", "os.", "urllib"))):
            cls.seen.append(f"{event} {arguments!r}")


sys.addaudithook(Watch.hook)


@pytest.fixture
def watch() -> Iterator[type[Watch]]:
    Watch.seen, Watch.on = [], True
    yield Watch
    Watch.on = False


class Canary(BaseHTTPRequestHandler):
    """Counts who comes by."""

    hits: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the name is the library's)
        """Say nothing."""


@pytest.fixture
def canary() -> Iterator[HTTPServer]:
    Canary.hits = []
    with HTTPServer(("127.0.0.1", 0), Canary) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_watch_is_asleep(watch: type[Watch]) -> None:
    with open(__file__, "rb"):  # noqa: PTH123 (what a careless parser would do)
        pass

    assert any("open" in event for event in watch.seen)


def test_document_made_its_reader_open_a_file(watch: type[Watch]) -> None:
    read = [bytes.fromhex(case["input"]["bytes"]) for case in vectors.cases() if "bytes" in case["input"]]
    watch.seen.clear()

    for octets in [*read, *HOSTILE.values()]:
        try:
            documents.parse(octets)
        except RemoteError:
            continue

    assert watch.seen == []


FETCHES = {
    "external-doctype": '<!DOCTYPE group_management SYSTEM "{url}"><group_management/>',
    "external-entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "{url}">]><a>&b;</a>',
    "parameter-entity": '<!DOCTYPE a [<!ENTITY % b SYSTEM "{url}"> %b;]><a/>',
    "stylesheet": '<?xml-stylesheet href="{url}"?><group_management type="group-info"/>',
    "schema-location": '<group_management type="group-info" '
    'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:noNamespaceSchemaLocation="{url}"/>',
    "include": '<group_management type="group-info"><i:include xmlns:i="http://www.w3.org/2001/XInclude" '
    'href="{url}"/></group_management>',
    "namespace": '<group_management type="group-info" xmlns:x="{url}" xml:base="{url}"><x:a/>'
    "</group_management>",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FETCHES))
def test_document_made_its_reader_call_home(name: str, canary: HTTPServer, watch: type[Watch]) -> None:
    url = f"http://127.0.0.1:{canary.server_port}/{name}"
    watch.seen.clear()

    with pytest.raises(RemoteError):
        documents.parse(HEADER + FETCHES[name].format(url=url).encode())

    assert Canary.hits == []
    assert watch.seen == []
