"""Sigma YAML: several documents in a file, values as written, and the text that the Sigma parser gets."""

from __future__ import annotations

import pytest

import converter
from converter.diagnostics import ParseError, Span
from converter.documents import loads, rules_of, validate
from converter.porting import rule_query
from tests.documents.samples import SIGMA

CORRELATION = """\
title: Many
name: many
correlation:
    type: event_count
    rules: tool
    group-by: [host]
    timespan: 5m
    condition: {gte: 10}
"""


def test_dates_and_numbers_with_dots_stay_the_text_that_was_written() -> None:
    [document] = loads(SIGMA + "x_seen: 2024-05-31T10:00:00Z\n4688: y\n", "sigma")
    assert document.data["date"] == "2024-05-31"
    assert document.data["x_seen"] == "2024-05-31T10:00:00Z"
    assert document.data["4688"] == "y"


def test_custom_attributes_are_allowed() -> None:
    [document] = loads(SIGMA + "elastic: {risk_score: 47}\n", "sigma")
    assert validate(document) == []


def test_each_document_of_a_file_is_a_rule_with_a_text_of_its_own() -> None:
    first, second = loads(SIGMA + "---\n" + SIGMA.replace("Tool", "Other"), "sigma")
    assert first.siblings == (first, second)
    source = second.query_source()
    assert source is not None and source.text.startswith("title: Other") and source.outer is not None
    assert source.outer[source.offset :].startswith(source.text)
    other = first.query_source()
    assert other is not None and "Other" not in other.text


def test_a_correlation_gets_the_whole_file() -> None:
    rule, correlation = loads(SIGMA + "---\n" + CORRELATION, "sigma")
    assert (rule.type, correlation.type) == ("rule", "correlation")
    assert validate(correlation) == []
    source = correlation.query_source()
    assert source is not None and "Tool Run By" in source.text


def test_global_documents_are_merged_into_those_after_them() -> None:
    text = "action: global\ntitle: T\nlogsource: {product: windows}\nlevel: low\n---\n"
    parts = "detection: {a: {b: 1}, condition: a}\n---\nlevel: high\ndetection: {a: {b: 2}, condition: a}\n"
    first, second = loads(text + parts, "sigma")
    assert (first.data["title"], first.data["level"], second.data["level"]) == ("T", "low", "high")
    assert second.data["detection"]["a"] == {"b": 2}
    assert validate(first) == validate(second) == []


def test_merge_keys_and_anchors_are_followed() -> None:
    text = SIGMA.replace(
        "    selection:\n", "    base: &base {User: x}\n    other: {<<: *base, Id: 1}\n    selection:\n"
    )
    [document] = loads(text, "sigma")
    assert document.data["detection"]["other"] == {"User": "x", "Id": 1}


@pytest.mark.parametrize("bomb", ["a: &a [x, x]\n", "[" * 3000, "- " * 3000, "? " * 3000])
def test_a_file_that_unfolds_without_end_is_an_error_or_read_quickly(bomb: str) -> None:
    levels = "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
        for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    try:
        loads(bomb + (levels if bomb.startswith("a") else ""), "sigma")
    except Exception as error:
        from converter.diagnostics import ConverterError

        assert isinstance(error, ConverterError)


def test_a_key_that_is_no_text_is_an_error() -> None:
    with pytest.raises(ParseError, match="a key is not plain text"):
        loads("? [a]\n: b\n", "sigma")


def test_a_filter_applies_to_the_rule_of_its_file_that_it_names_and_to_no_other() -> None:
    rule = "title: {0}\nname: {0}\nlogsource: {{product: windows}}\ndetection:\n  s: {{a: {0}}}\n  condition: s\n"
    filter_ = "title: F\nlogsource: {product: windows}\nfilter:\n  rules: [x]\n  s: {b: c}\n  condition: not s\n"
    text = "---\n".join([rule.format("x"), filter_, rule.format("y")])
    first, second, third = loads(text, "sigma")
    assert rules_of([first, second, third]) == [first, third]
    for document, hit, missed in ((first, {"a": "x"}, {"a": "x", "b": "c"}), (third, {"a": "y", "b": "c"}, {"a": "x"})):
        query = rule_query(document)
        assert converter.matches(query, hit) and not converter.matches(query, missed)
    place = first.query_source()
    assert place is not None and place.locate(Span(text.index("a: x"), text.index("a: x") + 1)).line == 5
