"""`ruleproof diff`: what changed rules match more and less."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.inside import Done, clean_error, ruleproof

ELASTIC = """\
[metadata]
maturity = "production"

[rule]
author = ["me"]
description = "Finds it."
language = "{language}"
name = "A rule"
risk_score = 47
rule_id = "0d2bd7f5-6c1b-5d0c-9e57-1f0b6f1b6a10"
severity = "{severity}"
type = "{type}"
index = [{index}]
query = '''
{query}
'''
{more}
"""


def elastic(query: str, language: str = "eql", type: str = "eql", severity: str = "low", more: str = "",
            index: str = '"logs-*"') -> str:  # fmt: skip
    return ELASTIC.format(query=query, language=language, type=type, severity=severity, more=more, index=index)


SIGMA = """\
title: A rule
id: 5b1c6f0e-8a58-4f62-9d0f-0c3f3f1b7a01
logsource: {{category: process_creation, product: {product}}}
detection:
    selection:
        Image|endswith: {value}
    condition: selection
"""

Diff = Callable[..., dict[str, Any]]


@pytest.fixture
def diff(tmp_path: Path) -> Diff:
    """The only row of the comparison of two texts."""

    def run(old: str, new: str, ending: str = ".toml") -> dict[str, Any]:
        for name, text in (("old", old), ("new", new)):
            (tmp_path / f"{name}{ending}").write_text(text, "utf-8")
        done = ruleproof("diff", str(tmp_path / f"old{ending}"), str(tmp_path / f"new{ending}"), "--format", "json")
        assert done.code == 0, done.err
        (row,) = json.loads(done.out)["rules"]
        return dict(row)

    return run


@pytest.mark.parametrize(
    ("old", "new", "relation", "more", "less"),
    [
        ('any where a : "x"', 'any where a : ("x", "y")', "broader", True, False),
        ('any where a : ("x", "y")', 'any where a : "x"', "narrower", False, True),
        ('any where a == "x"', 'any where b == "x"', "different", True, True),
        ('any where a : ("x", "y")', 'any where a : "y" or a : "x"', "equivalent", False, False),
    ],
)
def test_a_changed_condition_shows_an_event_for_each_direction(
    diff: Diff, old: str, new: str, relation: str, more: bool, less: bool
) -> None:
    row = diff(elastic(old), elastic(new))
    assert (row["relation"], row["more"] is not None, row["less"] is not None) == (relation, more, less)


def test_metadata_alone_decides_nothing_and_is_named(diff: Diff) -> None:
    row = diff(elastic("any where true"), elastic("any where true", severity="high"))
    assert row["relation"] is None
    assert row["changes"] == [{"key": "severity", "old": "low", "new": "high", "decides": False}]


THRESHOLD = '[rule.threshold]\nfield = ["host.id"]\nvalue = {}\n'


@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [
        (('user.name:a', 10, '"x"'), ('user.name:a', 5, '"x"'), "broader"),
        (('user.name:a', 5, '"x"'), ('user.name:a', 10, '"x"'), "narrower"),
        (('user.name:a', 5, '"x"'), ('user.name:(a or b)', 4, '"x"'), "broader"),
        (('user.name:a', 5, '"x"'), ('user.name:(a or b)', 6, '"x"'), "unknown"),
        (('user.name:a', 5, '"x"'), ('user.name:a', 5, '"x", "y"'), "broader"),
        (('user.name:a', 5, '"x"'), ('user.name:a', 5, '"y"'), "unknown"),
        (('user.name:a', 5, '"x"'), ('user.name:a', 5, '"x", "-x-old"'), "unknown"),
        (('user.name:(a or b)', 5, '"x", "y"'), ('user.name:a', 5, '"x"'), "narrower"),
    ],
)  # fmt: skip
def test_settings_that_decide_count_too_and_two_directions_are_not_decided(
    diff: Diff, old: tuple[str, int, str], new: tuple[str, int, str], relation: str
) -> None:
    one, other = (
        elastic(query, "kuery", "threshold", more=THRESHOLD.format(value), index=index)
        for query, value, index in (old, new)
    )
    assert diff(one, other)["relation"] == relation


@pytest.mark.parametrize("date", ["2026-12-01", None])
def test_a_changed_rule_with_its_old_date_is_told(diff: Diff, date: str | None) -> None:
    old = SIGMA.format(product="windows", value=r"\a.exe") + "modified: 2026-11-24\n"
    new = SIGMA.format(product="windows", value=r"\b.exe") + (f"modified: {date or '2026-11-24'}\n")
    said = [note for note in diff(old, new, ".yml")["notes"] if "modified" in note]
    assert said == ([] if date else ["the rule was changed, but `modified` is still 2026-11-24"])


def test_an_elastic_rule_with_its_old_date_is_told(diff: Diff) -> None:
    old, new = (elastic("any where true", severity=word) for word in ("low", "high"))
    dated = 'maturity = "production"\nupdated_date = "2026/11/24"'
    old, new = (text.replace('maturity = "production"', dated) for text in (old, new))
    assert diff(old, new)["notes"] == ["the rule was changed, but `updated_date` is still 2026/11/24"]
    assert diff(old, new.replace("/24", "/25"))["notes"] == []


def test_a_sequence_is_compared_too(diff: Diff) -> None:
    old = 'sequence by host.id with maxspan=1m [process where a == "x"] [file where b == "y"]'
    row = diff(elastic(old), elastic(old.replace('"y"', '"*"').replace("b ==", "b like")))
    assert row["relation"] == "broader" and row["more"]["events"], row


def test_a_sigma_rule_and_its_log_source(diff: Diff) -> None:
    wider = diff(SIGMA.format(product="windows", value="a.exe"), SIGMA.format(product="windows", value=".exe"), ".yml")
    assert wider["relation"] == "broader" and wider["more"] is not None
    other = diff(SIGMA.format(product="windows", value="a.exe"), SIGMA.format(product="linux", value="a.exe"), ".yml")
    assert other["relation"] == "different" and other["given"]


CORRELATION = """\
title: One
name: one
logsource: {{product: windows}}
detection:
    selection:
        User: {user}
    condition: selection
