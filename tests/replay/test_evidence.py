"""A Sigma rule's own tests: SigmaHQ's regression format, and `RULE.test.yml` beside the rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from converter.cli import cli
from converter.diagnostics import DocumentError, UsageError
from converter.documents import load
from converter.replay import expectations, regression
from converter.replay.evidence import signature

RULE = """title: A shell
id: 11111111-1111-4111-8111-111111111111
status: test
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\\cmd.exe'
    filter_main_user:
        User: 'NT AUTHORITY\\SYSTEM'
    condition: selection and not 1 of filter_main_*
level: low
"""
INFO = "regression_data/rules/a_shell/info.yml"


def event(code: int, **data: Any) -> dict[str, Any]:
    system = {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, "EventID": code,
              "Channel": "Microsoft-Windows-Sysmon/Operational"}  # fmt: skip
    return {"Event": {"System": system, "EventData": {"User": "CORP\\bob", **data}}}


EVENTS = [
    event(1, Image="C:\\Windows\\System32\\cmd.exe"),
    event(1, Image="C:\\Windows\\System32\\CMD.EXE", User="NT AUTHORITY\\SYSTEM"),
    event(1, Image="C:\\x\\cmd.exe.bak"),
    event(5, Image="C:\\Windows\\System32\\cmd.exe"),
]


def repository(folder: Path, count: int | None = 1, rule: str = RULE) -> Path:
    """A rule repository with one rule and its regression data: two files' values, one after the other, as JSON."""
    (folder / "rules").mkdir(parents=True)
    path = folder / "rules" / "a_shell.yml"
    path.write_text(rule + f"regression_tests_path: {INFO}\n")
    info = folder / INFO
    info.parent.mkdir(parents=True)
    (info.parent / "a.json").write_text("\n".join(json.dumps(item, indent=2) for item in EVENTS))
    said = "" if count is None else f"      match_count: {count}\n"
    info.write_text(
        "rule_metadata:\n    - id: 11111111-1111-4111-8111-111111111111\nregression_tests_info:\n"
        f"    - name: Positive\n      type: json\n{said}      path: {INFO.replace('info.yml', 'a.json')}\n"
    )
    return path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, args)], catch_exceptions=False)


def test_a_rules_regression_cases_are_found_from_its_own_path(tmp_path: Path) -> None:
    path = repository(tmp_path)
    (case,) = regression.cases_of(load(path)[0])
    assert (case.name, case.count, len(case.events)) == ("Positive", 1, 4)
    assert case.holds(1) and not case.holds(2)
    assert {file.name for file in regression.files_of(load(path)[0])} == {"info.yml", "a.json"}


def test_a_folder_that_is_given_is_searched_by_path_and_by_the_rules_id(tmp_path: Path) -> None:
    path = repository(tmp_path / "there")
    elsewhere = tmp_path / "rule.yml"
    elsewhere.write_text(RULE)
    assert regression.cases_of(load(elsewhere)[0]) == []
    assert len(regression.cases_of(load(elsewhere)[0], tmp_path / "there")) == 1
    assert len(regression.cases_of(load(path)[0], tmp_path / "there" / "regression_data")) == 1
    with pytest.raises(UsageError, match="there is no regression data of `A shell`"):
        regression.cases_of(load(elsewhere)[0], tmp_path / "rules")


def test_replay_runs_the_case_on_the_native_form_and_on_elastics_forms(tmp_path: Path) -> None:
    out = run("replay", repository(tmp_path), "--to", "eql", "--to", "lucene", "--format", "json")
    assert out.exit_code == 0
    (found,) = json.loads(out.stdout)["regression"]
    assert found["matched"] == {"sigma (source)": 1, "eql": 1, "lucene": 1}
    assert found["views"] == {"sigma (source)": "native", "eql": "ecs", "lucene": "ecs"}
    assert [form["picked"] for form in found["forms"]] == [[0], [0], [0]]


