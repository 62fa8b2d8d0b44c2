"""The commands behind the source, each as a step from rows to rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from converter.diagnostics import ParseError
from converter.fields import Fields
from converter.matching.pipeline.code import Code, Run
from converter.matching.pipeline.columns import ColumnRef, Row, Scope
from converter.matching.pipeline.compiler import Compiler, Place, ReadQuery
from converter.matching.pipeline.extract import Extract, dissect, grok
from converter.matching.pipeline.multivalues import ordering
from converter.matching.pipeline.pushing import is_pushed
from converter.matching.pipeline.rewriting import FALSE, conjuncts, nullified
from converter.matching.pipeline.settling import contradicts
from converter.matching.pipeline.types import STRINGS, pack, unpack
from converter.tree import ANY, Token
from converter.tree.pipeline import (
    Assignment,
    Column,
    Command,
    Dissect,
    Drop,
    Eval,
    Grok,
    Keep,
    Limit,
    MvExpand,
    Rename,
    Sort,
    Stats,
    Where,
)
from converter.tree.pipeline import Row as RowCommand

Step = Callable[[list[Row]], list[Row]]

#: The most rows that a LIMIT gives, however great its number.
MOST = 10_000


@dataclass
class Plan:
    """A pipeline while it is read: the columns so far, the steps so far. `pushes`: a WHERE here still reaches the
    index; `no_query`, `no_match`: the command that rules out full-text functions from here on."""

    scope: Scope
    fields: Fields
    now: int
    read_query: ReadQuery | None
    rows: list[Row]
    pushes: bool
    steps: list[Step] = field(default_factory=list)
    no_query: str | None = None
    no_match: str | None = None

    def compiler(self, place: Place | None = None) -> Compiler:
        return Compiler(self.scope, self.fields, self.now, place, self.read_query)


def plan_command(plan: Plan, command: Command) -> None:
    """Adds a command to the plan."""
    name = type(command).__name__.upper()
    match command:
        case Where():
            _where(plan, command)
            return
        case Sort():
            _sort(plan, command)
            return
        case RowCommand(items=items) | Eval(items=items):
            _eval(plan, items)
        case Keep(patterns=patterns):
            plan.scope = Scope(_kept(plan.scope, patterns, command))
        case Drop(patterns=patterns):
            plan.scope = plan.scope.without(_dropped(plan.scope, patterns, command))
        case Rename(pairs=pairs):
            for old, new in pairs:
                plan.scope = _renamed(plan.scope, old, new, command)
        case Dissect(item=item, pattern=pattern, separator=separator):
            columns, read = dissect(pattern, separator, command.span)
            _extract(plan, item, columns, read, "DISSECT")
        case Grok(item=item, patterns=patterns_):
            columns, read = grok(patterns_, command.span)
            _extract(plan, item, columns, read, "GROK")
        case MvExpand(column=column):
            _expand(plan, column)
            plan.pushes, name = False, "MV_EXPAND"
        case Limit(count=count):
            plan.steps.append(lambda rows: rows[: min(count, MOST)])
            plan.pushes = False
            plan.no_match = plan.no_match or "LIMIT"
        case Stats():
            from converter.matching.pipeline.stats import plan_stats

            plan_stats(plan, command)
            plan.pushes = False
            plan.no_match = plan.no_match or "STATS"
        case _:
            raise TypeError(f"no meaning for {name}")
    plan.no_query = plan.no_query or name


def where_place(plan: Plan, condition: bool) -> Place:
    """Where a condition stands that may search; `condition`: that of a WHERE, not of an aggregate."""
    return Place(search=True, no_query=plan.no_query, no_match=plan.no_match, condition=condition)


def _where(plan: Plan, command: Where) -> None:
    compiler = plan.compiler(where_place(plan, True))
    parts = conjuncts(command.condition)
    tests = [condition(plan, compiler, part) for part in parts]
    changed = (FALSE,) if contradicts(compiler, parts) else nullified(parts)
    if changed != parts:
        tests = [condition(plan, compiler, part) for part in changed]

    def step(rows: list[Row]) -> list[Row]:
        for test in tests:
            rows = [row for row in rows if test(row) is True]
        return rows

    plan.steps.append(step)


def condition(plan: Plan, compiler: Compiler, part: Any) -> Run:
    """A part of a WHERE as a test."""
    return compiler.boolean(part, "a condition", plan.pushes and is_pushed(part, plan.scope)).run


def _eval(plan: Plan, items: tuple[Assignment, ...]) -> None:
    for item in items:
        code = plan.compiler().compile(item.item)
        if code.type in ("date_period", "time_duration"):
            raise ParseError("an interval cannot be the value of a column", span=item.span)
        alias = None
        if isinstance(item.item, Column):
            found = plan.scope.find(item.item.name)
            alias = (found.field or found.alias) if found is not None else None
        value = code.value() if code.constant else None
        column = ColumnRef(item.column, code.type, alias=alias, known=code.constant, value=value)
        plan.scope = plan.scope.with_columns({item.column: column})
        plan.steps.append(_setter(column.id, code))


def _setter(number: int, code: Code) -> Step:
    run = code.run

    def step(rows: list[Row]) -> list[Row]:
        for row in rows:
            row.cells[number] = run(row)
        return rows

    return step


def _regex(tokens: tuple[Token, ...]) -> re.Pattern[str]:
    return re.compile("".join(re.escape(t) if isinstance(t, str) else ".*" for t in tokens), re.DOTALL)


def _matching(scope: Scope, tokens: tuple[Token, ...], command: Command) -> dict[str, ColumnRef]:
    """The columns that a name or a pattern takes."""
    if len(tokens) == 1 and isinstance(tokens[0], str):
        column = scope.find(tokens[0])
        if column is None:
            raise ParseError(f"unknown column `{tokens[0]}`", span=command.span)
        return {tokens[0]: column}
    fits = _regex(tokens).fullmatch
    found = {name: column for name, column in scope.all().items() if fits(name)}
    closed = scope.source is None or scope.source.fields.closed
    if not found and tokens != (ANY,) and closed:
        shown = "".join(t if isinstance(t, str) else "*" for t in tokens)
        raise ParseError(f"no column fits the pattern `{shown}`", span=command.span)
    return found


def _kept(scope: Scope, patterns: tuple[tuple[Token, ...], ...], command: Command) -> dict[str, ColumnRef]:
    """A name outweighs a pattern, a pattern `*`; of equals the last decides the place."""
    out: dict[str, ColumnRef] = {}
    ranks: dict[str, int] = {}
    for tokens in patterns:
        rank = 2 if tokens == (ANY,) else 0 if ANY not in tokens else 1
        for name, column in _matching(scope, tokens, command).items():
            if name not in ranks or ranks[name] >= rank:
                out.pop(name, None)
                out[name] = column
                ranks[name] = rank
    return out


def _dropped(scope: Scope, patterns: tuple[tuple[Token, ...], ...], command: Command) -> set[str]:
    return {name for tokens in patterns for name in _matching(scope, tokens, command)}


def _renamed(scope: Scope, old: str, new: str, command: Command) -> Scope:
    column = scope.find(old)
    if column is None:
        raise ParseError(f"unknown column `{old}`", span=command.span)
    if old == new:
        return scope
    return scope.replaced(old, replace(column, name=new))


def _extract(plan: Plan, item: Any, columns: list[tuple[str, str]], read: Extract, name: str) -> None:
    compiler = plan.compiler()
    code = compiler.compile(item)
    if code.type not in STRINGS | {"null"}:
        raise compiler.wanted(item, code, "keyword", f"{name} reads strings, found {code.type}")
    made = {column: ColumnRef(column, kind) for column, kind in columns}
    run = code.run

    def step(rows: list[Row]) -> list[Row]:
        for row in rows:
            found: dict[str, list[Any]] = {}
            for text in unpack(run(row)):
                for key, values in (read(str(text)) or {}).items():
                    found.setdefault(key, []).extend(values)
            for key, column in made.items():
                row.cells[column.id] = pack(found.get(key, ()))
        return rows

    plan.scope = plan.scope.with_columns(made)
    plan.steps.append(step)


def _expand(plan: Plan, item: Column) -> None:
    code = plan.compiler().compile(item)
    old = plan.scope.find(item.name)
    assert old is not None
    column = ColumnRef(item.name, code.type)
    run, number = code.run, column.id

    def step(rows: list[Row]) -> list[Row]:
        out: list[Row] = []
        for row in rows:
            for value in unpack(run(row)) or (None,):
                twin = row.copy()
                twin.cells[number] = value
                out.append(twin)
        return out

    plan.scope = plan.scope.replaced(item.name, column)
    plan.steps.append(step)


def _sort(plan: Plan, command: Sort) -> None:
    keys = []
    for order in command.orders:
        code = plan.compiler().compile(order.item)
        first = order.nulls == "first" if order.nulls else order.descending
        keys.append((code.run, ordering(code.type), order.descending, first))

    def step(rows: list[Row]) -> list[Row]:
        for run, key, descending, nulls_first in reversed(keys):
            rows = _sorted(rows, run, key, descending, nulls_first)
        return rows

    plan.steps.append(step)


def _sorted(rows: list[Row], run: Run, key: Callable[[Any], Any], descending: bool, nulls_first: bool) -> list[Row]:
    """Several values count as their least (ascending) or greatest."""
    pick: Any = max if descending else min
    filled, empty = [], []
    for row in rows:
        values = unpack(run(row))
        if values:
            filled.append((pick(map(key, values)), row))
        else:
            empty.append(row)
    filled.sort(key=lambda pair: pair[0], reverse=descending)
    ordered = [row for _, row in filled]
    return empty + ordered if nulls_first else ordered + empty
