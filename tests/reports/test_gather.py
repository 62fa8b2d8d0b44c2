"""A report from rule files: the same from the cache as made anew, in one process or in several."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converter.cache import Cache
from converter.reports.gather import Wanted, gather
from tests.cli.inside import ruleproof

RULE = """\
title: A Tool That Was Run {number}
id: 5b1c6f0e-8a58-4f62-9d0f-0c3f3f1b7a0{number}
status: test
description: Finds a tool that was run by somebody.
tags: [attack.execution, attack.t1059.001, attack.t1070]
logsource: {{category: process_creation, product: windows}}
detection:
    selection:
        Image|endswith: '\\tool{number}.exe'
    condition: selection
level: medium
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = Path("rules")
    folder.mkdir()
    for number in range(9):
        (folder / f"a_tool_that_was_run_{number}.yml").write_text(RULE.format(number=number), "utf-8")
    return folder


def test_cache_and_processes_change_nothing_and_a_changed_rule_is_made_anew(rules: Path, tmp_path: Path) -> None:
    wanted = Wanted(("eql", "sigma"))
    cache = Cache(tmp_path / "kept")
    plain = gather([str(rules)], wanted=wanted)
    assert [form.relation for rule in plain.rules for form in rule.forms] == ["equivalent"] * 18
    seen: list[tuple[int, int]] = []
    first = gather(
        [str(rules)], wanted=wanted, cache=cache, jobs=2, progress=lambda done, size: seen.append((done, size))
    )
    assert seen[-1] == (9, 9)
    assert first.as_json() == plain.as_json()
    seen.clear()
    again = gather([str(rules)], wanted=wanted, cache=cache, progress=lambda done, size: seen.append((done, size)))
    assert again.as_json() == plain.as_json() and seen == []
    path = rules / "a_tool_that_was_run_3.yml"
    path.write_text(path.read_text("utf-8").replace("tool3", "other3"), "utf-8")
    changed = gather([str(rules)], wanted=wanted, cache=cache, progress=lambda done, size: seen.append((done, size)))
    assert seen == [(1, 1)]
    assert [old.query == new.query for old, new in zip(plain.rules, changed.rules, strict=True)].count(False) == 1


def test_a_row_says_what_the_rule_is(rules: Path) -> None:
    row = gather([str(rules / "a_tool_that_was_run_3.yml")], wanted=Wanted(("eql",))).rules[0]
    assert (row.kind, row.language, row.severity, row.line) == ("sigma", "sigma", "medium", 1)
    assert row.tactics == ("TA0002",) and row.techniques == ("T1059.001", "T1070")
    assert row.query is not None and "tool3.exe" in row.query and "title" not in row.query
    assert row.positive > 0 and row.negative > 0 and row.forms[0].text


def test_the_command_writes_several_formats_and_reads_its_own_json(rules: Path) -> None:
    done = ruleproof(
        "report", str(rules), "--to", "eql", "-o", "a.html", "-o", "sarif=b", "-o", "c.json", "--title", "<Ours>"
    )
    assert done.code == 0 and done.out == "", done.err
    assert "&lt;Ours&gt; · ruleproof</title>" in Path("a.html").read_text("utf-8")
    assert json.loads(Path("b").read_text("utf-8"))["version"] == "2.1.0"
    assert ruleproof("report", "c.json", "-o", "d.json").code == 0
    assert Path("c.json").read_text("utf-8") == Path("d.json").read_text("utf-8")


def test_a_file_that_is_no_rule_is_a_finding_of_the_report(rules: Path) -> None:
    (rules / "broken.yml").write_text("detection: [\n", "utf-8")
    made = gather([str(rules)], wanted=Wanted(("eql",)))
    assert len(made.rules) == 9 and any(finding.path == str(rules / "broken.yml") for finding in made.open)


def test_an_export_writes_reports_beside_its_folder(rules: Path) -> None:
    done = ruleproof("export", str(rules), "--to", "eql", "--report", "page.html", "--format", "markdown")
    assert done.code == 0 and done.out.startswith("### ✅ ruleproof: 9 rules, no findings"), done.err
    assert Path("page.html").stat().st_size > 50_000 and Path("output/report.json").is_file()
