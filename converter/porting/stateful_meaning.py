"""What a rule that counts asks for, as a correlation: threshold rules, and ES|QL's STATS with one condition.

Both look at a span before each run; taken as run at every event, that is a sliding window, as a Sigma correlation has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import ConverterError, UnsupportedError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.languages.esql import predicate
from converter.languages.esql.predicate import made_columns
from converter.matching.pipeline.rewriting import conjuncts
from converter.porting.outcome import Loss
from converter.porting.rule_query import rule_query
from converter.proof.compare import implies, with_category
from converter.proof.stateful import MONOTONE
from converter.query import Query
from converter.tree import DateMath, Exists, Field, Node, Range, Single, atoms, conj
from converter.tree import pipeline as esql
from converter.tree.correlation import Correlation, GroupKey, Member

UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
LOOK_BACK = "now-6m"
#: The fact that every one of these verdicts rests on.
AT_EVERY_EVENT = "the rule is evaluated at every event"
#: And this one where an older event that leaves the window can make the condition true.
AT_ITS_EVENTS = "the rule is evaluated at every event that it counts, and only then"

_INTERVALS = {
    "second": 1_000, "seconds": 1_000, "s": 1_000, "sec": 1_000, "minute": 60_000, "minutes": 60_000, "min": 60_000,
    "m": 60_000, "hour": 3_600_000, "hours": 3_600_000, "h": 3_600_000, "day": 86_400_000, "days": 86_400_000,
    "d": 86_400_000, "week": 604_800_000, "weeks": 604_800_000, "w": 604_800_000, "millisecond": 1, "milliseconds": 1,
    "ms": 1,
}  # fmt: skip
_OPERATORS = {"==": "eq", "!=": "neq", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}


@dataclass(frozen=True)
class Meaning:
    """`query`: the rule as a correlation of its base condition. `parts`: what the correlation is to the rule, one
    relation for each loss that is not exact (all have to be met)."""

    query: Query
    parts: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    given: tuple[str, ...] = (AT_EVERY_EVENT,)
    index: tuple[str, ...] = ()


def evaluated(tree: Correlation) -> str:
    """When a rule that asks for this correlation is taken to be evaluated."""
    lower = all(name in ("gt", "gte") for name, _ in tree.bounds) and tree.expression is None
    return AT_EVERY_EVENT if lower and tree.type in MONOTONE else AT_ITS_EVENTS


def look_back(document: Document) -> int:
    """Milliseconds of the document's `from`; raises `UnsupportedError` for one that is no plain span."""
    text = str(document.data.get("from") or LOOK_BACK).strip()
    found = re.fullmatch(r"now-([0-9]+)([smhdw])", text)
    if found is None:
        raise UnsupportedError(f"the look-back `from: {text}` is no plain span like `now-9m`", code="look-back")
    return int(found[1]) * UNITS[found[2]]


def meaning(source: Query, document: Document) -> Meaning | None:
    """The correlation that a threshold rule or an ES|QL aggregation is; None for other rules.

    Raises `UnsupportedError` with the reason for an aggregation that is none."""
    if document.kind == "elastic" and document.type == "threshold":
        return threshold_meaning(source, document.data.get("threshold") or {}, look_back(document))
    if source.kind == "pipeline" and "predicate" not in source.extra:
        return esql_meaning(source, look_back(document) if document.kind == "elastic" else None)
    return None


def stream_query(document: Document, fields: FieldsSpec = None) -> Query:
    """What the rule asks of a stream: its query, for a threshold rule or an aggregation the correlation that it is
    (where it is one exactly, evaluated at every event). Raises as `rule_query`."""
    query = rule_query(document, fields)
    try:
        found = meaning(query, document)
    except UnsupportedError:
        return query
    return query if found is None or found.parts else found.query


