"""Functions of dates. An instant is milliseconds since 1970 (`date`) or nanoseconds (`date_nanos`), always UTC."""

from __future__ import annotations

from typing import Any

from converter.diagnostics import FieldTypeError, UnsupportedError
from converter.matching.pipeline import calendar
from converter.matching.pipeline.functions import Body, Call, define, plain
from converter.matching.pipeline.types import DATES, Value, date_text, fit


def _milli(value: int, kind: str) -> int:
    return value // 10**6 if kind == "date_nanos" else value


@define("now", "", "date")
def _now(call: Call) -> Body:
    now = call.now
    return lambda: now


@define("date_trunc", "interval, date", lambda types: types[1] if types[1] != "null" else "date")
def _date_trunc(call: Call) -> Body:
    nanos = call.types[1] == "date_nanos"

    def body(interval: Any, instant: int) -> Value:
        if interval.amount <= 0:
            raise call.fail("an interval must be greater than zero")
        found = calendar.truncate(_milli(instant, call.types[1]), interval.amount, interval.unit)
        return found * 10**6 if nanos and found is not None else found

    return body


@define("date_diff", "string, date, date", "integer")
def _date_diff(call: Call) -> Body:
    constant = call.constant(0)
    if isinstance(constant, str) and calendar.difference_unit(constant) is None:
        raise call.fail(f"`{constant}` is no unit of DATE_DIFF", help="such as seconds, minutes, hours, days")

    def body(name: str, start: int, end: int) -> Value:
        unit = calendar.difference_unit(name)
        if unit is None:
            return None
        found = calendar.difference(unit, _milli(start, call.types[1]), _milli(end, call.types[2]))
        return None if found is None else fit(found, "integer")

    return body


@define("date_extract", "string, date", "long")
def _date_extract(call: Call) -> Body:
    def body(name: str, instant: int) -> Value:
        try:
            found = calendar.part(name.lower(), _milli(instant, call.types[1]))
        except OverflowError:
            return None
        return found

    constant = call.constant(0)
    if isinstance(constant, str) and body(constant, 0) is None:
        raise call.fail(f"`{constant}` is no part of a date", help="such as hour_of_day, day_of_week, month_of_year")
    return body


@define("date_format", "string|date, date", "keyword", required=1)
def _date_format(call: Call) -> Body:
    kind = call.types[-1]
    if len(call.types) == 2 and call.types[0] in DATES:
        raise FieldTypeError("the pattern of DATE_FORMAT comes before the date", span=call.span)
    if len(call.types) == 1 and kind not in DATES:
        raise FieldTypeError(f"DATE_FORMAT takes a date, found {kind}", span=call.span)

    def body(*args: Any) -> Value:
        instant = args[-1]
        if len(args) == 1:
            return date_text(instant, kind)
        try:
            return calendar.formatted(args[0], _milli(instant, kind))
        except calendar.PatternError as error:
            raise call.fail(f"the letter `{error}` of a date pattern is not known") from None
        except OverflowError:
            return None

    return body


@define("date_parse", "string, string", "date", required=1)
def _date_parse(call: Call) -> Body:
    def body(*args: str) -> Value:
        if len(args) == 1:
            return calendar.read_instant(args[0])
        if not args[1]:
            return None
        try:
            return calendar.read_by(calendar.reader(args[0]), args[1])
        except calendar.PatternError as error:
            if not call.known[0]:
                return None
            raise UnsupportedError(
                f"the letter `{error}` in a pattern of DATE_PARSE is not supported", span=call.span
            ) from None

    return body


plain("day_name", "date", "keyword", lambda instant: calendar.formatted("EEEE", instant))
plain("month_name", "date", "keyword", lambda instant: calendar.formatted("MMMM", instant))
