"""How a form of each language runs on Elasticsearch, as Kibana would run it; said in words where it is another way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import ConverterError
from converter.engines.elasticsearch import MOST, Cluster, Index, Refused
from converter.engines.esql_text import on_index
from converter.languages import parse, render
from converter.query import Query

#: What a Sigma rule runs as: the language, and the options of its rendering.
SIGMA_FORMS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("dsl", {}),
    ("lucene", {}),
    ("kuery", {"dialect": "elasticsearch"}),
    ("esql", {}),
    ("eql", {}),
)
#: Answers of a release that does not have what a form uses, with the reason: no verdict on the form.
NEWER = (
    (
        re.compile(r"kql_parsing_exception: .* missing '\)' at '(or|and)'"),
        "this release has no groups of values in KQL",
    ),
    (re.compile(r"Unknown function \[\w+\]"), "this release does not have the function"),
)
NO_EQL = "the cluster has no EQL endpoint, and only an event query can run as its Query DSL"


@dataclass(frozen=True)
class Ask:
    """One request to make: `query` is what must be true of the events found, `text` what is sent, `via` the way.

    Without `text` the form cannot be sent; `error` says why. `optional`: no detection rule runs this way, so that a
    rejection says nothing against the form."""

    form: str
    via: str
    query: Query
    text: str | None = None
    error: str | None = None
    optional: bool = False


@dataclass(frozen=True)
class Run:
    """What came of it: `picked` are the events found, each once and in order; None with an `error`.

    `refused`: the engine rejected what was sent (else nothing was sent)."""

    ask: Ask
    picked: tuple[int, ...] | None = None
    error: str | None = None
    refused: bool = False


def run(cluster: Cluster, index: Index, forms: Mapping[str, Query], *, kql: bool = True) -> list[Run]:
    """Every form in every way it runs there. `kql`: KQL also as Elasticsearch's own `kql` query."""
    has_eql = cluster.has_eql(index) if any(query.language in ("eql", "sigma") for query in forms.values()) else False
    asks = [ask for name, query in forms.items() for ask in asks_of(name, query, has_eql, kql)]
    return [send(cluster, index, ask) for ask in asks]


def asks_of(name: str, query: Query, has_eql: bool, kql: bool = True) -> Iterator[Ask]:
    """The requests that a form becomes."""
    match query.language:
        case "eql":
            if has_eql:
                yield Ask(name, "eql", query, query.text)
            elif query.is_event:
                yield _rendered(name, "dsl of the EQL query", query)
            else:
                yield Ask(name, "eql", query, error=NO_EQL)
        case "kuery":
            if query.dialect != "elasticsearch":
                yield _rendered(name, "dsl of the KQL query", query)
            if kql:
                yield _own_kql(name, query)
        case "sigma":
            for language, options in SIGMA_FORMS:
                yield from _of_sigma(name, query, language, options, has_eql)
        case "dsl" | "lucene" | "esql":
            yield Ask(name, query.language, query, query.text)
        case language:
            yield Ask(name, language, query, error=f"language `{language}` does not run on Elasticsearch")


def _rendered(name: str, via: str, query: Query) -> Ask:
    try:
        options = {"category_field": query.category_field} if query.category_field else {}
        return Ask(name, via, query, render(query, "dsl", **options))
    except ConverterError as error:
        return Ask(name, via, query, error=str(error))


def _own_kql(name: str, query: Query) -> Ask:
    """The text by Elasticsearch's own grammar, whose meaning may be another than Kibana's."""
    optional = query.dialect != "elasticsearch"
    try:
        own = parse("kuery", query.text, query.fields, "elasticsearch")
    except ConverterError as error:
        return Ask(name, "kql", query, error=f"no KQL of Elasticsearch: {error}", optional=optional)
    return Ask(name, "kql", own, query.text, optional=optional)


def _of_sigma(name: str, query: Query, language: str, options: dict[str, Any], has_eql: bool) -> Iterator[Ask]:
    try:
        text = render(query, language, **options)
        form = parse(language, text, query.fields, options.get("dialect"))
    except ConverterError as error:
        yield Ask(name, f"{language} of the Sigma rule", query, error=str(error))
        return
    for ask in asks_of(name, form, has_eql):
        yield replace(ask, via=f"{ask.via} of the Sigma rule")


def send(cluster: Cluster, index: Index, ask: Ask) -> Run:
    """Make the request; an answer that rejects it is a run with an error, no answer raises `EngineError`."""
    if ask.text is None:
        return Run(ask, None, ask.error)
    try:
        return Run(ask, tuple(sorted(set(_picked(cluster, index, ask)))))
    except Refused as error:
        newer = next((why for pattern, why in NEWER if pattern.search(str(error))), None)
        return Run(ask, None, f"{newer}: {error}" if newer else str(error), refused=newer is None)
    except LookupError as error:
        return Run(ask, None, str(error))


def _picked(cluster: Cluster, index: Index, ask: Ask) -> list[int]:
    assert ask.text is not None
    match ask.via.split()[0]:
        case "eql":
            category = ask.query.category_field or "event.category"
            hits = cluster.eql(index, ask.text, category, "@timestamp", None)
            return [position for hit in hits for position in hit]
        case "dsl":
            return cluster.search(index, json.loads(ask.text))
        case "kql":
            return cluster.search(index, {"kql": {"query": ask.text}})
        case "lucene":
            body = {"query": ask.text, "analyze_wildcard": True, "time_zone": "UTC"}
            return cluster.search(index, {"query_string": body})
    text, ids = on_index(ask.text, index.name, MOST)
    if not ids:
        raise LookupError("its rows are no events")
    columns, rows = cluster.esql(text)
    names = [column for column, _ in columns]
    if "_id" not in names:
        raise LookupError("its rows lose the events' ids")
    at = names.index("_id")
    return [int(row[at]) for row in rows]