@pytest.mark.parametrize(("count", "code"), [(None, 0), (1, 0), (2, 1)])
def test_another_count_than_expected_is_a_finding_of_replay_and_check(
    tmp_path: Path, count: int | None, code: int
) -> None:
    path = repository(tmp_path, count)
    out = run("replay", path, "--to", "eql")
    assert out.exit_code == code
    assert ("holds" if code == 0 else "does not hold") in out.stdout
    checked = run("check", path, "--format", "json").stdout
    assert ("RP402" in checked) is (code == 1)
    if code:
        assert "1 of 4 events match, expected 2" in checked


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n", "no list `regression_tests_info`"),
        ("regression_tests_info:\n- name: x\n", "regression test 1 names no `path`"),
        ("regression_tests_info:\n- {path: a.json, match_count: some}\n", "has the match count `some`"),
        ("regression_tests_info:\n- {path: a.json, type: pcap}\n", "is of type `pcap`"),
    ],
)
def test_a_wrong_info_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = repository(tmp_path)
    (tmp_path / INFO).write_text(text)
    with pytest.raises(DocumentError, match=words):
        regression.cases_of(load(path)[0])
    with pytest.raises(DocumentError, match=words):
        run("replay", path)


TESTS = """tests:
  - name: fires for a user
    event: {Image: 'C:\\Windows\\cmd.exe', User: 'CORP\\bob'}
    expect: match
  - name: not for the system
    event: {Image: 'C:\\Windows\\cmd.exe', User: 'NT AUTHORITY\\SYSTEM'}
    expect: no_match
"""


def with_tests(folder: Path, text: str) -> Path:
    path = folder / "rule.yml"
    path.write_text(RULE)
    (folder / "rule.test.yml").write_text(text)
    return path


def test_a_test_file_is_run_on_every_form_its_events_made_whole_from_the_log_source(tmp_path: Path) -> None:
    out = run("replay", with_tests(tmp_path, TESTS), "--to", "eql", "--format", "json")
    assert out.exit_code == 0
    (found,) = json.loads(out.stdout)["tests"]
    assert found["events"] == 2 and found["agrees"]
    assert [(form["form"], form["picked"]) for form in found["forms"]] == [("sigma (source)", [0]), ("eql", [0])]


def test_a_test_that_fails_is_a_finding(tmp_path: Path) -> None:
    path = with_tests(tmp_path, TESTS.replace("no_match", "match"))
    assert run("replay", path, "--to", "eql").exit_code == 1
    assert "test 2 (not for the system) does not match, but must" in run("check", path).stdout


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        ("cases:\n- {name: a, log: {Image: x}, expect: no-match}\n", [(1, False)]),
        ("cases:\n- {name: a, logs: [{Image: x}, {Image: y}], expect: match}\n", [(1, True), (1, True)]),
        ("- {events: [{Image: x}, {Image: y}], expect: match}\n", [(2, True)]),
        ("testcases:\n  match: [{Image: x}]\n  dont-match: [{Image: y}]\n", [(1, True), (1, False)]),
    ],
)
def test_the_kinds_of_test_files_in_use_are_read(tmp_path: Path, text: str, outcomes: list[tuple[int, bool]]) -> None:
    found = expectations.cases_of(load(with_tests(tmp_path, text))[0])
    assert [(len(case.events), case.expect) for case in found] == outcomes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tests: []\n", "no list `tests`"),
        ("tests:\n- {event: {a: 1}}\n", "test 1 lacks `expect`"),
        ("tests:\n- {event: {a: 1}, expect: perhaps}\n", "expects `perhaps`, not match or no_match"),
        ("tests:\n- {expect: match}\n", "needs one of `event`, `events` and `file`"),
    ],
)
def test_a_wrong_test_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        expectations.cases_of(load(with_tests(tmp_path, text))[0])


def test_match_reads_raw_events_as_the_query_needs_and_says_so(tmp_path: Path) -> None:
    path = repository(tmp_path)
    events = tmp_path / INFO.replace("info.yml", "a.json")
    native = json.loads(run("match", path, events, "--format", "json").stdout)
    assert native == {"hits": [[0]], "events": 4, "view": "native"}
    query = 'process where event.type == "start" and process.name : "cmd.exe"'
    ecs = json.loads(run("match", "-l", "eql", query, events, "--format", "json").stdout)
    assert (ecs["hits"], ecs["view"]) == ([[0], [1]], "ecs")


def test_a_kept_outcome_of_check_is_thrown_away_when_the_tests_change(tmp_path: Path) -> None:
    path = repository(tmp_path)
    text = path.read_text()
    before = signature(path, text)
    assert "a.json" in before and "info.yml" in before
    (tmp_path / INFO).write_text((tmp_path / INFO).read_text().replace("match_count: 1", "match_count: 12"))
    assert signature(path, text) != before
    (tmp_path / "alone.yml").write_text(RULE)
    assert signature(tmp_path / "alone.yml", RULE) == ""
    (tmp_path / "alone.test.yml").write_text(TESTS)
    assert "alone.test.yml" in signature(tmp_path / "alone.yml", RULE)
