"""Dates: what Elasticsearch makes of documents' values and of literals in queries."""

from __future__ import annotations

import pytest

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
