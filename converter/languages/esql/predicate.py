"""An ES|QL query that only filters, as a predicate tree on single events.

Three values become two by asking for an expression twice: when is it true, and when is it false. An operator is null
unless its field has exactly one value, so both answers hold a `Single`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.diagnostics import ConverterError, Source, UnsupportedError
from converter.fields import Fields
from converter.languages.esql.atoms import Atoms
from converter.languages.esql.readings import refuse
from converter.matching.pipeline import check
from converter.matching.pipeline.code import is_null
from converter.matching.pipeline.columns import IndexFields, Scope
from converter.matching.pipeline.pushing import is_pushed
from converter.matching.pipeline.rewriting import conjuncts, has_null, is_test, nullified, prepared
from converter.matching.pipeline.settling import check_orders, contradicts
from converter.tree import ALWAYS, NEVER, Node, conj, disj, negate
from converter.tree.pipeline import (
    Assignment,
    Both,
    Cast,
    Column,
    Command,
    Constant,
    Dissect,
    Drop,
    Either,
    Eval,
    Expression,
    Foreign,
    From,
    Function,
    Grok,
    Inverse,
    IsNull,
    Keep,
    Like,
    Limit,
    MatchOperator,
    MvExpand,
    Negative,
    OneOf,
    Operation,
    Pipeline,
    Rename,
    Sort,
    Stats,
    Where,
    walk_expression,
)
from converter.tree.pipeline import Row as RowCommand

#: Parts of an expression that stands for a name; names that double one another grow beyond every bound.
_MOST_PARTS = 5000
#: Command → why it is no filter.
NO_FILTER: dict[type, str] = {
    Stats: "STATS makes rows of many events",
    Limit: "LIMIT keeps some of the rows",
    MvExpand: "MV_EXPAND makes several rows of an event",
    RowCommand: "ROW has no events",
}


def read_query(language: str, text: str, fields: Fields, options: Mapping[str, Any]) -> Node:
    """A text inside KQL or QSTR, with the function's options, as a predicate tree; raises as the other language
    does."""
    from converter.languages import get

    embed = get(language).embed
    assert embed is not None
    tree: Node = embed(Source(text), fields, options).tree
    return tree


def predicate(pipeline: Pipeline, fields: Fields) -> Node:
    """The events whose rows come through. Raises `UnsupportedError` with every reason why there is no such tree."""
    retyped = check(pipeline, fields, read_query)
    return lower(pipeline, fields, retyped)


def lower(pipeline: Pipeline, fields: Fields, retyped: Mapping[str, str]) -> Node:
    """As `predicate`, for a pipeline that has been checked."""
    for command in pipeline.commands:
        reason = NO_FILTER.get(type(command))
        if isinstance(command, Foreign):
            reason = f"{command.name} needs a cluster"
        if reason is not None:
            raise UnsupportedError(reason, span=command.span)
    first = pipeline.commands[0]
    if not isinstance(first, From):
        raise UnsupportedError("the query has no events", span=first.span)
    view = View(fields, dict(retyped), dict.fromkeys(first.metadata))
    parts: list[Node] = []
    for command in prepared(pipeline).commands[1:]:
        if isinstance(command, Where):
            tests = nullified(conjuncts(command.condition))
            asked = tuple(map(view.resolve, tests))
            never = contradicts(view.atoms.compiler, asked)
            parts.extend([NEVER] if never else (view.true(part, pushed=True) for part in asked))
        else:
            view.apply(command)
    return conj(parts)


def front(pipeline: Pipeline, fields: Fields) -> Node | None:
    """What every event fulfils whose row comes to the first command that is no filter, as far as it can be said; None
    where nothing is asked before that."""
    commands = pipeline.commands
    stops = [i for i, item in enumerate(commands) if isinstance(item, Foreign) or type(item) in NO_FILTER]
    for end in range(min(stops, default=len(commands)), 1, -1):
        if not isinstance(commands[end - 1], Where):
            continue
        try:
            return predicate(replace(pipeline, commands=commands[:end]), fields)
        except ConverterError:  # this condition cannot be said: those before it still hold
            continue
    return None


def made_columns(pipeline: Pipeline) -> set[str]:
    """Names of the columns that the query itself makes."""
    out: set[str] = set()
    for command in pipeline.commands:
        match command:
            case From(metadata=metadata):
                out.update(metadata)
            case Eval(items=items) | RowCommand(items=items):
                out.update(item.column for item in items)
            case Stats(aggregates=aggregates, by=by):
                out.update(item.column for item in (*aggregates, *by))
            case Rename(pairs=pairs):
                out.update(new for _, new in pairs)
            case Dissect() | Grok():
                out.update(_extracted(command))
    return out


def _extracted(command: Dissect | Grok) -> list[str]:
    from converter.matching.pipeline.extract import dissect, grok

    if isinstance(command, Dissect):
        columns, _ = dissect(command.pattern, command.separator, command.span)
    else:
        columns, _ = grok(command.patterns, command.span)
    return [name for name, _ in columns]


@dataclass
class View:
    """What a name stands for: an expression over the index's fields, or None where that cannot be said. `moved`: a
    full-text function on such a name is no test of the index."""

    fields: Fields
    retyped: dict[str, str]
    names: dict[str, Expression | None] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    atoms: Atoms = field(init=False)
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        source = IndexFields(self.fields, set, self.retyped)
        self.scope = Scope({}, source)
        self.atoms = Atoms(self.scope, self.fields, read_query)

    def apply(self, command: Command) -> None:
        """What a command that is no WHERE does to the names."""
        match command:
            case Eval(items=items):
                for item in items:
                    self._set(item)
            case Rename(pairs=pairs):
                for old, new in pairs:
                    self.names[new] = self.names.get(old, Column(old)) if old in self.names else Column(old)
                    self.sizes[new] = self.sizes.get(old, 1)
            case Dissect() | Grok():
                self.names.update(dict.fromkeys(_extracted(command)))
            case Keep() | Drop() | Sort():
                pass

    def _set(self, item: Assignment) -> None:
        try:
            size = sum(
                self.sizes.get(part.name, 1) if isinstance(part, Column) else 1 for part in walk_expression(item.item)
            )
            if size > _MOST_PARTS:
                raise refuse("the expression is too large once the names in it are written out", item.item)
            self.names[item.column] = self.resolve(item.item)
            self.sizes[item.column] = size
        except UnsupportedError:
            self.names[item.column] = None

    def resolve(self, item: Expression) -> Expression:
        """The expression over the index's fields."""
        match item:
            case Column(name=name):
                if name not in self.names:
                    return item
                found = self.names[name]
                if found is None:
                    raise refuse(f"the condition reads `{name}`, which is no field of the index", item)
                return found
            case Function(args=args):
                return replace(item, args=tuple(map(self.resolve, args)))
            case Both(items=items) | Either(items=items):
                return replace(item, items=tuple(map(self.resolve, items)))
            case Operation(left=left, right=right):
                return replace(item, left=self.resolve(left), right=self.resolve(right))
            case OneOf(item=inner, values=values):
                return replace(item, item=self.resolve(inner), values=tuple(map(self.resolve, values)))
            case Negative() | Inverse() | Cast() | IsNull() | Like():
                return replace(item, item=self.resolve(item.item))
            case MatchOperator(column=column):
                self.resolve(column)
                return item
        return item

    def true(self, item: Expression, pushed: bool = False) -> Node:
        """The events for which the expression is true. `pushed`: it may be handed to the index."""
        return self._when(item, True, pushed and is_pushed(item, self.scope))

    def _when(self, item: Expression, truth: bool, pushed: bool) -> Node:
        match item:
            case Both(items=items):
                items = nullified(items)
                if any(map(self._is_null, items)):
                    return NEVER
                if contradicts(self.atoms.compiler, items):
                    return NEVER if truth else ALWAYS
                return self._joined(items, truth, truth, pushed)
            case Either():
                items = tuple(each for each in self.atoms.joined(item) if not self._is_null(each))
                if not items:
                    return NEVER
                check_orders(self.atoms.compiler, items)
                return self._joined(items, not truth, truth, pushed)
            case Inverse(item=OneOf() as inner) if has_null(inner):
                return NEVER
            case Inverse(item=Inverse(item=OneOf() as inner)) if has_null(inner):
                return NEVER
            case Inverse(item=Operation(op="==" | "!=") as inner):
                return self._when(replace(inner, op="!=" if inner.op == "==" else "=="), truth, pushed)
            case Inverse(item=OneOf() | Like() as inner):
                return self._when(replace(inner, negated=not inner.negated), truth, pushed)
            case Inverse(item=Inverse(item=inner)):
                return self._when(inner, truth, pushed)
            case Inverse(item=inner):
                return self._when(inner, not truth, pushed)
            case Function(name="case"):
                return self._case(item, truth, pushed)
            case Function(name="coalesce"):
                return self._coalesce(item, truth)
            case Operation(op="==" | "!=", left=left, right=Constant(type="boolean", value=value)) if is_test(left):
                return self._when(left, truth is ((item.op == "==") is value), pushed)
        lifted = _lift(item)
        if lifted is not None:
            return self._when(lifted, truth, False)
        return self.atoms.node(item, truth, pushed)

    def _joined(self, items: tuple[Expression, ...], every: bool, truth: bool, pushed: bool) -> Node:
        """Operands of AND or OR. One that is several booleans makes the operator null, pair by pair from the left."""
        join = conj if every else disj
        items = tuple(map(_once, items))
        for item in items:
            if not is_test(item) and not isinstance(item, Column):
                raise refuse("AND or OR over what may be several booleans", item)
        found = self._when(items[0], truth, pushed)
        loose = [item for item in items[:1] if isinstance(item, Column)]
        for item in items[1:]:
            found = join([found, self._when(item, truth, pushed)])
            loose += [item] if isinstance(item, Column) else []
            found = conj([found, *(self.atoms.at_most_one(each) for each in loose)])
            loose = []
        return found

    def _is_null(self, item: Expression) -> bool:
        """Whether Elasticsearch knows beforehand that the expression is null."""
        return is_null(self.atoms.compiler.compile(item))

    def _case(self, item: Function, truth: bool, pushed: bool) -> Node:
        """The first condition that is true decides; null counts as not met."""
        out: list[Node] = []
        before: list[Node] = []
        args = item.args
        for i in range(0, len(args) - 1, 2):
            met = self._when(args[i], True, False)
            out.append(conj([*before, met, self._when(args[i + 1], truth, False)]))
            before.append(negate(met))
        if len(args) % 2:
            out.append(conj([*before, self._when(args[-1], truth, False)]))
        return disj(out, item.span)

    def _coalesce(self, item: Function, truth: bool) -> Node:
        """The first that is not null; every argument must be a test, which is never several values."""
        out: list[Node] = []
        unknown: list[Node] = []
        for arg in item.args:
            if not (is_test(arg) or isinstance(arg, Constant)):
                raise refuse("COALESCE of a field's values is no test of single values", item)
            out.append(conj([*unknown, self._when(arg, truth, False)]))
            unknown.append(conj([negate(self._when(arg, True, False)), negate(self._when(arg, False, False))]))
        return disj(out, item.span)


