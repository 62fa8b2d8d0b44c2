"""The short notation of the recorded translations: Query DSL and scripts as a test of one event.

Nothing of the project is used but the fold of ASCII letters, so that it is a second opinion on what EQL means.
"""

from __future__ import annotations

import ipaddress
import itertools
import operator
import re
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
Test = Callable[[Event], bool]

LONGS = {"exit_code", "pid", "opcode", "serial_event_id"}
IPS = {"source_address"}
COMPARE = {"eq": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def values(event: Event, field: str) -> list[Any]:
    raw = event.get(field.removesuffix(".keyword"))
    return [value for value in (raw if isinstance(raw, list) else [raw]) if value is not None]


def read(text: str) -> Test:
    """`name(…)` or `name[…]`, nested."""
    name, body = re.fullmatch(r"(\w+)[(\[](.*)[)\]]", text, re.DOTALL).groups()  # type: ignore[union-attr]
    match name:
        case "must" | "should" | "must_not":
            tests = [read(part) for part in split(body)]
            if name == "must_not":
                return lambda event: not any(test(event) for test in tests)
            return lambda event: (all if name == "must" else any)(test(event) for test in tests)
        case "not":
            inner = read(body)
            return lambda event: not inner(event)
        case "exists":
            return lambda event: bool(values(event, body))
        case "S":
            return script(body)
    field, value, *flags = split(body)
    folded = "ci" in flags
    return lambda event: any(LEAVES[name](field, v, value, folded) for v in values(event, field))


def split(body: str) -> list[str]:
    """At commas outside brackets."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(body):
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append(body[start:at])
            start = at + 1
    return [*parts, body[start:]]


def low(text: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def same(field: str, value: Any, wanted: str, folded: bool) -> bool:
    if field in LONGS:
        return float(int(value)) == float(wanted)
    if field in IPS and "/" in wanted:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)
    if isinstance(value, bool):
        return str(value).lower() == wanted
    return low(value) == low(wanted) if folded else value == wanted


def wildcard(field: str, value: Any, pattern: str, folded: bool) -> bool:
    out, at = "", 0
    pattern = pattern.replace("\\\\", "\\")  # the notation doubles the wildcard query's backslashes once more
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
            out += re.escape(pattern[at])
        else:
            out += {"*": ".*", "?": "."}.get(char, re.escape(char))
        at += 1
    return re.fullmatch(low(out) if folded else out, low(value) if folded else value, re.DOTALL) is not None


def ranged(field: str, value: Any, bound: str, folded: bool) -> bool:
    name, number = bound.split()
    return COMPARE[name](int(value), float(number))


def prefix(field: str, value: Any, start: str, folded: bool) -> bool:
    return low(value).startswith(low(start)) if folded else value.startswith(start)


def terms(field: str, value: Any, listed: str, folded: bool) -> bool:
    return any(same(field, value, wanted, folded) for wanted in listed[1:-1].split(","))


def regexp(field: str, value: Any, pattern: str, folded: bool) -> bool:
    """The recorded one: `^` is a letter in Lucene, a lazy quantifier is a greedy one."""
    return re.fullmatch(pattern.replace("^", r"\^").replace("\\\\", "\\"), value, re.DOTALL) is not None


LEAVES: dict[str, Callable[[str, Any, str, bool], bool]] = {
    "term": same, "terms": terms, "wildcard": wildcard, "range": ranged, "prefix": prefix, "regexp": regexp,
}  # fmt: skip


# scripts: what is true for a combination of the fields' values


FIELDS = {"div": "serial_event_id", "substring": "command_line", "length": "user", "isNull": "exit_code"}


def script(body: str) -> Test:
    inner = re.fullmatch(r"nullSafeFilter\((.*)\)", body, re.DOTALL).group(1)  # type: ignore[union-attr]
    named = re.search(r"X0 of ([\w.]+)", inner)
    field = named.group(1) if named else next(f for name, f in FIELDS.items() if name + "(" in inner)
    expression = inner.replace(f"X0 of {field}", "X0")
    return lambda event: any(
        compute(expression, value) is True for (value,) in itertools.product(values(event, field) or [None])
    )


def compute(text: str, x: Any) -> Any:
    found = re.fullmatch(r"(\w+)\((.*)\)", text, re.DOTALL)
    if found is None:
        return x if text == "X0" else None if text == "null" else int(text) if re.fullmatch(r"-?\d+", text) else text
    name, args = found.group(1), [compute(part, x) for part in split(found.group(2))]
    if name == "isNull":
        return args[0] is None
    if args[0] is None:
        return None
    match name:
        case "length":
            return len(args[0])
        case "div":
            return int(args[0] / args[1])
        case "substring":
            return args[0][args[1] :]
        case "regex":
            return re.search(args[1].replace("\\\\", "\\"), args[0]) is not None
    return COMPARE[name](args[0], args[1])
