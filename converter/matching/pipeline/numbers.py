"""Functions of numbers. A result that is not finite or does not fit its type is null."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce

from converter.matching.pipeline.functions import Body, Call, define, plain
from converter.matching.pipeline.types import DATES, Value, fit, wider


def _double(body: Callable[..., float]) -> Body:
    def run(*numbers: float) -> Value:
        try:
            found = body(*map(float, numbers))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None
        return found if math.isfinite(found) else None

    return run


def _log(first: float, second: float | None = None) -> float:
    if second is None:
        return math.log(first)
    if first <= 0 or first == 1 or second <= 0:
        raise ValueError
    return math.log(second) / math.log(first)


for _name, _body in {
    "sqrt": math.sqrt, "cbrt": math.cbrt, "exp": math.exp, "log10": math.log10, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan, "sinh": math.sinh, "cosh": math.cosh,
    "tanh": math.tanh, "to_degrees": math.degrees, "to_radians": math.radians,
}.items():  # fmt: skip
    plain(_name, "numeric", "double", _double(_body), "each" if _name.startswith("to_") else "single")

plain("log", "numeric, numeric", "double", _double(_log), required=1)
plain("pow", "numeric, numeric", "double", _double(math.pow))
plain("atan2", "numeric, numeric", "double", _double(math.atan2))
plain("hypot", "numeric, numeric", "double", _double(math.hypot))
plain("copy_sign", "numeric, numeric", "double", _double(math.copysign))
plain("scalb", "numeric, whole", "double", _double(lambda number, power: math.ldexp(number, int(power))))
plain("signum", "numeric", "double", _double(lambda number: float((number > 0) - (number < 0))))
plain("pi", "", "double", lambda: math.pi)
plain("e", "", "double", lambda: math.e)
plain("tau", "", "double", lambda: math.tau)


def same_number(types: Sequence[str]) -> str:
    """The type of the argument."""
    return types[0] if types[0] != "null" else "integer"


@define("abs", "numeric", same_number)
def _abs(call: Call) -> Body:
    kind = call.types[0]
    return lambda number: fit(abs(number), kind)


def _whole(change: Callable[[float], int]) -> Callable[[Call], Body]:
    """A whole number stays what it is, several too."""

    def build(call: Call) -> Body:
        if call.types[0] != "double":
            return lambda value: value
        return lambda value: None if value is None or isinstance(value, tuple) else float(change(value))

    return build


define("ceil", "numeric", same_number, "whole")(_whole(math.ceil))
define("floor", "numeric", same_number, "whole")(_whole(math.floor))


@define("round", "numeric, whole", same_number, "whole", required=1)
def _round(call: Call) -> Body:
    """Half away from zero, on the decimal digits of the number."""
    kind = call.types[0]
    if len(call.types) == 1 and kind != "double":
        return lambda value: value

    def body(number: Value, digits: Value = 0) -> Value:
        if not isinstance(number, int | float) or not isinstance(digits, int):
            return None
        if digits >= 0 and (not isinstance(number, float) or abs(number) >= 2**52):
            return number
        exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
        try:
            found = exact.scaleb(digits).quantize(Decimal(1), ROUND_HALF_UP).scaleb(-digits)
        except ArithmeticError:
            return number
        return float(found) if isinstance(number, float) else fit(int(found), kind)

    return body


def _widest(types: Sequence[str]) -> str:
    kinds = [kind for kind in types if kind != "null"]
    if any(kind in DATES for kind in kinds):
        return kinds[0]
    return reduce(wider, kinds, "integer")


@define("round_to", "date|numeric, date|numeric", _widest, variadic=True)
def _round_to(call: Call) -> Body:
    """The greatest of the points that is not above the value; below all, the least."""
    kind = _widest(call.types)
    if kind in DATES or any(each in DATES for each in call.types):
        call.alike()
    if not all(call.known[1:]):
        raise call.fail("the points of ROUND_TO must be constant")

    def body(value: float, *points: float) -> Value:
        found = max((point for point in points if point <= value), default=min(points))
        return float(found) if kind == "double" else found

    return body
