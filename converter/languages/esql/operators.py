"""Tests of one field by ES|QL's own operators: true or false for one value, null for none and for several."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from converter.matching.dates import text_of as date_text
from converter.matching.pipeline.calls import UNITS
from converter.matching.saying import address_text, network_text
from converter.matching.values import lowercase
from converter.tree import (
    ANY,
    And,
    Cidr,
    DateMath,
    Field,
    Glob,
    Length,
    Node,
    Not,
    Or,
    Range,
    Regex,
    Script,
    Term,
    Token,
    Wild,
    text_of,
)
from converter.tree.expr import Arithmetic, FieldValue
from converter.tree.pipeline import (
    Both,
    Column,
    Constant,
    Either,
    Expression,
    Function,
    Interval,
    Inverse,
    Like,
    OneOf,
    Operation,
)

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_NOW = re.compile(r"now((?:[+-]\d+[smhdwMy])*)")
_STEP = re.compile(r"([+-])(\d+)([smhdwMy])")
_STEP_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "y": "year"}


def operator(node: Node, truth: bool) -> Expression | None:
    """The test as an operator, or its negation; None where no operator says it on one value."""
    match node:
        case Not(item=item):
            return operator(item, not truth)
        case Or(items=items):
            return _any_of(items, truth)
        case And(items=items):
            parts = [operator(item, truth) for item in items]
            return _joined(parts, every=truth)
    found = _test(node)
    return found if truth or found is None else negative(found)


def negative(item: Expression) -> Expression:
    """The three-valued NOT of an operator."""
    match item:
        case Operation(op=op) if op in _NEGATED:
            return Operation(_NEGATED[op], item.left, item.right)
        case Like():
            return Like(item.kind, item.item, item.patterns, not item.negated, item.listed)
        case OneOf():
            return OneOf(item.item, item.values, not item.negated)
    return Inverse(item)


def _joined(parts: Sequence[Expression | None], every: bool) -> Expression | None:
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    return Both(tuple(found)) if every else Either(tuple(found))


def _any_of(items: Sequence[Node], truth: bool) -> Expression | None:
    """Alternatives of one field: equalities are a list."""
    parts = [operator(item, True) for item in items]
    equal = [part for part in parts if isinstance(part, Operation) and part.op == "=="]
    if len(equal) == len(parts):
        return OneOf(equal[0].left, tuple(part.right for part in equal), not truth)
    return _joined(parts if truth else [operator(item, False) for item in items], every=not truth)


def two_fields(node: Node) -> tuple[Expression, tuple[Field, Field]] | None:
    """Whether two fields are equal, or not, and which they are."""
    inner = node.item if isinstance(node, Not) else node
    match inner:
        case Script(
            expr=Arithmetic(op="==" | "!=" as op, left=FieldValue(field=a), right=FieldValue(field=b), fold="none")
        ) if a.type == b.type and a.sort in ("string", "integer", "ip", "boolean") and a.type != "keyword_lowercase":
            equal = (op == "==") is not isinstance(node, Not)
            return Operation("==" if equal else "!=", Column(a.name), Column(b.name)), (a, b)
    return None


def _test(node: Node) -> Expression | None:
    match node:
        case Glob(field=field) if field.sort == "string":
            return _glob(node, field)
        case Regex(field=field, pattern=pattern, flavour="lucene", fold="none") if field.type == "keyword":
            return _regex(field, pattern)
        case Length(field=field, low=low, high=high) if field.sort == "string":
            return _length(field, low, high)
        case Term(field=field, value=value):
            found = _value(field, value)
            return None if found is None else Operation("==", Column(field.name), found)
        case Range(field=field):
            return _range(node, field)
        case Cidr(field=field, network=network) if field.sort == "ip" and network_text(network):
            return Function("cidr_match", (Column(field.name), Constant(str(network_text(network)), "keyword")))
    return None


def _glob(node: Glob, field: Field) -> Expression | None:
    """A text by `==`, a pattern by LIKE, a folded one by RLIKE with classes. A pattern that takes all is no test of one
    value; one with capitals on lowered values never matches, but the index would fold it."""
    tokens = node.tokens
    column = Column(field.name)
    if tokens == (ANY,) or not _names_values(field, tokens):
        return None
    letters = any(char.isascii() and char.isalpha() for token in tokens if isinstance(token, str) for char in token)
    if node.fold == "ascii" and letters:
        return Like("rlike", column, ("".join(map(_classes, tokens)),))
    if node.fold == "lower":
        return None
    text = text_of(tokens)
    if text is not None:
        return Operation("==", column, Constant(text, "keyword"))
    return Like("like", column, (like_pattern(tokens),))


def _names_values(field: Field, tokens: tuple[Token, ...]) -> bool:
    if field.type != "keyword_lowercase":
        return True
    return all(lowercase(token) == token for token in tokens if isinstance(token, str))


def like_pattern(tokens: tuple[Token, ...]) -> str:
    """A glob as LIKE's pattern."""
    return "".join(
        token.value if isinstance(token, Wild) else "".join(f"\\{c}" if c in "\\*?" else c for c in token)
        for token in tokens
    )


