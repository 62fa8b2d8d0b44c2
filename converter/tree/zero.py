"""The zero below zero: an index of fractions keeps -0.0 apart from 0.0, and below it."""

from __future__ import annotations

import math
from typing import Any


class MinusZero(float):
    """Equals itself only, lies below 0 and above every negative number; arithmetic makes a plain zero of it."""

    __slots__ = ()

    def __new__(cls) -> MinusZero:
        return super().__new__(cls, -0.0)

    def __getnewargs__(self) -> tuple[()]:  # type: ignore[override]
        return ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MinusZero)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, MinusZero)

    def __hash__(self) -> int:
        return hash("-0.0")

    def __lt__(self, other: Any) -> bool:
        return not isinstance(other, MinusZero) and bool(other >= 0)

    def __le__(self, other: Any) -> bool:
        return isinstance(other, MinusZero) or bool(other >= 0)

    def __gt__(self, other: Any) -> bool:
        return not isinstance(other, MinusZero) and bool(other < 0)

    def __ge__(self, other: Any) -> bool:
        return isinstance(other, MinusZero) or bool(other < 0)


MINUS_ZERO = MinusZero()


def signed(number: float) -> float:
    """The number with its zeros told apart."""
    return MINUS_ZERO if number == 0 and math.copysign(1, number) < 0 else number
