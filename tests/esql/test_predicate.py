"""Queries that only filter: the predicate tree picks the very events whose rows come through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from converter import ConverterError, ParseError, UnsupportedError, match, parse
from converter.languages.esql import predicate
from converter.matching import EventValues, compile_node
from converter.tree import ANY, And, Exists, Glob, Not, Range, Single, literal
from tests.esql.random_conditions import FIELDS, Conditions

K = FIELDS.field("k")


@pytest.mark.parametrize("seed", range(4))
def test_a_random_condition_is_the_same_as_a_pipeline_and_as_a_predicate(seed: int) -> None:
    maker = Conditions(seed)
    events = maker.events(60)
    read = [EventValues(event) for event in events]
    lowered = 0
    for _ in range(500):
        text = f"FROM events | WHERE {maker.condition(maker.random.randint(0, 3))}"
        try:
            query = parse("esql", text, FIELDS)
        except ConverterError:
            continue
        tree = query.extra.get("predicate")
        if tree is None:
            continue
        lowered += 1
        test = compile_node(tree)
        expected = [(i,) for i, event in enumerate(read) if test(event)]
        assert match(query, events) == expected, text
    assert lowered > 200


def test_an_operator_holds_for_one_value_only_and_its_negation_too() -> None:
    tree = parse("esql", 'FROM e | WHERE k == "a"', FIELDS).extra["predicate"]
    assert tree == And((Single(K), Glob(K, literal("a"))))
    tree = parse("esql", 'FROM e | WHERE NOT k == "a"', FIELDS).extra["predicate"]
    assert tree == And((Single(K), Not(Glob(K, literal("a")))))


def test_a_text_field_is_compared_by_its_whole_values() -> None:
    x = FIELDS.field("x")
    whole = replace(x, type="keyword")
    tree = parse("esql", 'FROM e | WHERE x LIKE "*a B*"', FIELDS).extra["predicate"]
    assert tree == And((Single(x), Glob(whole, (ANY, "a B", ANY))))
    query = parse("esql", 'FROM e | WHERE NOT x == "a B" AND x:"b"', FIELDS)
    assert match(query, [{"x": "a B"}, {"x": "A b"}, {"x": ["a b", "a b"]}, {}]) == [(1,)]


def test_search_functions_hold_for_any_value() -> None:
    assert parse("esql", 'FROM e | WHERE NOT k:"a"', FIELDS).extra["predicate"] == Not(Glob(K, literal("a")))


def test_columns_that_are_computed_or_renamed_are_resolved() -> None:
    text = (
        'FROM e | EVAL low = TO_LOWER(k) | RENAME n AS number | WHERE low == "a" AND number > 3 | KEEP low | SORT low'
    )
    assert parse("esql", text, FIELDS).extra["predicate"] == And(
        (
            Single(K),
            Glob(K, literal("a"), "ascii"),
            Single(FIELDS.field("n")),
            Range(FIELDS.field("n"), 3, None, low_open=True),
        )
    )


def test_a_missing_field_is_null_and_so_no_value() -> None:
    assert parse("esql", "FROM e | WHERE k IS NULL", FIELDS).extra["predicate"] == Not(Exists(K))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("FROM e | STATS c = COUNT(*) BY k", "STATS makes rows of many events"),
        ("FROM e | LIMIT 3", "LIMIT keeps some of the rows"),
        ("FROM e | MV_EXPAND k", "MV_EXPAND makes several rows of an event"),
        ("FROM e | ENRICH policy ON k", "`ENRICH` needs a cluster"),
        ('FROM e | WHERE CONCAT(k, "!") == "a!"', "what a function makes of a field"),
        ('FROM e | DISSECT k "%{v}" | WHERE v == "a"', "`v`, which is no field of the index"),
        ('FROM e METADATA _id | WHERE _id == "1"', "`_id`, which is no field of the index"),
        ('FROM e | WHERE TO_UPPER(k) LIKE "S*"', "TO_UPPER makes SS of ß"),
    ],
)
def test_what_is_no_filter_is_told(text: str, reason: str) -> None:
    query = parse("esql", text, FIELDS)
    assert reason in query.extra["why_not"]
    with pytest.raises(UnsupportedError):
        predicate(query.tree, FIELDS)


def test_a_pattern_that_is_too_much_work_is_an_error_as_on_a_node() -> None:
    pattern = "(Copy-Item|cpi) .{2,128} -Destination .{1,32}System32"
    with pytest.raises(ParseError, match="too complex"):
        parse("esql", f'FROM e | WHERE k RLIKE ".*{pattern}.*"', FIELDS)
    parse("esql", f'FROM e | WHERE k RLIKE "{pattern.replace("128", "16").replace("32}", "8}")}"', FIELDS)
