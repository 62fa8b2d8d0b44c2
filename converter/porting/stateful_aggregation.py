"""What an ES|QL aggregation asks for, as a correlation: STATS with one condition on a count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from converter.diagnostics import ConverterError, UnsupportedError
from converter.languages.esql import predicate
from converter.languages.esql.predicate import made_columns
from converter.matching.pipeline.rewriting import conjuncts
from converter.porting.outcome import Loss
from converter.porting.stateful_meaning import (
    AT_ITS_EVENTS,
    MAX_SIGNALS,
    NO_VALUES,
    Meaning,
    given_of,
    of_one_value,
    query_of,
)
from converter.proof.compare import implies
from converter.query import Query
from converter.tree import DateMath, Exists, Field, Node, Range, atoms
from converter.tree import pipeline as esql

_INTERVALS = {
    "second": 1_000, "seconds": 1_000, "s": 1_000, "sec": 1_000, "minute": 60_000, "minutes": 60_000, "min": 60_000,
    "m": 60_000, "hour": 3_600_000, "hours": 3_600_000, "h": 3_600_000, "day": 86_400_000, "days": 86_400_000,
    "d": 86_400_000, "week": 604_800_000, "weeks": 604_800_000, "w": 604_800_000, "millisecond": 1, "milliseconds": 1,
    "ms": 1,
}  # fmt: skip
_OPERATORS = {"==": "eq", "!=": "neq", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}
#: Commands that need a cluster, and only add columns to the rows that there are.
_ADDING = ("COMPLETION", "ENRICH")


def esql_meaning(source: Query, span: int | None, most: int = MAX_SIGNALS) -> Meaning:
    """`FROM … | STATS c = COUNT(*) BY k | WHERE c >= n` as a correlation. `span`: the look-back of the rule, None where
    only the query's own condition on `@timestamp` says it; `most`: the alerts that a run makes at most. Raises
    `UnsupportedError` for every other pipeline."""
    return _Reader(source, span, most).read()


def _refuse(message: str, item: Any = None) -> UnsupportedError:
    return UnsupportedError(message, span=getattr(item, "span", None), code="aggregation")


class _Reader:
    """One pipeline: commands before its STATS, the STATS, and conditions behind it."""

    def __init__(self, source: Query, span: int | None, most: int) -> None:
        self.source, self.span, self.most = source, span, most
        self.open_end = False
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
        if isinstance(commands[0], esql.From) and commands[0].series:
            raise _refuse("TS counts within each time series", commands[0])
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
        query = query_of(self.source, tree, kind, keys, span, ((name, bound),), values)
        indices = commands[0].indices if isinstance(commands[0], esql.From) else ()
        given = given_of(query.tree)
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
            found = _age(part)
            if found is None:
                kept.append(part)
                continue
            age, open_end = found
            if self.span is None or age < self.span:
                self.span, self.open_end = age, open_end
            elif age == self.span:
                self.open_end |= open_end
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
                if found.name.startswith("_") or field.sort in NO_VALUES:
                    raise _refuse(f"STATS BY `{found.name}`, which is no field of the events", item)
                keys.append(field)
                continue
            width = _bucket(found)
            if width is None or bucket is not None:
                raise _refuse(f"STATS BY a computed value (`{item.column}`)", item)
            bucket = width
        return keys, bucket

    def _condition(self, stats: esql.Stats, after: Sequence[Any]) -> tuple[esql.Assignment, str, int]:
        """The one condition on an aggregate; what else takes rows away is named as lost."""
        made = {item.column: item for item in stats.aggregates}
        found: list[tuple[esql.Assignment, str, int]] = []
        lost: list[tuple[str, Any]] = []
        for place, command in enumerate(after):
            if isinstance(command, esql.Where):
                for part in conjuncts(command.condition):
                    bound = self._bound(part, made)
                    if bound is None:
                        lost.append(("a condition that is no count compared with a number", part))
                    else:
                        found.append(bound)
            elif isinstance(command, esql.Limit):
                self._limit(stats, command, any(isinstance(item, esql.Where) for item in after[place:]))
            else:
                made = self._renamed(command, made)
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
            self._broader("aggregate-condition", f"not carried: {message}", item)
        return chosen

    def _renamed(self, command: Any, made: Mapping[str, esql.Assignment]) -> dict[str, esql.Assignment]:
        """What the columns of STATS are called behind a command that takes no row away; raises for all others."""
        match command:
            case esql.Eval(items=items):
                return {name: item for name, item in made.items() if name not in {new.column for new in items}}
            case esql.Rename(pairs=pairs):
                names, new = dict(pairs), {new for _, new in pairs}
                kept = {name: item for name, item in made.items() if name not in names and name not in new}
                return kept | {names[name]: item for name, item in made.items() if name in names}
            case esql.Dissect() | esql.Grok():
                new = made_columns(esql.Pipeline((command,)))
                return {name: item for name, item in made.items() if name not in new}
            case esql.Foreign(name=name) if name in _ADDING:
                return {}
            case esql.Keep() | esql.Drop() | esql.Sort():
                return dict(made)
        name = command.name if isinstance(command, esql.Foreign) else type(command).__name__.upper()
        raise _refuse(f"`{name}` behind STATS", command)

    def _limit(self, stats: esql.Stats, command: esql.Limit, before_condition: bool) -> None:
        """Of one row all is kept; of the rows that are alerts, the rule takes no more than its `max_signals` either."""
        if command.count < 1:
            raise _refuse("LIMIT 0 keeps no row", command)
        if stats.by and (before_condition or command.count < self.most):
            self._broader("limit", f"not carried: LIMIT {command.count}, which keeps some of the groups", command)

    def _broader(self, code: str, message: str, item: Any) -> None:
        self.losses.append(Loss(code, message, getattr(item, "span", None)))
        self.parts.append("broader")

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
        single = isinstance(arg, esql.Constant) and arg.value is not None and not isinstance(arg.value, list | tuple)
        if arg is None or (single and call.name == "count"):
            return "event_count", ()
        if not isinstance(arg, esql.Column):
            raise _refuse(f"{call.name.upper()} of a computed value", call)
        if arg.name == "_id":
            return "event_count", ()
        field = self.fields.field(arg.name)
        if field.sort in NO_VALUES:
            raise _refuse(f"{call.name.upper()}({arg.name}) of a field of type {field.type}", call)
        if call.name == "count_distinct":
            return "value_count", (field,)
        if not of_one_value(tree, field, self.source):
            raise _refuse(f"COUNT({arg.name}) counts values, of which an event may have none or several", call)
        return "event_count", ()

    def _window(self, bucket: int | None, name: str, bound: int) -> int:
        lower = name in ("gt", "gte")
        alone = lower and bound + (name == "gt") <= 1  # an event is enough, wherever the window ends
        if bucket is None:
            if self.span is None:
                raise _refuse("neither the rule nor its query says how far it looks back")
            if self.open_end and not alone:
                message = "an event exactly as old as the query looks back is out, in a correlation's span it is in"
                self.losses.append(Loss("window-edge", message))
                self.parts.append("broader" if lower else "unknown")
            return self.span
        if not lower:
            raise _refuse("a time bucket with another condition than a lower bound")
        if not alone:
            message = "a time bucket begins anew at fixed times, a correlation's window slides"
            self._broader("time-bucket", message, None)
        return bucket if self.span is None else min(bucket, self.span)

    def _null_groups(self, tree: Node, keys: Sequence[Field]) -> None:
        for key in keys:
            always = implies(replace(self.source, tree=tree), replace(self.source, tree=Exists(key)))
            if always is not True:
                self.parts.append("narrower" if always is False else "unknown")
                self.losses.append(
                    Loss("null-group", f"not carried: events without `{key.name}`, which STATS counts as a group")
                )


def _age(part: esql.Expression) -> tuple[int, bool] | None:
    """Milliseconds of `@timestamp > NOW() - 9 minutes`, and whether an event exactly that old is out."""
    if not isinstance(part, esql.Operation) or part.op not in (">", ">=", "<", "<="):
        return None
    left, op, right = part.left, part.op, part.right
    if op in ("<", "<="):
        left, right = right, left
    match left, right:
        case esql.Column(name="@timestamp"), esql.Operation(
            op="-", left=esql.Function(name="now"), right=esql.Interval() as interval
        ):
            length = _length(interval)
            return None if length is None else (length, op in (">", "<"))
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


__all__ = ["esql_meaning"]
