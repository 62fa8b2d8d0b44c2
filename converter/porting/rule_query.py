"""The query of a rule document: what decides whether the rule fires on an event."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from converter.diagnostics import Source, UnsupportedError
from converter.documents import Document
from converter.fields import Fields, FieldsSpec
from converter.languages import parse
from converter.languages.sigma.pipelines import applied
from converter.query import Query
from converter.tree import ALWAYS, Node, conj, negate

#: Rule types whose query is only a part of what they alert on, and what the rest is.
BASE_QUERY_TYPES = {
    "threshold": "the threshold: alerts come from counts of matching events",
    "new_terms": "the new-terms condition: alerts come from values not seen before",
    "threat_match": "the indicator match: alerts come from events that fit an indicator",
}


def rule_query(document: Document, fields: FieldsSpec = None) -> Query:
    """The document's query, with its DSL `filters` joined in.

    For threshold, new_terms and threat_match rules it is the base query. Raises `UnsupportedError` for machine_learning
    rules (they have none), and what the language's parser raises, with the place in the file.
    """
    if document.type == "machine_learning":
        raise UnsupportedError(
            "a machine_learning rule has no query", source=document.source,
            help="`ruleproof port` writes what it asks of the records of anomalies; the detection lives in the job",
        )  # fmt: skip
    language, source = document.language, document.query_source()
    if language is None or source is None:
        raise UnsupportedError(
            "the rule has no query that can be read", source=document.source, help="name its language with `--language`"
        )
    schema = Fields.of(fields)
    with applied():  # the user's pipelines are for the user's rules
        query = parse(language, source, schema, category_field=document.data.get("event_category_override"))
    query = as_kibana_runs(query)
    filters = list(filters_of(document.data.get("filters"), schema))
    if not filters:
        return query
    if not isinstance(query.tree, Node):
        raise UnsupportedError(f"`filters` beside a query of kind `{query.kind}`", source=document.source)
    return replace(query, tree=conj([query.tree, *filters]), extra={**query.extra, "filters": len(filters)})


def as_kibana_runs(query: Query) -> Query:
    """An empty Lucene query of a rule matches every event: Kibana sends `match_all` for it (`luceneStringToDsl`),
    while a `query_string` of nothing matches nothing."""
    return replace(query, tree=ALWAYS) if query.language == "lucene" and not query.text.strip() else query


def filters_of(filters: Any, fields: Fields) -> Iterable[Node]:
    """Kibana's filters as trees, without the disabled ones."""
    for item in filters if isinstance(filters, list) else ():
        meta = item.get("meta") or {}
        if meta.get("disabled"):
            continue
        body = _query_of(item)
        if body is None:
            raise UnsupportedError("a filter without a query that can be read", help="write it with a `query` key")
        tree = parse("dsl", Source(json.dumps(body)), fields).tree
        yield negate(tree) if meta.get("negate") else tree


def _query_of(item: dict[str, Any]) -> dict[str, Any] | None:
    """The Query DSL of a filter: under `query`, or beside `meta` in the older form."""
    query = item.get("query")
    if isinstance(query, dict) and query:
        return query
    rest = {key: value for key, value in item.items() if key not in ("meta", "$state", "query")}
    return rest if len(rest) == 1 else None
