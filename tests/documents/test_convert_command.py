"""`ruleproof convert`: formats into each other, and what a documentation page lacks asked for by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from converter.cli import cli
from converter.documents import dump, load, loads, validate
from tests.documents.samples import API, PAGE, api


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["convert", *args])


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "rule.json"
    path.write_text(api("query"), "utf-8")
    return path


@pytest.mark.parametrize("to", ["toml", "ndjson", "json"])
def test_each_format_holds_the_whole_rule(rule: Path, to: str) -> None:
    (again,) = loads(run(str(rule), "--to", to).stdout, to)
    assert again.data == loads(api("query"), "json")[0].data


def test_a_page_is_written_and_reads_as_the_same_rule(rule: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert run(str(rule), "--to", "md", "-o", str(page)).exit_code == 0
    again = json.loads(run(str(page), "--to", "json", "-l", "lucene").stdout)
    kept = ("name", "description", "type", "query", "severity", "risk_score", "index", "tags", "note", "setup")
    before = API["query"]
    assert {key: again[key] for key in kept if key in before} == {key: before[key] for key in kept if key in before}


@pytest.mark.parametrize(
    ("kind", "options", "key", "value"),
    [
        ("threshold", ["--threshold", "host.id, user.name>=10"], "threshold",
         {"field": ["host.id", "user.name"], "value": 10}),
        ("threshold", ["--threshold", ">=3"], "threshold", {"field": [], "value": 3}),
        ("threshold", ["--threshold", '{"field": "a", "value": 1}'], "threshold", {"field": "a", "value": 1}),
        ("new_terms", ["--new-terms-fields", "user.name,host.id", "--history-window-start", "now-7d"],
         "new_terms_fields", ["user.name", "host.id"]),
        ("threat_match",
         ["--threat-index", "ti-*", "--threat-query", "*:*", "--threat-mapping", "source.ip=threat.indicator.ip"],
         "threat_mapping",
         [{"entries": [{"field": "source.ip", "type": "mapping", "value": "threat.indicator.ip"}]}]),
    ],
)  # fmt: skip
def test_what_a_page_lacks_is_asked_for_by_name_and_taken(
    tmp_path: Path, kind: str, options: list[str], key: str, value: object
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("type**: eql", f"type**: {kind}").replace("process where ", ""), "utf-8")
    asked = run(str(page), "--to", "json")
    assert asked.exit_code == 1 and asked.stdout == ""
    assert all(option in asked.stderr for option in options if option.startswith("--"))
    done = run(str(page), "--to", "json", *options)
    assert done.exit_code == 0 and json.loads(done.stdout)[key] == value


@pytest.mark.parametrize("text", ["host.id", "host.id>=x", "{", ">=-1"])
def test_a_threshold_that_cannot_be_read_is_wrong_use(rule: Path, text: str) -> None:
    assert run(str(rule), "--to", "json", "--threshold", text).exit_code != 0


def test_a_sigma_rule_is_sent_to_port(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("title: x\nlogsource: {}\ndetection: {a: {b: c}, condition: a}\n", "utf-8")
    done = run(str(tmp_path / "x.yml"), "--to", "json")
    assert "is a Sigma rule" in str(done.exception)


def test_only_sound_rules_are_written_and_the_others_are_named(tmp_path: Path) -> None:
    broken = json.loads(api("query")) | {"name": "Broken", "severity": "awful"}
    (tmp_path / "x.json").write_text(json.dumps([json.loads(api("query")), broken]), "utf-8")
    done = run(str(tmp_path / "x.json"), "--to", "ndjson")
    assert done.exit_code == 1 and "awful" in done.stderr
    assert [item.name for item in loads(done.stdout, "ndjson")] == [API["query"]["name"]]


def test_a_real_export_is_sound_and_keeps_its_rules_exceptions_and_connectors(shared: Path, tmp_path: Path) -> None:
    path = shared / "reference" / "kibana_export_example.ndjson"
    before = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    documents = load(path)
    assert [item for document in documents for item in validate(document)] == []
    target = tmp_path / "again.ndjson"
    assert run(str(path), "--to", "ndjson", "-o", str(target)).exit_code == 0
    after = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert len(documents) == 9 and {item.type for item in documents} >= {"eql", "esql", "machine_learning", "new_terms"}
    rules = [line for line in before if "rule_id" in line]
    assert [line for line in after if "rule_id" in line] == rules
    used = [line for line in before if "rule_id" not in line and "exported_count" not in line]
    assert [line for line in after if "rule_id" not in line and "exported_count" not in line] == used


def test_every_real_rule_is_written_as_a_page_that_is_read_again(shared: Path) -> None:
    wrong = []
    for document in load(shared / "corpora" / "elastic", check=False)[::20]:
        (again,) = loads(dump(document, "docs"), "docs", language=document.language)
        for key in ("name", "type", "severity", "risk_score", "index", "tags", "threat", "author"):
            if again.data.get(key) != document.data.get(key):
                wrong.append((document.path, key, again.data.get(key), document.data.get(key)))
        if again.data.get("query", "").strip() != document.data.get("query", "").strip():
            wrong.append((document.path, "query", None, None))
    assert wrong == []
