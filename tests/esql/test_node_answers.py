"""Conditions that a real Elasticsearch 8.19 node answered: what its optimiser moves, what the index is asked, which
values are one."""

from __future__ import annotations

from typing import Any

import pytest

from converter import compare, match, parse
from converter.diagnostics import FieldTypeError, UnsupportedError
from converter.matching import matches

FIELDS = {
    "properties": {
        "n": {"type": "long"},
        "i": {"type": "integer"},
        "d": {"type": "double"},
        "h": {"type": "half_float"},
        "sh": {"type": "short"},
        "b": {"type": "boolean"},
        "k": {"type": "keyword", "fields": {"text": {"type": "text"}}},
        "lc": {"type": "keyword", "normalizer": "lc"},
        "lc_off": {"type": "keyword", "normalizer": "lc", "index": False},
        "lc_bare": {"type": "keyword", "normalizer": "lc", "doc_values": False},
        "bare": {"type": "keyword", "doc_values": False},
    },
    "settings": {"analysis": {"normalizer": {"lc": {"type": "custom", "filter": ["lowercase"]}}}},
}
MOST = {"n": 2**63 - 1, "i": 2**31 - 1, "d": 3.0, "k": ["b", "a", "b"], "bare": ["a", "a"], "b": [True, False]}
LEAST = {"n": -(2**63), "i": -(2**31), "d": -3.0, "lc_off": "Hello", "lc_bare": "Hello", "b": True}
SMALL = {"n": 5, "i": 5, "d": 0.3, "lc": "Hello", "bare": ["a", "b"], "h": 0.0}
LARGE = {"n": 2**53, "d": 1e308, "h": -0.0, "b": [True, True], "k": "x"}
EVENTS: list[dict[str, Any]] = [MOST, LEAST, SMALL, LARGE]

ANSWERS = [
    # a constant is moved to the other side, where nothing overflows
    ("n + 1 > 0", [0, 2, 3]),
    ("1 + i > 0", [0, 2]),
    ("1 - n > 0", [1]),
    ("-n > 0", [1]),
    ("n * 2 > 2", [0, 2, 3]),
    ("n * 2 > 3", [2, 3]),
    ("n * -2 > 2", [1]),
    ("n - 1 > 9223372036854775807", []),
    ("n + 1 > i", [2]),
    ("case(i + 2147483647 > 0, true, false)", [0, 2]),
    ("6 / d > 2", [1, 2]),
    ("n + 1 > 0 and lc == \"zz\" or lc == \"HELLO\"", [2]),
    # a list with a double, where the index is not asked
    ("case(n in (9007199254740993, 1000, 5.0), true, false)", [2, 3]),
    ("case(n in (9007199254740993, 1000, 5), true, false)", [2]),
    ("-h in (1, 0)", [3]),
    # several booleans make their pair null, and only it
    ("b or (b or k == \"x\")", [1]),
    ("n == 9007199254740992 or (b or i == 5)", [1, 2, 3]),
    ("not not b or i == 5", [1, 2]),
    # a list that the index keeps has each string once
    ("mv_count(k.text) == 2", [0]),
    ("mv_count(bare) == 2", [0, 2]),
    ("bare == \"a\"", []),
    # without an index doc values are asked, without doc values the source is
    ("lc_off == \"HELLO\" or n == 7", [1]),
    ("lc_bare == \"HELLO\"", []),
    ("lc_bare == \"hello\"", [1]),
    ("lc == \"HELLO\" and lc == \"Hello\"", []),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "hits"), ANSWERS)
def test_the_answer_of_the_node(condition: str, hits: list[int]) -> None:
    query = parse("esql", f"from x | where {condition}", FIELDS)
    assert [hit[0] for hit in match(query, EVENTS)] == hits
    tree = query.extra.get("predicate")
    if tree is not None:
        assert [i for i, event in enumerate(EVENTS) if matches(tree, event)] == hits


@pytest.mark.parametrize("values", ["1, 3000000000", "1, 9e18", "7, -40000.5e9"])
def test_a_number_beyond_the_field_in_a_list_for_the_index_is_an_error(values: str) -> None:
    with pytest.raises(FieldTypeError):
        parse("esql", f"from x | where sh in ({values})", FIELDS)


def test_orders_with_capitals_on_lower_case_values_are_refused() -> None:
    query = parse("esql", 'from x | where lc > "A" and lc > "b"', {**FIELDS})
    assert query.extra.get("predicate") is None
    with pytest.raises(UnsupportedError):
        match(query, EVENTS)


def test_moved_constants_are_proven() -> None:
    one, other = (parse("esql", f"from x | where {text}", FIELDS) for text in ("n + 1 > 5", "n > 4"))
    assert compare(one, other).relation == "equivalent"


def test_a_field_without_doc_values_may_hold_a_value_twice() -> None:
    """So `a` is its only value for the index, but not its single one."""
    fields = {"properties": {"k": {"type": "keyword", "doc_values": False}}}
    one = parse("esql", 'from x | where k == "a"', fields)
    only = parse("kuery", "k: a and not (k < a or k > a)", fields)
    assert match(only, [{"k": ["a", "a"]}])
    assert not match(one, [{"k": ["a", "a"]}])
    assert compare(one, only).relation == "broader"
    with_doc_values = [parse(query.language, query.text, {"k": "keyword"}) for query in (one, only)]
    assert compare(*with_doc_values).relation == "equivalent"
