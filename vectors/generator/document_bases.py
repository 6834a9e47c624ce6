"""The documents that every other document vector is one mutation away from."""

from collections.abc import Callable

HEADER = b"GROUP-MANAGEMENT:\n"
CERTIFICATE = "MAMCAQU="  # 30 03 02 01 05: the smallest thing with the outline of a certificate
DIGEST = "8f76fd501bb68ef71f4e276bc28f29bce1003b0c2c9d9478de81b5bfc0cde1e9"

INFO = """<group_management type="group-info">
  <bootstrap-address>12.34.56.78</bootstrap-address>
  <bootstrap-port>5080</bootstrap-port>
  <description>The most jolly group!</description>
</group_management>
"""
OPTIONS = f"""<group_management type="group-info">
  <bootstrap-address>2001:db8::17</bootstrap-address>
  <bootstrap-port>5080</bootstrap-port>
  <bootstrap-address>192.0.2.1</bootstrap-address>
  <bootstrap-port>65535</bootstrap-port>
  <description>Friends &amp; family only</description>
  <policy>closed</policy>
  <authority-certificate>{CERTIFICATE}</authority-certificate>
  <suite>1</suite>
  <suite>2</suite>
  <admits-receivers>true</admits-receivers>
  <origin-auth>sender</origin-auth>
  <multicast-address>239.1.2.3</multicast-address>
  <multicast-port>5081</multicast-port>
  <max-datagram>8192</max-datagram>
</group_management>
"""
REDIRECT = """<group_management type="group-id-redirect">
  <actual-group-id encoding="hex">0276ec1f</actual-group-id>
</group_management>
"""
ALIAS = """<group_management type="group-id-redirect">
  <actual-group-id encoding="as-is">Jolly Café</actual-group-id>
</group_management>
"""
MEMBER = f"""<group_management type="group-member">
  <peer-id>{DIGEST}</peer-id>
  <name>Ada</name>
</group_management>
"""
ENTRY = """<group_management type="group-list-entry">
  <group-id encoding="as-is">Jolly Café</group-id>
  <description>The most jolly group!</description>
</group_management>
"""
INVITATION = f"""<group_management type="group-invitation">
  <group-id encoding="as-is">Jolly Café</group-id>
  <bootstrap-address>12.34.56.78</bootstrap-address>
  <bootstrap-port>5080</bootstrap-port>
  <description>Friends &amp; family only</description>
  <policy>closed</policy>
  <authority-certificate>{CERTIFICATE}</authority-certificate>
  <authority-fingerprint>{DIGEST}</authority-fingerprint>
  <main-group-id encoding="as-is">main</main-group-id>
  <main-bootstrap-address>192.0.2.1</main-bootstrap-address>
  <main-bootstrap-port>5081</main-bootstrap-port>
</group_management>
"""

BASES: dict[str, tuple[str, str]] = {
    "info": ("group-info", INFO),
    "options": ("group-info", OPTIONS),
    "redirect": ("group-id-redirect", REDIRECT),
    "alias": ("group-id-redirect", ALIAS),
    "member": ("group-member", MEMBER),
    "entry": ("group-list-entry", ENTRY),
    "invitation": ("group-invitation", INVITATION),
}
"""Type and text of each base, by its name in the ids of the vectors."""

Mutation = Callable[[bytes], bytes]
"""From a whole document to a whole document."""


def base(name: str) -> bytes:
    """The whole document of a base."""
    return HEADER + BASES[name][1].encode("utf-8")


def swap(old: str | bytes, new: str | bytes) -> Mutation:
    """Put `new` in the place of the first `old`; the base has to have it."""
    before, after = _octets(old), _octets(new)

    def mutate(document: bytes) -> bytes:
        if before not in document:
            message = f"{before!r} is not in the base, so that the mutation would change nothing"
            raise ValueError(message)
        return document.replace(before, after, 1)

    return mutate


def value(element: str, text: str | bytes) -> Mutation:
    """Give the first element of that name another text."""

    def mutate(document: bytes) -> bytes:
        start = document.index(b">", document.index(f"<{element}".encode())) + 1
        end = document.index(f"</{element}>".encode(), start)
        return document[:start] + _octets(text) + document[end:]

    return mutate


def without(element: str) -> Mutation:
    """Leave out the first element of that name, with its line."""

    def mutate(document: bytes) -> bytes:
        start = document.index(f"  <{element}".encode())
        return document[:start] + document[document.index(b"\n", start) + 1 :]

    return mutate


def before(element: str, markup: str | bytes) -> Mutation:
    """Put markup in front of the first element of that name."""
    return swap(f"<{element}", _octets(markup) + f"<{element}".encode())


def last(markup: str | bytes) -> Mutation:
    """Put markup behind the last child of the root."""
    return swap("</group_management>", _octets(markup) + b"</group_management>")


def text(change: Callable[[bytes], bytes]) -> Mutation:
    """Change the text behind the header line as a whole."""
    return lambda document: HEADER + change(document.removeprefix(HEADER))


def both(*mutations: Mutation) -> Mutation:
    """One mutation that needs several places."""

    def mutate(document: bytes) -> bytes:
        for mutation in mutations:
            document = mutation(document)
        return document

    return mutate


def _octets(given: str | bytes) -> bytes:
    return given.encode("utf-8") if isinstance(given, str) else given
