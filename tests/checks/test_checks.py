"""Each check finds what it is for, and nothing in a rule without fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converter.checks import Subject, check_documents, checks
from converter.checks.single import check_rule
from converter.documents import load, loads

RULE = """\
[metadata]
creation_date = "2026/11/24"
maturity = "production"
updated_date = "2026/11/24"

[rule]
author = ["test"]
description = "A rule."
from = "now-9m"
index = ["logs-*"]
language = "eql"
license = "MIT"
name = "A rule"
risk_score = 21
rule_id = "0d2bd7f5-6c1b-5d0c-9e57-1f0b6f1b6aff"
severity = "low"
type = "eql"
query = '''
{query}
'''
"""


def codes(tmp_path: Path, query: str, fixtures: str | None = None) -> list[str]:
    (tmp_path / "rule.toml").write_text(RULE.replace("{query}", query), encoding="utf-8")
    if fixtures is not None:
        (tmp_path / "fixtures.yml").write_text(fixtures, encoding="utf-8")
    return [item.code for _, item in check_documents(load(tmp_path / "rule.toml"))]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('process where process.name : "a.exe" and process.args : "-x"', []),
        ('process where process.name == "a.exe" and not process.name : "*.exe"', ["RP305"]),
        ('process where process.name == "a" and process.name == null', ["RP301"]),
        ('any where process.name == "a" or process.name != "a"', ["RP302"]),
        ('process where process.name : ("*.exe", "cmd.exe")', ["RP303"]),
        ('process where process.name == "a" and not process.name == "b" and process.pid > 4', []),
        ('process where process.name regex ("(^a|b)", "a$", "(?:ab)c", "[[:alpha:]]x", "(a)\\\\1")', ["RP213"] * 5),
        ('process where process.nmae == "a.exe"', ["RP202"]),
        ('process where process.pid == "abc"', ["RP203"]),
        ('process where process.name :', ["RP201"]),
    ],
)  # fmt: skip
def test_a_query_gets_the_findings_that_it_earns(tmp_path: Path, query: str, expected: list[str]) -> None:
    assert codes(tmp_path, query) == expected


def test_a_fixture_that_decides_otherwise_is_named(tmp_path: Path) -> None:
    wrong = 'fixtures:\n- {expect: match, event: {event.category: process, process.name: b}, reason: "no"}\n'
    assert codes(tmp_path, 'process where process.name == "a"', wrong) == ["RP401", "RP403"]
    right = "fixtures:\n- {expect: match, event: {event.category: process, process.name: a}}\n"
    right += "- {expect: no_match, event: {event.category: process, process.name: b}}\n"
    assert codes(tmp_path, 'process where process.name == "a"', right) == []


def test_every_check_documents_itself_and_has_a_code_of_its_own() -> None:
    found = checks()
    assert len({check.code for check in found}) == len(found)
    assert all("Why:" in check.doc and "Instead:" in check.doc for check in found)


def test_the_sample_rules_are_without_fault() -> None:
    root = Path(__file__).resolve().parents[2] / "rules"
    found = [
        f"{document.path}: {item.code} {item.message}"
        for document, item in check_documents(load(root))
        if item.severity != "note"
    ]
    assert found == []


def test_a_rule_that_is_read_only_in_part_fails_no_validator() -> None:
    rule = {"title": "x", "logsource": {"product": "windows"}, "detection": {"a": {"b|no": 1}, "condition": "a"}}
    subject = Subject(loads(json.dumps(rule), "sigma", "a.yml")[0])
    assert "RP201" in [found.code for found, _ in check_rule(subject)]
    assert subject.notes == []
