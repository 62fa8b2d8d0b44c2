"""Which view of events a query is run on: raw Windows events have Sigma's names for Sigma rules, ECS for all others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from converter.normalise.ecs import to_ecs
from converter.normalise.record import is_raw, read
from converter.normalise.sigma import belongs, native
from converter.query import Query

#: What each view is, for a person.
SAID = {
    "native": "raw Windows events under Sigma's names, those of the rule's log source",
    "ecs": "raw Windows events as ECS",
    "given": "the events as they are given",
}


@dataclass(frozen=True)
class View:
    """`events` as the query reads them; `name` is `native`, `ecs`, or `given` where no event is a raw Windows event.

    `outside` are the positions of events that are not of the rule's log source, which no hit may hold."""

    name: str
    events: tuple[Mapping[str, Any], ...]
    outside: frozenset[int] = frozenset()

    def keep(self, hits: Iterable[Sequence[int | None]]) -> list[tuple[int | None, ...]]:
        """The hits without those that hold an event of another log source."""
        return [tuple(hit) for hit in hits if not self.outside & {at for at in hit if at is not None}]


def speaks_native(query: Query) -> bool:
    """Whether a query has Sigma's own names: a Sigma rule that is not in ECS names and that no pipeline has changed."""
    taxonomy = str(query.extra.get("taxonomy", "sigma")).lower()
    return query.language == "sigma" and taxonomy != "ecs" and "pipelines" not in query.extra


def view_for(query: Query, events: Sequence[Mapping[str, Any]], ecs: bool | None = None) -> View:
    """The view of the events that a query reads. `ecs` True: its tree is in ECS names, whatever its text has.

    Events that are no raw Windows events stay as they are."""
    raw = [is_raw(event) for event in events]
    if not any(raw):
        return View("given", tuple(events))
    if ecs or not speaks_native(query):
        return View("ecs", tuple(to_ecs(event) if is_one else event for event, is_one in zip(events, raw, strict=True)))
    if not query.is_event:  # a correlation's rules have log sources of their own
        return View("native", tuple(native(e) if is_one else e for e, is_one in zip(events, raw, strict=True)))
    log_source = query.extra.get("logsource") or {}
    records = [read(event) if is_one else None for event, is_one in zip(events, raw, strict=True)]
    out = [
        event if record is None else native(record, log_source) for event, record in zip(events, records, strict=True)
    ]
    outside = {at for at, record in enumerate(records) if record is not None and not belongs(record, log_source)}
    return View("native", tuple(out), frozenset(outside))
