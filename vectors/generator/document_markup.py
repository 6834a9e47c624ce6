"""Faults of documents that no type has a say in: from the size to the schema, over any base."""

import re

from vectors.generator.document_bases import Mutation, both, last, swap, text

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XI = "http://www.w3.org/2001/XInclude"
ROOT = "<group_management"
END = "</group_management>"


def prefix(octets: bytes) -> Mutation:
    """Octets in front of the text."""
    return text(lambda document: octets + document)


def suffix(octets: bytes) -> Mutation:
    """Octets behind the root."""
    return text(lambda document: document + octets)


def recoded(encoding: str) -> Mutation:
    """The text in another encoding."""
    return text(lambda document: document.decode("utf-8").encode(encoding, "xmlcharrefreplace"))


def padded(size: int) -> Mutation:
    """White space behind the root, up to a size."""
    return lambda document: document + b" " * (size - len(document))


def foreign(markup: str) -> Mutation:
    """Markup of another namespace, with the prefix x, as last child of the root."""
    return both(swap(ROOT, f'{ROOT} xmlns:x="urn:example:x"'), last(markup))


def nested(depth: int) -> Mutation:
    """Foreign elements, so that `depth` elements are open at once."""
    return foreign("<x:a>" * (depth - 1) + "</x:a>" * (depth - 1))


def elements(count: int) -> Mutation:
    """Foreign elements, so that the document has `count` elements in all."""

    def mutate(document: bytes) -> bytes:
        own = len(re.findall(rb"<[a-z]", document))
        return foreign("<x:a/>" * (count - own))(document)

    return mutate


def entity(declaration: str) -> Mutation:
    """A document type with an internal subset."""
    return prefix(f"<!DOCTYPE group_management {declaration}>\n".encode())


def tag(count: int, attribute: str) -> str:
    """A foreign element with that many attributes; `attribute` has a place for the number of each."""
    return f"<x:a {' '.join(attribute.format(n) for n in range(count))}/>"


TENFOLD = '<!ENTITY a0 "ha">' + "".join(
    '<!ENTITY a{} "{}">'.format(n, f"&a{n - 1};" * 10) for n in range(1, 10)
)

