"""`Script` atoms: a scalar expression over every combination of its fields' values, three-valued inside.

Each mention of a field takes its own value: Elasticsearch rewrites each into a loop of its own, so two mentions
of one field may see two of its values. A field without a value is null. True if a combination gives true.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from itertools import product
from typing import Any, TypeAlias

from converter.diagnostics import ParseError, UnsupportedError
from converter.matching.scalar import Scalar, arithmetic, call, compare
from converter.matching.values import EventValues, fold_ascii
from converter.tree import ANY, Arithmetic, Call, Expr, Field, FieldValue, Literal, Logical, Negation, Regex, glob

Predicate: TypeAlias = Callable[[EventValues], bool]
_Compute: TypeAlias = Callable[[tuple[Scalar, ...]], Scalar]

#: What Java's `.` does not take without DOTALL.
_NO_LINE_BREAK = r"[^\n\r\u0085\u2028\u2029]"


def compile_script(expr: Expr) -> Predicate:
    """The expression as a function of an event; raises `UnsupportedError` for a pattern that has no meaning here."""
    fields: list[Field] = []
    compute = _compile(expr, fields)
    if not fields:
        constant = compute(()) is True
        return lambda event: constant

    def test(event: EventValues) -> bool:
        columns = [scalars(event, field) or (None,) for field in fields]
        return any(compute(row) is True for row in product(*columns))

    return test


def evaluate(expr: Expr) -> Scalar:
    """The value of an expression without fields."""
    fields: list[Field] = []
    compute = _compile(expr, fields)
    if fields:
        raise ValueError("the expression reads a field")
    return compute(())


def scalars(event: EventValues, field: Field) -> tuple[Scalar, ...]:
    """The field's values as a script sees them: addresses and dates as their text."""
    values: tuple[Any, ...] = event.values(field)
    match field.sort:
        case "ip":
            return tuple(map(address_text, values))
        case "date":
            from converter.matching.dates import text_of as date_text

            return tuple(date_text(value, field.type == "date_nanos") for value in values)
        case "text":
            return ()
    return values


def address_text(number: int) -> str:
    """An address (128 bits) as Elasticsearch writes it."""
    if number >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return str(ipaddress.IPv6Address(number))


def _compile(expr: Expr, fields: list[Field]) -> _Compute:
    match expr:
        case Literal(value=value):
            return lambda row: value
        case FieldValue(field=field):
            fields.append(field)
            index = len(fields) - 1
            return lambda row: row[index]
        case Negation(item=item):
            inner = _compile(item, fields)
            return lambda row: _negated(inner(row))
        case Logical(op=op, items=items):
            parts = [_compile(item, fields) for item in items]
            deciding = op == "or"
            return lambda row: _logical([part(row) for part in parts], deciding)
        case Arithmetic(op=op, left=left, right=right, fold=fold):
            first, second = _compile(left, fields), _compile(right, fields)
            if op in ("+", "-", "*", "/", "%"):
                return lambda row: arithmetic(op, first(row), second(row))
            if fold == "ascii":
                first, second = _folded(first), _folded(second)
            insensitive = fold == "lower"
            return lambda row: compare(op, first(row), second(row), insensitive)
        case Call():
            return _call(expr, fields)
    raise TypeError(f"no meaning for {type(expr).__name__}")


def _call(expr: Call, fields: list[Field]) -> _Compute:
    args = [_compile(arg, fields) for arg in expr.args]
    name, insensitive = expr.name, expr.fold != "none"
    if expr.fold == "ascii" and name in ("startsWith", "endsWith", "stringContains"):
        args, insensitive = [_folded(arg) for arg in args], False
    if name in ("like", "regex"):
        patterns = [pattern for pattern in expr.args[1:] if isinstance(pattern, Literal)]
        searches = [java_pattern(name, str(pattern.value), insensitive, pattern) for pattern in patterns]
        target = args[0]
        return lambda row: _matches(target(row), searches)
    if name == "in":
        return lambda row: _among([arg(row) for arg in args])
    return lambda row: call(name, [arg(row) for arg in args], insensitive)


def _folded(compute: _Compute) -> _Compute:
    """The value with A-Z lowered, as Sigma compares two fields."""

    def fold(row: tuple[Scalar, ...]) -> Scalar:
        value = compute(row)
        return fold_ascii(value) if isinstance(value, str) else value

    return fold


def java_pattern(kind: str, pattern: str, insensitive: bool, place: Literal | None = None) -> Callable[[str], object]:
    """A pattern of `like` or `regex` on a computed value, as a test of a whole value: Java's regular expressions there,
    not Lucene's. Raises `UnsupportedError`."""
    if kind == "like":
        pattern = "".join(
            re.escape(token) if isinstance(token, str) else _NO_LINE_BREAK + ("*" if token is ANY else "")
            for token in glob(pattern)
        )
    else:
        pattern = _as_python(pattern, place)
    try:
        found = re.compile(pattern, re.IGNORECASE if insensitive else re.ASCII).fullmatch
    except (re.error, OverflowError) as error:
        raise _unreadable(pattern, place, error) from None
    return _bounded(pattern, insensitive) or found


def _as_python(pattern: str, place: Literal | None) -> str:
    from converter.matching.pipeline.java_regex import python_source

    try:
        return python_source(pattern)
    except (ParseError, UnsupportedError) as error:
        raise _unreadable(pattern, place, error) from None


def _unreadable(pattern: str, place: Literal | None, error: Exception) -> UnsupportedError:
    return UnsupportedError(
        f"the regular expression `{pattern}` on a computed value cannot be read: {error}",
        span=place.span if place else None,
        help="on computed values Elasticsearch runs Java's regular expressions",
    )


def _bounded(pattern: str, insensitive: bool) -> Callable[[str], bool] | None:
    """The test by what cannot run away; None where Python's own does not, or where the expression has more than a
    regular one."""
    from converter.matching.regex import compile_regex, is_tame

    try:
        if insensitive and is_tame(pattern, "pcre"):
            return None
        return compile_regex(Regex(Field("value"), pattern, "pcre", "ascii" if insensitive else "none"))
    except (ParseError, UnsupportedError):
        return None


def _matches(value: Scalar, searches: list[Callable[[str], object]]) -> Scalar:
    if not isinstance(value, str):
        return None
    return any(search(value) for search in searches)


def _among(values: list[Scalar]) -> Scalar:
    if values[0] is None:
        return None
    found = [compare("==", values[0], other) for other in values[1:]]
    return True if True in found else None if None in found else False


def _negated(value: Scalar) -> Scalar:
    return None if value is None else value is not True


def _logical(values: list[Scalar], deciding: bool) -> Scalar:
    """Three-valued `or` (deciding is true) and `and` (deciding is false)."""
    if any(value is deciding for value in values):
        return deciding
    return None if any(value is None for value in values) else not deciding
