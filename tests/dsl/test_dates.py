"""Dates: what Elasticsearch makes of documents' values and of literals in queries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from converter import compare, match, parse
from converter.matching.dates import DateError, bounds, parse_date, resolve, text_of
from converter.tree import DateMath


def ends(text: str | int | float, **options: object) -> tuple[str, str]:
    low, high = bounds(text, **options)  # type: ignore[arg-type]
    assert isinstance(low, int) and isinstance(high, int)
    return text_of(low), text_of(high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2024", "2024-01-01T00:00:00.000Z", "2024-01-01T23:59:59.999Z"),
        ("2024-03", "2024-03-01T00:00:00.000Z", "2024-03-01T23:59:59.999Z"),
        ("2024-01-02", "2024-01-02T00:00:00.000Z", "2024-01-02T23:59:59.999Z"),
        ("2024-01-02T03", "2024-01-02T03:00:00.000Z", "2024-01-02T03:59:59.999Z"),
        ("2024-01-02T03:04:05+05:00", "2024-01-01T22:04:05.000Z", "2024-01-01T22:04:05.999Z"),
        ("2024-01-02T03:04:05.6789Z", "2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678Z"),
        ("1704164645678", "2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05.678Z"),
        ("2024-02-10||/M", "2024-02-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"),
        ("2024-01-31||+1M", "2024-02-29T00:00:00.000Z", "2024-02-29T00:00:00.000Z"),
        ("2024-01-03||/w", "2024-01-01T00:00:00.000Z", "2024-01-07T23:59:59.999Z"),
        ("2024-03-01||-1d/y", "2024-01-01T00:00:00.000Z", "2024-12-31T23:59:59.999Z"),
    ],
)
def test_a_literal_stands_for_a_span_of_its_granularity_and_a_missing_month_or_day_is_one(
    text: str, low: str, high: str
) -> None:
    assert ends(text) == (low, high)


@pytest.mark.parametrize(
    "text",
    ["", "foo", "2024-1-2", "2024-02-30", "2023-02-29", "2024-01-02T24:00:00", "2024-01-02Z", "2024-13-01",
     "now-1x", "now-", "now/2d", "2024-01-02||-1ms", "2024-01-02T03:04:05.", "2024-01-02T03:04+99:00"],
)  # fmt: skip
def test_what_is_no_date_is_an_error_in_a_query_and_no_value_in_a_document(text: str) -> None:
    with pytest.raises(DateError):
        bounds(text)
    assert parse_date(text) is None


def test_a_time_zone_holds_only_where_the_text_names_none() -> None:
    assert ends("2024-01-02", zone="+05:00")[0] == "2024-01-01T19:00:00.000Z"
    assert ends("2024-07-02", zone="Europe/Berlin")[0] == "2024-07-01T22:00:00.000Z"
    assert ends("2024-01-02T00:00Z", zone="+05:00")[0] == "2024-01-02T00:00:00.000Z"


def test_a_format_replaces_the_default() -> None:
    assert ends("02/01/2024", formats="dd/MM/yyyy||yyyy")[0] == "2024-01-02T00:00:00.000Z"
    assert ends(1704164645, formats="epoch_second") == ("2024-01-02T03:04:05.000Z", "2024-01-02T03:04:05.999Z")
    with pytest.raises(DateError):
        bounds("2024-01-02", formats="yyyy QQQ")


def test_nanoseconds_are_kept_where_the_field_has_them() -> None:
    assert bounds("2024-01-02T03:04:05.678901234Z", nanos=True) == (1704164645678901234, 1704164645678901234)
    assert bounds("1704164645678", nanos=True) == (1704164645678000000, 1704164645678999999)
    assert parse_date("2024-01-02T03:04:05.678999Z") == 1704164645678


def test_a_document_may_give_milliseconds_as_a_number_or_as_text() -> None:
    assert parse_date(1704164645678) == parse_date("1704164645678") == 1704164645678
    assert parse_date(0) == 0
    assert parse_date(2024) == parse_date("2024-01-01")
    assert parse_date(True) is None


def test_now_waits_for_the_clock() -> None:
    low, high = bounds("now-1d/d")
    assert (low, high) == (DateMath("now-1d/d"), DateMath("now-1d/d", round_up=True))
    clock = 1704164645678
    assert text_of(resolve(DateMath("now-1d/d"), clock)) == "2024-01-01T00:00:00.000Z"
    assert text_of(resolve(DateMath("now-1d/d", True), clock)) == "2024-01-01T23:59:59.999Z"
    assert text_of(resolve(DateMath("now/d", False, "+05:00"), clock)) == "2024-01-01T19:00:00.000Z"
    assert resolve(DateMath("now+100y"), clock) > clock


@pytest.mark.parametrize(
    "text", ["2024-01-02T", "2024-01-02T03", "2024-01-02T03:04", "2024-01-02T03Z", "2024-01-02T03:04+01:00"]
)
def test_a_time_of_nanoseconds_has_seconds(text: str) -> None:
    """Seen on a node: a date_nanos field rejects what a date field takes."""
    assert parse_date(text) is not None
    assert parse_date(text, nanos=True) is None
    with pytest.raises(DateError):
        bounds(text, nanos=True)
    assert bounds("2024-01-02", nanos=True) == (1704153600000000000, 1704239999999999999)


@pytest.mark.parametrize(
    ("text", "formats"),
    [("1704067200.1234567", "epoch_millis"), ("1704067200.1234567891", "epoch_second"), ("1.0E18", None),
     ("99999999999999999", "epoch_second"), ("2024-01-01T00Z", "date_optional_time")],
)  # fmt: skip
def test_numbers_have_no_more_digits_than_the_format_counts(text: str, formats: str | None) -> None:
    with pytest.raises(DateError):
        bounds(text, formats=formats)


def test_an_instant_beyond_four_digits_of_a_year_is_written_with_a_sign() -> None:
    assert text_of(10**15) == "+33658-09-27T01:46:40.000Z"
    assert text_of(-(10**14)) == "-1199-02-15T14:13:20.000Z"
    assert text_of(-62_167_219_200_000) == "0000-01-01T00:00:00.000Z"
    assert parse_date("-0001-01-01") == -62_198_755_200_000


FIELDS = {
    "properties": {
        "t": {"type": "date"},
        "es": {"type": "date", "format": "epoch_second"},
        "sd": {"type": "date", "format": "strict_date"},
        "tn": {"type": "date_nanos"},
    }
}
EVENTS = [
    {"t": "2024-01-01", "es": 1704067200, "sd": "2024-01-01", "tn": "2024-01-01"},
    {"t": "1970-01-01T00:00:02.024Z", "es": 2, "sd": "1970-01-01", "tn": "1970-01-01T00:00:00.0015Z"},
    {"t": 2024, "es": 2024, "tn": 1},
]


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({"term": {"t": 2024}}, [1]),
        ({"term": {"t": "2024"}}, [0, 2]),
        ({"range": {"t": {"gt": 2024}}}, [0, 2]),
        ({"range": {"t": {"gt": 1000}}}, [0, 1, 2]),
        ({"terms": {"es": [2000]}}, [1]),
        ({"range": {"es": {"lte": 2.0}}}, []),
        ({"range": {"es": {"gte": 2, "format": "epoch_second"}}}, [0, 1, 2]),
        ({"match": {"sd": 1704067200000}}, [0]),
        ({"term": {"tn": 1}}, [1, 2]),
        ({"range": {"tn": {"gte": 1.5}}}, [0, 1]),
    ],
)
def test_a_number_in_a_query_is_milliseconds_whatever_the_format(query: dict[str, Any], hits: list[int]) -> None:
    assert [hit[0] for hit in match(parse("dsl", json.dumps(query), FIELDS), EVENTS)] == hits


def test_far_dates_are_proven_and_matched() -> None:
    """A text of such a year had no way to be written, and ended in a traceback."""
    one, other = (parse("kuery", f"t {op} 1000000000000000", FIELDS) for op in (">", ">="))
    assert compare(one, other).relation == "broader"
    script = parse("eql", 'any where concat(t, "") == "+33658-09-27T01:46:40.000Z"', FIELDS)
    assert match(script, [{"t": 10**15}]) == [(0,)]