def _once(item: Expression) -> Expression:
    """A field without a double NOT before it."""
    inner = item
    while isinstance(inner, Inverse) and isinstance(inner.item, Inverse):
        inner = inner.item.item
    return inner if isinstance(inner, Column) else item


def _lift(item: Expression) -> Expression | None:
    """A test of a CASE is a CASE of tests; a test of COALESCE(field, constant) a CASE of the field's being null."""
    inner = _operand(item)
    if not isinstance(inner, Function) or inner.name not in ("case", "coalesce"):
        return None
    if inner.name == "coalesce":
        if len(inner.args) < 2:
            return None
        first, *rest = inner.args
        other = rest[0] if len(rest) == 1 else replace(inner, args=tuple(rest))
        return Function("case", (IsNull(first, span=item.span), _put(item, other), _put(item, first)), span=item.span)
    args = list(inner.args)
    for i in (*range(1, len(args), 2), *([len(args) - 1] if len(args) % 2 else [])):
        args[i] = _put(item, args[i])
    if len(args) % 2 == 0:
        args.append(_put(item, Constant(None, "null")))
    return Function("case", tuple(args), span=item.span)


def _operand(item: Expression) -> Expression | None:
    match item:
        case Operation(op=op, left=left, right=right) if op in ("==", "!=", "<", "<=", ">", ">="):
            return left if not isinstance(left, Constant) else right
        case OneOf(item=inner, values=values) if all(isinstance(value, Constant) for value in values):
            return inner
        case Like(item=inner) | IsNull(item=inner):
            return inner
        case Function(name="starts_with" | "ends_with" | "contains" | "cidr_match", args=args):
            return args[0]
    return None


def _put(item: Expression, operand: Expression) -> Expression:
    """The test with another operand."""
    match item:
        case Operation(left=left):
            if isinstance(left, Constant):
                return replace(item, right=operand)
            return replace(item, left=operand)
        case OneOf() | Like() | IsNull():
            return replace(item, item=operand)
        case Function(args=args):
            return replace(item, args=(operand, *args[1:]))
    raise AssertionError(item)
