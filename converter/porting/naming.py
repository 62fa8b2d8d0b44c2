"""A Sigma rule's query in the names of the events that an Elastic query speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import Note
from converter.mapping import derive, find_log_source, relations, to_ecs
from converter.mapping.relations import Relations
from converter.matching import EventValues
from converter.porting.porter import given_by, own_log_source, predicate_of, speaks_ecs
from converter.proof import Verdict, compare, disjoint
from converter.proof.compare import condition_of, predicate
from converter.query import Query
from converter.tree import Node


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


def log_sources(query: Query) -> list[Any]:
    """The log sources of a Sigma rule, or of the rules of a correlation; none of other queries."""
    if query.language != "sigma":
        return []
    rules = query.extra.get("rules")
    return [query.extra.get("logsource")] if rules is None else [rule.logsource for rule in rules]


def in_ecs(query: Query, rule: Mapping[str, Any], approximate: bool = False) -> Named:
    """A native Sigma query over ECS fields, by its log source; any other one as it is. `rule` is the rule's data.

    Raises `UnsupportedError` for what the mapping cannot carry."""
    if not native(query):
        return Named(query, given_by(query), query.notes)
    tree = predicate_of(query)
    if tree is None:
        from converter.porting.stateful_names import in_ecs as correlation_in_ecs

        found = correlation_in_ecs(query, rule, approximate)
        return Named(replace(query, tree=found.tree), found.given, found.notes, found.loose)
    log_source = query.extra.get("logsource") or {}
    mapped = to_ecs(tree, log_source, query.fields, approximate, own_log_source(rule))
    own = tuple(note for note in query.notes if note.code != "unknown-field")
    return Named(replace(query, tree=mapped.tree), mapped.given, (*own, *mapped.notes), mapped.approximate)


def compare_named(one: Query, other: Query, log_source: Mapping[str, Any], index: Sequence[str] = ()) -> Verdict:
    """`compare`, under what is declared of fields that are parts of one another on the events of a log source in the
    data that these index patterns name.

    The relations are taken only where the queries are not the same without them; the verdict's assumptions name them.
    """
    plain = compare(one, other)
    source = find_log_source(log_source)
    trees = condition_of(one), condition_of(other)
    if plain.relation == "equivalent" or source is None or trees[0] is None or trees[1] is None:
        return plain
    known = relations(source.platform, source.when.get("category", "")).on(index)
    forms = [derive(tree, known, one.fields) for tree in trees if tree is not None]
    said = dict.fromkeys(fact for form in forms for fact in form.said)
    holds = [node for form in forms for node in form.constraints]
    outside = [(tree, item) for tree, form in zip(trees, forms, strict=True) if tree for item in form.unless]
    if not said or not all(disjoint(tree, item) for tree, item in outside):
        return plain
    found = compare(forms[0].exact, forms[1].exact, constraints=holds)
    if found.relation == "unknown" or (any(form.blocked for form in forms) and found.relation != "equivalent"):
        return plain
    events = {side: _shown(event, known, trees, side) for side, event in found.counterexamples.items()}
    if any(event is None and found.counterexamples[side] is not None for side, event in events.items()):
        return plain
    return replace(found, counterexamples=events, assumptions=(*found.assumptions, *said))


def _shown(
    event: Mapping[str, Any] | None, known: Relations, trees: tuple[Node | None, Node | None], side: str
) -> Mapping[str, Any] | None:
    """The event with the parts that its fields have, if the two conditions differ on it as they are."""
    if event is None:
        return None
    whole = known.completed(event)
    values = EventValues(whole)
    first, second = (predicate(tree)(values) for tree in trees if tree is not None)
    return whole if (first, second) == ((True, False) if side == "a_not_b" else (False, True)) else None
