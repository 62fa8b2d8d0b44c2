"""Trees written as Query DSL and as Lucene, read again: the same events, and the same text a second time."""

from __future__ import annotations

import json

import pytest

import converter
from converter import languages
from converter.diagnostics import Source, UnsupportedError
from converter.matching import EventValues, compile_node
from converter.query import Query
from converter.tree import Node
from tests.dsl.random_trees import FIELDS, Maker


def found(tree: Node, events: list[EventValues]) -> list[int]:
    test = compile_node(tree)
    return [i for i, event in enumerate(events) if test(event)]


@pytest.mark.parametrize("language", ["dsl", "lucene"])
@pytest.mark.parametrize("seed", range(4))
def test_a_random_tree_means_the_same_after_it_was_written_and_read(language: str, seed: int) -> None:
    maker = Maker(seed, nested=language == "dsl")
    events = [EventValues(maker.event()) for _ in range(80)]
    written = 0
    for _ in range(150):
        tree = maker.tree()
        try:
            text = languages.get(language).render(tree, FIELDS, {})
        except UnsupportedError:
            continue
        written += 1
        again = converter.parse(language, text, FIELDS)
        assert found(again.tree, events) == found(tree, events), text
        second = converter.render(again, language)
        assert converter.render(converter.parse(language, second, FIELDS), language) == second, text
    assert written > 100


def test_the_json_is_laid_out_to_be_read() -> None:
    query = converter.parse(
        "dsl",
        '{"bool":{"must":[{"term":{"k":"a"}},{"terms":{"n":[1,2]}}],"must_not":{"exists":{"field":"x"}}}}',
        FIELDS,
    )
    assert converter.render(query, "dsl") == (
        "{\n"
        '  "bool": {\n'
        '    "filter": [\n'
        '      {"term": {"k": "a"}},\n'
        '      {"terms": {"n": [1, 2]}}\n'
        "    ],\n"
        '    "must_not": [\n'
        '      {"exists": {"field": "x"}}\n'
        "    ]\n"
        "  }\n"
        "}"
    )


def test_case_is_folded_by_the_option_and_only_where_letters_are() -> None:
    query = converter.parse("eql", 'any where process.name : ("CMD.exe", "1*2", "a?", "77")')
    assert json.loads(converter.render(query, "dsl")) == {
        "bool": {
            "should": [
                {"term": {"process.name": {"value": "CMD.exe", "case_insensitive": True}}},
                {"wildcard": {"process.name": "1*2"}},
                {"wildcard": {"process.name": {"value": "a?", "case_insensitive": True}}},
                {"term": {"process.name": "77"}},
            ],
            "minimum_should_match": 1,
        }
    }


def test_every_node_that_cannot_be_said_is_named() -> None:
    query = converter.parse("eql", "any where startsWith(user.name, host.name) or endsWith(user.name, host.name)")
    with pytest.raises(UnsupportedError) as caught:
        converter.render(query, "dsl")
    assert len(caught.value.diagnostics) == 2
    assert all(d.span is not None for d in caught.value.diagnostics)


@pytest.mark.parametrize("language", ["dsl", "lucene"])
def test_a_random_tree_is_proven_equivalent_to_what_is_read_again(language: str) -> None:
    maker = Maker(11, nested=language == "dsl")
    seen = []
    for _ in range(60):
        tree = maker.tree(2)
        try:
            text = languages.get(language).render(tree, FIELDS, {})
        except UnsupportedError:
            continue
        again = converter.parse(language, text, FIELDS)
        seen.append(converter.compare(Query(language, text, tree, FIELDS, Source(text)), again).relation)
    assert set(seen) <= {"equivalent", "unknown"}
    assert seen.count("equivalent") > 40
