"""Scalar expressions inside a `Script` atom: what EQL's functions, arithmetic and comparisons of fields compute.

Null propagates through everything but `Logical` and null tests; the atom is true only if the value is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dc_field
from typing import TypeAlias

from converter.diagnostics import Span
from converter.tree.field import Field
from converter.tree.glob import Fold


def _span() -> Span | None:
    return dc_field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; None is null."""

    value: str | int | float | bool | None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One value of the field, or null if it has none."""

    field: Field
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Call:
    """A function by its canonical name (`length`, `startsWith`, `concat`, …) or an operator on strings."""

    name: str
    args: tuple[Expr, ...]
    fold: Fold = "none"
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`op` is one of `+ - * / %` or, on two values, a comparison `== != < <= > >=`; null on null."""

    op: str
    left: Expr
    right: Expr
    fold: Fold = "none"
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Negation:
    """Three-valued not: null stays null."""

    item: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Logical:
    """Three-valued `and` / `or`."""

    op: str
    items: tuple[Expr, ...]
    span: Span | None = _span()


Expr: TypeAlias = Literal | FieldValue | Call | Arithmetic | Negation | Logical
