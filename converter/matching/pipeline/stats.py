"""STATS and INLINE STATS."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from converter.diagnostics import ParseError, UnsupportedError
from converter.matching.pipeline.code import Code, Run
from converter.matching.pipeline.columns import ColumnRef, Row, Scope
from converter.matching.pipeline.compiler import Collector, Compiler, Place
from converter.matching.pipeline.pushing import is_pushed
from converter.matching.pipeline.types import Value, unpack
from converter.tree.pipeline import Assignment, Column, Expression, Stats

if TYPE_CHECKING:
    from converter.matching.pipeline.steps import Plan

Keys = list[tuple[ColumnRef, Run]]


def plan_stats(plan: Plan, command: Stats) -> None:
    """Adds a STATS to the plan: groups, their aggregates, and what is computed of them."""
    keys = _keys(plan, command)
    grouped = {column.name: column for column, _ in keys}
    inner = Compiler(plan.scope, plan.fields, plan.now, read_query=plan.read_query)
    inner.scope = _with_keys(plan.scope, keys)
    collector = Collector(inner)
    outer = Compiler(
        _outer_scope(plan.scope, grouped), plan.fields, plan.now, Place(aggregates=collector), plan.read_query
    )
    results: dict[str, tuple[ColumnRef, Code]] = {}
    for item in command.aggregates:
        collector.where, collector.condition = _condition(plan, command, item), item.where
        code = outer.compile(item.item)
        if not collector.found and not grouped and not _reads_groups(item.item):
            raise ParseError("an item of STATS must hold an aggregate function", span=item.span)
        results.pop(item.column, None)
        results[item.column] = (ColumnRef(item.column, code.type), code)
    results = {name: found for name, found in results.items() if name not in grouped}
    plan.steps.append(_inline_step(keys, collector, results) if command.inline else _step(keys, collector, results))
    columns = {name: column for name, (column, _) in results.items()}
    final = {name: ColumnRef(name, column.type, id=column.id) for name, column in grouped.items()}
    if command.inline:
        plan.scope = plan.scope.with_columns(
            {**columns, **{n: c for n, c in final.items() if n not in plan.scope.columns}}
        )
        return
    plan.scope = Scope({**columns, **final})


def _reads_groups(item: Expression) -> bool:
    return isinstance(item, Column)


def _keys(plan: Plan, command: Stats) -> Keys:
    keys: Keys = []
    for item in command.by:
        compiler = Compiler(_with_keys(plan.scope, keys), plan.fields, plan.now, Place(grouping=True), plan.read_query)
        code = compiler.compile(item.item)
        keys = [(column, run) for column, run in keys if column.name != item.column]
        keys.append((ColumnRef(item.column, code.type, grouped=True), code.run))
    return keys


def _with_keys(scope: Scope, keys: Keys) -> Scope:
    """The rows' columns; a key with a new name can be used inside aggregates too."""
    new = {column.name: column for column, _ in keys if scope.find(column.name) is None}
    return scope.with_columns(new) if new else scope


def _outer_scope(scope: Scope, grouped: dict[str, ColumnRef]) -> Scope:
    return scope.with_columns(grouped) if grouped else scope


def _condition(plan: Plan, command: Stats, item: Assignment) -> Run | None:
    """An aggregate's WHERE. One that all share, without groups, goes to the index."""
    from converter.matching.pipeline.steps import where_place

    if item.where is None:
        return None
    shared = not command.by and all(other.where == item.where for other in command.aggregates)
    pushed = plan.pushes and shared and is_pushed(item.where, plan.scope)
    return plan.compiler(where_place(plan, shared)).boolean(item.where, "a condition", pushed).run


def _groups(rows: list[Row], keys: Keys) -> dict[tuple[Any, ...], list[Row]]:
    """Null is a group of its own; a row with several values belongs to the group of each."""
    if not keys:
        return {(): rows}
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        values = [run(row) for _, run in keys]
        for (column, _), value in zip(keys, values, strict=True):
            row.cells[column.id] = value
        parts = [tuple(dict.fromkeys(unpack(value))) or (None,) for value in values]
        for key in itertools.product(*parts):
            groups.setdefault(key, []).append(row)
    return groups


def _fill(
    target: Row,
    key: tuple[Any, ...],
    rows: list[Row],
    keys: Keys,
    collector: Collector,
    results: dict[str, tuple[ColumnRef, Code]],
) -> None:
    for (column, _), value in zip(keys, key, strict=True):
        target.cells[column.id] = value
    for _, _, column, compute in collector.found:
        target.cells[column.id] = compute(rows)
    for column, code in results.values():
        target.cells[column.id] = code.run(target)


def _step(
    keys: Keys, collector: Collector, results: dict[str, tuple[ColumnRef, Code]]
) -> Callable[[list[Row]], list[Row]]:
    def step(rows: list[Row]) -> list[Row]:
        out = []
        for key, members in _groups(rows, keys).items():
            made = Row()
            _fill(made, key, members, keys, collector, results)
            out.append(made)
        return out

    return step


def _inline_step(
    keys: Keys, collector: Collector, results: dict[str, tuple[ColumnRef, Code]]
) -> Callable[[list[Row]], list[Row]]:
    def step(rows: list[Row]) -> list[Row]:
        found: dict[tuple[Any, ...], dict[int, Value]] = {}
        for key, members in _groups(rows, keys).items():
            made = Row()
            _fill(made, key, members, keys, collector, results)
            found[key] = made.cells
        for row in rows:
            values = tuple(row.cells.get(column.id) for column, _ in keys)
            if any(isinstance(value, tuple) for value in values):
                raise UnsupportedError("INLINE STATS by a field with several values is not supported")
            for column, _ in results.values():
                row.cells[column.id] = found[values][column.id]
        return rows

    return step
