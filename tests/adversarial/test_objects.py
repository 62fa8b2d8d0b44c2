"""An object under a closed schema: only what is mapped below it is found, in every language."""

from __future__ import annotations

import pytest

from converter import compare, match, parse

FIELDS = {"properties": {"o": {"properties": {"a": {"type": "keyword"}, "b": {"type": "long"}}}}}


@pytest.mark.parametrize(
    ("language", "text"), [("kuery", "o:*"), ("lucene", "_exists_:o"), ("dsl", '{"exists": {"field": "o"}}')]
)
def test_an_object_exists_where_a_mapped_field_below_it_does(language: str, text: str) -> None:
    query = parse(language, text, FIELDS)
    events = [{"o": {"a": "x"}}, {"o.b": 1}, {"o": {"other": "x"}}, {"o": {}}, {}]
    assert match(query, events) == [(0,), (1,)]
    assert compare(query, parse("kuery", "o.a:* or o.b:*", FIELDS)).relation == "equivalent"
