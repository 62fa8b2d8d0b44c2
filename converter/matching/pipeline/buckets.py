"""BUCKET: intervals of numbers or dates, given by their width or by how many there should be at most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from converter.diagnostics import ParseError
from converter.matching.pipeline import calendar
from converter.matching.pipeline.calls import check_count
from converter.matching.pipeline.code import Code, mismatch, single
from converter.matching.pipeline.columns import Row
from converter.matching.pipeline.conversions import from_literal
from converter.matching.pipeline.types import DATES, INTERVALS, NUMBERS, Value
from converter.tree.pipeline import Function

if TYPE_CHECKING:
    from converter.matching.pipeline.compiler import Compiler

_WIDTHS = (
    (1, "millisecond"), (10, "millisecond"), (50, "millisecond"), (100, "millisecond"), (1, "second"), (5, "second"),
    (10, "second"), (30, "second"), (1, "minute"), (5, "minute"), (10, "minute"), (30, "minute"), (1, "hour"),
    (3, "hour"), (12, "hour"), (1, "day"), (1, "week"), (1, "month"), (1, "quarter"), (1, "year"),
)  # fmt: skip


def compile_bucket(compiler: Compiler, item: Function) -> Code:
    """The start of the bucket of a row's value."""
    if len(item.args) == 3 or not 2 <= len(item.args) <= 4:
        check_count(item, 2, 2)
    code = compiler.compile(item.args[0])
    rest = [compiler.compile(arg) for arg in item.args[1:]]
    if not all(other.constant for other in rest):
        raise ParseError("the arguments of BUCKET behind the first must be constant", span=item.span)
    if code.type in DATES:
        return _dates(item, code, rest)
    if code.type not in NUMBERS | {"null"}:
        raise compiler.wanted(item.args[0], code, "long", f"BUCKET takes numbers or dates, found {code.type}")
    return _numbers(code, rest)


def _numbers(code: Code, rest: list[Code]) -> Code:
    width = float(rest[0].value())
    if len(rest) == 3:
        precise = (float(rest[2].value()) - float(rest[1].value())) / width
        power = 10.0 ** math.ceil(math.log10(precise))
        width = power / 2 if precise < power / 2 else power
    run = code.run

    def test(row: Row) -> Value:
        value = single(run(row))
        return None if value is None else math.floor(value / width) * width

    return Code("double", test)


def _dates(item: Function, code: Code, rest: list[Code]) -> Code:
    if rest[0].type in INTERVALS:
        amount, unit = rest[0].value().amount, rest[0].value().unit
    elif len(rest) == 3:
        amount, unit = _width(int(rest[0].value()), _instant(item, rest[1]), _instant(item, rest[2]))
    else:
        raise mismatch("BUCKET of a date takes an interval, or a count with two ends", item.span)
    run, nanos = code.run, code.type == "date_nanos"

    def start(row: Row) -> Value:
        value: Any = single(run(row))
        if value is None:
            return None
        found = calendar.truncate(value // 10**6 if nanos else value, amount, unit)
        return found * 10**6 if nanos and found is not None else found

    return Code(code.type, start)


def _instant(item: Function, code: Code) -> int:
    value = code.value()
    if isinstance(value, str):
        value = from_literal(value, "date")
    if not isinstance(value, int):
        raise mismatch("the ends of BUCKET must be dates", item.span)
    return value


def _width(count: int, low: int, high: int) -> tuple[int, str]:
    """The narrowest of the round widths of which at most `count` cover the range."""
    for amount, unit in _WIDTHS:
        if _fits(count, low, high, amount, unit):
            return amount, unit
    return _WIDTHS[-1]


def _fits(count: int, low: int, high: int, amount: int, unit: str) -> bool:
    if unit in calendar.MILLIS and (high - low) / (amount * calendar.MILLIS[unit]) > count + 1:
        return False
    at = calendar.truncate(low, amount, unit)
    used = 0
    while at is not None and at < high:
        used += 1
        if used > count:
            return False
        at = calendar.add(at, amount, unit)
    return True
