"""ES|QL's types, how their values are held here, and how a row shows them.

A value is None (null), a scalar, or a tuple of two scalars or more. Scalars: str (keyword, text, version), bool, int
(integer, long, unsigned_long), float (double), int (date: milliseconds since 1970; date_nanos: nanoseconds; ip: the
address as a 128-bit number).
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable
from typing import Any, TypeAlias

from converter.tree import Field

Scalar: TypeAlias = str | bool | int | float
Value: TypeAlias = "Scalar | tuple[Scalar, ...] | None"

STRINGS = frozenset(("keyword", "text"))
WHOLE = frozenset(("integer", "long", "unsigned_long"))
NUMBERS = WHOLE | {"double"}
DATES = frozenset(("date", "date_nanos"))
INTERVALS = frozenset(("date_period", "time_duration"))

#: Types whose string literals are read as values where the other operand has the type.
FROM_TEXT = frozenset(("date", "date_nanos", "ip", "version", "boolean"))

RANGES = {
    "integer": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsigned_long": (0, 2**64 - 1),
}

_FIELD_TYPES: dict[str, str] = {
    **dict.fromkeys(("keyword", "wildcard", "constant_keyword", "keyword_lowercase"), "keyword"),
    **dict.fromkeys(("text", "match_only_text"), "text"),
    **dict.fromkeys(("integer", "short", "byte"), "integer"),
    **dict.fromkeys(("double", "float", "half_float", "scaled_float"), "double"),
    **{name: name for name in ("long", "unsigned_long", "boolean", "ip", "date", "date_nanos", "version", "geo_point")},
}


def type_of(field: Field) -> str | None:
    """The ES|QL type of an index's field: `unsupported` for one that it cannot read, None for what is no column."""
    if field.type in ("unmapped", "object", "nested") or field.nested is not None:
        return None
    return _FIELD_TYPES.get(field.type, "unsupported")


def pack(items: Iterable[Scalar]) -> Value:
    """A value from its scalars."""
    found = tuple(items)
    if len(found) > 1:
        return found
    return found[0] if found else None


def unpack(value: Value) -> tuple[Scalar, ...]:
    """The scalars of a value."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def wider(left: str, right: str) -> str:
    """The type of arithmetic over two numbers."""
    for kind in ("double", "unsigned_long", "long"):
        if kind in (left, right):
            return kind
    return "integer"


def fit(number: int | float, kind: str) -> int | float | None:
    """The number where its type can hold it, else None (Elasticsearch warns and gives null)."""
    if kind == "double":
        return float(number) if math.isfinite(number) else None
    low, high = RANGES[kind]
    return number if low <= number <= high else None


def address_text(address: int) -> str:
    """An address as Elasticsearch writes it: IPv4 where it is one (`::ffff:` too), IPv6 shortened in lower case."""
    if address >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(address & 0xFFFFFFFF))
    groups = [(address >> shift) & 0xFFFF for shift in range(112, -1, -16)]
    start, length = _longest_zeros(groups)
    if length < 2:
        return ":".join(f"{group:x}" for group in groups)
    head = ":".join(f"{group:x}" for group in groups[:start])
    tail = ":".join(f"{group:x}" for group in groups[start + length :])
    return f"{head}::{tail}"


def _longest_zeros(groups: list[int]) -> tuple[int, int]:
    best, at = (0, 0), 0
    while at < len(groups):
        end = at
        while end < len(groups) and groups[end] == 0:
            end += 1
        if end - at > best[1]:
            best = (at, end - at)
        at = max(end, at + 1)
    return best


def number_text(number: float) -> str:
    """A double as Java writes it: `1.0`, `1.0E10`, `1.0E-4`."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        text = repr(number)
        return _plain(number) if "e" in text else text
    digits, _, exponent = f"{number!r}".partition("e")
    if not exponent:
        sign = "-" if number < 0 else ""
        whole, _, fraction = digits.lstrip("-").partition(".")
        fraction = "" if fraction == "0" else fraction
        if whole != "0":
            power, digits = len(whole) - 1, whole + fraction
        else:
            stripped = fraction.lstrip("0")
            power, digits = len(stripped) - len(fraction) - 1, stripped
        digits = digits.rstrip("0") or "0"
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{power}"
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def _plain(number: float) -> str:
    text = f"{number:.20f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def date_text(instant: int, kind: str) -> str:
    """An instant as ISO 8601 text with its fraction, UTC."""
    from converter.matching.pipeline.calendar import instant_text

    return instant_text(instant, nanos=kind == "date_nanos")


def version_key(text: str) -> tuple[Any, ...]:
    """Sorts versions as Elasticsearch's field type does: number by number, a pre-release before its release, what is
    no version last, as text."""
    main, _, build = text.partition("+")
    numbers, dash, pre = main.partition("-")
    parts = numbers.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        return (1, text)
    release = tuple(int(part) for part in parts) + (0,) * (3 - len(parts))
    if not dash:
        return (0, release, (1,), build)
    marks = tuple((0, int(mark), "") if mark.isdigit() else (1, 0, mark) for mark in pre.split("."))
    return (0, release, (0, marks), build)


def shown(value: Value, kind: str) -> Any:
    """The value as it stands in a table: JSON types, dates and addresses as text, several values as a list."""
    if isinstance(value, tuple):
        return [shown(item, kind) for item in value]
    if value is None:
        return None
    if kind in DATES:
        return date_text(int(value), kind)
    if kind == "ip" and isinstance(value, int):
        return address_text(value)
    return value
