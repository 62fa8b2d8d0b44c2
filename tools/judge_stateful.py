"""Rules that count, on a real Elasticsearch node, against our own answers: 0 differences is the aim.

    python tools/judge_stateful.py http://127.0.0.1:9200

Table for table: the visible ES|QL aggregations, and our ES|QL of Sigma correlations. Bucket for bucket: the visible
threshold rules as the composite aggregation that Kibana runs. Events are made from the rules' own fixtures and from the
values that a query names. Reads `../shared/corpora/elastic`; makes throw-away indices only.
"""

from __future__ import annotations

import ipaddress
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product, takewhile
from pathlib import Path
from typing import Any

from converter import ConverterError, fixtures, parse, port, render, table
from converter.documents import Document, load, loads
from converter.engines.elasticsearch import Cluster, Refused
from converter.engines.esql_text import on_index
from converter.engines.mapping import names_in
from converter.fields import Fields
from converter.languages import get
from converter.languages.esql import predicate, read_query
from converter.languages.esql.predicate import made_columns
from converter.matching import Context, EventValues, compile_node
from converter.matching.pipeline.rewriting import conjuncts
from converter.matching.pipeline.run import check
from converter.porting import rule_query, stream_query
from converter.porting.stateful_meaning import meaning
from converter.proof.streams_events import solved
from converter.proof.streams_search import stamp
from converter.query import Query
from converter.tree import Field, conj
from converter.tree.pipeline import (
    Constant,
    Pipeline,
    Stats,
    Where,
    columns_of,
    expressions_of,
    walk_expression,
)

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
#: Correlations of the rules x and y (`event.action`), by user.
CORRELATIONS = (
    "{type: event_count, rules: [x], group-by: [user.name], timespan: 1h, condition: {gte: 2}}",
    "{type: event_count, rules: [x, y], group-by: [user.name, host.name], timespan: 1h, condition: {gt: 2}}",
    "{type: event_count, rules: [x], timespan: 1h, condition: {gte: 2, lte: 60}}",
    "{type: value_count, rules: [x], group-by: [user.name], timespan: 1h, condition: {gte: 2, field: host.name}}",
    "{type: value_count, rules: [x, y], timespan: 1h, condition: {gte: 2, field: source.ip}}",
    "{type: temporal, rules: [x, y], group-by: [user.name], timespan: 1h}",
    "{type: temporal, rules: [x, y], group-by: [source.ip], timespan: 1h, condition: x and not y}",
    "{type: temporal, rules: [x, y], group-by: [process.pid], timespan: 1h, condition: x or y}",
    "{type: value_sum, rules: [x], group-by: [user.name], timespan: 1h, condition: {gt: 5, field: process.pid}}",
    "{type: value_avg, rules: [y], group-by: [host.name], timespan: 1h, condition: {lt: 3, field: process.pid}}",
)


def main() -> int:
    counts: Counter[str] = Counter()
    with Cluster(sys.argv[1]) as cluster:
        for name, query, events in (*of_correlations(), *of_rules()):
            counts[judged(cluster, name, query, events)] += 1
        for document in load(CORPORA / "elastic"):
            if document.type == "threshold":
                counts[threshold(cluster, document)] += 1
    for what, count in sorted(counts.items()):
        print(f"{count:5} {what}")
    return 1 if any("DIFFERENT" in what for what in counts) else 0


def of_correlations() -> Iterator[tuple[str, Query, list[dict[str, Any]]]]:
    rng = random.Random(7)
    rules = "".join(
        f"title: {n}\nname: {n}\ntaxonomy: ecs\nlogsource: {{product: x}}\n"
        f"detection: {{s: {{event.action: {n}}}, condition: s}}\n---\n"
        for n in "xy"
    )
    values: dict[str, tuple[Any, ...]] = {
        "event.action": ("x", "X", "y", "z", ["x", "y"]), "user.name": ("a", "b", ["a", "b"], None, "c"),
        "host.name": ("h", "i", ["h", "i"], None), "source.ip": ("1.1.1.1", ["1.1.1.1", "::1"], None),
        "process.pid": (1, 2, 5, [1, 7], None),
    }  # fmt: skip
    for body in CORRELATIONS:
        document = loads(f"{rules}title: c\ntaxonomy: ecs\ncorrelation: {body}\n", "sigma")[-1]
        found = port(document, "esql")
        assert found.text is not None, found.reason
        for size in (5, 12, 40):
            yield f"correlation {body}", parse("esql", found.text), chosen(rng, values, size)


