"""An ES|QL query as written: a source command and the commands behind each `|`, with spans.

Names keep their spelling without quotes; whether one needs backquotes is the renderer's business. What an expression
means (three values, several values) is said by `converter.matching.pipeline`; a pipeline that only filters also has
a predicate tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dc_field
from typing import TypeAlias

from converter.diagnostics import Span
from converter.tree.glob import Token


def _span() -> Span | None:
    return dc_field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; `type` is `null`, `boolean`, `integer`, `long`, `unsigned_long`, `double` or `keyword`.

    A bracketed list of literals has a tuple as its value."""

    value: bool | int | float | str | tuple[bool | int | float | str, ...] | None
    type: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Interval:
    """`3 hours`: an amount and its unit as written, in lower case."""

    amount: int
    unit: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Function:
    """A call; `name` in lower case. `star`: `COUNT(*)`. `options` are those of a trailing `{"key": value}`."""

    name: str
    args: tuple[Expression, ...] = ()
    star: bool = False
    options: tuple[tuple[str, Constant], ...] = ()
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Operation:
    """`+ - * / %` or a comparison `== != < <= > >=`."""

    op: str
    left: Expression
    right: Expression
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Negative:
    item: Expression
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Inverse:
    """`NOT item`."""

    item: Expression
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Both:
    """`AND` over two items or more."""

    items: tuple[Expression, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Either:
    """`OR` over two items or more."""

    items: tuple[Expression, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class OneOf:
    """`item [NOT] IN (…)`."""

    item: Expression
    values: tuple[Expression, ...]
    negated: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Like:
    """`item [NOT] LIKE` (`kind` "like") or `RLIKE` ("rlike") of one pattern, or of a list in parentheses."""

    kind: str
    item: Expression
    patterns: tuple[str, ...]
    negated: bool = False
    listed: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class IsNull:
    item: Expression
    negated: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class MatchOperator:
    """`field:value`, `field::type:value`."""

    column: Column
    value: Constant
    cast: str | None = None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Cast:
    """`item::type`, the type in lower case."""

    item: Expression
    type: str
    span: Span | None = _span()


Expression: TypeAlias = (
    Constant
    | Interval
    | Column
    | Function
    | Operation
    | Negative
    | Inverse
    | Both
    | Either
    | OneOf
    | Like
    | IsNull
    | MatchOperator
    | Cast
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name = expression [WHERE condition]`. Without a name the column is called as the expression is written, so
    `text` (its source, letter by letter) belongs to the meaning; it is None where a name stands."""

    name: str | None
    item: Expression
    text: str | None = None
    where: Expression | None = None
    span: Span | None = _span()

    @property
    def column(self) -> str:
        return self.name if self.name is not None else self.text or ""


@dataclass(frozen=True, slots=True)
class From:
    """`FROM` (or `TS`) index patterns as written without quotes, and the metadata fields."""

    indices: tuple[str, ...]
    metadata: tuple[str, ...] = ()
    series: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Row:
    items: tuple[Assignment, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Show:
    """`SHOW INFO`."""

    what: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Where:
    condition: Expression
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Eval:
    items: tuple[Assignment, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Keep:
    """Names or patterns: each a tuple of texts and wildcards as in a glob."""

    patterns: tuple[tuple[Token, ...], ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Drop:
    patterns: tuple[tuple[Token, ...], ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Rename:
    """Pairs (old, new)."""

    pairs: tuple[tuple[str, str], ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Stats:
    """`STATS`; `inline`: `INLINE STATS`, which keeps the rows."""

    aggregates: tuple[Assignment, ...]
    by: tuple[Assignment, ...] = ()
    inline: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Dissect:
    item: Expression
    pattern: str
    separator: str = ""
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Grok:
    item: Expression
    patterns: tuple[str, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class MvExpand:
    column: Column
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Order:
    """`nulls` is "first", "last" or None: the default of the direction."""

    item: Expression
    descending: bool = False
    nulls: str | None = None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Sort:
    orders: tuple[Order, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Limit:
    count: int
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A command that needs a cluster (an enrich policy, a lookup index, a model): its name in upper case, and
    its text behind the name as it was written."""

    name: str
    text: str
    span: Span | None = _span()


Command: TypeAlias = (
    From | Row | Show | Where | Eval | Keep | Drop | Rename | Stats | Dissect | Grok | MvExpand | Sort | Limit | Foreign
)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The commands in order; the first is the source."""

    commands: tuple[Command, ...]
    span: Span | None = _span()

    @property
    def makes_rows(self) -> bool:
        """Whether the rows at the end are made, not found: no events any more."""
        return any(
            isinstance(item, Row | Show) or (isinstance(item, Stats) and not item.inline) for item in self.commands
        )

    @property
    def groups(self) -> frozenset[str]:
        """The names at the end of what the last STATS groups by, dropped ones among them."""
        names: list[str] = []
        for item in self.commands:
            if isinstance(item, Stats) and not item.inline:
                names = [by.column for by in item.by]
            elif isinstance(item, Rename):
                names = [dict(item.pairs).get(name, name) for name in names]
        return frozenset(names)


def operands(item: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside."""
    match item:
        case Function(args=items) | Both(items=items) | Either(items=items):
            return items
        case Operation(left=left, right=right):
            return (left, right)
        case OneOf(item=inner, values=values):
            return (inner, *values)
        case Negative(item=inner) | Inverse(item=inner) | Cast(item=inner) | IsNull(item=inner) | Like(item=inner):
            return (inner,)
        case MatchOperator(column=column):
            return (column,)
    return ()


def walk_expression(item: Expression) -> Iterator[Expression]:
    """The expression and all inside it, parents first."""
    stack: list[Expression] = [item]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(operands(current)))


def expressions_of(command: Command) -> Iterator[Expression]:
    """The expressions that stand in a command."""
    match command:
        case Row(items=items) | Eval(items=items):
            yield from (item.item for item in items)
        case Stats(aggregates=aggregates, by=by):
            for aggregate in aggregates:
                yield aggregate.item
                if aggregate.where is not None:
                    yield aggregate.where
            yield from (item.item for item in by)
        case Where(condition=condition):
            yield condition
        case Dissect(item=item) | Grok(item=item):
            yield item
        case Sort(orders=orders):
            yield from (order.item for order in orders)
        case MvExpand(column=column):
            yield column


def columns_of(pipeline: Pipeline) -> Iterator[Column]:
    """Every column that an expression reads, with repeats."""
    for command in pipeline.commands:
        for root in expressions_of(command):
            for item in walk_expression(root):
                if isinstance(item, Column):
                    yield item
