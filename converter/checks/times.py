"""Times as rules write them: dates of files, look-back, interval."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from converter.tree import Piped
from converter.tree import Sequence as EqlSequence

#: Milliseconds of a unit of Elasticsearch's date math.
UNITS = {
    "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "H": 3_600_000, "d": 86_400_000, "w": 604_800_000,
    "M": 2_592_000_000, "y": 31_536_000_000,
}  # fmt: skip
#: What Kibana takes where a rule does not say it.
DEFAULT_FROM, DEFAULT_INTERVAL = "now-6m", "5m"

_DURATION = re.compile(r"(\d+)(ms|[smhHdwMy])")
_MATH = re.compile(r"now(?:-(\d+)(ms|[smhHdwMy]))?(?:/[smhHdwMy])?")


def duration(text: Any) -> int | None:
    """`5m` in milliseconds; None for what is no duration."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    return int(found[1]) * UNITS[found[2]] if found else None


def back(text: Any) -> int | None:
    """How far before now a date math expression lies, in milliseconds; None for what is not written so."""
    found = _MATH.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    return int(found[1]) * UNITS[found[2]] if found[1] else 0


def look_back(data: Mapping[str, Any]) -> int | None:
    """The time that one run of the rule looks at, in milliseconds."""
    start, end = back(data.get("from", DEFAULT_FROM)), back(data.get("to", "now"))
    return None if start is None or end is None else start - end


def interval(data: Mapping[str, Any]) -> int | None:
    return duration(data.get("interval", DEFAULT_INTERVAL))


def maxspan(tree: Any) -> int | None:
    """The most time that a sequence may take, in milliseconds; None for other queries and without a bound."""
    inner = tree.query if isinstance(tree, Piped) else tree
    return inner.maxspan if isinstance(inner, EqlSequence) else None


def shown(milliseconds: int) -> str:
    """A duration for people: `9m`, `1h`."""
    for unit in ("d", "h", "m", "s"):
        if milliseconds and milliseconds % UNITS[unit] == 0:
            return f"{milliseconds // UNITS[unit]}{unit}"
    return f"{milliseconds}ms"


def day(value: Any) -> date | None:
    """A date as rule files write it: `2026-11-24`, `2026/11/24`; None for what is no day."""
    if isinstance(value, date):
        return value
    found = re.fullmatch(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})", value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None
