"""Constants that Elasticsearch's optimiser moves to the right of a comparison: `n + 1 > 5` is asked as `n > 4`.

What is computed no longer overflows then, and the index can be asked."""

from __future__ import annotations

from dataclasses import replace

from converter.matching.pipeline.columns import Scope
from converter.matching.pipeline.types import RANGES, WHOLE
from converter.tree.pipeline import Column, Constant, Expression, Negative, Operation

_SWAP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_INVERSE = {"+": "-", "-": "+", "*": "/", "/": "*"}


def moved(item: Expression, scope: Scope) -> Expression:
    """The comparison as it is asked; anything else as it is."""
    while isinstance(item, Operation) and item.op in _SWAP:
        found = _step(item, scope)
        if found is None:
            return item
        item = found
    return item


def _step(item: Operation, scope: Scope) -> Operation | None:
    """The comparison after one constant was moved; None where none can be."""
    if _number(item.left) is not None and not isinstance(item.right, Constant):
        return replace(item, op=_SWAP[item.op], left=item.right, right=item.left)
    right = _number(item.right)
    if right is None:
        return None
    match item.left:
        case Negative(item=inner) if not isinstance(inner, Constant):
            opposite = _constant(-right, item.right)
            return None if opposite is None else replace(item, op=_SWAP[item.op], left=inner, right=opposite)
        case Operation(op=op, left=left, right=other) if op in _INVERSE:
            if _number(left) is not None and op in "+*":
                left, other = other, left
            return _without(item, op, left, other, right, scope)
    return None


def _without(
    item: Operation, op: str, left: Expression, other: Expression, right: int | float, scope: Scope
) -> Operation | None:
    """The comparison of `left op other` with the constant, asked of one of them. Fractions are not moved."""
    moving, place = _number(other), "right"
    if moving is None:
        moving, place = _number(left), "left"
    if not isinstance(moving, int) or not isinstance(right, int):
        return None
    kind = _kind(left if place == "right" else other, scope)
    if kind is None or not _is_safe(op, moving, right, kind):
        return None
    if place == "left" and op == "/":  # 6 / x > 2 becomes 2.0 * x < 6, whatever the sign of x
        product = Operation("*", other, Constant(float(right), "double", span=item.span), span=item.span)
        return replace(item, op=_SWAP[item.op], left=product, right=left)
    if place == "left":  # 1 - x > 5
        result, left, sign = _constant(moving - right, item.right), other, -1
    else:
        result, sign = _computed(_INVERSE[op], right, moving, kind, item.right), -1 if op in "*/" and moving < 0 else 1
    if result is None:
        return None
    return replace(item, op=item.op if sign > 0 else _SWAP[item.op], left=left, right=result)


def _is_safe(op: str, moving: int, right: int, kind: str) -> bool:
    if op in "+-":
        return kind in WHOLE
    if kind in WHOLE:
        return op == "*" and moving != 0 and right % moving == 0
    return moving != 0


def _computed(op: str, right: int, moving: int, kind: str, at: Expression) -> Constant | None:
    if op in "+-":
        return _constant(right + moving if op == "+" else right - moving, at)
    if kind in WHOLE:
        return _constant(right // moving, at)
    value = float(right) / moving if op == "/" else float(right) * moving
    return Constant(value, "double", span=at.span)


def _number(item: Expression) -> int | float | None:
    match item:
        case Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case Negative(item=Constant(value=int() | float() as value)) if not isinstance(value, bool):
            return -value
    return None


def _constant(value: int | float, at: Expression) -> Constant | None:
    """The number in the narrower of the types that hold it; None for one that no type holds."""
    if isinstance(value, float):
        return Constant(value, "double", span=at.span)
    for kind in ("integer", "long"):
        low, high = RANGES[kind]
        if low <= value <= high:
            return Constant(value, kind, span=at.span)
    return None


def _kind(item: Expression, scope: Scope) -> str | None:
    """The type of a column; of what is computed of whole numbers, too."""
    match item:
        case Column(name=name):
            column = scope.find(name)
            return column.type if column is not None and column.type in (*WHOLE, "double") else None
        case Negative(item=inner):
            return _kind(inner, scope)
        case Operation(op=op, left=left, right=right) if op in _INVERSE or op == "%":
            kinds = {_kind(part, scope) if _number(part) is None else "integer" for part in (left, right)}
            return None if None in kinds else "double" if "double" in kinds else "long"
    return None
