"""`ruleproof replay`: what a person sees, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from converter.cli import cli
from converter.diagnostics import UsageError

RULE = """
[rule]
name = "A shell"
rule_id = "3d2a3a5e-7a29-4f0b-9b3c-0d1f6a0c9c11"
type = "eql"
language = "eql"
description = "A shell starts."
risk_score = 1
severity = "low"
query = 'process where process.name : "cmd.exe"'
"""
EVENTS: list[dict[str, Any]] = [
    {"event.category": "process", "process.name": "CMD.EXE"},
    {"event.category": "process", "process.name": "cmd.exe.bak"},
    {"event.category": "file", "process.name": "cmd.exe"},
]


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    (tmp_path / "rule.toml").write_text(RULE)
    (tmp_path / "events.ndjson").write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    return tmp_path / "rule.toml"


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, ["replay", *map(str, args)], catch_exceptions=False)


def test_generated_fixtures_agree_on_every_equivalent_form(rule: Path) -> None:
    out = run(rule, "--format", "json")
    assert out.exit_code == 0
    report = json.loads(out.stdout)
    assert report["agrees"]
    assert report["events"] > 2
    assert {form["form"] for form in report["forms"]} >= {"eql (source)", "dsl", "lucene", "sigma"}


def test_given_events_are_shown_with_each_forms_outcome(rule: Path) -> None:
    out = run(rule, "-e", rule.with_name("events.ndjson"), "--all", "--to", "dsl", "--to", "lucene")
    assert out.exit_code == 0
    rows = [line.split() for line in out.stdout.splitlines() if line[:1].isdigit()]
    assert rows[:3] == [["0", "yes", "yes", "yes"], ["1", "no", "no", "no"], ["2", "no", "no", "no"]]


def test_why_names_the_condition_that_decided(rule: Path) -> None:
    out = run(rule, "-e", rule.with_name("events.ndjson"), "--why", "1", "--to", "dsl")
    assert '> false   process.name is "cmd.exe" (any case)   [process.name: "cmd.exe.bak"]' in out.stdout
    assert '  true    event category is "process"' in out.stdout


def test_an_event_that_is_not_there_cannot_be_explained(rule: Path) -> None:
    with pytest.raises(UsageError, match="there is no event 7"):
        run(rule, "-e", rule.with_name("events.ndjson"), "--why", "7", "--to", "dsl")


def test_a_fixture_beside_the_rule_that_does_not_hold_is_a_finding(rule: Path) -> None:
    rule.with_name("fixtures.yml").write_text(
        "fixtures:\n- expect: match\n  reason: wrong on purpose\n  event: {event.category: process, process.name: sh}\n"
    )
    out = run(rule, "--to", "dsl")
    assert out.exit_code == 1
    assert "wrong on purpose" in out.stdout


def test_a_rule_without_a_form_is_a_finding_that_says_why(tmp_path: Path) -> None:
    (tmp_path / "rule.toml").write_text(RULE.replace('process.name : "cmd.exe"', "process.name : "))
    out = run(tmp_path / "rule.toml")
    assert out.exit_code == 1
    assert "no eql form that matches the same events: expected" in out.stdout


def test_streams_are_replayed_one_by_one(tmp_path: Path) -> None:
    query = '"sequence by host.id [process where process.name == \\"a\\"] [process where process.name == \\"b\\"]"'
    (tmp_path / "rule.toml").write_text(RULE.replace("'process where process.name : \"cmd.exe\"'", query))
    stream = [
        {"@timestamp": second, "event.category": "process", "host.id": "h", "process.name": name}
        for second, name in enumerate("ab")
    ]
    fixtures = [
        {"expect": "match", "events": stream},
        {"expect": "no_match", "events": [{**event, "@timestamp": 5 - event["@timestamp"]} for event in stream]},
    ]
    (tmp_path / "fixtures.yml").write_text(json.dumps({"fixtures": fixtures}))
    out = run(tmp_path / "rule.toml", "--format", "json")
    report = json.loads(out.stdout)
    assert report["forms"][0]["picked"] == [0]
    assert report["agrees"], out.stdout
