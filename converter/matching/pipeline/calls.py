"""Calls: functions of the registry, conditional functions, casts, aggregates and the full-text functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from converter.diagnostics import ParseError, UnsupportedError
from converter.matching.pipeline.code import Code, Run, fixed, folded, is_null, mismatch, widened
from converter.matching.pipeline.columns import ColumnRef, Row
from converter.matching.pipeline.comparing import pushed_constant
from converter.matching.pipeline.conversions import CASTS, from_literal
from converter.matching.pipeline.functions import Body, Call, Spec, lookup
from converter.matching.pipeline.multivalues import ordering
from converter.matching.pipeline.types import NUMBERS, STRINGS, Value, pack, unpack
from converter.tree.pipeline import Cast, Constant, Expression, Function, MatchOperator

if TYPE_CHECKING:
    from converter.matching.pipeline.compiler import Compiler

#: Spelling of a unit of time → the unit.
UNITS: dict[str, str] = {
    **{name + s: name for name in ("millisecond", "second", "minute", "hour", "day", "week") for s in ("", "s")},
    **{name + s: name for name in ("month", "quarter", "year") for s in ("", "s")},
    "ms": "millisecond", "sec": "second", "s": "second", "min": "minute", "m": "minute", "h": "hour",
    "d": "day", "w": "week",
    "mo": "month", "q": "quarter", "yr": "year", "y": "year",
}  # fmt: skip

SEARCHES = frozenset(("kql", "qstr", "match", "match_phrase", "multi_match", "term", "knn", "score"))
GROUPINGS = frozenset(("bucket", "categorize", "tbucket"))
#: Functions that exist but that nothing here can compute.
ELSEWHERE = frozenset(
    ("st_contains", "st_within", "st_intersects", "st_disjoint", "st_envelope", "st_xmax", "st_xmin", "st_ymax",
     "st_ymin", "st_geohash", "st_geotile", "st_geohex", "st_npoints", "st_simplify", "to_cartesianpoint",
     "to_cartesianshape", "to_geoshape", "to_geohash", "to_geotile", "to_geohex", "to_aggregate_metric_double",
     "to_dense_vector", "text_embedding", "v_cosine", "v_dot_product", "v_hamming", "v_l1_norm", "v_l2_norm",
     "v_magnitude", "network_direction", "decay", "chunk", "top_snippets", "rate", "sample", "st_centroid_agg",
     "st_extent_agg", "to_ip_leading_zeros", "clamp", "clamp_max", "clamp_min", "range_from", "range_to")
)  # fmt: skip


def compile_call(compiler: Compiler, item: Function | Cast | MatchOperator, pushed: bool) -> Code:
    """The value of a call."""
    from converter.matching.pipeline.aggregates import AGGREGATES

    if isinstance(item, Cast):
        return _cast(compiler, item)
    if isinstance(item, MatchOperator) or item.name in SEARCHES:
        from converter.matching.pipeline.search import compile_search

        return compile_search(compiler, item)
    if item.name in AGGREGATES:
        return _aggregate(compiler, item)
    if item.name in GROUPINGS:
        return _grouping(compiler, item)
    match item.name:
        case "case":
            return _case(compiler, item, pushed)
        case "coalesce":
            return _coalesce(compiler, item)
        case "greatest" | "least":
            return _extreme(compiler, item)
    spec = lookup(item.name)
    if spec is None:
        if item.name in ELSEWHERE:
            raise UnsupportedError(f"the function `{item.name}` is not supported", span=item.span)
        raise ParseError(f"unknown function `{item.name}`", span=item.span, help=_similar(item.name))
    return _function(compiler, item, spec, pushed)


def _similar(name: str) -> str | None:
    import difflib

    from converter.matching.pipeline.functions import REGISTRY

    close = difflib.get_close_matches(name, list(REGISTRY), 1, 0.7)
    return f"did you mean `{close[0]}`?" if close else None


def _aggregate(compiler: Compiler, item: Function) -> Code:
    collector = compiler.place.aggregates
    if collector is None:
        raise ParseError(f"the aggregate function `{item.name}` stands outside of STATS", span=item.span)
    for known, condition, column, _ in collector.found:
        if known == item and condition == collector.condition:
            return Code(column.type, column.reader(compiler.fields))
    from converter.matching.pipeline.aggregates import compile_aggregate

    kind, compute = compile_aggregate(collector.inner, item)
    column = ColumnRef(item.name, kind, grouped=True)
    collector.found.append((item, collector.condition, column, _filtered(compute, collector.where)))
    return Code(kind, column.reader(compiler.fields))


def _filtered(compute: Callable[[list[Row]], Value], where: Run | None) -> Callable[[list[Row]], Value]:
    if where is None:
        return compute
    return lambda rows: compute([row for row in rows if where(row) is True])


def _grouping(compiler: Compiler, item: Function) -> Code:
    if not compiler.place.grouping:
        raise ParseError(f"`{item.name}` stands outside of the BY of STATS", span=item.span)
    if item.name != "bucket":
        raise UnsupportedError(f"the grouping function `{item.name}` is not supported", span=item.span)
    from converter.matching.pipeline.buckets import compile_bucket

    return compile_bucket(compiler, item)


def check_count(item: Function, least: int, most: int | None) -> None:
    """Raises `ParseError` for a wrong number of arguments."""
    count = len(item.args)
    if item.star or count < least or (most is not None and count > most):
        wanted = str(least) if least == most else f"{least} to {most}" if most is not None else f"{least} or more"
        raise ParseError(f"`{item.name}` takes {wanted} arguments, found {'*' if item.star else count}", span=item.span)


def _function(compiler: Compiler, item: Function, spec: Spec, pushed: bool) -> Code:
    check_count(item, spec.required, None if spec.variadic else len(spec.params))
    codes = [argument(compiler, item, spec, i) for i in range(len(item.args))]
    if pushed and item.name in ("starts_with", "ends_with") and codes[1].constant:
        codes[1] = pushed_constant(compiler, item.args[0], codes[1])
    types = tuple(code.type for code in codes)
    known = tuple(code.constant for code in codes)
    values = tuple(code.value() if code.constant else None for code in codes)
    kind = spec.result(types)
    if spec.kind != "whole" and any(map(is_null, codes)):
        return fixed(None, kind)
    body = spec.build(Call(types, values, known, compiler.now, item.span))
    run = _runner(spec, body, [code.run for code in codes])
    return folded(Code(kind, run), all(known))


def argument(compiler: Compiler, item: Function, spec: Spec, index: int) -> Code:
    """An argument in a type that the function takes."""
    arg = item.args[index]
    code = compiler.compile(arg)
    if code.type == "null" or code.type in spec.accepts(index):
        return code
    target = spec.target(index)
    if isinstance(arg, Constant) and isinstance(arg.value, str) and target is not None:
        found = _interval(arg.value) if target == "interval" else fixed(from_literal(arg.value, target), target)
        if found is not None and found.value() is not None:
            return found
        raise mismatch(f"`{arg.value}` cannot be read as {target}", arg.span)
    wanted = " or ".join(sorted(spec.params[min(index, len(spec.params) - 1)].split("|")))
    raise compiler.wanted(
        arg,
        code,
        target if target and target != "interval" else "keyword",
        f"argument {index + 1} of `{item.name}` must be {wanted}, found {code.type}",
    )


def _interval(text: str) -> Code | None:
    from converter.matching.pipeline.arithmetic import interval

    amount, _, unit = text.strip().partition(" ")
    if not amount.lstrip("-").isdigit() or unit.strip().lower() not in UNITS:
        return None
    return interval(int(amount), unit.strip().lower())


def _runner(spec: Spec, body: Body, runs: list[Run]) -> Run:
    if spec.kind == "whole":
        return lambda row: body(*(run(row) for run in runs))
    first = runs[0] if len(runs) == 1 else None
    if spec.kind == "each":
        return _each(body, runs)
    if first is not None:

        def one(row: Row) -> Value:
            value = first(row)
            return None if value is None or isinstance(value, tuple) else body(value)

        return one

    def run(row: Row) -> Value:
        values: list[Any] = []
        for each in runs:
            value = each(row)
            if value is None or isinstance(value, tuple):
                return None
            values.append(value)
        return body(*values)

    return run


def _each(body: Body, runs: list[Run]) -> Run:
    def run(row: Row) -> Value:
        value = runs[0](row)
        if value is None:
            return None
        if not isinstance(value, tuple):
            return body(value)
        return pack(found for item in value if (found := body(item)) is not None and not isinstance(found, tuple))

    return run


def _cast(compiler: Compiler, item: Cast) -> Code:
    if item.type in ("date_period", "time_duration"):
        if isinstance(item.item, Constant) and isinstance(item.item.value, str):
            found = _interval(item.item.value)
            if found is not None and found.type == item.type:
                return found
        raise mismatch(f'only a literal such as "1 day" can be a {item.type}', item.span)
    name = CASTS.get(item.type)
    if name is None:
        raise ParseError(f"`{item.type}` is no type to convert to", span=item.span, help="known: " + ", ".join(CASTS))
    return compile_call(compiler, Function(name, (item.item,), span=item.span), False)


# Conditional functions


def _alike(compiler: Compiler, item: Function, items: list[Expression], codes: list[Code]) -> tuple[list[Code], str]:
    """All in the type of the first that has one; numbers may be widened to it."""
    kind = next((code.type for code in codes if code.type != "null"), "null")
    kind = "keyword" if kind in STRINGS else kind
    out = []
    for arg, code in zip(items, codes, strict=True):
        found = _fitted(code, kind)
        if found is None:
            raise compiler.wanted(arg, code, kind, f"the values of `{item.name}` must be {kind}, found {code.type}")
        out.append(found)
    return out, kind


def _fitted(code: Code, kind: str) -> Code | None:
    if code.type in (kind, "null") or (code.type in STRINGS and kind == "keyword"):
        return code
    order = ("integer", "long", "double")
    if code.type in NUMBERS and code.type in order and kind in order and order.index(code.type) < order.index(kind):
        return widened(code, kind)
    return None


def _case(compiler: Compiler, item: Function, pushed: bool) -> Code:
    check_count(item, 2, None)
    pairs = len(item.args) // 2
    conditions = [compiler.boolean(item.args[2 * i], "a condition of CASE") for i in range(pairs)]
    results: list[Expression] = [item.args[2 * i + 1] for i in range(pairs)]
    if len(item.args) % 2:
        results.append(item.args[-1])
    codes, kind = _alike(compiler, item, results, [compiler.compile(result) for result in results])
    tests = [(condition.run, code.run) for condition, code in zip(conditions, codes, strict=False)]
    rest = codes[-1].run if len(item.args) % 2 else None

    def run(row: Row) -> Value:
        for condition, value in tests:
            if condition(row) is True:
                return value(row)
        return rest(row) if rest is not None else None

    return Code(kind, run, all(code.constant for code in (*conditions, *codes)))


def _coalesce(compiler: Compiler, item: Function) -> Code:
    check_count(item, 1, None)
    codes, kind = _alike(compiler, item, list(item.args), [compiler.compile(arg) for arg in item.args])
    runs = [code.run for code in codes]

    def run(row: Row) -> Value:
        for each in runs:
            value = each(row)
            if value is not None:
                return value
        return None

    return Code(kind, run, all(code.constant for code in codes))


def _extreme(compiler: Compiler, item: Function) -> Code:
    check_count(item, 1, None)
    codes, kind = _alike(compiler, item, list(item.args), [compiler.compile(arg) for arg in item.args])
    pick: Any = max if item.name == "greatest" else min
    key = ordering(kind)
    runs = [code.run for code in codes]

    def run(row: Row) -> Value:
        values: list[Any] = []
        for each in runs:
            value = each(row)
            if value is None:
                return None
            values.extend(unpack(value))
        return pick(values, key=key)  # type: ignore[no-any-return]

    return Code(kind, run, all(code.constant for code in codes))
