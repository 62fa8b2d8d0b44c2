"""One field against constants: EQL's atoms as nodes of the tree, by the field's type."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from converter.diagnostics import FieldTypeError, ParseError, Span
from converter.fields import Fields
from converter.languages.eql.regex_shape import as_glob, as_length
from converter.matching.dates import DateError, bounds
from converter.matching.effort import text_too_complex
from converter.matching.literals import date_formats
from converter.matching.scalar import Scalar, java_double
from converter.matching.values import lowercase, parse_ip, parse_network, round_end, round_float
from converter.tree import (
    ANY,
    NEVER,
    Cidr,
    DateMath,
    Exists,
    Field,
    Fold,
    Glob,
    Length,
    Node,
    Range,
    Regex,
    Term,
    Token,
    Wild,
    disj,
    glob,
    literal,
    merge_tokens,
    negate,
)

_EXACT_TYPES = ("keyword", "wildcard", "constant_keyword")


def exact(field: Field, fields: Fields, span: Span | None) -> Field:
    """The field that holds whole values: itself, or for text its keyword multi-field."""
    if field.sort != "text":
        return field
    found = [other for other in fields.siblings(field) if other.type in _EXACT_TYPES and _below(other, field)]
    if not found:
        raise FieldTypeError(
            f"`{field.name}` is of type {field.type}: EQL needs a keyword multi-field beside it",
            span=span,
            help=f"query a keyword field, for example `{field.name}.keyword` where the index has one",
        )
    chosen = min(found, key=lambda other: (other.name != f"{field.name}.keyword", other.name))
    return replace(chosen, optional=field.optional)


def _below(other: Field, field: Field) -> bool:
    return other.name.startswith(field.name + ".")


def _refuse(field: Field, value: Scalar, span: Span | None) -> FieldTypeError:
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return FieldTypeError(f"`{field.name}` of type {field.type} cannot take the value `{shown}`", span=span)


def unqueryable(field: Field, span: Span | None) -> FieldTypeError:
    return FieldTypeError(
        f"`{field.name}` is of type {field.type}, which EQL cannot query",
        span=span,
        help="name one of the fields below it" if field.sort in ("object", "nested") else None,
    )


def compare(field: Field, op: str, value: Scalar, span: Span | None) -> Node:
    """`field op constant` for an exact field."""
    if op in ("==", "!="):
        found = equals(field, value, span)
        return found if op == "==" else negate(found, span)
    return _ordered(field, op, value, span)


def equals(field: Field, value: Scalar, span: Span | None) -> Node:
    """Some value of the field is this one."""
    match field.sort:
        case "string" | "version":
            text = _as_text(value)
            return Glob(field, literal(lowered(field, text)), span=span)
        case "integer":
            number = _as_number(field, value, span)
            if number != number or math.isinf(number) or number != int(number):
                return replace(NEVER, span=span)
            return Term(field, int(number), span=span)
        case "float":
            real = round_float(field, float(_as_number(field, value, span)))
            return Term(field, real, span=span) if math.isfinite(real) else replace(NEVER, span=span)
        case "boolean":
            return Term(field, _as_boolean(field, value, span), span=span)
        case "ip":
            return _address(field, value, span)
        case "date":
            low, high = _date(field, value, span)
            if low == high and isinstance(low, int):
                return Term(field, low, span=span)
            return Range(field, low, high, span=span)
    raise unqueryable(field, span)


def _as_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return java_double(value) if isinstance(value, float) else str(value)


def lowered(field: Field, text: str) -> str:
    return lowercase(text) if field.type == "keyword_lowercase" else text


def _as_number(field: Field, value: Scalar, span: Span | None) -> int | float:
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            try:
                return float(value)
            except ValueError:
                raise _refuse(field, value, span) from None
    if value is None or isinstance(value, bool):
        raise _refuse(field, value, span)
    return value


def _as_boolean(field: Field, value: Scalar, span: Span | None) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false", "") and isinstance(value, str):
        return value == "true"
    raise _refuse(field, value, span)


def _address(field: Field, value: Scalar, span: Span | None) -> Node:
    if isinstance(value, str):
        if "/" in value and parse_network(value) is not None:
            return Cidr(field, value, span=span)
        address = parse_ip(value)
        if address is not None and "/" not in value:
            return Term(field, address, span=span)
    raise _refuse(field, value, span)


def _date(field: Field, value: Scalar, span: Span | None) -> tuple[int | DateMath, int | DateMath]:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return bounds(_as_text(value), field.type == "date_nanos", date_formats(field, value))
        except DateError:
            pass
    raise _refuse(field, value, span)


def _ordered(field: Field, op: str, value: Scalar, span: Span | None) -> Node:
    upper, is_open = op.startswith("<"), not op.endswith("=")
    bound: int | float | str | DateMath
    match field.sort:
        case "string" | "version":
            bound = lowered(field, _as_text(value))
        case "integer":
            bound = _as_number(field, value, span)
            if isinstance(bound, float):
                if bound != bound or math.isinf(bound):
                    return replace(NEVER, span=span) if bound != bound or upper == (bound < 0) else Exists(field)
                if bound != int(bound):
                    bound, is_open = (math.floor(bound) if upper else math.ceil(bound)), False
                bound = int(bound)
        case "float":
            bound = round_end(field, float(_as_number(field, value, span)), not upper, is_open)
            is_open = is_open and field.scaling is None
            if math.isinf(bound):
                return replace(NEVER, span=span) if upper == (bound < 0) else Exists(field)
        case "ip":
            address = parse_ip(value) if isinstance(value, str) else None
            if address is None:
                raise _refuse(field, value, span)
            bound = address
        case "date":
            low, high = _date(field, value, span)
            bound = high if op in (">", "<=") else low
        case "boolean":
            raise FieldTypeError(f"`{field.name}` is boolean: `{op}` needs values in an order", span=span)
        case _:
            raise unqueryable(field, span)
    if upper:
        return Range(field, high=bound, high_open=is_open, span=span)
    return Range(field, low=bound, low_open=is_open, span=span)


def insensitive_equals(field: Field, text: str, span: Span | None) -> Node:
    """`in~` and `:` without a wildcard."""
    return string_glob(field, literal(text), "ascii", span)


def string_glob(field: Field, tokens: tuple[Token, ...], fold: Fold, span: Span | None) -> Node:
    """A pattern over a string field; `*` alone is the same as a null test."""
    if field.sort not in ("string", "version"):
        raise FieldTypeError(f"`{field.name}` is of type {field.type}: patterns need strings", span=span)
    if tokens == (ANY,):
        return Exists(field, span=span)
    if field.type == "keyword_lowercase":
        tokens = tuple(token if isinstance(token, Wild) else lowercase(token) for token in tokens)
        fold = "none"
    return Glob(field, tokens, fold, span=span)


def like(field: Field, pattern: str, insensitive: bool, span: Span | None) -> Node:
    return string_glob(field, glob(pattern), "ascii" if insensitive else "none", span)


def starts_with(field: Field, text: str, insensitive: bool, span: Span | None) -> Node:
    """A prefix query: nothing in the constant is wild."""
    return string_glob(field, merge_tokens((text, ANY)), "ascii" if insensitive else "none", span)


def wildcard(field: Field, pattern: str, insensitive: bool, span: Span | None) -> Node:
    """`stringContains` and `endsWith`: a wildcard query into which the constant goes as it is."""
    return string_glob(field, escaped_glob(pattern), "ascii" if insensitive else "none", span)


def escaped_glob(pattern: str) -> tuple[Token, ...]:
    """Tokens of a pattern in which a backslash makes the next character literal; one at the end is itself."""
    out: list[Token] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            out.append(pattern[at])
        else:
            out.append(Wild(char) if char in "*?" else char)
        at += 1
    return merge_tokens(out)


def regex(field: Field, pattern: str, insensitive: bool, span: Span | None) -> Node:
    """Lucene's expressions; one that is a wildcard pattern or a length in other words becomes that."""
    fold: Fold = "ascii" if insensitive else "none"
    if field.sort == "string" and pattern:
        tokens, counted = as_glob(pattern), as_length(pattern)
        if tokens is not None:
            return string_glob(field, tokens, fold, span)
        if counted is not None:
            return length(field, [counted], span)
    if field.sort not in ("string", "version"):
        raise FieldTypeError(f"`{field.name}` is of type {field.type}: `regex` needs strings", span=span)
    _check_regex(pattern, span)
    if field.type == "keyword_lowercase":
        return Regex(field, pattern, fold="lower", span=span)
    return Regex(field, pattern, fold=fold, span=span)


