"""Two rules compared as wholes: what some rules have beside their query counts too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.porting.rule_query import BASE_QUERY_TYPES
from converter.porting.stateful_aggregation import esql_meaning
from converter.porting.stateful_meaning import UNITS, stream_meaning
from converter.proof.verdict import Verdict
from converter.query import Query
from converter.tree import Node
from converter.tree.correlation import Correlation

#: Of an ES|QL text without a rule around it.
SAME_SPAN = "the ES|QL text looks back as far as the other side does"
#: Of each type, the keys that decide which of the query's events alert.
_KEYS = {
    "threshold": ("threshold", "from"),
    "new_terms": ("new_terms_fields", "history_window_start"),
    "threat_match": (
        "threat_query", "threat_language", "threat_filters", "threat_index", "threat_mapping", "threat_indicator_path",
    ),
}  # fmt: skip
#: Where more events can only mean more alerts: a term that an event made known before is new no more.
_MONOTONE = ("threshold", "threat_match")


@dataclass(frozen=True)
class Whole:
    """A rule's query, what that reading takes as given, and what the rule has beside it: its type and keys, None where
    the query is all."""

    query: Query
    given: tuple[str, ...] = ()
    beside: tuple[Any, ...] | None = None

    @classmethod
    def of(cls, document: Document, fields: FieldsSpec = None) -> Whole:
        """Raises as `rule_query`."""
        found = stream_meaning(document, fields)
        kind = document.type if document.kind == "elastic" else ""
        if kind not in BASE_QUERY_TYPES or not isinstance(found.query.tree, Node):
            return cls(found.query, found.given)
        return cls(found.query, found.given, (kind, *(document.data.get(key) for key in _KEYS[kind])))


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


__all__ = ["Whole", "counted", "with_beside"]
