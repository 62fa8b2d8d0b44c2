"""What a rule that counts asks for, as a correlation: threshold rules, and ES|QL's STATS with one condition.

Both look at a span before each run; taken as run at every event, that is a sliding window, as a Sigma correlation has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.matching.correlations import COMPARE
from converter.porting.outcome import Loss
from converter.porting.rule_query import rule_query
from converter.proof.compare import implies, with_category
from converter.proof.stateful import MONOTONE
from converter.query import Query
from converter.tree import Exists, Field, Node, Single, conj
from converter.tree.correlation import Correlation, GroupKey, Member

UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
LOOK_BACK = "now-6m"
#: The fact that every one of these verdicts rests on.
AT_EVERY_EVENT = "the rule is evaluated at every event"
#: And this one where an older event that leaves the window can make the condition true.
AT_ITS_EVENTS = "the rule is evaluated at every event that it counts, and only then"
#: Sorts of fields that have no values to group by or to count.
NO_VALUES = ("object", "nested", "text")
#: Cardinalities beyond are estimated.
EXACT_UNTIL = 3_000
#: Alerts that a run makes at most where the rule does not say.
MAX_SIGNALS = 100


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
    of_nothing = not tree.keys and all(COMPARE[name](0, bound) for name, bound in tree.bounds)
    return AT_EVERY_EVENT if lower and tree.type in MONOTONE and not of_nothing else AT_ITS_EVENTS


def given_of(tree: Correlation) -> tuple[str, ...]:
    """What a verdict on this correlation as a rule that counts takes as given."""
    many = tree.type == "value_count" and any(bound >= EXACT_UNTIL for _, bound in tree.bounds)
    exact = f"different values are counted exactly (Elasticsearch does so up to about {EXACT_UNTIL:,})"
    return (evaluated(tree), exact) if many else (evaluated(tree),)


def look_back(document: Document) -> int:
    """Milliseconds of the document's `from`; raises `UnsupportedError` for one that is no plain span."""
    text = str(document.data.get("from") or LOOK_BACK).strip()
    found = re.fullmatch(r"now-([0-9]+)([smhdw])", text)
    if found is None:
        raise UnsupportedError(f"the look-back `from: {text}` is no plain span like `now-9m`", code="look-back")
    return int(found[1]) * UNITS[found[2]]


def times(document: Document) -> tuple[str, ...]:
    """What is given of an event's time where it is not its `@timestamp`; of an EQL rule the override only says which
    events are searched."""
    if document.kind != "elastic":
        return ()
    name = document.data.get("timestamp_field" if document.type == "eql" else "timestamp_override")
    return () if name in (None, "", "@timestamp") else (f"every form takes `{name}` as the time of an event",)


def meaning(source: Query, document: Document) -> Meaning | None:
    """The correlation that a threshold rule or an ES|QL aggregation is; None for other rules.

    Raises `UnsupportedError` with the reason for an aggregation that is none."""
    found = _meaning(source, document)
    return None if found is None else replace(found, given=(*found.given, *times(document)))


def _meaning(source: Query, document: Document) -> Meaning | None:
    if document.kind == "elastic" and document.type == "threshold":
        return threshold_meaning(source, document.data.get("threshold") or {}, look_back(document))
    if source.kind == "pipeline" and "predicate" not in source.extra:
        from converter.porting.stateful_aggregation import esql_meaning

        if document.kind != "elastic":
            return esql_meaning(source, None)
        most = document.data.get("max_signals")
        return esql_meaning(source, look_back(document), most if isinstance(most, int) else MAX_SIGNALS)
    return None


def stream_meaning(document: Document, fields: FieldsSpec = None) -> Meaning:
    """What the rule asks of a stream: its query, for a threshold rule or an aggregation the correlation that it is
    (where it is one exactly, under what is then given). Raises as `rule_query`."""
    query = rule_query(document, fields)
    try:
        found = meaning(query, document)
    except UnsupportedError:
        found = None
    return Meaning(query, given=()) if found is None or found.parts else found


def stream_query(document: Document, fields: FieldsSpec = None) -> Query:
    """The query of `stream_meaning`."""
    return stream_meaning(document, fields).query


def threshold_meaning(source: Query, spec: Mapping[str, Any], span: int) -> Meaning:
    """Events, or different values of one field, of one key within the look-back. What a correlation cannot say beside
    it is a loss."""
    tree = source.tree if isinstance(source.tree, Node) else source.extra.get("predicate")
    if not isinstance(tree, Node):
        raise UnsupportedError("the base query is no condition on one event", code="stateful")
    fields = source.fields
    listed = spec.get("field") or []
    keys = tuple(fields.field(name) for name in ([listed] if isinstance(listed, str) else listed) if name)
    for field in (*keys, *(fields.field(item["field"]) for item in spec.get("cardinality") or ())):
        if field.sort in NO_VALUES:
            raise UnsupportedError(
                f"a threshold rule cannot count by `{field.name}` of type {field.type}", code="threshold"
            )
    distinct, least = list(spec.get("cardinality") or ()), int(spec.get("value", 1))
    kind, bounds = "event_count", (("gte", least),)
    values: tuple[Field, ...] = ()
    if distinct and (least <= 1 or (len(distinct) == 1 and int(distinct[0]["value"]) >= least)):
        counted = fields.field(distinct[0]["field"])
        if least <= 1 or of_one_value(tree, counted, source):
            kind, bounds, values = "value_count", (("gte", int(distinct[0]["value"])),), (counted,)
            distinct = distinct[1:]
    losses = [
        Loss("cardinality", f"not carried: {item['value']} different values of `{item['field']}`") for item in distinct
    ]
    query = query_of(source, tree, kind, keys, span, bounds, values)
    return Meaning(query, ("broader",) if distinct else (), tuple(losses), given_of(query.tree))


def of_one_value(tree: Node, field: Field, source: Query) -> bool:
    """More different values than events can only come from events that hold several."""
    return implies(replace(source, tree=tree), replace(source, tree=conj([Exists(field), Single(field)]))) is True


def query_of(
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


__all__ = [
    "AT_EVERY_EVENT", "AT_ITS_EVENTS", "LOOK_BACK", "MAX_SIGNALS", "NO_VALUES", "UNITS", "Meaning", "evaluated",
    "given_of", "look_back", "meaning", "of_one_value", "query_of", "stream_meaning", "stream_query",
    "threshold_meaning", "times",
]  # fmt: skip
