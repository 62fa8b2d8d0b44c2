"""Numbers at the ends of their types, and one number read by several types: a proof must not take them for the same."""

from __future__ import annotations

from typing import Any

import pytest

from converter import compare, match, parse

FIELDS = {
    "properties": {
        "unsigned": {"type": "unsigned_long"},
        "byte": {"type": "byte"},
        "single": {"type": "float"},
        "half": {"type": "half_float"},
        "double": {"type": "double", "fields": {"single": {"type": "float"}, "half": {"type": "half_float"}}},
    }
}

DIFFERENT = [
    ("unsigned >= 9223372036854775808", "unsigned:* and not unsigned:*", {"unsigned": 9223372036854775809}),
    ("unsigned > 5", "unsigned > 5 and unsigned < 9223372036854775809", {"unsigned": 2**64 - 1}),
    ("double:1.5", "double.single:1.5", {"double": 1.50000000001}),
    ("double > 1.5", "double.single > 1.5", {"double": 1.50000000001}),
    ("double.half:1.5", "double.single:1.5", {"double": 1.50001}),
    ("double > 1.0e308 and double < 1.5e308", "double:* and not double:*", {"double": 1.2e308}),
    ("single < -1.0e38", "single:* and not single:*", {"single": -2e38}),
    ("half < -60000", "half:* and not half:*", {"half": -65000}),
]


@pytest.mark.parametrize(("first", "second", "event"), DIFFERENT)
def test_queries_that_one_number_tells_apart_are_not_equivalent(first: str, second: str, event: dict[str, Any]) -> None:
    one, other = parse("kuery", first, FIELDS), parse("kuery", second, FIELDS)
    assert match(one, [event]) != match(other, [event])
    assert compare(one, other).relation != "equivalent"


SAME = [
    ("byte:*", "byte >= -128 and byte <= 127"),
    ("unsigned:*", "unsigned >= 0"),
    ("single > 1.0e300", "single:* and not single:*"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_a_type_holds_nothing_beyond_its_ends(first: str, second: str) -> None:
    assert compare(parse("kuery", first, FIELDS), parse("kuery", second, FIELDS)).relation == "equivalent"


LARGE = [2**53 + 1, 2**63 - 1, -(2**53) - 1]
FORMS = {
    "kuery": "n: {}",
    "lucene": 'n:"{}"',
    "eql": "any where n == {}",
    "esql": "from x | where n == {}",
    "dsl": '{{"term": {{"n": {}}}}}',
    "sigma": "title: t\nlogsource:\n  product: windows\ndetection:\n  s:\n    n: {}\n  condition: s\n",
}


@pytest.mark.parametrize("number", LARGE)
@pytest.mark.parametrize("language", FORMS)
def test_a_whole_number_that_no_float_holds_is_not_rounded(language: str, number: int) -> None:
    query = parse(language, FORMS[language].format(number), {"n": "long"})
    assert match(query, [{"n": number - 1}, {"n": number}, {"n": number + 1}]) == [(1,)]


@pytest.mark.parametrize("language", FORMS)
def test_the_greatest_unsigned_number_is_not_rounded(language: str) -> None:
    query = parse(language, FORMS[language].format(2**64 - 1), {"n": "unsigned_long"})
    assert match(query, [{"n": 2**64 - 2}, {"n": 2**64 - 1}]) == [(1,)]


@pytest.mark.parametrize("type_", ["float", "half_float"])
@pytest.mark.parametrize("language", ["kuery", "lucene", "eql", "dsl", "sigma"])
def test_a_fraction_is_rounded_as_the_field_rounds_it(language: str, type_: str) -> None:
    query = parse(language, FORMS[language].format(1.05), {"n": type_})
    assert match(query, [{"n": 1.05}, {"n": 1.25}]) == [(0,)]
    assert compare(query, parse("kuery", "n: 1.05", {"n": type_})).relation == "equivalent"


def test_an_end_of_a_range_is_rounded_as_the_field_rounds_it() -> None:
    events = [{"n": 1.05}, {"n": 1.25}, {"n": 0.5}]
    assert match(parse("eql", "any where n > 1.05", {"n": "float"}), events) == [(1,)]
    assert match(parse("eql", "any where n >= 1.05", {"n": "float"}), events) == [(0,), (1,)]
    assert match(parse("eql", "any where n < 1.0e300", {"n": "float"}), events) == [(0,), (1,), (2,)]
    assert match(parse("eql", "any where n > 1.0e300", {"n": "float"}), events) == []
