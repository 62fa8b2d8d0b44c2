"""`export --check`: the exported folder is what the rules make now, or is named with what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converter import load
from converter.export import Stale, export_document, stale, write
from tests.cli.inside import ruleproof

RULE = """\
title: A Tool Was Run
id: 5b1c6f0e-8a58-4f62-9d0f-0c3f3f1b7a01
status: test
logsource: {category: process_creation, product: windows}
detection:
    selection:
        Image|endswith: '\\\\tool.exe'
    condition: selection
"""


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "rules" / "tool.yml"
    path.parent.mkdir()
    path.write_text(RULE, "utf-8")
    return path


def exported(rule: Path) -> list[Stale]:
    results = [export_document(document, ["eql", "lucene"]) for document in load(rule)]
    return stale(results, rule.parent.parent / "output")


def test_what_was_just_written_is_fresh_and_everything_else_is_named(rule: Path) -> None:
    out = rule.parent.parent / "output"
    assert [(item.file, item.why) for item in exported(rule)] == [
        ("eql/a_tool_was_run.eql", "missing"),
        ("lucene/a_tool_was_run.lucene", "missing"),
        ("report.json", "missing"),
    ]
    write([export_document(document, ["eql", "lucene"]) for document in load(rule)], out)
    assert exported(rule) == []
    (out / "eql/a_tool_was_run.eql").write_text("any where true\n", "utf-8")
    (out / "lucene/a_tool_was_run.lucene").unlink()
    assert [(item.file, item.why) for item in exported(rule)] == [
        ("eql/a_tool_was_run.eql", "different"),
        ("lucene/a_tool_was_run.lucene", "missing"),
    ]


def test_a_changed_name_leaves_a_superfluous_file(rule: Path) -> None:
    out = rule.parent.parent / "output"
    write([export_document(document, ["eql"]) for document in load(rule)], out)
    rule.write_text(RULE.replace("A Tool Was Run", "The Tool Was Run"), "utf-8")
    found = stale([export_document(document, ["eql"]) for document in load(rule)], out)
    assert ("eql/a_tool_was_run.eql", "superfluous") in [(item.file, item.why) for item in found]


def test_a_form_that_is_equal_but_whose_proof_is_told_otherwise_is_not_fresh(rule: Path) -> None:
    out = rule.parent.parent / "output"
    write([export_document(document, ["eql"]) for document in load(rule)], out)
    report = json.loads((out / "report.json").read_text("utf-8"))
    report["rules"][0]["forms"]["eql"]["relation"] = "broader"
    (out / "report.json").write_text(json.dumps(report), "utf-8")
    found = stale([export_document(document, ["eql"]) for document in load(rule)], out)
    assert [(item.file, item.why) for item in found] == [("report.json", "different")]


def test_the_command_says_it_with_its_exit_code(rule: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(rule.parent.parent)
    call = ("export", "rules", "--to", "eql")
    assert ruleproof(*call, "--check").code == 1
    assert ruleproof(*call).code == 0
    done = ruleproof(*call, "--check")
    assert (done.code, done.out) == (0, "")
    Path("output/eql/a_tool_was_run.eql").write_text("x", "utf-8")
    done = ruleproof(*call, "--check")
    assert done.code == 1 and done.out.startswith("different   output/eql/a_tool_was_run.eql")
    before = Path("output/eql/a_tool_was_run.eql").read_text("utf-8")
    assert before == "x", "nothing is written"


def test_changed_files_that_hold_no_rule_are_passed_over(rule: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(rule.parent.parent)
    Path("mkdocs.yml").write_text("site: x\n", "utf-8")
    assert ruleproof("export", "--check", "--changed", "mkdocs.yml").code == 0
    Path("rules/fixtures.yml").write_text("fixtures: []\n", "utf-8")
    done = ruleproof("export", "--check", "--changed", "--to", "eql", "rules/fixtures.yml", "mkdocs.yml")
    assert done.code == 1 and "eql/a_tool_was_run.eql" in done.out
