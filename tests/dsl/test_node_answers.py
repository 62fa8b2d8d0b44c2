"""Queries that a real Elasticsearch 8.19 node answered: ends of ranges, and expressions that leave nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from converter import compare, match, parse
from converter.diagnostics import ConverterError

FIELDS = {
    "properties": {
        "k": {"type": "keyword"},
        "n": {"type": "long"},
        "es": {"type": "date", "format": "epoch_second"},
        "off": {"type": "keyword", "index": False},
    }
}
EVENTS: list[dict[str, Any]] = [
    {"k": "", "n": 1}, {"k": "a", "n": 5}, {"k": "ab", "n": 10}, {"k": "b", "n": 20}, {"es": 1704067200},
]  # fmt: skip


def found(query: dict[str, Any]) -> list[int]:
    return [hit[0] for hit in match(parse("dsl", json.dumps(query), FIELDS), EVENTS)]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("ends", "hits"),
    [
        ({"gt": 5, "from": 1}, [1, 2, 3]),  # the end that stands last; whether it is out stays as it was said
        ({"from": 1, "gt": 5}, [2, 3]),
        ({"gte": 10, "include_lower": False}, [3]),
        ({"lte": 10, "to": 5}, [0, 1]),
        ({"lt": 20, "to": 10}, [0, 1]),
        ({"gt": 5, "gte": None}, [0, 1, 2, 3]),
    ],
)
def test_of_two_ends_on_one_side_the_last_counts(ends: dict[str, Any], hits: list[int]) -> None:
    assert found({"range": {"n": ends}}) == hits


def test_a_number_at_one_end_makes_milliseconds_of_the_other() -> None:
    assert found({"range": {"es": {"gte": "1704067200"}}}) == [4]
    assert found({"range": {"es": {"gte": "1704067200", "lte": 1704067300000}}}) == [4]
    assert found({"range": {"es": {"gte": 1704067200, "lte": "1704067200"}}}) == []


@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        ("a#*", []),  # any number of times what never matches is nothing in Lucene
        ("(a#*)?", [0]),
        ("#*|b", [3]),
        ("(#*b)*", []),
        ("(a&ab)*b", []),
        ("~(@)*", []),
        ("#?", [0]),
        ("a{0}", [0]),
        ("(a&b)?b", [3]),
    ],
)
def test_a_star_behind_what_never_matches(pattern: str, hits: list[int], folded: bool) -> None:
    assert found({"regexp": {"k": {"value": pattern, "case_insensitive": folded}}}) == hits


@pytest.mark.parametrize(
    ("pattern", "folded", "plain"),
    [
        ("()", [], [0]),
        ("", [], [0]),
        ('""', [], [0]),
        ("a{0}", [0], [0]),
        ("(()|b)", [3], [0, 3]),
        ("~()", [0, 1, 2, 3], [1, 2, 3]),
        ("(){1,3}", [], [0]),
        ("()b", [3], [3]),  # beside a plain text it is a part of it
        ("(())b", [3], [3]),
        ("()[b]", [3], [3]),
        ("(a|())b", [2], [2, 3]),
        ("()[bc]", [], [3]),
        ("#*?", [], []),
        ("#+?", [], []),
        ("b+?", [0, 3], [0, 3]),
    ],
)
def test_an_empty_text_in_an_expression_takes_nothing_where_case_is_folded(
    pattern: str, folded: list[int], plain: list[int]
) -> None:
    for case_insensitive, hits in ((True, folded), (False, plain)):
        query = {"regexp": {"k": {"value": pattern, "case_insensitive": case_insensitive}}}
        assert [hit for hit in found(query) if hit != 4] == hits


def test_expressions_that_leave_nothing_are_proven() -> None:
    one, other = (parse("lucene", f"k:/{pattern}/", FIELDS) for pattern in ("a#*|b", "b"))
    assert compare(one, other).relation == "equivalent"


@pytest.mark.parametrize(
    "query",
    [{"exists": {"field": "*"}}, {"regexp": {"off": {"value": "a+", "case_insensitive": True}}}],
)
def test_the_node_fails(query: dict[str, Any]) -> None:
    with pytest.raises(ConverterError):
        parse("dsl", json.dumps(query), FIELDS)
