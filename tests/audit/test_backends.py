"""The published back ends themselves: only where they are installed, as in the environment `.venv-backends`."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import converter
from converter.audit import Converter, audit, installed, subject
from converter.audit.causes import CASE, MODIFIER, MULTIPLE
from converter.audit.summary import summarise
from converter.cli import cli
from converter.languages.sigma.pipelines import resolve
from tests.sigma.helpers import rule

HERE = importlib.util.find_spec("sigma.backends") is not None and importlib.util.find_spec(
    "sigma.backends.elasticsearch"
)
REQUIRED = os.environ.get("RULEPROOF_REQUIRE_BACKENDS") == "1"
needs_backends = pytest.mark.skipif(
    not HERE and not REQUIRED, reason="the extra `backends` is not installed: `make test` runs this in .venv-backends"
)
PROCESS = {"product": "windows", "category": "process_creation"}
RULE = rule({"sel": {"Image|endswith": "\\a.exe"}, "condition": "sel"}, id="6f3e2987-db24-4c78-a860-b4f4095a7095",
            logsource=PROCESS)  # fmt: skip


def run(*args: Any) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(arg) for arg in args])
    if isinstance(result.exception, converter.ConverterError):
        return 2, result.exception.render()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_without_the_back_ends_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("converter.audit.backends._class", lambda output: None)
    (tmp_path / "rule.yml").write_text(RULE)
    code, out = run("audit", tmp_path / "rule.yml")
    assert code == 2
    assert "pip install 'ruleproof[backends]'" in out


def test_an_unknown_output_is_a_usage_error() -> None:
    with pytest.raises(converter.UsageError, match="there is no output `nope`"):
        installed(["nope"])


@needs_backends
def test_a_rule_goes_through_every_back_end() -> None:
    pipelines = resolve(["ecs_windows"])
    assert pipelines is not None
    made = subject(RULE, pipelines, "keyword")
    found = {item.output: item for item in audit(made, installed(), Converter(pipelines.pipeline))}
    assert set(found) == {"lucene", "dsl", "esql", "eql", "elastalert"}
    assert {name: item.relation for name, item in found.items()} == {
        "lucene": "narrower", "dsl": "narrower", "elastalert": "narrower", "esql": "narrower", "eql": "equivalent",
    }  # fmt: skip
    assert found["lucene"].causes == (CASE,)
    assert set(found["esql"].causes) == {CASE, MULTIPLE}
    assert found["lucene"].counterexample is not None
    assert set(found["lucene"].counterexample) == {"process.executable.caseless"}
    assert found["eql"].sound and not found["dsl"].sound


@needs_backends
def test_the_back_ends_own_reading_of_a_modifier_is_told_apart() -> None:
    text = rule({"sel": {"f|utf16|base64offset|contains": "foo"}, "condition": "sel"})
    made = subject(text, None, "lowercase")
    found = audit(made, installed(["lucene"]), Converter())[0]
    assert (found.relation, found.causes) == ("different", (MODIFIER,))


@needs_backends
def test_the_command_prints_an_object_a_rule_and_output(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "keyword.yml").write_text(rule({"sel": ["abc"], "condition": "sel"}))
    code, out = run(
        "audit", tmp_path, "--format", "json", "--fields", "lowercase", "--output", "lucene", "--output", "esql"
    )
    assert code == 1
    rows = {(row["rule_id"], row["output"]): row for row in json.loads(out)}
    assert len(rows) == 4
    lucene = rows["6f3e2987-db24-4c78-a860-b4f4095a7095", "lucene"]
    assert (lucene["accepted"], lucene["relation"], lucene["causes"]) == (True, "equivalent", [])
    esql = rows["", "esql"]
    assert (esql["accepted"], esql["relation"], esql["counterexample"]) == (False, None, None)
    assert esql["causes"] == ["not converted: keyword search (no field)"]


@needs_backends
def test_the_command_shows_a_table_and_a_worked_example_of_each_cause(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "other.yml").write_text(rule({"sel": {"f": "abc"}, "condition": "sel"}))
    code, out = run("audit", tmp_path)
    assert code == 1
    assert "narrower" in out and "multi-valued field  (esql 2)" in out and "only the rule matches" in out
    code, out = run("audit", tmp_path / "other.yml", "-p", "none", "--output", "eql")
    assert code == 0
    assert "no pipeline" in out


def test_a_summary_counts_and_chooses_the_plainest_example() -> None:
    from converter.audit import Finding

    small = Finding("1", "esql", True, "narrower", (MULTIPLE,), {"f": ["a", "b"]}, True, texts=("x",))
    large = Finding("2", "esql", True, "narrower", (MULTIPLE, CASE), {"f": ["A", "b"]}, True, texts=("xxxx",))
    lost = Finding("3", "esql", False, None, ("rejected: syntax",), texts=("y",))
    made = summarise([large, small, lost])
    assert made.outputs["esql"] == {"rules": 3, "accepted": 2, "narrower": 2}
    assert made.examples[MULTIPLE] is small and made.examples[CASE] is large
    assert [cause for cause, _ in made.by_frequency()] == [MULTIPLE, CASE, "rejected: syntax"]
