"""Expressions as functions of a row: columns, literals, logic, comparison, arithmetic; types are checked on the way.

`pushed` says that Elasticsearch hands the predicate to the index. The answer depends on it where a field has a
normaliser (the literal is folded), holds floats (the literal is rounded), or a LIKE pattern is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.diagnostics import ParseError
from converter.fields import Fields
from converter.matching.pipeline.arithmetic import arithmetic, interval, negative
from converter.matching.pipeline.code import (
    Code,
    Retype,
    Run,
    fixed,
    is_null,
    mismatch,
    negation,
)
from converter.matching.pipeline.columns import ColumnRef, Row, Scope
from converter.matching.pipeline.comparing import CASING, COMPARE, comparison, one_of
from converter.matching.pipeline.rewriting import has_null, is_test, nullified
from converter.matching.pipeline.settling import check_orders, contradicts
from converter.matching.pipeline.types import (
    Value,
)
from converter.tree import Field, Node
from converter.tree.pipeline import (
    Both,
    Cast,
    Column,
    Constant,
    Either,
    Expression,
    Function,
    Interval,
    Inverse,
    IsNull,
    Like,
    MatchOperator,
    Negative,
    OneOf,
    Operation,
)


@dataclass(frozen=True)
class Place:
    """Where an expression stands. `search`: full-text functions are allowed here; `no_query`, `no_match`: the command
    that came before and rules out KQL/QSTR, or MATCH. `aggregates`: what a STATS collects of its expressions.
    `grouping`: BUCKET may stand. `condition`: in WHERE a null in AND makes it null, one in OR is left out."""

    search: bool = False
    no_query: str | None = None
    no_match: str | None = None
    aggregates: Collector | None = None
    grouping: bool = False
    condition: bool = False


@dataclass
class Collector:
    """The aggregates inside the expressions of a STATS. `inner` compiles their arguments; `where` is the condition of
    the expression at hand."""

    inner: Compiler
    where: Run | None = None
    condition: Expression | None = None
    found: list[tuple[Function, Expression | None, ColumnRef, Callable[[list[Row]], Value]]] = field(
        default_factory=list
    )


#: Reads a text of another language: (language, text, fields, options) → its predicate on an event.
ReadQuery = Callable[[str, str, Fields, Mapping[str, Any]], Node]


class Compiler:
    def __init__(
        self, scope: Scope, fields: Fields, now: int, place: Place | None = None, read_query: ReadQuery | None = None
    ) -> None:
        self.scope = scope
        self.fields = fields
        self.now = now
        self.place = place or Place()
        self.read_query = read_query

    def compile(self, item: Expression, pushed: bool = False) -> Code:
        """The expression. Raises `FieldTypeError`, `ParseError`, `UnsupportedError`, `Retype`."""
        match item:
            case Constant():
                return fixed(item.value, item.type)
            case Interval(amount=amount, unit=unit):
                return interval(amount, unit)
            case Column():
                return self._column(item)
            case Both(items=items):
                return self._logic(items, pushed, stop=False)
            case Either(items=items):
                return self._logic(self.joined(items), pushed, stop=True)
            case Inverse(item=inner):
                return self._inverse(inner, pushed)
            case Operation(op=op) if op in COMPARE:
                return comparison(self, item, pushed)
            case Operation():
                return arithmetic(self, item)
            case Negative(item=inner):
                return negative(self, inner, item.span)
            case IsNull(item=inner, negated=negated):
                run = self.compile(inner).run
                if negated:
                    return Code("boolean", lambda row: run(row) is not None)
                return Code("boolean", lambda row: run(row) is None)
            case OneOf():
                return one_of(self, item, pushed)
            case Like():
                from converter.matching.pipeline.patterns import compile_like

                return compile_like(self, item, pushed)
            case MatchOperator() | Function() | Cast():
                from converter.matching.pipeline.calls import compile_call

                return compile_call(self, item, pushed)

    def _column(self, item: Column) -> Code:
        found = self.scope.find(item.name)
        if found is None:
            raise ParseError(f"unknown column `{item.name}`", span=item.span, help=self._similar(item.name))
        if self.place.aggregates is not None and not found.grouped:
            raise ParseError(f"column `{item.name}` must stand in BY or inside an aggregate function", span=item.span)
        if found.type == "unsupported":
            kind = found.field.type if found.field else "unknown"
            raise mismatch(f"ES|QL cannot use the field `{item.name}` of type `{kind}`", item.span)
        if found.known:
            return fixed(found.value, found.type)
        return Code(found.type, found.reader(self.fields))

    def _similar(self, name: str) -> str | None:
        import difflib

        close = difflib.get_close_matches(name, list(self.scope.all()), 1, 0.75)
        return f"did you mean `{close[0]}`?" if close else None

    def index_field(self, item: Expression) -> Field | None:
        """The index's field that the expression is, unchanged."""
        if not isinstance(item, Column):
            return None
        found = self.scope.find(item.name)
        return (found.field or found.alias) if found is not None else None

    def wanted(self, item: Expression, code: Code, kind: str, error: str, help: str | None = None) -> Exception:
        """The error of a type that does not fit; a request to retype where the type was only assumed."""
        problem = mismatch(error, getattr(item, "span", None), help)
        found = self.index_field(item)
        if found is not None and not found.known and found.type == "keyword" and kind != "keyword":
            return Retype(found.name, kind, problem)
        return problem

    def boolean(self, item: Expression, what: str, pushed: bool = False) -> Code:
        """A condition."""
        code = self.compile(item, pushed)
        if code.type not in ("boolean", "null"):
            raise self.wanted(item, code, "boolean", f"{what} must be a boolean, found {code.type}")
        return code

    def _logic(self, items: tuple[Expression, ...], pushed: bool, stop: bool) -> Code:
        """AND (`stop` is False) or OR (True); a literal that decides nothing is left out, as Elasticsearch does."""
        name = "OR" if stop else "AND"
        codes = [self.boolean(item, f"an operand of {name}", pushed) for item in items]
        if not stop and (changed := nullified(items)) != items:
            items = changed
            codes = [self.boolean(item, f"an operand of {name}", pushed) for item in items]
        if stop:
            check_orders(self, items)
        elif contradicts(self, items):
            return fixed(False, "boolean")
        rest = [
            code
            for item, code in zip(items, codes, strict=True)
            if not (isinstance(item, Constant) and item.value is (not stop))
        ]
        if any(code.constant and code.value() is stop for code in rest):
            return fixed(stop, "boolean")
        if self.place.condition and any(is_null(code) for code in rest):
            rest = [code for code in rest if not is_null(code)] if stop else []
            if not rest:
                return fixed(None, "boolean")
        if len(rest) == 1:
            return rest[0]
        join = _decided if all(map(is_test, items)) else _folded
        return Code("boolean", join([code.run for code in rest], stop), all(code.constant for code in rest))

    def joined(self, items: tuple[Expression, ...]) -> tuple[Expression, ...]:
        """Equalities of one TO_LOWER(x) with several texts are an IN, which folds all of Unicode."""
        groups: dict[Expression, list[Expression]] = {}
        for item in items:
            for left, value in self._cased_equalities(item):
                groups.setdefault(left, []).append(value)
        joined = {left for left, values in groups.items() if len(set(values)) > 1}
        if not joined:
            return items
        out: list[Expression] = []
        done: set[Expression] = set()
        for item in items:
            found = self._cased_equalities(item)
            left = found[0][0] if found else item
            if left not in joined:
                out.append(item)
            elif left not in done:
                done.add(left)
                out.append(OneOf(left, tuple(dict.fromkeys(groups[left])), span=item.span))
        return tuple(out)

    def _cased_equalities(self, item: Expression) -> list[tuple[Expression, Expression]]:
        match item:
            case Operation(op="==", left=Function(name=name) as left, right=Constant() as right) if name in CASING:
                return [(left, right)]
            case Operation(op="==", left=Constant() as right, right=Function(name=name) as left) if name in CASING:
                return [(left, right)]
            case OneOf(item=Function(name=name) as left, values=values, negated=False) if name in CASING and all(
                isinstance(value, Constant) for value in values
            ):
                return [(left, value) for value in values]
        return []

    def _inverse(self, inner: Expression, pushed: bool) -> Code:
        match inner:
            case Operation(op="=="):
                return self.compile(replace(inner, op="!="), pushed)
            case Operation(op="!="):
                return self.compile(replace(inner, op="=="), pushed)
            case Inverse(item=again) if has_null(again):
                return fixed(None, "boolean")
            case OneOf() if has_null(inner):
                return fixed(None, "boolean")
            case Inverse(item=again):
                return self.boolean(again, "the operand of NOT", pushed)
            case OneOf() | Like() | IsNull():
                return self.compile(replace(inner, negated=not inner.negated), pushed)
        return negation(self.boolean(inner, "the operand of NOT", pushed))


def _decided(runs: list[Run], stop: bool) -> Run:
    """AND (`stop` is False) or OR over operands that are never several values: the first that decides ends it."""

    def run(row: Row) -> Value:
        result: Value = not stop
        for each in runs:
            found = each(row)
            if found is stop:
                return stop
            if found is None:
                result = None
        return result

    return run


def _folded(runs: list[Run], stop: bool) -> Run:
    """The same where an operand may be several values, which makes its pair null, whatever the other one is."""

    def run(row: Row) -> Value:
        result = runs[0](row)
        for each in runs[1:]:
            found = each(row)
            if isinstance(result, tuple) or isinstance(found, tuple):
                result = None
            elif stop in (result, found):
                result = stop
            elif result is None or found is None:
                result = None
        return result

    return run