---
title: Many
correlation:
    type: event_count
    rules: [one]
    group-by: [Host]
    timespan: 5m
    condition:
        gte: {count}
"""


@pytest.mark.parametrize(
    ("old", "new"), [(("a", 3), ("'*'", 3)), (("a", 3), ("a", 2))], ids=["the rule that it counts", "the count"]
)
def test_a_correlation_changes_with_the_rule_that_it_speaks_of(
    tmp_path: Path, old: tuple[str, int], new: tuple[str, int]
) -> None:
    for name, (user, count) in (("old", old), ("new", new)):
        (tmp_path / f"{name}.yml").write_text(CORRELATION.format(user=user, count=count), "utf-8")
    done = ruleproof("diff", str(tmp_path / "old.yml"), str(tmp_path / "new.yml"), "--format", "json")
    found = {row["name"]: row for row in json.loads(done.out)["rules"]}
    assert found["Many"]["relation"] == "broader", found
    assert "gone" not in {row["status"] for row in found.values()}


def test_a_correlation_changes_with_the_log_source_of_the_rule_that_it_speaks_of(tmp_path: Path) -> None:
    text = CORRELATION.format(user="a", count=3).replace("windows", "windows, category: process_creation")
    for product in ("linux", "nobody"):
        (tmp_path / "old.yml").write_text(text, "utf-8")
        (tmp_path / "new.yml").write_text(text.replace("windows", product), "utf-8")
        done = ruleproof("diff", str(tmp_path / "old.yml"), str(tmp_path / "new.yml"), "--format", "json")
        found = {row["name"]: row for row in json.loads(done.out)["rules"]}
        assert found["Many"]["relation"] in ("different", "unknown"), found["Many"]
        assert found["Many"]["relation"] == "unknown" or found["Many"]["given"]


def test_log_sources_that_no_mapping_knows_are_not_called_the_same(diff: Diff) -> None:
    old = SIGMA.format(product="one", value="a.exe").replace("process_creation", "x")
    row = diff(old, old.replace("one", "two"), ".yml")
    assert row["relation"] == "unknown" and "no mapping knows" in row["notes"][0]
    row = diff(*(text + "taxonomy: ecs\n" for text in (old, old.replace("one", "two"))), ".yml")
    assert row["relation"] == "unknown"


@pytest.mark.parametrize(("one", "other"), [("1", "true"), ("0", "false")])
def test_a_number_and_a_truth_value_are_two_values(diff: Diff, one: str, other: str) -> None:
    old = SIGMA.format(product="windows", value="a").replace("Image|endswith", "ParentImage")
    row = diff(old.replace(": a", f": {one}"), old.replace(": a", f": {other}"), ".yml")
    assert row["relation"] == "different" and row["more"] and row["less"]


FEW = THRESHOLD.format(3)
SUPPRESSED = "[rule.alert_suppression]\ngroup_by = ['a']\n"
COUNTED = "from x | stats n = count(*) by host.name | where n > 3"
NEW_TERMS = '[rule.new_terms]\nfield = "new_terms_fields"\nvalue = ["user.name"]\n' \
            '[[rule.new_terms.history_window_start]]\nfield = "history_window_start"\nvalue = "now-7d"'  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [
        ({"query": "a:1", "type": "threshold", "more": FEW}, {"more": 'from = "now-1h"\n' + FEW}, "unknown"),
        ({"query": COUNTED, "type": "esql", "language": "esql"}, {"more": 'from = "now-1h"'}, "unknown"),
        ({"query": "a:1", "type": "query"}, {"more": 'from = "now-1h"'}, None),
        ({"query": "a:1", "type": "query"}, {"more": SUPPRESSED}, "narrower"),
        ({"query": "a:1", "type": "query", "more": SUPPRESSED}, {"more": ""}, "broader"),
        ({"query": "a:1", "type": "query"}, {"more": "timestamp_override_fallback_disabled = true"}, "unknown"),
        ({"query": "a:1", "type": "new_terms", "more": NEW_TERMS}, {"query": "a:(1 or 2)"}, "unknown"),
    ],
)  # fmt: skip
def test_what_else_decides_which_events_alert(diff: Diff, old: Any, new: Any, relation: str | None) -> None:
    base = {"language": "kuery", **old}
    assert diff(elastic(**base), elastic(**{**base, **new}))["relation"] == relation


def test_what_is_kept_for_elastic_decides_there(diff: Diff) -> None:
    old = SIGMA.format(product="windows", value="a.exe")
    assert diff(old, old + "elastic:\n  index: [logs-*]\n", ".yml")["relation"] == "unknown"
    assert diff(old, old + "elastic:\n  note: read this\n", ".yml")["relation"] is None


# Git ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for key, value in (("GIT_AUTHOR_NAME", "me"), ("GIT_AUTHOR_EMAIL", "me@example.org"), ("GIT_COMMITTER_NAME", "me"),
                       ("GIT_COMMITTER_EMAIL", "me@example.org"), ("GIT_CONFIG_GLOBAL", "/dev/null")):  # fmt: skip
        monkeypatch.setenv(key, value)
    git("init", "-q", "-b", "main", ".")
    for name in ("one", "two", "gone"):
        path = tmp_path / "rules" / f"{name} ä.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            elastic('any where a : "x"').replace("6a10", f"6a1{len(name)}").replace("A rule", name), "utf-8"
        )
    commit("first")
    return tmp_path


def git(*args: str) -> None:
    subprocess.run(["git", *args], check=True, capture_output=True)


def commit(message: str) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", message)


def rows(done: Done) -> dict[str, tuple[str, str | None]]:
    return {row["name"]: (row["status"], row["relation"]) for row in json.loads(done.out)["rules"]}


def change(repository: Path) -> None:
    rules = repository / "rules"
    one = rules / "one ä.toml"
    one.write_text(one.read_text("utf-8").replace('"x"', '("x", "y")'), "utf-8")
    (rules / "gone ä.toml").unlink()
    (rules / "new.toml").write_text(elastic("any where true").replace("6a10", "6a77").replace("A rule", "new"), "utf-8")
    (rules / "notes.md").write_text("# no rule\n", "utf-8")


def test_revisions_are_compared_with_each_other_and_with_the_working_tree(repository: Path) -> None:
    change(repository)
    expected = {"one": ("changed", "broader"), "gone": ("removed", None), "new": ("added", None)}
    assert rows(ruleproof("diff", "main", "--format", "json")) == expected
    commit("second")
    assert rows(ruleproof("diff", "main~1", "HEAD", "--format", "json")) == expected
    assert rows(ruleproof("diff", "main~1", "HEAD", "--format", "json", "--", "rules/new.toml")) == {
        "new": ("added", None)
    }
    assert rows(ruleproof("diff", "HEAD", "--format", "json")) == {}


def test_a_rule_that_moved_is_the_same_rule(repository: Path) -> None:
    git("mv", "rules/one ä.toml", "rules/moved.toml")
    commit("moved")
    assert rows(ruleproof("diff", "HEAD~1", "HEAD", "--format", "json")) == {}


@pytest.mark.parametrize(("fail_on", "code"), [("broader", 1), ("narrower", 0), ("any", 1)])
def test_fail_on_sets_the_exit_code(repository: Path, fail_on: str, code: int) -> None:
    path = repository / "rules" / "one ä.toml"
    path.write_text(path.read_text("utf-8").replace('"x"', '("x", "y")'), "utf-8")
    assert ruleproof("diff", "main", "--fail-on", fail_on).code == code


def test_what_cannot_be_read_or_decided_fails_in_both_directions(repository: Path) -> None:
    path = repository / "rules" / "one ä.toml"
    path.write_text("[rule\n", "utf-8")
    for fail_on in ("broader", "narrower"):
        done = ruleproof("diff", "main", "--fail-on", fail_on)
        assert done.code == 1 and "unreadable" in done.out


def test_markdown_is_safe_in_a_pull_request(repository: Path) -> None:
    path = repository / "rules" / "one ä.toml"
    hostile = path.read_text("utf-8").replace('name = "one"', 'name = "<img src=x> @everyone [x](javascript:1) |"')
    path.write_text(hostile.replace('"x"', '("x", "```</details>")'), "utf-8")
    text = ruleproof("diff", "main", "--format", "markdown").out
    outside = text.split("```")[0]
    assert "<img" not in text and "@everyone" not in text and "](" not in outside
    assert text.count("````json") == 1


@pytest.mark.parametrize(
    "args",
    [
        ("diff", "nope"), ("diff", "main", "nope"), ("diff", "--upload-pack=x", "main"), ("diff", "rules", "main"),
        ("diff", "rules", "pyproject.toml"), ("diff", "rules", "rules/one ä.toml"),
        ("diff", "main", "HEAD", "--fail-on", "x"),
        ("diff", "rules", "rules", "rules"), ("diff", "main", "HEAD", "--", ":(bad)x"),
    ],
)  # fmt: skip
def test_wrong_use_is_explained(repository: Path, args: tuple[str, ...]) -> None:
    assert clean_error(ruleproof(*args)), args


def test_outside_of_a_repository_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    done = ruleproof("diff", "main")
    assert clean_error(done) and "not a git repository" in done.err
