"""Arithmetic: whole numbers are cut and overflow to null, dates take intervals."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from converter.diagnostics import Span
from converter.matching.pipeline import calendar
from converter.matching.pipeline.code import Code, Period, fixed, folded, mismatch, single, widened
from converter.matching.pipeline.columns import Row
from converter.matching.pipeline.types import DATES, INTERVALS, NUMBERS, Value, fit, wider
from converter.tree.pipeline import Constant, Expression, Operation

if TYPE_CHECKING:
    from converter.matching.pipeline.compiler import Compiler

PERIODS = frozenset(("day", "week", "month", "quarter", "year"))


def arithmetic(compiler: Compiler, item: Operation) -> Code:
    a, b = compiler.compile(item.left), compiler.compile(item.right)
    if item.op in "+-" and {a.type, b.type} & (INTERVALS | DATES):
        found = _dates(item, a, b)
        if found is not None:
            return found
    for side, code in ((item.left, a), (item.right, b)):
        if code.type not in NUMBERS and code.type != "null":
            raise compiler.wanted(side, code, "long", f"`{item.op}` takes numbers, found {code.type}")
    if a.type == b.type == "null":
        return fixed(None, "integer")
    kind = wider(*(code.type if code.type != "null" else "integer" for code in (a, b)))
    if "null" in (a.type, b.type):
        return fixed(None, kind)
    a, b = widened(a, kind), widened(b, kind)
    compute = _COMPUTE[item.op]
    left, right = a.run, b.run

    def run(row: Row) -> Value:
        x, y = single(left(row)), single(right(row))
        if x is None or y is None:
            return None
        try:
            found = compute(x, y)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        return fit(found, kind)

    return folded(Code(kind, run), a.constant and b.constant)


def negative(compiler: Compiler, item: Expression, span: Span | None) -> Code:
    """`-item`; the opposite of 0.0 is -0.0."""
    code = compiler.compile(item)
    if code.type != "double":
        return arithmetic(compiler, Operation("-", Constant(0, "integer"), item, span=span))
    run = code.run

    def opposite(row: Row) -> Value:
        value = single(run(row))
        return None if value is None else -float(value)

    return folded(Code("double", opposite), code.constant)


def _dates(item: Operation, a: Code, b: Code) -> Code | None:
    if a.type in INTERVALS and b.type in INTERVALS and a.constant and b.constant:
        x, y = a.value(), b.value()
        if x.unit in calendar.MILLIS and y.unit in calendar.MILLIS:
            shift = y.amount if item.op == "+" else -y.amount
            total = x.amount * calendar.MILLIS[x.unit] + shift * calendar.MILLIS[y.unit]
            return fixed(Period(total, "millisecond"), "time_duration")
    if b.type in DATES and item.op == "+":
        a, b = b, a
    if a.type == "null" or b.type == "null":
        return fixed(None, "date")
    if a.type not in DATES or b.type not in INTERVALS or not b.constant:
        raise mismatch(f"`{item.op}` cannot take {a.type} and {b.type}", item.span, "add an interval such as 1 day")
    unit = b.value().unit
    amount = b.value().amount if item.op == "+" else -b.value().amount
    run, nanos = a.run, a.type == "date_nanos"

    def shifted(row: Row) -> Value:
        value = single(run(row))
        if value is None:
            return None
        if not nanos:
            return calendar.add(value, amount, unit)
        whole, rest = divmod(value, 10**6)
        found = calendar.add(whole, amount, unit)
        return None if found is None else found * 10**6 + rest

    return folded(Code(a.type, shifted), a.constant)


def _divide(x: Any, y: Any) -> Any:
    if isinstance(x, float):
        return x / y
    found = abs(x) // abs(y)
    return found if (x >= 0) == (y >= 0) else -found


def _remainder(x: Any, y: Any) -> Any:
    if isinstance(x, float):
        return math.fmod(x, y)
    found = abs(x) % abs(y)
    return found if x >= 0 else -found


_COMPUTE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
}


def interval(amount: int, unit: str) -> Code:
    """A span of time, its unit as ES|QL spells it."""
    from converter.matching.pipeline.calls import UNITS

    name = UNITS[unit]
    return fixed(Period(amount, name), "date_period" if name in PERIODS else "time_duration")
