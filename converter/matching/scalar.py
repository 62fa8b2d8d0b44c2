"""EQL's functions on single values, as Elasticsearch's scripts and its constant folding compute them.

A value is str, int, float, bool or None (null). Null in a required argument gives null. `insensitive` is the `~` form:
both sides in lower case as the platform has it (not only ASCII).
Evidence: Elasticsearch's string_function_folds and its processors of these functions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from converter.matching.values import parse_ip, parse_network, utf16_length

Scalar: TypeAlias = str | int | float | bool | None


def java_double(value: float) -> str:
    """A double as Java's `toString` writes it (`443.0`, `1.0E20`)."""
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return f"{value:f}" if "e" in repr(value) else repr(value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    if not exponent:
        sign, digits = ("-", repr(-value)) if value < 0 else ("", repr(value))
        whole, _, fraction = digits.partition(".")
        if whole == "0":
            stripped = fraction.lstrip("0")
            power = -(len(fraction) - len(stripped)) - 1
            return f"{sign}{stripped[0]}.{stripped[1:] or '0'}E{power}"
        tail = (whole[1:] + fraction).rstrip("0") or "0"
        return f"{sign}{whole[0]}.{tail}E{len(whole) - 1}"
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def text_of(value: Scalar) -> str | None:
    """A value as `string()` and `concat()` write it; null stays null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return java_double(value) if isinstance(value, float) else str(value)


def _between(text: Scalar, left: Scalar, right: Scalar, greedy: Scalar, insensitive: bool) -> Scalar:
    if not (isinstance(text, str) and isinstance(left, str) and isinstance(right, str)):
        return None
    where, first, last = (part.lower() if insensitive else part for part in (text, left, right))
    found = where.find(first)
    if found < 0:
        return None
    start = found + len(first)
    end = where.rfind(last, start) if greedy is True else where.find(last, start)
    return text[start:end] if end >= 0 else None


def _units(text: str) -> str:
    """The text with a character for each of Java's: places and lengths count UTF-16 units."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[i] | raw[i + 1] << 8) for i in range(0, len(raw), 2))


def _index_of(text: Scalar, part: Scalar, start: Scalar, insensitive: bool) -> Scalar:
    if not (isinstance(text, str) and isinstance(part, str)):
        return None
    if insensitive:
        text, part = text.lower(), part.lower()
    found = _units(text).find(_units(part), max(0, int(start)) if isinstance(start, int | float) else 0)
    return found if found >= 0 else None


def _substring(text: Scalar, start: Scalar, end: Scalar) -> Scalar:
    if not isinstance(text, str):
        return None
    units = _units(text)
    first = int(start) if isinstance(start, int | float) else 0
    last = int(end) if isinstance(end, int | float) else len(units)
    part = units[first:last]
    return part if units is text else part.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


_WHOLE = re.compile(r"[+-]?[0-9]+")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def _number(text: Scalar, base: Scalar) -> Scalar:
    """A number in a text; a text that is none gives null (Elasticsearch fails the search)."""
    if not isinstance(text, str):
        return None
    prefixed = text.startswith("0x")
    radix = (16 if prefixed else 10) if base is None else int(base) if isinstance(base, int | float) else 0
    if prefixed and radix == 16:
        text = text[2:]
    if radix == 10:
        if _WHOLE.fullmatch(text):
            return int(text)
        return float(text) if _DOUBLE.fullmatch(text.strip()) else None
    if not 2 <= radix <= 36 or not re.fullmatch(r"[+-]?[0-9A-Za-z]+", text):
        return None
    try:
        return int(text, radix)
    except ValueError:
        return None


def _cidr_match(address: Scalar, networks: Sequence[Scalar]) -> Scalar:
    if not isinstance(address, str) or any(network is None for network in networks):
        return None
    number = parse_ip(address)
    ends = [parse_network(network) for network in networks if isinstance(network, str)]
    return number is not None and any(e is not None and e[0] <= number <= e[1] for e in ends)


def _test(test: Callable[[str, str], bool], text: Scalar, part: Scalar, insensitive: bool) -> Scalar:
    if not (isinstance(text, str) and isinstance(part, str)):
        return None
    return test(text.lower(), part.lower()) if insensitive else test(text, part)


def _concat(parts: Sequence[Scalar]) -> Scalar:
    texts = [text_of(part) for part in parts]
    return None if None in texts else "".join(text for text in texts if text is not None)


def _date_part(name: str, instant: Scalar) -> Scalar:
    """A part of an instant (text as `2024-01-02T03:04:05.678Z`) in UTC, as Sigma's time modifiers name them; weeks are
    those of ISO 8601."""
    if not isinstance(instant, str):
        return None
    moment = datetime.fromisoformat(instant[:19])
    return moment.isocalendar().week if name == "week" else int(getattr(moment, name))


def call(name: str, args: Sequence[Scalar], insensitive: bool = False) -> Scalar:
    """The value of a function by its canonical name; the arguments have been checked in number and type."""
    padded = [*args, None, None]
    match name:
        case "between":
            return _between(padded[0], padded[1], padded[2], padded[3], insensitive)
        case "cidrMatch":
            return _cidr_match(args[0], args[1:])
        case "concat":
            return _concat(args)
        case "endsWith":
            return _test(str.endswith, args[0], args[1], insensitive)
        case "indexOf":
            return _index_of(args[0], args[1], padded[2], insensitive)
        case "length":
            return utf16_length(args[0]) if isinstance(args[0], str) else None
        case "number":
            return _number(args[0], padded[1])
        case "startsWith":
            return _test(str.startswith, args[0], args[1], insensitive)
        case "string":
            return text_of(args[0])
        case "stringContains":
            return _test(lambda text, part: part in text, args[0], args[1], insensitive)
        case "substring":
            return _substring(args[0], args[1], padded[2])
        case "minute" | "hour" | "day" | "week" | "month" | "year":
            return _date_part(name, args[0])
        case "isNull":
            return args[0] is None
        case "isNotNull":
            return args[0] is not None
    raise ValueError(f"no function `{name}`")


def arithmetic(op: str, left: Scalar, right: Scalar) -> Scalar:
    """`+ - * / %` of two numbers as Java has them: whole numbers divide to a whole number (toward zero), the
    remainder has the sign of the left side. Division of a whole number by zero, a failure in Java, gives null."""
    if not (isinstance(left, int | float) and isinstance(right, int | float)):
        return None
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if right == 0:
        if isinstance(left, int) and isinstance(right, int):
            return None
        return math.nan if op == "%" or left == 0 or left != left else math.copysign(math.inf, left)
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if op == "/" else left - quotient * right
    return left / right if op == "/" else math.fmod(left, right)


def compare(op: str, left: Scalar, right: Scalar, insensitive: bool = False) -> bool | None:
    """A comparison; null if a side is null or the two cannot be ordered."""
    if left is None or right is None:
        return None
    if insensitive and isinstance(left, str) and isinstance(right, str):
        left, right = left.lower(), right.lower()
    same_sort = isinstance(left, str) == isinstance(right, str) and isinstance(left, bool) == isinstance(right, bool)
    if op in ("==", "!="):
        return (same_sort and left == right) == (op == "==")
    if not same_sort:
        return None
    a, b = left, right
    match op:
        case "<":
            return a < b  # type: ignore[operator]
        case "<=":
            return a <= b  # type: ignore[operator]
        case ">":
            return a > b  # type: ignore[operator]
    return a >= b  # type: ignore[operator]
