"""Aggregate functions. They skip nulls and take every value of a row; over nothing, counts are 0 and the rest null."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from converter.matching.pipeline.calls import check_count
from converter.matching.pipeline.code import Code, single
from converter.matching.pipeline.columns import Row
from converter.matching.pipeline.multivalues import ordering, quantile
from converter.matching.pipeline.types import NUMBERS, STRINGS, Value, fit, pack, unpack
from converter.tree.pipeline import Constant, Expression, Function

if TYPE_CHECKING:
    from converter.matching.pipeline.compiler import Compiler

Compute = Callable[[list[Row]], Value]

AGGREGATES = frozenset(
    ("count", "count_distinct", "sum", "avg", "min", "max", "median", "percentile", "values", "top", "std_dev",
     "stddev", "variance", "median_absolute_deviation", "weighted_avg", "first", "last", "present", "absent")
)  # fmt: skip


def compile_aggregate(compiler: Compiler, item: Function) -> tuple[str, Compute]:
    """The result's type and a function of a group's rows. `compiler` reads the rows that go into STATS."""
    name = item.name
    if name == "count" and (item.star or not item.args):
        return "long", len
    if name in ("percentile", "weighted_avg", "first", "last"):
        check_count(item, 2, 2)
    else:
        check_count(item, 1, {"top": 4, "count_distinct": 2}.get(name, 1))
    code = compiler.compile(item.args[0])
    scalars = _scalars(code)
    match name:
        case "count":
            return "long", lambda rows: sum(1 for _ in scalars(rows))
        case "count_distinct":
            return "long", lambda rows: len(set(scalars(rows)))
        case "present" | "absent":
            return "boolean", lambda rows: any(True for _ in scalars(rows)) is (name == "present")
        case "values":
            return _plain(code), lambda rows: pack(dict.fromkeys(scalars(rows)))
        case "min" | "max":
            return _plain(code), _extreme(name, code.type, scalars)
        case "first" | "last":
            return _plain(code), _earliest(compiler, item, code)
        case "top":
            return _plain(code), _top(compiler, item, code, scalars)
    return _numeric(compiler, item, code, scalars)


Scalars = Callable[[list[Row]], Iterator[Any]]


def _scalars(code: Code) -> Scalars:
    run = code.run

    def walk(rows: list[Row]) -> Iterator[Any]:
        for row in rows:
            yield from unpack(run(row))

    return walk


def _plain(code: Code) -> str:
    return "keyword" if code.type in STRINGS else code.type


def _extreme(name: str, kind: str, scalars: Scalars) -> Compute:
    pick: Any = min if name == "min" else max
    key = ordering(kind)
    return lambda rows: pick(scalars(rows), key=key, default=None)


def _earliest(compiler: Compiler, item: Function, code: Code) -> Compute:
    order = compiler.compile(item.args[1])
    key, last = ordering(order.type), item.name == "last"

    def compute(rows: list[Row]) -> Value:
        best: Any = None
        found: Value = None
        for row in rows:
            value, at = code.run(row), single(order.run(row))
            if value is None or at is None:
                continue
            at = key(at)
            if best is None or (at > best if last else at < best):
                best, found = at, value
        return found

    return compute


def _top(compiler: Compiler, item: Function, code: Code, scalars: Scalars) -> Compute:
    if len(item.args) < 2:
        check_count(item, 2, 4)
    limit = compiler.compile(item.args[1])
    order = compiler.compile(item.args[2]).value() if len(item.args) > 2 else "ASC"
    if limit.type not in ("integer", "long") or not limit.constant or limit.value() <= 0:
        raise compiler.wanted(item.args[1], limit, "integer", "the limit of TOP must be a literal greater than zero")
    if str(order).upper() not in ("ASC", "DESC"):
        raise compiler.wanted(item.args[2], code, "keyword", "the order of TOP is `asc` or `desc`")
    count, key, descending = limit.value(), ordering(code.type), str(order).upper() == "DESC"
    return lambda rows: pack(sorted(scalars(rows), key=key, reverse=descending)[:count])


def _numeric(compiler: Compiler, item: Function, code: Code, scalars: Scalars) -> tuple[str, Compute]:
    name = item.name
    if code.type not in NUMBERS | {"null"}:
        raise compiler.wanted(item.args[0], code, "long", f"`{name}` takes numbers, found {code.type}")
    match name:
        case "sum":
            kind = "long" if code.type in ("integer", "long", "unsigned_long") else "double"
            if isinstance(item.args[0], Constant) and isinstance(item.args[0].value, int | float):
                factor = item.args[0].value  # a literal is counted, so that no rows give 0
                return kind, lambda rows: fit(factor * len(rows), kind)
            return kind, lambda rows: _sum(list(scalars(rows)), kind)
        case "avg":
            return "double", lambda rows: _over(scalars(rows), lambda found: math.fsum(found) / len(found))
        case "median":
            return "double", lambda rows: _over(scalars(rows), lambda found: quantile(sorted(found), 0.5))
        case "percentile":
            share = _number(compiler, item, 1) / 100
            return "double", lambda rows: _over(scalars(rows), lambda found: quantile(sorted(found), share))
        case "median_absolute_deviation":
            return "double", lambda rows: _over(scalars(rows), _deviation)
        case "std_dev" | "stddev":
            return "double", lambda rows: _over(scalars(rows), lambda found: math.sqrt(_variance(found)))
        case "variance":
            return "double", lambda rows: _over(scalars(rows), _variance)
    weight = compiler.compile(item.args[1])
    if weight.type not in NUMBERS | {"null"}:
        raise compiler.wanted(item.args[1], weight, "double", f"a weight must be a number, found {weight.type}")
    if weight.constant and weight.value() not in (None, 0):
        return "double", lambda rows: _over(scalars(rows), lambda found: math.fsum(found) / len(found))
    return "double", lambda rows: _weighted(rows, code, weight)


def _number(compiler: Compiler, item: Function, index: int) -> float:
    arg: Expression = item.args[index]
    code = compiler.compile(arg)
    if code.type not in NUMBERS or not code.constant:
        raise compiler.wanted(arg, code, "double", f"argument {index + 1} of `{item.name}` must be a number")
    return float(code.value())


def _sum(found: list[Any], kind: str) -> Value:
    if not found:
        return None
    return fit(math.fsum(found) if kind == "double" else sum(found), kind)


def _over(found: Iterator[Any], compute: Callable[[list[float]], float]) -> Value:
    values = list(found)
    return float(compute(values)) if values else None


def _variance(found: list[float]) -> float:
    mean = math.fsum(found) / len(found)
    return math.fsum((value - mean) ** 2 for value in found) / len(found)


def _deviation(found: list[float]) -> float:
    middle = quantile(sorted(found), 0.5)
    return quantile(sorted(abs(value - middle) for value in found), 0.5)


def _weighted(rows: list[Row], code: Code, weight: Code) -> Value:
    total, weights = [], []
    for row in rows:
        value, factor = single(code.run(row)), single(weight.run(row))
        if value is not None and factor is not None:
            total.append(value * factor)
            weights.append(factor)
    whole = math.fsum(weights)
    return math.fsum(total) / whole if whole else None
