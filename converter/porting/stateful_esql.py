"""A correlation that counts or computes as an ES|QL aggregation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from converter.languages import get, parse
from converter.porting.outcome import Loss, Port
from converter.porting.stateful_aggregation import esql_meaning
from converter.porting.stateful_meaning import AT_EVERY_EVENT, AT_ITS_EVENTS, Meaning, given_of
from converter.porting.stateful_read import written_meaning
from converter.porting.stateful_shape import (
    counted_fields,
    events_of,
    from_of,
    joined,
    judged_back,
    least_of,
    no_form,
    one_key,
)  # fmt: skip
from converter.query import Query
from converter.tree import Exists, Field, Node, conj, disj
from converter.tree import pipeline as esql
from converter.tree.correlation import Both, Correlation, Either, Expression, Neither, renamed

_VALUE_FUNCTIONS = {"value_count": "count_distinct", "value_sum": "sum", "value_avg": "avg"}
_OPERATORS = {"eq": "==", "neq": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
#: Sorts of fields that are no column with values of their own.
_NO_COLUMN = ("text", "object", "nested", "unmapped")


def as_esql(core: Query, found: Meaning) -> Port:
    """`FROM … | WHERE base | STATS c = COUNT(*) BY k | WHERE c >= n`, over the time span as the look-back."""
    tree = found.query.tree
    members, keys = events_of(tree, "ES|QL"), one_key(tree)
    for key in keys:
        if key.sort in _NO_COLUMN:
            raise no_form(f"ES|QL cannot group by `{key.name}` of type {key.type}")
    index = list(found.index) or ["*"]
    existing: list[Node] = [Exists(key) for key in keys]
    base = conj([disj([node for node, _ in members]), *existing])
    commands = list(parse("esql", _filter(base, core, index)).tree.commands)
    aggregates, condition = _aggregates(tree, members, core, index)
    by = tuple(esql.Assignment(None, esql.Column(key.name), key.name) for key in dict.fromkeys(keys))
    commands += [esql.Stats(tuple(aggregates), by), esql.Where(condition)]
    source = commands[0]
    assert isinstance(source, esql.From)
    commands[0] = replace(source, metadata=())
    text = get("esql").render(esql.Pipeline(tuple(commands)), core.fields, {})
    target = _meant(parse("esql", text, core.fields), tree)
    extra = {"type": "esql", "from": from_of(tree)}
    own = _by_name(found.query, tree) if tree.type == "temporal" else joined(found.query, tree)
    losses, given = (
        found.losses,
        (*given_of(tree), *(fact for fact in found.given if fact not in (AT_EVERY_EVENT, AT_ITS_EVENTS))),
    )
    if given[0] == AT_ITS_EVENTS and tree.keys:
        loss = Loss("window-end", "it also looks at a key when another one's event comes, and the window has moved on")
        found, losses = replace(found, parts=(*found.parts, "broader")), (*losses, loss)
    return replace(judged_back(own, "esql", text, target, tuple(dict.fromkeys(given)), extra, found), losses=losses)


def _by_name(core: Query, tree: Correlation) -> Query:
    """The rules under the names that their counts have in the text."""
    names = {member.name: f"rule_{at}" for at, member in enumerate(tree.members, 1)}
    members = tuple(replace(member, name=names[member.name]) for member in tree.members)
    expression = None if tree.expression is None else renamed(tree.expression, names)
    return replace(core, tree=replace(tree, members=members, expression=expression))


def _filter(node: Node, core: Query, index: Sequence[str]) -> str:
    return get("esql").render(node, core.fields, {"index": list(index)})


def _condition(node: Node, core: Query) -> esql.Expression:
    """A condition as an expression of `STATS … WHERE`."""
    commands = parse("esql", _filter(node, core, ["*"]), core.fields).tree.commands
    wheres = [item.condition for item in commands if isinstance(item, esql.Where)]
    return wheres[0] if len(wheres) == 1 else esql.Constant(True, "boolean")


def _aggregates(
    tree: Correlation, members: Sequence[tuple[Node, tuple[Field, ...]]], core: Query, index: Sequence[str]
) -> tuple[list[esql.Assignment], esql.Expression]:
    """What STATS computes, and the condition behind it."""
    if tree.type == "temporal":
        return _each_once(tree, members, core)
    if tree.expression is not None or tree.type not in ("event_count", *_VALUE_FUNCTIONS):
        what = "no order of events" if tree.type == "temporal_ordered" else f"no exact form of `{tree.type}`"
        raise no_form(f"ES|QL's aggregates know {what}")
    call = esql.Function("count", star=True)
    if tree.type in _VALUE_FUNCTIONS:
        (field,) = counted_fields(tree)
        if tree.type != "value_count" and not field.is_number:
            raise no_form(f"ES|QL computes with numbers only, `{field.name}` is of type {field.type}")
        if field.sort in _NO_COLUMN:
            raise no_form(f"ES|QL cannot count the values of `{field.name}` of type {field.type}")
        call = esql.Function(_VALUE_FUNCTIONS[tree.type], (esql.Column(field.name),))
    name = {"event_count": "event_count", "value_count": "value_count"}.get(tree.type, tree.type)
    bounds = tuple(
        esql.Operation(
            _OPERATORS[op], esql.Column(name), esql.Constant(bound, "integer" if isinstance(bound, int) else "double")
        )
        for op, bound in tree.bounds
    )
    if tree.type == "event_count" and not any(_excludes_none(op, bound) for op, bound in tree.bounds):
        raise no_form("a count that may be 0 has no group in ES|QL")
    return [esql.Assignment(name, call)], bounds[0] if len(bounds) == 1 else esql.Both(bounds)


def _excludes_none(op: str, bound: int | float) -> bool:
    """Whether the bound does not hold for 0, or is looked at only once there is an event."""
    return True if op in ("lt", "lte", "neq", "eq") else bound >= 0


def _each_once(
    tree: Correlation, members: Sequence[tuple[Node, tuple[Field, ...]]], core: Query
) -> tuple[list[esql.Assignment], esql.Expression]:
    """`temporal`: an event of each rule, or as the condition says."""
    names = {member.name: f"rule_{at}" for at, member in enumerate(tree.members, 1)}
    aggregates = [
        esql.Assignment(names[member.name], esql.Function("count", star=True), None, _condition(node, core))
        for member, (node, _) in zip(tree.members, members, strict=True)
    ]
    if len(names) < len(tree.members):
        raise no_form("a rule that is listed twice")
    if tree.expression is not None:
        return aggregates, _over(tree.expression, names)
    if least_of(tree) != len(members):
        raise no_form("`temporal` with a number of rules that is not all of them")
    return aggregates, esql.Both(tuple(_some(name) for name in names.values()))


def _some(name: str) -> esql.Expression:
    return esql.Operation(">=", esql.Column(name), esql.Constant(1, "integer"))


def _over(expression: Expression, names: Mapping[str, str]) -> esql.Expression:
    match expression:
        case Both(items=items):
            return esql.Both(tuple(_over(item, names) for item in items))
        case Either(items=items):
            return esql.Either(tuple(_over(item, names) for item in items))
        case Neither(item=item):
            return esql.Inverse(_over(item, names))
    assert isinstance(expression, str)
    return _some(names[expression])


def _meant(read: Query, tree: Correlation) -> Query:
    """What the text that was written asks for, as a correlation; read from the text alone."""
    if tree.type in ("event_count", "value_count") and len(tree.bounds) == 1:
        return esql_meaning(read, tree.timespan).query
    return written_meaning(read, tree.timespan)


__all__ = ["as_esql"]
