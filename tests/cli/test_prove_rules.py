"""`prove` on whole rules: what a rule has beside its query counts too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from converter.cli import cli

RULE = {"name": "Some rule", "rule_id": "r", "risk_score": 1, "severity": "low", "description": "d",
        "language": "kuery", "query": "event.action: x"}  # fmt: skip
COUNT = {"type": "threshold", "from": "now-9m", "threshold": {"field": ["user.name"], "value": 3}}
NEW = {"type": "new_terms", "new_terms_fields": ["user.name"], "history_window_start": "now-7d"}
INDICATORS = {"type": "threat_match", "threat_index": ["ti"], "threat_query": "*:*", "threat_mapping": [
    {"entries": [{"type": "mapping", "field": "source.ip", "value": "threat.indicator.ip"}]}]}  # fmt: skip
BOTH = {"field": ["user.name"], "value": 9, "cardinality": [{"field": "host.name", "value": 3}]}
PLAIN = {"type": "query"}
WIDER = {"query": "event.action: *"}


def prove(folder: Path, *sides: Any) -> dict[str, Any]:
    names = []
    for number, side in enumerate(sides):
        path = folder / f"{number}.{'yml' if isinstance(side, str) else 'json'}"
        path.write_text(side if isinstance(side, str) else json.dumps({**RULE, **side}), "utf-8")
        names.append(str(path))
    done = CliRunner().invoke(cli, ["prove", *names, "--format", "json"])
    assert done.exit_code in (0, 1), done.output
    found: dict[str, Any] = json.loads(done.output)
    assert (found["relation"] == "equivalent") is (done.exit_code == 0)
    return found


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        (COUNT, {**COUNT, "threshold": {"field": ["user.name"], "value": 5}}, "narrower"),
        (COUNT, {**COUNT, "threshold": {"field": ["host.name"], "value": 3}}, "unknown"),
        (COUNT, {**COUNT, "from": "now-20m"}, "broader"),
        ({**COUNT, "threshold": BOTH}, {**COUNT, "threshold": {**BOTH, "value": 10}}, "unknown"),
        ({**COUNT, "threshold": BOTH}, {**COUNT, "threshold": BOTH, **WIDER}, "broader"),
        (NEW, NEW, "equivalent"),
        (NEW, {**NEW, "new_terms_fields": ["host.name"]}, "unknown"),
        (NEW, {**NEW, **WIDER}, "unknown"),
        (NEW, PLAIN, "broader"),
        (PLAIN, NEW, "narrower"),
        (NEW, {**PLAIN, "query": "event.action: y"}, "unknown"),
        (INDICATORS, {**INDICATORS, **WIDER}, "broader"),
        (INDICATORS, {**INDICATORS, "threat_query": "a: b"}, "unknown"),
        (INDICATORS, NEW, "unknown"),
    ],
)
def test_what_stands_beside_the_query_decides_too(tmp_path: Path, a: Any, b: Any, relation: str) -> None:
    assert prove(tmp_path, a, b)["relation"] == relation


CORRELATION = """\
title: base
name: base
taxonomy: TAXONOMY
logsource: {product: windows, category: process_creation}
detection: {s: {PROGRAM: 'C:\\a.exe'}, condition: s}
---
title: many
taxonomy: TAXONOMY
correlation: {type: event_count, rules: [base], group-by: [KEY], timespan: 9m, condition: {gte: 3}}
"""


def written(taxonomy: str, program: str, key: str) -> str:
    return CORRELATION.replace("TAXONOMY", taxonomy).replace("PROGRAM", program).replace("KEY", key)


def test_a_threshold_rule_is_compared_with_a_correlation_and_says_what_it_rests_on(tmp_path: Path) -> None:
    rule = {**COUNT, "language": "lucene", "query": r"process.executable:/[cC]:\\[aA]\.[eE][xX][eE]/"}
    found = prove(tmp_path, rule, written("ecs", "process.executable", "user.name"))
    assert found["relation"] == "equivalent"
    assert found["given"] == ["the rule is evaluated at every event"]
    other = written("ecs", "process.executable", "user.name").replace("gte: 3", "gte: 4")
    assert prove(tmp_path, rule, other)["relation"] == "narrower"


def test_a_correlation_in_sigmas_own_names_is_compared_under_its_mapping(tmp_path: Path) -> None:
    start = 'process where host.os.type == "windows" and event.type == "start"'
    query = (
        rf'sequence by winlog.computer_name with maxspan=9m [{start} and process.executable : "C:\\a.exe"] with runs=3'
    )
    found = prove(
        tmp_path, {"type": "eql", "language": "eql", "query": query}, written("sigma", "Image", "ComputerName")
    )
    assert found["relation"] == "equivalent"
    assert "Image is process.executable" in found["given"]


def test_an_aggregation_without_a_rule_is_compared_over_the_span_of_the_other_side(tmp_path: Path) -> None:
    esql = 'FROM x | WHERE event.action:"x" AND user.name IS NOT NULL | STATS c = COUNT(*) BY user.name | WHERE c >= %d'
    (tmp_path / "rule.json").write_text(json.dumps({**RULE, **COUNT}), "utf-8")
    for number, relation in ((3, "equivalent"), (4, "narrower")):
        (tmp_path / "q.esql").write_text(esql % number, "utf-8")
        done = CliRunner().invoke(
            cli, ["prove", str(tmp_path / "rule.json"), str(tmp_path / "q.esql"), "--format", "json"]
        )
        found = json.loads(done.output)
        assert found["relation"] == relation
        assert "the ES|QL text looks back as far as the other side does" in found["given"]
    done = CliRunner().invoke(cli, ["prove", "-l", "esql", esql % 3, esql % 2, "--format", "json"])
    assert json.loads(done.output)["relation"] == "broader"


def test_two_files_of_several_documents_are_one_rule_each(tmp_path: Path) -> None:
    one = written("ecs", "process.executable", "user.name")
    assert prove(tmp_path, one, one.replace("gte: 3", "gt: 2"))["relation"] == "equivalent"
    assert prove(tmp_path, one, one.replace("a.exe", "b.exe"))["relation"] == "different"


def test_folders_are_compared_rule_by_rule_with_what_stands_beside(tmp_path: Path) -> None:
    for side, data in (("old", COUNT), ("new", {**COUNT, "threshold": {"field": ["user.name"], "value": 5}})):
        (tmp_path / side).mkdir()
        (tmp_path / side / "rule.json").write_text(json.dumps({**RULE, **data}), "utf-8")
    done = CliRunner().invoke(cli, ["prove", str(tmp_path / "old"), str(tmp_path / "new"), "--format", "json"])
    assert [row["relation"] for row in json.loads(done.output)] == ["narrower"]


ESQL = {"type": "esql", "language": "esql"}
COUNTED = {**ESQL, "query": "from x | stats n = count(*) by host.name | where n > 3"}
SEQUENCE = {"type": "eql", "language": "eql", "query": "sequence with maxspan=1m [any where a == 1] [any where a == 2]"}


@pytest.mark.parametrize(
    ("rule", "key", "value"),
    [
        (COUNTED, "from", "now-1h"),
        (COUNTED, "timestamp_override", "event.ingested"),
        (SEQUENCE, "timestamp_field", "event.created"),
        (SEQUENCE, "tiebreaker_field", "event.sequence"),
        (COUNT, "timestamp_override", "event.ingested"),
        (NEW, "timestamp_override", "event.ingested"),
    ],
)
def test_rules_that_order_or_look_back_otherwise_are_not_the_same(
    tmp_path: Path, rule: dict[str, Any], key: str, value: str
) -> None:
    assert prove(tmp_path, rule, rule)["relation"] == "equivalent"
    assert prove(tmp_path, rule, {**rule, key: value})["relation"] == "unknown"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("index", ["logs-*"]), ("data_view_id", "d"), ("alert_suppression", {"group_by": ["a"]}),
        ("exceptions_list", [{"id": "1", "list_id": "l", "type": "detection", "namespace_type": "single"}]),
    ],
)  # fmt: skip
def test_what_is_not_compared_is_said(tmp_path: Path, key: str, value: Any) -> None:
    assert prove(tmp_path, PLAIN, {**PLAIN, "query": "event.action:x"})["given"] == []
    (given,) = prove(tmp_path, PLAIN, {**PLAIN, key: value})["given"]
    assert f"`{key}` is not compared" in given


def test_other_indices_of_esql_and_other_log_sources_are_said(tmp_path: Path) -> None:
    one, other = ({**ESQL, "query": f"from {name} metadata _id | where a == 1"} for name in ("x", "y"))
    assert "`FROM` is not compared" in prove(tmp_path, one, other)["given"][0]
    text = "title: a\nlogsource: {product: windows}\ndetection: {s: {a: b}, condition: s}\n"
    assert prove(tmp_path, text, text)["given"] == []
    assert "`logsource` is not compared" in prove(tmp_path, text, text.replace("windows", "linux"))["given"][0]
    assert "`logsource`" in prove(tmp_path, CORRELATION, CORRELATION.replace("windows", "linux"))["given"][0]
