"""Two rules compared as wholes: what some rules have beside their query counts too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.porting.rule_query import BASE_QUERY_TYPES
from converter.porting.stateful_aggregation import esql_meaning
from converter.porting.stateful_meaning import LOOK_BACK, UNITS, stream_meaning
from converter.proof.verdict import Verdict
from converter.query import Query
from converter.tree import Node
from converter.tree.correlation import Correlation

#: Of an ES|QL text without a rule around it.
SAME_SPAN = "the ES|QL text looks back as far as the other side does"
#: Of each type, the keys that decide which of the query's events alert.
BESIDE = {
    "threshold": ("threshold", "from"),
    "new_terms": ("new_terms_fields", "history_window_start"),
    "threat_match": (
        "threat_query", "threat_language", "threat_filters", "threat_index", "threat_mapping", "threat_indicator_path",
    ),
}  # fmt: skip
#: What else decides which events a rule sees, or what becomes of its alerts.
_APART = ("index", "data_view_id", "exceptions_list", "alert_suppression")
#: Where more events can only mean more alerts: a term that an event made known before is new no more.
_MONOTONE = ("threshold", "threat_match")


@dataclass(frozen=True)
class Whole:
    """A rule's query, what that reading takes as given, and what the rule has beside it: its type and keys, None where
    the query is all. `clock`: what decides the order of its events and how far it looks, where that counts."""

    query: Query
    given: tuple[str, ...] = ()
    beside: tuple[Any, ...] | None = None
    clock: tuple[Any, ...] | None = None

    @classmethod
    def of(cls, document: Document, fields: FieldsSpec = None) -> Whole:
        """Raises as `rule_query`."""
        found = stream_meaning(document, fields)
        kind = document.type if document.kind == "elastic" else ""
        clock = _clock(document, found.query)
        if kind not in BASE_QUERY_TYPES or not isinstance(found.query.tree, Node):
            return cls(found.query, found.given, clock=clock)
        return cls(found.query, found.given, (kind, *(document.data.get(key) for key in BESIDE[kind])), clock)


def _clock(document: Document, query: Query) -> tuple[Any, ...] | None:
    """None for what looks at one event alone, and where no Elastic rule says it."""
    data = document.data
    alone = isinstance(query.tree, Node) or "predicate" in query.extra
    if document.kind != "elastic" or (alone and document.type != "new_terms"):
        return None
    if document.type == "eql":
        return data.get("timestamp_field") or "@timestamp", data.get("tiebreaker_field")
    name = data.get("timestamp_override") or "@timestamp"
    fallback = name == "@timestamp" or not data.get("timestamp_override_fallback_disabled")
    return name, fallback, (data.get("from") or LOOK_BACK) if query.kind == "pipeline" else None


def uncompared(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """The keys in which two Elastic rules' data differs though no verdict looks at them."""
    if not a or not b or any(key in side for side in (a, b) for key in ("detection", "correlation")):
        return []
    return [key for key in _APART if (a.get(key) or None) != (b.get(key) or None)]


def counted(own: Whole, other: Whole) -> Whole:
    """An ES|QL text that stands in no rule, as the correlation that it is over the other side's span: nothing says how
    far it looks back. Any other side as it is."""
    query = own.query
    if query.kind != "pipeline" or "predicate" in query.extra or own.given:
        return own
    tree = other.query.tree
    span = tree.timespan if isinstance(tree, Correlation) else UNITS["h"]
    try:
        found = esql_meaning(query, span)
    except UnsupportedError:
        return own
    return own if found.parts else Whole(found.query, (*found.given, SAME_SPAN), own.beside)


def with_beside(verdict: Verdict, a: Whole, b: Whole) -> Verdict:
    """The verdict on two queries as one on two rules."""
    if a.clock is not None and b.clock is not None and a.clock != b.clock:
        note = "the rules differ in the time of an event, its order among others, or how far they look back"
        verdict = replace(verdict, relation="unknown", counterexamples={}, notes=(*verdict.notes, note))
    if a.beside is None and b.beside is None:
        return verdict
    notes = [f"beside its query a rule has {BASE_QUERY_TYPES[side.beside[0]]}" for side in (a, b) if side.beside]
    relation = _relation(verdict.relation, a, b)
    shown = verdict.counterexamples if a.beside == b.beside and relation == verdict.relation else {}
    if relation != verdict.relation:
        notes.append(f"of the queries alone: {verdict.relation}")
    notes = list(dict.fromkeys((*verdict.notes, *notes)))
    return replace(verdict, relation=relation, counterexamples=shown, notes=tuple(notes))


def _relation(found: str, a: Whole, b: Whole) -> Any:
    if a.beside is not None and b.beside is not None:
        if a.beside != b.beside:
            return "unknown"
        return found if found == "equivalent" or a.beside[0] in _MONOTONE else "unknown"
    if a.beside is not None:  # A alerts on some of its query's events
        return "broader" if found in ("equivalent", "broader") else "unknown"
    return "narrower" if found in ("equivalent", "narrower") else "unknown"


__all__ = ["BESIDE", "Whole", "counted", "uncompared", "with_beside"]
