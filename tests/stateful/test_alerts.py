"""The alerts of Elastic's rule types over a stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from converter import UnsupportedError, alerts
from converter.documents import loads


def rule(**data: Any) -> Any:
    body = {"name": "r", "rule_id": "r", "risk_score": 1, "severity": "low", "description": "d", **data}
    return loads(json.dumps(body), "json")[0]


def event(second: int, action: str = "x", **fields: Any) -> dict[str, Any]:
    dotted = {name.replace("_", "."): value for name, value in fields.items()}
    return {"@timestamp": f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z", "event.action": action, **dotted}


def made(document: Any, *events: dict[str, Any], **more: Any) -> list[tuple[dict[str, Any], tuple[int, ...]]]:
    return [(dict(alert.key), alert.positions) for alert in alerts(document, events, **more)]


THRESHOLD = {"type": "threshold", "language": "kuery", "query": "event.action: x", "from": "now-10s"}


def test_a_query_rule_alerts_on_each_event_in_order_of_time() -> None:
    document = rule(type="query", language="kuery", query="event.action: x")
    assert made(document, event(5), event(1), event(2, "y")) == [({}, (1,)), ({}, (0,))]


def test_a_sequence_rule_alerts_on_each_hit() -> None:
    query = 'sequence by user.name [any where event.action == "x"] [any where event.action == "y"]'
    document = rule(type="eql", language="eql", query=query)
    found = alerts(document, [event(0, user_name="u"), event(3, "y", user_name="u")])
    assert [alert.positions for alert in found] == [(0, 1)]
    assert found[0].time == 1767225603000


def test_a_threshold_counts_within_the_look_back_by_all_its_fields() -> None:
    document = rule(**THRESHOLD, threshold={"field": ["user.name", "host.name"], "value": 2})
    u = {"user_name": "u", "host_name": "h"}
    assert made(document, event(0, **u), event(11, **u), event(12, "y", **u), event(13, user_name="u")) == []
    assert made(document, event(0, **u), event(10, **u)) == [({"user.name": "u", "host.name": "h"}, (0, 1))]


def test_a_threshold_needs_its_cardinality_as_well() -> None:
    spec = {"field": "user.name", "value": 3, "cardinality": [{"field": "host.name", "value": 2}]}
    document = rule(**THRESHOLD, threshold=spec)
    stream = [event(n, user_name="u", host_name=host) for n, host in enumerate("aaab")]
    assert made(document, *stream) == [({"user.name": "u"}, (0, 1, 2, 3))]
    assert made(document, *stream[2:]) == []


def test_new_terms_are_those_that_the_history_does_not_hold() -> None:
    document = rule(
        type="new_terms", language="kuery", query="event.action: x", new_terms_fields=["user.name", "host.name"],
        history_window_start="now-30s",
    )  # fmt: skip
    u = {"user_name": "u", "host_name": "h"}
    found = made(document, event(0, **u), event(20, **u), event(50, **u), event(81, **u), event(82, user_name="u"))
    assert [positions for _, positions in found] == [(0,), (3,)]


def test_indicators_match_by_all_entries_of_one_mapping() -> None:
    entry = {"type": "mapping"}
    document = rule(
        type="threat_match", language="kuery", query="event.action: x", threat_query="event.action: t",
        threat_index=["ti"],
        threat_mapping=[
            {"entries": [{**entry, "field": "source.ip", "value": "threat.indicator.ip"},
                         {**entry, "field": "source.port", "value": "threat.indicator.port"}]},
            {"entries": [{**entry, "field": "host.name", "value": "threat.indicator.name"}]},
        ],
    )  # fmt: skip
    indicators = [
        {"event.action": "t", "threat.indicator.ip": "1.1.1.1", "threat.indicator.port": 1},
        {"event.action": "t", "threat.indicator.ip": "2.2.2.2", "threat.indicator.port": 2},
        {"event.action": "t", "threat.indicator.name": "evil"},
        {"event.action": "old", "threat.indicator.name": "good"},
    ]
    stream = (
        event(0, source_ip="1.1.1.1", source_port=1), event(1, source_ip="1.1.1.1", source_port=2),
        event(2, host_name="evil"), event(3, host_name="good"), event(4),
    )  # fmt: skip
    assert made(document, *stream, indicators=indicators) == [({}, (0,)), ({}, (2,))]
    assert made(document, *stream) == []


def test_an_aggregation_alerts_on_each_row() -> None:
    document = rule(type="esql", language="esql", query="FROM x | STATS n = COUNT(*) BY user.name | WHERE n >= 2")
    assert made(document, event(0, user_name="u"), event(1, user_name="u"), event(2, user_name="v")) == [
        ({"n": 2, "user.name": "u"}, ())
    ]


def test_an_aggregation_counts_within_the_look_back_and_alerts_once_while_it_holds() -> None:
    query = "FROM x | STATS n = COUNT(*) BY user.name | WHERE n >= 2 | KEEP %s"
    stream = [event(t, user_name=name) for t, name in ((0, "u"), (11, "u"), (13, "v"), (20, "u"), (21, "u"), (40, "v"))]
    for kept, key in (("*", {"n": 2, "user.name": "u"}), ("user.name", {"user.name": "u"}), ("n", {"n": 2})):
        document = rule(type="esql", language="esql", query=query % kept, **{"from": "now-10s"})
        found = alerts(document, stream)
        assert dict(found[0].key) == key
        assert [alert.time for alert in found][:1] == [1767225620000]
        assert len(found) == (2 if kept == "n" else 1)  # a row that does not say its group is told by its values
    whole = rule(
        type="esql", language="esql", query="FROM x | STATS n = COUNT(*) | WHERE n >= 3", **{"from": "now-10s"}
    )
    assert [(alert.time, alert.key) for alert in alerts(whole, stream)] == [(1767225620000, (("n", 3),))]


def test_events_that_an_inline_count_leaves_alert_each_once() -> None:
    query = "FROM x | INLINE STATS n = COUNT(*) BY user.name | WHERE n >= 2"
    document = rule(type="esql", language="esql", query=query, **{"from": "now-10s"})
    stream = [event(t, user_name=name) for t, name in ((0, "u"), (5, "v"), (9, "u"), (12, "u"))]
    assert [positions for _, positions in made(document, *stream)] == [(0,), (2,), (3,)]


OVERRIDE = {"timestamp_override": "event.ingested"}
INGESTED = "2026-01-01T01:00:%02dZ"


def test_the_override_is_an_events_time_where_it_has_one() -> None:
    spec = {"field": ["user.name"], "value": 2}
    document = rule(**THRESHOLD, **OVERRIDE, threshold=spec)
    late = [{**event(0, user_name="u"), "event.ingested": INGESTED % at} for at in (0, 11)]
    assert made(document, *late) == []
    assert made(document, late[0], {**late[1], "event.ingested": INGESTED % 10}) == [({"user.name": "u"}, (0, 1))]
    assert made(document, event(0, user_name="u"), event(9, user_name="u")) == [({"user.name": "u"}, (0, 1))]
    strict = rule(**THRESHOLD, **OVERRIDE, timestamp_override_fallback_disabled=True, threshold=spec)
    assert made(strict, event(0, user_name="u"), event(9, user_name="u")) == []


def test_the_order_of_a_sequence_is_that_of_its_own_field() -> None:
    query = 'sequence [any where event.action == "x"] [any where event.action == "y"]'
    stream = [{**event(0), "event.ingested": INGESTED % 9}, {**event(1, "y"), "event.ingested": INGESTED % 0}]
    document = rule(type="eql", language="eql", query=query, **OVERRIDE)
    assert [positions for _, positions in made(document, *stream)] == [(0, 1)]
    other = rule(type="eql", language="eql", query=query, timestamp_field="event.ingested")
    assert made(other, *stream) == []


@pytest.mark.parametrize("names", [[], "", [""]])
def test_a_threshold_without_a_field_counts_all_events(names: Any) -> None:
    document = rule(**THRESHOLD, threshold={"field": names, "value": 2})
    assert made(document, event(0, user_name="u"), event(1)) == [({}, (0, 1))]


def test_each_value_of_a_list_is_a_key_and_counts_once() -> None:
    spec = {"field": ["user.name"], "value": 1, "cardinality": [{"field": "host.name", "value": 2}]}
    document = rule(**THRESHOLD, threshold=spec)
    assert made(document, event(0, user_name=["u", "v"], host_name=["h", "h", "i"])) == [
        ({"user.name": "u"}, (0,)), ({"user.name": "v"}, (0,)),
    ]  # fmt: skip
    assert made(document, event(0, user_name="u"), event(1, user_name="u", host_name="h")) == []


def test_new_terms_of_three_fields_are_their_combinations() -> None:
    names = ["user.name", "host.name", "source.ip"]
    document = rule(type="new_terms", language="kuery", query="event.action: x", new_terms_fields=names)
    first = event(0, user_name="u", host_name=["h", "i"], source_ip="1.1.1.1")
    found = made(document, first, event(1, user_name="u", host_name="h", source_ip="1.1.1.1"))
    assert [key["host.name"] for key, _ in found] == ["h", "i"]
    assert made(document, event(0, user_name="u", host_name="h"), event(1, user_name=[])) == []


def test_indicators_are_those_that_the_filters_leave_and_an_entry_may_be_negated() -> None:
    entries = [
        {"type": "mapping", "field": "source.ip", "value": "threat.indicator.ip"},
        {"type": "mapping", "field": "host.name", "value": "threat.indicator.name", "negate": True},
    ]
    active = {"query": {"term": {"threat.indicator.type": "ip"}}, "meta": {"negate": False}}
    document = rule(
        type="threat_match", language="kuery", query="event.action: x", threat_query="*:*", threat_index=["ti"],
        threat_filters=[active], threat_mapping=[{"entries": entries}],
    )  # fmt: skip
    indicators = [
        {"threat.indicator": {"ip": "1.1.1.1", "type": "ip", "name": "own"}},
        {"threat.indicator": {"ip": "2.2.2.2", "type": "url", "name": "own"}},
        {"threat.indicator": {"ip": "3.3.3.3", "type": "ip"}},
    ]
    stream = (
        event(0, source_ip="1.1.1.1", host_name="other"), event(1, source_ip="1.1.1.1", host_name="own"),
        event(2, source_ip="2.2.2.2", host_name="other"), event(3, source_ip=["9.9.9.9", "1.1.1.1"]),
        event(4, source_ip="3.3.3.3", host_name="other"), event(5, source_ip="3.3.3.3"),
    )  # fmt: skip
    assert [positions for _, positions in made(document, *stream, indicators=indicators)] == [(0,), (3,), (4,)]


SUPPRESSED = {"type": "query", "language": "kuery", "query": "event.action: x"}


def test_suppression_leaves_one_alert_a_key_and_duration() -> None:
    spec = {"group_by": ["user.name"], "duration": {"value": 10, "unit": "s"}}
    document = rule(**SUPPRESSED, alert_suppression=spec)
    stream = [event(t, user_name=name) for t, name in ((0, "u"), (1, "v"), (10, "u"), (11, "u"))]
    assert [positions for _, positions in made(document, *stream)] == [(0, 2), (1,), (3,)]


def test_several_values_are_a_key_each_in_a_query_rule_and_one_in_others() -> None:
    spec = {"group_by": ["user.name"]}
    stream = [event(0, user_name=["u", "v"]), event(1, user_name="u"), event(2, user_name=["v", "u"])]
    found = made(rule(**SUPPRESSED, alert_suppression=spec), *stream)
    assert found == [({"user.name": ("u",)}, (0, 1, 2)), ({"user.name": ("v",)}, (0, 2))]
    other = rule(type="eql", language="eql", query='any where event.action == "x"', alert_suppression=spec)
    assert [positions for _, positions in made(other, *stream)] == [(0, 2), (1,)]


@pytest.mark.parametrize(("strategy", "expected"), [("suppress", [(0, 1)]), ("doNotSuppress", [(0,), (1,)])])
def test_events_without_the_key_are_suppressed_as_the_rule_says(strategy: str, expected: list[tuple[int, ...]]) -> None:
    spec = {"group_by": ["user.name"], "missing_fields_strategy": strategy}
    document = rule(**SUPPRESSED, alert_suppression=spec)
    assert [positions for _, positions in made(document, event(0), event(1))] == expected


def test_a_machine_learning_rule_is_refused_by_name() -> None:
    document = rule(type="machine_learning", machine_learning_job_id="j", anomaly_threshold=1)
    with pytest.raises(UnsupportedError, match="machine_learning"):
        alerts(document, [])
