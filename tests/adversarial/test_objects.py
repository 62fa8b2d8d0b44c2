"""An object under a closed schema: only what is mapped below it is found, in every language."""

from __future__ import annotations

from typing import Any

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


FLATTENED = {"properties": {"fl": {"type": "flattened"}}}
UNDER_KEYS: list[dict[str, Any]] = [
    {"fl": {"a": "zz"}}, {"fl": {"a": "aXb"}}, {"fl": {"b": "za"}}, {"fl": {"ab": "q"}}, {"fl": {"b": "q"}},
    {"fl": {"a": ""}}, {"fl": {"a": "a"}}, {"fl": {"c": {"a": "zz"}}},
]  # fmt: skip


@pytest.mark.parametrize("language", ["kuery", "lucene"])
@pytest.mark.parametrize(
    ("pattern", "hits"),
    [("*a*", [0, 1, 2, 3, 5, 6, 7]), ("a*b", [1]), ("a*z", [0]), ("*a", [2, 6]), ("a*", [1, 6]), ("*a*b", [1])],
)
def test_a_pattern_on_a_flattened_key_reads_keys_too(language: str, pattern: str, hits: list[int]) -> None:
    """Seen on a node: the pattern runs over the name of the key, NUL and the value, of every key."""
    query = parse(language, f"fl.a:{pattern}", FLATTENED)
    assert [hit[0] for hit in match(query, UNDER_KEYS)] == hits
    other_key = compare(query, parse(language, f"fl.b:{pattern}", FLATTENED)).relation
    assert other_key == ("different" if pattern == "a*" else "equivalent")


def test_patterns_over_keys_are_proven_only_where_they_are_equal() -> None:
    one, other = parse("kuery", "fl.a: *a*", FLATTENED), parse("kuery", "fl: *a*", FLATTENED)
    assert match(one, UNDER_KEYS[:1]) and not match(other, UNDER_KEYS[:1])
    assert compare(one, other).relation not in ("equivalent", "broader")
    assert compare(one, parse("lucene", "fl.b:*a*", FLATTENED)).relation == "equivalent"
