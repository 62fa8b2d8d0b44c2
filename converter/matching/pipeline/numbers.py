"""Functions of numbers. A result that is not finite or does not fit its type is null."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from converter.matching.pipeline.functions import Body, Call, define, plain
from converter.matching.pipeline.types import Value, fit


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
plain("scalb", "numeric, numeric", "double", _double(lambda number, power: math.ldexp(number, int(power))))
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


def _whole(change: Callable[[float], int]) -> Body:
    return lambda number: float(change(number)) if isinstance(number, float) else number


plain("ceil", "numeric", same_number, _whole(math.ceil))
plain("floor", "numeric", same_number, _whole(math.floor))


@define("round", "numeric, whole", same_number, required=1)
def _round(call: Call) -> Body:
    """Half away from zero, on the decimal digits of the number."""
    kind = call.types[0]

    def body(number: float, digits: int = 0) -> Value:
        if digits >= 0 and (not isinstance(number, float) or abs(number) >= 2**52):
            return number
        exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
        try:
            found = exact.scaleb(digits).quantize(Decimal(1), ROUND_HALF_UP).scaleb(-digits)
        except ArithmeticError:
            return number
        return float(found) if isinstance(number, float) else fit(int(found), kind)

    return body


def _round_to(value: float, *points: float) -> Value:
    """The greatest of the points that is not above the value; below all, the least."""
    return max((point for point in points if point <= value), default=min(points))


plain("round_to", "numeric|date, numeric|date", same_number, _round_to, variadic=True)
