"""Vectors of invitations as URIs: `document.read-uri` and `document.write-uri`."""

from typing import Any

from coterie import documents, registry
from vectors.generator.document_bases import BASES, DIGEST, base

KIND = "group-invitation"
OPEN = "coterie:Jolly%20Caf%C3%A9?c=12.34.56.78:5080&d=Friends%20%26%20family"
OPTIONS = "c=[::1]:1&d=x&p=closed&a=MAMCAQU=&s=1&s=2&r=true&o=sender&m=[ff02::1]:2&x=8192"
CLOSED = (
    f"coterie:Jolly?c=12.34.56.78:5080&c=[2001:db8::17]:5080&d=&p=closed&f={DIGEST}&g=main&b=192.0.2.1:5081"
)

READ: tuple[tuple[str, str, list[str]], ...] = (
    ("open", OPEN, ["60", "61"]),
    ("closed", CLOSED, ["60", "61"]),
    (
        "all-options",
        f"coterie:%00%ff?{OPTIONS}&f={DIGEST}&g=%00&b=[::1]:3",
        ["60", "61"],
    ),
    ("scheme-in-upper-case", OPEN.replace("coterie:", "COTERIE:"), ["60"]),
    ("letters-percent-encoded", OPEN.replace("Jolly", "%4a%6F%6c%6C%79"), ["60"]),
    ("plain-characters", "coterie:a/b:c@d,e;f=g!h$i'j(k)l*m+n[o]~?c=192.0.2.1:1&d=a?b=c", ["60"]),
    ("certificate-as-it-stands", CLOSED.replace("&f=", "&a=MAMCAQU=&f="), ["60"]),
)
REFUSED: tuple[tuple[str, str, str, str, str], ...] = (
    ("scheme-of-another", "60", "bad-uri", "open", OPEN.replace("coterie:", "coteries:")),
    ("no-parameters", "60", "bad-uri", "open", OPEN.partition("?")[0]),
    ("no-parameter-behind-question-mark", "60", "bad-uri", "open", OPEN.partition("?")[0] + "?"),
    ("no-group", "60", "bad-uri", "open", "coterie:?" + OPEN.partition("?")[2]),
    ("fragment", "60", "bad-uri", "open", f"{OPEN}#a"),
    ("space", "60", "bad-uri", "open", OPEN.replace("%20", " ")),
    ("not-ascii", "60", "bad-uri", "open", OPEN.replace("%C3%A9", "é")),
    ("escape-cut-short", "60", "bad-uri", "open", f"{OPEN}%4"),
    ("escape-of-other-letters", "60", "bad-uri", "open", f"{OPEN}%zz"),
    ("parameter-unknown", "60", "bad-uri", "open", f"{OPEN}&z=1"),
    ("parameter-in-upper-case", "60", "bad-uri", "open", OPEN.replace("&d=", "&D=")),
    ("parameter-empty", "60", "bad-uri", "open", f"{OPEN}&"),
    ("parameter-without-equals", "60", "bad-uri", "open", f"{OPEN}&p"),
    ("contact-without-port", "60", "bad-uri", "open", OPEN.replace(":5080", "")),
    ("contact-without-brackets", "60", "bad-uri", "closed", CLOSED.replace("[2001:db8::17]", "2001:db8::17")),
    ("brackets-around-ipv4", "60", "bad-uri", "open", OPEN.replace("12.34.56.78", "[12.34.56.78]")),
    ("host-name", "60", "bad-uri", "open", OPEN.replace("12.34.56.78", "localhost")),
    ("characters-8193", "60", "bad-uri", "open", OPEN + "a" * (8193 - len(OPEN))),
    ("text-not-utf-8", "4 61", "document-encoding", "open", f"{OPEN}%FF"),
    ("text-with-nul", "5 61", "document-character", "open", f"{OPEN}%00"),
    ("text-with-line-feed", "37 61", "bad-text", "open", f"{OPEN}%0A"),
    ("no-contact", "30 61", "schema-invalid", "open", OPEN.replace("c=12.34.56.78:5080&", "")),
    (
        "parameters-in-other-order",
        "30 61",
        "schema-invalid",
        "closed",
        CLOSED.replace("&d=", "").replace("?c=", "?d=&c="),
    ),
    ("description-twice", "30 61", "schema-invalid", "open", f"{OPEN}&d=x"),
    ("port-zero", "36 61", "bad-port", "open", OPEN.replace(":5080", ":0")),
    ("port-percent-encoded", "36 61", "bad-port", "open", OPEN.replace(":5080", ":%35080")),
    ("address-leading-zero", "31 61", "bad-address", "open", OPEN.replace("12.34", "012.34")),
    ("address-in-upper-case", "32 61", "bad-address", "closed", CLOSED.replace("2001:db8", "2001:DB8")),
    ("group-octets-256", "42 61", "bad-group-id", "open", OPEN.replace("Jolly", "a" * 256)),
    ("fingerprint-missing", "54 61", "contradiction", "closed", CLOSED.replace(f"&f={DIGEST}", "")),
)


def cases() -> list[dict[str, Any]]:
    """All vectors of this kind, in a stable order."""
    return [*map(_read, READ), *map(_refused, REFUSED), *_written()]


def _read(row: tuple[str, str, list[str]]) -> dict[str, Any]:
    name, uri, numbers = row
    expected = documents.to_fields(documents.from_uri(uri))
    return _common(f"document.uri.{name}", numbers, "document.read-uri", {"uri": uri}) | {
        "result": "valid", "expected": expected, "mutation": f"conforming-{name}",
    }  # fmt: skip


def _refused(row: tuple[str, str, str, str, str]) -> dict[str, Any]:
    name, number, reason, twin, uri = row
    return _common(f"document.uri.{name}", number.split(), "document.read-uri", {"uri": uri}) | {
        "result": "invalid", "reason": reason, "phase": registry.reason(reason).phase,
        "twin": f"document.uri.{twin}", "mutation": f"uri-{name}",
    }  # fmt: skip


def _written() -> list[dict[str, Any]]:
    given = {name: documents.from_uri(uri) for name, uri, _ in READ}
    given |= {"invitation": documents.parse(base("invitation"))}  # type: ignore[dict-item]
    assert BASES["invitation"][0] == KIND
    return [
        _common(
            f"document.write-uri.{name}", ["62", "59"], "document.write-uri", documents.to_fields(invitation)
        )
        | {
            "result": "valid",
            "expected": {"uri": documents.to_uri(invitation)},
            "mutation": f"conforming-{name}",
        }
        for name, invitation in given.items()
    ]


def _common(slug: str, numbers: list[str], operation: str, given: dict[str, Any]) -> dict[str, Any]:
    reqs = [f"REQ-DOC-{number}" for number in numbers]
    return {"id": slug, "reqs": reqs, "type": KIND, "operation": operation, "input": given}
