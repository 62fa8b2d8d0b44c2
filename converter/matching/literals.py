"""Values as a query writes them, read as a field's type reads them: numbers, booleans, addresses, dates.

Each raises `FieldTypeError` (with the span) where a real index answers with an error.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TypeAlias

from converter.diagnostics import FieldTypeError, Span
from converter.matching.dates import DateError, bounds
from converter.matching.values import parse_ip, round_end, round_float
from converter.tree import Bound, Field

#: What a query language gives as a value.
Scalar: TypeAlias = str | int | float | bool

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
INTEGER_RANGES = {
    "long": (-(2**63), 2**63), "integer": (-(2**31), 2**31), "short": (-(2**15), 2**15), "byte": (-(2**7), 2**7),
    "unsigned_long": (0, 2**64),
}  # fmt: skip


def text_of(value: Scalar) -> str:
    """A JSON scalar of a query as Elasticsearch reads it where it wants a string (numbers as Java prints them)."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return _java_double(value)
    return str(value)


def _java_double(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return format(Decimal(repr(value)), "f") if "e" in repr(value) else repr(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    shown = "".join(map(str, digits))
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{len(digits) - 1 + exponent}"


def number_of(field: Field, value: Scalar, span: Span | None = None, *, listed: bool = False) -> int | float | None:
    """The number that a value stands for in the field, rounded as the field rounds; None where the field can hold no
    such number (a fraction in an integer field, beyond its range; in a list of values (`listed`) that is an error)."""
    exact = decimal_of(field, value, span)
    if field.sort == "float":
        real = real_of(field, value, span)
        if listed and math.isinf(real):
            raise _out_of_range(field, value, span)
        return None if math.isinf(real) else real
    if exact != exact.to_integral_value():
        return None
    number = int(exact)
    low, high = INTEGER_RANGES[field.type]
    least, beyond = INTEGER_RANGES["integer"] if field.type in ("short", "byte") else (low, high)
    if listed and field.type != "unsigned_long" and not least <= number < beyond:
        raise _out_of_range(field, value, span)
    return number if low <= number < high else None


def real_of(field: Field, value: Scalar, span: Span | None) -> float:
    """The number rounded as a float field rounds; infinite beyond its range."""
    return round_float(field, float(decimal_of(field, value, span)))


def end_of(field: Field, value: Scalar, span: Span | None, up: bool, is_open: bool) -> float:
    """An end of a range over fractions (`up`: the lower one); infinite beyond the range of the field."""
    return round_end(field, float(decimal_of(field, value, span)), up, is_open)


def decimal_of(field: Field, value: Scalar, span: Span | None) -> Decimal:
    """The number that the text spells. Fields of type long take plain decimals only, the others Java's way of
    writing a double (`1d`, blanks around it) too."""
    text = text_of(value)
    if field.type not in ("long", "unsigned_long"):
        text = re.sub(r"^\s*(.*?)[dDfF]?\s*$", r"\1", text)
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise FieldTypeError(
            f"`{text_of(value)}` is no number, and `{field.name}` is of type {field.type}", span=span,
            help="write a decimal number",
        )  # fmt: skip
    return Decimal(text)


def _out_of_range(field: Field, value: Scalar, span: Span | None) -> FieldTypeError:
    return FieldTypeError(f"`{text_of(value)}` is out of the range of type {field.type}", span=span)


def boolean_of(field: Field, value: Scalar, span: Span | None) -> bool:
    text = text_of(value)
    if text not in ("true", "false"):
        raise FieldTypeError(
            f"`{text}` is no boolean, and `{field.name}` is one", span=span, help="write `true` or `false`"
        )
    return text == "true"


def ip_of(field: Field, text: str, span: Span | None) -> int:
    address = parse_ip(text)
    if address is None:
        raise FieldTypeError(
            f"`{text}` is no address, and `{field.name}` is of type ip", span=span,
            help="write an address; a network where a value is asked for",
        )  # fmt: skip
    return address


def date_formats(field: Field, value: Scalar) -> str | None:
    """How a value of a query is read on a date field: a number as milliseconds, whatever the field's format."""
    return field.format if isinstance(value, str | bool) else "epoch_millis"


def instants_of(
    field: Field, value: Scalar, span: Span | None, zone: str | None, formats: str | None = None
) -> tuple[Bound, Bound]:
    """The first and last instant of a date's span, as `converter.matching.dates.bounds`. A number is milliseconds,
    whatever the field's format; only a query's own format is asked of it."""
    nanos = field.type == "date_nanos"
    text = text_of(value)
    try:
        found = bounds(text, nanos, formats or date_formats(field, value), zone)
    except DateError as error:
        raise FieldTypeError(
            f"{error}, and `{field.name}` is of type {field.type}", span=span,
            help="write it like `2024-01-02`, `2024-01-02T03:04:05Z` or `now-1d/d`",
        ) from None  # fmt: skip
    if nanos and any(isinstance(end, int) and not 0 <= end < 2**63 for end in found):
        raise FieldTypeError(
            f"`{text}` is no date of `{field.name}`: nanoseconds are counted from 1970 to 2262", span=span
        )
    return found
