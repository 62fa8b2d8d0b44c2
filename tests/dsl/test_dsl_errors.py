"""Bad Query DSL: what is wrong, and where in the JSON."""

from __future__ import annotations

import pytest

import converter
from converter.diagnostics import ConverterError, FieldTypeError, ParseError, UnsupportedError

FIELDS = {"k": "keyword", "n": "long", "x": "text", "t": "date", "ip": "ip", "u": "nested", "u.a": "keyword"}


def caught(text: str) -> ConverterError:
    with pytest.raises(ConverterError) as error:
        converter.parse("dsl", text, FIELDS)
    return error.value


@pytest.mark.parametrize(
    ("text", "kind", "part", "column"),
    [
        ("", ParseError, "expected a JSON value", 1),
        ("[]", ParseError, "an array", 1),
        ("{}", ParseError, "empty", 1),
        ('{"term": {"k": "a"}', ParseError, "expected `,` or `}`", 20),
        ('{"term": {"k": "a",}}', ParseError, "key", 20),
        ('{"term": {"k": "a"}} x', ParseError, "end of the text", 22),
        ('{"term": {"k": "a", "k": "b"}}', ParseError, "stands twice", 21),
        ('{"term": {"k": "a\nb"}}', ParseError, "never closed", 16),
        ('{"trem": {"k": "a"}}', ParseError, "no query `trem`", 2),
        ('{"term": {"k": "a"}, "exists": {"field": "k"}}', ParseError, "in one object", 22),
        ('{"term": {"k": null}}', ParseError, "no value", 16),
        ('{"term": {"k": ["a"]}}', ParseError, "an array", 16),
        ('{"term": {"k": {"value": "a", "fold": true}}}', ParseError, "no option `fold`", 31),
        ('{"terms": {"k": "a"}}', ParseError, "array of values", 17),
        ('{"bool": {"must": [], "mustnt": []}}', ParseError, "no option `mustnt`", 23),
        ('{"bool": {"should": {"match_all": {}}, "minimum_should_match": "x"}}', ParseError, None, 64),
        ('{"regexp": {"k": "a(b"}}', ParseError, "regular expression", None),
        ('{"regexp": {"k": {"value": "a", "flags": "SOME"}}}', ParseError, "no flag `SOME`", 42),
        ('{"query_string": {"query": "k:(a"}}', ParseError, "never closed", 31),
        ('{"query_string": {"query": "k:a", "fuzz": 1}}', ParseError, "no option `fuzz`", None),
        ('{"nested": {"path": "k", "query": {"match_all": {}}}}', ParseError, "no nested object", 21),
        ('{"range": {"t": {"gte": "2024-01-01", "time_zone": "moon"}}}', ParseError, "no time zone", 52),
        ('{"term": {"n": "a"}}', FieldTypeError, "no number", 1),
        ('{"term": {"ip": "10.0.0.0/33"}}', FieldTypeError, "no network", 1),
        ('{"range": {"t": {"gte": "2024-13-01"}}}', FieldTypeError, "no date", 1),
        ('{"wildcard": {"n": "1*"}}', FieldTypeError, "takes no wildcard", 1),
        ('{"term": {"n": {"value": 1, "case_insensitive": true}}}', FieldTypeError, "case-insensitively", 1),
        ('{"script": {"script": "true"}}', UnsupportedError, "`script`", 2),
        ('{"fuzzy": {"k": "a"}}', UnsupportedError, "`fuzzy`", 2),
        ('{"terms": {"k": {"index": "i", "id": "1", "path": "p"}}}', UnsupportedError, "another document", 17),
        ('{"match": {"x": {"query": "a b", "fuzziness": "AUTO"}}}', UnsupportedError, "fuzziness", 47),
        ('{"match_phrase": {"x": {"query": "a b", "slop": 2}}}', UnsupportedError, "slop", 49),
    ],
)  # fmt: skip
def test_an_error_says_what_is_wrong_and_where(
    text: str, kind: type[ConverterError], part: str | None, column: int | None
) -> None:
    error = caught(text)
    assert type(error) is kind, error
    assert part is None or part in str(error)
    place = error.diagnostics[0].position
    assert place is not None
    assert column is None or place.column == column


def test_an_error_inside_a_query_string_stands_at_its_character() -> None:
    text = '{\n  "query_string": {\n    "query": "k:a AND )"\n  }\n}'
    place = caught(text).diagnostics[0].position
    assert place is not None
    assert (place.line, place.column) == (3, 23)


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    text = '{"bool": {"must": ' * 20_000 + '{"match_all": {}}' + "}}" * 20_000
    assert "deep" in str(caught(text))


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [(2, "bcd"), ("-1", "bcd"), ("67%", "bcd"), ("-50%", "bcd"), ("1<2", "bcd"), ("3<1", "d"), (0, "abcd"), (4, "")],
)
def test_minimum_should_match_counts_the_clauses_that_hold(spec: str | int, wanted: str) -> None:
    import json

    clauses = [{"term": {"k": value}} for value in "xyz"]
    text = json.dumps({"bool": {"should": clauses, "minimum_should_match": spec}})
    query = converter.parse("dsl", text, FIELDS)
    events = {"a": ["x"], "b": ["x", "y"], "c": ["y", "z"], "d": ["x", "y", "z"]}
    assert "".join(name for name, values in events.items() if converter.matches(query, {"k": values})) == wanted
