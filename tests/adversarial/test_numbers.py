"""Numbers at the ends of their types, and one number read by several types: a proof must not take them for the same."""

from __future__ import annotations

from typing import Any

import pytest

from converter import compare, match, parse
from converter.matching import matches

FIELDS = {
    "properties": {
        "unsigned": {"type": "unsigned_long"},
        "byte": {"type": "byte"},
        "single": {"type": "float"},
        "half": {"type": "half_float"},
        "double": {"type": "double", "fields": {"single": {"type": "float"}, "half": {"type": "half_float"}}},
        "scaled": {"type": "scaled_float", "scaling_factor": 100},
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
    ("double: 0", 'double: "-0.0"', {"double": -0.0}),
    ("double < 0", "double <= -5e-324", {"double": "-0.0"}),
    ("single >= 0", 'single >= "-0.0"', {"single": [-0.0]}),
    ("half < 0", 'half < "-0.0"', {"half": -1e-9}),
    ("half > 0.1", "half > 0.099975", {"half": 0.1}),
    ("scaled >= 1.234", "scaled >= 1.23", {"scaled": 1.23}),
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
    ("half >= 94.118", "half > 94.118"),
    ("double < 0", 'double <= "-0.0"'),
    ("half > 94.118", "half > 94.12"),
    ("half: 94.118", "half: 94.125"),
    ("scaled >= 1.234", "scaled > 1.23"),
    ("scaled <= 0.291", "scaled < 0.3"),
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


ZEROS: list[dict[str, Any]] = [{"n": 0}, {"n": -0.0}, {"n": "-0.0"}, {"n": -1}, {"n": 5e-324}]


@pytest.mark.parametrize("language", FORMS)
def test_minus_zero_lies_below_zero(language: str) -> None:
    """An index of fractions orders them by their bits (seen on a node)."""
    assert match(parse(language, FORMS[language].format("0.0"), {"n": "double"}), ZEROS) == [(0,)]


BELOW = [("n < 0", [1, 2, 3]), ("n <= 0", [0, 1, 2, 3]), ("n > 0", [4]), ("n >= 0", [0, 4])]


@pytest.mark.parametrize(("text", "hits"), BELOW)
def test_ranges_that_end_at_zero(text: str, hits: list[int]) -> None:
    for query in (
        parse("kuery", text, {"n": "double"}),
        parse("eql", f"any where {text}", {"n": "double"}),
        parse("esql", f"from x | where {text}", {"n": "double"}),
    ):
        assert [hit[0] for hit in match(query, ZEROS)] == hits
        assert compare(query, parse("kuery", text, {"n": "double"})).relation in ("equivalent", "narrower", "broader")


COMPUTED = [
    ("case(n == 0, true, false)", [0, 1, 2]),
    ("case(n < 0, true, false)", [3]),
    ("case(n >= -0.0, true, false)", [0, 1, 2, 4]),
    ("case(n in (0.0, 7.5), true, false)", [0]),
    ("case(n in (-0.0, 7.5), true, false)", [1, 2]),
    ("n + 0 == 0", [0, 1, 2]),
]


@pytest.mark.parametrize(("text", "hits"), COMPUTED)
def test_esql_takes_both_zeros_for_one_where_the_index_is_not_asked(text: str, hits: list[int]) -> None:
    query = parse("esql", f"from x | where {text}", {"n": "double"})
    assert [hit[0] for hit in match(query, ZEROS)] == hits
    tree = query.extra.get("predicate")
    if tree is not None:
        assert [i for i, event in enumerate(ZEROS) if matches(tree, event)] == hits


def test_only_the_values_of_a_half_float_are_rounded_to_16_bits() -> None:
    """0.1 is kept as 0.0999755859375; an end of a range keeps 32 bits (seen on a node)."""
    fields, events = {"n": "half_float"}, [{"n": 0.1}]
    found = {text: len(match(parse("kuery", text, fields), events)) for text in ("n: 0.1", "n >= 0.1", "n < 0.1")}
    assert found == {"n: 0.1": 1, "n >= 0.1": 0, "n < 0.1": 1}
