"""Characters that are two of Java's: what counts them as two, and what as one, is not the same test."""

from __future__ import annotations

from typing import Any

import pytest

from converter import compare, match, parse

FIELDS = {"properties": {"x": {"type": "keyword", "fields": {"short": {"type": "keyword", "ignore_above": 3}}}}}
EVENTS: list[dict[str, Any]] = [{"x": "abc"}, {"x": "ab😀"}, {"x": "😀😀"}, {"x": "a😀"}, {"x": ""}]

ANSWERS = [
    ("kuery", "x.short: *", [0, 3, 4]),  # on a node `ignore_above` counts an emoji twice
    ("esql", "from x | where length(x) == 3", [0, 1]),
    ("lucene", "x:/.{2}/", [2, 3]),
    ("lucene", "x:??", [2, 3]),
    ("eql", "any where length(x) + 0 == 4", [1, 2]),
    ("eql", 'any where indexOf(x, "😀") == 2', [1]),
    ("eql", 'any where substring(x, 1, 3) == "😀"', [3]),
    ("eql", 'any where x regex ".{2}"', [2, 3]),
]


@pytest.mark.parametrize(("language", "text", "hits"), ANSWERS)
def test_what_counts_as_one_character(language: str, text: str, hits: list[int]) -> None:
    assert [hit[0] for hit in match(parse(language, text, FIELDS), EVENTS)] == hits


FIRST, SECOND = "from x | where length(x) <= 3", "from x | where x.short is not null and mv_count(x) == 1"


def test_the_proof_counts_what_a_field_ignores_as_the_index_does() -> None:
    one, other = parse("esql", FIRST, FIELDS), parse("esql", SECOND, FIELDS)
    verdict = compare(one, other)
    assert verdict.relation == "narrower"
    event = verdict.counterexamples["a_not_b"]
    assert event is not None
    assert match(one, [event]) and not match(other, [event])
    assert sum(2 if char > "\uffff" else 1 for char in event["x"]) > 3


LIMITED = {"properties": {"k": {"type": "keyword", "ignore_above": 4}}}
RELATIONS = [
    ("k:????", "k:/[^\U00010000-\U0010ffff]{4}/", "equivalent"),
    ("k:???", "k:/.{3}/", "equivalent"),
    ("k:*", "k:/.{0,4}/", "equivalent"),
    ("k:*", "k:/.{0,3}/", "narrower"),
    ("k:/.{3,}/", "k:/.{3,4}/", "equivalent"),
]


@pytest.mark.parametrize(("first", "second", "relation"), RELATIONS)
def test_no_value_is_longer_than_the_limit(first: str, second: str, relation: str) -> None:
    one, other = parse("lucene", first, LIMITED), parse("lucene", second, LIMITED)
    assert compare(one, other).relation == relation


def test_eqls_length_says_how_it_counts_where_that_tells() -> None:
    """Elasticsearch's script counts UTF-16 units, everything that it can be ported to counts code points."""
    noted = parse("eql", "any where length(x) > 5", FIELDS)
    assert [note.code for note in noted.notes] == ["length-units"]
    assert not parse("eql", "any where length(x) > 0 and length(x) != 0", FIELDS).notes
    assert compare(noted, parse("lucene", "x:/.{6,}/", FIELDS)).relation == "equivalent"