def chosen(rng: random.Random, values: dict[str, tuple[Any, ...]], size: int) -> list[dict[str, Any]]:
    out = []
    for at in range(size):
        event = {name: rng.choice(options) for name, options in values.items()}
        out.append({"@timestamp": stamp(at * 1000), **{k: v for k, v in event.items() if v is not None}})
    return out


def of_rules() -> Iterator[tuple[str, Query, list[dict[str, Any]]]]:
    """The visible aggregations, with events whose fields hold values that the query names."""
    rng = random.Random(11)
    for document in load(CORPORA / "elastic"):
        if document.type != "esql":
            continue
        query = typed(rule_query(document))
        if "predicate" in query.extra or not query.tree.makes_rows:
            continue
        events = rows_for(rng, document, query)
        yield str(document.path), query, events
        counted = up_to_stats(query)
        if counted is not None:  # so that there are rows, whatever number the rule asks for
            yield f"{document.path} up to its first STATS", counted, events


def up_to_stats(query: Query) -> Query | None:
    commands = query.tree.commands
    at = next(at for at, item in enumerate(commands) if isinstance(item, Stats) and not item.inline)
    if at == len(commands) - 1:
        return None
    text = get("esql").render(Pipeline(commands[: at + 1]), query.fields, {})
    return parse("esql", text, query.fields)


def witness(query: Query) -> dict[str, Any]:
    """An event that meets what can be said of the conditions before the first STATS."""
    commands = query.tree.commands
    nodes = []
    for command in takewhile(lambda item: not isinstance(item, Stats), commands[1:]):
        for part in conjuncts(command.condition) if isinstance(command, Where) else ():
            try:
                nodes.append(predicate(Pipeline((commands[0], Where(part))), query.fields))
            except ConverterError:
                continue
    found = solved([conj(nodes)]) if nodes else None
    return dict(found or {})


def typed(query: Query) -> Query:
    """Fields that no schema knows have the types that their use asks for, on the node as here."""
    try:
        found = check(query.tree, query.fields, read_query)
    except ConverterError:
        return query
    return replace(query, fields=query.fields.extended(Fields.of(found))) if found else query


def rows_for(rng: random.Random, document: Document, query: Query) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    try:
        found = meaning(query, document)
        for case in fixtures(found.query) if found is not None else ():
            if case.expect and len(events) < 400:
                events += [dict(event) for event in case.events or ()]
    except ConverterError:
        pass
    named = [
        item.value for command in query.tree.commands for root in expressions_of(command)
        for item in walk_expression(root) if isinstance(item, Constant)
    ]  # fmt: skip
    texts = [value for value in named if isinstance(value, str)] or ["a"]
    names = {column.name for column in columns_of(query.tree)} - made_columns(query.tree)
    base = witness(query)
    for number in range(120):
        event: dict[str, Any] = {}
        for name in sorted(names - {"@timestamp"}):
            value = a_value(rng, query.fields.field(name).sort, texts)
            if value is not None and not name.startswith("_"):
                event[name] = value
        events.append({**event, **base} if number % 2 else event)
    return [{**event, "@timestamp": lately(at)} for at, event in enumerate(events)]


def lately(at: int) -> str:
    """Within the last minutes of the clock, for queries that ask for it."""
    time = datetime.now(UTC) - timedelta(minutes=5) + timedelta(milliseconds=200 * at)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def a_value(rng: random.Random, sort: str, texts: list[str]) -> Any:
    one: dict[str, Any] = {
        "integer": lambda: rng.choice((0, 1, 4, 200, 404)), "float": lambda: rng.choice((0.5, 2.0)),
        "boolean": lambda: rng.random() < 0.5, "ip": lambda: rng.choice(("10.0.0.1", "8.8.8.8", "::1")),
        "date": lambda: stamp(rng.randint(0, 10**6)),
    }  # fmt: skip
    make = one.get(sort, lambda: rng.choice((*texts, "other")))
    return rng.choice((None, make(), make(), make(), [make(), make()]))


