"""What an expression compiles to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from converter.diagnostics import FieldTypeError, Span
from converter.matching.pipeline.columns import Row
from converter.matching.pipeline.types import NUMBERS, Value, unpack

Run = Callable[[Row], Value]


@dataclass(frozen=True, slots=True)
class Period:
    """The value of an interval: an amount and its unit in the singular."""

    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class Code:
    """A type and a function of a row. `constant`: the same for every row. An interval's value is a `Period`."""

    type: str
    run: Run
    constant: bool = False

    def value(self) -> Any:
        """The value of a constant."""
        return self.run(Row())


class Retype(Exception):
    """A field that no schema knows stands where its assumed type does not fit: take `type` and compile again."""

    def __init__(self, name: str, type: str, error: FieldTypeError) -> None:
        super().__init__(name)
        self.name = name
        self.type = type
        self.error = error


def fixed(value: Any, kind: str) -> Code:
    """A constant."""
    return Code(kind, lambda row: value, True)


def is_null(code: Code) -> bool:
    """Whether the value is null, known beforehand."""
    return code.constant and code.value() is None


def folded(code: Code, constant: bool) -> Code:
    """The code, computed once if nothing in it depends on the row."""
    return fixed(code.run(Row()), code.type) if constant else code


def single(value: Value) -> Any:
    """The value, null where it is several."""
    return None if isinstance(value, tuple) else value


def widened(code: Code, kind: str) -> Code:
    """A number in a wider type."""
    if kind != "double" or code.type not in NUMBERS or code.type == "double":
        return Code(kind, code.run, code.constant)
    run = code.run

    def convert(row: Row) -> Value:
        value = run(row)
        if isinstance(value, tuple):
            return tuple(float(item) for item in unpack(value))
        return None if value is None else float(value)

    return folded(Code(kind, convert), code.constant)


def mismatch(message: str, span: Span | None, help: str | None = None) -> FieldTypeError:
    return FieldTypeError(message, span=span, help=help)


def negation(code: Code) -> Code:
    """Three-valued NOT."""
    run = code.run

    def test(row: Row) -> Value:
        value = run(row)
        return (not value) if isinstance(value, bool) else None

    return Code("boolean", test, code.constant)