def threshold_meaning(source: Query, spec: Mapping[str, Any], span: int) -> Meaning:
    """Events, or different values of one field, of one key within the look-back. What a correlation cannot say beside
    it is a loss."""
    tree = source.tree if isinstance(source.tree, Node) else source.extra.get("predicate")
    if not isinstance(tree, Node):
        raise UnsupportedError("the base query is no condition on one event", code="stateful")
    fields = source.fields
    listed = spec.get("field") or []
    keys = tuple(fields.field(name) for name in ([listed] if isinstance(listed, str) else listed))
    distinct, least = list(spec.get("cardinality") or ()), int(spec.get("value", 1))
    kind, bounds = "event_count", (("gte", least),)
    values: tuple[Field, ...] = ()
    if distinct and (least <= 1 or (len(distinct) == 1 and int(distinct[0]["value"]) >= least)):
        counted = fields.field(distinct[0]["field"])
        if least <= 1 or _one_value(tree, counted, source):
            kind, bounds, values = "value_count", (("gte", int(distinct[0]["value"])),), (counted,)
            distinct = distinct[1:]
    losses = [
        Loss("cardinality", f"not carried: {item['value']} different values of `{item['field']}`") for item in distinct
    ]
    query = _query(source, tree, kind, keys, span, bounds, values)
    return Meaning(query, ("broader",) if distinct else (), tuple(losses))


def _one_value(tree: Node, field: Field, source: Query) -> bool:
    """More different values than events can only come from events that hold several."""
    return implies(replace(source, tree=tree), replace(source, tree=conj([Exists(field), Single(field)]))) is True


def _query(
    source: Query, tree: Node, kind: str, keys: Sequence[Field], span: int,
    bounds: tuple[tuple[str, int | float], ...], values: Sequence[Field] = (),
) -> Query:  # fmt: skip
    base = with_category(tree, source.fields.field(source.category_field or "event.category"))
    correlation = Correlation(
        kind, (Member("base", base),), tuple(GroupKey(key.name, (key,)) for key in keys), span, bounds,
        (tuple(values),) if values else (),
    )  # fmt: skip
    extra = {key: value for key, value in source.extra.items() if key not in ("predicate", "why_not")}
    return replace(source, tree=correlation, extra=extra)


def esql_meaning(source: Query, span: int | None) -> Meaning:
    """`FROM … | STATS c = COUNT(*) BY k | WHERE c >= n` as a correlation. `span`: the look-back of the rule, None where
    only the query's own condition on `@timestamp` says it. Raises `UnsupportedError` for every other pipeline."""
    return _Reader(source, span).read()


def _refuse(message: str, item: Any = None) -> UnsupportedError:
    return UnsupportedError(message, span=getattr(item, "span", None), code="aggregation")


