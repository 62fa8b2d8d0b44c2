"""Rules that look back, run at every event, against the correlations that they are taken for."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from converter import alerts, parse, port, table
from converter.documents import loads
from converter.matching import Context
from converter.matching.correlations import fired
from converter.matching.sequences import in_order
from converter.porting import stream_query

FIELDS = ("user.name", "host.name")
START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def rule(**data: Any) -> Any:
    body = {"name": "r", "rule_id": "r", "risk_score": 1, "severity": "low", "description": "d", **data}
    return loads(json.dumps(body), "json")[0]


def a_stream(rng: random.Random) -> list[dict[str, Any]]:
    at, out = 0, []
    for _ in range(rng.randint(1, 9)):
        at += rng.choice((0, 1, 1, 2, 5))
        event: dict[str, Any] = {
            "event.action": rng.choice("xxxy"),
            "process.pid": rng.choice((1, 2, 5, [1, 7], [2, 2], None)),
        }
        event |= {name: rng.choice(("a", "a", "b", ["a", "b"], None)) for name in FIELDS}
        time = datetime.fromtimestamp(START + at, UTC).isoformat().replace("+00:00", "Z")
        out.append({"@timestamp": time, **{key: value for key, value in event.items() if value is not None}})
    return out


def keys_of_correlation(query: Any, stream: list[dict[str, Any]]) -> list[set[Any]]:
    """After each event, the keys for which it has fired."""
    ordered = in_order(stream, query.fields.field("@timestamp"), None)
    found = fired(query.tree, ordered, Context(0, query.fields.field("event.category")))
    return [{hit.key for hit in found if hit.event.rank <= rank} for rank in range(len(stream))]


def keys_of_table(
    text: str, keys: list[str], span: int, stream: list[dict[str, Any]], only: str | None
) -> list[set[Any]]:
    """The same for an ES|QL text that is run over the span before each event (or each that it counts)."""
    query, held, out = parse("esql", text), set(), []
    times = [datetime.fromisoformat(event["@timestamp"]).timestamp() for event in stream]
    for rank, time in enumerate(times):
        if only is None or stream[rank]["event.action"] in only:
            window = [stream[at] for at in range(rank + 1) if time - span <= times[at]]
            held |= {tuple(row[key] for key in keys) for row in table(query, window)}
        out.append(set(held))
    return out


ESQL = [
    "STATS c = COUNT(*) BY user.name | WHERE c >= 3",
    "STATS c = COUNT(*) BY user.name, host.name | WHERE c > 1",
    "STATS c = COUNT_DISTINCT(host.name) BY user.name | WHERE c >= 2",
    "STATS c = COUNT(*) WHERE host.name IS NOT NULL BY user.name | WHERE c >= 2",
]


@pytest.mark.parametrize("stats", ESQL)
def test_an_aggregation_that_is_exact_fires_for_the_same_keys_after_every_event(stats: str) -> None:
    base = 'FROM x | WHERE event.action == "x" AND user.name IS NOT NULL AND host.name IS NOT NULL'
    text = f"{base} | {stats}"
    query = stream_query(rule(type="esql", language="esql", query=text, **{"from": "now-3s"}))
    assert query.kind == "correlation"
    names = [key.name for key in query.tree.keys]
    rng, fires = random.Random(stats), 0
    for _ in range(150):
        stream = a_stream(rng)
        wanted = keys_of_correlation(query, stream)
        assert keys_of_table(text, names, 3, stream, "x") == wanted
        fires += bool(wanted[-1])
    assert fires > 10


SIGMA = [
    ("{type: event_count, rules: [x], group-by: [user.name], timespan: 3s, condition: {gte: 2}}", None),
    ("{type: event_count, rules: [x, y], group-by: [user.name], timespan: 3s, condition: {gte: 3}}", None),
    (
        "{type: value_count, rules: [x], group-by: [user.name], timespan: 3s, condition: {gte: 2, field: host.name}}",
        None,
    ),
    ("{type: temporal, rules: [x, y], group-by: [user.name], timespan: 3s}", None),
    ("{type: temporal, rules: [x, y], group-by: [user.name], timespan: 3s, condition: x and not y}", "xy"),
    ("{type: value_sum, rules: [x], group-by: [user.name], timespan: 3s, condition: {gt: 5, field: process.pid}}", "x"),
    ("{type: value_avg, rules: [x], group-by: [host.name], timespan: 3s, condition: {lt: 3, field: process.pid}}", "x"),
    ("{type: event_count, rules: [x], group-by: [user.name], timespan: 3s, condition: {gte: 2, lte: 3}}", "x"),
]


@pytest.mark.parametrize(("body", "only"), SIGMA)
def test_our_esql_of_a_correlation_fires_for_the_same_keys_or_is_called_broader(body: str, only: str | None) -> None:
    rules = "".join(
        f"title: {n}\nname: {n}\ntaxonomy: ecs\nlogsource: {{product: x}}\n"
        f"detection: {{s: {{event.action|cased: {n}}}, condition: s}}\n---\n"
        for n in "xy"
    )
    document = loads(f"{rules}title: c\ntaxonomy: ecs\ncorrelation: {body}\n", "sigma")[-1]
    result = port(document, "esql")
    assert result.relation == ("equivalent" if only is None else "broader")
    assert result.source is not None and result.text is not None
    names = [key.name for key in result.source.tree.keys]
    rng, fires = random.Random(body), 0
    for _ in range(150):
        stream = a_stream(rng)
        wanted = keys_of_correlation(result.source, stream)
        made = keys_of_table(result.text, names, 3, stream, only)
        assert made == wanted or (only is not None and all(a <= b for a, b in zip(wanted, made, strict=True)))
        fires += bool(wanted[-1])
    assert fires > 10


@pytest.mark.parametrize(
    "spec",
    [
        {"field": ["user.name"], "value": 2},
        {"field": ["user.name", "host.name"], "value": 2},
        {"field": [], "value": 3},
        {"field": ["user.name"], "value": 1, "cardinality": [{"field": "host.name", "value": 2}]},
    ],
)
def test_a_threshold_alerts_for_the_same_keys_as_its_correlation(spec: dict[str, Any]) -> None:
    document = rule(
        type="threshold", language="kuery", query="event.action: x", threshold=spec, **{"from": "now-3s"}
    )  # fmt: skip
    query = stream_query(document)
    assert query.kind == "correlation"
    rng, fires = random.Random(str(spec)), 0
    for _ in range(300):
        stream = a_stream(rng)
        made = alerts(document, stream)
        wanted = keys_of_correlation(query, stream)
        for rank in range(len(stream)):
            done = {tuple(value for _, value in alert.key) for alert in made if max(alert.positions) <= rank}
            assert done == wanted[rank]
        fires += bool(made)
    assert fires > 20


def test_a_count_that_may_fall_back_is_narrower_with_keys() -> None:
    text = "FROM x | WHERE user.name IS NOT NULL | STATS c = COUNT(*) BY user.name | WHERE c == 2"
    result = port(rule(type="esql", language="esql", query=text))
    assert (result.relation, [loss.code for loss in result.losses]) == ("narrower", ["window-end"])
