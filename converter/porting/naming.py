"""A Sigma rule's query in the names of the events that an Elastic query speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import Note, UnsupportedError
from converter.mapping import to_ecs
from converter.porting.porter import given_by, own_log_source, predicate_of, speaks_ecs
from converter.query import Query


@dataclass(frozen=True)
class Named:
    """`query` speaks ECS; `given` are the facts of the mapping that this rests on, `approximate` those not exact."""

    query: Query
    given: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    approximate: tuple[str, ...] = ()


def native(query: Query) -> bool:
    """Whether a query is a Sigma rule in Sigma's own names."""
    return query.language == "sigma" and not speaks_ecs(query.extra)


def in_ecs(query: Query, rule: Mapping[str, Any], approximate: bool = False) -> Named:
    """A native Sigma query over ECS fields, by its log source; any other one as it is. `rule` is the rule's data.

    Raises `UnsupportedError` for what the mapping cannot carry, and for a correlation."""
    if not native(query):
        return Named(query, given_by(query), query.notes)
    tree = predicate_of(query)
    if tree is None:
        raise UnsupportedError(
            "a correlation in Sigma's own names is not compared with an Elastic query", source=query.source,
            help="write its rules in ECS names (`taxonomy: ecs`), or prove the port of it",
        )  # fmt: skip
    log_source = query.extra.get("logsource") or {}
    mapped = to_ecs(tree, log_source, query.fields, approximate, own_log_source(rule))
    own = tuple(note for note in query.notes if note.code != "unknown-field")
    return Named(replace(query, tree=mapped.tree), mapped.given, (*own, *mapped.notes), mapped.approximate)
