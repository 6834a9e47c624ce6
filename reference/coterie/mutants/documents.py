"""Mutants of the chapter on documents: text, markup, grammar, values, and how a document is written."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from coterie.documents import opening, reading
from coterie.errors import RemoteError
from coterie.mutants.registry import Function, Mutant, dropped, giving, refusing_as

OPENING = "coterie.documents.opening"
MARKUP = "coterie.documents.markup"
TREE = "coterie.documents.tree"
SCHEMA = "coterie.documents.schema"
VALUES = "coterie.documents.values"
CONSISTENCY = "coterie.documents.consistency"
WRITING = "coterie.documents.writing"
INVITATION = "coterie.documents.invitation"


def _size_after_text(_original: Function) -> Function:
    def check_size(data: bytes) -> None:
        if len(data) > 8_193:
            raise RemoteError("document-too-long", requirement="REQ-DOC-2")

    return check_size


def _any_case(original: Function) -> Function:
    return lambda data: original(data[:17].upper() + data[17:])


def _lenient_utf8(_original: Function) -> Function:
    return lambda octets: octets.decode("utf-8", "replace")


def _one_less(original: Function) -> Function:
    return lambda count: original(count - 1)


def _one_attribute_more(original: Function) -> Function:
    return lambda tag: original(re.sub('"[^"]*"', "", tag, count=1))


def _xinclude_only(_reserved: tuple[str, ...]) -> tuple[str, ...]:
    return _reserved[:1]


def _no_underscores(_spellings: dict[str, str]) -> dict[str, str]:
    return {}


def _leading_zeros(original: Function) -> Function:
    return lambda text, field: original(re.sub(r"\b0+(?=[0-9])", "", text), field)


def _any_ipv6_text(_original: Function) -> Function:
    def ipv6(text: str, field: str) -> Any:
        try:
            return ipaddress.IPv6Address(text)
        except ipaddress.AddressValueError:
            raise RemoteError("bad-address", requirement="REQ-DOC-32", field=field) from None

    return ipv6


def _first_number_224(original: Function) -> Function:
    def check(address: Any, field: str) -> None:
        if address.packed[0] != 224:
            original(address, field)

    return check


def _mapped_passes(original: Function) -> Function:
    def check(address: Any, field: str) -> None:
        if address.ipv4_mapped is None:
            original(address, field)

    return check


def _as_int_does(original: Function) -> Function:
    return lambda text, field: original(str(int(text)) if text.strip(" +0").isdecimal() else text, field)


def _port_65536(original: Function) -> Function:
    return lambda text, field: 0 if text == "65536" else original(text, field)


def _controls_only(_pattern: Any) -> Any:
    return re.compile("[\u0000-\u001f\u007f-\u009f]")


def _one_character_more(original: Function) -> Function:
    return lambda text, field: original(text[1:] or text, field)


def _one_octet_more(original: Function) -> Function:
    return lambda octets, field: original(octets[1:] or octets, field)


def _spaces_between(original: Function) -> Function:
    return lambda text, field: original(text.replace(" ", ""), field)


def _upper_refused(original: Function) -> Function:
    return lambda text, field: original(re.sub("[A-F]", "g", text), field)


def _unpadded(original: Function) -> Function:
    return lambda text, field: original(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), field)


def _options_in_capitals(original: Function) -> Function:
    return lambda text, field: original(text.lower(), field)


def _flags_as_numbers(original: Function) -> Function:
    return lambda text, field: original({"1": "true", "0": "false"}.get(text, text), field)


def _from_1199(original: Function) -> Function:
    return lambda text, field: 1199 if text == "1199" else original(text, field)


def _ignored_unless(requirement: str) -> Any:
    def change(original: Function) -> Function:
        def check(violation: Any, document_type: str) -> None:
            try:
                original(violation, document_type)
            except RemoteError as refused:
                if refused.requirement != requirement:
                    raise

        return check

    return change


def _nothing_foreign(original: Function) -> Function:
    def content(root: Any) -> Any:
        foreign = [element for element in root if element.tag.startswith("{")]
        # one alone: documents with many, or with large ones, try limits, which are other rules
        if len(foreign) == 1 and len(foreign[0].tag) < 60 and not (len(foreign[0]) or foreign[0].attrib):
            raise RemoteError("schema-invalid", requirement="REQ-DOC-26")
        return original(root)

    return content


def _tabs(original: Function) -> Function:
    return lambda document_type, content: original(document_type, content).replace(b"  <", b"\t<")


def _always_hex(_original: Function) -> Function:
    return lambda name, octets: (name, octets.hex(), "hex")


def _bare_slash(original: Function) -> Function:
    return lambda octets, plain: original(octets, plain | frozenset(b"/"))


def _scheme_in_any_form(original: Function) -> Function:
    return lambda uri: original(uri.replace("#", "%23"))


def _header_before_size(original: Function) -> Function:
    def check_size(data: bytes) -> None:
        opening.header_length(data)
        original(data)

    return check_size


def _any_declaration(original: Function) -> Function:
    def declaration_length(text: str) -> Any:
        try:
            return original(text)
        except RemoteError as refused:
            if refused.requirement != "REQ-DOC-7":
                raise
            return text.find("?>") + 2

    return declaration_length


def _up_to_the_root(original: Function) -> Function:
    def parse(text: str) -> Any:
        try:
            return original(text)
        except RemoteError:
            head, end, _ = text.partition("</group_management>")
            return original(head + end)

    return parse


def _unjudged(_original: Function) -> Function:
    return lambda root: reading.group_invitation(reading.content(root))


GRAMMARS = (("info", 26), ("redirect", 27), ("member", 28), ("entry", 29), ("invitation", 30))

MUTANTS = (
    Mutant("document-header-first", "REQ-DOC-1", "altered", f"{OPENING}:check_size", _header_before_size,
           "The header is looked at before the size."),
    Mutant("document-declaration-any", "REQ-DOC-7", "altered", f"{OPENING}:declaration_length",
           _any_declaration, "A declaration may have any form."),
    Mutant("document-declaration-late", "REQ-DOC-63", "dropped", f"{MARKUP}:check_xml_declaration", dropped,
           "A declaration that comes late is refused as bad markup."),
    Mutant("document-behind-root", "REQ-DOC-17", "altered", f"{TREE}:parse", _up_to_the_root,
           "What stands behind the root is forgiven."),
    Mutant("uri-unjudged", "REQ-DOC-61", "altered", f"{INVITATION}:judge", _unjudged,
           "What a URI stands for is not checked like a document."),
    Mutant("document-8193", "REQ-DOC-2", "altered", f"{OPENING}:check_size", _size_after_text,
           "A document may be one octet longer than its limit."),
    Mutant("document-header-any-case", "REQ-DOC-3", "altered", f"{OPENING}:header_length", _any_case,
           "The header may be written in lower case."),
    Mutant("document-utf8-replaced", "REQ-DOC-4", "altered", f"{OPENING}:decode", _lenient_utf8,
           "Octets that are not UTF-8 are replaced."),
    Mutant("document-byte-order-mark", "REQ-DOC-19", "dropped", f"{OPENING}:check_byte_order_mark", dropped,
           "U+FEFF may stand in the text."),
    Mutant("document-characters-any", "REQ-DOC-5", "altered", f"{OPENING}:check_characters",
           refusing_as("not-well-formed"), "Characters that XML does not have are refused as bad markup."),
    Mutant("document-start-any", "REQ-DOC-6", "altered", f"{OPENING}:check_start",
           refusing_as("not-well-formed"), "Text before the markup is refused as bad markup."),
    Mutant("document-encoding-any", "REQ-DOC-8", "dropped", f"{OPENING}:check_declared_encoding", dropped,
           "The declaration may name any encoding."),
    Mutant("document-dtd-is-markup", "REQ-DOC-9", "altered", f"{MARKUP}:check_declaration",
           refusing_as("not-well-formed"), "A DTD is refused as bad markup."),
    Mutant("document-instructions-pass", "REQ-DOC-10", "dropped", f"{MARKUP}:check_instruction", dropped,
           "Processing instructions are passed over."),
    Mutant("document-cdata-passes", "REQ-DOC-11", "dropped", f"{MARKUP}:check_cdata", dropped,
           "CDATA sections are read as text."),
    Mutant("document-comment-in-value", "REQ-DOC-12", "dropped", f"{MARKUP}:check_comment", dropped,
           "A comment may split a value."),
    Mutant("document-comment-only-outside", "REQ-DOC-12", "altered", f"{MARKUP}:check_comment",
           lambda original: lambda depth: original(depth + 1),
           "A comment may not stand between the children of the root."),
    Mutant("document-257-elements", "REQ-DOC-13", "altered", f"{MARKUP}:check_elements", _one_less,
           "A document may have one element more than its limit."),
    Mutant("document-33-deep", "REQ-DOC-14", "altered", f"{MARKUP}:check_depth", _one_less,
           "A document may be one level deeper than its limit."),
    Mutant("document-names-any", "REQ-DOC-15", "dropped", f"{MARKUP}:check_names", dropped,
           "Tags may have any characters and names of any length."),
    Mutant("document-17-attributes", "REQ-DOC-16", "altered", f"{MARKUP}:check_attributes",
           _one_attribute_more, "A tag may have one quoted string more than its limit."),
    Mutant("document-instance-namespace", "REQ-DOC-18", "altered", f"{TREE}:RESERVED_NAMESPACES",
           _xinclude_only, "Of the two reserved namespaces only that of XInclude is refused.",
           f"{TREE}:check_namespaces"),
    Mutant("document-namespaces-any", "REQ-DOC-18", "dropped", f"{TREE}:check_namespaces", dropped,
           "The reserved namespaces are not looked for."),
    Mutant("document-root-is-grammar", "REQ-DOC-20", "altered", f"{TREE}:check_root",
           refusing_as("schema-invalid"), "Another root is refused by the grammar."),
    Mutant("document-type-any-name", "REQ-DOC-21", "dropped", f"{TREE}:check_type_name", dropped,
           "A malformed type is refused as unsupported."),
    Mutant("document-type-unknown-is-bad", "REQ-DOC-22", "altered", f"{TREE}:check_type_known",
           refusing_as("bad-document-type"), "A type that is not known is refused as malformed."),
    Mutant("document-underscores-refused", "REQ-DOC-23", "altered", f"{TREE}:SPELLINGS", _no_underscores,
           "The spellings with underscores are refused.", f"{TREE}:document_type"),
    Mutant("document-foreign-refused", "REQ-DOC-56", "altered", "coterie.documents.reading:content",
           _nothing_foreign, "Elements of other namespaces are refused."),
    Mutant("document-attributes-any", "REQ-DOC-24", "dropped", f"{SCHEMA}:check_attributes", dropped,
           "Elements may have attributes that the tables do not give them."),
    Mutant("document-text-anywhere", "REQ-DOC-25", "dropped", f"{SCHEMA}:check_text", dropped,
           "Text may stand between the elements."),
    *(
        Mutant(f"document-grammar-{name}", f"REQ-DOC-{number}", "dropped", f"{SCHEMA}:check_content",
               _ignored_unless(f"REQ-DOC-{number}"), f"The elements of {name} may stand in any order.")
        for name, number in GRAMMARS
    ),
    Mutant("document-ipv4-leading-zeros", "REQ-DOC-31", "altered", f"{VALUES}:ipv4", _leading_zeros,
           "The numbers of an IPv4 address may have leading zeros."),
    Mutant("document-ipv6-any-text", "REQ-DOC-32", "altered", f"{VALUES}:ipv6", _any_ipv6_text,
           "An IPv6 address may be written in any form."),
    Mutant("document-ipv4-any", "REQ-DOC-33", "dropped", f"{VALUES}:check_unicast_ipv4", dropped,
           "An IPv4 contact may be any address."),
    Mutant("document-ipv4-224", "REQ-DOC-33", "altered", f"{VALUES}:check_unicast_ipv4", _first_number_224,
           "Addresses that begin with 224 are contacts."),
    Mutant("document-ipv6-any", "REQ-DOC-34", "dropped", f"{VALUES}:check_unicast_ipv6", dropped,
           "An IPv6 contact may be any address."),
    Mutant("document-ipv6-mapped", "REQ-DOC-34", "altered", f"{VALUES}:check_unicast_ipv6", _mapped_passes,
           "An IPv4 address in disguise is a contact."),
    Mutant("document-multicast-any", "REQ-DOC-35", "dropped", f"{VALUES}:check_multicast", dropped,
           "A multicast address may be a unicast one."),
    Mutant("document-port-as-int", "REQ-DOC-36", "altered", f"{VALUES}:port", _as_int_does,
           "Ports are read with signs, spaces and leading zeros."),
    Mutant("document-port-65536", "REQ-DOC-36", "altered", f"{VALUES}:port", _port_65536,
           "Port 65536 is port 0."),
    Mutant("document-text-bidi", "REQ-DOC-37", "altered", f"{VALUES}:FORBIDDEN_IN_TEXT", _controls_only,
           "Text may turn its direction around.", f"{VALUES}:check_text"),
    Mutant("document-description-1025", "REQ-DOC-38", "altered", f"{VALUES}:check_description_length",
           _one_character_more, "A description may be one character longer than its limit."),
    Mutant("document-name-65", "REQ-DOC-39", "altered", f"{VALUES}:check_name_length", _one_character_more,
           "A name may be one character longer than its limit."),
    Mutant("document-id-spaces", "REQ-DOC-40", "dropped", f"{VALUES}:check_ends", dropped,
           "An identifier may end in a space."),
    Mutant("document-id-not-nfc", "REQ-DOC-41", "dropped", f"{VALUES}:check_normal_form", dropped,
           "An identifier may be text that is not NFC."),
    Mutant("document-id-256", "REQ-DOC-42", "altered", f"{VALUES}:check_group_id_length", _one_octet_more,
           "An identifier may be one octet longer than its limit."),
    Mutant("document-hex-spaced", "REQ-DOC-43", "altered", f"{VALUES}:hex_octets", _spaces_between,
           "Spaces may stand between hexadecimal digits."),
    Mutant("document-hex-lower-only", "REQ-DOC-43", "altered", f"{VALUES}:hex_octets", _upper_refused,
           "Upper-case hexadecimal digits are refused."),
    Mutant("document-digest-any", "REQ-DOC-44", "dropped", f"{VALUES}:check_digest_length", dropped,
           "A Peer-ID may have any length."),
    Mutant("document-base64-unpadded", "REQ-DOC-45", "altered", f"{VALUES}:base64_octets", _unpadded,
           "base64 may lack its padding."),
    Mutant("document-certificate-any", "REQ-DOC-46", "dropped", f"{VALUES}:check_der", dropped,
           "A certificate may be any octets."),
    Mutant("document-policy-capitals", "REQ-DOC-47", "altered", f"{VALUES}:policy", _options_in_capitals,
           "A policy may be written in capitals."),
    Mutant("document-suite-as-int", "REQ-DOC-48", "altered", f"{VALUES}:suite", _as_int_does,
           "Suites are read with signs and leading zeros."),
    Mutant("document-suites-any", "REQ-DOC-49", "dropped", f"{CONSISTENCY}:check_suites", dropped,
           "Suites may stand in any order and lack the mandatory one."),
    Mutant("document-flag-numbers", "REQ-DOC-50", "altered", f"{VALUES}:flag", _flags_as_numbers,
           "A flag may be 1 or 0."),
    Mutant("document-origin-capitals", "REQ-DOC-51", "altered", f"{VALUES}:origin_auth",
           _options_in_capitals, "origin-auth may be written in capitals."),
    Mutant("document-datagram-1199", "REQ-DOC-52", "altered", f"{VALUES}:max_datagram", _from_1199,
           "max-datagram may be one less than every peer has to read."),
    Mutant("document-closed-without-authority", "REQ-DOC-53", "dropped", f"{CONSISTENCY}:check_authority",
           dropped, "A closed group need not show its authority."),
    Mutant("document-fingerprint-any", "REQ-DOC-54", "dropped", f"{CONSISTENCY}:check_fingerprint", dropped,
           "The fingerprint of an invitation is not compared with the authority."),
    Mutant("document-receivers-unsigned", "REQ-DOC-55", "dropped", f"{CONSISTENCY}:check_receivers", dropped,
           "A group with receivers need not have origin signatures."),
    Mutant("document-indented-by-tabs", "REQ-DOC-57", "altered", f"{WRITING}:render", _tabs,
           "Documents are indented by tabs."),
    Mutant("document-id-always-hex", "REQ-DOC-58", "altered", f"{WRITING}:identifier", _always_hex,
           "Identifiers are always written in hexadecimal digits."),
    Mutant("document-defaults-written", "REQ-DOC-59", "altered", f"{WRITING}:is_stated", giving(True),
           "Options are written even where their absence says the same."),
    Mutant("uri-fragment-passes", "REQ-DOC-60", "altered", f"{INVITATION}:split", _scheme_in_any_form,
           "A URI may have a number sign where it must be escaped."),
    Mutant("uri-slash-bare", "REQ-DOC-62", "altered", f"{INVITATION}:_percent", _bare_slash,
           "A slash stands bare in a URI that is written."),
)  # fmt: skip
