"""Fixtures of queries over streams: each is true of its query, and they tell it from one with one thing changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from converter import ConverterError, fixtures, match, parse
from converter.cli import cli
from converter.documents import load, load_fixtures, loads
from converter.porting import rule_query, stream_query
from converter.proof import dump_fixtures

A, B, C = (f'[any where event.action == "{name}"]' for name in "abc")


def eql(text: str) -> Any:
    return parse("eql", text)


def told(query: Any, changed: Any) -> bool:
    """Whether a fixture decides otherwise on the changed query."""
    return any(bool(match(changed, case.events)) is not case.expect for case in fixtures(query))


def reasons(query: Any, expect: bool) -> list[str]:
    return [case.reason for case in fixtures(query) if case.expect is expect]


def test_each_fixture_is_true_of_its_query() -> None:
    for text in (
        f"sequence by host.id with maxspan=1m {A} {B} {C}",
        f"sequence with maxspan=1m {A} by user.name {B} by user.target.name until {C} by user.name",
        f"sequence by ?host.id with maxspan=1m {A} {B} !{C}",
        f"sequence with maxspan=1m !{A} {B} with runs=3",
        f"sample by host.id {A} {B}",
        f"sequence by host.id {A} {B} | head 1",
    ):
        cases = fixtures(eql(text))
        assert {case.expect for case in cases} == {True, False}
        for case in cases:
            assert case.event is None and case.events
            assert bool(match(eql(text), case.events)) is case.expect, case.reason


CHANGED = [
    f"sequence by host.id with maxspan=59999ms {A} {B}",
    f"sequence by host.id with maxspan=60001ms {A} {B}",
    f"sequence by host.id {A} {B}",
    f"sequence with maxspan=1m {A} {B}",
    f"sequence by ?host.id with maxspan=1m {A} {B}",
    f"sequence by host.id, user.name with maxspan=1m {A} {B}",
    f"sequence by host.id with maxspan=1m {B} {A}",
    f'sequence by host.id with maxspan=1m [any where event.action : "a"] {B}',
    f'sequence by host.id with maxspan=1m {A} [any where event.action == "b" and process.pid == 1]',
    f"sequence by host.id with maxspan=1m {A} {B} {C}",
]


@pytest.mark.parametrize("changed", CHANGED)
def test_a_change_of_span_key_order_step_or_condition_is_told(changed: str) -> None:
    assert told(eql(f"sequence by host.id with maxspan=1m {A} {B}"), eql(changed))


def test_until_missing_events_and_runs_are_told() -> None:
    for text, without in (
        (f"sequence with maxspan=1m {A} {B} until {C}", f"sequence with maxspan=1m {A} {B}"),
        (f"sequence with maxspan=1m {A} !{C} {B}", f"sequence with maxspan=1m {A} {B}"),
        (f"sequence with maxspan=1m {A} with runs=4", f"sequence with maxspan=1m {A} with runs=3"),
        (f"sequence with maxspan=1m {A} with runs=4", f"sequence with maxspan=1m {A} with runs=5"),
    ):
        assert told(eql(text), eql(without))
    assert any("`until` comes in between" in reason for reason in reasons(eql(f"sequence {A} {B} until {C}"), False))
    assert "no `host.id` at the last step" in reasons(eql(f"sequence by host.id {A} {B}"), False)


RULES = "".join(
    f"title: {n}\nname: {n}\nlogsource: {{product: x}}\n"
    f"detection: {{s: {{event.action|cased: {n}}}, condition: s}}\n---\n"
    for n in "ab"
)


def sigma(body: str) -> Any:
    return parse("sigma", f"{RULES}title: c\ncorrelation: {body}")


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("{type: event_count, rules: [a], timespan: 1m, condition: {gte: 3}}", ("gte: 3", "gte: 4")),
        ("{type: event_count, rules: [a], timespan: 1m, condition: {gt: 3}}", ("gt: 3", "gt: 2")),
        ("{type: event_count, rules: [a, b], timespan: 1m, condition: {gte: 2}}", ("[a, b]", "[a]")),
        ("{type: event_count, rules: [a], group-by: [host.id], timespan: 1m, condition: {gte: 2}}", ("1m", "61s")),
        ("{type: event_count, rules: [a], group-by: [host.id], timespan: 1m, condition: {gte: 2}}", ("host.id", "")),
        (
            "{type: value_count, rules: [a], timespan: 1m, condition: {gte: 3, field: host.id}}",
            ("value_count", "event_count"),
        ),
        ("{type: temporal, rules: [a, b], timespan: 1m}", ("temporal", "temporal_ordered")),
        ("{type: temporal_ordered, rules: [a, b], timespan: 1m}", ("temporal_ordered", "temporal")),
        ("{type: temporal, rules: [a, b], timespan: 1m, condition: a and not b}", ("and not", "or")),
        ("{type: value_sum, rules: [a], timespan: 1m, condition: {gte: 9, field: process.pid}}", ("gte", "gt")),
        ("{type: value_median, rules: [a], timespan: 1m, condition: {lt: 9, field: process.pid}}", ("lt", "lte")),
    ],
)
def test_correlations_have_streams_that_tell_a_change(body: str, changed: tuple[str, str]) -> None:
    query = sigma(body)
    for case in fixtures(query):
        assert bool(match(query, case.events)) is case.expect
    assert told(query, sigma(body.replace(*changed)))


NESTED = """
title: c
name: c
correlation: {type: event_count, rules: [a], group-by: [user.name], timespan: 1m, condition: {gte: 3}}
---
title: d
correlation: {type: TYPE, rules: [c, b], group-by: [user.name], timespan: 10m}
"""


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
def test_correlations_of_correlations_have_streams_too(kind: str) -> None:
    query = parse("sigma", RULES + NESTED.replace("TYPE", kind))
    cases = fixtures(query)
    for case in cases:
        assert bool(match(query, case.events)) is case.expect, case.reason
    assert {"rule `c` lacks its last event", "rule `b` is missing", "another `user.name` at the last rule",
            "the last rule just past the span"} <= set(reasons(query, False))  # fmt: skip
    for old, new in (
        ("gte: 3", "gte: 2"),
        ("10m", "11m"),
        ("[c, b]", "[c, a]"),
        ("user.name], timespan: 10m", "], timespan: 10m"),
    ):
        changed = parse("sigma", RULES + NESTED.replace("TYPE", kind).replace(old, new))
        assert any(bool(match(changed, case.events)) is not case.expect for case in cases), old


def test_keys_that_a_condition_restricts_hold_values_that_it_allows() -> None:
    text = (
        'sequence by user.id with maxspan=1m [any where user.id : "S-1-5-21-*" and event.action == "a"] '
        '[any where not user.id in ("S-1-5-18", "S-1-5-19") and event.action == "b"]'
    )
    assert any(case.expect for case in fixtures(eql(text)))


@pytest.mark.parametrize(
    "text",
    [
        "sequence by host.id [any where process.pid > 1 and not process.pid > 0] [any where true]",
        f'sequence by host.id {A} [any where event.action == "b" and host.id == null]',
    ],
)
def test_a_query_without_a_stream_has_no_fixtures_for_that_reason(text: str) -> None:
    with pytest.raises(ConverterError, match="no fixtures: the steps have no events with keys in common"):
        fixtures(eql(text))


def test_streams_are_written_to_a_file_and_read_again(tmp_path: Path) -> None:
    cases = fixtures(eql(f"sequence by host.id with maxspan=1m {A} {B}"))
    path = tmp_path / "fixtures.yml"
    path.write_text(dump_fixtures(cases), encoding="utf-8")
    assert load_fixtures(path) == [case.as_json() for case in cases]


def rule_file(folder: Path, **data: Any) -> Path:
    body = {"name": "Some rule", "rule_id": "r", "risk_score": 1, "severity": "low", "description": "d", **data}
    path = folder / "rule.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


THRESHOLD = {
    "type": "threshold", "language": "kuery", "query": "event.action: x", "from": "now-9m",
    "threshold": {"field": ["host.id"], "value": 3},
}  # fmt: skip
SEQUENCE = {"type": "eql", "language": "eql", "query": f"sequence by host.id with maxspan=1m {A} {B}"}


@pytest.mark.parametrize("data", [THRESHOLD, SEQUENCE])
def test_fixtures_replay_and_export_take_whole_streams(tmp_path: Path, data: dict[str, Any]) -> None:
    path, runner = rule_file(tmp_path, **data), CliRunner()
    assert runner.invoke(cli, ["fixtures", "-w", str(path)]).exit_code == 0
    made = load_fixtures(tmp_path / "fixtures.yml")
    assert len(made) > 5 and all("events" in case for case in made)
    shown = runner.invoke(cli, ["replay", str(path), "--format", "json"])
    assert shown.exit_code == 0, shown.output
    assert {form["language"] for form in json.loads(shown.output)["forms"]} >= {"sigma"}
    assert runner.invoke(cli, ["export", str(path), "-o", str(tmp_path / "out")]).exit_code in (0, 1)
    assert (tmp_path / "out/sigma/some_rule.yml").is_file()
    report = json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))
    assert report["rules"][0]["forms"]["sigma"]["fixtures_that_disagree"] == []


def test_a_stream_that_decides_otherwise_is_a_finding(tmp_path: Path) -> None:
    path, runner = rule_file(tmp_path, **THRESHOLD), CliRunner()
    assert runner.invoke(cli, ["fixtures", "-w", str(path)]).exit_code == 0
    rule_file(tmp_path, **{**THRESHOLD, "threshold": {"field": ["host.id"], "value": 2}})
    assert runner.invoke(cli, ["replay", str(path)]).exit_code == 1
    assert "RP401" in runner.invoke(cli, ["check", str(path)]).output


def test_visible_sequences_have_fixtures_that_hold_on_rule_and_port(shared: Path) -> None:
    """Every twentieth sequence; the whole corpus is measured by tools."""
    from converter import port

    found = [
        item for item in load(shared / "corpora/elastic")
        if item.type == "eql" and item.data["query"].lstrip().lower().startswith("sequence")
    ]  # fmt: skip
    for document in found[::20]:
        cases, ported = fixtures(rule_query(document)), port(document)
        assert {case.expect for case in cases} == {True, False}, document.path
        for case in cases if ported.relation == "equivalent" else ():
            assert bool(match(ported.target, case.events)) is case.expect, (document.path, case.reason)


def test_a_threshold_document_is_a_query_over_streams(tmp_path: Path) -> None:
    document = loads(rule_file(tmp_path, **THRESHOLD).read_text(encoding="utf-8"), "json")[0]
    assert stream_query(document).kind == "correlation" and rule_query(document).kind == "event"
