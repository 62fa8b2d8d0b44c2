"""Expressions as functions of a row: columns, literals, logic, comparison, arithmetic; types are checked on the way.

`pushed` says that Elasticsearch hands the predicate to the index. The answer depends on it where a field has a
normaliser (the literal is folded), holds floats (the literal is rounded), or a LIKE pattern is empty.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.diagnostics import ParseError, Span
from converter.fields import Fields
from converter.matching.pipeline import calendar
from converter.matching.pipeline.code import (
    Code,
    Period,
    Retype,
    Run,
    fixed,
    folded,
    is_null,
    mismatch,
    single,
    widened,
)
from converter.matching.pipeline.columns import ColumnRef, Row, Scope, rounded
from converter.matching.pipeline.conversions import from_literal
from converter.matching.pipeline.rewriting import is_test, nullified
from converter.matching.pipeline.settling import contradicts
from converter.matching.pipeline.types import (
    DATES,
    FROM_TEXT,
    INTERVALS,
    NUMBERS,
    STRINGS,
    Value,
    fit,
    version_key,
    wider,
)
from converter.matching.values import fold_ascii, lowercase
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

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SWAP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_CASING = ("to_lower", "to_upper")
PERIODS = frozenset(("day", "week", "month", "quarter", "year"))


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
                return self._logic(self._joined(items), pushed, stop=True)
            case Inverse(item=inner):
                return self._inverse(inner, pushed)
            case Operation(op=op) if op in _COMPARE:
                return self._comparison(item, pushed)
            case Operation():
                return self._arithmetic(item)
            case Negative(item=inner):
                return self._arithmetic(Operation("-", Constant(0, "integer"), inner, span=item.span))
            case IsNull(item=inner, negated=negated):
                run = self.compile(inner).run
                if negated:
                    return Code("boolean", lambda row: run(row) is not None)
                return Code("boolean", lambda row: run(row) is None)
            case OneOf():
                return self._one_of(item, pushed)
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
        if not stop and contradicts(self, items):
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

    def _joined(self, items: tuple[Expression, ...]) -> tuple[Expression, ...]:
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
            case Operation(op="==", left=Function(name=name) as left, right=Constant() as right) if name in _CASING:
                return [(left, right)]
            case Operation(op="==", left=Constant() as right, right=Function(name=name) as left) if name in _CASING:
                return [(left, right)]
            case OneOf(item=Function(name=name) as left, values=values, negated=False) if name in _CASING and all(
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
            case Inverse(item=again):
                return self.boolean(again, "the operand of NOT", pushed)
            case OneOf() | Like() | IsNull():
                return self.compile(replace(inner, negated=not inner.negated), pushed)
        return negation(self.boolean(inner, "the operand of NOT", pushed))

    # Comparison

    def _comparison(self, item: Operation, pushed: bool) -> Code:
        left, right, op = item.left, item.right, item.op
        if self._is_constant(left) and not self._is_constant(right):
            left, right, op = right, left, _SWAP[op]
        a, b = self.compile(left), self.compile(right)
        if op in ("==", "!=") and isinstance(left, Function) and left.name in _CASING and b.constant and not a.constant:
            cased = self._cased(left, b, op)
            if cased is not None:
                return cased
        a, b, kind = self.common(left, a, right, b, item.span)
        if kind == "null":
            return fixed(None, "boolean")
        if kind == "boolean" and op not in ("==", "!="):
            raise mismatch(f"booleans have no order: `{op}` cannot compare them", item.span)
        if pushed and b.constant:
            b = self.pushed_constant(left, b)
        return compare(op, a, b, kind)

    def _is_constant(self, item: Expression) -> bool:
        return isinstance(item, Constant) or (isinstance(item, Function | Cast) and self._folds(item))

    def _folds(self, item: Expression) -> bool:
        match item:
            case Constant():
                return True
            case Function(name="now"):
                return True
            case Function(args=args):
                return bool(args) and all(self._folds(arg) for arg in args)
            case Cast(item=inner):
                return self._folds(inner)
        return False

    def _cased(self, left: Function, right: Code, op: str) -> Code | None:
        """`TO_LOWER(x) == "text"` folds ASCII only; with a text of the wrong case it is false even for several values,
        and its negation IS NOT NULL."""
        text = right.value()
        inner: Expression = left
        while isinstance(inner, Function) and inner.name in _CASING and len(inner.args) == 1:
            inner = inner.args[0]
        if not isinstance(text, str) or right.type not in STRINGS:
            return None
        code = self.compile(inner)
        if code.type not in STRINGS:
            return None
        run = code.run
        if (text.lower() if left.name == "to_lower" else text.upper()) != text:
            if op == "==":
                return Code("boolean", lambda row: False)
            return Code("boolean", lambda row: run(row) is not None)
        wanted, hit = fold_ascii(text), op == "=="

        def test(row: Row) -> Value:
            value = single(run(row))
            return None if value is None else (fold_ascii(value) == wanted) is hit

        return Code("boolean", test)

    def common(
        self, left: Expression, a: Code, right: Expression, b: Code, span: Span | None
    ) -> tuple[Code, Code, str]:
        """Both operands in one type: numbers widened, string literals read as dates, addresses, booleans."""
        if "null" in (a.type, b.type):
            return a, b, "null"
        a, b = self._literal(left, a, b.type), self._literal(right, b, a.type)
        if a.type in STRINGS and b.type in STRINGS:
            return a, b, "keyword"
        if a.type in NUMBERS and b.type in NUMBERS:
            kind = wider(a.type, b.type)
            return widened(a, kind), widened(b, kind), kind
        if a.type in DATES and b.type in DATES:
            if a.type == b.type:
                return a, b, a.type
            return _nanos(a), _nanos(b), "date_nanos"
        if a.type == b.type and a.type not in INTERVALS:
            return a, b, a.type
        message = f"cannot compare {a.type} with {b.type}"
        hint = "convert one side, such as `x::long`"
        for item, code, other in ((left, a, b), (right, b, a)):
            problem = self.wanted(item, code, other.type, message, hint)
            if isinstance(problem, Retype):
                raise problem
        raise mismatch(message, span, hint)

    def _literal(self, item: Expression, code: Code, other: str) -> Code:
        if other not in FROM_TEXT or not isinstance(item, Constant) or not isinstance(item.value, str):
            return code
        found = from_literal(item.value, other)
        if found is None:
            raise mismatch(f"`{item.value}` cannot be read as {other}", item.span)
        return fixed(found, other)

    def pushed_constant(self, item: Expression, code: Code) -> Code:
        """A literal as the index compares it with the field."""
        found = self.index_field(item)
        value = code.value()
        if found is None or value is None:
            return code
        if found.type == "keyword_lowercase" and isinstance(value, str):
            return fixed(lowercase(value), code.type)
        if found.type in ("float", "half_float"):
            return fixed(rounded(found.type, value), code.type)
        return code

    def _one_of(self, item: OneOf, pushed: bool) -> Code:
        if len(item.values) == 1:
            op = "!=" if item.negated else "=="
            return self.compile(Operation(op, item.item, item.values[0], span=item.span), pushed)
        base = self.compile(item.item)
        if item.negated and has_null(item):
            return fixed(None, "boolean")
        tests: list[Run] = []
        for value in item.values:
            a, b, kind = self.common(item.item, base, value, self.compile(value), item.span)
            if kind == "null":
                tests.append(lambda row: None)
                continue
            if pushed and b.constant:
                b = self.pushed_constant(item.item, b)
            tests.append(compare("==", a, b, kind).run)
        run = base.run

        def test(row: Row) -> Value:
            if single(run(row)) is None:
                return None
            result: Value = False
            for each in tests:
                found = each(row)
                if found is True:
                    return True
                if found is None:
                    result = None
            return result

        code = Code("boolean", self._hashed(item, base, pushed) or test)
        return negation(code) if item.negated else code

    def _hashed(self, item: OneOf, base: Code, pushed: bool) -> Run | None:
        """A set of plain string literals is looked up."""
        if base.type not in STRINGS or not all(
            isinstance(value, Constant) and isinstance(value.value, str) for value in item.values
        ):
            return None
        codes = [self.compile(value) for value in item.values]
        if pushed:
            codes = [self.pushed_constant(item.item, code) for code in codes]
        wanted, run = frozenset(code.value() for code in codes), base.run

        def test(row: Row) -> Value:
            value = run(row)
            return None if value is None or isinstance(value, tuple) else value in wanted

        return test

    # Arithmetic

    def _arithmetic(self, item: Operation) -> Code:
        a, b = self.compile(item.left), self.compile(item.right)
        if item.op in "+-" and {a.type, b.type} & (INTERVALS | DATES):
            found = self._date_arithmetic(item, a, b)
            if found is not None:
                return found
        for side, code in ((item.left, a), (item.right, b)):
            if code.type not in NUMBERS and code.type != "null":
                raise self.wanted(side, code, "long", f"`{item.op}` takes numbers, found {code.type}")
        if a.type == b.type == "null":
            return fixed(None, "integer")
        kind = wider(*(code.type if code.type != "null" else "integer" for code in (a, b)))
        if "null" in (a.type, b.type):
            return fixed(None, kind)
        a, b = widened(a, kind), widened(b, kind)
        compute = _ARITHMETIC[item.op]
        left, right = a.run, b.run

        def run(row: Row) -> Value:
            x, y = single(left(row)), single(right(row))
            if x is None or y is None:
                return None
            try:
                found = compute(x, y)
            except (ZeroDivisionError, OverflowError, ValueError):
                return None
            return fit(found, kind)

        return folded(Code(kind, run), a.constant and b.constant)

    def _date_arithmetic(self, item: Operation, a: Code, b: Code) -> Code | None:
        if a.type in INTERVALS and b.type in INTERVALS and a.constant and b.constant:
            x, y = a.value(), b.value()
            if x.unit in calendar.MILLIS and y.unit in calendar.MILLIS:
                shift = y.amount if item.op == "+" else -y.amount
                total = x.amount * calendar.MILLIS[x.unit] + shift * calendar.MILLIS[y.unit]
                return fixed(Period(total, "millisecond"), "time_duration")
        if b.type in DATES and item.op == "+":
            a, b = b, a
        if a.type == "null" or b.type == "null":
            return fixed(None, "date")
        if a.type not in DATES or b.type not in INTERVALS or not b.constant:
            raise mismatch(f"`{item.op}` cannot take {a.type} and {b.type}", item.span, "add an interval such as 1 day")
        unit = b.value().unit
        amount = b.value().amount if item.op == "+" else -b.value().amount
        run, nanos = a.run, a.type == "date_nanos"

        def shifted(row: Row) -> Value:
            value = single(run(row))
            if value is None:
                return None
            if not nanos:
                return calendar.add(value, amount, unit)
            whole, rest = divmod(value, 10**6)
            found = calendar.add(whole, amount, unit)
            return None if found is None else found * 10**6 + rest

        return folded(Code(a.type, shifted), a.constant)


def has_null(item: Expression) -> bool:
    """An `IN` with a null literal: its negation is null, even where one of the other values is equal."""
    return isinstance(item, OneOf) and any(isinstance(value, Constant) and value.value is None for value in item.values)


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


def _divide(x: Any, y: Any) -> Any:
    if isinstance(x, float):
        return x / y
    found = abs(x) // abs(y)
    return found if (x >= 0) == (y >= 0) else -found


def _remainder(x: Any, y: Any) -> Any:
    import math

    if isinstance(x, float):
        return math.fmod(x, y)
    found = abs(x) % abs(y)
    return found if x >= 0 else -found


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
}


def interval(amount: int, unit: str) -> Code:
    """A span of time, its unit as ES|QL spells it."""
    from converter.matching.pipeline.calls import UNITS

    name = UNITS[unit]
    return fixed(Period(amount, name), "date_period" if name in PERIODS else "time_duration")


def negation(code: Code) -> Code:
    """Three-valued NOT."""
    run = code.run

    def test(row: Row) -> Value:
        value = run(row)
        return (not value) if isinstance(value, bool) else None

    return Code("boolean", test, code.constant)


def compare(op: str, a: Code, b: Code, kind: str) -> Code:
    """Two values of one type; null where either is null or several."""
    test = _COMPARE[op]
    left, right = a.run, b.run
    if kind == "version" and op not in ("==", "!="):
        plain = test
        test = lambda x, y: plain(version_key(x), version_key(y))  # noqa: E731
    if b.constant:
        fixed_value = single(b.value())
        if fixed_value is None:
            return fixed(None, "boolean")

        def run_fixed(row: Row) -> Value:
            value = left(row)
            return None if value is None or isinstance(value, tuple) else test(value, fixed_value)

        return Code("boolean", run_fixed, a.constant)

    def run(row: Row) -> Value:
        x, y = single(left(row)), single(right(row))
        return None if x is None or y is None else test(x, y)

    return Code("boolean", run)


def _nanos(code: Code) -> Code:
    if code.type == "date_nanos":
        return code
    run = code.run

    def convert(row: Row) -> Value:
        value = run(row)
        if isinstance(value, tuple):
            return tuple(int(item) * 10**6 for item in value)
        return None if value is None else int(value) * 10**6

    return Code("date_nanos", convert, code.constant)
