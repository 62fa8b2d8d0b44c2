"""Functions made for several values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from converter.matching.pipeline.functions import Body, Call, define, plain, same
from converter.matching.pipeline.types import Value, fit, pack, unpack, version_key


def ordering(kind: str) -> Callable[[Any], Any]:
    """The sort key of a type's values."""
    return version_key if kind == "version" else (lambda value: value)


def _over(body: Callable[[tuple[Any, ...]], Value]) -> Body:
    return lambda value: None if value is None else body(unpack(value))


plain("mv_count", "any", "integer", _over(len), "whole")
plain("mv_first", "any", same, _over(lambda items: items[0]), "whole")
plain("mv_last", "any", same, _over(lambda items: items[-1]), "whole")
plain("mv_dedupe", "any", same, _over(lambda items: pack(dict.fromkeys(items))), "whole")


@define("mv_min", "any", same, "whole")
def _mv_min(call: Call) -> Body:
    key = ordering(call.types[0])
    return _over(lambda items: min(items, key=key))


@define("mv_max", "any", same, "whole")
def _mv_max(call: Call) -> Body:
    key = ordering(call.types[0])
    return _over(lambda items: max(items, key=key))


@define("mv_sort", "any, string", same, "whole", required=1)
def _mv_sort(call: Call) -> Body:
    order = call.constant(1)
    if len(call.types) > 1 and not call.known[1]:
        raise call.fail("the order of MV_SORT must be constant")
    if isinstance(order, str) and order.upper() not in ("ASC", "DESC"):
        raise call.fail(f"the order of MV_SORT is ASC or DESC, found `{order}`")
    key = ordering(call.types[0])

    def body(value: Value, direction: Value = "ASC") -> Value:
        if value is None:
            return None
        return pack(sorted(unpack(value), key=key, reverse=str(direction).upper() == "DESC"))

    return body


@define("mv_sum", "numeric", same, "whole")
def _mv_sum(call: Call) -> Body:
    kind = call.types[0]
    return _over(lambda items: fit(math.fsum(items) if kind == "double" else sum(items), kind))


plain("mv_avg", "numeric", "double", _over(lambda items: math.fsum(items) / len(items)), "whole")


@define("mv_median", "numeric", same, "whole")
def _mv_median(call: Call) -> Body:
    double = call.types[0] == "double"

    def body(items: tuple[Any, ...]) -> Value:
        ordered = sorted(items)
        middle = len(ordered) // 2
        if len(ordered) % 2:
            odd: Value = ordered[middle]
            return odd
        total = ordered[middle - 1] + ordered[middle]
        half: Value = total / 2 if double else total >> 1
        return half

    return _over(body)


@define("mv_median_absolute_deviation", "numeric", same, "whole")
def _mv_mad(call: Call) -> Body:
    median = _mv_median(call)

    def body(value: Value) -> Value:
        middle = median(value)
        if middle is None or isinstance(middle, tuple | str):
            return None
        return median(pack(abs(item - middle) for item in unpack(value) if not isinstance(item, str)))

    return body


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value at a share (0 to 1) of sorted numbers, between two neighbours by linear interpolation."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@define("mv_percentile", "numeric, numeric", same, "whole")
def _mv_percentile(call: Call) -> Body:
    double = call.types[0] == "double"

    def body(value: Value, percent: Value) -> Value:
        if value is None or not isinstance(percent, int | float) or not 0 <= percent <= 100:
            return None
        found = quantile(sorted(item for item in unpack(value) if not isinstance(item, str)), percent / 100)
        return found if double else int(found)

    return body


@define("mv_concat", "string, string", "keyword", "whole")
def _mv_concat(call: Call) -> Body:
    def body(value: Value, separator: Value) -> Value:
        if value is None or not isinstance(separator, str):
            return None
        return separator.join(str(item) for item in unpack(value))

    return body


@define("mv_append", "any, any", same, "whole")
def _mv_append(call: Call) -> Body:
    call.alike()

    def body(left: Value, right: Value) -> Value:
        return None if left is None or right is None else pack(unpack(left) + unpack(right))

    return body


@define("mv_zip", "string, string, string", "keyword", "whole", required=2)
def _mv_zip(call: Call) -> Body:
    def body(left: Value, right: Value, separator: Value = ",") -> Value:
        first, second = unpack(left), unpack(right)
        if not isinstance(separator, str):
            return None
        if not first or not second:
            return pack(first or second)
        out = []
        for i in range(max(len(first), len(second))):
            out.append(separator.join(str(part[i]) for part in (first, second) if i < len(part)))
        return pack(out)

    return body


@define("mv_slice", "any, integer, integer", same, "whole", required=2)
def _mv_slice(call: Call) -> Body:
    start, end = call.constant(1), call.constant(2, call.constant(1))
    if isinstance(start, int) and isinstance(end, int):
        if (start < 0) != (end < 0):
            raise call.fail("start and end of MV_SLICE have different signs")
        if start > end:
            raise call.fail("the start of MV_SLICE lies behind its end")

    def body(value: Value, first: Value, last: Value = None) -> Value:
        if value is None or not isinstance(first, int) or not isinstance(last, int | None):
            return None
        items = unpack(value)
        low, high = first, first if last is None else last
        if (low < 0) != (high < 0):
            return None
        if low < 0:
            low, high = len(items) + low, len(items) + high
        if high < 0:
            return None
        return pack(items[max(low, 0) : high + 1])

    return body


@define("mv_contains", "any, any", "boolean", "whole")
def _mv_contains(call: Call) -> Body:
    """Whether the first holds every value of the second; an empty second is held by all. Never null."""
    call.alike()
    return lambda left, right: set(unpack(right)) <= set(unpack(left))


@define("mv_contains_any mv_intersects", "any, any", "boolean", "whole")
def _mv_intersects(call: Call) -> Body:
    call.alike()
    return lambda left, right: not set(unpack(right)).isdisjoint(unpack(left))


@define("mv_intersection", "any, any", same, "whole")
def _mv_intersection(call: Call) -> Body:
    call.alike()

    def body(left: Value, right: Value) -> Value:
        other = set(unpack(right))
        return pack(dict.fromkeys(item for item in unpack(left) if item in other))

    return body


@define("mv_union", "any, any", same, "whole")
def _mv_union(call: Call) -> Body:
    call.alike()
    return lambda left, right: pack(dict.fromkeys(unpack(left) + unpack(right)))


@define("mv_difference", "any, any", same, "whole")
def _mv_difference(call: Call) -> Body:
    call.alike()

    def body(left: Value, right: Value) -> Value:
        other = set(unpack(right))
        return pack(dict.fromkeys(item for item in unpack(left) if item not in other))

    return body


@define("mv_pseries_weighted_sum", "numeric, numeric", "double", "whole")
def _mv_pseries(call: Call) -> Body:
    def body(value: Value, power: Value) -> Value:
        if value is None or not isinstance(power, int | float):
            return None
        numbers = [item for item in unpack(value) if not isinstance(item, str)]
        total = math.fsum(number / (i + 1) ** power for i, number in enumerate(numbers))
        return total if math.isfinite(total) else None

    return body
