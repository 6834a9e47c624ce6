"""Two schemas, two validators, one grammar: what each says of every document that gets as far as a schema."""

import random
from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

import pytest
from lxml import etree

from coterie import data, documents
from coterie.documents import markup, opening, schema, tree
from coterie.errors import RemoteError
from vectors.generator import document_bases as bases
from vectors.generator import documents as vectors

OLD = "schemas/coterie-documents-1.0.xsd"

# What XML Schema 1.0 cannot say: content by the value of an attribute of the same or of the parent element.
BEYOND_OLD = {"document.alias.content-of-another-type": "a redirect with the content of a list entry"}


def parsed() -> Iterator[tuple[str, Element, str]]:
    """Id, root and reason ("" when good) of each vector that has a root of ours and a known type."""
    for case in vectors.cases():
        if case["operation"] != "document.parse":
            continue
        octets = bytes.fromhex(case["input"]["bytes"])
        try:
            text, start = opening.open_document(octets)
            markup.scan(text, start)
            root = tree.parse(text)
            tree.document_type(root)
        except RemoteError:
            continue
        yield case["id"], root, case.get("reason", "")


TREES = list(parsed())


@pytest.fixture(scope="module")
def old() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(data.read_bytes(OLD)))


def is_good_by_old(old: etree.XMLSchema, root: Element) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return bool(old.validate(etree.fromstring(tostring(root), parser)))


def is_good_by_new(root: Element) -> bool:
    return not list(schema.violations(root))


def test_too_few_documents_reach_the_schemas() -> None:
    reasons = {reason for _, _, reason in TREES}

    assert len(TREES) >= 250
    assert {"", "schema-invalid", "bad-port", "contradiction"} <= reasons


@pytest.mark.parametrize(("identity", "root", "reason"), TREES, ids=[identity for identity, _, _ in TREES])
def test_schema_is_stricter_than_the_reader(
    identity: str, root: Element, reason: str, old: etree.XMLSchema
) -> None:
    if reason == "":
        assert is_good_by_new(root)
        assert is_good_by_old(old, root)


@pytest.mark.parametrize(("identity", "root", "reason"), TREES, ids=[identity for identity, _, _ in TREES])
def test_old_schema_refuses_what_the_new_one_accepts(
    identity: str, root: Element, reason: str, old: etree.XMLSchema
) -> None:
    if is_good_by_new(root):
        assert is_good_by_old(old, root)


@pytest.mark.parametrize(("identity", "root", "reason"), TREES, ids=[identity for identity, _, _ in TREES])
def test_validators_disagree_about_structure(
    identity: str, root: Element, reason: str, old: etree.XMLSchema
) -> None:
    if reason == "schema-invalid":
        assert not is_good_by_new(root)
        assert is_good_by_old(old, root) == (identity in BEYOND_OLD)


def shaken(seed: int) -> Element:
    """A tree made of the elements of all types, mostly wrong in some way and sometimes right."""
    draw = random.Random(seed)
    roots = [tree.parse(text) for _, text in bases.BASES.values()]
    root = draw.choice(roots)
    children = [child for other in roots for child in other]
    for _ in range(draw.choice((0, 1, 1, 2))):
        position = draw.randrange(len(root) + 1)
        match draw.randrange(6):
            case 0:
                root.insert(position, draw.choice(children))
            case 1 if len(root):
                root.remove(root[position - 1])
            case 2 if len(root):
                root.append(root[position - 1])
            case 3:
                root.set("type", draw.choice(list(documents.TYPES)))
            case 4:
                root.insert(position, Element("{urn:example:x}a"))
            case _ if len(root):
                root[position - 1].text = draw.choice(("", "x", "1", "::1", "00", "open", None))
    return root


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_shaken_document_is_good_by_the_stricter_rule_alone(start: int, old: etree.XMLSchema) -> None:
    good = 0
    for seed in range(start, start + 100):
        root = shaken(seed)
        by_new, by_old = is_good_by_new(root), is_good_by_old(old, root)
        try:
            documents.parse(bases.HEADER + tostring(root))
            by_reader = True
        except RemoteError:
            by_reader = False

        assert by_old or not by_new, seed
        assert by_new or not by_reader, seed
        good += by_reader

    assert 10 <= good <= 90


def test_library_describes_a_breach_in_other_words() -> None:
    breaches = {
        "attribute": [bases.swap(" type=", ' x="" type='), bases.swap("<description>", '<description x="">')],
        "text": [bases.last("x"), bases.value("description", "<a/>")],
        "content": [bases.without("description"), bases.last("<attribute/>"), bases.last("<a/>")],
        "value": [bases.value("bootstrap-port", "0"), bases.value("description", "x" * 1025)],
    }
    for kind, mutations in breaches.items():
        for mutation in mutations:
            text = mutation(bases.base("info")).removeprefix(bases.HEADER).decode()
            assert [schema.kind(found) for found in schema.violations(tree.parse(text))] == [kind]


@pytest.mark.parametrize("mutation", [bases.swap(' encoding="hex"', ""), bases.swap('"hex"', '"x"')])
def test_wrong_encoding_was_taken_for_a_wrong_value(mutation: bases.Mutation) -> None:
    text = mutation(bases.base("redirect")).removeprefix(bases.HEADER).decode()

    assert {schema.kind(found) for found in schema.violations(tree.parse(text))} == {"attribute"}
