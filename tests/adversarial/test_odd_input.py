"""Values and arguments that nobody should give: an answer or an error of ours, never a traceback."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from converter import ConverterError, match, parse

HOSTILE: list[Any] = [
    10**400, float("nan"), float("inf"), "9" * 6000, "1e9999", "", {}, [[[]]], True, "\ud800", "1_000", "0x10",
    "2024-13-45", "99999-01-01", "::ffff:1.2.3.4%1", {"x": 1}, b"x", {1, 2}, object(),
]  # fmt: skip
TYPES = [
    "keyword", "text", "long", "double", "float", "half_float", "scaled_float", "unsigned_long", "date", "date_nanos",
    "ip", "boolean", "version", "flattened",
]  # fmt: skip
TEXTS = [
    ("kuery", "n:1"),
    ("kuery", "n >= 1"),
    ("esql", "from x | where n == 1"),
    ("esql", "from x | where n > 1 | keep n"),
    ("eql", "any where n == 1"),
    ("lucene", "n:1"),
    ("dsl", '{"term":{"n":1}}'),
]


@pytest.mark.parametrize("type_", TYPES)
def test_no_value_of_an_event_breaks_the_evaluator(type_: str) -> None:
    ran = 0
    for language, text in TEXTS:
        try:
            query = parse(language, text, {"n": type_})
        except ConverterError:
            continue
        for value in HOSTILE:
            assert match(query, [{"n": value}], now="2026-01-01T00:00:00Z") in ([], [(0,)])
            ran += 1
    assert ran


@pytest.mark.parametrize("event", [5, None, "x", [1], [[]], b"x", {1: 2}, {None: 1}])
def test_what_is_no_event_is_not_matched(event: Any) -> None:
    assert match(parse("kuery", "a:b", {"a": "keyword"}), [event]) == []


@pytest.mark.parametrize("text", [None, 5, b"a:b", {"term": {"a": "b"}}])
@pytest.mark.parametrize("language", ["kuery", "lucene", "eql", "esql", "dsl", "sigma"])
def test_a_query_that_is_no_text_is_refused(language: str, text: Any) -> None:
    with pytest.raises(ConverterError, match="a query is a text"):
        parse(language, text)


@pytest.mark.parametrize("now", [5, 1e30, b"x", date(2026, 1, 1), "soon"])
def test_a_clock_that_is_no_time_is_refused(now: Any) -> None:
    with pytest.raises(ConverterError, match="time"):
        match(parse("kuery", "a:b", {"a": "keyword"}), [], now=now)


SIGMA = "title: t\nlogsource:\n  product: windows\ndetection:\n  s:\n    a: {}\n  condition: s\n"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("dsl", '{"term": {"a": ' + "9" * 5000 + "}}"),
        ("eql", "any where a == " + "9" * 5000),
        ("eql", "any where a == " + "9" * 400),
        ("eql", "any where a == 1e999"),
        ("esql", "from x | where a == " + "9" * 5000),
        ("sigma", SIGMA.format(".inf")),
        ("sigma", SIGMA.format(".nan")),
        ("sigma", SIGMA.format("0x" + "f" * 400)),
        ("sigma", SIGMA.format("!!binary aGk=")),
    ],
)
def test_a_number_that_nothing_holds_is_refused(language: str, text: str) -> None:
    with pytest.raises(ConverterError):
        parse(language, text, {"a": "long"})