def judged(cluster: Cluster, name: str, query: Query, events: list[dict[str, Any]]) -> str:
    kind = "correlations" if name.startswith("correlation") else "aggregations"
    kind += " up to STATS" if name.endswith("STATS") else ""
    limited = [dict(event) for event in events]
    names = {*names_in(query.tree, query.fields), *(c.name for c in columns_of(query.tree)), "@timestamp"}
    names |= {name for event in limited for name in event}  # KQL and QSTR name fields inside their texts
    try:
        with cluster.index(limited, sorted(n for n in names if not n.startswith("_")), query.fields) as index:
            kept = [
                {**event, "_id": str(at), "_index": index.name, "_version": 1}
                for at, event in enumerate(limited) if at not in index.rejected
            ]  # fmt: skip
            text, _ = on_index(query.text, index.name, 10_000)
            try:
                columns, rows = cluster.esql(text)
            except Refused as error:
                print(f"refused by the node: {name}: {str(error)[:200]}")
                return f"{kind}: refused by the node"
            own = table(query, kept)
    except ConverterError as error:
        print(f"refused here: {name}: {str(error)[:150]}")
        return f"{kind}: refused here"
    theirs = [{column: value for (column, _), value in zip(columns, row, strict=True)} for row in rows]
    if canonical(theirs) == canonical(own):
        return f"{kind}: equal tables" + ("" if theirs else " without rows")
    print(f"DIFFERENT {name}\n  node: {canonical(theirs)[:3]}\n  ours: {canonical(own)[:3]}")
    return f"{kind}: DIFFERENT"


def canonical(rows: list[dict[str, Any]]) -> list[str]:
    """Rows in a fixed order, several values too (of VALUES they have none), numbers to nine digits."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return sorted((plain(item) for item in value), key=repr)
        return float(f"{value:.9g}") if isinstance(value, int | float) and not isinstance(value, bool) else value

    return sorted(json.dumps({key: plain(value) for key, value in row.items()}, sort_keys=True) for row in rows)


def threshold(cluster: Cluster, document: Document) -> str:
    """The buckets of the keys, with the number of events and of different values."""
    query, spec = rule_query(document), document.data["threshold"]
    listed = spec.get("field") or []
    keys = [listed] if isinstance(listed, str) else list(listed)
    counted = [item["field"] for item in spec.get("cardinality") or ()]
    events = [
        dict(event) for case in fixtures(stream_query(document)) for event in case.events or [case.event or {}]
    ][:900]  # fmt: skip
    events = [{**dict.fromkeys((*keys, *counted), "one"), **event} for event in events]
    fields: Fields = query.fields
    names = {*names_in(query.tree, fields), *keys, *counted, "@timestamp"}
    with cluster.index(events, sorted(names), fields) as index:
        body: dict[str, Any] = {"size": 0, "query": json.loads(render(query, "dsl"))}
        aggregates = {f"c{at}": {"cardinality": {"field": name}} for at, name in enumerate(counted)}
        if keys:
            sources = [{f"k{at}": {"terms": {"field": name}}} for at, name in enumerate(keys)]
            body["aggs"] = {"t": {"composite": {"size": 5000, "sources": sources}, "aggs": aggregates}}
        else:
            body |= {"aggs": aggregates, "track_total_hits": True}
        answer = cluster.call("POST", f"/{index.name}/_search", body)
        rejected = index.rejected
    theirs = {}
    for bucket in answer["aggregations"]["t"]["buckets"] if keys else ():
        own = tuple(str(bucket["key"][f"k{at}"]) for at in range(len(keys)))
        theirs[own] = (bucket["doc_count"], *(bucket[f"c{at}"]["value"] for at in range(len(counted))))
    if not keys and answer["hits"]["total"]["value"]:
        distinct = (answer["aggregations"][f"c{at}"]["value"] for at in range(len(counted)))
        theirs[()] = (answer["hits"]["total"]["value"], *distinct)
    ours = buckets(query, [event for at, event in enumerate(events) if at not in rejected], keys, counted)
    if theirs == ours and ours:
        return "thresholds: equal buckets"
    print(f"DIFFERENT {document.path}\n  node: {theirs}\n  ours: {ours}")
    return "thresholds: DIFFERENT"


def buckets(query: Query, events: list[dict[str, Any]], keys: list[str], counted: list[str]) -> dict[Any, Any]:
    decide = compile_node(query.tree, Context(0))
    found: dict[Any, list[EventValues]] = {}
    for event in map(EventValues, events):
        if decide(event):
            columns = [
                [(query.fields.field(name), value) for value in dict.fromkeys(event.values(query.fields.field(name)))]
                for name in keys
            ]
            for key in product(*columns):
                found.setdefault(tuple(key_text(field, value) for field, value in key), []).append(event)
    return {
        key: (len(held), *(len({v for e in held for v in e.values(query.fields.field(name))}) for name in counted))
        for key, held in found.items()
    }


def key_text(field: Field, value: Any) -> str:
    """A key as a bucket shows it."""
    if field.sort != "ip":
        return str(value)
    address = ipaddress.IPv6Address(value)
    return str(address.ipv4_mapped or address)


if __name__ == "__main__":
    sys.exit(main())
