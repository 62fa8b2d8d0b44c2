"""Sigma correlations over a stream."""

from __future__ import annotations

from typing import Any

import pytest

from converter import UnsupportedError, match, parse
from tests.stateful.correlation_oracle import differences

RULES = """
title: a
name: a
logsource: {product: x}
detection: {s: {event.action: a}, condition: s}
---
title: b
name: b
logsource: {product: x}
detection: {s: {event.action: b}, condition: s}
"""


def hits(correlation: str, *events: tuple[Any, ...]) -> list[tuple[int | None, ...]]:
    """Events as (second, action, user, further fields)."""
    text = RULES + "---\ntitle: c\nname: c\ncorrelation:\n  " + correlation.strip()
    stream = []
    for second, action, user, *more in events:
        event = {"@timestamp": f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z", "event": {"action": action}}
        stream.append({**event, **({"user": {"name": user}} if user else {}), **(more[0] if more else {})})
    return match(parse("sigma", text), stream)


COUNT = "{type: event_count, rules: [a], group-by: [user.name], timespan: 10s, condition: {%s}}"
ORDERED = "{type: %s, rules: [a, b], group-by: [user.name], timespan: 10s}"


def test_a_count_fires_when_the_number_is_reached_and_not_while_it_stays_so() -> None:
    count = COUNT % "gte: 2"
    assert hits(count, (0, "a", "u"), (1, "b", "u"), (2, "a", "u"), (3, "a", "u")) == [(0, 2)]


def test_the_window_slides_and_has_both_ends_in() -> None:
    count = COUNT % "gte: 2"
    assert hits(count, (0, "a", "u"), (10, "a", "u")) == [(0, 1)]
    assert hits(count, (0, "a", "u"), (11, "a", "u")) == []
    assert hits(count, (0, "a", "u"), (9, "a", "u"), (18, "a", "u")) == [(0, 1), (1, 2)]


def test_a_key_must_be_there_and_each_value_of_a_list_is_one() -> None:
    count = COUNT % "gte: 2"
    assert hits(count, (0, "a", None), (1, "a", None), (2, "a", "u"), (3, "a", "v")) == []
    assert hits(count, (0, "a", ["u", "v"]), (1, "a", "v"), (2, "a", "u")) == [(0, 1), (0, 2)]


def test_two_bounds_hold_together() -> None:
    count = COUNT % "gte: 2, lt: 3"
    assert hits(count, (0, "a", "u"), (1, "a", "u"), (2, "a", "u"), (12, "a", "u")) == [(0, 1), (2, 3)]


def test_order_matters_only_where_it_is_asked_for() -> None:
    stream = ((0, "b", "u"), (1, "a", "u"), (2, "b", "v"))
    assert hits(ORDERED % "temporal", *stream) == [(0, 1)]
    assert hits(ORDERED % "temporal_ordered", *stream) == []
    assert hits(ORDERED % "temporal_ordered", *stream, (11, "b", "u")) == [(1, 3)]


def test_one_event_is_not_in_order_with_itself() -> None:
    both = (0, ["a", "b"], "u")
    assert hits(ORDERED % "temporal", both) == [(0,)]
    assert hits(ORDERED % "temporal_ordered", both) == []
    assert hits(ORDERED % "temporal_ordered", both, (1, ["a", "b"], "u")) == [(0, 1)]


def test_the_order_of_events_is_that_of_their_times() -> None:
    assert hits(ORDERED % "temporal_ordered", (5, "b", "u"), (1, "a", "u")) == [(1, 0)]


def test_an_alias_is_another_field_in_each_rule() -> None:
    text = (
        "{type: temporal_ordered, rules: [a, b], group-by: [who], timespan: 10s, "
        "aliases: {who: {a: user.name, b: host.name}}}"
    )
    stream = ((0, "a", "u"), (1, "b", "v", {"host.name": "u"}), (2, "b", "u"))
    assert hits(text, *stream) == [(0, 1)]


def test_values_are_counted_once() -> None:
    text = "{type: value_count, rules: [a], group-by: [user.name], timespan: 1m, condition: {gte: 2, field: host.name}}"
    one, two = {"host.name": "one"}, {"host.name": "two"}
    assert hits(text, (0, "a", "u", one), (1, "a", "u", one), (2, "a", "u"), (3, "a", "u", two)) == [(0, 1, 2, 3)]


@pytest.mark.parametrize(
    ("kind", "bound", "expected"),
    [
        ("value_sum", "gte: 40", [(0, 1, 2)]),
        ("value_avg", "gt: 13", [(0, 1, 2)]),
        ("value_median", "lte: 10", [(0,)]),
        ("value_percentile", "gt: 19, percentile: 90", [(0, 1, 2)]),
    ],
)
def test_numbers_are_computed_over_the_window(kind: str, bound: str, expected: list[tuple[int, ...]]) -> None:
    text = f"{{type: {kind}, rules: [a], timespan: 1m, condition: {{field: source.bytes, {bound}}}}}"
    stream = [(n, "a", "u", {"source.bytes": size}) for n, size in enumerate((10, 10, 25))]
    assert hits(text, *stream) == expected


def test_equal_numbers_of_one_event_are_added_up_each() -> None:
    text = "{type: value_sum, rules: [a], timespan: 1m, condition: {field: source.bytes, gte: 40}}"
    assert hits(text, (0, "a", "u", {"source.bytes": [20, 20]})) == [(0,)]
    count = "{type: value_count, rules: [a], timespan: 1m, condition: {field: source.bytes, gte: 2}}"
    assert hits(count, (0, "a", "u", {"source.bytes": [20, 20]})) == []


def test_a_value_that_falls_because_old_ones_left_fires_again() -> None:
    text = "{type: value_avg, rules: [a], timespan: 10s, condition: {field: source.bytes, lt: 10}}"
    stream = [(t, "a", "u", {"source.bytes": size}) for t, size in ((0, 100), (5, 5), (11, 5))]
    assert hits(text, *stream) == [(1, 2)]


def test_an_extended_condition_is_over_the_rules_in_the_window() -> None:
    text = "{type: temporal, rules: [a, b], timespan: 10s, condition: a and not b}"
    assert hits(text, (0, "b", "u"), (1, "a", "u"), (20, "a", "u")) == [(2,)]


def test_an_extended_condition_without_order_is_refused_where_order_is_asked_for() -> None:
    with pytest.raises(UnsupportedError, match="have no order"):
        hits("{type: temporal_ordered, rules: [a, b], timespan: 10s, condition: a or b}", (0, "b", "u"))


def test_a_correlation_may_build_on_another() -> None:
    text = """{type: event_count, rules: [a], group-by: [user.name], timespan: 10s, condition: {gte: 2}}
---
title: d
name: d
correlation: {type: temporal_ordered, rules: [c, b], group-by: [user.name], timespan: 10s}"""
    assert hits(text, (0, "a", "u"), (1, "b", "u"), (2, "a", "u"), (3, "b", "v"), (4, "b", "u")) == [(0, 1, 2, 4)]


def test_a_correlation_that_groups_by_another_field_has_the_values_of_its_events() -> None:
    text = """{type: event_count, rules: [a], group-by: [host.name], timespan: 10s, condition: {gte: 2}}
---
title: d
name: d
correlation: {type: temporal_ordered, rules: [c, b], group-by: [user.name], timespan: 10s}"""
    host = {"host.name": "h"}
    stream = ((0, "a", "u", host), (1, "a", "v", host), (2, "b", "w"), (3, "b", "v"))
    assert hits(text, *stream) == [(0, 1, 3)]
    parsed = parse("sigma", RULES + "---\ntitle: c\nname: c\ncorrelation:\n  " + text)
    assert [note.code for note in parsed.notes if note.code == "correlation-key"] == ["correlation-key"]


def test_a_rule_is_the_same_under_its_name_and_its_id() -> None:
    rules = RULES.replace("name: a\n", "name: a\nid: 53ba33fd-3a50-4468-a5ef-c583635cfa92\n")
    body = (
        "{type: temporal, rules: [53ba33fd-3a50-4468-a5ef-c583635cfa92, b], group-by: [who], timespan: 10s, "
        "aliases: {who: {a: user.name, b: host.name}}, condition: a and not b}"
    )
    query = parse("sigma", f"{rules}---\ntitle: c\ncorrelation: {body}")
    stream = [
        {"@timestamp": f"2026-01-01T00:00:{at:02}Z", "event.action": name, "user.name": "u", "host.name": host}
        for at, (name, host) in enumerate((("b", "u"), ("a", "x"), ("b", "x")))
    ]
    assert match(query, stream) == []
    assert match(query, stream[1:]) == [(0,)]


def test_rules_that_generate_fire_on_their_own_as_well() -> None:
    text = "{type: event_count, rules: [a], generate: true, timespan: 10s, condition: {gte: 2}}"
    assert hits(text, (0, "a", "u"), (1, "a", "u")) == [(0,), (0, 1), (1,)]


def test_random_streams_agree_with_the_definition() -> None:
    compared, found, wrong = differences(20_000, seed=20261124)
    assert not wrong
    assert compared >= 20_000 and found > 8_000
