"""Sigma correlations as sequences, threshold rules and ES|QL aggregations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter import compare, parse, port, table
from converter.documents import load, loads

ECS = ("ecs", "process.executable", "user.name")
SIGMA = ("sigma", "Image", "User")


def correlation(body: str, names: tuple[str, str, str] = ECS) -> Any:
    """A correlation of the rules a and b; `KEY` in the body is the user."""
    taxonomy, program, key = names
    rules = [
        f"title: {name}\nname: {name}\ntaxonomy: {taxonomy}\n"
        "logsource: {product: windows, category: process_creation}\n"
        f"detection: {{s: {{{program}: 'C:\\{name}.exe'}}, condition: s}}\n---\n"
        for name in "ab"
    ]
    text = "".join(rules) + f"title: c\ntaxonomy: {taxonomy}\ncorrelation: {body.replace('KEY', key)}\n"
    return next(item for item in loads(text, "sigma") if item.type == "correlation")


ORDERED = "{type: temporal_ordered, rules: [a, b], group-by: [KEY], timespan: 5m}"
TEMPORAL = "{type: temporal, rules: [a, b], group-by: [KEY], timespan: 5m}"
COUNT = "{type: event_count, rules: [a], group-by: [KEY], timespan: 5m, condition: {%s}}"


def test_temporal_ordered_is_a_sequence() -> None:
    result = port(correlation(ORDERED), "eql")
    assert result.relation == "equivalent" and not result.given
    assert result.text.startswith("sequence by user.name with maxspan=5m\n")
    assert dict(result.extra) == {"type": "eql", "from": "now-5m"}


def test_the_mapping_of_each_rules_log_source_is_given() -> None:
    result = port(correlation(ORDERED, SIGMA), "eql")
    assert result.relation == "equivalent"
    assert result.text.startswith("sequence by user.domain, user.name with maxspan=5m\n  [process where")
    assert "Image is process.executable" in result.given
    assert any(fact.startswith("User is user.domain + ") for fact in result.given)


def test_an_alias_is_a_key_of_each_stage() -> None:
    body = (
        "{type: temporal_ordered, rules: [a, b], group-by: [who], timespan: 5m, "
        "aliases: {who: {a: user.name, b: user.target.name}}}"
    )
    result = port(correlation(body), "eql")
    assert result.relation == "equivalent"
    assert "] by user.name\n" in result.text and result.text.endswith("] by user.target.name")
    assert port(correlation(body.replace("temporal_ordered", "temporal")), "esql").relation == "refused"


def test_an_extended_condition_names_the_order() -> None:
    body = "{type: temporal_ordered, rules: [a, b], timespan: 5m, condition: b and a}"
    result = port(correlation(body), "eql")
    assert result.relation == "equivalent"
    assert result.text.index("b.exe") < result.text.index("a.exe")


def test_a_count_is_a_run_or_a_threshold() -> None:
    document = correlation(COUNT % "gt: 9")
    assert port(document, "eql").text.endswith("with runs=10")
    for language in ("kuery", "lucene"):
        result = port(document, language)
        assert result.relation == "equivalent"
        assert result.given == ("the rule is evaluated at every event",)
        threshold = {"field": ["user.name"], "value": 10}
        assert dict(result.extra) == {"type": "threshold", "threshold": threshold, "from": "now-5m"}


def test_events_of_several_rules_are_counted_together() -> None:
    document = correlation("{type: event_count, rules: [a, b], group-by: [KEY], timespan: 5m, condition: {gte: 3}}")
    assert {to: port(document, to).relation for to in ("eql", "kuery", "lucene", "esql")} == dict.fromkeys(
        ("eql", "kuery", "lucene", "esql"), "equivalent"
    )


def test_different_values_are_a_cardinality() -> None:
    body = "{type: value_count, rules: [a], group-by: [KEY], timespan: 5m, condition: {gte: 3, field: host.name}}"
    result = port(correlation(body), "kuery")
    assert result.relation == "equivalent"
    assert result.extra["threshold"] == {
        "field": ["user.name"], "value": 1, "cardinality": [{"field": "host.name", "value": 3}],
    }  # fmt: skip


def stream(*names: str) -> list[dict[str, Any]]:
    return [
        {"@timestamp": f"2026-01-01T00:00:{at:02}Z", "process.executable": f"c:\\{name}.EXE", "user.name": "u",
         "process.pid": at}
        for at, name in enumerate(names)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "hit", "miss"),
    [
        (TEMPORAL, "ba", "aa"),
        (COUNT % "gte: 3", "aaba", "aab"),
        (COUNT % "gte: 2, lt: 4", "aaa", "aaaa"),
        ("{type: temporal, rules: [a, b], group-by: [KEY], timespan: 5m, condition: a and not b}", "aa", "ab"),
        ("{type: value_count, rules: [a], timespan: 5m, condition: {gte: 2, field: process.pid}}", "aa", "a"),
        ("{type: value_sum, rules: [a], timespan: 5m, condition: {gte: 3, field: process.pid}}", "aaa", "aa"),
        ("{type: value_avg, rules: [a], timespan: 5m, condition: {gt: 0.9, field: process.pid}}", "aaa", "aa"),
    ],
)
def test_what_counts_or_computes_is_an_aggregation(body: str, hit: str, miss: str) -> None:
    result = port(correlation(body), "esql")
    falls = "KEY" in body and ("lt:" in body or "not" in body)  # true again when an older event has left the window
    assert (result.relation, result.extra["from"]) == ("broader" if falls else "equivalent", "now-5m")
    query = parse("esql", result.text)
    assert len(table(query, stream(*hit))) == 1
    assert table(query, stream(*miss)) == []


@pytest.mark.parametrize(
    ("body", "to", "reason"),
    [
        (TEMPORAL, "eql", "`temporal` takes the events in any order"),
        (ORDERED, "esql", "no order of events"),
        (ORDERED, "kuery", "a threshold rule counts to a number"),
        (ORDERED, "dsl", "no form in `dsl`"),
        (COUNT % "gte: 1000", "eql", "from 2 to 100 events"),
        (COUNT % "lte: 3", "kuery", "counts to a number"),
        (COUNT % "gte: 3, lte: 5", "eql", "no sequence of events"),
        ("{type: event_count, rules: [a], generate: true, timespan: 5m, condition: {gte: 3}}", "eql", "`generate`"),
        ("{type: value_sum, rules: [a], timespan: 5m, condition: {gte: 3, field: user.name}}", "esql", "numbers only"),
        (
            "{type: value_percentile, rules: [a], timespan: 5m, condition: {gte: 3, percentile: 9,field: process.pid}}",
            "esql", "no exact form of `value_percentile`",
        ),
        ("{type: temporal_ordered, rules: [a, b], timespan: 5m, condition: a or b}", "eql", "have no order"),
    ],
)  # fmt: skip
def test_what_has_no_form_is_refused_by_name(body: str, to: str, reason: str) -> None:
    result = port(correlation(body), to)
    assert (result.relation, result.text) == ("refused", None)
    assert reason in result.reason


def test_a_correlation_of_correlations_is_refused_by_name() -> None:
    base = (
        "title: a\nname: a\ntaxonomy: ecs\nlogsource: {product: windows}\n"
        "detection: {s: {user.name: x}, condition: s}\n"
    )
    inner = "title: i\nname: i\ncorrelation: {type: event_count, rules: [a], timespan: 1m, condition: {gte: 2}}\n"
    outer = "title: o\ntaxonomy: ecs\ncorrelation: {type: temporal_ordered, rules: [i, a], timespan: 5m}\n"
    document = loads("---\n".join((base, inner, outer)), "sigma")[-1]
    for to in ("eql", "kuery", "esql"):
        assert "correlation of correlations" in port(document, to).reason


def test_visible_sequences_and_thresholds_come_back(shared: Path) -> None:
    """Every fifteenth: out to Sigma and back gives the same query over streams."""
    found = [item for item in load(shared / "corpora/elastic") if item.type in ("eql", "threshold")]
    stateful = [
        item for item in found
        if item.type == "threshold" or item.data["query"].lstrip().lower().startswith("sequence")
    ]  # fmt: skip
    done = 0
    for document in stateful[::15]:
        there = port(document)
        if there.text is None:
            continue
        back = next(item for item in loads(there.text, "sigma") if item.type == "correlation")
        again = port(back, document.language or "")
        assert again.relation == "equivalent", document.path
        if document.type == "threshold":
            assert again.extra["from"] == document.data["from"], document.path
        else:
            assert compare(there.source, again.target).relation == there.relation, document.path
        done += 1
    assert done >= 9


def test_a_kibana_rule_groups_by_both_fields_that_hold_the_value() -> None:
    """By `user.name` alone, users of different domains would be counted together."""
    body = "{type: value_count, rules: [a], group-by: [KEY], timespan: 5m, condition: {gte: 3, field: CommandLine}}"
    result = port(correlation(body, SIGMA), "toml")
    assert result.relation == "equivalent" and result.text is not None
    (made,) = loads(result.text, "toml")
    assert made.data["threshold"]["field"] == ["user.domain", "user.name"]
    assert made.data["from"] == "now-5m"
    assert "process.executable.caseless" in {item["name"] for item in made.data["required_fields"]}
