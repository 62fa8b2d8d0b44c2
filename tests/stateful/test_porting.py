"""Sequences, thresholds and aggregations as Sigma correlations, and what the verdict says of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from converter import match, port
from converter.documents import loads

PAIR = '[process where process.name == "a"] [process where process.name == "b"]'


def rule(**data: Any) -> Any:
    body = {"name": "Some rule", "rule_id": "r", "risk_score": 1, "severity": "low", "description": "d", **data}
    return loads(json.dumps(body), "json")[0]


def eql(query: str) -> Any:
    return rule(type="eql", language="eql", query=query)


def threshold(spec: dict[str, Any], **data: Any) -> Any:
    base = {"type": "threshold", "language": "kuery", "query": "event.action: x", "from": "now-9m"}
    return rule(**{**base, "threshold": spec, **data})


def esql(query: str, **data: Any) -> Any:
    return rule(**{"type": "esql", "language": "esql", "query": query, "from": "now-9m", **data})


def codes(result: Any) -> list[str]:
    return [loss.code for loss in result.losses]


# EQL sequences


def test_a_sequence_is_temporal_ordered_with_its_keys_and_span() -> None:
    result = port(eql(f"sequence by host.id with maxspan=5m {PAIR}"))
    assert result.relation == "equivalent" and not result.losses
    assert "type: temporal_ordered" in result.text and "timespan: 5m" in result.text
    assert "- host.id" in result.text and "host.id|exists: true" in result.text


def test_different_keys_of_the_stages_are_an_alias() -> None:
    result = port(
        eql(
            'sequence with maxspan=5m [file where file.name == "a"] by file.path '
            '[process where process.name == "b"] by process.executable'
        )
    )
    assert result.relation == "equivalent"
    assert "path_executable:" in result.text and "some_rule_2: process.executable" in result.text


def test_a_run_of_one_stage_is_a_count_and_in_a_longer_sequence_written_out() -> None:
    counted = port(eql('sequence by host.id with maxspan=1m [process where process.name == "a"] with runs=4'))
    assert counted.relation == "equivalent" and "type: event_count" in counted.text and "gte: 4" in counted.text
    longer = port(
        eql('sequence with maxspan=1m [any where process.name == "a"] with runs=3 [any where process.name == "b"]')
    )
    assert longer.relation == "equivalent" and longer.text.count("detection:") == 4


@pytest.mark.parametrize(
    ("query", "relation", "code"),
    [
        (f"sequence by host.id {PAIR}", "refused", "no-maxspan"),
        (f"sequence by ?host.id with maxspan=1m {PAIR}", "refused", "optional-key"),
        (f'sequence by host.id with maxspan=1m {PAIR} until [any where process.name == "c"]', "broader", "until"),
        (f'sequence by host.id with maxspan=1m {PAIR} ![any where process.name == "c"]', "broader", "missing-event"),
        (f"sample by host.id {PAIR}", "refused", "stateful"),
        (f"sequence by host.id with maxspan=5ms {PAIR}", "refused", "timespan"),
        (f"sequence by host.id with maxspan=1m {PAIR} | head 1", "refused", "stateful"),
    ],
)
def test_what_a_correlation_cannot_say_is_named(query: str, relation: str, code: str) -> None:
    result = port(eql(query))
    assert (result.relation, codes(result)) == (relation, [code])


def test_a_given_time_span_makes_a_sequence_without_one_narrower() -> None:
    result = port(eql(f"sequence by host.id {PAIR}"), timespan="10m")
    assert (result.relation, codes(result)) == ("narrower", ["no-maxspan"])
    assert "timespan: 10m" in result.text
    assert "timespan: 1m" in port(eql(f"sequence by host.id with maxspan=1m {PAIR}"), timespan="10m").text


def test_a_sequence_with_an_end_and_a_given_time_span_is_neither_broader_nor_narrower() -> None:
    query = f'sequence by host.id {PAIR} until [any where process.name == "c"]'
    assert port(eql(query), timespan="10m").relation == "different"


def test_the_port_of_a_sequence_finds_the_same_streams() -> None:
    document = eql(f"sequence by host.id with maxspan=10s {PAIR}")
    target = port(document).target

    def event(second: int, name: str, host: str = "h") -> dict[str, Any]:
        fields = {"process.name": name, "host.id": host, "event.category": "process"}
        return {"@timestamp": f"2026-01-01T00:00:{second:02}Z", **fields}

    assert match(target, [event(0, "a"), event(10, "b")]) == [(0, 1)]
    for stream in (
        [event(0, "a"), event(11, "b")],
        [event(0, "b"), event(1, "a")],
        [event(0, "a"), event(1, "b", "i")],
    ):
        assert match(target, stream) == []


# thresholds


def test_a_threshold_is_a_count_over_the_look_back_if_it_is_evaluated_at_every_event() -> None:
    result = port(threshold({"field": ["user.name"], "value": 5}))
    assert result.relation == "equivalent"
    assert result.given == ("the rule is evaluated at every event",)
    assert "type: event_count" in result.text and "timespan: 9m" in result.text and "gte: 5" in result.text


def test_another_time_than_the_usual_one_is_given() -> None:
    said = ("every form takes `event.ingested` as the time of an event",)
    counted = port(threshold({"field": ["user.name"], "value": 5}, timestamp_override="event.ingested"))
    assert counted.relation == "equivalent" and counted.given[1:] == said
    sequence = {"type": "eql", "language": "eql", "query": f"sequence with maxspan=1m {PAIR}"}
    assert port(rule(**sequence, timestamp_field="event.ingested")).given == said
    assert port(rule(**sequence, timestamp_override="event.ingested")).given == ()


def test_a_cardinality_alone_counts_values() -> None:
    spec = {"field": ["user.name"], "value": 1, "cardinality": [{"field": "host.name", "value": 3}]}
    result = port(threshold(spec))
    assert result.relation == "equivalent" and "type: value_count" in result.text and "field: host.name" in result.text


def test_a_cardinality_beside_a_count_is_lost_unless_it_implies_the_count() -> None:
    spec = {"field": ["user.name"], "value": 10, "cardinality": [{"field": "host.name", "value": 3}]}
    assert (port(threshold(spec)).relation, codes(port(threshold(spec)))) == ("broader", ["cardinality"])
    more = {"field": ["user.name"], "value": 3, "cardinality": [{"field": "host.name", "value": 10}]}
    assert port(threshold(more)).relation == "broader"  # one event may hold ten values
    declared = {"host.name": {"type": "keyword", "single": True, "present": True}}
    assert port(threshold(more), fields=declared).relation == "equivalent"


def test_a_look_back_that_is_no_plain_span_is_refused() -> None:
    result = port(threshold({"field": [], "value": 2}, **{"from": "now/d"}))
    assert (result.relation, codes(result)) == ("refused", ["look-back"])


# ES|QL


def test_a_count_with_keys_that_are_there_is_an_event_count() -> None:
    query = "FROM x | WHERE user.name IS NOT NULL | STATS c = COUNT(*) BY user.name | WHERE c >= 5 | KEEP c"
    result = port(esql(query))
    assert result.relation == "equivalent"
    assert result.given == ("the rule is evaluated at every event",)
    assert "type: event_count" in result.text and "timespan: 9m" in result.text and "gte: 5" in result.text


def test_a_distinct_count_is_a_value_count() -> None:
    query = "FROM x | WHERE user.name IS NOT NULL | STATS n = COUNT_DISTINCT(host.name) BY user.name | WHERE 3 < n"
    result = port(esql(query))
    assert result.relation == "equivalent"
    assert "type: value_count" in result.text and "field: host.name" in result.text and "gt: 3" in result.text


def test_events_without_the_key_are_a_group_only_in_esql() -> None:
    result = port(esql("FROM x | STATS c = COUNT(*) BY user.name | WHERE c >= 5"))
    assert (result.relation, codes(result)) == ("narrower", ["null-group"])


def test_a_time_bucket_is_no_sliding_window() -> None:
    query = (
        "FROM x | WHERE user.name IS NOT NULL | EVAL t = DATE_TRUNC(2 minutes, @timestamp) "
        "| STATS c = COUNT(*) BY user.name, t | WHERE c >= 5"
    )
    result = port(esql(query))
    assert (result.relation, codes(result)) == ("broader", ["time-bucket"])
    assert "timespan: 2m" in result.text
    both = port(esql("FROM x | STATS c = COUNT(*) BY user.name, BUCKET(@timestamp, 2 minutes) | WHERE c >= 5"))
    assert (both.relation, codes(both)) == ("different", ["time-bucket", "null-group"])


def test_the_querys_own_condition_on_time_is_a_look_back() -> None:
    query = "FROM x | WHERE @timestamp >= NOW() - 3 minutes | STATS c = COUNT(*) | WHERE c >= 5"
    assert "timespan: 3m" in port(esql(query)).text
    assert "timespan: 1m" in port(esql(query, **{"from": "now-1m"})).text


def test_a_second_condition_on_aggregates_is_lost() -> None:
    query = "FROM x | STATS c = COUNT(*), n = COUNT_DISTINCT(host.name) | WHERE c >= 5 AND n >= 2"
    result = port(esql(query))
    assert (result.relation, codes(result)) == ("broader", ["aggregate-condition"])


def test_another_bound_than_a_lower_one_asks_for_more_of_the_schedule() -> None:
    result = port(esql("FROM x | STATS c = COUNT(*) | WHERE c == 5"))
    assert result.relation == "equivalent"
    assert result.given == ("the rule is evaluated at every event that it counts, and only then",)


@pytest.mark.parametrize("condition", ["c >= 0", "c > -1", "0 <= c"])
def test_a_count_that_may_be_0_holds_before_there_is_an_event(condition: str) -> None:
    """The one row of STATS without BY is always there, also at events that are not counted."""
    result = port(esql(f"FROM x | STATS c = COUNT(*) | WHERE {condition}"))
    assert result.relation == "equivalent"
    assert result.given == ("the rule is evaluated at every event that it counts, and only then",)


STATS = "FROM x | WHERE user.name IS NOT NULL | STATS c = COUNT(*) BY user.name"


@pytest.mark.parametrize(
    "text",
    [
        f"{STATS} | WHERE c >= 5 | LIMIT 99",
        f"{STATS} | SORT c | LIMIT 1 | WHERE c >= 5",
        f"{STATS} | SORT c DESC | LIMIT 500 | WHERE c >= 5",
    ],
)
def test_a_limit_that_keeps_some_of_the_groups_is_lost(text: str) -> None:
    result = port(esql(text))
    assert (result.relation, codes(result)) == ("broader", ["limit"])


def test_a_limit_that_the_rule_has_anyway_or_of_one_row_is_none() -> None:
    assert port(esql(f"{STATS} | WHERE c >= 5 | LIMIT 100")).relation == "equivalent"
    assert port(esql("FROM x | STATS c = COUNT(*) | LIMIT 1 | WHERE c >= 5")).relation == "equivalent"
    assert codes(port(esql(f"{STATS} | WHERE c >= 5 | LIMIT 100", max_signals=500))) == ["limit"]
    assert port(esql(f"{STATS} | WHERE c >= 5 | LIMIT 0")).relation == "refused"


def test_an_event_at_the_edge_of_a_window_that_is_open_is_out() -> None:
    query = "FROM x | WHERE @timestamp > NOW() - 3 minutes | STATS c = COUNT(*) | WHERE c >= 5"
    result = port(esql(query))
    assert (result.relation, codes(result)) == ("broader", ["window-edge"])
    assert port(esql(query.replace("> NOW", ">= NOW"))).relation == "equivalent"
    assert port(esql(query, **{"from": "now-1m"})).relation == "equivalent"  # the rule itself looks back less
    assert port(esql(query.replace("c >= 5", "c >= 1"))).relation == "equivalent"
    assert port(esql(query.replace("c >= 5", "c == 5"))).relation == "unknown"


def test_a_name_that_another_column_takes_is_the_count_no_more() -> None:
    result = port(esql(f"{STATS} | RENAME user.name AS c | WHERE c >= 5"))
    assert (result.relation, result.text) == ("refused", None)
    assert port(esql(f"{STATS} | RENAME c AS d | WHERE d >= 5")).relation == "equivalent"


def test_what_only_adds_columns_behind_the_condition_takes_no_row_away() -> None:
    adding = 'EVAL p = "x" | COMPLETION r = p WITH { "inference_id": "m" } | DISSECT r "v=%{v}"'
    result = port(esql(f'{STATS} | WHERE c >= 5 | {adding} | WHERE v == "tp"'))
    assert (result.relation, codes(result)) == ("broader", ["aggregate-condition"])
    assert port(esql(f"{STATS} | WHERE c >= 5 | {adding}")).relation == "equivalent"


@pytest.mark.parametrize("spec", [{"field": ["message"], "value": 3}, {"field": [], "value": 1, "cardinality": [
    {"field": "message", "value": 3}]}])  # fmt: skip
def test_a_threshold_by_a_text_field_is_refused(spec: dict[str, Any]) -> None:
    result = port(threshold(spec))
    assert result.relation == "refused" and "`message` of type" in (result.reason or "")


@pytest.mark.parametrize(
    "query",
    [
        "FROM x | STATS c = COUNT(user.name) | WHERE c >= 5",
        "FROM x | STATS c = COUNT([1, 2]) | WHERE c >= 5",
        "FROM x | STATS c = COUNT_DISTINCT(message) | WHERE c >= 5",
        "TS x | STATS c = COUNT(*) | WHERE c >= 5",
        "FROM x | STATS c = COUNT(*) BY TO_LOWER(user.name) | WHERE c >= 5",
        "FROM x | EVAL user.name = TO_LOWER(user.name) | STATS c = COUNT(*) BY user.name | WHERE c >= 5",
        'FROM x | GROK message "%{WORD:user.name}" | STATS c = COUNT(*) BY user.name | WHERE c >= 5',
        "FROM x | STATS c = COUNT(*) BY user.name | STATS d = COUNT(*) | WHERE d >= 2",
        "FROM x | MV_EXPAND user.name | STATS c = COUNT(*) BY user.name | WHERE c >= 5",
        "FROM x | STATS c = COUNT(*) | EVAL c = c * 2 | WHERE c >= 5",
        "FROM x | STATS c = MAX(process.pid) | WHERE c >= 5",
        "FROM x | INLINE STATS c = COUNT(*) | WHERE c >= 5",
        "FROM x | WHERE @timestamp > NOW() - 1 day AND @timestamp < NOW() - 1 hour | STATS c = COUNT(*) | WHERE c > 1",
        'FROM x | STATS c = COUNT(*) WHERE user.name == "a" BY host.name | WHERE c < 5',
    ],
)
def test_what_is_no_count_of_events_is_refused(query: str) -> None:
    result = port(esql(query))
    assert (result.relation, result.text) == ("refused", None)


def test_a_filtered_count_counts_what_passes() -> None:
    stats = "STATS c = COUNT(*) WHERE user.name IS NOT NULL BY host.name"
    query = f"FROM x | WHERE host.name IS NOT NULL | {stats} | WHERE c > 1"
    result = port(esql(query))
    assert result.relation == "equivalent" and "user.name|exists: true" in result.text