def _check_regex(pattern: str, span: Span | None) -> None:
    from converter.tree.regex_lucene import parse_lucene

    try:
        parse_lucene(pattern)
    except ParseError as error:
        raise ParseError(
            f"the regular expression cannot be read: {error}", span=span, help=error.diagnostics[0].help
        ) from None
    if text_too_complex(pattern):
        raise FieldTypeError("the regular expression is too complex for an index", span=span, help="split it")


def cidr(field: Field, networks: Sequence[Scalar], span: Span | None) -> Node:
    """An address of the field lies in one of the networks."""
    if field.sort not in ("ip", "string"):
        raise FieldTypeError(f"`cidrMatch` needs an ip field, `{field.name}` is of type {field.type}", span=span)
    for network in networks:
        if not isinstance(network, str) or parse_network(network) is None:
            raise ParseError(f"`{network}` is no network", span=span, help="write it like 10.0.0.0/8")
    return disj([_network(field, str(network), span) for network in networks], span)


def _network(field: Field, network: str, span: Span | None) -> Node:
    address = parse_ip(network)
    if field.sort == "ip" and address is not None:
        return Term(field, address, span=span)
    return Cidr(field, network, span=span)


Ends = tuple[int | None, int | None]


def length(field: Field, ends: Sequence[Ends], span: Span | None) -> Node:
    """The number of characters of some value lies between one of the pairs of ends (both inclusive)."""
    if field.sort not in ("string", "version"):
        raise FieldTypeError(f"`length` needs a string, `{field.name}` is of type {field.type}", span=span)
    out: list[Node] = []
    for low, high in ends:
        low = low if low is not None and low > 0 else None
        if high is not None and high < (low or 0):
            continue
        out.append(Exists(field, span=span) if low is high is None else Length(field, low, high, span=span))
    return disj(out, span) if out else replace(NEVER, span=span)


def length_ends(op: str, value: Scalar) -> list[Ends]:
    """The ends that `length(x) op value` leaves."""
    assert isinstance(value, int | float)
    number = float(value)
    if op in ("==", "!="):
        if number != int(number):
            return [] if op == "==" else [(None, None)]
        whole = int(number)
        return [(whole, whole)] if op == "==" else [(None, whole - 1), (whole + 1, None)]
    below, above = math.floor(number), math.ceil(number)
    match op:
        case "<":
            return [(None, above - 1)]
        case "<=":
            return [(None, below)]
        case ">":
            return [(below + 1, None)]
    return [(above, None)]


def length_runs(values: Sequence[Scalar]) -> list[Ends]:
    """The ends that `length(x) in (…)` leaves: neighbours joined."""
    wholes = sorted({int(v) for v in values if isinstance(v, int | float) and v == int(v) and v >= 0})
    runs: list[Ends] = []
    for whole in wholes:
        if runs and runs[-1][1] == whole - 1:
            runs[-1] = (runs[-1][0], whole)
        else:
            runs.append((whole, whole))
    return runs
