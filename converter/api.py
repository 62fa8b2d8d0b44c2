"""The interface that others build on; `converter` re-exports it lazily."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from converter.diagnostics import ConverterError, UnsupportedError, UsageError
from converter.fields import Fields, FieldsSpec
from converter.languages import parse, render, reread
from converter.matching import Context, EventValues, compile_node
from converter.query import Query

if TYPE_CHECKING:
    from converter.matching.pipeline import Result

#: The positions of a hit's events; one for an event query, None for the slot of a missing event.
Hit: TypeAlias = tuple[int | None, ...]
Event: TypeAlias = Mapping[str, Any]

__all__ = ["Event", "Hit", "match", "matches", "parse", "render", "table"]


def clock(now: str | datetime | None) -> int | None:
    """An ISO 8601 string or datetime (UTC if it names no zone) in milliseconds since 1970; None stays None."""
    if now is None:
        return None
    if isinstance(now, str):
        try:
            now = datetime.fromisoformat(now)
        except ValueError:
            raise UsageError(f"`{now}` is not an ISO 8601 time", help="write it like 2026-11-24T13:10:40Z") from None
    if not isinstance(now, datetime):
        raise UsageError(f"`{now!r}` is no time", help="give a datetime, or a text like 2026-11-24T13:10:40Z")
    return round((now if now.tzinfo else now.replace(tzinfo=UTC)).timestamp() * 1000)


def context_of(query: Query, fields: Fields, category_field: str | None, now: str | datetime | None) -> Context:
    name = query.category_field or category_field or "event.category"
    return Context(clock(now), fields.field(name))


def match(
    query: Query,
    events: Sequence[Event] | Iterable[Event],
    fields: FieldsSpec = None,
    category_field: str | None = "event.category",
    timestamp_field: str = "@timestamp",
    tiebreaker_field: str | None = None,
    now: str | datetime | None = None,
) -> list[Hit]:
    """All hits of the query in `events`, each the tuple of its events' positions.

    `fields` None takes those that the query was parsed with; others read its text again.
    """
    query = reread(query, fields)
    schema = query.fields
    context = context_of(query, schema, category_field, now)
    if query.is_event:
        predicate = compile_node(query.tree, context)
        return [(i,) for i, event in enumerate(events) if predicate(EventValues(event))]
    if query.kind in ("sequence", "sample", "piped"):
        from converter.matching.sequences import find

        return find(query.tree, events, context, schema.field(timestamp_field), tiebreaker_field)
    if query.kind == "correlation":
        from converter.matching import correlations

        return correlations.find(query.tree, events, context, schema.field(timestamp_field), tiebreaker_field)
    if query.kind == "pipeline":
        return _rows(query, list(events), schema, now)
    raise UnsupportedError(f"a query of kind `{query.kind}` is not matched against events", source=query.source)


def table(
    query: Query, events: Iterable[Event], fields: FieldsSpec = None, now: str | datetime | None = None
) -> list[dict[str, Any]]:
    """The rows that an ES|QL pipeline makes of the events: a dict each, several values as a list, null as None.

    Dates are `2026-11-24T13:10:40.417Z`, addresses as Elasticsearch spells them. Raises `UnsupportedError` for other
    languages and for commands that need a cluster.
    """
    query = reread(query, fields)
    return _run(query, list(events), query.fields, now).table()


def _run(query: Query, events: list[Event], schema: Fields, now: str | datetime | None) -> Result:
    from converter.languages.esql import read_query
    from converter.matching.pipeline import run

    if query.kind != "pipeline":
        raise UnsupportedError(f"a query in `{query.language}` makes no table", source=query.source)
    try:
        return run(query.tree, events, schema, clock(now), read_query)
    except ConverterError as error:
        raise error.at(query.source) from None


def _rows(query: Query, events: list[Event], schema: Fields, now: str | datetime | None) -> list[Hit]:
    """Rows that are still events, by position; again for each row that MV_EXPAND made of one."""
    rows = _run(query, events, schema, now).rows
    if query.tree.makes_rows:
        raise UnsupportedError(
            "behind STATS or ROW the rows are no events", source=query.source, help="`table` gives the rows"
        )
    return [(row.position,) for row in rows]


def matches(query: Query, event: Event) -> bool:
    """Whether an event query is true for one event."""
    return bool(match(query, [event]))