FAULTS: tuple[tuple[str, str, str, Mutation], ...] = (
    # the opening
    ("one-octet-too-long", "2", "document-too-long", padded(8193)),
    ("twice-too-long", "2", "document-too-long", padded(16384)),
    ("header-in-lower-case", "3", "not-a-group-document", swap("GROUP-MANAGEMENT:", "group-management:")),
    ("header-without-colon", "3", "not-a-group-document", swap("MANAGEMENT:", "MANAGEMENT")),
    ("space-before-header", "3", "not-a-group-document", lambda document: b" " + document),
    ("line-break-before-header", "3", "not-a-group-document", lambda document: b"\n" + document),
    (
        "byte-order-mark-before-header",
        "3",
        "not-a-group-document",
        lambda document: b"\xef\xbb\xbf" + document,
    ),
    ("space-behind-header", "3", "not-a-group-document", swap("MANAGEMENT:\n", "MANAGEMENT: \n")),
    ("no-line-break", "3", "not-a-group-document", swap("MANAGEMENT:\n", "MANAGEMENT:")),
    ("carriage-return-alone", "3", "not-a-group-document", swap("MANAGEMENT:\n", "MANAGEMENT:\r")),
    ("no-header", "3", "not-a-group-document", swap("GROUP-MANAGEMENT:\n", "")),
    ("empty", "3", "not-a-group-document", lambda _document: b""),
    ("all-utf-16", "3", "not-a-group-document", lambda document: document.decode().encode("utf-16")),
    ("text-utf-16-with-mark", "4", "document-encoding", recoded("utf-16")),
    ("text-ebcdic", "4", "document-encoding", recoded("cp037")),
    ("latin-1-letter", "4", "document-encoding", last(b"\xe9")),
    ("overlong-less-than", "4", "document-encoding", last(b"\xc0\xbc")),
    ("overlong-nul", "4", "document-encoding", last(b"\xc0\x80")),
    ("surrogate", "4", "document-encoding", last(b"\xed\xa0\x80")),
    ("above-unicode", "4", "document-encoding", last(b"\xf4\x90\x80\x80")),
    ("sequence-cut-short", "4", "document-encoding", suffix(b"\xc3")),
    ("byte-order-mark-behind-header", "19", "document-encoding", prefix(b"\xef\xbb\xbf")),
    ("byte-order-mark-inside", "19", "document-encoding", last("\ufeff")),
    ("text-utf-16-without-mark", "5", "document-character", recoded("utf-16-le")),
    ("text-utf-32-without-mark", "5", "document-character", recoded("utf-32-be")),
    ("nul", "5", "document-character", last("\x00")),
    ("escape-character", "5", "document-character", last("\x1b")),
    ("vertical-tab", "5", "document-character", last("\x0b")),
    ("noncharacter-fffe", "5", "document-character", last("\ufffe")),
    ("header-alone", "6", "not-a-group-document", text(lambda _document: b"")),
    ("header-and-white-space", "6", "not-a-group-document", text(lambda _document: b" \r\n\t")),
    ("header-twice", "6", "not-a-group-document", prefix(b"GROUP-MANAGEMENT:\n")),
    ("letter-before-root", "6", "not-a-group-document", prefix(b"x")),
    ("text-utf-7", "6", "not-a-group-document", text(lambda document: document.replace(b"<", b"+ADw-"))),
    ("version-1.1", "7", "xml-declaration", prefix(b'<?xml version="1.1"?>\n')),
    ("declaration-without-version", "7", "xml-declaration", prefix(b'<?xml encoding="UTF-8"?>\n')),
    ("declaration-without-quotes", "7", "xml-declaration", prefix(b"<?xml version=1.0?>\n")),
    ("standalone-maybe", "7", "xml-declaration", prefix(b'<?xml version="1.0" standalone="maybe"?>\n')),
    ("declared-latin-1", "8", "document-encoding", prefix(b'<?xml version="1.0" encoding="ISO-8859-1"?>\n')),
    ("declared-utf-16", "8", "document-encoding", prefix(b'<?xml version="1.0" encoding="UTF-16"?>\n')),
    (
        "declared-utf8-without-hyphen",
        "8",
        "document-encoding",
        prefix(b"<?xml version='1.0' encoding='UTF8'?>\n"),
    ),
    ("white-space-before-declaration", "63", "xml-declaration", prefix(b'\n<?xml version="1.0"?>\n')),
    ("two-declarations", "63", "xml-declaration", prefix(b'<?xml version="1.0"?><?xml version="1.0"?>')),
    ("declaration-behind-root", "63", "xml-declaration", suffix(b'<?xml version="1.0"?>')),
    # the scan
    ("doctype-empty", "9", "dtd-forbidden", prefix(b"<!DOCTYPE group_management>\n")),
    ("doctype-in-lower-case", "9", "dtd-forbidden", prefix(b"<!doctype group_management>\n")),
    ("doctype-behind-root", "9", "dtd-forbidden", suffix(b"<!DOCTYPE group_management>\n")),
    ("billion-laughs", "9", "dtd-forbidden", entity(f"[{TENFOLD}]")),
    ("quadratic-entity", "9", "dtd-forbidden", entity(f'[<!ENTITY a "{"a" * 4000}">]')),
    ("external-entity", "9", "dtd-forbidden", entity('[<!ENTITY a SYSTEM "file:///etc/passwd">]')),
    ("external-doctype", "9", "dtd-forbidden", entity('SYSTEM "http://127.0.0.1:9/canary.dtd"')),
    ("parameter-entity", "9", "dtd-forbidden", entity('[<!ENTITY % a SYSTEM "http://127.0.0.1:9/a"> %a;]')),
    ("entity-declaration-in-root", "9", "dtd-forbidden", last('<!ENTITY a "a">')),
    ("stylesheet", "10", "processing-instruction", prefix(b'<?xml-stylesheet href="a.xsl"?>\n')),
    ("instruction-in-upper-case", "10", "processing-instruction", prefix(b'<?XML version="1.0"?>\n')),
    ("instruction-in-root", "10", "processing-instruction", last("<?x y?>")),
    ("instruction-behind-root", "10", "processing-instruction", suffix(b"<?x y?>")),
    ("cdata-in-root", "11", "cdata-section", last("<![CDATA[ ]]>")),
    ("cdata-behind-root", "11", "cdata-section", suffix(b"<![CDATA[]]>")),
    ("comment-in-foreign-element", "12", "misplaced-comment", foreign("<x:a><!-- a --></x:a>")),
    ("comment-never-closed-in-foreign-element", "12", "misplaced-comment", foreign("<x:a><!-- a </x:a>")),
    ("element-257", "13", "too-many-elements", elements(257)),
    ("depth-33", "14", "document-too-deep", nested(33)),
    ("depth-1000-never-closed", "14", "document-too-deep", foreign("<x:a>" * 1000)),
    ("element-name-65", "15", "forbidden-name", foreign(f"<x:{'a' * 63}/>")),
    ("attribute-name-65", "15", "forbidden-name", foreign(f'<x:a {"b" * 65}="c"/>')),
    ("element-name-not-ascii", "15", "forbidden-name", foreign("<x:é/>")),
    ("attribute-name-not-ascii", "15", "forbidden-name", foreign('<x:a é="b"/>')),
    ("attribute-17", "16", "too-many-attributes", foreign(tag(17, 'b{}=""'))),
    ("namespace-17", "16", "too-many-attributes", foreign(tag(17, 'xmlns:b{}="urn:b"'))),
    # well-formedness
    ("last-tag-cut-short", "17", "not-well-formed", swap(END, END[:-2])),
    ("root-never-closed", "17", "not-well-formed", swap(END, "")),
    ("text-behind-root", "17", "not-well-formed", suffix(b"x")),
    ("nul-reference", "17", "not-well-formed", last("&#0;")),
    ("two-roots", "17", "not-well-formed", suffix(b"<group_management/>")),
    ("tags-crossed", "17", "not-well-formed", foreign("<x:a><x:b></x:a></x:b>")),
    ("attribute-twice", "17", "not-well-formed", swap(" type=", ' type="group-info" type=')),
    (
        "attribute-twice-by-namespace",
        "17",
        "not-well-formed",
        foreign('<x:a xmlns:y="urn:example:x" x:b="" y:b=""/>'),
    ),
    ("prefix-not-declared", "17", "not-well-formed", last("<y:a/>")),
    ("prefix-taken-back", "17", "not-well-formed", foreign('<x:a xmlns:x=""/>')),
    ("entity-not-declared", "17", "not-well-formed", last("&nbsp;")),
    ("ampersand-alone", "17", "not-well-formed", last("&")),
    ("less-than-in-attribute", "17", "not-well-formed", foreign('<x:a b="<"/>')),
    ("attribute-without-quotes", "17", "not-well-formed", foreign("<x:a b=c/>")),
    ("two-hyphens-in-comment", "17", "not-well-formed", suffix(b"<!-- a -- b -->")),
    ("comment-never-closed", "17", "not-well-formed", suffix(b"<!-- ")),
    ("end-of-cdata-in-text", "17", "not-well-formed", last("]]>")),
    ("name-begins-with-digit", "17", "not-well-formed", foreign("<x:1/>")),
    # namespaces, root, type
    (
        "schema-location",
        "18",
        "reserved-namespace",
        swap(ROOT, f'{ROOT} xmlns:i="{XSI}" i:schemaLocation="urn:a http://127.0.0.1:9/a.xsd"'),
    ),
    (
        "no-namespace-schema-location",
        "18",
        "reserved-namespace",
        swap(ROOT, f'{ROOT} xmlns:i="{XSI}" i:noNamespaceSchemaLocation="http://127.0.0.1:9/a.xsd"'),
    ),
    ("instance-type", "18", "reserved-namespace", swap(ROOT, f'{ROOT} xmlns:i="{XSI}" i:type="groupMember"')),
    (
        "instance-attribute-in-foreign-element",
        "18",
        "reserved-namespace",
        foreign(f'<x:a><x:b xmlns:i="{XSI}" i:nil="true"/></x:a>'),
    ),
    ("include", "18", "reserved-namespace", last(f'<i:include xmlns:i="{XI}" href="file:///etc/passwd"/>')),
    (
        "include-by-default-namespace",
        "18",
        "reserved-namespace",
        foreign(f'<x:a><include xmlns="{XI}" href="a" parse="text"/></x:a>'),
    ),
    (
        "namespace-by-reference",
        "18",
        "reserved-namespace",
        last(f'<i:include xmlns:i="{XI.replace("X", "&#88;")}" href="a"/>'),
    ),
    (
        "root-of-other-name",
        "20",
        "wrong-root",
        text(lambda document: document.replace(b"_management", b"-management")),
    ),
    (
        "root-in-upper-case",
        "20",
        "wrong-root",
        text(lambda document: document.replace(b"group_management", b"GROUP_MANAGEMENT")),
    ),
    ("root-in-namespace", "20", "wrong-root", swap(ROOT, f'{ROOT} xmlns="urn:example:x"')),
    ("type-missing", "21", "bad-document-type", swap(" type=", ' xmlns:x="urn:example:x" x:type=')),
    ("type-empty", "21", "bad-document-type", swap(' type="group-', ' type="" xml:id="group-')),
    ("type-in-upper-case", "21", "bad-document-type", swap(' type="group-', ' type="GROUP-')),
    ("type-with-space", "21", "bad-document-type", swap(' type="', ' type=" ')),
    ("type-with-two-hyphens", "21", "bad-document-type", swap(' type="group-', ' type="group--')),
    ("type-of-a-later-revision", "22", "unsupported-document-type", swap(' type="group-', ' type="clique-')),
    (
        "type-with-underscore-unknown",
        "22",
        "unsupported-document-type",
        swap(' type="group-', ' type="group_x-'),
    ),
    # schema, as far as it is the same for all types
    ("attribute-unknown", "24", "schema-invalid", swap(" type=", ' version="1" type=')),
    ("text-between-elements", "25", "schema-invalid", last("x")),
    ("text-behind-foreign-element", "25", "schema-invalid", foreign("<x:a/>x")),
)
"""Name, number of the requirement, reason, mutation."""
