"""Ends of ranges, numbers, times and patterns of ES|QL as the predicate tree has them."""

from __future__ import annotations

from typing import Any

from converter.diagnostics import UnsupportedError
from converter.matching.pipeline.calls import UNITS
from converter.matching.pipeline.types import NUMBERS
from converter.tree import ANY, NEVER, ONE, DateMath, Field, Node, Range, Term, Token, merge_tokens
from converter.tree.pipeline import Expression, Function, Interval, Operation
from converter.tree.zero import MINUS_ZERO

_UNITS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w", "month": "M", "year": "y"}
_EXACT = 2**53


def refuse(message: str, item: Expression) -> UnsupportedError:
    """The error that a part of a query has no predicate."""
    return UnsupportedError(message, span=getattr(item, "span", None))


def bound(field: Field, op: str, value: Any, item: Expression) -> Node:
    """A comparison with a constant."""
    match op:
        case "==":
            if isinstance(value, DateMath):
                return Range(field, value, value, span=item.span)
            return NEVER if value is None else Term(field, value, span=item.span)
        case "<" | "<=":
            return Range(field, None, value, high_open=op == "<", span=item.span)
    return Range(field, value, None, low_open=op == ">", span=item.span)


def either_zero(field: Field, op: str, item: Expression) -> Node:
    """A comparison with 0 that the index does not make: -0.0 and 0.0 are then one number."""
    if op == "==":
        return Range(field, MINUS_ZERO, 0.0, span=item.span)
    return bound(field, op, MINUS_ZERO if op in ("<", ">=") else 0.0, item)


def number(kind: str | None, value: Any, item: Expression) -> Any:
    """A number as the tree compares it: whole where it is, since a long is then compared exactly."""
    if kind not in NUMBERS or isinstance(value, bool) or not isinstance(value, float) or kind == "double":
        return value
    if abs(value) >= _EXACT:
        raise refuse("a whole number beyond 2^53 is compared as a double", item)
    return int(value) if value.is_integer() else value


def relative(item: Expression) -> str | None:
    """`NOW() - 5 minutes` as date maths."""
    match item:
        case Function(name="now", args=()):
            return "now"
        case Operation(op="+" | "-" as op, left=left, right=Interval(amount=amount, unit=unit)):
            base = relative(left)
            name = UNITS[unit]
            if base is not None and name in _UNITS and amount >= 0:
                return f"{base}{op}{amount}{_UNITS[name]}"
    return None


def regex_tokens(pattern: str) -> tuple[Token, ...] | None:
    """The glob that a regular expression is, or None."""
    from converter.tree.regex import ANY_TEXT, ONE_CHAR, Cat, Chars, parse_text

    rx = parse_text(pattern, "lucene", "none", False, False)
    out: list[Token] = []
    for part in rx.items if isinstance(rx, Cat) else (rx,):
        if part == ANY_TEXT:
            out.append(ANY)
        elif part == ONE_CHAR:
            out.append(ONE)
        elif isinstance(part, Chars) and len(part.chars) == 1 and part.chars[0][0] == part.chars[0][1]:
            out.append(chr(part.chars[0][0]))
        else:
            return None
    return merge_tokens(out)