def _classes(token: Token) -> str:
    if isinstance(token, Wild):
        return ".*" if token is ANY else "."
    return "".join(_class(char) for char in token)


def _class(char: str) -> str:
    if char.isascii() and char.isalpha():
        return f"[{char.lower()}{char.upper()}]"
    return f"\\{char}" if char.isascii() and char.isprintable() and not char.isalnum() and char != " " else char


def _regex(field: Field, pattern: str) -> Expression | None:
    from converter.tree.regex import ANY_TEXT, parse_text

    if parse_text(pattern, "lucene", "none", False, False) == ANY_TEXT:
        return None
    return Like("rlike", Column(field.name), (pattern,))


def _length(field: Field, low: int | None, high: int | None) -> Expression | None:
    length = Function("length", (Column(field.name),))
    if low is not None and low == high:
        return Operation("==", length, Constant(low, "integer"))
    parts = [Operation(">=", length, Constant(low, "integer"))] if low else []
    if high is not None:
        parts.append(Operation("<=", length, Constant(high, "integer")))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def _value(field: Field, value: Any) -> Expression | None:
    """A value of the field's type as a literal."""
    match field.type:
        case "boolean":
            return Constant(bool(value), "boolean")
        case "ip":
            return Constant(address_text(int(value)), "keyword")
        case "date" if field.format is None:
            try:
                return Constant(date_text(int(value)), "keyword")
            except OverflowError:
                return None
        case "long" | "integer" | "short" | "byte" | "double":
            return _number(value)
    return None


def _number(value: Any) -> Expression | None:
    if isinstance(value, float):
        return Constant(value, "double") if math.isfinite(value) else None
    return Constant(value, "long") if -(2**63) <= value < 2**63 else None


def _range(node: Range, field: Field) -> Expression | None:
    if field.sort == "string":
        return _text_range(node, field)
    parts: list[Expression] = []
    for end, is_open, sign in ((node.low, node.low_open, ">"), (node.high, node.high_open, "<")):
        if end is None:
            continue
        value = (
            _clock(end)
            if isinstance(end, DateMath) and field.type == "date" and field.format is None
            else _value(field, end)
        )
        if value is None:
            return None
        parts.append(Operation(sign if is_open else sign + "=", Column(field.name), value))
    return _ends(parts)


def _text_range(node: Range, field: Field) -> Expression | None:
    parts: list[Expression] = []
    for end, is_open, sign in ((node.low, node.low_open, ">"), (node.high, node.high_open, "<")):
        if end is None:
            continue
        if not isinstance(end, str) or not _names_values(field, (end,)):
            return None
        parts.append(Operation(sign if is_open else sign + "=", Column(field.name), Constant(end, "keyword")))
    return _ends(parts)


def _ends(parts: list[Expression]) -> Expression | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def _clock(maths: DateMath) -> Expression | None:
    """`now-5m` as `NOW() - 5 minutes`; rounding has no form."""
    found = _NOW.fullmatch(maths.text)
    if not found or maths.round_up:
        return None
    out: Expression = Function("now")
    for sign, amount, unit in _STEP.findall(found.group(1)):
        name = _STEP_UNITS[unit] if int(amount) == 1 else _STEP_UNITS[unit] + "s"
        assert name in UNITS
        out = Operation(sign, out, Interval(int(amount), name))
    return out
