"""What an ES|QL aggregation that was written for a Sigma correlation asks for, read back from its text alone."""

from __future__ import annotations

from dataclasses import replace

from converter.diagnostics import UnsupportedError
from converter.languages.esql import predicate
from converter.matching.pipeline.rewriting import conjuncts
from converter.query import Query
from converter.tree import Field, Node
from converter.tree import pipeline as esql
from converter.tree.correlation import Both, Correlation, Either, Expression, GroupKey, Member, Neither

_TYPES = {"sum": "value_sum", "avg": "value_avg", "count_distinct": "value_count", "count": "event_count"}
_OPERATORS = {"==": "eq", "!=": "neq", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def written_meaning(read: Query, span: int) -> Query:
    """The correlation of `FROM | WHERE | STATS … BY fields | WHERE`; raises `UnsupportedError` for other pipelines.

    Each `COUNT(*) WHERE c` is a rule; one SUM, AVG or COUNT_DISTINCT is what a correlation of values computes.
    """
    commands = list(read.tree.commands)
    at = next((i for i, item in enumerate(commands) if isinstance(item, esql.Stats)), len(commands))
    if at != len(commands) - 2 or not isinstance(commands[at + 1], esql.Where):
        raise UnsupportedError("the text that was written is no aggregation with one condition", code="defect")
    stats, condition, before = commands[at], commands[at + 1].condition, commands[:at]
    keys = [read.fields.field(item.item.name) for item in stats.by if isinstance(item.item, esql.Column)]
    if all(item.where is not None for item in stats.aggregates):
        tree = _temporal(read, before, stats, condition, keys, span)
    else:
        tree = _values(read, before, stats, condition, keys, span)
    return replace(
        read, tree=tree, extra={k: v for k, v in read.extra.items() if k not in ("predicate", "front", "why_not")}
    )


def _base(read: Query, commands: list[esql.Command], where: esql.Expression | None) -> Node:
    parts = [*commands, *((esql.Where(where),) if where is not None else ())]
    return predicate(esql.Pipeline(tuple(parts)), read.fields)


def _temporal(
    read: Query, before: list[esql.Command], stats: esql.Stats, condition: esql.Expression, keys: list[Field], span: int
) -> Correlation:
    members = tuple(Member(item.column, _base(read, before, item.where)) for item in stats.aggregates)
    group = tuple(GroupKey(key.name, (key,) * len(members)) for key in keys)
    expression = _expression(condition)
    names = {member.name for member in members}
    if isinstance(expression, Both) and set(expression.items) == names and len(expression.items) == len(names):
        return Correlation("temporal", members, group, span, (("gte", len(members)),))
    return Correlation("temporal", members, group, span, expression=expression)


def _expression(item: esql.Expression) -> Expression:
    match item:
        case esql.Both(items=items):
            return Both(tuple(map(_expression, items)))
        case esql.Either(items=items):
            return Either(tuple(map(_expression, items)))
        case esql.Inverse(item=inner):
            return Neither(_expression(inner))
        case esql.Operation(op=">=", left=esql.Column(name=name), right=esql.Constant(value=1)):
            return name
    raise UnsupportedError("the condition that was written is none over counts", code="defect")


def _values(
    read: Query, before: list[esql.Command], stats: esql.Stats, condition: esql.Expression, keys: list[Field], span: int
) -> Correlation:
    (item,) = stats.aggregates
    call = item.item
    assert isinstance(call, esql.Function), "an aggregate is a function"
    fields = tuple(read.fields.field(arg.name) for arg in call.args if isinstance(arg, esql.Column))
    bounds = []
    for part in conjuncts(condition):
        match part:
            case esql.Operation(op=op, left=esql.Column(), right=esql.Constant(value=int() | float() as value)):
                bounds.append((_OPERATORS[op], value))
            case _:
                raise UnsupportedError("the condition that was written is none over a number", code="defect")
    members = (Member("base", _base(read, before, None)),)
    group = tuple(GroupKey(key.name, (key,)) for key in keys)
    return Correlation(_TYPES[call.name], members, group, span, tuple(bounds), (fields,) if fields else ())
