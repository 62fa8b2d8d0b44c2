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
