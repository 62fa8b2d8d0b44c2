"""A pipeline over a list of events: each command becomes a step from rows to rows, types checked before it runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.fields import Fields
from converter.matching.pipeline.code import Retype
from converter.matching.pipeline.columns import ColumnRef, IndexFields, Row, Scope
from converter.matching.pipeline.compiler import ReadQuery
from converter.matching.pipeline.rewriting import prepared
from converter.matching.pipeline.steps import Plan, plan_command
from converter.matching.pipeline.types import Value, shown
from converter.matching.values import EventValues
from converter.tree.pipeline import Foreign, From, Pipeline, Show, columns_of
from converter.tree.pipeline import Row as RowCommand

Event = Mapping[str, Any]

_METADATA: dict[str, str] = {
    "_id": "keyword",
    "_index": "keyword",
    "_version": "long",
    "_source": "_source",
    "_ignored": "keyword",
}


@dataclass(frozen=True)
class Result:
    """`columns` by name, in order, the rows, and the types taken for unknown fields from their use."""

    columns: dict[str, ColumnRef]
    rows: list[Row]
    fields: Fields
    retyped: dict[str, str]

    def table(self) -> list[dict[str, Any]]:
        """Each row as a dict of JSON values; no rows where no column is left."""
        if not self.columns:
            return []
        readers = [(name, column.type, column.reader(self.fields)) for name, column in self.columns.items()]
        return [{name: shown(read(row), kind) for name, kind, read in readers} for row in self.rows]


def run(
    pipeline: Pipeline, events: Sequence[Event], fields: Fields, now: int | None, read_query: ReadQuery | None
) -> Result:
    """Runs a pipeline. `now` in milliseconds since 1970 (None: the clock). `read_query` reads what KQL and QSTR hold.

    Raises `ParseError`, `FieldTypeError`, and `UnsupportedError` for a command that needs a cluster."""
    refuse_foreign(pipeline)
    pipeline = prepared(pipeline)
    clock = int(time.time() * 1000) if now is None else now
    values = [EventValues(event) for event in events]
    retyped: dict[str, str] = {}
    while True:
        try:
            plan = _plan(pipeline, values, fields, clock, read_query, retyped)
            rows = plan.rows
            for step in plan.steps:
                rows = step(rows)
            return Result(plan.scope.all(), rows, fields, retyped)
        except Retype as request:
            if request.name in retyped:
                raise request.error from None
            retyped[request.name] = request.type


def check(pipeline: Pipeline, fields: Fields, read_query: ReadQuery | None) -> dict[str, str]:
    """Types and columns of a pipeline, without an event. Raises as `run`; gives the types that were taken for fields
    which no schema knows, from their use."""
    return run(pipeline, [], fields, 0, read_query).retyped


def refuse_foreign(pipeline: Pipeline) -> None:
    """Raises `UnsupportedError` for the first command that only a cluster can run."""
    for command in pipeline.commands:
        match command:
            case Foreign(name=name, span=span):
                raise UnsupportedError(f"`{name}` needs a cluster and cannot be evaluated here", span=span)
            case Show(span=span):
                raise UnsupportedError("`SHOW` tells of a cluster and cannot be evaluated here", span=span)
            case From(series=True, span=span):
                raise UnsupportedError("`TS` needs a time series index and cannot be evaluated here", span=span)


def _plan(
    pipeline: Pipeline,
    events: list[EventValues],
    fields: Fields,
    now: int,
    read_query: ReadQuery | None,
    retyped: dict[str, str],
) -> Plan:
    first = pipeline.commands[0]
    if isinstance(first, From):
        named = {column.name for column in columns_of(pipeline) if fields.field(column.name).known}
        scope, rows = _source(first, events, fields, retyped, named)
        plan = Plan(scope, fields, now, read_query, rows, pushes=True)
    else:
        assert isinstance(first, RowCommand)
        plan = Plan(Scope({}), fields, now, read_query, [Row()], pushes=False)
        plan_command(plan, first)
    for command in pipeline.commands[1:]:
        plan_command(plan, command)
    return plan


def _source(
    command: From, events: list[EventValues], fields: Fields, retyped: dict[str, str], named: set[str]
) -> tuple[Scope, list[Row]]:
    """`named`: fields that the schema knows and the pipeline names; the index has them whether or not an event does."""
    rows = [Row(event, position) for position, event in enumerate(events)]
    metadata: dict[str, ColumnRef] = {}
    for name in command.metadata:
        kind = _METADATA.get(name)
        if kind is None:
            raise UnsupportedError(f"the metadata field `{name}` has no value here", span=command.span)
        column = metadata[name] = ColumnRef(name, kind)
        read = _metadata_reader(name)
        for row in rows:
            row.cells[column.id] = read(row)
    source = IndexFields(fields, lambda: _seen(events) | named, retyped)
    return Scope(metadata, source), rows


def _seen(events: list[EventValues]) -> set[str]:
    return {path for event in events for path in event.paths()} - set(_METADATA)


def _metadata_reader(name: str) -> Callable[[Row], Value]:
    def read(row: Row) -> Value:
        assert row.event is not None
        own = row.event.event.get(name)
        match name:
            case "_id":
                return str(own) if own is not None else str(row.position)
            case "_source":
                rest = {key: value for key, value in row.event.event.items() if key not in _METADATA}
                return json.dumps(rest if own is None else own, ensure_ascii=False)
        return own

    return read