class _Reader:
    """One pipeline: commands before its STATS, the STATS, and conditions behind it."""

    def __init__(self, source: Query, span: int | None) -> None:
        self.source, self.span = source, span
        self.fields = source.fields
        self.losses: list[Loss] = []
        self.parts: list[str] = []
        self.names: dict[str, esql.Expression] = {}

    def read(self) -> Meaning:
        commands = self.source.tree.commands
        at = next((i for i, item in enumerate(commands) if isinstance(item, esql.Stats)), None)
        if at is None:
            raise _refuse(str(self.source.extra.get("why_not") or "the query counts nothing"))
        stats = commands[at]
        if stats.inline:
            raise _refuse("INLINE STATS keeps the rows, a correlation only counts them", stats)
        before, after = [self._untimed(item) for item in commands[:at]], commands[at + 1 :]
        self._named(before)
        tree = self._base(before, None)
        keys, bucket = self._keys(stats)
        item, name, bound = self._condition(stats, after)
        if item.where is not None:
            if name in ("lt", "lte", "neq") or bound < (0 if name == "gt" else 1):
                raise _refuse("a filtered count that may be 0 is no count of a correlation", item)
            tree = self._base(before, item.where)
        kind, values = self._counted(item.item, tree)
        span = self._window(bucket, name, bound)
        self._null_groups(tree, keys)
        query = _query(self.source, tree, kind, keys, span, ((name, bound),), values)
        indices = commands[0].indices if isinstance(commands[0], esql.From) else ()
        given = (evaluated(query.tree),)
        if given[0] == AT_ITS_EVENTS and keys:
            self.parts.append("narrower")
            self.losses.append(
                Loss("window-end", "not carried: a key is looked at when another one's event comes, too")
            )
        return Meaning(query, tuple(self.parts), tuple(self.losses), given, tuple(indices))

    # before STATS

    def _untimed(self, command: Any) -> Any:
        """A WHERE without its condition that the event is no older than so much, which is a look-back."""
        if not isinstance(command, esql.Where):
            return command
        kept = []
        for part in conjuncts(command.condition):
            age = _age(part)
            if age is None:
                kept.append(part)
            else:
                self.span = age if self.span is None else min(age, self.span)
        condition = esql.Both(tuple(kept)) if len(kept) > 1 else kept[0] if kept else esql.Constant(True, "boolean")
        return replace(command, condition=condition)

    def _named(self, commands: Sequence[Any]) -> None:
        """What each name stands for that the commands before STATS make."""
        for command in commands:
            match command:
                case esql.Eval(items=items):
                    self.names.update((item.column, self._resolved(item.item)) for item in items)
                case esql.Rename(pairs=pairs):
                    self.names.update((new, self._resolved(esql.Column(old))) for old, new in pairs)
                case esql.Dissect() | esql.Grok():
                    made = made_columns(esql.Pipeline((command,)))
                    self.names.update(dict.fromkeys(made, esql.Function(type(command).__name__.lower())))

    def _resolved(self, item: esql.Expression) -> esql.Expression:
        return self.names.get(item.name, item) if isinstance(item, esql.Column) else item

    def _base(self, commands: Sequence[Any], where: esql.Expression | None) -> Node:
        parts = [*commands, *((esql.Where(where),) if where is not None else ())]
        try:
            tree = predicate(esql.Pipeline(tuple(parts)), self.fields)
        except ConverterError as error:
            message = "; ".join(d.message for d in error.diagnostics)
            raise _refuse(f"what is counted is no condition on one event: {message}", error.diagnostics[0]) from None
        for atom in atoms(tree):
            if isinstance(atom, Range) and (isinstance(atom.low, DateMath) or isinstance(atom.high, DateMath)):
                raise _refuse("a condition that depends on the clock", atom)
        return tree

    # STATS

    def _keys(self, stats: esql.Stats) -> tuple[list[Field], int | None]:
        """The fields of BY, and the width of a time bucket among them in milliseconds."""
        keys: list[Field] = []
        bucket: int | None = None
        for item in stats.by:
            found = self._resolved(item.item)
            if isinstance(found, esql.Column):
                field = self.fields.field(found.name)
                if found.name.startswith("_") or field.sort in ("object", "nested", "text"):
                    raise _refuse(f"STATS BY `{found.name}`, which is no field of the events", item)
                keys.append(field)
                continue
            width = _bucket(found)
            if width is None or bucket is not None:
                raise _refuse(f"STATS BY a computed value (`{item.column}`)", item)
            bucket = width
        return keys, bucket

    def _condition(self, stats: esql.Stats, after: Sequence[Any]) -> tuple[esql.Assignment, str, int]:
        """The one condition on an aggregate; others beside it are named as lost."""
        made = {item.column: item for item in stats.aggregates}
        found: list[tuple[esql.Assignment, str, int]] = []
        lost: list[tuple[str, Any]] = []
        for command in after:
            match command:
                case esql.Where(condition=condition):
                    for part in conjuncts(condition):
                        bound = self._bound(part, made)
                        if bound is None:
                            lost.append(("a condition that is no count compared with a number", part))
                        else:
                            found.append(bound)
                case esql.Eval(items=items):
                    for item in items:
                        made.pop(item.column, None)
                case esql.Keep() | esql.Drop() | esql.Sort():
                    pass
                case esql.Rename(pairs=pairs):
                    made = {dict(pairs).get(name, name): item for name, item in made.items()}
                case esql.Limit():
                    pass  # of the rows that are alerts, the rule's own `max_signals` takes no more either
                case _:
                    raise _refuse(f"`{type(command).__name__.upper()}` behind STATS", command)
        if not found and lost:
            raise _refuse(lost[0][0], lost[0][1])
        chosen = found[0] if found else (esql.Assignment(None, esql.Function("count", star=True)), "gte", 1)
        same = [item for item in found[1:] if item[0] == chosen[0]]
        for other in found[1:]:
            if other not in same:
                lost.append((f"a second count, `{other[0].column}`", other[0]))
        if same:
            lost.append(("a second bound of the same count", same[0][0]))
        for message, item in lost:
            self.losses.append(Loss("aggregate-condition", f"not carried: {message}", getattr(item, "span", None)))
        if lost:
            self.parts.append("broader")
        return chosen

    def _bound(
        self, part: esql.Expression, made: Mapping[str, esql.Assignment]
    ) -> tuple[esql.Assignment, str, int] | None:
        if not isinstance(part, esql.Operation) or part.op not in _OPERATORS:
            return None
        left, op, right = part.left, part.op, part.right
        if isinstance(left, esql.Constant):
            left, op, right = right, _TURNED[op], left
        if not (isinstance(left, esql.Column) and left.name in made and isinstance(right, esql.Constant)):
            return None
        item, value = made[left.name], right.value
        call = item.item
        if not isinstance(call, esql.Function) or call.name not in ("count", "count_distinct"):
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        return item, _OPERATORS[op], value

    def _counted(self, call: Any, tree: Node) -> tuple[str, tuple[Field, ...]]:
        """Events, or different values of a field."""
        arg = self._resolved(call.args[0]) if call.args and not call.star else None
        if arg is None or (isinstance(arg, esql.Constant) and arg.value is not None and call.name == "count"):
            return "event_count", ()
        if not isinstance(arg, esql.Column):
            raise _refuse(f"{call.name.upper()} of a computed value", call)
        if arg.name == "_id":
            return "event_count", ()
        field = self.fields.field(arg.name)
        if call.name == "count_distinct":
            return "value_count", (field,)
        if not _one_value(tree, field, self.source):
            raise _refuse(f"COUNT({arg.name}) counts values, of which an event may have none or several", call)
        return "event_count", ()

    def _window(self, bucket: int | None, name: str, bound: int) -> int:
        if bucket is None:
            if self.span is None:
                raise _refuse("neither the rule nor its query says how far it looks back")
            return self.span
        if name not in ("gt", "gte"):
            raise _refuse("a time bucket with another condition than a lower bound")
        if (bound, name) not in ((1, "gte"), (0, "gt")):
            self.parts.append("broader")
            self.losses.append(
                Loss("time-bucket", "a time bucket begins anew at fixed times, a correlation's window slides")
            )
        return bucket if self.span is None else min(bucket, self.span)

    def _null_groups(self, tree: Node, keys: Sequence[Field]) -> None:
        for key in keys:
            always = implies(replace(self.source, tree=tree), replace(self.source, tree=Exists(key)))
            if always is not True:
                self.parts.append("narrower" if always is False else "unknown")
                self.losses.append(
                    Loss("null-group", f"not carried: events without `{key.name}`, which STATS counts as a group")
                )


def _age(part: esql.Expression) -> int | None:
    """Milliseconds of `@timestamp > NOW() - 9 minutes`."""
    if not isinstance(part, esql.Operation) or part.op not in (">", ">=", "<", "<="):
        return None
    left, op, right = part.left, part.op, part.right
    if op in ("<", "<="):
        left, right = right, left
    match left, right:
        case esql.Column(name="@timestamp"), esql.Operation(
            op="-", left=esql.Function(name="now"), right=esql.Interval() as interval
        ):
            return _length(interval)
    return None


def _length(interval: esql.Interval) -> int | None:
    size = _INTERVALS.get(interval.unit)
    return None if size is None else interval.amount * size


def _bucket(item: esql.Expression) -> int | None:
    match item:
        case esql.Function(name="date_trunc", args=(esql.Interval() as interval, esql.Column(name="@timestamp"))):
            return _length(interval)
        case esql.Function(name="bucket", args=(esql.Column(name="@timestamp"), esql.Interval() as interval)):
            return _length(interval)
    return None


__all__ = [
    "AT_EVERY_EVENT", "LOOK_BACK", "UNITS", "Meaning", "esql_meaning", "evaluated", "look_back", "meaning",
    "stream_query", "threshold_meaning",
]  # fmt: skip
